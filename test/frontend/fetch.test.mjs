// docs/frontend/fetch/signet.js in Node, against the Signet at SIGNET_URL, whose access tokens live 2 s.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createSignet, SignetError } from "../../docs/frontend/fetch/signet.js";

const url = process.env.SIGNET_URL;
const password = "plum-Tractor-91-lemon";
const network = globalThis.fetch;
let people = 0;
let refreshes;
let answerInstead; // what a test puts in place of the network for some paths

beforeEach(() => {
  refreshes = 0;
  answerInstead = () => undefined;
  globalThis.fetch = async (input, init) => {
    const path = String(input).slice(url.length);
    if (path === "/refresh") refreshes += 1;
    return (await answerInstead(path, init)) ?? network(input, init);
  };
});

async function signUp() {
  const signet = createSignet({ url });
  const form = { username: `fetch.${process.pid}.${people++}`, password };
  await signet.signUp(form);
  return { signet, form };
}

const expire = () => sleep(2_100);

test("a user signs up, is known, logs out and logs in again", async () => {
  const { signet, form } = await signUp();
  assert.equal(signet.user.username, form.username);
  assert.equal((await (await signet.authFetch(`${url}/me`)).json()).username, form.username);
  await signet.logOut();
  assert.equal(signet.user, undefined);
  assert.equal((await signet.authFetch(`${url}/me`)).status, 401);
  await signet.logIn(form);
  assert.deepEqual(signet.user.roles, ["user"]);
});

test("many calls after the token has expired share one refresh", async () => {
  const { signet } = await signUp();
  await expire();
  const answers = await Promise.all(Array.from({ length: 10 }, () => signet.authFetch(`${url}/me`)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(refreshes, 1);
});

test("a call that is answered 401 is tried once more with a new token, and only once", async () => {
  const { signet } = await signUp();
  let refusals = 1;
  let calls = 0;
  answerInstead = (path) => {
    if (path !== "/me") return undefined;
    calls += 1;
    return refusals-- > 0 ? new Response("", { status: 401 }) : undefined;
  };
  assert.equal((await signet.authFetch(`${url}/me`)).status, 200);
  assert.deepEqual([calls, refreshes], [2, 1]);
  refusals = 9;
  assert.equal((await signet.authFetch(`${url}/me`)).status, 401);
  assert.deepEqual([calls, refreshes], [4, 2]);
});

test("a session that has ended elsewhere signs the user out without an exception", async () => {
  const { signet, form } = await signUp();
  const other = createSignet({ url });
  await other.logIn(form);
  await other.logOut({ all: true });
  let told = 0;
  const stop = signet.subscribe(() => (told += 1));
  await signet.refresh(await signet.accessToken());
  stop();
  assert.deepEqual([signet.user, told], [undefined, 1]);
});

test("a server that is away signs nobody out, and an answer that was lost is repeated", async () => {
  const { signet, form } = await signUp();
  await expire();
  answerInstead = (path) => path === "/refresh" && new Response("{}", { status: 503, headers: { "Retry-After": "5" } });
  await assert.rejects(signet.accessToken(), { status: 503, retryAfter: 5 });
  answerInstead = async (path, init) => {
    if (path !== "/refresh") return undefined;
    await network(url + path, init);
    throw new TypeError("the answer is lost");
  };
  await assert.rejects(signet.accessToken(), TypeError);
  assert.equal(signet.user.username, form.username);
  answerInstead = () => undefined;
  assert.equal((await signet.authFetch(`${url}/me`)).status, 200);
});

test("while a token is still good, a refresh that fails holds nothing up", async () => {
  const { signet } = await signUp();
  const first = await signet.accessToken();
  answerInstead = (path) => path === "/refresh" && new Response("{}", { status: 503 });
  await sleep(1_850); // past nine tenths of its life
  assert.equal(await signet.accessToken(), first);
  assert.equal(refreshes, 1);
});

test("a refresh token that a link brought is taken out of the address, and opens the session", async () => {
  const { signet: other, form } = await signUp();
  const { refreshToken } = await (await network(`${url}/login`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(form),
  })).json();
  await other.logOut();
  for (const [before, after] of [["#", ""], ["?a=1#/home&", "?a=1#/home"]]) {
    globalThis.location = new URL(`http://localhost:3000/in${before}refreshToken=${refreshToken}`);
    globalThis.history = { state: 7, replaceState: (...all) => (globalThis.history.replaced = all) };
    const signet = createSignet({ url });
    await signet.resume();
    assert.equal(signet.user.username, form.username);
    assert.deepEqual(globalThis.history.replaced, [7, "", `http://localhost:3000/in${after}`]);
  }
  globalThis.location = new URL("http://localhost:3000/in#/home");
  const nobody = createSignet({ url });
  await nobody.resume();
  assert.equal(nobody.user, undefined);
  delete globalThis.location;
  delete globalThis.history;
});

test("mails are asked for in silence, and a wrong code is a refusal", async () => {
  const signet = createSignet({ url });
  const email = "nobody@example.org";
  for (const ask of ["askForNewPassword", "askForLink", "askForVerification", "askForCode"]) {
    assert.deepEqual(await signet[ask]({ email }), {});
  }
  await assert.rejects(signet.askForLink({ email, redirectTo: "https://evil.example/" }), (error) => {
    assert.deepEqual([error.status, error.errors[0].pointer], [400, "/redirectTo"]);
    return true;
  });
  await assert.rejects(signet.logInByCode({ email, code: "123456" }), { status: 401, code: "invalid-credentials" });
});

test("a refusal carries its code and what was wrong", async () => {
  const { signet, form } = await signUp();
  await assert.rejects(signet.signUp(form), { name: "Error", status: 409, code: "username-taken" });
  const wrong = { ...form, password: `wrong-${password}` };
  await assert.rejects(signet.logIn(wrong), { status: 401, code: "invalid-credentials" });
  await assert.rejects(createSignet({ url }).signUp({ username: "fetch.weak", password: "short" }), (error) => {
    assert.ok(error instanceof SignetError);
    assert.deepEqual([error.status, error.errors[0].pointer, error.retryAfter], [400, "/password", 0]);
    return true;
  });
});
