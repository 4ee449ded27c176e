"""1CClientBankExchange, the text statement of Russian-speaking banks, versions 1.01-1.03.

bank.lines by default, erp.payments from the same lines when asked. Source: the exchange standard of 1C (v8.1c.ru) and
recorded statements of several banks.

- Encoding: UTF-8 if it decodes strictly, else cp1251, whatever the line Кодировка says.
- Direction: the account of the statement (РасчСчет) that a document names as payer's or recipient's; ДатаСписано or
  ДатаПоступило of that side is the booking date. A transfer between two accounts of the file is one line for each
  date it has. A document without the date is not booked and rejected; one that names neither account is rejected.
- Amounts of lines are signed, positive is money in. Nothing is guessed: ``1 000,00`` and 30.02.2026 are rejected.
- Currency: digits 6-8 of a 20-digit account (810 and 643 RUB, 840 USD, ...), else the feed's option ``currency``.
- ``bank_line_id`` is ``account|date|number|signed amount|counterparty account|n``, n counting equal lines of the file:
  two equal lines of a day are two lines, and the same statement sent again gives the same ids.
- Control totals: opening + in - out = closing of each section, and the sum of an account's booked documents equals its
  totals. Banks also list documents booked outside the section's dates; the totals may count them or not, both agree.
- erp.payments: incoming lines only, as posted bank receipts under the id of the line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from ingest.formats.base import (
    EXACT,
    LARGEST_DOCUMENT,
    Fault,
    FileRefused,
    FormatOptions,
    Outcome,
    Reject,
    Row,
    Values,
    decimal,
    dotted_date,
    numbered,
    plain,
    too_large,
)
from ingest.formats.client_bank_statement import DOCUMENT, SECTION, Fields, check_beginning, read_blocks
from ingest.formats.currencies import LETTERS
from ingest.formats.repeats import Repeats
from ingest.formats.text_input import text_lines

CONTRACTS = ("bank.lines", "erp.payments")
DEFAULT_CONTRACTS = ("bank.lines",)
OPTIONS = ("currency",)
ENCODINGS = ("utf-8", "cp1251")

FORWARDS = {"in": ("Получатель", "ДатаПоступило", "Плательщик"), "out": ("Плательщик", "ДатаСписано", "Получатель")}
"""Direction: (own side, its booking date, the other side)."""

_AMOUNT = re.compile(r"\d{1,40}(\.\d{1,4})?", re.ASCII)
_TAX_ID_IN_NAME = re.compile(r"ИНН\s+(\d{5,20})\s+(.*)", re.ASCII | re.DOTALL)
_RUSSIAN_ACCOUNT = re.compile(r"\d{5}(\d{3})\d{12}", re.ASCII)


@dataclass(frozen=True)
class Line:
    """One booked movement of one own account. ``booked`` or ``amount`` is a fault when it cannot be read."""

    account: str
    direction: str
    document: Fields
    booked: date | Fault
    amount: Decimal | Fault


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of bank.lines and, when wanted, erp.payments. Raises FileRefused; for totals after the last row.

    The file is read twice: the accounts that are ours, and what is said of them, may stand behind the documents.
    """
    check_beginning(text_lines(stream, options, ENCODINGS), options.file_name)
    totals = Totals(options.file_name)
    own: set[str] = set()
    kept = 0
    for kind, fields in read_blocks(text_lines(stream, options, ENCODINGS), options.file_name):
        if kind == DOCUMENT:
            continue
        kept += sum(len(key) + len(value) for key, value in fields.items())
        if kept > LARGEST_DOCUMENT:
            raise too_large(options.file_name)
        if account := fields.get("РасчСчет"):
            own.add(account)
        if kind == SECTION:
            totals.expect(fields)
    blocks = read_blocks(text_lines(stream, options, ENCODINGS), options.file_name)
    lines = (line for kind, fields in blocks if kind == DOCUMENT for line in booked_lines(fields, own))
    yield from numbered(outcomes(totals.adding(lines), options))
    totals.check()


# ---------- what a document moved


def booked_lines(document: Fields, own: set[str]) -> list[Line | Fault]:
    """The movements of own accounts by one document: one, two for a transfer between own accounts, or a fault."""
    sides = {
        direction: next((account for account in _accounts(document, side) if account in own), None)
        for direction, (side, _, _) in FORWARDS.items()
    }
    dated = {direction for direction, (_, key, _) in FORWARDS.items() if document.get(key)}
    if own and not any(sides.values()):
        named = [account for side in ("Плательщик", "Получатель") for account in _accounts(document, side)]
        return [Fault("account", ", ".join(named) or None, "out_of_range" if named else "missing_required")]
    if not dated:
        return [Fault("booked_date", None, "missing_required")]
    if not own and len(dated) == 1:
        (direction,) = dated
        account = next(iter(_accounts(document, FORWARDS[direction][0])), None)
        if account is None:
            return [Fault("account", None, "missing_required")]
        sides[direction] = account
    directions = [direction for direction, account in sides.items() if account]
    if len(directions) == 2 or not own:
        directions = [direction for direction in directions if direction in dated]
    if not directions:
        return [Fault("booked_date", None, "missing_required")]
    return [_line(document, direction, str(sides[direction])) for direction in directions]


def _line(document: Fields, direction: str, account: str) -> Line:
    booked: date | Fault
    amount: Decimal | Fault
    try:
        booked = dotted_date("booked_date", document.get(FORWARDS[direction][1]) or None)
    except Fault as fault:
        booked = fault
    try:
        amount = _amount(document.get("Сумма"))
    except Fault as fault:
        amount = fault
    return Line(account, direction, document, booked, amount)


def _accounts(document: Fields, side: str) -> list[str]:
    return [value for key in ("Счет", "РасчСчет") if (value := document.get(side + key))]


def _amount(value: str | None) -> Decimal:
    if value and value.startswith("-"):
        raise Fault("amount", value, "out_of_range")
    if value and not _AMOUNT.fullmatch(value):
        raise Fault("amount", value, "bad_decimal")
    return decimal("amount", value)


# ---------- control totals


@dataclass
class Sums:
    """What the lines of one account and direction sum to: all of them, and those dated within its sections."""

    whole: Decimal = Decimal(0)
    in_period: Decimal = Decimal(0)
    count: int = 0
    is_readable: bool = True


class Totals:
    """What the account sections state, against what the documents sum to."""

    def __init__(self, file_name: str) -> None:
        self._file_name = file_name
        self._sections: dict[str, list[Fields]] = {}
        self._sums: dict[tuple[str, str], Sums] = {}

    def expect(self, section: Fields) -> None:
        """Keep a section. Refuses ``control_total_mismatch`` when it does not add up."""
        if account := section.get("РасчСчет"):
            self._sections.setdefault(account, []).append(section)
        opening, money_in, money_out, closing = (
            _total(section, key, self._file_name)
            for key in ("НачальныйОстаток", "ВсегоПоступило", "ВсегоСписано", "КонечныйОстаток")
        )
        if opening is None or money_in is None or money_out is None or closing is None:
            return
        computed = EXACT.subtract(EXACT.add(opening, money_in), money_out)
        if computed != closing:
            raise FileRefused(
                "control_total_mismatch",
                f"{self._file_name}, account {section.get('РасчСчет', '')}, {_dates(section)}: opening {opening} + in "
                f"{money_in} - out {money_out} = {computed}, but КонечныйОстаток is {closing}. "
                "Ask the bank for the statement again.",
            )

    def adding(self, lines: Iterable[Line | Fault]) -> Iterator[Line | Fault]:
        """The lines, summed as they pass."""
        for line in lines:
            if isinstance(line, Line) and line.account in self._sections:
                self._add(line, self._sums.setdefault((line.account, line.direction), Sums()))
            yield line

    def _add(self, line: Line, sums: Sums) -> None:
        sums.count += 1
        if isinstance(line.amount, Fault) or _undated(line):
            sums.is_readable = False
            return
        sums.whole = EXACT.add(sums.whole, line.amount)
        if _is_within(line.booked, self._sections[line.account]):
            sums.in_period = EXACT.add(sums.in_period, line.amount)

    def check(self) -> None:
        """Refuse ``control_total_mismatch`` when the documents are not what the sections of an account total."""
        for account, sections in self._sections.items():
            for direction, key in (("in", "ВсегоПоступило"), ("out", "ВсегоСписано")):
                totals = [_total(section, key, self._file_name) for section in sections]
                stated = _sum([total for total in totals if total is not None])
                sums = self._sums.get((account, direction), Sums())
                if None in totals or not sums.is_readable or stated in (sums.whole, sums.in_period):
                    continue
                raise FileRefused(
                    "control_total_mismatch",
                    f"{self._file_name}, account {account}: {key} is {stated}, but the {sums.count} booked documents "
                    f"sum to {sums.whole}. Documents are missing or too many: ask the bank for the statement again.",
                )


def _undated(line: Line) -> bool:
    return isinstance(line.booked, Fault) and line.booked.reason == "missing_required"


def _is_within(booked: date | Fault, sections: list[Fields]) -> bool:
    return not isinstance(booked, date) or any(
        (first := _date(section, "ДатаНачала")) and (last := _date(section, "ДатаКонца")) and first <= booked <= last
        for section in sections
    )


def _total(section: Fields, key: str, file_name: str) -> Decimal | None:
    value = section.get(key)
    if not value:
        return None
    try:
        return decimal(key, value)
    except Fault as fault:
        raise FileRefused(
            "control_total_mismatch",
            f"{file_name}, account {section.get('РасчСчет', '')}: the total {key}={value[:40]} is not a number.",
        ) from fault


def _sum(amounts: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def _date(section: Fields, key: str) -> date | None:
    try:
        return dotted_date(key, section.get(key) or None)
    except Fault:
        return None


def _dates(section: Fields) -> str:
    return f"{section.get('ДатаНачала', '?')}-{section.get('ДатаКонца', '?')}"


# ---------- rows


def outcomes(lines: Iterable[Line | Fault], options: FormatOptions) -> Iterator[Outcome]:
    """bank.lines in file order; each incoming one is followed by its erp.payments row when wanted."""
    wanted = options.wanted(DEFAULT_CONTRACTS)
    default_currency = options.currency()
    seen = Repeats()
    for line in lines:
        try:
            if isinstance(line, Fault):
                raise line
            values = _bank_line(line, _currency(line.account, default_currency, options.file_name), seen)
        except Fault as fault:
            if "bank.lines" in wanted:
                yield "bank.lines", fault
            elif not isinstance(line, Line) or line.direction == "in":
                column = {"booked_date": "document_date", "account": "erp_document_id"}.get(fault.column, fault.column)
                yield "erp.payments", Fault(column, fault.value, fault.reason)
            continue
        if "bank.lines" in wanted:
            yield "bank.lines", values
        if "erp.payments" in wanted and line.direction == "in":
            yield "erp.payments", _erp_payment(line, values)


def _bank_line(line: Line, currency: str, seen: Repeats) -> Values:
    document, (_, _, other) = line.document, FORWARDS[line.direction]
    if isinstance(line.booked, Fault):
        raise line.booked
    if isinstance(line.amount, Fault):
        raise line.amount
    amount = line.amount.copy_negate() if line.direction == "out" else line.amount
    name, tax_id = _party(document, other)
    counterparty_account = next(iter(_accounts(document, other)), "")
    identity = "|".join(
        (
            line.account,
            line.booked.isoformat(),
            document.get("Номер", ""),
            plain(amount.normalize(EXACT)),
            counterparty_account,
        )
    )
    return {
        "bank_line_id": f"{identity}|{seen.nth(identity)}",
        "account": line.account,
        "booked_date": line.booked.isoformat(),
        "amount": plain(amount),
        "currency": currency,
        "counterparty_name": name,
        "counterparty_tax_id": tax_id,
        "purpose": _purpose(document),
        "bank_reference": document.get("Номер") or None,
    }


def _erp_payment(line: Line, values: Values) -> Values:
    return {
        "erp_document_id": values["bank_line_id"],
        "document_type": "bank_receipt",
        "number": values["bank_reference"],
        "posted": "true",
        "deleted": "false",
        "document_date": values["booked_date"],
        "customer_tax_id": values["counterparty_tax_id"],
        "organisation_tax_id": _party(line.document, FORWARDS[line.direction][0])[1],
        "amount": values["amount"],
        "currency": values["currency"],
        "is_manual": "false",
    }


def _party(document: Mapping[str, str], side: str) -> tuple[str | None, str | None]:
    """Name and tax id of one side: ``Плательщик1`` before ``Плательщик``, which may begin with the tax id."""
    name = document.get(f"{side}1") or document.get(side) or ""
    tax_id = document.get(f"{side}ИНН") or ""
    in_name = _TAX_ID_IN_NAME.fullmatch(name)
    if in_name:
        tax_id, name = tax_id or in_name[1], in_name[2]
    return name or None, tax_id if tax_id.strip("0") else None


def _purpose(document: Mapping[str, str]) -> str | None:
    numbered_lines = (document.get(f"НазначениеПлатежа{number}", "") for number in range(1, 7))
    return document.get("НазначениеПлатежа") or " ".join(filter(None, numbered_lines)) or None


def _currency(account: str, default: str | None, file_name: str) -> str:
    russian = _RUSSIAN_ACCOUNT.fullmatch(account)
    currency = (LETTERS.get(russian[1]) if russian else None) or default
    if currency is None:
        raise FileRefused(
            "missing_required_column",
            f"{file_name}: the currency of account {account} cannot be told from its number. "
            "Declare it with the feed in sverka.yml: `options: {currency: RUB}` (or the currency it has).",
        )
    return currency
