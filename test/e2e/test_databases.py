"""Databases as people have them: their tables, their settings, their distance, their old hashes."""

import concurrent.futures
import json
import pathlib
import subprocess
import time
import unittest

import proxy
import support
from support import PASSWORD

FAST = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
LOGINS = 40
REQUEST_DEADLINE_S = 10
FOREIGN = 'create table "user" (id serial primary key, name text not null, shop text not null)'
ALIKE = """create table "user" (id uuid primary key, username text, email text, password text,
                                created_at timestamptz)"""
PREDECESSOR = pathlib.Path(support.ROOT, "test/support/pp_schema.sql").read_text()


def bcrypt(password):
    """As libcrypt makes it; Python has lost its module, and every Debian has Perl."""
    return subprocess.run(["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, "$2a$04$N9qo8uLOickgx2ZMRZoMye"],
                          capture_output=True, text=True, check=True).stdout


class Adoption(support.ClusterTest):
    def database(self, text):
        url = self.cluster.fresh_database()
        self.cluster.sql(text, url)
        return url

    def shape(self, url):
        return self.cluster.sql("""select string_agg(attname || ' ' || atttypid::regtype || attnotnull, ',' order by attnum)
                                   from pg_attribute where attrelid = '"user"'::regclass and attnum > 0""", url)

    def test_a_table_user_of_somebody_else_is_left_alone(self):
        for text in (FOREIGN, ALIKE):
            url = self.database(text)
            before = self.shape(url)
            done = support.command("serve", env={**FAST, "DATABASE_URL": url, "PORT": "0"})
            self.assertEqual(done.returncode, 78, done.stderr)
            for word in ('"user"', "AUTH_DATABASE_SCHEMA", "AUTH_ADOPT=on", "migrate --plan"):
                self.assertIn(word, done.stderr)
            self.assertEqual(self.shape(url), before)

    def test_a_plan_shows_each_change_and_makes_none(self):
        url = self.database(ALIKE)
        before = self.shape(url)
        done = support.command("migrate", "--plan", env={"DATABASE_URL": url})
        self.assertEqual(done.returncode, 0, done.stderr)
        for column in ("active", "default_role", "metadata", "last_login_at", "updated_at"):
            self.assertIn(column, done.stdout)
        self.assertEqual(self.shape(url), before)

    def test_a_plan_in_json_has_what_was_and_what_would_be(self):
        url = self.database(PREDECESSOR)
        done = support.command("migrate", "--plan", "--json", env={"DATABASE_URL": url})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        changes = {(change["action"], change["kind"], change["object"]): (change["before"], change["after"])
                   for change in json.loads(done.stdout)}
        self.assertEqual(changes["alter", "column", 'public."user".username'],
                         ("character varying(255) not null", "character varying(255)"))
        self.assertEqual(changes["add", "column", 'public."user".email'], (None, "text"))
        self.assertEqual(changes["add", "schema", "signet"], (None, None))

    def test_a_table_that_cannot_be_taken_is_refused_with_its_column_and_stays(self):
        url = self.database(FOREIGN)
        before = self.shape(url)
        for words in (["serve"], ["migrate"], ["migrate", "--plan"]):
            done = support.command(*words, env={**FAST, "DATABASE_URL": url, "PORT": "0", "AUTH_ADOPT": "on"})
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn('column "id" of table "user" has the type int4', done.stderr)
        self.assertEqual(self.shape(url), before)
        self.assertEqual(self.cluster.sql("select count(*) from pg_namespace where nspname = 'signet'", url), "0")

    def test_a_table_that_signups_would_fail_on_is_not_altered(self):
        url = self.database(ALIKE)
        self.cluster.sql('alter table "user" add tenant int not null', url)
        before = self.shape(url)
        for words in (["migrate", "--plan"], ["migrate"], ["serve"]):
            done = support.command(*words, env={**FAST, "DATABASE_URL": url, "PORT": "0", "AUTH_ADOPT": "on"})
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn('"tenant"' if "--plan" in words else "tenant", done.stderr)
        self.assertEqual(self.shape(url), before)
        self.assertEqual(self.cluster.sql("select count(*) from pg_namespace where nspname = 'signet'", url), "0")

    def test_a_type_that_has_the_name_of_a_table_is_named_with_the_way_out(self):
        url = self.database("create type user_role as enum ('a')")
        done = support.command("migrate", env={"DATABASE_URL": url})
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("AUTH_DATABASE_SCHEMA", done.stderr)

    def test_with_the_setting_it_is_taken_and_its_users_sign_in(self):
        url = self.database(ALIKE)
        old = bcrypt(PASSWORD)
        self.cluster.sql(f"""insert into "user" values (gen_random_uuid(), 'old.hand', null, '{old}', now())""", url)
        server = self.signet(url, env={**FAST, "AUTH_ADOPT": "on"})
        self.assertEqual(server.login("old.hand").status, 200)
        self.assertEqual(server.signup("new.hand").status, 200)

    def test_the_tables_of_the_original_service_need_no_setting(self):
        server = self.signet(self.database(PREDECESSOR), env=FAST)
        self.assertEqual(server.signup("new.hand").status, 200)
        # And what is Signet's own already needs none either.
        self.signet(server.env["DATABASE_URL"], keys=server.keys, env=FAST)

    def test_another_schema_is_a_way_out(self):
        url = self.database(FOREIGN)
        before = self.shape(url)
        server = self.signet(url, env={**FAST, "AUTH_DATABASE_SCHEMA": "identity"})
        self.assertEqual(server.signup("elsewhere").status, 200)
        self.assertEqual(self.shape(url), before)


class Settings(support.ClusterTest):
    def test_an_isolation_level_that_is_the_databases_default_makes_no_login_fail(self):
        for level in ("repeatable read", "serializable"):
            url = self.cluster.fresh_database()
            name = url.rpartition("/")[2].partition("?")[0]
            self.cluster.superuser(f"alter database {name} set default_transaction_isolation = '{level}'")
            server = self.signet(url, env=FAST)
            server.signup("isolated")
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: server.login("isolated").status, range(LOGINS)))
            self.assertEqual(set(answers), {200}, level)

    def test_defaults_of_the_database_that_make_others_read_only_or_slow_do_not_reach_us(self):
        for setting in ("statement_timeout = '1ms'", "lock_timeout = '1ms'", "row_security = off",
                        "DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Tokyo'", "bytea_output = 'escape'",
                        "standard_conforming_strings = off", "IntervalStyle = 'iso_8601'",
                        "idle_in_transaction_session_timeout = '1ms'", "client_encoding = 'LATIN1'",
                        "default_transaction_deferrable = on", "extra_float_digits = 0", "search_path = 'nowhere'"):
            with self.subTest(setting):
                url = self.cluster.fresh_database()
                name = url.rpartition("/")[2].partition("?")[0]
                self.cluster.superuser(f"alter database {name} set {setting}")
                server = self.signet(url, env=FAST)
                self.assertEqual(server.signup("default.one").status, 200)
                self.assertEqual(server.login("default.one").status, 200)
                server.close()


class Distance(support.ClusterTest):
    def test_a_server_on_another_continent_is_near_enough(self):
        door = proxy.Proxy(self.cluster.port)
        self.addCleanup(door.close)
        door.delay(0.05)
        server = self.signet(door.lead(self.cluster.fresh_database()), env=FAST)
        self.assertEqual(server.signup("far.away").status, 200)
        self.assertEqual(server.login("far.away").status, 200)

    def test_a_login_over_a_slow_line_is_answered_within_its_deadline(self):
        for round_trip_s in (0.6, 2.0):
            door = proxy.Proxy(self.cluster.port)
            self.addCleanup(door.close)
            server = self.signet(door.lead(self.cluster.fresh_database()), env=FAST)
            self.assertEqual(server.signup("far.away").status, 200)
            door.delay(round_trip_s / 2)
            # The first may meet a thread without a connection, which fails sooner.
            for _ in range(3):
                with self.subTest(round_trip_s):
                    began = time.monotonic()
                    answer = server.login("far.away")
                    took = time.monotonic() - began
                    self.assertIn(answer.status, (200, 503), answer.body)
                    self.assertLess(took, REQUEST_DEADLINE_S)
            server.close()


class OldHashes(support.ClusterTest):
    """A bcrypt hash never saw more than 72 bytes of a password."""

    def test_a_password_longer_than_72_bytes_lets_in_as_it_did_and_its_hash_stays(self):
        server = self.signet(env=FAST)
        server.signup("long.hand")
        url = server.env["DATABASE_URL"]
        password = "correct-horse-" * 6  # 84 bytes
        old = bcrypt(password)
        self.cluster.sql(f"""update "user" set password = '{old}' where username = 'long.hand'""", url)

        def stored():
            return self.cluster.sql("""select password from "user" where username = 'long.hand'""", url)

        answer = server.login("long.hand", password)
        self.assertEqual(answer.status, 200, answer.body)
        # What bcrypt never saw may be mistyped, and must not become the password.
        self.assertEqual(server.login("long.hand", password[:72] + "other").status, 200)
        self.assertEqual(stored(), old)
        self.assertEqual(server.login("long.hand", password[:71]).status, 401)
        # A change needs the old one as it lets in, and from then on counts whole.
        changed = server.post("/password", {"currentPassword": password, "newPassword": "tulip-" * 15},
                              headers=support.bearer(answer.json["token"]))
        self.assertEqual(changed.status, 204, changed.body)
        self.assertTrue(stored().startswith("$argon2id$"))
        self.assertEqual(server.login("long.hand", "tulip-" * 14).status, 401)

    def test_a_shorter_one_is_hashed_anew_at_the_first_login(self):
        server = self.signet(env=FAST)
        server.signup("short.hand")
        url = server.env["DATABASE_URL"]
        old = bcrypt(PASSWORD)
        self.cluster.sql(f"""update "user" set password = '{old}' where username = 'short.hand'""", url)
        self.assertEqual(server.login("short.hand").status, 200)
        stored = self.cluster.sql("""select password from "user" where username = 'short.hand'""", url)
        self.assertTrue(stored.startswith("$argon2id$"))


if __name__ == "__main__":
    unittest.main()
