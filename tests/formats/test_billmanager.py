"""The traps of BILLmanager: statuses of which one is money, amounts with their currency, two spellings of JSON."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row

FORMAT = "billmanager"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def payment(**fields: str) -> dict[str, str]:
    return {
        "id": "150",
        "create_date": "2026-11-19",
        "pay_date": "2026-11-20",
        "paymethodamount_iso": "100.00 RUB",
        "status": "4",
    } | fields


def xml(*payments: dict[str, str]) -> str:
    inner = "".join(
        f"<elem>{''.join(f'<{name}>{value}</{name}>' for name, value in item.items())}</elem>" for item in payments
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><doc func="payment">{inner}</doc>'


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    (row,) = parsed
    assert isinstance(row, Row), row
    return row.values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    (reject,) = parsed
    assert isinstance(reject, Reject)
    return reject.column, reject.reason


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("1", "waiting"),
        ("2", "pending"),
        ("3", "pending"),
        ("4", "completed"),
        ("5", "pending"),
        ("6", "refunded"),
        ("7", "cancelled"),
        ("8", "waiting"),
        ("9", "cancelled"),
        ("100", "cancelled"),
    ],
)
def test_only_a_credited_payment_is_money(parse: Parse, status: str, expected: str) -> None:
    values = only(parse(FORMAT, xml(payment(status=status))))
    assert values["status"] == expected
    assert (values["paid_at"] is not None) == (status == "4")


def test_an_unknown_status_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, xml(payment(status="42")))) == ("status", "unknown_enum_value")
    assert rejected(parse(FORMAT, xml(payment(status="")))) == ("status", "missing_required")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("100.00 RUB", ("100.00", "RUB")),
        ("0.1 EUR", ("0.1", "EUR")),
        ("1 234 567.89 RUB", ("1234567.89", "RUB")),
        ("1\u00a0234.50 amd", ("1234.50", "AMD")),
        ("100 RUR", ("100", "RUB")),
        ("-5.00 RUB", ("-5.00", "RUB")),
    ],
)
def test_an_amount_carries_its_currency(parse: Parse, told: str, expected: tuple[str, str]) -> None:
    values = only(parse(FORMAT, xml(payment(paymethodamount_iso=told))))
    assert (values["amount"], values["currency"]) == expected


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("100,00 RUB", ("amount", "bad_decimal")),
        ("100.00", ("amount", "bad_decimal")),
        ("RUB", ("amount", "bad_decimal")),
        ("1e5 RUB", ("amount", "bad_decimal")),
        ("100.00 ZZZ", ("currency", "unknown_currency")),
        ("", ("amount", "missing_required")),
    ],
)
def test_a_bad_amount_is_rejected(parse: Parse, told: str, fault: tuple[str, str]) -> None:
    assert rejected(parse(FORMAT, xml(payment(paymethodamount_iso=told)))) == fault


def test_what_the_payer_paid_comes_before_what_the_account_was_credited_with(parse: Parse) -> None:
    both = payment(paymethodamount_iso="100.00 RUB", subaccountamount_iso="1.05 USD")
    assert only(parse(FORMAT, xml(both)))["currency"] == "RUB"
    assert only(parse(FORMAT, xml(both), fields={"amount": "subaccountamount_iso"}))["currency"] == "USD"


def test_a_credited_payment_without_its_day_is_rejected(parse: Parse) -> None:
    for none in ("", "0000-00-00"):
        assert rejected(parse(FORMAT, xml(payment(pay_date=none)))) == ("paid_at", "missing_required")
    assert rejected(parse(FORMAT, xml(payment(create_date="2026-02-30")))) == ("created_at", "bad_timestamp")


def test_a_translated_value_keeps_its_own_beside_it(parse: Parse) -> None:
    body = xml(payment()).replace("<status>4<", '<status orig="4">Зачислен<')
    assert only(parse(FORMAT, body))["status"] == "completed"


def test_xml_and_both_kinds_of_json_give_the_same(parse: Parse) -> None:
    expected = parse(FORMAT, xml(payment()))
    wrapped = {name: {"$": value} for name, value in payment().items()}
    assert parse(FORMAT, {"doc": {"$func": "payment", "elem": [wrapped]}}) == expected
    assert parse(FORMAT, {"doc": {"elem": wrapped}}) == expected
    assert parse(FORMAT, {"doc": {"elem": [payment()]}}) == expected
    assert parse(FORMAT, [payment()]) == expected


def test_an_empty_list_is_an_empty_extract(parse: Parse) -> None:
    assert parse(FORMAT, xml()) == []
    assert parse(FORMAT, {"doc": {}}) == []


def test_installations_name_their_fields(parse: Parse) -> None:
    body = xml(payment(account_number="L-7", doc="d-1"))
    values = only(parse(FORMAT, body, fields={"personal_account": "account_number", "erp_document_id": "doc"}))
    assert (values["personal_account"], values["erp_document_id"]) == ("L-7", "d-1")


@pytest.mark.parametrize("fields", [5, {"paid": "x"}, {"amount": 5}, {"currency": "x"}])
def test_a_wrong_option_is_refused(refusal: Refusal, fields: Any) -> None:
    assert "option fields" in refusal(FORMAT, xml(), fields=fields).message


def register(*links: tuple[str, str]) -> dict[str, Any]:
    root = "https://erp.example/odata/standard.odata/$metadata#InformationRegister_КодыПлатежейВBILLmanager"
    return {"odata.metadata": root, "value": [{"Документ": document, "КодПлатежа": code} for document, code in links]}


def test_the_register_of_1c_links_payments_with_documents(parse: Parse) -> None:
    parsed = parse(FORMAT, [{"doc": {"elem": [payment(externalid="x")]}}, register(("d-1", "150 "), ("d-2", "151"))])
    assert only(parsed)["erp_document_id"] == "d-1"


def test_a_payment_that_the_register_gives_to_two_documents_is_rejected(parse: Parse) -> None:
    parsed = parse(FORMAT, [{"doc": {"elem": [payment()]}}, register(("d-1", "150"), ("d-2", "150"))])
    assert rejected(parsed) == ("erp_document_id", "out_of_range")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('<doc><error type="auth"><msg>Неверный пароль</msg></error></doc>', "Неверный пароль"),
        ('<doc><error type="auth"/></doc>', "auth"),
        ({"doc": {"error": {"$type": "auth", "msg": {"$": "Неверный пароль"}}}}, "Неверный пароль"),
        ({"doc": {"error": {}}}, "no message"),
        ('<doc func="logon"/>', "login failed"),
        ({"doc": {"$func": "account", "elem": []}}, "func=account"),
        ("<html><body>login</body></html>", "login"),
        ("<root/>", "root"),
        ({"elem": []}, "no doc"),
        ({"doc": {"elem": [5]}}, "no list of payments"),
        ([{"odata.metadata": "https://erp.example/$metadata#Catalog_Валюты", "value": []}], "КодыПлатежей"),
    ],
)
def test_what_is_no_data_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    refused = refusal(FORMAT, body)
    assert refused.reason == "unparsable"
    assert says in refused.message
