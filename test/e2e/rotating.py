"""Replicas whose keys rotate in seconds, and what the tests of rotation ask of them."""

import base64
import json
import os
import pathlib
import secrets
import tempfile

import hasura_emulator
import support

ISSUER = "http://signet.test"
# What is days and hours in production, in seconds.
TTL_S, MAX_AGE_S, TICK_S, AHEAD_S, PERIOD_S, CHECK_S = 3, 1, 0.5, 5, 3, 1
# A consumer has a change when the replica it asks has it, and its copy has become stale.
SEEN_EVERYWHERE_S = CHECK_S + MAX_AGE_S + TICK_S
# What `keys revoke` says about a Hasura that is not restarted.
SAID_TO_FOLLOW_S = MAX_AGE_S + 1
TIMES = {
    "AUTH_ISSUER": ISSUER,
    "AUTH_ACCESS_TOKEN_TTL": str(TTL_S),
    "AUTH_JWKS_MAX_AGE": str(MAX_AGE_S),
    "AUTH_JWKS_CONSUMER_TICK": "1",
    "AUTH_KEY_PUBLISH_AHEAD": str(AHEAD_S),
    "AUTH_KEY_ROTATION": str(PERIOD_S),
    "AUTH_KEY_CHECK": str(CHECK_S),
    # These tests are about keys: a login is to cost little.
    "AUTH_ARGON2_MEMORY_KIB": "64",
    "AUTH_ARGON2_ITERATIONS": "1",
    "AUTH_LANE_DATA_THREADS": "2",
    "AUTH_LANE_CRYPTO_THREADS": "2",
    "AUTH_IO_THREADS": "1",
}
BY_HAND = {"AUTH_KEY_ROTATION": "off"}


def new_encryption_key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


def header(token):
    return hasura_emulator.parts_of(token)[0]


def kids(server):
    return [key["kid"] for key in server.get("/jwks").json["keys"]]


def named(kid):
    """How an operator names a key: one kid in 64 begins with a hyphen, and is no word then."""
    return f"--kid={kid}" if kid.startswith("-") else kid


class RotationTest(support.ClusterTest):
    """A database and a key-encryption key a test; `self.settings` is what all replicas share."""

    def setUp(self):
        self.url = self.cluster.fresh_database()
        self.settings = {**TIMES, "AUTH_KEY_ENCRYPTION_KEY": new_encryption_key()}
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def replica(self, wait="/readyz", **env):
        return self.signet(self.url, wait=wait, env={**self.settings, **env})

    def hasura_v2(self, *servers, phase_s=0.0):
        urls = [f"http://127.0.0.1:{server.port}/jwks" for server in servers]
        hasura = hasura_emulator.V2(urls, ISSUER, TICK_S, phase_s)
        self.addCleanup(hasura.close)
        return hasura

    def hasura_v3(self, *servers):
        return hasura_emulator.V3([f"http://127.0.0.1:{server.port}/jwks" for server in servers], ISSUER)

    def keys(self, *words, **env):
        """`signet keys WORDS`, as it ends."""
        return support.command("keys", *words, cwd=self.dir,
                               env={"DATABASE_URL": self.url, "AUTH_KEYS_DIR": str(self.dir / "keys"),
                                    **self.settings, **env})

    def change(self, *words, **env):
        """The same with --yes, which has to succeed; what it said."""
        done = self.keys(*words, "--yes", **env)
        self.assertEqual(done.returncode, 0, (words, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def listed(self, **env):
        done = self.keys("list", "--json", **env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def in_state(self, state, **env):
        return [key["kid"] for key in self.listed(**env) if key["state"] == state]

    def the_active(self):
        (kid,) = self.in_state("active")
        return kid

    def token(self, server, name):
        """A token of the account, which is made where it is not there yet."""
        answer = server.login(name)
        if answer.status == 401:
            answer = server.signup(name)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["token"]

    def webhook(self, server, token):
        return server.get("/webhook", headers=support.bearer(token)).status

    def write(self, name, data):
        path = self.dir / name
        path.write_bytes(data)
        os.chmod(path, 0o600)
        return str(path)
