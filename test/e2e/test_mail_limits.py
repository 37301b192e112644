"""How many mails somebody can be sent: AUTH_LIMIT_MAIL, over two replicas and in silence."""

import unittest

from mailbox import NEW_PASSWORD, MailTest
from support import PASSWORD, bearer


class Limits(MailTest):
    replicas = 2
    env = {"AUTH_LIMIT_MAIL": "1/1m,3/1h"}

    def ask_at(self, number, path, body):
        return self.ask(path, body, self.servers[number % 2])

    def test_a_second_mail_within_the_minute_is_dropped_in_silence_whatever_it_is_and_wherever(self):
        person = self.person()
        first = self.ask_at(0, "/login/link", {"email": person.email})
        self.mailbox.take(person.email, "sign-in-link")
        asks = [("/login/link", {"email": person.email}), ("/login/code", {"email": person.email.upper()}),
                ("/password/reset-request", {"email": person.email}), ("/password/reset-request", {"username": person.name}),
                ("/password/reset-request", {"username": person.name.upper()}), ("/email/verification", {"email": person.email}),
                ("/email/change", {"newEmail": "x" + person.email, "currentPassword": PASSWORD})]
        for number, (path, body) in enumerate(asks):
            headers = bearer(person.token) if path == "/email/change" else None
            answer = self.ask(path, body, self.servers[number % 2], headers)
            self.assertEqual({name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")},
                             {name: value for name, value in first.headers.items() if name not in ("date", "x-request-id")})
        self.gets_nothing(person.email, person.email.upper(), "x" + person.email)  # a dropped wish needs no notice

    def test_every_limit_holds_and_ends_with_its_time(self):
        person = self.person()
        for number in range(3):
            self.ask_at(number, "/login/link", {"email": person.email})
            self.mailbox.take(person.email, "sign-in-link")
            self.later(61)
        for number in range(3):
            self.ask_at(number, "/password/reset-request", {"email": person.email})
        self.gets_nothing(person.email)
        self.later(3600)
        self.ask("/password/reset-request", {"email": person.email})
        self.mailbox.take(person.email, "reset-password")

    def test_of_many_asks_at_once_at_two_replicas_one_is_answered(self):
        person = self.person()
        self.at_once(20, lambda n: self.ask_at(n, ("/login/link", "/login/code", "/password/reset-request")[n % 3],
                                               {"email": person.email}))
        self.settle()
        mails = self.mailbox.left(person.email)
        self.assertEqual(len(mails), 1, [mail.kind for mail in mails])
        mails[0].taken = True

    def test_an_ask_that_is_dropped_leaves_link_and_code_alive(self):
        for path, kind in (("/login/code", "sign-in-code"), ("/login/link", "sign-in-link")):
            person = self.person()
            self.ask(path, {"email": person.email})
            mail = self.mailbox.take(person.email, kind)
            for _ in range(3):
                self.ask(path, {"email": person.email})
            self.gets_nothing(person.email)
            answer = (self.server.post("/login/ticket", {"ticket": mail.ticket}) if kind == "sign-in-link"
                      else self.server.post("/login/code/verify", {"email": person.email, "code": mail.code}))
            self.is_signed_in(answer)

    def test_an_account_can_send_to_few_addresses_of_others(self):
        person = self.person()
        for number in range(5):
            self.ask("/email/change", {"newEmail": f"victim{number}-{person.email}", "currentPassword": PASSWORD},
                     self.servers[number % 2], bearer(person.token))
        self.settle()
        self.assertEqual(len([mail for mail in self.mailbox.left() if mail.to.startswith("victim")]), 1)
        # Nor to flood the own address, which may be a stranger's.
        self.mailbox.take(person.email, "address-changed")
        self.gets_nothing(person.email)
        for mail in self.mailbox.left():
            mail.taken = True

    def test_many_accounts_cannot_flood_one_address(self):
        people = [self.person() for _ in range(6)]
        victim = f"victim-{people[0].email}"
        self.at_once(6, lambda n: self.ask("/email/change", {"newEmail": victim, "currentPassword": PASSWORD},
                                           self.servers[n % 2], bearer(people[n].token)))
        self.settle()
        # Nobody has the address, so nothing makes a replica wait for what the other is about to send.
        self.assertIn(len(self.mailbox.left(victim)), (1, 2))
        for mail in self.mailbox.left():
            mail.taken = True

    def test_notices_are_neither_limited_nor_counted(self):
        person = self.person()
        passwords = [PASSWORD, NEW_PASSWORD, PASSWORD, NEW_PASSWORD]
        for old, new in zip(passwords, passwords[1:]):
            answer = self.server.post("/password", {"currentPassword": old, "newPassword": new}, headers=bearer(person.token))
            self.assertEqual(answer.status, 204)
        for _ in range(3):
            self.mailbox.take(person.email, "password-changed")
        self.ask("/login/link", {"email": person.email})
        self.mailbox.take(person.email, "sign-in-link")
        self.server.post("/password", {"currentPassword": NEW_PASSWORD, "newPassword": PASSWORD}, headers=bearer(person.token))
        self.mailbox.take(person.email, "password-changed")

    def test_a_refresh_token_that_is_used_twice_is_told_in_spite_of_the_limit(self):
        person = self.person()
        self.ask("/login/link", {"email": person.email})
        self.mailbox.take(person.email, "sign-in-link")
        token = person.refresh
        for _ in range(3):
            token = self.server.post("/refresh", {"refreshToken": token}).json["refreshToken"]
        self.refused(self.server.post("/refresh", {"refreshToken": person.refresh}), 401, "invalid-refresh-token")
        self.mailbox.take(person.email, "refresh-token-reused")

    def test_a_mail_that_was_limited_is_not_sent_later(self):
        person = self.person()
        for _ in range(2):
            self.ask("/login/link", {"email": person.email})
        self.mailbox.take(person.email, "sign-in-link")
        self.settle()
        self.later(3600)
        self.gets_nothing(person.email)


class Signups(MailTest):
    replicas = 2
    env = {"AUTH_LIMIT_MAIL": "2/1h", "AUTH_EMAIL_VERIFICATION": "required"}

    def test_signups_cannot_flood_an_address_by_whatever_names(self):
        victim = f"victim{next(self.numbers)}@example.org"
        number = next(self.numbers)
        answers = self.at_once(8, lambda n: self.servers[n % 2].post("/signup", {
            "email": victim if n % 2 else victim.upper(), "username": f"ada-{number}-{n}", "password": PASSWORD}))
        self.assertEqual({(answer.status, answer.body) for answer in answers}, {(202, b'{"status":"verification-sent"}')})
        self.settle()
        mails = [mail for mail in self.mailbox.left() if mail.to.lower() == victim]
        self.assertEqual(len(mails), 2, [mail.kind for mail in mails])
        for mail in mails:
            mail.taken = True

    def test_taken_names_cannot_flood_an_address(self):
        taken = f"taken-{next(self.numbers)}"
        self.server.post("/signup", {"email": f"{taken}@example.org", "username": taken, "password": PASSWORD})
        self.mailbox.take(f"{taken}@example.org", "verify-email")
        victim = f"victim{next(self.numbers)}@example.org"
        self.at_once(6, lambda n: self.servers[n % 2].post("/signup", {"email": victim, "username": taken,
                                                                     "password": PASSWORD}))
        self.settle()
        mails = self.mailbox.left(victim)
        self.assertIn([mail.kind for mail in mails], (["username-taken"] * 2, ["username-taken"] * 3))
        for mail in mails:
            mail.taken = True


if __name__ == "__main__":
    unittest.main()
