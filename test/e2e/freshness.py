"""Two replicas that are asked all the time, and how long a change in the database takes to reach both."""

import http.client
import json
import os
import pathlib
import select
import subprocess
import threading
import time

import proxy
import support

POLLS_PER_S = 50
BOUND_S = 1.0
# Logins are to cost little here: these tests are about what comes after.
CHEAP = {
    "AUTH_ARGON2_MEMORY_KIB": "64",
    "AUTH_ARGON2_ITERATIONS": "1",
    "AUTH_LANE_DATA_THREADS": "2",
    "AUTH_LANE_CRYPTO_THREADS": "2",
    "AUTH_IO_THREADS": "2",
    "AUTH_ISSUER": "http://signet.test",
}


class Sql:
    """One psql that stays, so that the moment of a commit is known well."""

    MARK = "-- done --"

    def __init__(self, url, patience_s=support.DEADLINE_S):
        self.patience_s = patience_s
        self.process = subprocess.Popen(
            ["psql", "-d", url, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", bufsize=0)

    def __call__(self, text):
        self.process.stdin.write(f"{text};\n\\echo {self.MARK}\n".encode())
        heard, end = b"", self.MARK.encode() + b"\n"
        while not heard.endswith(end):
            if not select.select([self.process.stdout], [], [], self.patience_s)[0]:
                raise AssertionError(f"no answer to: {text}")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise AssertionError(heard.decode())
            heard += piece
        return heard[:-len(end)].decode().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(support.DEADLINE_S)
        self.process.stdout.close()


class Poller:
    """Asks one replica fifty times a second, over one connection, on a thread of its own."""

    def __init__(self, server, per_s=POLLS_PER_S):
        self.server = server
        self.headers = {}
        self.pause_s = 1 / per_s
        self.changed = threading.Condition()
        self.answer = None  # (when it was asked, status, role)
        self.polls = 0
        self.seen = set()
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def ask_with(self, headers):
        self.headers = headers

    def _ask(self, connection):
        connection.request("GET", "/webhook", headers=self.headers)
        response = connection.getresponse()
        body = response.read()
        role = json.loads(body).get("X-Hasura-Role") if response.status == 200 else None
        return response.status, role

    def _run(self):
        connection = None
        while not self.stopping:
            began, headers = time.monotonic(), self.headers
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
                status, role = self._ask(connection)
            except OSError:
                connection, status, role = None, None, None
            with self.changed:
                self.answer = (began, status, role, headers)
                self.polls += 1
                self.seen.add(status)
                self.changed.notify_all()
            time.sleep(max(0, self.pause_s - (time.monotonic() - began)))
        if connection:
            connection.close()

    def seconds_until(self, since, wanted, limit_s):
        """From `since` to the beginning of the first request that was answered as wanted."""
        end = since + limit_s
        with self.changed:
            while True:
                answer = self.answer
                if answer and answer[3] is self.headers and answer[0] >= since and wanted(answer[1], answer[2]):
                    return answer[0] - since
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not within {limit_s} s on port {self.server.port}; the last answer: {answer}")
                self.changed.wait(left)

    def stop(self):
        self.stopping = True
        self.thread.join(support.DEADLINE_S)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(what, seconds):
    print(f"{what}: {len(seconds)} tries, p50 {percentile(seconds, 0.5) * 1000:.0f} ms, "
          f"p99 {percentile(seconds, 0.99) * 1000:.0f} ms, max {max(seconds) * 1000:.0f} ms", flush=True)


class FreshnessTest(support.ClusterTest):
    """Two replicas on one database; `self.sql(...)` is somebody else who writes to it."""

    settings = {}
    before = ""  # what is done in the database before the first start

    def setUp(self):
        self.url = self.cluster.fresh_database()
        if self.before:
            self.cluster.sql(self.before, self.url)
        way = self.way_to(self.url)
        self.first = self.signet(way, env={**CHEAP, **self.settings})
        self.second = self.signet(way, env={**CHEAP, **self.settings}, keys=self.first.keys)
        self.replicas = (self.first, self.second)
        self.sql = self.another_sql()

    def way_to(self, url):
        """By which URL the replicas reach the database."""
        return url

    def another_sql(self):
        made = Sql(self.url)
        self.addCleanup(made.close)
        return made

    def silence(self):
        """What changes is noted as ever, and nobody is notified of it."""
        body = self.sql("select pg_get_functiondef('signet.note_changed_users(uuid[])'::regprocedure)").splitlines()
        silent = [line for line in body if "pg_notify" not in line]
        self.assertEqual(len(body) - len(silent), 1, body)
        self.sql("\n".join(silent))

    def someone(self, name):
        """A new account and its token, known to both replicas."""
        answer = self.first.signup(name)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def ask(self, server, token, role=None):
        headers = support.bearer(token)
        if role:
            headers["X-Hasura-Role"] = role
        return server.get("/webhook", headers=headers)

    def warm_up(self, *tokens):
        """Both replicas know these users, and no look is on its way that would tell of them once more."""
        for _ in range(2):
            for server in self.replicas:
                for token in tokens:
                    self.assertEqual(self.ask(server, token).status, 200)
            time.sleep(0.7)

    def pollers(self, per_s=POLLS_PER_S):
        made = [Poller(server, per_s) for server in self.replicas]
        for poller in made:
            self.addCleanup(poller.stop)
        return made

    def measure(self, pollers, change, wanted, limit_s=BOUND_S):
        """Commits the change; the seconds until both replicas answer as wanted, from the commit on."""
        self.sql(change) if isinstance(change, str) else change()
        committed = time.monotonic()
        return max(poller.seconds_until(committed, wanted, limit_s) for poller in pollers)


class DoorTest(FreshnessTest):
    """The replicas reach the database through a door; who writes to it does not."""

    def way_to(self, url):
        self.door = proxy.Proxy(self.cluster.port)
        self.addCleanup(self.door.close)
        return self.door.lead(url)


def statements_of(cluster):
    """The names of the prepared statements in the server's log, one for each execution."""
    home = pathlib.Path(cluster.dir, "cluster/location").read_text().strip()
    reader = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    text = subprocess.run([*reader, "cat", f"{home}/server.log"], capture_output=True, text=True, errors="replace",
                          check=True).stdout
    names = []
    for line in text.splitlines():
        _, found, rest = line.partition("LOG:  execute ")
        if found:
            names.append(rest.split(":", 1)[0])
        elif "LOG:  statement: " in line:
            names.append(line.split("LOG:  statement: ", 1)[1])
    return names
