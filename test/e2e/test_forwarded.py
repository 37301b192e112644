"""What proxies, browsers and Hasura put into a request that Signet does not use is no reason to refuse it."""

import json
import socket
import time
import unittest

import support
from support import PASSWORD, bearer

ANONYMOUS = "visitor"
WEBHOOK_BODY_BYTES_MAX = 16 * 1024 * 1024
FAST = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}


def raw_request(server, head_lines, body=b""):
    """Sends bytes as they are; returns (status, body)."""
    head = b"\r\n".join([*head_lines, b"Host: 127.0.0.1", b"Connection: close",
                         b"Content-Length: " + str(len(body)).encode(), b"", b""])
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(head + body)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    head, _, rest = received.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), rest


class Forwarded(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = support.Signet(cls.cluster.fresh_database(), wait="/readyz",
                                    env={**FAST, "AUTH_ANONYMOUS_ROLE": ANONYMOUS})
        cls.addClassCleanup(cls.server.close)
        cls.token = cls.server.signup("forwarded").json["token"]

    def ask(self, *lines, path=b"/webhook"):
        return raw_request(self.server, [b"GET " + path + b" HTTP/1.1", *lines])

    def authorization(self):
        return b"Authorization: Bearer " + self.token.encode()

    def test_bytes_above_ascii_in_a_header_lock_nobody_out(self):
        odd = (b"cf-ipcity: Z\xc3\xbcrich", b"cf-ipcity: Z\xfcrich", b"Cookie: theme=gr\xc3\xbcn; x=\xff\xfe",
               b"User-Agent: Caf\xe9/1.0", b"Referer: https://example.org/stra\xdfe", b"X-Anything: \x80\xff",
               b"X-Forwarded-For: \xe2\x80\xa6", b"Accept-Language: \xc3\xa9", b"X-Tab: a\tb")
        login = json.dumps({"username": "forwarded", "password": PASSWORD}).encode()
        for line in odd:
            with self.subTest(line):
                status, body = self.ask(self.authorization(), line)
                self.assertEqual((status, json.loads(body).get("X-Hasura-Role")), (200, "user"))
                status, _ = self.ask(self.authorization(), line, path=b"/me")
                self.assertEqual(status, 200)
                status, _ = raw_request(self.server, [b"POST /login HTTP/1.1", b"Content-Type: application/json", line],
                                        login)
                self.assertEqual(status, 200)

    def test_the_device_of_a_session_is_named_though_its_user_agent_is_not_ascii(self):
        login = json.dumps({"username": "forwarded", "password": PASSWORD}).encode()
        for agent in (b"Caf\xe9/1.0", b"Caf\xc3\xa9/1.0"):
            status, body = raw_request(self.server, [b"POST /login HTTP/1.1", b"Content-Type: application/json",
                                                     b"User-Agent: " + agent], login)
            self.assertEqual(status, 200)
            listed = self.server.get("/sessions", headers=bearer(json.loads(body)["token"]))
            self.assertEqual(listed.status, 200, listed.body)

    def test_bytes_above_ascii_in_what_is_used_are_judged(self):
        self.assertEqual(self.ask(b"Authorization: Bearer \xc3\xbc")[0], 401)
        self.assertEqual(self.ask(self.authorization(), b"X-Hasura-Role: r\xc3\xb4le")[0], 401)

    def test_a_role_whose_name_is_not_ascii_can_be_asked_for(self):
        url = self.server.env["DATABASE_URL"]
        self.cluster.sql("""insert into role(name) values ('rédacteur') on conflict do nothing;
                            insert into user_role(user_id, role_id) select u.id, r.id from "user" u, role r
                            where u.username = 'forwarded' and r.name = 'rédacteur'""", url)

        def role():
            status, body = self.ask(self.authorization(), "X-Hasura-Role: rédacteur".encode())
            return status == 200 and json.loads(body)["X-Hasura-Role"] == "rédacteur"

        support.wait_until(role, 5, "the role to be there")

    def test_control_characters_in_a_header_are_still_refused(self):
        for line in (b"X-A: a\x00b", b"X-A: a\rb", b"X-A: a\x07b", b"X-A: a\x7fb", b"X\xc3\xbc: a"):
            with self.subTest(line):
                self.assertEqual(self.ask(self.authorization(), line)[0], 400)

    def test_200_header_lines_and_32_kib_of_them_pass_on_every_route(self):
        lines = [f"X-Line-{i}: {'v' * 100}".encode() for i in range(190)]
        self.assertEqual(self.ask(self.authorization(), *lines)[0], 200)
        cookie = b"Cookie: big=" + b"c" * 30_000
        for path in (b"/webhook", b"/me", b"/jwks", b"/livez"):
            self.assertEqual(self.ask(self.authorization(), cookie, path=path)[0], 200, path)
        too_many = [f"X-Line-{i}: v".encode() for i in range(210)]
        self.assertEqual(self.ask(self.authorization(), *too_many)[0], 431)
        self.assertEqual(self.ask(self.authorization(), b"Cookie: big=" + b"c" * 40_000)[0], 431)

    def test_an_empty_authorization_is_none_at_all(self):
        for line in (b"Authorization:", b"Authorization: ", b"Authorization: \t "):
            status, body = self.ask(line)
            self.assertEqual((status, json.loads(body).get("X-Hasura-Role")), (200, ANONYMOUS), line)
            status, body = self.ask(line, path=b"/me")
            self.assertEqual((status, json.loads(body)["code"]), (401, "missing-token"), line)
        answer = self.server.post("/webhook", {"headers": {"Authorization": ""}, "request": {}})
        self.assertEqual((answer.status, answer.json.get("X-Hasura-Role")), (200, ANONYMOUS))

    def post(self, members, **options):
        body = "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members) + "}"
        return self.server.post("/webhook", body.encode(), headers={"Content-Type": "application/json"}, **options)

    def test_16_mib_of_graphql_before_or_behind_the_headers_pass(self):
        headers = json.dumps({"authorization": f"Bearer {self.token}", "cf-ipcity": "Zürich"})
        query = json.dumps({"query": "mutation " + "x" * (WEBHOOK_BODY_BYTES_MAX - 8192), "variables": {"é": [1.5e3]}})
        for members in ((("headers", headers), ("request", query)), (("request", query), ("headers", headers))):
            answer = self.post(members, timeout=60)
            self.assertEqual((answer.status, answer.json.get("X-Hasura-Role")), (200, "user"))

    def test_more_than_the_setting_is_413(self):
        server = self.signet(env={**FAST, "AUTH_WEBHOOK_BODY_MAX": "1MiB"})
        # The length alone is refused. Who goes on sending may miss the answer, since the server closes.
        with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
            connection.sendall(b"POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                               b"Content-Length: 1048577\r\n\r\n{")
            self.assertEqual(connection.recv(65536).split(b" ")[1], b"413")

    def test_deep_and_odd_variables_are_none_of_our_business(self):
        headers = json.dumps({"authorization": f"Bearer {self.token}"})
        for request in ("[" * 200 + "]" * 200, '{"a":1,"a":2}', '{"n":123456789012345678901234567890.5e-7}',
                        json.dumps({"variables": {f"v{i}": i for i in range(5000)}}), json.dumps([0] * 50_000), "null",
                        '"\\ud800"'):
            with self.subTest(request[:40]):
                self.assertEqual(self.post((("headers", headers), ("request", request))).status, 200)

    def test_hundreds_of_forwarded_headers_in_the_body_pass(self):
        headers = {"authorization": f"Bearer {self.token}", **{f"x-{i}": "v" * 100 for i in range(300)}}
        answer = self.post((("headers", json.dumps(headers)), ("request", "{}")))
        self.assertEqual(answer.status, 200, answer.body)

    def test_every_refused_request_is_in_the_log_with_the_name_of_the_header_and_never_its_value(self):
        self.ask(b"X-Odd-One: hush\x07hush")
        self.ask(b"Bad Name: hush")
        self.ask(*[b"X-Many: hush" for _ in range(220)])
        self.ask(b"X-Large: " + b"hush" * 10_000)
        self.server.post("/login", b"x" * 100_000, headers={"Content-Type": "application/json"})
        self.server.post("/login", b"x", headers={"Content-Type": "text/plain"})

        def refused():
            lines = [json.loads(line) for line in self.server.log().splitlines() if line.startswith("{")]
            return [line for line in lines if line.get("event") == "request-refused"]

        support.wait_until(lambda: len(refused()) >= 6, 5, f"six lines: {refused()}")
        self.assertIn("X-Odd-One", json.dumps(refused()))
        self.assertIn("X-Large", json.dumps(refused()))
        self.assertNotIn("hush", self.server.log())


class Connections(support.ClusterTest):
    def closed_after(self, server, first, limit=12):
        with socket.create_connection(("127.0.0.1", server.port), timeout=limit) as connection:
            if first:
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.recv(65536)
            began = time.monotonic()
            try:
                self.assertEqual(connection.recv(1), b"")
            except TimeoutError:
                return None
            return time.monotonic() - began

    def test_a_connection_that_served_something_is_kept_as_long_as_the_setting_says(self):
        server = self.signet(env={**FAST, "AUTH_IDLE_TIMEOUT": "2s"})
        closed = self.closed_after(server, True)
        self.assertIsNotNone(closed)
        self.assertTrue(1.5 < closed < 4, closed)
        patient = self.signet(env={**FAST, "AUTH_IDLE_TIMEOUT": "60s"})
        self.assertIsNone(self.closed_after(patient, True, limit=8))

    def test_a_connection_that_never_sent_a_byte_is_closed_after_five_seconds(self):
        closed = self.closed_after(self.signet(env=FAST), False)
        self.assertIsNotNone(closed)
        self.assertTrue(4 < closed < 7, closed)


if __name__ == "__main__":
    unittest.main()
