"""In which order business dates are run: each once published before the next, never back.

Exceptions have a life from day to day (specification, Exceptions, Life), so a day is only run on top of the day before.
"""

import json
from datetime import date, timedelta
from pathlib import Path

from dagster_app.errors import BadRequestError
from dagster_app.queries.connection import last_published_date, published
from ingest.settings import Home

DAY = timedelta(days=1)


class OutOfOrderError(BadRequestError):
    """The date cannot be run now: it lies before the last published one, or dates between were not run."""


def last_published(home: Home) -> date | None:
    """The business date of the published database; None when nothing was published yet."""
    if not home.published_database.is_file():
        return None
    with published(home) as connection:
        return last_published_date(connection)


def dates_to_run(last: date | None, as_of: date) -> list[date]:
    """Every date after the last published one up to `as_of`, in order; `as_of` alone when it is the first or again.

    Raises OutOfOrderError for a date before the last published one.
    """
    if last is not None and as_of < last:
        raise OutOfOrderError(
            f"{as_of} is before the last published date, {last}: published days are not rewritten. "
            f"Run {last} again or a later date; `sverka replay --as-of {as_of}` answers questions about the past"
        )
    if last is None or as_of == last:
        return [as_of]
    return [last + DAY * number for number in range(1, (as_of - last) // DAY + 1)]


def dates_due(home: Home, as_of: date) -> list[date]:
    """The dates a run up to `as_of` has to publish now, see `dates_to_run`.

    A home that has lost everything but its landing begins with the first date it ever published: the tables that keep
    every day are then as they were.
    """
    last = last_published(home)
    recorded = [day for day in recorded_dates(home) if day < as_of]
    if last is None and recorded:
        return dates_to_run(recorded[0] - DAY, as_of)
    return dates_to_run(last, as_of)


def _records(home: Home) -> Path:
    return home.landing / "runs"


def recorded_dates(home: Home) -> list[date]:
    """The dates that this landing has been published for, oldest first."""
    return sorted(date.fromisoformat(path.stem) for path in _records(home).glob("????-??-??.json"))


def record(home: Home, as_of: date) -> None:
    """Note in landing that a date is about to be published. A killed run leaves a note that its repetition confirms."""
    _records(home).mkdir(parents=True, exist_ok=True)
    path = _records(home) / f"{as_of}.json"
    if not path.exists():
        path.write_text(json.dumps({"as_of": as_of.isoformat()}) + "\n", encoding="utf-8")


def check_order(home: Home, as_of: date) -> None:
    """Refuse a run that was started out of order, by hand or by the schedule. Raises OutOfOrderError."""
    first, *later = dates_due(home, as_of)
    if later:
        raise OutOfOrderError(
            f"{first} was not published yet, so {as_of} has to wait: `sverka run --date {as_of}` runs all dates between"
        )
