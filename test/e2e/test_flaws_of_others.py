"""Flaws that were found in other identity services and in what they are built of: each has a test here, or a reason why
it cannot happen yet."""

import concurrent.futures
import http.client
import json
import unittest

import cited_tests
import faulty_inputs
import sessions
import support
from support import PASSWORD, bearer, claims

NO_MAIL = "Signet sends no mail yet"
NO_PROVIDERS = "nobody signs in through another provider yet"
NO_FACTORS = "there is no second factor yet"
NO_CLIENTS = "tokens are not bound to OAuth clients: there are none"
HERE = "test/e2e/test_flaws_of_others.py"
UNIT, CONTRACT, E2E = "test/unit", "test/contract", "test/e2e"

# What happened, and to whom: the tests that would have found it ("PATH: WORDS of the name", "PATH", or a row of
# faulty_inputs.py), or the reason why there is none.
FLAWS = {
    "CVE-2026-31813 Supabase Auth: an ID token of an issuer that the attacker chose": NO_PROVIDERS,
    "GHSA-3529-5m8x-rpv3 Supabase Auth: X-Forwarded-Host led the links of mails elsewhere": (
        f"{HERE}: test_no_header_changes_the_addresses_that_are_given_out",),  # links of mails: NO_MAIL
    "GHSA-wpfr-6297-9v57 GoTrue: a user was made of invalid data of a provider": NO_PROVIDERS,
    "auth-js #213, Supabase #8959: tabs that refresh at once logged everybody out": (
        f"{E2E}/test_refresh.py: test_ten_tabs_on_two_replicas_always_hold_the_identical_successor",
        f"{CONTRACT}/refresh_test.cpp: of ten concurrent uses of one token one rotates and nine replay"),
    "GHSA-6g38-8j4p-j3pr, CVE-2026-41574 Nhost: unverified addresses linked accounts": NO_PROVIDERS,
    "GHSA-7hgr-xvrr-xpw3 Nhost: sessions outlived a change of the password": (
        f"{E2E}/test_sessions.py: test_a_password_change_ends_every_other_session",),
    "CVE-2026-34969 Nhost: a refresh token in a URL": (
        f"{HERE}: test_tokens_come_in_the_body_and_go_into_no_url",
        f"{E2E}/test_refresh.py: test_a_dump_and_all_logs_hold_no_token"),
    "Hasura #9759, #5552: keys that are unknown are not fetched": (
        f"{E2E}/test_rotation.py: rotate_twenty_times_and_no_token_is_refused",),
    "Hasura #10774: keys without `use` are dropped": (
        f"{UNIT}/tokens/jwk_test.cpp: an RSA JWK has exactly the six members that Hasura reads",
        f"{E2E}/test_flow.py: test_jwks_is_the_same_under_both_names_and_says_when_to_look_again"),
    "Hasura #8810, #6453: no start while the keys cannot be had": (
        f"{E2E}/test_faults.py: test_with_postgresql_away_jwks_answers_login_says_503_and_all_is_well_after_its_return",
        f"{E2E}/test_faults.py: test_a_start_without_postgresql_serves_jwks_and_becomes_ready_when_it_comes"),
    "CVE-2019-1020015 Hasura: the audience was not checked": (
        "T36", f"{UNIT}/tokens/keyring_test.cpp: the audience has to be ours where one is configured"),
    "CVE-2023-22492 Zitadel: who was locked could still refresh": (
        f"{E2E}/test_sessions.py: test_sql_that_disables_or_deletes_a_user_ends_the_sessions_at_once",
        f"{E2E}/test_sessions.py: test_set_password_and_disable_end_sessions"),
    "CVE-2024-41952, CVE-2026-23511 Zitadel: other answers told which names exist": (
        f"{E2E}/test_fingerprints.py: test_every_reason_to_refuse_a_login_has_the_same_bytes",
        f"{E2E}/test_fingerprints.py: test_the_time_of_a_refusal_does_not_tell_an_unknown_name_from_a_wrong_password"),
    "CVE-2024-32868, CVE-2025-64102 Zitadel: codes could be guessed without end": NO_FACTORS,
    "CVE-2025-64101, GHSA-93m4-mfpg-c3xf Zitadel: Forwarded led the links of mails elsewhere": (
        f"{HERE}: test_no_header_changes_the_addresses_that_are_given_out",),
    "CVE-2025-31123 Zitadel: keys that had expired were accepted": (
        f"{UNIT}/tokens/stale_view_test.cpp: a retired key verifies until its time is over by our own clock",
        f"{UNIT}/tokens/token_cache_test.cpp: a token of a retired key ends with the key"),
    "CVE-2026-27840 Zitadel: the beginning of a token was as good as all of it": (
        f"{E2E}/test_refresh.py: test_every_prefix_extension_and_bit_change_is_one_and_the_same_401",
        f"{UNIT}/service/refresh_token_test.cpp: no prefix and no extension of a refresh token is one"),
    "GHSA-v77h-2w3m-94hx, GHSA-g5h5-m4hm-xjrr Zitadel: a claim that is missing was not checked": ("X01", "T36"),
    "CVE-2026-55672 Zitadel: a client used another one's refresh token": NO_CLIENTS,
    "CVE-2026-27946, CVE-2026-54693 Zitadel: users said themselves that their address was verified": ("X04", "J12"),
    "CVE-2026-55670 Zitadel: an identifier was given out again, with its data": (
        f"{HERE}: test_who_takes_the_name_of_a_deleted_account_gets_nothing_of_it",),
    "CVE-2024-4629, #31726 Keycloak: guesses at the same time went past the lock": (
        f"{E2E}/test_throttling.py: test_two_dozen_guessers_get_no_more_tries_than_one",),
    "#48272, #33527 Keycloak: the lock refused right logins at the same time": (
        f"{HERE}: test_many_right_logins_at_once_all_succeed",
        f"{CONTRACT}/sessions_test.cpp: eight logins at once all open their session"),
    "CVE-2026-9798, CVE-2026-16103 Keycloak: one way in ignored the lock": (
        f"{E2E}/test_throttling.py: test_a_current_password_is_not_guessed_by_another_route",),
    "CVE-2024-1722, CVE-2026-19607 Keycloak: names that block or claim another's": ("V01", "V02", "V04", "V05"),
    "CVE-2020-15223 Fosite: a logout that the store did not take was called done": (
        f"{HERE}: test_a_logout_that_the_database_did_not_take_is_not_called_done",),
    "CVE-2020-15222, CVE-2020-5300 Ory: an assertion was used twice": NO_CLIENTS,
    "CVE-2026-33503, -33504, -33505 Ory: SQL in a forged page cursor": (
        "V08", "test/house/sql_text.py"),  # no route has pages, so there is no cursor
    "CVE-2026-33495, -33496 Oathkeeper: a proxy's header was believed; a cache took one token for another": (
        "X07", f"{UNIT}/tokens/token_cache_test.cpp: a token that differs from a remembered one in its last letter",
        f"{HERE}: test_an_answer_of_the_webhook_is_given_to_nobody_else"),
    "GHSA-w9mr-28mw-j8hg Oathkeeper: Connection took a header away": ("H76",),
    "CVE-2024-45042 Kratos: a factor was passed over": NO_FACTORS,
    "CVE-2025-24806, CVE-2026-47203 Authelia: name and address were counted apart": (
        f"{UNIT}/service/throttle_test.cpp: wrong passwords count together whichever name of the account was typed",),
    "GHSA-x883-2vmg-xwf7 Authelia: a change of groups took too long": (
        f"{E2E}/test_freshness.py: test_every_change_is_in_effect_on_both_replicas_within_a_second",),
    "CVE-2025-61928 better-auth: the user was taken from the body": ("X03",),
    "CVE-2026-45364 better-auth: each spelling of an IPv6 address had its own limit": (
        f"{UNIT}/base/address_limit_test.cpp: an IPv6 network of 64 bits is one address, in every spelling",),
    "#11023 better-auth: the owner of an address proved a stranger's account": NO_MAIL,
    "CVE-2022-23540, CVE-2022-23541 jsonwebtoken: no algorithm was asked for": ("T01", "T03", "T04", "T06", "T07",
                                                                                "T09"),
    "CVE-2020-15084 express-jwt, CVE-2022-29217, CVE-2026-48526 PyJWT: a public key as a secret": ("T06", "T07"),
    "CVE-2026-22817 Hono: the algorithm came from the token where the key had none": (
        "T07",
        f"{UNIT}/tokens/stale_view_test.cpp: a token says the algorithm of its key, and verifies under no other"),
    "Auth0 2020: nonE": ("T01",),
    "#102 cpp-jwt: a public key as a secret where both kinds were allowed": ("T06", "T07"),
    "CVE-2018-0114 node-jose, CVE-2022-21449 Java: a key from the token; a signature of zeros": (
        "T10", "T12", "T27", f"{UNIT}/tokens/key_kinds_test.cpp: an ES256 signature of zeros, or in DER, is none"),
    "CVE-2025-30204 golang-jwt: a token of dots took memory": ("T22",),
    "CVE-2024-51744 golang-jwt: expired was said of a token with a bad signature": (
        "X02", f"{UNIT}/tokens/forged_content_test.cpp: the signature is looked at before the claims"),
    "CVE-2023-37464 cjose: the length of a tag came from the input": (
        f"{UNIT}/keys/sealing_test.cpp: a sealed text that differs in any bit, or is cut, does not open",),
    "#3094 to #3102 Boost.Beast: smuggling, trailers, chunk extensions": (
        "H02", "H03", "H04", "H05", "H06", "H09", "H10", "H12", "H21", "H22", "H24", "H25", "H28", "H35", "H36", "H37",
        "H38", "H45", "H46", "H52", "H54", "H59"),
    "CVE-2025-1094 PostgreSQL: quoting went wrong in bytes that are no text": (
        "J15", f"{UNIT}/domain/text_test.cpp: text refuses bytes that are no UTF-8", "test/house/sql_text.py"),
    "CVE-2022-0778, CVE-2023-6237, CVE-2022-2274, CVE-2024-2511 OpenSSL: keys that take for ever": (
        f"{UNIT}/keys/key_gate_test.cpp: a text above 16 KiB is refused before it is read",
        f"{UNIT}/keys/key_gate_test.cpp: keys that are too large are refused",
        f"{UNIT}/keys/key_gate_test.cpp: keys of the wrong type are refused, RSA-PSS and other curves among them",
        f"{UNIT}/keys/directory_judging_test.cpp: and that cannot verify what it signs, is refused by name"),
    "Okta 2024: of a long name and a password only the beginning counted": (
        "V13", "X06", f"{UNIT}/password/argon2_hasher_test.cpp: two long passwords that differ in the last character"),
    "Azure AD 2021: a key that was in use was deleted": (
        f"{CONTRACT}/key_rules_test.cpp: SQL cannot remove an active key, nor a retired one before its time",
        f"{UNIT}/tokens/keyring_test.cpp: tokens of the next and of a retired key verify"),
    "Storm-0558: a key that had expired, of another domain, out of a core dump": (
        "T36", "X01",
        f"{UNIT}/tokens/stale_view_test.cpp: a retired key verifies until its time is over by our own clock",
        f"{UNIT}/tokens/keyring_test.cpp: the issuer is compared exactly",
        f"{E2E}/test_faults.py: test_no_core_can_be_dumped_and_no_password_stays_in_memory"),
    "GitHub 2021: a request got what belonged to another": (
        f"{HERE}: test_nobody_is_answered_for_somebody_else",
        "test/concurrency/token_cache_test.cpp: tokens are remembered by some threads while others"),
    "GHSA-gr79-9v6v-gc9r Dex: the TLS settings were not used": "Signet ends no TLS: a proxy does",
}


class Table(unittest.TestCase):
    def test_every_test_and_row_that_is_named_is_there(self):
        named = [each for tests in FLAWS.values() if isinstance(tests, tuple) for each in tests]
        rows = {row.name for row in faulty_inputs.ROWS} | set(faulty_inputs.SCENES)
        self.assertEqual(cited_tests.missing([each for each in named if "/" in each]), [])
        self.assertEqual([each for each in named if "/" not in each and each not in rows], [])


class Flaws(sessions.SessionTest):
    def test_no_header_changes_the_addresses_that_are_given_out(self):
        server = self.replica()
        path = "/.well-known/openid-configuration"
        right = server.get(path).body
        for name in ("Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Host",
                     "X-Original-Host"):
            self.assertEqual(server.get(path, headers={name: "evil.example"}).body, right, name)
        forwarded = {"Forwarded": "for=1.2.3.4;host=evil.example;proto=http", "X-Forwarded-Prefix": "/evil"}
        self.assertEqual(server.get(path, headers=forwarded).body, right)
        self.assertNotIn("evil", claims(server.post("/signup", {"username": "for.warded", "password": PASSWORD},
                                                    headers={"Host": "evil.example",
                                                             **forwarded}).json["token"])["iss"])

    def test_tokens_come_in_the_body_and_go_into_no_url(self):
        server = self.replica()
        user = server.signup("no.url").json
        for answer in (server.login("no.url"), sessions.use(server, user["refreshToken"])):
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["cache-control"], "no-store")
            secrets = (answer.json["token"], answer.json["refreshToken"])
            for name, value in answer.headers.items():
                self.assertNotIn(name, ("location", "refresh", "link", "content-location"))
                self.assertFalse([each for each in secrets if each in value], name)
        token = user["refreshToken"]
        self.assertEqual(server.post(f"/refresh?refreshToken={token}", {}).status, 400)
        self.assertEqual(server.post(f"/logout?refreshToken={token}", {}).status, 400)

    def test_who_takes_the_name_of_a_deleted_account_gets_nothing_of_it(self):
        server = self.replica()
        first = server.post("/signup", {"username": "phoenix", "email": "p@example.org", "password": PASSWORD,
                                        "metadata": {"a": 1}}).json
        self.command("role", "create", "boss")
        self.command("user", "grant", "phoenix", "boss")
        gone = server.request("DELETE", "/me", {"currentPassword": PASSWORD}, bearer(first["token"]))
        self.assertEqual(gone.status, 204, gone.body)
        second = server.post("/signup", {"username": "phoenix", "email": "p@example.org", "password": PASSWORD}).json
        self.assertNotEqual(second["id"], first["id"])
        self.assertEqual(second["roles"], ["user"])
        self.assertEqual(server.get("/me", headers=bearer(second["token"])).json["metadata"], {})
        self.assertEqual(len(server.get("/sessions", headers=bearer(second["token"])).json), 1)
        self.assertEqual(server.get("/me", headers=bearer(first["token"])).status, 401)
        self.assertEqual(sessions.use(server, first["refreshToken"]).status, 401)
        support.wait_until(lambda: self.webhook(server, first["token"]) == 401, 5, "the old token to be refused")

    def test_a_logout_that_the_database_did_not_take_is_not_called_done(self):
        server = self.replica()
        user = server.signup("not.done").json
        self.sql("""create function refuse() returns trigger language plpgsql as
                     $$ begin raise exception 'no' using errcode = '53100'; end $$;
                     create trigger refuse before update or delete on signet.session for each row
                     execute function refuse()""")
        answer = server.post("/logout", {"refreshToken": user["refreshToken"]})
        self.assertGreaterEqual(answer.status, 500, answer.body)
        self.sql("drop trigger refuse on signet.session")
        self.assertEqual(sessions.use(server, user["refreshToken"]).status, 200)
        self.assertEqual(server.post("/logout", {"refreshToken": user["refreshToken"]}).status, 204)
        self.assertEqual(sessions.use(server, user["refreshToken"]).status, 401)

    def test_many_right_logins_at_once_all_succeed(self):
        server = self.replica()
        server.signup("ma.ny")
        with concurrent.futures.ThreadPoolExecutor(25) as pool:
            statuses = list(pool.map(lambda _: server.login("ma.ny").status, range(50)))
        self.assertEqual(statuses, [200] * 50)

    def test_an_answer_of_the_webhook_is_given_to_nobody_else(self):
        server = self.replica()
        self.sql("insert into role(name) values ('boss')")
        users = [server.signup(name).json for name in ("cache.one", "cache.two")]
        self.command("user", "grant", "cache.one", "boss")

        def role(user, asked):
            headers = {**bearer(user["token"]), **({"X-Hasura-Role": asked} if asked else {})}
            answer = server.get("/webhook", headers=headers)
            return (answer.json["X-Hasura-User-Id"], answer.json["X-Hasura-Role"]) if answer.status == 200 else 401

        one, two = users
        support.wait_until(lambda: role(one, "boss") != 401, 5, "the role to be there")
        for _ in range(20):
            self.assertEqual([role(one, "boss"), role(two, "boss"), role(one, None), role(two, None), role(one, "user"),
                              role(one, "Boss")],
                             [(one["id"], "boss"), 401, (one["id"], "user"), (two["id"], "user"), (one["id"], "user"),
                              401])

    def test_nobody_is_answered_for_somebody_else(self):
        server = self.replica(AUTH_IO_THREADS="2", AUTH_LANE_CRYPTO_THREADS="2")
        users = {name: server.signup(name).json for name in (f"mixed.{i}" for i in range(12))}

        def answered_for(line, step, name, user):
            """The id of the user that the answer to a call of one kind or another is about."""
            kind = ("/me", "/webhook", "/sessions", "/login")[step % 4]
            if kind == "/login":
                line.request("POST", kind, json.dumps({"username": name, "password": PASSWORD}),
                             {"Content-Type": "application/json"})
            else:
                line.request("GET", kind, headers=bearer(user["token"]))
            body = json.loads(line.getresponse().read())
            if kind == "/sessions":
                own = claims(user["token"])["sid"] in [session["id"] for session in body]
                return user["id"] if own else body
            if kind == "/login" and claims(body["token"])["sub"] != body["id"]:
                return body
            return body["X-Hasura-User-Id" if kind == "/webhook" else "id"]

        def call(number):
            line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
            wrong = []
            for step in range(60):
                name, user = list(users.items())[(number * 7 + step) % len(users)]
                whose = answered_for(line, step, name, user)
                wrong += [(name, step, whose)] if whose != user["id"] else []
            line.close()
            return wrong

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual([each for wrong in pool.map(call, range(8)) for each in wrong], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
