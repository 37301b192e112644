"""The other files of docs/deploy: the systemd unit, the manifests, and the backup of compose.md."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import support
from support import bearer
from test_deploy import CHEAP, DOCS, replaced

UNUSABLE = 78
MANIFESTS = support.ROOT / "test/deploy"


class Confined(support.Signet):
    """A server in a folder of its own, with exactly the given environment; where root runs the tests, as a user
    that owns nothing but what it was given."""

    UID = 10001  # that of the image

    def __init__(self, folder, env, arguments=("serve",), wait="/readyz", groups=()):
        self.dir, self.arguments, self.log_path = folder, arguments, f"{folder}/log"
        self.port = support.free_port()
        self.become = []
        if os.geteuid() == 0:
            groups = f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups"
            self.become = ["setpriv", f"--reuid={self.UID}", f"--regid={self.UID}", groups,
                           "--bounding-set=-all", "--no-new-privs"]
        self.env = {**env, "PORT": str(self.port), "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
                    "LSAN_OPTIONS": "detect_leaks=0", "PATH": "/usr/bin:/bin"}
        # The user may have no way to where the binary lies.
        self.binary = pathlib.Path(folder, "signet")
        shutil.copy(support.BINARY, self.binary)
        self.binary.chmod(0o755)
        self.process = None
        self.start(wait)

    def start(self, wait="/readyz"):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*self.become, self.binary, *self.arguments], env=self.env, stdout=log,
                                            stderr=log, cwd="/")
        if wait:
            support.wait_until(lambda: self.is_up(wait), what=f"{wait}; log:\n{self.log()}")


def folder_for(test):
    folder = tempfile.mkdtemp(prefix="signet-e2e-")
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    return folder


class SystemdUnit(unittest.TestCase):
    UNIT = DOCS / "signet.service"

    def values(self, key):
        return re.findall(rf"^{key}=(.*)$", self.UNIT.read_text(), re.MULTILINE)

    def verify(self, **changes):
        unit = pathlib.Path(folder_for(self), "signet.service")
        unit.write_text(replaced(self.UNIT, {"/usr/bin/signet": str(support.BINARY), **changes}))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
                              capture_output=True, text=True, timeout=60)
        told = [line for line in (done.stdout + done.stderr).splitlines() if "signet.service" in line]
        return done.returncode, told

    def test_systemd_finds_nothing_wrong_with_the_unit(self):
        self.assertEqual(self.verify(), (0, []))
        _, told = self.verify(**{"ProtectSystem=": "ProtectSystm="})
        self.assertIn("ProtectSystm", str(told))

    def test_it_is_confined(self):
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", self.UNIT],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_a_restart_does_not_mend_is_not_restarted(self):
        self.assertEqual(self.values("RestartPreventExitStatus"), [str(UNUSABLE)])
        done = support.command("serve", env={"DATABASE_URL_FILE": "/nonexistent/database-url"})
        self.assertEqual(done.returncode, UNUSABLE, done.stderr)


class MetadataApi(http.server.BaseHTTPRequestHandler):
    """The part of POST /v1/metadata that a deployment uses. `server.metadata` is what Hasura has."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/metadata" or self.headers["X-Hasura-Admin-Secret"] != self.server.secret:
            return self.answer(401, {"error": "invalid x-hasura-admin-secret/x-hasura-access-key"})
        if body["type"] == "export_metadata":
            return self.answer(200, {"resource_version": 1, "metadata": self.server.metadata})
        metadata = body["args"]["metadata"]
        if body["type"] != "replace_metadata" or metadata["version"] != 3:
            return self.answer(400, {"code": "parse-failed", "error": "unknown request"})
        self.server.metadata = metadata
        return self.answer(200, {"is_consistent": True, "inconsistent_objects": []})

    def answer(self, status, value):
        body = json.dumps(value, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def metadata_api(secret):
    """Serves a Hasura with the metadata of a first start, on a port of 127.0.0.1."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), MetadataApi) as server:
        server.secret = secret
        server.metadata = {"version": 3, "sources": [{"name": "default", "kind": "postgres", "tables": []}]}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class Compose(unittest.TestCase):
    SECRET = "0123456789abcdef"

    @classmethod
    def setUpClass(cls):
        read = "import { parse } from 'yaml'; import { readFileSync } from 'node:fs';" \
               "console.log(JSON.stringify(parse(readFileSync(process.argv[1], 'utf8'), { merge: true })))"
        done = subprocess.run(["node", "--input-type=module", "-e", read, support.ROOT / "compose.yaml"], cwd=MANIFESTS,
                              capture_output=True, text=True, timeout=60, check=True)
        cls.services = json.loads(done.stdout)["services"]

    def metadata(self):
        """What `signet hasura metadata` prints with the settings of the service."""
        env = {name: value for name, value in self.services["metadata"]["environment"].items()
               if name.startswith("AUTH_")}
        done = support.command("hasura", "metadata", env={**env, "AUTH_ACTION_SECRET": self.SECRET})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def give_metadata(self, hasura, secret=SECRET):
        folder = pathlib.Path(folder_for(self))
        (folder / "signet").symlink_to(support.BINARY)
        env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "AUTH_ACTION_SECRET": self.SECRET,
               "AUTH_ANONYMOUS_ROLE": "anonymous", "HASURA_HOST": "127.0.0.1",
               "HASURA_PORT": str(hasura.server_address[1]), "HASURA_GRAPHQL_ADMIN_SECRET": secret}
        return subprocess.run(["bash", support.ROOT / "sql/compose/hasura_metadata.sh"], env=env, cwd="/",
                              capture_output=True, text=True, timeout=60)

    def test_a_hasura_without_metadata_gets_that_of_signet_and_keeps_what_it_has_then(self):
        with metadata_api(self.SECRET) as hasura:
            done = self.give_metadata(hasura)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(hasura.metadata, self.metadata())
            hasura.metadata["sources"][0]["tables"].pop()
            kept = json.dumps(hasura.metadata)
            done = self.give_metadata(hasura)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("already", done.stdout)
            self.assertEqual(json.dumps(hasura.metadata), kept)
            done = self.give_metadata(hasura, "another")
            self.assertEqual(done.returncode, 1)
            self.assertIn("401", done.stderr)

    def test_a_hasura_keeps_metadata_of_any_kind_and_one_without_any_is_known_by_what_is_empty(self):
        source = {"name": "default", "kind": "postgres", "tables": [], "configuration": {
            "connection_info": {"database_url": {"from_env": "HASURA_GRAPHQL_DATABASE_URL"},
                                "isolation_level": "read-committed", "use_prepared_statements": True,
                                "pool_settings": {"connection_lifetime": 600, "retries": 1, "idle_timeout": 180,
                                                  "max_connections": 50}}}}
        first = {"version": 3, "sources": [source], "actions": [], "custom_types": {"objects": [], "enums": []}}
        some = [{"cron_triggers": [{"name": "nightly"}]}, {"rest_endpoints": [{"name": "x"}]},
                {"inherited_roles": [{"role_name": "x", "role_set": ["a"]}]}, {"query_collections": [{"name": "x"}]},
                {"allowlist": [{"collection": "x"}]}, {"api_limits": {"disabled": False}},
                {"network": {"tls_allowlist": [{"host": "x"}]}}, {"backend_configs": {"x": {"y": {"uri": "z"}}}},
                {"graphql_schema_introspection": {"disabled_for_roles": ["a"]}}, {"of_a_newer_hasura": ["x"]},
                {"custom_types": {"scalars": [{"name": "x"}]}}, {"sources": [source, {**source, "name": "other"}]},
                {"sources": [{**source, "customization": {"root_fields": {"prefix": "x"}}}]}]
        with metadata_api(self.SECRET) as hasura:
            for more in some:
                hasura.metadata = {**first, **more}
                done = self.give_metadata(hasura)
                self.assertEqual((done.returncode, done.stderr), (0, ""), more)
                self.assertIn("already", done.stdout, more)
                self.assertEqual(hasura.metadata, {**first, **more})
            hasura.metadata = first
            done = self.give_metadata(hasura)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(hasura.metadata, self.metadata())

    def test_hasura_has_each_variable_that_the_metadata_names(self):
        metadata = self.metadata()
        text = json.dumps(metadata)
        named = set(re.findall(r"\{\{(\w+)\}\}", text)) | set(re.findall(r'"(?:value_)?from_env": "(\w+)"', text))
        self.assertEqual(named, {"SIGNET_URL", "SIGNET_ACTION_SECRET", "HASURA_GRAPHQL_DATABASE_URL"})
        for service in ("hasura", "hasura-webhook"):
            self.assertLessEqual(named, set(self.services[service]["environment"]), service)

    def test_everything_starts_when_what_it_needs_is_there(self):
        needs = {name: {on: how["condition"] for on, how in service.get("depends_on", {}).items()}
                 for name, service in self.services.items()}
        healthy, done = "service_healthy", "service_completed_successfully"
        self.assertEqual(needs, {
            "postgres": {}, "migrate": {"postgres": healthy}, "rights": {"migrate": done},
            "signet": {"postgres": healthy, "migrate": done},
            "hasura": {"signet": healthy, "postgres": healthy, "rights": done},
            "hasura-webhook": {"signet": healthy, "postgres": healthy, "rights": done},
            "metadata": {"signet": healthy, "hasura": healthy}})

    def test_who_sends_no_token_has_one_role_in_both_modes(self):
        role = self.services["signet"]["environment"]["AUTH_ANONYMOUS_ROLE"]
        self.assertEqual(self.services["hasura"]["environment"]["HASURA_GRAPHQL_UNAUTHORIZED_ROLE"], role)
        # Hasura does not start with it in this mode.
        self.assertNotIn("HASURA_GRAPHQL_UNAUTHORIZED_ROLE", self.services["hasura-webhook"]["environment"])

    def test_the_example_of_env_has_each_name_that_is_required(self):
        required = set(re.findall(r"\$\{(\w+):\?", (support.ROOT / "compose.yaml").read_text()))
        example = (support.ROOT / ".env.example").read_text()
        self.assertEqual(required, set(re.findall(r"^(\w+)=$", example, re.MULTILINE)))
        for page in (".env.example", "docs/hasura/README.md"):
            loop = re.search(r"for name in (.*?); do", (support.ROOT / page).read_text(), re.DOTALL)[1]
            self.assertEqual(required, set(re.findall(r"[A-Z_]{3,}", loop)), page)


class Manifests(unittest.TestCase):
    def judge(self, text):
        file = pathlib.Path(folder_for(self), "signet.yaml")
        file.write_text(text)
        done = subprocess.run(["node", "manifests.mjs", file], cwd=MANIFESTS, capture_output=True, text=True,
                              timeout=60)
        return done.returncode, done.stderr

    def test_the_schemas_of_kubernetes_take_them(self):
        self.assertEqual(self.judge((DOCS / "signet.yaml").read_text()), (0, ""))

    def test_they_would_refuse_a_wrong_type_and_a_misspelt_member(self):
        for old, new, found in (("replicas: 2", "replicas: two", "replicas must be integer"),
                                ("readinessProbe:", "readinesProbe:", "readinesProbe is unknown"),
                                ("kind: PodDisruptionBudget", "kind: Budget", "no Budget in policy/v1")):
            code, told = self.judge(replaced(DOCS / "signet.yaml", {old: new}))
            self.assertEqual(code, 1)
            self.assertIn(found, told)

    def test_the_user_is_the_one_of_the_image(self):
        [uid] = re.findall(r"--uid (\d+)", (support.ROOT / "Dockerfile").read_text())
        text = (DOCS / "signet.yaml").read_text()
        self.assertEqual(set(re.findall(r"runAsUser: (\d+)", text)), {uid})


class Backup(support.ClusterTest):
    """With the roles and databases of compose.yaml, made by its own script, and without Docker."""

    PASSWORD = "abc123"
    ROLES = dict.fromkeys(("SIGNET_OWNER_DB_PASSWORD", "SIGNET_DB_PASSWORD", "HASURA_DB_PASSWORD"), PASSWORD)

    def setUp(self):
        home = pathlib.Path(self.cluster.dir, "cluster/location").read_text().strip()
        with open(f"{home}/data/pg_hba.conf", "a", encoding="ascii") as rules:
            rules.write("host all all 127.0.0.1/32 scram-sha-256\n")
        self.cluster.superuser(f"alter role postgres password '{self.PASSWORD}'")
        self.cluster.superuser("select pg_reload_conf()")
        self.folder = folder_for(self)
        self.env = {"DATABASE_URL": self.url("signet_service"), "MIGRATION_DATABASE_URL": self.url("signet_owner")}

    def url(self, role):
        return f"postgres://{role}:{self.PASSWORD}@127.0.0.1:{self.cluster.port}/app"

    def as_postgres(self, *command):
        """As in the container of PostgreSQL, where `-U postgres` needs no password."""
        env = {**os.environ, **self.ROLES, "PGHOST": "127.0.0.1", "PGPORT": str(self.cluster.port),
               "PGPASSWORD": self.PASSWORD, "POSTGRES_USER": "postgres"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, cwd="/")
        self.assertEqual(done.returncode, 0, done.stderr)

    def command_of(self, what):
        """The command of compose.md that holds `what`, without Docker."""
        line, *_ = [line for line in (DOCS / "compose.md").read_text().splitlines() if what in line]
        return line.strip().removeprefix("docker compose exec -T postgres ").partition(" #")[0]

    def serve(self, keys):
        return self.signet(self.env["DATABASE_URL"], keys=keys, env={
            **CHEAP, "AUTH_MIGRATE": "off", "AUTH_ISSUER": "http://127.0.0.1:4000",
            "MIGRATION_DATABASE_URL": f"postgres://signet_owner@127.0.0.1:{self.cluster.port}/app"})

    def test_a_dump_and_the_keys_bring_everything_back(self):
        self.as_postgres(support.ROOT / "sql/compose/roles.sh")
        self.assertEqual(support.command("migrate", env=self.env).returncode, 0)
        keys = self.folder + "/keys"
        server = self.serve(keys)
        person = server.signup("ada.dump").json
        self.assertIn("ada.dump", support.command("user", "list", env=server.env).stdout)
        self.as_postgres("bash", "-c", f"cd {self.folder} && {self.command_of('pg_dump')}")
        shutil.copytree(keys, self.folder + "/kept")
        server.signup("bob.after")
        server.stop()
        shutil.rmtree(keys)

        self.as_postgres("bash", "-c", f"cd {self.folder} && {self.command_of('pg_restore')}")
        server = self.serve(self.folder + "/kept")
        self.assertEqual(server.get("/me", headers=bearer(person["token"])).status, 200)
        self.assertEqual(server.post("/refresh", {"refreshToken": person["refreshToken"]}).status, 200)
        self.assertEqual(server.login("bob.after").status, 401)
        # The rights of the database came back too.
        self.cluster.sql("create schema hdb_catalog", self.url("hasura"))


if __name__ == "__main__":
    unittest.main()
