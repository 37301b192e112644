"""The arithmetic of the benchmark: rounds, ratios, medians, spread, and whether a target is held."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Target:
    """What a ratio has to be: `Target(">=", 0.8)`."""

    sign: str
    value: float

    def __post_init__(self):
        if self.sign not in ("<=", ">="):
            raise ValueError(f"a target is <= or >=, not {self.sign}")

    def held_by(self, ratio):
        return ratio >= self.value if self.sign == ">=" else ratio <= self.value

    def __str__(self):
        return f"{'≥' if self.sign == '>=' else '≤'} {self.value:g}"


@dataclasses.dataclass(frozen=True)
class Spread:
    """The median of the rounds, and how far they lie apart."""

    median: float
    least: float
    most: float


def spread(values):
    values = list(values)
    if not values:
        raise ValueError("no round was measured")
    return Spread(statistics.median(values), min(values), max(values))


@dataclasses.dataclass
class Row:
    """One line of the table: Signet and another side, a pair of figures a round.

    `target` is about the median of ours/other. Without a target a row only informs. `why_not` names why it could not
    be measured; then there are no figures.
    """

    group: str
    name: str
    unit: str = ""
    other_name: str = ""
    ours: list = dataclasses.field(default_factory=list)
    other: list = dataclasses.field(default_factory=list)
    target: Target | None = None
    note: str = ""
    why_not: str = ""

    def add(self, ours, other):
        self.ours.append(float(ours))
        self.other.append(float(other))

    @property
    def measured(self):
        return not self.why_not and bool(self.ours)

    def ratios(self):
        """One ratio a round, because what disturbs a round disturbs both sides of it."""
        if len(self.ours) != len(self.other):
            raise ValueError(f"{self.name}: {len(self.ours)} figures of ours, {len(self.other)} of the other side")
        if any(other <= 0 for other in self.other):
            raise ValueError(f"{self.name}: the other side did nothing")
        return [ours / other for ours, other in zip(self.ours, self.other)]

    @property
    def ratio(self):
        return spread(self.ratios())

    @property
    def signet(self):
        return spread(self.ours)

    @property
    def other_side(self):
        return spread(self.other)

    @property
    def held(self):
        """Whether the median holds the target: None where there is none, or nothing was measured."""
        if self.target is None or not self.measured:
            return None
        return self.target.held_by(self.ratio.median)

    @property
    def held_always(self):
        """Whether every round holds it."""
        if self.target is None or not self.measured:
            return None
        return all(self.target.held_by(ratio) for ratio in self.ratios())

    def as_json(self):
        answer = {"group": self.group, "row": self.name, "unit": self.unit, "otherSide": self.other_name,
                  "target": str(self.target) if self.target else None, "note": self.note}
        if not self.measured:
            return {**answer, "notMeasured": self.why_not or "no round was measured"}
        ratio = self.ratio
        return {**answer, "signet": self.ours, "other": self.other, "ratios": self.ratios(),
                "ratio": {"median": ratio.median, "min": ratio.least, "max": ratio.most},
                "held": self.held, "heldInEveryRound": self.held_always}


def missing(group, name, reason, target=None):
    return Row(group, name, target=target, why_not=reason)
