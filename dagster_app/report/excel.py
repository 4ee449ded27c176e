"""The exception list as an Excel workbook: real numbers and dates, one row per exception, nothing cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from dagster_app.queries.connection import PublishedHome, Row, fetch, published
from dagster_app.queries.money import NO_CURRENCY, currency_name
from dagster_app.report.data import BRIDGE_LINES, EXCEPTION_LIST, STATUSES, ReportData
from dagster_app.report.html import BUCKET_WORDS, STATUS_WORDS, due_day
from dagster_app.report.masking import without_cards

#: Excel's own limit of rows in a sheet, the header included.
SHEET_ROWS = 1_048_576
#: Columns of a sheet that go on paper; the rest is for filtering on the screen.
_PRINTED_COLUMNS = 12
#: Text columns at least this wide wrap.
_WRAPPED_WIDTH = 28
_LINE_HEIGHT = 15
_BATCH = 10_000
_TEXT_LIMIT = 32_767
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """A sheet's column: key in the row, heading, kind (text, money, count, rate or date) and width in characters."""

    key: str
    heading: str
    kind: str = "text"
    width: int = 14


def exception_columns(timezone: str) -> list[Column]:
    """The columns of the exception list; due dates are in the business time zone."""
    return [
        Column("severity", "Severity", width=10),
        Column("title_en", "What is wrong", width=34),
        Column("subject_type", "Subject", width=12),
        Column("subject_id", "Subject ID", width=28),
        Column("reason", "Reason", width=52),
        Column("owner", "Owner", width=16),
        Column("amount", "Amount", "money", 17),
        Column("currency", "Currency", width=10),
        Column("first_seen_date", "First seen", "date", 12),
        Column("days_open", "Days open", "count", 10),
        Column("due_at", f"Due by end of ({timezone})", "date", 17),
        Column("overdue", "Overdue", width=10),
        Column("assigned_to", "Assigned to", width=16),
        Column("times_reopened", "Reopened", "count", 11),
        Column("title_ru", "Что не так", width=34),
        Column("action_en", "What to do", width=52),
        Column("action_ru", "Что делать", width=52),
        Column("payment_key", "Payment", width=26),
        Column("order_id", "Order", width=20),
        Column("invoice_id", "Invoice", width=20),
        Column("customer_id", "Customer", width=20),
        Column("exception_code", "Code", width=30),
        Column("exception_id", "Exception ID", width=34),
    ]


def safe_text(text: str) -> str:
    """Text that no spreadsheet program takes for a formula, also when it is saved as CSV and opened again."""
    harmless = "'" + text if text.startswith(_FORMULA_STARTS) else text
    return harmless[:_TEXT_LIMIT]


def write_workbook(home: PublishedHome, data: ReportData, path: Path, sheet_rows: int = SHEET_ROWS) -> None:
    """Write the workbook of one date to `path`; a list longer than a sheet goes on in `Exceptions 2`, …"""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        # Fixed properties: the same day gives the same bytes.
        workbook.set_properties(
            {
                "title": f"Reconciliation {data.as_of}",
                "created": datetime(data.as_of.year, data.as_of.month, data.as_of.day),
            }
        )
        sheets = Sheets(workbook)
        _write_summary(sheets, data)
        with published(home) as connection:
            rows = _exceptions(connection, data)
            sheets.write("Exceptions", exception_columns(data.timezone), rows, sheet_rows)
            for name, columns, query, parameters in _other_sheets(data):
                sheets.write(name, columns, iter(fetch(connection, query, parameters)), sheet_rows)


def _exceptions(connection: Any, data: ReportData) -> Iterator[Row]:
    """Every open exception, streamed, with free text masked."""
    result = connection.execute(EXCEPTION_LIST, [data.timezone])
    names = [column[0] for column in result.description]
    while batch := result.fetchmany(_BATCH):
        for values in batch:
            row = dict(zip(names, values, strict=True))
            ids = (row["subject_id"], row["payment_key"], row["order_id"], row["invoice_id"])
            row["reason"] = without_cards(row["reason"], *ids)
            row["due_at"] = due_day(row["due_at"])
            row["overdue"] = "overdue" if row["is_overdue"] else None
            yield row


def _other_sheets(data: ReportData) -> list[tuple[str, list[Column], str, list[Any]]]:
    bridge = [Column("business_date", "Business date", "date", 14), Column("currency", "Currency", width=10)]
    bridge += [Column(key, f"{sign} {word}".strip(), "money", 18) for sign, key, word in BRIDGE_LINES]
    ageing = [
        Column("customer_id", "Customer", width=30),
        Column("currency", "Currency", width=10),
        Column("ageing_bucket", "Age", width=12),
        Column("debt_amount", "Debt", "money", 20),
        Column("invoice_count", "Invoices", "count", 10),
    ]
    sources = [
        Column("feed", "Feed", width=28),
        Column("contract", "Contract", width=28),
        Column("first_extract_date", "First extract", "date", 14),
        Column("last_extract_date", "Last extract", "date", 14),
        Column("coverage_date", "Complete up to", "date", 16),
        Column("missing_dates", "Missing dates", width=40),
        Column("files", "Files", "count", 10),
        Column("rows_loaded", "Rows loaded", "count", 14),
        Column("rows_rejected", "Rows rejected", "count", 14),
    ]
    return [
        ("Bridge", bridge, "select * from marts.fct_payment_bridge order by business_date desc, currency", []),
        ("Ageing", ageing, "select * from marts.fct_receivables_ageing order by debt_amount desc, customer_id", []),
        (
            "Sources",
            sources,
            "select * from marts.fct_source_coverage where as_of_date = ? order by coverage_date, feed, contract",
            [data.as_of],
        ),
    ]


def _write_summary(sheets: Sheets, data: ReportData) -> None:
    """Headline numbers: one line per figure and currency, so that they can be filtered and summed."""
    columns = [
        Column("section", "Section", width=26),
        Column("figure", "Figure", width=46),
        Column("currency", "Currency", width=14),
        Column("count", "Count", "count", 12),
        Column("amount", "Amount", "money", 20),
        Column("rate", "Share", "rate", 10),
    ]
    sheets.write("Summary", columns, iter(_summary_rows(data)), SHEET_ROWS)


def _summary_rows(data: ReportData) -> Iterator[Row]:
    day = f"Payments of {data.as_of}"
    days = [row for row in data.days if row["currency"] != NO_CURRENCY]
    for row in days:
        currency = currency_name(row["currency"])
        yield _figure(day, "All payments", currency, row["payment_count"], row["payment_amount"])
        for status in STATUSES:
            yield _figure(day, STATUS_WORDS[status], currency, row[f"{status}_count"], row[f"{status}_amount"])
        yield _figure(day, "Matched by itself, by count", currency, rate=row["auto_match_rate_count"])
        yield _figure(day, "Matched by itself, by amount", currency, rate=row["auto_match_rate_amount"])
    for row in days:
        currency = currency_name(row["currency"])
        for word in ("debt", "overpayment", "unapplied"):
            yield _figure("Receivables", word.capitalize(), currency, amount=row[f"{word}_amount"])
    totals = data.totals
    for word in ("open", "critical", "overdue", "snoozed"):
        yield _figure("Exceptions", word.capitalize(), count=totals[f"{word}_count"])
    for row in data.risk:
        yield _figure("Exceptions", "Money at risk", currency_name(row["currency"]), row["open_count"], row["amount"])
    for row in data.by_code:
        words = f"{row['title_en'] or row['exception_code']} ({row['owner']})"
        if not row["amounts"]:
            yield _figure("Open exceptions by kind", words, None, row["open_count"])
        for index, (amount, currency) in enumerate(row["amounts"]):
            yield _figure(
                "Open exceptions by kind", words, currency_name(currency), None if index else row["open_count"], amount
            )


def _figure(
    section: str,
    figure: str,
    currency: str | None = None,
    count: int | None = None,
    amount: Decimal | None = None,
    rate: float | None = None,
) -> Row:
    return {"section": section, "figure": figure, "currency": currency, "count": count, "amount": amount, "rate": rate}


class Sheets:
    """Writes rows top to bottom with the workbook's formats."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        top = {"valign": "top"}
        left = top | {"align": "left", "indent": 1}
        self.formats = {
            "text": workbook.add_format(left),
            "money": workbook.add_format(top | {"num_format": "#,##0.00##"}),
            "count": workbook.add_format(top | {"num_format": "#,##0"}),
            "rate": workbook.add_format(top | {"num_format": "0.00%"}),
            "date": workbook.add_format(left | {"num_format": "yyyy-mm-dd"}),
            "time": workbook.add_format(left | {"num_format": "yyyy-mm-dd hh:mm"}),
            "wrapped": workbook.add_format(left | {"text_wrap": True}),
        }
        heading = {"bold": True, "bg_color": "#E4E9F0", "bottom": 1, "valign": "vcenter", "text_wrap": True}
        self.heading = workbook.add_format(heading | {"align": "left", "indent": 1})
        self.number_heading = workbook.add_format(heading | {"align": "right"})

    def write(self, name: str, columns: list[Column], rows: Iterator[Row], sheet_rows: int) -> None:
        """One sheet, or as many as the rows need; each has its frozen header and filter."""
        number, line = 1, 0
        sheet = self._start(name, columns)
        for row in rows:
            if line + 1 == sheet_rows:
                self._finish(sheet, columns, line)
                number, line = number + 1, 0
                sheet = self._start(f"{name} {number}", columns)
            line += 1
            sheet.set_row(line, _lines(columns, row) * _LINE_HEIGHT)
            for index, column in enumerate(columns):
                self._cell(sheet, line, index, column, row[column.key])
        self._finish(sheet, columns, line)

    def _start(self, name: str, columns: list[Column]) -> Any:
        sheet = self.workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)
        sheet.set_row(0, 3 * _LINE_HEIGHT if any(len(column.heading) > column.width for column in columns) else 20)
        for index, column in enumerate(columns):
            is_number = column.kind in ("money", "count", "rate")
            sheet.write_string(0, index, column.heading, self.number_heading if is_number else self.heading)
        return sheet

    def _finish(self, sheet: Any, columns: list[Column], last_line: int) -> None:
        sheet.autofilter(0, 0, last_line, len(columns) - 1)
        sheet.print_area(0, 0, last_line, min(len(columns), _PRINTED_COLUMNS) - 1)

    def _cell(self, sheet: Any, line: int, index: int, column: Column, value: Any) -> None:
        if value is None:
            return
        if column.kind == "text":
            if column.key == "ageing_bucket":
                value = BUCKET_WORDS.get(value, value)
            style = self.formats["wrapped" if column.width >= _WRAPPED_WIDTH else "text"]
            sheet.write_string(line, index, safe_text(_as_text(value)), style)
        elif isinstance(value, date):
            style = self.formats["time" if isinstance(value, datetime) else "date"]
            sheet.write_datetime(line, index, value, style)
        else:
            sheet.write_number(line, index, value, self.formats[column.kind])


def _lines(columns: list[Column], row: Row) -> int:
    """How many lines the tallest wrapped cell needs: spreadsheet programs do not all work it out when opening."""
    needed = [
        -(-len(_as_text(row[column.key])) // max(column.width * 3 // 4, 1))
        for column in columns
        if column.kind == "text" and column.width >= _WRAPPED_WIDTH and row[column.key] is not None
    ]
    return min(max(needed, default=1) or 1, 10)


def _as_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
