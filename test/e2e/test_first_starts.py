"""Servers that start at once over one home of keys: none ends, and all publish the same from the first byte on."""

import json
import os
import pathlib
import shutil
import tempfile
import threading
import time
import unittest

from jwcrypto import jwk

import rotating
import sessions
import support

ROUNDS = 5
AT_ONCE = 3
# How long the answers of a server are compared after its first one.
COMPARED_S = 1.0


class Watcher(threading.Thread):
    """Asks one server for its keys from the moment at which it takes connections."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.answers = []
        self.fault = None

    def run(self):
        end = time.monotonic() + support.DEADLINE_S
        while time.monotonic() < end:
            if self.server.process.poll() is not None:
                self.fault = f"exit code {self.server.process.returncode}: {self.server.log()}"
                return
            try:
                answer = self.server.get("/jwks")
            except OSError:
                time.sleep(0.002)
                continue
            if not self.answers:
                end = time.monotonic() + COMPARED_S
            self.answers.append((answer.status, answer.body))
            time.sleep(0.01)


class AtOnce(support.ClusterTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def start_at_once(self, url=None, keys=None, **env):
        """Starts servers at once, and returns the one set of keys that all of their answers hold."""
        settings = {**sessions.CHEAP, "AUTH_ISSUER": rotating.ISSUER, **env}
        servers = [support.Signet(url or self.cluster.url(), wait=None, keys=keys, env=settings)
                   for _ in range(AT_ONCE)]
        watchers = [Watcher(server) for server in servers]
        try:
            for watcher in watchers:
                watcher.start()
            for watcher in watchers:
                watcher.join()
                self.assertIsNone(watcher.fault)
            seen = {answer for watcher in watchers for answer in watcher.answers}
            self.assertEqual(len(seen), 1, seen)
            ((status, body),) = seen
            self.assertEqual(status, 200, body)
            return sorted(key["kid"] for key in json.loads(body)["keys"])
        finally:
            for server in servers:
                server.close()

    def test_on_an_empty_database_all_publish_what_one_of_them_stored(self):
        for _ in range(ROUNDS):
            url = self.cluster.fresh_database()
            kids = self.start_at_once(url, AUTH_KEY_ENCRYPTION_KEY=rotating.new_encryption_key())
            self.assertEqual(len(kids), 2)
            self.assertEqual(self.cluster.sql("select kid from signet.signing_key order by kid collate \"C\"", url)
                             .splitlines(), kids)

    def test_over_a_fresh_directory_that_they_share_one_makes_the_keys_and_none_ends(self):
        for number in range(ROUNDS):
            kids = self.start_at_once(keys=str(self.dir / f"fresh-{number}"))
            self.assertEqual(len(kids), 2)

    def old_keys(self):
        """PEM texts as version 0.1.0 kept them, with the rows of its manifest."""
        now = int(time.time())
        files, rows = {}, []
        for state in ("active", "next", "retired"):
            key = jwk.JWK.generate(kty="RSA", size=2048)
            name = f"{state}-{key.thumbprint()}.pem"
            files[name] = key.export_to_pem(private_key=True, password=None)
            rows.append({
                "kid": key.thumbprint(), "alg": "RS256", "state": state, "foreign": False, "createdAt": now - 9000,
                "publishedAt": now - 9000, "activeAfter": now - 5000,
                "activatedAt": None if state == "next" else now - 5000,
                "retiredAt": now - 100 if state == "retired" else None,
                "removeAfter": now + 9000 if state == "retired" else None,
                "tokensTtl": 900, "file": name, "publicPart": ""})
        return files, rows

    def test_over_a_directory_of_an_earlier_version_one_takes_it_over_and_none_ends(self):
        files, rows = self.old_keys()
        for number in range(ROUNDS):
            for layout in ("names", "manifest"):
                directory = self.dir / f"{layout}-{number}"
                directory.mkdir(mode=0o700)
                texts = dict(files)
                if layout == "manifest":
                    texts["keys.json"] = json.dumps({"epoch": 3, "keys": rows}).encode()
                for name, text in texts.items():
                    (directory / name).write_bytes(text)
                    os.chmod(directory / name, 0o600)
                kids = self.start_at_once(keys=str(directory))
                self.assertEqual(kids, sorted(row["kid"] for row in rows), layout)
                self.assertEqual(list(directory.glob("*.pem")), [], layout)
                shutil.rmtree(directory)


if __name__ == "__main__":
    unittest.main(verbosity=2)
