"""A plot as SVG, drawn by hand: waits by language, one line per policy. Light, and readable in both
a dark and a light page because it brings its own ground.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil

WIDTH, HEIGHT = 960, 460
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 74, 44
OURS = "#0b6e4f"
OTHERS = ("#c2571a", "#7b5ea7", "#2a78b8", "#b0457b", "#8a7a2c")
STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500)


def lines(
    title: str,
    unit: str,
    names: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    ours: str,
) -> str:
    """The SVG: `names` from left to right, and for each policy of `series` a value per name.

    `ours` is drawn heavier than the others, and on top of them.
    """
    top = max(max(values) for values in series.values()) or 1.0
    step = next((one for one in STEPS if top / one <= 8), STEPS[-1])
    ceiling = step * ceil(top / step)

    def x(place: int) -> float:
        return LEFT + (place + 0.5) * (WIDTH - LEFT - RIGHT) / len(names)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / ceiling * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="13" fill="#333">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="16" font-weight="600">{escape(title)}</text>',
    ]
    for mark in range(0, ceiling + 1, step):
        parts.append(
            f'<path d="M{LEFT} {y(mark):.1f}H{WIDTH - RIGHT}" stroke="#e4e4e4"/>'
            f'<text x="{LEFT - 8}" y="{y(mark) + 4:.1f}" text-anchor="end">{mark}</text>'
        )
    parts.append(f'<text x="12" y="{TOP - 10}">{escape(unit)}</text>')
    for place, name in enumerate(names):
        parts.append(
            f'<text x="{x(place):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
            f"{escape(name)}</text>"
        )
    drawn = [name for name in series if name != ours] + [ours]
    colours = dict(zip(drawn, OTHERS, strict=False)) | {ours: OURS}
    for name in drawn:
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in enumerate(series[name]))
        wide = 3 if name == ours else 1.3
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colours[name]}"'
            f' stroke-width="{wide}" stroke-linejoin="round"/>'
        )
    across = (WIDTH - LEFT - RIGHT) / len(drawn)
    for place, name in enumerate([ours, *drawn[:-1]]):
        begin = LEFT + place * across
        parts.append(
            f'<path d="M{begin:.1f} 46h18" stroke="{colours[name]}"'
            f' stroke-width="{4 if name == ours else 2}"/>'
            f'<text x="{begin + 24:.1f}" y="50" font-size="11.5">{escape(name.replace("_", " "))}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
