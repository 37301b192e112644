"""Moving in: users of other services, with their passwords."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import support
from support import PASSWORD, ClusterTest

# Made by other implementations: npm bcryptjs 2 and hash-wasm 4, passlib 1.7, and Firebase's published example.
VECTOR = "correct horse battery staple"
HASHES = {
    "bcrypt": "$2b$04$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW",
    "argon2i": "$argon2i$v=19$m=64,t=3,p=1$AAECAwQFBgcICQoLDA0ODw$C8W2xoWFXVw5yOZgMePINu7i1XC/kkjTfqJcYyNNb80",
    "argon2d": "$argon2d$v=19$m=64,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$dghoiRPSRKBbaaCRimSJwR//QWj12/Ib4j98W2I/aGM",
    "scrypt": "$scrypt$ln=4,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$VbIe1ib8N3AGdHJ/i+4z5gayZwy70BXfZyJXhL3ev0c",
    "passlib": "$pbkdf2$1000$AAECAwQFBgcICQoLDA0OD/v/$tNq0NiDZUGKr/Xl7cYaZNFc85nE",
    "phc": "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
    "django": "pbkdf2_sha256$1000$Xk3oZbVqP9aLrT2mN7cY1d$GbVfXObbmMR0lBAvNvJCnIOE3uWdiZw8B6L5JpPNj3k=",
}
FIREBASE_KEY = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
FIREBASE = ("$firebase-scrypt$ln=14,r=8,p=1,ss=Bw==$42xEC+ixf3L2lw==$"
            "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==")
CHEAP = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
ID = "00000000-0000-4000-8000-00000000000"

ORIGINAL = f"""
create table "user" (id uuid primary key default gen_random_uuid(), username varchar(255) unique not null,
    password varchar(255) not null, created_at timestamptz default now(), active boolean default true);
create table role (id uuid primary key default gen_random_uuid(), name varchar(255) unique not null);
create table user_role (id uuid primary key default gen_random_uuid(), role_id uuid references role,
    user_id uuid references "user");
insert into "user" (id, username, password, created_at, active) values
    ('{ID}1', 'ada', '{HASHES["bcrypt"]}', '2020-05-14T08:00:00Z', true),
    ('{ID}2', 'bob', '{HASHES["bcrypt"]}', '2020-05-14T08:00:00Z', null);
insert into role (name) values ('editor');
insert into user_role (user_id, role_id) select '{ID}1', id from role;
"""

BACKEND_PLUS = f"""
create extension citext schema public;
create schema auth;
create table public.users (id uuid primary key, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), display_name text, avatar_url text);
create table auth.roles (role text primary key);
create table auth.accounts (id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    user_id uuid not null references public.users on delete cascade, active boolean not null default false,
    email public.citext unique, new_email public.citext, password_hash text,
    default_role text not null default 'user' references auth.roles, is_anonymous boolean not null default false,
    custom_register_data jsonb, otp_secret text, mfa_enabled boolean not null default false,
    ticket uuid not null default gen_random_uuid(), ticket_expires_at timestamptz not null default now());
create table auth.account_roles (id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default now(), account_id uuid not null references auth.accounts on delete cascade,
    role text not null references auth.roles, unique (account_id, role));
insert into auth.roles values ('user'), ('anonymous'), ('me'), ('editor');
insert into public.users (id, display_name) values ('{ID}1', 'Ada'), ('{ID}2', null);
insert into auth.accounts (id, user_id, email, password_hash, active, custom_register_data) values
    ('{ID}8', '{ID}1', 'Ada@example.org', '{HASHES["bcrypt"]}', true, '{{"team": 7}}'),
    ('{ID}9', '{ID}2', null, null, true, null);
insert into auth.account_roles (account_id, role) values ('{ID}8', 'editor'), ('{ID}8', 'me');
"""

HASURA_AUTH = f"""
create extension citext schema public;
create schema auth;
create domain auth.email as public.citext;
create table auth.roles (role text primary key);
insert into auth.roles values ('user'), ('me'), ('anonymous'), ('editor');
create table auth.users (id uuid primary key default gen_random_uuid(), created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), last_seen timestamptz, disabled boolean not null default false,
    display_name text not null default '', avatar_url text not null default '', locale varchar(2) not null,
    email auth.email unique, phone_number text unique, password_hash text,
    email_verified boolean not null default false, phone_number_verified boolean not null default false,
    new_email auth.email, otp_method_last_used text, otp_hash text, otp_hash_expires_at timestamptz not null default now(),
    default_role text not null default 'user' references auth.roles on update cascade,
    is_anonymous boolean not null default false, totp_secret text, active_mfa_type text, ticket text,
    ticket_expires_at timestamptz not null default now(), metadata jsonb, webauthn_current_challenge text);
create table auth.user_roles (id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default now(), user_id uuid not null references auth.users on delete cascade,
    role text not null references auth.roles, unique (user_id, role));
insert into auth.users (id, email, password_hash, email_verified, disabled, display_name, locale, default_role, metadata)
values ('{ID}1', 'Ada@example.org', '{HASHES["bcrypt"]}', true, false, 'Ada', 'en', 'editor', '{{"team": 7}}'),
    ('{ID}2', 'bob@example.org', '{HASHES["bcrypt"]}', false, true, '', 'de', 'user', null),
    ('{ID}3', null, null, false, false, 'nobody', 'en', 'anonymous', null);
insert into auth.user_roles (user_id, role) values ('{ID}1', 'editor'), ('{ID}1', 'me'), ('{ID}2', 'user');
"""


class Import(ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="signet-import-"))
        cls.addClassCleanup(subprocess.run, ["rm", "-r", str(cls.folder)])
        cls.server = support.Signet(cls.cluster.fresh_database(), wait="/readyz",
                                    env=CHEAP | {"AUTH_FIREBASE_SIGNER_KEY": FIREBASE_KEY})
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.sql("delete from \"user\"; delete from role where name <> 'user'")

    def sql(self, text):
        return self.cluster.sql(text, self.server.env["DATABASE_URL"])

    def count(self):
        return int(self.sql('select count(*) from "user"'))

    def run_import(self, kind, *words, env=None, **options):
        environment = {"DATABASE_URL": self.server.env["DATABASE_URL"], **CHEAP,
                       "AUTH_FIREBASE_SIGNER_KEY": FIREBASE_KEY}
        return support.command("import", "--from", kind, *map(str, words), env=environment | (env or {}), **options)

    def totals(self, done, code=0):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertTrue(done.stdout, done.stderr)
        answer = json.loads(done.stdout)
        return [answer[name] for name in ("rows", "imported", "thereAlready", "skipped")]

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def lines(self, name, rows):
        return self.file(name, "".join(json.dumps(row) + "\n" for row in rows))

    def test_each_hash_lets_in_and_becomes_argon2id(self):
        rows = [{"username": name, "password_hash": value} for name, value in HASHES.items()]
        rows.append({"username": "firebase", "password_hash": FIREBASE})
        done = self.run_import("ndjson", self.lines("hashes.ndjson", rows), "--yes", "--json")
        self.assertEqual(self.totals(done), [8, 8, 0, 0])
        for row in rows:
            right = "user1password" if row["username"] == "firebase" else VECTOR
            self.assertEqual(self.server.login(row["username"], right + "!").status, 401, row)
            self.assertEqual(self.server.login(row["username"], right).status, 200, row)
            self.assertEqual(self.server.login(row["username"], right).status, 200, row)
        self.assertEqual(self.sql("select count(*) from \"user\" where password like '$argon2id$v=19$m=64,t=1,p=1$%'"), "8")
        self.assertNotIn("stored-password-unreadable", self.server.log())

    def test_a_hash_that_nobody_could_verify_is_refused_with_the_reason_and_is_not_told(self):
        greedy = HASHES["scrypt"].replace("ln=4", "ln=21")
        rows = [{"username": "greedy", "password_hash": greedy}, {"username": "md5", "password_hash": "md5$x$y"},
                {"username": "fire", "password_hash": FIREBASE}]
        report = self.folder / "hashes.report"
        done = self.run_import("ndjson", self.lines("bad.ndjson", rows), "--yes", "--json", "--report", report,
                               env={"AUTH_FIREBASE_SIGNER_KEY": ""})
        self.assertEqual(self.totals(done, 1), [3, 0, 0, 3])
        told = [json.loads(line) for line in report.read_text().splitlines()]
        self.assertEqual([row["code"] for row in told], ["unreadable-hash"] * 3)
        self.assertIn("524288 KiB", told[0]["reason"])
        self.assertIn("AUTH_FIREBASE_SIGNER_KEY", told[2]["reason"])
        self.assertNotIn("VbIe1ib8", report.read_text() + done.stderr)
        self.assertEqual(os.stat(report).st_mode & 0o777, 0o600)

    def test_csv_with_what_cannot_be_taken_in_the_report_and_nothing_changed_by_a_dry_run(self):
        self.assertEqual(self.server.signup("taken").status, 200)
        path = self.file("users.csv", "username,email,email_verified,roles,created_at\n"
                                      "ada,Ada@example.org,true,,2020-05-14T08:00:00Z\n"
                                      "Taken,,,,\nbob,,,editor,\n,ADA@EXAMPLE.ORG,,,\nTAKEN@example.org,,,\n"
                                      "x y,,,,\nboss,,,admin,\n")
        for words, code in (([], 2), (["--dry-run"], 1), (["--yes"], 1)):
            report = self.folder / f"csv{''.join(words)}.report"
            done = self.run_import("csv", path, *words, "--json", "--report", report)
            self.assertEqual(self.totals(done, code), [7, 2, 0, 5], words)
            self.assertEqual(self.count(), 3 if "--yes" in words else 1)
            self.assertEqual({row["row"]: row["code"] for row in map(json.loads, report.read_text().splitlines())},
                             {3: "username-taken", 4: "unknown-role", 5: "email-taken", 6: "unreadable",
                              8: "admin-role"})
        done = self.run_import("csv", path, "--yes", "--json", "--create-roles")
        self.assertEqual(self.totals(done, 1), [7, 1, 2, 4])
        self.assertEqual(self.sql("select string_agg(name, ',' order by name) from role"), "editor,user")
        self.assertEqual(self.sql("select created_at at time zone 'utc' from \"user\" where username = 'ada'"),
                         "2020-05-14 08:00:00")
        self.assertEqual(self.sql("select address from signet.proven_address"), "Ada@example.org")

    def test_an_id_or_a_name_in_any_role_of_another_user_is_taken_and_the_same_user_is_there_already(self):
        ada = {"id": ID + "1", "username": "ada", "email": "ada@example.org"}
        self.totals(self.run_import("ndjson", self.lines("ada.ndjson", [ada]), "--yes", "--json"))
        rows = [ada, {**ada, "id": ID + "2"}, {"id": ID + "1", "username": "eve"}, {"username": "Ada@example.org"},
                {"username": "ADA"}, {"username": "ada", "email": "ada@example.org"},
                {"id": ID + "1", "username": "ada", "email": None}]
        report = self.folder / "taken.report"
        done = self.run_import("ndjson", self.lines("taken.ndjson", rows), "--yes", "--json", "--report", report)
        self.assertEqual(self.totals(done, 1), [7, 0, 2, 5])
        self.assertEqual([json.loads(line)["code"] for line in report.read_text().splitlines()],
                         ["username-taken", "id-taken", "username-taken", "username-taken", "id-taken"])

    def test_an_import_is_noted_and_sends_nothing(self):
        before = self.sql("select count(*) from signet.outbox")
        self.totals(self.run_import("ndjson", "-", "--yes", "--json", stdin='{"username":"ada"}\n'))
        audit = self.sql("select actor, subject, detail from signet.audit where action = 'users-imported'"
                         " order by id desc limit 1")
        self.assertRegex(audit, r"^cli:\w+\|ndjson\|1 users of 1 rows of ndjson, from 1 on$")
        self.assertEqual(self.sql("select count(*) from signet.outbox"), before)

    def test_twenty_thousand_users_and_again_after_a_kill(self):
        rows = ({"id": f"00000000-0000-4000-8000-{n:012}", "username": f"u{n}", "email": f"u{n}@example.org",
                 "password_hash": HASHES["bcrypt"], "metadata": {"n": n}} for n in range(20_000))
        path = self.lines("many.ndjson", rows)
        environment = support.clean_environment() | {"DATABASE_URL": self.server.env["DATABASE_URL"]}
        process = subprocess.Popen([support.BINARY, "import", "--from", "ndjson", path, "--yes"], env=environment,
                                   cwd=self.folder, stderr=subprocess.PIPE, text=True)
        support.wait_until(lambda: self.count() > 0, what="the first batch")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        there = self.count()
        self.assertGreater(there, 0)
        self.assertLess(there, 20_000)
        done = self.run_import("ndjson", path, "--yes", "--json")
        self.assertEqual(self.totals(done), [20_000, 20_000 - there, there, 0])
        changed = self.sql('select max(updated_at) from "user"')
        began = time.monotonic()
        self.assertEqual(self.totals(self.run_import("ndjson", path, "--yes", "--json")), [20_000, 0, 20_000, 0])
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(self.sql('select max(updated_at) from "user"'), changed)
        self.assertEqual(self.server.login("u19999", VECTOR).status, 200)

    def test_a_rule_of_the_table_refuses_its_row_and_no_other(self):
        self.sql("alter table \"user\" add constraint no_tea check (username <> 'tea')")
        self.addCleanup(self.sql, 'alter table "user" drop constraint no_tea')
        rows = [{"username": name} for name in ("ada", "bob", "tea", "carol", "dave")]
        done = self.run_import("ndjson", self.lines("tea.ndjson", rows), "--yes", "--json")
        self.assertEqual(self.totals(done, 1), [5, 4, 0, 1])
        self.assertIn("no_tea", done.stderr)

    def database(self, ddl):
        url = self.cluster.fresh_database()
        name = url.split("?")[0].rsplit("/", 1)[1]
        home = pathlib.Path(self.cluster.dir, "cluster/location").read_text().strip()
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        support.psql([*become, "psql", "-h", home, "-p", str(self.cluster.port), "-U", "postgres", "-d", name], ddl +
                     "grant usage on schema public to signet; grant select on all tables in schema public to signet;" +
                     ("grant usage on schema auth to signet; grant select on all tables in schema auth to signet;"
                      if "schema auth" in ddl else ""))
        return url

    def test_a_role_that_may_do_more_than_read_is_refused(self):
        for kind in ("hasura-auth", "original"):
            done = self.run_import(kind, "--yes", env={"IMPORT_DATABASE_URL": self.server.env["DATABASE_URL"]})
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("only reads", done.stderr)

    def test_a_report_takes_the_place_of_no_file(self):
        source = self.lines("own.ndjson", [{"username": "ada"}])
        link = self.folder / "link"
        link.symlink_to(source)
        for report in (source, link):
            done = self.run_import("ndjson", source, "--yes", "--report", report)
            self.assertEqual((done.returncode, source.read_text()), (1, '{"username": "ada"}\n'), done.stderr)

    def test_of_active_and_disabled_the_stricter_one_counts_and_a_byte_order_mark_does_not(self):
        path = self.file("marked.csv", '\ufeff"username","active","disabled"\nada,false,false\nbob,true,true\neve,true,false\n')
        self.assertEqual(self.totals(self.run_import("csv", path, "--yes", "--json")), [3, 3, 0, 0])
        self.assertEqual(self.sql("select string_agg(username, ',') from \"user\" where active"), "eve")
        path = self.file("marked.ndjson", '\ufeff{"username": "carol"}\n')
        self.assertEqual(self.totals(self.run_import("ndjson", path, "--yes", "--json")), [1, 1, 0, 0])

    def test_triggers_of_the_operator_refuse_a_row_or_grant_its_role(self):
        self.sql("""create function tea() returns trigger language plpgsql as $$ begin
                      if new.username = 'tea' then raise exception 'no tea'; end if; return new; end $$;
                    create function grant_user() returns trigger language plpgsql as $$ begin
                      insert into public.user_role (user_id, role_id) select new.id, id from public.role where name = 'user';
                      return new; end $$;
                    create trigger tea before insert on "user" for each row execute function tea();
                    create trigger grant_user after insert on "user" for each row execute function grant_user()""")
        self.addCleanup(self.sql, "drop function tea cascade; drop function grant_user cascade")
        rows = [{"username": name, "roles": ["user"]} for name in ("ada", "tea", "bob")]
        done = self.run_import("ndjson", self.lines("triggers.ndjson", rows), "--yes", "--json")
        self.assertEqual(self.totals(done, 1), [3, 2, 0, 1])
        self.assertIn("no tea", done.stderr)

    def test_the_original_services_database(self):
        url = self.database(ORIGINAL)
        done = self.run_import("original", "--yes", "--json", "--create-roles", env={"IMPORT_DATABASE_URL": url})
        self.assertEqual(self.totals(done), [2, 2, 0, 0])
        answer = self.server.login("ada", VECTOR)
        self.assertEqual((answer.status, answer.json["id"], answer.json["roles"]),
                         (200, ID + "1", ["editor", "user"]))
        self.assertEqual(self.server.login("bob", VECTOR).status, 401)

    def test_hasura_backend_plus(self):
        url = self.database(BACKEND_PLUS)
        done = self.run_import("hasura-backend-plus", "--yes", "--json", "--create-roles",
                               env={"IMPORT_DATABASE_URL": url})
        self.assertEqual(self.totals(done, 1), [2, 1, 0, 1])
        answer = self.server.login("ada@example.org", VECTOR)
        self.assertEqual((answer.status, answer.json["id"], answer.json["roles"], answer.json["defaultRole"]),
                         (200, ID + "1", ["editor", "me", "user"], "user"))
        me = self.server.get("/me", headers=support.bearer(answer.json["token"])).json
        self.assertEqual((me["metadata"], me["emailVerified"]), ({"team": 7, "displayName": "Ada"}, False))

    def test_hasura_auth(self):
        url = self.database(HASURA_AUTH)
        done = self.run_import("hasura-auth", "--yes", "--json", "--create-roles", env={"IMPORT_DATABASE_URL": url})
        self.assertEqual(self.totals(done, 1), [3, 2, 0, 1])
        answer = self.server.login("Ada@example.org", VECTOR)
        self.assertEqual((answer.status, answer.json["id"], answer.json["roles"], answer.json["defaultRole"]),
                         (200, ID + "1", ["editor", "me", "user"], "editor"))
        me = self.server.get("/me", headers=support.bearer(answer.json["token"])).json
        self.assertEqual((me["metadata"], me["emailVerified"]),
                         ({"team": 7, "displayName": "Ada", "locale": "en"}, True))
        self.assertEqual(self.server.login("bob@example.org", VECTOR).status, 401)
        self.assertEqual(self.sql("select active from \"user\" where email = 'bob@example.org'"), "f")

    def test_a_source_that_cannot_be_used_is_wrong_usage_and_no_password_is_repeated(self):
        secret = "postgres://someone:hunter2@127.0.0.1:1/x"
        for words in (["original", secret], ["original"], ["csv", "/nowhere/users.csv"], ["csv"], ["json", "x"],
                      ["csv", self.file("odd.csv", "username,shoe_size\nada,38\n"), "--yes"]):
            done = self.run_import(*words)
            self.assertIn(done.returncode, (1, 2), words)
            self.assertNotIn("hunter2", done.stdout + done.stderr)
        self.assertIn("shoe_size", done.stderr)
        self.assertEqual(self.server.signup("later", PASSWORD).status, 200)
