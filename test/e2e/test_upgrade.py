"""A database that version 0.1.0 left is upgraded by the first start, and its users, sessions and keys go on. A
database that is newer than the binary is refused, with what to do."""

import base64
import json
import unittest

import support

# What belongs to test/support/v0_1_0_rows.sql.
ENCRYPTION_KEY = "c2lnbmV0LTAuMS4wIGtleS1lbmNyeXB0aW9uIGtleS4="
KID = "mZSGpK8wvx2IJMTtaejbfMXxoATA4RDr1BAXiDlt75I"
PASSWORD = "kettle-violet-northbound-27"
REFRESHED_TO = "rt1.AAAAAAAAQACAAAAAAAAF5QAAAAEVEQZ4drtWFQkzwwATVF3mRFlBCG4GBAbRZ_xHrLpzyQ"
REFRESHED_FROM = "rt1.AAAAAAAAQACAAAAAAAAF5QAAAADssAt5Y2eKmmyOy2-2-jAr6QAydaDZ8FstanG9lCnjlw"
ENV = {"AUTH_KEY_ENCRYPTION_KEY": ENCRYPTION_KEY, "AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}


def header_of(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def status(url):
    done = support.command("migrate", "--status", "--json", env={"DATABASE_URL": url})
    return done.returncode, [row["state"] for row in json.loads(done.stdout)], done.stderr


class Upgrade(support.ClusterTest):
    def old_database(self):
        url = self.cluster.fresh_database()
        for name in ("v0_1_0.sql", "v0_1_0_rows.sql"):
            self.cluster.sql((support.ROOT / "test/support" / name).read_text(), url)
        return url

    def test_users_sessions_roles_and_keys_of_0_1_0_go_on(self):
        url = self.old_database()
        code, states, _ = status(url)
        self.assertEqual((code, states[:5], set(states[5:])), (0, ["applied"] * 5, {"pending"}))
        plan = support.command("migrate", "--plan", env={"DATABASE_URL": url})
        self.assertIn("add table signet.outbox", plan.stdout)
        server = self.signet(url, env=ENV)
        self.assertEqual(set(status(url)[1]), {"applied"})

        with self.subTest("a session is refreshed, and its tokens have the roles of now"):
            answer = server.post("/refresh", {"refreshToken": REFRESHED_TO})
            self.assertEqual((answer.status, answer.json["roles"]), (200, ["editor", "user"]), answer.body)
            self.assertEqual(header_of(answer.json["token"])["kid"], KID)
            webhook = server.get("/webhook", headers={**support.bearer(answer.json["token"]),
                                                      "X-Hasura-Role": "editor"})
            self.assertEqual((webhook.status, webhook.json["X-Hasura-Role"]), (200, "editor"))
        with self.subTest("a password that was hashed by Argon2id or bcrypt lets in, by each name"):
            for name, password in (("grace", PASSWORD), ("grace@example.org", PASSWORD), ("margaret", "password1")):
                self.assertEqual(server.login(name, password).status, 200, name)
            self.assertEqual(self.cluster.sql("select count(*) from \"user\" where password like '$argon2id$%'", url),
                             "4")
        with self.subTest("a user who is inactive stays out"):
            self.assertEqual(server.login("hopper", PASSWORD).status, 401)
        with self.subTest("both keys are published"):
            self.assertEqual(len(server.get("/jwks").json["keys"]), 2)
        with self.subTest("a refresh token that was used before the upgrade ends its session"):
            self.assertEqual(server.post("/refresh", {"refreshToken": REFRESHED_FROM}).status, 401)
            self.assertEqual(server.post("/refresh", {"refreshToken": answer.json["refreshToken"]}).status, 401)

    def test_a_database_that_is_newer_is_refused_but_by_a_server_that_does_not_migrate(self):
        url = self.cluster.fresh_database()
        self.assertEqual(support.command("migrate", env={"DATABASE_URL": url}).returncode, 0)
        self.cluster.sql("insert into signet.migration values (9999, '9999_future', 'x')", url)
        code, states, told = status(url)
        self.assertEqual((code, states[-1]), (78, "newer"))
        cure = "install a newer Signet"
        self.assertIn(cure, told)
        for words in (("migrate",), ("migrate", "--plan"), ("serve",)):
            done = support.command(*words, env={"DATABASE_URL": url, **ENV})
            self.assertEqual(done.returncode, 78, words)
            self.assertIn(cure, done.stderr, words)
        server = self.signet(url, env={**ENV, "AUTH_MIGRATE": "off"})
        self.assertEqual(server.signup("ada").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
