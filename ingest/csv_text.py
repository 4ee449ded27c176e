"""CSV to a relation of text columns. Healthy files are read by DuckDB alone, in parallel.

DuckDB's strict reader stops at the first row with too few or too many columns. Such a file is rewritten once, by the
standard csv module, with each row numbered and the misshapen ones marked; the rewritten file reads healthily.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.sql import file_literal, identifier, literal
from ingest.typing_sql import NUMBERED_COLUMNS, TextRelation

HEADER_LIMIT = 1 << 20
csv.field_size_limit(1 << 28)


@dataclass(frozen=True)
class Header:
    """The first record of a CSV file: names trimmed and in lower case, '' for a nameless column."""

    delimiter: str
    names: tuple[str, ...]
    is_first_line: bool


def read_header(path: Path, file_name: str, contract: Contract) -> Header:
    """Find the delimiter, comma or semicolon: the one that gives more of the contract's columns. Refuses unparsable."""
    with path.open("r", encoding="utf-8-sig", newline="") as stream:
        text = stream.read(HEADER_LIMIT)
    found = [_header(text, file_name, delimiter) for delimiter in ",;"]
    known = frozenset(contract.column_names)
    return max(found, key=lambda header: (len(known.intersection(header.names)), len(header.names)))


def strict_relation(path: Path, header: Header, is_plain: bool = False) -> TextRelation:
    """The file as DuckDB reads it; using it fails when a row has another number of columns than the header."""
    fields = [f"c{i}" for i in range(len(header.names))]
    return replace(_relation(path, header.delimiter, fields, header.names, False), is_plain=is_plain)


def rewritten_relation(path: Path, file_name: str, header: Header, work: Path) -> TextRelation:
    """The same file with its rows numbered and misshapen ones marked. Refuses unparsable (unclosed quotes)."""
    target = work / "rewritten.csv"
    width = len(header.names)
    with (
        path.open("r", encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        records = _records(source, file_name, header.delimiter)
        next(records, None)
        writer = numbered_writer(copy, width)
        writer.writerows(_numbered(number, row, width) for number, row in enumerate(records, start=1))
    return numbered_relation(target, header.names)


def numbered_writer(target: IO[str], width: int) -> Any:
    """A csv writer for rows of NUMBERED_COLUMNS and ``width`` values, to be read by ``numbered_relation``."""
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([*NUMBERED_COLUMNS, *(f"c{i}" for i in range(width))])
    return writer


def numbered_relation(path: Path, names: tuple[str, ...]) -> TextRelation:
    """The relation of a file written by ``numbered_writer``; ``names`` are those of its values."""
    return _relation(path, ",", [*NUMBERED_COLUMNS, *(f"c{i}" for i in range(len(names)))], names, True)


def _relation(path: Path, delimiter: str, fields: list[str], names: tuple[str, ...], numbered: bool) -> TextRelation:
    types = ", ".join(f"{literal(field)}: 'VARCHAR'" for field in fields)
    return TextRelation(
        relation=(
            f"read_csv({file_literal(path)}, auto_detect=false, header=true, delim={literal(delimiter)}, "
            f"quote='\"', escape='\"', compression='none', columns={{{types}}})"
        ),
        columns={name: identifier(f"c{i}") for i, name in enumerate(names) if name},
        is_numbered=numbered,
    )


def _header(text: str, file_name: str, delimiter: str) -> Header:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                names = tuple(name.strip().lower() for name in row)
                return Header(delimiter, names, is_first_line=not text.startswith(("\r", "\n")))
    except csv.Error as error:
        raise Refused(
            "unparsable", f"{file_name}, line {reader.line_num}: the header cannot be read as CSV ({error})."
        ) from error
    return Header(delimiter, (), is_first_line=True)


def _records(source: IO[str], file_name: str, delimiter: str) -> Iterator[list[str]]:
    """The file's records, blank lines left out."""
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield row
            line = reader.line_num + 1
    except csv.Error as error:
        cause = "a quote is opened and never closed" if "unexpected end" in str(error) else str(error)
        raise Refused(
            "unparsable",
            f"{file_name}, line {line}: not readable as CSV, {cause}. "
            "The file may be truncated; ask the sending system for it again.",
        ) from error


def _numbered(number: int, row: list[str], width: int) -> list[object]:
    """One row for the rewritten file. Empty cells beyond the header hold nothing and are dropped, as DuckDB does."""
    while len(row) > width and not row[-1]:
        row.pop()
    if len(row) == width:
        return [number, "", "", "", *row]
    return [number, "", " | ".join(row), "wrong_column_count", *[""] * width]
