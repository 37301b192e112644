"""Mails on their way: a real SMTP server, good and bad, files, and the commands `signet mail`."""

import base64
import email.utils
import html.parser
import pathlib
import re
import socket
import stat
import tempfile
import threading
import time
import unittest

import mail_server
import support
from mail_server import MailServer, html_of, text_of

SECRET = "p/w?:#%ü 'x\""  # what a URL does not take as it is
SENDER = {"AUTH_MAIL_FROM": "Grüße <signet@example.org>"}


def quoted(password):
    return "".join(f"%{byte:02X}" for byte in password.encode())


class MailTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.certificate = mail_server.make_certificate(folder.name)
        cls.wrong_name = mail_server.make_certificate(folder.name, "other.example.org", "192.0.2.1")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def server(self, **options):
        server = MailServer(**options)
        self.addCleanup(server.close)
        return server

    def signet(self, *words, url=None, trust=None, **settings):
        env = dict(settings)
        if url:
            env.update(SENDER, AUTH_MAIL_URL=url)
        if trust:
            env["SSL_CERT_FILE"] = trust[0]
        return support.command(*words, env=env, cwd=self.dir)

    def send(self, url, trust=None, to="ada@example.org", **settings):
        begin = time.monotonic()
        done = self.signet("mail", "test", to, url=url, trust=trust, **settings)
        self.assertLess(time.monotonic() - begin, 20)
        for secret in (SECRET, quoted(SECRET), base64.b64encode(SECRET.encode()).decode().rstrip("=")):
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done

    def delivered(self, *arguments, **options):
        done = self.send(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def fails(self, url, *words, **options):
        """Exit code 1 and these words."""
        done = self.send(url, **options)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        return done.stderr


class Smtp(MailTest):
    def test_a_mail_arrives_over_starttls_as_the_user(self):
        server = self.server(tls="starttls", certificate=self.certificate, password=SECRET)
        said = self.delivered(f"smtp://ann:{quoted(SECRET)}@localhost:{server.port}", trust=self.certificate)
        self.assertIn("250 2.0.0 OK: queued as 1", said)
        self.assertIn(f"localhost:{server.port}", said)
        ((sender, recipients, content),) = server.mails
        self.assertEqual((sender, recipients), ("signet@example.org", ["ada@example.org"]))
        self.assertEqual(set(server.greeted_as), {"example.org"})
        content.decode("ascii")
        self.assertLessEqual(max(map(len, content.split(b"\r\n"))), 100)
        self.assertNotIn(b"\n", content.replace(b"\r\n", b""))
        message = mail_server.parse(content)
        self.assertEqual(str(message["From"]), "Grüße <signet@example.org>")
        self.assertEqual(message["To"], "ada@example.org")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(message["MIME-Version"], "1.0")
        self.assertRegex(message["Message-ID"], r"^<[0-9a-f-]{36}@example\.org>$")
        self.assertLess(abs(email.utils.parsedate_to_datetime(message["Date"]).timestamp() - time.time()), 60)
        self.assertEqual(len(message.keys()), len(set(map(str.lower, message.keys()))))
        self.assertEqual([part.get_content_type() for part in message.walk()],
                         ["multipart/alternative", "text/plain", "text/html"])
        for body in (text_of(message), html_of(message)):
            self.assertIn("This is a test", body)
            self.assertIn("Ä é ß Ω €", body)

    def test_a_mail_arrives_over_smtps(self):
        server = self.server(tls="at_once", certificate=self.certificate, password=SECRET)
        self.delivered(f"smtps://ann:{quoted(SECRET)}@localhost:{server.port}", trust=self.certificate)
        self.assertEqual(len(server.mails), 1)

    def test_a_mail_arrives_without_tls_only_where_it_is_off(self):
        server = self.server()
        self.fails(f"smtp://localhost:{server.port}", "offers no STARTTLS", "smtps://")
        self.assertEqual((server.mails, server.commands), ([], 0))
        self.delivered(f"smtp://localhost:{server.port}?tls=off")
        self.assertEqual(len(server.mails), 1)

    def test_no_password_is_sent_to_a_server_without_starttls(self):
        seen = self.raw_server(b"250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n")
        self.fails(f"smtp://ann:{quoted(SECRET)}@127.0.0.1:{seen.port}", "offers no STARTTLS")
        self.assertNotIn(b"AUTH", bytes(seen.heard))

    def test_a_certificate_that_is_not_trusted_is_refused(self):
        server = self.server(tls="starttls", certificate=self.certificate)
        self.fails(f"smtp://localhost:{server.port}", "no trusted TLS connection")
        server = self.server(tls="at_once", certificate=self.certificate)
        self.fails(f"smtps://localhost:{server.port}", "no trusted TLS connection")
        self.assertEqual(server.mails, [])

    def test_a_certificate_of_another_name_is_refused(self):
        server = self.server(tls="starttls", certificate=self.wrong_name)
        self.fails(f"smtp://localhost:{server.port}", "no trusted TLS connection", trust=self.wrong_name)
        self.assertEqual(server.mails, [])

    def test_smtps_to_a_server_that_speaks_in_the_clear_fails(self):
        server = self.server()
        self.fails(f"smtps://localhost:{server.port}", "no trusted TLS connection")

    def test_a_wrong_or_missing_password_is_a_fault_of_the_configuration(self):
        server = self.server(tls="starttls", certificate=self.certificate, password="another")
        said = self.fails(f"smtp://ann:{quoted(SECRET)}@localhost:{server.port}", "AUTH_MAIL_URL is refused", "535",
                          trust=self.certificate)
        self.assertNotIn("try again", said)
        for url, wanted in ((f"smtp://localhost:{server.port}", "uthentication"),
                            (f"smtp://localhost:{server.port}?tls=off", "STARTTLS")):
            said = self.fails(url, "AUTH_MAIL_URL lacks what the server asks for first: 530", wanted,
                              trust=self.certificate)
            self.assertNotIn("the mail is refused", said)
        self.assertEqual(server.mails, [])

    def test_a_password_that_the_server_repeats_is_not_shown(self):
        seen = self.raw_server(b"250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n", repeats=True)
        done = self.fails(f"smtp://ann:{quoted(SECRET)}@127.0.0.1:{seen.port}?tls=off", "[password]")
        self.assertIn(base64.b64encode(b"\0ann\0" + SECRET.encode()), bytes(seen.heard))
        self.assertNotIn(base64.b64encode(b"\0ann\0" + SECRET.encode()).decode()[:20], done)

    def test_a_permanent_refusal_is_told_from_a_passing_one(self):
        server = self.server()
        url = f"smtp://localhost:{server.port}?tls=off"
        for verb in ("MAIL", "RCPT", "DATA"):
            with self.subTest(verb):
                server.answers = {verb: "550 5.1.1 no such user here"}
                self.fails(url, "the mail is refused", "550 5.1.1 no such user here")
                server.answers = {verb: "451 4.3.0 come back later"}
                self.fails(url, "would try again", "451 4.3.0 come back later")
        self.assertEqual(server.mails, [])
        server.answers = {}
        self.delivered(url)

    def test_a_connection_that_breaks_is_tried_again(self):
        server = self.server()
        for verb in ("MAIL", "RCPT", "DATA"):
            with self.subTest(verb):
                server.answers = {verb: "close"}
                self.fails(f"smtp://localhost:{server.port}?tls=off", "would try again")
        self.fails(f"smtp://localhost:{support.free_port()}?tls=off", "would try again")
        self.fails("smtp://mail.invalid", "would try again", "mail.invalid")

    def test_a_server_that_refuses_everybody_says_nothing_about_the_mail(self):
        seen = self.raw_server(b"", greeting=b"554 no service here\r\n")
        said = self.fails(f"smtp://127.0.0.1:{seen.port}?tls=off", "554 no service here")
        self.assertNotIn("the mail is refused", said)

    def test_neither_the_proxy_of_the_environment_nor_netrc_plays_a_part(self):
        server = self.server(password=SECRET)
        proxy = "http://127.0.0.1:1"
        (self.dir / ".netrc").write_text("machine localhost login eve password eve\n")
        self.delivered(f"smtp://ann:{quoted(SECRET)}@localhost:{server.port}?tls=off", HOME=str(self.dir),
                       ALL_PROXY=proxy, all_proxy=proxy, https_proxy=proxy, http_proxy=proxy)

    def raw_server(self, ehlo, greeting=b"220 mail.example.org\r\n", repeats=False):
        server = RawServer(ehlo, greeting, repeats)
        self.addCleanup(server.close)
        return server


class RawServer:
    """Says what it is told to, whatever comes."""

    def __init__(self, ehlo, greeting, repeats):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = bytearray()
        self.ehlo, self.greeting, self.repeats = ehlo, greeting, repeats
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                connection.sendall(self.greeting)
                for line in lines:
                    self.heard += line
                    if line.startswith(b"EHLO"):
                        connection.sendall(self.ehlo)
                    elif line.startswith(b"QUIT"):
                        break
                    elif line.startswith(b"AUTH"):
                        connection.sendall(b"334 \r\n")
                    else:
                        connection.sendall(b"502 unknown: " + (line if self.repeats else b"\r\n"))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Files(MailTest):
    def test_a_mail_becomes_a_file_that_people_and_programs_can_read(self):
        said = self.delivered("file:var")
        (path,) = (self.dir / "var").iterdir()
        self.assertIn(f"var/{path.name}", said)
        self.assertRegex(path.name, r"^\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f-]{36}\.eml$")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)
        message = mail_server.parse(path.read_bytes())
        self.assertEqual(str(message["From"]), "Grüße <signet@example.org>")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual([part.get_content_type() for part in message.walk()],
                         ["multipart/alternative", "text/plain", "text/html"])
        for body in (text_of(message), html_of(message)):
            self.assertIn("This is a test", body)
            self.assertIn("Ä é ß Ω €", body)

    def test_a_directory_that_cannot_be_made_is_named(self):
        self.fails("file:no/such/place", "no/such/place")


class Commands(MailTest):
    NAMES = ("verify-email", "reset-password", "change-email", "sign-in-link", "sign-in-code", "invitation",
             "account-exists", "username-taken", "password-changed", "address-changed", "address-set",
             "refresh-token-reused")

    def test_without_mail_or_with_half_of_it_the_exit_code_is_78(self):
        done = self.signet("mail", "test", "ada@example.org")
        self.assertEqual(done.returncode, 78)
        self.assertIn("AUTH_MAIL_URL is required", done.stderr)
        done = self.signet("mail", "test", "ada@example.org", AUTH_MAIL_URL="file:mail")
        self.assertEqual(done.returncode, 78)
        self.assertIn("AUTH_MAIL_FROM is required", done.stderr)
        done = self.signet("mail", "test", "ada@example.org", url="smtp://ann:hunter2/@mail.example.org")
        self.assertEqual(done.returncode, 78)
        self.assertIn("%2F", done.stderr)
        self.assertNotIn("hunter2", done.stderr)

    def test_the_url_may_stand_in_a_file_and_is_never_shown(self):
        path = self.dir / "url"
        path.write_text("file:mail\n")
        path.chmod(0o600)
        done = self.signet("mail", "test", "ada@example.org", AUTH_MAIL_URL_FILE=str(path), **SENDER)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.signet("config", "--get", "AUTH_MAIL_URL", AUTH_MAIL_URL_FILE=str(path), **SENDER)
        self.assertEqual(done.stdout, "set\n")

    def test_an_address_that_is_none_is_wrong_usage(self):
        self.assertEqual(self.send("file:mail", to="ada").returncode, 2)

    def test_every_mail_can_be_looked_at_in_both_languages(self):
        for name in self.NAMES:
            for language in ("en", "de"):
                done = self.signet("mail", "preview", name, "--language", language)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(done.stdout.startswith("Subject: "))
                page = self.signet("mail", "preview", name, "--language", language, "--html").stdout
                Balance().check(page)
                links = re.findall(r'href="([^"]*)"', page)
                self.assertEqual(set(links) - {links[0]} if links else set(), set())
                self.assertNotRegex(page, r"src=|url\(|@import|<link")
        done = self.signet("mail", "preview", "welcome")
        self.assertEqual(done.returncode, 2)
        self.assertIn("reset-password", done.stderr)
        self.assertEqual(self.signet("mail", "preview", "invitation", "--language", "fr").returncode, 2)

    def test_the_templates_that_ship_can_be_written_changed_and_used(self):
        done = self.signet("mail", "templates", "own")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(list((self.dir / "own").glob("*/*"))), 2 * (2 * len(self.NAMES) + 2))
        usual = self.signet("mail", "preview", "reset-password").stdout
        own = self.signet("mail", "preview", "reset-password", AUTH_MAIL_TEMPLATES="own").stdout
        self.assertEqual(own, usual)
        path = self.dir / "own/en/reset-password.txt"
        path.write_text("Subject: Ours\n\n{{LINK}}\n")
        own = self.signet("mail", "preview", "reset-password", AUTH_MAIL_TEMPLATES="own").stdout
        self.assertTrue(own.startswith("Subject: Ours\n\nhttp"))
        done = self.signet("mail", "templates", "own")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is there already", done.stderr)
        self.assertEqual(path.read_text(), "Subject: Ours\n\n{{LINK}}\n")

    def test_a_bad_template_ends_command_and_server_with_78_and_is_named(self):
        (self.dir / "own/en").mkdir(parents=True)
        (self.dir / "own/en/reset-password.txt").write_text("Subject: Ours\n\nNo link.\n")
        done = self.signet("mail", "preview", "invitation", AUTH_MAIL_TEMPLATES="own")
        self.assertEqual((done.returncode, done.stdout), (78, ""))
        self.assertIn("own/en/reset-password.txt: shows no {{LINK}}", done.stderr)
        done = self.signet("serve", AUTH_MAIL_TEMPLATES="own", DATABASE_URL="postgresql://127.0.0.1:1/none",
                           PORT=str(support.free_port()))
        self.assertEqual(done.returncode, 78)
        self.assertIn("own/en/reset-password.txt: shows no {{LINK}}", done.stderr)
        done = self.signet("mail", "preview", "invitation", AUTH_MAIL_TEMPLATES="missing")
        self.assertEqual(done.returncode, 78)
        self.assertIn("missing", done.stderr)


class Balance(html.parser.HTMLParser):
    """Every element that is opened is closed, in order."""

    VOID = ("meta", "br")

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes what is not open")

    def check(self, page):
        self.feed(page)
        self.close()
        if self.open:
            raise AssertionError(f"not closed: {self.open}")


if __name__ == "__main__":
    unittest.main()
