"""A table's file as rows of text cells: CSV with any delimiter, a sheet (XLSX, XLS, ODS), NDJSON or a JSON array.

Told by its bytes, not by its name. Text streams; a line or a quoted value longer than LONGEST characters is
refused, so is a workbook that unpacks to more than LARGEST_SHEETS bytes.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from ingest.formats.base import FileRefused, FormatOptions, mixed_text
from ingest.formats.json_input import JsonList, JsonNumber, json_document, stream_json
from ingest.formats.mixed_text import MixedText
from ingest.formats.table_options import Plan, fold
from ingest.workbook import LARGEST_SHEETS, unpacked_size

CHUNK = 1 << 18
LONGEST = 1 << 20
HEAD_ROWS = 200
"""The header is one of the first rows."""

UTF8 = ("utf-8", "utf8", "utf-8-sig", "ascii")
SHEET_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
DELIMITERS = (";", ",", "\t", "|")


class NumberCell(str):
    """A number as its file stores it: decimal dot, no spelling of its own."""

    __slots__ = ()


class SheetNumber(NumberCell):
    """A number of a sheet, which keeps 15 digits of it."""

    __slots__ = ()


class DateCell(str):
    """A date or time as its file stores it, in ISO 8601."""

    __slots__ = ()


Cells = list[str]
Rows = Iterator[tuple[int, Cells]]
"""Number of the line or row in the file, and its cells."""


def read_rows(stream: BinaryIO, options: FormatOptions, plan: Plan) -> tuple[list[str] | None, Rows]:
    """The rows, and for JSON the names of their cells: there the keys are the header. Raises FileRefused."""
    name = options.file_name.lower()
    head = stream.read(4096)
    stream.seek(0)
    if head.startswith(SHEET_MARKS):
        return None, _sheet(stream, options.file_name, plan)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if start == b"[" or name.endswith(".json"):
        return list(plan.headers), _objects(stream_json(stream, options), options.file_name, plan.headers)
    lines = _lines(stream, options)
    if start == b"{" or name.endswith((".ndjson", ".jsonl")):
        return list(plan.headers), _json_lines(lines, options.file_name, plan.headers)
    return None, _csv(lines, options.file_name, plan)


# ---------- text


class _Watched(io.RawIOBase):
    """A binary stream that notices whether its bytes are UTF-8 beyond ASCII, all of them or some."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")("strict")
        self.has_other = False
        self.mixed = MixedText()
        self.is_mixed = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.stream.read(len(buffer))
        buffer[: len(data)] = data
        self.has_other = self.has_other or not data.isascii()
        self.is_mixed = self.is_mixed or self.mixed.is_seen(data)
        if self.utf8 is not None:
            try:
                self.utf8.decode(data, final=not data)
            except UnicodeDecodeError:
                self.utf8 = None
        return len(data)


def _lines(stream: BinaryIO, options: FormatOptions) -> Iterator[str]:
    """The lines with their ends. Refuses empty_without_header, undecodable, and a line that is too long."""
    name, encoding = options.file_name, (options.encoding or "utf-8").lower().replace("_", "-")
    watched = _Watched(stream)
    try:
        reader = io.TextIOWrapper(
            io.BufferedReader(watched, CHUNK), encoding="utf-8-sig" if encoding in UTF8 else encoding, newline=""
        )
    except LookupError as error:
        raise FileRefused(
            "undecodable", f"{name}: unknown encoding {encoding!r}. Correct the feed's `encoding` in sverka.yml."
        ) from error
    number, has_text = 0, False
    try:
        while line := reader.readline(LONGEST):
            number += 1
            if len(line) >= LONGEST:
                raise FileRefused("unparsable", f"{name}, line {number}: longer than {LONGEST} characters: no table.")
            if "\0" in line:
                raise FileRefused(
                    "undecodable",
                    f"{name}, line {number}: holds NUL, it looks like UTF-16. Declare `encoding: utf-16`.",
                )
            has_text = has_text or bool(line.strip())
            yield line
    except UnicodeError as error:
        raise FileRefused(
            "undecodable",
            f"{name}, after line {number}: not {encoding} ({getattr(error, 'reason', error)}). "
            "Declare the feed's `encoding` in sverka.yml, for example cp1251.",
        ) from error
    finally:
        reader.detach().detach()
    if not has_text:
        raise FileRefused("empty_without_header", f"{name} is empty. Ask the sending system for it again.")
    if encoding not in UTF8 and watched.has_other and watched.utf8 is not None:
        raise FileRefused(
            "undecodable", f"{name} is UTF-8, but its feed declares {encoding}. Correct `encoding` in sverka.yml."
        )
    if not encoding.startswith("utf") and watched.is_mixed:
        raise mixed_text(name)


def _csv(lines: Iterator[str], file_name: str, plan: Plan) -> Rows:
    """The records by the delimiter that shows the header, else by the one that gives the first rows most cells."""
    head: list[str] = []
    for line in lines:
        head.append(line)
        if len(head) >= HEAD_ROWS:
            break
    if any(line.lstrip("\ufeff \t\r\n").lower().startswith(("<html", "<!doctype", "<table", "<?xml")) for line in head):
        raise FileRefused(
            "unparsable", f"{file_name} is a web page or XML, often one called .xls. Save it as .xlsx or CSV again."
        )
    needed = set(plan.headers)

    def worth(delimiter: str) -> tuple[int, int]:
        rows = [line.rstrip("\r\n").split(delimiter) for line in head]
        named = max((len(needed.intersection(fold(cell.strip('"')) for cell in row)) for row in rows), default=0)
        return (named if plan.has_header else 0), max(map(len, rows), default=0)

    delimiter = max(DELIMITERS, key=worth)
    return _records(_chained(head, lines), file_name, delimiter)


def _chained(head: list[str], rest: Iterator[str]) -> Iterator[str]:
    yield from head
    head.clear()
    yield from rest


def _records(lines: Iterator[str], file_name: str, delimiter: str) -> Rows:
    pending = 0

    def counted() -> Iterator[str]:
        nonlocal pending
        for line in lines:
            pending += len(line)
            if pending > LONGEST:
                raise FileRefused(
                    "unparsable", f"{file_name}, before line {reader.line_num}: a quote is opened and never closed."
                )
            yield line

    reader = csv.reader(counted(), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            pending = 0
            yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(
            "unparsable",
            f"{file_name}, line {start}: not readable as CSV: {error}. It is truncated or a quote is not closed.",
        ) from error


# ---------- sheets


def _sheet(stream: BinaryIO, file_name: str, plan: Plan) -> Rows:
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(stream, file_name)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        names = book.sheet_names
        wanted = plan.sheet if plan.sheet is not None else 1
        position = wanted - 1 if isinstance(wanted, int) else [fold(name) for name in names].index(fold(wanted))
        sheet = book.get_sheet_by_index(position)
        first = (sheet.start or (0, 0))[0]
        for number, row in enumerate(sheet.iter_rows(), start=first + 1):
            yield number, [_cell(cell) for cell in row]
    except (CalamineError, IndexError, ValueError, OverflowError) as error:
        raise FileRefused(
            "unparsable",
            f"{file_name} cannot be read as a workbook with the sheet {plan.sheet or 1} ({error}). "
            "Correct the feed's option `sheet`, or open the file and save it as .xlsx again.",
        ) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise FileRefused("unparsable", f"{file_name} is a damaged workbook. Save it as .xlsx again.") from error


def _check_size(stream: BinaryIO, file_name: str) -> None:
    """Refuse a bomb before anything is unpacked."""
    size = unpacked_size(stream)
    if size > LARGEST_SHEETS:
        raise FileRefused("unparsable", f"{file_name} unpacks to {size} bytes, too much for a sheet. Send it as CSV.")


def _cell(cell: object) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return SheetNumber(cell)
    if isinstance(cell, float):
        return SheetNumber(_number(cell))
    if isinstance(cell, datetime):
        return DateCell(cell.date().isoformat() if cell.time() == time() else cell.isoformat())
    if isinstance(cell, date | time):
        return DateCell(cell.isoformat())
    return str(cell) if isinstance(cell, str | timedelta) else ""


def _number(number: float) -> str:
    """To Excel's own 15 digits."""
    text = f"{number:.15g}"
    return format(number, ".0f") if "e+" in text and abs(number) < 1e40 else text


# ---------- JSON


def _json_lines(lines: Iterator[str], file_name: str, headers: Sequence[str]) -> Rows:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            item = json_document(line.strip(), f"{file_name}, line {number}")
            yield number, _values(item, number, file_name, headers)


def _objects(document: Any, file_name: str, headers: Sequence[str]) -> Rows:
    for number, item in enumerate(document if isinstance(document, JsonList) else [document], start=1):
        yield number, _values(item, number, file_name, headers)


def _values(item: Any, number: int, file_name: str, headers: Sequence[str]) -> Cells:
    """The cells under the named keys; ``amount.value`` leads into an object."""
    if not isinstance(item, dict):
        raise FileRefused("unparsable", f"{file_name}, item {number}: no object with named values.")
    flat: dict[str, str] = {}
    _flatten(item, "", flat, file_name, number)
    return [flat.get(header, "") for header in headers]


def _flatten(item: dict[str, Any], prefix: str, flat: dict[str, str], file_name: str, number: int) -> None:
    for key, value in item.items():
        name = prefix + fold(key)
        if isinstance(value, dict):
            _flatten(value, f"{name}.", flat, file_name, number)
            continue
        if name in flat:
            raise FileRefused("unparsable", f"{file_name}, item {number}: the key {name[:80]!r} is there twice.")
        if isinstance(value, bool):
            flat[name] = "true" if value else "false"
        elif isinstance(value, JsonNumber):
            flat[name] = NumberCell(value)
        else:
            flat[name] = value if isinstance(value, str) else "" if value is None else json.dumps(value)
