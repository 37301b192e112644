// Talks to a running Signet (SIGNET_URL) with nothing but node:http, so that no header is sent that
// is not written here.
import http from 'node:http';
import { randomBytes } from 'node:crypto';

export const baseUrl = new URL(process.env.SIGNET_URL ?? 'http://127.0.0.1:4000');
const timeoutMs = 10_000;
export const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

// { status, headers, rawHeaders, text, port }; port is the local end of the connection.
export function send(method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
        const options = { method, headers, agent, timeout: timeoutMs };
        const request = http.request(new URL(path, baseUrl), options, (response) => {
            const port = response.socket.localPort;
            const chunks = [];
            response.on('data', (chunk) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () => {
                const bytes = Buffer.concat(chunks);
                resolve({
                    status: response.statusCode,
                    headers: response.headers,
                    rawHeaders: response.rawHeaders,
                    bytes,
                    text: bytes.toString('utf8'),
                    port,
                });
            });
        });
        request.on('timeout', () => request.destroy(new Error('no answer in time')));
        request.on('error', reject);
        request.end(body);
    });
}

export function sendJson(path, value) {
    const body = Buffer.from(JSON.stringify(value));
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    return send('POST', path, { headers, body });
}

// A new user, as /signup answers it.
export async function signUp() {
    const answer = await sendJson('/signup', {
        username: `interop-${randomBytes(8).toString('hex')}`,
        password: `${randomBytes(18).toString('base64url')} interop`,
    });
    if (answer.status !== 200) {
        throw new Error(`/signup answered ${answer.status}: ${answer.text}`);
    }
    return JSON.parse(answer.text);
}

export function webhookGet(token) {
    return send('GET', '/webhook', { headers: { Authorization: `Bearer ${token}` } });
}

export function webhookPost(token) {
    return sendJson('/webhook', { headers: { Authorization: `Bearer ${token}` }, request: null });
}

export function decodePart(token, index) {
    return JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString('utf8'));
}
