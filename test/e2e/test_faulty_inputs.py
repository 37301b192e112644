"""Everything in faulty_inputs.py is sent to one server, as bytes: it answers what the row says, as often as the row
says, and stays as it was."""

import concurrent.futures
import contextlib
import json
import pathlib
import re
import socket
import struct
import time
import unicodedata
import unittest

import cited_tests
import faulty_inputs as inputs
import support
from support import PASSWORD, bearer

IDLE_S = 4
NEXT = inputs.get("/livez", "Connection: close")  # what a client or a smuggler sends next
LOSSES = (ConnectionResetError, BrokenPipeError)
SETTINGS = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1", "AUTH_AUDIENCE": inputs.AUDIENCE,
            "AUTH_CORS_ORIGINS": inputs.APP, "AUTH_IDLE_TIMEOUT": f"{IDLE_S}s"}
COUNTS = """select (select count(*) from "user"), (select count(*) from role), (select count(*) from user_role),
                   (select count(*) from signet.session)"""


class Wire:
    """A connection and what came back on it."""

    def __init__(self, server, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", server.port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Whether all of it went out."""
        with contextlib.suppress(*LOSSES):
            self.socket.sendall(data)
            return True
        return False

    def read_all(self):
        """Until the server ends the connection."""
        received = b""
        with contextlib.suppress(*LOSSES):
            while chunk := self.socket.recv(65536):
                received += chunk
        return received

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def answers(data, to_head=False):
    """The answers in what came back; one that is cut off or is no HTTP is an error."""
    found = []
    while data:
        head, mark, rest = data.partition(b"\r\n\r\n")
        assert mark and head.startswith(b"HTTP/1.1 "), data[:200]
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
        bodiless = (to_head and not found) or "content-length" not in headers
        size = 0 if bodiless else int(headers["content-length"])
        assert len(rest) >= size, data[:200]
        found.append(support.Answer(int(line.split(" ")[1]), headers, rest[:size]))
        data = rest[size:]
    return found


def ask(server, data):
    with Wire(server) as wire:
        wire.send(data)
        wire.socket.shutdown(socket.SHUT_WR)
        return answers(wire.read_all(), data.startswith(b"HEAD"))


def said(answer):
    """As a row writes it."""
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return f"{answer.status} {answer.json['code']}" if is_problem else str(answer.status)


class Inputs(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = cls.cluster.fresh_database()
        cls.server = support.Signet(cls.url, wait="/readyz", env=SETTINGS)
        cls.addClassCleanup(cls.server.close)
        signed_in = cls.server.signup(inputs.TAKEN).json
        cls.server.signup(inputs.LONG, inputs.LONG_PASSWORD)
        keys = json.loads(pathlib.Path(cls.server.keys, "keys.json").read_text())["keys"]
        pem = next(key["privatePart"] for key in keys if key["state"] == "active")
        jwks = cls.server.get("/jwks").body.decode()
        cls.refusals_of_tokens = set()
        cls.material = inputs.Material(signed_in["token"], pem, jwks, signed_in["refreshToken"])

    def status(self, name):
        text = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M)[1])

    def descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.server.process.pid}/fd").iterdir()))

    def sockets(self):
        """The server's side of its connections."""
        port = f":{self.server.port:04X}"
        lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        return "".join(line + "\n" for line in lines if line.split()[1].endswith(port))

    @contextlib.contextmanager
    def nothing_left(self):
        """The server stays as it was: rows, descriptors, memory, and no word of a failure in its log."""
        rows, files, memory = self.cluster.sql(COUNTS, self.url), self.descriptors(), self.status("VmRSS")
        yield
        self.assertIsNone(self.server.process.poll(), self.server.log()[-4000:])
        self.assertEqual(self.cluster.sql(COUNTS, self.url), rows)
        # A connection of PostgreSQL's may come or go meanwhile.
        support.wait_until(lambda: self.descriptors() <= files + 4, 5, "the connections to be closed")
        if self.status("VmSize") < 1 << 30:  # KiB; a sanitizer has more than that, and keeps what is freed
            self.assertLess(self.status("VmRSS") - memory, 16 * 1024)
        for word in ("request-failed", "AddressSanitizer", "runtime error", inputs.SECRET.decode()):
            self.assertNotIn(word, self.server.log())
        self.assertNotRegex(self.server.log(), "[\x00-\x09\x0b-\x1f\x7f\u0085\u2028\u202e]")

    def judge(self, row, answer):
        self.assertEqual(said(answer), row.answer, answer.body)
        self.assertNotIn("server", answer.headers)
        self.assertNotIn(inputs.SECRET, answer.body)
        self.assertLess(len(answer.body), inputs.ANSWER_BYTES_MAX)
        for name, value in row.has.items():
            self.assertEqual(answer.headers.get(name), value, name)
        if answer.status < 400:
            return
        if row.answer == inputs.INVALID_TOKEN:
            body = re.sub(rb'"instance":"[0-9a-f]{32}"', b"", answer.body)
            headers = [(name, value) for name, value in answer.headers.items() if name not in ("date", "x-request-id")]
            self.refusals_of_tokens.add((body, str(headers)))
        problem = answer.json
        self.assertLessEqual({"type", "title", "status", "detail", "code", "instance"}, set(problem))
        self.assertEqual((problem["status"], answer.headers["cache-control"]), (answer.status, "no-store"))
        self.assertEqual(problem["instance"], answer.headers["x-request-id"])
        self.assertEqual("www-authenticate" in answer.headers,
                         row.answer.startswith("401") and row.answer != inputs.WRONG)
        if row.pointer:
            self.assertIn(row.pointer, [each["pointer"] for each in problem["errors"]])

    def send(self, row, data):
        """Behind the request comes another one: it is answered where the connection goes on, and nowhere else."""
        with Wire(self.server) as wire:
            whole = wire.send(data + NEXT)
            received = wire.read_all()
        if row.may_break and not (whole and received):
            return
        got = answers(received, data.startswith(b"HEAD"))
        self.assertEqual(len(got), (row.answer is not None) + row.kept, received[:2000])
        if row.answer is not None:
            self.judge(row, got[0])
            self.assertEqual(got[0].headers.get("connection"), None if row.kept else "close")
        if row.kept:
            self.assertEqual((got[-1].status, got[-1].json), (200, {"status": "ok"}))

    def run_block(self, block):
        number = 0
        with self.nothing_left():
            for row in inputs.ROWS:
                if row.name[0] != block:
                    continue
                for sent in row.sent:
                    made = sent(self.material) if callable(sent) else sent
                    for data in [made] if isinstance(made, bytes) else made:
                        number += 1
                        with self.subTest(f"{row.name}: {row.what}", sent=data[:200]):
                            self.send(row, data)
        self.assertGreater(number, 0)
        self.assertLessEqual(len(self.refusals_of_tokens), 1, "the answer tells why a token is refused")

    def test_h_http(self):
        self.run_block("H")

    def test_j_json(self):
        self.run_block("J")

    def test_v_values(self):
        self.run_block("V")

    def test_t_tokens(self):
        self.run_block("T")

    def test_x_what_was_added(self):
        self.run_block("X")


    def test_what_cannot_be_sent_yet_has_no_route(self):
        for name, (reason, path) in inputs.ABSENT.items():
            if path:
                with self.subTest(f"{name}: {reason}"):
                    self.assertEqual(said(ask(self.server, inputs.posted(path, {}))[0]), inputs.NOT_FOUND,
                                     "the route is there now: send it what faulty_inputs.py says")

    def test_scenes(self):
        # They take some seconds each, so all are played at once.
        failures = {}

        def play(name):
            try:
                getattr(self, name)()
            except Exception as failure:  # pylint: disable=broad-except
                failures[name] = failure

        files = self.descriptors()
        with concurrent.futures.ThreadPoolExecutor(len(inputs.SCENES)) as pool:
            list(pool.map(play, [name for name in inputs.SCENES if name != "T15"]))
        support.wait_until(lambda: self.descriptors() <= files + 4, 5, "the connections to be closed")
        play("T15")  # PostgreSQL is away in it
        for name, failure in failures.items():
            with self.subTest(f"{name}: {inputs.SCENES[name]}"):
                raise failure
        self.assertIsNone(self.server.process.poll(), self.server.log()[-4000:])
        self.assertNotIn("request-failed", self.server.log())

    def post_slowly(self, steps, seconds):
        """Sends what is announced and never comes; (what came back, after how many seconds)."""
        began = time.monotonic()
        with Wire(self.server) as wire:
            wire.send(inputs.framed("Content-Length: 1000", body=b'{"'))
            wire.socket.settimeout(seconds)
            received = b""
            for _ in range(steps):
                try:
                    received = wire.socket.recv(65536)
                    break
                except TimeoutError:
                    wire.send(b" ")
            return received + wire.read_all(), time.monotonic() - began

    def H16(self):
        body = json.dumps({"username": "half-way", "password": PASSWORD}).encode()
        with Wire(self.server) as wire:
            wire.send(inputs.posted("/signup", body)[:-2])
            wire.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(wire.read_all(), b"")
        self.assertEqual(self.cluster.sql("""select count(*) from "user" where username = 'half-way'""", self.url), "0")

    def timed_out(self, received, took):
        (answer,) = answers(received)
        self.assertEqual(said(answer), "408 request-timeout")
        self.assertTrue(9 < took < 15, took)

    def H17(self):
        self.timed_out(*self.post_slowly(1, 20))

    def H67(self):
        self.timed_out(*self.post_slowly(40, 0.5))

    def H43(self):
        hello = bytes.fromhex("16030100b8010000b40303") + bytes(180)
        before = self.server.log().count("not-http")
        took = []
        for _ in range(20):
            began = time.monotonic()
            with Wire(self.server) as wire:
                wire.send(hello)
                self.assertEqual(wire.read_all(), b"")
            took.append(time.monotonic() - began)
        self.assertLess(sorted(took)[10], 1)
        self.assertLessEqual(self.server.log().count("not-http") - before, 20)

    def H62(self):
        got = ask(self.server, b"".join(map(inputs.get, ("/jwks", "/livez") * 50)))
        self.assertEqual([b"keys" in answer.body for answer in got], [True, False] * 50)

    def H64(self):
        with Wire(self.server) as wire:
            wire.send(inputs.typed(inputs.TAKEN, PASSWORD))
            wire.socket.shutdown(socket.SHUT_WR)
            self.assertEqual([said(answer) for answer in answers(wire.read_all())], ["200"])

    def H65(self):
        for _ in range(2000):
            wire = Wire(self.server)
            wire.send(inputs.get("/jwks") * 3)
            wire.reset()

    def H68(self):
        with Wire(self.server, receive_buffer=4096) as wire:
            wire.send(inputs.get("/jwks") * 999)
            self.assertIn(f":{wire.socket.getsockname()[1]:04X} 01 ", self.sockets())
            for _ in range(13):
                with contextlib.suppress(*LOSSES):
                    wire.socket.recv(1)
                time.sleep(1)
            # What the kernel has taken waits for the client; the server does not.
            self.assertNotIn(f":{wire.socket.getsockname()[1]:04X} 01 ", self.sockets())

    def H70(self):
        with Wire(self.server) as wire:
            wire.send(inputs.get("/livez"))
            wire.socket.recv(65536)
            began = time.monotonic()
            self.assertEqual(wire.read_all(), b"")
            self.assertTrue(IDLE_S - 1 < time.monotonic() - began < IDLE_S + 5)

    def H71(self):
        got = ask(self.server, inputs.get("/livez") * 1001)
        self.assertEqual([len(got), *{answer.headers.get("connection") for answer in got[:-1]},
                          got[-1].headers.get("connection")], [1000, None, "close"])

    def T15(self):
        strangers = [self.material.signed({"kid": f"unknown-{i}"}) for i in range(500)]
        with self.cluster.frozen():
            began = time.monotonic()
            for stranger in strangers:
                (answer,) = ask(self.server, inputs.get("/webhook", f"Authorization: Bearer {stranger}"))
                self.assertEqual(said(answer), inputs.INVALID_TOKEN)
            self.assertLess(time.monotonic() - began, 10)

    def T39(self):
        user = self.server.signup("leaver").json
        self.assertEqual(self.server.get("/webhook", headers=bearer(user["token"])).status, 200)
        self.assertEqual(self.server.post("/logout", {"refreshToken": user["refreshToken"]}).status, 204)
        support.wait_until(lambda: said(self.server.get("/webhook",
                                                        headers=bearer(user["token"]))) == inputs.INVALID_TOKEN,
                           5, "the token to be refused")

    def takes(self, name, password, again=None):
        self.assertEqual(self.server.signup(name, password).status, 200, name)
        self.assertEqual(self.server.login(name, again or password).status, 200, name)

    def V14(self):
        self.takes("eight", "Kx7#mQ2p")
        self.takes("eight-faces", "\U0001f600\U0001f34b\U0001f69c\U0001f3bb\U0001f40c\U0001f9ca\U0001f33b\U0001f9f2")

    def V17(self):
        password = "Caf\u00e9-Tractor-91-\u00fcber"
        self.takes("composed", password, unicodedata.normalize("NFD", password))
        self.takes("decomposed", unicodedata.normalize("NFD", password), password)

    def V20(self):
        self.takes("unassigned", "plum-\U000e0fff\u0378-Tractor-91")
        self.takes("no-character", "plum-\ufffe\U0010ffff-Tractor-91")


class Tables(unittest.TestCase):
    def test_every_scene_is_played(self):
        self.assertEqual({name for name in dir(Inputs) if re.fullmatch(r"[HJVT]\d\d", name)}, set(inputs.SCENES))

    def test_every_test_that_a_row_names_is_there(self):
        self.assertEqual(cited_tests.missing([each for all in inputs.ELSEWHERE.values() for each in all]), [])

    def test_all_137_kinds_are_here(self):
        names = {row.name for row in inputs.ROWS} | set(inputs.SCENES) | set(inputs.ELSEWHERE) | set(inputs.ABSENT)
        self.assertEqual(len([name for name in names if name[0] in "HJVT"]), 137)


if __name__ == "__main__":
    unittest.main(verbosity=2)
