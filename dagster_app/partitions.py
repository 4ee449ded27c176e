"""The business dates of a home, as Dagster partitions."""

from datetime import date, datetime, timedelta
from functools import cache

import dagster as dg

from dagster_app.dates import today
from ingest.settings import Home, extract_dates, first_pull_date


def range_of_dates(known: list[date], current: date) -> tuple[date, date]:
    """First and last business date a home can be reconciled for: from the first date it knows to the current date.

    Known are the dates of its extracts and the first one that can be pulled. Those after the current date (another
    machine's clock, a demonstration world) count as well.
    """
    return min([*known, current]), max([*known, current])


@cache
def business_dates() -> dg.DailyPartitionsDefinition:
    """One partition per business date in the business time zone, for the home of this process."""
    home = Home.from_environment()
    current = today(home.timezone)
    pulled = first_pull_date(home)
    first, last = range_of_dates([*extract_dates(home), *([pulled] if pulled else [])], current)
    return dg.DailyPartitionsDefinition(
        start_date=datetime.combine(first, datetime.min.time()),
        timezone=home.timezone,
        end_offset=(last - current) // timedelta(days=1) + 1,
    )
