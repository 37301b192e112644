// Validates a file of Kubernetes manifests against the schemas of Kubernetes, and prints its documents
// as JSON. What is wrong goes to stderr, and the exit code is then 1.
//   node manifests.mjs FILE

import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

// The schemas allow members that they do not know, so a misspelt one would pass. A validator looks at
// each member that its schema names, and at each of a free map such as labels: what it never looked at
// is unknown. Takes what was looked at off `unread`.
function watch(value, pointer, unread) {
  if (value === null || typeof value !== "object") {
    return value;
  }
  const members = Array.isArray(value) ? [] : {};
  for (const [name, member] of Object.entries(value)) {
    const place = `${pointer}/${name}`;
    unread.add(place);
    const watched = watch(member, place, unread);
    Object.defineProperty(members, name, {
      enumerable: true,
      get() {
        unread.delete(place);
        return watched;
      },
    });
  }
  return members;
}

async function errors_of(document) {
  const { apiVersion, kind } = document;
  const models = await import(`kubernetes-models/${apiVersion}`).catch(() => ({}));
  if (!models[kind]) {
    return [`there is no ${kind} in ${apiVersion}`];
  }
  const unread = new Set();
  try {
    // A model itself copies what it is given, and so looks at everything.
    models[kind].prototype.validate.call(watch(document, "", unread));
  } catch (error) {
    return [error.message];
  }
  return [...unread].map((place) => `${place} is unknown`);
}

const file = process.argv[2];
// YAML 1.1, as kubectl reads it: 0440 is octal.
const parsed = parseAllDocuments(readFileSync(file, "utf8"), { version: "1.1" });
const documents = parsed.map((each) => each.toJS());
const errors = parsed.flatMap((each) => each.errors.map((error) => error.message));
for (const document of documents) {
  for (const error of await errors_of(document)) {
    errors.push(`${document.kind} ${document.metadata?.name}: ${error}`);
  }
}
console.log(JSON.stringify(documents));
if (errors.length > 0) {
  console.error(errors.join("\n"));
  process.exitCode = 1;
}
