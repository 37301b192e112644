"""A real SMTP server for the tests (aiosmtpd), which keeps what it gets and can misbehave."""

import asyncio
import email
import email.policy
import logging
import pathlib
import ssl
import subprocess
import threading
import time
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

import support

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # what fails there is meant to


def make_certificate(folder, name="localhost", address="127.0.0.1"):
    """A certificate that signs itself, so that it is also the one to trust. Returns certificate and key."""
    certificate, key = pathlib.Path(folder, f"{name}.pem"), pathlib.Path(folder, f"{name}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:{address}",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return str(certificate), str(key)


class MailServer:
    """Listens on a port of 127.0.0.1 in a thread of its own. `tls` is None, "starttls" or "at_once". With `password`,
    mails are taken from the user `ann` only. `answers` says what RCPT, DATA or MAIL gets instead of a yes, and may be
    changed at any time; the word "close" breaks the connection, "hang" keeps the answer back for as long as it stands there,
    and "take and hang" does so after the mail was taken. For DATA it may be a function of the message."""

    def __init__(self, tls=None, certificate=None, password=None, port=None):
        self.port = port or support.free_port()
        self.password = password
        self.answers = {}
        self.mails = []  # (MAIL FROM, RCPT TO, message) of each that was taken
        self.greeted_as = []
        self.commands = 0
        self.connections = 0
        self.lines = []  # a protocol for each of them
        self.attempts = []  # when a mail was begun
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
        options = {"hostname": "mail.example.org", "enable_SMTPUTF8": True, "timeout": 60}
        if tls == "starttls":
            options.update(tls_context=context, require_starttls=True)
        if password:
            options.update(authenticator=self._authenticate, auth_required=True, auth_require_tls=tls == "starttls")
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(self.loop.create_server(
            lambda: self._smtp(options), "127.0.0.1", self.port,
            ssl=context if tls == "at_once" else None))
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def _smtp(self, options):
        warnings.filterwarnings("ignore", message="Requiring AUTH")
        self.connections += 1
        self.lines.append(SMTP(self, loop=self.loop, **options))
        return self.lines[-1]

    def _authenticate(self, server, session, envelope, mechanism, data):
        good = data.login == b"ann" and data.password == self.password.encode()
        return AuthResult(success=good, handled=good or False)

    async def _answer(self, server, verb):
        while self.answers.get(verb) == "hang":
            await asyncio.sleep(0.02)
        answer = self.answers.get(verb)
        if answer == "close":
            server.transport.abort()
        return None if answer == "take and hang" else answer

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.greeted_as.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.commands += 1
        self.attempts.append(time.monotonic())
        answer = await self._answer(server, "MAIL")
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await self._answer(server, "RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = await self._answer(server, "DATA")
        answer = answer(envelope.content) if callable(answer) else answer
        if answer is None:
            self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        while self.answers.get("DATA") == "take and hang":
            await asyncio.sleep(0.02)
        return answer or f"250 2.0.0 OK: queued as {len(self.mails)}"

    def messages(self):
        return [parse(content) for _, _, content in self.mails]

    def close(self):
        def stop():
            self.server.close()
            for line in self.lines:
                if line.transport is not None:
                    line.transport.abort()
            self.loop.stop()
        self.loop.call_soon_threadsafe(stop)
        self.thread.join(10)
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()


def parse(content):
    """A message of the email package, which notes what is wrong with it in `defects`."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        if part.defects:
            raise AssertionError(f"{part.get_content_type()}: {part.defects}")
    return message


def text_of(message):
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(message):
    return message.get_body(("html",)).get_content().replace("\r\n", "\n")
