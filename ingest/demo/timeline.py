"""Time in the demonstration world.

A moment is a whole number of seconds since the local midnight that starts the first date, so the business date of a
moment is ``moment // DAY`` days after the first. Yerevan keeps UTC+4 the whole year, which makes this exact.
"""

from datetime import date, timedelta

DAY = 86_400
HOUR = 3_600
MINUTE = 60
ZONE = "Asia/Yerevan"
UTC_OFFSET = 4 * HOUR
MARGIN_DAYS = 400
"""Days before the first date that can still be written, for contracts concluded long ago."""

_CLOCK = [f"{second // HOUR:02}:{second // MINUTE % 60:02}:{second % 60:02}" for second in range(DAY)]


def moment(day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    """The moment of a local wall clock time on the day of that number (0 is the first date)."""
    return day * DAY + hour * HOUR + minute * MINUTE + second


class Timeline:
    """The days of a world, and its moments written as the different systems write them."""

    def __init__(self, first_date: date, days: int) -> None:
        self.first_date = first_date
        self.days = days
        last = days + MARGIN_DAYS
        self._dates = [(first_date + timedelta(days=n)).isoformat() for n in range(-MARGIN_DAYS, last)]

    def iso(self, day: int) -> str:
        """The ISO date of a day number."""
        return self._dates[day + MARGIN_DAYS]

    def date(self, day: int) -> date:
        """The date of a day number."""
        return self.first_date + timedelta(days=day)

    def local(self, at: int | None) -> str:
        """Local wall clock without an offset, as accounting, CRM and warehouse write it."""
        if at is None:
            return ""
        return f"{self._dates[at // DAY + MARGIN_DAYS]}T{_CLOCK[at % DAY]}"

    def offset(self, at: int | None) -> str:
        """Local wall clock with its offset, as the website writes it."""
        if at is None:
            return ""
        return f"{self._dates[at // DAY + MARGIN_DAYS]}T{_CLOCK[at % DAY]}+04:00"

    def utc(self, at: int | None) -> str:
        """UTC with ``Z``, as the providers and the fiscal service write it."""
        if at is None:
            return ""
        at -= UTC_OFFSET
        return f"{self._dates[at // DAY + MARGIN_DAYS]}T{_CLOCK[at % DAY]}Z"
