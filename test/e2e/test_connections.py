"""Who takes all the connections that a server can have keeps nobody else out."""

import contextlib
import json
import socket
import subprocess
import time
import unittest

import support

FAST = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1",
        "AUTH_LANE_DATA_THREADS": "1", "AUTH_LANE_CRYPTO_THREADS": "1"}
DESCRIPTORS = 512
CONNECTIONS = DESCRIPTORS - 64 - 2 * 2  # less what is kept for PostgreSQL, the log and others
OF_ONE_ADDRESS = CONNECTIONS // 4 * 3


class Tight(support.Signet):
    """A server that may have few open files."""

    def start(self, wait="/livez"):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}", support.BINARY, "serve"],
                                            env=self.env, cwd=self.dir, stdout=log, stderr=log)
        if wait:
            support.wait_until(lambda: self.is_up(wait), what=f"{wait}; log:\n{self.log()}")


class Connections(support.ClusterTest):
    def tight(self, **env):
        server = Tight(self.cluster.fresh_database(), env={**FAST, **env}, wait="/readyz")
        self.addCleanup(server.close)
        return server

    def connect(self, server, count, source, said=b""):
        """Connections of one address, each of which has sent so much; the server may have closed some."""
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        made = []
        for _ in range(count):
            made.append(stack.enter_context(
                socket.create_connection(("127.0.0.1", server.port), timeout=10, source_address=(source, 0))))
            with contextlib.suppress(OSError):
                made[-1].sendall(said)
        return made

    def open_ones(self, connections):
        time.sleep(0.2)  # until what the server has closed is closed here as well
        return [each for each in connections if self.is_open(each)]

    def is_open(self, connection):
        connection.setblocking(False)
        try:
            return connection.recv(1) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def events(self, server):
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        return {line["event"]: line.get("reason", "") for line in lines}

    def test_many_addresses_with_silent_or_slow_connections_keep_nobody_out(self):
        server = self.tight()
        self.assertEqual(server.signup("ada").status, 200)
        for said in (b"", b"GET /livez HT", b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                            b"Content-Length: 100\r\n\r\n{"):
            with self.subTest(said):
                crowd = []
                for host in range(1, 7):
                    crowd += self.connect(server, 100, f"127.0.1.{host}", said)
                for _ in range(5):
                    self.assertEqual(server.get("/livez", timeout=2).status, 200)
                self.assertEqual(server.login("ada").status, 200)
                self.assertLessEqual(len(self.open_ones(crowd)), CONNECTIONS)
        self.assertIn("connections-scarce", self.events(server))

    def test_one_address_has_three_quarters_of_the_connections_at_most(self):
        server = self.tight()
        used = self.connect(server, 1, "127.0.1.8", b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(used[0].recv(65536).startswith(b"HTTP/1.1 200"))
        crowd = self.connect(server, OF_ONE_ADDRESS + 50, "127.0.1.9")
        support.wait_until(lambda: len(self.open_ones(crowd)) <= OF_ONE_ADDRESS, 3, "the server to close some")
        self.assertEqual(len(self.open_ones(crowd)), OF_ONE_ADDRESS)
        self.assertIn("127.0.1.9 has as many connections as", self.events(server)["connection-refused"])
        self.assertEqual(server.get("/livez", timeout=2).status, 200)
        self.assertTrue(self.is_open(used[0]))  # nobody had to make room
        self.assertNotIn("connections-scarce", self.events(server))

    def test_a_trusted_proxy_may_have_more(self):
        server = self.tight(AUTH_TRUSTED_PROXIES="127.0.1.10")
        more = OF_ONE_ADDRESS + 50
        self.assertEqual(len(self.open_ones(self.connect(server, more, "127.0.1.10"))), more)

    def test_the_longest_idle_connection_goes_first_and_the_others_stay(self):
        server = self.tight(AUTH_IO_THREADS="1")  # each thread looks among its own first
        ask = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
        old, young = self.connect(server, 2, "127.0.1.11", ask)
        for each in (old, young):
            self.assertTrue(each.recv(65536).startswith(b"HTTP/1.1 200"))
        crowd = []
        for host in range(12, 16):
            crowd += self.connect(server, CONNECTIONS // 4, f"127.0.1.{host}")
            young.sendall(ask)
            self.assertTrue(young.recv(65536).startswith(b"HTTP/1.1 200"))
        support.wait_until(lambda: not self.is_open(old), 5, "the longest idle connection to be closed")
        self.assertTrue(self.is_open(young))


if __name__ == "__main__":
    unittest.main()
