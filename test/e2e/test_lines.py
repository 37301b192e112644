"""The line to PostgreSQL is silent, forgotten by a firewall, or cut for all who wait."""

import time
import unittest

import invariants
import support

WAITING = 60


class Lines(invariants.FaultTest):
    def test_a_line_that_swallows_everything_is_given_up_in_time_and_known_users_are_let_in(self):
        ada = invariants.known_person(self.replicas[0], "ada")
        with invariants.Load(self.replicas) as load:
            load.wait_for_more(5)
            self.door.forget(new_ones=True)
            silent = time.monotonic()
            support.wait_until(lambda: load.refused(silent)[0] > 3, 10, "requests to be refused")
            began = time.monotonic()
            self.assertEqual(self.replicas[0].get("/jwks").status, 200)
            self.assertEqual(invariants.webhook(self.replicas[0], ada), 200)
            self.assertLess(time.monotonic() - began, 1)
            self.door.open()
            load.wait_for_more(5)
        self.check(load)

    def test_connections_that_a_firewall_has_forgotten_are_given_up_and_made_anew(self):
        with invariants.Load(self.replicas) as load:
            load.wait_for_more(5)
            self.door.forget()
            load.wait_for_more(5)
        self.check(load)

    def test_a_crowd_that_waits_for_the_return_opens_no_more_connections_than_before(self):
        with invariants.Load(self.replicas) as load:
            load.wait_for_more(5)
        steady = self.door.count()
        self.door.shut()
        self.door.peak = 0
        with invariants.Load(self.replicas, clients=WAITING) as load:
            support.wait_until(lambda: load.refused()[0] > WAITING, 10, "requests to be refused")
            self.door.open()
            load.wait_for_more(WAITING)
        self.assertLessEqual(self.door.peak, 2 * steady)
        self.check(load)


if __name__ == "__main__":
    unittest.main()
