"""The traps of ActivePlatform: who bills in which currency, several invoices of a period, links from either side."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row

FORMAT = "activeplatform"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def resource(kind: str, ident: str, attributes: dict[str, Any], /, **related: Any) -> dict[str, Any]:
    found = {"type": kind, "id": ident, "attributes": attributes}
    links = {name: {"data": data} for name, data in related.items()}
    return found | ({"relationships": links} if links else {})


def invoice(ident: str = "1", /, related: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    told = {
        "updated_at": "2026-11-03T10:00:00+03:00",
        "status": "closed",
        "total": "1500.50",
        "account_id": 77,
        "from_date": "2026-10-01",
        "to_date": "2026-10-31",
        "payment_model": "postpay",
    }
    return resource("invoices", ident, told | attributes, **(related or {}))


def payment(ident: str = "11", /, related: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    told = {
        "created_at": "2026-11-02T03:00:00+03:00",
        "updated_at": "2026-11-10T12:00:00+03:00",
        "account_id": 77,
        "total": "1500.50",
        "currency_code": "RUB",
        "status": "waiting for payment",
    }
    return resource("payments", ident, told | attributes, **(related or {}))


def of(kind: str, *idents: str) -> list[dict[str, str]]:
    return [{"type": kind, "id": ident} for ident in idents]


def rows(parsed: list[Row | Reject], contract: str = "") -> list[dict[str, str | None]]:
    assert all(isinstance(item, Row) for item in parsed), parsed
    return [item.values for item in parsed if isinstance(item, Row) and contract in item.contract]


def only(parsed: list[Row | Reject], contract: str = "") -> dict[str, str | None]:
    (values,) = rows(parsed, contract)
    return values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    (reject,) = parsed
    assert isinstance(reject, Reject)
    return reject.column, reject.reason


# ---------- invoices


def test_several_invoices_of_one_account_and_period_are_told_apart_by_their_id(parse: Parse) -> None:
    found = rows(parse(FORMAT, {"data": [invoice("1"), invoice("2")]}, currency="RUB"))
    assert [values["platform_invoice_id"] for values in found] == ["1", "2"]
    assert {(values["account_id"], values["billing_period_start"]) for values in found} == {("77", "2026-10-01")}


def test_the_external_total_and_currency_may_differ(parse: Parse) -> None:
    body = {"data": invoice(external_total="16.40", external_currency="USD")}
    values = only(parse(FORMAT, body, currency="RUB"))
    told = [values[name] for name in ("amount", "currency", "external_total", "external_currency")]
    assert told == ["1500.50", "RUB", "16.40", "USD"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"external_total": None}, None),
        ({"external_total": ""}, None),
        ({"external_total": "0.0"}, None),
        ({"external_total": "0.0", "external_currency": "USD"}, "0"),
        ({"external_total": 12.5}, "12.5"),
    ],
)
def test_an_external_total_that_was_never_given_is_none(
    parse: Parse, fields: dict[str, Any], expected: str | None
) -> None:
    assert only(parse(FORMAT, {"data": invoice(**fields)}, currency="RUB"))["external_total"] == expected


def test_prepaid_invoices_are_none_of_ours(parse: Parse) -> None:
    assert parse(FORMAT, {"data": [invoice(payment_model="prepay")]}, currency="RUB") == []
    assert len(parse(FORMAT, {"data": [invoice(payment_model=None)]}, currency="RUB")) == 1


@pytest.mark.parametrize(
    ("fields", "included", "closed_at"),
    [
        ({"closed_at": "2026-11-02T01:00:00Z"}, [payment()], "2026-11-02T01:00:00Z"),
        ({}, [payment()], "2026-11-02T03:00:00+03:00"),
        ({}, [], "2026-11-03T10:00:00+03:00"),
        ({"status": "Open"}, [payment()], None),
    ],
)
def test_the_time_of_closing(parse: Parse, fields: dict[str, Any], included: list[Any], closed_at: str | None) -> None:
    body = {"data": invoice(related={"payments": of("payments", "11")}, **fields), "included": included}
    assert only(parse(FORMAT, body, currency="RUB"), "invoices")["closed_at"] == closed_at


@pytest.mark.parametrize(
    ("charges", "blocked"),
    [
        ([("blocked", "100.25"), ("closed", "5")], "100.25"),
        ([("Blocked", "0.1"), ("blocked", "0.2")], "0.3"),
        ([("closed", "5")], "0"),
        ([("closed", "5"), None], None),
        ([], None),
    ],
)
def test_blocked_charges_are_summed_when_all_charges_are_there(parse: Parse, charges: Any, blocked: str | None) -> None:
    included = [
        resource("charges", str(number), {"status": charge[0], "total": charge[1]})
        for number, charge in enumerate(charges)
        if charge
    ]
    links = {"charges": of("charges", *map(str, range(len(charges))))}
    body = {"data": invoice(related=links), "included": included}
    assert only(parse(FORMAT, body, currency="RUB"))["blocked_charges_amount"] == blocked


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"status": "archived"}, ("status", "unknown_enum_value")),
        ({"status": None}, ("status", "missing_required")),
        ({"total": "1,5"}, ("amount", "bad_decimal")),
        ({"total": None}, ("amount", "missing_required")),
        ({"account_id": None}, ("account_id", "missing_required")),
        ({"from_date": "2026-02-30"}, ("billing_period_start", "bad_timestamp")),
        ({"external_currency": "ZZZ"}, ("external_currency", "unknown_currency")),
    ],
)
def test_a_bad_invoice_is_rejected(parse: Parse, fields: dict[str, Any], fault: tuple[str, str]) -> None:
    assert rejected(parse(FORMAT, {"data": invoice(**fields)}, currency="RUB")) == fault


def test_the_reseller_currency_is_asked_for(parse: Parse, refusal: Refusal) -> None:
    assert refusal(FORMAT, {"data": invoice()}).reason == "missing_required_column"
    assert only(parse(FORMAT, {"data": invoice(currency_code="AMD")}, currency="RUB"))["currency"] == "AMD"


# ---------- payments


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("waiting for payment", "waiting"),
        ("waiting_for_payment", "waiting"),
        ("Completed", "completed"),
        ("receipt creating", "pending"),
        ("receipt sent", "pending"),
        ("cancelled", "cancelled"),
        ("refunded", "refunded"),
    ],
)
def test_only_a_completed_payment_is_money(parse: Parse, status: str, expected: str) -> None:
    values = only(parse(FORMAT, {"data": payment(status=status)}))
    assert values["status"] == expected
    assert (values["paid_at"] is not None) == (expected == "completed")


def test_a_cancelled_payment_creates_no_debt(parse: Parse) -> None:
    body = {
        "data": invoice(related={"payments": of("payments", "11", "12")}),
        "included": [payment("11", status="cancelled"), payment("12")],
    }
    parsed = parse(FORMAT, body, currency="RUB")
    assert [values["status"] for values in rows(parsed, "payments")] == ["cancelled", "waiting"]
    assert len(rows(parsed, "invoices")) == 1


@pytest.mark.parametrize("side", ["invoice", "payment", "both"])
def test_a_payment_is_linked_from_either_side(parse: Parse, side: str) -> None:
    bill = invoice(related={"payments": of("payments", "11")} if side != "payment" else None)
    paid = payment(related={"invoices": of("invoices", "1")} if side != "invoice" else None)
    values = only(parse(FORMAT, [{"data": [bill]}, {"data": [paid]}], currency="RUB"), "payments")
    assert (values["kind"], values["platform_invoice_id"]) == ("postpaid", "1")


@pytest.mark.parametrize(
    ("related", "included", "kind", "linked"),
    [
        (None, [], "account", None),
        ({"invoices": of("invoices", "1")}, [invoice(payment_model="prepay")], "account", None),
        ({"invoices": of("invoices", "1")}, [], "postpaid", "1"),
        ({"invoice": {"type": "invoices", "id": "1"}}, [], "postpaid", "1"),
        ({"invoices": of("invoices", "1", "2")}, [], "postpaid", None),
    ],
)
def test_the_kind_of_a_payment(parse: Parse, related: Any, included: list[Any], kind: str, linked: str | None) -> None:
    body = {"data": payment(related=related), "included": included}
    values = only(parse(FORMAT, body, currency="RUB"), "payments")
    assert (values["kind"], values["platform_invoice_id"], values["personal_account"]) == (kind, linked, "77")


def test_a_payment_without_a_due_date_has_none(parse: Parse) -> None:
    assert only(parse(FORMAT, {"data": payment(due_date=None)}))["due_date"] is None
    assert only(parse(FORMAT, {"data": payment(due_date="2026-11-25T00:00:00+03:00")}))["due_date"] == "2026-11-25"


@pytest.mark.parametrize(
    ("fields", "method"),
    [
        ({"amount_paid_from_balance": "1500.50"}, "balance"),
        ({"amount_paid_from_balance": "1500.49"}, None),
        ({"amount_paid_from_balance": "1500.50", "payment_method": "Карта"}, "Карта"),
        ({"amount_paid_from_balance": "0", "total": "0"}, None),
        ({}, None),
    ],
)
def test_what_the_balance_paid_whole_was_paid_by_the_balance(
    parse: Parse, fields: dict[str, Any], method: str | None
) -> None:
    assert only(parse(FORMAT, {"data": payment(**fields)}))["method_name"] == method


def test_the_method_may_be_included(parse: Parse) -> None:
    links = {"payment_method": {"type": "payment_methods", "id": "9"}}
    included = [resource("payment_methods", "9", {"name": "Перевод"})]
    assert only(parse(FORMAT, {"data": payment(related=links), "included": included}))["method_name"] == "Перевод"


# ---------- what the file is


def test_a_resource_that_comes_twice_counts_once(parse: Parse) -> None:
    pages = [{"data": [invoice("1")], "included": [payment()]}, {"data": [invoice("2")], "included": [payment()]}]
    assert len(parse(FORMAT, pages, currency="RUB")) == 3


def test_only_wanted_contracts_are_given(parse: Parse, refusal: Refusal) -> None:
    body = {"data": [invoice()], "included": [payment()]}
    assert [item.contract for item in parse(FORMAT, body, ("billing.invoices",), currency="RUB")] == [
        "billing.invoices"
    ]
    assert "billing.payments" in refusal(FORMAT, {"data": payment()}, ("billing.invoices",)).message


def test_a_feed_names_its_attributes(parse: Parse, refusal: Refusal) -> None:
    own = {"billing.payments": {"erp_document_id": "onec_id"}}
    assert only(parse(FORMAT, {"data": payment(onec_id="d-1")}, fields=own))["erp_document_id"] == "d-1"
    wrong: list[Any] = [5, {"bank.lines": {}}, {"billing.payments": 5}, {"billing.payments": {"paid": "x"}}]
    for fields in wrong:
        assert "option fields" in refusal(FORMAT, {"data": []}, fields=fields).message


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"errors": [{"title": "Unauthorized", "detail": "Token is not valid"}]}, "Token is not valid"),
        ({"errors": [{"title": "Unauthorized"}]}, "Unauthorized"),
        ({"error": "Token expired"}, "Token expired"),
        ({"data": [resource("accounts", "1", {})]}, "accounts"),
        ({"data": [5]}, "resource 1"),
        ({"data": None}, "resource 1"),
        ({}, "no data"),
        ([5], "neither"),
        ("<!DOCTYPE html><html></html>", "login"),
    ],
)
def test_what_is_no_data_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    refused = refusal(FORMAT, body)
    assert refused.reason == "unparsable"
    assert says in refused.message
