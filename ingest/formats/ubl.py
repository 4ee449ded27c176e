"""UBL 2.x DespatchAdvice: goods that left for a customer.

warehouse.deliveries. Source: the OASIS UBL schemas and their published examples. One document a file.

- A despatch advice need not say what the goods are worth. The amount is the sum of the elements that the option
  ``amount`` names (default ValueAmount, of the goods items), all in one currency; without one the row is rejected:
  a worth is never guessed from quantities.
- Order: OrderReference of the document, else of the lines when they all name the same. Invoice: an
  AdditionalDocumentReference of type 380 or called invoice.
- Shipped at ActualDespatchDate and -Time of the shipment, else IssueDate and IssueTime; a time without an offset is of
  the feed's zone. An ActualDeliveryDate makes it delivered, a DocumentStatusCode Cancelled cancelled.
- Other UBL documents (Invoice, RemittanceAdvice, Statement) are refused by name.
"""

from collections.abc import Iterator
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
    iso_time,
    numbered,
    plain,
    required,
)
from ingest.formats.xml_input import Element, children, load_xml, local, text_at

CONTRACTS = ("warehouse.deliveries",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("amount",)

INVOICE_TYPES = ("380", "invoice", "commercial invoice", "счет", "счёт")
CANCELLED = ("cancelled", "canceled", "cancellation")


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """One row or reject of warehouse.deliveries. Raises FileRefused."""
    root = load_xml(stream, options)
    if local(root) != "DespatchAdvice":
        raise FileRefused("unparsable", f"{options.file_name} is {local(root)[:40]!r}, not a UBL DespatchAdvice.")
    try:
        outcome: Values | Fault = _delivery(root, str(options.options.get("amount", "ValueAmount")))
    except Fault as fault:
        outcome = fault
    yield from numbered([("warehouse.deliveries", outcome)])


def _delivery(root: Element, amount_name: str) -> Values:
    amount, currency = _amount(root, amount_name)
    return {
        "delivery_id": required("delivery_id", text_at(root, "ID")),
        "invoice_id": _invoice(root),
        "order_id": _order(root),
        "amount": plain(amount),
        "currency": required("currency", currency),
        "status": _status(root),
        "shipped_at": _shipped_at(root),
    }


def _amount(root: Element, name: str) -> tuple[Decimal, str | None]:
    found = [element for element in root.iter() if local(element) == name]
    if not found:
        raise Fault("amount", None, "missing_required")
    total, currencies = Decimal(0), {(element.get("currencyID") or "").strip() for element in found}
    if len(currencies) > 1:
        raise Fault("currency", ", ".join(sorted(currencies)), "unknown_currency")
    for element in found:
        total = EXACT.add(total, decimal("amount", (element.text or "").strip()))
    return total, currencies.pop() or None


def _order(root: Element) -> str | None:
    own = text_at(root, "OrderReference", "ID")
    lines = children(root, "DespatchLine")
    named = {text_at(line, "OrderLineReference", "OrderReference", "ID") for line in lines}
    return own or (named.pop() if len(named) == 1 else None)


def _invoice(root: Element) -> str | None:
    for reference in children(root, "AdditionalDocumentReference"):
        kinds = (text_at(reference, "DocumentTypeCode"), text_at(reference, "DocumentType"))
        if any(kind is not None and kind.lower() in INVOICE_TYPES for kind in kinds):
            return text_at(reference, "ID")
    return None


def _status(root: Element) -> str:
    code = text_at(root, "DocumentStatusCode")
    if code is not None and code.lower() in CANCELLED:
        return "cancelled"
    return "delivered" if text_at(root, "Shipment", "Delivery", "ActualDeliveryDate") else "shipped"


def _shipped_at(root: Element) -> str:
    despatch = ("Shipment", "Delivery", "Despatch")
    day = text_at(root, *despatch, "ActualDespatchDate")
    time = text_at(root, *despatch, "ActualDespatchTime")
    if day is None:
        day, time = text_at(root, "IssueDate"), text_at(root, "IssueTime")
    return iso_time("shipped_at", f"{required('shipped_at', day)}{f'T{time}' if time else ''}")
