#!/usr/bin/python3
"""Two replicas on a primary with a synchronous standby, people who use them, and a fault every minute.

usage: soak.py [MINUTES] [--seed N] [--every SECONDS]

At the end what invariants.py lists has to hold, no error may have come without a fault, and the memory and the
descriptors of the replica that is never restarted have to be flat. The exit code says whether all of it is so."""

import argparse
import collections
import contextlib
import os
import pathlib
import random
import signal
import statistics
import sys
import threading
import time
import unittest

import invariants
import proxy
import replication
import support

MINUTES, MINUTES_MAX = 30, 24 * 60
CLIENTS = 6
PAUSE_S = 0.02
FAULT_S = 5           # how long a fault lasts that does not end by itself
AFTERMATH_S = 10      # an error that comes so long after a fault is one of its own
SAMPLE_EVERY_S = 5
GROWTH_MAX, GROWTH_KIB = 1.10, 4096  # a tenth, and what a thread's arena may take
DESCRIPTORS_MORE = 8


class Soak:
    def __init__(self, seed, stack):
        self.random = random.Random(seed)
        self.stack = stack
        self.nodes = [replication.Node()]
        stack.callback(self.nodes[0].close)
        self.nodes.append(replication.Node(self.nodes[0]))
        stack.callback(self.nodes[1].close)
        self.primary, self.standby = self.nodes
        self.primary.demand_a_standby()
        self.doors = [proxy.Proxy(node.port) for node in self.nodes]
        for door in self.doors:
            stack.callback(door.close)
        ports = ",".join(f"127.0.0.1:{door.port}" for door in self.doors)
        url = self.primary.url().replace(f"127.0.0.1:{self.primary.port}", ports)
        # A cache that is full soon, so that what grows later is a leak.
        settings = invariants.settings(AUTH_WEBHOOK_CACHE_MIB="1")
        self.steady, self.other = [support.Signet(url, env=settings, wait="/readyz") for _ in range(2)]
        for server in (self.steady, self.other):
            stack.callback(server.close)
        self.load = invariants.Load([self.steady, self.other], CLIENTS, PAUSE_S, seed)
        stack.callback(self.load.stop)
        self.faults = []   # (name, begin, end, seconds until everything worked)
        self.samples = []  # (KiB of memory, descriptors) of the replica that is never restarted
        threading.Thread(target=self._sample, daemon=True).start()

    # --- the faults ---

    def killed_backends(self):
        self.primary.superuser(f"""do $$ begin for turn in 1..{FAULT_S * 20} loop
            perform pg_terminate_backend(pid) from pg_stat_activity
            where usename = 'signet' order by random() limit 1;
            perform pg_sleep(0.05); perform pg_stat_clear_snapshot(); end loop; end $$""")

    def fast_restart(self):
        self.primary.shut_down("fast")
        self.primary.start()

    def immediate_restart(self):
        self.primary.shut_down("immediate")
        self.primary.start()

    def killed_primary(self):
        self.primary.kill()
        self.primary.start()

    def fail_over(self):
        self.primary.kill()
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        self.standby.follow(self.primary)
        self.primary.demand_a_standby()

    def fail_over_with_a_primary_that_returns(self):
        self.primary.kill()
        self.standby.promote()
        self.primary, old = self.standby, self.primary
        self.wait_until_well()  # who has not met the new primary cannot know that the old one was replaced
        old.start()
        old.set("synchronous_standby_names", "")
        before = old.sql('select count(*) from "user"')
        self.primary.superuser("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'signet'")
        time.sleep(FAULT_S)
        after = old.sql('select count(*) from "user"')
        self.standby = old
        self.standby.follow(self.primary)
        self.primary.demand_a_standby()
        assert before == after, f"a primary that was replaced got {int(after) - int(before)} users"

    def silent_standby(self):
        with self.standby.frozen():
            time.sleep(FAULT_S)

    def silent_primary(self):
        with self.primary.frozen():
            time.sleep(FAULT_S)

    def read_only(self):
        self.primary.set("default_transaction_read_only", "on")
        time.sleep(FAULT_S)
        self.primary.set("default_transaction_read_only", "off")

    def cut_line(self):
        for door in self.doors:
            door.shut()
        time.sleep(FAULT_S)
        for door in self.doors:
            door.open()

    def swallowing_line(self):
        for door in self.doors:
            door.forget(new_ones=True)
        time.sleep(FAULT_S)
        for door in self.doors:
            door.open()

    def forgotten_connections(self):
        for door in self.doors:
            door.forget()

    def slow_line(self):
        for door in self.doors:
            door.delay(0.3)
        time.sleep(FAULT_S)
        for door in self.doors:
            door.delay(0)

    def commits_without_answer(self):
        for door in self.doors:
            door.cut_commits(0.2)
        time.sleep(FAULT_S)
        for door in self.doors:
            door.cut_commits(0)

    def killed_replica(self):
        self.other.process.kill()
        self.other.process.wait()
        self.other.start("/readyz")

    def stopped_replica(self):
        code = self.other.stop(signal.SIGTERM)
        assert code == 0, f"SIGTERM ended a replica with {code}"
        self.other.start("/readyz")

    ALL = (killed_backends, fast_restart, immediate_restart, killed_primary, fail_over,
           fail_over_with_a_primary_that_returns, silent_standby, silent_primary, read_only, cut_line, swallowing_line,
           forgotten_connections, slow_line, commits_without_answer, killed_replica, stopped_replica)

    # --- the run ---

    def run(self, seconds, every_s):
        self.load.wait_for_more(20)
        end, due, deck = time.monotonic() + seconds, time.monotonic() + every_s / 2, []
        while time.monotonic() < end:
            if time.monotonic() < due or end - time.monotonic() < every_s / 2:
                time.sleep(0.2)
                continue
            # Every fault once before one comes again.
            deck = deck or self.random.sample(self.ALL, len(self.ALL))
            self.one(deck.pop())
            due += every_s

    def one(self, fault):
        name, began = fault.__name__.replace("_", " "), time.monotonic()
        fault(self)
        ended = time.monotonic()
        self.wait_until_well()
        self.faults.append((name, began, ended, time.monotonic() - ended))
        print(f"{time.strftime('%H:%M:%S')}  {name}: {ended - began:.1f} s, well {self.faults[-1][3]:.1f} s after it",
              flush=True)

    def wait_until_well(self):
        for server in (self.steady, self.other):
            support.wait_until(lambda: is_well(server), invariants.RECOVERY_S_MAX + 5, "the recovery")

    def _sample(self):
        while True:
            with contextlib.suppress(OSError):
                pid = self.steady.process.pid
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                memory = int(status.partition("VmRSS:")[2].split()[0])
                self.samples.append((memory, len(os.listdir(f"/proc/{pid}/fd"))))
            time.sleep(SAMPLE_EVERY_S)

    # --- what came of it ---

    def unexplained(self):
        """Errors and lost answers that came without a fault."""
        def excused(began, took):
            return any(start - 1 <= began + took and began <= end + AFTERMATH_S for _, start, end, _ in self.faults)
        return ([(route, status, code) for began, took, _, route, status, code in self.load.answers
                 if status >= 500 and not excused(began, took)] +
                [(route, reason) for began, _, route, reason in self.load.lost if not excused(began, 0)])

    def growth(self):
        """The memory and the descriptors of the second and of the last quarter."""
        quarter = len(self.samples) // 4
        parts = self.samples[quarter:2 * quarter], self.samples[-quarter:]
        return [tuple(statistics.median(sample[kind] for sample in part) for part in parts) for kind in (0, 1)]

    def verdict(self):
        """Each line of the report that says what is wrong."""
        wrong = []
        checker = invariants.Invariants(unittest.TestCase(), self.load, self.primary.sql)
        try:
            checker.check()
        except AssertionError as broken:
            wrong.append(f"an invariant is broken: {broken}")
        wrong += [f"{name}: everything worked only {well:.1f} s after it" for name, _, _, well in self.faults
                  if well > invariants.RECOVERY_S_MAX]
        if unexplained := self.unexplained():
            wrong.append(f"{len(unexplained)} errors without a fault, such as {unexplained[:5]}")
        if len(self.samples) >= 8:
            (memory, memory_at_end), (descriptors, descriptors_at_end) = self.growth()
            print(f"memory {memory / 1024:.1f} MiB, at the end {memory_at_end / 1024:.1f}; "
                  f"descriptors {descriptors:.0f}, at the end {descriptors_at_end:.0f}")
            if memory_at_end > memory * GROWTH_MAX + GROWTH_KIB:
                wrong.append("the memory of a replica grows")
            if descriptors_at_end > descriptors + DESCRIPTORS_MORE:
                wrong.append("the descriptors of a replica grow")
        return wrong

    def report(self):
        self.load.stop()
        counts = collections.Counter(f"{answer[3]} {answer[4]}" for answer in self.load.answers)
        for what, count in sorted(counts.items()):
            print(f"{count:9}  {what}")
        print(f"{len(self.load.lost):9}  without an answer")
        wrong = self.verdict()
        print(f"{len(self.faults)} faults, {len(self.load.accounts)} signups and {len(self.load.ended)} ended sessions "
              "were acknowledged")
        print("\n".join(wrong) if wrong else "Every invariant holds.")
        return 1 if wrong else 0


def is_well(server):
    with contextlib.suppress(OSError):
        return invariants.is_ready(server) and invariants.works(server)
    return False


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("minutes", nargs="?", type=float, default=MINUTES)
    words.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    words.add_argument("--every", type=float, default=60, help="seconds from one fault to the next")
    given = words.parse_args()
    if not 0 < given.minutes <= MINUTES_MAX:
        words.error(f"the minutes are a number up to {MINUTES_MAX}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{given.minutes:g} minutes with {support.BINARY}; again with --seed {given.seed}", flush=True)
    with contextlib.ExitStack() as stack:
        soak = Soak(given.seed, stack)
        try:
            soak.run(given.minutes * 60, given.every)
        except AssertionError as broken:
            print(f"FAILED: {broken}")
            soak.report()
            return 1
        return soak.report()


if __name__ == "__main__":
    sys.exit(main())
