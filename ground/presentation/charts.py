"""The geometry of the charts. Templates under `templates/charts/` draw it; every place is a share of the plot.

A chart says one message, starts at zero, and comes with the same figures as a table. A value that is not known is
None: a line is broken there and a column is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ground.presentation.format import number

# Labels of the horizontal axis stand side by side up to here; of more, some are left out.
MOST_LABELS = 12


@dataclass(frozen=True, kw_only=True)
class Point:
    """One place on the horizontal axis and what is known of it."""

    label: str
    value: int | None
    # Columns only: drawn above `value` in a softer color.
    rest: int = 0
    words: str = ""
    is_final: bool = True


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A level that is drawn across the plot with its name: a floor, a cap, a comparison (`kind` "other")."""

    words: str
    value: int
    kind: str = "limit"


@dataclass(frozen=True, kw_only=True)
class Tick:
    y: str
    words: str


@dataclass(frozen=True, kw_only=True)
class DrawnLimit:
    words: str
    kind: str
    y: str
    # Below the line in the upper half of the plot, else above it, in points.
    dy: int


@dataclass(frozen=True, kw_only=True)
class AxisLabel:
    words: str
    # Left out on narrow screens.
    is_alternate: bool


@dataclass(frozen=True, kw_only=True)
class Dot:
    x: str
    y: str
    words: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class LineChart:
    """A line over time. `lines` are the points of polylines in a square of 1,000 units."""

    ticks: tuple[Tick, ...]
    labels: tuple[AxisLabel, ...]
    limits: tuple[DrawnLimit, ...]
    lines: tuple[str, ...]
    dot: Dot | None


@dataclass(frozen=True, kw_only=True)
class Column:
    x: str
    width: str
    y: str
    height: str
    rest_y: str
    rest_height: str
    is_final: bool


@dataclass(frozen=True, kw_only=True)
class ColumnChart:
    """Columns over time, each with an optional softer part on top."""

    ticks: tuple[Tick, ...]
    labels: tuple[AxisLabel, ...]
    limits: tuple[DrawnLimit, ...]
    columns: tuple[Column, ...]
    dot: Dot | None


def curve_chart(
    points: Sequence[tuple[int, int]], *, limits: Sequence[Limit] = (), dot: tuple[int, int, str] | None = None
) -> LineChart:
    """Lay out a line through (x, y), where both axes begin at zero; `dot` marks one place on it with its words.

    The labels are five even numbers from zero to the last x; they stand at the ends and between them.
    """
    most = max([x for x, _ in points] + [1])
    top, ticks = _axis([y for _, y in points] + [limit.value for limit in limits])
    line = " ".join(f"{_short(1000 * x / most)},{_short(1000 - 1000 * y / top)}" for x, y in points)
    places = tuple(AxisLabel(words=number(most * step // 4), is_alternate=step in (1, 3)) for step in range(5))
    marked = None
    if dot is not None:
        share_of = dot[0] / most
        anchor = "end" if share_of > 0.7 else "start"
        marked = Dot(x=_percent(share_of), y=_percent(1 - dot[1] / top), words=dot[2], anchor=anchor)
    return LineChart(ticks=ticks, labels=places, limits=_limits(limits, top), lines=(line,), dot=marked)


def column_chart(points: Sequence[Point], *, limits: Sequence[Limit] = ()) -> ColumnChart:
    """Lay out columns; the last known one is named above with its `words`."""
    top, ticks = _axis([(point.value or 0) + point.rest for point in points] + [limit.value for limit in limits])
    step = 1 / len(points) if points else 1.0
    width = min(0.6 * step, 0.07)
    columns = [
        Column(
            x=_percent((place + 0.5) * step - width / 2),
            width=_percent(width),
            y=_percent(1 - point.value / top),
            height=_percent(point.value / top),
            rest_y=_percent(1 - (point.value + point.rest) / top),
            rest_height=_percent(point.rest / top),
            is_final=point.is_final,
        )
        for place, point in enumerate(points)
        if point.value is not None
    ]
    known = [((place + 0.5) * step, point) for place, point in enumerate(points)]
    dot = _last_dot(known, top, above_rest=True)
    if dot and dot.anchor == "end":
        # The name ends where the column ends, so that it never leaves the plot.
        dot = replace(dot, x=_percent(float(dot.x.rstrip("%")) / 100 + width / 2))
    return ColumnChart(
        ticks=ticks,
        labels=_labels([point.label for point in points]),
        limits=_limits(limits, top),
        columns=tuple(columns),
        dot=dot,
    )


def share(part: int, whole: int, *, least: float = 0.3) -> str:
    """Return a width for a bar, such as "39.69%". Something is never drawn thinner than `least` percent."""
    if part <= 0 or whole <= 0:
        return "0%"
    return f"{_short(max(least, min(100.0, 100 * part / whole)))}%"


def _axis(values: Sequence[int]) -> tuple[int, tuple[Tick, ...]]:
    """Choose the top of an axis that starts at zero and has three to five even steps; ticks run from the top down."""
    highest = max([*values, 1])
    step = 1
    while highest > step * 5:
        step = {"1": step * 2, "2": step * 5 // 2, "5": step * 2}[str(step)[0]]
    steps = max(1, -(-highest // step))
    ticks = [Tick(y=_percent(1 - place / steps), words=number(place * step)) for place in range(steps, -1, -1)]
    return steps * step, tuple(ticks)


def _labels(words: Sequence[str]) -> tuple[AxisLabel, ...]:
    every = max(1, -(-len(words) // MOST_LABELS))
    if every > 1:
        return tuple(
            AxisLabel(words=word if place == 0 or (place + 1) % 5 == 0 else "", is_alternate=False)
            for place, word in enumerate(words)
        )
    is_dense = len(words) > 6
    return tuple(AxisLabel(words=word, is_alternate=is_dense and place % 2 == 1) for place, word in enumerate(words))


def _limits(limits: Sequence[Limit], top: int) -> tuple[DrawnLimit, ...]:
    return tuple(
        DrawnLimit(
            words=limit.words,
            kind=limit.kind,
            y=_percent(1 - limit.value / top),
            dy=16 if limit.value > top * 0.9 else -6,
        )
        for limit in limits
    )


def _last_dot(known: Sequence[tuple[float, Point]], top: int, *, above_rest: bool = False) -> Dot | None:
    for center, point in reversed(known):
        if point.value is not None:
            height = point.value + (point.rest if above_rest else 0)
            anchor = "end" if center > 0.7 else "start" if center < 0.3 else "middle"
            return Dot(x=_percent(center), y=_percent(1 - height / top), words=point.words, anchor=anchor)
    return None


def _percent(value: float) -> str:
    return f"{_short(100 * value)}%"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
