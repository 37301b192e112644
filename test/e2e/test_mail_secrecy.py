"""What asks for mails give away, and what strangers can put into mails and logs: nothing."""

import email.utils
import http.client
import json
import random
import socket
import statistics
import time
import unittest

import mail_server
import support
import test_fingerprints
from mailbox import Mailbox, MailTest
from support import PASSWORD

ASKS = (("/email/verification", "email"), ("/password/reset-request", "email"), ("/password/reset-request", "username"),
        ("/login/link", "email"), ("/login/code", "email"))


def shape(answer):
    return str((answer.status, answer.body, sorted((name, value) for name, value in answer.headers.items()
                                                   if name not in ("date", "x-request-id"))))


class SameBytes(MailTest):
    env = {"AUTH_LIMIT_MAIL": "1/1h"}

    def test_every_ask_is_answered_with_the_same_bytes_whoever_has_the_name(self):
        fresh, proven, inactive, limited = self.person(), self.person(proven=True), self.person(), self.person()
        self.sql(f"""update "user" set active = false where id = '{inactive.id}'""")
        self.link_mail(limited)
        names = [(one.email, one.name) for one in (fresh, proven, inactive, limited)]
        names += [("nobody@example.org", "nobody-here"), ("no address", "x"), ("x" * 1000, "x" * 1000),
                  ("' or 1=1 --", "%"), ("\u202e@example.org", "\u00fc")]
        shapes = {shape(self.server.post(path, {member: mail if member == "email" else name}))
                  for path, member in ASKS for mail, name in names}
        self.assertEqual(len(shapes), 1, shapes)
        self.assertTrue(shapes.pop().startswith("(204, b''"))
        self.settle()

    def test_the_log_tells_no_names_of_asks(self):
        self.ask("/login/link", {"email": "typed-Secret-77@example.org"})
        self.settle()
        self.assertNotIn("typed-secret-77", self.server.log().lower())


class Contents(MailTest):
    """What others put into names, addresses and headers; the mails come from a real SMTP server."""

    @classmethod
    def setUpClass(cls):
        cls.smtp = mail_server.MailServer()
        cls.addClassCleanup(cls.smtp.close)
        cls.env = {"AUTH_MAIL_URL": f"smtp://127.0.0.1:{cls.smtp.port}?tls=off"}
        super().setUpClass()
        cls.mailbox = Mailbox(cls.smtp)

    def recipients(self):
        return {address for _, addresses, _ in self.smtp.mails for address in addresses}

    def test_a_name_adds_neither_a_header_nor_markup_nor_a_placeholder(self):
        first = None
        for name in ("ada", "x\r\nBcc: evil@example.org\r\n\r\n", "\"><img src=x onerror=alert(1)>", "{{LINK}}{{CODE}}",
                     "=?UTF-8?B?QmNjOiBldmls?=", "a\nb\rc\u2028d\u202e", "</p><a href='https://evil.example'>"):
            person = self.person()
            quoted = name.replace("'", "''")
            self.sql(f"""update "user" set username = E'{quoted.encode('unicode_escape').decode().replace("''", "''")}'
                         where id = '{person.id}'""")
            mail = self.link_mail(person)
            first = first or mail
            self.assertEqual(mail.message.keys(), first.message.keys())
            for tag in ("<", "href=\"", "/verify?"):
                self.assertEqual(mail.html.count(tag), first.html.count(tag), mail.html)
            self.assertEqual(mail.text.count("/verify?"), 1)
            self.assertNotIn("\nBcc:", mail.text)
        self.assertNotIn("evil@example.org", self.recipients())

    def test_an_address_of_the_database_that_is_none_gets_no_mail(self):
        for number, bad in enumerate((r"x@example.org\r\nRCPT TO:<evil@example.org>", "x@example.org, evil@example.org",
                                      "x@example.org> SIZE=1 <evil@example.org", "x@example.org evil@example.org",
                                      "-oX/tmp/x", '"x y"@example.org')):
            person = self.person()
            self.sql(f"""update "user" set email = E'{bad}{number}' where id = '{person.id}'""")
            self.ask("/password/reset-request", {"username": person.name})
            self.settle()
        self.assertEqual({address for address in self.recipients() if "evil" in address or "tmp" in address}, set())
        rows = json.loads(self.command("outbox", "list", "--json").stdout)
        self.assertEqual({row["state"] for row in rows}, {"failed"})
        self.assertEqual({row["attempts"] for row in rows}, {1})

    def test_the_new_address_of_a_change_is_escaped_in_the_notice(self):
        person = self.person()
        new = f"a&b'c{next(self.numbers)}@example.org"
        self.change_mail(person, new)
        notice = self.mailbox.take(person.email, "address-changed")
        self.assertIn(new, notice.text)
        self.assertIn("a&amp;b&#39;c", notice.html)
        self.assertNotIn("a&b", notice.html)

    def test_no_accept_language_breaks_a_mail_or_picks_a_file(self):
        for language in ("../../etc/passwd", "de/../en", "x" * 4000, ",".join(["de;q=0.1"] * 500), "de\u00fc", "\u00ff\u00fe",
                         ";;;,,,q=", "*", "de;q=99999999999999999999", "en\x00", "\u00c3" * 300, "x" * 255 + "\u00fc"):
            person = self.person()
            body = json.dumps({"email": person.email}).encode()
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=15)
            connection.putrequest("POST", "/login/link")
            for header, value in (("Content-Type", b"application/json"), ("Content-Length", str(len(body)).encode()),
                                  ("Accept-Language", language.encode("latin-1"))):
                connection.putheader(header, value)
            connection.endheaders(body)
            status = connection.getresponse().status
            connection.close()
            self.assertIn(status, (204, 400), language)
            if status == 204:
                self.assertIn(self.mailbox.take(person.email, "sign-in-link").language, ("en", "de"))
            self.gets_nothing(person.email)

    def test_mails_come_once_in_the_language_that_was_asked_for_and_load_nothing(self):
        person = self.person(proven=True)
        asks = [("/login/link", "sign-in-link"), ("/login/code", "sign-in-code"), ("/password/reset-request", "reset-password")]
        german = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
        mails = []
        for path, kind in asks:
            self.ask(path, {"email": person.email}, headers=german)
            mails.append(self.mailbox.take(person.email, kind))
        body = {"newEmail": f"new-{person.email}", "currentPassword": PASSWORD}
        self.ask("/email/change", body, headers={**german, **support.bearer(person.token)})
        mails += [self.mailbox.take(f"new-{person.email}", "change-email"), self.mailbox.take(person.email, "address-changed")]
        answer = self.server.post("/password/reset", {"ticket": mails[2].ticket, "newPassword": "walnut-Harbour-62-kettle"},
                                  headers=german)
        self.assertEqual(answer.status, 204)
        mails.append(self.mailbox.take(person.email, "password-changed"))
        self.gets_nothing(person.email)
        for mail in mails:
            self.assertEqual(mail.language, "de", mail.kind)
            self.assertEqual(mail.message["Auto-Submitted"], "auto-generated")
            self.assertEqual(email.utils.parseaddr(str(mail.message["To"]))[1], mail.to)
            self.assertNotRegex(mail.html, r"src=|url\(|@import|<link|<script")
            self.assertNotRegex(str(mail.message["Subject"]), r"\d{6}")


class Logs(MailTest):
    def test_no_request_however_wrong_leaves_a_ticket_in_the_log(self):
        mail = self.link_mail(self.person())
        ticket = mail.ticket
        for method, path, body, headers in (
                ("GET", mail.path, None, {}), ("GET", f"/verifyy?ticket={ticket}", None, {}),
                ("GET", f"/verify/{ticket}", None, {}), ("PUT", mail.path, None, {}), ("GET", f"/verify?ticket={ticket}%zz", None, {}),
                ("GET", f"/verify?ticket={ticket}&redirectTo=https://evil.example", None, {}),
                ("GET", "/verify?ticket=x", None, {"Referer": mail.link}),
                ("POST", "/verify", f"ticket={ticket}", {"Content-Type": "text/plain"}),
                ("POST", "/login/ticket", f'{{"ticket": "{ticket}"', {"Content-Type": "application/json"}),
                ("POST", "/email/verify", json.dumps({"ticket": ticket}), {"Content-Type": "application/json"}),
                ("POST", f"/login/ticket?ticket={ticket}", "{}", {"Content-Type": "application/json"})):
            answer = self.server.request(method, path, body, headers)
            self.assertNotEqual(answer.status, 500)
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            connection.sendall(f"GET /verify?ticket={ticket} HTTP/9.9\r\nHost: x\r\n\r\n".encode())
            connection.recv(4096)
        self.assertEqual(self.follow(mail).status, 303)  # tearDown looks at the log


INJECTED = 0.5  # the delay that has to be found, as a part of what such a call takes
PEOPLE = 12000
SECONDS_MAX = 45
BATCH = 100  # of each class


class SameTime(MailTest):
    env = {"AUTH_IO_THREADS": "1", "AUTH_LANE_DATA_THREADS": "1", "AUTH_LANE_CRYPTO_THREADS": "1"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One for each ask, so that the limit is not what is measured.
        cls.cluster.sql(f"""insert into "user"(username, email)
                            select 'known-' || i, 'known-' || i || '@example.org' from generate_series(1, {PEOPLE}) i;
                            insert into signet.ticket(hash, user_id, purpose, address, expires_at)
                            select 'code of ' || u.email, u.id, 'sign-in-code', u.email, now() + interval '1 hour'
                            from "user" u;
                            analyze""", cls.url)
        cls.numbers_left = random.sample(range(1, PEOPLE + 1), PEOPLE)

    def setUp(self):
        self.line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=15)
        self.addCleanup(self.line.close)
        self.used = 0

    def timed(self, path, body, status, delay=0.0):
        if self.used % 900 == 0:
            self.line.close()
        self.used += 1
        text = json.dumps(body)
        began = time.perf_counter()
        while time.perf_counter() < began + delay:
            pass
        self.line.request("POST", path, text, {"Content-Type": "application/json"})
        response = self.line.getresponse()
        response.read()
        took = time.perf_counter() - began
        self.assertEqual(response.status, status)
        return took

    def compare(self, what, ask):
        """`ask(known, delay)` returns the time of one call. The third class is the first with a delay."""
        delay = INJECTED * statistics.quantiles([ask(False, 0) for _ in range(100)], n=10)[0]
        unknown, known, delayed = times = [], [], []
        end = time.monotonic() + SECONDS_MAX
        caught = told = False
        while (told or not caught or len(known) < 2 * BATCH) and time.monotonic() < end and len(self.numbers_left) > BATCH:
            order = [one for one in times for _ in range(BATCH)]
            random.shuffle(order)
            for one in order:
                one.append(ask(one is known, delay if one is delayed else 0))
            caught = (test_fingerprints.is_told(unknown, delayed)
                      and test_fingerprints.difference(unknown, delayed) > test_fingerprints.CERTAIN)
            told = test_fingerprints.is_told(unknown, known)
        fast = [round(1e6 * statistics.quantiles(one, n=10)[0]) for one in times]
        found = (f"{what}: {len(known)} of each; the fastest tenth of unknown, known, delayed within {fast} us; "
                 f"|t| {test_fingerprints.difference(unknown, known):.1f}, "
                 f"of the delay {test_fingerprints.difference(unknown, delayed):.1f}")
        print(found)
        self.assertTrue(caught, f"not even a delay that was put in is found, so this says nothing: {found}")
        self.assertFalse(told, found)

    def name(self, known):
        return f"known-{self.numbers_left.pop()}" if known else f"guess-{random.randrange(10**9)}"

    def test_the_time_of_an_ask_does_not_tell_a_known_name(self):
        for path, member in ASKS:
            with self.subTest(path, member=member):
                self.compare(f"{path} {member}", lambda known, delay, path=path, member=member: self.timed(
                    path, {member: self.name(known) + ("@example.org" if member == "email" else "")}, 204, delay))

    def test_the_time_of_a_wrong_code_does_not_tell_an_address_that_has_a_code(self):
        self.compare("a wrong code", lambda known, delay: self.timed(
            "/login/code/verify", {"email": self.name(known) + "@example.org", "code": "x"}, 401, delay))


if __name__ == "__main__":
    unittest.main()
