"""Fiscal receipts as JSON, as the tax service and operators of fiscal data (ОФД) give them.

fiscal.receipts. Source: recorded receipts of several operators. A file is one document, a list, or a list under
``receipts``, ``documents``, ``tickets`` or ``data``; the receipt may be wrapped (``ticket.document.receipt``,
``data.json``, ``bso``). Documents of a shift and reports of the till are no receipts and are passed over.

- ``totalSum`` is in kopecks, a whole number. An operator that writes 3.90 means roubles: such a receipt is rejected.
- A receipt is known by fiscalDriveNumber, fiscalDocumentNumber and fiscalSign together: receipt_id is
  ``<drive>:<document>:<sign>``. The sign exceeds 32 bits and stays text.
- ``operationType`` 1 is a sale, 2 its refund; 3 and 4 are our own purchases and are rejected.
- ``dateTime`` (or localDateTime, ticketDate) is the till's own time without a zone: the feed's zone applies. Seconds
  since 1970, which some applications write, are rejected: whether they mean local time or UTC is not said.
- kktRegId and userInn are padded with spaces. Option ``user_inn`` names our tax id: receipts of others are rejected.
- A receipt wholly covered by an earlier prepayment (prepaidSum = totalSum) is of kind offset.
- The only link is the user's own property (tag 1084), where the till prints our id: option ``user_property`` says
  which, order_id, payment_id, refund_id, erp_document_id or external_id. Without it a receipt links to nothing.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
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
from ingest.formats.json_input import child, first, stream_objects

CONTRACTS = ("fiscal.receipts",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency", "user_inn", "user_property")

RECEIPT_TYPE = {"1": "sale", "2": "refund"}
PURCHASES = ("3", "4")
OWN_IDS = ("order_id", "payment_id", "refund_id", "erp_document_id", "external_id")
LISTS = ("receipts", "documents", "tickets", "data")
WRAPPERS = ("ticket", "document", "receipt", "bso", "receiptCorrection", "bsoCorrection", "data", "json", "content")
OTHER_DOCUMENTS = ("openShift", "closeShift", "fiscalReport", "fiscalReportCorrection", "currentStateReport")
RECEIPT_CODES = (None, "3", "4", "31", "41")
"""code (receiptCode in older documents) of receipts, strict forms and corrections of both."""

IDENTITY = ("fiscalDriveNumber", "fiscalDocumentNumber", "fiscalSign")
DEEPEST = 6

Document = dict[str, Any]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of fiscal.receipts. Raises FileRefused, also after rows."""
    currency = options.currency() or "RUB"
    own_id = options.choice("user_property", OWN_IDS)
    user_inn = text(options.options.get("user_inn")) if "user_inn" in options.options else None
    if "user_inn" in options.options and user_inn is None:
        raise FileRefused(
            "unparsable", f"{options.file_name}: option user_inn in sverka.yml must be text: put it in quotes."
        )
    documents = stream_objects(stream, options, "a fiscal document", LISTS)
    yield from numbered(
        ("fiscal.receipts", attempted(_values, receipt, currency, own_id, user_inn))
        for position, document in enumerate(documents, start=1)
        if (receipt := _receipt(document, position, options.file_name)) is not None
    )


def _receipt(document: Document, position: int, file_name: str) -> Document | None:
    """The receipt, taken out of what wraps it; None for a document of the till that is no receipt."""
    found: Any = document
    for _ in range(DEEPEST):
        if any(key in found for key in (*IDENTITY, "totalSum")):
            return found if text(first(found, "code", "receiptCode")) in RECEIPT_CODES else None
        if any(key in found for key in OTHER_DOCUMENTS):
            return None
        inner = next((found[key] for key in WRAPPERS if isinstance(found.get(key), dict)), None)
        if inner is None:
            break
        found = inner
    raise FileRefused(
        "unparsable",
        f"{file_name}, document {position}: no fiscalDriveNumber, fiscalDocumentNumber or totalSum in it. "
        "Deliver receipts as the tax service or the operator of fiscal data gives them.",
    )


def _values(receipt: Document, currency: str, own_id: str | None, user_inn: str | None) -> Values:
    seller = text(receipt.get("userInn"))
    if user_inn is not None and seller != user_inn:
        raise Fault("userInn", seller, "out_of_range" if seller else "missing_required")
    drive, document, sign = (
        required(column, text(receipt.get(key)))
        for column, key in zip(("fiscal_drive_number", "fiscal_document_number", "fiscal_sign"), IDENTITY, strict=True)
    )
    moment = iso_time("registered_at", first(receipt, "dateTime", "localDateTime", "ticketDate"))
    values: Values = {
        "receipt_id": f"{drive}:{document}:{sign}",
        "receipt_type": _receipt_type(receipt),
        "settlement_kind": _settlement_kind(receipt),
        "amount": plain(whole_minor("amount", receipt.get("totalSum"), decimals(currency))),
        "currency": currency,
        "status": "success",
        "created_at": moment,
        "registered_at": moment,
        "fiscal_document_number": document,
        "fiscal_sign": sign,
        "fiscal_drive_number": drive,
    }
    return values | ({own_id: _user_property(receipt)} if own_id else {})


def _receipt_type(receipt: Document) -> str:
    operation = required("receipt_type", text(receipt.get("operationType")))
    if operation not in RECEIPT_TYPE:
        raise Fault("receipt_type", operation, "out_of_range" if operation in PURCHASES else "unknown_enum_value")
    return RECEIPT_TYPE[operation]


def _settlement_kind(receipt: Document) -> str:
    prepaid = text(first(receipt, "prepaidSum", "prepaymentSum"))
    is_offset = prepaid is not None and prepaid.strip("0.") != "" and prepaid == text(receipt.get("totalSum"))
    return "offset" if is_offset else "payment"


def _user_property(receipt: Document) -> str | None:
    listed = receipt.get("properties")
    only = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    return text(
        child(receipt, "propertiesUser", "propertyValue")
        or child(receipt, "userProperty", "value")
        or child(only, "value")
    )
