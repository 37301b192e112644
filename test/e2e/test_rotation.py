"""Twenty rotations under load, an emergency and a wrong key-encryption key: no valid token is
refused, whatever happens to a replica."""

import random
import signal
import threading
import time
import unittest

from jwcrypto import jwk

import hasura_emulator
import rotating
import support

ROTATIONS = 20
SECONDS_MAX = 400
LOGIN_PAUSE_S = 0.25
# A machine that is busy answers so; it is no matter of keys.
BUSY = ("database-unavailable", "database-timeout", "overloaded")
# When a token is shown to each Hasura: at once, in the middle of its life, just before it expires.
SHOWN_AFTER_S = (0, 1.2)
SHOWN_BEFORE_END_S = 0.4

# The steps of a rotation, each a statement on a row of a key; and the moment of its COMMIT.
STEPS = (("INSERT", "next"), ("UPDATE", "retired"), ("UPDATE", "active"), ("DELETE", "retired"), ("COMMIT", "stage"),
         ("COMMIT", "promote"))
# Each of them twice; the rest of the rotations is left alone.
KILLS = 2 * len(STEPS)
# At the armed step a rotation lingers, so that its replica can be killed in the midst of it.
LINGER_S = 0.6
TRAPS = f"""
    create table public.trap (step text, word text);
    create function public.linger_at_row() returns trigger language plpgsql as $$
    begin
        if exists (select from public.trap where step = tg_op
                   and word = case when tg_op = 'DELETE' then old.state else new.state end) then
            perform pg_sleep({LINGER_S});
        end if;
        return null;
    end $$;
    create trigger linger after insert or update or delete on signet.signing_key
        for each row execute function public.linger_at_row();
    create function public.linger_at_commit() returns trigger language plpgsql as $$
    begin
        if exists (select from public.trap where step = 'COMMIT' and word = new.action) then
            perform pg_sleep({LINGER_S});
        end if;
        return null;
    end $$;
    create constraint trigger linger after insert on signet.audit deferrable initially deferred
        for each row execute function public.linger_at_commit();
"""


class Client(threading.Thread):
    """Logs in on one replica all the time, while the balancer has it in."""

    def __init__(self, server, verifier):
        super().__init__(daemon=True)
        self.server = server
        self.verifier = verifier
        self.may_run = threading.Event()
        self.may_run.set()
        self.done = threading.Event()
        self.tokens = 0
        self.failures = []

    def run(self):
        while not self.done.wait(LOGIN_PAUSE_S):
            if not self.may_run.is_set():
                continue
            try:
                answer = self.server.login("ada")
            except OSError as error:
                self._fail(repr(error))
                continue
            if answer.status == 200:
                self.tokens += 1
                self.verifier.add(answer.json["token"])
            elif answer.status == 503 and answer.json["code"] in BUSY:
                continue
            else:
                self._fail((answer.status, answer.body))

    def _fail(self, what):
        """Of a replica that was killed while it answered it is the balancer's business."""
        time.sleep(0.2)
        if self.may_run.is_set():
            self.failures.append(what)


class Verifier(threading.Thread):
    """Shows every token to every Hasura, several times in its life."""

    def __init__(self, hasuras):
        super().__init__(daemon=True)
        self.hasuras = hasuras
        self.lock = threading.Lock()
        self.waiting = []
        self.kids = []  # in the order of their first token
        self.revoked = set()  # tokens of these are not valid
        self.shown = 0
        self.refused = []
        self.late = 0
        self.done = threading.Event()

    def add(self, token):
        kid = rotating.header(token)["kid"]
        now, end = time.time(), support.claims(token)["exp"]
        with self.lock:
            if kid not in self.kids:
                self.kids.append(kid)
            self.waiting += [(at, token) for at in (*(now + after for after in SHOWN_AFTER_S), end - SHOWN_BEFORE_END_S)]

    def rotations(self):
        with self.lock:
            return len(self.kids) - 1

    def _take_due(self):
        with self.lock:
            now = time.time()
            due = [token for at, token in self.waiting if at <= now]
            self.waiting = [(at, token) for at, token in self.waiting if at > now]
        return due

    def run(self):
        while not self.done.wait(0.05):
            for token in self._take_due():
                self._show(token)

    def _show(self, token):
        kid, end = rotating.header(token)["kid"], support.claims(token)["exp"]
        for name, hasura in self.hasuras.items():
            reason = hasura_emulator.verdict(hasura, token)
            if kid in self.revoked:
                continue
            self.shown += 1
            if reason and end <= time.time():
                self.late += 1  # it died while it waited for us: no valid token any more
            elif reason:
                self.refused.append((name, kid, reason, time.time()))


class TwentyRotations(rotating.RotationTest):
    def test_two_replicas_that_are_killed_at_every_step_rotate_twenty_times_and_no_token_is_refused(self):
        self.replicas = [self.replica(DATABASE_URL=f"{self.url}{'&' if '?' in self.url else '?'}application_name=r{i}")
                         for i in range(2)]
        self.replicas[0].signup("ada")
        self.cluster.sql(TRAPS, self.url)
        self.predecessor = self.write("old.pem", jwk.JWK.generate(kty="RSA", size=2048).export_to_pem())
        first, second = self.replicas
        hasuras = {"v2 at the first": self.hasura_v2(first, second), "v2 at the second": self.hasura_v2(second, first),
                   "v2 out of step": self.hasura_v2(first, second, phase_s=rotating.TICK_S / 2),
                   "v3": self.hasura_v3(first, second)}
        self.verifier = Verifier(hasuras)
        self.clients = [Client(server, self.verifier) for server in self.replicas]
        for thread in (self.verifier, *self.clients):
            thread.start()
        try:
            killed_at = self.kill_at_every_step()
            self.assertGreaterEqual(self.verifier.rotations(), ROTATIONS, "rotations in time")
            self.assertEqual(set(killed_at), set(STEPS))
            self.assert_nothing_was_refused()
            self.assert_one_view_of_the_keys()
            self.go_through_an_emergency(hasuras)
            self.go_on_beside_a_wrong_encryption_key()
        finally:
            for thread in (*self.clients, self.verifier):
                thread.done.set()
                thread.join()
        self.assert_nothing_was_refused()
        for client in self.clients:
            self.assertGreater(client.tokens, ROTATIONS)
        self.assertLess(self.verifier.late, self.verifier.shown / 10)
        print(f"{self.verifier.rotations()} rotations, {len(killed_at)} kills, "
              f"{sum(client.tokens for client in self.clients)} tokens shown {self.verifier.shown} times "
              f"({self.verifier.late} too late)")

    def assert_nothing_was_refused(self):
        self.assertEqual(self.verifier.refused[:5], [])
        self.assertEqual([client.failures[:3] for client in self.clients], [[], []])

    def kill_at_every_step(self):
        killed_at, dice, n = [], random.Random(), 0
        end = time.monotonic() + SECONDS_MAX
        while self.verifier.rotations() < ROTATIONS and time.monotonic() < end:
            if n == KILLS:
                time.sleep(0.2)
                continue
            step = STEPS[n % len(STEPS)]
            self.arm(step)
            victim = self.wait_for_the_trap(end)
            if victim is None:
                break
            self.kill(victim)
            self.cluster.sql("delete from public.trap", self.url)
            time.sleep(dice.uniform(0, 1))
            self.bring_back(victim)
            killed_at.append(step)
            n += 1
        return killed_at

    def arm(self, step):
        self.cluster.sql("insert into public.trap values ('%s', '%s')" % step, self.url)
        if step[0] == "DELETE":
            # A predecessor's key is removed in seconds; ours stay two minutes longer than a token.
            self.change("import", self.predecessor, "--until", "3s", "--kid", f"old-{time.monotonic_ns()}")

    def wait_for_the_trap(self, end):
        while time.monotonic() < end and self.verifier.rotations() < ROTATIONS + len(STEPS):
            name = self.cluster.sql("select application_name from pg_stat_activity where wait_event = 'PgSleep'"
                                    " and datname = current_database()", self.url)
            if name in ("r0", "r1"):
                return int(name[1])
            time.sleep(0.05)
        return None

    def kill(self, victim):
        self.clients[victim].may_run.clear()
        self.replicas[victim].stop(signal.SIGKILL)

    def bring_back(self, victim, wait="/readyz"):
        self.replicas[victim].start(wait)
        if wait == "/readyz":
            self.clients[victim].may_run.set()

    def assert_one_view_of_the_keys(self):
        states = [key["state"] for key in self.listed()]
        self.assertEqual(states.count("active"), 1, states)
        self.assertLessEqual(states.count("next"), 1, states)

        def published():
            return frozenset(key["kid"] for key in self.listed() if key["state"] != "revoked")
        support.wait_until(lambda: {frozenset(rotating.kids(server)) for server in self.replicas} == {published()},
                           10, "one view of the keys")

    def go_through_an_emergency(self, hasuras):
        """The next key is known everywhere; then the active one is stolen."""
        for i, server in enumerate(self.replicas):
            self.kill(i)
            server.env["AUTH_KEY_ROTATION"] = "1d"
            self.bring_back(i)
        support.wait_until(lambda: len(self.in_state("next")) == 1, 10, "a next key")
        time.sleep(rotating.AHEAD_S)
        stolen, (successor,) = self.the_active(), self.in_state("next")
        tokens = [self.token(server, "ada") for server in self.replicas]
        self.verifier.revoked.add(stolen)
        self.change("revoke", rotating.named(stolen))
        support.wait_until(lambda: all(self.webhook(server, token) == 401
                                       for server in self.replicas for token in tokens),
                           rotating.CHECK_S + 1, "the webhook to refuse")
        time.sleep(rotating.MAX_AGE_S + rotating.TICK_S + 0.5)
        for server in self.replicas:
            self.assertNotIn(stolen, rotating.kids(server))
            token = self.token(server, "ada")
            self.assertEqual(rotating.header(token)["kid"], successor)
            self.assertEqual([hasura_emulator.verdict(hasura, token) for hasura in hasuras.values()], [None] * 4)
        self.assertFalse([name for name, hasura in hasuras.items() if stolen in getattr(hasura, "keys", {})])

    def go_on_beside_a_wrong_encryption_key(self):
        self.kill(1)
        self.replicas[1].env["AUTH_KEY_ENCRYPTION_KEY"] = rotating.new_encryption_key()
        self.bring_back(1, wait="/livez")
        support.wait_until(lambda: self.replicas[1].get("/jwks").status == 200, 10, "the JWKS")
        self.assert_one_view_of_the_keys()
        self.assertEqual(self.replicas[1].login("ada").status, 503)
        time.sleep(rotating.TTL_S)
        self.assertEqual(self.replicas[0].login("ada").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
