"""The traps of T-Bank: kopecks, ids in two types, no time of its own, test terminals, what a refund's amount is."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import only, rejected, rows

FORMAT = "tbank"
TIME = "2026-11-01T21:00:03+03:00"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def notification(status: str = "CONFIRMED", /, **fields: Any) -> dict[str, Any]:
    body = {
        "TerminalKey": "1726670000000",
        "OrderId": "W-1",
        "Success": True,
        "Status": status,
        "PaymentId": 5974256058,
        "ErrorCode": "0",
        "Amount": 19900,
        "Pan": "430000******0777",
        "received_at": TIME,
    } | fields
    return {key: value for key, value in body.items() if value is not ...}


def test_amounts_are_kopecks(parse: Parse) -> None:
    values = only(parse(FORMAT, notification()))
    assert (values["amount"], values["currency"]) == ("199.00", "RUB")
    assert only(parse(FORMAT, notification(Amount="1")))["amount"] == "0.01"


@pytest.mark.parametrize("amount", [199.5, "199,00", None, "1e400", {}])
def test_roubles_and_nonsense_in_place_of_kopecks_are_rejected(parse: Parse, amount: object) -> None:
    assert rejected(parse(FORMAT, notification(Amount=amount)))[0] == "amount"


def test_the_payment_id_is_text_whatever_it_was(parse: Parse) -> None:
    assert parse(FORMAT, notification()) == parse(FORMAT, notification(PaymentId="5974256058"))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("NEW", "created"),
        ("FORM_SHOWED", "created"),
        ("AUTHORIZING", "pending"),
        ("3DS_CHECKED", "pending"),
        ("AUTHORIZED", "authorized"),
        ("CONFIRMING", "authorized"),
        ("CONFIRMED", "paid"),
        ("CANCELED", "cancelled"),
        ("REVERSED", "cancelled"),
        ("REJECTED", "failed"),
        ("AUTH_FAIL", "failed"),
        ("DEADLINE_EXPIRED", "expired"),
        ("confirmed", "paid"),
    ],
)
def test_status(parse: Parse, word: str, status: str) -> None:
    values = only(parse(FORMAT, notification(word)))
    assert values["status"] == status
    assert values["paid_at"] == (TIME if status == "paid" else None)


def test_an_unknown_status_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, notification("PAUSED"))) == ("status", "unknown_enum_value")


def test_a_test_terminal_is_never_money_and_never_lost(parse: Parse) -> None:
    assert rejected(parse(FORMAT, notification(TerminalKey="1726670000000DEMO"))) == ("TerminalKey", "out_of_range")
    refund = notification("REFUNDED", TerminalKey="1726670000000demo")
    assert rejected(parse(FORMAT, refund)) == ("TerminalKey", "out_of_range")


def test_the_time_is_that_of_receipt_and_orders_the_versions(parse: Parse) -> None:
    values = only(parse(FORMAT, notification()))
    assert [values[key] for key in ("created_at", "paid_at", "updated_at")] == [TIME] * 3
    wrapped = {"received_at": TIME, "notification": notification(received_at=...)}
    assert parse(FORMAT, wrapped) == parse(FORMAT, notification())
    named = notification(received_at=..., logged=TIME)
    assert parse(FORMAT, named, received_at="logged") == parse(FORMAT, notification())


def test_without_a_time_of_receipt_nothing_is_dated(parse: Parse) -> None:
    assert rejected(parse(FORMAT, notification(received_at=...))) == ("created_at", "missing_required")


def test_a_partial_refund_is_what_was_less_what_is_left(parse: Parse) -> None:
    body = notification("PARTIAL_REFUNDED", Amount=10000, OriginalAmount=50000, NewAmount=35000)
    (item,) = parse(FORMAT, body)
    assert item.contract == "provider.refunds"
    values = only([item])
    assert (values["provider_refund_id"], values["amount"], values["refunded_at"]) == (
        "5974256058-refund",
        "150.00",
        TIME,
    )


def test_a_partial_refund_of_an_unclear_amount_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, notification("PARTIAL_REFUNDED"))) == ("amount", "missing_required")


def test_a_full_refund_is_its_amount_and_never_nothing(parse: Parse) -> None:
    assert only(parse(FORMAT, notification("REFUNDED")))["amount"] == "199.00"
    assert rejected(parse(FORMAT, notification("REFUNDED", Amount=0))) == ("amount", "out_of_range")


def test_a_refund_under_way_has_not_been_refunded(parse: Parse) -> None:
    values = only(parse(FORMAT, notification("REFUNDING")))
    assert (values["status"], values["refunded_at"]) == ("pending", None)


@pytest.mark.parametrize("own", ["order_id", "payment_id", "invoice_id"])
def test_the_order_id_is_ours_as_the_feed_says(parse: Parse, refusal: Refusal, own: str) -> None:
    assert only(parse(FORMAT, notification(), order_id=own))[own] == "W-1"
    assert "order_id" in refusal(FORMAT, notification(), order_id="customer_id").message


def test_check_order_gives_each_payment_of_the_order(parse: Parse) -> None:
    answer = {
        "TerminalKey": "1726670000000",
        "OrderId": "W-1",
        "received_at": TIME,
        "Payments": [
            {"PaymentId": "1", "Amount": 100, "Status": "REJECTED"},
            {"PaymentId": 2, "Amount": 100, "Status": "CONFIRMED", "RRN": "006"},
        ],
    }
    found = [
        (row["provider_payment_id"], row["order_id"], row["provider_reference"]) for row in rows(parse(FORMAT, answer))
    ]
    assert found == [("1", "W-1", None), ("2", "W-1", "006")]
    demo = answer | {"TerminalKey": "1DEMO", "Payments": answer["Payments"][:1]}
    assert rejected(parse(FORMAT, demo)) == ("TerminalKey", "out_of_range")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"Success": False, "Message": "Неверный токен.", "Details": "Проверьте пару"}, "Проверьте пару"),
        ({}, "no Status"),
        ([5], "item 1"),
        ({"Payments": [5]}, "item 1"),
    ],
)
def test_what_tells_of_no_payment_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    assert says in refusal(FORMAT, body).message
