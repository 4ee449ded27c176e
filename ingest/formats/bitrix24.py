"""Bitrix24 REST answers: deals of the CRM, orders and payments of the shop.

crm.deals, website.orders, website.payments. Source: recorded answers of the methods crm.deal.*, crm.item.* (deals),
sale.order.*, sale.payment.*. A file is one answer (``result``), a list of answers (pages), or objects alone.

- Deals give numbers as text, sale objects as JSON numbers; both are read as exact decimals. Flags are ``Y`` and ``N``.
- Times carry an offset; one without is of the feed's zone.
- A deal's payment is told by its stage: the option ``stages`` (stage id to payment_status), else the semantics
  STAGE_SEMANTIC_ID (P in work: unpaid, S won: paid, F lost: cancelled). A stage without either is rejected.
- Links of deals: the options ``order_field``, ``invoice_field``, ``payment_field`` name (user) fields; an order is else
  taken from ORIGIN_ID, where exchanges keep the id of the other system.
- sale: ``ids: id`` (default) or ``ids: account_number``, for shops that send the visible number (``161``, ``161/1``) to
  the provider. A payment's order is then the part before the slash.
- A payment with isReturn was paid, whatever its flag says since: the return is a refund, no edit of the payment. Its
  word is the payment system's (psStatus, psResponseDate: webhook), else an employee's (manual).
- The list answers of shipments, leads, invoices and the like are refused by name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    OptionFault,
    Reject,
    Row,
    Values,
    decimal,
    iso_time,
    numbered,
    plain,
    required,
    text,
)
from ingest.formats.json_input import JsonList, stream_answers

CONTRACTS = ("crm.deals", "website.orders", "website.payments")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("stages", "order_field", "invoice_field", "payment_field", "ids")

PAYMENT_STATUSES = ("unpaid", "partially_paid", "paid", "refunded", "cancelled")
SEMANTICS = {"P": "unpaid", "S": "paid", "F": "cancelled"}
ID_KINDS = ("id", "account_number")
DEAL = "2"
"""entityTypeId of deals among the items of the CRM."""

Record = dict[str, Any]


def check_options(wanted: tuple[str, ...], options: Mapping[str, object]) -> None:
    """Raises OptionFault."""
    stages = options.get("stages", {})
    if not isinstance(stages, Mapping):
        raise OptionFault(("stages",), "must map stages to payment statuses, such as `C1:WON: paid`.")
    for stage, status in stages.items():
        if status not in PAYMENT_STATUSES:
            raise OptionFault(("stages", str(stage)), f"{status!r} must be one of {', '.join(PAYMENT_STATUSES)}.")
    for name in ("order_field", "invoice_field", "payment_field"):
        if name in options and not (isinstance(options[name], str) and str(options[name]).strip()):
            raise OptionFault((name,), "must name a field of the deal, such as UF_CRM_1721244482250.")
    if options.get("ids", "id") not in ID_KINDS:
        raise OptionFault(("ids",), f"must be one of {', '.join(ID_KINDS)}.")


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of the wanted contracts. Raises FileRefused, also after rows."""
    try:
        check_options(options.wanted(DEFAULT_CONTRACTS), options.options)
    except OptionFault as fault:
        raise FileRefused("unparsable", f"{options.file_name}: {fault} Correct it in sverka.yml.") from fault
    records = _records(stream, options)
    yield from numbered((contract, _built(contract, record, options.options)) for contract, record in records)


# ---------- what the file is


def _records(stream: BinaryIO, options: FormatOptions) -> Iterator[tuple[str, Record]]:
    """The records with their contracts, which are wanted."""
    wanted = options.wanted(DEFAULT_CONTRACTS)
    for kind, record in _of_any_kind(stream, options):
        contract = _contract(record, kind, options.file_name)
        if contract not in wanted:
            raise FileRefused(
                "unparsable",
                f"{options.file_name} holds {contract}, which the feed does not supply. "
                "Add it to the feed's `contracts` in sverka.yml, or move the file to its own feed.",
            )
        yield contract, record


def _of_any_kind(stream: BinaryIO, options: FormatOptions) -> Iterator[tuple[str, Record]]:
    """(singular name of the wrapper, record)."""
    file_name = options.file_name
    for answer in stream_answers(stream, options, "an answer of Bitrix24", "result"):
        _check_error(answer, file_name)
        if "result" not in answer:
            yield "", answer
        else:
            yield from _results(answer["result"], file_name)
            _check_error(answer, file_name)


def _check_error(answer: Record, file_name: str) -> None:
    if "error" in answer:
        why = text(answer.get("error_description")) or text(answer.get("error")) or "no description"
        raise FileRefused("unparsable", f"{file_name} is an error answer of Bitrix24: {why[:200]}. Fetch it again.")


def _results(result: Any, file_name: str) -> Iterator[tuple[str, Record]]:
    if isinstance(result, dict) and "ID" not in result and "id" not in result:
        for kind, inner in result.items():
            for record in inner if isinstance(inner, list) else [inner]:
                yield kind.removesuffix("s"), _object(record, file_name)
        return
    for record in result if isinstance(result, list | JsonList) else [result]:
        yield "", _object(record, file_name)


def _object(record: Any, file_name: str) -> Record:
    if not isinstance(record, dict):
        raise FileRefused(
            "unparsable", f"{file_name}: the answer holds {str(record)[:40]!r} where an object should be."
        )
    return record


def _contract(record: Record, kind: str, file_name: str) -> str:
    if kind in ("", "deal") and "ID" in record and "OPPORTUNITY" in record:
        return "crm.deals"
    if kind in ("", "item") and "opportunity" in record:
        entity = text(record.get("entityTypeId"))
        if entity == DEAL:
            return "crm.deals"
        what = "has no entityTypeId: select it, to tell deals from leads" if entity is None else "is no deal"
        raise FileRefused("unparsable", f"{file_name}: the item {str(record.get('id'))[:40]!r} {what}.")
    if kind in ("", "payment") and "orderId" in record and "sum" in record:
        return "website.payments"
    if kind in ("", "order") and "price" in record and "payed" in record:
        return "website.orders"
    name = str(record.get("id") or record.get("ID"))[:40]
    raise FileRefused(
        "unparsable",
        f"{file_name} holds {kind or 'an object'} {name!r}, which is neither a "
        "deal (OPPORTUNITY), an order (payed, price) nor a payment (orderId, sum). Fetch these with all their fields.",
    )


# ---------- rows


def _built(contract: str, record: Record, options: Mapping[str, object]) -> Values | Fault:
    try:
        if contract == "crm.deals":
            return _deal(record, options)
        by_number = options.get("ids") == "account_number"
        return _order(record, by_number) if contract == "website.orders" else _payment(record, by_number)
    except Fault as fault:
        return fault


def _deal(record: Record, options: Mapping[str, object]) -> Values:
    upper = "OPPORTUNITY" in record

    def field(name: str, camel: str) -> Any:
        return record.get(name if upper else camel)

    return {
        "deal_id": required("deal_id", text(field("ID", "id"))),
        "order_id": text(record.get(str(options.get("order_field", "ORIGIN_ID" if upper else "originId")))),
        "invoice_id": text(record.get(str(options["invoice_field"]))) if "invoice_field" in options else None,
        "payment_id": text(record.get(str(options["payment_field"]))) if "payment_field" in options else None,
        "payment_status": _payment_status(
            text(field("STAGE_ID", "stageId")), text(field("STAGE_SEMANTIC_ID", "stageSemanticId")), options
        ),
        "amount": plain(decimal("amount", field("OPPORTUNITY", "opportunity"))),
        "currency": required("currency", text(field("CURRENCY_ID", "currencyId"))),
        "updated_at": iso_time("updated_at", field("DATE_MODIFY", "updatedTime")),
    }


def _payment_status(stage: str | None, semantics: str | None, options: Mapping[str, object]) -> str:
    stages = options.get("stages")
    if isinstance(stages, Mapping) and stage in stages:
        return str(stages[stage])
    if semantics is None:
        raise Fault("payment_status", stage, "unknown_enum_value" if stage else "missing_required")
    if semantics not in SEMANTICS:
        raise Fault("payment_status", semantics, "unknown_enum_value")
    return SEMANTICS[semantics]


def _order(record: Record, by_number: bool) -> Values:
    return {
        "order_id": required("order_id", text(record.get("accountNumber" if by_number else "id"))),
        "customer_id": text(record.get("userId")),
        "amount": plain(decimal("amount", record.get("price"))),
        "currency": required("currency", text(record.get("currency"))),
        "status": _order_status(record),
        "created_at": iso_time("created_at", record.get("dateInsert")),
        "updated_at": iso_time("updated_at", record["dateUpdate"]) if record.get("dateUpdate") else None,
    }


def _order_status(record: Record) -> str:
    if _flag(record, "canceled"):
        return "cancelled"
    is_paid = _flag(record, "payed")
    if text(record.get("statusId")) == "F":
        return "completed"
    return "paid" if is_paid else "new"


def _payment(record: Record, by_number: bool) -> Values:
    number = text(record.get("accountNumber"))
    order = (number or "").partition("/")[0] or None if by_number else text(record.get("orderId"))
    is_return = text(record.get("isReturn")) not in (None, "N")
    is_paid = _flag(record, "paid")
    status = "paid" if is_paid or is_return else "created"
    paid_at = record.get("datePaid")
    is_of_system = any(text(record.get(name)) for name in ("psStatus", "psResponseDate"))
    return {
        "payment_id": required("payment_id", number if by_number else text(record.get("id"))),
        "order_id": order,
        "provider_payment_id": text(record.get("psInvoiceId")),
        "amount": plain(decimal("amount", record.get("sum"))),
        "currency": required("currency", text(record.get("currency"))),
        "status": status,
        "status_source": "webhook" if is_of_system else "manual",
        "created_at": iso_time("created_at", record.get("dateBill")),
        "paid_at": iso_time("paid_at", paid_at) if is_paid and paid_at else None,
    }


def _flag(record: Record, name: str) -> bool:
    value = text(record.get(name))
    if value not in ("Y", "N"):
        raise Fault(name, value, "bad_boolean" if value else "missing_required")
    return value == "Y"
