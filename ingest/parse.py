"""One landed file to the lake: read as text, type, quarantine, mask, compare with its control, write. Stateless."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import duckdb

from ingest import lake
from ingest.canonical import UNREADABLE, open_text, unreadable
from ingest.cards import collect_cards
from ingest.contract import Contract
from ingest.contract import contract as contract_of
from ingest.control import check_control, read_control
from ingest.errors import Refused
from ingest.feed import Feed
from ingest.home import Home
from ingest.landing import Entry
from ingest.native import native_relations
from ingest.settings import contract_of_file
from ingest.sql import identifier
from ingest.typing_sql import DEPTHS, Reading, TextRelation, prepare, typed_select


@dataclass(frozen=True)
class Parsed:
    """What of one contract a file holds. ``rows_read == rows_loaded + rows_rejected``; ``good`` is its lake file."""

    contract: str
    good: Path
    rows_read: int
    rows_rejected: int
    cards_masked: int
    unknown_columns: tuple[str, ...]
    amount_total: Decimal | None

    @property
    def rows_loaded(self) -> int:
        """Rows that go to raw."""
        return self.rows_read - self.rows_rejected


class Parser:
    """Parses landed files with one DuckDB in memory; its scratch files live and die inside landing."""

    def __init__(self, home: Home, connection: duckdb.DuckDBPyConnection, work: Path) -> None:
        self.home = home
        self.connection = connection
        self.work = work

    def parse(self, feed: Feed, entry: Entry) -> list[Parsed]:
        """Write the file's good and rejected rows to the lake. Raises Refused; then nothing of it is in the lake."""
        written: list[Parsed] = []
        with TemporaryDirectory(dir=self.work) as folder:
            try:
                written.extend(self._contracts(feed, entry, Path(folder)))
                self._check_control(entry, written)
            except BaseException:
                for item in written:
                    lake.remove(item.good)
                    lake.remove(lake.rejects_file(item.good))
                raise
        return written

    def _contracts(self, feed: Feed, entry: Entry, work: Path) -> Iterator[Parsed]:
        path, name = self.home.landed(entry.sha256), contract_of_file(feed, entry.name)
        if name is not None:
            yield self._canonical(feed, entry, path, contract_of(name), work)
        elif feed.is_canonical:
            raise Refused(
                "unparsable",
                f"{entry.name}: the feed {feed.name} supplies several contracts, so its files are named after them: "
                f"{', '.join(f'{item}.csv' for item in feed.contracts)}.",
            )
        else:
            for contract_name, text in native_relations(feed, path, entry.name, work).items():
                contract = contract_of(contract_name)
                self._type(contract, text, Reading(feed.timezone), feed.source_system)
                yield self._write(contract, entry, text, ())

    def _canonical(self, feed: Feed, entry: Entry, path: Path, contract: Contract, work: Path) -> Parsed:
        file = open_text(self.connection, path, entry.name, contract, feed.encoding, work)
        text = file.relation
        try:
            self._type(contract, text, _reading(feed, text), feed.source_system)
        except UNREADABLE as error:
            if file.repaired is None:
                raise unreadable(self.home.landed(entry.sha256), entry.name, error) from error
            text = file.repaired()
            self._retype(contract, text, feed, entry)
        known = {*contract.column_names, "source_system", ""}
        return self._write(contract, entry, text, tuple(name for name in file.names if name not in known))

    def _retype(self, contract: Contract, text: TextRelation, feed: Feed, entry: Entry) -> None:
        try:
            self._type(contract, text, _reading(feed, text), feed.source_system)
        except UNREADABLE as error:
            raise unreadable(self.home.landed(entry.sha256), entry.name, error) from error

    def _type(self, contract: Contract, text: TextRelation, reading: Reading, source_system: str) -> None:
        """Make the table ``typed``; only a file with rows that a depth cannot vouch for is read at the next."""
        for depth in DEPTHS:
            select = typed_select(contract, text, reading, source_system, depth)
            self.connection.execute(f"create or replace table typed as {select}").fetchall()
            suspicious = self.connection.execute("select count(_fault) from typed").fetchone()
            if suspicious == (0,):
                break

    def _write(self, contract: Contract, entry: Entry, text: TextRelation, unknown: tuple[str, ...]) -> Parsed:
        row = "typed._row_number" if text.is_numbered else "typed.rowid + 1"
        has_amount = "amount" in contract.column_names
        total = "coalesce(sum(amount), 0)" if has_amount else "null"
        counts = self.connection.execute(f"select count(*), count(_fault), {total} from typed").fetchone()
        assert counts is not None
        good = lake.lake_file(self.home, contract.name, entry)
        free_text = [column.name for column in contract.columns if column.is_free_text]
        searched = [*map(identifier, free_text), *(["_fault.value"] if counts[1] else [])]
        masks: dict[str, str] = {}
        cards_masked = 0
        if collect_cards(self.connection, "typed", searched):
            masks = {name: _masked(identifier(name)) for name in free_text}
            cards_masked = self._count_cards(free_text)
        if counts[1]:
            lake.write_rejects(self.connection, contract, entry, good, _masked("_fault.value"), row)
        else:
            lake.remove(lake.rejects_file(good))
        lake.write_rows(self.connection, contract, entry, good, masks, row)
        return Parsed(contract.name, good, counts[0], counts[1], cards_masked, unknown, counts[2])

    def _count_cards(self, free_text: list[str]) -> int:
        """Cards in what is stored: the free text of good rows and the values of rejected ones."""
        stored = [f"select {identifier(name)} as text from typed where _fault is null" for name in free_text]
        stored.append("select _fault.value as text from typed where _fault is not null")
        found = self.connection.execute(
            f"select coalesce(sum(hits), 0) from ({' union all '.join(stored)}) inner join cards using (text)"
        ).fetchone()
        return int(found[0]) if found else 0

    def _check_control(self, entry: Entry, parsed: list[Parsed]) -> None:
        if entry.control_sha256 is None:
            return
        control = read_control(self.home.landed(entry.control_sha256), entry.name)
        amounts = [item.amount_total for item in parsed if item.amount_total is not None]
        total = sum(amounts, Decimal(0)) if amounts else None
        check_control(control, entry.name, sum(item.rows_read for item in parsed), total)


@contextmanager
def parsers(home: Home, count: int = 1) -> Iterator[list[Parser]]:
    """Parsers of a home's files, each for one thread. Scratch space lies in landing, where unmasked data may be."""
    scratch = home.landing / ".work"
    rmtree(scratch, ignore_errors=True)
    opened: list[Parser] = []
    try:
        for number in range(count):
            work = scratch / str(number)
            work.mkdir(parents=True)
            opened.append(Parser(home, duckdb.connect(config={"temp_directory": str(work / "spill")}), work))
            opened[-1].connection.execute("set TimeZone = 'UTC'")
            prepare(opened[-1].connection)
        yield opened
    finally:
        for item in opened:
            item.connection.close()
        rmtree(scratch, ignore_errors=True)


def _reading(feed: Feed, text: TextRelation) -> Reading:
    return Reading(feed.timezone, feed.decimal_comma, text.decimal_dot)


def _masked(text: str) -> str:
    return f"coalesce((select max(masked) from cards where cards.text = {text}), {text})"
