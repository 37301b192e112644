"""The key-encryption key of sessions: beside a fixed signing key, replaced, lost and found again."""

import json
import os
import pathlib
import tempfile
import unittest

from jwcrypto import jwk

import rotating
import sessions
import support
from sessions import use

LOST = "session-key-unavailable"


def fixed_key():
    return jwk.JWK.generate(kty="RSA", size=2048).export_to_pem(private_key=True, password=None).decode()


class KeyTest(sessions.SessionTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def reason(self, server):
        """Why no session can be opened, as /readyz says, or "ok"."""
        return server.get("/readyz").json["checks"]["sessions"]

    def lost(self, server):
        support.wait_until(lambda: self.reason(server).startswith(LOST), what="/readyz to say that the key is lost")
        self.assertEqual(server.get("/readyz").status, 503)
        return self.reason(server)

    def ready(self, server):
        support.wait_until(lambda: server.get("/readyz").status == 200, what=f"/readyz; log:\n{server.log()}")

    def end_lost_sessions(self, server):
        """Runs the statement that the log names."""
        reason = next(line["reason"] for line in map(json.loads, server.log().splitlines())
                      if line["event"] == "session-keys-unusable")
        return self.sql(reason[reason.rindex("delete from"):])

    def secret_file(self, text):
        path = self.dir / "kek"
        path.write_text(text)
        os.chmod(path, 0o600)
        return str(path)


class BesideAFixedKey(KeyTest):
    def setUp(self):
        super().setUp()
        self.settings["AUTH_PRIVATE_KEY"] = fixed_key()

    def test_replicas_share_sessions_without_a_shared_directory(self):
        first, second = self.replica(), self.replica()
        self.assertEqual(first.get("/jwks").body, second.get("/jwks").body)
        self.assertEqual(len(rotating.kids(first)), 1)
        token = first.signup("shared.one").json["refreshToken"]
        token = use(second, token).json["refreshToken"]
        second.stop()
        second.start("/readyz")
        answer = use(second, token)
        self.assertEqual(answer.status, 200)
        self.assertEqual(use(first, answer.json["refreshToken"]).status, 200)
        self.assertEqual(self.sql("select count(*) from signet.signing_key"), "0")
        for server in (first, second):
            self.assertFalse(pathlib.Path(server.keys).exists())

    def test_the_key_that_seals_sessions_is_replaced_and_nobody_logs_in_again(self):
        old, new = self.settings["AUTH_KEY_ENCRYPTION_KEY"], rotating.new_encryption_key()
        server = self.replica()
        token = server.signup("re.sealed").json["refreshToken"]
        server.stop()
        self.settings["AUTH_KEY_ENCRYPTION_KEY"] = f"{new},{old}"
        self.assertIn("Would seal the keys of 1 session", self.command("keys", "rewrap"))
        self.assertIn("Sealed the keys of 1 session", self.command("keys", "rewrap", "--yes"))
        self.settings["AUTH_KEY_ENCRYPTION_KEY"] = new
        self.assertEqual(use(self.replica(), token).status, 200)

    def test_commands_say_that_the_one_key_is_fixed(self):
        environment = {"DATABASE_URL": self.url, **self.settings}
        listed = support.command("keys", "list", env=environment)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn("the one key is fixed", listed.stderr)
        for words in (["stage"], ["promote"], ["retire", "x"], ["revoke", "x"]):
            done = support.command("keys", *words, "--yes", env=environment)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("the one key is fixed", done.stderr)


class LostFile(KeyTest):
    """session.key of a keys directory."""

    def setUp(self):
        super().setUp()
        del self.settings["AUTH_KEY_ENCRYPTION_KEY"]

    def start_without_the_key(self):
        """Returns a server whose session.key is gone, the key, and a refresh token from before."""
        server = self.replica()
        token = server.signup("lost.one").json["refreshToken"]
        server.stop()
        file = pathlib.Path(server.keys, "session.key")
        key = file.read_text()
        file.unlink()
        server.start("/livez")
        return server, file, key, token

    def test_readyz_and_the_log_say_what_to_do_and_the_right_key_is_taken_by_itself(self):
        server, file, key, token = self.start_without_the_key()
        self.assertIn("Put the session.key that sealed them back into AUTH_KEYS_DIR", self.lost(server))
        for answer in (use(server, token), server.login("lost.one"), server.signup("lost.two")):
            self.assertEqual((answer.status, answer.json["code"]), (503, LOST))
        self.assertEqual(server.get("/jwks").status, 200)
        self.assertEqual(server.log().count('"event":"session-keys-unusable"'), 1, server.log())
        file.write_text(key)
        self.ready(server)
        self.assertEqual(use(server, token).status, 200)
        self.assertEqual(server.login("lost.one").status, 200)
        self.assertIn('"event":"session-keys-usable"', server.log())

    def test_where_the_key_is_gone_for_good_the_statement_that_the_log_names_starts_anew(self):
        server, _, _, token = self.start_without_the_key()
        self.lost(server)
        self.end_lost_sessions(server)
        self.ready(server)
        self.assertEqual(use(server, token).status, 401)
        self.assertEqual(server.login("lost.one").status, 200)


class OtherKeys(KeyTest):
    def test_a_replica_with_another_key_is_not_ready_and_harms_no_session(self):
        self.settings["AUTH_PRIVATE_KEY"] = fixed_key()
        right = self.replica()
        token = right.signup("other.one").json["refreshToken"]
        stranger = self.signet(self.url, wait="/livez",
                               env={**self.settings, "AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key()})
        self.assertIn("Add the key that sealed them to AUTH_KEY_ENCRYPTION_KEY", self.lost(stranger))
        self.assertEqual(stranger.login("other.one").status, 503)
        self.assertEqual(use(right, token).status, 200)
        self.assertEqual(right.get("/readyz").status, 200)

    def test_a_key_in_a_file_is_read_again_when_what_it_held_no_longer_opens(self):
        for fixed in (False, True):
            with self.subTest(fixed=fixed):
                self.url = self.cluster.fresh_database()
                old, new = rotating.new_encryption_key(), rotating.new_encryption_key()
                settings = {**sessions.CHEAP, "AUTH_ISSUER": rotating.ISSUER, "AUTH_KEY_CHECK": "1s",
                            "AUTH_KEY_ENCRYPTION_KEY_FILE": self.secret_file(old)}
                if fixed:
                    settings["AUTH_PRIVATE_KEY"] = fixed_key()
                server = self.signet(self.url, env=settings)
                token = server.signup("re.read").json["refreshToken"]
                self.secret_file(f"{new},{old}")
                rewrapped = support.command("keys", "rewrap", "--yes", env={"DATABASE_URL": self.url, **settings})
                self.assertEqual(rewrapped.returncode, 0, rewrapped.stderr)
                self.secret_file(new)
                answer = use(server, token)
                self.assertEqual(answer.status, 200, server.log())
                self.ready(server)
                self.assertEqual(server.login("re.read").status, 200)
                self.assertEqual(use(server, answer.json["refreshToken"]).status, 200)

    def test_a_wrong_key_in_a_file_that_is_mended_needs_no_restart(self):
        right = self.settings.pop("AUTH_KEY_ENCRYPTION_KEY")
        first = self.replica(AUTH_KEY_ENCRYPTION_KEY=right)
        token = first.signup("mended.one").json["refreshToken"]
        self.settings.update(AUTH_KEY_CHECK="1s", AUTH_KEY_ENCRYPTION_KEY_FILE=self.secret_file(
            rotating.new_encryption_key()))
        late = self.signet(self.url, wait="/livez", env=self.settings)
        self.assertIn("AUTH_KEY_ENCRYPTION_KEY_FILE", self.lost(late))
        self.secret_file(right)
        self.ready(late)
        self.assertEqual(use(late, token).status, 200)
        self.assertEqual(late.login("mended.one").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
