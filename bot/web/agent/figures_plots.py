"""Plots as SVG: one idea each, labelled where they are read, without a legend, a style or a script.
What they show stands beside them as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 360
"""Of a plot, in its own units: about the pixels of the narrowest telephone."""
HEIGHT = 188
TOP, BOTTOM = 26, 154
LEFT = 4
ENDS = 92
"""Room for the names at the ends of lines."""
FEW = 10
"""Bars up to which each says its value."""
LINE_APART = 34
DIGIT = 9
"""Width of a character, at most."""
LONGEST_NAME = 44
ROW = 40

Written = Callable[[float], str]


@dataclass(frozen=True)
class Series:
    """Values in the order of the points, None where there is none. `tone`: brand, good, warn, bad
    or muted."""

    name: str
    values: Sequence[float | None]
    tone: str = "brand"


def bars(
    title: str, points: Sequence[str], values: Sequence[float], written: Written, tone: str
) -> Markup:
    """One bar a point; the highest and the last say their value, all of few do."""
    most = max(values, default=0) or 1
    width = (WIDTH - 2 * LEFT) / max(len(values), 1)
    thick = max(width * 0.72, 1.5)
    highest = max(range(len(values)), key=lambda i: values[i], default=0)
    parts = []
    for index, value in enumerate(values):
        x = LEFT + index * width + (width - thick) / 2
        y = _height(value, most)
        parts.append(
            f'<rect class="{tone}" x="{x:.1f}" y="{y:.1f}" width="{thick:.1f}"'
            f' height="{BOTTOM - y:.1f}" rx="{min(2.0, thick / 3):.1f}"/>'
        )
        if value and (len(values) <= FEW or index in (highest, len(values) - 1)):
            label = written(value)
            parts.append(_text(_within(x + thick / 2, label), y - 6, label, "middle"))
    return _drawn(title, [*parts, _axis(WIDTH - LEFT), *_dates(points, width, width / 2)])


def lines(title: str, points: Sequence[str], series: Sequence[Series], written: Written) -> Markup:
    """Values over time; each line says its name and its last value at its end."""
    known = [v for one in series for v in one.values if v is not None]
    most = max(known, default=0) or 1
    right = WIDTH - ENDS
    step = (right - LEFT) / max(len(points) - 1, 1)
    parts = [
        f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{TOP}" y2="{TOP}"/>',
        _text(LEFT, TOP - 6, written(most), "start", "quiet"),
    ]
    ends: list[tuple[float, str]] = []
    for one in series:
        at = [
            (LEFT + index * step, _height(value, most))
            for index, value in enumerate(one.values)
            if value is not None
        ]
        if not at:
            continue
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(f'<polyline class="{one.tone}" points="{path}"/>')
        x, y = at[-1]
        parts.append(f'<circle class="{one.tone}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        last = next(value for value in reversed(one.values) if value is not None)
        label = _text(right + 8, 0, written(last), "start", "strong")
        ends.append((y, label + _text(right + 8, 16, one.name, "start", "quiet")))
    parts += _apart(ends)
    return _drawn(title, [*parts, _axis(right), *_dates(points, step, 0)])


def ranked(title: str, values: Sequence[tuple[str, float]], written: Written, tone: str) -> Markup:
    """One bar a name, in the given order."""
    most = max((value for _, value in values), default=0) or 1
    longest = WIDTH - 2 * LEFT - 56
    parts = []
    for index, (name, value) in enumerate(values):
        y, width = index * ROW, max(longest * value / most, 1.5 if value else 0)
        shown = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        parts += [
            _text(LEFT, y + 14, shown, "start"),
            f'<rect class="{tone}" x="{LEFT}" y="{y + 20}" width="{width:.1f}" height="12"/>',
            _text(LEFT + width + 6, y + 31, written(value), "start", "strong"),
        ]
    return _drawn(title, parts, max(len(values), 1) * ROW)


def _height(value: float, most: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / most


def _within(x: float, label: str) -> float:
    """The middle of a label, moved so that the edges do not cut it."""
    half = len(label) * DIGIT / 2 + LEFT
    return min(max(x, half), WIDTH - half)


def _axis(right: float) -> str:
    return f'<line class="axis" x1="{LEFT}" x2="{right:.0f}" y1="{BOTTOM}" y2="{BOTTOM}"/>'


def _dates(points: Sequence[str], step: float, offset: float) -> list[str]:
    """The first, the middle and the last point."""
    last = len(points) - 1
    if last < 0:
        return []
    said = [_text(LEFT, BOTTOM + 20, points[0], "start", "quiet")]
    if last > 0:
        x = LEFT + last * step + offset * 2
        said.append(_text(min(x, WIDTH - LEFT), BOTTOM + 20, points[last], "end", "quiet"))
    if last > 3:
        middle = last // 2
        x = LEFT + middle * step + offset
        said.append(_text(x, BOTTOM + 20, points[middle], "middle", "quiet"))
    return said


def _apart(ends: Sequence[tuple[float, str]]) -> list[str]:
    """Labels at the height of their lines, moved until none covers another."""
    moved, below = [], float("-inf")
    room = BOTTOM - LINE_APART * (len(ends) - 1)
    for index, (y, label) in enumerate(sorted(ends)):
        at = max(min(y, room - 10 + LINE_APART * index), below + LINE_APART, TOP)
        moved.append(f'<g transform="translate(0 {at:.1f})">{label}</g>')
        below = at
    return moved


def _text(x: float, y: float, words: str, anchor: str, tone: str = "") -> str:
    kind = f' class="{tone}"' if tone else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def _drawn(title: str, parts: Sequence[str], height: float = HEIGHT) -> Markup:
    inside = "".join(parts)
    return Markup(  # noqa: S704  (drawn here; every word is escaped)
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' aria-label="{escape(title)}" preserveAspectRatio="xMinYMin meet">{inside}</svg>'
    )
