"""The one way to read what was published: a short-lived, read-only connection.

Nothing here opens the warehouse, so readers never wait for a run and a run never waits for readers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]

#: Marts that always carry the date they were published for; several, because each may be empty on a quiet day.
_DATED_MARTS = ("fct_source_coverage", "fct_daily_summary", "fct_exceptions", "fct_payment_reconciliation")


class PublishedHome(Protocol):
    """The part of `ingest.settings.Home` that readers need."""

    @property
    def published_database(self) -> Path: ...

    @property
    def reports(self) -> Path: ...


class NothingPublishedError(Exception):
    """There is no published database yet."""


class WrongDateError(Exception):
    """A date was asked for that the published database does not hold."""


@contextmanager
def published(home: PublishedHome) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to `published/sverka.duckdb`; raises NothingPublishedError when there is none."""
    import duckdb

    path = home.published_database
    if not path.is_file():
        raise NothingPublishedError(f"Nothing is published yet: {path} does not exist. Run `sverka run` first.")
    connection = duckdb.connect(str(path), read_only=True)
    try:
        yield connection
    finally:
        connection.close()


def fetch(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """All rows of a query as dicts: DECIMAL as Decimal, DATE as date, TIMESTAMP as naive UTC datetime, LIST as list."""
    result = connection.execute(sql, list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def columns(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, list[str]]:
    """Map each table to its column names in order, views included."""
    found = fetch(
        connection,
        "select table_name, column_name from information_schema.columns"
        " where table_schema = ? order by table_name, ordinal_position",
        [schema],
    )
    tables: dict[str, list[str]] = {}
    for row in found:
        tables.setdefault(row["table_name"], []).append(row["column_name"])
    return tables


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def last_published_date(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The business date the published marts stand for; None when nothing in them carries a date."""
    known = columns(connection, "marts")
    dated = [mart for mart in _DATED_MARTS if mart in known]
    if not dated:
        return None
    union = " union all ".join(f"select max(as_of_date) as d from marts.{quoted(mart)}" for mart in dated)
    latest: date | None = fetch(connection, f"select max(d) as d from ({union})")[0]["d"]
    return latest


def business_timezone(home: PublishedHome) -> str:
    """The business time zone: the home's own, else SVERKA_TIMEZONE, else Asia/Yerevan."""
    return getattr(home, "timezone", None) or os.environ.get("SVERKA_TIMEZONE") or "Asia/Yerevan"
