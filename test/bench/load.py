"""Load by wrk: how it is called, and what it says."""

import dataclasses
import os
import pathlib
import re
import subprocess

import machine

HERE = pathlib.Path(__file__).resolve().parent
UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
GRACE_S = 20  # wrk is given this much more than it was told to take


@dataclasses.dataclass(frozen=True)
class Heard:
    """What one run of wrk counted."""

    requests: int
    rate: float  # a second
    refused: int  # answers other than 2xx and 3xx
    errors: int  # of sockets
    p99_ms: float

    @property
    def good(self):
        return self.requests - self.refused


def parse(text):
    counted = re.search(r"(\d+) requests in ", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if not counted or not rate:
        raise RuntimeError(f"wrk said: {text.strip()[-300:]}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text)
    return Heard(int(counted[1]), float(rate[1]), int(refused[1]) if refused else 0,
                 sum(map(int, errors.groups())) if errors else 0,
                 float(p99[1]) * UNITS_MS[p99[2]] if p99 else 0.0)


def command(port, path, seconds, connections=64, threads=1, script="ask.lua", core=None):
    pinned = ["taskset", "-c", str(core)] if core is not None else []
    return [*pinned, "wrk", f"-t{threads}", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency",
            "--timeout", "10s", "-s", str(HERE / "wrk" / script), f"http://127.0.0.1:{port}{path}"]


def environment(**said):
    """What the scripts read: BENCH_TOKEN, BENCH_BODY and so on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
    return {**kept, **{f"BENCH_{name.upper()}": str(value) for name, value in said.items()}}


def wrk(port, path, seconds, connections=64, threads=1, script="ask.lua", core=None, **said):
    done = subprocess.run(command(port, path, seconds, connections, threads, script, core), capture_output=True,
                          text=True, timeout=seconds + GRACE_S, env=environment(**said), check=False)
    if done.returncode != 0:
        raise RuntimeError(f"wrk ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return parse(done.stdout)


class Flood:
    """wrk in the background for as long as the block lasts; `heard` after it."""

    def __init__(self, port, path, seconds, connections, **said):
        self.command = command(port, path, seconds, connections)
        self.environment = environment(**said)
        self.heard = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        env=self.environment)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.process.kill()
        out = self.process.communicate(timeout=600)[0]
        if kind is None:
            self.heard = parse(out)


def all_good(heard, what):
    """A figure of refusals is no figure."""
    if heard.good <= 0 or heard.refused or heard.errors > heard.requests / 1000:
        raise RuntimeError(f"{what}: {heard.requests} answers, {heard.refused} of them refusals, "
                           f"{heard.errors} socket errors")
    return heard


def per_cpu_second(pid, call):
    """Good answers of `call()` for each CPU second of a process."""
    before = machine.cpu_seconds(pid)
    heard = call()
    return heard.good / (machine.cpu_seconds(pid) - before)
