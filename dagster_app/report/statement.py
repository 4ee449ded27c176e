"""A customer's statement as a workbook or a page that can be sent to the customer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster_app.queries.connection import PublishedHome, Row
from dagster_app.queries.statement import Account, Statement
from dagster_app.report.excel import SHEET_ROWS, Column, Sheets
from dagster_app.report.html import environment
from dagster_app.report.masking import without_cards
from dagster_app.report.writing import atomically

TITLE = "Акт сверки взаимных расчётов · Statement of account"
KIND_WORDS = {
    "issued": "Счёт выставлен · Invoice issued",
    "prepayment": "Предоплата · Prepayment",
    "payment": "Оплата · Payment",
    "overpayment": "Переплата · Overpayment",
    "refund": "Возврат денег · Refund",
    "dispute_lost": "Проигранный спор · Dispute lost",
    "return": "Возврат товара · Goods returned",
    "adjustment": "Корректировка · Adjustment",
    "unapplied_payment": "Нераспределённая оплата · Unapplied payment",
}
OPENING = "Сальдо начальное · Opening balance"
TURNOVER = "Обороты за период · Turnover of the period"
CLOSING = "Сальдо конечное · Closing balance"

_COLUMNS = [
    Column("business_date", "Дата · Date", "date", 12),
    Column("kind", "Операция · Operation", width=44),
    Column("invoice_id", "Счёт · Invoice", width=20),
    Column("document_id", "Документ · Document", width=40),
    Column("debit", "Дебет · Debit", "money", 18),
    Column("credit", "Кредит · Credit", "money", 18),
    Column("balance_after", "Сальдо · Balance", "money", 18),
    Column("reason", "Основание · Reason", width=44),
]
_SUMMARY = [Column("what", "", width=52), Column("text", "", width=52)]
_SUMMARY += [Column("currency", "Валюта · Currency", width=16), Column("amount", "Сумма · Amount", "money", 20)]


def write_statement(home: PublishedHome, found: Statement, form: str, out: Path | None = None) -> Path:
    """Write the statement as `xlsx` or `html`, whole or not at all; returns the file.

    By default it is `reports/statements/<customer>-<first>-<last>.<form>`.
    """
    path = out or home.reports / "statements" / file_name(found, form)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomically(path, lambda part: _write_page(found, part) if form == "html" else _write_workbook(found, part))
    return path


def file_name(found: Statement, form: str) -> str:
    """A name that stays inside its folder, whatever the customer is called."""
    customer = re.sub(r"[^\w-]+", "_", found.customer_id)[:100]
    return f"{customer}-{found.first}-{found.last}.{form}"


def verdict(account: Account) -> str:
    """Who owes whom at the end."""
    if account.closing_balance > 0:
        return "Задолженность клиента · The customer owes"
    if account.closing_balance < 0:
        return "Задолженность перед клиентом · Owed to the customer"
    return "Задолженности нет · Nothing is owed"


def rows(account: Account) -> Iterator[Row]:
    """The lines of one currency between its opening and closing balance; free text masked."""
    empty = dict.fromkeys(column.key for column in _COLUMNS)
    yield empty | {"kind": OPENING, "balance_after": account.opening_balance}
    for line in account.lines:
        ids = (line["invoice_id"], line["document_id"], line["payment_key"])
        words = {"kind": KIND_WORDS.get(line["event_kind"], line["event_kind"])}
        yield line | words | {"reason": without_cards(line["reason"], *ids)}
    yield empty | {"kind": TURNOVER, "debit": account.debit_turnover, "credit": account.credit_turnover}
    yield empty | {"kind": CLOSING, "balance_after": account.closing_balance, "reason": verdict(account)}


def _write_workbook(found: Statement, path: Path) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        created = datetime(found.as_of_date.year, found.as_of_date.month, found.as_of_date.day)
        workbook.set_properties({"title": TITLE, "created": created})
        sheets = Sheets(workbook)
        sheets.write("Акт сверки", _SUMMARY, _summary(found), SHEET_ROWS)
        for account in found.accounts:
            sheets.write(account.currency, _COLUMNS, rows(account), SHEET_ROWS)


def _summary(found: Statement) -> Iterator[Row]:
    heading: list[tuple[str, str | None]] = [
        (TITLE, None),
        ("Клиент · Customer", " · ".join(filter(None, [found.customer_name, found.customer_id]))),
        ("ИНН · Tax id", found.tax_id),
        ("Период · Period", f"{found.first} – {found.last}"),
        ("По состоянию на · As known on", f"{found.as_of_date}, {found.timezone}"),
    ]
    for what, text in heading:
        yield {"what": what, "text": text, "currency": None, "amount": None}
    for account in found.accounts:
        for what, text, amount in (
            (OPENING, None, account.opening_balance),
            ("Дебет · Debit", None, account.debit_turnover),
            ("Кредит · Credit", None, account.credit_turnover),
            (CLOSING, verdict(account), account.closing_balance),
        ):
            yield {"what": what, "text": text, "currency": account.currency, "amount": amount}


def _write_page(found: Statement, path: Path) -> None:
    context: dict[str, Any] = {"found": found, "title": TITLE, "rows": rows, "verdict": verdict}
    text = environment().get_template("statement.html.j2").render(**context)
    path.write_text(text, encoding="utf-8", newline="\n")
