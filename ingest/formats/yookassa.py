"""YooKassa API v3 objects as JSON: payments, refunds and receipts.

provider.payments, provider.refunds, fiscal.receipts. Source: yookassa.ru/developers/api and recorded answers. A file is
one object, a list answer (``items[]``, ``next_cursor``), a notification (``event``, ``object``), or a JSON array of any
of these; objects of two kinds in one list are refused, since no answer of the API mixes them.

- Kinds are told by structure: a receipt has ``items``, ``settlements`` or ``fiscal_document_number``, a refund has
  ``payment_id`` and no ``paid``. Payouts and deals are refused.
- ``amount.value`` is in major units, a text or (in a few objects) a number; both are read as exact decimals.
- ``fee_amount`` = amount - income_amount (older ``income``) when both are in one currency.
- ``paid_at`` = captured_at. A succeeded payment without it is rejected: created_at is when the customer came, which can
  be another day than the money, and a day is never guessed.
- ``refunded_at`` of a succeeded refund = authorized_at where an older object has it, else created_at: the API knows no
  other time of a refund, it is executed when it is created.
- ``test: true`` is not money: such an object is rejected (column ``test``, out_of_range), so it never counts as money
  and is seen in the rejected rows. Test and real shops have different credentials: in a real feed it is a fault.
- Links: metadata.order_id, metadata.payment_id, metadata.invoice_id; authorization_details.rrn is the reference.

Receipts:

- ``payment_id`` is YooKassa's own id of the payment, not ours: the model links it to the provider payment of the same
  source_system that has it as provider_payment_id. refund_id likewise is a provider_refund_id.
- ``amount`` is the sum of ``settlements`` where there are any, else of quantity * price of the ``items``. Prepayments
  set off an advance and move no money: where all are, settlement_kind is offset, where some are, they do not count.
- ``created_at`` = registered_at: there is no other time. What is not registered (pending, canceled) has none and is
  rejected; a receipt has no ``test`` either, that of a test shop looks like any other.
"""

from collections.abc import Iterator
from decimal import Decimal, Inexact
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
from ingest.formats.json_input import JsonList, child, load_json, objects, stream_answers

CONTRACTS = ("provider.payments", "provider.refunds", "fiscal.receipts")
DEFAULT_CONTRACTS = ("provider.payments", "provider.refunds")
OPTIONS = ()

PAYMENT_STATUS = {
    "pending": "pending",
    "waiting_for_capture": "authorized",
    "succeeded": "paid",
    "canceled": "cancelled",
}
REFUND_STATUS = {"pending": "pending", "succeeded": "succeeded", "canceled": "cancelled"}
RECEIPT_STATUS = {"pending": "processing", "succeeded": "success", "canceled": "error"}
RECEIPT_TYPE = {"payment": "sale", "refund": "refund"}
SETTLEMENT_KIND = {"cashless": "payment", "prepayment": "offset", "postpayment": "payment", "consideration": "payment"}
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

RECEIPT_KEYS = ("items", "settlements", "fiscal_document_number")
UNSUPPORTED = {
    "payout_destination": "a payout",
    "payout_token": "a payout",
    "payout_balance": "a deal",
    "fee_moment": "a deal",
    "payment_method_type": "a list of payment options",
}
"""Keys that only that kind of object has."""

_FOUR_DECIMALS = Decimal("0.0001")


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of one of the three contracts. Raises FileRefused, also after rows."""
    yield from numbered(_outcomes(stream, options))


def _outcomes(stream: BinaryIO, options: FormatOptions) -> Iterator[Outcome]:
    wanted = options.wanted(DEFAULT_CONTRACTS)
    before: str | None = None
    for record in _objects(stream, options):
        contract = _kind(record, options.file_name)
        if before and before != contract:
            raise FileRefused(
                "unparsable",
                f"{options.file_name} mixes {_plural(before)} and {_plural(contract)} in one list. "
                "Deliver them as two files.",
            )
        if contract not in wanted:
            raise FileRefused(
                "unparsable",
                f"{options.file_name} holds {contract}, which the feed does not supply. "
                "Add it to the feed's `contracts` in sverka.yml, or move the file to its own feed.",
            )
        before = contract
        yield contract, _built(BUILDERS[contract], record)


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
            found = [answer if not isinstance(items, JsonList) else _reread(stream, options, items)]
        for item in objects(found, file_name, what):
            is_notification = "event" in item and "object" in item
            yield from objects([item["object"]] if is_notification else item, file_name, what)


def _reread(stream: BinaryIO, options: FormatOptions, items: JsonList) -> Any:
    """The whole of an object whose own ``items`` were taken for those of a list."""
    items.pass_over()
    stream.seek(0)
    return load_json(stream, options)


def _plural(contract: str) -> str:
    return contract.partition(".")[2]


def _kind(record: dict[str, Any], file_name: str) -> str:
    for key, what in UNSUPPORTED.items():
        if key in record:
            raise FileRefused(
                "unparsable",
                f"{file_name} holds {what}, which this format does not read: only payments, refunds and receipts.",
            )
    if any(key in record for key in RECEIPT_KEYS):
        return "fiscal.receipts"
    if "payment_id" in record and "paid" not in record:
        return "provider.refunds"
    if "amount" in record and ("paid" in record or "recipient" in record or "refundable" in record):
        return "provider.payments"
    raise FileRefused(
        "unparsable",
        f"{file_name}: object {str(record.get('id'))[:40]!r} is neither a payment (amount, paid), "
        "a refund (payment_id) nor a receipt (items, settlements).",
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
    status = _word("status", record.get("status"), PAYMENT_STATUS)
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


def _fee(record: dict[str, Any], amount: Decimal, currency: str) -> str | None:
    income = record.get("income_amount") or record.get("income")
    if income is None or text(child(income, "currency")) != currency:
        return None
    return plain(EXACT.subtract(amount, decimal("fee_amount", child(income, "value"))))


def _refund(record: dict[str, Any]) -> Values:
    status = _word("status", record.get("status"), REFUND_STATUS)
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


def _receipt(record: dict[str, Any]) -> Values:
    status = _word("status", record.get("status"), RECEIPT_STATUS)
    amount, currency, settlement_kind = _settled(record)
    registered_at = iso_time("created_at", record.get("registered_at"))
    return {
        "receipt_id": required("receipt_id", text(record.get("id"))),
        "payment_id": text(record.get("payment_id")),
        "provider_refund_id": text(record.get("refund_id")),
        "receipt_type": _word("receipt_type", record.get("type"), RECEIPT_TYPE),
        "settlement_kind": settlement_kind,
        "amount": plain(amount),
        "currency": currency,
        "status": status,
        "created_at": registered_at,
        "registered_at": registered_at if status == "success" else None,
        "fiscal_document_number": text(record.get("fiscal_document_number")),
        "fiscal_sign": text(record.get("fiscal_attribute")),
        "fiscal_drive_number": text(record.get("fiscal_storage_number")),
    }


BUILDERS = {"provider.payments": _payment, "provider.refunds": _refund, "fiscal.receipts": _receipt}


def _settled(record: dict[str, Any]) -> tuple[Decimal, str, str]:
    """Amount, currency and settlement_kind of a receipt."""
    settlements = _lines(record, "settlements")
    kinds = [_word("settlement_kind", child(line, "type"), SETTLEMENT_KIND) for line in settlements]
    kind = "offset" if set(kinds) == {"offset"} else "payment"
    if settlements:
        counted = [(Decimal(its == kind), line) for its, line in zip(kinds, settlements, strict=True)]
    else:
        counted = [(decimal("amount", child(item, "quantity")), item) for item in _lines(record, "items")]
    return *_sum(counted), kind


def _lines(record: dict[str, Any], key: str) -> list[Any]:
    lines = record.get(key) or []
    if not isinstance(lines, list):
        raise Fault("amount", f"{key}: {text(lines) or type(lines).__name__}", "bad_decimal")
    return lines


def _sum(counted: list[tuple[Decimal, Any]]) -> tuple[Decimal, str]:
    """The sum of what each line counts times its ``amount``, and the one currency of all."""
    money = [(times, *_money(child(line, "amount"))) for times, line in counted]
    currencies = sorted({currency for _, _, currency in money})
    if len(currencies) > 1:
        raise Fault("currency", ", ".join(currencies), "unknown_currency")
    total = Decimal(0)
    try:
        for times, amount, _ in money:
            total = EXACT.add(total, EXACT.multiply(times, amount))
        total = EXACT.quantize(total, _FOUR_DECIMALS)
    except Inexact as error:
        raise Fault("amount", total, "too_many_decimals") from error
    return total, required("amount", currencies[0] if currencies else None)


def _word(column: str, value: Any, words: dict[str, str]) -> str:
    word = required(column, text(value))
    if word not in words:
        raise Fault(column, word, "unknown_enum_value")
    return words[word]


def _money(amount: Any) -> tuple[Decimal, str]:
    return decimal("amount", child(amount, "value")), required("currency", text(child(amount, "currency")))
