"""The one place that asks the clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def today(timezone: str) -> date:
    """The current business date. Only defaults and schedules may ask; what a run answers never depends on it."""
    return datetime.now(ZoneInfo(timezone)).date()
