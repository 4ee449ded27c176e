"""Small SVG plots drawn by hand: no script, no font file, no library; the same input gives the same picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 620, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 30, 28
_FONT = 'font-family="system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif" font-size="11"'
BLUE, TEAL, AMBER, GREY, INK = "#2457a6", "#12806a", "#c77700", "#d9dee5", "#475467"


@dataclass(frozen=True)
class Series:
    """One line or one set of bars: name, colour and a value per date (None leaves a gap)."""

    name: str
    colour: str
    values: Sequence[float | None]


def rate_plot(dates: Sequence[date], series: Sequence[Series], title: str) -> str:
    """Lines of shares 0..1 over dates; the axis starts at a round percentage below the least value."""
    known = [value for one in series for value in one.values if value is not None]
    low = min((int(min(known, default=0.0) * 10) / 10), 0.9)
    frame = _Frame(dates, low, 1.0)
    body = [frame.grid([low + (1 - low) * step / 4 for step in range(5)], _axis_percent)]
    body += [_line(frame, one) for one in series]
    return _svg(title, body, frame, series)


def count_plot(dates: Sequence[date], series: Sequence[Series], title: str) -> str:
    """Bars of counts over dates for the first series, lines for the others."""
    known = [value for one in series for value in one.values if value is not None]
    step = _round_step(max(known, default=0.0))
    frame = _Frame(dates, 0.0, step * 4)
    body = [frame.grid([step * line for line in range(5)], lambda value: f"{value:.0f}")]
    body.append(_bars(frame, series[0]))
    body += [_line(frame, one) for one in series[1:]]
    return _svg(title, body, frame, series)


class _Frame:
    """Where a date and a value lie on the picture."""

    def __init__(self, dates: Sequence[date], low: float, high: float) -> None:
        self.dates, self.low, self.high = dates, low, high
        self.slot = (WIDTH - _LEFT - _RIGHT) / max(len(dates), 1)

    def x(self, index: int) -> float:
        return _LEFT + self.slot * (index + 0.5)

    def y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - _TOP - _BOTTOM)

    def grid(self, values: Sequence[float], label: Callable[[float], str]) -> str:
        parts = []
        for value in values:
            y = self.y(value)
            parts.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GREY}"/>')
            parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">{label(value)}</text>')
        return "".join(parts)

    def days(self) -> str:
        """Every date when they fit, else every n-th counted back from the last."""
        every = max(1, -(-len(self.dates) // 11))
        last = len(self.dates) - 1
        return "".join(
            f'<text x="{self.x(index):.1f}" y="{HEIGHT - 9}" text-anchor="middle" fill="{INK}">{day:%d.%m}</text>'
            for index, day in enumerate(self.dates)
            if (last - index) % every == 0
        )


def _line(frame: _Frame, series: Series) -> str:
    """One line; a gap where a value is missing, so that a missing day is not drawn over."""
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(series.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((frame.x(index), frame.y(value)))
    parts = []
    for run in runs:
        if len(run) > 1:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            parts.append(f'<polyline points="{points}" fill="none" stroke="{series.colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{series.colour}"/>' for x, y in run]
    return "".join(parts)


def _bars(frame: _Frame, series: Series) -> str:
    width = min(frame.slot * 0.66, 26)
    floor = frame.y(frame.low)
    return "".join(
        f'<rect x="{frame.x(index) - width / 2:.1f}" y="{frame.y(value):.1f}" width="{width:.1f}"'
        f' height="{floor - frame.y(value):.1f}" fill="{series.colour}" opacity="0.75"/>'
        for index, value in enumerate(series.values)
        if value
    )


def _svg(title: str, body: Sequence[str], frame: _Frame, series: Sequence[Series]) -> str:
    legend, x = [], _LEFT
    for one in series:
        legend.append(f'<rect x="{x}" y="8" width="10" height="10" rx="2" fill="{one.colour}"/>')
        legend.append(f'<text x="{x + 15}" y="17" fill="{INK}">{escape(one.name)}</text>')
        x += 34 + round(len(one.name) * 6.2)
    name = escape(title, {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{name}" {_FONT}><title>{name}</title>'
        f"{''.join(legend)}{''.join(body)}{frame.days()}</svg>"
    )


def _axis_percent(value: float) -> str:
    return f"{round(value * 100, 2):g} %"


def _round_step(highest: float) -> int:
    """A quarter of the axis: 1, 2, 5, 10, 20, 50, … so that four of them reach the highest value."""
    step, factors = 1, (2, 2.5, 2)
    turn = 0
    while step * 4 < highest:
        step = int(step * factors[turn % 3])
        turn += 1
    return step
