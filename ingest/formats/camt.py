"""ISO 20022 camt.052, camt.053 and camt.054 of any version, with or without a namespace.

bank.lines. Source: the ISO 20022 message definitions and recorded messages. Streams: one entry in memory at a time.

- An entry is one line; its sign is CdtDbtInd alone: a reversal (RvslInd) already shows the way the money went.
- Only entries of status BOOK are booked; PDNG, INFO and FUTR are rejected, they are no money yet. The status is a text
  up to version 7 and ``Sts/Cd`` since.
- Booked on BookgDt as written, without turning it into another zone. It is never taken from the value date.
- Account: IBAN, else the bank's own number. Currency: that of the entry's amount.
- The other side is told when the entry has one transaction: the debtor of money in, the creditor of money out. A batch
  has several; its purposes are joined.
- ``bank_line_id`` is ``account|date|references|signed amount|n``, n counting equal lines of the file: two equal lines
  of a day are two payments; the same entry has the same id in a report and in the statement.
- Control totals of a statement or report: opening + booked entries = closing balance (booked ones, when it is on one
  page and in one currency), and sums, numbers and the net of TxsSummry. Count and total of a batch (Btch) are none:
  banks leave transactions of it out or state it before charges, and the line takes the entry's amount.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from ingest.formats.base import (
    EXACT,
    Fault,
    FileRefused,
    FormatOptions,
    Outcome,
    Reject,
    Row,
    Values,
    decimal,
    numbered,
    plain,
    required,
)
from ingest.formats.repeats import Repeats
from ingest.formats.xml_input import Element, child, children, local, text_at, xml_events

CONTRACTS = ("bank.lines",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ()

MESSAGES = tuple(
    f"{name}{version}"
    for name in ("BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn")
    for version in ("", "V01")
)
SECTIONS = ("Stmt", "Rpt", "Ntfctn")
PARTS = ("Acct", "Bal", "TxsSummry", "StmtPgntn", "RptPgntn", "NtfctnPgntn", "Ntry")
TOTALS = {"TtlCdtNtries": ("CRDT",), "TtlDbtNtries": ("DBIT",), "TtlNtries": ("CRDT", "DBIT")}
ACCOUNTS = (("IBAN",), ("Othr", "Id"), ("BBAN",), ("PrtryAcct", "Id"), ("UPIC",))
OPENING = ("OPBD", "PRCD")
CLOSING = ("CLBD",)

_AMOUNT = re.compile(r"\d{1,40}(\.\d{0,40})?", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?|(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_SIGNS = {"CRDT": 1, "DBIT": -1}
_TAX_SCHEMES = ("TXID", "INN", "ИНН", "TIN", "VAT")


@dataclass
class Section:
    """A statement, report or notification while it is read."""

    account: str | None = None
    balances: dict[str, tuple[Decimal, str | None]] = field(default_factory=dict)
    booked: Decimal = Decimal(0)
    currencies: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    sums: dict[str, Decimal] = field(default_factory=lambda: {"CRDT": Decimal(0), "DBIT": Decimal(0)})
    stated: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    net: str | None = None
    is_readable: bool = True
    is_whole: bool = True


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of bank.lines. Raises FileRefused; for totals after the last row of their statement."""
    yield from numbered(_outcomes(stream, options))


def _outcomes(stream: BinaryIO, options: FormatOptions) -> Iterator[Outcome]:
    seen = Repeats()
    section: Section | None = None
    is_camt, sections = False, 0
    for event, element in xml_events(stream, options, PARTS, (*MESSAGES, *SECTIONS)):
        name = local(element)
        if event == "start":
            is_camt = is_camt or name in MESSAGES
            if is_camt and name in SECTIONS:
                section, sections = Section(), sections + 1
        elif section is None:
            continue
        elif name == "Acct" and local(element.getparent()) in SECTIONS:
            section.account = next(filter(None, (text_at(element, "Id", *path) for path in ACCOUNTS)), None)
        elif name == "Bal":
            _keep_balance(section, element, options.file_name)
        elif name == "TxsSummry":
            section.stated = {
                place: (text_at(element, place, "NbOfNtries"), text_at(element, place, "Sum")) for place in TOTALS
            }
            section.net = _net(child(element, "TtlNtries"))
        elif name in ("StmtPgntn", "RptPgntn", "NtfctnPgntn"):
            section.is_whole = text_at(element, "PgNb") == "1" and text_at(element, "LastPgInd") in ("true", "1")
        elif name == "Ntry":
            yield "bank.lines", _entry(section, element, seen)
        elif name in SECTIONS:
            _check(section, options.file_name)
            section = None
    if not sections:
        raise FileRefused(
            "unparsable",
            f"{options.file_name} has no statement ({', '.join(SECTIONS)}) of a camt.052, 053 or 054 message.",
        )


# ---------- entries


def _entry(section: Section, entry: Element, seen: Repeats) -> Values | Fault:
    try:
        amount, mark = _amount(entry), text_at(entry, "CdtDbtInd")
        if mark not in _SIGNS:
            raise Fault("amount", mark, "unknown_enum_value" if mark else "missing_required")
    except Fault as fault:
        section.is_readable = False
        return fault
    currency = (child(entry, "Amt").get("Ccy") or "").strip() or None
    signed = amount if _SIGNS[mark] > 0 else amount.copy_negate()
    section.counts[mark] += 1
    section.sums[mark] = EXACT.add(section.sums[mark], amount)
    section.currencies.add(currency or "")
    try:
        status = text_at(entry, "Sts", "Cd") or text_at(entry, "Sts", "Prtry") or text_at(entry, "Sts")
        if status != "BOOK":
            raise Fault("status", status, "out_of_range" if status else "missing_required")
        section.booked = EXACT.add(section.booked, signed)
        return _line(section, entry, signed, currency, seen)
    except Fault as fault:
        return fault


def _line(section: Section, entry: Element, amount: Decimal, currency: str | None, seen: Repeats) -> Values:
    booked = _date("booked_date", text_at(entry, "BookgDt", "Dt") or text_at(entry, "BookgDt", "DtTm"))
    account = required("account", section.account)
    details = children(entry, "NtryDtls", "TxDtls") or children(entry, "TxDtls")
    single = details[0] if len(details) == 1 else None
    own = text_at(entry, "AcctSvcrRef") or text_at(single, "Refs", "AcctSvcrRef") or text_at(entry, "NtryRef") or ""
    end_to_end = text_at(single, "Refs", "EndToEndId")
    end_to_end = None if end_to_end in (None, "NOTPROVIDED") else end_to_end
    identity = "|".join((account, booked, own, end_to_end or "", plain(amount.normalize(EXACT))))
    name, tax_id = _other_side(single, is_in=amount >= 0)
    return {
        "bank_line_id": f"{identity}|{seen.nth(identity)}",
        "account": account,
        "booked_date": booked,
        "amount": plain(amount),
        "currency": required("currency", currency),
        "counterparty_name": name,
        "counterparty_tax_id": tax_id,
        "purpose": _purpose(entry, details),
        "bank_reference": end_to_end or own or None,
    }


def _amount(element: Element) -> Decimal:
    value = text_at(element, "Amt")
    if value is not None and not _AMOUNT.fullmatch(value):
        raise Fault("amount", value, "bad_decimal")
    return decimal("amount", value)


def _date(column: str, value: str | None) -> str:
    text = required(column, value)
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        return date.fromisoformat(match[1] or match[3]).isoformat()
    except ValueError as error:
        raise Fault(column, text, "bad_date") from error


def _other_side(details: Element, is_in: bool) -> tuple[str | None, str | None]:
    """Name and tax id; since version 8 the party stands one level deeper, in ``Pty``."""
    parties = child(details, "RltdPties")
    for role in ("Dbtr", "UltmtDbtr") if is_in else ("Cdtr", "UltmtCdtr"):
        party = child(parties, role, "Pty")
        party = child(parties, role) if party is None else party
        name = text_at(party, "Nm")
        if name:
            others = [*children(party, "Id", "OrgId", "Othr"), *children(party, "Id", "PrvtId", "Othr")]
            tax_ids = (text_at(other, "Id") for other in others if _is_tax_id(other))
            return name, next(filter(None, tax_ids), None)
    return None, None


def _is_tax_id(other: Element) -> bool:
    scheme = text_at(other, "SchmeNm", "Cd") or text_at(other, "SchmeNm", "Prtry") or ""
    return scheme.upper() in _TAX_SCHEMES


def _purpose(entry: Element, details: list[Element]) -> str | None:
    found = []
    for transaction in details:
        texts = [(item.text or "").strip() for item in children(transaction, "RmtInf", "Ustrd")]
        reference = text_at(transaction, "RmtInf", "Strd", "CdtrRefInf", "Ref")
        reference = reference or text_at(transaction, "RmtInf", "Strd", "CdtrRefInf", "CdtrRef")
        found.append(" ".join(filter(None, texts)) or reference or text_at(transaction, "AddtlTxInf") or "")
    joined = "; ".join(dict.fromkeys(filter(None, found)))
    return joined or text_at(entry, "AddtlNtryInf")


# ---------- control totals


def _keep_balance(section: Section, balance: Element, file_name: str) -> None:
    code = text_at(balance, "Tp", "CdOrPrtry", "Cd") or text_at(balance, "Tp", "Cd")
    kind = "opening" if code in OPENING else "closing" if code in CLOSING else None
    if kind is None:
        return
    try:
        amount, mark = _amount(balance), text_at(balance, "CdtDbtInd")
        if mark not in _SIGNS:
            raise Fault("amount", mark, "missing_required")
    except Fault as fault:
        raise FileRefused(
            "unparsable", f"{file_name}, account {section.account}: the balance {code} cannot be read ({fault.value})."
        ) from fault
    signed = amount if _SIGNS[mark] > 0 else amount.copy_negate()
    section.balances.setdefault(kind, (signed, child(balance, "Amt").get("Ccy")))


def _net(totals: Element) -> str | None:
    """The signed net of all entries; since version 3 it stands one level deeper."""
    net = child(totals, "TtlNetNtry")
    amount = text_at(net, "Amt") or text_at(totals, "TtlNetNtryAmt")
    mark = text_at(totals if net is None else net, "CdtDbtInd")
    return f"-{amount}" if amount and mark == "DBIT" else amount


def _check(section: Section, file_name: str) -> None:
    where = f"{file_name}, account {section.account}"
    if not section.is_readable:
        return
    for place, (number, stated) in section.stated.items():
        count = sum(section.counts[mark] for mark in TOTALS[place])
        total = Decimal(0)
        for mark in TOTALS[place]:
            total = EXACT.add(total, section.sums[mark])
        _compare(number, Decimal(count), f"{where}: the number of entries in {place}")
        _compare(stated, total, f"{where}: the sum in {place}")
    _compare(section.net, EXACT.subtract(section.sums["CRDT"], section.sums["DBIT"]), f"{where}: the net in TtlNtries")
    opening, closing = section.balances.get("opening"), section.balances.get("closing")
    if opening is None or closing is None or not section.is_whole:
        return
    if len({opening[1], closing[1], *section.currencies}) > 1:
        return
    computed = EXACT.add(opening[0], section.booked)
    if computed != closing[0]:
        raise FileRefused(
            "control_total_mismatch",
            f"{where}: opening {opening[0]} and the booked entries give {computed}, but the closing balance is "
            f"{closing[0]}. Ask the bank for the statement again.",
        )


def _compare(stated: str | None, computed: Decimal, what: str) -> None:
    try:
        if stated is not None and decimal("amount", stated) != computed:
            raise FileRefused(
                "control_total_mismatch",
                f"{what} is {stated}, but the entries of the file give {computed}. Ask the bank for it again.",
            )
    except Fault as fault:
        raise FileRefused("control_total_mismatch", f"{what} is not a number: {fault.value}.") from fault
