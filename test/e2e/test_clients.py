"""Answers that do not mislead whoever writes a client: what is theirs to change is said, the rest is let pass."""

import json
import time
import unittest

import support
from support import PASSWORD, bearer
from test_browsers import ACCESS, REFRESH, cookies_of

APP = "http://localhost:3000"
FAST = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
METADATA_BYTES_MAX = 4096
OTHER_PASSWORD = "quince-Harbour-48-violin"


class Clients(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = cls.cluster.fresh_database()
        cls.server = support.Signet(cls.url, wait="/readyz", env=FAST)
        cls.addClassCleanup(cls.server.close)

    def refused(self, answer, status, code, pointer=None):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.body)
        if pointer:
            self.assertIn(pointer, [each["pointer"] for each in answer.json["errors"]])

    def test_a_wrong_current_password_is_400_at_its_member(self):
        token = self.server.signup("client.one").json["token"]
        answer = self.server.post("/password", {"currentPassword": "wrong-" + PASSWORD, "newPassword": OTHER_PASSWORD},
                                  headers=bearer(token))
        self.refused(answer, 400, "wrong-current-password", "/currentPassword")
        self.assertNotIn("www-authenticate", answer.headers)

    def test_an_expired_token_is_told_apart_from_a_bad_one(self):
        server = self.signet(env={**FAST, "AUTH_ACCESS_TOKEN_TTL": "1s"})
        token = server.signup("client.two").json["token"]
        self.refused(server.get("/me", headers=bearer(token[:-8] + "AAAAAAAA")), 401, "invalid-token")

        def expired():
            return server.get("/me", headers=bearer(token)).status == 401

        support.wait_until(expired, 30, "the token to expire")
        answer = server.get("/me", headers=bearer(token))
        self.refused(answer, 401, "token-expired")
        self.assertIn("invalid_token", answer.headers["www-authenticate"])
        self.assertNotIn("Sign in again", answer.json["detail"])
        self.refused(server.get("/webhook", headers=bearer(token)), 401, "token-expired")
        # Nothing is told of a token that somebody else made, however old it says it is.
        self.refused(server.get("/me", headers=bearer(token[:-8] + "AAAAAAAA")), 401, "invalid-token")

    def test_an_optional_member_that_is_empty_counts_as_absent(self):
        answer = self.server.post("/signup", {"username": "client.three", "email": "", "password": PASSWORD,
                                              "confirmPassword": ""})
        self.assertEqual(answer.status, 200, answer.body)
        answer = self.server.post("/signup", {"username": "", "email": "three@example.org", "password": PASSWORD})
        self.assertEqual(answer.status, 200, answer.body)
        answer = self.server.post("/login", {"username": "", "email": "three@example.org", "password": PASSWORD})
        self.assertEqual(answer.status, 200, answer.body)
        answer = self.server.post("/signup", {"username": " ", "email": "", "password": PASSWORD})
        self.assertEqual(answer.status, 400)

    def test_white_space_around_a_name_is_cut(self):
        answer = self.server.post("/signup", {"username": " client.four\n", "email": "\tfour@example.org ",
                                              "password": PASSWORD})
        self.assertEqual((answer.json["username"], answer.json["email"]), ("client.four", "four@example.org"))
        self.assertEqual(self.server.login("client.four ").status, 200)
        self.assertEqual(self.server.login("\u00a0client.four\u3000").status, 200)
        self.assertEqual(self.server.post("/login", {"email": " four@example.org", "password": PASSWORD}).status, 200)
        # A password is looked at as it is.
        self.assertEqual(self.server.login("client.four", PASSWORD + " ").status, 401)

    def test_an_address_typed_as_username_signs_in(self):
        self.server.post("/signup", {"username": "client.five", "email": "five@example.org", "password": PASSWORD})
        self.assertEqual(self.server.login("Five@example.org").status, 200)
        self.refused(self.server.login("nobody@example.org"), 401, "invalid-credentials")

    def test_a_reserved_or_badly_made_username_is_refused(self):
        for name in ("admin", "Root", "anonymous", "HASURA", ".dot", "dash-", "ab", "a" * 65, "a b", "naïve"):
            answer = self.server.signup(name)
            self.assertEqual((answer.status, answer.json["errors"][0]["pointer"]), (400, "/username"), name)

    def test_metadata_is_taken_at_signup_and_changed_by_the_user(self):
        answer = self.server.post("/signup", {"username": "client.six", "password": PASSWORD,
                                              "metadata": {"locale": "de", "deep": [1, {"a": None}]}})
        self.assertEqual(answer.status, 200, answer.body)
        me = self.server.get("/me", headers=bearer(answer.json["token"])).json
        self.assertEqual(me["metadata"], {"locale": "de", "deep": [1, {"a": None}]})
        self.assertEqual((me["emailVerified"], me["active"]), (False, True))
        changed = self.server.request("PATCH", "/me", {"metadata": {"locale": "fr"}, "username": "client.six.b"},
                                      headers=bearer(answer.json["token"]))
        self.assertEqual(changed.status, 200, changed.body)
        self.assertEqual((changed.json["metadata"], changed.json["username"]), ({"locale": "fr"}, "client.six.b"))
        self.assertEqual(self.server.login("client.six.b").status, 200)
        self.refused(self.server.login("client.six"), 401, "invalid-credentials")
        for metadata in ("text", [1], {"long": "x" * METADATA_BYTES_MAX}):
            bad = self.server.request("PATCH", "/me", {"metadata": metadata}, headers=bearer(answer.json["token"]))
            self.assertEqual((bad.status, bad.json["errors"][0]["pointer"]), (400, "/metadata"), bad.body)

    def test_a_name_that_is_taken_cannot_be_taken_by_a_change(self):
        self.server.signup("client.taken")
        token = self.server.signup("client.seven").json["token"]
        self.refused(self.server.request("PATCH", "/me", {"username": "Client.Taken"}, headers=bearer(token)),
                     409, "username-taken")
        for body in ({}, {"roles": ["admin"]}, {"active": False}, {"email": "x@example.org"}):
            self.assertEqual(self.server.request("PATCH", "/me", body, headers=bearer(token)).status, 400, body)

    def test_who_deletes_the_account_proves_the_password_and_is_gone(self):
        body = self.server.signup("client.eight").json
        token = body["token"]
        self.refused(self.server.request("DELETE", "/me", {"currentPassword": "wrong"}, headers=bearer(token)),
                     400, "wrong-current-password", "/currentPassword")
        gone = self.server.request("DELETE", "/me", {"currentPassword": PASSWORD}, headers=bearer(token))
        self.assertEqual(gone.status, 204, gone.body)
        self.assertEqual(self.server.get("/me", headers=bearer(token)).status, 401)
        self.refused(self.server.post("/refresh", {"refreshToken": body["refreshToken"]}), 401, "invalid-refresh-token")
        counts = self.cluster.sql(f"""select (select count(*) from "user" where id = '{body['id']}')
            || ' ' || (select count(*) from user_role where user_id = '{body['id']}')
            || ' ' || (select count(*) from signet.session where user_id = '{body['id']}')""", self.url)
        self.assertEqual(counts, "0 0 0")

    def test_an_account_that_other_tables_need_is_not_deleted_and_the_answer_says_so(self):
        self.cluster.sql("""create table "order" (buyer uuid references "user" (id))""", self.url)
        self.addCleanup(self.cluster.sql, 'drop table "order"', self.url)
        body = self.server.signup("client.nine").json
        self.cluster.sql(f"""insert into "order" values ('{body['id']}')""", self.url)
        self.refused(self.server.request("DELETE", "/me", {"currentPassword": PASSWORD}, headers=bearer(body["token"])),
                     409, "account-in-use")
        done = support.command("user", "delete", "client.nine", "--yes", env=self.server.env)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("Account in use", done.stderr)
        self.assertEqual(self.server.login("client.nine").status, 200)

    def test_an_account_that_a_trigger_keeps_is_not_said_to_have_a_wrong_password(self):
        url = self.cluster.fresh_database()
        server = self.signet(url, env=FAST)
        body = server.signup("client.kept").json
        self.cluster.sql("""create function keep() returns trigger language plpgsql as
                            'begin update public."user" set username = old.username where id = old.id; return null; end';
                            create trigger keep before delete on "user" for each row execute function keep()""", url)
        self.refused(server.request("DELETE", "/me", {"currentPassword": PASSWORD}, headers=bearer(body["token"])),
                     409, "account-in-use")

    def test_metadata_that_lies_too_deep_or_is_no_object_is_named(self):
        for metadata, code in (({"a": None}, None), (json.loads("[" * 20 + "]" * 20), "too-deep")):
            answer = self.server.post("/signup", {"username": "client.deep", "password": PASSWORD,
                                                  "metadata": {"m": metadata}})
            self.assertEqual(answer.json.get("errors", [{}])[0].get("code"), code, answer.body)

    def test_numbers_of_metadata_are_kept_as_javascript_keeps_them(self):
        answer = self.server.post("/signup", {"username": "client.ten", "password": PASSWORD,
                                              "metadata": {"n": [1.5, -7, 9007199254740993, 1e20, 0.1]}})
        token = answer.json["token"]
        me = self.server.get("/me", headers=bearer(token)).json
        self.assertEqual(me["metadata"], {"n": [1.5, -7, 9007199254740993, 10**20, 0.1]})
        for number in (1e21, -1e308, 1e-300):
            answer = self.server.request("PATCH", "/me", {"metadata": {"n": [{"m": number}]}}, headers=bearer(token))
            self.refused(answer, 400, "out-of-range", "/metadata")


class LoggingOut(support.ClusterTest):
    """A used-up or expired refresh token ends nothing but, where that is reuse, its own session."""

    def live(self, server, body):
        return server.post("/refresh", {"refreshToken": body["refreshToken"]}).status == 200

    def test_a_used_up_token_ends_its_own_session_and_no_other(self):
        server = self.signet(env={**FAST, "AUTH_REFRESH_GRACE": "1s"})
        server.signup("logout.one")
        first, other = server.login("logout.one").json, server.login("logout.one").json
        second = server.post("/refresh", {"refreshToken": first["refreshToken"]}).json
        third = server.post("/refresh", {"refreshToken": second["refreshToken"]}).json
        time.sleep(1.5)
        answer = server.post("/logout", {"refreshToken": first["refreshToken"], "all": True})
        self.assertEqual(answer.status, 401, "the token would not refresh")
        self.assertFalse(self.live(server, third), "reuse ends its own session")
        self.assertTrue(self.live(server, other), "and no other")

    def test_an_expired_token_ends_nothing(self):
        server = self.signet(env={**FAST, "AUTH_REFRESH_TOKEN_TTL": "2s"})
        server.signup("logout.two")
        old = server.login("logout.two").json
        time.sleep(2.5)
        new = server.login("logout.two").json
        answer = server.post("/logout", {"refreshToken": old["refreshToken"], "all": True})
        self.assertEqual(answer.status, 401)
        self.assertTrue(self.live(server, new))

    def test_a_token_that_would_refresh_ends_its_session_or_all(self):
        server = self.signet(env=FAST)
        server.signup("logout.three")
        a, b, c = (server.login("logout.three").json for _ in range(3))
        self.assertEqual(server.post("/logout", {"refreshToken": a["refreshToken"]}).status, 204)
        self.assertTrue(self.live(server, b))
        self.assertEqual(server.post("/logout", {"refreshToken": c["refreshToken"], "all": True}).status, 204)
        self.assertFalse(self.live(server, c))


class Cookies(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = support.Signet(cls.cluster.fresh_database(), wait="/readyz",
                                    env={**FAST, "AUTH_COOKIES": "on", "AUTH_CORS_ORIGINS": APP})
        cls.addClassCleanup(cls.server.close)

    def sign_up(self, name):
        answer = self.server.post("/signup", {"username": name, "password": PASSWORD}, headers={"Origin": APP})
        self.assertEqual(answer.status, 200, answer.body)
        return {key: value for key, (value, _) in cookies_of(answer).items()}

    def ask(self, method, path, jar, body=None, **headers):
        cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
        return self.server.request(method, path, body, headers={"Origin": APP, "Cookie": cookie, **headers})

    def test_refresh_and_logout_take_no_body_and_no_content_type(self):
        jar = self.sign_up("jar.one")
        answer = self.ask("POST", "/refresh", jar)
        self.assertEqual(answer.status, 200, answer.body)
        jar = {key: value for key, (value, _) in cookies_of(answer).items()}
        answer = self.ask("POST", "/logout", jar, **{"Content-Length": "0"})
        self.assertEqual(answer.status, 204, answer.body)

    def test_the_access_cookie_opens_what_a_bearer_token_opens(self):
        jar = {ACCESS: self.sign_up("jar.two")[ACCESS]}
        me = self.ask("GET", "/me", jar)
        self.assertEqual((me.status, me.json["username"]), (200, "jar.two"))
        self.assertEqual(self.ask("GET", "/sessions", jar).status, 200)
        self.assertEqual(self.ask("GET", "/me", jar, Authorization="").status, 200, "an empty one is none")
        self.assertEqual(self.ask("PATCH", "/me", jar, {"metadata": {"a": 1}}).status, 200)
        changed = self.ask("POST", "/password", jar, {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD})
        self.assertEqual(changed.status, 204, changed.body)

    def test_a_page_of_another_origin_reads_and_changes_nothing_by_the_cookie(self):
        jar = self.sign_up("jar.three")
        cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
        session = "/sessions/" + support.claims(jar[ACCESS])["sid"]
        for method, path, body in (("PATCH", "/me", {"metadata": {}}), ("DELETE", "/me", {"currentPassword": "x"}),
                                   ("DELETE", session, None),
                                   ("POST", "/password", {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD})):
            for headers in ({"Cookie": cookie, "Origin": "https://evil.example"}, {"Cookie": cookie}):
                answer = self.server.request(method, path, body, headers=headers)
                self.assertEqual(answer.status, 403, (method, path, headers))
        for path in ("/me", "/sessions"):
            answer = self.server.get(path, headers={"Cookie": cookie, "Origin": "https://evil.example"})
            self.assertEqual((answer.status, answer.json["code"]), (403, "origin-not-allowed"))
        two = {"Cookie": cookie + "; " + cookie, "Origin": APP}
        self.assertEqual(self.server.get("/me", headers=two).status, 401)

    def test_a_refresh_cookie_opens_no_account(self):
        jar = {REFRESH: self.sign_up("jar.four")[REFRESH]}
        self.assertEqual(self.ask("GET", "/me", jar).status, 401)


class Origins(support.ClusterTest):
    def preflight(self, server, origin, headers="content-type"):
        return server.request("OPTIONS", "/login", headers={"Origin": origin, "Access-Control-Request-Method": "POST",
                                                            "Access-Control-Request-Headers": headers})

    def test_apps_with_a_scheme_of_their_own_can_be_listed(self):
        origins = ("capacitor://localhost", "ionic://localhost", "tauri://localhost", "app://-",
                   "chrome-extension://abcdefghijklmnopabcdefghijklmnop", "http://localhost:3000", "http://[::1]:3000")
        server = self.signet(env={**FAST, "AUTH_CORS_ORIGINS": ",".join(origins)})
        for origin in origins:
            answer = self.preflight(server, origin)
            self.assertEqual(answer.headers.get("access-control-allow-origin"), origin)

    def test_an_origin_that_no_browser_sends_names_the_entry_and_what_to_write(self):
        url = self.cluster.url()
        for entry, hint in (("https://app.example.org/", "https://app.example.org"),
                            ("https://App.Example.org", "https://app.example.org"),
                            ("HTTPS://app.example.org", "https://app.example.org"),
                            ("https://app.example.org:443", "https://app.example.org"),
                            ("https://app.example.org/path", "https://app.example.org"),
                            ("app.example.org", "https://app.example.org"), ("*", "")):
            listed = "https://good.example.org," + entry
            done = support.command("serve", env={"DATABASE_URL": url, "PORT": "0", "AUTH_CORS_ORIGINS": listed})
            self.assertEqual(done.returncode, 78, entry)
            self.assertIn("AUTH_CORS_ORIGINS", done.stderr)
            self.assertIn(f'"{entry}"', done.stderr)
            self.assertIn(f'"{hint}"' if hint else "AUTH_CORS_ORIGINS", done.stderr.replace(f'"{entry}"', "", 1))

    def test_pages_may_send_the_headers_that_are_listed(self):
        server = self.signet(env={**FAST, "AUTH_CORS_ORIGINS": APP, "AUTH_CORS_HEADERS": "traceparent, X-App-Version"})
        allowed = self.preflight(server, APP, "traceparent,x-app-version").headers["access-control-allow-headers"]
        self.assertEqual({each.strip().lower() for each in allowed.split(",")},
                         {"authorization", "content-type", "traceparent", "x-app-version"})
        done = support.command("serve", env={"DATABASE_URL": self.cluster.url(), "PORT": "0",
                                             "AUTH_CORS_HEADERS": "X-A, not a name"})
        self.assertEqual(done.returncode, 78)
        self.assertIn("not a name", done.stderr)


if __name__ == "__main__":
    unittest.main()
