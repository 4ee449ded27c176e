"""VPOS.am payment sessions as JSON. Built from documentation: no recorded answer was at hand.

provider.payments, provider.refunds. A file is one session, a list of them, a list under ``items``, ``data``,
``sessions``, ``payments`` or ``results``, or a notification that carries the session under ``data`` or ``session``.
Keys other than merchantOrderId, amountMinor, currency, provider and metadata are not certain, so several are tried.

- ``amountMinor`` is a whole number of minor units of the currency. A session with ``amount`` alone is rejected: of an
  amount whose unit is not said, a hundredth may be meant or the whole.
- ``provider`` is the bank or wallet behind the session, ``merchantOrderId`` the order.
- Words of status are compared in lower case; a word that is not known is rejected, never taken for money.
- paid_at is ``paidAt``, ``capturedAt`` or ``completedAt``. Where an account names it otherwise, the feed says how:
  ``options: {paid_at: updatedAt}``. A paid session without it is rejected: a day is never guessed.
- Times are ISO (without an offset the feed's zone applies) or epoch milliseconds.
- A refunded session stays paid with its amount, beside a refund ``<id>-refund`` of ``refundedAmountMinor``: the whole
  refunded sum so far, so that a second refund is a new version of it. ``refunded`` without that sum is a full refund.
- A session of a test or sandbox is not money: rejected (column ``test``, out_of_range).
"""

from collections.abc import Iterator
from decimal import Decimal
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
    epoch_time,
    iso_time,
    numbered,
    plain,
    required,
    text,
    whole_minor,
)
from ingest.formats.currencies import decimals, letters
from ingest.formats.json_input import child, first, stream_objects

CONTRACTS = ("provider.payments", "provider.refunds")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency", "paid_at")

STATUS = {
    word: status
    for status, words in {
        "created": "created new initiated",
        "pending": "pending processing in_progress requires_action redirected waiting",
        "authorized": "authorized authorised preauthorized held",
        "paid": "paid succeeded success completed captured deposited refunded partially_refunded partial_refunded",
        "failed": "failed declined rejected error",
        "cancelled": "cancelled canceled reversed voided",
        "expired": "expired timeout",
    }.items()
    for word in words.split()
}
PARTLY_REFUNDED = ("partially_refunded", "partial_refunded")
METHOD = {
    **dict.fromkeys(("idram", "telcell", "easypay", "fastshift", "applepay", "apple_pay", "googlepay"), "wallet"),
    **dict.fromkeys(("arca", "card", "ipay", "vpos", "ameriabank", "acba", "inecobank", "ardshinbank"), "card"),
}
"""Provider to method; any other is ``other``."""

IDS = ("id", "sessionId", "paymentSessionId", "paymentId")
PAID_TIMES = ("paidAt", "capturedAt", "completedAt")
LISTS = ("items", "data", "sessions", "payments", "results")
TESTS = ("test", "testmode", "sandbox", "true")

Session = dict[str, Any]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of both contracts, a payment before its refund. Raises FileRefused, also after rows."""
    found = stream_objects(stream, options, "a payment session", LISTS)
    sessions = (_session(item, options.file_name) for item in found)
    paid_times = (str(options.options["paid_at"]),) if "paid_at" in options.options else PAID_TIMES
    default_currency, wanted = options.currency(), options.wanted(DEFAULT_CONTRACTS)
    outcomes = (outcome for session in sessions for outcome in _outcomes(session, default_currency, paid_times))
    yield from numbered(outcome for outcome in outcomes if outcome[0] in wanted)


def _session(item: Session, file_name: str) -> Session:
    """The session itself, taken out of a notification. Refuses what is none."""
    inner = next((item[key] for key in ("data", "session", "object") if isinstance(item.get(key), dict)), item)
    if "merchantOrderId" not in inner and "amountMinor" not in inner:
        why = text(first(inner, "message", "error")) or "no merchantOrderId and no amountMinor"
        raise FileRefused(
            "unparsable", f"{file_name} holds an object that is no payment session of VPOS.am: {why[:200]}."
        )
    return inner


# ---------- rows


def _outcomes(session: Session, default_currency: str | None, paid_times: tuple[str, ...]) -> Iterator[Outcome]:
    payment = attempted(_payment, session, default_currency, paid_times)
    yield "provider.payments", payment
    if not isinstance(payment, Fault) and payment["status"] == "paid" and _is_refunded(session):
        yield "provider.refunds", attempted(_refund, session, payment)


def _payment(session: Session, default_currency: str | None, paid_times: tuple[str, ...]) -> Values:
    _refuse_test(session)
    status = _status(session)
    if status not in STATUS:
        raise Fault("status", status, "unknown_enum_value")
    is_paid = STATUS[status] == "paid"
    currency = _currency(session, default_currency)
    provider = text(session.get("provider"))
    metadata = session.get("metadata")
    return {
        "provider_payment_id": required("provider_payment_id", text(first(session, *IDS))),
        "provider_reference": text(first(session, "rrn", "providerTransactionId", "providerPaymentId")),
        "payment_id": text(first(metadata, "payment_id", "paymentId")),
        "order_id": text(session.get("merchantOrderId")) or text(first(metadata, "order_id", "orderId")),
        "invoice_id": text(first(metadata, "invoice_id", "invoiceId")),
        "status": STATUS[status],
        "amount": plain(_amount(session, "amountMinor", currency)),
        "currency": currency,
        "method": METHOD.get(provider.lower(), "other") if provider else None,
        "created_at": required("created_at", _time("created_at", session.get("createdAt"))),
        "paid_at": required("paid_at", _time("paid_at", first(session, *paid_times))) if is_paid else None,
        "updated_at": _time("updated_at", session.get("updatedAt")),
    }


def _refund(session: Session, payment: Values) -> Values:
    currency = str(payment["currency"])
    refunded = _amount(session, "refundedAmountMinor", currency) if session.get("refundedAmountMinor") else None
    if refunded is None and _status(session) in PARTLY_REFUNDED:
        raise Fault("amount", None, "missing_required")
    refunded_at = required("refunded_at", _time("refunded_at", first(session, "refundedAt", "updatedAt")))
    return {
        "provider_refund_id": f"{payment['provider_payment_id']}-refund",
        "provider_payment_id": payment["provider_payment_id"],
        "payment_id": payment["payment_id"],
        "amount": payment["amount"] if refunded is None else plain(refunded),
        "currency": currency,
        "status": "succeeded",
        "created_at": refunded_at,
        "refunded_at": refunded_at,
        "updated_at": payment["updated_at"],
    }


def _is_refunded(session: Session) -> bool:
    sum_so_far = text(session.get("refundedAmountMinor"))
    return "refunded" in _status(session) or (sum_so_far is not None and sum_so_far.strip("0.") != "")


def _refuse_test(session: Session) -> None:
    flag = first(session, "test", "testMode", "mode", "environment")
    if flag is True or (text(flag) or "").lower() in TESTS or session.get("livemode") is False:
        raise Fault("test", "true", "out_of_range")


def _status(session: Session) -> str:
    return required("status", text(session.get("status"))).lower()


def _currency(session: Session, default_currency: str | None) -> str:
    code = text(session.get("currency"))
    if code is None:
        return required("currency", default_currency)
    known = letters(code)
    if known is None:
        raise Fault("currency", code, "unknown_currency")
    return known


def _amount(session: Session, key: str, currency: str) -> Decimal:
    return whole_minor("amount", child(session, key), decimals(currency))


def _time(column: str, value: Any) -> str | None:
    moment = text(value)
    if moment is None:
        return None
    return epoch_time(column, moment) if moment.isdigit() else iso_time(column, moment)
