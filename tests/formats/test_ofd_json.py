"""The traps of receipts from operators of fiscal data: kopecks, padded ids, long signs, no zone, others' receipts."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import only, rejected

FORMAT = "ofd_json"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def receipt(**fields: Any) -> dict[str, Any]:
    body = {
        "code": 3,
        "userInn": "7702999202  ",
        "kktRegId": "0001165769001352    ",
        "fiscalDriveNumber": "0282000100155754",
        "fiscalDocumentNumber": "00042",
        "fiscalSign": 4294967295123,
        "dateTime": "2026-11-01T23:47:00",
        "operationType": 1,
        "totalSum": 120050,
    } | fields
    return {key: value for key, value in body.items() if value is not ...}


def test_the_total_is_in_kopecks(parse: Parse) -> None:
    values = only(parse(FORMAT, receipt()))
    assert (values["amount"], values["currency"]) == ("1200.50", "RUB")


@pytest.mark.parametrize("total", ["3.90", 3.9, "1e400", None, "NaN"])
def test_roubles_and_nonsense_in_place_of_kopecks_are_rejected(parse: Parse, total: object) -> None:
    assert rejected(parse(FORMAT, receipt(totalSum=total)))[0] == "amount"


def test_drive_document_and_sign_identify_a_receipt_and_stay_text(parse: Parse) -> None:
    values = only(parse(FORMAT, receipt()))
    assert values["receipt_id"] == "0282000100155754:00042:4294967295123"
    keys = ("fiscal_drive_number", "fiscal_document_number", "fiscal_sign")
    assert [values[key] for key in keys] == ["0282000100155754", "00042", "4294967295123"]


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("fiscalSign", "fiscal_sign"),
        ("fiscalDriveNumber", "fiscal_drive_number"),
        ("fiscalDocumentNumber", "fiscal_document_number"),
    ],
)
def test_a_receipt_without_its_identity_is_rejected(parse: Parse, key: str, column: str) -> None:
    assert rejected(parse(FORMAT, receipt(**{key: "  "}))) == (column, "missing_required")


def test_a_padded_tax_id_is_ours_all_the_same(parse: Parse) -> None:
    assert only(parse(FORMAT, receipt(), user_inn="7702999202"))["status"] == "success"
    assert rejected(parse(FORMAT, receipt(userInn="7700000000  "), user_inn="7702999202")) == (
        "userInn",
        "out_of_range",
    )
    assert rejected(parse(FORMAT, receipt(userInn=...), user_inn="7702999202")) == ("userInn", "missing_required")


def test_our_tax_id_is_text(refusal: Refusal) -> None:
    assert "user_inn" in refusal(FORMAT, receipt(), user_inn=7702999202).message


@pytest.mark.parametrize(("operation", "receipt_type"), [(1, "sale"), ("2", "refund")])
def test_a_sale_or_a_refund(parse: Parse, operation: object, receipt_type: str) -> None:
    assert only(parse(FORMAT, receipt(operationType=operation)))["receipt_type"] == receipt_type


@pytest.mark.parametrize(("operation", "reason"), [(3, "out_of_range"), (4, "out_of_range"), (9, "unknown_enum_value")])
def test_our_own_purchases_are_rejected(parse: Parse, operation: int, reason: str) -> None:
    assert rejected(parse(FORMAT, receipt(operationType=operation))) == ("receipt_type", reason)


@pytest.mark.parametrize("key", ["dateTime", "localDateTime", "ticketDate"])
def test_the_tills_time_keeps_the_feeds_zone(parse: Parse, key: str) -> None:
    values = only(parse(FORMAT, receipt(dateTime=...) | {key: "2026-11-01T23:47:00"}))
    assert (values["registered_at"], values["created_at"]) == ("2026-11-01T23:47:00", "2026-11-01T23:47:00")


def test_seconds_since_1970_are_not_taken_for_a_time_of_unknown_zone(parse: Parse) -> None:
    assert rejected(parse(FORMAT, receipt(dateTime=1793500000))) == ("registered_at", "bad_timestamp")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "payment"),
        ({"prepaidSum": 120050}, "offset"),
        ({"prepaymentSum": 120050}, "offset"),
        ({"prepaidSum": 120000}, "payment"),
        ({"prepaidSum": 0, "totalSum": 0}, "payment"),
    ],
)
def test_a_set_off_prepayment_moves_no_money(parse: Parse, fields: dict[str, Any], kind: str) -> None:
    assert only(parse(FORMAT, receipt(**fields)))["settlement_kind"] == kind


@pytest.mark.parametrize(
    "fields",
    [
        {"propertiesUser": {"propertyName": "Заказ", "propertyValue": "W-1"}},
        {"userProperty": {"key": "Заказ", "value": "W-1"}},
        {"properties": [{"key": "Заказ", "value": "W-1"}]},
    ],
)
def test_the_users_property_is_our_id_as_the_feed_says(parse: Parse, fields: dict[str, Any]) -> None:
    assert only(parse(FORMAT, receipt(**fields), user_property="order_id"))["order_id"] == "W-1"
    assert only(parse(FORMAT, receipt(**fields))).get("order_id") is None


@pytest.mark.parametrize(
    "wrap",
    [
        lambda body: [body],
        lambda body: {"receipts": [body]},
        lambda body: {"document": {"receipt": body}},
        lambda body: [{"_id": "x", "ticket": {"document": {"receipt": body}}}],
        lambda body: {"code": 1, "data": {"json": body, "html": ""}},
        lambda body: {"document": {"bso": body | {"code": 4}}},
    ],
)
def test_wrappings(parse: Parse, wrap: Callable[[Any], Any]) -> None:
    assert parse(FORMAT, wrap(receipt())) == parse(FORMAT, receipt())


@pytest.mark.parametrize("document", [{"document": {"openShift": {"code": 2}}}, receipt(code=5), {"closeShift": {}}])
def test_documents_of_a_shift_are_no_receipts(parse: Parse, document: Any) -> None:
    assert parse(FORMAT, [document, receipt()]) == parse(FORMAT, receipt())


@pytest.mark.parametrize("document", [{}, {"code": 401}, {"data": {"data": {}}}, [5]])
def test_what_is_no_fiscal_document_is_refused(refusal: Refusal, document: Any) -> None:
    assert refusal(FORMAT, document).reason == "unparsable"
