"""OFX bank and card statements: 1.x (SGML, tags left open) and 2.x (XML).

bank.lines. Source: the OFX specification and recorded files. The tags are read here and not by a library: the known one
passes over what it does not match, and refuses the code pages that banks outside its country declare.

- Sign: TRNAMT as it is. A DEBIT above zero or a CREDIT below it contradicts itself and is rejected.
- TRNAMT has a decimal dot or comma; ``1,234.56``, ``1 234`` and ``1,234`` (thousands or decimals?) are rejected.
- Booked on DTPOSTED as written, without turning it into another zone. 30 February is rejected.
- Currency: CURDEF, or the transaction's own CURRENCY.
- ``bank_line_id`` is ``account|FITID``; when a bank repeats a FITID in one file, ``|2`` and so on: two equal lines are
  two payments. A transaction with CORRECTFITID and REPLACE is the new version of that one; DELETE is rejected.
- Pending transactions (STMTTRNP) are rejected, they are no money yet. An error status refuses the file.
- Encoding: UTF-8 if it decodes strictly, else the CHARSET of the header (1251, 1252, ISO-8859-1), or the feed's.
- There are no control totals: LEDGERBAL is a balance without an opening one.
"""

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    Reject,
    Row,
    Values,
    decimal,
    numbered,
    plain,
    read_text,
    required,
)
from ingest.formats.currencies import letters
from ingest.formats.repeats import Repeats

CONTRACTS = ("bank.lines",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency",)

STATEMENTS = ("STMTRS", "CCSTMTRS")
DEEPEST = 64

_TOKEN = re.compile(
    r"<(?P<close>/?)(?P<tag>[A-Za-z][A-Za-z0-9._]*)\s*/?>(?P<text>(?:<!\[CDATA\[.*?\]\]>|[^<])*)", re.DOTALL
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_CHARSET = re.compile(rb"(?:CHARSET:\s*([\w-]+)|<\?xml[^>]*encoding=[\"']([\w-]+))", re.IGNORECASE)
_AMOUNT = re.compile(r"[+-]?\d{1,40}(?:\.\d{0,40}|,\d{1,2}|,\d{4,40})?", re.ASCII)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{4}(?:\d\d(?:\.\d{1,6})?)?)?\s*(?:\[[^\]]*\])?", re.ASCII)


@dataclass
class Node:
    """An element with its text or its inner elements; ``line`` is its place in the file."""

    tag: str
    text: str = ""
    inner: list["Node"] = field(default_factory=list)

    def all(self, *path: str) -> list["Node"]:
        """The elements under ``path``."""
        found = [self]
        for name in path:
            found = [node for outer in found for node in outer.inner if node.tag == name]
        return found

    def value(self, *path: str) -> str | None:
        """The text of the first element under ``path`` that has one."""
        return next((node.text for node in self.all(*path) if node.text), None)

    def find(self, *tags: str) -> Iterator["Node"]:
        """Every element of those names, however deep, not looking inside one that was found."""
        for node in self.inner:
            if node.tag in tags:
                yield node
            else:
                yield from node.find(*tags)


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of bank.lines. Raises FileRefused, before the first row."""
    document = _document(_text(stream, options), options.file_name)
    for status in document.find("STATUS"):
        if status.value("SEVERITY") == "ERROR":
            why = status.value("MESSAGE") or f"code {status.value('CODE')}"
            raise FileRefused("unparsable", f"{options.file_name} is an error answer: {why[:200]}. Fetch it again.")
    statements = list(document.find(*STATEMENTS))
    if not statements:
        raise FileRefused("unparsable", f"{options.file_name} has no bank or card statement ({', '.join(STATEMENTS)}).")
    seen = Repeats()
    found = [outcome for statement in statements for outcome in _rows(statement, options, seen)]
    yield from numbered(("bank.lines", outcome) for outcome in found)


# ---------- the document


def _text(stream: BinaryIO, options: FormatOptions) -> str:
    head = stream.read(4096)
    stream.seek(0)
    found = _CHARSET.search(head)
    named = (found[1] or found[2]).decode("ascii").lower() if found else ""
    named = f"cp{named}" if named.isdigit() else named
    try:
        codecs.lookup(named or "utf-8")
    except LookupError:
        named = ""
    return read_text(stream, options, ("utf-8", named) if named and not options.encoding else ("utf-8",))


def _document(content: str, file_name: str) -> Node:
    """The element OFX. What stands before it is the header, what stands between tags must be nothing."""
    start = re.search(r"<OFX\s*>", content, re.IGNORECASE)
    if start is None:
        raise FileRefused("unparsable", f"{file_name} has no element OFX. Export the statement as OFX.")
    if "<!DOCTYPE" in content[: start.start()].upper() or "<!ENTITY" in content.upper():
        raise FileRefused("unparsable", f"{file_name} declares a document type or an entity, which no statement needs.")
    closed = {name.upper() for name in re.findall(r"</([A-Za-z][A-Za-z0-9._]*)\s*>", content)}
    root = Node("")
    stack = [root]
    place = start.start()
    for match in _TOKEN.finditer(content, place):
        if match.start() != place:
            break
        place = match.end()
        fault = _take(match, stack, closed)
        if fault:
            line = content.count("\n", 0, match.start()) + 1
            raise FileRefused("unparsable", f"{file_name}, line {line}: {fault}. Ask for the statement again.")
        if len(stack) == 1:
            break
    if len(stack) > 1 or not root.inner or content[place:].strip():
        line = content.count("\n", 0, place) + 1
        raise FileRefused(
            "unparsable", f"{file_name}, line {line}: no OFX here, or cut off. Ask for the statement again."
        )
    return root.inner[0]


def _take(match: re.Match[str], stack: list[Node], closed: set[str]) -> str | None:
    """Take one tag with the text after it; what is wrong with it, if anything."""
    tag, text = match["tag"].upper(), _value(match["text"])
    if match["close"]:
        leaf = stack[-1].inner[-1] if stack[-1].inner else None
        if stack[-1].tag == tag:
            stack.pop()
        elif leaf is None or leaf.tag != tag or leaf.inner:
            return f"</{tag[:40]}> closes what is not open"
        return f"text {text[:40]!r} after </{tag[:40]}>" if text else None
    node = Node(tag, text)
    stack[-1].inner.append(node)
    if not text and tag in closed and not match[0].rstrip().endswith("/>"):
        stack.append(node)
    return "nested too deeply" if len(stack) > DEEPEST else None


def _value(text: str) -> str:
    if "<![CDATA[" in text:
        return _CDATA.sub(r"\1", text).strip()
    return html.unescape(text).replace("\0", "").strip() if "&" in text else text.strip()


# ---------- rows


def _rows(statement: Node, options: FormatOptions, seen: Repeats) -> Iterator[Values | Fault]:
    account = statement.value("BANKACCTFROM", "ACCTID") or statement.value("CCACCTFROM", "ACCTID")
    currency = statement.value("CURDEF") or options.currency()
    for transaction in statement.find("STMTTRN", "STMTTRNP"):
        try:
            if transaction.tag == "STMTTRNP":
                raise Fault("status", "pending", "out_of_range")
            yield _row(transaction, account, currency, seen)
        except Fault as fault:
            yield fault


def _row(transaction: Node, account: str | None, currency: str | None, seen: Repeats) -> Values:
    own = required("account", account)
    booked = _date(transaction.value("DTPOSTED"))
    amount = _amount(transaction)
    name = transaction.value("NAME") or transaction.value("PAYEE", "NAME")
    key = transaction.value("FITID") or f"{booked}|{plain(amount)}|{name or ''}"
    corrected = transaction.value("CORRECTFITID")
    if corrected:
        action = transaction.value("CORRECTACTION")
        if action != "REPLACE":
            raise Fault("correctaction", action, "out_of_range")
        key = corrected
    identity = f"{own}|{key}"
    number = seen.nth(identity)
    code = transaction.value("CURRENCY", "CURSYM") or currency
    return {
        "bank_line_id": identity if number == 1 else f"{identity}|{number}",
        "account": own,
        "booked_date": booked,
        "amount": plain(amount),
        "currency": letters(required("currency", code)) or code,
        "counterparty_name": name,
        "purpose": transaction.value("MEMO"),
        "bank_reference": transaction.value("REFNUM") or transaction.value("CHECKNUM"),
    }


def _amount(transaction: Node) -> Decimal:
    value, kind = transaction.value("TRNAMT"), transaction.value("TRNTYPE")
    if value is not None and not _AMOUNT.fullmatch(value):
        raise Fault("amount", value, "bad_decimal")
    amount = decimal("amount", value.replace(",", ".") if value else None)
    if (kind == "DEBIT" and amount > 0) or (kind == "CREDIT" and amount < 0):
        raise Fault("amount", f"{kind} {value}", "out_of_range")
    return amount


def _date(value: str | None) -> str:
    text = required("booked_date", value)
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError as error:
        raise Fault("booked_date", text, "bad_date") from error
