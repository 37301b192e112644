"""Sessions end at once when they should, and their users and operators can look after them."""

import json
import time
import unittest

import rotating
import support
from sessions import SessionTest, use
from support import PASSWORD, bearer

NEW_PASSWORD = "grape-Lantern-58-walnut"


class Endings(SessionTest):
    def test_a_token_used_again_after_its_grace_ends_the_session_and_is_audited(self):
        server = self.replica(AUTH_REFRESH_GRACE="1")
        first = server.signup("re.use").json
        second = use(server, first["refreshToken"]).json
        time.sleep(1.2)
        again = use(server, first["refreshToken"])
        self.assertEqual((again.status, again.json["code"]), (401, "invalid-refresh-token"))
        self.assertEqual(use(server, second["refreshToken"]).status, 401)
        self.assertEqual(self.webhook(server, second["token"]), 401)
        self.assertEqual(self.sql("select actor, subject from signet.audit where action = 'session-reuse'"),
                         "refresh|" + first["id"])

    def test_an_idle_session_ends_and_a_used_one_does_at_its_absolute_end(self):
        server = self.replica(AUTH_REFRESH_TOKEN_TTL="2s", AUTH_SESSION_TTL="4s")
        idle = server.signup("ex.pired").json["refreshToken"]
        used = server.login("ex.pired").json["refreshToken"]
        ended = None
        began = time.monotonic()
        while time.monotonic() - began < 8:
            answer = use(server, used)
            if answer.status != 200:
                ended = time.monotonic() - began
                break
            used = answer.json["refreshToken"]
            time.sleep(0.4)
        self.assertEqual(use(server, idle).status, 401)
        self.assertIsNotNone(ended)
        self.assertGreater(ended, 3)

    def test_a_logout_ends_one_session_or_all_within_a_second_on_every_replica(self):
        one, two = self.replica(), self.replica()
        first = one.signup("log.out").json
        second, third = one.login("log.out").json, one.login("log.out").json
        self.assertEqual(self.webhook(two, first["token"]), 200)
        answer = one.post("/logout", {"refreshToken": first["refreshToken"]})
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(use(two, first["refreshToken"]).status, 401)
        support.wait_until(lambda: self.webhook(two, first["token"]) == 401, 1, "the end of the session")
        self.assertEqual(self.webhook(two, second["token"]), 200)
        self.assertEqual(self.webhook(one, third["token"]), 200)
        self.assertEqual(two.post("/logout", {"refreshToken": second["refreshToken"], "all": True}).status, 204)
        for server in (one, two):
            support.wait_until(lambda: {self.webhook(server, each["token"]) for each in (second, third)} == {401}, 1,
                               "the end of all sessions")

    def test_a_password_change_ends_every_other_session(self):
        server = self.replica()
        mine, other = server.signup("pass.word").json, server.login("pass.word").json
        body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        self.assertEqual(server.post("/password", body).status, 401)
        wrong = server.post("/password", {**body, "currentPassword": "not-" + PASSWORD},
                            headers=bearer(mine["token"]))
        self.assertEqual((wrong.status, wrong.json["code"]), (400, "wrong-current-password"))
        self.assertEqual(server.post("/password", body, headers=bearer(mine["token"])).status, 204)
        self.assertEqual((use(server, mine["refreshToken"]).status, use(server, other["refreshToken"]).status),
                         (200, 401))
        self.assertEqual(self.webhook(server, other["token"]), 401)
        self.assertEqual(server.login("pass.word").status, 401)
        self.assertEqual(server.login("pass.word", NEW_PASSWORD).status, 200)

    def test_sql_that_disables_or_deletes_a_user_ends_the_sessions_at_once(self):
        server = self.replica()
        for number, deed in enumerate((
                """update "user" set active = false where username = 'victim.{}'""",
                """update "user" set active = null where username = 'victim.{}'""",
                """delete from "user" where username = 'victim.{}'""")):
            body = server.signup(f"victim.{number}").json
            self.sql(deed.format(number))
            self.assertEqual(use(server, body["refreshToken"]).status, 401, deed)
            self.assertEqual(self.webhook(server, body["token"]), 401, deed)
            self.sql("""update "user" set active = true""")
            self.assertEqual(use(server, body["refreshToken"]).status, 401, deed)
        self.assertEqual(self.sql("select count(*) from signet.session"), "0")

    def test_a_user_sees_his_sessions_and_ends_them(self):
        server = self.replica()
        first = server.post("/signup", {"username": "look.after", "password": PASSWORD},
                            headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) "
                                                   "Gecko/20100101 Firefox/126.0"}).json
        second = server.login("look.after").json
        listed = server.get("/sessions", headers=bearer(first["token"]))
        self.assertEqual((listed.status, listed.headers["cache-control"]), (200, "no-store"))
        (current,) = [each for each in listed.json if each["current"]]
        (other,) = [each for each in listed.json if not each["current"]]
        self.assertEqual((current["device"], current["address"]), ("Firefox on Linux", "127.0.0.0/24"))
        self.assertEqual(current["id"], support.claims(first["token"])["sid"])
        path = "/sessions/" + other["id"]
        self.assertEqual(server.request("DELETE", path).status, 401)
        stranger = server.signup("stranger").json
        self.assertEqual(server.request("DELETE", path, headers=bearer(stranger["token"])).status, 404)
        self.assertEqual(server.request("DELETE", path, headers=bearer(first["token"])).status, 204)
        self.assertEqual(server.request("DELETE", path, headers=bearer(first["token"])).status, 404)
        self.assertEqual(use(server, second["refreshToken"]).status, 401)
        self.assertEqual(len(server.get("/sessions", headers=bearer(first["token"])).json), 1)

    def test_sessions_of_a_user_are_fifty_at_most(self):
        server = self.replica()
        first = server.signup("col.lector").json["refreshToken"]
        for _ in range(50):
            last = server.login("col.lector").json["refreshToken"]
        self.assertEqual(self.sql("select count(*) from signet.session"), "50")
        self.assertEqual((use(server, first).status, use(server, last).status), (401, 200))


class Janitor(SessionTest):
    def test_expired_sessions_are_removed_without_anybody_asking(self):
        server = self.replica()
        server.signup("ex.pired")
        server.stop()
        self.sql("update signet.session set idle_until = now() - interval '1 second', sweep_at = now()")
        server.start("/readyz")
        support.wait_until(lambda: self.sql("select count(*) from signet.session") == "0", what="a sweep")
        self.assertIn('"event":"sessions-swept"', server.log())


class Operators(SessionTest):
    def test_an_operator_sees_sessions_and_ends_them(self):
        server = self.replica()
        body = server.signup("op.erated").json
        server.login("op.erated")
        shown = json.loads(self.command("user", "show", "op.erated", "--json"))
        self.assertEqual(len(shown["sessions"]), 2)
        self.assertIn(support.claims(body["token"])["sid"], self.command("user", "show", "op.erated"))
        self.assertIn("ended 2 sessions", self.command("user", "logout", "op.erated"))
        self.assertEqual(use(server, body["refreshToken"]).status, 401)
        self.assertEqual(self.webhook(server, body["token"]), 401)

    def test_set_password_and_disable_end_sessions(self):
        server = self.replica()
        first = server.signup("re.set").json["refreshToken"]
        self.command("user", "set-password", "re.set", stdin=NEW_PASSWORD + "\n")
        self.assertEqual(use(server, first).status, 401)
        second = server.login("re.set", NEW_PASSWORD).json["refreshToken"]
        self.command("user", "disable", "re.set")
        self.command("user", "enable", "re.set")
        self.assertEqual(use(server, second).status, 401)

    def test_another_key_encryption_key_takes_over_and_nobody_logs_in_again(self):
        old = self.settings["AUTH_KEY_ENCRYPTION_KEY"]
        server = self.replica()
        token = server.signup("re.wrapped").json["refreshToken"]
        server.stop()
        fresh = rotating.new_encryption_key()
        self.settings["AUTH_KEY_ENCRYPTION_KEY"] = fresh + "," + old
        self.assertIn("Would seal the keys of 1 session", self.command("keys", "rewrap"))
        self.assertIn("Sealed the keys of 1 session", self.command("keys", "rewrap", "--yes"))
        self.settings["AUTH_KEY_ENCRYPTION_KEY"] = fresh
        self.assertEqual(use(self.replica(), token).status, 200)

    def test_a_replica_without_the_key_says_503_and_the_session_lives(self):
        server = self.replica()
        token = server.signup("un.sealed").json["refreshToken"]
        stranger = self.signet(self.url, wait="/livez",
                               env={**self.settings, "AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key()})
        support.wait_until(lambda: use(stranger, token).json["code"] == "session-key-unavailable",
                           what="a refusal that names the key")
        answer = use(stranger, token)
        self.assertEqual((answer.status, answer.headers["retry-after"]), (503, "5"))
        self.assertEqual(use(server, token).status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
