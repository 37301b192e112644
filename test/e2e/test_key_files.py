"""`signet keys` where the keys are files of one machine, and where the one key is fixed."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
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
        self.change("revoke", rotating.named(first))
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


class BadFiles(unittest.TestCase):
    """A directory that Signet keeps, and what somebody did to it: exit 78, and the file is named."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sound = pathlib.Path(folder.name) / "sound"
        done = self.signet(self.sound, "keys", "stage", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)

    @staticmethod
    def signet(keys, *words):
        return support.command(*words, cwd=keys.parent, env={
            "AUTH_KEYS_DIR": str(keys), "DATABASE_URL": "postgresql://127.0.0.1:1/none",
            "PORT": str(support.free_port())})

    @staticmethod
    def weak():
        return subprocess.run(["openssl", "genrsa", "1024"], check=True, capture_output=True, text=True).stdout

    @staticmethod
    def elliptic():
        return subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                              check=True, capture_output=True, text=True).stdout

    @staticmethod
    def edit(path, **members):
        content = json.loads(path.read_text())
        content["keys"][0].update(members)
        path.write_text(json.dumps(content))

    def test_whatever_is_wrong_with_a_file_it_is_refused_by_name(self):
        deeds = {
            "a key that is cut off": ("keys.json", lambda path: self.edit(path, privatePart="-----BEGIN PRIVATE KEY")),
            "a key that is weak": ("keys.json", lambda path: self.edit(path, privatePart=self.weak())),
            "a key that was exchanged": ("keys.json", lambda path: self.edit(path, privatePart=self.elliptic())),
            "a key that is gone": ("keys.json", lambda path: self.edit(path, privatePart="")),
            "keys that others can read": ("keys.json", lambda path: path.chmod(0o604)),
            "a file that is damaged": ("keys.json", lambda path: path.write_text('{"version":2,"epoch":1,"keys":[')),
            "a file that is empty": ("keys.json", lambda path: path.write_text("")),
            "an audit that others can read": ("audit.jsonl", lambda path: path.chmod(0o604)),
            "a stray key": ("stray.pem", lambda path: self.put(path, self.elliptic())),
            "a stray link": ("stray.pem", lambda path: path.symlink_to(path.parent / "keys.json")),
        }
        if os.geteuid() == 0:
            deeds["keys that a foreign group can read"] = ("keys.json", self.share_with_strangers)
        for number, (what, (name, deed)) in enumerate(deeds.items()):
            keys = self.sound.parent / str(number)
            shutil.copytree(self.sound, keys)
            deed(keys / name)
            # Beside a stray key nobody serves, but it shall not stop an operator in an emergency.
            for words in (["serve"],) if name == "stray.pem" else (["serve"], ["keys", "stage", "--yes"]):
                with self.subTest(what, words=words):
                    done = self.signet(keys, *words)
                    self.assertEqual(done.returncode, 78, done.stderr)
                    self.assertIn(f"{keys}/{name}", done.stderr)
                    self.assertNotIn("PRIVATE", done.stderr)

    @staticmethod
    def share_with_strangers(path):
        os.chown(path, -1, 65533)
        path.chmod(0o640)

    @staticmethod
    def put(path, text):
        path.write_text(text)
        path.chmod(0o600)


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
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
