"""Order answers of the RBS/BPC payment gateway (ArCa iPay in Armenia, Sberbank, Alfa and others), JSON.

provider.payments, provider.refunds. Source: the gateways' REST documentation and recorded answers, HTTP header kept or
not: ``getOrderStatus.do``, ``getOrderStatusExtended.do``, ``getLastOrdersForMerchants.do``, or a JSON array of answers.

- Keys are compared in lower case: old answers write ``OrderStatus`` and ``Amount``.
- Amounts are whole minor units of the currency, a numeric ISO code (810 is RUB too); option ``currency`` stands in.
- ``totalCount`` of a list is a control total: no page has more orders, and the only page has all.
- An answer with an orderStatus is an order, whatever its errorCode (an old declined order has errorCode 2). Without
  one, errorCode 6 (not found) is an empty extract; any other is refused with the gateway's message.
- Status 4 does not mean a full refund, and status 2 may be refunded in part: the amounts decide. The payment stays
  ``paid`` with what was deposited before any refund; the refund is one row ``<id>-refund`` with the whole refunded sum
  so far, so that a second partial refund is a new version of it. ``depositedAmount`` is what was ever deposited, or in
  other builds what is left: the latter when deposited + refunded = approved or refunded > deposited.
- Times: epoch milliseconds, or ISO text without a zone (the feed's zone). created_at = date, else authDateTime;
  paid_at = depositedDate, else authDateTime; refunded_at = refundedDate, else the latest of refunds[].date, else
  (builds that keep no refund time) paid_at, from which on it can be true. A row left without its time is rejected.
- provider_payment_id = attribute mdOrder, else mdOrder or orderId of the answer, else orderNumber (single answers of
  old builds name nothing else); provider_reference = authRefNum (RRN).
"""

import re
from collections.abc import Generator, Iterator
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
    epoch_time,
    iso_time,
    numbered,
    plain,
    required,
    text,
    whole_minor,
)
from ingest.formats.currencies import decimals, letters
from ingest.formats.json_input import JsonList, child, objects, stream_answers

CONTRACTS = ("provider.payments", "provider.refunds")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency",)

STATUS = {
    "0": "created",
    "1": "authorized",
    "2": "paid",
    "3": "cancelled",
    "4": "paid",
    "5": "pending",
    "6": "failed",
}
NOT_FOUND = "6"
LISTS = ("orderStatuses", "OrderStatuses", "orderstatuses", "ORDERSTATUSES")

Order = dict[str, Any]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of both contracts, a payment before its refund. Raises FileRefused, also after rows."""
    orders = _orders(stream, options)
    default_currency = options.currency()
    wanted = options.wanted(DEFAULT_CONTRACTS)
    yield from numbered(
        outcome for order in orders for outcome in _outcomes(order, default_currency) if outcome[0] in wanted
    )


# ---------- what the file is


def _orders(stream: BinaryIO, options: FormatOptions) -> Iterator[Order]:
    file_name = options.file_name
    for answer in stream_answers(stream, options, "an answer of the gateway", *LISTS):
        folded = _folded(answer, file_name)
        if "orderstatuses" in folded:
            count = yield from _listed(folded, file_name)
            _check_end(_folded(answer, file_name), count, file_name)
        elif "orderstatus" in folded:
            yield folded
        else:
            _refuse_unless_not_found(folded, file_name)


def _listed(answer: Order, file_name: str) -> Generator[Order, None, int]:
    """The orders of a list. Returns how many there are."""
    if _code(answer) != "0":
        _refuse_unless_not_found(answer, file_name)
        return 0
    listed = answer["orderstatuses"]
    if listed is not None and not isinstance(listed, list | JsonList):
        raise FileRefused("unparsable", f"{file_name}: orderStatuses is not a list.")
    count = 0
    for order in objects([] if listed is None else listed, file_name, "an order"):
        count += 1
        yield _folded(order, file_name) if isinstance(listed, JsonList) else order
    return count


def _check_end(answer: Order, count: int, file_name: str) -> None:
    """Refuse a list that an error follows, and one of another number than ``totalCount``, that of all orders.

    A page may have fewer orders, unless it is the only one.
    """
    if _code(answer) != "0":
        _refuse_unless_not_found(answer, file_name)
        return
    numbers = (text(answer.get(key)) or "" for key in ("totalcount", "page", "pagesize"))
    total, page, size = (int(told) if re.fullmatch(r"\d{1,18}", told, re.ASCII) else None for told in numbers)
    is_only_page = total is not None and page == 0 and size is not None and total <= size
    if total is not None and (count > total or (is_only_page and count < total)):
        raise FileRefused(
            "control_total_mismatch",
            f"{file_name}: the list counts {total} orders (totalCount), {count} are there. Fetch it again.",
        )


def _refuse_unless_not_found(answer: Order, file_name: str) -> None:
    code, message = _code(answer), text(answer.get("errormessage")) or "no message"
    if code == NOT_FOUND:
        return
    if code == "0":
        raise FileRefused(
            "unparsable",
            f"{file_name} has no orderStatus: an acknowledgement (of a refund, a registration), not an order. "
            "Deliver the answers of getOrderStatusExtended.do or getLastOrdersForMerchants.do.",
        )
    raise FileRefused(
        "unparsable",
        f"{file_name} is an error answer of the gateway, errorCode {code[:20]}: {message[:200]}. Ask it again.",
    )


def _code(answer: Order) -> str:
    return text(answer.get("errorcode")) or "0"


def _folded(value: Any, file_name: str) -> Any:
    """The same value with lower-case keys throughout."""
    if isinstance(value, list):
        return [_folded(item, file_name) for item in value]
    if not isinstance(value, dict):
        return value
    folded: Order = {}
    for key, inner in value.items():
        lower = key.lower()
        if isinstance(inner, list | dict):
            inner = _folded(inner, file_name)
        if folded.get(lower, inner) != inner:
            raise FileRefused("unparsable", f"{file_name}: {key} stands twice in one answer, in upper and lower case.")
        folded[lower] = inner
    return folded


# ---------- rows


def _outcomes(order: Order, default_currency: str | None) -> Iterator[Outcome]:
    try:
        payment = _payment(order, default_currency)
    except Fault as fault:
        yield "provider.payments", fault
        return
    yield "provider.payments", payment
    try:
        if _is_refunded(order, str(payment["currency"])):
            yield "provider.refunds", _refund(order, payment)
    except Fault as fault:
        yield "provider.refunds", fault


def _payment(order: Order, default_currency: str | None) -> Values:
    status_number = required("status", text(order.get("orderstatus")))
    if status_number not in STATUS:
        raise Fault("status", status_number, "unknown_enum_value")
    status = STATUS[status_number]
    currency = _currency(order, default_currency)
    authorized_at = _time("paid_at", order.get("authdatetime"))
    created_at = _time("created_at", order.get("date")) or authorized_at
    paid_at = (_time("paid_at", order.get("depositeddate")) or authorized_at) if status == "paid" else None
    return {
        "provider_payment_id": required("provider_payment_id", _payment_id(order)),
        "provider_reference": text(order.get("authrefnum")),
        "order_id": text(order.get("ordernumber")),
        "status": status,
        "amount": plain(_deposited(order, currency) if status == "paid" else _amount(order, currency)),
        "currency": currency,
        "method": "card" if order.get("cardauthinfo") or order.get("pan") else None,
        "created_at": required("created_at", created_at),
        "paid_at": required("paid_at", paid_at) if status == "paid" else None,
    }


def _refund(order: Order, payment: Values) -> Values:
    currency = str(payment["currency"])
    amount = _refunded(order, currency)
    if not amount:
        raise Fault("amount", None, "missing_required")
    listed = child(order, "refunds")
    dates = [_time("refunded_at", child(entry, "date")) for entry in (listed if isinstance(listed, list) else [])]
    refunded_at = _time("refunded_at", order.get("refundeddate")) or max(filter(None, dates), default=None)
    refunded_at = refunded_at or payment["paid_at"]
    return {
        "provider_refund_id": f"{payment['provider_payment_id']}-refund",
        "provider_payment_id": payment["provider_payment_id"],
        "amount": plain(amount),
        "currency": currency,
        "status": "succeeded",
        "created_at": refunded_at,
        "refunded_at": refunded_at,
    }


def _payment_id(order: Order) -> str | None:
    attributes = order.get("attributes")
    for attribute in attributes if isinstance(attributes, list) else []:
        if (text(child(attribute, "name")) or "").lower() == "mdorder":
            return text(child(attribute, "value"))
    return text(order.get("mdorder")) or text(order.get("orderid")) or text(order.get("ordernumber"))


def _currency(order: Order, default_currency: str | None) -> str:
    code = text(order.get("currency"))
    if code is None:
        return required("currency", default_currency)
    known = letters(code)
    if known is None:
        raise Fault("currency", code, "unknown_currency")
    return known


# ---------- amounts, in major units


def _amount(order: Order, currency: str) -> Decimal:
    return whole_minor("amount", order.get("amount"), decimals(currency))


def _given(order: Order, key: str, currency: str) -> Decimal | None:
    """An amount of paymentAmountInfo, None when the answer does not have it."""
    minor = child(order, "paymentamountinfo", key)
    return None if minor is None else whole_minor("amount", minor, decimals(currency))


def _refunded(order: Order, currency: str) -> Decimal:
    return _given(order, "refundedamount", currency) or Decimal(0)


def _is_refunded(order: Order, currency: str) -> bool:
    """Status 4, or a deposited order with a refunded sum."""
    status = text(order.get("orderstatus"))
    return status == "4" or (status == "2" and bool(_refunded(order, currency)))


def _deposited(order: Order, currency: str) -> Decimal:
    """What was deposited before any refund. Faults when the amounts contradict each other."""
    deposited = _given(order, "depositedamount", currency)
    if deposited is None:
        minor = order.get("depositamount")
        return _amount(order, currency) if minor is None else whole_minor("amount", minor, decimals(currency))
    refunded = _refunded(order, currency)
    approved = _given(order, "approvedamount", currency)
    ever = EXACT.add(deposited, refunded)
    is_what_is_left = bool(refunded) and (refunded > deposited or ever == approved)
    original = ever if is_what_is_left else deposited
    if not original or refunded < 0 or (is_what_is_left and approved is not None and ever > approved):
        raise Fault("amount", plain(deposited), "out_of_range")
    return original


# ---------- times


def _time(column: str, value: Any) -> str | None:
    moment = text(value)
    if moment is None:
        return None
    return epoch_time(column, moment) if moment.isdigit() else iso_time(column, moment)
