// Tokens that are validly signed and still wrong in their claims or their JSON, for forge.mjs.
import { createPublicKey, sign } from 'node:crypto';
import { encode, signedText } from './tokens.mjs';

const kNamespace = process.env.AUTH_CLAIMS_NAMESPACE ?? 'https://hasura.io/jwt/claims';

function* timeTokens({ payload, resign }) {
    const now = Math.floor(Date.now() / 1000);
    const change = (members) => resign(JSON.stringify({ ...payload, ...members }));
    yield ['exp a second ago', change({ iat: now - 100, exp: now - 1 }), 'token-expired'];
    yield ['exp now', change({ iat: now - 100, exp: now }), 'token-expired'];
    yield ['iat in ten minutes', change({ iat: now + 600, exp: now + 700 })];
    yield ['nbf in ten minutes', change({ nbf: now + 600 })];
    yield ['exp before iat', change({ iat: now + 30, exp: now + 20 })];
    yield ['a lifetime of a day', change({ exp: payload.iat + 86_400 })];
    yield ['a lifetime of a century', change({ exp: payload.iat + 3_155_760_000 })];
    for (const name of ['exp', 'iat', 'nbf']) {
        for (const text of ['-1', '1e400', '9223372036854775808', '9.9e99', '9007199254740992',
            `${now}.5`, `"${now}"`, 'null', 'true', '[1]', '{}']) {
            const raw = JSON.stringify({ ...payload, [name]: 'RAW' }).replace('"RAW"', text);
            yield [`${name} ${text}`, resign(raw)];
        }
    }
    yield ['exp 0', change({ exp: 0 })];
}

function* claimTokens({ payload, resign }) {
    const change = (members) => resign(JSON.stringify({ ...payload, ...members }));
    for (const name of ['sub', 'iss', 'exp', 'iat', 'jti', 'sid', kNamespace]) {
        yield [`${name} absent`, change({ [name]: undefined })];
        yield [`${name} null`, change({ [name]: null })];
        yield [`${name} in an array`, change({ [name]: [payload[name]] })];
    }
    yield ['another issuer', change({ iss: 'https://other.example' })];
    yield ['the issuer with a slash behind it', change({ iss: `${payload.iss}/` })];
    yield ['another audience', change({ aud: 'somebody-else' })];
    yield ['an empty list of audiences', change({ aud: [] })];
    yield ['an audience that is a number', change({ aud: 1 })];
    if (payload.aud !== undefined) {
        yield ['no audience', change({ aud: undefined })];
    }
    const hasura = payload[kNamespace];
    const roles = hasura['x-hasura-allowed-roles'];
    for (const members of [
        { 'x-hasura-allowed-roles': [] }, { 'x-hasura-allowed-roles': roles[0] },
        { 'x-hasura-allowed-roles': [...roles, roles[0]] }, { 'x-hasura-allowed-roles': [...roles, ''] },
        { 'x-hasura-allowed-roles': [...roles, 1] }, { 'x-hasura-allowed-roles': undefined },
        { 'x-hasura-default-role': 'nobody-has-this' }, { 'x-hasura-default-role': 1 },
        { 'x-hasura-default-role': undefined }, { 'x-hasura-user-id': undefined },
        { 'x-hasura-user-id': 'somebody-else' }, { 'x-hasura-session-id': 'another' }, { 'x-hasura-n': 1 }, { 'x-hasura-n': null },
        { 'x-hasura-n': ['a'] }, { 'X-Hasura-Default-Role': roles[0] }, { 'x-hasura-role': 'admin' },
    ]) {
        const [name] = Object.keys(members);
        yield [`${name} ${JSON.stringify(members[name])}`,
            change({ [kNamespace]: { ...hasura, ...members } })];
    }
}

function* jsonTokens({ header, payload, key, resign }) {
    const head = JSON.stringify(header);
    const body = JSON.stringify(payload);
    for (const [name, text] of Object.entries({
        'alg twice': head.replace('{', '{"alg":"none",'),
        'alg twice, one escaped': head.replace('{', '{"\\u0061lg":"none",'),
        'kid twice': head.replace('{', '{"kid":"other",'),
        'a trailing comma': head.replace('}', ',}'),
        'bytes behind it': `${head}x`,
        'an array': `[${head}]`,
        'a byte order mark': `\ufeff${head}`,
    })) {
        yield [`header with ${name}`, signedText(text, body, key)];
    }
    for (const [name, text] of Object.entries({
        'exp twice': body.replace('{', `{"exp":${payload.exp},`),
        'exp twice, one escaped': body.replace('{', `{"\\u0065xp":${payload.exp},`),
        'the default role twice': body.replace('"x-hasura-default-role"',
            '"x-hasura-default-role":"admin","x-hasura-default-role"'),
        'a NUL': body.replace('{', '{"x":"\\u0000",'),
        'a lone surrogate': body.replace('{', '{"x":"\\ud800",'),
        'nesting': body.replace('{', `{"x":${'['.repeat(20)}${']'.repeat(20)},`),
        'a comment': `/* */${body}`,
        'a byte order mark': `\ufeff${body}`,
        'bytes behind it': `${body}{}`,
    })) {
        yield [`payload with ${name}`, resign(text)];
    }
    for (const text of ['[]', 'null', '1', '"text"', '{', '{}', 'not json', ' ']) {
        yield [`payload ${text}`, resign(text)];
    }
    yield ['payload with invalid UTF-8',
        resign(Buffer.concat([Buffer.from(body.slice(0, -1)), Buffer.from(',"x":"\xff"}', 'latin1')]))];
}

// Parts in a second spelling, with a right signature over that spelling.
function* spellingTokens({ header, payload, key }) {
    const signParts = (head, body) => {
        const input = `${head}.${body}`;
        return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
    };
    // Spaces behind the JSON text make the base64url text end in the middle of a character.
    for (const space of ['', ' ', '  ']) {
        const head = encode(JSON.stringify(header) + space);
        const body = encode(JSON.stringify(payload) + space);
        const loose = (text) => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
        for (const tail of ['=', '==']) {
            yield [`padded header ${space.length}${tail}`, signParts(head + tail, body)];
            yield [`padded payload ${space.length}${tail}`, signParts(head, body + tail)];
        }
        if (head.length % 4 !== 0) {
            yield [`loose header ${space.length}`, signParts(loose(head), body)];
        }
        if (body.length % 4 !== 0) {
            yield [`loose payload ${space.length}`, signParts(head, loose(body))];
        }
    }
}

export function wrongClaims(context) {
    const { header, key } = context;
    const resign = (payload) => signedText(JSON.stringify(header), payload, key);
    const all = { ...context, resign };
    const lists = [timeTokens, claimTokens, jsonTokens, spellingTokens];
    return lists.flatMap((list) => [...list(all)].map(([name, token, code]) => ({ name, token, code })));
}

// The private key must be the one that the token was signed with, or no forgery proves anything.
export function belongsTo(key, jwk) {
    return createPublicKey(key).export({ format: 'jwk' }).n === jwk.n;
}
