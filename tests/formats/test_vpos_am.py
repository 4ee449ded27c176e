"""The traps of VPOS.am: whole minor units, words of status, times that are not there, refunds, test sessions."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import only, rejected, rows

FORMAT = "vpos_am"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def session(**fields: Any) -> dict[str, Any]:
    body = {
        "id": "ps-1",
        "merchantOrderId": "W-1",
        "amountMinor": 1000050,
        "currency": "AMD",
        "provider": "arca",
        "status": "paid",
        "createdAt": "2026-11-01T10:00:00Z",
        "paidAt": "2026-11-01T10:01:00Z",
    } | fields
    return {key: value for key, value in body.items() if value is not ...}


@pytest.mark.parametrize(
    ("currency", "amount"), [("AMD", "10000.50"), ("051", "10000.50"), ("JPY", "1000050"), ("KWD", "1000.05")]
)
def test_minor_units_follow_the_currency(parse: Parse, currency: str, amount: str) -> None:
    assert only(parse(FORMAT, session(currency=currency)))["amount"] == amount


def test_a_fraction_of_a_minor_unit_is_rejected_since_major_units_were_meant(parse: Parse) -> None:
    assert rejected(parse(FORMAT, session(amountMinor=10000.5))) == ("amount", "bad_decimal")
    assert only(parse(FORMAT, session(amountMinor=1000.0)))["amount"] == "10.00"


def test_an_amount_whose_unit_is_not_said_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, session(amountMinor=..., amount="100.00"))) == ("amount", "missing_required")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("CREATED", "created"),
        ("processing", "pending"),
        ("Authorized", "authorized"),
        ("succeeded", "paid"),
        ("declined", "failed"),
        ("canceled", "cancelled"),
        ("expired", "expired"),
    ],
)
def test_status(parse: Parse, word: str, status: str) -> None:
    assert only(parse(FORMAT, session(status=word)))["status"] == status


def test_an_unknown_status_is_never_taken_for_money(parse: Parse) -> None:
    assert rejected(parse(FORMAT, session(status="settling"))) == ("status", "unknown_enum_value")


def test_a_paid_session_without_its_time_is_not_dated_by_another(parse: Parse) -> None:
    body = session(paidAt=..., updatedAt="2026-11-02T09:00:00Z")
    assert rejected(parse(FORMAT, body)) == ("paid_at", "missing_required")
    assert only(parse(FORMAT, body, paid_at="updatedAt"))["paid_at"] == "2026-11-02T09:00:00Z"


def test_times_keep_their_offset_or_the_feeds_zone(parse: Parse) -> None:
    values = only(parse(FORMAT, session(createdAt="2026-11-01T10:00:00", paidAt=1793500060000)))
    assert (values["created_at"], values["paid_at"]) == ("2026-11-01T10:00:00", "2026-11-01T02:27:40.000Z")


def test_links(parse: Parse) -> None:
    values = only(parse(FORMAT, session(metadata={"payment_id": 7, "invoiceId": "I-1"}, rrn="0063")))
    keys = ("provider_payment_id", "order_id", "payment_id", "invoice_id", "provider_reference", "method")
    assert [values[key] for key in keys] == ["ps-1", "W-1", "7", "I-1", "0063", "card"]


def test_a_partial_refund_leaves_the_payment_whole(parse: Parse) -> None:
    body = session(status="partially_refunded", refundedAmountMinor=5000, refundedAt="2026-11-02T09:00:00Z")
    payment, refund = rows(parse(FORMAT, body))
    assert (payment["status"], payment["amount"]) == ("paid", "10000.50")
    assert (refund["provider_refund_id"], refund["amount"], refund["refunded_at"]) == (
        "ps-1-refund",
        "50.00",
        "2026-11-02T09:00:00Z",
    )


def test_a_partial_refund_of_an_unknown_sum_is_rejected(parse: Parse) -> None:
    assert rejected(
        parse(FORMAT, session(status="partial_refunded", updatedAt="2026-11-02"), ("provider.refunds",))
    ) == (
        "amount",
        "missing_required",
    )


def test_a_paid_session_may_have_been_refunded_in_part(parse: Parse) -> None:
    refunded = session(refundedAmountMinor=1, refundedAt="2026-11-02T09:00:00Z")
    assert [row["amount"] for row in rows(parse(FORMAT, refunded))] == ["10000.50", "0.01"]
    assert len(parse(FORMAT, session(refundedAmountMinor=0))) == 1


@pytest.mark.parametrize(
    "mark", [{"test": True}, {"testMode": "true"}, {"environment": "Sandbox"}, {"mode": "test"}, {"livemode": False}]
)
def test_a_test_session_is_never_money_and_never_lost(parse: Parse, mark: dict[str, Any]) -> None:
    assert rejected(parse(FORMAT, session(**mark))) == ("test", "out_of_range")


@pytest.mark.parametrize(
    "wrap",
    [
        lambda body: [body],
        lambda body: {"data": [body], "total": 1},
        lambda body: {"event": "payment.paid", "data": body},
        lambda body: [{"event": "payment.paid", "session": body}],
    ],
)
def test_wrappings(parse: Parse, wrap: Callable[[Any], Any]) -> None:
    assert parse(FORMAT, wrap(session())) == parse(FORMAT, session())


def test_an_empty_list_is_an_empty_extract(parse: Parse) -> None:
    assert parse(FORMAT, {"items": []}) == []


@pytest.mark.parametrize(
    ("body", "says"), [({"message": "Unauthorized"}, "Unauthorized"), ([5], "item 1"), (5, "item 1")]
)
def test_what_is_no_session_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    assert says in refusal(FORMAT, body).message


def test_a_currency_that_is_not_there_needs_the_option(parse: Parse) -> None:
    assert only(parse(FORMAT, session(currency=...), currency="AMD"))["currency"] == "AMD"
    assert rejected(parse(FORMAT, session(currency="XX"), currency="AMD")) == ("currency", "unknown_currency")
