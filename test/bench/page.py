"""docs/bench.md: the figures of the last run, for people."""

import report

HEAD = """# What Signet does with a machine

Made by `./run bench --docs`: a line is not edited by hand. Every row is a ratio of two sides that ran in turn, in one \
run, on one machine. What is compared is the median of the rounds' ratios; the least and the most stand beside it. \
Why some targets are missed: [adr/0010](adr/0010-speed.md).

{machine}. {rounds} rounds of {seconds:g} s a side, {took:.0f} s in all, {day}; {stolen}.{part}

![Ratios against their targets](bench.svg)
"""
# These no run of the benchmark makes.
BY_HAND = """## Measured by hand

On 2026-11-21 and 22, on two vCPUs of a shared machine with Debian 12.

| what | figure |
|---|---|
| a change by SQL until the webhook of two replicas follows it, 1008 tries under load | median 16 ms, at most 612 ms |
| the binary, stripped | 2 MiB |
| the container image beyond its Debian base | 15 MB |
| `./run test` in a fresh clone with most of it in ccache | 17 minutes |
"""
GROUPS = {
    "start": "Start, and a server that waits", "jwks": "Cached bytes", "webhook": "Webhook", "refresh": "Signatures",
    "login": "Password hashes", "flood": "In a flood of logins", "attacks": "Under attack",
    "mixed": "Memory over time",
    "connections": "Many connections", "keys": "Many keys", "replicas": "Replicas", "growth": "Many users",
    "peers": "What else one might pick",
}
COLUMNS = "| work | Signet | other side | ratio | target | |\n|---|---|---|---|---|---|"


def cell(text):
    return text.replace("|", "\\|")


def markdown(facts, rows):
    part = "" if facts.whole else " Only a part of the benchmark ran."
    out = [HEAD.format(machine=facts.machine, rounds=facts.rounds, seconds=facts.seconds, took=facts.took_s,
                       day=facts.day, part=part, stolen=report.stolen_text(facts))]
    for group, title in GROUPS.items():
        mine = [row for row in rows if row.group == group]
        if not mine:
            continue
        out.append(f"## {title}\n\n{COLUMNS}")
        out += ["| " + " | ".join(map(cell, report.cells(row))) + " |" for row in mine]
        out.append("")
        said = [f"- {note}" for note in report.notes(mine)]
        out += [*said, ""] if said else []
    return "\n".join([*out, BY_HAND])
