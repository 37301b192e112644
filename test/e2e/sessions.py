"""What the tests of sessions share."""

import http.client
import json

import rotating
import support
from support import bearer

# These tests are about sessions: a login is to cost little.
CHEAP = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1", "AUTH_IO_THREADS": "1",
         "AUTH_LANE_DATA_THREADS": "2", "AUTH_LANE_CRYPTO_THREADS": "1"}


def use(server, token, **options):
    return server.post("/refresh", {"refreshToken": token}, **options)


class Line:
    """One connection that is kept, as a browser would."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)

    def use(self, token):
        self.connection.request("POST", "/refresh", json.dumps({"refreshToken": token}),
                                {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        return support.Answer(response.status, {}, response.read())

    def close(self):
        self.connection.close()


class SessionTest(support.ClusterTest):
    def setUp(self):
        self.url = self.cluster.fresh_database()
        self.settings = {**CHEAP, "AUTH_ISSUER": "http://signet.test",
                         "AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key()}

    def replica(self, **env):
        return self.signet(self.url, env={**self.settings, **env})

    def sql(self, text):
        return self.cluster.sql(text, self.url)

    def webhook(self, server, token):
        return server.get("/webhook", headers=bearer(token)).status

    def command(self, *words, stdin=""):
        done = support.command(*words, stdin=stdin, env={"DATABASE_URL": self.url, **self.settings})
        self.assertEqual(done.returncode, 0, (words, done.stdout, done.stderr))
        return done.stdout
