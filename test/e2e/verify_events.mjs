// Reads a JSON array of {secret, body, headers} on standard input, and prints for each what the npm
// package standardwebhooks makes of it: the event, or null where the signature is not good.
import { createRequire } from "node:module";

const { Webhook } = createRequire(new URL("../../docs/events/package.json", import.meta.url))("standardwebhooks");

let text = "";
for await (const part of process.stdin) {
  text += part;
}
const verdicts = JSON.parse(text).map(({ secret, body, headers }) => {
  try {
    return new Webhook(secret).verify(body, headers);
  } catch {
    return null;
  }
});
console.log(JSON.stringify(verdicts));
