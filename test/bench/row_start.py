"""From the start of the process to the first answer; the binary; the memory of a server that waits."""

import os
import socket
import subprocess
import time

import machine
import support
from ratios import Row, Target

START_MS_MAX = 100
IDLE_MIB_MAX = 20
IDLE_AFTER_S = 3
ASK = b"GET /jwks HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def first_answer(server, wait_s=30):
    """Milliseconds from exec to the first byte of an answer about keys."""
    with open(server.log_path, "ab") as log:
        began = time.monotonic()
        server.process = subprocess.Popen([support.BINARY, "serve"], env=server.env, cwd=server.dir, stdout=log,
                                          stderr=log)
    while time.monotonic() - began < wait_s:
        try:
            with socket.create_connection(("127.0.0.1", server.port), 5) as link:
                link.sendall(ASK)
                if link.recv(64).startswith(b"HTTP/1.1 200"):
                    return (time.monotonic() - began) * 1000
        except OSError:
            pass
        time.sleep(0.0005)
    raise RuntimeError("no /jwks after the start: " + server.log()[-300:])


def start(stage):
    rows = []
    for name, env in (("keys in a directory", {}), ("keys in PostgreSQL", {"AUTH_KEY_ENCRYPTION_KEY": "A" * 43 + "="})):
        server = stage.signet(keys=str(stage.folder / "start-keys"), **env)
        server.stop()
        row = Row("start", f"exec of serve to the first /jwks, {name}", "ms", "bound", target=Target("<=", 1.0))
        for _ in stage.each_round():
            row.add(first_answer(server), START_MS_MAX)
            support.wait_until(lambda up=server: up.is_up("/readyz"), what="/readyz")
            server.stop()
        rows.append(row)
    size = Row("start", "size of the binary", "MiB", "as it is", note="with symbols, as it is built")
    size.add(os.path.getsize(support.BINARY) / 2**20, os.path.getsize(support.BINARY) / 2**20)
    return [*rows, size, idle(stage)]


def idle(stage):
    row = Row("start", "memory, idle", "MiB RSS", "bound", target=Target("<=", 1.0),
              note="threads from the cores, as by default")
    server = stage.signet()
    for number in stage.each_round():
        time.sleep(IDLE_AFTER_S if number == 0 else 0)
        row.add(machine.rss_mib(server.process.pid), IDLE_MIB_MAX)
    return row
