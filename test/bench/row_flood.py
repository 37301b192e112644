"""A flood of logins at ten times what the server can do: what the others wait, and the memory it takes."""

import threading
import time

import load
import machine
import people
import stage as stages
from ratios import Row, Target

TIMES_CAPACITY = 10
OFFERED_LEAST = 0.7  # of that; less is no flood
ARGON2_MIB = 19456 / 1024
MARGIN_MIB = 20
USERS = 500
# Each connection of the flood asks twice a second, so that a server that refuses is not asked any faster; beside as
# many as wait in the server's queue at any time.
ASKS_PER_S = 2
WAITING_PER_PERMIT = 40
FLOOD_SETTLES_S = 2
# Two ways to look: clients that ask as fast as they can, and clients that ask now and then.
WAYS = {"flat out": {"connections": 64}, "1,000 a second": {"connections": 50, "delay_ms": 50}}


def capacity(stage, server, permits):
    """Logins a second when every permit is busy and nobody is refused."""
    heard = stages.login_rate(stage, server, USERS, connections=2 * permits)()
    return heard.rate


class Memory:
    """The most that a process took while the block lasted."""

    def __init__(self, pid):
        self.pid, self.most, self.done = pid, 0.0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.done.wait(0.05):
            self.most = max(self.most, machine.rss_mib(self.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def probe(stage, server, path, token, way):
    said = {"token": token} if path == "/webhook" else {}
    heard = load.all_good(load.wrk(server.port, path, stage.seconds, **WAYS[way], **said), path)
    return heard.p99_ms


def flood(stage):
    url = stage.cluster.fresh_database()
    server = stage.signet(url)
    pid = server.process.pid
    time.sleep(FLOOD_SETTLES_S)
    idle = machine.rss_mib(pid)
    permits = machine.threads_named(pid, "crypto")
    people.make_users(stage, server, url, USERS)
    token = stages.login(server, 0)["token"]
    wanted = TIMES_CAPACITY * capacity(stage, server, permits)
    rows = {(path, way): Row("flood", f"GET {path}, p99 in a login flood, {way}", "ms", "at rest",
                             target=Target("<=", 5.0)) for path in ("/jwks", "/webhook") for way in WAYS}
    memory = Row("flood", "memory in a login flood", "MiB RSS", "bound", target=Target("<=", 1.0),
                 note=f"bound: {idle:.0f} MiB idle + {permits} × {ARGON2_MIB:.0f} MiB + {MARGIN_MIB} MiB")
    offered = []
    for _ in stage.each_round():
        rest = {key: probe(stage, server, key[0], token, key[1]) for key in rows}
        with flood_of(stage, server, wanted, permits, len(rows)) as logins, Memory(pid) as seen:
            time.sleep(FLOOD_SETTLES_S)
            for key, row in rows.items():
                row.add(probe(stage, server, key[0], token, key[1]), rest[key])
        memory.add(seen.most, idle + permits * ARGON2_MIB + MARGIN_MIB)
        offered.append(logins.heard)
    tell(rows.values(), offered, wanted)
    return [*rows.values(), memory]


def flood_of(stage, server, wanted, permits, probes):
    seconds = FLOOD_SETTLES_S + probes * (stage.seconds + 0.5) + 1
    connections = round(wanted / ASKS_PER_S) + WAITING_PER_PERMIT * permits
    return load.Flood(server.port, "/login", seconds, connections, body=stages.LOGIN, users=USERS,
                      delay_ms=1000 / ASKS_PER_S)


def tell(rows, offered, wanted):
    rate = sum(heard.rate for heard in offered) / len(offered)
    done = sum(heard.good for heard in offered) / sum(heard.requests for heard in offered)
    for row in rows:
        row.note = f"{rate:.0f} logins a second came, {done * 100:.0f} % were taken, the others refused"
        if rate < OFFERED_LEAST * wanted:
            row.why_not = f"only {rate:.0f} of {wanted:.0f} logins a second came"
