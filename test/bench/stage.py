"""What every group of rows stands on: PostgreSQL, servers, a key, and how long things take."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import load  # noqa: E402
import statements  # noqa: E402
import support  # noqa: E402

ISSUER = "http://signet.bench"
TTL_S = 7200
# One address asks for everything here, so limits by address are off.
BASE = {
    "AUTH_ISSUER": ISSUER,
    "AUTH_ACCESS_TOKEN_TTL": str(TTL_S),
    "AUTH_LIMIT_SIGNUP": "off",
    "AUTH_LIMIT_LOGIN": "off",
    "AUTH_LOG_LEVEL": "error",
}
ONE_WORKER = {"AUTH_IO_THREADS": "1", "AUTH_LANE_CRYPTO_THREADS": "1", "AUTH_LANE_DATA_THREADS": "2"}
LOGIN = '{"username":"u%d","password":"' + support.PASSWORD + '"}'
SQL_SECONDS_MAX = 1800
PAUSE_S = 0.2  # between two sides, so that the one that ends does not disturb the next


class Stage:
    """A cluster and a folder for the whole run; servers last as long as their group."""

    def __init__(self, rounds, seconds):
        self.rounds = rounds
        self.seconds = seconds
        self.files_max = 0
        self.mixed_requests = 0
        self._whole = contextlib.ExitStack()
        self._group = contextlib.ExitStack()

    def __enter__(self):
        with self._whole:
            folder = self._whole.enter_context(tempfile.TemporaryDirectory(prefix="signet-bench-"))
            self.folder = pathlib.Path(folder)
            self.key = self.folder / "key.pem"
            subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True, capture_output=True)
            self.key.chmod(0o600)
            self.cluster = support.Cluster()
            self._whole.callback(self.cluster.close)
            self.statements = statements.Statements(self.cluster)
            self._whole = self._whole.pop_all()
        return self

    def __exit__(self, *_):
        self._whole.close()

    @contextlib.contextmanager
    def group(self):
        with contextlib.ExitStack() as stack:
            self._group = stack
            yield self

    def closing(self, thing):
        """Closes `thing` at the end of the group."""
        self._group.callback(thing.close)
        return thing

    def callback(self, action, *arguments):
        self._group.callback(action, *arguments)

    def signet(self, url=None, keys=None, wait="/readyz", **env):
        """A server; with the bench's own signing key unless the caller brings keys."""
        settings = {**BASE, **env}
        if keys is None and "AUTH_KEY_ENCRYPTION_KEY" not in env:
            settings["AUTH_PRIVATE_KEY_FILE"] = str(self.key)
        return self.closing(support.Signet(url or self.cluster.fresh_database(), env=settings, keys=keys, wait=wait))

    def each_round(self):
        for number in range(self.rounds):
            time.sleep(PAUSE_S)
            yield number

    def sql(self, url, text):
        """As the owner of the database, for statements that take minutes."""
        done = subprocess.run(["psql", "-d", url, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", text],
                              capture_output=True, text=True, timeout=SQL_SECONDS_MAX, cwd="/", check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    def lines(self, name, lines):
        """A file for a script of wrk."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path


def login(server, number):
    answer = server.login(f"u{number}")
    if answer.status != 200:
        raise RuntimeError(f"a login was answered with {answer.status}")
    return answer.json


def refresh_rate(stage, server, chains=8, first_user=0):
    """Refreshes over `chains` sessions at once. New sessions each time: wrk ends in the middle of a chain."""
    tokens = [login(server, first_user + number)["refreshToken"] for number in range(chains)]
    path = stage.lines(f"refresh-{server.port}", tokens)
    return lambda: load.all_good(
        load.wrk(server.port, "/refresh", stage.seconds, connections=chains, threads=chains, script="refresh.lua",
                 tokens=path), "refresh")


def login_rate(stage, server, users, connections=4):
    return lambda: load.all_good(
        load.wrk(server.port, "/login", max(2, stage.seconds), connections=connections, body=LOGIN, users=users),
        "login")


def build_folder():
    folder = support.ROOT / "build/bench"
    os.makedirs(folder, exist_ok=True)
    return folder
