"""CloudPayments answers and notifications as JSON.

provider.payments, provider.refunds. Source: developers.cloudpayments.ru and recorded answers. A file is an answer
``{Model, Success, Message}`` whose Model is one transaction or a list, a bare transaction, or a list of any of these.

- ``Amount`` is in major units of ``Currency``; PaymentAmount is what the payer's bank took and is not ours.
- ``…DateIso`` and ``DateTime`` have no zone and are UTC. paid_at is ConfirmDateIso; in a notification, DateTime.
- ``TestMode`` is not money: rejected (column ``TestMode``, out_of_range).
- ``Success: false`` with a Model is a declined payment, no error. Without a Model, "Not found" is an empty extract, and
  anything else is refused with its message. ``Success: true`` without a Model only acknowledges and is refused.
- ``Status`` and ``StatusCode`` say the same; a transaction where they differ is rejected.
- A refund is a transaction of its own (OperationType Refund, or Type 1 with OriginalTransactionId; it names its payment
  as PaymentTransactionId or OriginalTransactionId). The payment keeps its status and amount; its flag ``Refunded`` does
  not say how much and is not used. Payouts to cards are rejected.
- ``InvoiceId`` is what we gave: an order_id, or what option ``invoice_id`` says. fee_amount is TotalFee where given.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    Outcome,
    Reject,
    Row,
    Values,
    attempted,
    decimal,
    iso_time,
    numbered,
    plain,
    required,
    text,
)
from ingest.formats.currencies import letters
from ingest.formats.json_input import first, objects, stream_answers

CONTRACTS = ("provider.payments", "provider.refunds")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("invoice_id",)

STATUS = {
    "awaitingauthentication": "pending",
    "authorized": "authorized",
    "completed": "paid",
    "cancelled": "cancelled",
    "declined": "failed",
}
REFUND_STATUS = STATUS | {"authorized": "pending", "completed": "succeeded"}
CODES = {"1": "awaitingauthentication", "2": "authorized", "3": "completed", "4": "cancelled", "5": "declined"}
METHOD = {
    "sbp": "bank_transfer",
    "applepay": "wallet",
    "googlepay": "wallet",
    "yandexpay": "wallet",
    "tinkoffpay": "wallet",
}
OWN_IDS = ("order_id", "invoice_id", "payment_id")
UTC = "Z"

Transaction = dict[str, Any]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of both contracts. Raises FileRefused, also after rows."""
    own_id = options.choice("invoice_id", OWN_IDS, "order_id")
    wanted = options.wanted(DEFAULT_CONTRACTS)
    outcomes = (_outcome(transaction, own_id) for transaction in _transactions(stream, options))
    yield from numbered(outcome for outcome in outcomes if outcome[0] in wanted)


def _transactions(stream: BinaryIO, options: FormatOptions) -> Iterator[Transaction]:
    file_name = options.file_name
    for answer in stream_answers(stream, options, "an answer of CloudPayments", "Model"):
        found = answer if "Model" not in answer and "Success" not in answer else answer.get("Model")
        if found is None:
            _refuse_unless_not_found(answer, file_name)
            continue
        for transaction in objects(found, file_name, "a transaction"):
            if "TransactionId" not in transaction:
                raise FileRefused(
                    "unparsable",
                    f"{file_name} holds what is no transaction: it has no TransactionId. "
                    "Deliver answers of payments/list or payments/get, or notifications.",
                )
            yield transaction


def _refuse_unless_not_found(answer: Transaction, file_name: str) -> None:
    message = text(answer.get("Message")) or "no message"
    if message.lower().rstrip(".") == "not found":
        return
    if answer.get("Success") is True:
        raise FileRefused(
            "unparsable",
            f"{file_name} only acknowledges (Success without a Model): it has no transaction. "
            "Deliver answers of payments/list or payments/get, or notifications.",
        )
    raise FileRefused("unparsable", f"{file_name} is an error answer of CloudPayments: {message[:200]}")


# ---------- rows


def _outcome(transaction: Transaction, own_id: str | None) -> Outcome:
    if _operation(transaction) == "refund":
        return "provider.refunds", attempted(_refund, transaction, own_id)
    return "provider.payments", attempted(_payment, transaction, own_id)


def _operation(transaction: Transaction) -> str:
    """``payment``, ``refund`` or what else OperationType says."""
    operation = text(transaction.get("OperationType"))
    if operation is None:
        is_refund = text(transaction.get("Type")) == "1" and first(transaction, "OriginalTransactionId")
        operation = "refund" if is_refund or first(transaction, "PaymentTransactionId") else "payment"
    return operation.lower()


def _payment(transaction: Transaction, own_id: str) -> Values:
    operation = _operation(transaction)
    if operation != "payment":
        raise Fault("OperationType", operation, "out_of_range")
    values = _common(transaction)
    status = STATUS[_status(transaction)]
    fee = transaction.get("TotalFee")
    return values | {
        "provider_payment_id": required("provider_payment_id", text(transaction.get("TransactionId"))),
        "provider_reference": text(transaction.get("Rrn")),
        own_id: text(transaction.get("InvoiceId")),
        "status": status,
        "fee_amount": plain(decimal("fee_amount", fee)) if fee is not None and status == "paid" else None,
        "method": _method(transaction),
        "paid_at": iso_time("paid_at", _settled(transaction), UTC) if status == "paid" else None,
    }


def _refund(transaction: Transaction, own_id: str) -> Values:
    values = _common(transaction)
    status = REFUND_STATUS[_status(transaction, "Completed" if "OperationType" in transaction else None)]
    payment = text(first(transaction, "PaymentTransactionId", "OriginalTransactionId"))
    refunded_at = _settled(transaction) or values["created_at"]
    return values | {
        "provider_refund_id": required("provider_refund_id", text(transaction.get("TransactionId"))),
        "provider_payment_id": required("provider_payment_id", payment),
        "payment_id": text(transaction.get("InvoiceId")) if own_id == "payment_id" else None,
        "status": status,
        "refunded_at": iso_time("refunded_at", refunded_at, UTC) if status == "succeeded" else None,
    }


def _common(transaction: Transaction) -> Values:
    if transaction.get("TestMode") is True or (text(transaction.get("TestMode")) or "").lower() in ("1", "true"):
        raise Fault("TestMode", "true", "out_of_range")
    code = required("currency", text(transaction.get("Currency")))
    currency = letters(code)
    if currency is None:
        raise Fault("currency", code, "unknown_currency")
    return {
        "amount": plain(decimal("amount", transaction.get("Amount"))),
        "currency": currency,
        "created_at": iso_time("created_at", first(transaction, "CreatedDateIso", "DateTime"), UTC),
    }


def _status(transaction: Transaction, default: str | None = None) -> str:
    word = text(transaction.get("Status")) or default
    code = text(transaction.get("StatusCode"))
    status = required("status", word or code)
    known = CODES.get(status, status.lower())
    if known not in STATUS:
        raise Fault("status", status, "unknown_enum_value")
    if code is not None and CODES.get(code) != known:
        raise Fault("status", f"{status} {code}", "out_of_range")
    return known


def _settled(transaction: Transaction) -> Any:
    """When the money moved: ConfirmDateIso of an answer, DateTime of a notification."""
    return first(transaction, "ConfirmDateIso", "DateTime")


def _method(transaction: Transaction) -> str | None:
    method = text(transaction.get("PaymentMethod"))
    if method and method.lower() in METHOD:
        return METHOD[method.lower()]
    return "card" if first(transaction, "CardFirstSix", "CardType") else "other" if method else None
