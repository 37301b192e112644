// better-auth with e-mail and password on PostgreSQL, as its own pages set it up. Only its limit by address is off,
// because a benchmark has one address.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import http from "node:http";
import pg from "pg";

const { PORT, DATABASE_URL, SECRET } = process.env;
const options = {
    baseURL: `http://127.0.0.1:${PORT}`,
    secret: SECRET,
    database: new pg.Pool({ connectionString: DATABASE_URL }),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
};
await (await getMigrations(options)).runMigrations();
const handle = toNodeHandler(betterAuth(options));

http.createServer((request, response) => {
    if (request.url === "/up") {
        return response.end("up");
    }
    return handle(request, response);
}).listen(Number(PORT), "127.0.0.1");
