// Changes tokens, half of them signed anew with the service's own key, and lets npm jose and the
// webhook judge each: the webhook must take none that jose refuses. Needs SIGNET_URL and
// SIGNET_KEYS_DIR; SIGNET_ALG is what tokens are signed with.
import { sign } from 'node:crypto';
import * as jose from 'jose';
import { agent, decodePart, send, signUp, webhookPost } from './client.mjs';
import { mutated, numbers } from './mutation.mjs';
import { check, finish } from './report.mjs';
import { readSigningKey } from './signing_key.mjs';
import { encode } from './tokens.mjs';

const kAlg = process.env.SIGNET_ALG ?? 'RS256';
const kTokens = 1000;
const kSeed = 20_261_127;

const decode = (part) => Buffer.from(part, 'base64url').toString();

function signed(input, key) {
    const digest = kAlg === 'EdDSA' ? null : 'sha256';
    const signature = sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
}

// A changed header or changed claims, signed anew; or, once in four times each, changed claims under
// the signature of the good token, and that token with one character replaced.
function drawn(good, key, next) {
    const [header, payload, signature] = good.split('.');
    const change = (part) => encode(mutated(decode(part), next));
    switch (next(4)) {
        case 0:
            return signed(`${change(header)}.${payload}`, key);
        case 1:
            return signed(`${header}.${change(payload)}`, key);
        case 2:
            return `${header}.${change(payload)}.${signature}`;
        default: {
            const place = next(good.length);
            return good.slice(0, place) + 'AQgw9-_.=+ \n'[next(12)] + good.slice(place + 1);
        }
    }
}

const set = JSON.parse((await send('GET', '/jwks')).text);
const good = (await signUp()).token;
const claims = decodePart(good, 1);
const options = { algorithms: [kAlg], issuer: claims.iss, audience: claims.aud, typ: 'JWT' };
const keys = jose.createLocalJWKSet(set);

async function joseTakes(token) {
    return jose.jwtVerify(token, keys, options).then(() => true, () => false);
}

const key = readSigningKey();
const next = numbers(kSeed);
const counts = { both: 0, 'jose alone': 0, neither: 0 };
const wrong = [];
for (let i = 0; i < kTokens; i += 1) {
    const token = drawn(good, key, next);
    const byJose = await joseTakes(token);
    const { status, text } = await webhookPost(token);
    if (![200, 401].includes(status) || (status === 200 && !byJose)) {
        wrong.push({ status, text, token });
    }
    counts[status === 200 ? 'both' : byJose ? 'jose alone' : 'neither'] += 1;
}
console.log(`${kTokens} tokens, taken by:`, counts);

await check('control: jose takes the good token', () => joseTakes(good));
await check('no changed token is taken that jose refuses', () => wrong.length === 0 || wrong[0]);
await check('control: some changes harm nothing, and some make jose refuse', () =>
    counts.both > 10 && counts.neither > 50);
agent.destroy();
finish();
