"""Configuration as platforms deliver it: Kubernetes, systemd, Docker, an env file, a shell."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import rotating
import support

FAST = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
IS_ROOT = os.geteuid() == 0
POD_USER, POD_GROUP = 65532, 65533  # nobody's, as in a pod
INJECTED = {  # what a kubelet adds for Services named `auth` and `auth-db`
    "AUTH_SERVICE_HOST": "10.0.0.7", "AUTH_SERVICE_PORT": "4000", "AUTH_SERVICE_PORT_HTTP": "4000",
    "AUTH_PORT": "tcp://10.0.0.7:4000", "AUTH_PORT_4000_TCP": "tcp://10.0.0.7:4000",
    "AUTH_PORT_4000_TCP_PROTO": "tcp", "AUTH_PORT_4000_TCP_PORT": "4000", "AUTH_PORT_4000_TCP_ADDR": "10.0.0.7",
    "AUTH_DB_SERVICE_HOST": "10.0.0.8", "AUTH_DB_SERVICE_PORT": "5432", "AUTH_DB_PORT": "tcp://10.0.0.8:5432",
    "AUTH_DB_PORT_5353_UDP": "udp://10.0.0.8:5353", "AUTH_DB_PORT_5353_UDP_ADDR": "10.0.0.8",
}


class Platforms(support.ClusterTest):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="signet-platform-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.chmod(self.dir, 0o755)

    def file(self, name, text, mode=0o600, owner=None):
        path = self.dir / name
        path.write_text(text)
        path.chmod(mode)
        if owner:
            os.chown(path, *owner)
        return path

    def check(self, env=None, cwd=None, dotenv=None):
        """Whether `signet serve` would start: a run that ends because its port is no port of ours."""
        if dotenv is not None:
            self.file(".env", dotenv)
        return support.command("migrate", "--status", cwd=cwd or self.dir, env=env or {})

    def assert_starts(self, done):
        self.assertNotEqual(done.returncode, 78, done.stderr)

    def assert_refused(self, done, *words):
        self.assertEqual(done.returncode, 78, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    # --- names ---------------------------------------------------------------------------------

    def test_names_that_a_kubernetes_service_injects_are_passed_over(self):
        server = self.signet(env={**FAST, **INJECTED})
        self.assertEqual(server.get("/livez").status, 200)

    def test_a_name_that_nobody_injects_is_still_refused(self):
        for name, value in (("AUTH_ISUER", "x"), ("AUTH_PORT", "4000"), ("AUTH_DB_PORT", "5432"),
                            ("AUTH_SERVICE", "x"), ("AUTH_PORT_4000", "tcp://10.0.0.7:4000")):
            with self.subTest(name):
                self.assert_refused(self.check({"DATABASE_URL": self.cluster.url(), name: value}), name)

    # --- values --------------------------------------------------------------------------------

    def test_white_space_around_a_url_or_a_secret_is_cut(self):
        url = self.cluster.fresh_database()
        server = support.Signet(None, wait="/readyz", env={
            **FAST, "DATABASE_URL": f"  {url}\n", "AUTH_ISSUER": " https://auth.example.org\r\n",
            "AUTH_KEY_ENCRYPTION_KEY": f" {rotating.new_encryption_key()} \n"})
        self.addCleanup(server.close)
        document = server.get("/.well-known/openid-configuration").json
        self.assertEqual(document["issuer"], "https://auth.example.org")
        file = self.file("url", f"\n{url} \n\n")
        other = support.Signet(None, wait="/readyz", env={**FAST, "DATABASE_URL_FILE": str(file)})
        self.addCleanup(other.close)

    def test_quotes_that_a_shell_would_have_taken_off_are_refused(self):
        base = {"DATABASE_URL": self.cluster.url()}
        for name, value in (("AUTH_DEFAULT_ROLE", '"user"'), ("AUTH_DEFAULT_ROLE", "'user'"),
                            ("AUTH_ISSUER", '"https://auth.example.org"'), ("AUTH_KEY_ENCRYPTION_KEY", "'hush-hush-hush'"),
                            ("AUTH_CORS_ORIGINS", '"http://localhost:3000"')):
            with self.subTest(name):
                done = self.check({**base, name: value})
                self.assert_refused(done, name, "quotes")
                self.assertNotIn("hush", done.stderr)
        self.assert_refused(self.check({"DATABASE_URL": f'"{self.cluster.url()}"'}), "DATABASE_URL", "quotes")

    # --- .env ----------------------------------------------------------------------------------

    def test_lines_of_env_that_are_not_signets_are_passed_over(self):
        others = ('HASURA_GRAPHQL_JWT_SECRET={"type":"RS256","jwk_url":"http://127.0.0.1:4000/jwks"}\n'
                  "POSTGRES_PASSWORD=a b\nnot a line at all\nNEXT_PUBLIC_X=`date`\nexport PATH=$PATH:x\n"
                  "HASURA_GRAPHQL_JWT_SECRET={}\n")
        self.assert_starts(self.check(dotenv=f"DATABASE_URL={self.cluster.url()}\n{others}"))
        self.assert_refused(self.check(dotenv=f"DATABASE_URL={self.cluster.url()}\nAUTH_DEFAULT_ROLE=a\"b\n"),
                            ".env line 2")
        self.assert_refused(self.check(dotenv="AUTH_NO_SUCH=1\n"), "AUTH_NO_SUCH")

    def test_the_jwt_secret_line_of_the_readme_may_stand_in_env(self):
        printed = support.command("hasura", "secret", env={"AUTH_ISSUER": "http://127.0.0.1:4000"}).stdout.strip()
        self.assertTrue(printed.startswith("{"))
        self.assert_starts(self.check(dotenv=f"HASURA_GRAPHQL_JWT_SECRET={printed}\n"
                                             f"DATABASE_URL={self.cluster.url()}\n"))

    @unittest.skipUnless(IS_ROOT, "only root can give a file away")
    def test_env_of_another_user_is_refused(self):
        self.file(".env", f"DATABASE_URL={self.cluster.url()}\n", 0o644, (POD_USER, POD_GROUP))
        self.assert_refused(self.check(), ".env", "owner")

    def test_env_that_others_can_write_is_refused(self):
        for mode in (0o666, 0o602):
            self.file(".env", f"DATABASE_URL={self.cluster.url()}\n", mode)
            self.assert_refused(self.check(), ".env", "write")
        self.file(".env", f"DATABASE_URL={self.cluster.url()}\n", 0o664)  # a group of the process
        self.assert_starts(self.check())

    # --- secret files --------------------------------------------------------------------------

    def given(self, path, cwd=None):
        return self.check({"DATABASE_URL_FILE": str(path)}, cwd=cwd)

    def test_a_secret_that_others_can_read_on_a_disk_is_refused(self):
        self.assert_refused(self.given(self.file("url", self.cluster.url(), 0o644)), "DATABASE_URL_FILE", "others")
        self.assert_refused(self.given(self.file("url", self.cluster.url(), 0o604)), "DATABASE_URL_FILE")

    def test_a_group_of_the_process_may_read_a_secret(self):
        self.assert_starts(self.given(self.file("url", self.cluster.url(), 0o640)))

    @unittest.skipUnless(IS_ROOT, "only root can give a file to another group")
    def test_a_group_that_the_process_is_not_in_may_not(self):
        path = self.file("url", self.cluster.url(), 0o640, (0, POD_GROUP))
        self.assert_refused(self.given(path), "DATABASE_URL_FILE")

    @unittest.skipUnless(pathlib.Path("/dev/shm").is_dir(), "no tmpfs")
    def test_a_secret_on_a_tmpfs_may_be_readable_by_all_as_docker_and_kubernetes_mount_them(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
            os.chmod(directory, 0o755)
            data = pathlib.Path(directory, "..data")
            data.mkdir()
            (data / "url").write_text(self.cluster.url() + "\n")
            (data / "url").chmod(0o644)
            link = pathlib.Path(directory, "url")
            link.symlink_to("..data/url")
            self.assert_starts(self.given(link))

    @unittest.skipUnless(IS_ROOT, "a mount needs root")
    def test_a_secret_on_a_read_only_mount_may_be_readable_by_all(self):
        self.file("url", self.cluster.url(), 0o644)
        command = (f"mount --bind {self.dir} {self.dir} && mount -o remount,bind,ro {self.dir} && cd / && "
                   f"exec {support.BINARY} migrate --status")
        environment = {**support.clean_environment(), "DATABASE_URL_FILE": str(self.dir / "url")}
        done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", command], env=environment,
                              capture_output=True, text=True, timeout=support.DEADLINE_S)
        self.assertEqual(done.returncode, 0, done.stderr)

    # --- a pod ---------------------------------------------------------------------------------

    @unittest.skipUnless(IS_ROOT, "only root can become another user")
    def test_a_pod_that_is_not_root_reads_its_secrets_and_keeps_keys_on_a_volume_with_fsgroup(self):
        keys = self.dir / "keys"
        keys.mkdir()
        os.chown(keys, 0, POD_GROUP)
        keys.chmod(0o2770)
        secret = self.file("url", self.cluster.fresh_database(), 0o440, (0, POD_GROUP))
        for start in (1, 2):
            port = support.free_port()
            environment = {**support.clean_environment(), **FAST, **INJECTED, "DATABASE_URL_FILE": str(secret),
                           "AUTH_KEYS_DIR": str(keys), "PORT": str(port), "HOME": "/"}
            log = self.dir / f"log{start}"
            with open(log, "wb") as out:
                process = subprocess.Popen(["setpriv", f"--reuid={POD_USER}", f"--regid={POD_USER}",
                                            f"--groups={POD_GROUP}", "--", support.BINARY, "serve"],
                                           env=environment, cwd="/", stdout=out, stderr=out)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)

            def ready():
                self.assertIsNone(process.poll(), log.read_text())
                with contextlib.suppress(OSError):
                    import http.client
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                    connection.request("GET", "/readyz")
                    return connection.getresponse().status == 200
                return False

            support.wait_until(ready, what="/readyz")
            process.terminate()
            process.wait(support.DEADLINE_S)
            # What a kubelet does to a volume at each mount, with fsGroup.
            for path in keys.iterdir():
                os.chown(path, -1, POD_GROUP)
                path.chmod(path.stat().st_mode | 0o660)

    # --- rotation of a password ----------------------------------------------------------------

    def let_in(self, *roles):
        home = pathlib.Path(self.cluster.dir, "cluster/location").read_text().strip()
        with open(f"{home}/data/pg_hba.conf", "a", encoding="ascii") as rules:
            rules.writelines(f"host all {role} 127.0.0.1/32 scram-sha-256\n" for role in roles)
        self.cluster.superuser("select pg_reload_conf()")

    def rotate(self, password, **urls):
        """Gives each role a password, puts the URLs into their files, and cuts all connections."""
        for role, (path, url) in urls.items():
            self.cluster.superuser(f"alter role {role} password '{password}'")
            scheme, _, rest = url.partition("://")
            self.file(path, f"{scheme}://{role}:{password}@{rest.partition('@')[2]}\n")
        roles = ",".join(f"'{role}'" for role in urls)
        self.cluster.superuser(f"select pg_terminate_backend(pid) from pg_stat_activity where usename in ({roles})")

    def test_a_password_file_is_read_again_when_the_password_no_longer_works(self):
        url = self.cluster.fresh_database()
        for role in ("rotated", "rotated_owner"):
            self.cluster.superuser(f"create role {role} login")
        self.let_in("rotated", "rotated_owner")
        self.cluster.superuser(f"alter database {url.rsplit('/', 1)[1]} owner to rotated_owner")
        urls = {"rotated": ("url", url), "rotated_owner": ("owner", url)}
        self.rotate("first-password", **urls)
        server = support.Signet(None, wait="/livez", env={**FAST, "DATABASE_URL_FILE": str(self.dir / "url"),
                                                          "MIGRATION_DATABASE_URL_FILE": str(self.dir / "owner")})
        self.addCleanup(server.close)
        support.wait_until(lambda: server.get("/readyz").status == 200, what=f"/readyz; log:\n{server.log()}")
        self.assertEqual(server.signup("rotated.one").status, 200)
        for password in ("second-password", "third-password"):
            self.rotate(password, **urls)
            support.wait_until(lambda: server.login("rotated.one").status == 200, 20, "a login with the new password")
            support.wait_until(lambda: server.get("/readyz").status == 200, 20, "/readyz")
            self.assertNotIn(password, server.log())

    def test_a_password_that_changed_before_the_database_could_be_migrated_is_read_again_too(self):
        url = self.cluster.fresh_database()
        self.cluster.superuser("create role late_owner login password 'not-yet-known'")
        self.let_in("late_owner")
        self.cluster.superuser(f"alter database {url.rsplit('/', 1)[1]} owner to late_owner")
        scheme, _, rest = url.partition("://")
        self.file("owner", f"{scheme}://late_owner:first-password@{rest.partition('@')[2]}")
        server = support.Signet(url, wait="/livez", env={**FAST, "MIGRATION_DATABASE_URL_FILE": str(self.dir / "owner")})
        self.addCleanup(server.close)
        support.wait_until(lambda: "database-not-ready" in server.log(), what="a refused password")
        self.rotate("second-password", late_owner=("owner", url))
        support.wait_until(lambda: server.get("/readyz").status == 200, 20, "/readyz")


if __name__ == "__main__":
    unittest.main()
