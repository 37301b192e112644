// Sends every forged token to GET and POST /webhook: each has to be refused with the same 401 (one
// that is good but for its age with token-expired), and good ones still taken. Needs SIGNET_URL, and SIGNET_KEYS_DIR for tokens that are validly signed.
import { agent, decodePart, send, signUp, webhookGet, webhookPost } from './client.mjs';
import { belongsTo, wrongClaims } from './claims.mjs';
import { numbers } from './mutation.mjs';
import { check, finish } from './report.mjs';
import { readSigningKey } from './signing_key.mjs';
import { forgeries, signedText } from './tokens.mjs';

const kMutations = 200;
const kHeaderText = /^[\x21-\x7e]+$/;
// What the edge may say to a request that is too large before anybody looks at the token.
const kTooLarge = new Map([['GET', [401, 431]], ['POST', [401, 413]]]);
const kHeadBytesMax = 32 * 1024;

// What of a 401 has to be the same for every reason.
function shapeOf(answer) {
    const { instance, ...rest } = JSON.parse(answer.text);
    return JSON.stringify({ ...rest, type_of_instance: typeof instance,
        content: answer.headers['content-type'] });
}

const expectedShapes = new Map();

async function refuses(method, token, code = 'invalid-token') {
    const answer = await (method === 'GET' ? webhookGet(token) : webhookPost(token));
    const large = token.length > kHeadBytesMax - 512;
    if (large ? !kTooLarge.get(method).includes(answer.status) : answer.status !== 401) {
        return `${answer.status} ${answer.text}`;
    }
    if (answer.status !== 401) {
        return true;
    }
    if (!expectedShapes.has(code)) {
        expectedShapes.set(code, shapeOf(answer));
    }
    return (shapeOf(answer) === expectedShapes.get(code) && JSON.parse(answer.text).code === code) || answer.text;
}

async function takes(token) {
    for (const answer of [await webhookGet(token), await webhookPost(token)]) {
        if (answer.status !== 200 || typeof JSON.parse(answer.text)['X-Hasura-Role'] !== 'string') {
            return `${answer.status} ${answer.text}`;
        }
    }
    return true;
}

// One character of the token replaced.
function* mutations(good) {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=';
    const next = numbers(20_261_121);
    for (let i = 0; i < kMutations; i += 1) {
        const place = next(good.length);
        const letter = alphabet[next(alphabet.length)];
        const token = good.slice(0, place) + letter + good.slice(place + 1);
        if (token !== good) {
            yield { name: `character ${place} replaced by ${letter}`, token };
        }
    }
}

const jwks = (await send('GET', '/jwks')).text;
const good = (await signUp()).token;
const header = decodePart(good, 0);
const payload = decodePart(good, 1);
const key = readSigningKey();
const context = { good, header, payload, key, jwks };

await check('the key of SIGNET_KEYS_DIR is the one that signs', () =>
    belongsTo(key, JSON.parse(jwks).keys.find((one) => one.kid === header.kid)));
await check('control: the good token is taken', () => takes(good));
await check('control: the same claims signed here are taken', () =>
    takes(signedText(JSON.stringify(header), JSON.stringify(payload), key)));

for (const { name, token, code } of [...forgeries(context), ...wrongClaims(context), ...mutations(good)]) {
    // Node sends no other bytes in a header, and the edge strips white space at its end.
    if (kHeaderText.test(token)) {
        await check(`GET  ${name}`, () => refuses('GET', token, code));
    }
    await check(`POST ${name}`, () => refuses('POST', token, code));
}

await check('control: the good token is still taken', () => takes(good));
agent.destroy();
finish();
