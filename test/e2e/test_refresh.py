"""Refresh tokens that survive tabs, crashes and fail-over, and give nothing away."""

import http.client
import os
import re
import subprocess
import threading
import time
import unittest

import support
from sessions import CHEAP, Line, SessionTest, use

TABS = 10
ROUNDS = int(os.environ.get("SIGNET_REFRESH_ROUNDS", "40"))


class Tabs(SessionTest):
    def test_ten_tabs_on_two_replicas_always_hold_the_identical_successor(self):
        replicas = [self.replica(), self.replica()]
        token = replicas[0].signup("tabs.one").json["refreshToken"]
        barrier = threading.Barrier(TABS, timeout=30)
        given = [[None] * TABS for _ in range(ROUNDS)]

        def tab(number):
            mine = token
            line = Line(replicas[number % 2])
            for seen in given:
                barrier.wait()
                answer = line.use(mine)
                seen[number] = (answer.status, answer.json.get("refreshToken"))
                mine = seen[number][1]
            line.close()

        threads = [threading.Thread(target=tab, args=(number,)) for number in range(TABS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for seen in given:
            self.assertEqual(len(set(seen)), 1, seen)
            self.assertEqual(seen[0][0], 200)
        self.assertEqual(len({seen[0] for seen in given}), ROUNDS)
        self.assertEqual(self.sql("select count(*), max(generation) from signet.session"), f"1|{ROUNDS}")
        self.assertEqual(self.sql("select count(*) from signet.audit where action = 'session-reuse'"), "0")

    def test_one_token_used_again_and_again_within_its_grace_has_one_successor(self):
        replicas = [self.replica(), self.replica()]
        token = replicas[0].signup("tabs.two").json["refreshToken"]
        lines = [Line(replica) for replica in replicas]
        self.addCleanup(lambda: [line.close() for line in lines])
        answers = [lines[number % 2].use(token) for number in range(200)]
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len({answer.json["refreshToken"] for answer in answers}), 1)

    def test_a_kill_in_a_storm_of_refreshes_logs_nobody_out(self):
        replicas = [self.replica(), self.replica()]
        users = 12
        tokens = [replicas[0].signup(f"storm.{number}").json["refreshToken"] for number in range(users)]
        refused, refreshed, done = [], [0] * users, threading.Event()

        def client(number):
            turn = number
            while not done.is_set():
                try:
                    answer = use(replicas[turn % 2], tokens[number], timeout=5)
                except (OSError, http.client.HTTPException):
                    turn += 1  # the answer is lost, and what it said unknown: ask the other one
                    continue
                if answer.status == 200:
                    tokens[number] = answer.json["refreshToken"]
                    refreshed[number] += 1
                elif answer.status == 503:
                    turn += 1
                else:
                    refused.append(answer.body)
                    return

        threads = [threading.Thread(target=client, args=(number,)) for number in range(users)]
        for thread in threads:
            thread.start()
        for victim in (0, 1, 0, 1):
            time.sleep(0.7)
            replicas[victim].process.kill()
            replicas[victim].process.wait()
            replicas[victim].start("/readyz")
        time.sleep(0.5)
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(refused, [])
        self.assertGreater(min(refreshed), 3, refreshed)
        self.assertEqual({use(replicas[0], token).status for token in tokens}, {200})
        self.assertEqual(self.sql("select count(*) from signet.session"), str(users))

    def test_a_refresh_that_the_database_forgot_is_taken_and_logged(self):
        server = self.replica()
        token = server.signup("fail.over").json["refreshToken"]
        for _ in range(3):
            token = use(server, token).json["refreshToken"]
        self.sql("update signet.session set generation = 1")
        answer = use(server, token)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(use(server, token).json["refreshToken"], answer.json["refreshToken"])
        self.assertIn('"event":"refresh-token-ahead"', server.log())


class Tokens(SessionTest):
    def test_every_prefix_extension_and_bit_change_is_one_and_the_same_401(self):
        server = self.replica()
        token = server.signup("bits").json["refreshToken"]
        line = Line(server)
        self.addCleanup(line.close)
        bad = [token[:size] for size in range(len(token))]
        bad += [token + more for more in ("A", "=", "==", " ", "\n", ".", token)]
        for bit in range(len(token) * 8):
            changed = bytearray(token, "ascii")
            changed[bit // 8] ^= 1 << (bit % 8)
            bad.append(changed.decode("latin-1"))
        seen = set()
        for number, text in enumerate(bad):
            if number % 900 == 899:  # a connection takes a thousand requests
                line.close()
            answer = line.use(text)
            seen.add((answer.status, re.sub(rb'"instance":"[0-9a-f]{32}"', b"", answer.body)))
        self.assertEqual(len(seen), 1, seen)
        self.assertEqual(next(iter(seen))[0], 401)
        self.assertEqual(use(server, token).status, 200)

    def test_a_dump_and_all_logs_hold_no_token(self):
        server = self.replica(AUTH_LOG_LEVEL="debug")
        tokens = [server.signup("secret.one").json["refreshToken"], server.login("secret.one").json["refreshToken"]]
        for _ in range(5):
            tokens.append(use(server, tokens[-1]).json["refreshToken"])
        use(server, tokens[-1][:-1] + "x")
        self.assertEqual(server.post("/logout", {"refreshToken": tokens[0]}).status, 204)
        dump = subprocess.run(["pg_dump", self.url], capture_output=True, text=True, check=True).stdout
        self.assertIn("COPY signet.session", dump)
        for text in (dump, server.log()):
            self.assertNotIn("rt1.", text)
            for token in tokens:
                for begin in range(28, len(token) - 16, 16):  # what stands there is of the tag
                    self.assertNotIn(token[begin:begin + 16], text)

    def test_many_refreshes_add_no_rows(self):
        server = self.replica()
        token = server.signup("many").json["refreshToken"]
        line = Line(server)
        self.addCleanup(line.close)
        for _ in range(300):
            token = line.use(token).json["refreshToken"]
        self.assertEqual(self.sql("select count(*) from signet.session"), "1")
        self.assertEqual(self.sql("select count(*) from signet.audit where action like 'session%'"), "0")

    def test_sessions_outlive_a_restart_of_a_single_machine(self):
        server = self.signet(self.url, env=CHEAP)
        token = server.signup("re.start").json["refreshToken"]
        self.assertEqual(os.stat(server.keys + "/session.key").st_mode & 0o777, 0o600)
        server.stop()
        server.start("/readyz")
        self.assertEqual(use(server, token).status, 200)
        server.stop()
        os.chmod(server.keys + "/session.key", 0o644)
        server.start(None)
        self.assertEqual(server.process.wait(support.DEADLINE_S), 78)
        self.assertIn("session.key", server.log())

    def test_sessions_of_a_directory_move_along_to_a_key_encryption_key(self):
        first = self.signet(self.url, env={**CHEAP, "AUTH_ISSUER": "http://signet.test"})
        token = first.signup("mo.ved").json["refreshToken"]
        first.stop()
        second = self.signet(self.url, keys=first.keys, env=self.settings)
        token = use(second, token).json["refreshToken"]
        second.stop()
        environment = {"DATABASE_URL": self.url, "AUTH_KEYS_DIR": first.keys, **self.settings}
        done = support.command("keys", "rewrap", "--yes", env=environment)
        self.assertIn("Sealed the keys of 1 session", done.stdout, done.stderr)
        self.assertEqual(use(self.replica(), token).status, 200)

    def test_a_fixed_signing_key_leaves_sessions_to_a_file_of_their_own(self):
        pem = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout
        server = self.signet(self.url, env={**CHEAP, "AUTH_PRIVATE_KEY": pem})
        token = server.signup("fi.xed").json["refreshToken"]
        self.assertEqual(os.listdir(server.keys).count("session.key"), 1)
        server.stop()
        server.start("/readyz")
        self.assertEqual(use(server, token).status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
