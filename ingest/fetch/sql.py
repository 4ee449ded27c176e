"""A database, PostgreSQL or MySQL (MariaDB), by a query for each contract: what changed within the window.

Each query becomes one CSV file, named after its contract. All queries of a pull see one snapshot, in a transaction that
may only read. Rows are streamed: neither the driver nor this module ever holds a whole result.

``:start`` and ``:end`` must compare rightly with columns that know their time zone and with ones that do not:

- PostgreSQL compares ``timestamptz`` with both kinds, taking the session's time zone for ``timestamp``. The session has
  the feed's.
- MySQL has DATETIME and TIMESTAMP, and compares both as wall-clock times of the session. Its session has the feed's
  offset at the end of the window: as an offset, since a server need not know the names of zones. When the clocks
  changed within the window, the earlier of the two readings of its start is taken, so that nothing is left out.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ingest.fetch.base import Page, Pull, PullError
from ingest.fetch.queries import check_queries, marked

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult

FORMATS = ("canonical", "table")
NEEDS = ("url", "queries")
TAKES = ()
SECRETS = ("url",)
OVERLAP_DAYS = 1
IS_DROP = False

DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
ROWS_AT_ONCE = 1000
"""Also what a sample has of each query."""
CONNECT_SECONDS = 30
ANSWER_SECONDS = 900
"""How long MySQL may be silent; PostgreSQL is asked whether it is still there."""
OVER_TIME = frozenset({"57014", 1969, 3024})
"""A statement was stopped: PostgreSQL, MariaDB, MySQL."""
NOT_LET_IN = frozenset({1044, 1045, 1698})
"""MySQL: no right to the database, wrong password, no login by password."""


def check(contracts: tuple[str, ...], settings: dict[str, object]) -> None:
    """Raises OptionFault for queries that cannot be."""
    check_queries(contracts, settings["queries"])


def pages(pull: Pull) -> Iterator[Page]:
    """The result of each query as ``<contract>.csv``."""
    if pull.feed.encoding not in (None, "utf-8") or pull.feed.decimal_comma:
        raise PullError(
            "rows of a database come as UTF-8 with a decimal dot: remove the feed's `encoding` and `decimal_comma`."
        )
    queries = pull.settings["queries"]
    assert isinstance(queries, dict)
    with _connected(pull) as connection:
        for contract in pull.feed.contracts:
            pull.progress(contract)
            yield Page(f"{contract}.csv", _csv(pull, connection, contract, queries[contract]))


# ---------- the connection


@contextmanager
def _connected(pull: Pull) -> Iterator["Connection"]:
    """A connection in its snapshot. Raises PullError."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    url = _url(pull)
    is_mysql = url.get_backend_name() == "mysql"
    timeouts = {"read_timeout": ANSWER_SECONDS} if is_mysql else {"keepalives_idle": 60, "keepalives_interval": 10}
    arguments = {"connect_timeout": CONNECT_SECONDS, **timeouts}
    try:
        connection = create_engine(url, poolclass=NullPool, connect_args=arguments).connect()
    except DBAPIError as error:
        raise PullError(_refusal(pull, url, error)) from None
    except (TypeError, ValueError) as error:
        raise PullError(f"the address in {pull.settings['url']} has what its driver does not know: {error}.") from None
    with connection:
        try:
            for statement in _opening_of_mysql(pull) if is_mysql else _opening_of_postgresql(pull):
                connection.exec_driver_sql(statement)
        except DBAPIError as error:
            raise PullError(f"{_shown(url)} does not begin a transaction that only reads: {_reason(error)}.") from None
        yield connection


def _url(pull: Pull) -> "URL":
    """The address, with the driver that is here. Raises PullError; it may not be shown, it has the password."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(pull.text("url"))
    except (ArgumentError, ValueError):
        raise PullError(
            f"what stands in {pull.settings['url']} is no address: write postgresql://user:password@host:port/database "
            "or mysql://…, with %40 for an @ in the password."
        ) from None
    driver = DRIVERS.get(url.drivername, url.drivername)
    if driver not in DRIVERS.values():
        raise PullError(f"{pull.settings['url']} is of {url.drivername}; only postgresql:// and mysql:// can be read.")
    if url.password:
        pull.learned.append(url.password)
    return url.set(drivername=driver)


def _opening_of_postgresql(pull: Pull) -> list[str]:
    return [
        "set transaction isolation level repeatable read, read only",
        f"set local time zone '{pull.feed.timezone}'",
    ]


def _opening_of_mysql(pull: Pull) -> list[str]:
    return [
        "set session transaction isolation level repeatable read",
        f"set session time_zone = '{_mysql_end(pull).isoformat()[-6:]}'",
        *([f"set session sql_select_limit = {ROWS_AT_ONCE}"] if pull.is_sample else []),
        "start transaction with consistent snapshot, read only",
    ]


def _refusal(pull: Pull, url: "URL", error: Any) -> str:
    """Why there is no connection, and where the password stands that may be wrong."""
    place, reason = pull.settings["url"], _reason(error)
    connection = getattr(error.orig, "pgconn", None)
    asked = connection is not None and (connection.used_password or connection.needs_password)
    if asked or not NOT_LET_IN.isdisjoint(error.orig.args):
        return f"{_shown(url)} does not let {url.username} in: {reason}. User and password stand in {place}."
    return f"{_shown(url)} cannot be reached: {reason}. Its address stands in {place}."


def _shown(url: "URL") -> str:
    """The address without user, password and parameters."""
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{url.host or ''}{port}/{url.database or ''}"


def _reason(error: Any) -> str:
    """What the database says, in one line, without the query."""
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    said = said or (error.orig.args[-1] if error.orig.args else error.orig)
    return " ".join(str(said).split()).rstrip(".")


# ---------- the queries


def _csv(pull: Pull, connection: "Connection", contract: str, query: str) -> Iterator[bytes]:
    """The rows as CSV with a header. Raises PullError, which names the contract."""
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    connection = connection.execution_options(yield_per=ROWS_AT_ONCE)
    try:
        with connection.execute(text(marked(query)), _limits(pull, connection)) as result:
            yield from _chunks(pull, contract, result)
    except DBAPIError as error:
        raise PullError(f"{contract}: {_failure(error)}") from None
    except SQLAlchemyError as error:
        raise PullError(f"{contract}: the query gives no rows: {error}.") from None


def _failure(error: Any) -> str:
    if not OVER_TIME.isdisjoint({getattr(error.orig, "sqlstate", None), *error.orig.args}):
        return (
            f"the database stops the query for the time it takes ({_reason(error)}). Give the column of its window an "
            "index, or the user more time."
        )
    return f"the query fails: {_reason(error)}."


def _limits(pull: Pull, connection: "Connection") -> dict[str, datetime]:
    """``:start`` and ``:end`` as the database compares them."""
    if connection.dialect.name == "postgresql":
        return {"start": pull.window.start, "end": pull.window.changed_until}
    end = _mysql_end(pull)
    start = pull.window.start.astimezone(ZoneInfo(pull.feed.timezone))
    same_clock = start.astimezone(end.tzinfo)
    return {"start": min(start.replace(tzinfo=None), same_clock.replace(tzinfo=None)), "end": end.replace(tzinfo=None)}


def _mysql_end(pull: Pull) -> datetime:
    """The end of the window, at the feed's offset of then."""
    local = pull.window.changed_until.astimezone(ZoneInfo(pull.feed.timezone))
    return local.astimezone(timezone(local.utcoffset() or timedelta()))


def _chunks(pull: Pull, contract: str, result: "CursorResult[Any]") -> Iterator[bytes]:
    names = list(result.keys())
    zones = _zones(pull, result)
    yield written([names])
    for some in result.partitions(ROWS_AT_ONCE):
        yield written([_texts(contract, names, zones, row) for row in some])
        if pull.is_sample:
            return


def _zones(pull: Pull, result: "CursorResult[Any]") -> list[Any]:
    """For each column the zone of its times that do not say it: MySQL gives TIMESTAMP in that of the session."""
    if result.context.dialect.name == "postgresql":
        return [None] * len(result.keys())
    from pymysql.constants.FIELD_TYPE import TIMESTAMP

    assert result.cursor is not None
    zone = _mysql_end(pull).tzinfo
    return [zone if column[1] == TIMESTAMP else None for column in result.cursor.description]


def _texts(contract: str, names: Sequence[str], zones: Sequence[Any], row: Sequence[Any]) -> list[str]:
    texts = []
    for name, zone, value in zip(names, zones, row, strict=True):
        is_bare = zone is not None and isinstance(value, datetime)
        try:
            texts.append(canonical_text(value.replace(tzinfo=zone) if is_bare else value))
        except TypeError:
            raise PullError(
                f"{contract}: the column {name} is of a type that is no text, number or time "
                f"({type(value).__name__}). Leave it out, or make text of it in the query."
            ) from None
    return texts


def canonical_text(value: Any) -> str:
    """A value of a database as canonical files have it; NULL is empty. Raises TypeError for bytes and nested values."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case int() | UUID():
            return str(value)
        case float():
            return repr(value)
        case datetime() | date() | time():
            return value.isoformat()
    raise TypeError(type(value).__name__)


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows of a CSV file."""
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerows(rows)
    return target.getvalue().encode("utf-8")
