// Tokens that a verifier has to refuse: one list of { name, token } for forge.mjs. `good` is a token
// of the service, `key` its private key, `jwks` the text that it publishes.
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

export const encode = (text) => Buffer.from(text).toString('base64url');
const kAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function signedText(header, payload, key, digest = 'sha256') {
    const input = `${encode(header)}.${encode(payload)}`;
    return `${input}.${sign(digest, Buffer.from(input), key).toString('base64url')}`;
}

function macText(header, payload, secret, digest) {
    const input = `${encode(header)}.${encode(payload)}`;
    return `${input}.${createHmac(digest, secret).update(input).digest('base64url')}`;
}

function* headerTokens({ header, payload, key }) {
    const text = (members) => JSON.stringify({ ...header, ...members });
    const resigned = (members) => signedText(text(members), JSON.stringify(payload), key);
    for (let bits = 0; bits < 16; bits += 1) {
        const none = [...'none'].map((c, i) => (bits >> i & 1 ? c.toUpperCase() : c)).join('');
        const input = `${encode(text({ alg: none }))}.${encode(JSON.stringify(payload))}`;
        yield [`alg ${none}, empty signature`, `${input}.`];
        yield [`alg ${none}, right signature`, resigned({ alg: none })];
    }
    for (const alg of ['', 256, null, ['RS256'], true, 'rs256', 'RS256 ', 'RS256\u0000', 'RS384',
        'RS512', 'PS256', 'ES256', 'EdDSA', 'HS256', undefined]) {
        yield [`alg ${JSON.stringify(alg)}`, resigned({ alg })];
    }
    for (const kid of [undefined, '', 1, null, [header.kid], `${header.kid} `, 'unknown',
        '../../../dev/null', "' or 1=1 --", 'x'.repeat(2000)]) {
        yield [`kid ${String(JSON.stringify(kid)).slice(0, 40)}`, resigned({ kid })];
    }
    for (const typ of ['at+jwt', 'id+jwt', 'jwt', 'JOSE', '', null, 1, undefined]) {
        yield [`typ ${JSON.stringify(typ)}`, resigned({ typ })];
    }
    for (const members of [{ crit: ['exp'] }, { crit: [] }, { crit: ['x'], x: 1 },
        { crit: ['b64'], b64: false }, { b64: false }, { b64: true }, { zip: 'DEF' },
        { cty: 'JWT' }, { jku: 'http://127.0.0.1:9/keys' }, { x5u: 'http://127.0.0.1:9/c' }]) {
        yield [`header with ${JSON.stringify(members)}`, resigned(members)];
    }
}

function* otherKeyTokens({ header, payload, key, jwks, good }) {
    const body = JSON.stringify(payload);
    const text = (members) => JSON.stringify({ ...header, ...members });
    const spki = createPublicKey(key);
    const secrets = {
        'the SPKI PEM': spki.export({ type: 'spki', format: 'pem' }),
        'the SPKI PEM without its last line end': spki.export({ type: 'spki', format: 'pem' }).trimEnd(),
        'the PKCS#1 PEM': spki.export({ type: 'pkcs1', format: 'pem' }),
        'the SPKI DER': spki.export({ type: 'spki', format: 'der' }),
        'the PKCS#1 DER': spki.export({ type: 'pkcs1', format: 'der' }),
        'the JWK text': JSON.stringify(JSON.parse(jwks).keys.find((one) => one.kid === header.kid)),
        'the JWKS text': jwks,
        'the modulus': Buffer.from(spki.export({ format: 'jwk' }).n, 'base64url'),
        'the modulus in base64url': spki.export({ format: 'jwk' }).n,
        'the kid': header.kid,
        'an empty secret': '',
    };
    for (const [name, secret] of Object.entries(secrets)) {
        for (const bits of [256, 384, 512]) {
            yield [`HS${bits} keyed with ${name}`,
                macText(text({ alg: `HS${bits}` }), body, secret, `sha${bits}`)];
        }
        yield [`RS256 with an HMAC keyed with ${name}`, macText(text({}), body, secret, 'sha256')];
    }
    for (const bits of [384, 512]) {
        yield [`RS${bits} of the right key`, signedText(text({ alg: `RS${bits}` }), body, key, `sha${bits}`)];
    }
    const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = attacker.publicKey.export({ format: 'jwk' });
    const der = attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    for (const members of [{}, { jwk }, { jwk: { ...jwk, kid: header.kid } }, { x5c: [der] },
        { kid: 'attacker', jwk }]) {
        yield [`another key, header with ${Object.keys(members)}`,
            signedText(text(members), body, attacker.privateKey)];
    }
    yield ['the right key and an embedded one', signedText(text({ jwk }), body, key)];
    yield ['changed claims under the old signature',
        `${good.split('.')[0]}.${encode(JSON.stringify({ ...payload, name: 'mallory' }))}.${good.split('.')[2]}`];
}

function* shapeTokens({ good }) {
    const [header, payload, signature] = good.split('.');
    yield ['no token', ''];
    yield ['the word null', 'null'];
    yield ['one part', header];
    yield ['two parts', `${header}.${payload}`];
    yield ['four parts', `${good}.AA`];
    yield ['five parts, a JWE', `${header}.AA.AA.AA.AA`];
    yield ['a leading dot', `.${good}`];
    yield ['a trailing dot', `${good}.`];
    yield ['an empty payload', `${header}..${signature}`];
    yield ['an empty header', `.${payload}.${signature}`];
    yield ['8193 bytes', good + 'A'.repeat(8193 - good.length)];
    yield ['a mebibyte of dots', '.'.repeat(1024 * 1024)];
    for (const [index, name] of ['header', 'payload', 'signature'].entries()) {
        for (const tail of ['=', '==', '\n', ' ', '%3D', 'A', '+', '/']) {
            const parts = good.split('.');
            parts[index] += tail;
            yield [`${name} with ${JSON.stringify(tail)} behind it`, parts.join('.')];
        }
    }
    // 256 bytes of signature leave four unused bits in the last character.
    const last = kAlphabet.indexOf(signature.at(-1));
    for (let bits = 1; signature.length % 4 === 2 && bits < 16; bits += 1) {
        yield [`signature with unused bits ${bits}`, good.slice(0, -1) + kAlphabet[last + bits]];
    }
}

function* signatureTokens({ good }) {
    const input = good.slice(0, good.lastIndexOf('.'));
    const right = Buffer.from(good.split('.')[2], 'base64url');
    const zero = Buffer.alloc(1);
    const flipped = Buffer.from(right);
    flipped[17] ^= 1;
    for (const [name, bytes] of Object.entries({
        'all zero': Buffer.alloc(right.length),
        'all ones': Buffer.alloc(right.length, 0xff),
        'of the number one': Buffer.concat([Buffer.alloc(right.length - 1), Buffer.from([1])]),
        'of one byte': Buffer.from([1]),
        'without its first byte': right.subarray(1),
        'without its last byte': right.subarray(0, -1),
        'with a zero byte before it': Buffer.concat([zero, right]),
        'with a zero byte behind it': Buffer.concat([right, zero]),
        'with one bit changed': flipped,
        'twice': Buffer.concat([right, right]),
    })) {
        yield [`signature ${name}`, `${input}.${bytes.toString('base64url')}`];
    }
}

export function forgeries(context) {
    const lists = [headerTokens, otherKeyTokens, shapeTokens, signatureTokens];
    return lists.flatMap((list) => [...list(context)].map(([name, token]) => ({ name, token })));
}
