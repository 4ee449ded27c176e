"""Fiscal receipts of ATOL Online, v4 and v5, as JSON. Schetmash has the same payload.

fiscal.receipts. Source: the protocol of ATOL Online and recorded answers. A file is one record, a list of them or a
list under ``items`` or ``receipts``. A record is an answer of registration, a report or a callback, or what was sent
and answered together: ``{operation, request, response, report}``, any of the three absent.

- ``total`` is in major units, roubles unless option ``currency`` says otherwise: of the report's payload, else of the
  request's receipt. An answer that only waits has none: alone it is rejected, with its request it is a row.
- Times are Moscow time, ``dd.mm.yyyy hh:mm:ss``. created_at is the request's timestamp, else that of the answer of
  registration, else the receipt's own time, else the answer's.
- sell is a sale, sell_refund a refund, corrections of them likewise; buy and buy_refund are our purchases and are
  rejected. Reports do not say which it was: take it from ``operation`` of the record, else option ``operation``.
- Status: wait and processing, accept, done and success, fail and error.
- ``external_id`` is our own id. Which one, the option of that name says: payment_id, refund_id, provider_refund_id,
  order_id or erp_document_id; without it a receipt links to nothing. ATOL takes an external_id only once, so where
  sales carry the payment_id, that of a refund is the refund_id.
- A receipt paid only by payments of type 2 sets off an advance: settlement_kind offset.
- Schetmash calls the uuid ``id``, its errors have a ``message``, and receipt_datetime may be ``22 Aug 2018 11:54:10
  +0300``.
- ``attempt_no`` (or ``attempt``) of the record counts repeated registrations, where whoever wrote the file kept it.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    Reject,
    Row,
    Values,
    attempted,
    decimal,
    dotted_time,
    numbered,
    plain,
    required,
    text,
)
from ingest.formats.json_input import child, first, stream_objects

CONTRACTS = ("fiscal.receipts",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency", "external_id", "operation")

STATUS = {
    "wait": "processing",
    "processing": "processing",
    "accept": "accepted",
    "accepted": "accepted",
    "done": "success",
    "success": "success",
    "fail": "error",
    "error": "error",
}
RECEIPT_TYPE = {
    "sell": "sale",
    "sell_correction": "sale",
    "sell_refund": "refund",
    "sell_refund_correction": "refund",
}
OWN_IDS = ("payment_id", "refund_id", "provider_refund_id", "order_id", "erp_document_id")
MOSCOW = "+03:00"
ADVANCE = "2"
"""payments[].type of a prepayment that is set off."""

_WORDED = re.compile(r"\d\d? [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", re.ASCII)

LISTS = ("items", "receipts")
LAYERS = ("report", "response", "request")

Record = dict[str, Any]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of fiscal.receipts. Raises FileRefused, also after rows."""
    currency = options.currency() or "RUB"
    own_id = options.choice("external_id", OWN_IDS)
    operation = options.choice("operation", tuple(RECEIPT_TYPE))
    yield from numbered(
        ("fiscal.receipts", attempted(_receipt, record, currency, own_id, operation))
        for record in stream_objects(stream, options, "a receipt", LISTS)
        if _is_receipt(record, options.file_name)
    )


def _is_receipt(record: Record, file_name: str) -> bool:
    """Refuses what is none."""
    if "token" in record and "status" not in record:
        raise FileRefused(
            "unparsable",
            f"{file_name} is the answer to a request for a token, a secret that does not belong in the inbox. "
            "Delete it and deliver reports of receipts.",
        )
    known = ("status", "uuid", "external_id", "payload", *LAYERS)
    if not any(key in record for key in known):
        why = text(child(record, "error", "text")) or "no status, no uuid and no external_id"
        raise FileRefused("unparsable", f"{file_name} holds what is no receipt or report: {why[:200]}.")
    return True


# ---------- rows


def _receipt(record: Record, currency: str, own_id: str | None, operation: str | None) -> Values:
    status = required("status", text(_any(record, "status"))).lower()
    if status not in STATUS:
        raise Fault("status", status, "unknown_enum_value")
    is_success = STATUS[status] == "success"
    payload, receipt = _any(record, "payload"), _any(record, "receipt") or _any(record, "correction")
    total = first(payload, "total") or first(receipt, "total")
    external_id = text(_any(record, "external_id"))
    registered_at = child(payload, "receipt_datetime")
    answered_at = _answered_at(record)
    values: Values = {
        "receipt_id": required("receipt_id", receipt_key(record) or external_id),
        "attempt_no": text(first(record, "attempt_no", "attempt")),
        "external_id": external_id,
        "receipt_type": _receipt_type(record, operation),
        "settlement_kind": _settlement_kind(receipt),
        "amount": plain(decimal("amount", total)),
        "currency": currency,
        "status": STATUS[status],
        "error_message": text(first(_any(record, "error"), "text", "message")) if STATUS[status] == "error" else None,
        "created_at": _created_at(record, registered_at, answered_at),
        "registered_at": _receipt_time("registered_at", registered_at) if is_success else None,
        "checked_at": answered_at,
        "fiscal_document_number": text(child(payload, "fiscal_document_number")),
        "fiscal_sign": text(child(payload, "fiscal_document_attribute")),
        "fiscal_drive_number": text(child(payload, "fn_number")),
        "updated_at": answered_at,
    }
    if own_id == "payment_id" and values["receipt_type"] == "refund":
        own_id = "refund_id"
    return values | ({own_id: external_id} if own_id else {})


def receipt_key(record: Record) -> str | None:
    """The service's id of a record's receipt, None before it has one."""
    return text(_any(record, "uuid") or _any(record, "id"))


def _any(record: Record, key: str) -> Any:
    """The value in the record itself, else in its report, response, request: the latest word first."""
    return first(record, key) or next((value for layer in LAYERS if (value := first(child(record, layer), key))), None)


def _receipt_type(record: Record, default: str | None) -> str:
    operation = required("receipt_type", (text(_any(record, "operation")) or default or "").lower() or None)
    if operation not in RECEIPT_TYPE:
        is_purchase = operation.startswith("buy")
        raise Fault("receipt_type", operation, "out_of_range" if is_purchase else "unknown_enum_value")
    return RECEIPT_TYPE[operation]


def _settlement_kind(receipt: Any) -> str:
    payments = child(receipt, "payments")
    types = {text(child(payment, "type")) for payment in payments} if isinstance(payments, list) else set()
    return "offset" if types == {ADVANCE} else "payment"


def _answered_at(record: Record) -> str | None:
    """The timestamp of the latest answer; a record that is itself an answer has it beside its status."""
    moment = (
        child(record, "report", "timestamp") or child(record, "response", "timestamp") or child(record, "timestamp")
    )
    return dotted_time("checked_at", moment, MOSCOW) if moment else None


def _created_at(record: Record, registered_at: Any, answered_at: str | None) -> str:
    stated = child(record, "request", "timestamp") or child(record, "response", "timestamp")
    if stated:
        return dotted_time("created_at", stated, MOSCOW)
    return _receipt_time("created_at", registered_at) if registered_at else required("created_at", answered_at)


def _receipt_time(column: str, value: Any) -> str:
    """A receipt_datetime: dotted Moscow time, or with the English month and an offset."""
    moment = text(value)
    if moment is None or not _WORDED.fullmatch(moment):
        return dotted_time(column, value, MOSCOW)
    try:
        return datetime.strptime(moment, "%d %b %Y %H:%M:%S %z").isoformat()
    except ValueError as error:
        raise Fault(column, moment, "bad_timestamp") from error
