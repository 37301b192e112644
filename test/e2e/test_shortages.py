"""Disks that are full, and connections to PostgreSQL that have run out."""

import contextlib
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import freshness
import invariants
import replication
import rotating
import support

CONNECTIONS = 30  # max_connections; three of them are for superusers
STORE_BYTES = 16 << 20
KEYS_BYTES = 128 << 10


class Disk:
    """A small file system in memory, which can be filled up and emptied."""

    def __init__(self, test, size, owner=None):
        self.folder = tempfile.mkdtemp(prefix="signet-e2e-")
        test.addCleanup(os.rmdir, self.folder)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", self.folder],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            test.skipTest(f"only root may mount a small disk: {done.stderr.strip()}")
        test.addCleanup(subprocess.run, ["umount", "-l", self.folder], check=True)
        self.home = pathlib.Path(self.folder, "home")
        self.home.mkdir(mode=0o700)
        if owner:
            os.chown(self.home, *owner)
        self.ballast = pathlib.Path(self.folder, "ballast")

    def fill(self):
        with contextlib.suppress(OSError), open(self.ballast, "wb", buffering=0) as ballast:
            while True:
                ballast.write(b"x" * 4096)

    def empty(self):
        self.ballast.unlink()


class Disks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = replication.Node()
        cls.addClassCleanup(cls.cluster.close)

    def replica(self, url, **options):
        server = support.Signet(url, wait="/readyz", **options)
        self.addCleanup(server.close)
        return server

    def test_a_full_disk_of_postgresql_is_said_and_what_reads_goes_on(self):
        owner = os.stat(self.cluster.home)
        disk = Disk(self, STORE_BYTES, (owner.st_uid, owner.st_gid))
        self.cluster.superuser(f"create tablespace small location '{disk.home}'")
        self.cluster.superuser("create database small owner signet tablespace small")
        url = self.cluster.url("small")
        settings = invariants.settings()
        replicas = [self.replica(url, env=settings) for _ in range(2)]
        tokens = [invariants.known_person(server, f"ada{number}") for number, server in enumerate(replicas)]
        with invariants.Load(replicas) as load:
            load.wait_for_more(5)
            disk.fill()
            support.wait_until(lambda: any(answer[5] == "database-full" for answer in load.answers), 30,
                               "the disk to be full")
            for server, token in zip(replicas, tokens):
                self.assertEqual(server.get("/jwks").status, 200)
                self.assertEqual(invariants.webhook(server, token), 200)
                self.assertEqual(server.get("/me", headers=support.bearer(token)).status, 200)
            disk.empty()
            load.wait_for_more(5)
        invariants.Invariants(self, load, lambda text: self.cluster.sql(text, url)).check()

    def test_a_full_disk_of_the_keys_leaves_them_whole_and_they_rotate_when_there_is_room(self):
        disk = Disk(self, KEYS_BYTES)
        env = {**rotating.TIMES, "AUTH_KEY_PUBLISH_AHEAD": "2", "AUTH_KEY_ROTATION": "2"}
        server = self.replica(self.cluster.fresh_database(), env=env, keys=str(disk.home))
        with invariants.Load([server]) as load:
            load.wait_for_more(3)
            disk.fill()
            support.wait_until(lambda: "No space left" in server.log(), 15, "the log to say it")
            kept = (disk.home / "keys.json").read_bytes()
            time.sleep(1)
            self.assertEqual((disk.home / "keys.json").read_bytes(), kept)
            load.wait_for_more(3)
            disk.empty()
            before = rotating.kids(server)
            support.wait_until(lambda: rotating.kids(server) != before, 15, "the keys to rotate")
        url = server.env["DATABASE_URL"]
        self.assertEqual(load.wrong, [])
        self.assertEqual(load.refused()[0], 0)
        # Keys of tokens that have expired are gone by now.
        load.kids = {rotating.header(server.signup("latest").json["token"])["kid"]}
        invariants.Invariants(self, load, lambda text: self.cluster.sql(text, url)).check()

    def test_a_log_that_takes_nothing_stops_nobody(self):
        url = self.cluster.fresh_database()
        server = support.Signet(url, env={**invariants.settings()}, wait=None)
        self.addCleanup(server.close)
        server.process.kill()
        server.process.wait()
        server.log_path = "/dev/full"
        server.log = lambda: "nothing"
        server.start("/readyz")
        with invariants.Load([server]) as load:
            load.wait_for_more(5)
        invariants.Invariants(self, load, lambda text: self.cluster.sql(text, url)).check()


class Connections(unittest.TestCase):
    def test_a_database_without_connections_refuses_some_and_all_is_well_when_there_are_again(self):
        cluster = replication.Node()
        self.addCleanup(cluster.close)
        cluster.superuser(f"alter system set max_connections = {CONNECTIONS}")
        cluster.shut_down("fast")
        cluster.start()
        url, settings = cluster.url(), invariants.settings()
        replicas = []
        for _ in range(2):
            replicas.append(support.Signet(url, env=settings, wait="/readyz"))
            self.addCleanup(replicas[-1].close)
        with invariants.Load(replicas) as load, contextlib.ExitStack() as hogs:
            load.wait_for_more(5)

            def squeeze():
                """Takes all that are free. Whoever has a connection keeps it; whoever loses it, gets none."""
                with contextlib.suppress(AssertionError, OSError):
                    while True:
                        hog = freshness.Sql(url)
                        hogs.callback(hog.close)
                        hog("select 1")
                cluster.superuser("""select pg_terminate_backend(pid) from (select pid from pg_stat_activity
                                     where application_name = 'signet' order by random() limit 3) victims""")
                return load.refused()[0] > 3

            support.wait_until(squeeze, 20, "requests to be refused")
            self.assertEqual(replicas[0].get("/jwks").status, 200)
            hogs.close()
            load.wait_for_more(5)
        invariants.Invariants(self, load, cluster.sql).check()


if __name__ == "__main__":
    unittest.main()
