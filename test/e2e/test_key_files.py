"""`signet keys` where the keys are files of one machine, and where the one key is fixed."""

import json
import time
import unittest

from jwcrypto import jwk

import hasura_emulator
import rotating
import support
from rotating import BY_HAND


class Directory(rotating.RotationTest):
    """The keys of one machine, changed by commands under a running server."""

    def setUp(self):
        super().setUp()
        del self.settings["AUTH_KEY_ENCRYPTION_KEY"]
        self.settings.update(BY_HAND, AUTH_KEYS_DIR=str(self.dir / "keys"))

    def test_a_key_is_staged_promoted_and_followed_by_the_running_server(self):
        server = self.replica()
        first = self.the_active()
        self.change("stage")
        support.wait_until(lambda: len(rotating.kids(server)) == 2, 5, "the next key in the JWKS")
        self.assertEqual(rotating.header(self.token(server, "ada"))["kid"], first)
        time.sleep(rotating.AHEAD_S + 1)
        self.change("promote")
        second = self.the_active()
        self.assertNotEqual(first, second)
        support.wait_until(lambda: rotating.header(self.token(server, "ada"))["kid"] == second, 5, "a new signature")
        self.assertEqual(set(rotating.kids(server)), {first, second})
        self.assertEqual([key["kid"] for key in self.listed() if key["state"] == "retired"], [first])

    def test_a_revoked_key_is_gone_from_the_jwks_at_once(self):
        self.settings["AUTH_ACCESS_TOKEN_TTL"] = "60"
        server = self.replica()
        first = self.the_active()
        token = self.token(server, "ada")
        self.change("stage")
        self.change("revoke", first)
        support.wait_until(lambda: first not in rotating.kids(server), 3, "the JWKS without it")
        self.assertEqual(self.webhook(server, token), 401)
        self.assertEqual(self.webhook(server, self.token(server, "ada")), 200)

    def test_rotation_happens_by_itself(self):
        server = self.replica(AUTH_KEY_ROTATION="2", AUTH_KEY_PUBLISH_AHEAD="4")
        hasura = self.hasura_v2(server)
        first = rotating.header(self.token(server, "ada"))["kid"]

        def signed_by_another():
            token = self.token(server, "ada")
            self.assertIsNone(hasura_emulator.verdict(hasura, token))
            return rotating.header(token)["kid"] != first
        support.wait_until(signed_by_another, 15, "another key")


class Fixed(rotating.RotationTest):
    def test_a_fixed_key_is_listed_and_exported_but_not_changed(self):
        pem = jwk.JWK.generate(kty="RSA", size=2048).export_to_pem(private_key=True, password=None).decode()
        del self.settings["AUTH_KEY_ENCRYPTION_KEY"]
        self.settings["AUTH_PRIVATE_KEY"] = pem
        (key,) = self.listed()
        self.assertEqual(key["state"], "active")
        self.assertEqual(json.loads(self.keys("export").stdout)["keys"][0]["kid"], key["kid"])
        for words in (["stage"], ["promote"], ["retire", "x"], ["revoke", "x"], ["rewrap"]):
            done = self.keys(*words, "--yes")
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("AUTH_PRIVATE_KEY", done.stderr)
        done = self.keys("list", AUTH_KEY_ENCRYPTION_KEY=rotating.new_encryption_key())
        self.assertEqual(done.returncode, 78)


if __name__ == "__main__":
    unittest.main(verbosity=2)
