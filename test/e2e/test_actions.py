"""Signup, login and the rest as Hasura Actions, called and read as Hasura v2 does it."""

import json
import re
import time
import unittest

import support
from hasura_emulator import Action, GraphQLError, session_variables
from mailbox import CHEAP, MailTest
from support import PASSWORD, bearer, claims

SECRET = "the-secret-of-the-actions"
APP = "https://app.example.org"
NAMESPACE = "https://hasura.io/jwt/claims"
SESSION = {"id": False, "username": True, "email": True, "roles": False, "defaultRole": False, "token": False,
           "expiresIn": False, "refreshToken": True}
ACCOUNT = {"id": False, "username": True, "email": True, "emailVerified": False, "roles": False, "defaultRole": False,
           "createdAt": False, "metadata": False}
OUTPUTS = {"me": ACCOUNT, "verify-email": {"email": False}, "SignUp": {"id": False, "token": False},
           "SignIn": {"id": False, "token": False}}


def as_user(session):
    """The session variables of whoever has this token."""
    said = claims(session["token"])[NAMESPACE]
    return session_variables(said["x-hasura-default-role"], claims=said)


class Actions(MailTest):
    env = {"AUTH_ACTION_SECRET": SECRET, "AUTH_COOKIES": "on", "AUTH_CORS_ORIGINS": APP, "AUTH_LIMIT_LOGIN": "3/1h",
           "AUTH_LIMIT_SIGNUP": "1/1h"}

    def action(self, name, secret=SECRET, path="/actions/", **options):
        headers = {"X-Action-Secret": secret} if secret else {}
        fields = OUTPUTS.get(name, SESSION if name in ("signup", "login", "refresh", "login-by-code", "login-by-ticket",
                                                       "accept-invitation") else {"ok": False})
        return Action(f"http://127.0.0.1:{self.server.port}{path}{name}", fields, headers=headers, **options)

    def act(self, name, arguments=None, session=None, client_headers=None, **options):
        return self.action(name, **options).call(arguments or {}, session, client_headers)[0]

    def refusal(self, name, arguments=None, **options):
        with self.assertRaises(GraphQLError) as caught:
            self.act(name, arguments, **options)
        return caught.exception

    def sign_up(self, name):
        return self.act("signup", {"username": name, "email": name + "@example.org", "password": PASSWORD})

    def raw(self, path, body, headers=None):
        return self.server.post(path, body, headers={"X-Action-Secret": SECRET, "Content-Type": "application/json",
                                                     **(headers or {})})

    # Row 49

    def test_a_sign_in_answers_with_every_field_of_the_output_type_as_json(self):
        signed_up = self.sign_up("row.one")
        session = self.act("login", {"username": "row.one", "password": PASSWORD})
        self.assertEqual(session["id"], signed_up["id"])
        self.assertEqual(session["roles"], ["user"])
        self.assertEqual(self.act("refresh", {"refreshToken": session["refreshToken"]})["id"], signed_up["id"])
        for path, arguments in (("/actions/login", {"username": "row.one", "password": PASSWORD}),
                                ("/actions/logout", {"refreshToken": session["refreshToken"]}),
                                ("/actions/request-password-reset", {"username": "row.one"})):
            answer = self.raw(path, {"input": arguments, "action": {"name": "x"}, "session_variables": {}})
            self.assertEqual((answer.status, answer.headers["content-type"]), (200, "application/json"), path)
            self.assertIsInstance(answer.json, dict)

    # Row 50

    def test_a_wrong_password_and_an_unknown_user_get_the_same_error_in_the_same_time(self):
        self.sign_up("row.two")
        shapes, times = [], []
        for name in ("row.two", "nobody.at.all"):
            began = time.monotonic()
            error = self.refusal("login", {"username": name, "password": "wrong-password-7"})
            times.append(time.monotonic() - began)
            error.extensions.pop("instance")
            shapes.append((error.message, error.extensions))
        self.assertEqual(shapes[0], shapes[1])
        self.assertEqual(shapes[0][1], {"code": "invalid-credentials"})
        self.assertLess(max(times), 5 * min(times) + 0.1)

    # Row 51

    def test_a_failure_inside_signet_reaches_hasuras_client_with_message_and_code(self):
        server = self.signet(env={"AUTH_ACTION_SECRET": SECRET, "DATABASE_URL": "postgres://x@127.0.0.1:1/x", **CHEAP},
                             wait="/livez")
        action = Action(f"http://127.0.0.1:{server.port}/actions/login", SESSION, headers={"X-Action-Secret": SECRET})
        with self.assertRaises(GraphQLError) as caught:
            action.call({"username": "a.b", "password": PASSWORD})
        self.assertEqual(caught.exception.extensions["code"], "database-unavailable")
        self.assertGreater(caught.exception.extensions["retryAfter"], 0)
        self.assertNotEqual(caught.exception.message, "internal error")

    def test_what_the_http_server_refuses_by_itself_has_the_form_of_an_actions_error(self):
        for answer, status, code in (
                (self.raw("/actions/login", "x" * (256 * 1024 + 1)), 413, "body-too-large"),
                (self.raw("/actions/login", "{}", {"Content-Type": "text/plain"}), 415, "unsupported-media-type"),
                (self.raw("/actions/login", "{"), 400, "invalid-json")):
            self.assertEqual((answer.status, answer.json["extensions"]["code"]), (status, code))
            self.assertEqual(answer.headers["content-type"], "application/json")
            self.assertTrue(answer.json["message"])

    # Row 52

    def test_a_missing_or_wrong_secret_is_401_and_the_log_says_which_but_shows_neither(self):
        for secret in (None, "wrong-secret-of-somebody", SECRET[:-1], SECRET + "x"):
            answer = self.server.post("/actions/login", {"input": {}},
                                      headers={"X-Action-Secret": secret} if secret else {})
            self.assertEqual((answer.status, answer.json["extensions"]["code"]), (401, "invalid-action-secret"))
            self.assertEqual(answer.headers["content-type"], "application/json")
        self.assertEqual(self.refusal("login", {"username": "a"}, secret="wrong-secret-of-somebody").extensions["code"],
                         "invalid-action-secret")
        log = self.server.log()
        self.assertIn("X-Action-Secret is missing", log)
        self.assertIn("X-Action-Secret is not AUTH_ACTION_SECRET", log)
        self.assertNotIn(SECRET, log)
        self.assertNotIn("wrong-secret-of-somebody", log)

    def test_without_the_setting_there_are_no_actions(self):
        server = self.signet(env={"DATABASE_URL": "postgres://x@127.0.0.1:1/x", **CHEAP}, wait="/livez")
        for path in ("/actions/login", "/SignIn"):
            self.assertEqual(server.post(path, {"input": {}}, headers={"X-Action-Secret": ""}).status, 404)

    def test_a_clients_own_header_in_place_of_the_secret_opens_nothing(self):
        error = self.refusal("login", {"username": "a", "password": "b"}, forward_client_headers=True,
                             client_headers={"X-Action-Secret": "guessed-by-the-client"})
        self.assertEqual(error.extensions["code"], "invalid-action-secret")

    # Row 53

    def test_an_anonymous_client_or_one_of_the_admin_secret_is_not_whom_its_headers_say(self):
        session = self.sign_up("row.five")
        forged = {"x-hasura-user-id": session["id"], "x-hasura-role": "user"}
        for role in ("anonymous", "public", "admin"):
            said = session_variables(role, client_headers=forged)
            self.assertEqual(said["x-hasura-user-id"], session["id"])
            self.assertEqual(self.refusal("me", session=said).extensions["code"], "missing-token")
            self.assertEqual(self.refusal("logout", {"all": True}, session=said).extensions["code"], "missing-token")
        self.assertEqual(self.act("me", session=as_user(session))["username"], "row.five")

    def test_the_account_of_a_signed_in_client_comes_from_its_session_variables_or_its_token(self):
        session, other = self.sign_up("row.five.a"), self.sign_up("row.five.b")
        account = self.act("me", session=as_user(session))
        self.assertEqual((account["id"], account["email"]), (session["id"], "row.five.a@example.org"))
        account = self.act("me", session=as_user(other), client_headers=bearer(session["token"]),
                           forward_client_headers=True)
        self.assertEqual(account["id"], session["id"])
        self.assertEqual(self.act("logout", session=as_user(session), client_headers=bearer(session["token"]),
                                  forward_client_headers=True), {"ok": True})
        self.assertEqual(self.refusal("me", client_headers=bearer(session["token"]),
                                      forward_client_headers=True).extensions["code"], "invalid-token")
        self.assertEqual(self.act("logout", {"all": True}, session=as_user(other)), {"ok": True})
        self.assertEqual(self.refusal("refresh", {"refreshToken": other["refreshToken"]}).extensions["code"],
                         "invalid-refresh-token")

    # Row 54

    def test_arguments_come_flat_or_in_one_object_and_unknown_ones_are_ignored(self):
        session = self.sign_up("row.six")
        arguments = {"username": "row.six", "password": PASSWORD, "email": None, "captcha": {"token": [1, 2]}}
        for given in (arguments, {"input": arguments}, {"object": arguments}, {"credentials": arguments}):
            self.assertEqual(self.act("login", given)["id"], session["id"])
        error = self.refusal("login", {"username": 1, "password": PASSWORD})
        self.assertEqual(error.extensions["code"], "wrong-type")
        self.assertIn("username", error.message)

    # Row 55

    def test_a_signup_a_refresh_or_a_logout_that_is_delivered_twice_does_no_harm(self):
        arguments = {"username": "row.seven", "password": PASSWORD}
        self.act("signup", arguments)
        self.assertEqual(self.refusal("signup", arguments).extensions["code"], "username-taken")
        session = self.act("login", arguments)
        twice = [self.act("refresh", {"refreshToken": session["refreshToken"]})["refreshToken"] for _ in range(2)]
        self.assertEqual(twice[0], twice[1])
        last = self.act("refresh", {"refreshToken": twice[0]})
        self.assertEqual(last["id"], session["id"])
        self.assertEqual(self.act("logout", {"refreshToken": last["refreshToken"]}), {"ok": True})
        again = self.refusal("logout", {"refreshToken": last["refreshToken"]})
        self.assertEqual(again.extensions["code"], "invalid-refresh-token")

    # Row 56

    def test_a_mutation_sets_cookies_one_header_each_and_the_tokens_stand_in_the_payload_too(self):
        page = {"Origin": APP}
        arguments = {"username": "row.eight", "password": PASSWORD}
        session, cookies = self.action("signup", forward_client_headers=True).call(arguments, client_headers=page)
        self.assertEqual(sorted(cookie.split("=")[0] for cookie in cookies),
                         ["__Host-signet-access", "__Host-signet-refresh"])
        self.assertTrue(all(len(cookie) < 4096 for cookie in cookies))
        self.assertTrue(session["token"] and session["refreshToken"])
        jar = {**page, "Cookie": "; ".join(cookie.split(";")[0] for cookie in cookies)}
        refreshed, cookies = self.action("refresh", forward_client_headers=True).call({}, client_headers=jar)
        self.assertEqual((refreshed["id"], len(cookies)), (session["id"], 2))
        self.assertEqual(self.refusal("refresh", forward_client_headers=True,
                                      client_headers={**jar, "Origin": "https://evil.example"}).extensions["code"],
                         "origin-not-allowed")
        jar["Cookie"] = "; ".join(cookie.split(";")[0] for cookie in cookies)
        self.assertEqual(self.act("logout", forward_client_headers=True, client_headers=jar), {"ok": True})

    # Row 57

    def test_the_path_says_which_action_it_is_and_one_that_is_not_there_is_told_in_their_form(self):
        answer = self.raw("/actions/nonsense", {"action": {"name": "login"}, "input": {}, "session_variables": {}})
        self.assertEqual((answer.status, answer.json["extensions"]["code"]), (404, "action-not-found"))
        self.assertTrue(answer.json["message"])
        answer = self.raw("/actions/me", {"action": {"name": "drop table"}, "input": {}, "session_variables": {}})
        self.assertEqual(answer.json["extensions"]["code"], "missing-token")

    # Limits

    def test_all_users_of_hasura_have_its_address_so_only_their_accounts_are_limited(self):
        self.sign_up("limit.one")
        for _ in range(6):  # the limit of an address is three
            self.act("login", {"username": "limit.one", "password": PASSWORD})
        errors = [self.refusal("login", {"username": "limit.one", "password": "wrong-password-7"}) for _ in range(6)]
        self.assertEqual(errors[-1].extensions["code"], "too-many-attempts")
        self.assertGreater(errors[-1].extensions["retryAfter"], 0)
        self.sign_up("limit.two")
        self.act("login", {"username": "limit.two", "password": PASSWORD})

    # Mail

    def test_what_goes_by_mail_is_asked_for_and_redeemed_by_actions(self):
        session = self.sign_up("mail.one")
        address = {"email": "mail.one@example.org"}

        def mailed(action, kind):
            self.assertEqual(self.act(action, address), {"ok": True})
            return self.mailbox.take(address["email"], kind)
        ticket = mailed("request-email-verification", "verify-email").ticket
        self.assertEqual(self.act("verify-email", {"ticket": ticket}), address)
        code = mailed("request-login-code", "sign-in-code").code
        self.assertEqual(self.act("login-by-code", {**address, "code": code})["id"], session["id"])
        ticket = mailed("request-login-link", "sign-in-link").ticket
        self.assertEqual(self.act("login-by-ticket", {"ticket": ticket})["id"], session["id"])
        ticket = mailed("request-password-reset", "reset-password").ticket
        self.assertEqual(self.act("reset-password", {"ticket": ticket, "newPassword": "another-good-one-9"}),
                         {"ok": True})
        self.assertEqual(self.refusal("reset-password", {"ticket": ticket, "newPassword": "a-third-good-one-9"})
                         .extensions["code"], "invalid-ticket")
        session = self.act("login", {**address, "password": "another-good-one-9"})
        self.assertEqual(self.act("change-email", {"newEmail": "mail.two@example.org",
                                                   "currentPassword": "another-good-one-9"},
                                  forward_client_headers=True, client_headers=bearer(session["token"])), {"ok": True})
        self.act("verify-email", {"ticket": self.mailbox.take("mail.two@example.org", "change-email").ticket})
        self.assertEqual(self.act("me", session=as_user(session))["email"], "mail.two@example.org")

    # The page docs/hasura/actions.md

    def test_the_actions_of_the_page_work_as_it_describes_them(self):
        page = (support.ROOT / "docs/hasura/actions.md").read_text()
        types = {name: {field: not kind.endswith("!") for field, kind in re.findall(r"^  (\w+): (\S+)$", body, re.M)}
                 for name, body in re.findall(r"^type (Signet\w+) \{\n(.*?)^\}", page, re.M | re.S)}
        outputs = dict(re.findall(r"^  (signet\w+)(?:\(.*\))?: (Signet\w+)$", page, re.M))
        handlers = dict(re.findall(r"- name: (signet\w+)\n(?:    .*\n)*? +handler: '\{\{SIGNET_URL\}\}(\S+)'", page))
        self.assertEqual(outputs.keys(), handlers.keys())

        def act(name, arguments, session=None):
            return Action(f"http://127.0.0.1:{self.server.port}{handlers[name]}", types[outputs[name]],
                          headers={"X-Action-Secret": SECRET}).call(arguments, session)[0]
        payload = json.loads(re.search(r"-d '(\{\"action\".*?\})'", page, re.S)[1])
        signed_up = act("signetSignup", payload["input"])
        session = act("signetLogin", payload["input"])
        self.assertEqual(session["id"], signed_up["id"])
        session = act("signetRefresh", {"refreshToken": session["refreshToken"]})
        self.assertEqual(act("signetMe", {}, as_user(session))["username"], payload["input"]["username"])
        self.assertEqual(act("signetLogout", {"refreshToken": session["refreshToken"]}), {"ok": True})

    # Tutorials

    def test_the_actions_of_a_tutorial_answer_an_id_and_a_token(self):
        arguments = {"email": "Test@example.org", "name": "Test Name", "password": PASSWORD}
        signed_up = self.act("SignUp", arguments, path="/")
        signed_in = self.act("SignIn", {"email": "test@example.org", "password": PASSWORD}, path="/", kind="query")
        self.assertEqual(signed_in["id"], signed_up["id"])
        self.assertEqual(self.act("me", session=as_user(signed_in))["metadata"], {"name": "Test Name"})
        error = self.refusal("SignIn", {"email": "test@example.org", "password": "wrong-password-7"}, path="/")
        self.assertEqual(error.extensions["code"], "invalid-credentials")


class Tutorials(support.ClusterTest):
    def test_a_tutorials_register_and_login_take_an_address_and_answer_a_token(self):
        server = self.signet(env=CHEAP)
        body = {"email": "test@example.org", "password": PASSWORD}
        registered = server.post("/auth/register", body)
        self.assertEqual(registered.status, 200, registered.body)
        logged_in = server.post("/auth/login", body)
        for answer in (registered, logged_in):
            said = claims(answer.json["token"])[NAMESPACE]
            self.assertEqual((said["x-hasura-user-id"], said["x-hasura-default-role"]), (registered.json["id"], "user"))
        self.assertEqual(server.post("/auth/login", {**body, "password": "wrong-password-7"}).status, 401)

    def test_a_session_in_cookies_gets_a_token_for_hasura_without_another_login(self):
        # The tutorial signs in, keeps the cookies and asks GET /getJWT; here it is POST /refresh.
        server = self.signet(env={"AUTH_COOKIES": "on", **CHEAP})
        signed_in = server.signup("cookie.user")
        jar = "; ".join(cookie.split(";")[0] for cookie in signed_in.cookies)
        own = f"http://127.0.0.1:{server.port}"
        answer = server.request("POST", "/refresh", headers={"Cookie": jar, "Origin": own})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(claims(answer.json["token"])[NAMESPACE]["x-hasura-user-id"], signed_in.json["id"])


if __name__ == "__main__":
    unittest.main()
