"""WooCommerce REST orders (wc/v2, wc/v3): what the shop sold, and what it believes was paid.

website.orders, website.payments. Source: the REST documentation's recorded answers. A file is one order or a list.

- ``total`` is a text in major units. ``date_created_gmt`` and the like are UTC without ``Z``; older versions have only
  the site's own time, which is then of the feed's zone.
- An order is ``processing`` once it is paid, but cash on delivery comes there unpaid: paid needs ``date_paid``.
- Its payment has the order's id: the shop keeps no other. Paid when ``date_paid`` is set, whatever became of the order
  since, except in the trash: what is deleted is no money. A free order has no payment.
- ``transaction_id`` is often empty. Without it, and for bank transfer, cheque and cash, a person set the status.
- Custom statuses: the option ``statuses`` maps them to those of website.orders; an unknown one is rejected.
- Refund objects name no order and no provider's id; they are refused: take refunds from the provider.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    OptionFault,
    Outcome,
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
from ingest.formats.json_input import JsonList, child, stream_json

CONTRACTS = ("website.orders", "website.payments")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("statuses",)

ORDER_STATUS = {
    "auto-draft": "new",
    "checkout-draft": "new",
    "pending": "awaiting_payment",
    "on-hold": "awaiting_payment",
    "failed": "awaiting_payment",
    "processing": "paid",
    "completed": "completed",
    "cancelled": "cancelled",
    "refunded": "cancelled",
    "trash": "cancelled",
}
UNPAID_STATUS = {
    "on-hold": "pending",
    "failed": "failed",
    "cancelled": "cancelled",
    "refunded": "cancelled",
    "trash": "cancelled",
}
"""What a payment without date_paid is; any other is ``created``."""

BY_HAND = ("bacs", "cheque", "cod")
STATUSES = ("new", "awaiting_payment", "paid", "completed", "cancelled")

Record = dict[str, Any]


def check_options(wanted: tuple[str, ...], options: Mapping[str, object]) -> None:
    """Raises OptionFault."""
    statuses = options.get("statuses", {})
    if not isinstance(statuses, Mapping):
        raise OptionFault(("statuses",), "must map the shop's own statuses, such as `shipped: completed`.")
    for name, status in statuses.items():
        if status not in STATUSES:
            raise OptionFault(("statuses", str(name)), f"{status!r} must be one of {', '.join(STATUSES)}.")


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of the wanted contracts. Raises FileRefused, also after rows."""
    try:
        check_options(CONTRACTS, options.options)
    except OptionFault as fault:
        raise FileRefused("unparsable", f"{options.file_name}: {fault} Correct it in sverka.yml.") from fault
    statuses = dict(ORDER_STATUS)
    declared = options.options.get("statuses", {})
    if isinstance(declared, Mapping):
        statuses |= {str(name): str(status) for name, status in declared.items()}
    orders = _orders(stream_json(stream, options), options.file_name)
    yield from numbered(_outcomes(orders, options.wanted(DEFAULT_CONTRACTS), statuses))


def _orders(document: Any, file_name: str) -> Iterator[Record]:
    if isinstance(document, dict) and "code" in document and "message" in document and "id" not in document:
        why = text(document["message"]) or text(document["code"]) or "no description"
        raise FileRefused("unparsable", f"{file_name} is an error answer of WooCommerce: {why[:200]}. Fetch it again.")
    for position, order in enumerate(document if isinstance(document, JsonList) else [document], start=1):
        if isinstance(order, dict) and "total" in order and "status" in order and "order_key" in order:
            yield order
            continue
        is_refund = isinstance(order, dict) and "refunded_by" in order
        what = "a refund; take refunds from the provider" if is_refund else "no order (order_key, status, total)"
        raise FileRefused("unparsable", f"{file_name}: item {position} is {what}.")


def _outcomes(orders: Iterator[Record], wanted: tuple[str, ...], statuses: Mapping[str, str]) -> Iterator[Outcome]:
    for order in orders:
        if "website.orders" in wanted:
            yield "website.orders", _built(_order, order, statuses)
        if "website.payments" in wanted:
            payment = _built(_payment, order, statuses)
            if isinstance(payment, Fault) or payment:
                yield "website.payments", payment


def _built(build: Any, order: Record, statuses: Mapping[str, str]) -> Values | Fault:
    try:
        values: Values = build(order, statuses)
        return values
    except Fault as fault:
        return fault


def _order(order: Record, statuses: Mapping[str, str]) -> Values:
    customer = text(order.get("customer_id"))
    status = _status(order, statuses)
    return {
        "order_id": required("order_id", text(order.get("id"))),
        "customer_id": None if customer == "0" else customer,
        "amount": plain(decimal("amount", order.get("total"))),
        "currency": required("currency", text(order.get("currency"))),
        "status": "new" if status == "paid" and _time(order, "date_paid") is None else status,
        "created_at": required("created_at", _time(order, "date_created")),
        "updated_at": _time(order, "date_modified"),
    }


def _payment(order: Record, statuses: Mapping[str, str]) -> Values:
    """Empty for a free order."""
    _status(order, statuses)
    word, transaction = text(order.get("status")), text(order.get("transaction_id"))
    amount = decimal("amount", order.get("total"))
    if not amount:
        return {}
    paid_at = None if word == "trash" else _time(order, "date_paid")
    by_hand = transaction is None or text(order.get("payment_method")) in BY_HAND
    return {
        "payment_id": required("payment_id", text(order.get("id"))),
        "order_id": text(order.get("id")),
        "provider_payment_id": transaction,
        "amount": plain(amount),
        "currency": required("currency", text(order.get("currency"))),
        "status": "paid" if paid_at else UNPAID_STATUS.get(str(word), "created"),
        "status_source": "manual" if by_hand else "webhook",
        "created_at": required("created_at", _time(order, "date_created")),
        "paid_at": paid_at,
        "updated_at": _time(order, "date_modified"),
    }


def _status(order: Record, statuses: Mapping[str, str]) -> str:
    word = required("status", text(order.get("status")))
    if word not in statuses:
        raise Fault("status", word, "unknown_enum_value")
    return statuses[word]


def _time(order: Record, name: str) -> str | None:
    """``<name>_gmt`` is UTC; the bare name is the site's time."""
    column = {"date_created": "created_at", "date_paid": "paid_at"}.get(name, "updated_at")
    if child(order, f"{name}_gmt"):
        return iso_time(column, order[f"{name}_gmt"], "Z")
    return iso_time(column, order[name]) if order.get(name) else None
