// The links of docs/frontend/react-apollo in Node, against the Signet at SIGNET_URL, whose access
// tokens live 2 s, and an endpoint that verifies them.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createSignet } from "../../docs/frontend/fetch/signet.js";
import { serveGraphql } from "./graphql.mjs";

const app = fileURLToPath(new URL("../../docs/frontend/react-apollo", import.meta.url));
const url = process.env.SIGNET_URL;
const username = `apollo.${process.pid}`;
let graphql, signet, client, query;

before(async () => {
  const { parse } = createRequire(`${app}/package.json`)("graphql");
  const { runnerImport } = await import(`${app}/node_modules/vite/dist/node/index.js`); // compiles the TypeScript
  const { module } = await runnerImport(`${app}/src/client.ts`, { root: app, configFile: false, logLevel: "error" });
  graphql = await serveGraphql(url);
  signet = createSignet({ url });
  client = module.createClient(signet, graphql.url);
  query = { query: parse("query MyName { user { id username } }"), fetchPolicy: "network-only" };
});
beforeEach(() => (graphql.seen.requests = 0));
after(() => graphql?.close());

test("nobody who is not signed in sends a token", async () => {
  await assert.rejects(client.query(query), /not found in type/);
  assert.equal(graphql.seen.requests, 1);
});

test("who signs up is known to the endpoint", async () => {
  await signet.signUp({ username, password: "plum-Tractor-91-lemon" });
  assert.equal((await client.query(query)).data.user[0].username, username);
});

test("queries after the token has expired are sent with a new one", async () => {
  const old = await signet.accessToken();
  await sleep(2_100);
  const answers = await Promise.all([client.query(query), client.query(query)]);
  assert.deepEqual(answers.map(({ data }) => data.user[0].username), [username, username]);
  assert.notEqual(await signet.accessToken(), old);
});

test("a token that is refused is replaced, and the query sent once more", async () => {
  const old = await signet.accessToken();
  graphql.seen.refuseNext = true;
  assert.equal((await client.query(query)).data.user[0].username, username);
  assert.equal(graphql.seen.requests, 2);
  assert.notEqual(await signet.accessToken(), old);
});
