"""The traps of CloudPayments: test transactions, UTC without a zone, declines that look like errors, refunds."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import only, rejected

FORMAT = "cloudpayments"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def transaction(**fields: Any) -> dict[str, Any]:
    body = {
        "TransactionId": 504,
        "Amount": 10.5,
        "Currency": "RUB",
        "PaymentAmount": 0.12,
        "PaymentCurrency": "USD",
        "InvoiceId": "W-1",
        "CreatedDateIso": "2026-11-01T21:30:00",
        "ConfirmDateIso": "2026-11-02T08:00:00",
        "TestMode": False,
        "Rrn": "0063",
        "CardFirstSix": "411111",
        "Status": "Completed",
        "StatusCode": 3,
    } | fields
    return {key: value for key, value in body.items() if value is not ...}


def refund(**fields: Any) -> dict[str, Any]:
    return transaction(TransactionId=505, OperationType="Refund", PaymentTransactionId=504, Amount=4) | fields


def test_amounts_are_major_units_of_our_currency(parse: Parse) -> None:
    values = only(parse(FORMAT, transaction(TotalFee=0.37)))
    assert (values["amount"], values["currency"], values["fee_amount"]) == ("10.5", "RUB", "0.37")


@pytest.mark.parametrize("amount", ["10,50", None, True, "1e400"])
def test_a_bad_amount_is_rejected(parse: Parse, amount: object) -> None:
    assert rejected(parse(FORMAT, transaction(Amount=amount)))[0] == "amount"


def test_times_without_a_zone_are_utc(parse: Parse) -> None:
    values = only(parse(FORMAT, transaction()))
    assert (values["created_at"], values["paid_at"]) == ("2026-11-01T21:30:00Z", "2026-11-02T08:00:00Z")


def test_a_completed_payment_without_its_confirmation_is_not_dated_by_another_time(parse: Parse) -> None:
    body = transaction(ConfirmDateIso=None, AuthDateIso="2026-11-01T21:30:05")
    assert rejected(parse(FORMAT, body)) == ("paid_at", "missing_required")


@pytest.mark.parametrize(
    ("word", "code", "status"),
    [
        ("AwaitingAuthentication", 1, "pending"),
        ("Authorized", 2, "authorized"),
        ("Completed", 3, "paid"),
        ("Cancelled", 4, "cancelled"),
        ("Declined", 5, "failed"),
    ],
)
def test_status_by_word_and_code(parse: Parse, word: str, code: int, status: str) -> None:
    assert only(parse(FORMAT, transaction(Status=word, StatusCode=code)))["status"] == status
    assert only(parse(FORMAT, transaction(Status=word, StatusCode=...)))["status"] == status
    assert only(parse(FORMAT, transaction(Status=..., StatusCode=str(code))))["status"] == status


def test_words_and_codes_that_differ_or_are_unknown_are_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, transaction(StatusCode=5))) == ("status", "out_of_range")
    assert rejected(parse(FORMAT, transaction(Status="Held"))) == ("status", "unknown_enum_value")
    assert rejected(parse(FORMAT, transaction(Status=..., StatusCode=...))) == ("status", "missing_required")


@pytest.mark.parametrize("flag", [True, "true", 1, "1"])
@pytest.mark.parametrize("body", [transaction(), refund()])
def test_a_test_transaction_is_never_money_and_never_lost(parse: Parse, body: dict[str, Any], flag: object) -> None:
    assert rejected(parse(FORMAT, body | {"TestMode": flag})) == ("TestMode", "out_of_range")


def test_a_declined_payment_is_no_error(parse: Parse) -> None:
    declined = transaction(Status="Declined", StatusCode=5, ConfirmDateIso=None)
    answer = {"Success": False, "Message": None, "Model": declined}
    assert only(parse(FORMAT, answer))["status"] == "failed"


def test_not_found_is_an_empty_extract(parse: Parse) -> None:
    assert parse(FORMAT, {"Success": False, "Message": "Not found"}) == []
    assert parse(FORMAT, {"Success": True, "Message": None, "Model": []}) == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"Success": False, "Message": "Terminal not found"}, "Terminal not found"),
        ({"Success": False, "Message": None}, "no message"),
        ({"Success": True, "Message": None}, "acknowledges"),
        ({"Success": True, "Model": {"Id": "subscription"}}, "no TransactionId"),
        ({}, "no TransactionId"),
        ([5], "item 1"),
        ({"Model": [5]}, "item 1"),
    ],
)
def test_what_has_no_transaction_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    assert says in refusal(FORMAT, body).message


@pytest.mark.parametrize("own", ["order_id", "invoice_id", "payment_id"])
def test_the_invoice_id_is_ours_as_the_feed_says(parse: Parse, refusal: Refusal, own: str) -> None:
    values = only(parse(FORMAT, transaction(), invoice_id=own))
    assert (values[own], values["provider_payment_id"], values["provider_reference"]) == ("W-1", "504", "0063")
    assert "invoice_id" in refusal(FORMAT, transaction(), invoice_id="customer_id").message


@pytest.mark.parametrize(
    "fields", [{}, {"OperationType": ..., "Type": 1, "PaymentTransactionId": ..., "OriginalTransactionId": 504}]
)
def test_a_refund_is_no_payment_and_names_its_payment(parse: Parse, fields: dict[str, Any]) -> None:
    body = {key: value for key, value in (refund() | fields).items() if value is not ...}
    (item,) = parse(FORMAT, body)
    assert item.contract == "provider.refunds"
    values = only([item])
    assert (values["provider_refund_id"], values["provider_payment_id"], values["amount"]) == ("505", "504", "4")
    assert (values["status"], values["refunded_at"]) == ("succeeded", "2026-11-02T08:00:00Z")


def test_a_refund_without_its_payment_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, refund(PaymentTransactionId=None))) == ("provider_payment_id", "missing_required")


def test_a_refunded_payment_stays_whole(parse: Parse) -> None:
    values = only(parse(FORMAT, transaction(Refunded=True)))
    assert (values["status"], values["amount"]) == ("paid", "10.5")


def test_a_payout_to_a_card_is_neither(parse: Parse) -> None:
    assert rejected(parse(FORMAT, transaction(OperationType="CardPayout"))) == ("OperationType", "out_of_range")


def test_a_notification(parse: Parse) -> None:
    body = transaction(CreatedDateIso=..., ConfirmDateIso=..., DateTime="2026-11-01 21:30:00", OperationType="Payment")
    assert only(parse(FORMAT, body))["paid_at"] == "2026-11-01T21:30:00Z"


@pytest.mark.parametrize(
    ("fields", "method"),
    [({}, "card"), ({"PaymentMethod": "SBP"}, "bank_transfer"), ({"PaymentMethod": "X", "CardFirstSix": ...}, "other")],
)
def test_method(parse: Parse, fields: dict[str, Any], method: str) -> None:
    assert only(parse(FORMAT, transaction(**fields)))["method"] == method
