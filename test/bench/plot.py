"""docs/bench.svg: how far each ratio is from its target, with nothing but the standard library."""

import math
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP, STEP, FOOT = 1000, 400, 110, 56, 26, 40
SPAN = 2.0  # powers of two to either side of the target
COLOURS = {True: "#1a7f4b", False: "#b3261e"}


def advantage(row, ratio):
    """Above 1 is better than the target, whichever way the target points."""
    return ratio / row.target.value if row.target.sign == ">=" else row.target.value / max(ratio, 1e-9)


def place(value):
    """Where a value lies on a logarithmic axis that ends at SPAN."""
    power = max(-SPAN, min(SPAN, math.log2(max(value, 1e-9))))
    return LEFT + (power + SPAN) / (2 * SPAN) * (WIDTH - LEFT - RIGHT)


def text(x, y, words, anchor="start", colour="#222", size=13):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">'
            f"{escape(words)}</text>")


def line(x1, y1, x2, y2, colour, width=1.0):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width}"/>')


def mark(row, y):
    middle = y - 4
    if not row.measured:
        return [text(LEFT - 10, y, row.name, "end"), text(place(1) + 6, y, "not measured", colour="#777")]
    ratio = row.ratio
    ends = sorted(place(advantage(row, value)) for value in (ratio.least, ratio.most))
    colour = COLOURS[row.held]
    return [text(LEFT - 10, y, row.name, "end"), line(ends[0], middle, ends[1], middle, colour, 3),
            f'<circle cx="{place(advantage(row, ratio.median)):.1f}" cy="{middle}" r="5" fill="{colour}"/>',
            text(WIDTH - RIGHT + 8, y, f"{ratio.median:.2f} ({row.target})", colour=colour)]


def axis(height):
    parts = []
    for power in range(-int(SPAN), int(SPAN) + 1):
        x = place(2.0**power)
        parts.append(line(x, TOP - 12, x, height - FOOT, "#222" if power == 0 else "#ddd", 1.5 if power == 0 else 1))
        parts.append(text(x, height - FOOT + 18, "target" if power == 0 else f"{2.0**power:g}×", "middle", "#555"))
    return parts


def svg(rows):
    shown = [row for row in rows if row.target]
    height = TOP + STEP * len(shown) + FOOT + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             text(LEFT, 24, "Better than the target is to the right; dots are medians, lines reach from the worst "
                            "round to the best", "middle", "#222", 14), *axis(height)]
    for number, row in enumerate(shown):
        parts += mark(row, TOP + STEP * number + 14)
    return "\n".join([*parts, "</svg>", ""])
