"""The business dates of a home, as Dagster partitions."""

from datetime import date, datetime, timedelta
from functools import cache

import dagster as dg

from dagster_app.dates import today
from ingest.settings import Home, extract_dates


def range_of_dates(extracts: list[date], current: date) -> tuple[date, date]:
    """First and last business date a home can be reconciled for: from its first extract to the current date.

    Extracts after the current date (another machine's clock, a demonstration world) count as well.
    """
    first = min([*extracts, current])
    return first, max([*extracts, current])


@cache
def business_dates() -> dg.DailyPartitionsDefinition:
    """One partition per business date in the business time zone, for the home of this process."""
    home = Home.from_environment()
    current = today(home.timezone)
    first, last = range_of_dates(list(extract_dates(home)), current)
    return dg.DailyPartitionsDefinition(
        start_date=datetime.combine(first, datetime.min.time()),
        timezone=home.timezone,
        end_offset=(last - current) // timedelta(days=1) + 1,
    )
