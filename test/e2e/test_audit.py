"""Who did what, in signet.audit and by `signet audit`."""

import json
import unittest

import support
from sessions import SessionTest, use
from support import PASSWORD, bearer

NEW_PASSWORD = "grape-Lantern-58-walnut"
WRONG_PASSWORD = "typed-Wrongly-77-otter"
WRONG_NAME = "my-Secret-as-a-name-31"


class Audit(SessionTest):
    def listed(self, *words):
        return json.loads(self.command("audit", *words, "--json"))

    def live_through(self, server):
        """What a user does from the signup to the end. Returns the user's id and every secret on the way."""
        ada = server.signup("ada.lovelace").json
        other = server.login("ada.lovelace").json
        server.login("ada.lovelace", WRONG_PASSWORD)
        server.login(WRONG_NAME, WRONG_PASSWORD)
        fresh = use(server, ada["refreshToken"]).json
        call = lambda method, path, body=None: server.request(method, path, body, headers=bearer(fresh["token"])).status
        session = support.claims(other["token"])["sid"]
        self.assertEqual(call("DELETE", f"/sessions/{session}"), 204)
        self.assertEqual(call("PATCH", "/me", {"username": "countess.ada", "metadata": {"a": "b"}}), 200)
        self.assertEqual(call("POST", "/password", {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}), 204)
        self.assertEqual(server.post("/logout", {"refreshToken": server.login("countess.ada", NEW_PASSWORD).json[
            "refreshToken"]}).status, 204)
        last = server.login("countess.ada", NEW_PASSWORD).json
        self.assertEqual(server.post("/logout", {"refreshToken": last["refreshToken"], "all": True}).status, 204)
        fresh = server.login("countess.ada", NEW_PASSWORD).json
        self.assertEqual(call("DELETE", "/me", {"currentPassword": NEW_PASSWORD}), 204)
        tokens = [each[name] for each in (ada, other, last, fresh) for name in ("token", "refreshToken")]
        return ada["id"], [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, WRONG_NAME, "ada.lovelace", "countess", *tokens]

    def test_a_whole_life_of_a_user_is_told_without_a_secret(self):
        server = self.replica(AUTH_TRUSTED_PROXIES="127.0.0.0/8")
        server.request = forwarded(server.request, "203.0.113.77")
        user, secrets = self.live_through(server)
        rows = [row for row in self.listed(user) if row["action"] != "login-refused"]
        self.assertEqual([row["action"] for row in rows],
                         ["signup", "login", "login", "session-ended", "account-changed", "password-changed", "login",
                          "logout", "login", "logout-everywhere", "login", "account-deleted"])
        for row in rows:
            self.assertEqual((row["actor"], row["network"], row["subject"]), ("user", "203.0.113.0/24", user), row)
            self.assertIn(f'"request":"{row["request"]}"', server.log().replace('": "', '":"'))
        everything = self.sql("select a::text from signet.audit a") + self.command("audit", "--json")
        for secret in secrets:
            self.assertNotIn(secret, everything)
        for secret in ("203.0.113.77", "argon2", "Bearer"):
            self.assertNotIn(secret, everything)

    def test_rows_are_found_by_user_action_and_time_the_last_at_the_end(self):
        server = self.replica()
        server.signup("ada")
        server.signup("grace")
        server.login("ada")
        self.command("role", "create", "editor")
        self.assertEqual([row["action"] for row in self.listed("ADA")], ["signup", "login", "login"])
        self.assertEqual(len(self.listed("--action", "login", "--since", "1h")), 3)
        self.assertEqual(self.listed("--since", "1h", "--limit", "1")[0]["subject"], "editor")
        lines = self.command("audit", "--limit", "2").splitlines()
        self.assertEqual([line.split()[1] for line in lines], ["ACTION", "login", "role-created"])
        wrong = support.command("audit", "nobody.here", env={"DATABASE_URL": self.url, **self.settings})
        self.assertEqual(wrong.returncode, 1)

    def test_old_rows_are_removed_and_new_ones_stay(self):
        server = self.replica(AUTH_AUDIT_KEEP="2d")
        server.signup("ada")
        server.stop()
        self.sql("""alter table signet.audit disable trigger audit_guard;
                    update signet.audit set at = at - interval '3 days';
                    alter table signet.audit enable trigger audit_guard""")
        server = self.replica(AUTH_AUDIT_KEEP="2d")
        server.login("ada")
        support.wait_until(lambda: "audit-pruned" in server.log(), what="the janitor")
        self.assertEqual([row["action"] for row in self.listed("ada")], ["login"])

    def test_a_rotation_of_keys_in_a_directory_is_told_as_well(self):
        del self.settings["AUTH_KEY_ENCRYPTION_KEY"]
        self.replica(AUTH_KEY_ROTATION="2", AUTH_KEY_PUBLISH_AHEAD="4")
        told = lambda: {row["action"] for row in self.listed() if row["actor"] == "rotation"}
        support.wait_until(lambda: {"promote", "retire", "stage"} <= told(), what="the rows of a rotation")


def forwarded(request, address):
    """`request` as a proxy makes it for a client at `address`."""
    return lambda method, path, body=None, headers=None, **options: request(
        method, path, body, headers={"X-Forwarded-For": address, **(headers or {})}, **options)


if __name__ == "__main__":
    unittest.main()
