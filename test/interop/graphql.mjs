// graphql-js judges the remote schema: that it is one, what it says of itself, and which queries are valid.
import assert from "node:assert/strict";
import { buildClientSchema, buildSchema, getIntrospectionQuery, graphqlSync, introspectionFromSchema, parse, specifiedRules, validate, validateSchema } from "graphql";
import { readFileSync } from "node:fs";
import { check, finish } from "./report.mjs";
import { generate } from "./graphql_queries.mjs";

const URL = process.env.SIGNET_URL + "/graphql";
const SECRET = process.env.SIGNET_ACTION_SECRET;
// What has no subscriptions cannot break this rule.
const NEVER = ["SingleFieldSubscriptionsRule"];
const QUERIES = Number(process.env.GRAPHQL_QUERIES ?? 2000);

// A check whose assertions say what is wrong.
const test = (name, run) => check(name, async () => (await run(), true));

async function ask(body, headers = {}) {
  const response = await fetch(URL, {
    method: "POST",
    headers: { "content-type": "application/json", "x-action-secret": SECRET, ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

// Whether Signet finds the document valid. It has no operation of that name, so nothing is executed.
async function verdict(query) {
  const { errors } = await ask({ query, operationName: "none" });
  return errors[0].extensions.code === "graphql-request-failed" ? "valid" : errors[0].extensions.code;
}

function rulesBroken(schema, query) {
  let document;
  try {
    document = parse(query);
  } catch {
    return ["syntax"];
  }
  return specifiedRules.filter((rule) => validate(schema, document, [rule]).length > 0).map((rule) => rule.name);
}

const isBuiltIn = (type) => type.name.startsWith("__") || ["String", "Int", "Float", "Boolean", "ID"].includes(type.name);
const byName = (a, b) => (a.name < b.name ? -1 : 1);

// What graphql-js knows better than any server (texts and order of what every schema has) is left out.
function comparable(value) {
  const copy = structuredClone(value);
  const schema = copy.__schema;
  schema.types = schema.types?.filter((type) => !isBuiltIn(type)).sort(byName);
  schema.directives = schema.directives?.map((directive) => directive.name).filter((name) => name !== "oneOf").sort();
  return copy;
}

const introspected = await ask({ query: getIntrospectionQuery({ schemaDescription: true, specifiedByUrl: true, directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true }) });
const schema = buildClientSchema(introspected.data);

await test("graphql-js takes the introspection for a valid schema", () => {
  assert.deepEqual(validateSchema(schema), []);
  assert.equal(introspected.errors, undefined);
});

await test("introspection in every variant of graphql-js is answered as graphql-js answers it", async () => {
  const flags = ["descriptions", "specifiedByUrl", "directiveIsRepeatable", "schemaDescription", "inputValueDeprecation", "experimentalDirectiveDeprecation", "oneOf"];
  for (let bits = 0; bits < 1 << flags.length; ++bits) {
    const options = Object.fromEntries(flags.map((flag, i) => [flag, Boolean(bits & (1 << i))]));
    const query = getIntrospectionQuery(options);
    const theirs = JSON.parse(JSON.stringify(graphqlSync({ schema, source: query })));
    const ours = await ask({ query, operationName: "IntrospectionQuery" });
    assert.equal(ours.errors, undefined);
    assert.deepEqual(comparable(ours.data), comparable(theirs.data), JSON.stringify(options));
  }
});

await test("introspection tells of the types of introspection what graphql-js tells", async () => {
  const query = getIntrospectionQuery({ descriptions: false, inputValueDeprecation: true });
  const builtIn = (result) => result.data.__schema.types.filter(isBuiltIn).filter((type) => type.name !== "Float").sort(byName);
  const theirs = JSON.parse(JSON.stringify(graphqlSync({ schema, source: query })));
  assert.deepEqual(builtIn(await ask({ query })), builtIn(theirs));
});

await test("the schema definition language says what the introspection says", () => {
  const options = { schemaDescription: true, inputValueDeprecation: true };
  const told = introspectionFromSchema(buildSchema(readFileSync(new globalThis.URL("../../docs/hasura/remote-schema.graphql", import.meta.url), "utf8")), options);
  const asked = introspectionFromSchema(schema, options);
  assert.deepEqual(comparable(told), comparable(asked));
});

// The query of graphql-engine: fragments are inlined, ofType goes seven levels down, and there are no variables.
await test("Hasura's own introspection query is answered in full", async () => {
  const type = (depth) => (depth === 0 ? "kind name" : `kind name ofType { ${type(depth - 1)} }`);
  const input = `... on __InputValue { name description type { ... on __Type { ${type(7)} } } defaultValue }`;
  const query = `query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name }
    types { ... on __Type { kind name description
      fields(includeDeprecated: true) { name description args { ${input} } type { ... on __Type { ${type(7)} } } isDeprecated deprecationReason }
      inputFields { ${input} } interfaces { ... on __Type { ${type(7)} } }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { ... on __Type { ${type(7)} } } } }
    directives { name description locations args { ${input} } } } }`;
  const ours = await ask({ operationName: "IntrospectionQuery", query });
  const theirs = JSON.parse(JSON.stringify(graphqlSync({ schema, source: query })));
  assert.equal(ours.errors, undefined);
  assert.deepEqual(comparable(ours.data), comparable(theirs.data));
  assert.ok(ours.data.__schema.types.every((type) => type.kind !== "OBJECT" || type.fields.length > 0));
});

await test(`both find the same of ${QUERIES} queries valid, and every rule is broken by some`, async () => {
  const broken = new Map();
  let valid = 0;
  for (const query of generate(QUERIES)) {
    const rules = rulesBroken(schema, query);
    for (const rule of rules) {
      broken.set(rule, (broken.get(rule) ?? 0) + 1);
    }
    valid += rules.length === 0 ? 1 : 0;
    const expected = rules.length === 0 ? "valid" : rules[0] === "syntax" ? "graphql-parse-failed" : "graphql-validation-failed";
    assert.equal(await verdict(query), expected, `${rules}\n${query}`);
  }
  const missing = specifiedRules.map((rule) => rule.name).filter((name) => !broken.has(name) && !NEVER.includes(name));
  console.log(`   ${valid} valid; broken: ${[...broken].map(([rule, times]) => `${rule} ${times}`).join(", ")}`);
  assert.deepEqual(missing, []);
  assert.ok(broken.has("syntax") && valid > QUERIES / 5 && valid < (QUERIES * 4) / 5, `${valid} are valid`);
});

finish();
