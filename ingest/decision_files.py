"""Every delivered record of ``manual.decisions``, from the inbox and from landing, as it was written.

Read apart from the loader, which keeps only the contract's columns: the hash chain is about the bytes that were given.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingest.feed import Feed
from ingest.home import Home
from ingest.inbox_names import folder_date, is_data
from ingest.landing import read_journal_of
from ingest.settings import contract_of_file, feeds

CONTRACT = "manual.decisions"
OWN_NAME = re.compile(r"D-\d{8}-[0-9a-f]{8}\.\d+\.ndjson", re.ASCII)
"""How `sverka decide` names its files."""


@dataclass(frozen=True)
class Record:
    """One record: its fields as written, the extract date it was delivered for, and the file and row to look at."""

    values: dict[str, Any]
    extract_date: date
    file: str
    row: int

    @property
    def where(self) -> str:
        """The place for people."""
        return self.file if self.row == 1 else f"{self.file}, row {self.row}"


@dataclass(frozen=True)
class _File:
    feed: str
    extract_date: date
    name: str
    path: Path
    shown: str


def read_records(home: Home) -> tuple[list[Record], list[str]]:
    """All records by extract date and file, each file's bytes once; and what cannot be read, a sentence each."""
    records: list[Record] = []
    problems: list[str] = []
    seen: set[tuple[str, date, str]] = set()
    for feed in _feeds(home):
        # The inbox first: a file that is landed and cleaned away meanwhile is then found at least once.
        for file in [*_waiting(home, feed), *_landed(home, feed)]:
            try:
                content = file.path.read_bytes()
            except OSError:
                if file.path.is_relative_to(home.landing):
                    problems.append(f"{file.shown} is missing from landing")
                continue
            identity = (file.feed, file.extract_date, hashlib.sha256(content).hexdigest())
            if identity in seen:
                continue
            seen.add(identity)
            try:
                rows = list(_rows(file, content))
            except ValueError as error:
                # Anything else that cannot be read never became a decision: the loader refuses it and says so.
                if OWN_NAME.fullmatch(file.name):
                    problems.append(f"{file.shown} cannot be read any more: {error}")
                continue
            records.extend(Record(row, file.extract_date, file.shown, number) for number, row in enumerate(rows, 1))
    return sorted(records, key=lambda record: (record.extract_date, record.file, record.row)), problems


def _feeds(home: Home) -> list[Feed]:
    return [feed for feed in feeds(home).values() if CONTRACT in feed.contracts and feed.is_canonical]


def _waiting(home: Home, feed: Feed) -> Iterator[_File]:
    for folder in _folders(home.inbox / feed.name):
        day = folder_date(folder.name)
        if day is None:
            continue
        for path in sorted(folder.iterdir()):
            if is_data(path.name) and path.is_file() and contract_of_file(feed, path.name) == CONTRACT:
                yield _File(feed.name, day, path.name, path, str(path.relative_to(home.path)))


def _landed(home: Home, feed: Feed) -> Iterator[_File]:
    for folder in _folders(home.landing / "journal" / feed.name):
        day = folder_date(folder.name)
        if day is None:
            continue
        for entry in read_journal_of(home, feed.name, day):
            if contract_of_file(feed, entry.name) == CONTRACT:
                shown = f"{feed.name}/{day}/{entry.name} (landing, delivery {entry.delivery})"
                yield _File(feed.name, day, entry.name, home.landed(entry.sha256), shown)


def _folders(path: Path) -> list[Path]:
    return sorted(folder for folder in path.iterdir() if folder.is_dir()) if path.is_dir() else []


def _rows(file: _File, content: bytes) -> Iterator[dict[str, Any]]:
    """The records of a file. Raises ValueError for what is no readable file of its kind."""
    suffix = Path(file.name).suffix.lower()
    if suffix in (".ndjson", ".jsonl", ".json"):
        text = content.decode("utf-8-sig")
        rows = json.loads(text) if suffix == ".json" else [json.loads(line) for line in text.splitlines() if line]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("its rows are no objects with named columns")
        yield from rows
    elif suffix in (".csv", ".txt"):
        text = content.decode("utf-8-sig", errors="replace")
        semicolons = text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",")
        for row in csv.DictReader(io.StringIO(text), delimiter=";" if semicolons else ","):
            yield {str(name).strip().lower(): value for name, value in row.items()}
    elif suffix == ".xlsx":
        yield from _sheet(content)
    elif suffix == ".parquet":
        yield from _parquet(file.path)


def _sheet(content: bytes) -> Iterator[dict[str, Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except CalamineError as error:
        raise ValueError(str(error)) from error
    heading = [str(cell).strip().lower() for cell in rows[0]] if rows else []
    for row in rows[1:]:
        yield dict(zip(heading, row, strict=False))


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import duckdb

    from ingest.sql import file_literal

    try:
        with duckdb.connect() as connection:
            found = connection.execute(f"select * from read_parquet({file_literal(path)})")
            names = [column[0].strip().lower() for column in found.description or ()]
            for row in found.fetchall():
                yield dict(zip(names, row, strict=True))
    except duckdb.Error as error:
        raise ValueError(str(error).split("\n", 1)[0]) from error
