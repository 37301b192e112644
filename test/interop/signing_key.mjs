// The private key that signs, as PEM in the keys directory of the running Signet (SIGNET_KEYS_DIR).
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function readSigningKey() {
    const directory = process.env.SIGNET_KEYS_DIR;
    if (!directory) {
        console.error('SIGNET_KEYS_DIR is not set: the directory with the key that signs');
        process.exit(2);
    }
    const { keys } = JSON.parse(readFileSync(join(directory, 'keys.json'), 'utf8'));
    return createPrivateKey(keys.find((key) => key.state === 'active').privatePart);
}
