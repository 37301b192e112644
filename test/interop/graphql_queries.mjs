// Makes queries for the remote schema, valid ones and ones with a part of them changed, the same ones every time.

// https://en.wikipedia.org/wiki/Linear_congruential_generator
function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const GOOD = [
  "{ me { id username email emailVerified roles defaultRole active createdAt lastLoginAt metadata __typename } }",
  "query Q { me { id } __typename }",
  "query A { me { id } }\nquery B { me { username } }\nmutation C { logout }",
  'mutation { login(username: "a", password: "b") { id token expiresIn refreshToken } }',
  'mutation M($u: String, $e: String, $p: String!) { login(username: $u, email: $e, password: $p) { id } }',
  'mutation M($p: String = "x") { login(password: $p) { id roles } }',
  'mutation M($p: String!, $m: AuthJson, $x: [Int!] = [1, 2]) { signup(password: $p, metadata: {a: [1, 2.5e3, null, E, "s"], b: {c: $x}, d: true}) { status id } again: signup(password: $p, metadata: $m) { id } }',
  'mutation M($j: AuthJson!) { signup(password: "p", metadata: [$j, [$j]]) { id } }',
  "mutation M($all: Boolean! = false, $r: String) { logout(all: $all, refreshToken: $r) }",
  "mutation M($all: Boolean) { logout(all: $all) }",
  'mutation { a: refresh(refreshToken: "x") { token } b: refresh(refreshToken: """x""") { ...S } }\nfragment S on AuthSession { token expiresIn }',
  "{ me { ...U } }\nfragment U on AuthUser { id ...V roles }\nfragment V on AuthUser { metadata }",
  "query Q($no: Boolean! = false) { me { id @skip(if: $no) roles @include(if: true) @skip(if: false) ... @include(if: $no) { active } ...U @skip(if: $no) } }\nfragment U on AuthUser { email }",
  "{ me { ... on AuthUser { id } ... { id id x: id x: id } } }",
  '{ __type(name: "AuthUser") { kind name fields(includeDeprecated: true) { name type { name ofType { name } } args { name defaultValue } } } }',
  "query T($n: String!, $d: Boolean) { __type(name: $n) { fields(includeDeprecated: $d) { name isDeprecated } enumValues { name } interfaces { name } } }",
  "{ __schema { queryType { name } types { name kind ...T } directives { name locations args { name } } } }\nfragment T on __Type { fields { name } inputFields { name } ofType { name } }",
  'mutation K($k: __TypeKind = OBJECT, $l: [__TypeKind!]! = [LIST, ENUM], $i: ID = 12, $n: Int = -2147483648) { signup(password: "p", metadata: {a: $k, b: {c: $l, d: $i}, e: $n}) { id } }',
  "subscription S { anything { at all } }",
  "# a comment, \"with\" { words }\n{ me, { id,,, username } }",
  'mutation { signup(username: "\\u00e9\\n\\"", password: """\n  block \\""" text\n  """, confirmPassword: "", metadata: {}) { id } }',
];

// Names of everything, to be put where something else stood.
const NAMES = ["me", "login", "signup", "logout", "refresh", "id", "username", "token", "roles", "status", "name", "kind", "fields", "type", "ofType", "__typename", "__schema", "__type", "AuthUser", "AuthSession", "AuthSignup", "AuthQuery", "AuthMutation", "AuthJson", "String", "Int", "Boolean", "ID", "Float", "__Type", "__TypeKind", "Nothing", "U", "V", "S", "T", "a", "password", "refreshToken", "all", "if", "skip", "include", "deprecated", "unknown", "on", "query", "fragment", "true", "null", "OBJECT", "includeDeprecated"];
const VALUES = ["1", "-0", "2147483648", "1.5", "1e5", '"x"', '""', '"""x"""', "true", "false", "null", "OBJECT", "NOTHING", "[]", "[1]", '["x"]', "{}", "{a: 1}", "{a: 1, a: 2}", "$p", "$n", "$undefined", "[$j]", "{a: $u}"];
const SELECTIONS = ["id", "a: id", "a: username", "id: username", "x: roles", "metadata", "metadata { x }", "me", "me { id }", "roles { x }", "__typename", "unknown", "...U", "...Missing", "... on AuthUser { id }", "... on AuthSession { token }", "... on String { x }", "... on Nothing { x }", "... { id }", "id @skip(if: true)", "id @skip", "id @skip(if: 1)", "id @unknown", "id @include(if: true) @include(if: true)", "id @deprecated", "id(a: 1)", '__type(name: "a") { name }', '__type(name: "b") { name kind }', '__type(name: "a", name: "a") { name }', "__type { name }", "__schema { types { fields { type { fields { type { fields { name } } } } } } }", 'login(password: "a") { id }', 'login(password: "b") { id }', "login { id }", "logout"];
const DEFINITIONS = ["fragment U on AuthUser { id }", "fragment U on AuthUser { ...U }", "fragment W on AuthUser { ...X }\nfragment X on AuthUser { ...W }", "fragment N on AuthUser { id }\nfragment N on AuthUser { roles }", "fragment N on Nothing { id }", "fragment N on AuthJson { id }", "{ me { id } }", "query Q { me { id } }", "query A($u: String) { me { id } }", "query D($u: String, $u: String) { me { id } }", "query D($u: AuthUser) { me { id } }", "query D($u: Nothing) { me { id } }", "query D($b: Boolean) { me { id @skip(if: $b) } }", "query D @skip(if: true) { me { id } }", "query D($u: Int = \"x\" @unknown) { me { id @skip(if: true) } }", "mutation D($i: Int) { login(username: $i, password: \"p\") { id } }", "mutation D($s: [String]) { login(username: $s, password: \"p\") { id } }", "mutation D($j: String) { signup(password: \"p\", metadata: [$j]) { id } }", "mutation D($j: String) { signup(password: \"p\", metadata: {a: $j}) { id } }", "type T { a: Int }", "extend schema @a", "scalar S", "directive @d on FIELD", "enum E { A }", "subscription Z { a b ... { c } d: a }", "subscription Z { a a: b }", "subscription Z { a { b } a { b: c } }"];

const TOKEN = /"""(?:\\"""|(?!""")[^])*"""|"(?:\\.|[^"\\\n])*"|\.\.\.|[A-Za-z_]\w*|-?\d[\d.eE+-]*|[^\s,]/g;

function tokensOf(query) {
  return [...query.replace(/#.*/g, "").matchAll(TOKEN)].map((match) => match[0]);
}

// The ways to change a query. Most results are invalid, by one rule or another.
const CHANGES = [
  (query, pick) => `${query}\n${pick(DEFINITIONS)}`,
  (query, pick) => query.replace(/\{ (?=[a-z.])/g, (brace) => (pick([0, 1, 2]) ? brace : `{ ${pick(SELECTIONS)} `)),
  (query, pick, at) => {
    const tokens = tokensOf(query);
    const names = tokens.flatMap((token, i) => (/^[A-Za-z_]/.test(token) ? [i] : []));
    tokens[names[at(names.length)]] = pick(NAMES);
    return tokens.join(" ");
  },
  (query, pick, at) => {
    const places = [...query.matchAll(/: ?("(?:[^"\\]|\\.)*"|\$\w+|true|false|-?\d+|null|\{\})(?=[,)\s])/g)];
    if (places.length === 0) {
      return query;
    }
    const place = places[at(places.length)];
    return `${query.slice(0, place.index)}: ${pick(VALUES)}${query.slice(place.index + place[0].length)}`;
  },
  (query, pick) => query.replace(/\$(\w+): ([\w[\]!]+)/, (_, name) => `$${name}: ${pick(["String", "String!", "Int", "Int!", "Boolean", "Boolean!", "ID", "[String]", "[String!]!", "AuthJson", "AuthJson!", "AuthUser", "Nothing", "__TypeKind"])}`),
  (query, pick, at) => {
    const tokens = tokensOf(query);
    tokens.splice(at(tokens.length), 1);
    return tokens.join(" ");
  },
  (query, pick, at) => {
    const tokens = tokensOf(query);
    tokens.splice(at(tokens.length), 0, tokens[at(tokens.length)]);
    return tokens.join(" ");
  },
  (query, pick) => query.replace(/\((\w+):/, () => `(${pick(["unknown", "username", "name", "if", "all"])}: 1, $1:`).replace("$1", query.match(/\((\w+):/)?.[1] ?? ""),
  (query, pick) => query.replace(/\b(id|token|me)\b(?! ?[:(])/, (name) => `${pick(["x", "id", "token"])}: ${name}`),
  (query, pick) => query.replace(/ (id|name|token)\b(?!:)/, (name) => `${name} @${pick(["skip(if: true)", "include(if: false)", "skip(if: $p)", "include(if: \"x\")", "skip(when: true)", "deprecated", "specifiedBy(url: \"x\")", "nothing"])}`),
];

// Below the limits of Signet, which graphql-js does not have.
function withinLimits(query) {
  const depth = (text) => [...text.matchAll(/[{}]/g)].reduce(([now, most], [brace]) => (brace === "{" ? [now + 1, Math.max(most, now + 1)] : [now - 1, most]), [0, 0])[1];
  return (query.match(/\w+ ?: ?\w+/g) ?? []).length <= 60 && depth(query) <= 12 && query.length < 4000;
}

export function* generate(count) {
  const random = randomOf(Number(process.env.GRAPHQL_SEED ?? 42));
  const pick = (list) => list[random(list.length)];
  for (let made = 0; made < count; ) {
    // Definitions of a second document, whose names differ, make more of one.
    let query = pick(GOOD);
    if (random(4) === 0) {
      const other = pick(GOOD);
      query = /^\s*(\{|mutation \{|#)/.test(query) || /^\s*(\{|mutation \{|#)/.test(other) ? query : `${query}\n${other.replace(/(query|mutation|subscription) (\w)/g, "$1 Other$2")}`;
    }
    for (let changes = random(4) === 0 ? 0 : 1 + random(2); changes > 0; --changes) {
      query = pick(CHANGES)(query, pick, random);
    }
    if (withinLimits(query)) {
      ++made;
      yield query;
    }
  }
}
