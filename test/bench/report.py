"""The table on the terminal, and the JSON file."""

import dataclasses
import json
import time


@dataclasses.dataclass
class Facts:
    """What the figures are worth: where, how often, how long."""

    machine: str
    rounds: int
    seconds: float
    whole: bool  # every group was asked for
    took_s: float = 0.0
    stolen: float = 0.0  # of the machine's time, by its hypervisor
    day: str = dataclasses.field(default_factory=lambda: time.strftime("%Y-%m-%d", time.gmtime()))


def figure(value):
    """Three digits that mean something."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 1:
        return f"{value:.3g}"
    return f"{value:.2g}"


def ratio_text(row):
    ratio = row.ratio
    if len(row.ours) == 1:
        return f"{ratio.median:.2f}"
    return f"{ratio.median:.2f} [{ratio.least:.2f}..{ratio.most:.2f}]"


def verdict(row):
    if row.held is None:
        return ""
    if not row.held:
        return "MISSED"
    return "held" if row.held_always else "held, not in every round"


def cells(row):
    """What a row says, as text: the same on the terminal and on the page."""
    target = str(row.target) if row.target else ""
    if not row.measured:
        return [row.name, "not measured", "", "", target, ""]
    return [row.name, f"{figure(row.signet.median)} {row.unit}".strip(), f"{figure(row.other_side.median)} {row.other_name}",
            ratio_text(row), target, verdict(row)]


HEAD = ["work", "Signet", "other side", "ratio: median [min..max]", "target", ""]


def table(rows):
    lines = [HEAD] + [cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    out = []
    for line in lines:
        out.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    return "\n".join([out[0], "-" * len(out[0]), *out[1:]])


def notes(rows):
    """Why something is not there, and how something was measured."""
    return [f"{row.name}: not measured: {row.why_not or 'no round'}" if not row.measured else f"{row.name}: {row.note}"
            for row in rows if row.note or not row.measured]


def stolen_text(facts):
    return f"the hypervisor took {facts.stolen * 100:.1f} % of the time for others"


def summary(facts, rows):
    with_target = [row for row in rows if row.target]
    held = sum(1 for row in with_target if row.held)
    missed = sum(1 for row in with_target if row.held is False)
    lines = ["", *notes(rows), "", f"{held} targets held, {missed} missed, {len(with_target) - held - missed} not "
             f"measured; {facts.rounds} rounds of {facts.seconds:g} s a side; {facts.took_s:.0f} s in all; {stolen_text(facts)}"]
    return "\n".join(lines)


def write_json(path, facts, rows):
    document = {**dataclasses.asdict(facts), "rows": [row.as_json() for row in rows]}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
