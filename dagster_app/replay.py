"""A past date rebuilt from raw with the present models and seeds, into a database of its own.

"What did we know on D", and "what would this tolerance have said on D". Neither the warehouse nor what is published is
touched, and no run is recorded.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_app import dbt_build, lock, publish
from dagster_app.errors import BadRequestError
from dagster_app.order import last_published
from dagster_app.progress import progress
from ingest.settings import Home, extract_dates, feeds
from ingest.sql import identifier, literal
from ingest.warehouse import open_warehouse

INGESTED = ("raw", "ops")
DATES = ("_extract_date", "extract_date")
"""The column that dates a row of raw or ops."""

Build = Callable[[Path, str, str, Callable[[dict[str, Any]], None]], list[dbt_build.NodeFailure]]


@dataclass(frozen=True)
class Replay:
    """A rebuilt date: its database, its tables and rows, and the seconds it took."""

    as_of: date
    database: Path
    tables: int
    rows: int
    seconds: float


def replay(home: Home, as_of: date, into: Path | None = None, build: Build = dbt_build.build) -> Replay:
    """Rebuild a date into `into`, by default `<home>/replays/<date>.duckdb`, which an earlier replay may hold.

    Raises BadRequestError for a date that cannot be rebuilt, RunLockedError while a run works, and TransformError when
    a model or a test fails: then no database is left.
    """
    check_date(home, as_of)
    target = _target(home, as_of, into)
    started = time.monotonic()
    progress.start(as_of.isoformat())
    with _scratch(home, as_of) as scratch:
        progress.step("replay", "copying what was delivered")
        dbt_build.manifest()
        copy_history(home, scratch, as_of, dbt_build.by_day())
        progress.step("models", "building and testing")
        failures = build(scratch.path, as_of.isoformat(), home.timezone, _tell)
        if failures:
            raise dbt_build.TransformError(_explain(as_of, failures))
        progress.step("publish", f"writing {target}")
        publication = publish.publish(scratch.warehouse, target, dbt_build.tables())
    seconds = round(time.monotonic() - started, 1)
    return Replay(as_of, target, len(publication.rows), sum(publication.rows.values()), seconds)


def check_date(home: Home, as_of: date) -> None:
    """Refuse a date without anything to rebuild. Raises BadRequestError."""
    last, first = last_published(home), min(extract_dates(home), default=None)
    if last is None or first is None:
        raise BadRequestError("nothing was published yet, so there is no past to replay; `sverka run` comes first")
    if as_of > last:
        raise BadRequestError(f"{as_of} is after the last published date, {last}: `sverka run --date {as_of}` runs it")
    if as_of < first:
        raise BadRequestError(f"no extract is dated {as_of} or before; the first one is of {first}")
    if not home.warehouse.is_file():
        raise BadRequestError(f"{home.warehouse} is not there; `sverka run` rebuilds it from landing")


def _target(home: Home, as_of: date, into: Path | None) -> Path:
    if into is None:
        return home.replays / f"{as_of}.duckdb"
    target = into.absolute()
    if target.exists():
        raise BadRequestError(f"{target} is there already: remove it or choose another file")
    if not target.parent.is_dir():
        raise BadRequestError(f"{target.parent} is no folder")
    return target


@contextmanager
def _scratch(home: Home, as_of: date) -> Iterator[Home]:
    """A home of its own for the build, gone afterwards; what a killed replay of the date left is removed first."""
    folder = home.replays / f".{as_of}.scratch"
    home.replays.mkdir(parents=True, exist_ok=True)
    with lock.hold_file(home.replays / f".{as_of}.lock", f"another replay of {as_of} is working; wait until it ends"):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            yield Home(folder, home.timezone)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def copy_history(home: Home, scratch: Home, as_of: date, by_day: list[publish.Relation]) -> None:
    """Fill the scratch warehouse: what was delivered for dates up to the date, and what earlier days left by day.

    The run's lock is held meanwhile: a run that starts then says so. Raises RunLockedError.
    """
    with lock.hold(home.path), open_warehouse(scratch) as connection:
        try:
            connection.execute(f"attach {literal(str(home.warehouse))} as source (read_only)").fetchall()
        except duckdb.IOException as error:
            raise lock.RunLockedError(
                f"{home.warehouse} is held by another process: close what has it open, then replay again"
            ) from error
        known = _columns(connection, "source")
        for (schema, table), columns in _columns(connection, "warehouse").items():
            if schema in INGESTED and (schema, table) in known:
                _copy_rows(connection, schema, table, [name for name in columns if name in known[schema, table]], as_of)
        for schema, table in by_day:
            if "as_of_date" in known.get((schema, table), ()):
                _copy_days(connection, schema, table, as_of)
        _forget_later_feeds(connection, home)
        connection.execute("detach source").fetchall()


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[publish.Relation, list[str]]:
    found: dict[publish.Relation, list[str]] = {}
    query = (
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = ? and not internal order by schema_name, table_name, column_index"
    )
    for schema, table, column in connection.execute(query, [catalog]).fetchall():
        found.setdefault((schema, table), []).append(column)
    return found


def _copy_rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: list[str], as_of: date) -> None:
    names = ", ".join(identifier(name) for name in columns)
    dated = [name for name in DATES if name in columns]
    condition = f" where {dated[0]} <= date '{as_of}'" if dated else ""
    path = f"{schema}.{identifier(table)}"
    connection.execute(f"insert into {path} ({names}) select {names} from source.{path}{condition}").fetchall()


def _copy_days(connection: duckdb.DuckDBPyConnection, schema: str, table: str, as_of: date) -> None:
    path = f"{identifier(schema)}.{identifier(table)}"
    connection.execute(f"create schema if not exists {identifier(schema)}").fetchall()
    connection.execute(
        f"create table {path} as select * from source.{path} where as_of_date < date '{as_of}'"
    ).fetchall()


def _forget_later_feeds(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Leave out undeclared feeds that had not delivered anything by then: the warehouse did not know of them."""
    declared = [feed.name for feed in feeds(home).values() if feed.is_declared]
    for table in ("feeds", "feed_contracts", "feed_settings"):
        connection.execute(
            f"delete from ops.{table} where not list_contains(?::varchar[], feed)"
            " and feed not in (select feed from ops.load_log)",
            [declared],
        ).fetchall()


def _tell(event: dict[str, Any]) -> None:
    data = event["data"]
    progress.detail("models", f"{data.get('index')}/{data.get('total') or data.get('num_models')}")


def _explain(as_of: date, failures: list[dbt_build.NodeFailure]) -> str:
    """The failures without the paths of their queries, which went with the scratch warehouse."""
    lines = [replace(failure, compiled_file="").describe() for failure in failures]
    head = f"{as_of} could not be replayed with the present models and seeds; nothing was written:"
    return "\n  ".join([head, *lines])
