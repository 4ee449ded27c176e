"""The few numbers that say how a day went: read from published, by the run's summary and the asset's metadata alike."""

from datetime import date
from typing import Any

from dagster_app import queries
from dagster_app.queries.connection import fetch, published
from ingest.settings import Home


def summary(home: Home, as_of: date) -> dict[str, Any]:
    """`payments`: the day's fct_daily_summary rows, one per currency; `open_exceptions`: count and money by code."""
    with published(home) as connection:
        payments = fetch(
            connection,
            "select * exclude (as_of_date) from marts.fct_daily_summary where as_of_date = ? order by currency",
            [as_of],
        )
    state = queries.status(home)
    return {"payments": payments, "open_count": state.open_count, "open_exceptions": state.open_exceptions}
