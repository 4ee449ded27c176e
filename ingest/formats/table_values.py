"""What a cell of a table says: a number that has one reading, a time that fits its format."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from ingest.formats.base import Fault, decimal
from ingest.formats.table_options import fold
from ingest.formats.table_reader import Cells, NumberCell

WHITE = " \t\r\n\u00a0\u2007\u2009\u202f\u200b\ufeff"

_GROUPING = "[ \u00a0\u2007\u2009\u202f'’]"
_NUMBERS = {
    point: re.compile(
        rf"-?(?:\d{{1,40}}|\d{{1,3}}(?P<space>{_GROUPING})\d{{3}}(?:(?P=space)\d{{3}})*)(?:{re.escape(point)}\d{{1,40}})?"
        rf"|-?\d{{1,3}}(?:{re.escape(other)}\d{{3}})+{re.escape(point)}\d{{1,40}}",
        re.ASCII,
    )
    for point, other in ((".", ","), (",", "."))
}
"""Numbers by their decimal point. A thousands point is taken only before a decimal one: ``1.234`` could be either."""

_FOUND = re.compile(rf"-?\d(?:[\d.,'’]|{_GROUPING}(?=\d))*", re.ASCII)


def exact_number(column: str, text: str, decimal_comma: bool) -> Decimal:
    """The number. Faults: those of ``decimal``; ``bad_decimal`` also for one that could be read in two ways."""
    if isinstance(text, NumberCell):
        return decimal(column, str(text))
    point = "," if decimal_comma else "."
    trimmed = text.strip(WHITE).replace("−", "-").removeprefix("+")
    if not _NUMBERS[point].fullmatch(trimmed):
        raise Fault(column, text, "bad_decimal")
    pointed = trimmed.replace(".", "").replace(",", ".") if decimal_comma else trimmed
    return decimal(column, re.sub(r"[^\d.-]", "", pointed))


def numbers_in(cells: Cells, decimal_comma: bool) -> Iterator[Decimal]:
    """Every number that the texts of a row hold."""
    for text in (cell for cell in cells if cell):
        spelled = [text] if isinstance(text, NumberCell) else _FOUND.findall(text.replace("−", "-"))
        for item in spelled:
            try:
                yield exact_number("amount", type(text)(item.rstrip(".,'’ ")), decimal_comma)
            except Fault:
                continue


@lru_cache(maxsize=4096)
def parsed_time(text: str, formats: tuple[str, ...]) -> datetime | None:
    """The time by the first format that fits, None when none does."""
    for form in formats:
        try:
            return datetime.strptime(text, form)
        except (ValueError, OverflowError):
            continue
    return None


def cell_at(cells: Cells, place: int) -> str:
    """The trimmed cell; empty where the row has none."""
    if place >= len(cells):
        return ""
    cell = cells[place]
    trimmed = cell.strip(WHITE)
    return cell if trimmed == cell else trimmed


def first_word(cells: Cells) -> str:
    """The first cell that is not empty, folded."""
    return next((fold(cell) for cell in cells if cell.strip(WHITE)), "")
