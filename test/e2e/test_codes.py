"""Codes to sign in with, over two replicas: six digits, ten minutes, five tries."""

import base64
import collections
import hashlib
import unittest

from mailbox import MailTest
from support import PASSWORD


class Codes(MailTest):
    replicas = 2

    def enter(self, email, code, server=None):
        return (server or self.server).post("/login/code/verify", {"email": email, "code": code})

    def wrong(self, person, code, times=1, server=None):
        other = "000000" if code != "000000" else "000001"
        for _ in range(times):
            self.refused(self.enter(person.email, other, server), 401, "invalid-credentials")

    def wait_over(self):
        self.sql("update signet.password_failure set wait_until = now()")

    def test_a_code_signs_in_once_at_any_replica_and_proves_the_address(self):
        person = self.person()
        mail = self.code_mail(person)
        self.assertRegex(mail.code, r"^\d{6}$")
        self.assertNotIn(mail.code, str(mail.message["Subject"]))
        self.assertIn("within 10 minutes", mail.text)
        self.assertNotIn("/verify", mail.text)
        answer = self.is_signed_in(self.enter(f" {person.email.upper()} ", mail.code, self.servers[1]))
        self.assertEqual(answer["id"], person.id)
        self.assertIs(self.me(answer["token"]).json["emailVerified"], True)
        for server in self.servers:
            self.refused(self.enter(person.email, mail.code, server), 401, "invalid-credentials")

    def test_the_first_proof_voids_a_password_that_nobody_had_proven(self):
        squatter, proven = self.person(), self.person(proven=True)
        for person, status in ((squatter, 401), (proven, 200)):
            self.is_signed_in(self.enter(person.email, self.code_mail(person).code))
            self.assertEqual(self.server.login(person.name).status, status)
            self.assertEqual(self.server.post("/refresh", {"refreshToken": person.refresh}).status, status)

    def test_a_code_is_good_for_ten_minutes(self):
        person = self.person()
        code = self.code_mail(person).code
        self.later(590)
        self.is_signed_in(self.enter(person.email, code))
        code = self.code_mail(person).code
        self.later(600)
        self.refused(self.enter(person.email, code), 401, "invalid-credentials")

    def test_a_code_is_good_for_five_tries_at_all_replicas_together(self):
        person = self.person()
        code = self.code_mail(person).code
        self.wrong(person, code, 2)
        self.wrong(person, code, 2, self.servers[1])
        self.is_signed_in(self.enter(person.email, code))
        code = self.code_mail(person).code
        self.wrong(person, code, 3)
        self.wrong(person, code, 2, self.servers[1])
        self.refused(self.enter(person.email, code), 429, "too-many-attempts")
        for server in self.servers:
            self.wait_over()
            self.refused(self.enter(person.email, code, server), 401, "invalid-credentials")
        code = self.code_mail(person).code
        self.wait_over()
        self.is_signed_in(self.enter(person.email, code))

    def test_a_new_code_replaces_the_old_one(self):
        person = self.person()
        old, new = self.code_mail(person).code, self.code_mail(person).code
        if old != new:
            self.refused(self.enter(person.email, old), 401, "invalid-credentials")
        self.is_signed_in(self.enter(person.email, new))

    def test_wrong_codes_and_wrong_passwords_are_counted_together(self):
        person = self.person()
        code = self.code_mail(person).code
        self.wrong(person, code, 3)
        for _ in range(2):
            self.assertEqual(self.server.login(person.name, "wrong-Guess-77").status, 401)
        self.refused(self.enter(person.email, code, self.servers[1]), 429, "too-many-attempts")
        self.refused(self.server.login(person.name), 429, "too-many-attempts")
        self.wait_over()
        self.is_signed_in(self.enter(person.email, code))
        self.assertEqual(self.sql(f"select count(*) from signet.password_failure where subject like '%{person.id}%'"), "0")

    def test_a_code_is_for_its_user_alone_and_for_no_other_route(self):
        person, other = self.person(), self.person()
        code = self.code_mail(person).code
        self.refused(self.enter(other.email, code), 401, "invalid-credentials")
        self.code_mail(other)
        self.refused(self.enter(other.email, code), 401, "invalid-credentials")
        self.refused(self.enter(person.name, code), 401, "invalid-credentials")
        self.refused(self.server.post("/login/ticket", {"ticket": code}), 401, "invalid-credentials")
        self.refused(self.server.post("/email/verify", {"ticket": code}), 400, "invalid-ticket")
        self.is_signed_in(self.enter(person.email, code))

    def test_the_ticket_of_a_link_is_no_code(self):
        person = self.person()
        ticket = self.link_mail(person).ticket
        self.refused(self.enter(person.email, ticket), 401, "invalid-credentials")
        self.is_signed_in(self.server.post("/login/ticket", {"ticket": ticket}))

    def test_what_is_no_code_lets_nobody_in(self):
        for bent in ("{}0", "0{}", " {}", "{} ", "+{}", "{}\u0000", "{}.0", "0x{}", "", "x" * 3000, "１２３４５６"):
            person = self.person()
            code = self.code_mail(person).code
            answer = self.enter(person.email, bent.format(code))
            self.assertIn(answer.status, (400, 401), bent)
            self.is_signed_in(self.enter(person.email, code))
        person = self.person()
        code = self.code_mail(person).code
        self.assertEqual(self.enter(person.email, int(code)).status, 400)
        self.refused_at(self.server.post("/login/code/verify", {"email": person.email}), "/code", "required")
        self.refused_at(self.server.post("/login/code/verify", {"code": code}), "/email", "required")

    def test_of_many_who_enter_a_code_at_once_one_gets_in(self):
        person = self.person()
        code = self.code_mail(person).code
        outcome = collections.Counter(self.at_once(
            5, lambda n: self.enter(person.email, code, self.servers[n % 2]).status))
        self.assertEqual(outcome[200], 1, outcome)
        self.assertLessEqual(set(outcome), {200, 401, 429})

    def test_guesses_at_once_get_no_more_tries_than_one_after_the_other(self):
        person = self.person()
        code = self.code_mail(person).code
        guesses = [f"{(int(code) + n + 1) % 10**6:06}" for n in range(24)]
        outcome = collections.Counter(self.at_once(
            24, lambda n: self.enter(person.email, guesses[n], self.servers[n % 2]).status))
        self.assertEqual(outcome[200], 0)
        self.wait_over()
        self.refused(self.enter(person.email, code), 401, "invalid-credentials")

    def test_an_address_that_nobody_has_is_refused_alike_try_by_try(self):
        def shapes(email, code):
            seen = []
            for _ in range(8):
                answer = self.enter(email, code)
                seen.append((answer.status, {**answer.json, "instance": ""}, {
                    name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}))
            return seen

        asked, silent = self.person(), self.person()
        code = self.code_mail(asked).code
        wrong = "000000" if code != "000000" else "000001"
        known = shapes(asked.email, wrong)
        self.assertEqual([status for status, _, _ in known], [401] * 5 + [429] * 3)
        self.assertEqual(known, shapes(silent.email, wrong))
        self.assertEqual(known, shapes(f"nobody{next(self.numbers)}@example.org", wrong))

    def test_codes_are_stored_as_keyed_hashes(self):
        person = self.person()
        code = self.code_mail(person).code
        row = self.sql(f"select t::text from signet.ticket t where user_id = '{person.id}'")
        for text in (code, f"code:{person.id}:{code}", f"{person.id}{code}", f"{person.id}:{code}"):
            for digest in (hashlib.sha256(text.encode()).digest(), hashlib.md5(text.encode()).digest()):
                for form in (digest.hex(), base64.b64encode(digest).decode().rstrip("="),
                             base64.urlsafe_b64encode(digest).decode().rstrip("=")):
                    self.assertNotIn(form, row)
        self.assertNotIn(f",{code},", row)

    def test_a_right_password_still_lets_in_while_a_code_waits(self):
        person = self.person(proven=True)
        code = self.code_mail(person).code
        self.assertEqual(self.server.login(person.name, PASSWORD).status, 200)
        self.is_signed_in(self.enter(person.email, code))


if __name__ == "__main__":
    unittest.main()
