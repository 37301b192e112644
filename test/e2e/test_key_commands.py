"""`signet keys`: what an operator does to keys that live in PostgreSQL, and an emergency."""

import json
import pathlib
import subprocess
import time
import unittest

from jwcrypto import jwk, jws

import hasura_emulator
import rotating
import support
from rotating import BY_HAND
from support import bearer

MEMBERS = {"kid", "alg", "bits", "state", "createdAt", "publishedAt", "activeAfter", "retiredAt", "removeAfter"}


def predecessor_token(key, kid="old", issuer=rotating.ISSUER):
    now = int(time.time())
    token = jws.JWS(json.dumps({"iss": issuer, "sub": "1", "iat": now - 5, "exp": now + 60}))
    token.add_signature(key, alg="RS256", protected=json.dumps({"alg": "RS256", "typ": "JWT", "kid": kid}))
    return token.serialize(compact=True)


class ByHand(rotating.RotationTest):
    """Keys in PostgreSQL that only commands change."""

    def setUp(self):
        super().setUp()
        self.settings.update(BY_HAND)

    def test_without_yes_nothing_changes_and_it_is_said_what_would(self):
        server = self.replica()
        active = self.the_active()
        before = self.listed()
        for words in (["stage"], ["revoke", rotating.named(active)]):
            done = self.keys(*words)
            self.assertIn("--yes", done.stdout + done.stderr, words)
        self.assertEqual(self.keys("stage").returncode, 0)
        self.assertEqual(self.listed(), before)
        self.assertEqual(rotating.kids(server), [active])

    def test_list_shows_the_life_of_each_key_and_export_prints_what_is_served(self):
        server = self.replica()
        self.change("stage")
        support.wait_until(lambda: len(rotating.kids(server)) == 2, 5, "the next key in the JWKS")
        keys = self.listed()
        for key in keys:
            self.assertEqual(set(key), MEMBERS)
        self.assertEqual([key["state"] for key in keys], ["active", "next"])
        self.assertRegex(keys[1]["activeAfter"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIsNone(keys[0]["retiredAt"])
        self.assertEqual(json.loads(self.keys("export").stdout), server.get("/jwks").json)

    def test_a_second_next_key_is_not_made_and_retire_takes_it_back(self):
        self.replica()
        self.change("stage")
        (kid,) = self.in_state("next")
        done = self.keys("stage", "--yes")
        self.assertIn(kid, done.stdout + done.stderr)
        self.assertEqual(self.in_state("next"), [kid])
        self.change("retire", rotating.named(kid))
        self.assertEqual(self.in_state("next"), [])
        self.assertEqual(self.keys("retire", rotating.named(kid), "--yes").returncode, 1)

    def test_a_kid_that_begins_with_a_hyphen_is_given_as_an_option(self):
        self.replica()
        old = jwk.JWK.generate(kty="RSA", size=2048)
        file = self.write("old.pem", old.export_to_pem())
        kid = "-A" + old.thumbprint()[2:]  # with a digit it would pass as a word, like a negative number
        self.change("import", file, "--until", "1h", "--kid", kid)
        self.assertEqual(self.in_state("retired"), [kid])
        for words in (["revoke", kid, "--yes"], ["revoke", "--yes", kid]):
            done = self.keys(*words)
            self.assertEqual(done.returncode, 2)
            self.assertIn("--kid=KID", done.stderr)
        self.assertEqual(self.in_state("retired"), [kid])
        self.change("revoke", f"--kid={kid}")
        self.assertEqual(self.in_state("retired"), [])

    def test_promote_before_its_time_needs_force_and_says_for_how_long_hasura_refuses(self):
        self.replica()
        self.settings["AUTH_KEY_PUBLISH_AHEAD"] = "1h"
        self.change("stage")
        (kid,) = self.in_state("next")
        done = self.keys("promote", "--yes")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"35\d\d|36\d\d")
        said = self.keys("promote", "--force").stdout
        self.assertRegex(said, r"\d+ s")
        self.assertEqual(self.in_state("next"), [kid])
        self.change("promote", "--force")
        self.assertEqual(self.the_active(), kid)
        self.assertEqual(len(self.in_state("retired")), 1)

    def test_ten_promotions_at_once_make_one_transition(self):
        self.replica(AUTH_KEY_PUBLISH_AHEAD="1")
        self.change("stage", AUTH_KEY_PUBLISH_AHEAD="1")
        (kid,) = self.in_state("next")
        time.sleep(2)
        environment = {**support.clean_environment(), **self.settings, "DATABASE_URL": self.url}
        crowd = [subprocess.Popen([support.BINARY, "keys", "promote", "--yes"], env=environment, cwd=self.dir,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(10)]
        codes = sorted(each.wait(support.DEADLINE_S) for each in crowd)
        self.assertEqual(codes, [0] + [1] * 9)
        self.assertEqual(self.the_active(), kid)
        self.assertEqual(len(self.listed()), 2)

    def test_es256_takes_over_from_rotating_rsa_keys_without_a_refused_token(self):
        self.settings["AUTH_KEY_ROTATION"] = "1d"
        servers = [self.replica(), self.replica()]
        hasuras = [self.hasura_v2(*servers), self.hasura_v3(*servers)]
        old = self.token(servers[0], "ada")
        support.wait_until(lambda: len(self.in_state("next")) == 1, 10, "a next RSA key")
        self.change("stage", "--alg", "ES256")
        (kid,) = self.in_state("next")
        support.wait_until(lambda: all(kid in rotating.kids(server) for server in servers), 5, "the next key")
        time.sleep(rotating.AHEAD_S + 1)
        self.change("promote")
        support.wait_until(lambda: all(rotating.header(self.token(server, "ada"))["alg"] == "ES256"
                                       for server in servers), 5, "tokens by the new key")
        token = self.token(servers[1], "ada")
        for hasura in hasuras:
            self.assertIsNone(hasura_emulator.verdict(hasura, token))
        self.assertEqual(self.webhook(servers[0], token), 200)
        self.assertEqual(rotating.header(old)["alg"], "RS256")
        algs = servers[0].get("/.well-known/openid-configuration").json["id_token_signing_alg_values_supported"]
        self.assertEqual(set(algs), {"RS256", "ES256"})

    def test_a_change_is_followed_though_its_notification_is_lost(self):
        server = self.replica()
        source = self.cluster.sql("select pg_get_functiondef('signet.bump_signing_key_epoch'::regproc)", self.url)
        mute = source.replace("perform pg_notify('signet_keys', bumped::text);", "null;")
        self.assertNotEqual(mute, source)
        self.cluster.sql(mute, self.url)
        for change in (["stage"], ["promote", "--force"]):
            self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity"
                             " where query ilike 'listen%' and datname = current_database()", self.url)
            self.change(*change)
            expected = {key["kid"] for key in self.listed()}
            support.wait_until(lambda: set(rotating.kids(server)) == expected, rotating.CHECK_S + 2, "the new keys")
        support.wait_until(lambda: rotating.header(self.token(server, "ada"))["kid"] == self.the_active(),
                           rotating.CHECK_S + 2, "a token by the new key")

    def test_a_predecessors_public_key_is_published_until_its_time(self):
        server = self.replica()
        old = jwk.JWK.generate(kty="RSA", size=2048)
        token = predecessor_token(old)
        hasura = self.hasura_v2(server)
        self.assertIsNotNone(hasura_emulator.verdict(hasura, token))
        path = self.write("old.pem", old.export_to_pem())
        self.change("import", path, "--until", "12s")
        support.wait_until(lambda: hasura_emulator.verdict(hasura, token) is None,
                           rotating.SEEN_EVERYWHERE_S + 2, "Hasura to take the predecessor's token")
        self.assertEqual(len(rotating.kids(server)), 2)
        self.assertEqual(server.get("/webhook", headers=bearer(token)).status, 401)  # of no account of ours
        support.wait_until(lambda: len(rotating.kids(server)) == 1, 20, "the end of the predecessor's key")

    def test_a_private_key_of_another_home_is_imported_and_keeps_signing(self):
        first = support.Signet(self.url, env={**rotating.TIMES, **BY_HAND}, keys=str(self.dir / "keys"), wait="/readyz")
        self.addCleanup(first.close)
        token = self.token(first, "ada")
        first.stop()
        (key,) = json.loads(pathlib.Path(self.dir, "keys", "keys.json").read_text())["keys"]
        self.change("import", self.write("active.pem", key["privatePart"].encode()))
        server = self.replica(AUTH_KEYS_DIR=str(self.dir / "keys"))  # for the sessions that it sealed
        self.assertEqual(rotating.kids(server), [rotating.header(token)["kid"]])
        self.assertEqual(rotating.header(self.token(server, "ada"))["kid"], rotating.header(token)["kid"])

    def test_every_change_leaves_an_audit_row_of_who_made_it(self):
        self.replica()
        self.change("stage")
        self.change("promote", "--force")
        rows = self.cluster.sql("select actor, action from signet.audit order by 1, 2", self.url)
        self.assertIn("cli:", rows)
        for action in ("stage", "promote"):
            self.assertIn(f"|{action}", rows)

    def test_rewrap_moves_the_keys_to_the_first_encryption_key(self):
        self.replica().stop()
        old, new = self.settings["AUTH_KEY_ENCRYPTION_KEY"], rotating.new_encryption_key()
        self.change("rewrap", AUTH_KEY_ENCRYPTION_KEY=f"{new},{old}")
        server = self.replica(AUTH_KEY_ENCRYPTION_KEY=new)
        self.assertEqual(server.signup("ada").status, 200)


class Emergency(rotating.RotationTest):
    def setUp(self):
        super().setUp()
        # A next key is there, nothing moves by itself, and no token dies meanwhile.
        self.settings.update(AUTH_KEY_ROTATION="1d", AUTH_ACCESS_TOKEN_TTL="60")

    def test_a_revoked_key_is_refused_at_once_and_the_next_one_takes_over(self):
        servers = [self.replica(), self.replica()]
        hasura = self.hasura_v2(*servers)
        support.wait_until(lambda: len(self.in_state("next")) == 1, 10, "a next key")
        (successor,) = self.in_state("next")
        time.sleep(rotating.SEEN_EVERYWHERE_S)
        stolen_kid = self.the_active()
        for server in servers:
            self.token(server, "ada")
        issued_at = time.monotonic()
        stolen = self.token(servers[0], "ada")
        said = self.change("revoke", rotating.named(stolen_kid))
        self.assertIn("Hasura", said)
        self.assertIn(f"{rotating.SAID_TO_FOLLOW_S} s", said)
        support.wait_until(lambda: all(self.webhook(server, stolen) == 401 for server in servers),
                           rotating.CHECK_S + 1, "the webhook to refuse")
        self.assertLess(time.monotonic(), issued_at + 60, "it was refused before it expired")
        for server in servers:
            self.assertEqual(rotating.header(self.token(server, "ada"))["kid"], successor)
            self.assertNotIn(stolen_kid, rotating.kids(server))
            self.assertIsNone(hasura_emulator.verdict(hasura, self.token(server, "ada")))
        time.sleep(rotating.MAX_AGE_S + rotating.TICK_S + 0.5)
        forged = self.token(servers[0], "ada")
        self.assertIsNone(hasura_emulator.verdict(hasura, forged))
        self.assertNotIn(stolen_kid, hasura.keys)

    def test_a_replica_with_a_wrong_encryption_key_publishes_but_does_not_sign(self):
        good = self.replica()
        token = self.token(good, "ada")
        bad = self.replica(wait="/livez", AUTH_KEY_ENCRYPTION_KEY=rotating.new_encryption_key())
        support.wait_until(lambda: bad.get("/jwks").status == 200, 10, "the JWKS")
        support.wait_until(lambda: set(rotating.kids(bad)) == set(rotating.kids(good)), 5, "one view of the keys")
        self.assertEqual(self.webhook(bad, self.token(good, "ada")), 200)
        login = bad.login("ada")
        self.assertEqual((login.status, login.json["code"]), (503, "session-key-unavailable"))
        ready = bad.get("/readyz")
        self.assertEqual(ready.status, 503)
        self.assertNotEqual(ready.json["checks"]["keys"], "ok")
        self.assertIn(rotating.header(token)["kid"], bad.log())
        self.assertEqual(good.get("/readyz").status, 200)
        self.assertEqual(good.login("ada").status, 200)

    def test_a_dump_holds_no_usable_key(self):
        self.replica()
        support.wait_until(lambda: len(self.in_state("next")) == 1, 10, "a next key")
        dump = subprocess.run(["pg_dump", "--inserts", self.url], capture_output=True, text=True, timeout=60,
                              check=True).stdout
        self.assertTrue(self.the_active() in dump)
        # How a PKCS#8 RSA key begins, in PEM, in base64 and in hex; and PKCS#1.
        beginnings = ("PRIVATE KEY", "MIIEv", "MIIEo", "020100300d06092a864886f70d010101")
        secret = self.settings["AUTH_KEY_ENCRYPTION_KEY"]
        self.assertEqual([text for text in (*beginnings, secret) if text in dump], [])

    def test_a_server_starts_without_postgresql_and_has_keys_when_it_comes(self):
        self.replica().stop()
        self.cluster.stop()
        try:
            server = self.replica(wait="/livez")
            jwks = server.get("/jwks")
            self.assertEqual((jwks.status, jwks.json["code"]), (503, "no-signing-key"))
            self.assertNotIn("max-age", jwks.headers.get("cache-control", ""))
            self.assertNotEqual(server.get("/readyz").json["checks"]["keys"], "ok")
        finally:
            self.cluster.start()
        support.wait_until(lambda: server.get("/readyz").status == 200, 15, "readiness")
        served = server.get("/jwks").body
        self.cluster.stop()
        try:
            self.assertEqual(server.get("/jwks").body, served)
        finally:
            self.cluster.start()


if __name__ == "__main__":
    unittest.main(verbosity=2)
