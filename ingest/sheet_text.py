"""The first sheet of an XLSX file to a relation of text columns."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from ingest.csv_text import numbered_relation, numbered_writer
from ingest.errors import Refused
from ingest.typing_sql import TextRelation
from ingest.workbook import LARGEST_SHEETS, unpacked_size


def sheet_relation(path: Path, file_name: str, work: Path) -> tuple[TextRelation, list[str]]:
    """The relation and the header names, trimmed and in lower case. Refuses unparsable, empty_without_header."""
    rows = _rows(path, file_name)
    header = next((row for row in rows if any(row)), None)
    if header is None:
        raise Refused("empty_without_header", f"{file_name}: the first sheet is empty, it has not even a header.")
    names = tuple(name.strip().lower() for name in header)
    target = work / "sheet.csv"
    with target.open("w", encoding="utf-8", newline="") as copy:
        filled = (row for row in rows if any(row))
        writer = numbered_writer(copy, len(names))
        writer.writerows([number, "", "", "", *row] for number, row in enumerate(filled, start=1))
    relation = numbered_relation(target, names)
    return TextRelation(relation.relation, relation.columns, is_numbered=True, decimal_dot=True), list(names)


def _rows(path: Path, file_name: str) -> Iterator[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with path.open("rb") as stream:
            size = unpacked_size(stream)
            if size > LARGEST_SHEETS:
                raise Refused(
                    "unparsable", f"{file_name} unpacks to {size} bytes, too much for a sheet. Send it as CSV."
                )
            sheet = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
        for row in sheet.iter_rows():
            yield [cell_text(cell) for cell in row]
    except (CalamineError, IndexError, ValueError) as error:
        raise Refused(
            "unparsable", f"{file_name} cannot be read as XLSX ({error}). Open it and save it as .xlsx again."
        ) from error


def cell_text(cell: object) -> str:
    """A cell as canonical text: numbers to Excel's own 15 digits, midnight as a date."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _number_text(number: float) -> str:
    return format(Decimal(f"{number:.15g}"), "f")
