"""What worlds are made of: rows of extracts, and times in the business time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

FIRST = date(2026, 11, 16)
"""The first extract, a Monday."""
MIDNIGHT = datetime(2026, 11, 15, 20, tzinfo=UTC)
"""When it begins in the business time zone."""

Values = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One row of one extract: `day` counts extracts from 0, `delivered` is the run before which it arrives."""

    contract: str
    day: int
    delivered: int
    values: Values

    def __str__(self) -> str:
        late = f", came on {self.delivered}" if self.delivered != self.day else ""
        shown = " ".join(f"{name}={value}" for name, value in self.values.items() if value is not None)
        return f"{self.contract}[{self.day}{late}] {shown}"


def at(hours: float) -> str:
    """A time so many hours after the first extract's day began."""
    return (MIDNIGHT + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def on(hours: float) -> str:
    """The business date of that time."""
    return (FIRST + timedelta(days=int(hours // 24))).isoformat()
