"""The one place that asks the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def today(timezone: str) -> date:
    """The current business date. Only defaults and schedules may ask; what a run answers never depends on it."""
    return datetime.now(ZoneInfo(timezone)).date()


def now() -> datetime:
    """The current time, UTC, for what people do; as for dates, no run's answer depends on it."""
    return datetime.now(UTC)
