"""How a MoySklad payment divides over the invoices and orders it is linked to, and which outgoing one is a refund.

Source: ``operations[]{meta{href, type}, linkedSum}`` of paymentin and cashin, remap 1.2. linkedSum 0 or absent means
the whole sum of the payment.

- No link, or only links to the whole sum: one part. It carries the invoice and the order when there is one of each;
  of several invoices (or orders) that each claim the whole sum it carries none, since which is paid is not said.
- Links to parts of the sum: one part each, in file order, then what no link takes as a part of its own without links,
  so that the parts sum to the document. Links to the whole sum beside them claim nothing.
- Links that take more than the sum contradict it: the document is rejected.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ingest.formats.base import EXACT, Fault, FileRefused, FormatOptions, major, plain, text
from ingest.formats.json_input import child

HUNDREDTHS = 2
"""Sums are hundredths whatever the currency."""

INVOICE, ORDER = "invoiceout", "customerorder"
RETURN = "salesreturn"
PURCHASES = {"supply", "invoicein", "purchaseorder", "facturein"}


@dataclass(frozen=True)
class Part:
    """A part of a payment; ``suffix`` makes its id: empty for the only one, else ``#1``, ``#2``."""

    suffix: str
    amount: Decimal
    invoice_id: str | None = None
    order_id: str | None = None


@dataclass(frozen=True)
class _Link:
    kind: str
    target: str | None
    amount: Decimal


def link_id(entity: Any) -> str | None:
    """The id of a linked entity: the last path segment of its ``meta.href``, without a query."""
    href = text(child(entity, "meta", "href"))
    return href.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1] or None if href else None


def linked_types(record: dict[str, Any]) -> set[str]:
    """The types of everything a payment is linked to."""
    return {kind for operation in _operations(record) if (kind := text(child(operation, "meta", "type")))}


def refund_expense_items(options: FormatOptions) -> frozenset[str] | None:
    """The expense items that mean a refund, None when the feed does not say. Refuses what is no list of ids."""
    declared = options.options.get("refund_expense_items")
    if declared is None:
        return None
    if not isinstance(declared, list | tuple) or not declared:
        raise FileRefused(
            "unparsable", f"{options.file_name}: option refund_expense_items in sverka.yml must be a list of ids."
        )
    return frozenset(str(item) for item in declared)


def check_refund(record: dict[str, Any], refund_items: frozenset[str] | None) -> None:
    """Fault when an outgoing payment is known to be none to a customer."""
    linked = linked_types(record)
    if linked & PURCHASES:
        raise Fault("operations", ", ".join(sorted(linked & PURCHASES)), "out_of_range")
    item = link_id(record.get("expenseItem"))
    if refund_items is not None and RETURN not in linked and item not in refund_items:
        raise Fault("expenseItem", item, "out_of_range")


def parts(record: dict[str, Any]) -> list[Part]:
    """The parts of one payment document, which sum to it. Faults when its sums are unreadable or contradict."""
    whole = major("amount", record.get("sum"), HUNDREDTHS)
    links = [link for operation in _operations(record) if (link := _link(operation, whole))]
    partial = [link for link in links if link.amount != whole]
    if not partial:
        return [Part("", whole, _only(links, INVOICE), _only(links, ORDER))]
    rest = whole
    for link in partial:
        rest = EXACT.subtract(rest, link.amount)
    if rest < 0:
        raise Fault("amount", plain(whole), "out_of_range")
    divided = [
        (link.amount, link.target if link.kind == INVOICE else None, link.target if link.kind == ORDER else None)
        for link in partial
    ]
    if rest:
        divided.append((rest, None, None))
    return [Part(f"#{number}", *part) for number, part in enumerate(divided, start=1)]


def _operations(record: dict[str, Any]) -> list[Any]:
    operations = record.get("operations")
    return operations if isinstance(operations, list) else []


def _link(operation: Any, whole: Decimal) -> _Link | None:
    """The link of an operation with an invoice or order; the money of any other stays in the rest."""
    kind = text(child(operation, "meta", "type"))
    if kind not in (INVOICE, ORDER):
        return None
    linked = child(operation, "linkedSum")
    amount = major("amount", linked, HUNDREDTHS) if linked is not None else Decimal(0)
    if amount < 0:
        raise Fault("amount", plain(amount), "out_of_range")
    return _Link(kind, link_id(operation), amount or whole)


def _only(links: list[_Link], kind: str) -> str | None:
    targets = {link.target for link in links if link.kind == kind}
    return targets.pop() if len(targets) == 1 else None
