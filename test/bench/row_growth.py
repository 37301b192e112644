"""A million users against ten thousand: what a login, a refresh and a webhook cost then."""

import contextlib
import subprocess

import load
import people
import stage as stages
from ratios import Row, Target

FEW = 10_000
SESSIONS = 0.5  # of the users have one
ASKING = 2000  # users whose tokens the webhook is asked about
COST_MAX = 1.2
SPREAD = 7919  # walks over all users without order


def populated(stage, count):
    url = stage.cluster.fresh_database()
    server = stage.signet(url)
    sessions = int(count * SESSIONS)
    people.make_users(stage, server, url, count, sessions)
    token = stages.login(server, count - 1)["token"]
    asking = min(ASKING, sessions)
    tokens = people.of_users(stage, token, [n * SPREAD % sessions for n in range(asking)])
    return server, count, stage.lines(f"tokens-{count}", tokens)


def growth(stage):
    """Both servers stand beside one another, on one PostgreSQL, and are asked in turn."""
    sides = [populated(stage, count) for count in (stage.users, FEW)]
    settle(stage)
    rows = {}
    for work, ask in (("POST /login", login), ("POST /refresh", refresh), ("GET /webhook", webhook)):
        row = rows[work] = Row("growth", f"{work}, {stage.users:,} users", "ms each, under load", f"{FEW:,} users",
                               target=Target("<=", COST_MAX))
        for side in sides:
            ask(stage, stage.rounds, *side)  # not counted: the first pages come from the disk
        for number in stage.each_round():
            row.add(*(1000 / ask(stage, number, *side).rate for side in sides))
    rows["GET /webhook"].note = f"{ASKING:,} users ask in turn"
    return list(rows.values())


def settle(stage):
    """What the making of a million users left to write is written now, and is no part of what follows."""
    with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
        stage.cluster.superuser("checkpoint")


def login(stage, _, server, count, __):
    return stages.login_rate(stage, server, count)()


def refresh(stage, number, server, count, _):
    return stages.refresh_rate(stage, server, first_user=(number + 1) * SPREAD % (count - 8))()


def webhook(stage, _, server, __, tokens):
    return load.all_good(load.wrk(server.port, "/webhook", stage.seconds, connections=16, script="walk.lua",
                                  tokens=tokens), "webhook")
