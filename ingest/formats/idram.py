"""Payment confirmations of Idram, as its RESULT_URL receives them.

provider.payments. Source: Idram's description of its merchant interface. A file holds form bodies, one a line
(``EDP_BILL_NO=…&EDP_AMOUNT=…``), or the same fields as JSON: an object, a list, or a list under ``items``.

- ``EDP_AMOUNT`` is in major units, "1000.00", of the dram (option ``currency`` for another account).
- ``EDP_TRANS_DATE`` is dd/mm/yyyy, never mm/dd: 11/12 is 11 December. It has no time of day, so midnight in the feed's
  zone stands for it, as for any date alone.
- Only a confirmation is money: it has EDP_TRANS_ID. A preliminary request (EDP_PRECHECK=YES) is a question whether the
  order exists and no record of a payment; it is passed over.
- ``EDP_BILL_NO`` is what we gave as the number of the bill: an order_id, or what option ``bill_no`` says.
- EDP_CHECKSUM takes the merchant's secret to verify, which does not belong here: the receiver of the call has done so.
"""

import codecs
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    Reject,
    Row,
    Values,
    attempted,
    decimal,
    numbered,
    plain,
    required,
    text,
)
from ingest.formats.json_input import stream_objects
from ingest.formats.text_input import text_lines

CONTRACTS = ("provider.payments",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("bill_no", "currency")

OWN_IDS = ("order_id", "payment_id", "invoice_id")
HEAD = 4096
FIELDS = 100
"""Fields of one form body; a real one has about seven."""

_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})", re.ASCII)

Call = dict[str, Any]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of provider.payments. Raises FileRefused, also after rows."""
    currency = options.currency() or "AMD"
    own_id = options.choice("bill_no", OWN_IDS, "order_id")
    yield from numbered(
        ("provider.payments", attempted(_payment, call, currency, own_id)) for call in _calls(stream, options)
    )


def _calls(stream: BinaryIO, options: FormatOptions) -> Iterator[Call]:
    head = stream.read(HEAD).removeprefix(codecs.BOM_UTF8).lstrip()
    stream.seek(0)
    is_json = head.startswith((b"{", b"[", b"<"))
    found = stream_objects(stream, options, "a call of Idram", ("items",)) if is_json else _forms(stream, options)
    for position, call in enumerate(found, start=1):
        if "EDP_BILL_NO" not in call:
            raise FileRefused(
                "unparsable",
                f"{options.file_name}, record {position}: no EDP_BILL_NO, so no call of Idram. "
                "Deliver the bodies that RESULT_URL received, one a line, or their fields as JSON.",
            )
        if (text(call.get("EDP_PRECHECK")) or "").upper() not in ("YES", "TRUE"):
            yield call


def _forms(stream: BinaryIO, options: FormatOptions) -> Iterator[Call]:
    for number, line in enumerate(text_lines(stream, options, ("utf-8",)), start=1):
        if line.strip():
            yield _form(line.strip(), number, options.file_name)


def _form(line: str, number: int, file_name: str) -> Call:
    try:
        pairs = parse_qsl(line, keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError as error:
        raise FileRefused("unparsable", f"{file_name}, line {number}: not the body of a form ({error}).") from error
    call = dict(pairs)
    if len(call) != len(pairs):
        raise FileRefused("unparsable", f"{file_name}, line {number}: a field stands twice in one call.")
    return call


def _payment(call: Call, currency: str, own_id: str) -> Values:
    trans_id = required("provider_payment_id", text(call.get("EDP_TRANS_ID")))
    paid_at = _date(text(call.get("EDP_TRANS_DATE")))
    return {
        "provider_payment_id": trans_id,
        own_id: text(call.get("EDP_BILL_NO")),
        "status": "paid",
        "amount": plain(decimal("amount", call.get("EDP_AMOUNT"))),
        "currency": currency,
        "method": "wallet",
        "created_at": paid_at,
        "paid_at": paid_at,
    }


def _date(value: str | None) -> str:
    match = _DATE.fullmatch(required("paid_at", value))
    try:
        if match is None:
            raise ValueError(value)
        return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
    except ValueError as error:
        raise Fault("paid_at", value, "bad_timestamp") from error
