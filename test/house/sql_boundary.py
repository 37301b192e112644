"""No other role's object can take part in what Signet's SQL does: docs/adr/0011-boundary.md says why.

Every relation and every function of ours is named with its schema, every function fixes its search_path,
no lock is an advisory one, no row is turned into JSON or compared by operators of its columns' types, and
no marker stands where what is filled in would be read as something else. And the set-up of compose.yaml
grants Hasura's role neither the password nor TRIGGER nor REFERENCES.
"""

import re

from support.lint import ROOT, Tally, files, short
from support.sql_statement import Statement
from support.sql_tokens import statements, streams, tokens

ADVISORY = re.compile(r"pg_(?:try_)?advisory_", re.IGNORECASE)
FIXED_PATH = ["search_path", "=", "pg_catalog", ",", "pg_temp"]
OTHER_PATH = re.compile(r"search_path\s*(?:$|\bto\b|=(?!%)(?!\s*pg_catalog, pg_temp\s*(?:;|$)))", re.IGNORECASE)
MARKER = re.compile(r":accounts\b", re.IGNORECASE)
TO_JSON = ("to_json", "to_jsonb", "row_to_json", "json_agg", "jsonb_agg", "array_to_json")
COMPARES = ("=", "<>", "!=", "<", ">", "<=", ">=")
FORBIDDEN_RIGHTS = ("trigger", "references", "truncate", "all", "password")
WHOLE_ROW_RIGHTS = ("select", "insert", "update")


def follows(parts, index, texts):
    return [part.text for part in parts[index : index + len(texts)]] == texts


def paths(parts):
    """Functions without the fixed search_path, and any other search_path."""
    texts = [part.text for part in parts]
    makes = texts[:1] == ["create"] and ("function" in texts[:4] or "procedure" in texts[:4])
    if makes and not any(follows(parts, index, ["set", *FIXED_PATH]) for index in range(len(parts))):
        yield parts[0].line, "a function without SET search_path = pg_catalog, pg_temp"
    for index, part in enumerate(parts):
        behind = parts[index + len(FIXED_PATH)] if index + len(FIXED_PATH) < len(parts) else None
        if part.is_word("search_path"):
            if not follows(parts, index, FIXED_PATH) or (behind is not None and behind.is_sign(",", ".")):
                yield part.line, "another search_path than pg_catalog, pg_temp"
        elif part.kind == "string" and OTHER_PATH.search(part.text):
            yield part.line, "a string with another search_path than pg_catalog, pg_temp"


def words(parts):
    """What a single word, with its neighbours, gives away."""
    for index, part in enumerate(parts):
        before = parts[index - 1] if index else None
        after = parts[index + 1] if index + 1 < len(parts) else None
        is_of_schema = before is not None and before.is_sign(".")
        if ADVISORY.search(part.text) and part.kind != "dollar":
            yield part.line, "an advisory lock, which any role can hold"
        if part.is_word("user") or (part.is_word("role", "user_role") and not is_of_schema):
            yield part.line, f"{part.text} without the schema :accounts, and \"user\" is quoted"
        if part.kind == "quoted" and part.text in ("user", "role", "user_role") and not is_of_schema:
            yield part.line, f'"{part.text}" without the schema :accounts'
        if part.kind in ("string", "quoted") and MARKER.search(part.text):
            yield part.line, "the marker :accounts inside quotes; :accounts_text is the schema's name as text"
        if part.is_word(*TO_JSON) and after is not None and after.is_sign("("):
            if not (index + 2 < len(parts) and parts[index + 2].text == "claims_function"):
                yield part.line, f"{part.text}() calls casts of the types that it is given"
        if part.is_word("old", "new") and after is not None and not after.is_sign("."):
            near = [other for other in (before, after) if other is not None]
            if any(other.is_sign(*COMPARES) or other.is_word("is", "from") for other in near):
                yield part.line, "rows are compared by *<>, which calls nothing of their columns' types"


def casts(parts):
    """Names of relations in text: to_regclass('…') and '…'::regclass."""
    for index, part in enumerate(parts):
        if part.kind == "string" and "." not in part.text and not part.text.startswith("pg_"):
            is_argument = index > 1 and parts[index - 2].is_word("to_regclass")
            if is_argument or follows(parts, index + 1, ["::", "regclass"]):
                yield part.line, f"the relation {part.text!r} without its schema"


def findings(path, text):
    found = []
    for token in tokens(text):
        if token.kind == "comment" and MARKER.search(token.text):
            found.append((token.line, "the marker :accounts in a comment, where it is filled in too"))
    for stream in streams(text):
        for parts in statements(stream):
            for check in (Statement(parts).findings(), paths(parts), words(parts), casts(parts)):
                found.extend(check)
    return [f"{path}:{line}: {what}" for line, what in sorted(set(found))]


def sql_of(text):
    """The SQL in a script: of a shell script its here-documents, of psql's own commands none."""
    if text.startswith("#!"):
        text = "\n".join(match[2] for match in re.finditer(r"<<'(\w+)'\n(.*?)\n\1\n", text, re.DOTALL))
    return re.sub(r"^\s*\\gexec", ";", text, flags=re.MULTILINE).replace("\n\\", "\n--")


def rights(path, text):
    """What would give Hasura's role the password, or a way to have its code run as Signet."""
    for stream in streams(sql_of(text)):
        for parts in statements(stream):
            texts = [part.text for part in parts]
            if texts[0] == "alter" and "default" in texts[:2] and "grant" in texts:
                yield f"{path}: default privileges open tables that are not there yet"
            if "attname" in texts and not re.search(r"attname <> password\b", " ".join(texts)):
                yield f"{path}: columns are listed, and password is not left out"
            if texts[0] != "grant" or "on" not in texts:
                continue
            given, on = texts[: texts.index("on")], texts[texts.index("on") :]
            for right in set(given) & set(FORBIDDEN_RIGHTS):
                yield f"{path}: grants {right}"
            for index, right in enumerate(given):
                whole = index + 1 == len(given) or given[index + 1] != "("
                if right in WHOLE_ROW_RIGHTS and whole and "user" in on:
                    yield f'{path}: grants {right} on all of "user", password included'


GOOD = """
with a as (select id from :accounts."user"), b (x, y) as materialized (select 1, 2) select x from a, b, signet.session s;
select extract(epoch from s.at), substring('x' from 1) from signet.session s, unnest(array[1, 2]) u, lateral (select 1) l;
select 1 where 1 is distinct from 2;
select u.id::text from auth.users u where u.id > $1::uuid;
select c.oid from pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace cross join lateral f(c) x;
insert into :accounts.role (name) values ($1::text) on conflict do nothing;
insert into signet.x (a) values (1) on conflict (a) do update set a = 2;
update :accounts."user" u set active = true from signet.session s where s.user_id = u.id;
delete from signet.session s using :accounts."user" u where u.id = s.user_id;
lock table :accounts."user", :accounts.role in share mode;
select id from signet.session for update skip locked;
create index i on signet.session (user_id);
create trigger t after update on :accounts."user" referencing old table as old_rows new table as new_rows
for each statement execute function signet.f();
create table signet.y (u uuid references :accounts."user" (id) on delete cascade, s text default current_user);
revoke all on function signet.f(uuid) from public;
revoke all on signet.y, :accounts.role from public;
grant usage on schema signet, :accounts to :service;
create function signet.f() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare was record;
begin
    was := old;
    if new *<> was and new.a <> old.a then select count(*) into was from new_rows; end if;
    execute format('alter table %I.%I add column %I %s', 'a', 'b', 'c', 'd');
    execute format('select exists (select from %2$I."user" where %1$I is not null)', 'a', 'b') into was;
    perform to_regclass(format('%I."user"', :accounts_text)), 'pg_class'::regclass, to_regclass('signet.y');
    raise exception 'select another role, or "user" %', 1 using errcode = 'SG001';
end $$;
set search_path = pg_catalog, pg_temp;
-- pg_advisory_lock(1) is of no use, and from user we take nothing
select to_jsonb(:claims_function(u.id)) from :accounts."user" u where c.setting like 'search_path=%';
select 'alter function %s set search_path = pg_catalog, pg_temp;', a[0:i.n - 1], e'it\\'s from user' from signet.i i
"""

BAD = [
    "select 1 from session", 'select 1 from "user"', "select 1 from user", "select 1 from role r",
    "select 1 from :accounts.session", "select 1 from :accounts.user", "select 1 from public.role",
    "select 1 from signet.a, b", "select 1 from signet.a join b on true", "select 1 from signet.a x join signet.b y on f(x, y), c",
    "select 1 from (signet.a join b on true)", "select exists (select from app.member)",
    "with a as (select 1 from b) select 1 from a", "select 1 from a; with a as (select 1) select 2",
    "insert into session values (1)", "update session set a = 1", "with a as (select 1) update b set c = 1",
    "delete from session", "delete from signet.a using b where true", "lock table signet.a, b in share mode",
    "truncate session", "create table y (a integer)", "create table signet.y (a uuid references z (id))",
    "create unique index i on y (a)", "create trigger t after update on y for each row execute function signet.f()",
    "create trigger t after update on signet.y for each row execute function f()", "alter table y add a integer",
    "grant select on y to :service", "revoke all on function f(uuid) from public", "grant select on signet.a, b to :service",
    "do $$ begin delete from y; end $$", "do $x$ begin execute 'delete from y'; end $x$",
    "do $$ begin execute format('select 1 from %I', 'a'); end $$", "do $$ begin execute 'select 1 from'\n' y'; end $$",
    "create function signet.f() returns integer language sql as 'select 1'",
    "create or replace function signet.f() returns integer language sql set search_path = signet as 'select 1'",
    "create function signet.f() returns integer language sql set search_path = pg_catalog, pg_temp, public as 'select 1'",
    "create function f() returns integer language sql set search_path = pg_catalog, pg_temp as 'select 1'",
    "select pg_advisory_xact_lock(1)", "select pg_catalog.pg_try_advisory_lock(1)", "do $$ begin perform pg_advisory_lock(1); end $$",
    "set search_path = public", "set local search_path to pg_catalog, pg_temp", "select set_config('search_path', 'a', true)",
    "do $$ begin execute 'set search_path = app'; end $$", "alter function signet.f() set search_path = app",
    'select to_jsonb(u) from :accounts."user" u', "select json_agg(r) from :accounts.role r", "select row_to_json(new_rows) from new_rows",
    "do $$ begin if new is distinct from old then end if; end $$", "do $$ begin if old <> new then end if; end $$",
    "select to_regclass('user_role')", "select 'session'::regclass", "select ':accounts.role'", 'select 1 from ":accounts".role',
    "-- of :accounts\nselect 1", "/* of :accounts */ select 1",
]  # fmt: skip

GRANTS = 'grant select (id), insert (id), delete on :"accounts"."user" to hasura; grant select on role to hasura;'
BAD_GRANTS = [
    'grant select on :"accounts"."user" to hasura', 'grant insert (id), update on "user" to hasura',
    "grant trigger on role to hasura", "grant references (id) on role to hasura", "grant all on role to hasura",
    'grant select (id, password) on "user" to hasura', "select format('grant trigger on %I.role to x', 'a')\n\\gexec",
    "alter default privileges in schema public grant select on tables to hasura",
    "select string_agg(a.attname, ',') from pg_attribute a", "#!/bin/sh\npsql <<'SQL'\ngrant trigger on a to b;\nSQL\n",
]  # fmt: skip


def main():
    tally = Tally()
    tally.must_pass("SQL that keeps the rules", findings("a.sql", GOOD))
    for sample in BAD:
        tally.must_find(f"this breaks a rule: {sample}", findings("a.sql", sample))
    tally.must_pass("rights of columns", rights("a.sql", GRANTS))
    for sample in BAD_GRANTS:
        tally.must_find(f"this grants too much: {sample}", rights("a.sql", sample))
    for folder in ("sql/queries", "sql/templates", "sql/migrations"):
        paths_there = files("*.sql", below=folder)
        tally.check(f"there is SQL in {folder}", [] if paths_there else ["none"])
        for path in paths_there:
            tally.check(f"{short(path)} names what it means", findings(short(path), path.read_text()))
    setup = ROOT / "sql/compose"
    tally.check("sql/compose/hasura_rights.sql names what it means",
                findings("sql/compose/hasura_rights.sql", sql_of((setup / "hasura_rights.sql").read_text())))
    for name in ("roles.sh", "hasura_rights.sql"):
        tally.check(f"sql/compose/{name} grants no more than it should", rights(name, (setup / name).read_text()))
    commands = re.sub(r"(?m)^\s*#.*$", "", (ROOT / "compose.yaml").read_text())
    grants = re.findall(r"(?i)\b(?:grant|revoke|alter)\s", commands)
    tally.check("compose.yaml leaves rights to those files", grants)
    tally.end()


if __name__ == "__main__":
    main()
