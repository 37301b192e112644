#!/usr/bin/env python3
"""The benchmark: Signet and another side in one run, alternating, as ratios. `./run bench` calls this.

    /usr/bin/python3 test/bench/run.py [--without GROUP]... [--docs] [GROUP...]

Environment: SIGNET_BENCH_ROUNDS (5), SIGNET_BENCH_SECONDS (2, of each side in a round), SIGNET_BENCH_MIXED (1000000
requests while memory is watched), SIGNET_BENCH_USERS (1000000, of growth), SIGNET_BINARY, SIGNET_OLD_BINARY
(another version, of which the notes of attacks say what it did). A missed target is shown and is no failure: this is
not a test.
"""

import argparse
import os
import signal
import sys
import time
import traceback

import machine
import page
import plot
import report
import row_attacks
import row_connections
import row_crypto
import row_edge
import row_flood
import row_growth
import row_mixed
import row_peers
import row_replicas
import row_start
import stage as stages
from ratios import missing

GROUPS = {
    "start": row_start.start,
    "jwks": row_edge.jwks,
    "webhook": row_edge.webhook,
    "refresh": row_crypto.refresh,
    "login": row_crypto.login,
    "flood": row_flood.flood,
    "attacks": row_attacks.attacks,
    "mixed": row_mixed.mixed,
    "connections": row_connections.connections,
    "keys": row_replicas.keys,
    "replicas": row_replicas.replicas,
    "growth": row_growth.growth,
    "peers": row_peers.peers,
}


def arguments():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help="only these: " + ", ".join(GROUPS))
    parser.add_argument("--without", action="append", default=[], metavar="GROUP",
                        help="leave this one out; without growth, which makes a million users, it takes minutes less")
    parser.add_argument("--docs", action="store_true", help="write docs/bench.md and docs/bench.svg too")
    given = parser.parse_args()
    unknown = [name for name in given.groups + given.without if name not in GROUPS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    return given


def number(name, default, kind=int):
    text = os.environ.get(name) or str(default)
    try:
        value = kind(text)
    except ValueError:
        value = 0
    if not value > 0:
        raise SystemExit(f"{name}: a number above 0 is expected")
    return value


def interrupt(*_):
    # Once: what is cleaned up after the first signal is not left half done by a second one.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


def measure(stage, name):
    """The rows of a group; one that says why, when it cannot be measured."""
    began = time.monotonic()
    print(f"measuring {name} …", end="", flush=True)
    try:
        with stage.group():
            rows = GROUPS[name](stage)
    except Exception as error:  # whatever one group meets, the others are still wanted
        with open(stages.build_folder() / "errors.log", "a") as log:
            log.write(f"{name}\n{traceback.format_exc()}\n")
        rows = [missing(name, name, str(error).strip().splitlines()[-1] if str(error).strip() else repr(error))]
    print(f" {time.monotonic() - began:.0f} s", flush=True)
    return rows


def run(given, chosen):
    began, rows, ticks = time.monotonic(), [], machine.ticks()
    print(machine.described())
    files_max = machine.raise_file_limit()
    with stages.Stage(number("SIGNET_BENCH_ROUNDS", 5), number("SIGNET_BENCH_SECONDS", 2, float)) as stage:
        stage.files_max = files_max
        stage.mixed_requests = number("SIGNET_BENCH_MIXED", 1_000_000)
        stage.users = number("SIGNET_BENCH_USERS", 1_000_000)
        facts = report.Facts(machine.described(), stage.rounds, stage.seconds, chosen == list(GROUPS))
        for name in chosen:
            rows += measure(stage, name)
            report.write_json(stages.build_folder() / "bench.json", facts, rows)
    facts.took_s = time.monotonic() - began
    whole, stolen = (after - before for after, before in zip(machine.ticks(), ticks))
    facts.stolen = stolen / max(1, whole)
    print("\n" + report.table(rows) + "\n" + report.summary(facts, rows))
    report.write_json(stages.build_folder() / "bench.json", facts, rows)
    folders = [stages.build_folder()] + ([stages.support.ROOT / "docs"] if given.docs else [])
    for folder in folders:
        (folder / "bench.svg").write_text(plot.svg(rows))
        (folder / "bench.md").write_text(page.markdown(facts, rows))


def main():
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, interrupt)
    given = arguments()
    chosen = [name for name in GROUPS if name in (given.groups or GROUPS) and name not in given.without]
    try:
        run(given, chosen)
    except KeyboardInterrupt:
        print("\nInterrupted; everything is stopped.", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
