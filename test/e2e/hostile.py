"""A database role of somebody else's that plants, wherever it may create, whatever our SQL could take for its own.

What the SQL calls, compares, casts to and reads is taken from sql/ itself; of its functions the signatures are asked of
the database's catalogs. Every trap rings `trap.ring()` when it runs with a role of Signet, be it rolled back or not."""

import pathlib
import re
import subprocess

import support

ALIASES = {"integer": "int4", "int": "int4", "bigint": "int8", "smallint": "int2", "boolean": "bool",
           "precision": "float8", "real": "float4", "decimal": "numeric", "character": "bpchar", "serial": "int4"}
# Types in which a caller may see an argument, whether our SQL says so or not.
USUAL = ("text varchar bpchar name int2 int4 int8 numeric float8 bool uuid json jsonb timestamptz timestamp interval cidr"
         " oid regclass xid xid8 char citext _uuid _text _name _oid _int2").split()
# Of two arguments, and of the two sides of an operator, all pairs of these.
CORE = "text varchar name int4 int8 float8 bool uuid jsonb timestamptz interval xid8".split()
# Operators that are said in words.
IN_WORDS = {"like": "~~", "ilike": "~~*", "between": ">= <=", "in": "= <>", "distinct": "= <>", "union": "= <",
            "order": "< >", "any": "=", "all": "<>", "case": "=", "similar": "~", "except": "=", "group": "="}
ACCOUNTS = {"user", "role", "user_role", "living_session"}


class Names:
    """What the SQL in sql/ names, and a bit more: what stands in a string may be SQL as well."""

    def __init__(self, root=support.ROOT / "sql"):
        files = [path for folder in ("migrations", "queries", "templates")
                 for path in sorted(pathlib.Path(root, folder).glob("*.sql"))]
        text = "\n".join(re.sub(r"--[^\n]*", "", path.read_text()) for path in files)
        self.collations = set(re.findall(r'collate\s+"([^"]+)"', text))
        text = text.lower()
        words = set(re.findall(r"[a-z_][a-z0-9_]*", text))
        self.functions = set(re.findall(r"\b([a-z_][a-z0-9_]*)\s*\(", text))
        self.arguments = set(re.findall(r"\b([a-z_][a-z0-9_]*)\s*=>", text))
        self.operators = set(re.findall(r"[-+*/<>=~!@#%^&|`?]+", text))
        for word in words & IN_WORDS.keys():
            self.operators |= set(IN_WORDS[word].split())
        self.types = {ALIASES.get(word, word) for word in words}
        self.relations = set(re.findall(r'\b(?:from|join|into|update|table|references)\s+(?:[:"a-z_]+\.)?"?([a-z_]+)',
                                        text)) | set(re.findall(r"\b(?:signet|accounts)\.\"?([a-z_]+)", text))
        self.relations -= {"only", "if", "unnest", "lateral", "or", "set", "select"}


def array(words):
    return "array[" + ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(words)) + "]::text[]"


# As a superuser or whoever owns the schema `trap`, which belongs to the hostile role.
ALARM = """
create schema trap;
grant usage on schema trap to public;
create sequence trap.rang minvalue 0 start 0;
grant usage, select on trap.rang to public;
create function trap.ring(what text) returns boolean language plpgsql set search_path = pg_catalog as $ring$
begin
    if session_user::text = any ({roles}) or current_user::text = any ({roles}) then
        raise log 'TRAP in %: % ran as % in a session of %', current_database(), what, current_user, session_user;
        begin
            perform nextval('trap.rang');
        exception when others then -- in a transaction that only reads
            null;
        end;
    end if;
    return null;
end $ring$;
"""

PLANT = """
set client_min_messages = error;
set check_function_bodies = off;
set jit = off;
set search_path = pg_catalog, trap;
create schema if not exists {schema};
grant usage on schema {schema} to public;
create table trap.type_used as
    select t.oid, t.typname::text as name, t.typarray, t.typelem from pg_type t
    left join pg_namespace n on n.oid = t.typnamespace
    where t.typtype in ('b', 'r') and (n.nspname = 'pg_catalog' or t.typname = 'citext')
        and (t.typname = any ({types}) and t.typelem = 0 or t.typname = any ({usual}));
create table trap.signature as
    select p.oid, p.proname::text as name, p.prokind as kind, p.provolatile as volatility, p.proretset as is_set,
        p.prorettype as result, string_to_array(p.proargtypes::text, ' ')::oid[] as args, p.proargnames as argnames, p.provariadic <> 0 as is_variadic,
        (select string_agg(quote_ident(p.proargnames[o.i]) || ' ' || format_type(o.t, null), ', ' order by o.i)
            from unnest(p.proallargtypes) with ordinality o (t, i) where p.proargmodes[o.i] in ('o', 't')) as columns
    from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any ({functions})
        and p.prokind in ('f', 'a')
        and not exists (select from pg_type t where t.oid = any (p.proargtypes) and t.typtype = 'p'
            and t.typname !~ '^any');
create table trap.candidate as
    with polymorphic as (select oid, typname ~ 'array' as is_array from pg_type where typtype = 'p' and typname ~ '^any'),
    variant as (
        select s.oid, s.args, s.result, s.argnames from signature s
        union
        select s.oid, s.args[1:i - 1] || t.oid || s.args[i + 1:], s.result, s.argnames
        from signature s, generate_series(1, cardinality(s.args)) i, type_used t
        union
        select s.oid, array[a.oid, b.oid], s.result, s.argnames
        from signature s, type_used a, type_used b
        where cardinality(s.args) = 2 and a.name = any ({core}) and b.name = any ({core})
        union -- of any type: of this type
        select s.oid,
            (select array_agg(case when p.oid is null then x when p.is_array then t.typarray else t.oid end order by n)
                from unnest(s.args) with ordinality a (x, n) left join polymorphic p on p.oid = x),
            (select coalesce((select case when p.is_array then t.typarray else t.oid end from polymorphic p
                where p.oid = s.result), s.result)), s.argnames
        from signature s, type_used t
        where t.typarray <> 0 and s.args && (select array_agg(oid) from polymorphic)
        union -- of so many arguments
        select s.oid, s.args[1:cardinality(s.args) - 1] || array_fill(t.oid, array[k]), s.result, s.argnames
        from signature s, generate_series(1, 3) k, type_used t where s.is_variadic
        union -- by the name of an argument
        select s.oid, array[t.oid], s.result, array[a] from signature s, unnest(s.argnames) a, type_used t
        where a = any ({arguments})
    )
    select distinct on (s.name, v.args) s.name, s.kind, s.volatility, s.columns, v.args, v.result, s.is_set,
        (select string_agg(coalesce(quote_ident(nullif(v.argnames[n], '')) || ' ', '') || format_type(x, null), ', ' order by n)
            from unnest(v.args) with ordinality a (x, n)) as parameters,
        (select string_agg(format_type(x, null), ', ' order by n)
            from unnest(v.args) with ordinality a (x, n)) as types
    from variant v join signature s on s.oid = v.oid;
create table trap.relation_used as select unnest({relations}) as name;
create table trap.operator_used as
    select o.oprname::text as name, bool_or(o.oprresult = 'bool'::regtype) as is_test
    from pg_operator o where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprname = any ({operators}) group by 1;
create type {schema}.thing as enum ('a', 'b');
create table trap.done (made bigint, refused bigint, first text);
do $plant$
declare
    c record;
    made bigint := 0;
    refused bigint := 0;
    first text;
    n bigint := 0;
    steps text[];
    step text;
    body constant text := 'begin perform trap.ring(%L); return%s; end';
begin
    for c in
        select array[case
            when k.kind = 'a' then
                format('create function {schema}.%I(%s) returns %s language plpgsql as %L', 'step_' || row_number() over (),
                    concat_ws(', ', format_type(k.result, null), k.types), format_type(k.result, null),
                    format(body, 'aggregate {schema}.' || k.name, ' null'))
            else
                format('create function {schema}.%I(%s) returns %s language plpgsql %s as %L', k.name, k.parameters,
                    case when k.columns is not null then 'table (' || k.columns || ')'
                        else case when k.is_set then 'setof ' else '' end || format_type(k.result, null) end,
                    case k.volatility when 'i' then 'immutable' else 'volatile' end,
                    format(body, format('function {schema}.%I(%s)', k.name, k.types),
                        case when k.columns is not null or k.is_set or k.result = 'void'::regtype then '' else ' null' end))
            end,
            case when k.kind = 'a' then
                format('create aggregate {schema}.%I(%s) (sfunc = {schema}.%I, stype = %s)', k.name, coalesce(k.types, '*'),
                    'step_' || row_number() over (), format_type(k.result, null))
            end] as steps
        from candidate k
        union all -- what is syntax, or ours
        select array[format('create function {schema}.%I(%s) returns text language plpgsql as %L', f, a,
            format(body, format('function {schema}.%I(%s)', f, a), ' null'))]
        from unnest({functions}) f, unnest(array['', 'anyelement', 'uuid', 'text', 'bigint', 'text, text',
            'bigint, bigint', 'timestamptz, timestamptz']) a
        where f not in (select name from signature)
        union all
        select array[
            format('create function {schema}.%I(%s, %s) returns bool language plpgsql %s as %L', 'test', l.n, r.n, v.v,
                format(body, format('a test of {schema} for %s and %s', l.n, r.n), ' null')),
            format('create function {schema}.%I(%s, %s) returns %s language plpgsql %s as %L', 'sum', l.n, r.n, l.n, v.v,
                format(body, format('an operator of {schema} for %s and %s', l.n, r.n), ' null'))]
            || (select array_agg(format('create operator {schema}.%s (leftarg = %s, rightarg = %s, function = {schema}.%s)',
                o.name, l.n, r.n, case when o.is_test then 'test' else 'sum' end)) from operator_used o)
        from (select name, format_type(oid, null) as n from type_used union all select 'thing', '{schema}.thing'
            union all select 'record', 'record') l,
            (select name, format_type(oid, null) as n from type_used union all select 'thing', '{schema}.thing'
            union all select 'record', 'record') r,
            lateral (select case when l.name < r.name then 'volatile' else 'immutable' end as v) v
        union all
        select array[
            format('create domain {schema}.%I as pg_catalog.%I check (trap.ring(%L) is null)', t.name, t.name,
                'domain {schema}.' || t.name),
            format('create function {schema}.from_thing_%s({schema}.thing) returns %s language plpgsql immutable as %L',
                t.name, format_type(t.oid, null), format(body, 'the cast of a thing to ' || t.name, ' null')),
            format('create function {schema}.to_thing(%s) returns {schema}.thing language plpgsql immutable as %L',
                format_type(t.oid, null), format(body, 'the cast to a thing of ' || t.name, ' null')),
            format('create cast ({schema}.thing as %s) with function {schema}.from_thing_%s({schema}.thing) as implicit',
                format_type(t.oid, null), t.name),
            format('create cast (%s as {schema}.thing) with function {schema}.to_thing(%s) as implicit',
                format_type(t.oid, null), format_type(t.oid, null))]
        from type_used t where t.typelem = 0 or t.name = 'name'
        union all
        select array[
            format('create function {schema}.%I() returns trigger language plpgsql as %L', 'on_' || r.name,
                format(body, 'a trigger on {schema}.' || r.name, ' new')),
            format('create table {schema}.%I (id uuid, name text, value bigint, word bigint)', r.name),
            format('create trigger t before insert or update or delete on {schema}.%I for each row'
                ' execute function {schema}.%I()', r.name, 'on_' || r.name),
            format('grant all on {schema}.%I to public', r.name)]
        from relation_used r where r.name !~ '^pg_'
        union all
        select array[
            format('create view {schema}.%I as select c.*, trap.ring(%L) as rang from pg_catalog.%I c', r.name,
                'the view {schema}.' || r.name, r.name),
            format('grant select on {schema}.%I to public', r.name)]
        from relation_used r where r.name ~ '^pg_'
        union all
        select array[format('create collation {schema}.%I (provider = icu, locale = ''und'')', k)]
        from unnest({collations}) k
    loop
        foreach step in array c.steps loop
            continue when step is null;
            begin
                execute step;
                made := made + 1;
            exception when others then
                refused := refused + 1;
                first := coalesce(first, step || ': ' || sqlerrm);
            end;
        end loop;
    end loop;
    insert into trap.done values (made, refused, first);
end $plant$;
select made, refused, first from done;
drop table trap.type_used, trap.signature, trap.candidate, trap.relation_used, trap.operator_used, trap.done;
"""


def script(url, text, variables=()):
    """Runs a text of any length; what it printed."""
    done = subprocess.run(["psql", "-d", url, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1",
                           *(word for variable in variables for word in ("-v", variable)), "-f", "-"],
                          input=text, capture_output=True, text=True, timeout=120, cwd="/", check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr[-2000:])
    return done.stdout.strip()


class Hostile:
    """`url`: how the hostile role comes in, with nothing but pg_catalog in its path. `roles`: Signet's."""

    def __init__(self, url, roles):
        self.url = url
        self.names = Names()
        script(url, ALARM.format(roles=array(roles)))

    def plant(self, *schemas, accounts=None, also=()):
        """Everything in each of these schemas; how much was made. `accounts`: where relations named as the tables of
        the accounts are not planted."""
        names, made = self.names, 0
        for schema in schemas:
            relations = names.relations - ACCOUNTS if schema == accounts else names.relations | ACCOUNTS
            # str.format would stumble over the braces of others.
            text = PLANT
            for word, value in {"schema": schema, "types": array(names.types), "usual": array(USUAL), "core": array(CORE),
                                "functions": array(names.functions | set(also)), "arguments": array(names.arguments),
                                "operators": array(names.operators), "relations": array(relations),
                                "collations": array(names.collations)}.items():
                text = text.replace("{" + word + "}", value)
            said = script(self.url, text).split("|", 2)
            self.report = said
            made += int(said[0])
        return made

    def schemas(self):
        """Wherever the role may create."""
        return script(self.url, "select nspname from pg_namespace where has_schema_privilege(oid, 'create')"
                      " and nspname !~ '^(pg_|trap$)' order by 1").split()

    def rung(self):
        """How often a trap ran with a role of Signet."""
        return int(script(self.url, "select case when is_called then last_value + 1 else 0 end from trap.rang"))
