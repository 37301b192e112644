"""What an operator sees at night: PostgreSQL comes and goes, signals, floods, bad files."""

import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import support
from mailbox import CHEAP
from support import PASSWORD, bearer

# capabilities(7), in the form of the file's attribute: CAP_NET_BIND_SERVICE, permitted and effective.
LOW_PORTS = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)
NOBODY = 65534
CROWD = 60  # more connections than there are gaps among the descriptors
BUSY_S_MAX = 0.3  # of CPU time, in one second


class Outage(support.ClusterTest):
    def test_with_postgresql_away_jwks_answers_login_says_503_and_all_is_well_after_its_return(self):
        server = self.signet()
        token = server.signup("out.age").json["token"]
        self.cluster.stop()
        try:
            self.assertEqual(server.get("/jwks").status, 200)
            self.assertEqual(server.get("/livez").status, 200)
            login = server.login("out.age")
            self.assertEqual(login.status, 503, login.body)
            self.assertGreaterEqual(int(login.headers["retry-after"]), 1)
            self.assertEqual(server.get("/webhook", headers=bearer(token)).status, 503)
            support.wait_until(lambda: server.get("/readyz").status == 503, 10, "readyz to notice")
            started = time.monotonic()
            self.assertEqual(server.login("out.age").status, 503)
            self.assertLess(time.monotonic() - started, 3)
        finally:
            self.cluster.start()
        support.wait_until(lambda: server.login("out.age").status == 200, 10, "login after the return")
        support.wait_until(lambda: server.get("/readyz").status == 200, 10, "readyz after the return")

    def test_a_start_without_postgresql_serves_jwks_and_becomes_ready_when_it_comes(self):
        url = self.cluster.fresh_database()
        self.cluster.stop()
        try:
            server = self.signet(url, wait="/livez")
            self.assertEqual(server.get("/jwks").status, 200)
            ready = server.get("/readyz")
            self.assertEqual(ready.status, 503)
            self.assertIn("database", ready.json["checks"])
        finally:
            self.cluster.start()
        support.wait_until(lambda: server.get("/readyz").status == 200, 10, "readiness")
        self.assertEqual(server.signup("late.comer").status, 200)

    def test_a_postgresql_that_falls_silent_costs_seconds_not_for_ever(self):
        server = self.signet()
        token = server.signup("fro.zen").json["token"]
        with self.cluster.frozen():
            started = time.monotonic()
            self.assertEqual(server.get("/webhook", headers=bearer(token)).status, 503)
            self.assertEqual(server.login("fro.zen").status, 503)
            self.assertLess(time.monotonic() - started, 16)
            support.wait_until(lambda: server.get("/readyz").status == 503, 10, "readyz to notice")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(20), 0)
        again = self.signet(server.env["DATABASE_URL"], keys=server.keys)
        self.assertEqual(again.signup("un.frozen").status, 200)

    def test_a_killed_backend_costs_at_most_a_retry(self):
        server = self.signet()
        server.signup("back.end")
        for _ in range(5):
            self.cluster.sql("""select pg_terminate_backend(pid) from pg_stat_activity
                                where application_name like 'signet%'""")
            support.wait_until(lambda: server.login("back.end").status == 200, 3, "a login")


class Lifecycle(support.ClusterTest):
    def test_a_second_start_keeps_users_and_keys(self):
        server = self.signet()
        server.signup("keep.me")
        before = server.get("/jwks").body
        self.assertEqual(server.stop(), 0)
        server.start("/readyz")
        self.assertEqual(server.get("/jwks").body, before)
        self.assertEqual(server.login("keep.me").status, 200)

    def test_sigterm_finishes_what_runs_and_exits_with_zero(self):
        server = self.signet()
        server.signup("drain.me")
        results = []
        clients = [threading.Thread(target=lambda: results.append(server.login("drain.me").status))
                   for _ in range(4)]
        for client in clients:
            client.start()
        time.sleep(0.02)
        server.process.send_signal(signal.SIGTERM)
        for client in clients:
            client.join()
        self.assertEqual(server.process.wait(support.DEADLINE_S), 0)
        self.assertEqual(results, [200] * 4)

    def test_readyz_is_503_as_soon_as_sigterm_came(self):
        server = self.signet()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        self.assertEqual(server.get("/readyz").status, 503)
        self.assertEqual(server.process.wait(support.DEADLINE_S), 0)

    def test_a_second_signal_ends_it_at_once(self):
        server = self.signet()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(support.DEADLINE_S)
        self.assertLess(time.monotonic() - started, 1)

    def test_a_second_signal_ends_it_at_once_too_while_postgresql_keeps_it_waiting(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            server = self.signet(f"postgresql://signet@127.0.0.1:{port}/signet?connect_timeout=15", wait="/livez")
            server.process.send_signal(signal.SIGINT)
            time.sleep(1)
            server.process.send_signal(signal.SIGINT)
            started = time.monotonic()
            server.process.wait(support.DEADLINE_S)
            self.assertLess(time.monotonic() - started, 3)

    def test_with_migration_off_it_waits_for_the_command(self):
        url = self.cluster.fresh_database()
        server = self.signet(url, wait="/livez", env={"AUTH_MIGRATE": "off"})
        time.sleep(1.5)
        self.assertEqual(server.get("/readyz").status, 503)
        self.assertEqual(support.command("migrate", env={"DATABASE_URL": url}).returncode, 0)
        support.wait_until(lambda: server.get("/readyz").status == 200, 10, "readiness")

    def test_no_core_can_be_dumped_and_no_password_stays_in_memory(self):
        secret = "needle-Zebra-4417-haystack"
        # Whether a piece of it stays can depend on which thread serves whom.
        for _ in range(4):
            server = self.signet()
            self.assertEqual(server.signup("mem.ory", secret).status, 200)
            self.assertEqual(server.login("mem.ory", secret).status, 200)
            time.sleep(1)
            limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size\s+0\s+0")
            if os.geteuid() != 0:
                self.skipTest("only root may read the memory of a hardened process")
            self.assertEqual(occurrences(server.process.pid, secret.encode()), 0)
            server.stop()

    @unittest.skipIf(support.is_sanitized(), "ASan keeps the frames of functions that have returned")
    @unittest.skipIf(os.geteuid() != 0, "only root may read the memory of a hardened process")
    def test_no_password_of_a_graphql_query_stays_in_memory(self):
        secret = "the-secret-of-the-remote-schema"
        server = self.signet(env={"AUTH_ACTION_SECRET": secret, "AUTH_IO_THREADS": "1", **CHEAP})
        needles = {}

        def ask(way, field, value, rest="", error=None):
            """`value` is searched for without its beginning, which the heap may overwrite by itself."""
            needles.setdefault(way, value[-20:])
            if way.endswith("inline"):
                body = {"query": "mutation { %s }" % field.replace("$p", json.dumps(value)) + rest}
            else:
                body = {"query": "mutation ($p: String!) { %s }" % field + rest, "variables": {"p": value}}
            answer = server.post("/graphql", body, headers={"X-Action-Secret": secret,
                                                            "Content-Type": "application/json"})
            code = answer.json["errors"][0]["extensions"]["code"] if "errors" in answer.json else None
            self.assertEqual(code, error, (way, field))

        for where in ("inline", "variables"):
            password = f"needle-{where}-Zebra-4417-haystack"
            ask(f"good {where}", f'signup(username: "mem.{where}", password: $p) {{ id }}', password)
            login = f'login(username: "mem.{where}", password: $p) {{ id token }}'
            ask(f"good {where}", login, password)
            ask(f"wrong {where}", login, f"wrong-{where}-Gazelle-7321-haystack", error="invalid-credentials")
            ask(f"invalid {where}", login.replace("id", "nothing"), f"bad-{where}-Ostrich-9182-haystack",
                error="graphql-validation-failed")
            ask(f"unread {where}", login, f"no-{where}-Giraffe-6253-haystack", "}", error="graphql-parse-failed")
        time.sleep(1)
        left = {way: occurrences(server.process.pid, needle.encode()) for way, needle in needles.items()}
        self.assertEqual(left, dict.fromkeys(needles, 0))

    def test_a_binary_with_file_capabilities_starts(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            binary = shutil.copy(support.BINARY, folder)
            try:
                os.setxattr(binary, "security.capability", LOW_PORTS)
            except OSError as error:
                self.skipTest(f"no capabilities for a file here: {error}")
            done = subprocess.run([binary, "version"], user=NOBODY, capture_output=True, text=True, cwd="/",
                                  env=support.clean_environment(), timeout=support.DEADLINE_S, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stdout.startswith("signet "), done.stdout)

    def test_a_login_flood_is_shed_and_leaves_jwks_quick(self):
        server = self.signet(env={"AUTH_LANE_CRYPTO_THREADS": "1"})
        server.signup("flood.er")
        statuses, waits = [], []

        def flood():
            statuses.append(server.login("flood.er").status)

        threads = [threading.Thread(target=flood) for _ in range(120)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            started = time.monotonic()
            self.assertEqual(server.get("/jwks").status, 200)
            waits.append(time.monotonic() - started)
        for thread in threads:
            thread.join()
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertIn(200, statuses)
        self.assertEqual(server.login("flood.er").status, 200)


class Descriptors(support.ClusterTest):
    @unittest.skipIf(support.is_sanitized(), "UBSan opens pipes to look at memory, and calls it invalid if it cannot")
    def test_a_process_without_descriptors_waits_quietly_and_takes_connections_when_there_are_again(self):
        server = self.signet()
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as kept:
            self.assertTrue(self.is_answered(kept))
            pid = server.process.pid
            before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            in_use = max(map(int, os.listdir(f"/proc/{pid}/fd"))) + 1
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (in_use, before[1]))
            crowd = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(CROWD)]
            for each in crowd:
                self.addCleanup(each.close)
            support.wait_until(lambda: "accept-failed" in server.log(), 10, "the log to say it")
            busy = cpu_seconds(pid)
            time.sleep(1)
            self.assertLess(cpu_seconds(pid) - busy, BUSY_S_MAX)
            self.assertTrue(self.is_answered(kept))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        support.wait_until(lambda: server.signup("after.wards").status == 200, 10, "a signup")

    def is_answered(self, connection):
        connection.sendall(b"GET /jwks HTTP/1.1\r\nHost: x\r\n\r\n")
        return connection.recv(65536).startswith(b"HTTP/1.1 200")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def occurrences(pid, needle):
    """How often `needle` stands in the writable memory of a process."""
    count = 0
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            area, rights = line.split()[:2]
            if "rw" not in rights or "[v" in line:
                continue
            start, end = (int(part, 16) for part in area.split("-"))
            if end - start > 1 << 30:
                continue  # a sanitizer's shadow
            try:
                memory.seek(start)
                count += memory.read(end - start).count(needle)
            except OSError:
                continue
    return count


class BadFiles(unittest.TestCase):
    """Exit 78, before the port opens, and the file is named."""

    def refused(self, prepare):
        with tempfile.TemporaryDirectory() as folder:
            keys = pathlib.Path(folder) / "keys"
            keys.mkdir(mode=0o700)
            name = prepare(keys)
            done = support.command("serve", env={
                "DATABASE_URL": "postgresql://127.0.0.1:1/none", "AUTH_KEYS_DIR": str(keys),
                "PORT": str(support.free_port())}, cwd=folder)
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn(name, done.stderr)
            self.assertNotIn("BEGIN", done.stderr)

    @staticmethod
    def pem(path, *arguments, mode=0o600):
        subprocess.run(["openssl", arguments[0], "-out", str(path), *arguments[1:]], check=True, capture_output=True)
        os.chmod(path, mode)
        return path.name

    def test_a_key_that_others_can_read(self):
        self.refused(lambda keys: self.pem(keys / "active.pem", "genrsa", "2048", mode=0o644))

    def test_a_key_of_1024_bits(self):
        self.refused(lambda keys: self.pem(keys / "active.pem", "genrsa", "1024"))

    def test_a_key_with_exponent_3(self):
        self.refused(lambda keys: self.pem(keys / "active.pem", "genpkey", "-algorithm", "RSA", "-pkeyopt",
                                           "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3"))

    def test_an_elliptic_curve_key(self):
        self.refused(lambda keys: self.pem(keys / "active.pem", "genpkey", "-algorithm", "EC", "-pkeyopt",
                                           "ec_paramgen_curve:P-256"))

    def test_a_truncated_key(self):
        def truncated(keys):
            name = self.pem(keys / "active.pem", "genrsa", "2048")
            text = (keys / name).read_bytes()
            (keys / name).write_bytes(text[:len(text) // 2])
            return name
        self.refused(truncated)

    def test_an_empty_key_file(self):
        def empty(keys):
            (keys / "active.pem").touch(mode=0o600)
            return "active.pem"
        self.refused(empty)

    def test_a_symbolic_link(self):
        def link(keys):
            self.pem(keys.parent / "elsewhere.pem", "genrsa", "2048")
            (keys / "active.pem").symlink_to(keys.parent / "elsewhere.pem")
            return "active.pem"
        self.refused(link)

    def test_a_directory_that_others_can_write_to(self):
        def open_directory(keys):
            self.pem(keys / "active.pem", "genrsa", "2048")
            keys.chmod(keys.stat().st_mode | stat.S_IWOTH)
            return "keys"
        self.refused(open_directory)


if __name__ == "__main__":
    unittest.main(verbosity=2)
