"""Who may sign up, and with which address; and what users and others are told of what happens to an account."""

import collections
import json
import pathlib
import re
import tempfile
import time

import mail_server
import support
import test_events
from support import PASSWORD, bearer, wait_until

NEW = "another-" + PASSWORD
CODES = {400: "domain-not-allowed", 403: "signup-closed"}


def written(path):
    return path.stat().st_mtime_ns


class RulesTest(support.ClusterTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.url = self.cluster.fresh_database()
        self.env = {"AUTH_MAIL_URL": f"file:{self.dir}", "AUTH_MAIL_FROM": "signet@example.org",
                    "AUTH_LIMIT_MAIL": "off", **test_events.CHEAP}

    def serve(self, **settings):
        self.server = self.signet(self.url, env={**self.env, **settings})
        return self.server

    def command(self, *words, stdin="", code=0, **settings):
        done = support.command(*words, stdin=stdin, env={
            "DATABASE_URL": self.url, "AUTH_KEYS_DIR": self.server.keys, **self.env, **settings})
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def mails(self):
        """(address, subject, text) of each that was sent, in that order."""
        sent = [mail_server.parse(path.read_bytes()) for path in sorted(self.dir.glob("*.eml"), key=written)]
        return [(mail["To"], re.sub(r" to 127[.:0-9]+$", "", mail["Subject"]), mail_server.text_of(mail)) for mail in sent]

    def is_quiet(self):
        wait_until(lambda: self.cluster.sql("select count(*) from signet.outbox where sent_at is null", self.url) == "0",
                   what="an empty outbox")

    def told(self):
        """Address and subject of each mail, once nothing waits any more."""
        self.is_quiet()
        return [mail[:2] for mail in self.mails()]

    def ticket(self, address):
        """That of the last mail to the address."""
        self.is_quiet()
        text = [text for to, _, text in self.mails() if to == address][-1]
        return re.search(r"ticket=([\w-]{43})", text)[1]

    def users(self):
        return int(self.cluster.sql('select count(*) from "user"', self.url))

    def sign_up(self, email=None, username=None):
        body = {"username": username, "email": email, "password": PASSWORD}
        return self.server.post("/signup", {name: value for name, value in body.items() if value})

    def is_refused(self, answer, status, pointer=None):
        self.assertEqual((answer.status, answer.json["code"]), (status, CODES[status]), answer.body)
        self.assertEqual([error["pointer"] for error in answer.json.get("errors", [])], [pointer] if pointer else [])


class WhoMaySignUp(RulesTest):
    def test_where_signups_are_closed_only_who_is_invited_or_created_gets_in(self):
        for mode, settings in (("off", {}), ("invite", {}), ("invite", {"AUTH_EMAIL_VERIFICATION": "required"})):
            with self.subTest(mode=mode, **settings):
                self.setUp()
                self.serve(AUTH_SIGNUP=mode, **settings)
                self.is_refused(self.sign_up("eve@example.org", "eve"), 403)
                self.is_refused(self.sign_up(username="eve"), 403)
                self.assertEqual(self.server.post("/login/link", {"email": "eve@example.org"}).status, 204)
                self.assertEqual((self.told(), self.users()), ([], 0))
                self.command("user", "create", "bob", stdin=PASSWORD)
                self.assertEqual(self.server.login("bob").status, 200)
                self.command("user", "invite", "ada@example.org")
                body = {"ticket": self.ticket("ada@example.org"), "username": "ada", "password": PASSWORD}
                self.assertEqual(self.server.post("/invitation/accept", {**body, "password": "12345678"}).status, 400)
                accepted = self.server.post("/invitation/accept", body)
                self.assertEqual((accepted.status, accepted.json["username"]), (200, "ada"), accepted.body)
                self.assertEqual(self.server.post("/invitation/accept", body).json["code"], "invalid-ticket")
                self.assertEqual(self.server.login("ada").status, 200)

    def test_domains_are_held_to_the_lists_without_regard_to_case(self):
        self.serve(AUTH_SIGNUP_DOMAINS="Example.org, *.example.net", AUTH_SIGNUP_DOMAINS_BLOCKED="spam.example.net")
        self.assertIn("AUTH_EMAIL_VERIFICATION is not required", self.server.log())
        for address in ("ada@EXAMPLE.org", "bob@mail.Example.NET", "carol@a.b.example.net"):
            self.assertEqual(self.sign_up(address).status, 200, address)
        for address in ("eve@example.com", "eve@mail.example.org", "eve@example.net", "eve@evilexample.net",
                        "eve@SPAM.example.net", "eve@example.org.evil.test"):
            self.is_refused(self.sign_up(address), 400, "/email")
        for address in ("eve@example.org.", "eve@example.com@example.org", "eve@example.com, <eve@example.org>",
                        "eve@exämple.org", "eve@[127.0.0.1]"):
            answer = self.sign_up(address)
            self.assertEqual((answer.status, answer.json["errors"][0]["pointer"]), (400, "/email"), address)
        nameless = self.sign_up(username="eve")
        self.assertEqual((nameless.status, nameless.json["code"], nameless.json["errors"][0]["pointer"]),
                         (400, "required", "/email"))
        self.assertEqual(self.users(), 3)

    def test_operators_and_those_whom_they_invite_are_not_bound_by_the_lists(self):
        self.serve(AUTH_SIGNUP_DOMAINS="example.org", AUTH_SIGNUP_DOMAINS_BLOCKED="example.com")
        self.command("user", "create", "bob", "--email", "bob@example.com", stdin=PASSWORD,
                     AUTH_SIGNUP_DOMAINS="example.org")
        self.command("user", "invite", "ada@example.com", AUTH_SIGNUP_DOMAINS_BLOCKED="example.com")
        accepted = self.server.post("/invitation/accept", {"ticket": self.ticket("ada@example.com"),
                                                           "username": "ada", "password": PASSWORD})
        self.assertEqual((accepted.status, accepted.json["email"]), (200, "ada@example.com"))
        self.assertEqual(self.server.login("bob@example.com").status, 200)

    def test_a_change_of_address_does_not_go_round_the_lists(self):
        self.serve(AUTH_SIGNUP_DOMAINS="example.org")
        head = bearer(self.sign_up("ada@example.org").json["token"])

        def change(address, password=PASSWORD):
            return self.server.post("/email/change", {"newEmail": address, "currentPassword": password}, headers=head)

        self.is_refused(change("ada@example.com"), 400, "/newEmail")
        self.is_refused(change("ada@sub.example.org", "wrong-" + PASSWORD), 400, "/newEmail")
        self.assertEqual(self.told(), [])
        self.assertEqual(change("countess@Example.org").status, 204)
        verified = self.server.post("/email/verify", {"ticket": self.ticket("countess@Example.org")})
        self.assertEqual(verified.json, {"email": "countess@Example.org"})

    def test_a_refused_domain_says_nothing_about_who_has_an_account(self):
        self.serve(AUTH_SIGNUP_DOMAINS="example.org", AUTH_EMAIL_VERIFICATION="required")
        self.assertNotIn("AUTH_EMAIL_VERIFICATION is not required", self.server.log())
        for name in ("known@example.com", "known@example.org"):
            self.command("user", "create", name, stdin=PASSWORD)

        def body(answer):
            return {name: value for name, value in answer.json.items() if name != "instance"}

        refused = [self.sign_up(f"{name}@example.com", "someone") for name in ("known", "nobody")]
        for answer in refused:
            self.is_refused(answer, 400, "/email")
        self.assertEqual(*map(body, refused))
        taken = [self.sign_up(f"{name}@example.org") for name in ("known", "nobody")]
        self.assertEqual([answer.status for answer in taken], [202, 202])
        self.assertEqual(taken[0].body, taken[1].body)

    def test_a_setting_that_means_nothing_ends_the_start(self):
        self.serve()
        for name, value, part in (("AUTH_SIGNUP", "sometimes", "on, off or invite"),
                                  ("AUTH_SIGNUP_DOMAINS", "@example.org", "no domain of e-mail addresses"),
                                  ("AUTH_SIGNUP_DOMAINS_BLOCKED", "example.org,,example.com", "no domain")):
            done = self.command("user", "list", code=78, **{name: value})
            self.assertIn(name, done.stderr)
            self.assertIn(part, done.stderr)


class WhatIsTold(RulesTest):
    def setUp(self):
        super().setUp()
        self.receiver = test_events.Receiver()
        self.addCleanup(self.receiver.close)
        self.env.update(AUTH_EVENTS_URL=self.receiver.url, AUTH_EVENTS_SECRET=test_events.SECRET,
                        AUTH_REFRESH_GRACE="1s")

    def happened(self, events, mails=()):
        """What came since the last look, in any order of mails."""
        self.is_quiet()
        types, sent = self.receiver.types(), self.told()
        self.assertEqual(types[self.seen[0]:], list(events))
        sent = collections.Counter(sent)
        self.assertEqual(sent - self.seen[1], collections.Counter(mails))
        self.seen = len(types), sent

    seen = (0, collections.Counter())

    def test_users_are_told_of_each_change_of_password_and_address_and_of_a_stolen_session(self):
        ada = "ada@example.org"
        self.serve()
        signed_in = self.sign_up(ada, "ada").json
        head = {**bearer(signed_in["token"]), "Accept-Language": "de-CH, en;q=0.5"}
        self.happened(["user.created"])
        for password, status in (("wrong-" + PASSWORD, 400), (PASSWORD, 204)):
            answer = self.server.post("/password", {"currentPassword": password, "newPassword": NEW}, headers=head)
            self.assertEqual(answer.status, status)
        self.happened(["password.changed"], [(ada, "Ihr Passwort wurde geändert")])
        self.server.post("/password/reset-request", {"email": ada})
        ticket = self.ticket(ada)
        self.happened([], [(ada, "Choose a new password")])
        self.assertEqual(self.server.post("/password/reset", {"ticket": ticket, "newPassword": PASSWORD}).status, 204)
        self.happened(["user.email-verified", "password.changed"], [(ada, "Your password was changed")])
        self.command("user", "set-password", "ada", stdin=NEW)
        self.happened(["password.changed"], [(ada, "Your password was changed")])

        first = self.server.login("ada", NEW).json["refreshToken"]
        self.server.post("/refresh", {"refreshToken": first})
        time.sleep(1.5)
        for path, body in (("/logout", {"all": True}), ("/refresh", {})):
            self.assertEqual(self.server.post(path, {"refreshToken": first, **body}).status, 401)
        self.happened(["session.reuse"], [(ada, "You were signed out for safety")])

        head = bearer(self.server.login("ada", NEW).json["token"])
        wish = {"newEmail": "new@example.org", "currentPassword": NEW}
        self.assertEqual(self.server.post("/email/change", wish, headers=head).status, 204)
        ticket = self.ticket("new@example.org")
        self.happened([], [(ada, "Your e-mail address is to be changed"),
                           ("new@example.org", "Confirm your new e-mail address")])
        self.assertEqual(self.server.post("/email/verify", {"ticket": ticket}).status, 200)
        self.happened(["user.email-changed", "user.email-verified"])
        self.command("user", "set-email", "ada", ada)
        self.happened(["user.email-changed"], [("new@example.org", "Your e-mail address was changed")])
        self.assertIn(f"the new one is {ada}", self.mails()[-1][2])
        self.command("user", "set-email", "ada", ada)
        self.happened([])
        self.command("user", "set-email", "ada", "--none")
        self.happened(["user.email-changed"], [(ada, "Your e-mail address was changed")])
        self.command("user", "set-email", "ada", ada)
        self.command("user", "set-password", "ada", stdin=PASSWORD, AUTH_MAIL_URL="", AUTH_MAIL_FROM="")
        self.happened(["user.email-changed", "password.changed"])

    def test_the_life_of_an_invited_user_is_told_in_order_and_each_thing_once(self):
        self.serve(AUTH_SIGNUP="invite")
        self.command("role", "create", "editor")
        self.command("user", "invite", "ada@example.org", "--role", "editor")
        ticket = self.ticket("ada@example.org")
        self.happened(["user.created"], [("ada@example.org", "You are invited")])
        body = {"ticket": ticket, "username": "ada", "password": PASSWORD}
        refresh = self.server.post("/invitation/accept", body).json["refreshToken"]
        self.happened(["user.renamed", "user.email-verified"])
        for words in (["disable"], ["disable"], ["enable"], ["enable"], ["unlock"], ["logout"]):
            self.command("user", *words, "ada")
        self.happened(["user.disabled", "user.enabled"])
        self.assertEqual(self.server.post("/refresh", {"refreshToken": refresh}).status, 401)
        refresh = self.server.login("ada").json["refreshToken"]
        self.assertEqual(self.server.post("/logout", {"refreshToken": refresh, "all": True}).status, 204)
        self.server.post("/login/code", {"email": "ada@example.org"})
        self.is_quiet()
        code = re.search(r"\b(\d{6})\b", self.mails()[-1][2])[1]
        answer = self.server.post("/login/code/verify", {"email": "ada@example.org", "code": code})
        self.assertEqual(answer.status, 200)
        self.server.post("/login/link", {"email": "nobody@example.org"})
        self.command("user", "delete", "ada", "--yes")
        self.is_quiet()
        self.assertEqual(self.receiver.types()[self.seen[0]:], ["user.deleted"])
        data = self.receiver.taken[0].data
        self.assertEqual((data["by"], data["email"], data["username"], data["roles"]),
                         ("invitation", "ada@example.org", None, ["editor", "user"]))

    def test_what_a_command_changes_while_no_server_runs_is_told_when_one_does(self):
        self.serve()
        self.sign_up("ada@example.org", "ada")
        self.happened(["user.created"])
        self.server.stop()
        self.command("user", "set-password", "ada", stdin=NEW)
        rows = json.loads(self.command("outbox", "list", "--json").stdout)
        self.assertEqual(sorted((row["kind"], row["name"], row["to"]) for row in rows),
                         [("event", "password.changed", None), ("mail", "password-changed", "ada@example.org")])
        self.server.start("/readyz")
        self.happened(["password.changed"], [("ada@example.org", "Your password was changed")])

    def test_a_command_that_cannot_seal_what_is_sent_changes_nothing(self):
        self.serve()
        self.sign_up("ada@example.org", "ada")
        self.happened(["user.created"])
        with tempfile.TemporaryDirectory() as elsewhere:
            for words, stdin in ((("user", "set-password", "ada"), NEW), (("user", "set-email", "ada", "--none"), "")):
                done = self.command(*words, stdin=stdin, code=1, AUTH_KEYS_DIR=elsewhere, AUTH_EVENTS_URL="",
                                    AUTH_EVENTS_SECRET="")
                self.assertIn("has no session.key", done.stderr)
        self.assertEqual(self.server.login("ada@example.org").status, 200)
        self.happened([])
