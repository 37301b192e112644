"""What a front-end developer and Hasura see of a running service."""

import re
import unittest

import support
from support import PASSWORD, bearer, claims

NAMESPACE = "https://hasura.io/jwt/claims"


class Flow(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = cls.cluster.fresh_database()
        cls.server = support.Signet(cls.url, wait="/readyz", env={"AUTH_ANONYMOUS_ROLE": ""})
        cls.addClassCleanup(cls.server.close)

    def test_signup_answers_with_a_token_that_says_what_the_body_says(self):
        answer = self.server.signup("flow.one")
        self.assertEqual(answer.status, 200, answer.body)
        body = answer.json
        self.assertEqual((body["username"], body["roles"], body["defaultRole"], body["expiresIn"]),
                         ("flow.one", ["user"], "user", 900))
        self.assertEqual(answer.headers["cache-control"], "no-store")
        payload = claims(body["token"])
        self.assertEqual(payload["sub"], body["id"])
        self.assertEqual(payload["iss"], f"http://127.0.0.1:{self.server.port}")
        self.assertEqual(payload[NAMESPACE], {"x-hasura-allowed-roles": ["user"], "x-hasura-default-role": "user",
                                              "x-hasura-user-id": body["id"],
                                              "x-hasura-session-id": payload["sid"]})

    def test_login_by_username_in_any_case_and_by_email(self):
        self.server.post("/signup", {"username": "Flow.Two", "email": "Two@Example.org", "password": PASSWORD})
        self.assertEqual(self.server.login("flow.two").status, 200)
        self.assertEqual(self.server.post("/login", {"email": "two@example.ORG", "password": PASSWORD}).status, 200)

    def test_a_taken_name_is_409_in_any_case(self):
        self.server.signup("flow.three")
        again = self.server.signup("FLOW.three")
        self.assertEqual((again.status, again.json["code"]), (409, "username-taken"))

    def test_a_role_inserted_by_sql_is_in_the_next_token(self):
        user = self.server.signup("flow.four").json["id"]
        self.cluster.sql(f"""insert into role(name) values ('editor') on conflict do nothing;
                             insert into user_role(user_id, role_id) select '{user}', id from role
                             where name = 'editor'""", self.url)
        body = self.server.login("flow.four").json
        self.assertEqual(body["roles"], ["editor", "user"])
        self.assertEqual(claims(body["token"])[NAMESPACE]["x-hasura-allowed-roles"], ["editor", "user"])

    def test_unknown_name_wrong_password_and_inactive_account_give_the_same_bytes(self):
        self.server.signup("flow.five")
        self.server.signup("flow.six")
        self.cluster.sql("""update "user" set active = false where username = 'flow.six'""", self.url)
        seen = set()
        for name, password in (("nobody.here", PASSWORD), ("flow.five", "wrong-" + PASSWORD), ("flow.six", PASSWORD)):
            answer = self.server.login(name, password)
            self.assertEqual(answer.status, 401)
            body = re.sub(rb'"instance":"[0-9a-f]{32}"', b"", answer.body)
            headers = tuple((k, v) for k, v in answer.headers.items() if k not in ("date", "x-request-id"))
            seen.add((body, headers))
        self.assertEqual(len(seen), 1, seen)

    def test_me_tells_who_the_token_speaks_for(self):
        token = self.server.signup("flow.seven").json["token"]
        me = self.server.get("/me", headers=bearer(token))
        self.assertEqual(me.status, 200)
        self.assertLessEqual({"id", "username", "email", "roles", "defaultRole", "active", "createdAt"},
                             set(me.json))
        self.assertEqual(self.server.get("/me").status, 401)
        self.assertEqual(self.server.get("/me?access_token=" + token).status, 401)

    def test_both_webhook_forms_answer_flat_strings_and_follow_the_roles_of_now(self):
        body = self.server.signup("flow.eight").json
        token, user = body["token"], body["id"]
        get = self.server.get("/webhook", headers=bearer(token))
        post = self.server.post("/webhook", {"headers": {"authorization": f"Bearer {token}"}, "request": None})
        for answer in (get, post):
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual((answer.json["X-Hasura-Role"], answer.json["X-Hasura-User-Id"]), ("user", user))
            self.assertRegex(answer.json["Cache-Control"], r"^max-age=[1-9][0-9]*$")
            self.assertTrue(all(isinstance(value, str) for value in answer.json.values()))
        self.assertEqual(self.server.get("/webhook", headers={**bearer(token), "X-Hasura-Role": "boss"}).status, 401)
        self.cluster.sql(f"""insert into role(name) values ('boss');
                             insert into user_role(user_id, role_id)
                             select '{user}', id from role where name = 'boss'""", self.url)
        as_boss = {**bearer(token), "X-Hasura-Role": "boss"}
        support.wait_until(lambda: self.server.get("/webhook", headers=as_boss).status == 200, 1, "the new role")
        self.assertEqual(self.server.get("/webhook", headers=as_boss).json["X-Hasura-Role"], "boss")
        self.cluster.sql(f"""update "user" set active = false where id = '{user}'""", self.url)
        support.wait_until(lambda: self.server.get("/webhook", headers=bearer(token)).status == 401, 1, "the end")

    def test_webhook_without_credentials_or_with_bad_ones_is_401(self):
        self.assertEqual(self.server.get("/webhook").status, 401)
        for bad in ("Bearer null", "Basic YTpi", "Bearer a.b.c", "Bearer"):
            self.assertEqual(self.server.get("/webhook", headers={"Authorization": bad}).status, 401, bad)
        # The request's own headers are Hasura's, not the client's.
        token = self.server.signup("flow.nine").json["token"]
        self.assertEqual(self.server.post("/webhook", {"headers": {}}, headers=bearer(token)).status, 401)

    def test_webhook_takes_a_large_deep_graphql_request(self):
        token = self.server.signup("flow.ten").json["token"]
        deep = {"leaf": "x" * 1000}
        for _ in range(60):
            deep = {"next": deep}
        body = {"headers": {"Authorization": f"Bearer {token}"},
                "request": {"query": "q" * 900_000, "variables": deep}}
        self.assertEqual(self.server.post("/webhook", body).status, 200)

    def test_jwks_is_the_same_under_both_names_and_says_when_to_look_again(self):
        one, two = self.server.get("/jwks"), self.server.get("/.well-known/jwks.json")
        self.assertEqual(one.body, two.body)
        self.assertEqual(one.headers["cache-control"], "public, max-age=300")
        self.assertEqual(len(one.json["keys"]), 2, "the key that signs, and the next one")
        for key in one.json["keys"]:
            self.assertEqual(set(key), {"kty", "use", "alg", "kid", "n", "e"})

    def test_discovery_names_the_issuer_of_the_tokens(self):
        discovery = self.server.get("/.well-known/openid-configuration").json
        self.assertEqual(discovery["issuer"], f"http://127.0.0.1:{self.server.port}")
        self.assertEqual(discovery["jwks_uri"], discovery["issuer"] + "/.well-known/jwks.json")
        self.assertEqual(discovery["id_token_signing_alg_values_supported"], ["RS256"])

    def test_bad_bodies_are_400_with_pointers_and_never_echo_the_password(self):
        answer = self.server.post("/signup", {"username": "x", "password": "hunter2", "active": True})
        self.assertEqual(answer.status, 400)
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        self.assertEqual({e["pointer"] for e in answer.json["errors"]}, {"/active"})
        answer = self.server.post("/signup", {"username": "x", "password": "hunter2"})
        self.assertEqual({e["pointer"] for e in answer.json["errors"]}, {"/username", "/password"})
        self.assertNotIn(b"hunter2", answer.body)
        self.assertEqual(self.server.post("/login", b'{"username":"a","password":"b","password":"c"}',
                                          headers={"Content-Type": "application/json"}).json["code"],
                         "duplicate-key")

    def test_methods_and_paths_outside_the_table(self):
        self.assertEqual(self.server.get("/nowhere").json["code"], "not-found")
        wrong = self.server.get("/login")
        self.assertEqual((wrong.status, wrong.headers["allow"]), (405, "POST, OPTIONS"))
        self.assertEqual(self.server.request("HEAD", "/jwks").body, b"")
        self.assertEqual(self.server.request("OPTIONS", "/jwks").status, 204)

    def test_neither_passwords_nor_tokens_reach_the_log(self):
        body = self.server.signup("flow.eleven").json
        self.server.login("flow.eleven", "not-" + PASSWORD)
        log = self.server.log()
        self.assertNotIn(PASSWORD, log)
        self.assertNotIn(body["token"], log)
        self.assertNotIn(body["token"].split(".")[2], log)


class Anonymous(support.ClusterTest):
    def test_no_credentials_are_the_anonymous_role_and_bad_ones_are_not(self):
        server = self.signet(env={"AUTH_ANONYMOUS_ROLE": "anonymous"})
        answer = server.get("/webhook")
        self.assertEqual((answer.status, answer.json), (200, {"X-Hasura-Role": "anonymous"}))
        self.assertEqual(server.get("/webhook", headers={"Authorization": "Bearer x"}).status, 401)

    def test_the_role_admin_never_stands_in_a_token_unless_it_is_allowed(self):
        url = self.cluster.fresh_database()
        server = self.signet(url)
        user = server.signup("would.be").json["id"]
        self.cluster.sql(f"""insert into role(name) values ('admin');
                             insert into user_role(user_id, role_id)
                             select '{user}', id from role where name = 'admin'""", url)
        self.assertEqual(server.login("would.be").json["roles"], ["user"])
        self.assertIn('"role-left-out","role":"admin"', server.log())
        server.stop()
        allowed = self.signet(url, keys=server.keys, env={"AUTH_ALLOW_ADMIN_ROLE": "true"})
        self.assertEqual(allowed.login("would.be").json["roles"], ["admin", "user"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
