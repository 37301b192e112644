"""AUTH_PASSWORD_HIBP_URL: a list of breached passwords that answers, and one that does what it likes."""

import concurrent.futures
import hashlib
import http.server
import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import support
from support import PASSWORD

TIMEOUT_S = 2
SLACK_S = 1.5  # for a hash, a transaction, and a machine that is busy
BREACHED = "kettle-violet-northbound-27"
EVENT = "breached-passwords-not-looked-up"


def digits(password):
    return hashlib.sha1(password.encode()).hexdigest().upper()


class List(http.server.ThreadingHTTPServer):
    """A range API that has one password. `mode` says what else it does."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Ranges)
        self.mode, self.asked, self.done = "answer", [], threading.Event()
        scheme = "http"
        if tls:
            scheme = "https"
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.url = f"{scheme}://127.0.0.1:{self.server_port}/range"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # the other end has gone, as it should

    def close(self):
        self.done.set()
        self.shutdown()
        self.server_close()


class Ranges(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        getattr(self, self.server.mode)()

    def range(self):
        known = digits(BREACHED)
        lines = [f"{known[5:]}:42" if self.path.endswith("/" + known[:5]) else digits("another")[5:] + ":3",
                 digits(PASSWORD)[5:] + ":0"]
        return "\r\n".join(lines).encode()

    def send(self, status, body, headers=()):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        self.send(200, self.range())

    def hang(self):
        self.server.done.wait(20)

    def hang_in_the_body(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(self.range())
        self.wfile.flush()
        self.server.done.wait(20)

    def drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.done.wait(0.1):
            self.wfile.write(b"0")

    def drop(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.close_connection = True

    def cut_off(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(self.range())
        self.close_connection = True

    def redirect(self):
        self.send(302, self.range(), {"Location": self.server.url + "/elsewhere"})

    def ten_mib(self):
        self.send(200, (digits("another")[5:] + ":1\r\n").encode() * (10 * 1024 * 1024 // 39))

    def head_without_end(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.done.is_set():
            self.wfile.write(b"X-Filler: " + b"x" * 8000 + b"\r\n")

    def no_http(self):
        self.wfile.write(b"220 mail.example ESMTP\r\n")
        self.close_connection = True

    def garbage(self):
        self.send(200, b"<html>sign in to this network</html>")

    def too_many(self):
        self.send(429, self.range(), {"Retry-After": "2"})


# What the list does, and what the log says of it.
FAULTS = {
    "hang": "timed out", "hang_in_the_body": "timed out", "drip": "timed out", "drop": "", "cut_off": "",
    "redirect": "302", "ten_mib": "larger than 1048576 bytes", "head_without_end": "", "no_http": "",
    "garbage": "no list", "too_many": "429",
}


class BreachedPasswords(support.ClusterTest):
    def start(self, url, **env):
        return self.signet(env={"AUTH_PASSWORD_HIBP_URL": url, **env})

    def list(self, **options):
        made = List(**options)
        self.addCleanup(made.close)
        return made

    def told(self, server):
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        return [line["reason"] for line in lines if line["event"] == EVENT]

    def assert_refused(self, answer, pointer):
        self.assertEqual((answer.status, answer.json["code"]), (400, "password-weak"), answer.body)
        self.assertEqual([(one["pointer"], one["code"]) for one in answer.json["errors"]], [(pointer, "password-weak")])

    def test_a_breached_password_is_refused_at_signup_change_and_by_commands_and_another_is_not(self):
        ranges = self.list()
        # Neither a proxy nor a password that the environment names is used.
        server = self.start(ranges.url, http_proxy="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9",
                            ALL_PROXY="socks5://127.0.0.1:9", HOME="/nonexistent")
        self.assert_refused(server.signup("ada", BREACHED), "/password")
        signup = server.signup("ada")
        self.assertEqual(signup.status, 200, signup.body)
        headers = support.bearer(signup.json["token"])
        change = {"currentPassword": PASSWORD, "newPassword": BREACHED}
        self.assert_refused(server.post("/password", change, headers=headers), "/newPassword")
        change["newPassword"] = "moss under 3 bridges"
        self.assertEqual(server.post("/password", change, headers=headers).status, 204)
        for words in (("user", "create", "bob"), ("user", "set-password", "ada")):
            done = support.command(*words, env={**server.env}, stdin=BREACHED + "\n")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("became known elsewhere", done.stderr)
            self.assertEqual(support.command(*words, env={**server.env}, stdin=PASSWORD + "\n").returncode, 0)
        self.assertEqual(self.told(server), [])
        self.assertLessEqual({len(path) for path, _ in ranges.asked}, {len("/range/12345")})
        for _, fields in ranges.asked:
            self.assertEqual((fields["add-padding"], fields["user-agent"]), ("true", "signet"))
            self.assertNotIn("cookie", fields)
            self.assertNotIn("authorization", fields)

    def test_a_login_asks_nobody_even_with_a_password_that_became_known(self):
        server = self.signet()
        self.assertEqual(server.signup("carol", BREACHED).status, 200)
        server.stop()
        ranges = self.list()
        server.env["AUTH_PASSWORD_HIBP_URL"] = ranges.url
        server.start("/readyz")
        self.assertEqual(server.login("carol", BREACHED).status, 200)
        self.assertEqual(ranges.asked, [])

    def test_a_weak_password_is_refused_without_a_question(self):
        ranges = self.list()
        self.assert_refused(self.start(ranges.url).signup("dora", "password1234567"), "/password")
        self.assertEqual(ranges.asked, [])

    def test_whatever_the_list_does_a_signup_passes_in_time_and_the_log_says_why_once(self):
        ranges = self.list()
        server = self.start(ranges.url)
        for mode, reason in FAULTS.items():
            with self.subTest(mode):
                server.stop()
                ranges.mode, ranges.asked = mode, []
                told = len(self.told(server))
                server.start("/readyz")
                for name, most in ((mode, TIMEOUT_S + SLACK_S), (mode + "2", SLACK_S)):
                    began = time.monotonic()
                    answer = server.signup(name.replace("_", "-"), BREACHED)
                    self.assertEqual(answer.status, 200, answer.body)
                    self.assertLess(time.monotonic() - began, most)
                self.assertEqual(len(ranges.asked), 1, ranges.asked)
                self.assertEqual(len(self.told(server)), told + 1)
                self.assertIn(reason, self.told(server)[-1])

    def test_a_list_that_is_not_there_or_accepts_nothing_blocks_nobody_for_longer_than_its_time(self):
        with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
            address = deaf.getsockname()
            kept = [socket.socket() for _ in range(8)]
            for one in kept:  # its queue is full from here on
                self.addCleanup(one.close)
                one.setblocking(False)
                one.connect_ex(address)
            for number, url in enumerate((f"http://127.0.0.1:{support.free_port()}", f"http://127.0.0.1:{address[1]}",
                                          "https://no-such-host.invalid/range")):
                with self.subTest(url):
                    server = self.start(url)
                    began = time.monotonic()
                    self.assertEqual(server.signup(f"erin{number}", BREACHED).status, 200)
                    self.assertLess(time.monotonic() - began, TIMEOUT_S + SLACK_S)
                    self.assertEqual(len(self.told(server)), 1)

    def test_a_list_that_hangs_holds_nobodys_login_once_it_is_known(self):
        ranges = self.list()
        ranges.mode = "hang"
        server = self.start(ranges.url)
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            signups = list(pool.map(lambda number: server.signup(f"fred{number}", BREACHED).status, range(12)))
        self.assertEqual(signups, [200] * 12)
        self.assertLessEqual(len(ranges.asked), max(1, os.cpu_count() // 2))
        self.assertEqual(len([reason for reason in self.told(server) if "timed out" in reason]), 1)
        for _ in range(3):
            began = time.monotonic()
            self.assertEqual(server.login("fred0", BREACHED).status, 200)
            self.assertLess(time.monotonic() - began, SLACK_S)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            pem = folder + "/both.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out", pem + ".crt",
                            "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                           check=True, capture_output=True, timeout=60)
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(pem + ".crt", pem)
            ranges = self.list(tls=tls)
        server = self.start(ranges.url)
        self.assertEqual(server.signup("gina", BREACHED).status, 200)
        self.assertEqual(ranges.asked, [])
        self.assertRegex(self.told(server)[0], "(?i)certificate")

    def test_a_command_says_when_it_could_not_look_and_does_its_work(self):
        env = {**self.start("http://127.0.0.1:9").env}
        done = support.command("user", "create", "hugo", env=env, stdin=BREACHED + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("AUTH_PASSWORD_HIBP_URL gave no answer", done.stderr)


if __name__ == "__main__":
    unittest.main()
