"""PgBouncer between Signet and PostgreSQL, with the file of docs/deploy."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import support
from freshness import BOUND_S
from support import bearer
from test_deploy import CHEAP, DOCS, program, replaced

# So rarely does Signet look by itself: what it sees sooner, a notification has told it.
LOOKS_BY_ITSELF = {"AUTH_KEY_CHECK": "1h"}


class PgBouncer:
    """PgBouncer with the file of docs/deploy; `changed` are lines of it that a test wants otherwise."""

    def __init__(self, cluster, database, changed=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="signet-e2e-"))
        self.dir.chmod(0o755)
        self.port = support.free_port()
        self.process = None
        # As PostgreSQL keeps the password: PgBouncer needs no other form of it.
        secret = self.ask(cluster, "select rolpassword from pg_authid where rolname = 'signet'")
        (self.dir / "userlist.txt").write_text(f'"signet" "{secret}"\n')
        (self.dir / "pgbouncer.ini").write_text(replaced(DOCS / "pgbouncer.ini", {
            "\napp = host=127.0.0.1 port=5432 dbname=app": f"\n{database} = host=127.0.0.1 port={cluster.port}",
            "listen_port = 6432": f"listen_port = {self.port}",
            "/etc/pgbouncer/userlist.txt": str(self.dir / "userlist.txt"),
            **(changed or {}),
        }))
        self.become = []
        if os.geteuid() == 0:  # PgBouncer refuses to run as root
            self.become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            shutil.chown(self.dir / "userlist.txt", "postgres")
        (self.dir / "userlist.txt").chmod(0o600)
        self.start()

    @staticmethod
    def ask(cluster, text):
        """What a superuser reads. Cluster.superuser() prints nothing."""
        home = pathlib.Path(cluster.dir, "cluster/location").read_text().strip()
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        return support.psql([*become, "psql", "-h", home, "-p", str(cluster.port), "-U", "postgres"], text)

    def start(self):
        with (self.dir / "log").open("ab") as log:
            self.process = subprocess.Popen([*self.become, program("pgbouncer"), self.dir / "pgbouncer.ini"],
                                            stdout=log, stderr=log, cwd="/")
        support.wait_until(self.is_up, what="PgBouncer")

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError("PgBouncer ended: " + (self.dir / "log").read_text()[-2000:])
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
            return True
        except OSError:
            return False

    def reconfigure(self, changed):
        """Changes the file and has PgBouncer read it."""
        (self.dir / "pgbouncer.ini").write_text(replaced(self.dir / "pgbouncer.ini", changed))
        self.process.send_signal(signal.SIGHUP)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process:
            self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class PoolTest(support.ClusterTest):
    def start_pool(self, changed=None):
        """A fresh database, at self.direct, and a pool in front of it, at self.url."""
        self.direct = self.cluster.fresh_database()
        parts = urllib.parse.urlsplit(self.direct)
        self.pool = PgBouncer(self.cluster, parts.path.lstrip("/"), changed)
        self.addCleanup(self.pool.close)
        self.url = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{self.pool.port}").geturl()


class SessionPool(PoolTest):
    def setUp(self):
        self.start_pool()
        self.server = self.signet(self.url, env={**CHEAP, **LOOKS_BY_ITSELF})
        self.cluster.sql("insert into role (name) values ('editor')", self.direct)

    def grant(self, person):
        self.cluster.sql("insert into user_role (user_id, role_id) "
                         f"select '{person['id']}', id from role where name = 'editor'", self.direct)

    def role(self, person):
        answer = self.server.get("/webhook", headers={**bearer(person["token"]), "X-Hasura-Role": "editor"})
        return answer.json["X-Hasura-Role"] if answer.status == 200 else answer.status

    def settle(self, person, role):
        """Once what was written before has been told, only what comes later changes the answer."""
        time.sleep(BOUND_S)
        self.assertEqual(self.role(person), role)

    def ready(self):
        return self.server.get("/readyz").status

    def test_accounts_and_commands_work_through_it(self):
        self.assertEqual(self.server.signup("ada.pool").status, 200)
        login = self.server.login("ada.pool")
        self.assertEqual(login.status, 200, login.body)
        again = self.server.post("/refresh", {"refreshToken": login.json["refreshToken"]})
        self.assertEqual(again.status, 200, again.body)
        listed = support.command("user", "list", "--json", env={"DATABASE_URL": self.url})
        self.assertIn("ada.pool", listed.stdout, listed.stderr)

    def test_a_role_that_changes_is_told_through_it(self):
        person = self.server.signup("bob.pool").json
        self.settle(person, 401)
        self.grant(person)
        support.wait_until(lambda: self.role(person) == "editor", 5, "the notification")

    def test_signet_comes_back_when_it_does(self):
        person = self.server.signup("eve.pool").json
        self.grant(person)
        self.settle(person, "editor")
        self.pool.kill()
        support.wait_until(lambda: self.ready() == 503, what="/readyz to notice")
        self.assertEqual(self.role(person), "editor")  # from memory
        self.assertEqual(self.server.login("eve.pool").status, 503)
        self.pool.start()
        support.wait_until(lambda: self.ready() == 200, what="/readyz to recover")
        support.wait_until(lambda: self.server.login("eve.pool").status == 200, what="a login")
        self.cluster.sql(f"delete from user_role where user_id = '{person['id']}'", self.direct)
        support.wait_until(lambda: self.role(person) == 401, what="the notification")


class OtherPools(PoolTest):
    """What a pool does that Signet cannot work with is named, in /readyz or in the log."""

    def server(self, url=None, **env):
        return self.signet(url or self.url, wait="/livez", env={**CHEAP, **env})

    def database(self, server):
        return server.get("/readyz").json["checks"]["database"]

    def test_a_pool_by_transactions_is_named_and_the_server_is_ready_once_it_is_one_by_sessions(self):
        for mode in ("transaction", "statement"):
            for migrating in ("through it", "past it"):
                with self.subTest(mode=mode, migrating=migrating):
                    self.start_pool({"pool_mode = session": f"pool_mode = {mode}"})
                    past = {"MIGRATION_DATABASE_URL": self.direct} if migrating == "past it" else {}
                    server = self.server(**past)
                    support.wait_until(lambda: "pool_mode = session" in self.database(server),
                                       what=f"/readyz to name the pool; log:\n{server.log()}")
                    self.assertTrue(self.database(server).startswith("transaction-pooling: "))
                    self.assertIn("pool_mode = session", server.log())
                    for answer in (server.signup("ada.pool"), server.post("/refresh", {
                            "refreshToken": "rt1." + "A" * 70})):
                        self.assertEqual((answer.status, answer.json["code"]), (503, "database-unavailable"))
                    self.pool.kill()
                    self.pool.reconfigure({f"pool_mode = {mode}": "pool_mode = session"})
                    self.pool.start()
                    support.wait_until(lambda: server.get("/readyz").status == 200, what=f"/readyz; {server.log()}")
                    self.assertEqual(server.signup("ada.pool").status, 200)

    def test_a_pool_that_became_one_by_transactions_is_named_too(self):
        self.start_pool()
        server = self.signet(self.url, env=CHEAP)
        self.pool.kill()
        self.pool.reconfigure({"pool_mode = session": "pool_mode = transaction"})
        self.pool.start()
        support.wait_until(lambda: self.database(server).startswith("transaction-pooling: "), what="/readyz")
        for _ in range(5):
            self.assertNotEqual(server.signup("eve.pool").status, 500)

    def test_a_pool_without_enough_places_is_named_in_the_log(self):
        self.start_pool({"default_pool_size = 40": "default_pool_size = 4"})
        server = self.server()
        lines = []

        def is_named():
            server.signup("bob.pool")
            server.login("bob.pool")
            lines[:] = [line for line in server.log().splitlines() if "default_pool_size" in line]
            return lines
        support.wait_until(is_named, what=f"a line about the pool; log:\n{server.log()}")
        self.assertIn("AUTH_LANE_DATA_THREADS", lines[0])

    def test_options_in_the_url_are_refused_with_what_to_do(self):
        self.start_pool()
        server = self.server(self.url + "?options=-cwork_mem%3D8MB")
        support.wait_until(lambda: "take `options` out of the URL" in server.log(), what=f"the log:\n{server.log()}")


if __name__ == "__main__":
    unittest.main()
