"""What somebody may do who got a mail: reset, change of address, sign-in link, invitation, and their tickets."""

import collections
import json
import unittest

import mailbox
from mailbox import NEW_PASSWORD, MailTest
from support import PASSWORD, bearer

TICKET = "A" * 43  # of the right form, and nobody's


class Resets(MailTest):
    def test_a_reset_sets_the_password_ends_every_session_and_proves_the_address(self):
        person = self.person()
        phone = self.server.login(person.name).json
        mail = self.reset_mail(person)
        self.assertTrue(mail.link.startswith(mailbox.ISSUER + "/verify?ticket="), mail.link)
        self.assertRegex(mail.ticket, r"^[\w-]{43}$")
        self.assertIn("within 1 hour", mail.text)
        self.assertIs(self.me(person.token).json["emailVerified"], False)
        answer = self.reset(mail.ticket)
        self.assertEqual((answer.status, answer.body, answer.headers["cache-control"]), (204, b"", "no-store"))
        for session in (person.refresh, phone["refreshToken"]):
            self.refused(self.server.post("/refresh", {"refreshToken": session}), 401, "invalid-refresh-token")
        for token in (person.token, phone["token"]):
            self.refused(self.me(token), 401, "invalid-token")
        self.refused(self.server.login(person.name), 401, "invalid-credentials")
        again = self.server.login(person.name, NEW_PASSWORD).json
        self.assertIs(self.me(again["token"]).json["emailVerified"], True)
        self.mailbox.take(person.email, "password-changed")

    def test_who_only_knows_the_username_gets_the_mail_at_the_address_of_the_account(self):
        person, nameless = self.person(), self.person(email=False)
        self.ask("/password/reset-request", {"username": person.name.upper()})
        self.assertEqual(self.reset(self.mailbox.take(person.email, "reset-password").ticket).status, 204)
        self.ask("/password/reset-request", {"username": nameless.name})
        self.ask("/password/reset-request", {"email": f"  {person.email.upper()} "})
        self.mailbox.take(person.email, "reset-password")
        self.settle()
        self.assertEqual([mail.to for mail in self.mailbox.left() if nameless.name in mail.text], [])

    def test_both_names_or_none_are_400(self):
        for path in ("/password/reset-request", "/email/verification", "/login/link", "/login/code"):
            for body in ({}, {"email": ""}, {"email": None}, {"email": "  "}):
                self.refused_at(self.server.post(path, body), "/email", "required")
            self.assertEqual(self.server.post(path, {"email": 1}).status, 400)
            self.assertEqual(self.server.post(path, []).status, 400)
        both = {"email": "a@example.org", "username": "ada"}
        self.refused_at(self.server.post("/password/reset-request", both), "/email", "ambiguous")

    def test_a_password_that_is_refused_uses_the_ticket_not_up(self):
        person = self.person()
        ticket = self.reset_mail(person).ticket
        self.refused_at(self.reset(ticket, "short"), "/newPassword", "password-too-short")
        self.refused_at(self.reset(ticket, "password1"), "/newPassword", "password-weak")
        self.refused_at(self.reset(ticket, person.name * 2), "/newPassword", "password-weak")
        self.refused_at(self.server.post("/password/reset", {"ticket": ticket}), "/newPassword", "required")
        self.assertEqual(self.server.login(person.name).status, 200)
        self.assertEqual(self.reset(ticket).status, 204)

    def test_a_reset_ends_wrong_tries_that_others_have_made(self):
        person = self.person()
        for _ in range(5):
            self.assertEqual(self.server.login(person.name, "wrong-Guess-77").status, 401)
        self.assertEqual(self.server.login(person.name).status, 429)
        self.assertEqual(self.reset(self.reset_mail(person).ticket).status, 204)
        self.assertEqual(self.server.login(person.name, NEW_PASSWORD).status, 200)


class ChangesOfAddress(MailTest):
    def new_address(self):
        return f"new{next(self.numbers)}@example.org"

    def change(self, person, new_email, password=PASSWORD, **more):
        return self.server.post("/email/change", {"newEmail": new_email, "currentPassword": password, **more},
                                headers=bearer(person.token))

    def verify(self, ticket):
        return self.server.post("/email/verify", {"ticket": ticket})

    def test_a_change_asks_the_new_address_tells_the_old_one_and_changes_nothing_before(self):
        person, new = self.person(proven=True), self.new_address()
        phone = self.server.login(person.name).json["refreshToken"]
        old_link = self.link_mail(person).ticket
        mail = self.change_mail(person, new)
        notice = self.mailbox.take(person.email, "address-changed")
        self.assertIn(new, notice.text)
        self.assertNotIn("ticket", notice.text)
        self.assertEqual(self.me(person.token).json["email"], person.email)
        self.assertEqual(self.server.post("/login", {"email": new, "password": PASSWORD}).status, 401)
        answer = self.verify(mail.ticket)
        self.assertEqual((answer.status, answer.json), (200, {"email": new}))
        me = self.me(person.token).json
        self.assertEqual((me["email"], me["emailVerified"]), (new, True))
        self.assertEqual(self.server.post("/login", {"email": person.email, "password": PASSWORD}).status, 401)
        self.assertEqual(self.server.post("/login", {"email": new, "password": PASSWORD}).status, 200)
        self.refused(self.server.post("/refresh", {"refreshToken": phone}), 401, "invalid-refresh-token")
        self.assertEqual(self.server.post("/refresh", {"refreshToken": person.refresh}).status, 200)
        self.refused(self.server.post("/login/ticket", {"ticket": old_link}), 401, "invalid-credentials")
        self.refused(self.verify(mail.ticket), 400, "invalid-ticket")
        self.ask("/login/link", {"email": person.email})
        self.gets_nothing(person.email, new)

    def test_a_change_needs_the_current_password_a_session_and_an_address(self):
        person, new = self.person(), self.new_address()
        self.refused(self.change(person, new, "wrong-Guess-77"), 400, "wrong-current-password")
        self.refused_at(self.change(person, "no address"), "/newEmail", "charset")
        self.refused_at(self.change(person, "a@b"), "/newEmail", "invalid-email")
        self.refused_at(self.change(person, ""), "/newEmail", "required")
        self.refused_at(self.server.post("/email/change", {"newEmail": new}, headers=bearer(person.token)),
                        "/currentPassword", "required")
        body = {"newEmail": new, "currentPassword": PASSWORD}
        self.refused(self.server.post("/email/change", body), 401, "missing-token")
        self.refused(self.server.post("/email/change", body, headers=bearer(person.refresh)), 401, "invalid-token")
        self.server.post("/logout", {"refreshToken": person.refresh})
        self.refused(self.change(person, new), 401, "invalid-token")
        self.gets_nothing(person.email, new)

    def test_wrong_passwords_at_a_change_count_like_those_at_a_login(self):
        person = self.person()
        for _ in range(5):
            self.refused(self.change(person, self.new_address(), "wrong-Guess-77"), 400, "wrong-current-password")
        self.refused(self.change(person, self.new_address()), 429, "too-many-attempts")

    def test_a_taken_address_gets_no_link_and_the_old_one_is_told_all_the_same(self):
        person, other = self.person(), self.person()
        free = self.change(person, self.new_address())
        taken = self.change(person, other.email.upper())
        self.assertEqual((free.status, free.body), (taken.status, taken.body))
        self.assertEqual({k: v for k, v in free.headers.items() if k not in ("date", "x-request-id")},
                         {k: v for k, v in taken.headers.items() if k not in ("date", "x-request-id")})
        for _ in range(2):
            self.mailbox.take(person.email, "address-changed")
        self.gets_nothing(other.email, other.email.upper())

    def test_an_address_that_was_taken_meanwhile_is_409_and_uses_nothing_up(self):
        person, new = self.person(), self.new_address()
        mail = self.change_mail(person, new)
        self.assertEqual(self.server.post("/signup", {"email": new.upper(), "password": PASSWORD}).status, 200)
        self.refused(self.verify(mail.ticket), 409, "email-taken")
        page = self.follow(mail)
        self.assertEqual((page.status, page.headers["content-type"]), (409, "text/html; charset=utf-8"))
        self.assertEqual(self.me(person.token).json["email"], person.email)
        self.command("user", "delete", new, "--yes")
        self.assertEqual(self.verify(mail.ticket).status, 200)

    def test_of_two_who_change_to_one_address_the_first_link_wins(self):
        one, other, new = self.person(), self.person(), self.new_address()
        mails = [self.change_mail(person, new) for person in (one, other)]
        outcome = sorted(self.at_once(2, lambda n: self.verify(mails[n].ticket).status))
        self.assertEqual(outcome, [200, 409])

    def test_who_has_no_address_gets_one(self):
        person, new = self.person(email=False), self.new_address()
        mail = self.change_mail(person, new)
        self.assertEqual(self.verify(mail.ticket).json, {"email": new})
        self.assertEqual(self.me(person.token).json["emailVerified"], True)

    def test_an_address_that_was_set_meanwhile_voids_the_link_of_who_had_none(self):
        person, new = self.person(email=False), self.new_address()
        mail = self.change_mail(person, new)
        self.sql(f"""update "user" set email = '{self.new_address()}' where id = '{person.id}'""")
        self.refused(self.verify(mail.ticket), 400, "invalid-ticket")

    def test_only_the_last_link_followed_counts(self):
        person, first, second = self.person(), self.new_address(), self.new_address()
        mails = [self.change_mail(person, new) for new in (first, second)]
        self.assertEqual(self.verify(mails[0].ticket).status, 200)
        self.refused(self.verify(mails[1].ticket), 400, "invalid-ticket")
        self.assertEqual(self.me(person.token).json["email"], first)


class Links(MailTest):
    def sign_in(self, ticket):
        return self.server.post("/login/ticket", {"ticket": ticket})

    def test_a_link_signs_in_once_and_proves_the_address(self):
        person = self.person()
        mail = self.link_mail(person)
        self.assertIn("within 1 hour", mail.text)
        answer = self.is_signed_in(self.sign_in(mail.ticket))
        self.assertEqual(answer["id"], person.id)
        self.assertIs(self.me(answer["token"]).json["emailVerified"], True)
        self.assertEqual(self.server.post("/refresh", {"refreshToken": answer["refreshToken"]}).status, 200)
        self.refused(self.sign_in(mail.ticket), 401, "invalid-credentials")

    def test_the_first_proof_voids_a_password_that_nobody_had_proven_with_its_sessions(self):
        squatter = self.person()
        self.is_signed_in(self.sign_in(self.link_mail(squatter).ticket))
        self.refused(self.server.login(squatter.name), 401, "invalid-credentials")
        self.refused(self.server.post("/refresh", {"refreshToken": squatter.refresh}), 401, "invalid-refresh-token")
        self.refused(self.me(squatter.token), 401, "invalid-token")
        # Whoever reads the mails sets one, and keeps it from now on.
        self.assertEqual(self.reset(self.reset_mail(squatter).ticket).status, 204)
        session = self.server.login(squatter.name, NEW_PASSWORD).json["refreshToken"]
        self.is_signed_in(self.sign_in(self.link_mail(squatter).ticket))
        self.assertEqual(self.server.post("/refresh", {"refreshToken": session}).status, 200)
        self.assertEqual(self.server.login(squatter.name, NEW_PASSWORD).status, 200)

    def test_neither_link_nor_code_makes_an_account(self):
        before = self.sql('select count(*) from "user"')
        for path in ("/login/link", "/login/code", "/password/reset-request", "/email/verification"):
            self.ask(path, {"email": "nobody@example.org"})
        self.gets_nothing("nobody@example.org")
        self.assertEqual(self.sql('select count(*) from "user"'), before)
        self.assertEqual(self.sql("select count(*) from signet.ticket where address = 'nobody@example.org'"), "0")


class Invitations(MailTest):
    def accept(self, ticket, password=PASSWORD, **more):
        return self.server.post("/invitation/accept", {"ticket": ticket, "password": password, **more})

    def test_an_invited_user_chooses_a_password_and_is_signed_in(self):
        email, mail = self.invite()
        self.assertIn("within 7 days", mail.text)
        self.refused(self.server.post("/login", {"email": email, "password": PASSWORD}), 401, "invalid-credentials")
        answer = self.is_signed_in(self.accept(mail.ticket))
        self.assertEqual((answer["email"], answer["username"], answer["roles"]), (email, None, ["user"]))
        self.assertIs(self.me(answer["token"]).json["emailVerified"], True)
        self.assertEqual(self.server.post("/login", {"email": email, "password": PASSWORD}).status, 200)
        self.refused(self.accept(mail.ticket, NEW_PASSWORD), 400, "invalid-ticket")

    def test_an_invitation_is_refused_after_seven_days(self):
        _, mail = self.invite()
        self.later(7 * 86400 - 60)
        self.assertEqual(self.server.get(mail.path).status, 200)
        self.later(60)
        self.refused(self.accept(mail.ticket), 400, "invalid-ticket")

    def test_a_refusal_uses_the_invitation_not_up(self):
        other = self.person()
        _, mail = self.invite()
        self.refused(self.accept(mail.ticket, username=other.name.upper()), 409, "username-taken")
        self.refused_at(self.accept(mail.ticket, "password1"), "/password", "password-weak")
        self.refused_at(self.accept(mail.ticket, username="x y z"), "/username", "charset")
        self.refused_at(self.server.post("/invitation/accept", {"ticket": mail.ticket}), "/password", "required")
        name = f"guest-{next(self.numbers)}"
        self.assertEqual(self.is_signed_in(self.accept(mail.ticket, username=name))["username"], name)
        self.assertEqual(self.server.login(name).status, 200)

    def test_an_invitation_gives_the_roles_that_it_names(self):
        self.command("role", "create", "editor")
        _, mail = self.invite("--role", "editor")
        self.assertEqual(sorted(self.is_signed_in(self.accept(mail.ticket))["roles"]), ["editor", "user"])
        self.command("user", "invite", "nobody@example.org", "--role", "no-such-role", code=1)
        self.assertEqual(self.sql("""select count(*) from "user" where email = 'nobody@example.org'"""), "0")

    def test_the_command_prints_no_ticket_and_refuses_a_known_address(self):
        person = self.person()
        email = f"guest{next(self.numbers)}@example.org"
        done = self.command("user", "invite", email, "--json")
        self.assertEqual(json.loads(done.stdout)["email"], email)
        self.assertNotIn(self.mailbox.take(email, "invitation").ticket, done.stdout + done.stderr)
        for known in (email, email.upper(), person.email):
            done = self.command("user", "invite", known, code=1)
            self.assertIn("e-mail", done.stderr)
        self.command("user", "invite", "no address", code=1)
        self.gets_nothing(person.email, email)

    def test_an_invited_user_may_ask_for_a_link_instead(self):
        email, mail = self.invite()
        self.ask("/login/link", {"email": email})
        link = self.mailbox.take(email, "sign-in-link")
        self.is_signed_in(self.server.post("/login/ticket", {"ticket": link.ticket}))
        self.is_signed_in(self.accept(mail.ticket))


# What takes a ticket of each purpose, and what it says to another.
ROUTES = {"verify-email": "/email/verify", "change-email": "/email/verify", "reset-password": "/password/reset",
          "sign-in-link": "/login/ticket", "invitation": "/invitation/accept"}


class Tickets(MailTest):
    replicas = 2

    def use(self, path, ticket, server=None):
        more = {"/password/reset": {"newPassword": NEW_PASSWORD}, "/invitation/accept": {"password": NEW_PASSWORD}}
        return (server or self.server).post(path, {"ticket": ticket, **more.get(path, {})})

    def is_no_good(self, path, ticket):
        status, code = (401, "invalid-credentials") if path == "/login/ticket" else (400, "invalid-ticket")
        self.refused(self.use(path, ticket), status, code)

    def mail_of(self, kind):
        if kind == "invitation":
            return self.invite()[1]
        person = self.person()
        if kind == "change-email":
            return self.change_mail(person, f"new-{person.email}")
        return {"verify-email": self.verify_mail, "reset-password": self.reset_mail,
                "sign-in-link": self.link_mail}[kind](person)

    def test_a_ticket_is_for_one_route_and_the_others_use_it_not_up(self):
        for kind, own in ROUTES.items():
            with self.subTest(kind):
                ticket = self.mail_of(kind).ticket
                for path in set(ROUTES.values()) - {own}:
                    self.is_no_good(path, ticket)
                self.assertIn(self.use(own, ticket).status, (200, 204))
                self.is_no_good(own, ticket)

    def test_what_is_no_ticket_gets_the_same_answer(self):
        ticket = self.mail_of("sign-in-link").ticket
        flipped = ticket[:-1] + chr(ord(ticket[-1]) ^ 1)
        for path in ROUTES.values():
            for bad in (TICKET, ticket[1:], ticket + "A", ticket[:-1] + "=", " " + ticket, ticket.swapcase(), flipped,
                        "x" * 4000, "ü" * 43, "%00", "' or ''='", "123456"):
                self.is_no_good(path, bad)
            self.refused_at(self.use(path, ""), "/ticket", "required")
            self.assertEqual(self.server.post(path, {"ticket": [ticket]}).status, 400)
        self.assertEqual(self.use("/login/ticket", ticket).status, 200)

    def test_a_ticket_is_good_for_an_hour(self):
        mails = {kind: self.mail_of(kind) for kind in ROUTES if kind != "invitation"}
        self.later(3570)
        for mail in mails.values():
            self.assertEqual(self.server.get(mail.path).status, 200)
        self.later(30)
        for kind, mail in mails.items():
            self.is_no_good(ROUTES[kind], mail.ticket)
            self.assertEqual(self.server.get(mail.path).status, 400)

    def test_using_one_voids_the_others_of_its_purpose_and_leaves_those_of_another(self):
        person = self.person(proven=True)
        links = [self.link_mail(person).ticket for _ in range(2)]
        reset = self.reset_mail(person).ticket
        self.assertEqual(self.use("/login/ticket", links[1]).status, 200)
        self.is_no_good("/login/ticket", links[0])
        self.assertEqual(self.use("/password/reset", reset).status, 204)

    def test_tickets_and_codes_die_with_the_password(self):
        def by_route(person):
            answer = self.server.post("/password", {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD},
                                      headers=bearer(person.token))
            self.assertEqual(answer.status, 204, answer.body)

        def by_reset(person):
            self.assertEqual(self.reset(self.reset_mail(person).ticket).status, 204)

        def by_command(person):
            self.command("user", "set-password", person.name, stdin=NEW_PASSWORD)

        for change in (by_route, by_reset, by_command):
            with self.subTest(change.__name__):
                person = self.person(proven=True)
                tickets = {path: mail(person).ticket for path, mail in (
                    ("/login/ticket", self.link_mail), ("/password/reset", self.reset_mail))}
                tickets["/email/verify"] = self.change_mail(person, f"new-{person.email}").ticket
                code = self.code_mail(person).code
                change(person)
                for path, ticket in tickets.items():
                    self.is_no_good(path, ticket)
                self.refused(self.server.post("/login/code/verify", {"email": person.email, "code": code}),
                             401, "invalid-credentials")

    def test_tickets_and_codes_die_with_the_address_by_whom_ever_it_is_changed(self):
        def by_sql(person):
            self.sql(f"""update "user" set email = 'other-{person.email}' where id = '{person.id}'""")

        def by_command(person):
            self.command("user", "set-email", person.name, f"other-{person.email}")

        def to_nothing(person):
            self.sql(f"""update "user" set email = null where id = '{person.id}'""")

        for change in (by_sql, by_command, to_nothing):
            with self.subTest(change.__name__):
                person = self.person(proven=True)
                tickets = {path: mail(person).ticket for path, mail in (
                    ("/login/ticket", self.link_mail), ("/password/reset", self.reset_mail))}
                tickets["/email/verify"] = self.change_mail(person, f"new-{person.email}").ticket
                code = self.code_mail(person).code
                change(person)
                self.assertFalse(self.is_proven(person))
                for path, ticket in tickets.items():
                    self.is_no_good(path, ticket)
                for email in (person.email, f"other-{person.email}"):
                    self.refused(self.server.post("/login/code/verify", {"email": email, "code": code}),
                                 401, "invalid-credentials")

    def test_an_inactive_user_gets_no_mail_and_can_use_none(self):
        person = self.person()
        tickets = {path: mail(person).ticket for path, mail in (
            ("/login/ticket", self.link_mail), ("/password/reset", self.reset_mail), ("/email/verify", self.verify_mail))}
        code = self.code_mail(person).code
        self.sql(f"""update "user" set active = false where id = '{person.id}'""")
        for path, ticket in tickets.items():
            self.is_no_good(path, ticket)
        self.refused(self.server.post("/login/code/verify", {"email": person.email, "code": code}),
                     401, "invalid-credentials")
        for path in ("/login/link", "/login/code", "/password/reset-request", "/email/verification"):
            self.ask(path, {"email": person.email})
        self.gets_nothing(person.email)
        self.sql(f"""update "user" set active = true where id = '{person.id}'""")
        self.assertEqual(self.use("/password/reset", tickets["/password/reset"]).status, 204)

    def test_the_tickets_of_a_deleted_user_are_gone(self):
        mail = self.mail_of("sign-in-link")
        self.command("user", "delete", mail.to, "--yes")
        self.is_no_good("/login/ticket", mail.ticket)

    def test_of_many_who_use_a_ticket_at_once_at_two_replicas_one_wins(self):
        for kind, path in ROUTES.items():
            with self.subTest(kind):
                ticket = self.mail_of(kind).ticket
                outcome = collections.Counter(self.at_once(
                    8, lambda n, path=path, ticket=ticket: self.use(path, ticket, self.servers[n % 2]).status))
                self.assertEqual(sum(outcome[status] for status in (200, 204)), 1, outcome)
                self.assertEqual(outcome[401 if path == "/login/ticket" else 400], 7, outcome)

    def test_a_dump_has_no_ticket_and_no_code_that_could_be_used(self):
        person = self.person()
        mails = [self.link_mail(person), self.reset_mail(person)]
        code = self.code_mail(person).code
        dump = self.sql("select t::text from signet.ticket t")
        for mail in mails:
            self.assertNotIn(mail.ticket, dump)
        self.assertNotRegex(dump, rf"\b{code}\b")


if __name__ == "__main__":
    unittest.main()
