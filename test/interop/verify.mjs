// Signs a user up, then lets npm jose and npm jsonwebtoken verify the token against the JWKS, and
// looks at both as Hasura's engines would. Needs SIGNET_URL; SIGNET_ALG is what tokens are signed with.
import { createPublicKey } from 'node:crypto';
import * as jose from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { agent, baseUrl, decodePart, send, signUp } from './client.mjs';
import { check, finish } from './report.mjs';

const kNamespace = process.env.AUTH_CLAIMS_NAMESPACE ?? 'https://hasura.io/jwt/claims';
const kAlg = process.env.SIGNET_ALG ?? 'RS256';
const kBase64Url = /^[A-Za-z0-9_-]+$/;
// With AUTH_KEY_ID the operator names the key, and the kid is no thumbprint.
const kNamedKey = process.env.AUTH_KEY_ID ?? '';

const isString = (value) => typeof value === 'string';
const bytesOf = (text) => Buffer.from(text, 'base64url');
const sorted = (list) => [...list].sort();
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const hasBytes = (text, bytes) => bytesOf(text).length === bytes &&
    bytesOf(text).toString('base64url') === text;

// What a key of each kind looks like, and how long its signatures are.
const kKinds = {
    RS256: {
        members: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
        numbers: (key) => key.kty === 'RSA' && kBase64Url.test(key.n) && key.e === 'AQAB' &&
            bytesOf(key.n)[0] !== 0 && bytesOf(key.n).length >= 256 &&
            bytesOf(key.n).toString('base64url') === key.n,
        signatureBytes: (key) => bytesOf(key.n).length,
    },
    ES256: {
        members: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
        numbers: (key) => key.kty === 'EC' && key.crv === 'P-256' && hasBytes(key.x, 32) &&
            hasBytes(key.y, 32),
        signatureBytes: () => 64,
    },
    EdDSA: {
        members: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
        numbers: (key) => key.kty === 'OKP' && key.crv === 'Ed25519' && hasBytes(key.x, 32),
        signatureBytes: () => 64,
    },
};

function valuesOf(answer, name) {
    const values = [];
    for (let i = 0; i < answer.rawHeaders.length; i += 2) {
        if (answer.rawHeaders[i].toLowerCase() === name) {
            values.push(answer.rawHeaders[i + 1]);
        }
    }
    return values;
}

async function checkEndpoint(answer) {
    // What Hasura sends: no Accept, and a Content-Type though there is no body.
    await check('/jwks answers 200 with JSON', () =>
        answer.status === 200 && /^application\/(jwk-set\+)?json/.test(answer.headers['content-type']));
    await check('the body is one JSON object without a byte order mark', () =>
        answer.bytes[0] === 0x7b && Array.isArray(JSON.parse(answer.text).keys));
    await check('a client that takes gzip gets the same set', async () => {
        const other = await send('GET', '/jwks', { headers: { 'Accept-Encoding': 'gzip' } });
        return other.status === 200 &&
            (other.headers['content-encoding'] === 'gzip' || other.text === answer.text);
    });
    await check('there is one Cache-Control header in the form that Hasura reads', () => {
        const values = valuesOf(answer, 'cache-control');
        return values.length === 1 && /^(public, )?max-age=[1-9][0-9]*$/.test(values[0]);
    });
    await check('Expires, if there is one, has the form that Hasura reads', () =>
        valuesOf(answer, 'expires').every((value) =>
            /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)));
    await check('header lines are short and few', () =>
        answer.rawHeaders.length < 200 && answer.rawHeaders.every((text) => text.length < 4000));
    await check('HEAD has the headers and no body', async () => {
        const head = await send('HEAD', '/jwks');
        return head.status === 200 && head.bytes.length === 0 &&
            head.headers['content-length'] === String(answer.bytes.length);
    });
    await check('OPTIONS is answered', async () => (await send('OPTIONS', '/jwks')).status < 300);
    await check('POST is 405 with Allow', async () => {
        const post = await send('POST', '/jwks', { headers: { 'Content-Length': 0 } });
        return post.status === 405 && /GET/.test(post.headers.allow);
    });
    await check('a hundred requests go over one connection', async () => {
        const ports = new Set();
        for (let i = 0; i < 100; i += 1) {
            const one = await send('GET', '/jwks');
            if (one.text !== answer.text) {
                return one.text;
            }
            ports.add(one.port);
        }
        return ports.size === 1;
    });
    await check('/.well-known/jwks.json has the same bytes', async () =>
        (await send('GET', '/.well-known/jwks.json')).bytes.equals(answer.bytes));
}

async function checkKeys(keys) {
    await check('the set is not empty and every kid is there once', () =>
        keys.length > 0 && new Set(keys.map((key) => key.kid)).size === keys.length);
    for (const [index, key] of keys.entries()) {
        const name = `key ${index}`;
        await check(`${name} has exactly the public members of its kind`, () =>
            same(sorted(Object.keys(key)), kKinds[key.alg].members) && key.use === 'sig' &&
            isString(key.kid) && key.kid !== '');
        await check(`${name} has numbers of the length that its kind asks for`, () =>
            kKinds[key.alg].numbers(key));
        await check(`${name} is named by its RFC 7638 thumbprint`, async () =>
            key.kid === kNamedKey || key.kid === (await jose.calculateJwkThumbprint(key)));
    }
}

async function checkToken(token, keys) {
    const header = decodePart(token, 0);
    const parts = token.split('.');
    const key = keys.find((one) => one.kid === header.kid);
    await check(`the header is alg ${kAlg}, typ JWT and a kid of the set`, () =>
        same(sorted(Object.keys(header)), ['alg', 'kid', 'typ']) && header.alg === kAlg &&
        header.typ === 'JWT' && key?.alg === kAlg);
    await check('the token is three unpadded parts', () =>
        parts.length === 3 && parts.every((part) => kBase64Url.test(part)) && token.length < 8192);
    await check('the signature has the length of its kind', () =>
        bytesOf(parts[2]).length === kKinds[kAlg].signatureBytes(key));
    return key;
}

async function checkClaims(claims, user) {
    const now = Math.floor(Date.now() / 1000);
    await check('exp is an integer ahead of now, and tells what expiresIn told', () =>
        Number.isInteger(claims.exp) && claims.exp > now && claims.exp > claims.iat &&
        Math.abs(claims.exp - now - user.expiresIn) <= 10);
    await check('iat lies far enough back for a clock that is two seconds behind', () =>
        Number.isInteger(claims.iat) && claims.iat <= now - 2 && claims.iat > now - 60);
    await check('nbf is absent or not after iat', () =>
        claims.nbf === undefined || (Number.isInteger(claims.nbf) && claims.nbf <= claims.iat));
    await check('sub is the user, and sub, iss, jti and sid are strings', () =>
        claims.sub === user.id && [claims.sub, claims.iss, claims.jti, claims.sid].every(isString));
    await check('aud is absent, a string or a list that is not empty', () =>
        claims.aud === undefined || (isString(claims.aud) && claims.aud !== '') ||
        (Array.isArray(claims.aud) && claims.aud.length > 0));
    await check('iss and sub are strings that Hasura takes as StringOrURI', () =>
        [claims.iss, claims.sub].every((text) =>
            !text.includes(':') || /^[A-Za-z][A-Za-z0-9+.-]*:[!#$&-;=?-Z_a-z~%[\]]*$/.test(text)));
    const hasura = claims[kNamespace] ?? {};
    const roles = hasura['x-hasura-allowed-roles'];
    await check('the allowed roles are unique strings with the default role among them', () =>
        Array.isArray(roles) && roles.length > 0 && new Set(roles).size === roles.length &&
        roles.every((role) => isString(role) && role !== '') &&
        roles.includes(hasura['x-hasura-default-role']));
    await check('the roles are those that signup told', () =>
        same(roles, user.roles) && hasura['x-hasura-default-role'] === user.defaultRole);
    await check('claim names are lower-case x-hasura-, and all other values strings', () =>
        Object.entries(hasura).every(([name, value]) => /^x-hasura-[^A-Z]+$/.test(name) &&
            (name === 'x-hasura-allowed-roles' || isString(value))));
    await check('the user id for Hasura is the subject', () =>
        hasura['x-hasura-user-id'] === claims.sub);
}

async function checkLibraries(token, set, key, claims) {
    const options = { algorithms: [kAlg], issuer: claims.iss, typ: 'JWT', audience: claims.aud };
    const remote = jose.createRemoteJWKSet(new URL('/jwks', baseUrl));
    const local = jose.createLocalJWKSet(set);
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const altered = `${token.slice(0, -6)}${token.at(-6) === 'A' ? 'B' : 'A'}${token.slice(-5)}`;
    const { typ, ...plain } = options;
    const libraries = [
        ['npm jose with the remote set', async (text) =>
            (await jose.jwtVerify(text, remote, options)).payload],
        ['npm jose with the local set', async (text) =>
            (await jose.jwtVerify(text, local, options)).payload],
        ['npm jsonwebtoken', async (text) => jsonwebtoken.verify(text, pem, plain)],
    ];
    if (kAlg === 'EdDSA') {
        libraries.pop();  // jsonwebtoken does not know it
    }
    for (const [name, verify] of libraries) {
        await check(`${name} verifies the token`, async () =>
            same(await verify(token), claims));
        await check(`${name} refuses an altered one`, async () =>
            verify(altered).then(() => 'it verified', () => true));
    }
}

async function checkDiscovery(claims) {
    await check('the discovery document names the issuer of the tokens and the JWKS', async () => {
        const answer = await send('GET', '/.well-known/openid-configuration');
        const document = JSON.parse(answer.text);
        const path = new URL(document.jwks_uri).pathname;
        return document.issuer === claims.iss && (await send('GET', path)).status === 200 &&
            same(document.id_token_signing_alg_values_supported, [kAlg]);
    });
}

const answer = await send('GET', '/jwks', { headers: { 'Content-Type': 'application/json' } });
const set = JSON.parse(answer.text);
await checkEndpoint(answer);
await checkKeys(set.keys);
const user = await signUp();
const claims = decodePart(user.token, 1);
const key = await checkToken(user.token, set.keys);
await checkClaims(claims, user);
await checkLibraries(user.token, set, key, claims);
await checkDiscovery(claims);
agent.destroy();
finish();
