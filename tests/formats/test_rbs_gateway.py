"""The traps of the RBS gateway: minor units, numeric currencies, refunds by amounts, times, what is no order."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row

FORMAT = "rbs_gateway"
ID = "f0000000-0000-4000-8000-000000000001"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def order(
    status: object = 2, approved: int = 1000, deposited: int = 1000, refunded: int = 0, **fields: Any
) -> dict[str, Any]:
    answer = {
        "errorCode": "0",
        "orderNumber": "W-1",
        "orderStatus": status,
        "amount": 1000,
        "currency": "051",
        "date": 1793500000000,
        "authDateTime": 1793500060000,
        "attributes": [{"name": "mdOrder", "value": ID}],
        "paymentAmountInfo": {
            "approvedAmount": approved,
            "depositedAmount": deposited,
            "refundedAmount": refunded,
        },
    } | fields
    return {key: value for key, value in answer.items() if value is not ...}


def rows(parsed: list[Row | Reject]) -> list[dict[str, str | None]]:
    assert all(isinstance(item, Row) for item in parsed)
    return [item.values for item in parsed if isinstance(item, Row)]


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    (values,) = rows(parsed)
    return values


def rejected(item: Row | Reject) -> tuple[str, str, str]:
    assert isinstance(item, Reject)
    return item.contract, item.column, item.reason


@pytest.mark.parametrize(
    ("status", "word"),
    [(0, "created"), (1, "authorized"), (2, "paid"), (3, "cancelled"), (5, "pending"), ("6", "failed")],
)
def test_status(parse: Parse, status: object, word: str) -> None:
    assert only(parse(FORMAT, order(status)))["status"] == word


def test_an_unknown_status_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, order(9))[0]) == ("provider.payments", "status", "unknown_enum_value")


@pytest.mark.parametrize(
    ("status", "approved", "deposited", "refunded", "paid", "back"),
    [
        (4, 1000, 1000, 1000, "10.00", "10.00"),
        (4, 1000, 1000, 300, "10.00", "3.00"),
        (4, 1000, 800, 300, "8.00", "3.00"),
        (4, 1000, 0, 1000, "10.00", "10.00"),
        (4, 1000, 700, 300, "10.00", "3.00"),
        (2, 1000, 1000, 300, "10.00", "3.00"),
        (2, 1000, 600, 0, "6.00", None),
    ],
    ids=[
        "full refund",
        "status 4 is not always full",
        "partly deposited",
        "deposited counts what is left, nothing",
        "deposited counts what is left, some",
        "status 2 may be refunded in part",
        "deposited in part",
    ],
)
def test_amounts_decide_what_was_paid_and_refunded(
    parse: Parse, status: int, approved: int, deposited: int, refunded: int, paid: str, back: str | None
) -> None:
    payment, *refunds = rows(parse(FORMAT, order(status, approved, deposited, refunded)))
    assert (payment["status"], payment["amount"]) == ("paid", paid)
    assert [(refund["provider_refund_id"], refund["amount"]) for refund in refunds] == (
        [(f"{ID}-refund", back)] if back else []
    )


@pytest.mark.parametrize(("approved", "deposited", "refunded"), [(1000, 500, 900), (1000, 0, 0), (1000, 1000, -5)])
def test_amounts_that_contradict_each_other_are_rejected(
    parse: Parse, approved: int, deposited: int, refunded: int
) -> None:
    parsed = parse(FORMAT, order(2, approved, deposited, refunded))
    assert [rejected(item) for item in parsed] == [("provider.payments", "amount", "out_of_range")]


def test_a_refund_of_unknown_amount_keeps_the_payment_and_rejects_the_refund(parse: Parse) -> None:
    payment, refund = parse(FORMAT, order(4, paymentAmountInfo=...))
    assert isinstance(payment, Row)
    assert rejected(refund) == ("provider.refunds", "amount", "missing_required")


def test_a_second_partial_refund_is_a_new_version_of_the_first(parse: Parse) -> None:
    first, second = (rows(parse(FORMAT, order(4, refunded=sum_)))[1] for sum_ in (200, 500))
    assert first["provider_refund_id"] == second["provider_refund_id"]
    assert (first["amount"], second["amount"]) == ("2.00", "5.00")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"refundedDate": 1793600000000, "refunds": [{"date": "2026-11-09T10:00:00"}]}, "2026-11-02T06:13:20.000Z"),
        ({"refunds": [{"date": "2026-11-03T10:00:00"}, {"date": "2026-11-04T10:00:00"}]}, "2026-11-04T10:00:00"),
        ({"depositedDate": 1793510000000}, "2026-11-01T05:13:20.000Z"),
        ({}, "2026-11-01T02:27:40.000Z"),
    ],
)
def test_refunded_at_is_the_best_time_the_answer_knows(parse: Parse, fields: dict[str, Any], expected: str) -> None:
    assert rows(parse(FORMAT, order(4, refunded=1000, **fields)))[1]["refunded_at"] == expected


def test_a_reversal_is_a_cancelled_payment_and_no_refund(parse: Parse) -> None:
    assert only(parse(FORMAT, order(3, deposited=0)))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("code", "currency", "amount"),
    [
        ("051", "AMD", "10.00"),
        ("643", "RUB", "10.00"),
        ("810", "RUB", "10.00"),
        (51, "AMD", "10.00"),
        ("392", "JPY", "1000"),
        ("414", "KWD", "1.00"),
    ],
)
def test_minor_units_follow_the_currency(parse: Parse, code: object, currency: str, amount: str) -> None:
    values = only(parse(FORMAT, order(currency=code)))
    assert (values["currency"], values["amount"]) == (currency, amount)


def test_a_missing_currency_needs_the_option_and_an_unknown_one_is_rejected(parse: Parse) -> None:
    assert only(parse(FORMAT, order(currency=...), currency="AMD"))["currency"] == "AMD"
    assert rejected(parse(FORMAT, order(currency=...))[0])[1:] == ("currency", "missing_required")
    assert rejected(parse(FORMAT, order(currency="000"), currency="AMD")[0])[1:] == ("currency", "unknown_currency")


def test_epoch_times_are_utc_and_text_times_keep_the_feeds_zone(parse: Parse) -> None:
    values = only(parse(FORMAT, order(authDateTime="2026-11-01T12:01:30")))
    assert (values["created_at"], values["paid_at"]) == ("2026-11-01T02:26:40.000Z", "2026-11-01T12:01:30")


def test_the_deposit_time_is_preferred_to_the_authorization(parse: Parse) -> None:
    assert only(parse(FORMAT, order(depositedDate="1793600000000")))["paid_at"] == "2026-11-02T06:13:20.000Z"


@pytest.mark.parametrize(
    ("fields", "column"), [({"date": ..., "authDateTime": ...}, "created_at"), ({"authDateTime": ...}, "paid_at")]
)
def test_a_payment_without_its_time_is_rejected(parse: Parse, fields: dict[str, Any], column: str) -> None:
    assert rejected(parse(FORMAT, order(**fields))[0]) == ("provider.payments", column, "missing_required")


def test_links_are_text_whatever_they_were(parse: Parse) -> None:
    values = only(parse(FORMAT, order(authRefNum=630600000012, orderNumber=77)))
    assert (values["provider_reference"], values["order_id"]) == ("630600000012", "77")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, ID), ({"attributes": []}, "W-1"), ({"attributes": ..., "mdOrder": "md"}, "md"), ({"attributes": 5}, "W-1")],
)
def test_the_payment_id_falls_back_only_when_there_is_no_md_order(
    parse: Parse, fields: dict[str, Any], expected: str
) -> None:
    assert only(parse(FORMAT, order(**fields)))["provider_payment_id"] == expected


def test_upper_and_lower_case_answers_are_equal(parse: Parse) -> None:
    upper = {key[0].upper() + key[1:]: value for key, value in order().items()}
    assert parse(FORMAT, upper) == parse(FORMAT, order())


def test_a_key_in_both_cases_with_different_values_is_refused(refusal: Refusal) -> None:
    assert "twice" in refusal(FORMAT, order(Amount=5)).message


def test_an_old_declined_order_has_an_error_code_and_is_an_order(parse: Parse) -> None:
    assert only(parse(FORMAT, order(6, errorCode="2")))["status"] == "failed"


@pytest.mark.parametrize("code", [6, "6"])
def test_not_found_is_an_empty_extract(parse: Parse, code: object) -> None:
    assert parse(FORMAT, {"errorCode": code, "errorMessage": "Заказ не найден"}) == []
    assert parse(FORMAT, [{"errorCode": code}, order()])[0].contract == "provider.payments"


@pytest.mark.parametrize("code", [5, "5"])
def test_any_other_error_is_refused_with_the_gateways_words(refusal: Refusal, code: object) -> None:
    assert "Доступ запрещён" in refusal(FORMAT, {"errorCode": code, "errorMessage": "Доступ запрещён"}).message
    assert "Доступ" in refusal(FORMAT, {"ErrorCode": code, "ErrorMessage": "Доступ", "orderStatuses": []}).message


@pytest.mark.parametrize(
    "document", [{"errorCode": 0}, [5], 5, {"orderStatuses": 5}, {"orderStatuses": [5]}, {"formUrl": "x"}]
)
def test_what_is_no_order_is_refused(refusal: Refusal, document: Any) -> None:
    assert refusal(FORMAT, document).reason == "unparsable"


def test_a_list_and_an_array_of_answers(parse: Parse) -> None:
    listed = {"errorCode": 0, "orderStatuses": [order(), order(4, refunded=1)], "totalCount": 2}
    assert [item.row_number for item in parse(FORMAT, listed)] == [1, 2, 1]
    assert parse(FORMAT, [order(), order(4, refunded=1)]) == parse(FORMAT, listed)
    assert parse(FORMAT, {"errorCode": 0, "orderStatuses": []}) == []


def test_only_the_wanted_contracts_are_given(parse: Parse) -> None:
    parsed = parse(FORMAT, order(4, refunded=1), ("provider.refunds",))
    assert [item.contract for item in parsed] == ["provider.refunds"]


@pytest.mark.parametrize("amount", ["1e400", "abc", None, True])
def test_a_bad_amount_is_rejected(parse: Parse, amount: object) -> None:
    assert rejected(parse(FORMAT, order(0, amount=amount))[0])[:2] == ("provider.payments", "amount")


def test_a_fraction_of_a_minor_unit_is_rejected_since_major_units_were_meant(parse: Parse) -> None:
    assert rejected(parse(FORMAT, order(0, amount="10.50"))[0]) == ("provider.payments", "amount", "bad_decimal")
    for key in ("approvedAmount", "depositedAmount", "refundedAmount"):
        told = {"approvedAmount": 1000, "depositedAmount": 1000, "refundedAmount": 300} | {key: 10.5}
        parsed = parse(FORMAT, order(4, paymentAmountInfo=told))
        assert [rejected(item)[1:] for item in parsed] == [("amount", "bad_decimal")], key
    assert only(parse(FORMAT, order(0, amount=1000.0)))["amount"] == "10.00"


@pytest.mark.parametrize("code", [0, "0", -2007, "-2007", None, ...])
def test_the_action_code_does_not_decide_whatever_its_type(parse: Parse, code: object) -> None:
    assert parse(FORMAT, order(actionCode=code)) == parse(FORMAT, order())
