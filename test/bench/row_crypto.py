"""What a signature and a password hash cost: POST /refresh and POST /login."""

import load
import people
import reference
import stage as stages
from ratios import Row, Target, missing

USERS = 200


def refresh(stage):
    url = stage.cluster.fresh_database()
    server = stage.signet(url)
    people.make_users(stage, server, url, USERS)
    row = Row("refresh", "POST /refresh", "per CPU second", "openssl speed rsa2048 sign", target=Target(">=", 0.8))
    for number in stage.each_round():
        run = stages.refresh_rate(stage, server, first_user=8 * (number % (USERS // 8)))
        row.add(load.per_cpu_second(server.process.pid, run), reference.rsa_2048(stage.seconds / 2)[0])
    return [row]


def login(stage):
    url = stage.cluster.fresh_database()
    server = stage.signet(url, AUTH_LANE_CRYPTO_THREADS="1")
    people.make_users(stage, server, url, USERS)
    row = Row("login", "POST /login", "per CPU second", target=Target(">=", 0.95))
    libraries, absent = reference.argon2_libraries()
    if not libraries:
        return [missing("login", row.name, "; ".join(absent), row.target)]
    sums = dict.fromkeys(libraries, 0.0)
    for _ in stage.each_round():
        ours = load.per_cpu_second(server.process.pid, stages.login_rate(stage, server, USERS, connections=2))
        rates = {name: reference.hashes_per_cpu_second(once, stage.seconds / 2) for name, once in libraries.items()}
        row.add(ours, max(rates.values()))
        for name, rate in rates.items():
            sums[name] += rate / stage.rounds
    row.other_name = "the faster of " + " and ".join(libraries)
    row.note = ", ".join(f"{name} {rate:.1f}" for name, rate in sums.items()) + " hashes per CPU second" + "".join(
        f"; not here: {reason}" for reason in absent)
    return [row]
