"""Memory over a million requests of every kind."""

import load
import machine
import people
import stage as stages
from ratios import Row, Target, missing

USERS = 500
FIRST_PART = 0.1
# Flat: what an allocator keeps here and there, and no more.
GROWTH_MAX = 1.05
SECONDS_MAX = 900
REFUSALS_MAX = 0.04  # three in a hundred ask for it


def mixed(stage):
    url = stage.cluster.fresh_database()
    server = stage.signet(url)
    people.make_users(stage, server, url, USERS)
    first = max(1, round(stage.mixed_requests * FIRST_PART))
    name = f"memory after {stage.mixed_requests:,} mixed requests"
    taken = []
    for count in (first, stage.mixed_requests - first):
        who = stages.login(server, 0)
        heard = load.wrk(server.port, "/jwks", SECONDS_MAX, connections=32, script="mixed.lua", requests=count,
                         token=who["token"], refresh=who["refreshToken"], body=stages.LOGIN, users=USERS)
        taken.append(machine.rss_mib(server.process.pid))
        if heard.requests < 0.9 * count or heard.refused > REFUSALS_MAX * count:
            return [missing("mixed", name, f"{heard.requests} of {count} answers, {heard.refused} of them refusals",
                            Target("<=", GROWTH_MAX))]
    row = Row("mixed", name, "MiB RSS", f"after {first:,}", target=Target("<=", GROWTH_MAX),
              note="keys, webhook, /me, refreshes, logins, forged tokens, broken JSON and unknown pages")
    row.add(taken[1], taken[0])
    return [row]
