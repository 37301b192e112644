"""What the webhook answers while PostgreSQL is away, silent or crashed, and when it is back."""

import os
import signal
import time
import unittest

import freshness
import support

STALE_MAX_S = 3
CRASH_BOUND_S = 6


def timed(ask):
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


class Outage(freshness.FreshnessTest):
    settings = {"AUTH_WEBHOOK_STALE_MAX": f"{STALE_MAX_S}s"}

    def refused_at_once(self, server, token):
        answer, took = timed(lambda: self.ask(server, token))
        self.assertEqual(answer.status, 503)
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.assertLess(took, 1)

    def bad_tokens_are_refused(self, server, good):
        for bad in ("a.b.c", good[:-5] + ("AAAAA" if good[-5:] != "AAAAA" else "BBBBB")):
            answer, took = timed(lambda: self.ask(server, bad))
            self.assertEqual(answer.status, 401)
            self.assertLess(took, 1)

    def test_warm_users_are_answered_for_a_while_and_cold_ones_not(self):
        warm, cold = self.someone("warm"), self.someone("cold")
        self.warm_up(warm["token"])
        began = time.monotonic()
        self.cluster.stop()
        stopped = time.monotonic()
        try:
            answered = 0
            # The last look may lie a third of the patience back.
            while time.monotonic() - began < STALE_MAX_S * 2 / 3 - 0.2:
                for server in self.replicas:
                    self.refused_at_once(server, cold["token"])
                    answer, took = timed(lambda: self.ask(server, warm["token"]))
                    self.assertEqual(answer.status, 200)
                    self.assertLess(took, 0.5)
                    self.bad_tokens_are_refused(server, warm["token"])
                    answered += 1
                time.sleep(0.05)
            self.assertGreater(answered, 1, "PostgreSQL took too long to stop")
            for server in self.replicas:
                support.wait_until(lambda: self.ask(server, warm["token"]).status == 503,
                                   stopped + STALE_MAX_S + 1 - time.monotonic(), "the end of the patience")
                self.refused_at_once(server, warm["token"])
                self.refused_at_once(server, cold["token"])
                self.bad_tokens_are_refused(server, warm["token"])
                self.assertEqual(server.get("/jwks").status, 200)
        finally:
            self.cluster.start()
        for server in self.replicas:
            for token in (warm["token"], cold["token"]):
                support.wait_until(lambda: self.ask(server, token).status == 200, 10, "the return")

    def test_a_silent_database_holds_nobody_up_for_long(self):
        warm, cold = self.someone("warm"), self.someone("cold")
        self.warm_up(warm["token"])
        with self.cluster.frozen():
            answer, took = timed(lambda: self.ask(self.first, warm["token"]))
            self.assertEqual(answer.status, 200)
            self.assertLess(took, 0.5)
            answer, took = timed(lambda: self.ask(self.first, cold["token"]))
            self.assertEqual(answer.status, 503)
            self.assertLess(took, 8)
            time.sleep(6)
            answer, took = timed(lambda: self.ask(self.first, warm["token"]))
            self.assertEqual(answer.status, 503)
            self.assertLess(took, 0.5)
        support.wait_until(lambda: self.ask(self.first, warm["token"]).status == 200, 15, "the return")


class Unreachable(freshness.DoorTest):
    def test_what_changed_during_an_outage_is_in_effect_after_it(self):
        ada, bob = self.someone("ada"), self.someone("bob")
        self.warm_up(ada["token"], bob["token"])
        self.door.shut()
        for server in self.replicas:
            support.wait_until(lambda: server.get("/readyz").status == 503, 10, "readyz to notice")
        self.sql(f"update \"user\" set active = false where id = '{ada['id']}'")
        for server in self.replicas:
            self.assertEqual(self.ask(server, ada["token"]).status, 200)
        self.door.open()
        opened = time.monotonic()
        for server in self.replicas:
            support.wait_until(lambda: server.get("/readyz").status == 200, 6, "readyz to notice the return")
            support.wait_until(lambda: self.ask(server, ada["token"]).status == 401, 6, "the change to be seen")
            self.assertEqual(self.ask(server, bob["token"]).status, 200)
        self.assertLess(time.monotonic() - opened, 6)


class Crash(freshness.FreshnessTest):
    def crash(self, change):
        """PostgreSQL ends all its processes when one is killed, and begins anew."""
        writer, victim = self.another_sql(), self.another_sql()
        process = int(victim("select pg_backend_pid()"))
        writer(change)
        os.kill(process, signal.SIGKILL)
        return time.monotonic()

    def is_back(self):
        try:
            return self.cluster.sql("select count(*) from signet.user_change", self.url) == "0"
        except AssertionError:
            return False

    def test_a_crash_that_forgets_a_change_right_before_it_hides_it_for_six_seconds_at_most(self):
        self.silence()  # the crash is to be faster than the notification
        grace = self.someone("grace")
        for number in range(3):
            ada = self.someone(f"crash{number}")
            self.warm_up(ada["token"], grace["token"])
            crashed = self.crash(f"update \"user\" set active = false where id = '{ada['id']}'")
            support.wait_until(self.is_back, 6, "an empty table of changes")
            for server in self.replicas:
                support.wait_until(lambda: self.ask(server, ada["token"]).status == 401,
                                   crashed + CRASH_BOUND_S - time.monotonic(), "the change from before the crash")
                support.wait_until(lambda: self.ask(server, grace["token"]).status == 200, 5, "the others")
            support.wait_until(lambda: self.first.get("/readyz").status == 200, 10, "readiness")

    def test_after_a_crash_changes_are_told_as_before(self):
        ada = self.someone("ada")
        self.warm_up(ada["token"])
        self.crash("insert into role (name) values ('editor')")
        support.wait_until(self.is_back, 6, "an empty table of changes")
        for server in self.replicas:
            support.wait_until(lambda: self.ask(server, ada["token"]).status == 200, 10, "the return")
        time.sleep(2)  # the listeners are back
        writer = self.another_sql()
        self.assertEqual(writer("select count(*) from role where name = 'editor'"), "1")
        writer(f"update \"user\" set active = false where id = '{ada['id']}'")
        changed = time.monotonic()
        for server in self.replicas:
            support.wait_until(lambda: self.ask(server, ada["token"]).status == 401,
                               changed + freshness.BOUND_S - time.monotonic(), "the change")


if __name__ == "__main__":
    unittest.main()
