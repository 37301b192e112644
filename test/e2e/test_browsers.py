"""Cookies and CORS, as a browser meets them."""

import unittest

import support
from support import PASSWORD, bearer

APP = "https://app.example.org"
ACCESS, REFRESH = "__Host-signet-access", "__Host-signet-refresh"


def cookies_of(answer):
    """Name → (value, attributes) of every Set-Cookie."""
    out = {}
    for line in answer.cookies:
        first, *attributes = line.split("; ")
        name, _, value = first.partition("=")
        out[name] = (value, set(attributes))
    return out


class Browser(support.ClusterTest):
    def ask(self, server, method, path, body=None, origin=APP, cookies=None, headers=None):
        headers = dict(headers or {})
        if origin:
            headers["Origin"] = origin
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return server.request(method, path, body=body, headers=headers)

    def setUp(self):
        self.server = self.signet(env={"AUTH_COOKIES": "on", "AUTH_CORS_ORIGINS": APP,
                                       "AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"})

    def sign_up(self, name):
        answer = self.ask(self.server, "POST", "/signup", {"username": name, "password": PASSWORD})
        self.assertEqual(answer.status, 200, answer.body)
        return answer

    def test_both_tokens_come_in_host_cookies_that_no_script_reads(self):
        answer = self.sign_up("cookie.one")
        given = cookies_of(answer)
        self.assertEqual(set(given), {ACCESS, REFRESH})
        for _, attributes in given.values():
            self.assertLessEqual({"Path=/", "Secure", "HttpOnly", "SameSite=Lax"}, attributes)
            self.assertFalse(any(each.lower().startswith("domain") for each in attributes))
        self.assertEqual(given[ACCESS][0], answer.json["token"])

    def test_a_browser_refreshes_and_logs_out_by_cookie(self):
        jar = {REFRESH: cookies_of(self.sign_up("cookie.two"))[REFRESH][0]}
        answer = self.ask(self.server, "POST", "/refresh", {}, cookies=jar)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertNotIn("refreshToken", answer.json)
        given = cookies_of(answer)
        self.assertNotEqual(given[REFRESH][0], jar[REFRESH])
        jar = {name: value for name, (value, _) in given.items()}
        out = self.ask(self.server, "POST", "/logout", {}, cookies=jar)
        self.assertEqual(out.status, 204)
        self.assertEqual({value for value, _ in cookies_of(out).values()}, {""})
        self.assertEqual(self.ask(self.server, "POST", "/refresh", {}, cookies=jar).status, 401)

    def test_a_page_of_another_origin_changes_nothing(self):
        jar = {REFRESH: cookies_of(self.sign_up("cookie.three"))[REFRESH][0]}
        calls = (("POST", "/refresh", {}), ("POST", "/logout", {}), ("POST", "/login", {"username": "x", "password": "y"}),
                 ("POST", "/signup", {"username": "x", "password": "y"}),
                 ("POST", "/password", {"currentPassword": "x", "newPassword": "y"}),
                 ("DELETE", "/sessions/0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0001", None))
        for method, path, body in calls:
            for origin in ("https://evil.example", "null", APP + ".evil.example", "http://app.example.org"):
                answer = self.ask(self.server, method, path, body, origin=origin, cookies=jar)
                self.assertEqual((answer.status, answer.json["code"]), (403, "origin-not-allowed"), (path, origin))
        # A browser that sends our cookie sends its origin too.
        self.assertEqual(self.ask(self.server, "POST", "/refresh", {}, origin=None, cookies=jar).status, 403)
        own = f"http://127.0.0.1:{self.server.port}"
        self.assertEqual(self.ask(self.server, "POST", "/refresh", {}, origin=own, cookies=jar).status, 200)

    def test_who_is_no_browser_needs_no_origin(self):
        body = self.server.signup("cookie.four").json
        self.assertEqual(self.server.post("/refresh", {"refreshToken": body["refreshToken"]}).status, 200)
        self.assertEqual(self.server.get("/me", headers=bearer(body["token"])).status, 200)

    def test_the_webhook_takes_the_access_cookie_in_both_forms(self):
        token = cookies_of(self.sign_up("cookie.five"))[ACCESS][0]
        cookie = f"theme=dark; {ACCESS}={token}"
        self.assertEqual(self.server.get("/webhook", headers={"Cookie": cookie}).status, 200)
        self.assertEqual(self.server.post("/webhook", {"headers": {"Cookie": cookie}}).status, 200)
        self.assertEqual(self.server.get("/me", headers={"Cookie": cookie}).status, 200)

    def test_the_webhook_takes_the_cookie_from_no_page_that_is_not_listed(self):
        token = cookies_of(self.sign_up("cookie.six"))[ACCESS][0]
        with_cookie, with_token = {"Cookie": f"{ACCESS}={token}"}, bearer(token)
        own = f"http://127.0.0.1:{self.server.port}"
        for origin, status in ((None, 200), (APP, 200), (own, 200), ("https://evil.example", 401), ("null", 401),
                               ("", 401), (APP + ".evil.example", 401), ("http://app.example.org", 401)):
            for name in ("Origin", "origin"):
                sent = {} if origin is None else {name: origin}
                answer = self.server.post("/webhook", {"headers": {**with_cookie, **sent}})
                self.assertEqual(answer.status, status, (name, origin))
                self.assertEqual(self.server.get("/webhook", headers={**with_cookie, **sent}).status, status, origin)
                # A page cannot have a token that it was not given: it may say what it likes.
                self.assertEqual(self.server.post("/webhook", {"headers": {**with_token, **sent}}).status, 200, origin)
                both = {**with_token, **with_cookie, **sent}
                self.assertEqual(self.server.post("/webhook", {"headers": both}).status, 200, origin)
        # Hasura's own headers are not the client's.
        answer = self.server.post("/webhook", {"headers": with_cookie}, headers={"Origin": "https://evil.example"})
        self.assertEqual(answer.status, 200)

    def test_a_preflight_of_a_listed_page_is_granted_and_of_another_not(self):
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        good = self.ask(self.server, "OPTIONS", "/login", headers=asked)
        self.assertEqual((good.status, good.headers["access-control-allow-origin"],
                          good.headers["access-control-allow-credentials"], good.headers["vary"]),
                         (204, APP, "true", "Origin"))
        self.assertIn("POST", good.headers["access-control-allow-methods"])
        self.assertIn("content-type", good.headers["access-control-allow-headers"].lower())
        bad = self.ask(self.server, "OPTIONS", "/login", origin="https://evil.example", headers=asked)
        self.assertFalse([name for name in bad.headers if name.startswith("access-control-")])
        self.assertEqual(bad.headers["vary"], "Origin")

    def test_every_answer_to_a_listed_page_can_be_read_by_it(self):
        for method, path, body, status in (("GET", "/jwks", None, 200), ("GET", "/me", None, 401),
                                           ("GET", "/nowhere", None, 404),
                                           ("POST", "/login", {"username": "x", "password": "y"}, 401)):
            answer = self.ask(self.server, method, path, body)
            self.assertEqual((answer.status, answer.headers["access-control-allow-origin"]), (status, APP), path)


class Defaults(support.ClusterTest):
    def test_without_settings_there_are_neither_cookies_nor_cors(self):
        server = self.signet()
        answer = server.post("/signup", {"username": "plain", "password": PASSWORD}, headers={"Origin": APP})
        self.assertEqual((answer.status, answer.cookies), (200, []))
        self.assertNotIn("vary", answer.headers)
        self.assertFalse([name for name in answer.headers if name.startswith("access-control-")])
        cookie = {"Cookie": f"{ACCESS}={answer.json['token']}"}
        self.assertEqual(server.get("/webhook", headers=cookie).status, 401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
