"""PostgreSQL and the replicas go and come back in every way while people use them."""

import random
import time
import unittest

import invariants
import support

CUT_SHARE = 0.3
KILLS_PER_S, KILLS = 20, 60


class Restarts(invariants.FaultTest):
    def test_backends_that_are_killed_twenty_times_a_second_cost_retries(self):
        with invariants.Load(self.replicas) as load:
            load.wait_for_more(5)
            self.cluster.superuser(f"""do $$ begin for turn in 1..{KILLS} loop
                perform pg_terminate_backend(pid) from pg_stat_activity
                where usename = 'signet' order by random() limit 1;
                perform pg_sleep({1 / KILLS_PER_S});
                perform pg_stat_clear_snapshot(); end loop; end $$""")
            load.wait_for_more(5)
        refused, _ = load.refused()
        self.assertLessEqual(refused, KILLS, "one answer for each at most: a write that may have happened")
        self.check(load)

    def test_a_database_that_is_restarted_or_killed_is_used_again_by_itself(self):
        for way in ("fast", "immediate", "kill"):
            with self.subTest(way), invariants.Load(self.replicas) as load:
                load.wait_for_more(5)
                self.cluster.kill() if way == "kill" else self.cluster.shut_down(way)
                self.assertEqual(self.replicas[0].get("/jwks").status, 200)
                support.wait_until(lambda: load.refused()[0] > 3, 10, "requests to be refused")
                self.cluster.start()
                load.wait_for_more(5)
                load.stop()
                self.check(load)

    def test_a_database_that_turns_read_only_is_said_to_be_and_known_users_are_let_in(self):
        ada = invariants.known_person(self.replicas[0], "ada")
        self.addCleanup(self.cluster.set, "default_transaction_read_only", "off")
        with invariants.Load(self.replicas) as load:
            load.wait_for_more(5)
            self.cluster.set("default_transaction_read_only", "on")
            support.wait_until(lambda: any(answer[5] == "database-read-only" for answer in load.answers), 10,
                               "a refusal of writes")
            for server in self.replicas:
                support.wait_until(lambda: "read-only" in server.get("/readyz").body.decode(), 5, "readyz to say it")
                self.assertEqual(server.get("/jwks").status, 200)
            answer = self.replicas[0].login("ada")
            self.assertEqual((answer.status, answer.json["code"], answer.headers["retry-after"]),
                             (503, "database-read-only", "5"))
            self.assertEqual(invariants.webhook(self.replicas[0], ada), 200)
            self.cluster.set("default_transaction_read_only", "off")
            load.wait_for_more(5)
        self.check(load)

    def test_commits_whose_answer_is_lost_make_nobody_twice_and_promise_nothing(self):
        self.door.cut_commits(CUT_SHARE)
        with invariants.Load(self.replicas) as load:
            support.wait_until(lambda: self.door.cuts > 40, 30, "broken commits")
            self.door.cut_commits(0)
            load.wait_for_more(5)
        self.check(load)

    def test_a_replica_that_is_stopped_under_load_fails_no_request(self):
        with invariants.Load(self.replicas, clients=8, pause_s=0.002) as load:
            for victim in self.replicas:
                load.wait_for_more(5)
                self.assertEqual(victim.stop(sig=15), 0)
                load.wait_for_more(5)
                victim.start("/readyz")
        self.assertEqual(load.lost, [])
        self.assertEqual(load.refused()[0], 0)
        self.check(load)

    def test_replicas_that_are_killed_anywhere_leave_no_half_user(self):
        with invariants.Load(self.replicas) as load:
            for turn in range(4):
                time.sleep(random.random() / 2)
                victim = self.replicas[turn % 2]
                victim.process.kill()
                victim.process.wait()
                victim.start("/readyz")
            load.wait_for_more(5)
        self.check(load)


if __name__ == "__main__":
    unittest.main()
