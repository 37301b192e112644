"""What an attack costs the others: their logins, and the memory and time of the server, pattern by pattern.

Each pattern runs against a fresh server, as often as there are rounds. With SIGNET_OLD_BINARY it runs once against
that binary as well, and the notes say what it was before.
"""

import contextlib
import dataclasses
import itertools
import os
import pathlib
import socket
import stat
import time

import clients
import load
import machine
import people
import stage as stages
import support
from ratios import Row, Target
from row_flood import ARGON2_MIB, ASKS_PER_S, MARGIN_MIB, TIMES_CAPACITY, WAITING_PER_PERMIT, Memory

USERS = 600
REST_S = 3
ATTACK_S = clients.ASK_S_MAX
GUESSES_S_MAX = 12  # as long as they take where all of them are looked at
SETTLES_S = 1.5
# The others: two people behind one address, who log in again and again.
OTHERS, OTHERS_FROM, OTHERS_GAP_S = 2, "127.0.0.2", 0.05
ATTACKER_FROM = "127.0.0.3"
GUESSES = 300
FLOOD_CONNECTIONS, FLOOD_DELAY_MS = 200, 100
GUESSERS = 24
# Neither is anybody's password; each takes what its head says. The guess is neither NFC nor NFD, so that bcrypt is
# asked for three forms of it.
BCRYPT_14 = "$2b$14$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
ARGON2_1_GIB = "$argon2id$v=19$m=1048576,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43
MIXED = "caf\u00e9-cafe\u0301-42-lantern"
FILES, SILENT, SILENT_FROM = 1024, 1000, 200
SILENT_S_MAX, SILENT_BOUND_S = 15, 5  # a connection that never sent a byte is closed after that


@dataclasses.dataclass
class Figure:
    """One figure of a pattern, with the one it is compared with. None: there is none to be had."""

    name: str
    unit: str
    value: float | None
    other: float
    other_name: str
    target: Target | None = None
    note: str = ""

    def text(self):
        return "none" if self.value is None else f"{self.value:.4g} {self.unit}"


def login(name, password=support.PASSWORD):
    return "/login", {"username": name, "password": password}


def guessing(user, guesser=0):
    return (login(user, f"{MIXED}-{guesser}-{number}") for number in itertools.count())


class Scene:
    """A fresh server with users, some of whom an attacker has chosen."""

    def __init__(self, stage, binary, files=None):
        self.stage = stage
        self.url = stage.cluster.fresh_database()
        with started_as(few_files(stage, binary, files) if files else binary):
            self.server = stage.signet(self.url)
        self.pid, self.port = self.server.process.pid, self.server.port
        time.sleep(SETTLES_S)
        self.idle_mib = machine.rss_mib(self.pid)
        self.permits = machine.threads_named(self.pid, "crypto")
        people.make_users(stage, self.server, self.url, USERS)

    def give_password(self, user, hash_text):
        self.stage.sql(self.url, f"""update "user" set password = '{hash_text}' where username = '{user}'""")

    def others(self):
        return [(clients.Client(self.port, OTHERS_FROM), itertools.repeat(login(f"u{USERS - 1 - n}")))
                for n in range(OTHERS)]

    def of_others(self, pattern, beside=(), seconds=ATTACK_S, attack=contextlib.nullcontext()):
        """What the others meet at rest and beside an attack: two figures, and what the attacker was answered."""
        rest, _ = clients.ask(self.others(), seconds=REST_S, gap_s=OTHERS_GAP_S)
        if not rest.good:
            raise RuntimeError(f"{pattern}: no login at rest, but {dict(rest.statuses)}")
        with attack:
            met, answered = clients.ask(self.others(), beside, seconds, OTHERS_GAP_S)
        said = ", ".join(f"{count} × {status or 'no answer'}" for status, count in met.statuses.most_common())
        return [
            Figure(f"{pattern}: logins of others, p99", "ms", met.p99_ms, rest.p99_ms, "at rest"),
            Figure(f"{pattern}: logins of others that got in", "%", met.taken_percent, rest.taken_percent, "at rest",
                   note=f"they were answered {said}"),
        ], answered


@contextlib.contextmanager
def started_as(binary):
    """Servers that start in the block are of this binary."""
    usual, support.BINARY = support.BINARY, binary
    try:
        yield
    finally:
        support.BINARY = usual


def few_files(stage, binary, files):
    script = pathlib.Path(stage.folder, f"with-{files}-files-{pathlib.Path(binary).name}")
    script.write_text(f'#!/bin/sh\nulimit -n {files}\nexec "{binary}" "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def guesses(scene):
    """300 wrong passwords on one connection, then the right one."""
    name = "u0"
    wrong = [login(name, f"{support.PASSWORD}-{n}") for n in range(GUESSES)]
    attacker = [(clients.Client(scene.port, ATTACKER_FROM), iter([*wrong, login(name)]))]
    figures, answered = scene.of_others("300 guesses on one connection", attacker, GUESSES_S_MAX)
    note = f"the right password {'got' if answered.good else 'did not get'} in after them"
    if answered.asked <= GUESSES:
        note = f"only {answered.asked} were answered in {GUESSES_S_MAX} s"
    return [Figure("300 guesses on one connection: looked at", "guesses", answered.statuses[401], GUESSES, "sent",
                   note=note), *figures]


def one_client(scene):
    """200 connections of one address that log in without end, with the right passwords of 200 users."""
    flood = load.Flood(scene.port, "/login", ATTACK_S + 2, FLOOD_CONNECTIONS, body=stages.LOGIN,
                       users=FLOOD_CONNECTIONS, delay_ms=FLOOD_DELAY_MS)
    figures, _ = scene.of_others("200 connections of one client", attack=flood)
    figures[1].note += f"; to the client {flood.heard.good} of {flood.heard.requests}"
    return figures


def one_account(scene):
    """24 clients who guess the password of one account, which was stored by bcrypt of cost 14."""
    scene.give_password("u1", BCRYPT_14)
    guessers = [(clients.Client(scene.port, clients.address(n)), guessing("u1", n))
                for n in range(GUESSERS)]
    return scene.of_others("24 clients on one account with bcrypt 14", guessers)[0]


def poisoned(scene):
    """A login with a stored hash that takes 1 GiB."""
    scene.give_password("u2", ARGON2_1_GIB)
    attacker = [(clients.Client(scene.port, ATTACKER_FROM), guessing("u2"))]
    with Memory(scene.pid) as seen:
        figures, _ = scene.of_others("an Argon2 hash of 1 GiB", attacker)
    bound = scene.idle_mib + scene.permits * ARGON2_MIB + MARGIN_MIB
    memory = Figure("an Argon2 hash of 1 GiB: memory", "MiB RSS", seen.most, bound, "bound", Target("<=", 1.0))
    return [memory, *figures]


def silent(scene):
    """1000 connections that send nothing, of 200 addresses, and a server that may open 1024 files."""
    with contextlib.ExitStack() as kept:
        for number in range(SILENT):
            link = kept.enter_context(socket.socket())
            link.setblocking(False)
            link.bind((clients.address(number % SILENT_FROM), 0))
            link.connect_ex(("127.0.0.1", scene.port))
        time.sleep(0.2)
        began = time.monotonic()
        while not served(scene.port) and time.monotonic() - began < SILENT_S_MAX:
            time.sleep(0.05)
        waited = time.monotonic() - began
    note = f"not at all in {SILENT_S_MAX} s" if waited >= SILENT_S_MAX else ""
    return [Figure("1000 silent connections, 1024 files: until another is served", "s", waited, SILENT_BOUND_S,
                   "until a silent one is closed", Target("<=", 1.0), note)]


def served(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 0.5, (OTHERS_FROM, 0)) as link:
            link.sendall(b"GET /jwks HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return link.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def ten_times(scene):
    """Ten times the logins that fit, each of another address and account."""
    def crowd(count):
        return [(clients.Client(scene.port, clients.address(n)), itertools.repeat(login(f"u{n % USERS}")))
                for n in range(count)]

    def per_cpu_second(count, gap_s):
        before, began = machine.cpu_seconds(scene.pid), time.monotonic()
        heard, _ = clients.ask(crowd(count), seconds=ATTACK_S, gap_s=gap_s)
        return heard, heard.good / (machine.cpu_seconds(scene.pid) - before), time.monotonic() - began

    rest, alone, took_s = per_cpu_second(2 * scene.permits, 0)
    wanted = TIMES_CAPACITY * rest.good / took_s
    many, flooded, flood_s = per_cpu_second(round(wanted / ASKS_PER_S) + WAITING_PER_PERMIT * scene.permits,
                                            1 / ASKS_PER_S)
    note = (f"{many.asked / flood_s:.0f} logins a second came where {rest.good / took_s:.0f} fit, "
            f"{many.taken_percent:.0f} % were taken")
    return [Figure("ten times the logins that fit: goodput", "logins per CPU second", flooded, alone, "at rest",
                   Target(">=", 0.8), note),
            Figure("ten times the logins that fit: p99 of those taken", "ms", many.p99_ms, rest.p99_ms, "at rest")]


PATTERNS = {guesses: {}, one_client: {}, one_account: {}, poisoned: {}, silent: {"files": FILES}, ten_times: {}}


def measure(stage, pattern, binary):
    scene = Scene(stage, binary, **PATTERNS[pattern])
    try:
        return pattern(scene)
    finally:
        scene.server.close()


def attacks(stage):
    rows = {}
    for pattern in PATTERNS:
        for _ in stage.each_round():
            for figure in measure(stage, pattern, support.BINARY):
                add(rows, figure)
        if old := os.environ.get("SIGNET_OLD_BINARY"):
            for figure in measure(stage, pattern, pathlib.Path(old).resolve()):
                row = rows[figure.name]
                before = f"before: {figure.text()}" + (f" ({figure.note})" if figure.note else "")
                row.note = "; ".join(filter(None, [row.note, before]))
    return list(rows.values())


def add(rows, figure):
    row = rows.setdefault(figure.name,
                          Row("attacks", figure.name, figure.unit, figure.other_name, target=figure.target))
    row.note = figure.note or row.note
    if figure.value is None:
        row.why_not = "no login of others got in"
    else:
        row.add(figure.value, figure.other)
