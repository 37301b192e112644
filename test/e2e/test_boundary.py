"""The boundary in PostgreSQL: whatever others make in the database, nothing of it runs as Signet."""

import base64
import concurrent.futures
import contextlib
import json
import os
import pathlib
import pwd
import re
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

import freshness
import hostile
import mail_server
import rotating
import sessions
import support
from support import PASSWORD, bearer

UNUSABLE = 78
REFUSED_WITHIN_S = 10
OWNER, SERVICE, HASURA, BOSS = "signet_owner", "signet_service", "hasura", "boss"
SECRET = "pw"  # of every role, on a server of this test's own
ONLY_BUILTINS = "-csearch_path=pg_catalog"
HOSTILE_PATH = "evil, public, pg_catalog"
RIGHTS = pathlib.Path(support.ROOT, "sql/compose/hasura_rights.sql")
SETTINGS = {**sessions.CHEAP, "AUTH_ISSUER": rotating.ISSUER, "AUTH_LANE_CRYPTO_THREADS": "2", "AUTH_KEY_ROTATION": "off",
            "AUTH_KEY_CHECK": "1", "AUTH_JWKS_MAX_AGE": "1", "AUTH_JWKS_CONSUMER_TICK": "1",
            "AUTH_KEY_PUBLISH_AHEAD": "5"}
CLAIMS = """create function public.claims(user_id uuid) returns jsonb language sql stable
    set search_path = pg_catalog, pg_temp as $$ select '{"x-hasura-org": "7"}'::jsonb $$"""
# Tables as a predecessor leaves them.
ADOPTED = """create table public."user" (id uuid primary key default gen_random_uuid(), username varchar(255) unique,
        password varchar(255), created_at timestamptz default now(), active boolean default true);
    create table public.role (id uuid primary key default gen_random_uuid(), name varchar(255) unique not null);
    create table public.user_role (id uuid primary key default gen_random_uuid(),
        role_id uuid references public.role, user_id uuid references public."user");"""
MOOD = "create type public.mood as enum ('glad', 'sad')"
MOOD_TO_JSON = """create function public.mood_to_json(public.mood) returns json language plpgsql as
        $$ begin perform trap.ring('the cast to json'); return '1'; end $$;
    create cast (public.mood as json) with function public.mood_to_json(public.mood)"""
# What mail and events keep in the schema signet.
OUTBOX_TABLES = ("outbox", "ticket", "proven_address", "mail_count")
A_TRIGGER = """create function public.on_user() returns trigger language plpgsql set search_path = pg_catalog, pg_temp
        as $$ begin return new; end $$;
    create trigger theirs before insert or update on public."user" for each row execute function public.on_user()"""
RINGING_TRIGGER = """create or replace function public.on_user() returns trigger language plpgsql as
    $$ begin perform trap.ring('the trigger'); return new; end $$"""
CURE = re.compile(r"\bcure: ([^;\n]*;)")

cluster = None


def setUpModule():
    global cluster
    cluster = support.Cluster()
    unittest.addModuleCleanup(cluster.close)
    home = pathlib.Path(cluster.dir, "cluster/location").read_text().strip()
    with open(f"{home}/data/pg_hba.conf", "a", encoding="ascii") as rules:
        rules.write("host all all 127.0.0.1/32 scram-sha-256\n")
    cluster.superuser("select pg_reload_conf()")
    cluster.superuser(f"create role {BOSS} superuser login password '{SECRET}'")
    for role in (OWNER, SERVICE, HASURA):
        cluster.superuser(f"create role {role} login password '{SECRET}'")


class BoundaryTest(unittest.TestCase):
    """A database a test, with the roles of compose.yaml."""

    def setUp(self):
        cluster.databases += 1
        self.name = f"boundary_{cluster.databases}"
        cluster.superuser(f"create database {self.name} owner {OWNER}")
        self.boss(f"revoke all on database {self.name} from public;"
                  f"grant connect on database {self.name} to {SERVICE};"
                  f"grant connect, create on database {self.name} to {HASURA};"
                  f"alter schema public owner to {OWNER};"
                  f"grant usage, create on schema public to {HASURA}; grant usage on schema public to {SERVICE}")
        self.env = {**SETTINGS, "AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key(),
                    "DATABASE_URL": self.url(SERVICE, None), "MIGRATION_DATABASE_URL": self.url(OWNER, None)}

    def url(self, role, options=ONLY_BUILTINS):
        query = "?options=" + urllib.parse.quote(options, safe="") if options else ""
        return f"postgres://{role}:{SECRET}@127.0.0.1:{cluster.port}/{self.name}{query}"

    def boss(self, text):
        return cluster.sql(text, self.url(BOSS))

    def owner(self, text):
        return cluster.sql(text, self.url(OWNER))

    def hasura(self, text):
        return cluster.sql(text, self.url(HASURA))

    def hasura_stays(self):
        made = freshness.Sql(self.url(HASURA))
        self.addCleanup(made.close)
        return made

    def give_hasura_its_rights(self):
        """As compose does, with the path that psql has there."""
        hostile.script(self.url(OWNER, None), RIGHTS.read_text(), [f"hasura_role={HASURA}"])

    def use_mail(self):
        """From now on servers write mails into a folder, and have events that nobody takes."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.mails = pathlib.Path(folder.name)
        self.env.update(AUTH_MAIL_URL=f"file:{folder.name}", AUTH_MAIL_FROM="signet@example.org",
                        AUTH_LIMIT_MAIL="1000/1h", AUTH_EVENTS_URL=f"http://127.0.0.1:{support.free_port()}/",
                        AUTH_EVENTS_SECRET="whsec_" + base64.b64encode(b"a key of 32 bytes for the events").decode())

    def mailed(self, address, pattern):
        """What the next mail to this address says there that says it."""
        def look():
            for path in self.mails.glob("*.eml"):
                message = mail_server.parse(path.read_bytes())
                found = re.search(pattern, mail_server.text_of(message), re.MULTILINE)
                if message["To"] == address and found:
                    path.unlink()
                    return found[1]
            return None
        said = []
        support.wait_until(lambda: said.append(look()) or said[-1], what=f"a mail to {address}")
        return said[-1]

    def recover(self, server, name):
        """Whatever somebody can do by mail."""
        ticket = r"ticket=([\w-]+)"
        address = {"email": f"{name}@example.org"}
        answer = server.post("/signup", {"username": name, **address, "password": PASSWORD})
        self.assertEqual(answer.status, 200, answer.body)
        def ask(path, **more):
            answer = server.post(path, {**address, **more})
            self.assertEqual(answer.status, 204, answer.body)
        ask("/email/verification")
        answer = server.post("/email/verify", {"ticket": self.mailed(address["email"], ticket)})
        self.assertEqual(answer.status, 200, answer.body)
        ask("/password/reset-request")
        answer = server.post("/password/reset", {"ticket": self.mailed(address["email"], ticket),
                                                 "newPassword": "other-" + PASSWORD})
        self.assertEqual(answer.status, 204, answer.body)
        ask("/login/link")
        answer = server.post("/login/ticket", {"ticket": self.mailed(address["email"], ticket)})
        self.assertEqual(answer.status, 200, answer.body)
        ask("/login/code")
        code = self.mailed(address["email"], r"^ +(\d{6})$")
        wrong = f"{(int(code) + 1) % 1000000:06}"
        self.assertEqual(server.post("/login/code/verify", {**address, "code": wrong}).status, 401)
        answer = server.post("/login/code/verify", {**address, "code": code})
        self.assertEqual(answer.status, 200, answer.body)
        answer = server.post("/email/change", {"newEmail": f"{name}@new.example.org", "currentPassword": "other-" + PASSWORD},
                             headers=bearer(answer.json["token"]))
        self.assertEqual(answer.status, 204, answer.body)
        answer = server.post("/email/verify", {"ticket": self.mailed(f"{name}@new.example.org", ticket)})
        self.assertEqual(answer.status, 200, answer.body)

    def alarm(self):
        # The schema `trap` is Hasura's.
        return hostile.Hostile(self.url(HASURA), [OWNER, SERVICE])

    def trapped(self):
        """What of it has run with a role of Signet in this database."""
        home = pathlib.Path(cluster.dir, "cluster/location").read_text().strip()
        lines = pathlib.Path(home, "server.log").read_text(errors="replace").splitlines()
        return sorted({line.partition(f"TRAP in {self.name}: ")[2] for line in lines if f"TRAP in {self.name}: " in line})

    def assert_nothing_ran(self, trap):
        self.assertEqual(self.trapped(), [])
        self.assertEqual(trap.rung(), 0)

    def serve(self, wait="/readyz", **env):
        server = support.Signet(env={**self.env, **env}, wait=None)
        self.addCleanup(server.close)
        if wait:
            try:
                support.wait_until(lambda: server.is_up(wait), what=wait)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{in_words(server.log())}") from None
        return server

    def refused(self, *names, **env):
        """A start that ends with 78 and names these; what it said."""
        server = self.serve(wait=None, **env)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(REFUSED_WITHIN_S)
        said = in_words(server.log())
        self.assertEqual((server.process.poll(), self.trapped()), (UNUSABLE, []), said)
        for name in names:
            self.assertIn(name, said)
        return said

    def cure(self, said):
        statements = list(dict.fromkeys(CURE.findall(said)))
        self.assertTrue(statements, said)
        for statement in statements:
            self.boss(statement)
        return statements

    def command(self, *words, stdin="", **env):
        return support.command(*words, stdin=stdin, env={**self.env, **env})

    def done(self, *words, **options):
        result = self.command(*words, **options)
        self.assertEqual(result.returncode, 0, (words, result.stdout, result.stderr))
        return result.stdout

    def account(self, server, name):
        answer = server.signup(name)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def webhook(self, server, token, role=None):
        return server.get("/webhook", headers={**bearer(token), **({"X-Hasura-Role": role} if role else {})})

    def assert_refused_as_unsafe(self, answer):
        self.assertEqual((answer.status, answer.json.get("code")), (503, "database-unsafe"), answer.body)

    def assert_denied(self, url, text):
        with self.assertRaisesRegex(AssertionError, "permission denied|must be owner|not owner", msg=text):
            cluster.sql(text, url)


def in_words(log):
    """The texts of a log as they were before they became JSON."""
    def texts(value):
        if isinstance(value, dict):
            return "\n".join(map(texts, value.values()))
        return "\n".join(map(texts, value)) if isinstance(value, list) else str(value)
    lines = []
    for line in log.splitlines():
        try:
            lines.append(texts(json.loads(line)))
        except ValueError:
            lines.append(line)
    return "\n".join(lines)


class Traps(BoundaryTest):
    """Everything that our SQL names, planted in every schema where Hasura's role may create."""

    def setUp(self):
        super().setUp()
        self.owner(CLAIMS)
        for whom in (f"role {OWNER} in database {self.name}", f"role {SERVICE} in database {self.name}",
                     f"database {self.name}"):
            self.boss(f"alter {whom} set search_path = {HOSTILE_PATH}")
        path = "-csearch_path=" + HOSTILE_PATH.replace(" ", "")
        self.env.update(DATABASE_URL=self.url(SERVICE, path), MIGRATION_DATABASE_URL=self.url(OWNER, path),
                        AUTH_CLAIMS_FUNCTION="claims", AUTH_REFRESH_GRACE="1", AUTH_REFRESH_TOKEN_TTL="6",
                        AUTH_CLAIMS_MAX_AGE="1")
        self.use_mail()
        self.trap = self.alarm()
        self.set_off = False

    def tearDown(self):
        if not self.set_off:  # by the test itself
            self.assert_nothing_ran(self.trap)

    def plant(self):
        self.assertEqual(set(self.trap.schemas()) - {"evil"}, {"public"})
        made = self.trap.plant("evil", "public", accounts="public", also=["claims", "ring"])
        self.assertGreater(made, 20_000, self.trap.report)

    def test_none_that_was_there_before_the_first_start_runs(self):
        self.plant()
        server = self.serve()
        self.give_hasura_its_rights()
        self.live(server)

    def test_none_that_came_after_the_first_start_runs(self):
        server = self.serve()
        self.give_hasura_its_rights()
        self.account(server, "early")
        self.plant()
        self.live(server)

    def live(self, server):
        """All that Signet does with a database."""
        self.clients(server)
        self.others(server)
        self.operators(server)
        server.stop()
        self.janitor_and_rotation()
        self.assert_nothing_ran(self.trap)
        self.assert_the_traps_are_sharp()

    def assert_the_traps_are_sharp(self):
        self.set_off = True
        cluster.sql("set search_path = evil, public, pg_catalog; select make_interval(secs => 1::bigint);"
                    "select 'a'::varchar = 'a'::text, 'a'::text::text", self.url(SERVICE))
        self.assertGreaterEqual(self.trap.rung(), 3)
        self.assertGreaterEqual(len(self.trapped()), 3)

    def clients(self, server):
        answer = server.post("/signup", {"username": "ada", "email": "ada@example.org", "password": PASSWORD})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(server.signup("ADA").status, 409)
        self.assertEqual(server.login("ada", "wrong-" + PASSWORD).status, 401)
        self.assertEqual(server.login("nobody").status, 401)
        body = server.post("/login", {"email": "Ada@example.org", "password": PASSWORD}).json
        first = body["refreshToken"]
        second = sessions.use(server, first).json["refreshToken"]
        self.assertEqual(sessions.use(server, first).json["refreshToken"], second)
        third = sessions.use(server, second)
        self.assertEqual(third.status, 200, third.body)
        self.assertEqual(sessions.use(server, first).status, 401)  # used twice: the session has ended
        self.assertEqual(sessions.use(server, third.json["refreshToken"]).status, 401)
        token, other = server.login("ada").json["token"], server.login("ada").json["refreshToken"]
        self.assertEqual(server.get("/me", headers=bearer(token)).json["username"], "ada")
        listed = server.get("/sessions", headers=bearer(token)).json
        listed = listed if isinstance(listed, list) else listed["sessions"]
        self.assertGreaterEqual(len(listed), 3)
        mine = support.claims(token)["sid"]
        away = next(each["id"] for each in listed if each["id"] != mine)
        self.assertEqual(server.request("DELETE", f"/sessions/{away}", headers=bearer(token)).status, 204)
        answer = server.post("/password", {"currentPassword": PASSWORD, "newPassword": "new-" + PASSWORD},
                             headers=bearer(token))
        self.assertEqual(answer.status, 204, answer.body)
        self.assertEqual(sessions.use(server, other).status, 401)
        self.assertEqual(server.login("ada").status, 401)
        answer = server.login("ada", "new-" + PASSWORD)
        claims = support.claims(answer.json["token"])["https://hasura.io/jwt/claims"]
        self.assertEqual(claims["x-hasura-org"], "7")
        for answer in (self.webhook(server, token), server.post("/webhook", {"headers": bearer(token), "request": None})):
            self.assertEqual((answer.status, answer.json.get("x-hasura-org")), (200, "7"), answer.body)
        gone = self.account(server, "logs.out")
        self.assertEqual(server.post("/logout", {"refreshToken": gone["refreshToken"], "all": True}).status, 204)
        self.recover(server, "mia")

    def others(self, server):
        """Who changes the tables by SQL, as Hasura does."""
        bob, carol = self.account(server, "bob"), self.account(server, "carol")
        self.hasura("insert into public.role (name) values ('editor');"
                    "insert into public.user_role (user_id, role_id) select u.id, r.id from public.\"user\" u, public.role r"
                    " where u.username = 'bob' and r.name = 'editor';"
                    "insert into public.\"user\" (username, email, active) values ('by.sql', 'by@sql.example', true)")
        support.wait_until(lambda: self.webhook(server, bob["token"], "editor").status == 200, 5, "the granted role")
        self.hasura("update public.\"user\" set active = false, metadata = '{\"a\": 1}' where username = 'bob'")
        support.wait_until(lambda: self.webhook(server, bob["token"]).status == 401, 5, "bob to be inactive")
        self.hasura("delete from public.user_role; update public.role set name = 'writer' where name = 'editor'")
        self.hasura("delete from public.\"user\" where username in ('carol', 'by.sql')")
        support.wait_until(lambda: self.webhook(server, carol["token"]).status == 401, 5, "carol to be gone")
        self.owner("truncate public.user_role; delete from public.role where name = 'writer'")

    def operators(self, server):
        self.done("migrate")
        self.assertIn("0005", self.done("migrate", "--status"))
        self.done("role", "create", "editor")
        self.done("user", "create", "dora", "--email", "dora@example.org", stdin=PASSWORD + "\n")
        self.done("user", "grant", "dora", "editor")
        for words in (["user", "list", "--json"], ["user", "show", "dora"], ["user", "claims", "dora"],
                      ["role", "list"], ["keys", "list"], ["keys", "export"], ["outbox", "list"],
                      ["user", "invite", "eve@example.org"]):
            self.done(*words)
        self.assertEqual(server.login("dora").json["roles"], ["editor", "user"])
        self.done("user", "revoke", "dora", "editor")
        self.done("role", "delete", "editor")
        self.done("user", "disable", "dora")
        self.assertEqual(server.login("dora").status, 401)
        self.done("user", "enable", "dora")
        self.done("user", "set-password", "dora", stdin="other-" + PASSWORD + "\n")
        self.assertEqual(server.login("dora", "other-" + PASSWORD).status, 200)
        self.done("user", "logout", "dora")
        self.done("user", "delete", "dora", "--yes")
        self.boss("update signet.outbox set failed_at = clock_timestamp() where id in"
                  " (select id from signet.outbox where not leased limit 1)")
        self.done("outbox", "retry", "--failed")
        self.done("keys", "stage", "--yes")
        self.done("keys", "retire", rotating.named(self.key("next")), "--yes")
        self.done("keys", "stage", "--yes")
        self.done("keys", "promote", "--yes", "--force")
        self.done("keys", "revoke", rotating.named(self.key("retired")), "--yes")
        old, new = self.env["AUTH_KEY_ENCRYPTION_KEY"], rotating.new_encryption_key()
        server.stop()  # it knows the old one only
        self.done("keys", "rewrap", "--yes", AUTH_KEY_ENCRYPTION_KEY=f"{new},{old}")
        self.env["AUTH_KEY_ENCRYPTION_KEY"] = new

    def key(self, state):
        return next(key["kid"] for key in json.loads(self.done("keys", "list", "--json")) if key["state"] == state)

    def janitor_and_rotation(self):
        active = self.key("active")
        support.wait_until(lambda: self.boss("select count(*) from signet.session where idle_until > clock_timestamp()")
                           == "0", 10, "the sessions to expire")
        self.assertNotEqual(self.boss("select count(*) from signet.session"), "0")
        server = self.serve(AUTH_KEY_ROTATION="3", AUTH_ACCESS_TOKEN_TTL="3")
        support.wait_until(lambda: self.boss("select count(*) from signet.session") == "0", 10, "the janitor")
        support.wait_until(lambda: self.key("active") != active, 20, "a rotation")
        token = server.login("ada", "new-" + PASSWORD).json["token"]
        self.assertEqual(self.webhook(server, token).status, 200)
        self.assertNotEqual(self.boss("select count(*) from signet.outbox where kind = 'event' and attempts > 0"), "0")


class Cases(BoundaryTest):
    """What was seen to work against former versions."""

    def test_an_overload_whose_types_fit_exactly_does_not_run(self):
        self.owner(ADOPTED + CLAIMS)
        trap = self.alarm()
        for signature, result, answer in (
                ("make_interval(secs bigint)", "interval", "pg_catalog.make_interval(secs => secs::float8)"),
                ("hashtextextended(text, integer)", "bigint", "pg_catalog.hashtextextended($1, $2::bigint)"),
                ("to_jsonb(jsonb)", "jsonb", "$1"), ("varchar_eq(varchar, text)", "boolean", "$1::text = $2")):
            self.hasura(f"create function public.{signature} returns {result} language plpgsql immutable as"
                        f" $$ begin perform trap.ring('{signature}'); return {answer}; end $$")
        self.hasura("create operator public.= (leftarg = varchar, rightarg = text, function = public.varchar_eq)")
        server = self.serve(wait="/livez", AUTH_CLAIMS_FUNCTION="claims")
        statuses = [server.signup("ada").status, server.login("ada").status]
        self.command("user", "create", "bob", stdin=PASSWORD + "\n", AUTH_CLAIMS_FUNCTION="claims")
        self.assert_nothing_ran(trap)
        self.assertEqual(statuses, [200, 200])

    def test_a_column_whose_type_belongs_to_others_is_refused_at_the_start(self):
        trap = self.alarm()
        self.hasura(f"{MOOD}; {MOOD_TO_JSON}")
        self.owner(f"{ADOPTED}; alter table public.\"user\" add column mood public.mood default 'glad'")
        said = self.refused("mood", HASURA)
        self.assertRegex(said, r"(?i)alter type public\.mood owner to")
        self.assert_nothing_ran(trap)
        self.cure(said)
        self.serve()

    def test_a_column_whose_type_is_handed_over_later_is_refused_at_the_next_write(self):
        trap = self.alarm()
        self.owner(f"{ADOPTED}; {MOOD}; alter table public.\"user\" add column mood public.mood default 'glad'")
        server = self.serve()
        self.account(server, "ada")
        self.boss(f"alter type public.mood owner to {HASURA}")
        self.hasura(MOOD_TO_JSON)
        bob, ada, done = server.signup("bob"), server.login("ada"), self.command("user", "disable", "ada")
        self.assert_nothing_ran(trap)
        self.assert_refused_as_unsafe(bob)
        self.assertIn(ada.status, (200, 503))
        self.assertNotEqual(done.returncode, 0)

    def ringing_claims(self):
        self.hasura("""create or replace function public.claims(user_id uuid) returns jsonb language plpgsql as
            $$ begin perform trap.ring('the claims function'); return '{}'; end $$""")

    def test_a_claims_function_of_others_is_refused_at_the_start(self):
        trap = self.alarm()
        self.ringing_claims()
        said = self.refused("claims", HASURA, AUTH_CLAIMS_FUNCTION="claims")
        self.assertRegex(said, r"(?i)alter function public\.claims\(.*\) owner to")
        self.assert_nothing_ran(trap)

    def test_a_claims_function_that_is_handed_over_later_is_not_called_again(self):
        trap = self.alarm()
        self.owner(CLAIMS)
        server = self.serve(AUTH_CLAIMS_FUNCTION="claims", AUTH_CLAIMS_MAX_AGE="1")
        ada, bob = self.account(server, "ada"), self.account(server, "bob")
        self.assertEqual(self.webhook(server, ada["token"]).status, 200)
        self.boss(f"alter function public.claims(uuid) owner to {HASURA}")
        self.ringing_claims()
        answers = [server.login("ada"), self.webhook(server, bob["token"]), sessions.use(server, bob["refreshToken"]),
                   server.signup("carol")]
        self.assert_nothing_ran(trap)
        self.assertEqual([answer.status for answer in answers], [503] * 4)
        self.assertNotEqual(self.command("user", "claims", "ada", AUTH_CLAIMS_FUNCTION="claims").returncode, 0)
        support.wait_until(lambda: self.webhook(server, ada["token"]).status == 503, 5, "the age of what is cached")
        self.assert_nothing_ran(trap)
        self.assertIn("public.claims", in_words(server.log()))

    def test_a_trigger_function_of_others_is_refused_at_the_start(self):
        trap = self.alarm()
        self.owner(f"{ADOPTED}; {A_TRIGGER}")
        self.boss(f"alter function public.on_user() owner to {HASURA}")
        self.hasura(RINGING_TRIGGER)
        self.refused("on_user", HASURA)
        self.assert_nothing_ran(trap)

    def test_a_trigger_function_that_is_handed_over_later_is_refused_at_the_next_write(self):
        trap = self.alarm()
        self.owner(f"{ADOPTED}; {A_TRIGGER}")
        server = self.serve()
        self.account(server, "ada")
        self.boss(f"alter function public.on_user() owner to {HASURA}")
        self.hasura(RINGING_TRIGGER)
        bob, ada = server.signup("bob"), server.login("ada")
        self.assert_nothing_ran(trap)
        self.assert_refused_as_unsafe(bob)
        self.assertIn(ada.status, (200, 503))
        support.wait_until(lambda: server.get("/readyz").status == 503, 15, "readiness to end")

    def test_a_schema_signet_of_others_is_refused_and_nothing_is_put_into_it(self):
        self.hasura("create schema signet")
        said = self.refused("signet", HASURA)
        self.assertRegex(said, r"(?i)(alter schema signet owner to|drop schema signet)")
        self.assertEqual(self.command("migrate").returncode, UNUSABLE)
        self.assertEqual(self.boss("select count(*) from pg_class where relnamespace = 'signet'::regnamespace"), "0")
        self.assertEqual(self.boss("select to_regclass('public.\"user\"') is null"), "t")
        self.cure(said)
        server = self.serve()
        self.boss(f"alter schema signet owner to {HASURA}")
        support.wait_until(lambda: server.get("/readyz").status == 503, 15, "readiness to end")
        self.boss(f"alter schema signet owner to {OWNER}")
        support.wait_until(lambda: server.get("/readyz").status == 200, 15, "readiness to come back")

    def test_a_table_that_is_made_while_the_first_start_runs_is_not_taken(self):
        """Signet waits for a table that may never be; meanwhile its sister is made, with code behind an index."""
        trap = self.alarm()
        self.hasura("""create function public.f() returns boolean language plpgsql immutable as
            $$ begin perform trap.ring('the index'); return true; end $$""")
        first, second = self.hasura_stays(), self.hasura_stays()
        first('begin; create table public."user" (id uuid)')
        server = self.serve(wait=None)
        support.wait_until(lambda: self.boss("select count(*) from pg_locks where not granted") != "0", what="a lock")
        second("""create table public.role (id uuid primary key default gen_random_uuid(), name text not null unique);
            grant all on public.role to public; create index on public.role (name) where public.f()""")
        first("rollback")
        server.process.wait(REFUSED_WITHIN_S)
        self.assertEqual(server.process.returncode, UNUSABLE, in_words(server.log()))
        self.assert_nothing_ran(trap)
        self.assertEqual(self.boss("select to_regclass('public.\"user\"') is null"), "t")

    def test_an_extension_of_others_brings_nothing_that_signet_uses(self):
        self.hasura("create extension citext schema public")
        self.owner(ADOPTED + 'alter table public."user" add column email public.citext')
        self.cure(self.refused("citext", HASURA))
        self.boss(f"drop owned by {HASURA} cascade; grant usage, create on schema public to {HASURA};"
                  f"grant connect, create on database {self.name} to {HASURA}")
        self.assertEqual(self.boss("select count(*) from pg_attribute where attrelid = 'public.\"user\"'::regclass"
                                   " and attname = 'email'"), "1")
        server = self.serve()
        self.account(server, "ada")
        server.stop()
        self.hasura("create extension intarray schema pg_catalog")
        self.refused("intarray", HASURA)

    def test_names_that_others_have_taken_cost_no_index(self):
        self.hasura("create table public.user_username_folded_idx(); create table public.user_email_folded_idx();"
                    "create table public.user_role_role_id_idx(); create table public.user_role_user_id_role_id_key()")
        server = self.serve()
        self.account(server, "ada")
        self.assertEqual(server.signup("ADA").status, 409)
        self.assertIn("unique", self.boss("""select lower(pg_get_indexdef(indexrelid)) from pg_index where indrelid =
            'public."user"'::regclass and pg_get_indexdef(indexrelid) like '%lower%username%'"""))

    def test_a_type_in_the_way_of_a_table_is_named(self):
        self.hasura("""create type public.role as enum ('a'); create type public.user_role as (a int);
            create table public.mine (a int); create index "user" on public.mine (a)""")
        self.cure(self.refused("public.role", HASURA))
        self.serve()

    def test_a_schema_with_an_awkward_name_serves_two_roles(self):
        server = self.serve(AUTH_DATABASE_SCHEMA='My "odd" Schema')
        self.account(server, "ada")
        server.stop()
        self.serve(AUTH_DATABASE_SCHEMA='My "odd" Schema')

    def test_whoever_may_read_or_write_passwords_is_warned_of(self):
        server = self.serve()
        server.stop()
        self.owner(f'grant select on public."user" to {HASURA}; grant update (password) on public."user" to public')
        log = self.serve().log()
        self.assertIn("may read the passwords", log)
        self.assertIn("public may write the passwords", log)
        with self.assertRaises(AssertionError):
            self.give_hasura_its_rights()

    def test_a_claims_function_that_cannot_be_called_is_named_before_the_first_user_meets_it(self):
        settings = {"AUTH_CLAIMS_FUNCTION": "claims"}
        self.owner(CLAIMS)
        cases = {
            "no right to call it": ("revoke execute on function public.claims(uuid) from public",
                                    "grant execute on function public.claims(uuid) to public", "execute"),
            "SECURITY DEFINER without a path": ("alter function public.claims(uuid) security definer reset search_path",
                                                "alter function public.claims(uuid) security invoker", "search_path"),
        }
        for what, (text, undo, said) in cases.items():
            with self.subTest(what):
                self.owner(text)
                self.assertIn(said, self.refused("laims", **settings))
                self.owner(undo)
        self.hasura("create function public.claims(uuid, text default '') returns jsonb language sql as $$ select '{}'::jsonb $$")
        self.cure(self.refused("public.claims", **settings))
        self.owner("drop function public.claims(uuid); create function public.claims(uuid) returns text language sql as"
                   " $$ select '' $$")
        self.refused("does not return jsonb", **settings)
        self.owner("drop function public.claims(uuid)")
        server = self.serve(wait=None, **settings)
        support.wait_until(lambda: "AUTH_CLAIMS_FUNCTION" in server.log().split("database-not-ready")[-1], 10, "a word")
        self.owner(CLAIMS)
        support.wait_until(lambda: server.get("/readyz").status == 200, 10, "readiness")

    def test_a_lock_is_named_to_a_connection_that_is_new(self):
        server = self.serve()
        self.account(server, "ada")
        self.give_hasura_its_rights()
        holder = self.hasura_stays()
        holder('begin; lock table public."user" in access exclusive mode')
        done = self.command("user", "disable", "ada")
        self.assertEqual(done.returncode, 1)
        self.assertIn(HASURA, done.stderr)
        holder("rollback")

    def test_hasura_sees_its_columns_and_no_password_and_makes_no_triggers_and_no_foreign_keys(self):
        # As compose.yaml had it once.
        self.owner(f"alter default privileges in schema public grant select, insert, update, delete on tables to {HASURA}")
        server = self.serve()
        for _ in range(2):
            self.give_hasura_its_rights()
        self.account(server, "ada")
        hasura = self.url(HASURA)
        for text in ('select password from public."user"', 'select * from public."user"',
                     "update public.\"user\" set password = ''", "insert into public.\"user\" (password) values ('')",
                     'select username from public."user" where password is not null', 'truncate public."user"',
                     "create table public.mine (id uuid references public.\"user\")",
                     "create table public.mine (id uuid references public.role)",
                     "select * from signet.session", "select * from signet.signing_key", "select * from signet.audit"):
            self.assert_denied(hasura, text)
        self.hasura("create function public.mine() returns trigger language plpgsql as 'begin return new; end'")
        for table in ('"user"', "role", "user_role"):
            self.assert_denied(hasura, f"create trigger t before insert on public.{table}"
                                       " for each row execute function public.mine()")
            self.assert_denied(hasura, f"create rule r as on insert to public.{table} do also nothing")
            self.assert_denied(hasura, f"alter table public.{table} add column more text")
        with self.assertRaisesRegex(AssertionError, "cannot delete from view"):
            self.hasura("delete from public.living_session")
        columns = self.boss("select string_agg(quote_ident(attname), ', ') from pg_attribute where attnum > 0 and"
                            " attrelid = 'public.\"user\"'::regclass and not attisdropped and attname <> 'password'")
        self.assertIn("ada", self.hasura(f'select {columns} from public."user"'))
        self.hasura("""insert into public."user" (username, email, active, metadata) values ('bob', 'b@x.example', true, '{}');
            update public."user" set email = 'c@x.example', active = false, default_role = 'user' where username = 'bob';
            insert into public.role (name) values ('editor'); update public.role set name = 'writer' where name = 'editor';
            insert into public.user_role (user_id, role_id) select u.id, r.id from public."user" u, public.role r
                where r.name = 'writer';
            delete from public.user_role; delete from public.role where name = 'writer';
            delete from public."user" where username = 'bob';
            insert into public.user_without_password (username, active) values ('carol', true);
            update public.user_without_password set email = 'c@x.example', active = false where username = 'carol';
            delete from public.user_without_password where username = 'carol'""")
        self.assertIn("ada", self.hasura("select * from public.user_without_password"))
        self.assertEqual(self.hasura("select * from public.living_session"), self.boss("select id from signet.session"))

    def test_advisory_locks_of_others_hold_nothing_up(self):
        server = self.serve()
        seen, busy = set(), threading.Event()
        watcher = self.hasura_stays()

        def watch():
            while not busy.is_set():
                seen.update(watcher("select classid, objid, objsubid from pg_locks where locktype = 'advisory'").split())

        thread = threading.Thread(target=watch)
        thread.start()
        self.work_under_locks(server, "before")
        busy.set()
        thread.join()
        holder = self.hasura_stays()
        for key in (6082315174602173, 6082315174602174, 6082315174602175):
            holder(f"select pg_advisory_lock({key})")
        for name in ("during", "during.cmd"):
            for kind in ("username", "email"):
                holder(f"select pg_advisory_lock(hashtextextended('signet {kind} {name}', 7461352))")
        for row in seen:
            classid, objid, objsubid = map(int, row.split("|"))
            holder(f"select pg_advisory_lock({classid << 32 | objid})" if objsubid == 1 else
                   f"select pg_advisory_lock({classid}::int, {objid}::int)")
        began = time.monotonic()
        self.work_under_locks(server, "during")
        self.assertLess(time.monotonic() - began, 10)
        self.boss("set session_replication_role = replica; update signet.session set"
                  " idle_until = created_at, sweep_at = created_at")
        self.serve(AUTH_KEY_ROTATION="3", AUTH_ACCESS_TOKEN_TTL="3")
        support.wait_until(lambda: self.boss("select count(*) from signet.session") == "0", 10, "the janitor")
        support.wait_until(lambda: self.boss("select count(*) from signet.signing_key where state = 'retired'") >= "2",
                           20, "a rotation")

    def work_under_locks(self, server, name):
        self.account(server, name)
        self.assertEqual(server.login(name).status, 200)
        self.done("migrate")
        self.done("user", "create", f"{name}.cmd", stdin=PASSWORD + "\n")
        self.done("keys", "stage", "--yes")
        self.done("keys", "promote", "--yes", "--force")

    def test_a_locked_row_holds_up_nobody_else_and_is_named(self):
        server = self.serve()
        self.give_hasura_its_rights()
        for name in ("ada", "bob"):
            self.account(server, name)
        holder = self.hasura_stays()
        holder("begin; select id from public.\"user\" where username = 'ada' for update")

        def login(name):
            began = time.monotonic()
            return server.login(name).status, time.monotonic() - began

        login("bob")
        alone = max(login("bob")[1] for _ in range(5))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            hers = [pool.submit(login, "ada") for _ in range(2)]
            time.sleep(0.05)
            status, seconds = login("bob")
            self.assertEqual(status, 200)
            self.assertLess(seconds, alone + 0.4)
            for each in hers:
                status, seconds = each.result()
                self.assertIn(status, (200, 503))
                self.assertLess(seconds, 1)
        self.assertRegex(server.log(), r"(?i)lock")
        self.assertIn(HASURA, server.log())
        holder("rollback")
        self.assertEqual(server.login("ada").status, 200)


THEIR_FUNCTION = """create function public.{name}({arguments}) returns {result} language {language} immutable as {body};
    alter function public.{name}({arguments}) owner to hasura;"""


def theirs(name, result, arguments="", body=None):
    return THEIR_FUNCTION.format(name=name, arguments=arguments, result=result, language="sql", body=body or "'select null'")


# What belongs to Hasura's role: how it comes about, as a superuser, and what is named.
FOREIGN = {
    "the database": ("alter database {database} owner to hasura; grant connect on database {database} to signet_owner",
                     "{database}"),
    "the schema public": ("alter schema public owner to hasura", "public"),
    "the schema signet": ("alter schema signet owner to hasura", "signet"),
    "a table of signet": ("alter table signet.audit owner to hasura", "audit"),
    "a function of signet": ("alter function signet.user_changed() owner to hasura", "user_changed"),
    "the table user": ('alter table public."user" owner to hasura', "user"),
    "the table role": ("alter table public.role owner to hasura", "role"),
    "the table user_role": ("alter table public.user_role owner to hasura", "user_role"),
    "the function of a default": (
        theirs("a_default", "text") + 'alter table public."user" alter default_role set default public.a_default()',
        "a_default"),
    "the function of a check": (
        theirs("a_check", "boolean", "text", "'select true'")
        + 'alter table public."user" add check (public.a_check(username))', "a_check"),
    "the operator of a check": (
        """create function public.like_eq(text, text) returns boolean language sql immutable as 'select true';
        create operator public.=== (leftarg = text, rightarg = text, function = public.like_eq);
        alter table public."user" add check (username operator(public.===) email);
        alter operator public.===(text, text) owner to hasura""", "==="),
    "the function of a generated column": (
        theirs("a_part", "text", "text", "'select $1'")
        + 'alter table public."user" add column part text generated always as (public.a_part(username)) stored', "a_part"),
    "the function of an index": (
        theirs("an_index", "text", "text", "'select $1'") + "create index on public.role (public.an_index(name))",
        "an_index"),
    "the function of a policy": (
        theirs("a_policy", "boolean", "", "'select true'")
        + "create policy p on public.user_role using (public.a_policy())", "a_policy"),
    "the function of a rule": (
        theirs("a_rule", "boolean", "", "'select false'")
        + "create rule r as on delete to public.role where public.a_rule() do also select 1", "a_rule"),
    "the function of a trigger": (
        A_TRIGGER + "; alter function public.on_user() owner to hasura", "on_user"),
    "a domain": (
        """create domain public.short as text check (length(value) < 100);
        alter table public.role add column short public.short; alter domain public.short owner to hasura""", "short"),
    "the function of a domain": (
        theirs("a_domain", "boolean", "text", "'select true'")
        + """create domain public.odd as text check (public.a_domain(value));
        alter table public."user" add column odd public.odd""", "a_domain"),
    "the type of an array": (
        MOOD + '; alter table public."user" add column moods public.mood[]; alter type public.mood owner to hasura', "mood"),
    "the type of a part of a type": (
        """create type public.piece as enum ('a'); create type public.whole as (piece public.piece);
        alter table public."user" add column whole public.whole; alter type public.piece owner to hasura""", "piece"),
}


class Ownership(BoundaryTest):
    def test_whatever_belongs_to_others_is_named_with_a_cure_that_works(self):
        self.serve().stop()
        self.give_hasura_its_rights()
        for what, (text, name) in FOREIGN.items():
            with self.subTest(what):
                self.boss(text.format(database=self.name))
                try:
                    said = self.refused(name.format(database=self.name), HASURA)
                    self.assertEqual(self.command("migrate").returncode, UNUSABLE)
                    cures = self.cure(said)
                    self.assertRegex(" ".join(cures).lower(), f"owner to {OWNER}")
                    self.done("migrate")
                finally:  # the next of them is another matter
                    self.boss(f"reassign owned by {HASURA} to {OWNER}")
        server = self.serve()
        self.account(server, "ada")

    def test_a_trigger_function_that_looks_where_others_may_create_is_refused(self):
        self.serve().stop()
        self.owner(A_TRIGGER)
        for path in ("public", "pg_catalog, public", '"$user", pg_catalog', "nobodys_schema"):
            with self.subTest(path):
                self.owner(f"alter function public.on_user() set search_path = {path}")
                said = self.refused("on_user", path.split(", ")[-1 if "catalog" in path and "user" not in path else 0]
                                    .strip('"'))
                self.cure(said)
                self.done("migrate")
        self.serve()

    def test_a_service_role_reads_and_writes_rows_and_nothing_else(self):
        self.done("migrate")
        settings = {"AUTH_MIGRATE": "off",  # as in compose.yaml: the owner's name, without its password
                    "MIGRATION_DATABASE_URL": self.env["MIGRATION_DATABASE_URL"].replace(f":{SECRET}@", "@")}
        server = self.serve(**settings)
        ada = self.account(server, "ada")
        self.assertEqual(server.login("ada").status, 200)
        self.assertEqual(sessions.use(server, ada["refreshToken"]).status, 200)
        self.assertEqual(self.webhook(server, ada["token"]).status, 200)
        self.done("role", "create", "editor", **settings)
        self.done("user", "grant", "ada", "editor", **settings)
        self.done("user", "delete", "ada", "--yes", **settings)
        self.done("keys", "stage", "--yes", **settings)
        self.assertEqual(cluster.sql("select signet.prune_audit(0, 10)", self.url(SERVICE)), "0")
        self.assertEqual(json.loads(self.done("audit", "--limit", "1", "--json", **settings))[0]["dbRole"], SERVICE)
        for text in ("create table signet.mine ()", "create table public.mine ()", "create schema mine",
                     "create function signet.mine() returns int language sql as 'select 1'",
                     "create or replace function signet.user_changed() returns trigger language plpgsql as 'begin end'",
                     'alter table public."user" add column mine text', "alter table signet.session add column mine text",
                     'alter table public."user" disable trigger all', 'drop table public.role', "truncate signet.audit",
                     "create trigger mine before insert on public.role for each row execute function signet.role_changed()",
                     "insert into signet.audit (at, actor, action, subject, detail) values ('infinity', '', '', '', '')",
                     "update signet.audit set actor = ''", "delete from signet.audit", "drop schema signet cascade",
                     "update signet.migration set name = ''", "insert into signet.migration values (99, '', '', now())"):
            self.assert_denied(self.url(SERVICE), text)

    def test_a_service_role_does_all_that_mail_needs_and_defines_nothing_there(self):
        self.done("migrate")
        self.use_mail()
        server = self.serve(AUTH_MIGRATE="off")
        self.recover(server, "ada")
        server.stop()
        # What the janitor finds when it begins.
        self.boss("""insert into signet.ticket (hash, user_id, purpose, address, expires_at)
                select 'old', id, 'reset-password', 'ada@new.example.org', now() - interval '1 s' from public."user";
            insert into signet.mail_count (address, at) values ('ada@example.org', now() - interval '32 days');
            insert into signet.outbox (id, kind, name, body, failed_at)
                values (gen_random_uuid(), 'mail', 'reset-password', 'v1.x', now() - interval '31 days')""")
        server = self.serve(AUTH_MIGRATE="off")
        support.wait_until(lambda: self.boss("""select (select count(*) from signet.ticket where hash = 'old')
                + (select count(*) from signet.mail_count where at < now() - interval '31 days')
                + (select count(*) from signet.outbox where failed_at is not null)""") == "0", what="the janitor")
        self.assertIn("mail-swept", server.log())
        for table in OUTBOX_TABLES:
            for text in (f"alter table signet.{table} add column mine text", f"truncate signet.{table}",
                         f"drop table signet.{table}", f"create index on signet.{table} ((1))",
                         f"create rule mine as on insert to signet.{table} do also nothing",
                         f"create trigger mine before insert on signet.{table} for each row"
                         " execute function signet.role_changed()",
                         f"create policy mine on signet.{table}"):
                self.assert_denied(self.url(SERVICE), text)

    def test_others_neither_read_nor_change_what_mail_keeps_and_place_nothing_there(self):
        self.use_mail()
        server = self.serve()
        self.give_hasura_its_rights()
        self.recover(server, "ada")
        self.hasura("create function public.mine() returns trigger language plpgsql as 'begin return new; end'")
        columns = {"outbox": "id", "ticket": "hash", "proven_address": "user_id", "mail_count": "address"}
        self.assertEqual(set(columns), set(OUTBOX_TABLES))
        for table, column in columns.items():
            for text in (f"select * from signet.{table}", f"select count(*) from signet.{table}",
                         f"insert into signet.{table} select * from signet.{table}",
                         f"insert into signet.{table} ({column}) values (null)",
                         f"update signet.{table} set {column} = null", f"delete from signet.{table}",
                         f"truncate signet.{table}", f"begin; lock table signet.{table} in access share mode",
                         f"copy signet.{table} to stdout", f"alter table signet.{table} add column mine text",
                         f"create table public.copied (like signet.{table})",
                         f"create table public.bound (a uuid references signet.{table})",
                         f"create view public.seen as select * from signet.{table}",
                         f"create rule mine as on insert to signet.{table} do also nothing",
                         f"create trigger mine before insert on signet.{table} for each row"
                         " execute function public.mine()"):
                self.assert_denied(self.url(HASURA), text)
        self.assertEqual(self.boss(f"""
            select count(*) from pg_class c where c.relnamespace = 'signet'::regnamespace
                and c.relacl::text ~ '({HASURA}|[{{,])='"""), "0")

    def test_default_privileges_do_not_open_the_schema(self):
        self.owner("create schema signet; grant usage on schema signet to hasura")
        for where in ("", "in schema signet"):
            for kind in ("tables", "sequences", "functions"):
                self.owner(f"alter default privileges {where} grant all on {kind} to {HASURA}, public")
        server = self.serve(wait=None)
        try:
            support.wait_until(lambda: server.is_up("/readyz"), what="readiness")
        except AssertionError:
            self.assertEqual(server.process.returncode, UNUSABLE, server.log())
            self.cure(in_words(server.log()))
            server = self.serve()
        self.account(server, "ada")
        for text in ("select * from signet.session", "select * from signet.signing_key", "delete from signet.session",
                     "select * from signet.audit", "insert into signet.audit (actor) values ('')",
                     "select signet.note_changed_users(null)", "create table signet.mine ()"):
            self.assert_denied(self.url(HASURA), text)
        self.assertEqual(self.boss(f"""
            select string_agg(c.relname, ',') from pg_class c where c.relnamespace = 'signet'::regnamespace
                and c.relkind in ('r', 'S', 'v') and ((c.relkind = 'S' and has_sequence_privilege('{HASURA}', c.oid,
                'usage, select, update')) or c.relkind <> 'S' and has_table_privilege('{HASURA}', c.oid,
                'select, insert, update, delete, truncate, references, trigger'))"""), "")
        self.assertEqual(self.boss(f"""select string_agg(proname, ',') from pg_proc where
            pronamespace = 'signet'::regnamespace and has_function_privilege('{HASURA}', oid, 'execute')"""), "")

    def test_a_superuser_as_service_is_warned_of_at_each_start(self):
        for _ in range(2):
            server = self.serve(DATABASE_URL=self.url(BOSS, None))
            warnings = [line for line in map(json.loads, server.log().splitlines())
                        if line.get("level") == "warn" and "superuser" in json.dumps(line)]
            self.assertEqual(len(warnings), 1, server.log())
            self.assertIn(BOSS, json.dumps(warnings))
            server.stop()


class Trial(BoundaryTest):
    """What would fail is met before the first user meets it."""

    def test_what_would_fail_is_named_and_the_start_ends_with_78(self):
        settings = {"AUTH_MIGRATE": "off"}  # else the rights are given anew
        self.done("migrate")
        failing = "create or replace function public.on_user() returns trigger language plpgsql set search_path =" \
                  " pg_catalog, pg_temp as $$ begin raise exception 'not on a %', 'tuesday'; end $$"
        cases = {
            "a column without a default": ('alter table public."user" add column tenant integer not null', "tenant",
                                           'alter table public."user" drop column tenant'),
            "a failing trigger": (f"{A_TRIGGER}; {failing}", "not on a tuesday", "drop function public.on_user() cascade"),
            "a failing trigger on grants": (
                f"{failing}; create trigger theirs before insert on public.user_role for each row"
                " execute function public.on_user()", "not on a tuesday", "drop function public.on_user() cascade"),
            "row level security": ('alter table public."user" enable row level security', "user",
                                   'alter table public."user" disable row level security'),
            "a missing right to insert": (f'revoke insert on public."user" from {SERVICE}', "user",
                                          f'grant insert on public."user" to {SERVICE}'),
            "a missing right to grant": (f"revoke insert on public.user_role from {SERVICE}", "user_role",
                                         f"grant insert on public.user_role to {SERVICE}"),
        }
        for what, (text, name, undo) in cases.items():
            with self.subTest(what):
                self.owner(text)
                try:
                    self.refused(name, **settings)
                finally:
                    self.owner(undo)
        server = self.serve(**settings)
        self.assertEqual(self.boss('select count(*) from public."user"'), "0")
        self.assertEqual(self.boss("select count(*) from signet.session"), "0")
        self.account(server, "ada")

    def test_row_level_security_that_comes_later_raises_instead_of_hiding(self):
        server = self.serve()
        self.account(server, "ada")
        self.owner('alter table public."user" enable row level security')
        for name in ("ada", "nobody"):
            self.assertIn(server.login(name).status, (500, 503))
        self.assertIn("row-level security", server.log())


class Deeds(BoundaryTest):
    """Who did what and when, in signet.audit."""

    def rows(self):
        text = self.boss("select coalesce(json_agg(a order by id), '[]') from signet.audit a where actor like 'cli:%'")
        return json.loads(text)

    def test_every_change_by_command_leaves_one_row_and_a_refused_one_none(self):
        self.serve().stop()
        self.done("user", "create", "zoe", stdin=PASSWORD + "\n")
        zoe = json.loads(self.done("user", "list", "--json"))[0]["id"]
        old = self.env["AUTH_KEY_ENCRYPTION_KEY"]
        with tempfile.TemporaryDirectory() as folder:
            for words, actions, stdin in self.deeds(folder):
                with self.subTest(" ".join(words)):
                    before = self.rows()
                    words = [rotating.named(self.key(word[1:])) if word.startswith(":") else word for word in words]
                    ids = self.boss(f"select id from public.\"user\" where username = '{words[2]}'")
                    self.done(*words, stdin=stdin, AUTH_KEY_ENCRYPTION_KEY=f"{rotating.new_encryption_key()},{old}"
                              if "rewrap" in words else old)
                    added = self.rows()[len(before):]
                    self.assertEqual([row["action"] for row in added], actions.split())
                    for row in added:
                        self.assertEqual(row["actor"], "cli:" + pwd.getpwuid(os.getuid()).pw_name)
                        self.assertEqual(row["db_role"], SERVICE)
                        self.assertTrue(row["at"] and row["subject"], row)
                        if ids:
                            self.assertEqual(row["subject"], ids)
        for words, stdin in ((["user", "create", "zoe"], PASSWORD), (["user", "create", "weak"], "password"),
                             (["user", "grant", "zoe", "nothing"], ""), (["user", "disable", "nobody"], ""),
                             (["user", "set-password", "zoe"], "password"), (["user", "delete", "nobody", "--yes"], ""),
                             (["role", "create", "admin"], ""), (["role", "delete", "nothing"], ""),
                             (["keys", "retire", "nothing", "--yes"], ""), (["keys", "promote", "--yes"], "")):
            with self.subTest(" ".join(words)):
                before = self.rows()
                self.assertEqual(self.command(*words, stdin=stdin + "\n").returncode, 1)
                self.assertEqual(self.rows(), before)
        for action in {row["action"] for row in self.rows()}:
            self.assertTrue(json.loads(self.done("audit", "--action", action, "--json")), action)
        before = self.rows()
        self.command("keys", "stage")  # without --yes
        self.command("user", "delete", "zoe")
        self.assertEqual(self.rows(), before)
        self.assertEqual(json.loads(self.done("user", "list", "--json"))[0]["id"], zoe)

    key = Traps.key

    def deeds(self, folder):
        pem = pathlib.Path(folder, "old.pem")
        from jwcrypto import jwk
        pem.write_bytes(jwk.JWK.generate(kty="RSA", size=2048).export_to_pem())
        pem.chmod(0o600)
        return (
            (["role", "create", "editor"], "role-created", ""),
            (["user", "create", "ada"], "user-created", PASSWORD + "\n"),
            (["user", "grant", "ada", "editor"], "role-granted", ""),
            (["user", "revoke", "ada", "editor"], "role-revoked", ""),
            (["role", "delete", "editor"], "role-deleted", ""),
            (["user", "disable", "ada"], "user-disabled", ""),
            (["user", "enable", "ada"], "user-enabled", ""),
            (["user", "set-password", "ada"], "password-set", "other-" + PASSWORD + "\n"),
            (["user", "logout", "ada"], "sessions-ended", ""),
            (["user", "delete", "ada", "--yes"], "user-deleted", ""),
            (["keys", "stage", "--yes"], "stage", ""),
            (["keys", "retire", ":next", "--yes"], "retire", ""),
            (["keys", "stage", "--yes"], "stage", ""),
            (["keys", "promote", "--yes", "--force"], "promote retire", ""),
            (["keys", "revoke", ":retired", "--yes"], "revoke", ""),
            (["keys", "import", str(pem), "--until", "1h", "--kid", "old", "--yes"], "import", ""),
            (["keys", "rewrap", "--yes"], "rewrap", ""),
        )


if __name__ == "__main__":
    unittest.main(verbosity=2)
