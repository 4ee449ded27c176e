"""T-Bank (Tinkoff) internet acquiring: notifications and answers of GetState, CheckOrder and Cancel, as JSON.

provider.payments, provider.refunds. Source: the bank's documentation and a recorded notification. A file is one object,
a list, or a list under ``items`` or ``notifications``; each may be wrapped with the time it was received:
``{"received_at": …, "notification": {…}}``. An answer of CheckOrder gives its ``Payments``.

- ``Amount`` is in kopecks, a whole number, of roubles unless option ``currency`` says otherwise.
- The bank gives no time with any of them. Whoever receives them adds it: ``received_at`` beside or in the object (or
  the field that option ``received_at`` names). It is created_at, paid_at when CONFIRMED, and orders the versions.
  Without it the row is rejected.
- ``PaymentId`` is a number in some answers and a text in others. ``OrderId`` is what we gave: an order_id, or what
  option ``order_id`` says.
- A key of a terminal that ends in DEMO is that of a test terminal, whose payments are not money: rejected (column
  ``TerminalKey``, out_of_range).
- Refund statuses say nothing more of the payment, which stays as CONFIRMED left it. They give one refund
  ``<PaymentId>-refund`` of the whole sum refunded so far, OriginalAmount - NewAmount. Without these two, REFUNDED means
  its Amount, and PARTIAL_REFUNDED is rejected, since its Amount may be what went back or what is left.
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
    attempted,
    iso_time,
    numbered,
    plain,
    required,
    text,
    whole_minor,
)
from ingest.formats.currencies import decimals
from ingest.formats.json_input import first, objects, stream_objects

CONTRACTS = ("provider.payments", "provider.refunds")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency", "order_id", "received_at")

STATUS = {
    word: status
    for status, words in {
        "created": "NEW FORM_SHOWED",
        "pending": "PREAUTHORIZING AUTHORIZING 3DS_CHECKING 3DS_CHECKED PAY_CHECKING",
        "authorized": "AUTHORIZED CONFIRMING CONFIRM_CHECKING REVERSING PARTIAL_REVERSED",
        "paid": "CONFIRMED",
        "cancelled": "CANCELED CANCELLED REVERSED",
        "failed": "REJECTED AUTH_FAIL ATTEMPTS_EXPIRED",
        "expired": "DEADLINE_EXPIRED",
    }.items()
    for word in words.split()
}
REFUND_STATUS = {
    "REFUNDING": "pending",
    "ASYNC_REFUNDING": "pending",
    "PARTIAL_REFUNDED": "succeeded",
    "REFUNDED": "succeeded",
}
OWN_IDS = ("order_id", "payment_id", "invoice_id")
RECEIVED_AT = ("received_at", "receivedAt", "ReceivedAt")
LISTS = ("items", "notifications")
WRAPPERS = ("notification", "body", "payload")

Record = dict[str, Any]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of both contracts. Raises FileRefused, also after rows."""
    named = options.options.get("received_at")
    received_at = (str(named),) if named is not None else RECEIVED_AT
    found = stream_objects(stream, options, "a notification", LISTS)
    records = (record for item in found for record in _records(item, received_at, options.file_name))
    currency = options.currency() or "RUB"
    own_id = options.choice("order_id", OWN_IDS, "order_id")
    wanted = options.wanted(DEFAULT_CONTRACTS)
    outcomes = (_outcome(record, currency, own_id) for record in records)
    yield from numbered(outcome for outcome in outcomes if outcome[0] in wanted)


def _records(item: Record, received_at: tuple[str, ...], file_name: str) -> Iterator[Record]:
    """What a notification or answer tells of a payment, with its time under ``received_at``."""
    inner = next((item[key] for key in WRAPPERS if isinstance(item.get(key), dict)), item)
    shared = inner | {"received_at": first(inner, *received_at) or first(item, *received_at)}
    payments = inner.get("Payments")
    for record in [shared] if payments is None else objects(payments, file_name, "a payment"):
        whole = shared | record
        if "Status" not in whole and "PaymentId" not in whole:
            why = text(first(whole, "Details", "Message")) or "no Status and no PaymentId"
            raise FileRefused("unparsable", f"{file_name} holds what tells of no payment: {why[:200]}")
        yield whole


# ---------- rows


def _outcome(record: Record, currency: str, own_id: str | None) -> Outcome:
    if (text(record.get("Status")) or "").upper() in REFUND_STATUS:
        return "provider.refunds", attempted(_refund, record, currency, own_id)
    return "provider.payments", attempted(_payment, record, currency, own_id)


def _payment(record: Record, currency: str, own_id: str) -> Values:
    _refuse_test(record)
    word = required("status", text(record.get("Status"))).upper()
    if word not in STATUS:
        raise Fault("status", word, "unknown_enum_value")
    received_at = iso_time("created_at", record["received_at"])
    return {
        "provider_payment_id": required("provider_payment_id", text(record.get("PaymentId"))),
        "provider_reference": text(first(record, "RRN", "Rrn")),
        own_id: text(record.get("OrderId")),
        "status": STATUS[word],
        "amount": plain(_amount(record, "NewAmount" if word == "PARTIAL_REVERSED" else "Amount", currency)),
        "currency": currency,
        "method": "card" if first(record, "Pan", "CardId") else None,
        "created_at": received_at,
        "paid_at": received_at if STATUS[word] == "paid" else None,
        "updated_at": received_at,
    }


def _refund(record: Record, currency: str, own_id: str) -> Values:
    _refuse_test(record)
    word = required("status", text(record.get("Status"))).upper()
    received_at = iso_time("created_at", record["received_at"])
    payment = required("provider_payment_id", text(record.get("PaymentId")))
    return {
        "provider_refund_id": f"{payment}-refund",
        "provider_payment_id": payment,
        "payment_id": text(record.get("OrderId")) if own_id == "payment_id" else None,
        "amount": plain(_refunded(record, word, currency)),
        "currency": currency,
        "status": REFUND_STATUS[word],
        "created_at": received_at,
        "refunded_at": received_at if REFUND_STATUS[word] == "succeeded" else None,
        "updated_at": received_at,
    }


def _refunded(record: Record, word: str, currency: str) -> Decimal:
    if record.get("OriginalAmount") is not None and record.get("NewAmount") is not None:
        refunded = EXACT.subtract(_amount(record, "OriginalAmount", currency), _amount(record, "NewAmount", currency))
    elif word == "PARTIAL_REFUNDED":
        raise Fault("amount", None, "missing_required")
    else:
        refunded = _amount(record, "Amount", currency)
    if refunded <= 0:
        raise Fault("amount", plain(refunded), "out_of_range")
    return refunded


def _amount(record: Record, key: str, currency: str) -> Decimal:
    return whole_minor("amount", record.get(key), decimals(currency))


def _refuse_test(record: Record) -> None:
    terminal = text(record.get("TerminalKey"))
    if terminal and terminal.upper().endswith("DEMO"):
        raise Fault("TerminalKey", terminal, "out_of_range")
