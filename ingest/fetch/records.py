"""Which windows were pulled, and from where the next one begins.

``$SVERKA_HOME/pulls/<feed>/<date>.json`` says which window an extract covers and which files it has. The cursor of a
feed is not stored: it is the end of the latest window whose files have all been loaded. So it moves only after an
extract has loaded, and what was refused or lost is read again. A window of which something else was read, for other
contracts say, does not count.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from ingest.errors import IngestError, WarehouseBusyError
from ingest.feed import Feed
from ingest.fetch.base import Window, is_secret_place
from ingest.home import Home
from ingest.inbox_names import folder_date


@dataclass(frozen=True)
class PulledFile:
    """A page in the inbox."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Record:
    """One pulled extract. ``is_whole``: its day was closed when it was pulled, nothing can be added to it.

    ``reads`` tells apart what is read, see ``reads_of``.
    """

    window: Window
    files: tuple[PulledFile, ...]
    is_whole: bool
    reads: str


def end_of(day: date, timezone: str) -> datetime:
    """Midnight that starts the next day in the business time zone, in UTC."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(timezone)).astimezone(UTC)


def reads_of(feed: Feed) -> str:
    """A hash of what the feed reads: contracts, beginning and settings, without where its secrets stand."""
    assert feed.pull is not None
    settings = {key: value for key, value in feed.pull.settings.items() if not is_secret_place(value)}
    told = [sorted(feed.contracts), feed.pull.since, feed.pull.system, settings]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def read_record(home: Home, feed: str, day: date) -> Record | None:
    """What was pulled for a feed and date; None when nothing was."""
    path = home.pulls / feed / f"{day}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    start, end = (datetime.fromisoformat(content[name]) for name in ("start", "end"))
    files = tuple(PulledFile(**item) for item in content["files"])
    return Record(Window(day, start, end), files, content["is_whole"], content.get("reads", ""))


def write_record(home: Home, feed: str, record: Record) -> None:
    """Note what was pulled, complete or not at all."""
    path = home.pulls / feed / f"{record.window.day}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "start": record.window.start.isoformat(),
        "end": record.window.end.isoformat(),
        "is_whole": record.is_whole,
        "reads": record.reads,
        "files": [asdict(item) for item in record.files],
    }
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)


def read_records(home: Home, feed: str) -> list[Record]:
    """All of a feed, by date."""
    days = sorted(day for path in (home.pulls / feed).glob("*.json") if (day := folder_date(path.stem)) is not None)
    return [record for day in days if (record := read_record(home, feed, day)) is not None]


def is_loaded(record: Record, loaded: Set[tuple[date, str]]) -> bool:
    """Whether all of its files are in the warehouse."""
    return all((record.window.day, item.sha256) in loaded for item in record.files)


def cursor(records: Iterable[Record]) -> datetime | None:
    """The latest end of the windows; None without any."""
    return max((record.window.end for record in records), default=None)


def loaded_bytes(home: Home, feed: str) -> set[tuple[date, str]]:
    """(Extract date, SHA-256) of the feed's files in the warehouse. Raises WarehouseBusyError."""
    query = "select extract_date, file_sha256 from ops.load_log where feed = $feed and outcome <> 'refused'"
    return set(from_warehouse(home, query, {"feed": feed}))


def from_warehouse(home: Home, query: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """What a query finds; nothing while there is no warehouse yet. Raises WarehouseBusyError, IngestError."""
    if not home.warehouse.exists():
        return []
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            return connection.execute(query, parameters).fetchall()
    except duckdb.CatalogException:
        return []
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WarehouseBusyError(f"{home.warehouse} is held by another process. Wait for the other run.") from error
        raise IngestError(f"{home.warehouse} cannot be opened: {error}") from error
