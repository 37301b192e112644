"""What a refused login gives away: nothing, neither by its bytes nor by its time."""

import http.client
import json
import math
import random
import re
import statistics
import time
import unittest

import support
from support import PASSWORD

# A hash is to be most of a login, as it is by default, and so short that many are done before the machine, where it is
# busy, does something else.
SETTINGS = {"AUTH_ARGON2_MEMORY_KIB": "2048", "AUTH_ARGON2_ITERATIONS": "1", "AUTH_IO_THREADS": "1",
            "AUTH_LANE_CRYPTO_THREADS": "1", "AUTH_LANE_DATA_THREADS": "1"}
ACCOUNTS = 8000
SECONDS_MAX = 20
BATCH = 150  # of each class
# The delay that has to be found, as a part of what such a login takes: a fraction of a millisecond.
INJECTED = 0.4
CERTAIN = 8  # |t| of the delay from which on there are samples enough
DIFFERENT = 4.5  # |t| that is no chance
CROPPED_MIN = 20  # values of each class; fewer say nothing
CROPS = (1.0, 0.9, 0.5, 0.25)  # the fastest part of all times: what others did on the machine meanwhile is in the rest


def welch(one, other):
    """Welch's t for two samples."""
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.fmean(one) - statistics.fmean(other)) / math.sqrt(spread) if spread else 0.0


def difference(one, other):
    """The largest |t| over the crops, each at a quantile of both classes together."""
    pooled = sorted(one + other)
    found = [0.0]
    for crop in CROPS:
        bound = pooled[int(len(pooled) * crop) - 1]
        sides = [[value for value in side if value <= bound] for side in (one, other)]
        if min(map(len, sides)) >= CROPPED_MIN:
            found.append(abs(welch(*sides)))
    return max(found)


def is_told(one, other):
    """Whether the times tell the classes apart: surely, and by more than half of the injected delay."""
    fast = sorted(statistics.quantiles(side, n=10)[0] for side in (one, other))
    return difference(one, other) > DIFFERENT and fast[1] > fast[0] * (1 + INJECTED / 2)


class Line:
    """A connection that is kept, and opened anew before the server ends it."""

    def __init__(self, server):
        self.server, self.used, self.connection = server, 0, None

    def login(self, name, password):
        if self.used % 900 == 0:
            self.close()
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=15)
        self.used += 1
        self.connection.request("POST", "/login", json.dumps({"username": name, "password": password}),
                                {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        return support.Answer(response.status, dict(response.getheaders()), response.read())

    def close(self):
        if self.connection:
            self.connection.close()


class Fingerprints(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = cls.cluster.fresh_database()
        cls.server = support.Signet(cls.url, wait="/readyz", env=SETTINGS)
        cls.addClassCleanup(cls.server.close)
        cls.server.signup("known")
        # One for each guess, so that no account sees more than one.
        cls.cluster.sql(f"""insert into "user"(username, password)
                            select 'known-' || i, u.password from generate_series(1, {ACCOUNTS}) i, "user" u
                            where u.username = 'known';
                            analyze""", cls.url)

    def setUp(self):
        self.line = Line(self.server)
        self.addCleanup(self.line.close)

    def test_every_reason_to_refuse_a_login_has_the_same_bytes(self):
        made = {"inactive": "active = false", "without-a-password": "password = null", "unreadable": "password = '$x$'",
                "of-a-cheaper-hash": "password = '$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$"
                                     "wJbmbDCdRVJIVWm3GkpBvKxNgrNlnZmFHaNRDqpMBfI'"}
        for name, change in made.items():
            self.assertEqual(self.server.signup(name).status, 200)
            self.cluster.sql(f"""update "user" set {change} where username = '{name}'""", self.url)
        seen = {}
        for name, password in (("known", "wrong"), ("nobody-here", PASSWORD), ("inactive", PASSWORD),
                               ("inactive", "wrong"), ("without-a-password", PASSWORD), ("unreadable", PASSWORD),
                               ("of-a-cheaper-hash", PASSWORD), ("KNOWN", "wrong"), ("a'b", PASSWORD),
                               ("nobody@example.org", PASSWORD), ("known", "x" * 2000)):
            answer = self.line.login(name, password)
            headers = [(key, value) for key, value in answer.headers.items()
                       if key.lower() not in ("date", "x-request-id")]
            body = re.sub(rb'"instance":"[0-9a-f]{32}"', b"", answer.body)
            seen.setdefault((answer.status, body, str(headers)), []).append(name)
        self.assertEqual(len(seen), 1, seen)
        self.assertEqual(next(iter(seen))[0], 401)

    def timed(self, name, delay):
        began = time.perf_counter()
        while time.perf_counter() < began + delay:
            pass
        status = self.line.login(name, "wrong-" + PASSWORD).status
        took = time.perf_counter() - began
        self.assertEqual(status, 401)
        return took

    def test_the_time_of_a_refusal_does_not_tell_an_unknown_name_from_a_wrong_password(self):
        # The third class is the first with a delay. All come in random order, until the delay is found, beyond doubt,
        # and the second class is not.
        numbers = random.sample(range(1, ACCOUNTS + 1), ACCOUNTS)
        warm = [self.timed(f"known-{numbers.pop()}", 0) for _ in range(100)]
        delay = INJECTED * statistics.quantiles(warm, n=10)[0]
        unknown, known, delayed = times = [], [], []
        end = time.monotonic() + SECONDS_MAX
        caught = told = False
        while (told or not caught or len(known) < 2 * BATCH) and time.monotonic() < end and len(numbers) >= BATCH:
            order = [one for one in times for _ in range(BATCH)]
            random.shuffle(order)
            for one in order:
                name = f"known-{numbers.pop()}" if one is known else f"guess-{random.randrange(10**9)}"
                one.append(self.timed(name, delay if one is delayed else 0))
            caught = is_told(unknown, delayed) and difference(unknown, delayed) > CERTAIN
            told = is_told(unknown, known)
        fast = [round(1e6 * statistics.quantiles(one, n=10)[0]) for one in times]
        found = (f"{len(known)} of each; the fastest tenth of unknown, known, delayed within {fast} us; "
                 f"|t| {difference(unknown, known):.1f}, of the delay {difference(unknown, delayed):.1f}")
        print(found)
        self.assertTrue(caught, f"not even a delay that was put in is found, so this says nothing: {found}")
        self.assertFalse(told, found)


if __name__ == "__main__":
    unittest.main(verbosity=2)
