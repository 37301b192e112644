"""The primary is lost and its standby takes over: what was acknowledged stays, and nobody restarts anything."""

import json
import time
import unittest

import invariants
import proxy
import replication
import sessions
import support


def events(server):
    return [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]


class FailoverTest(unittest.TestCase):
    def setUp(self):
        self.primary = replication.Node()
        self.addCleanup(self.primary.close)
        self.standby = replication.Node(self.primary)
        self.addCleanup(self.standby.close)
        self.settings = invariants.settings()
        self.url = replication.url_of([self.primary, self.standby])

    def replica(self):
        server = support.Signet(self.url, env=self.settings, wait="/readyz")
        self.addCleanup(server.close)
        return server

    def fail_over(self):
        """Returns when the standby takes writes."""
        self.primary.kill()
        self.standby.promote()
        return time.monotonic()


class Synchronous(FailoverTest):
    def setUp(self):
        super().setUp()
        self.primary.demand_a_standby()

    def test_nothing_that_was_acknowledged_is_lost_and_the_old_primary_that_returns_gets_no_writes(self):
        replicas = [self.replica(), self.replica()]
        with invariants.Load(replicas) as load:
            load.wait_for_more(20)
            promoted = self.fail_over()
            load.wait_for_more(20)
            recovered = time.monotonic() - promoted
        self.assertLess(recovered, invariants.RECOVERY_S_MAX)
        invariants.Invariants(self, load, self.standby.sql).check()

        # It has been first in the URL all the time, and knows nothing of the fail-over.
        self.primary.start()
        self.primary.set("synchronous_standby_names", "")
        before = self.primary.sql('select count(*) from "user"')
        with invariants.Load(replicas) as load:
            for _ in range(3):
                load.wait_for_more(5)
                self.standby.superuser("""select pg_terminate_backend(pid) from pg_stat_activity
                                          where usename = 'signet'""")
            load.wait_for_more(5)
        self.assertEqual(self.primary.sql('select count(*) from "user"'), before)
        invariants.Invariants(self, load, self.standby.sql).check()
        for server in replicas:
            self.assertNotIn("synchronous_standby_names", server.log())

    def test_a_standby_that_falls_silent_stops_writes_and_loses_none(self):
        replicas = [self.replica(), self.replica()]
        with invariants.Load(replicas) as load:
            load.wait_for_more(10)
            with self.standby.frozen():
                frozen = time.monotonic()
                support.wait_until(lambda: load.refused(frozen)[0] > 3, 12, "writes to be refused")
                self.assertEqual(replicas[0].get("/jwks").status, 200)
            load.wait_for_more(10)
        invariants.Invariants(self, load, self.primary.sql).check()


class Asynchronous(FailoverTest):
    def setUp(self):
        super().setUp()
        # The door of the primary outlives it: it takes connections and ends them, where libpq gives up.
        for node in (self.primary, self.standby):
            door = proxy.Proxy(node.port)
            self.addCleanup(door.close)
            self.url = door.lead(self.url)

    def test_a_start_warns_and_refresh_tokens_ahead_of_the_new_primary_are_taken(self):
        server = self.replica()
        (warning,) = [event for event in events(server) if event["event"] == "database-warning"]
        self.assertIn("DATABASE_URL names several servers", warning["message"])
        self.assertIn("synchronous_standby_names", warning["cure"])
        self.url = self.primary.url()  # one host
        (warning,) = [event for event in events(self.replica()) if event["event"] == "database-warning"]
        self.assertIn("a standby is attached", warning["message"])
        token = server.signup("ahead").json["refreshToken"]
        support.wait_until(lambda: self.standby.sql("select count(*) from signet.session") == "1", 5, "the standby")
        with self.standby.frozen():
            for _ in range(3):
                token = sessions.use(server, token).json["refreshToken"]
            lost = server.signup("lost").json
            self.primary.kill()
            self.standby.kill()  # with what it had not read yet
        self.standby.start()
        self.standby.promote()
        support.wait_until(lambda: invariants.works(server), invariants.RECOVERY_S_MAX, "the new primary")
        answer = sessions.use(server, token)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn('"event":"refresh-token-ahead"', server.log())
        # That is what the warning is about; whoever signed up is told so, and nothing breaks.
        self.assertEqual(server.login("lost").status, 401)
        self.assertEqual(server.get("/me", headers=support.bearer(lost["token"])).status, 401)

    def test_a_primary_that_takes_no_writes_any_more_is_left_by_every_connection(self):
        door = proxy.Proxy(self.primary.port)
        self.addCleanup(door.close)
        self.url = door.lead(self.primary.url())  # as a virtual address or a name that is moved
        moved = self.replica()
        self.url = replication.url_of([self.primary, self.standby])
        listed = self.replica()
        token = moved.signup("ada").json["token"]
        support.wait_until(lambda: self.standby.sql('select count(*) from "user"') == "1", 5, "the standby")
        for server in (moved, listed):
            self.assertEqual(server.get("/webhook", headers=support.bearer(token)).status, 200)
        self.primary.set("default_transaction_read_only", "on")
        support.wait_until(lambda: moved.get("/readyz").status == 503, 5, "readyz to say it")
        self.standby.promote()
        door.target_port = self.standby.port
        for server in (moved, listed):
            support.wait_until(lambda server=server: server.get("/readyz").status == 200,
                               invariants.RECOVERY_S_MAX, "the new primary")
        self.standby.sql("update \"user\" set active = false where username = 'ada'")
        for server in (moved, listed):
            support.wait_until(lambda server=server: server.get("/webhook", headers=support.bearer(token)).status == 401,
                               3, "the change to be seen")

    def test_changes_on_the_new_primary_are_heard_of_though_the_old_one_lives(self):
        server = self.replica()
        self.standby.promote()
        # It takes nobody new, and what is connected stays.
        rules = self.primary.data / "pg_hba.conf"
        rules.write_text("local all postgres peer map=owner\nhost all all all reject\n")
        self.primary.reload()
        self.primary.superuser("""select count(pg_terminate_backend(pid)) from pg_stat_activity
                                  where usename = 'signet' and query not ilike '%listen%'""")
        support.wait_until(lambda: invariants.works(server), invariants.RECOVERY_S_MAX, "the new primary")
        support.wait_until(lambda: self.primary.superuser_answer(
            "select count(*) from pg_stat_activity where usename = 'signet'") == "0", 8, "the old one to be left")


if __name__ == "__main__":
    unittest.main()
