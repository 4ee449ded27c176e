"""YooKassa API v3 objects as JSON: payments and refunds.

provider.payments, provider.refunds. Source: yookassa.ru/developers/api and recorded answers. A file is one object, a
list answer (``items[]``, ``next_cursor``), a notification (``event``, ``object``), or a JSON array of objects or of
notifications; objects of both kinds in one list are refused, since no answer of the API mixes them.

- Kinds are told by structure: a refund has ``payment_id`` and no ``paid``. Receipts, payouts and deals are refused.
- ``amount.value`` is in major units, a text or (in a few objects) a number; both are read as exact decimals.
- ``fee_amount`` = amount - income_amount (older ``income``) when both are in one currency.
- ``paid_at`` = captured_at. A succeeded payment without it is rejected: created_at is when the customer came, which can
  be another day than the money, and a day is never guessed.
- ``refunded_at`` of a succeeded refund = authorized_at where an older object has it, else created_at: the API knows no
  other time of a refund, it is executed when it is created.
- ``test: true`` is not money: such an object is rejected (column ``test``, out_of_range), so it never counts as money
  and is seen in the rejected rows. Test and real shops have different credentials: in a real feed it is a fault.
- Links: metadata.order_id, metadata.payment_id, metadata.invoice_id; authorization_details.rrn is the reference.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

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
    text,
)
from ingest.formats.json_input import child, load_json

CONTRACTS = ("provider.payments", "provider.refunds")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ()

PAYMENT_STATUS = {
    "pending": "pending",
    "waiting_for_capture": "authorized",
    "succeeded": "paid",
    "canceled": "cancelled",
}
REFUND_STATUS = {"pending": "pending", "succeeded": "succeeded", "canceled": "cancelled"}
METHOD = {
    "bank_card": "card",
    "yoo_money": "wallet",
    "qiwi": "wallet",
    "webmoney": "wallet",
    "wechat": "wallet",
    "apple_pay": "wallet",
    "google_pay": "wallet",
    "sberbank": "wallet",
    "tinkoff_bank": "wallet",
    "sbp": "bank_transfer",
    "b2b_sberbank": "bank_transfer",
    "alfabank": "bank_transfer",
    "cash": "cash",
}
"""payment_method.type to method; any other is ``other``."""

UNSUPPORTED = {
    "settlements": "a receipt",
    "fiscal_document_number": "a receipt",
    "payout_destination": "a payout",
    "payout_token": "a payout",
    "payout_balance": "a deal",
    "fee_moment": "a deal",
    "payment_method_type": "a list of payment options",
}
"""A key that only that kind of object has."""


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of one of the two contracts. Raises FileRefused, before the first row."""
    objects = _objects(load_json(stream, options), options.file_name)
    kinds = {_kind(record, options.file_name) for record in objects}
    if len(kinds) > 1:
        raise FileRefused(
            "unparsable",
            f"{options.file_name} mixes payments and refunds in one list. Deliver them as two files.",
        )
    for contract in kinds:
        if contract not in options.wanted(DEFAULT_CONTRACTS):
            raise FileRefused(
                "unparsable",
                f"{options.file_name} holds {contract}, which the feed does not supply. "
                "Add it to the feed's `contracts` in sverka.yml, or move the file to its own feed.",
            )
        build = _payment if contract == "provider.payments" else _refund
        yield from numbered([(contract, _built(build, record)) for record in objects])


# ---------- what the file is


def _objects(document: Any, file_name: str) -> list[dict[str, Any]]:
    if isinstance(document, dict):
        if document.get("type") == "error":
            why = text(document.get("description")) or text(document.get("code")) or "no description"
            raise FileRefused("unparsable", f"{file_name} is an error answer of YooKassa: {why[:200]}. Fetch it again.")
        is_list = "items" in document and "settlements" not in document and "id" not in document
        document = document["items"] if is_list else [document]
    if not isinstance(document, list):
        raise FileRefused("unparsable", f"{file_name} is neither a YooKassa object nor a list of them.")
    return [_unwrapped(item, position, file_name) for position, item in enumerate(document, start=1)]


def _unwrapped(item: Any, position: int, file_name: str) -> dict[str, Any]:
    """The object itself, taken out of its notification."""
    inner = item["object"] if isinstance(item, dict) and "event" in item and "object" in item else item
    if not isinstance(inner, dict):
        raise FileRefused("unparsable", f"{file_name}: item {position} is not an object.")
    return inner


def _kind(record: dict[str, Any], file_name: str) -> str:
    for key, what in UNSUPPORTED.items():
        if key in record:
            raise FileRefused(
                "unparsable", f"{file_name} holds {what}, which this format does not read: only payments and refunds."
            )
    if "payment_id" in record and "paid" not in record:
        return "provider.refunds"
    if "amount" in record and ("paid" in record or "recipient" in record or "refundable" in record):
        return "provider.payments"
    raise FileRefused(
        "unparsable",
        f"{file_name}: object {str(record.get('id'))[:40]!r} is neither a payment (amount, paid) "
        "nor a refund (payment_id).",
    )


# ---------- rows


def _built(build: Any, record: dict[str, Any]) -> Values | Fault:
    try:
        if record.get("test") in (True, "true"):
            raise Fault("test", "true", "out_of_range")
        values: Values = build(record)
        return values
    except Fault as fault:
        return fault


def _payment(record: dict[str, Any]) -> Values:
    status = _status(record, PAYMENT_STATUS)
    amount, currency = _money(record.get("amount"))
    method = text(child(record, "payment_method", "type"))
    return {
        "provider_payment_id": required("provider_payment_id", text(record.get("id"))),
        "provider_reference": text(child(record, "authorization_details", "rrn")),
        "payment_id": text(child(record, "metadata", "payment_id")),
        "order_id": text(child(record, "metadata", "order_id")),
        "invoice_id": text(child(record, "metadata", "invoice_id")),
        "status": status,
        "amount": plain(amount),
        "currency": currency,
        "fee_amount": _fee(record, amount, currency),
        "method": METHOD.get(method, "other") if method else None,
        "created_at": iso_time("created_at", record.get("created_at")),
        "paid_at": iso_time("paid_at", record.get("captured_at")) if status == "paid" else None,
    }


def _fee(record: dict[str, Any], amount: Decimal, currency: str | None) -> str | None:
    income = record.get("income_amount") or record.get("income")
    if income is None or text(child(income, "currency")) != currency:
        return None
    return plain(EXACT.subtract(amount, decimal("fee_amount", child(income, "value"))))


def _refund(record: dict[str, Any]) -> Values:
    status = _status(record, REFUND_STATUS)
    amount, currency = _money(record.get("amount"))
    created_at = iso_time("created_at", record.get("created_at"))
    authorized_at = record.get("authorized_at")
    refunded_at = iso_time("refunded_at", authorized_at) if authorized_at else created_at
    return {
        "provider_refund_id": required("provider_refund_id", text(record.get("id"))),
        "provider_payment_id": required("provider_payment_id", text(record.get("payment_id"))),
        "payment_id": text(child(record, "metadata", "payment_id")),
        "refund_id": text(child(record, "metadata", "refund_id")),
        "amount": plain(amount),
        "currency": currency,
        "status": status,
        "reason": text(record.get("description")),
        "created_at": created_at,
        "refunded_at": refunded_at if status == "succeeded" else None,
    }


def _status(record: dict[str, Any], words: dict[str, str]) -> str:
    status = required("status", text(record.get("status")))
    if status not in words:
        raise Fault("status", status, "unknown_enum_value")
    return words[status]


def _money(amount: Any) -> tuple[Decimal, str | None]:
    return decimal("amount", child(amount, "value")), required("currency", text(child(amount, "currency")))
