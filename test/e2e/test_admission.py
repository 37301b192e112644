"""Who floods the logins, or guesses at one costly hash, does not take them from everybody else."""

import collections
import concurrent.futures
import pathlib
import threading
import time
import unittest

import sessions
import support
import test_throttling

# Of the password "correct horse battery staple", by the npm package bcryptjs; cost 12 is 0.3 s or more, 14 four times that.
COSTLY = "$2b$14$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW"
BCRYPT = "$2b$12$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW"
GREEDY = "$argon2id$v=19$m=1048576,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43
FLOOD = 60


def peak_kib(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


class Flood:
    """Calls at once, of which it is known how many were answered so far."""

    def __init__(self, count, call):
        self.answers, self.lock = collections.Counter(), threading.Lock()
        self.pool = concurrent.futures.ThreadPoolExecutor(count)
        self.started = threading.Barrier(count + 1)
        self.futures = [self.pool.submit(self.run, call, n) for n in range(count)]
        self.started.wait()

    def run(self, call, n):
        self.started.wait()
        status = call(n).status
        with self.lock:
            self.answers[status] += 1

    def answered(self):
        with self.lock:
            return sum(self.answers.values())

    def end(self):
        self.pool.shutdown()
        for future in self.futures:
            future.result()
        return self.answers


class Admission(sessions.SessionTest):
    def setUp(self):
        super().setUp()
        # A hash takes long enough for a queue to build up.
        self.settings.update({"AUTH_LANE_CRYPTO_THREADS": "1", "AUTH_ARGON2_MEMORY_KIB": "19456"})

    def wait_for(self, flood, answers):
        support.wait_until(lambda: flood.answered() >= answers, 20)

    def test_a_client_who_floods_leaves_others_their_turns(self):
        server = self.replica()
        server.signup("grace")
        flood = Flood(FLOOD, lambda n: test_throttling.login(server, f"nobody{n}", address="127.0.0.1"))
        self.wait_for(flood, 1)
        before = flood.answered()
        self.assertEqual(test_throttling.login(server, "grace", address="127.9.9.9").status, 200)
        between = flood.answered() - before
        answers = flood.end()
        self.assertLess(between, FLOOD // 3, "one turn of the others and not the whole queue")
        self.assertEqual(set(answers) - {401, 503}, set())

    def test_a_costly_hash_takes_one_thread_of_several(self):
        self.settings["AUTH_LANE_CRYPTO_THREADS"] = "2"
        server = self.replica()
        server.signup("ada")
        server.signup("grace")
        self.sql(f"update \"user\" set password = '{COSTLY}' where username = 'ada'")
        # All come before anybody knows whose name it is. The first is held for as long as another could tell.
        flood = Flood(12, lambda n: test_throttling.login(server, "ada", f"caf\u00e9-cafe\u0301-{n}"))
        for _ in range(3):
            self.assertEqual(test_throttling.login(server, "grace").status, 200)
        self.assertLessEqual(flood.answered(), 1, "somebody else's logins did not wait for a guess")
        self.assertEqual(set(flood.end()) - {401, 429, 503}, set())

    def test_a_stored_hash_of_a_gibibyte_is_not_computed_and_the_log_says_why(self):
        server = self.replica()
        server.signup("ada")
        self.sql(f"update \"user\" set password = '{GREEDY}' where username = 'ada'")
        before = peak_kib(server)
        self.assertEqual(test_throttling.login(server, "ada").status, 401)
        self.assertLess(peak_kib(server) - before, 256 * 1024)
        self.assertIn("it asks for 1048576 KiB, and a stored hash may ask for", server.log())

    def test_what_finds_no_place_is_503_before_any_hash_and_later_everybody_gets_in(self):
        server = self.replica()
        server.signup("grace")
        # 64 wait for one thread.
        flood = Flood(150, lambda n: test_throttling.login(server, f"nobody{n}"))
        answers = flood.end()
        self.assertGreater(answers[503], 0)
        self.assertGreater(answers[401], 0)
        self.assertEqual(test_throttling.login(server, "grace").status, 200)

    def test_fifty_right_passwords_of_one_account_at_once_let_in(self):
        server = self.replica()
        server.signup("ada")
        self.assertEqual(Flood(50, lambda _: test_throttling.login(server, "ada")).end(), {200: 50})

    def test_a_refusal_does_not_tell_an_account_with_an_older_hash(self):
        server = self.replica()
        for name in ("ada", "grace"):
            server.signup(name)
        self.sql(f"update \"user\" set password = '{BCRYPT}' where username = 'ada'")
        self.assertEqual(test_throttling.guess(server, "ada").status, 401)
        took = collections.defaultdict(list)
        for _ in range(2):
            for name in ("ada", "grace", "nobody"):
                began = time.monotonic()
                self.assertEqual(test_throttling.guess(server, name).status, 401)
                took[name].append(time.monotonic() - began)
        for name in ("grace", "nobody"):
            # Answers come when the server looks which are due, four times a second.
            self.assertGreater(min(took[name]), min(took["ada"]) - 0.3, took)
            self.assertGreater(min(took[name]), 0.15, took)

    def test_guesses_at_once_tell_no_account_with_an_older_hash(self):
        server = self.replica()
        server.signup("ada")
        self.sql(f"update \"user\" set password = '{BCRYPT}' where username = 'ada'")
        self.assertEqual(test_throttling.guess(server, "ada").status, 401)
        took = {}
        # The quickest of three, since whatever else the machine does only adds to the time.
        for name in ("ada", "nobody") * 3:
            self.sql("delete from signet.password_failure")
            began = time.monotonic()
            self.assertEqual(Flood(4, lambda _, name=name: test_throttling.guess(server, name)).end(), {401: 4})
            took[name] = min(time.monotonic() - began, took.get(name, support.DEADLINE_S))
        self.assertLess(abs(took["ada"] - took["nobody"]), 0.6, took)
        self.assertGreater(took["nobody"], 0.9, "each waits for the time of the one before")


if __name__ == "__main__":
    unittest.main()
