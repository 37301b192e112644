"""One connection against ten thousand that are kept alive and all used."""

import load
import machine
import stage as stages
from ratios import Row, missing

MANY = 10_000
SPARE_FILES = 4000  # one address may have three quarters of the connections
SECONDS_LEAST = 5  # connecting takes some of it


def connections(stage):
    name = f"GET /jwks over {MANY:,} connections"
    if stage.files_max < MANY + SPARE_FILES:
        return [missing("connections", name, f"ulimit -n allows {stage.files_max} open files here")]
    server = stage.signet(**stages.ONE_WORKER)
    pid = server.process.pid
    cost = Row("connections", name, "requests per CPU second", "one connection",
               note="CPU of Signet, which includes the making of the connections; all are used in turn")
    memory = Row("connections", f"memory with {MANY:,} connections", "MiB RSS", "before them")
    before = machine.rss_mib(pid)
    for _ in stage.each_round():
        one = load.per_cpu_second(pid, lambda: ask(stage, server, 1))
        many = load.per_cpu_second(pid, lambda: ask(stage, server, MANY))
        cost.add(many, one)
        memory.add(machine.rss_mib(pid), before)
    return [cost, memory]


def ask(stage, server, count):
    seconds = stage.seconds if count == 1 else max(stage.seconds, SECONDS_LEAST)
    return load.all_good(load.wrk(server.port, "/jwks", seconds, connections=count), f"{count} connections")
