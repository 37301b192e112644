"""Cached bytes: GET /jwks against nginx, GET /webhook against /jwks, and tokens that were never seen."""

import itertools

import load
import machine
import nginx
import people
import reference
import stage as stages
from ratios import Row, Target, missing

# A round takes the least of so many tries on either side: what disturbs a try can only add to it.
TRIES = 3
TOKENS_A_TRY = 2000
# So many requests in a message, on both sides of the difference: else a slow answer finds the load generator asleep and
# pays for waking it, which has nothing to do with tokens.
PIPELINE = 10
# Below this much of a verification, the difference of two costs is noise.
DIFFERENCE_LEAST = 0.5
STATEMENTS_BOUND = 0.001  # a request: the polls of the second belong to nobody's request


def flat_out(stage, port, path, **said):
    return load.all_good(load.wrk(port, path, stage.seconds, core=machine.load_core(), **said), path)


def one_worker(stage):
    url = stage.cluster.fresh_database()
    server = stage.signet(url, **stages.ONE_WORKER)
    machine.pin(server.process.pid, machine.server_core())
    return server, url


def jwks(stage):
    server, _ = one_worker(stage)
    row = Row("jwks", "GET /jwks", "requests/s", "nginx, the same bytes", target=Target(">=", 1.0),
              note="one worker each, 64 connections" + (
                  "; server and load on a core each" if machine.load_core() is not None else "; one core for all"))
    try:
        other = stage.closing(nginx.Nginx(stage.folder, "/jwks", server.get("/jwks")))
    except (FileNotFoundError, RuntimeError) as error:
        return [missing("jwks", row.name, str(error), row.target)]
    for pid in other.pids():
        machine.pin(pid, machine.server_core())
    for _ in stage.each_round():
        row.add(flat_out(stage, server.port, "/jwks").rate, flat_out(stage, other.port, "/jwks").rate)
    return [row]


def webhook(stage):
    server, url = one_worker(stage)
    token = server.signup("warm-one").json["token"]
    warm = Row("webhook", "GET /webhook, warm", "requests/s", "our own /jwks", target=Target(">=", 0.8))
    flat_out(stage, server.port, "/webhook", token=token)
    for _ in stage.each_round():
        warm.add(flat_out(stage, server.port, "/webhook", token=token).rate,
                 flat_out(stage, server.port, "/jwks").rate)
    return [warm, statements(stage, server, url, token), never_seen(stage, server, token)]


def statements(stage, server, url, token):
    row = Row("webhook", "SQL statements per warm webhook", "a request", "bound", target=Target("<=", 1.0))
    if not stage.statements.available:
        return missing("webhook", row.name, "pg_stat_statements is not installed", row.target)
    with stage.statements.counted(url) as count:
        for _ in stage.each_round():
            before = count()
            asked = flat_out(stage, server.port, "/webhook", token=token).good
            row.add((count() - before) / asked, STATEMENTS_BOUND)
    return row


def never_seen(stage, server, token):
    """CPU of a request with a new token, without what a warm one takes, against one verification."""
    row = Row("webhook", "GET /webhook, token never seen", "verifications per CPU second", "openssl speed rsa2048",
              target=Target(">=", 0.8),
              note=f"after the CPU of a warm webhook is taken off; {PIPELINE} requests a message for both")
    pid = server.process.pid
    tokens = iter(people.like(stage, token, TOKENS_A_TRY * TRIES * stage.rounds))
    warm_path = stage.lines("warm", [token] * TOKENS_A_TRY)

    def cost(path):
        return 1 / load.per_cpu_second(pid, lambda: walk(server, path))

    for _ in stage.each_round():
        tries = [(cost(stage.lines("cold", itertools.islice(tokens, TOKENS_A_TRY))), cost(warm_path))
                 for _ in range(TRIES)]
        cold, warm = map(min, zip(*tries))
        verifies = reference.rsa_2048(stage.seconds / 2)[1]
        if cold - warm < DIFFERENCE_LEAST / verifies:
            return missing("webhook", row.name, f"a warm request takes {warm * 1e6:.0f} µs of CPU and one with a new "
                           f"token {cold * 1e6:.0f}: nothing is remembered", row.target)
        row.add(1 / (cold - warm), verifies)
    return row


def walk(server, path):
    return load.all_good(load.wrk(server.port, "/webhook", 20, connections=16, script="walk.lua",
                                  core=machine.load_core(), tokens=path, once=1, pipeline=PIPELINE), "webhook")
