"""The traps of YooKassa: kinds, fee, test objects, times, links."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row

FORMAT = "yookassa"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]

PAYMENT: dict[str, Any] = {
    "id": "p-1",
    "status": "succeeded",
    "paid": True,
    "amount": {"value": "100.00", "currency": "RUB"},
    "created_at": "2026-11-01T20:58:11.120Z",
    "captured_at": "2026-11-02T00:03:40.001+03:00",
}
REFUND: dict[str, Any] = {
    "id": "r-1",
    "payment_id": "p-1",
    "status": "succeeded",
    "amount": {"value": "40.00", "currency": "RUB"},
    "created_at": "2026-11-02T08:00:00.000Z",
}


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    (row,) = parsed
    assert isinstance(row, Row)
    return row.values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    (reject,) = parsed
    assert isinstance(reject, Reject)
    return reject.column, reject.reason


@pytest.mark.parametrize(
    ("status", "word"),
    [("pending", "pending"), ("waiting_for_capture", "authorized"), ("succeeded", "paid"), ("canceled", "cancelled")],
)
def test_status(parse: Parse, status: str, word: str) -> None:
    assert only(parse(FORMAT, PAYMENT | {"status": status}))["status"] == word


def test_an_unknown_status_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, PAYMENT | {"status": "frozen"})) == ("status", "unknown_enum_value")


def test_paid_at_is_the_capture_with_its_own_offset(parse: Parse) -> None:
    assert only(parse(FORMAT, PAYMENT))["paid_at"] == "2026-11-02T00:03:40.001+03:00"


def test_a_succeeded_payment_without_capture_time_is_not_dated_by_its_creation(parse: Parse) -> None:
    assert rejected(parse(FORMAT, PAYMENT | {"captured_at": None})) == ("paid_at", "missing_required")


def test_an_unpaid_payment_has_no_paid_at(parse: Parse) -> None:
    assert only(parse(FORMAT, PAYMENT | {"status": "canceled"}))["paid_at"] is None


@pytest.mark.parametrize("key", ["income_amount", "income"])
def test_fee_is_amount_less_income(parse: Parse, key: str) -> None:
    assert only(parse(FORMAT, PAYMENT | {key: {"value": "96.50", "currency": "RUB"}}))["fee_amount"] == "3.50"


def test_fee_is_exact(parse: Parse) -> None:
    body = PAYMENT | {"amount": {"value": 0.3, "currency": "RUB"}, "income": {"value": 0.1, "currency": "RUB"}}
    assert only(parse(FORMAT, body))["fee_amount"] == "0.2"


def test_fee_is_unknown_without_income_or_in_another_currency(parse: Parse) -> None:
    assert only(parse(FORMAT, PAYMENT))["fee_amount"] is None
    foreign = PAYMENT | {"income_amount": {"value": "1.00", "currency": "USD"}}
    assert only(parse(FORMAT, foreign))["fee_amount"] is None


@pytest.mark.parametrize("flag", [True, "true"])
@pytest.mark.parametrize("body", [PAYMENT, REFUND])
def test_a_test_object_is_never_money_and_never_lost(parse: Parse, body: dict[str, Any], flag: object) -> None:
    assert rejected(parse(FORMAT, body | {"test": flag})) == ("test", "out_of_range")


def test_links(parse: Parse) -> None:
    metadata = {"order_id": 37, "payment_id": "pay-1", "invoice_id": "inv-1"}
    values = only(parse(FORMAT, PAYMENT | {"metadata": metadata, "authorization_details": {"rrn": "003668680243"}}))
    assert [values[key] for key in ("order_id", "payment_id", "invoice_id", "provider_reference")] == [
        "37",
        "pay-1",
        "inv-1",
        "003668680243",
    ]


def test_a_refund_links_to_its_payment_and_not_to_an_internal_id(parse: Parse) -> None:
    values = only(parse(FORMAT, REFUND))
    assert (values["provider_refund_id"], values["provider_payment_id"], values["payment_id"]) == ("r-1", "p-1", None)
    assert values["refunded_at"] == REFUND["created_at"]


def test_a_pending_refund_has_not_been_refunded(parse: Parse) -> None:
    assert only(parse(FORMAT, REFUND | {"status": "pending"}))["refunded_at"] is None


@pytest.mark.parametrize(
    "wrap",
    [
        lambda body: body,
        lambda body: [body],
        lambda body: {"items": [body], "next_cursor": "x"},
        lambda body: {"type": "list", "items": [body], "next_page": "x"},
        lambda body: {"type": "notification", "event": "x.succeeded", "object": body},
    ],
)
@pytest.mark.parametrize(("body", "contract"), [(PAYMENT, "provider.payments"), (REFUND, "provider.refunds")])
def test_wrappings(parse: Parse, wrap: Callable[[Any], Any], body: dict[str, Any], contract: str) -> None:
    assert [item.contract for item in parse(FORMAT, wrap(body))] == [contract]


@pytest.mark.parametrize("document", [[], {"items": []}])
def test_an_empty_list_is_an_empty_extract(parse: Parse, document: Any) -> None:
    assert parse(FORMAT, document) == []


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"items": [PAYMENT, REFUND]}, "mixes"),
        ({"items": {}}, "list"),
        ("5", "neither"),
        ({"items": [5]}, "item 1"),
        ({"id": "x"}, "neither a payment"),
        ({"type": "error", "description": "Нет доступа"}, "Нет доступа"),
        ({"id": "rt", "payment_id": "p-1", "status": "succeeded", "items": [], "settlements": []}, "receipt"),
        ({"id": "po", "amount": {}, "payout_destination": {}}, "payout"),
    ],
)
def test_what_is_not_payments_or_refunds_is_refused(refusal: Refusal, document: Any, says: str) -> None:
    refused = refusal(FORMAT, document)
    assert refused.reason == "unparsable"
    assert says in refused.message


def test_a_file_of_a_contract_that_the_feed_does_not_supply_is_refused(refusal: Refusal) -> None:
    assert "provider.refunds" in refusal(FORMAT, REFUND, ("provider.payments",)).message


@pytest.mark.parametrize("value", ["NaN", "1e400", "12,50", None, True])
def test_a_bad_amount_is_rejected(parse: Parse, value: object) -> None:
    assert rejected(parse(FORMAT, PAYMENT | {"amount": {"value": value, "currency": "RUB"}}))[0] == "amount"
