"""The traps of ATOL and Schetmash: Moscow time, statuses, totals in roubles, numbers with leading zeros, whose id."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import only, rejected

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def report(status: str = "done", /, **fields: Any) -> dict[str, Any]:
    body = {
        "uuid": "u-1",
        "external_id": "ours-1",
        "operation": "sell",
        "status": status,
        "error": None,
        "payload": {
            "total": 1000.1,
            "fn_number": "0099",
            "receipt_datetime": "01.11.2026 23:21:00",
            "fiscal_document_number": "00042",
            "fiscal_document_attribute": 4294967295123,
        },
        "timestamp": "02.11.2026 00:02:08",
    } | fields
    return {key: value for key, value in body.items() if value is not ...}


def exchange(**fields: Any) -> dict[str, Any]:
    sent = {"total": 70, "payments": [{"type": 1, "sum": 70}]}
    return {
        "operation": "sell",
        "request": {"external_id": "ours-2", "timestamp": "01.11.2026 23:59:59", "receipt": sent},
        "response": {"uuid": "u-2", "status": "wait", "timestamp": "02.11.2026 00:00:01"},
    } | fields


@pytest.mark.parametrize("name", ["atol", "schetmash"])
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("wait", "processing"),
        ("done", "success"),
        ("fail", "error"),
        ("accept", "accepted"),
        ("processing", "processing"),
        ("success", "success"),
        ("error", "error"),
    ],
)
def test_status(parse: Parse, name: str, word: str, status: str) -> None:
    assert only(parse(name, report(word)))["status"] == status


def test_an_unknown_status_is_rejected(parse: Parse) -> None:
    assert rejected(parse("atol", report("printed"))) == ("status", "unknown_enum_value")


def test_the_total_is_in_roubles_and_exact(parse: Parse) -> None:
    values = only(parse("atol", report()))
    assert (values["amount"], values["currency"]) == ("1000.1", "RUB")
    assert only(parse("atol", report(), currency="AMD"))["currency"] == "AMD"


def test_times_are_moscow_time(parse: Parse) -> None:
    values = only(parse("atol", report()))
    assert values["registered_at"] == "2026-11-01T23:21:00+03:00"
    assert values["checked_at"] == values["updated_at"] == "2026-11-02T00:02:08+03:00"


@pytest.mark.parametrize("moment", ["30.02.2026 10:00:00", "2026-11-01 10:00:00", "01.11.2026", "1.11.2026 10:00", 5])
def test_a_garbled_time_is_rejected(parse: Parse, moment: object) -> None:
    body = report(payload=report()["payload"] | {"receipt_datetime": moment})
    assert rejected(parse("atol", body)) == ("created_at", "bad_timestamp")


def test_numbers_stay_text(parse: Parse) -> None:
    values = only(parse("atol", report()))
    keys = ("fiscal_document_number", "fiscal_sign", "fiscal_drive_number")
    assert [values[key] for key in keys] == ["00042", "4294967295123", "0099"]


@pytest.mark.parametrize(
    ("operation", "receipt_type"),
    [("sell", "sale"), ("sell_refund", "refund"), ("SELL", "sale"), ("sell_refund_correction", "refund")],
)
def test_a_sale_or_a_refund(parse: Parse, operation: str, receipt_type: str) -> None:
    assert only(parse("atol", report(operation=operation)))["receipt_type"] == receipt_type


def test_our_own_purchases_are_no_receipts_for_customers(parse: Parse) -> None:
    assert rejected(parse("atol", report(operation="buy_refund"))) == ("receipt_type", "out_of_range")


def test_a_report_that_does_not_say_what_it_was_needs_the_option(parse: Parse, refusal: Refusal) -> None:
    assert rejected(parse("atol", report(operation=...))) == ("receipt_type", "missing_required")
    assert only(parse("atol", report(operation=...), operation="sell_refund"))["receipt_type"] == "refund"
    assert "operation" in refusal("atol", report(), operation="sale").message


@pytest.mark.parametrize("own", ["payment_id", "refund_id", "order_id", "erp_document_id", "provider_refund_id"])
def test_external_id_is_ours_as_the_feed_says(parse: Parse, own: str) -> None:
    values = only(parse("schetmash", report(), external_id=own))
    assert (values["external_id"], values[own]) == ("ours-1", "ours-1")


def test_a_refund_carries_the_refund_id_where_sales_carry_the_payment_id(parse: Parse) -> None:
    values = only(parse("atol", report(operation="sell_refund"), external_id="payment_id"))
    assert (values.get("payment_id"), values["refund_id"]) == (None, "ours-1")


def test_external_id_links_to_nothing_unless_the_feed_says_so(parse: Parse, refusal: Refusal) -> None:
    assert only(parse("atol", report())).get("payment_id") is None
    assert "external_id" in refusal("atol", report(), external_id="customer_id").message


def test_a_waiting_receipt_has_its_request_amount_and_time(parse: Parse) -> None:
    values = only(parse("atol", exchange()))
    assert (values["receipt_id"], values["amount"], values["status"]) == ("u-2", "70", "processing")
    assert (values["created_at"], values["registered_at"]) == ("2026-11-01T23:59:59+03:00", None)


def test_a_bare_waiting_answer_has_no_amount_and_is_rejected(parse: Parse) -> None:
    assert rejected(parse("atol", report("wait", payload=None))) == ("amount", "missing_required")


def test_the_report_has_the_last_word(parse: Parse) -> None:
    done = report(external_id=..., operation=..., uuid="u-2")
    values = only(parse("atol", exchange(report=done)))
    assert (values["status"], values["amount"], values["external_id"]) == ("success", "1000.1", "ours-2")


def test_what_a_failed_receipt_failed_with(parse: Parse) -> None:
    error = {"code": 32, "text": "Ошибка валидации"}
    assert only(parse("atol", exchange(report={"uuid": "u-2", "status": "fail", "error": error})))["error_message"] == (
        "Ошибка валидации"
    )
    waiting = {"uuid": "u-2", "status": "wait", "error": {"code": 34, "text": "Попробуйте позднее"}}
    assert only(parse("atol", exchange(report=waiting)))["error_message"] is None


def test_a_registration_that_failed_before_it_had_an_id_keeps_ours(parse: Parse) -> None:
    failed = {"status": "fail", "error": {"text": "x"}, "timestamp": "02.11.2026 00:00:01"}
    assert only(parse("atol", exchange(response=failed)))["receipt_id"] == "ours-2"
    assert rejected(parse("atol", failed)) == ("receipt_id", "missing_required")


@pytest.mark.parametrize(
    ("types", "kind"), [([1], "payment"), ([2], "offset"), ([2, 2], "offset"), ([1, 2], "payment"), ([], "payment")]
)
def test_a_set_off_advance_moves_no_money(parse: Parse, types: list[int], kind: str) -> None:
    receipt = {"total": 70, "payments": [{"type": number, "sum": 35} for number in types]}
    body = exchange(request={"external_id": "e", "timestamp": "01.11.2026 23:59:59", "receipt": receipt})
    assert only(parse("atol", body))["settlement_kind"] == kind


def test_attempts_are_counted(parse: Parse) -> None:
    assert only(parse("atol", exchange(attempt_no=3)))["attempt_no"] == "3"
    assert only(parse("atol", exchange()))["attempt_no"] is None


def test_a_success_without_its_payload_is_rejected(parse: Parse) -> None:
    assert rejected(parse("schetmash", exchange(report={"status": "success"}))) == ("registered_at", "missing_required")


def test_a_token_is_refused_and_not_repeated(refusal: Refusal) -> None:
    message = refusal("atol", {"token": "s3cr3t", "error": None}).message
    assert "secret" in message
    assert "s3cr3t" not in message


@pytest.mark.parametrize(
    ("body", "says"), [({"error": {"text": "Неверный логин"}}, "Неверный логин"), ({}, "no status"), ([5], "item 1")]
)
def test_what_is_no_receipt_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    assert says in refusal("atol", body).message


def test_schetmash_counts_its_receipts_and_words_the_month(parse: Parse) -> None:
    payload = {"total": 100, "receipt_datetime": "22 Aug 2018 11:54:10 +0300", "fiscal_document_attribute": 2618445764}
    answer = {"id": 243, "status": "success", "payload": payload, "timestamp": "22.08.2018 11:56:30"}
    values = only(parse("schetmash", answer, operation="sell"))
    assert (values["receipt_id"], values["registered_at"]) == ("243", "2018-08-22T11:54:10+03:00")
    failed = {"id": 244, "status": "error", "error": {"message": "Нет бумаги"}, "timestamp": "22.08.2018 11:56:30"}
    assert only(parse("schetmash", exchange(response={}, report=failed)))["error_message"] == "Нет бумаги"


@pytest.mark.parametrize("moment", ["31 Feb 2018 11:54:10 +0300", "22 Авг 2018 11:54:10 +0300", "22 Aug 2018"])
def test_a_worded_time_that_is_none_is_rejected(parse: Parse, moment: str) -> None:
    payload = {"total": 100, "receipt_datetime": moment}
    assert rejected(parse("schetmash", report("success", payload=payload)))[1] == "bad_timestamp"
