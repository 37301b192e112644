"""`signet doctor` with a real server, a real PostgreSQL, a mail server, and a Hasura that is a stub."""

import http.server
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading

import mail_server
import sessions
import support

SECRET = "canary7f3a"
METADATA = {"version": 3, "sources": [{"name": "default", "kind": "postgres", "tables": [
    {"table": {"schema": "public", "name": "user"}, "select_permissions": [
        {"role": "user", "permission": {"columns": "*", "filter": {}}}]}]}]}


class Hasura(http.server.ThreadingHTTPServer):
    """What doctor asks of a Hasura. `open` is one without an admin secret."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.open, self.posted = False, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Answers(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200 if self.path == "/healthz" else 404, b"WARN: inconsistent objects in schema")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, json.loads(body)))
        if self.server.open or self.headers["X-Hasura-Admin-Secret"] == SECRET:
            self.answer(200, json.dumps({"resource_version": 1, "metadata": METADATA}).encode())
        else:
            self.answer(401, b'{"code":"access-denied"}')


class DoctorTest(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail = mail_server.MailServer(password=SECRET)
        cls.addClassCleanup(cls.mail.close)
        cls.hasura = Hasura()
        cls.addClassCleanup(cls.hasura.close)
        cls.url = cls.cluster.fresh_database()
        cls.server = support.Signet(cls.url, wait="/readyz", env=sessions.CHEAP)
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        self.hasura.open = False
        issuer = f"http://127.0.0.1:{self.server.port}"
        self.env = {
            "DATABASE_URL": self.url, "PORT": str(self.server.port), "AUTH_KEYS_DIR": self.server.keys,
            "AUTH_MAIL_URL": f"smtp://ann:{SECRET}@127.0.0.1:{self.mail.port}?tls=off",
            "AUTH_MAIL_FROM": "signet@example.org", "AUTH_CLIENT_URL": "http://localhost:3000",
            "HASURA_GRAPHQL_ADMIN_SECRET": SECRET,
            "HASURA_GRAPHQL_JWT_SECRET": json.dumps({"jwk_url": issuer + "/jwks", "issuer": issuer})}

    def doctor(self, *words, env=None):
        done = support.command("doctor", "--json", *words, env={**self.env, **(env or {})}, cwd=self.dir)
        self.assertEqual(done.stderr, "")
        self.assertNotIn(SECRET, done.stdout)
        return done.returncode, {row["code"]: row for row in json.loads(done.stdout)}

    def test_a_server_that_works_is_found_without_an_error(self):
        before = len(self.mail.mails)
        self.assertEqual(self.doctor(), (0, {}))
        self.assertEqual(len(self.mail.mails), before)

    def test_a_running_hasura_is_asked_for_its_metadata_and_told_nothing_else(self):
        code, found = self.doctor("--hasura", self.hasura.url)
        self.assertEqual(code, 1)
        self.assertEqual(set(found), {"hasura-inconsistent", "password-readable", "user-rows-open", "user-table-tracked"})
        self.assertEqual({body["type"] for path, body in self.hasura.posted if path == "/v1/metadata"}, {"export_metadata"})
        self.hasura.open = True
        self.assertIn("hasura-open", self.doctor("--hasura", self.hasura.url)[1])
        self.hasura.open = False
        self.assertIn("hasura-secret-refused",
                      self.doctor("--hasura", self.hasura.url, env={"HASURA_GRAPHQL_ADMIN_SECRET": "other"})[1])

    def test_a_folder_is_read_and_a_wrong_one_named(self):
        folder = pathlib.Path(self.dir, "metadata/databases")
        folder.mkdir(parents=True)
        (folder / "databases.yaml").write_text(json.dumps(METADATA["sources"]))
        code, found = self.doctor("--metadata", self.dir)
        self.assertEqual((code, "password-readable" in found), (1, True))
        self.assertIn("metadata-unreadable", self.doctor("--metadata", self.dir + "/nothing")[1])

    def test_without_postgresql_the_rest_is_still_looked_at(self):
        away = f"postgres://signet:{SECRET}@127.0.0.1:{support.free_port()}/app"
        code, found = self.doctor("--hasura", self.hasura.url, env={"DATABASE_URL": away})
        self.assertEqual(code, 1)
        self.assertLessEqual({"database-unreachable", "hasura-inconsistent", "password-readable"}, set(found))

    def test_a_bad_configuration_is_one_of_the_findings(self):
        code, found = self.doctor(env={"AUTH_ISUER": "x", "AUTH_MAIL_URL": f"smtp://ann:{SECRET}x@127.0.0.1:{self.mail.port}?tls=off"})
        self.assertEqual(code, 78)
        self.assertIn("AUTH_ISSUER", found["config-invalid"]["problem"])
        self.assertIn("mail-unusable", found)

    def test_the_database_tells_of_migrations_roles_and_standbys(self):
        code, found = self.doctor(env={"DATABASE_URL": self.cluster.fresh_database()})
        self.assertEqual((code, "migrations-pending" in found), (0, True))
        self.cluster.sql("insert into role (name) values ('admin')", self.url)
        self.addCleanup(self.cluster.sql, "delete from role where name = 'admin'", self.url)
        self.assertIn("role-admin", self.doctor()[1])
        read_only = self.cluster.fresh_database()
        self.cluster.superuser(f"alter database {read_only.rsplit('/', 1)[1].split('?')[0]} set default_transaction_read_only = on")
        self.assertIn("database-read-only", self.doctor(env={"DATABASE_URL": read_only})[1])

    def test_files_that_others_read_and_keys_of_others_are_found(self):
        dotenv = pathlib.Path(self.dir, ".env")
        secret = json.dumps({"jwk_url": f"http://127.0.0.1:{self.server.port}/jwks", "issuer": "http://other"})
        dotenv.write_text(f"HASURA_GRAPHQL_JWT_SECRET={secret}\nHASURA_GRAPHQL_ADMIN_SECRET='{SECRET}'\n")
        dotenv.chmod(0o644)
        del self.env["HASURA_GRAPHQL_JWT_SECRET"], self.env["HASURA_GRAPHQL_ADMIN_SECRET"]
        keys = pathlib.Path(self.dir, "keys")
        keys.mkdir(mode=0o700)
        other = support.Signet(self.url, keys=str(keys), env=sessions.CHEAP)
        other.close()
        exposed = next(keys.glob("*.pem"), None) or keys / "keys.json"
        code, found = self.doctor(env={"AUTH_KEYS_DIR": str(keys)})
        self.assertEqual(code, 1)
        self.assertLessEqual({"jwks-foreign", "jwt-secret-issuer", "file-exposed"}, set(found))
        self.assertEqual(found["file-exposed"]["subject"], ".env")
        dotenv.chmod(0o600)
        os.chmod(exposed, 0o644)
        _, found = self.doctor(env={"AUTH_KEYS_DIR": str(keys)})
        self.assertEqual(found["file-exposed"]["subject"], str(exposed))

    def test_a_file_without_secrets_may_be_read_by_all(self):
        dotenv = pathlib.Path(self.dir, ".env")
        dotenv.write_text("AUTH_LOG_LEVEL=warn\nHASURA_GRAPHQL_DEV_MODE=true\n")
        dotenv.chmod(0o644)
        self.assertEqual(self.doctor(), (0, {}))

    def test_a_url_that_is_none_is_wrong_usage(self):
        done = support.command("doctor", "--hasura", "hasura", env=self.env)
        self.assertEqual(done.returncode, 2)
        self.assertIn("http://localhost:8080", done.stderr)


class ComposeTest(support.ClusterTest):
    """With the roles and rights of compose.yaml, made by its own scripts, and without Docker."""

    PASSWORD = "abc123"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        home = pathlib.Path(cls.cluster.dir, "cluster/location").read_text().strip()
        with open(f"{home}/data/pg_hba.conf", "a", encoding="ascii") as rules:
            rules.write("host all all 127.0.0.1/32 scram-sha-256\n")
        cls.cluster.superuser(f"alter role postgres password '{cls.PASSWORD}'")
        cls.cluster.superuser("select pg_reload_conf()")
        cls.script(support.ROOT / "sql/compose/roles.sh", POSTGRES_USER="postgres", SIGNET_OWNER_DB_PASSWORD=cls.PASSWORD,
                   SIGNET_DB_PASSWORD=cls.PASSWORD, HASURA_DB_PASSWORD=cls.PASSWORD)
        cls.env = {"DATABASE_URL": cls.url("signet_service"), "MIGRATION_DATABASE_URL": cls.url("signet_owner")}

    @classmethod
    def script(cls, *command, **env):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", env={
            **os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(cls.cluster.port), "PGPASSWORD": cls.PASSWORD, **env})
        if done.returncode:
            raise AssertionError(done.stderr)

    @classmethod
    def url(cls, role, password=PASSWORD):
        return f"postgres://{role}{':' + password if password else ''}@127.0.0.1:{cls.cluster.port}/app"

    def doctor(self, *words, env):
        done = support.command("doctor", "--json", *words, env=env, cwd="/")
        self.assertEqual(done.stderr, "")
        return {row["code"]: row for row in json.loads(done.stdout)}

    def test_what_compose_makes_is_found_without_an_error_and_what_stands_in_the_way_is_named(self):
        with self.subTest("a view where a migration makes its own"):
            self.cluster.sql("create view public.living_session as select 1 as id", self.url("hasura"))
            blocked = self.doctor(env=self.env)["migration-blocked"]
            self.assertIn("view public.living_session of role hasura", blocked["problem"])
            self.assertIn("alter view public.living_session rename", blocked["cure"])
            self.cluster.sql("drop view public.living_session", self.url("hasura"))
        self.assertEqual(support.command("migrate", env=self.env).returncode, 0)
        self.script("psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", support.ROOT / "sql/compose/hasura_rights.sql",
                    PGUSER="signet_owner", PGDATABASE="app")
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        port = support.free_port()
        issuer = f"http://127.0.0.1:{port}"
        settings = {**self.env, "MIGRATION_DATABASE_URL": self.url("signet_owner", None), "AUTH_MIGRATE": "off",
                    "AUTH_ISSUER": issuer, "AUTH_ACTION_SECRET": "0123456789abcdef", "AUTH_ANONYMOUS_ROLE": "anonymous",
                    "HOST": "0.0.0.0", "PORT": str(port), "AUTH_KEYS_DIR": folder + "/keys"}
        # A port that is free here may be another program's at another address of this machine.
        here = {**settings, "HOST": "127.0.0.1"}
        server = support.Signet(env={**sessions.CHEAP, **here}, keys=folder + "/keys", wait=None)
        self.addCleanup(server.close)
        server.port = port
        support.wait_until(lambda: server.is_up("/readyz"))
        self.assertEqual(support.command("hasura", "metadata", "--dir", folder + "/metadata", env=settings).returncode, 0)
        hasura = {"HASURA_GRAPHQL_METADATA_DATABASE_URL": self.url("hasura"), "HASURA_GRAPHQL_ADMIN_SECRET": SECRET,
                  "HASURA_GRAPHQL_UNAUTHORIZED_ROLE": "anonymous",
                  "HASURA_GRAPHQL_JWT_SECRET": json.dumps({"jwk_url": issuer + "/jwks", "issuer": issuer})}
        found = self.doctor("--metadata", folder + "/metadata", env={**settings, **hasura})
        self.assertEqual(set(found), {"mail-missing"}, found)
        with self.subTest("a lock on the table"):
            holder = subprocess.Popen(["psql", "-X", "-c", 'begin; lock table public."user"; select pg_sleep(60)',
                                       self.url("signet_owner")], stdout=subprocess.DEVNULL)
            try:
                support.wait_until(lambda: self.cluster.sql(
                    "select count(*) from pg_locks where relation = 'public.\"user\"'::regclass and mode = 'AccessExclusiveLock'",
                    self.url("signet_owner")) == "1")
                locked = self.doctor(env=settings)["database-locked"]
            finally:
                holder.kill()
                holder.wait()
            self.assertIn("signet_owner (process ", locked["problem"])
