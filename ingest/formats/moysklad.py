"""MoySklad JSON API 1.2: lists ``{meta, rows[]}``, single objects, or a JSON array of either.

Source: dev.moysklad.ru (remap 1.2) and recorded objects. The kind of a record is its ``meta.type``; see ``KINDS``.

- Ids are the last path segment of ``meta.href``, of the record and of what it links to.
- ``sum``, ``linkedSum``, ``payedSum`` are hundredths of the currency, written as JSON floats, read as exact decimals.
- Times are Moscow time, ``YYYY-MM-DD HH:MM:SS[.mmm]``: they get +03:00.
- ``applicable`` = posted; ``deleted`` (a time, or true) = deleted. A delivery or return that is not applicable or is
  deleted moved no goods: cancelled. An order, invoice: cancelled only when deleted.
- Links of a payment: ``operations[]``, see ``moysklad_parts``.
- An outgoing payment is a refund to a customer, or rent, wages and purchases. One linked to a purchase (supply,
  invoicein, purchaseorder) is rejected. One linked to a salesreturn is a refund. For the others option
  ``refund_expense_items`` lists the ids of the expense items (статьи расходов) that mean a refund, and those of any
  other item are rejected; without the option they count as refunds: filter the rest out of the extract.
- ``name`` is the number. ``incomingNumber`` is the payer's number: for most payments that of a bank order, which would
  make a bank transfer look like a provider's payment. It becomes provider_reference only where the feed says that an
  acquirer's reference is kept in it: ``options: {incoming_number: provider_reference}``.
- Several ``invoicesOut`` of a delivery: no invoice_id, since the sum of each is not said.
- Currency: an expanded currency's isoCode or code, else option ``currencies`` (id to letters), else option ``currency``
  when the document is in the accounting currency (no rate other than 1) and ``currencies`` is not given; else refused.
- invoiceout gives erp.invoices, or crm.invoices when the feed wants that (or both).
- Ids that only additional fields hold: option ``attributes``, see ``moysklad_attributes``.
- is_manual is false: the API does not say how a document came to be.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    Outcome,
    Reject,
    Row,
    Values,
    decimal,
    iso_time,
    major,
    numbered,
    plain,
    required,
    text,
)
from ingest.formats.currencies import letters
from ingest.formats.json_input import JsonList, child, stream_answers
from ingest.formats.moysklad_attributes import read_attributes, read_reference_key, with_attributes
from ingest.formats.moysklad_parts import HUNDREDTHS, check_refund, link_id, parts, refund_expense_items

CONTRACTS = (
    "erp.payments",
    "erp.refunds",
    "erp.invoices",
    "crm.invoices",
    "website.orders",
    "warehouse.deliveries",
    "warehouse.returns",
    "crm.customers",
)
DEFAULT_CONTRACTS = tuple(name for name in CONTRACTS if name != "crm.invoices")
OPTIONS = ("currency", "currencies", "incoming_number", "refund_expense_items", "attributes")

KINDS: Mapping[str, tuple[str, ...]] = {
    "paymentin": ("erp.payments",),
    "cashin": ("erp.payments",),
    "paymentout": ("erp.refunds",),
    "cashout": ("erp.refunds",),
    "invoiceout": ("erp.invoices", "crm.invoices"),
    "customerorder": ("website.orders",),
    "demand": ("warehouse.deliveries",),
    "salesreturn": ("warehouse.returns",),
    "counterparty": ("crm.customers",),
}
"""meta.type to the contracts it can give."""

DOCUMENT_TYPE = {"paymentin": "bank_receipt", "cashin": "cash_receipt_order"}
CUSTOMER_TYPE = {"legal": "company", "entrepreneur": "company", "individual": "individual"}
MOSCOW = "+03:00"

Record = dict[str, Any]
Currency = Callable[[Record], str]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of the wanted contracts. Raises FileRefused, also after rows."""
    yield from numbered(_outcomes(stream, options))


def _outcomes(stream: BinaryIO, options: FormatOptions) -> Iterator[Outcome]:
    wanted = options.wanted(DEFAULT_CONTRACTS)
    currency = _currency_of(options)
    reference_key = read_reference_key(options)
    refund_items = refund_expense_items(options)
    attributes = read_attributes(options, CONTRACTS)
    for kind, record in _records(stream, options):
        contracts = [contract for contract in KINDS[kind] if contract in wanted]
        if not contracts:
            raise FileRefused(
                "unparsable",
                f"{options.file_name} holds {kind}, of which the feed wants nothing. Add {' or '.join(KINDS[kind])} "
                "to the feed's `contracts` in sverka.yml, or move the file to its own feed.",
            )
        for contract in contracts:
            rows = _rows(contract, kind, record, currency, reference_key, refund_items)
            yield from with_attributes(rows, record, attributes)


# ---------- what the file is


def _records(stream: BinaryIO, options: FormatOptions) -> Iterator[tuple[str, Record]]:
    file_name = options.file_name
    for item in stream_answers(stream, options, "an object of MoySklad", "rows"):
        _check_error(item, file_name)
        if "fields" in item and "meta" not in item:
            raise FileRefused(
                "unparsable",
                f"{file_name} is a JSON Schema ({str(item.get('title'))[:40]}), which describes data and has none. "
                "Deliver answers of the JSON API.",
            )
        rows = item.get("rows")
        if rows is not None and not isinstance(rows, list | JsonList):
            raise FileRefused("unparsable", f"{file_name}: rows is not a list.")
        for row in [item] if rows is None else rows:
            kind = text(child(row, "meta", "type")) or text(child(item, "meta", "type"))
            if kind is None or kind not in KINDS or not isinstance(row, dict):
                raise FileRefused(
                    "unparsable",
                    f"{file_name}: {(kind or 'a record without meta.type')[:60]} is not supported. "
                    f"Supported: {', '.join(KINDS)}.",
                )
            yield kind, row
        _check_error(item, file_name)


def _check_error(answer: Record, file_name: str) -> None:
    if "errors" in answer:
        errors = answer["errors"]
        first = errors[0] if isinstance(errors, list) and errors else errors
        why = text(child(first, "error")) or "no message"
        raise FileRefused("unparsable", f"{file_name} is an error answer of MoySklad: {why[:200]}")


def _currency_of(options: FormatOptions) -> Currency:
    """The function that tells a record's currency; it refuses the file when that takes a setting it does not have."""
    default = options.currency()
    by_id = options.options.get("currencies")
    if by_id is not None and not isinstance(by_id, Mapping):
        raise FileRefused(
            "unparsable", f"{options.file_name}: option currencies in sverka.yml must map ids to letters."
        )

    def currency(record: Record) -> str:
        stated = child(record, "rate", "currency")
        expanded = letters(text(child(stated, "isoCode"))) or letters(text(child(stated, "code")))
        if expanded:
            return expanded
        currency_id = link_id(stated)
        if by_id and currency_id in by_id:
            known = letters(str(by_id[currency_id]))
            if known:
                return known
        rate = text(child(record, "rate", "value"))
        if default and not by_id and (rate is None or decimal("currency", rate) == 1):
            return default
        name = currency_id or "<id>"
        raise FileRefused(
            "missing_required_column",
            f"{options.file_name}: the currency {name} of {link_id(record) or 'a record'} is only a reference. Say "
            f"which one it is with the feed in sverka.yml, `options: {{currencies: {{{name}: RUB}}}}`, or, when all "
            "documents are in one, `options: {currency: RUB}`; or fetch with expand=rate.currency.",
        )

    return currency


# ---------- rows


def _rows(
    contract: str,
    kind: str,
    record: Record,
    currency: Currency,
    reference_key: str | None,
    refund_items: frozenset[str] | None,
) -> list[Outcome]:
    try:
        if contract == "erp.refunds":
            check_refund(record, refund_items)
        if contract == "erp.payments":
            rows = _erp_payments(kind, record, currency, reference_key)
        else:
            rows = [BUILD[contract](record, currency)]
    except Fault as fault:
        return [(contract, fault)]
    return [(contract, row) for row in rows]


def _erp_payments(kind: str, record: Record, currency: Currency, reference_key: str | None) -> list[Values]:
    document = _document(record) | {
        "document_type": DOCUMENT_TYPE[kind],
        "document_date": _time(record, "document_date", "moment"),
        "provider_reference": text(record.get(reference_key)) if reference_key else None,
        "customer_tax_id": text(child(record, "agent", "inn")),
        "organisation_tax_id": text(child(record, "organization", "inn")),
        "contract_id": link_id(record.get("contract")),
        "currency": currency(record),
        "is_manual": "false",
    }
    return [
        document
        | {
            "erp_document_id": f"{document['erp_document_id']}{part.suffix}",
            "invoice_id": part.invoice_id,
            "order_id": part.order_id,
            "amount": plain(part.amount),
        }
        for part in parts(record)
    ]


def _erp_refund(record: Record, currency: Currency) -> Values:
    invoices = [part.invoice_id for part in parts(record)]
    return _document(record) | {
        "document_date": _time(record, "document_date", "moment"),
        "invoice_id": invoices[0] if len(invoices) == 1 else None,
        "amount": _sum(record),
        "currency": currency(record),
        "is_manual": "false",
    }


def _erp_invoice(record: Record, currency: Currency) -> Values:
    status = "cancelled" if _is_deleted(record) else "closed" if _is_covered(record, "payedSum") else "open"
    return (
        _document(record)
        | _invoice(record, currency)
        | {"customer_tax_id": text(child(record, "agent", "inn")), "status": status}
    )


def _crm_invoice(record: Record, currency: Currency) -> Values:
    status = "issued" if _is_posted(record) else "draft"
    if _is_deleted(record):
        status = "cancelled"
    elif _is_posted(record) and _is_covered(record, "payedSum"):
        status = "closed"
    return _invoice(record, currency) | {"status": status}


def _invoice(record: Record, currency: Currency) -> Values:
    due = text(record.get("paymentPlannedMoment"))
    return {
        "invoice_id": _id("invoice_id", record),
        "customer_id": link_id(record.get("agent")),
        "contract_id": link_id(record.get("contract")),
        "order_id": link_id(record.get("customerOrder")),
        "amount": _sum(record),
        "currency": currency(record),
        "issued_at": _time(record, "issued_at", "moment"),
        "due_date": iso_time("due_date", due, MOSCOW)[:10] if due else None,
        "updated_at": _updated(record),
    }


def _order(record: Record, currency: Currency) -> Values:
    return {
        "order_id": _id("order_id", record),
        "customer_id": link_id(record.get("agent")),
        "amount": _sum(record),
        "currency": currency(record),
        "status": _order_status(record),
        "created_at": _time(record, "created_at", "moment"),
        "updated_at": _updated(record),
    }


def _order_status(record: Record) -> str:
    """From the money and the goods; the account's own ``state`` has any name and is not used."""
    if _is_deleted(record):
        return "cancelled"
    if _is_covered(record, "payedSum"):
        return "completed" if _is_covered(record, "shippedSum") else "paid"
    return "awaiting_payment" if _is_posted(record) else "new"


def _delivery(record: Record, currency: Currency) -> Values:
    invoices = record.get("invoicesOut")
    return {
        "delivery_id": _id("delivery_id", record),
        "invoice_id": link_id(invoices[0]) if isinstance(invoices, list) and len(invoices) == 1 else None,
        "order_id": link_id(record.get("customerOrder")),
        "amount": _sum(record),
        "currency": currency(record),
        "status": "shipped" if _is_posted(record) and not _is_deleted(record) else "cancelled",
        "shipped_at": _time(record, "shipped_at", "moment"),
        "updated_at": _updated(record),
    }


def _return(record: Record, currency: Currency) -> Values:
    return {
        "return_id": _id("return_id", record),
        "delivery_id": link_id(record.get("demand")),
        "amount": _sum(record),
        "currency": currency(record),
        "status": "received" if _is_posted(record) and not _is_deleted(record) else "cancelled",
        "returned_at": _time(record, "returned_at", "moment"),
        "reason": text(record.get("description")),
        "updated_at": _updated(record),
    }


def _customer(record: Record, currency: Currency) -> Values:
    company_type = text(record.get("companyType"))
    if company_type and company_type not in CUSTOMER_TYPE:
        raise Fault("customer_type", company_type, "unknown_enum_value")
    return {
        "customer_id": _id("customer_id", record),
        "name": required("name", text(record.get("name"))),
        "customer_type": CUSTOMER_TYPE[company_type] if company_type else None,
        "tax_id": text(record.get("inn")),
        "accounting_code": text(record.get("code")),
        "is_active": _flag(not (_is_deleted(record) or record.get("archived") is True)),
        "updated_at": _updated(record),
    }


BUILD: Mapping[str, Callable[[Record, Currency], Values]] = {
    "erp.refunds": _erp_refund,
    "erp.invoices": _erp_invoice,
    "crm.invoices": _crm_invoice,
    "website.orders": _order,
    "warehouse.deliveries": _delivery,
    "warehouse.returns": _return,
    "crm.customers": _customer,
}


# ---------- fields


def _document(record: Record) -> Values:
    """What every accounting document has."""
    return {
        "erp_document_id": _id("erp_document_id", record),
        "number": required("number", text(record.get("name"))),
        "posted": _flag(_is_posted(record, "posted")),
        "deleted": _flag(_is_deleted(record)),
        "customer_id": link_id(record.get("agent")),
        "updated_at": _updated(record),
    }


def _id(column: str, record: Record) -> str:
    return required(column, link_id(record) or text(record.get("id")))


def _sum(record: Record) -> str:
    return plain(major("amount", record.get("sum"), HUNDREDTHS))


def _is_covered(record: Record, key: str) -> bool:
    """Whether the part (payedSum, shippedSum) reaches the sum of a document that is not for nothing."""
    whole = major("amount", record.get("sum"), HUNDREDTHS)
    part = record.get(key)
    return whole > 0 and part is not None and major("amount", part, HUNDREDTHS) >= whole


def _is_posted(record: Record, column: str = "status") -> bool:
    """``applicable``, which every document has. Without it the record is rejected: unposted money is not money."""
    applicable = record.get("applicable")
    if not isinstance(applicable, bool):
        raise Fault(column, text(applicable), "missing_required" if applicable is None else "bad_boolean")
    return applicable


def _is_deleted(record: Record) -> bool:
    return bool(record.get("deleted")) or record.get("isDeleted") is True


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _time(record: Record, column: str, key: str) -> str:
    return iso_time(column, record.get(key) or record.get("created"), MOSCOW)


def _updated(record: Record) -> str | None:
    return iso_time("updated_at", record["updated"], MOSCOW) if record.get("updated") else None
