"""`sverka check`: what the feeds' samples say, before anything lands.

A sample is the latest extract in the inbox, a file that is given, or, of a feed that is pulled and has neither, the
first page that its system answers. It is landed and loaded into a scratch home, by the code of every run: what check
says of rows, rejects and refusals is what a load would do. Nothing is written to the home; the scratch folder dies with
the check.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ingest.check_links import Link, build_ids, links_of, warnings_of_links
from ingest.check_samples import Sample, chosen_feed, given_sample, inbox_samples, pulled_sample, show_samples
from ingest.contract import Contract
from ingest.contract import contract as contract_of
from ingest.errors import Refused
from ingest.feed import Feed
from ingest.fetch.pulling import SAMPLE_DAYS
from ingest.formats.money_units import money_unit
from ingest.home import Home
from ingest.landing import Entry, read_journal
from ingest.load import FileResult, land, load
from ingest.native import unmapped_columns
from ingest.parse import Parsed, Parser, parsers
from ingest.settings import feeds, unknown_inbox_folders
from ingest.sql import identifier, literal

OTHER_ZONE = {False: "Etc/GMT+12", True: "Etc/GMT-14"}
"""A zone far from the feed's own; the second when the first is its own."""


@dataclass(frozen=True)
class Reject:
    """Why rows are rejected: how many for this reason and column, and the first of them."""

    reason: str
    column: str | None
    rows: int
    file: str
    row: int
    value: str | None


@dataclass(frozen=True)
class Money:
    """The accepted amounts of one currency, in major units; negative ones count as they are."""

    currency: str | None
    rows: int
    total: Any
    smallest: Any
    largest: Any


@dataclass
class ContractFound:
    """What of one contract the sample holds. ``filled`` gives the rows with a value, by column of the contract.

    ``never_filled`` has the columns without any, those left at their default among them. ``unmapped`` has the columns
    of the files that the contract does not know, of the format ``table`` those under a header that its options do not
    read; it is None of other native files, which do not tell what they leave unread.
    """

    contract: str
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    filled: dict[str, int] = field(default_factory=dict)
    never_filled: list[str] = field(default_factory=list)
    unmapped: list[str] | None = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """What became of one file; ``outcome`` is loaded, refused or repeat, as the load log has it, or unread."""

    name: str
    outcome: str
    reason: str | None
    message: str | None


@dataclass
class Checked:
    """One feed: its sample and what was understood. ``zone_used_by`` has the columns whose times had no offset.

    ``pull_error`` says why the system gave no sample.
    """

    feed: str
    format: str
    source_system: str
    extract_date: date | None
    time_zone: str
    is_pulled: bool = False
    pull_error: str | None = None
    zone_used_by: list[str] = field(default_factory=list)
    money_unit: str = ""
    files: list[File] = field(default_factory=list)
    contracts: list[ContractFound] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_readable(self) -> bool:
        """False when a file is refused or unread, every row is rejected, or the system gave nothing to read."""
        read = sum(item.rows_read for item in self.contracts)
        accepted = sum(item.rows_accepted for item in self.contracts)
        is_read = all(file.outcome in ("loaded", "repeat") for file in self.files)
        return is_read and (accepted > 0 or read == 0) and self.pull_error is None


@dataclass
class Report:
    """All that was checked; ``warnings`` are those of no feed."""

    feeds: list[Checked] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 fine or warnings, 1 a feed cannot be read."""
        return 0 if all(item.is_readable for item in self.feeds) else 1


def check(home: Home, feed: str | None = None, sample: Path | None = None) -> Report:
    """Try the feed, or every declared feed and every one with files. Raises ConfigurationError for wrong usage too."""
    known = feeds(home)
    chosen = chosen_feed(known, feed, sample)
    samples = inbox_samples(home, known)
    if sample is not None and chosen is not None:
        samples[chosen] = given_sample(known[chosen], sample)
    report = Report()
    with TemporaryDirectory(prefix="sverka-check-") as folder:
        scratch = Home(Path(folder) / "home", home.timezone)
        for item in [known[chosen]] if chosen else known.values():
            if item.pull is not None and item.name not in samples:
                samples[item.name] = pulled_sample(home, item, Path(folder) / "pulled" / item.name)
        show_samples(home, scratch, samples)
        landed = land(scratch, date.max)
        report.warnings += landed.problems
        results = load(scratch, date.max).files
        with duckdb.connect(str(scratch.warehouse)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            build_ids(connection, _loaded(results))
            tried = [name for name, item in known.items() if item.is_declared or name in samples]
            for name in [chosen] if chosen else tried:
                mine = [item for item in results if item.feed == name]
                report.feeds.append(_checked(connection, known[name], samples.get(name), mine))
        _find_zones(scratch, known, report)
    if chosen is None:
        report.warnings += [
            f"inbox/{name} belongs to no feed and is never read." for name in unknown_inbox_folders(home)
        ]
    return report


# ---------- one feed


def _loaded(results: Sequence[FileResult]) -> list[tuple[str, str]]:
    return sorted({(item.feed, item.contract) for item in results if item.contract and item.rows_loaded})


def _checked(
    connection: duckdb.DuckDBPyConnection, feed: Feed, sample: Sample | None, results: list[FileResult]
) -> Checked:
    found = Checked(
        feed=feed.name,
        format=feed.format,
        source_system=feed.source_system,
        extract_date=sample.extract_date if sample else None,
        time_zone=feed.timezone,
        money_unit=money_unit(feed.format, feed.decimal_comma),
        is_pulled=sample is not None and sample.is_pulled,
        pull_error=sample.pull_error if sample else None,
    )
    if found.pull_error is not None:
        return found
    if sample is None or not sample.files:
        found.warnings.append(
            f"the system has nothing of the last {SAMPLE_DAYS} days. Check the feed's `pull` in sverka.yml."
            if found.is_pulled
            else f"there is no sample. Put a file into inbox/{feed.name}/<YYYY-MM-DD>/, or give one with --sample."
        )
        return found
    for item in results:
        if item.file_name not in [file.name for file in found.files]:
            found.files.append(File(item.file_name, item.outcome, item.refusal_reason, item.message))
        if item.outcome == "repeat":
            found.warnings.append(item.message or "")
    read = {file.name for file in found.files}
    found.files += [File(path.name, "unread", None, None) for path in sample.files if path.name not in read]
    if any(file.outcome == "loaded" for file in found.files):
        for name in feed.contracts:
            found.contracts.append(_contract(connection, feed, contract_of(name), results, found.warnings))
        if not feed.is_canonical:
            loaded = [file.name for file in found.files if file.outcome == "loaded"]
            columns = [unmapped_columns(feed, path, path.name) for path in sample.files if path.name in loaded]
            unmapped = None if None in columns else sorted({name for names in columns for name in names or ()})
            for supplied in found.contracts:
                supplied.unmapped = unmapped
        empty = [supplied.contract for supplied in found.contracts if not supplied.rows_read]
        if empty:
            found.warnings.append(f"the sample has no rows of {', '.join(empty)}.")
    return found


def _contract(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    contract: Contract,
    results: list[FileResult],
    warnings: list[str],
) -> ContractFound:
    lines = [item for item in results if item.contract == contract.name]
    found = ContractFound(
        contract.name,
        rows_read=sum(item.rows_read for item in lines),
        rows_accepted=sum(item.rows_loaded for item in lines),
        rows_rejected=sum(item.rows_rejected for item in lines),
        unmapped=sorted({name for item in lines for name in item.unknown_columns}),
    )
    if found.rows_rejected:
        found.rejects = _rejects(connection, feed, contract)
        warnings.append(f"{contract.name}: {found.rows_rejected} of {found.rows_read} rows are rejected.")
    if found.rows_accepted:
        _look_at_rows(connection, feed, contract, found, warnings)
    warnings += _suggestions(contract, found)
    return found


def _look_at_rows(
    connection: duckdb.DuckDBPyConnection, feed: Feed, contract: Contract, found: ContractFound, warnings: list[str]
) -> None:
    rows = f"(select * from raw.{identifier(contract.raw_table)} where _feed = {literal(feed.name)})"
    counts = [
        f"count(nullif({identifier(column.name)}, {literal(column.default)}::{column.sql_type}))"
        if column.default is not None
        else f"count({identifier(column.name)})"
        for column in contract.columns
    ]
    key = ", ".join(identifier(name) for name in (*contract.key, "source_system"))
    values = connection.execute(f"select count(distinct ({key})), {', '.join(counts)} from {rows}").fetchone()
    assert values is not None
    by_column = dict(zip(contract.column_names, values[1:], strict=True))
    found.filled = {name: count for name, count in by_column.items() if count}
    found.never_filled = [name for name, count in by_column.items() if not count]
    repeated = found.rows_accepted - values[0]
    if repeated:
        warnings.append(
            f"{contract.name}: {repeated} rows repeat the {' and '.join(contract.key)} of another: "
            "of each only the latest version counts."
        )
    found.money = _money(connection, contract, rows)
    found.links = links_of(connection, feed.name, contract)
    warnings += warnings_of_links(connection, feed.name, contract, found.rows_accepted, found.links)


def _rejects(connection: duckdb.DuckDBPyConnection, feed: Feed, contract: Contract) -> list[Reject]:
    first = "struct_pack(file := file_name, row := row_number, value := value), (file_name, row_number)"
    found = connection.execute(
        f"select reason, column_name, count(*), arg_min({first}) from ops.rejected_rows "
        "where feed = ? and contract = ? group by reason, column_name order by 3 desc, 1, 2",
        [feed.name, contract.name],
    ).fetchall()
    return [
        Reject(reason, column or None, rows, example["file"], example["row"], example["value"])
        for reason, column, rows, example in found
    ]


def _suggestions(contract: Contract, found: ContractFound) -> list[str]:
    """Columns of the files that are named almost as one of the contract's that the files do not fill."""
    empty = [name for name in contract.column_names if name not in found.filled]
    close = {name: difflib.get_close_matches(name, empty, n=1, cutoff=0.8) for name in found.unmapped or ()}
    return [
        f"{contract.name}: the column {name!r} is not read; did you mean {match[0]}?"
        for name, match in close.items()
        if match
    ]


def _money(connection: duckdb.DuckDBPyConnection, contract: Contract, rows: str) -> list[Money]:
    amount = next((column.name for column in contract.columns if column.type == "amount"), None)
    if amount is None or "currency" not in contract.column_names:
        return []
    name = identifier(amount)
    found = connection.execute(
        f"select currency, count({name}), sum({name}), min({name}), max({name}) from {rows} group by 1 order by 1"
    ).fetchall()
    return [Money(*line) for line in found]


# ---------- time zones


def _find_zones(scratch: Home, known: dict[str, Feed], report: Report) -> None:
    """Read the samples again in another zone: the columns that change are those that the feed's zone decides."""
    journal = read_journal(scratch, date.max)
    with parsers(scratch) as (reader,), duckdb.connect(str(scratch.warehouse), read_only=True) as connection:
        for checked in report.feeds:
            feed, used = known[checked.feed], set()
            other = replace(feed, timezone=OTHER_ZONE[feed.timezone == OTHER_ZONE[False]])
            loaded = {file.name for file in checked.files if file.outcome == "loaded"}
            for entry in journal:
                if entry.feed == feed.name and entry.name in loaded:
                    for item in _parsed(reader, other, entry):
                        used |= _changed(connection, contract_of(item.contract), entry, item.good)
            checked.zone_used_by = sorted(used)


def _parsed(reader: Parser, feed: Feed, entry: Entry) -> list[Parsed]:
    try:
        return reader.parse(feed, entry)
    except Refused:
        return []


def _changed(connection: duckdb.DuckDBPyConnection, contract: Contract, entry: Entry, again: Path) -> set[str]:
    times = [column.name for column in contract.columns if column.type in ("timestamp", "date")]
    if not times:
        return set()
    differ = ", ".join(f"bool_or(a.{identifier(name)} is distinct from b.{identifier(name)})" for name in times)
    line = connection.execute(
        f"select {differ} from raw.{identifier(contract.raw_table)} as a "
        f"inner join read_parquet({literal(str(again))}) as b using (_row_number) "
        "where a._feed = ? and a._extract_date = ? and a._delivery = ?",
        [entry.feed, entry.extract_date, entry.delivery],
    ).fetchone()
    return {f"{contract.name}.{name}" for name, is_changed in zip(times, line or (), strict=bool(line)) if is_changed}
