// A GraphQL endpoint that judges tokens as Hasura does in JWKS mode, and answers as it does: HTTP 200
// also for a refused token. It has one query, for the user whom the token names.
//
// node graphql.mjs SIGNET_URL: serves until its standard input ends, and prints its address.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { createRemoteJWKSet, jwtVerify } = createRequire(new URL("../interop/package.json", import.meta.url))("jose");

export async function serveGraphql(signetUrl) {
  const keys = createRemoteJWKSet(new URL("/jwks", signetUrl));
  const seen = { requests: 0, refuseNext: false };

  async function answer(authorization) {
    seen.requests += 1;
    if (!authorization) return refusal("validation-failed", "field 'user' not found in type: 'query_root'");
    if (seen.refuseNext) {
      seen.refuseNext = false;
      return refusal("invalid-jwt", "Could not verify JWT: JWTExpired");
    }
    try {
      const token = authorization.replace(/^Bearer /, "");
      const { payload } = await jwtVerify(token, keys, { issuer: process.env.AUTH_ISSUER });
      return { data: { user: [{ __typename: "user", id: payload.sub, username: payload.name }] } };
    } catch (error) {
      return refusal("invalid-jwt", `Could not verify JWT: ${error.code}`);
    }
  }

  const server = createServer(async (request, response) => {
    response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "*");
    response.setHeader("Access-Control-Allow-Headers", "authorization, content-type");
    if (request.method === "OPTIONS") return response.end();
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(await answer(request.headers.authorization)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://localhost:${server.address().port}/v1/graphql`, seen, close: () => server.close() };
}

function refusal(code, message) {
  return { errors: [{ message, extensions: { path: "$", code } }] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await serveGraphql(process.argv[2])).url);
  process.stdin.resume().on("end", () => process.exit());
}
