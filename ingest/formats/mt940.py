"""MT940 (SWIFT customer statement) and the dialects of banks that send it as a text file.

bank.lines. Source: SWIFT's field specification and recorded statements of several banks. The fields are read here and
not by a library: those known mend a date such as 30 February and skip lines that they do not understand.

- A file holds one or more messages, in SWIFT blocks or bare, with any lines before ``:20:`` and after the ``-``. One
  without opening (60F, 60M) or closing balance (62F, 62M) is refused: cut off, or an interim report (MT942).
- ``:61:``: the mark C and RD is money in, D and RC money out (R reverses); EC and ED are expected, not booked, and
  rejected. Amounts have a decimal comma and no sign. The letter after the mark is a funds code.
- Booked on the entry date, whose year is that nearest to the value date; without one on the value date.
- Control totals: opening + lines = closing balance of each message.
- ``bank_line_id`` is ``account|date|references|signed amount|n``, n counting equal lines of the file: two equal lines
  of a day are two payments, and the statement sent again gives the same ids.
- ``:86:``: the German subfields ``?20``.. (purpose) and ``?32``, ``?33`` (name), the Dutch words ``/NAME/`` and
  ``/REMI/``, else the whole text is the purpose.
- Encoding: UTF-8, or as the feed declares; an older bank's code page is never guessed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from ingest.formats.base import (
    EXACT,
    Fault,
    FileRefused,
    FormatOptions,
    Reject,
    Row,
    Values,
    decimal,
    numbered,
    plain,
)
from ingest.formats.currencies import letters
from ingest.formats.repeats import Repeats
from ingest.formats.text_input import text_lines

CONTRACTS = ("bank.lines",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency",)

LARGEST_MESSAGE = 1 << 23
"""Characters of one message; banks send one for each account and day."""

_TAG = re.compile(r":(\d{2}[A-Z]?|NS):(.*)", re.ASCII | re.DOTALL)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})?([\d,.]+)", re.ASCII)
_LINE = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4})?(?P<mark>RC|RD|EC|ED|C|D)(?P<funds>[A-Z])?(?P<amount>\d[^A-Z]*)"
    r"(?P<type>[NFS][A-Z0-9 ]{3})(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)
_AMOUNT = re.compile(r"\d{1,20},\d{0,4}", re.ASCII)
_SIGNS = {"C": 1, "RD": 1, "D": -1, "RC": -1}
_GERMAN = re.compile(r"\?(\d\d)", re.ASCII)
_DUTCH = re.compile(r"/(NAME|REMI|EREF)/", re.ASCII)
_TAX_ID = re.compile(r"\b(?:INN|ИНН)[ :]?(\d{10}(?:\d\d)?)\b", re.ASCII)
_NO_REFERENCE = ("NONREF", "NOTPROVIDED", "N", "")
_WIDTH = 27
"""A text that fills a subfield goes on in the next one without a space."""
_PURPOSE = {f"{code:02d}" for code in (*range(20, 30), *range(60, 64))}


@dataclass
class Line:
    """A ``:61:`` with the ``:86:`` after it; ``place`` is its line in the file."""

    place: int
    text: str
    details: list[str] = field(default_factory=list)


@dataclass
class Message:
    """One statement message."""

    place: int
    account: str | None = None
    opening: str | None = None
    closing: str | None = None
    lines: list[Line] = field(default_factory=list)


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of bank.lines. Raises FileRefused, for a message also after its rows."""
    seen = Repeats()
    messages = _messages(text_lines(stream, options, ("utf-8",)), options.file_name)
    yield from numbered(("bank.lines", outcome) for message in messages for outcome in _rows(message, options, seen))


# ---------- messages and fields


def _fields(rows: Iterable[str], file_name: str) -> Iterator[tuple[int, str, str]]:
    """(line number, tag, text) with continuation lines joined by line ends; tag ``-`` where a message ends."""
    place, tag, lines, size = 0, "", list[str](), 0
    for number, raw in enumerate(rows, start=1):
        size += len(raw) + 1
        if size > LARGEST_MESSAGE:
            raise FileRefused("unparsable", f"{file_name}, line {number}: its message is too large to be a statement.")
        row = raw.rstrip().rpartition("{4:")[2] if raw.startswith(("{", "\x01{")) else raw.rstrip()
        match = _TAG.fullmatch(row)
        if match or row in ("-", "-}") or row.startswith("-}"):
            if tag:
                yield place, tag, "\n".join(lines).rstrip()
            place, tag, lines = number, match[1] if match else "-", [match[2]] if match else []
            size = 0 if tag in ("20", "-") else size
        else:
            lines.append(row)
    if tag:
        yield place, tag, "\n".join(lines).rstrip()


def _messages(rows: Iterable[str], file_name: str) -> Iterator[Message]:
    message: Message | None = None
    line: Line | None = None
    number = 0
    for place, tag, value in _fields(rows, file_name):
        if tag in ("20", "-"):
            if message is not None:
                yield _whole(message, file_name)
            message, line = (Message(place), None) if tag == "20" else (None, None)
            number += tag == "20"
        elif message is None:
            raise FileRefused(
                "unparsable", f"{file_name}, line {place}: :{tag}: stands before :20:, no MT940 statement."
            )
        elif tag in ("25", "25P"):
            message.account = value.split("\n")[0].strip() or None
        elif tag in ("60F", "60M"):
            message.opening = _once(message.opening, value, tag, place, file_name)
        elif tag in ("62F", "62M"):
            message.closing, line = _once(message.closing, value, tag, place, file_name), None
        elif tag == "61":
            line = Line(place, value)
            message.lines.append(line)
        elif tag in ("86", "NS") and line is not None:
            line.details.append(value)
    if message is not None:
        yield _whole(message, file_name)
    if not number:
        raise FileRefused("unparsable", f"{file_name} has no field :20:, it is no MT940 statement.")


def _once(before: str | None, value: str, tag: str, place: int, file_name: str) -> str:
    if before is not None:
        raise FileRefused("unparsable", f"{file_name}, line {place}: :{tag}: stands twice in one message.")
    return value


def _whole(message: Message, file_name: str) -> Message:
    for name, value in (("25", message.account), ("60F", message.opening), ("62F", message.closing)):
        if value is None:
            raise FileRefused(
                "unparsable",
                f"{file_name}: the message at line {message.place} has no :{name}:. It was cut off, or it is an "
                "interim report (MT942), which is not booked. Ask for the whole statement.",
            )
    return message


# ---------- rows and control totals


def _rows(message: Message, options: FormatOptions, seen: Repeats) -> Iterator[Values | Fault]:
    where = f"{options.file_name}, account {message.account}, message at line {message.place}"
    opening, currency = _balance(str(message.opening), where)
    closing, closing_currency = _balance(str(message.closing), where)
    if closing_currency not in (None, currency):
        raise FileRefused("unparsable", f"{where}: opens in {currency} and closes in {closing_currency}.")
    code = currency or options.currency()
    if code is None:
        raise FileRefused(
            "missing_required_column",
            f"{where}: names no currency. Declare it with the feed in sverka.yml: `options: {{currency: EUR}}`.",
        )
    total: Decimal | None = opening
    for line in message.lines:
        match = _LINE.fullmatch(line.text)
        if match is None:
            raise FileRefused(
                "unparsable",
                f"{options.file_name}, line {line.place}: :61:{line.text[:60]!r} is no statement line. "
                "Ask the bank for the statement again.",
            )
        try:
            amount = _amount(match["amount"], match["mark"])
            total = None if total is None else EXACT.add(total, amount)
        except Fault as fault:
            total = None if match["mark"] in _SIGNS else total
            yield fault
            continue
        try:
            yield _line(str(message.account), letters(code) or code, amount, match, line, seen)
        except Fault as fault:
            yield fault
    if total is not None and total != closing:
        raise FileRefused(
            "control_total_mismatch",
            f"{where}: opening {opening} and {len(message.lines)} lines give {total}, but the closing balance is "
            f"{closing}. Lines are missing or too many: ask the bank for the statement again.",
        )


def _balance(value: str, where: str) -> tuple[Decimal, str | None]:
    match = _BALANCE.fullmatch(value.strip())
    try:
        if match is None or not _AMOUNT.fullmatch(match[4]):
            raise Fault("amount", value, "bad_decimal")
        amount = decimal("amount", match[4].replace(",", "."))
        _date("booked_date", match[2])
    except Fault as fault:
        raise FileRefused("unparsable", f"{where}: the balance {value[:40]!r} cannot be read.") from fault
    return amount if match[1] == "C" else amount.copy_negate(), match[3]


def _amount(value: str, mark: str) -> Decimal:
    if mark not in _SIGNS:
        raise Fault("amount", mark, "out_of_range")
    if not _AMOUNT.fullmatch(value):
        raise Fault("amount", value, "bad_decimal")
    amount = decimal("amount", value.replace(",", "."))
    return amount if _SIGNS[mark] > 0 else amount.copy_negate()


def _line(account: str, currency: str, amount: Decimal, match: re.Match[str], line: Line, seen: Repeats) -> Values:
    booked = _booked(match["value"], match["entry"])
    first, _, supplement = match["rest"].partition("\n")
    own, _, banks = first.partition("//")
    references = [item.strip() for item in (banks, own)]
    identity = "|".join((account, booked.isoformat(), own.strip(), banks.strip(), plain(amount.normalize(EXACT))))
    details = _details("\n".join(line.details) or supplement)
    return {
        "bank_line_id": f"{identity}|{seen.nth(identity)}",
        "account": account,
        "booked_date": booked.isoformat(),
        "amount": plain(amount),
        "currency": currency,
        **details,
        "bank_reference": next((item for item in references if item not in _NO_REFERENCE), None),
    }


def _booked(value: str, entry: str | None) -> date:
    day = _date("booked_date", value)
    if entry is None:
        return day
    near = []
    for year in (day.year - 1, day.year, day.year + 1):
        try:
            near.append(date(year, int(entry[:2]), int(entry[2:])))
        except ValueError:
            continue
    if not near:
        raise Fault("booked_date", entry, "bad_date")
    return min(near, key=lambda other: abs(other - day))


def _date(column: str, value: str) -> date:
    """YYMMDD; the standard's century: 80 to 99 are of the 20th."""
    year = int(value[:2])
    try:
        return date(year + (1900 if year > 79 else 2000), int(value[2:4]), int(value[4:6]))
    except ValueError as error:
        raise Fault(column, value, "bad_date") from error


def _details(text: str) -> Values:
    joined = " ".join(text.split("\n"))
    found: dict[str, str] = {}
    if _GERMAN.search(joined):
        pieces = _GERMAN.split("".join(text.split("\n")))
        pairs = list(zip(pieces[1::2], pieces[2::2], strict=True))
        found["purpose"] = _joined(piece for code, piece in pairs if code in _PURPOSE)
        found["name"] = _joined(piece for code, piece in pairs if code in ("32", "33"))
    elif _DUTCH.search(joined):
        pieces = _DUTCH.split(joined)
        pairs = list(zip(pieces[1::2], pieces[2::2], strict=True))
        found["purpose"] = next((piece for code, piece in pairs if code == "REMI"), joined)
        found["name"] = next((piece.split("/")[0] for code, piece in pairs if code == "NAME"), "")
    tax_id = _TAX_ID.search(joined)
    return {
        "counterparty_name": " ".join(found.get("name", "").split()) or None,
        "counterparty_tax_id": tax_id[1] if tax_id else None,
        "purpose": " ".join(found.get("purpose", joined).split()) or None,
    }


def _joined(pieces: Iterator[str]) -> str:
    return "".join(piece if len(piece) >= _WIDTH else f"{piece} " for piece in pieces)
