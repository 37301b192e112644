// Other people's libraries judge /openapi.json: that it is OpenAPI 3.1, that its examples are answered as it says,
// that every refusal is one it names, and that a TypeScript client made from it works.
import { Validator } from '@seriousme/openapi-schema-validator';
import addFormats from 'ajv-formats';
import Ajv from 'ajv/dist/2020.js';
import openapiTS, { astToString } from 'openapi-typescript';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { check, finish } from './report.mjs';

const base = process.env.SIGNET_URL;
const mails = process.env.SIGNET_MAILS;
const secret = process.env.SIGNET_ACTION_SECRET;
const waitMs = 10_000;

const served = await fetch(`${base}/openapi.json`);
const text = await served.text();
const document = JSON.parse(text);
const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
ajv.addSchema(document, 'api');
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })));
const find = (id) => operations.find((operation) => operation.operationId === id);

// Throws unless the value is what the schema at this place of the document says.
function conforms(value, ...place) {
    const pointer = place.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
    const validate = ajv.getSchema(`api#${pointer}`);
    if (!validate(value)) {
        throw new Error(`${pointer}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`);
    }
}

function conformsTo(operation, status, type, value) {
    const at = String(status);
    if (operation.responses[at] === undefined) {
        throw new Error(`${operation.operationId}: ${status} is not described: ${JSON.stringify(value)}`);
    }
    if (operation.responses[at].content?.[type] === undefined) {
        throw new Error(`${operation.operationId}: ${status} with ${type} is not described`);
    }
    if (operation.responses[at].content[type].schema !== undefined) {
        conforms(value, 'paths', operation.path, operation.method, 'responses', at, 'content', type, 'schema');
    }
}

async function send(operation, { path = operation.path, body, headers = {} } = {}) {
    const [type] = Object.keys(operation.requestBody?.content ?? {});
    const form = type === 'application/x-www-form-urlencoded';
    const response = await fetch(base + path, {
        method: operation.method.toUpperCase(),
        redirect: 'manual',
        headers: { ...(body === undefined ? {} : { 'content-type': type }), 'x-action-secret': secret, ...headers },
        body: body === undefined || typeof body === 'string' ? body : form ? new URLSearchParams(body) : JSON.stringify(body),
    });
    const answer = await response.text();
    const media = response.headers.get('content-type')?.split(';')[0];
    return { status: response.status, media, value: media?.endsWith('json') ? JSON.parse(answer) : answer };
}

let number = 0;

// A user of its own for each call, with the names and the password of the examples, made different.
async function somebody() {
    number += 1;
    const example = find('signup').requestBody.content['application/json'].example;
    const names = { username: `ada${number}`, email: `ada${number}@example.org` };
    const { status, value } = await send(find('signup'), { body: { ...example, ...names } });
    if (status !== 200) {
        throw new Error(`signup: ${status} ${JSON.stringify(value)}`);
    }
    return { ...names, ...value };
}

// What a mail to the user holds, in its text without line breaks of the transport.
async function mailed(email, ask, what) {
    const before = new Set(readdirSync(mails));
    await ask();
    for (const end = Date.now() + waitMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
        for (const name of readdirSync(mails).filter((file) => file.endsWith('.eml') && !before.has(file))) {
            const mail = readFileSync(`${mails}/${name}`, 'utf8').replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
            const found = mail.includes(email) && what.exec(mail);
            if (found) {
                return found[1];
            }
        }
    }
    throw new Error(`no mail to ${email} with ${what}`);
}

const asks = {
    verifyEmail: '/email/verification', resetPassword: '/password/reset-request', loginByTicket: '/login/link',
    verifyPage: '/email/verification', verifyForm: '/email/verification',
};
const routeOf = (operation) => operation.operationId.replace(/^action([A-Z])/, (_, letter) => letter.toLowerCase());
const isSignup = (operation) => /sign-?up|register/i.test(operation.path);

// What stands in the example for what only a live service knows.
async function fill(operation, example, user) {
    const body = structuredClone(example);
    const fresh = isSignup(operation) ? 'new' : '';
    const values = { username: fresh + user.username, email: fresh + user.email, refreshToken: user.refreshToken, newEmail: `new${user.email}` };
    for (const [name, value] of Object.entries(values)) {
        if (name in body) {
            body[name] = value;
        }
    }
    const post = (path) => send({ path, method: 'post', requestBody: { content: { 'application/json': {} } } }, { body: { email: user.email } });
    if ('ticket' in body && asks[routeOf(operation)]) {
        body.ticket = await mailed(user.email, () => post(asks[routeOf(operation)]), /ticket=([\w-]{43})/);
    }
    if ('code' in body) {
        body.code = await mailed(user.email, () => post('/login/code'), /\b(\d{6})\b/);
    }
    if (body.headers?.Authorization) {
        body.headers.Authorization = `Bearer ${user.token}`;
    }
    return body;
}

async function replay(operation) {
    const user = await somebody();
    // Hasura sends its client's headers along to an action.
    const headers = operation.security.some((scheme) => scheme.bearer || scheme.actionSecret) ? { authorization: `Bearer ${user.token}` } : {};
    const [media] = Object.values(operation.requestBody?.content ?? {});
    let body = media?.example;
    if (operation.path.startsWith('/actions/') || /^.(SignUp|SignIn)$/.test(operation.path)) {
        body = { ...body, input: await fill(operation, body.input, user), session_variables: { 'x-hasura-role': 'user', 'x-hasura-user-id': user.id } };
    } else if (body !== undefined) {
        body = await fill(operation, body, user);
    }
    let { path } = operation;
    if (path.includes('{id}')) {
        const sessions = await send(find('sessions'), { headers });
        path = path.replace('{id}', sessions.value[0].id);
    }
    if (operation.operationId === 'verifyPage') {
        path += `?ticket=${(await fill(operation, { ticket: '' }, user)).ticket}`;
    }
    return { body, ...(await send(operation, { path, body, headers })) };
}

await check('an independent validator takes the document for OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    return valid || errors;
});

await check('caches may keep it, as they may keep the keys', () => served.headers.get('cache-control') === 'public, max-age=300' && served.headers.get('content-type') === 'application/json');

await check('every example is what its own schema says', () => {
    for (const { path, method, requestBody, responses } of operations) {
        for (const [type, media] of Object.entries(requestBody?.content ?? {})) {
            conforms(media.example, 'paths', path, method, 'requestBody', 'content', type, 'schema');
        }
        for (const [status, { content }] of Object.entries(responses)) {
            for (const [type, media] of Object.entries(content ?? {})) {
                if (media.example !== undefined) {
                    conforms(media.example, 'paths', path, method, 'responses', status, 'content', type, 'schema');
                }
            }
        }
    }
    Object.values(document.components.examples).forEach(({ value }) => conforms(value, 'components', 'schemas', 'Problem'));
    return true;
});

for (const operation of operations) {
    await check(`the example of ${operation.operationId} is answered as it is described`, async () => {
        const { status, media, value } = await replay(operation);
        if (routeOf(operation) === 'acceptInvitation') {
            // No route invites, so the ticket is an example, too.
            conformsTo(operation, status, media, value);
            return (value.code ?? value.extensions.code) === 'invalid-ticket';
        }
        if (status >= 400) {
            throw new Error(`${status} ${JSON.stringify(value)}`);
        }
        if (status !== 204 && status !== 303) {
            conformsTo(operation, status, media, value);
        }
        return operation.responses[status] !== undefined;
    });
}

// Bodies that are wrong in one way each.
function* wrongBodies(operation) {
    const [media] = Object.values(operation.requestBody?.content ?? {});
    yield '';
    yield '{';
    yield '[]';
    yield '{"a":1,"a":2}';
    yield `{"a":${'['.repeat(40)}${']'.repeat(40)}}`;
    yield JSON.stringify({ ...media.example, further: 1 });
    const input = media.example.input;
    for (const name of Object.keys(input ?? media.example)) {
        for (const value of [undefined, null, '', 1, 'x', '\u0000', 'ä'.repeat(2100), 'a..b', 'admin', 'user', 'password1', 'a@', 'https://evil.example/']) {
            const members = { ...(input ?? media.example), [name]: value };
            yield JSON.stringify(input ? { ...media.example, input: members } : members);
        }
    }
}

let sent = 0;
const codes = new Set();
for (const operation of operations.filter(({ requestBody }) => requestBody?.content['application/json'])) {
    await check(`whatever is wrong with a body of ${operation.operationId}, the refusal is described`, async () => {
        const user = await somebody();
        const bearer = { authorization: `Bearer ${user.token}` };
        const refuse = async (options) => {
            let answer;
            try {
                answer = await send(operation, options);
            } catch (error) {
                if (options.body.length > 100_000) {
                    return; // the connection was reset before the answer was read
                }
                throw error;
            }
            const { status, media, value } = answer;
            sent += 1;
            if (status >= 400) {
                codes.add(value.code ?? value.extensions?.code ?? value.errors[0].extensions.code);
                conformsTo(operation, status, media, value);
            }
        };
        for (const body of wrongBodies(operation)) {
            await refuse({ body, headers: operation.security.some((scheme) => scheme.bearer) ? bearer : {} });
        }
        await refuse({ body: '{}', headers: { 'content-type': 'text/plain' } });
        await refuse({ body: '{}', headers: { 'content-encoding': 'gzip' } });
        await refuse({ body: '{}', headers: { authorization: 'Bearer x' } });
        await refuse({ body: '{}', headers: { 'x-action-secret': 'another' } });
        if (operation.operationId !== 'webhookPost') {
            await refuse({ body: `{"a":"${'x'.repeat(300_000)}"}` });
        }
        return true;
    });
}
console.log(`   ${sent} calls, refused with ${codes.size} codes: ${[...codes].sort().join(' ')}`);

await check('a TypeScript client that is made from it compiles under --strict, signs up, refreshes and logs out', async () => {
    const folder = new URL('node_modules/.openapi-client/', import.meta.url);
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL('schema.ts', folder), astToString(await openapiTS(text)));
    copyFileSync(new URL('openapi_client.ts', import.meta.url), new URL('client.ts', folder));
    try {
        const compiler = new URL('node_modules/typescript/bin/tsc', import.meta.url).pathname;
        execFileSync('node', [compiler, '--strict', '--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022',
            '--lib', 'es2022,dom', 'client.ts'], { cwd: folder, encoding: 'utf8' });
    } catch (error) {
        throw new Error(error.stdout);
    }
    writeFileSync(new URL('package.json', folder), '{"type":"module"}');
    const { walk } = await import(pathToFileURL(new URL('client.js', folder).pathname).href);
    const steps = await walk(base);
    return JSON.stringify(steps) === JSON.stringify(['signed up', 'refreshed', 'logged out', 'invalid-refresh-token']) || steps;
});

finish();
