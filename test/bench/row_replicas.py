"""Two replicas against one, and a JWKS of five keys against one."""

import base64
import os
import threading

import load
import machine
import people
import stage as stages
import support
from ratios import Row

KEYS = 5
CHAINS = 8


def replicas(stage):
    """What a refresh costs in CPU, of both replicas together, when two share database and keys."""
    url = stage.cluster.fresh_database()
    env = {"AUTH_KEY_ENCRYPTION_KEY": base64.b64encode(os.urandom(32)).decode()}
    one = stage.signet(url, **env)
    people.make_users(stage, one, url, 4 * CHAINS)
    two = stage.signet(url, **env)
    cost = Row("replicas", "POST /refresh, two replicas", "per CPU second of Signet", "one replica")
    rate = Row("replicas", "POST /refresh, two replicas, all in all", "requests/s", "one replica",
               note="PostgreSQL, the replicas and the load share "
                    f"{len(machine.cores())} cores")
    for _ in stage.each_round():
        alone = together(stage, [one])
        both = together(stage, [one, two])
        cost.add(both[0], alone[0])
        rate.add(both[1], alone[1])
    return [cost, rate]


def together(stage, servers):
    """(refreshes per CPU second, refreshes a second) over as many chains, shared among the servers."""
    share = CHAINS // len(servers)
    runs = [stages.refresh_rate(stage, server, share, number * share) for number, server in enumerate(servers)]
    heard = [None] * len(servers)

    def work(number):
        heard[number] = runs[number]()

    before = sum(machine.cpu_seconds(server.process.pid) for server in servers)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(servers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used = sum(machine.cpu_seconds(server.process.pid) for server in servers) - before
    if None in heard:
        raise RuntimeError("refreshes failed on a replica")
    return sum(one.good for one in heard) / used, sum(one.rate for one in heard)


def keys_change(server, url, *words):
    env = {name: value for name, value in server.env.items() if name.startswith("AUTH_")}
    done = support.command("keys", *words, "--yes", cwd=server.dir, env={**env, "DATABASE_URL": url})
    if done.returncode != 0:
        raise RuntimeError(f"keys {' '.join(words)}: {done.stderr.strip()}")


def keys(stage):
    """The same work where the JWKS has one key, and where it has five: a next one, the active one, retired ones."""
    settings = {**stages.ONE_WORKER, "AUTH_KEY_ROTATION": "off", "AUTH_KEY_CHECK": "1s"}
    few, many = (stage.signet(url, keys=str(stage.folder / f"keys-{count}"), **settings)
                 for count, url in ((1, stage.cluster.fresh_database()), (KEYS, stage.cluster.fresh_database())))
    turn(many)
    rows = []
    tokens = {server: server.signup("with-keys").json["token"] for server in (few, many)}
    for path in ("/jwks", "/webhook"):
        row = Row("keys", f"GET {path}, {KEYS} keys", "requests per CPU second", "one key")
        for _ in stage.each_round():
            row.add(*(ask(stage, server, path, tokens[server]) for server in (many, few)))
        rows.append(row)
    return rows


def turn(server):
    url = server.env["DATABASE_URL"]
    for _ in range(KEYS - 2):
        keys_change(server, url, "stage")
        keys_change(server, url, "promote", "--force")
    keys_change(server, url, "stage")
    support.wait_until(lambda: len(server.get("/jwks").json["keys"]) == KEYS, what=f"{KEYS} keys")


def ask(stage, server, path, token):
    said = {"token": token} if path == "/webhook" else {}
    return load.per_cpu_second(server.process.pid, lambda: load.all_good(
        load.wrk(server.port, path, stage.seconds, core=machine.load_core(), **said), path))
