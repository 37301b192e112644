"""The benchmark's arithmetic: a figure that is wrong there is wrong in every document that quotes it."""

import pathlib
import sys

from support.lint import ROOT, Tally

sys.path.insert(0, str(pathlib.Path(ROOT, "test/bench")))
from ratios import Row, Target, missing, spread  # noqa: E402


def differs(got, wanted):
    return [] if got == wanted else [f"{got!r}, and not {wanted!r}"]


def raises(action):
    try:
        action()
    except ValueError:
        return []
    return ["nothing was raised"]


def row(ours, other, target=None):
    made = Row("group", "name", target=target)
    for pair in zip(ours, other):
        made.add(*pair)
    return made


def uneven():
    made = row([1], [1])
    made.ours.append(2.0)
    return made


def main():
    tally = Tally()
    five = spread([5, 1, 4, 2, 3])
    tally.check("the median is the middle one", differs((five.median, five.least, five.most), (3, 1, 5)))
    tally.check("of four it lies between two", differs(spread([1, 2, 4, 9]).median, 3))
    tally.check("no round has no median", raises(lambda: spread([])))
    # The ratio of the medians would be 2: rounds are compared with themselves.
    tally.check("ratios are taken round by round", differs(row([10, 20, 90], [10, 10, 30]).ratio.median, 2))
    tally.check("the median of ratios is not the ratio of medians",
                differs(row([1, 4, 9], [1, 2, 9]).ratio.median, 1))
    tally.check("a target counts its edge", differs(row([8], [10], Target(">=", 0.8)).held, True))
    tally.check("what lies below is missed", differs(row([7.9], [10], Target(">=", 0.8)).held, False))
    tally.check("a ceiling counts its edge", differs(row([5], [1], Target("<=", 5)).held, True))
    tally.check("what lies above is missed", differs(row([5.1], [1], Target("<=", 5)).held, False))
    tally.check("the median decides", differs(row([1, 1, 9], [1, 1, 1], Target("<=", 5)).held, True))
    tally.check("one bad round is told", differs(row([1, 1, 9], [1, 1, 1], Target("<=", 5)).held_always, False))
    tally.check("no target, nothing held", differs(row([1], [1]).held, None))
    tally.check("what was not measured holds nothing", differs(missing("g", "n", "why", Target("<=", 5)).held, None))
    tally.check("its reason is in the JSON", differs(missing("g", "n", "why").as_json()["notMeasured"], "why"))
    tally.check("a side that did nothing is no ratio", raises(row([1], [0]).ratios))
    tally.check("half a round is no ratio", raises(uneven().ratios))
    tally.check("a target is one of two signs", raises(lambda: Target("=", 1)))
    tally.end()


if __name__ == "__main__":
    main()
