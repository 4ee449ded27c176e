"""Stripe: objects of the API as JSON, and the itemised payout reconciliation report as CSV.

provider.payments, provider.refunds, provider.disputes from objects; provider.payments, provider.refunds and
provider.payouts from the report, which ``stripe_report`` reads. Source: Stripe's API reference, its OpenAPI fixtures.

A JSON file is a charge, refund or dispute, a list (``object: list``), events, or an array of any of these; of an
event, its time orders the versions. Payment intents hold no money by themselves and payouts do not say what they are
made of: both are refused.

- Amounts are whole minor units by the currency's exponent (JPY 0, KWD 3), but Stripe counts ISK and UGX in hundredths
  and MGA in whole ariary. Currencies are in lower case, times are epoch seconds.
- A charge that succeeded is ``paid`` with what was captured; uncaptured it is ``authorized``, or ``cancelled`` when it
  was released. created_at and paid_at are its time; of a charge captured later, expand ``balance_transaction``, whose
  time is then paid_at, and whose fee (in the same currency) is fee_amount.
- Status ``succeeded`` does not change when money goes back: refunds are objects of their own, or of the charge's list.
- A dispute's ``warning_…`` is an inquiry that took no money: opened while open, won when closed. One that is listed,
  or in the event of its opening, is a version as old as itself, whatever it says by then: each later event is newer.
- ``livemode: false`` is not money: rejected (column ``livemode``, out_of_range). Refunds do not say; their events do.
- Links: metadata.order_id, payment_id, invoice_id, refund_id; the payment intent is provider_reference.
"""

from collections.abc import Callable, Iterator, Mapping
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
    epoch_seconds,
    numbered,
    plain,
    required,
    text,
    whole_minor,
)
from ingest.formats.currencies import decimals, letters
from ingest.formats.json_input import JsonList, child, objects, stream_answers
from ingest.formats.stripe_report import METHOD, report_outcomes

CONTRACTS = ("provider.payments", "provider.refunds", "provider.disputes", "provider.payouts")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ()

OWN_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Where Stripe does not follow ISO 4217 (docs.stripe.com/currencies, special cases)."""

CHARGE_STATUS = {"succeeded": "paid", "pending": "pending", "failed": "failed"}
REFUND_STATUS = {
    "succeeded": "succeeded",
    "pending": "pending",
    "requires_action": "pending",
    "failed": "failed",
    "canceled": "cancelled",
}
DISPUTE_STATUS = {
    **dict.fromkeys(("needs_response", "under_review", "warning_needs_response", "warning_under_review"), "opened"),
    **dict.fromkeys(("won", "warning_closed", "prevented"), "won"),
    "lost": "lost",
}
KINDS = {"charge": "provider.payments", "refund": "provider.refunds", "dispute": "provider.disputes"}
_REPORT = "Deliver the itemised payout reconciliation report (CSV)."
HINTS = {
    "payment_intent": "Deliver its charges.",
    "payout": f"It does not say what it is made of. {_REPORT}",
    "balance_transaction": f"Expand it in charges. {_REPORT}",
}

Record = dict[str, Any]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of the wanted contracts. Raises FileRefused, also after rows."""
    wanted = options.wanted(DEFAULT_CONTRACTS)
    head = stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    stream.seek(0)
    if head.startswith((b"{", b"[", b"<", b"HTTP/")) or not head:
        outcomes = _json_outcomes(stream, options, wanted)
    else:
        outcomes = report_outcomes(stream, options)
    yield from numbered(outcome for outcome in outcomes if outcome[0] in wanted)


def _json_outcomes(stream: BinaryIO, options: FormatOptions, wanted: tuple[str, ...]) -> Iterator[Outcome]:
    found = stream_answers(stream, options, "an object of Stripe", "data")
    for record, event in (pair for item in found for pair in _records(item, options.file_name)):
        kind = record["object"]
        if KINDS[kind] not in wanted:
            raise FileRefused(
                "unparsable",
                f"{options.file_name} holds a {kind}, of which the feed wants nothing. Add {KINDS[kind]} to the "
                "feed's `contracts` in sverka.yml, or move the file to its own feed.",
            )
        yield KINDS[kind], attempted(BUILD[kind], record, event)
        listed = child(record, "refunds", "data") if kind == "charge" else None
        for refund in listed if isinstance(listed, list) and record.get("captured") is True else ():
            yield KINDS["refund"], attempted(_refund, refund, event | {"livemode": record.get("livemode")})


def _records(item: Record, file_name: str) -> Iterator[tuple[Record, Record]]:
    """Charges, refunds and disputes, each with its event ({} when there is none)."""
    kind = text(item.get("object"))
    if "error" in item and kind is None:
        why = text(child(item, "error", "message")) or "no message"
        raise FileRefused("unparsable", f"{file_name} is an error answer of Stripe: {why[:200]}")
    data = item.get("data")
    is_list = kind == "list" or (kind is None and isinstance(data, JsonList))
    for inner in objects(data if is_list else item, file_name, "an object of Stripe"):
        is_event = text(inner.get("object")) == "event"
        record = child(inner, "data", "object") if is_event else inner
        kind = text(child(record, "object"))
        if kind not in KINDS:
            raise FileRefused(
                "unparsable",
                f"{file_name} holds {(kind or 'what is no object of Stripe')[:60]}, which this format does not read. "
                f"{HINTS.get(kind or '', 'It reads charges, refunds and disputes.')}",
            )
        yield record, inner if is_event else {}
    if is_list and text(item.get("object")) != "list":
        raise FileRefused("unparsable", f"{file_name} has data but is no list of Stripe. Deliver answers of its API.")


# ---------- rows


def _charge(record: Record, event: Record) -> Values:
    values, currency = _common(record, event)
    status = _charge_status(record)
    captured = record.get("amount_captured")
    created_at = _time("created_at", record.get("created"))
    transaction = record.get("balance_transaction")
    moved = child(transaction, "created")
    method = text(child(record, "payment_method_details", "type"))
    return values | {
        "provider_payment_id": required("provider_payment_id", text(record.get("id"))),
        "provider_reference": _id(record.get("payment_intent")),
        "order_id": text(child(record, "metadata", "order_id")),
        "invoice_id": text(child(record, "metadata", "invoice_id")),
        "status": status,
        "amount": _amount(
            "amount", captured if captured is not None and status == "paid" else record.get("amount"), currency
        ),
        "fee_amount": _fee(transaction, currency),
        "method": METHOD.get(method, "other") if method else None,
        "created_at": created_at,
        "paid_at": (_time("paid_at", moved) if moved else created_at) if status == "paid" else None,
    }


def _charge_status(record: Record) -> str:
    status = _word(record, CHARGE_STATUS)
    if status != "paid" or record.get("captured") is True:
        return status
    if record.get("captured") is not False:
        raise Fault("status", text(record.get("captured")), "missing_required")
    return "cancelled" if record.get("refunded") is True else "authorized"


def _refund(record: Any, event: Record) -> Values:
    values, currency = _common(record, event)
    status = _word(record, REFUND_STATUS)
    created_at = _time("created_at", record.get("created"))
    return values | {
        "provider_refund_id": required("provider_refund_id", text(record.get("id"))),
        "provider_payment_id": required("provider_payment_id", _id(record.get("charge"))),
        "refund_id": text(child(record, "metadata", "refund_id")),
        "amount": _amount("amount", record.get("amount"), currency),
        "status": status,
        "reason": text(record.get("reason")),
        "created_at": created_at,
        "refunded_at": created_at if status == "succeeded" else None,
    }


def _dispute(record: Record, event: Record) -> Values:
    values, currency = _common(record, event)
    status = _word(record, DISPUTE_STATUS)
    kind = text(event.get("type"))
    is_closing = kind == "charge.dispute.closed"
    opened_at = _time("opened_at", record.get("created"))
    if kind in (None, "charge.dispute.created"):
        # Listed, it would otherwise count as of its extract's date and hide the event that says when it was closed.
        values["updated_at"] = opened_at
    values.pop("payment_id")
    return values | {
        "dispute_id": required("dispute_id", text(record.get("id"))),
        "provider_payment_id": required("provider_payment_id", _id(record.get("charge"))),
        "amount": _amount("amount", record.get("amount"), currency),
        "status": status,
        "opened_at": opened_at,
        "closed_at": _time("closed_at", event.get("created")) if is_closing and status != "opened" else None,
    }


BUILD: Mapping[str, Callable[[Record, Record], Values]] = {"charge": _charge, "refund": _refund, "dispute": _dispute}


# ---------- fields


def _common(record: Any, event: Record) -> tuple[Values, str]:
    """What every row has, and its currency. Faults when the object is of a test, or no object."""
    if not isinstance(record, Mapping) or False in (record.get("livemode"), event.get("livemode")):
        raise Fault("livemode", "false", "out_of_range")
    code = required("currency", text(record.get("currency")))
    currency = letters(code)
    if currency is None:
        raise Fault("currency", code, "unknown_currency")
    changed = event.get("created")
    return {
        "payment_id": text(child(record, "metadata", "payment_id")),
        "currency": currency,
        "updated_at": _time("updated_at", changed) if changed else None,
    }, currency


def _id(value: Any) -> str | None:
    """The id of what is linked, expanded or not."""
    return text(child(value, "id")) or text(value)


def _word(record: Record, words: Mapping[str, str]) -> str:
    status = required("status", text(record.get("status")))
    if status not in words:
        raise Fault("status", status, "unknown_enum_value")
    return words[status]


def _amount(column: str, value: Any, currency: str) -> str:
    return plain(whole_minor(column, value, OWN_DECIMALS.get(currency, decimals(currency))))


def _fee(transaction: Any, currency: str) -> str | None:
    """The fee of an expanded balance transaction in the charge's own currency."""
    fee = child(transaction, "fee")
    if fee is None or letters(text(child(transaction, "currency"))) != currency:
        return None
    return _amount("fee_amount", fee, currency)


def _time(column: str, value: Any) -> str:
    return epoch_seconds(column, required(column, text(value)))
