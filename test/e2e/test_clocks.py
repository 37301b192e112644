"""The clock of a replica, or of the database, jumps by an hour."""

import glob
import os
import pathlib
import tempfile
import unittest

import invariants
import replication
import rotating
import sessions
import support

JUMPS = ("+1h", "-1h")
NOTICED_S = 5
FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [""])[0]


class Clock:
    """A wall clock that a process goes by, and the test sets; its other clocks go on as they are."""

    def __init__(self, test):
        if not FAKETIME:
            test.skipTest("libfaketime is not installed")
        folder = tempfile.TemporaryDirectory(prefix="signet-e2e-")
        test.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.path = pathlib.Path(folder.name, "clock")
        self.set("+0")

    def set(self, offset):
        new = self.path.with_suffix(".new")
        new.write_text(offset + "\n")
        new.chmod(0o644)
        new.rename(self.path)

    def environment(self):
        return {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
                # The sanitizers want to be the first library.
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


class Clocks(unittest.TestCase):
    def setUp(self):
        self.clock = Clock(self)
        self.cluster = replication.Node()
        self.addCleanup(self.cluster.close)
        self.settings = invariants.settings()

    def replica(self, **env):
        server = support.Signet(self.cluster.url(), env={**self.settings, **env}, wait="/readyz")
        self.addCleanup(server.close)
        self.addCleanup(server.stop)  # libfaketime leaves its memory behind where it is killed
        return server

    def readiness(self, server):
        return server.get("/readyz").json["checks"]

    def test_a_replica_whose_clock_jumps_asks_to_be_left_and_the_others_go_on(self):
        right, wrong = self.replica(), self.replica(**self.clock.environment())
        for jump in JUMPS:
            with self.subTest(jump), invariants.Load([right]) as load:
                self.clock.set(jump)
                support.wait_until(lambda: "clock" in str(self.readiness(wrong)) and not invariants.is_ready(wrong),
                                   NOTICED_S, "readyz to say it")
                load.wait_for_more(5)
                # Sessions live by the clock of the database.
                made = right.signup(f"jump{jump[0] == '+'}").json
                self.assertEqual(sessions.use(wrong, made["refreshToken"]).status, 200)
                self.assertEqual(rotating.kids(wrong), rotating.kids(right))
                self.clock.set("+0")
                support.wait_until(lambda: invariants.is_ready(wrong), NOTICED_S, "readiness")
                load.stop()
                load.replicas.append(wrong)
                invariants.Invariants(self, load, self.cluster.sql).check()
        self.assertIn('"event":"clocks-apart"', wrong.log())

    def test_a_database_whose_clock_jumps_is_said_to_and_nobody_is_refused(self):
        self.cluster.shut_down("fast")
        self.cluster.environment = self.clock.environment()
        self.cluster.start()
        replicas = [self.replica(), self.replica()]
        for jump in JUMPS:
            with self.subTest(jump), invariants.Load(replicas) as load:
                load.wait_for_more(5)
                before = rotating.kids(replicas[0])
                self.clock.set(jump)
                support.wait_until(lambda: all("the clock of PostgreSQL has jumped" in server.log()
                                               for server in replicas), NOTICED_S, "the log to say it")
                load.wait_for_more(5)
                self.assertEqual(load.refused()[0], 0)
                self.assertEqual([server.get("/readyz").status for server in replicas], [200, 200])
                self.assertEqual(rotating.kids(replicas[0]), before)
                self.clock.set("+0")
                load.wait_for_more(5)
                load.stop()
                invariants.Invariants(self, load, self.cluster.sql).check()


if __name__ == "__main__":
    unittest.main()
