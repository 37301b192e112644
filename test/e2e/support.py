"""Real processes for the end-to-end tests: a private PostgreSQL, the signet binary, plain HTTP."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SIGNET_BINARY", ROOT / "build/release/signet"))
DEADLINE_S = 30
PASSWORD = "plum-Tractor-91-lemon"


def is_sanitized():
    """Whether the binary looks at each use of its memory."""
    return b"__ubsan_handle_" in BINARY.read_bytes()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds=DEADLINE_S, what="the condition"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")


class Cluster:
    """A private PostgreSQL, run by sql/cluster.sh as ./run does."""

    def __init__(self, folder=None):
        self.dir = tempfile.mkdtemp(prefix="signet-e2e-", dir=folder)
        os.chmod(self.dir, 0o755)  # for the server's user, where root runs the tests
        self.port = free_port()
        self.databases = 0
        self.start()

    def _script(self, *arguments):
        done = subprocess.run([ROOT / "sql/cluster.sh", *map(str, arguments)],
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"cluster.sh {arguments}: {done.stderr}")
        return done.stdout.strip()

    def start(self):
        self._script("start", self.dir + "/cluster", self.port)

    def stop(self):
        self._script("stop", self.dir + "/cluster")

    def url(self, database=None):
        url = self._script("url", self.dir + "/cluster")
        return url if database is None else with_database(url, database)

    def fresh_database(self):
        self.databases += 1
        name = f"e2e_{self.databases}"
        self.superuser(f"create database {name} owner signet")
        return self.url(name)

    def superuser(self, text):
        """Over the socket, which lets in the server's own user only."""
        home = pathlib.Path(self.dir, "cluster/location").read_text().strip()
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        psql([*become, "psql", "-h", home, "-p", str(self.port), "-U", "postgres"], text)

    def sql(self, text, url=None):
        return psql(["psql", "-d", url or self.url()], text)

    def processes(self):
        """The postmaster and its children."""
        home = pathlib.Path(self.dir, "cluster/location").read_text().strip()
        master = int(pathlib.Path(home, "data/postmaster.pid").read_text().splitlines()[0])
        children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [master, *map(int, children)]

    @contextlib.contextmanager
    def frozen(self):
        """Alive to the kernel, and silent."""
        stopped = []
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
                stopped.append(process)
        try:
            yield
        finally:
            for process in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def close(self):
        with contextlib.suppress(AssertionError):
            self.stop()
        remove_cluster(pathlib.Path(self.dir, "cluster"))
        shutil.rmtree(self.dir, ignore_errors=True)


def remove_cluster(directory):
    """Removes the data too, where cluster.sh had to put them elsewhere."""
    with contextlib.suppress(OSError):
        shutil.rmtree((directory / "location").read_text().strip(), ignore_errors=True)


def psql(command, text):
    done = subprocess.run([*command, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", text],
                          capture_output=True, text=True, timeout=30, cwd="/")
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


def with_database(url, name):
    """The URL with another database name in it."""
    head, _, query = url.partition("?")
    scheme, _, rest = head.partition("://")
    authority = rest.split("/", 1)[0]
    return f"{scheme}://{authority}/{name}" + (f"?{query}" if query else "")


class Answer:
    def __init__(self, status, headers, body, cookies=()):
        self.status = status
        self.headers = headers
        self.body = body
        self.cookies = list(cookies)  # every Set-Cookie

    @property
    def json(self):
        return json.loads(self.body)


class Signet:
    """One process of the server, in a directory of its own."""

    def __init__(self, database_url=None, env=None, keys=None, wait="/livez"):
        self.dir = tempfile.mkdtemp(prefix="signet-e2e-")
        self.keys = keys or self.dir + "/keys"
        self.port = free_port()
        self.log_path = self.dir + "/log"
        self.env = clean_environment()
        # All tests come from one address.
        self.env.update({"PORT": str(self.port), "AUTH_KEYS_DIR": self.keys, "AUTH_LOG_FORMAT": "json",
                         "AUTH_LIMIT_SIGNUP": "off", "AUTH_LIMIT_LOGIN": "off"})
        if database_url:
            self.env["DATABASE_URL"] = database_url
        self.env.update(env or {})
        self.process = None
        self.start(wait)

    def start(self, wait="/livez"):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([BINARY, "serve"], env=self.env, cwd=self.dir, stdout=log, stderr=log)
        if wait:
            wait_until(lambda: self.is_up(wait), what=f"{wait}; log:\n{self.log()}")

    def is_up(self, path):
        if self.process.poll() is not None:
            raise AssertionError(f"signet exited with {self.process.returncode}:\n{self.log()}")
        try:
            return self.get(path).status == 200
        except OSError:
            return False

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def request(self, method, path, body=None, headers=None, timeout=15):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            headers = response.getheaders()
            return Answer(response.status, {k.lower(): v for k, v in headers}, response.read(),
                          [v for k, v in headers if k.lower() == "set-cookie"])
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body=body, **options)

    def signup(self, name, password=PASSWORD):
        return self.post("/signup", {"username": name, "password": password})

    def login(self, name, password=PASSWORD):
        return self.post("/login", {"username": name, "password": password})

    def stop(self, sig=signal.SIGINT, seconds=DEADLINE_S):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(seconds)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def clean_environment():
    kept = ("PATH", "HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment["LSAN_OPTIONS"] = f"suppressions={ROOT}/test/support/leaks.supp:print_suppressions=0"
    return environment


def command(*arguments, env=None, stdin="", cwd=None):
    """Runs `signet ARGUMENTS` to its end."""
    environment = clean_environment()
    environment.update(env or {})
    return subprocess.run([BINARY, *arguments], env=environment, input=stdin, capture_output=True, text=True,
                          timeout=DEADLINE_S, cwd=cwd or tempfile.gettempdir())


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def claims(token):
    """The payload of a token, without a look at its signature."""
    import base64
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class ClusterTest(unittest.TestCase):
    """A test class with a cluster of its own; `self.signet(...)` starts a server that is ready."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.close)

    def signet(self, url=None, wait="/readyz", **options):
        server = Signet(url or self.cluster.fresh_database(), wait=wait, **options)
        self.addCleanup(server.close)
        return server
