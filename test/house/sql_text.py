"""SQL is data: its text stands in sql/, never in a string literal of C++."""

import re

from support.lint import Tally, literals, short, sources

# Only what a sentence in English would hardly say, so that messages for people pass.
STATEMENT = re.compile(
    r"""^\s*(?:
        select\s+(?:.+\sfrom\s|pg_|\*|\$\d|1\b|[a-z_.]+\()
      | insert\s+into\s+\S+\s*(?:\(|values\b|select\b)
      | update\s+\S+\s+set\s+\S+\s*=
      | delete\s+from\s+\S+(?:\s+where\b|\s*;?\s*$)
      | with\s+\w+\s+as\s*\(
      | (?:create|alter|drop)\s+(?:or\s+replace\s+|unique\s+|temp\w*\s+)*
        (?:table|index|schema|function|trigger|type|view|extension|role|database|sequence)\s+\S+
      | truncate\s+(?:table\s+)?\S+\s*;?\s*$
      | (?:begin|commit|rollback)(?:\s+(?:work|transaction))?\s*(?:;|$)
      | set\s+(?:local\s+|session\s+)?(?-i:[a-z_.]+)\s*(?:=|\bto\b)
      | (?:listen|unlisten|deallocate)\s+(?!on\b)[\w"*]+\s*;?\s*$
      | notify\s+\w+\s*(?:,|;|$)
      | lock\s+table\s | grant\s+.+\s(?:on|to)\s | revoke\s+.+\sfrom\s
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def findings(path, text):
    for line, value in literals(text):
        if STATEMENT.search(value):
            yield f"{path}:{line}: SQL text in C++: {value.strip()[:60]!r}"


def self_test(tally):
    statements = [
        '"select id from \\"user\\" where id = $1"',
        '"select " "name" " from role"',
        'R"sql(\n  INSERT INTO role (name) VALUES ($1))sql"',
        '"UPDATE role SET name = $1"',
        '"delete from user_role where user_id = $1"',
        '"with gone as (select 1) select 2"',
        '"CREATE UNIQUE INDEX a ON b (c)"',
        '"set statement_timeout = 2000"',
        '"listen signet_epoch"',
        '"select pg_advisory_lock(1)"',
        '"BEGIN"',
        '"revoke all on schema signet from public"',
    ]
    sentences = [
        '"select another role"',
        '"update the user, then sign in"',
        '"delete from here what you know"',
        '"set AUTH_MIGRATE=on"',
        '"create a role first"',
        '"begins with a letter"',
        '"with a token"',
        '"listen on"',
        '"revoke KID"',
        "// select id from user\nint f();",
        "int n = 1'000; char c = '\"'; // \"begin\"",
    ]
    for statement in statements:
        tally.must_find(f"SQL is found: {statement}", findings("a.cpp", f"auto x = {statement};"))
    for sentence in sentences:
        tally.must_pass(f"no SQL: {sentence}", findings("a.cpp", f"f({sentence}\n);"))


def main():
    tally = Tally()
    self_test(tally)
    for path in sources():
        tally.check(f"{short(path)} holds no SQL", findings(short(path), path.read_text()))
    tally.end()


if __name__ == "__main__":
    main()
