"""Ingest: ``land`` copies the inbox to landing, ``load`` brings what landed through the lake into the warehouse.

Both can be killed anywhere and run again. The journal of landing and ``sverka.yml`` alone say what the lake and the
warehouse hold: ``load`` takes from the journal whatever the load log does not have.
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue

import duckdb

from ingest import lake, warehouse
from ingest.contract import contract as contract_of
from ingest.errors import Refused
from ingest.feed import Feed
from ingest.home import Home
from ingest.landing import Entry, LandingReport, land_files, read_journal
from ingest.parse import Parsed, Parser, parsers
from ingest.settings import contract_of_file, feeds

Progress = Callable[[str], None]

PARSERS = 2
"""How many files are parsed at once: a small file keeps one processor busy, whatever DuckDB may use."""

ROWS_AT_ONCE = 500_000
"""Extracts are loaded in transactions of at least so many rows: a small insert costs as much as a large one."""


@dataclass(frozen=True)
class FileResult:
    """What became of one landed file for one contract, as the load log has it. ``contract`` is None when unknown."""

    feed: str
    contract: str | None
    extract_date: date
    file_name: str
    delivery: int
    outcome: str
    refusal_reason: str | None = None
    message: str | None = None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    cards_masked: int = 0
    unknown_columns: tuple[str, ...] = ()


@dataclass
class Counts:
    """Sums over the files of one feed and contract."""

    files: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    refused: int = 0


@dataclass
class LoadReport:
    """What a load did; ``problems`` are sentences for people."""

    files: list[FileResult] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def refused(self) -> list[FileResult]:
        """The files of which nothing was loaded, each with reason and message."""
        return [item for item in self.files if item.outcome == "refused"]

    @property
    def counts(self) -> dict[tuple[str, str | None], Counts]:
        """Counts by (feed, contract)."""
        result: dict[tuple[str, str | None], Counts] = {}
        for item in self.files:
            counts = result.setdefault((item.feed, item.contract), Counts())
            counts.files += 1
            counts.rows_read += item.rows_read
            counts.rows_loaded += item.rows_loaded
            counts.rows_rejected += item.rows_rejected
            counts.refused += item.outcome == "refused"
        return result

    def summary(self) -> str:
        """One line for people."""
        if not self.files:
            return "nothing to load: everything that landed is in the warehouse"
        loaded, rejected = (
            sum(getattr(item, name) for item in self.files) for name in ("rows_loaded", "rows_rejected")
        )
        return f"{len(self.files)} files: {loaded} rows loaded, {rejected} rejected; {len(self.refused)} files refused"


def land(home: Home, as_of: date, progress: Progress | None = None) -> LandingReport:
    """Copy the inbox's extracts up to ``as_of`` to landing. Raises ConfigurationError."""
    return land_files(home, as_of, progress)


def load(home: Home, as_of: date, progress: Progress | None = None) -> LoadReport:
    """Load what landed up to ``as_of`` and is not in the warehouse: an extract (feed and date) whole or not at all.

    A refused file leaves a line in the load log and the run goes on. Raises ConfigurationError, WarehouseBusyError.
    """
    declared, report = feeds(home), LoadReport()
    journal = read_journal(home, as_of)
    with warehouse.open_warehouse(home) as connection:
        pending = _pending(connection, declared, journal)
        unknown = sorted({entry.feed for entry in pending if entry.feed not in declared})
        report.problems.extend(
            f"the feed {name} has landed files but is no longer in sverka.yml; they wait until it is declared again."
            for name in unknown
        )
        pending = [entry for entry in pending if entry.feed in declared]
        if pending:
            with parsers(home, PARSERS) as readers:
                loader = _Loader(connection, readers, datetime.now(UTC).replace(tzinfo=None), progress)
                grouped = groupby(pending, key=lambda entry: (entry.extract_date, entry.feed))
                extracts = ((declared[name], list(entries)) for (_, name), entries in grouped)
                report.files.extend(loader.load_extracts(extracts))
        with warehouse.transaction(connection):
            _write_feeds(connection, declared, {entry.feed for entry in journal})
    return report


ParsedEntry = tuple[Entry, list[FileResult], list[Parsed]]
"""A landed file, its lines of the load log, and what of it is in the lake."""


class _Loader:
    """Loads extracts into an open warehouse in their order, while threads parse the next ones."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        readers: list[Parser],
        loaded_at: datetime,
        progress: Progress | None,
    ) -> None:
        self.connection = connection
        self.idle: SimpleQueue[Parser] = SimpleQueue()
        for reader in readers:
            self.idle.put(reader)
        self.workers = len(readers)
        self.loaded_at = loaded_at
        self.progress = progress

    def load_extracts(self, extracts: Iterable[tuple[Feed, list[Entry]]]) -> Iterator[FileResult]:
        """Parse the pending files of each feed and date, then load them, some extracts to a transaction."""
        ahead: deque[Future[list[ParsedEntry]]] = deque()
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                for batch in _batches(self._parsed(pool, ahead, extracts)):
                    yield from self._store(batch)
            finally:
                for waiting in ahead:
                    waiting.cancel()

    def _parsed(
        self,
        pool: ThreadPoolExecutor,
        ahead: deque[Future[list[ParsedEntry]]],
        extracts: Iterable[tuple[Feed, list[Entry]]],
    ) -> Iterator[list[ParsedEntry]]:
        """Each extract's files in order, the next ones being parsed meanwhile."""
        for feed, entries in extracts:
            ahead.append(pool.submit(self._parse, feed, entries, self._loaded_bytes(entries[0])))
            if len(ahead) > self.workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    def _parse(self, feed: Feed, entries: list[Entry], known: set[tuple[str, str | None]]) -> list[ParsedEntry]:
        results: list[ParsedEntry] = []
        reader = self.idle.get()
        try:
            for entry in entries:
                identity = (entry.sha256, contract_of_file(feed, entry.name))
                if identity in known:
                    results.append((entry, [_repeat(feed, entry)], []))
                    continue
                try:
                    parsed = reader.parse(feed, entry)
                except Refused as refusal:
                    results.append((entry, [_refused(feed, entry, refusal)], []))
                else:
                    known.add(identity)
                    results.append((entry, [_loaded(entry, item) for item in parsed], parsed))
        finally:
            self.idle.put(reader)
        return results

    def _store(self, results: list[ParsedEntry]) -> Iterator[FileResult]:
        with warehouse.transaction(self.connection):
            self._write(results)
        for entry, files, _ in results:
            if self.progress:
                self.progress(f"read {entry.feed}/{entry.extract_date}/{entry.name}")
            yield from files

    def _loaded_bytes(self, entry: Entry) -> set[tuple[str, str | None]]:
        """(SHA-256, contract) of what this feed and date already has; contract None for native formats."""
        rows = self.connection.execute(
            "select file_sha256, contract from ops.load_log where feed = ? and extract_date = ? and outcome = 'loaded'",
            [entry.feed, entry.extract_date],
        ).fetchall()
        return {(sha256, name) for sha256, contract in rows for name in (contract, None)}

    def _write(self, results: list[ParsedEntry]) -> None:
        keys = [(entry.feed, entry.extract_date, entry.delivery) for entry, _, _ in results]
        warehouse.remove(self.connection, "load_log", ("feed", "extract_date", "delivery"), keys)
        latest = {(entry.feed, entry.extract_date, entry.name): entry for entry, _, parsed in results if parsed}
        warehouse.remove(self.connection, "rejected_rows", ("feed", "extract_date", "file_name"), list(latest))
        items = [item for _, _, parsed in results for item in parsed]
        good: dict[str, list[Path]] = {}
        for item in items:
            if item.rows_loaded:
                good.setdefault(item.contract, []).append(item.good)
        for name, files in good.items():
            warehouse.insert_rows(self.connection, contract_of(name), files, self.loaded_at)
        current = [item for entry, _, parsed in results if entry in latest.values() for item in parsed]
        rejects = [lake.rejects_file(item.good) for item in current if item.rows_rejected]
        if rejects:
            warehouse.insert_rejects(self.connection, rejects)
        log = [_log_row(entry, line, self.loaded_at) for entry, lines, _ in results for line in lines]
        warehouse.insert_values(self.connection, "load_log", log)


def _batches(extracts: Iterable[list[ParsedEntry]]) -> Iterator[list[ParsedEntry]]:
    """Extracts together until they have ROWS_AT_ONCE rows."""
    batch: list[ParsedEntry] = []
    rows = 0
    for extract in extracts:
        batch += extract
        rows += sum(item.rows_loaded for _, _, parsed in extract for item in parsed)
        if rows >= ROWS_AT_ONCE:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def _pending(connection: duckdb.DuckDBPyConnection, declared: dict[str, Feed], journal: list[Entry]) -> list[Entry]:
    """Entries without a line in the load log, and refused ones whose feed is declared differently since."""
    logged = {
        (feed, extract_date, delivery): outcome
        for feed, extract_date, delivery, outcome in connection.execute(
            "select feed, extract_date, delivery, outcome from ops.load_log"
        ).fetchall()
    }
    settings = dict(connection.execute("select feed, fingerprint from ops.feed_settings").fetchall())
    changed = {name for name, feed in declared.items() if settings.get(name) != fingerprint(feed)}

    def is_pending(entry: Entry) -> bool:
        outcome = logged.get((entry.feed, entry.extract_date, entry.delivery))
        return outcome is None or (outcome == "refused" and entry.feed in changed)

    return [entry for entry in journal if is_pending(entry)]


def fingerprint(feed: Feed) -> str:
    """A hash of all that decides how a feed's files are read."""
    declared = asdict(replace(feed, pull=None))
    return hashlib.sha256(json.dumps(declared, sort_keys=True, default=str).encode("utf-8")).hexdigest()


def _write_feeds(connection: duckdb.DuckDBPyConnection, declared: dict[str, Feed], landed: set[str]) -> None:
    shown = [feed for feed in declared.values() if feed.is_declared or feed.name in landed]
    warehouse.replace_table(
        connection,
        "feeds",
        [(feed.name, feed.source_system, feed.format, feed.expected, feed.until) for feed in shown],
    )
    warehouse.replace_table(
        connection, "feed_contracts", [(feed.name, contract) for feed in shown for contract in feed.contracts]
    )
    warehouse.replace_table(connection, "feed_settings", [(feed.name, fingerprint(feed)) for feed in shown])


def _base(entry: Entry, contract: str | None, outcome: str) -> FileResult:
    return FileResult(entry.feed, contract, entry.extract_date, entry.name, entry.delivery, outcome)


def _named_contract(feed: Feed, entry: Entry) -> str | None:
    return contract_of_file(feed, entry.name) or (feed.contracts[0] if len(feed.contracts) == 1 else None)


def _repeat(feed: Feed, entry: Entry) -> FileResult:
    message = f"{entry.name}: the same bytes were already loaded for {entry.feed} on {entry.extract_date}; skipped."
    return FileResult(**{**asdict(_base(entry, _named_contract(feed, entry), "repeat")), "message": message})


def _refused(feed: Feed, entry: Entry, refusal: Refused) -> FileResult:
    base = asdict(_base(entry, _named_contract(feed, entry), "refused"))
    return FileResult(**{**base, "refusal_reason": refusal.reason, "message": refusal.message})


def _loaded(entry: Entry, parsed: Parsed) -> FileResult:
    told = {
        "rows_read": parsed.rows_read,
        "rows_loaded": parsed.rows_loaded,
        "rows_rejected": parsed.rows_rejected,
        "cards_masked": parsed.cards_masked,
        "unknown_columns": parsed.unknown_columns,
    }
    return FileResult(**{**asdict(_base(entry, parsed.contract, "loaded")), **told})


def _log_row(entry: Entry, item: FileResult, loaded_at: datetime) -> list[object]:
    values = asdict(item) | {
        "file_sha256": entry.sha256,
        "control_sha256": entry.control_sha256,
        "unknown_columns": ", ".join(item.unknown_columns) or None,
        "loaded_at": loaded_at,
    }
    return [values[name] for name in warehouse.OPERATIONS["load_log"]]
