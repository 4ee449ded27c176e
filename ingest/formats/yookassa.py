"""YooKassa API v3 objects as JSON: payments and refunds.

provider.payments, provider.refunds. Source: yookassa.ru/developers/api and recorded answers. A file is one object, a
list answer (``items[]``, ``next_cursor``), a notification (``event``, ``object``), or a JSON array of any of these;
objects of both kinds in one list are refused, since no answer of the API mixes them.

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
from ingest.formats.json_input import JsonList, child, objects, stream_answers

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
    """Rows of one of the two contracts. Raises FileRefused, also after rows."""
    yield from numbered(_outcomes(stream, options))


def _outcomes(stream: BinaryIO, options: FormatOptions) -> Iterator[Outcome]:
    wanted = options.wanted(DEFAULT_CONTRACTS)
    before: str | None = None
    for record in _objects(stream, options):
        contract = _kind(record, options.file_name)
        if before not in (None, contract):
            raise FileRefused(
                "unparsable",
                f"{options.file_name} mixes payments and refunds in one list. Deliver them as two files.",
            )
        if contract not in wanted:
            raise FileRefused(
                "unparsable",
                f"{options.file_name} holds {contract}, which the feed does not supply. "
                "Add it to the feed's `contracts` in sverka.yml, or move the file to its own feed.",
            )
        before = contract
        yield contract, _built(_payment if contract == "provider.payments" else _refund, record)


# ---------- what the file is


def _objects(stream: BinaryIO, options: FormatOptions) -> Iterator[dict[str, Any]]:
    """The objects themselves, taken out of lists and notifications."""
    file_name, what = options.file_name, "an object of YooKassa"
    for answer in stream_answers(stream, options, what, "items"):
        if answer.get("type") == "error":
            why = text(answer.get("description")) or text(answer.get("code")) or "no description"
            raise FileRefused("unparsable", f"{file_name} is an error answer of YooKassa: {why[:200]}. Fetch it again.")
        items = answer.get("items")
        if "items" in answer and "settlements" not in answer and "id" not in answer:
            if not isinstance(items, list | JsonList):
                raise FileRefused("unparsable", f"{file_name}: items is not a list.")
            found = items
        else:
            if isinstance(items, JsonList):
                items.pass_over()
            found = [answer]
        for item in objects(found, file_name, what):
            is_notification = "event" in item and "object" in item
            yield from objects([item["object"]] if is_notification else item, file_name, what)


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
