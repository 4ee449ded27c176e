"""Any table as rows of any contract: CSV, a sheet (XLSX, XLS, ODS), NDJSON or a JSON array, by ``options`` alone.

The options say which column of the file each column of the contract comes from (``table_options``, operator guide).
Nothing is guessed: the header is the first row that has all the named columns, whatever stands above it; a row that is
neither skipped nor claimed by a contract is rejected; ``1.234`` with a decimal comma, a debit beside a credit or an id
of which a sheet kept 15 digits is rejected; a stated total that is missing or differs refuses the file.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import BinaryIO

from ingest.contract import contracts
from ingest.formats.base import (
    EXACT,
    Fault,
    FileRefused,
    FormatOptions,
    OptionFault,
    Outcome,
    Reject,
    Row,
    Values,
    numbered,
    plain,
    required,
)
from ingest.formats.currencies import decimals, letters
from ingest.formats.repeats import Repeats
from ingest.formats.table_options import (
    FILE_OPTIONS,
    Conditions,
    Pattern,
    Plan,
    Section,
    Source,
    Total,
    fold,
    read_plan,
)
from ingest.formats.table_reader import HEAD_ROWS, Cells, DateCell, Rows, SheetNumber, read_rows
from ingest.formats.table_values import WHITE, cell_at, exact_number, first_word, numbers_in, parsed_time

CONTRACTS = tuple(contracts())
DEFAULT_CONTRACTS = ()
OPTIONS = (*FILE_OPTIONS, *CONTRACTS)

_SHEET_DIGITS = 15


def check_options(wanted: tuple[str, ...], options: Mapping[str, object]) -> None:
    """Raises OptionFault when the options do not say how to read the wanted contracts."""
    read_plan(wanted, options)


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of the wanted contracts. Raises FileRefused, for totals after the last row."""
    yield from numbered(_Table(_plan(options), options).outcomes(stream))


def unmapped_columns(stream: BinaryIO, options: FormatOptions) -> list[str] | None:
    """The columns under the file's header that are not read; None of JSON and without a header. Raises FileRefused."""
    table = _Table(_plan(options), options)
    names, rows = read_rows(stream, options, table.plan)
    if names is not None or not table.plan.has_header:
        return None
    header = table.find_header(rows)
    read = {table.places[name] for name in table.plan.headers}
    folded = [fold(cell) for cell in header]
    return [
        cell.strip() if folded.count(name) == 1 else f"{cell.strip()}#{folded[: place + 1].count(name)}"
        for place, (cell, name) in enumerate(zip(header, folded, strict=True))
        if name and place not in read
    ]


def _plan(options: FormatOptions) -> Plan:
    try:
        return read_plan(options.wanted(DEFAULT_CONTRACTS), options.options)
    except OptionFault as fault:
        raise FileRefused("unparsable", f"{options.file_name}: {fault} Correct it in sverka.yml.") from fault


class _Table:
    """One reading of one file."""

    def __init__(self, plan: Plan, options: FormatOptions) -> None:
        self.plan, self.file_name, self.decimal_comma = plan, options.file_name, options.decimal_comma
        self.options = options
        self.places: dict[str, int] = {}
        self.width: int | None = None
        self.ids = Repeats()
        self.stated: dict[Total, tuple[int, Cells]] = {}
        self.computed = dict.fromkeys(plan.totals, Decimal(0))
        self.unread: dict[Total, str] = {}

    def outcomes(self, stream: BinaryIO) -> Iterator[Outcome]:
        names, rows = read_rows(stream, self.options, self.plan)
        if names is not None:
            self.places = {name: place for place, name in enumerate(names)}
        elif self.plan.has_header:
            self.find_header(rows)
        else:
            self.places = {name: int(name) - 1 for name in self.plan.headers}
        for number, cells in rows:
            if not any(cell.strip(WHITE) for cell in cells):
                continue
            if self._is_total(number, cells):
                continue
            if self.plan.end is not None and self.plan.end.fullmatch(first_word(cells)):
                self._read_rest(rows)
                break
            if not self._holds(self.plan.skip, cells):
                yield from self._row(cells)
        self._check_totals()

    # ---------- header, totals

    def find_header(self, rows: Rows) -> Cells:
        """Find the first row with every named column, and return it.

        A name that stands twice is told apart as ``name#1``, ``name#2``.
        """
        best: tuple[int, list[str], int] = (-1, [], 0)
        needed = self.plan.headers
        seen = 0
        for number, cells in rows:
            if not any(cells):
                continue
            seen += 1
            names = [fold(cell) for cell in cells]
            counts = Counter(names)
            places: dict[str, int] = {}
            nth: Counter[str] = Counter()
            for place, name in enumerate(names):
                nth[name] += 1
                if name and counts[name] == 1:
                    places[name] = place
                places.setdefault(f"{name}#{nth[name]}", place)
            missing = [name for name in needed if name not in places]
            if not missing:
                self.places = places
                self.width = max(place for place, name in enumerate(names) if name) + 1
                return cells
            twice = [name for name in missing if counts[name] > 1]
            if twice and len(twice) == len(missing):
                raise FileRefused(
                    "unparsable",
                    f"{self.file_name}, row {number}: the column {twice[0]!r} stands {counts[twice[0]]} times. "
                    f"Name it {twice[0]}#1 or {twice[0]}#2 in the feed's options.",
                )
            self._is_total(number, cells)
            if len(needed) - len(missing) > best[0]:
                best = (len(needed) - len(missing), missing, number)
            if seen >= HEAD_ROWS:
                break
        if not seen:
            raise FileRefused("empty_without_header", f"{self.file_name} is empty, it has not even a header.")
        raise FileRefused(
            "missing_required_column",
            f"{self.file_name}: none of the first {seen} rows has all the columns that the feed's options name; "
            f"row {best[2]} comes closest and lacks {', '.join(best[1])}.",
        )

    def _is_total(self, number: int, cells: Cells) -> bool:
        """Keeps a row that states totals; it is not data."""
        first = first_word(cells)
        found = [total for total in self.plan.totals if total.row.fullmatch(first)]
        for total in found:
            if self.stated.setdefault(total, (number, cells)) != (number, cells):
                raise FileRefused(
                    "control_total_mismatch",
                    f"{self.file_name}, row {number}: the total {total.name!r} is stated a second time.",
                )
        return bool(found)

    def _read_rest(self, rows: Rows) -> None:
        """After the end: nothing but totals, and what the reader itself refuses."""
        for number, cells in rows:
            self._is_total(number, cells)

    def _check_totals(self) -> None:
        for total in self.plan.totals:
            if total not in self.stated:
                raise FileRefused(
                    "control_total_mismatch",
                    f"{self.file_name} has no row {total.name!r}, which the feed's option `totals` expects: "
                    "it may be cut off. Ask for it again.",
                )
            number, cells = self.stated[total]
            where = f"{self.file_name}, row {number} ({total.name})"
            stated = self._stated(total, cells, where)
            if total in self.unread:
                if self.unread[total] == "loaded":
                    raise FileRefused("control_total_mismatch", f"{where}: a cell of {total.sums!r} is not a number.")
                continue
            if stated != self.computed[total]:
                what = "rows" if total.sums is None else f"in {total.sums!r}"
                raise FileRefused(
                    "control_total_mismatch",
                    f"{where} states {stated}, but the rows give {self.computed[total]} {what}. "
                    "Ask for the file again.",
                )

    def _stated(self, total: Total, cells: Cells, where: str) -> Decimal:
        """The number of a total: the cell of its column, else the only number of the row."""
        place = self.places.get(total.sums or total.cell or "")
        cell = cell_at(cells, place) if place is not None else ""
        if cell:
            try:
                return self._number("amount", cell, None)
            except Fault:
                pass
        found = list(numbers_in(cells, self.decimal_comma))
        if len(found) != 1:
            raise FileRefused(
                "control_total_mismatch",
                f"{where} states {len(found)} numbers, one is expected. Name the column of the count or correct `row`.",
            )
        return found[0]

    # ---------- rows

    def _row(self, cells: Cells) -> Iterator[Outcome]:
        fault = self._misshapen(cells)
        sections = [item for item in self.plan.sections if item.where is None or self._holds(item.where, cells)]
        if fault is None and not sections:
            header = next(header for item in self.plan.sections if item.where for header in item.where.headers)
            fault = Fault(header, self._at(cells, header) or None, "unknown_enum_value")
        found: list[Outcome] = []
        if fault is not None:
            found.append((self.plan.sections[0].contract, fault))
        for section in sections if fault is None else ():
            try:
                found.append((section.contract, self._values(section, cells)))
            except Fault as inner:
                found.append((section.contract, inner))
        self._add(cells, is_rejected=any(isinstance(outcome, Fault) for _, outcome in found))
        yield from found

    def _misshapen(self, cells: Cells) -> Fault | None:
        """More or fewer cells than the header: a delimiter in a text, or a row cut off."""
        if self.width is None:
            return None
        extra = [cell for cell in cells[self.width :] if cell.strip(WHITE)]
        if extra or len(cells) < self.width:
            return Fault("", " | ".join(cells)[:500], "wrong_column_count")
        return None

    def _add(self, cells: Cells, is_rejected: bool) -> None:
        """Count the row in each total it belongs to."""
        for total in self.plan.totals:
            if total.where is not None and not self._holds(total.where, cells):
                continue
            try:
                cell = self._at(cells, total.sums) if total.sums else ""
                number = self._number("amount", cell, None) if cell else Decimal(0 if total.sums else 1)
                self.computed[total] = EXACT.add(self.computed[total], number)
            except Fault:
                if self.unread.get(total) != "loaded":
                    self.unread[total] = "rejected" if is_rejected else "loaded"

    def _values(self, section: Section, cells: Cells) -> Values:
        values: Values = {}
        currency = next((item for item in section.sources if item.column.name == "currency"), None)
        code = letters(self._text(currency, cells)) if currency else None
        for source in section.sources:
            is_here = source.where is None or self._holds(source.where, cells)
            value = self._value(section, source, cells, code) if is_here else None
            if value is None and source.column.required:
                raise Fault(source.column.name, None, "missing_required")
            values[source.column.name] = value
        return values

    def _value(self, section: Section, source: Source, cells: Cells, currency: str | None) -> str | None:
        column = source.column
        if source.makes_id:
            return self._made_id(section, source, cells)
        if column.type == "amount" and source.value is None:
            return self._amount(source, cells, currency)
        if column.type in ("date", "timestamp"):
            return self._time(source, cells)
        text = self._text(source, cells)
        if isinstance(text, SheetNumber) and column.type == "text" and len(text.lstrip("-")) > _SHEET_DIGITS:
            raise Fault(column.name, text, "out_of_range")
        if text and column.values and text.lower() not in column.values:
            raise Fault(column.name, text, "unknown_enum_value")
        if column.type == "currency":
            return letters(text) or text
        return text.lower() if text and column.values else text

    def _text(self, source: Source, cells: Cells) -> str | None:
        if source.value is not None:
            return source.value
        found = [cell for header in source.headers if (cell := self._at(cells, header))]
        if not found:
            joined = ""
        elif len(found) == 1:
            joined = found[0]
        else:
            joined = (DateCell if all(isinstance(cell, DateCell) for cell in found) else str)(" ".join(found))
        return _mapped(source, joined) or None

    def _made_id(self, section: Section, source: Source, cells: Cells) -> str:
        """The cells joined, and the number among the equal ones: two equal rows are two records."""
        joined = "|".join(self._at(cells, header) for header in source.headers)
        if not joined.strip("|"):
            raise Fault(source.column.name, None, "missing_required")
        return f"{joined}|{self.ids.nth(f'{section.contract}|{source.column.name}|{joined}')}"

    def _amount(self, source: Source, cells: Cells, currency: str | None) -> str | None:
        name = source.column.name
        if source.money_in is not None and source.money_out is not None:
            number = self._moved(source, cells)
        else:
            text = self._text(source, cells)
            if text is None:
                return None
            number = self._number(name, text, source.decimal_comma)
            if source.negative_when.alternatives and self._holds(source.negative_when, cells):
                if number < 0:
                    raise Fault(name, text, "out_of_range")
                number = number.copy_negate()
        if source.is_minor:
            number = number.scaleb(-decimals(required("currency", currency)), EXACT)
        return plain(number.copy_negate() if source.is_reversed else number)

    def _moved(self, source: Source, cells: Cells) -> Decimal:
        """Money in less money out: one of the two cells, neither of them negative."""
        name = source.column.name
        sides = []
        for header in (source.money_in, source.money_out):
            text = _mapped(source, self._at(cells, str(header)))
            number = self._number(name, text, source.decimal_comma) if text else Decimal(0)
            if number < 0:
                raise Fault(name, text, "out_of_range")
            sides.append((number, text))
        if not any(text for _, text in sides):
            raise Fault(name, None, "missing_required")
        if all(number for number, _ in sides):
            raise Fault(name, " / ".join(text for _, text in sides), "out_of_range")
        return EXACT.subtract(sides[0][0], sides[1][0])

    def _time(self, source: Source, cells: Cells) -> str | None:
        text, is_date = self._text(source, cells), source.column.type == "date"
        if text is None or isinstance(text, DateCell):
            return text.split("T")[0].split(" ")[0] if text and is_date else text
        if not source.formats:
            return text
        moment = parsed_time(text, source.formats)
        if moment is None:
            raise Fault(source.column.name, text, "bad_date" if is_date else "bad_timestamp")
        return moment.date().isoformat() if is_date else moment.isoformat()

    def _number(self, name: str, text: str, decimal_comma: bool | None) -> Decimal:
        return exact_number(name, text, self.decimal_comma if decimal_comma is None else decimal_comma)

    # ---------- cells

    def _at(self, cells: Cells, header: str) -> str:
        return cell_at(cells, self.places[header])

    def _holds(self, conditions: Conditions, cells: Cells) -> bool:
        return any(
            all(_is_one_of(patterns, fold(self._at(cells, header))) for header, patterns in tests)
            for tests in conditions.alternatives
        )


def _mapped(source: Source, text: str) -> str:
    if source.values is None:
        return text
    return source.values.get(fold(text), text)


def _is_one_of(patterns: tuple[Pattern, ...], text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in patterns)
