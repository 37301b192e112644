"""A signup and the proof of its address: off, optional and required."""

import unittest

import support
from mailbox import CLIENT, NEW_PASSWORD, MailTest
from support import PASSWORD

OTHERS_PASSWORD = "copper-Meadow-38-window"


def shape(answer):
    """What two answers have in common that tell the same."""
    return answer.status, answer.body, {name: value for name, value in answer.headers.items()
                                        if name not in ("date", "x-request-id")}


class SignupTest(MailTest):
    def address(self):
        return f"ada{next(self.numbers)}@example.org"

    def signup(self, email, password=PASSWORD, **more):
        return self.server.post("/signup", {"email": email, "password": password, **more})

    def login(self, email, password=PASSWORD):
        return self.server.post("/login", {"email": email, "password": password})

    def verify(self, mail):
        return self.server.post("/email/verify", {"ticket": mail.ticket})


class Off(SignupTest):
    def test_a_signup_sends_no_mail_and_nothing_depends_on_the_address(self):
        email = self.address()
        self.is_proper(self.signup(email))
        self.assertEqual(self.login(email).status, 200)
        self.gets_nothing(email)

    def is_proper(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIs(self.me(answer.json["token"]).json["emailVerified"], False)

    def test_who_asks_for_a_link_proves_the_address_once(self):
        person = self.person()
        mail = self.verify_mail(person)
        self.assertIn("within 1 hour", mail.text)
        answer = self.verify(mail)
        self.assertEqual((answer.status, answer.json, answer.headers["cache-control"]),
                         (200, {"email": person.email}, "no-store"))
        self.assertIs(self.me(person.token).json["emailVerified"], True)
        self.refused(self.verify(mail), 400, "invalid-ticket")
        self.assertEqual(self.server.login(person.name).status, 200, "the password is as good as before")
        self.ask("/email/verification", {"email": person.email})
        self.gets_nothing(person.email)

    def test_an_address_that_changes_by_sql_is_not_proven_any_more(self):
        person = self.person()
        self.assertEqual(self.verify(self.verify_mail(person)).status, 200)
        self.sql(f"""update "user" set email = 'x{person.email}' where id = '{person.id}'""")
        me = self.server.login(person.name).json["token"]
        self.assertIs(self.me(me).json["emailVerified"], False)


class Optional(SignupTest):
    env = {"AUTH_EMAIL_VERIFICATION": "optional"}

    def test_a_signup_signs_in_and_sends_a_link_on_which_nothing_depends(self):
        email = self.address()
        answer = self.is_signed_in(self.signup(email, username=email.partition("@")[0]))
        mail = self.mailbox.take(email, "verify-email")
        self.assertEqual(self.login(email).status, 200)
        self.assertIs(self.me(answer["token"]).json["emailVerified"], False)
        self.assertEqual(self.verify(mail).json, {"email": email})
        self.assertIs(self.me(answer["token"]).json["emailVerified"], True)
        self.assertEqual(self.login(email).status, 200)
        self.gets_nothing(email)

    def test_a_refused_signup_and_one_without_an_address_send_nothing(self):
        email = self.address()
        self.assertEqual(self.signup(email).status, 200)
        self.mailbox.take(email, "verify-email")
        self.refused(self.signup(email), 409, "email-taken")
        self.assertEqual(self.server.signup("nameless").status, 200)
        self.settle()
        self.assertEqual(self.mailbox.left(), [])

    def test_the_mail_is_in_the_language_of_the_browser(self):
        for header, language in (("de", "de"), ("fr, de;q=0.8, en;q=0.5", "de"), ("en-GB,de;q=0.1", "en"),
                                 ("de-AT", "de"), ("fr", "en"), ("de;q=0", "en"), ("", "en"), ("%s%n\"'", "en")):
            email = self.address()
            self.server.post("/signup", {"email": email, "password": PASSWORD}, headers={"Accept-Language": header})
            self.assertEqual(self.mailbox.take(email, "verify-email").language, language, header)


class Required(SignupTest):
    env = {"AUTH_EMAIL_VERIFICATION": "required"}

    def signed_up(self, email, password=PASSWORD, kind="verify-email", **more):
        """The mail that a signup sends."""
        answer = self.signup(email, password, **more)
        self.assertEqual((answer.status, answer.json), (202, {"status": "verification-sent"}))
        return self.mailbox.take(email, kind)

    def member(self):
        """The address of a user whom an operator made."""
        email = self.address()
        self.command("user", "create", email, stdin=PASSWORD)
        return email

    def test_nobody_signs_in_before_the_link_is_followed(self):
        email = self.address()
        mail = self.signed_up(email)
        self.refused(self.login(email), 403, "email-not-verified")
        self.refused(self.login(email, "wrong-Guess-77"), 401, "invalid-credentials")
        self.assertEqual(self.verify(mail).json, {"email": email})
        answer = self.is_signed_in(self.login(email))
        self.assertIs(self.me(answer["token"]).json["emailVerified"], True)

    def test_the_answer_is_the_same_whether_or_not_the_address_is_free_and_the_mail_says_which(self):
        free, unproven, proven, inactive = (self.address() for _ in range(4))
        self.signed_up(unproven)
        self.assertEqual(self.verify(self.signed_up(proven, username="somebody")).status, 200)
        self.signed_up(inactive)
        self.sql(f"""update "user" set active = false where email = '{inactive}'""")
        with_taken_name = self.address()
        asked = {"free": (free, {}), "unproven": (unproven, {}), "proven": (proven.upper(), {}),
                 "inactive": (inactive, {}), "name": (with_taken_name, {"username": "SomeBody"}),
                 "both": (proven, {"username": "somebody"})}
        shapes = {case: shape(self.signup(email, NEW_PASSWORD, **more)) for case, (email, more) in asked.items()}
        self.assertEqual(set(map(str, shapes.values())), {str(shapes["free"])}, shapes)
        self.assertEqual(shapes["free"][:2], (202, b'{"status":"verification-sent"}'))
        for email, kind in ((free, "verify-email"), (unproven, "verify-email"), (proven, "account-exists"),
                            (proven, "account-exists"), (with_taken_name, "username-taken")):
            mail = self.mailbox.take(email, kind)
            self.assertEqual(kind == "verify-email", "/verify?" in mail.text)
            self.assertIn(CLIENT if kind != "verify-email" else "ticket", mail.text)
        self.gets_nothing(free, unproven, proven, inactive, with_taken_name)
        self.assertEqual(self.sql(f"""select count(*) from "user" where email = '{with_taken_name}'"""), "0")
        self.assertEqual(self.login(proven).status, 200, "nothing was changed")

    def test_what_breaks_a_rule_is_400_whoever_has_the_address(self):
        known = self.address()
        self.signed_up(known)
        self.refused_at(self.server.post("/signup", {"username": "ada-without", "password": PASSWORD}),
                        "/email", "required")
        for email in (known, self.address()):
            self.refused_at(self.signup(email, "password1"), "/password", "password-weak")
            self.refused_at(self.signup(email, username="a b"), "/username", "charset")
        self.refused_at(self.signup("no address"), "/email", "charset")
        self.gets_nothing(known)

    def test_the_password_and_the_name_are_those_of_the_signup_whose_link_is_followed(self):
        for first in (True, False):
            email, name = self.address(), f"ada-{next(self.numbers)}"
            mails = [self.signed_up(email, OTHERS_PASSWORD, username=f"{name}-one"),
                     self.signed_up(email, PASSWORD, username=f"{name}-two")]
            self.assertEqual(self.verify(mails[0 if first else 1]).status, 200)
            right, wrong = (OTHERS_PASSWORD, PASSWORD) if first else (PASSWORD, OTHERS_PASSWORD)
            answer = self.is_signed_in(self.login(email, right))
            self.assertEqual(answer["username"], f"{name}-one" if first else f"{name}-two")
            self.refused(self.login(email, wrong), 401, "invalid-credentials")
            self.refused(self.verify(mails[1 if first else 0]), 400, "invalid-ticket")

    def test_a_name_that_was_taken_meanwhile_is_left_out_and_the_address_is_proven(self):
        email, name = self.address(), f"ada-{next(self.numbers)}"
        self.signed_up(email, OTHERS_PASSWORD)
        mail = self.signed_up(email, PASSWORD, username=name)
        self.assertEqual(self.verify(self.signed_up(self.address(), username=name)).status, 200)
        self.assertEqual(self.verify(mail).status, 200)
        self.assertIsNone(self.is_signed_in(self.login(email))["username"])

    def test_another_link_gives_nobody_the_password_of_somebody_else(self):
        email = self.address()
        self.signed_up(email, OTHERS_PASSWORD)  # by somebody who does not read its mails
        self.signed_up(email, PASSWORD)  # by its owner, who loses this mail and asks for another
        self.ask("/email/verification", {"email": email})
        self.assertEqual(self.verify(self.mailbox.take(email, "verify-email")).status, 200)
        self.refused(self.login(email, OTHERS_PASSWORD), 401, "invalid-credentials")

    def test_another_link_keeps_the_password_of_the_only_signup(self):
        email = self.address()
        self.signed_up(email)
        self.ask("/email/verification", {"email": email})
        self.assertEqual(self.verify(self.mailbox.take(email, "verify-email")).status, 200)
        self.assertEqual(self.login(email).status, 200)

    def test_the_first_proof_by_link_or_code_voids_a_password_that_nobody_had_proven(self):
        for path, kind in (("/login/link", "sign-in-link"), ("/login/code", "sign-in-code")):
            email = self.address()
            self.signed_up(email, OTHERS_PASSWORD)
            self.ask(path, {"email": email})
            mail = self.mailbox.take(email, kind)
            answer = (self.server.post("/login/ticket", {"ticket": mail.ticket}) if kind == "sign-in-link"
                      else self.server.post("/login/code/verify", {"email": email, "code": mail.code}))
            self.assertEqual(answer.status, 200, answer.body)
            self.refused(self.login(email, OTHERS_PASSWORD), 401, "invalid-credentials")

    def test_after_such_a_proof_the_links_of_signups_set_no_password(self):
        email = self.address()
        squatters = self.signed_up(email, OTHERS_PASSWORD)
        self.ask("/login/link", {"email": email})
        link = self.mailbox.take(email, "sign-in-link")
        self.assertEqual(self.server.post("/login/ticket", {"ticket": link.ticket}).status, 200)
        self.verify(squatters)  # by mistake
        self.refused(self.login(email, OTHERS_PASSWORD), 401, "invalid-credentials")

    def test_a_reset_proves_the_address_and_its_password_is_good(self):
        email = self.address()
        mail = self.signed_up(email, OTHERS_PASSWORD)
        self.ask("/password/reset-request", {"email": email})
        self.assertEqual(self.reset(self.mailbox.take(email, "reset-password").ticket).status, 204)
        self.assertEqual(self.login(email, NEW_PASSWORD).status, 200)
        self.refused(self.verify(mail), 400, "invalid-ticket")

    def test_users_of_before_prove_their_address_and_those_without_one_sign_in(self):
        email = self.member()
        self.refused(self.login(email), 403, "email-not-verified")
        self.ask("/email/verification", {"email": email})
        self.assertEqual(self.verify(self.mailbox.take(email, "verify-email")).status, 200)
        self.assertEqual(self.login(email).status, 200)
        self.command("user", "create", "nameless", stdin=PASSWORD)
        self.assertEqual(self.server.login("nameless").status, 200)

    def test_of_many_signups_with_one_address_at_once_there_is_one_account(self):
        email, name = self.address(), f"ada-{next(self.numbers)}"
        answers = self.at_once(6, lambda n: self.signup(email, username=f"{name}-{n}").status)
        self.assertEqual(answers, [202] * 6)
        self.settle()
        self.assertEqual(self.sql(f"""select count(*) from "user" where email = '{email}'"""), "1")
        mails = self.mailbox.left(email)
        self.assertEqual({mail.kind for mail in mails}, {"verify-email"})
        outcome = sorted(self.at_once(len(mails), lambda n: self.verify(mails[n]).status))
        self.assertEqual(outcome, [200] + [400] * (len(mails) - 1))
        for mail in mails:
            mail.taken = True

    def test_an_invitation_is_accepted_without_another_proof(self):
        email, mail = self.invite()
        self.is_signed_in(self.server.post("/invitation/accept", {"ticket": mail.ticket, "password": PASSWORD}))
        self.assertEqual(self.login(email).status, 200)

    def test_an_address_that_changes_by_sql_has_to_be_proven_again(self):
        email = self.address()
        self.assertEqual(self.verify(self.signed_up(email)).status, 200)
        self.sql(f"""update "user" set email = 'x{email}' where email = '{email}'""")
        self.refused(self.login(f"x{email}"), 403, "email-not-verified")

    def test_the_mail_is_in_the_language_of_the_browser(self):
        email = self.address()
        for _ in range(2):
            self.server.post("/signup", {"email": email, "password": PASSWORD}, headers={"Accept-Language": "de-DE"})
            mail = self.mailbox.take(email, "verify-email")
            self.assertEqual(mail.language, "de")
        self.assertEqual(self.verify(mail).status, 200)
        self.server.post("/signup", {"email": email, "password": PASSWORD}, headers={"Accept-Language": "de-DE"})
        self.assertEqual(self.mailbox.take(email, "account-exists").language, "de")


class Settings(unittest.TestCase):
    def test_required_without_a_mail_server_ends_the_start_with_78(self):
        done = support.command("serve", env={"AUTH_EMAIL_VERIFICATION": "required", "PORT": str(support.free_port()),
                                             "DATABASE_URL": "postgresql://127.0.0.1:1/none"})
        self.assertEqual(done.returncode, 78)
        self.assertIn("AUTH_EMAIL_VERIFICATION", done.stderr)
        self.assertIn("AUTH_MAIL_URL", done.stderr)


if __name__ == "__main__":
    unittest.main()
