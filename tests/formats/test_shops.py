"""The traps of CRM and shop: Bitrix24, WooCommerce, amoCRM."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.configuration import ConfigurationError
from ingest.formats.base import FileRefused, Reject, Row
from ingest.settings import Home, feeds

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]

DEAL: dict[str, Any] = {
    "ID": "37",
    "STAGE_ID": "C1:WON",
    "STAGE_SEMANTIC_ID": "S",
    "CURRENCY_ID": "RUB",
    "OPPORTUNITY": "19999.99",
    "DATE_MODIFY": "2026-11-20T10:00:00+03:00",
}
SALE: dict[str, Any] = {
    "id": 6,
    "accountNumber": "161/1",
    "orderId": 5,
    "paid": "Y",
    "isReturn": "N",
    "sum": 10.5,
    "currency": "RUB",
    "dateBill": "2026-11-20T09:00:00+03:00",
    "datePaid": "2026-11-20T10:00:00+03:00",
}
ORDER: dict[str, Any] = {
    "id": 727,
    "order_key": "k",
    "status": "processing",
    "currency": "AMD",
    "date_created_gmt": "2026-11-20T10:28:02",
    "date_paid_gmt": "2026-11-20T10:29:00",
    "total": "29350.00",
    "customer_id": 0,
    "transaction_id": "tx-1",
}
LEAD: dict[str, Any] = {"id": 10, "price": 5000, "status_id": 142, "updated_at": 1793180000}


def one(items: list[Row | Reject]) -> dict[str, str | None]:
    [item] = items
    assert isinstance(item, Row), item
    return item.values


def payment_of(items: list[Row | Reject]) -> dict[str, str | None]:
    return one([item for item in items if item.contract == "website.payments"])


# ---------- bitrix24


def test_bitrix24_money_is_text_in_deals_and_a_number_in_the_shop(parse: Parse) -> None:
    assert one(parse("bitrix24", {"result": [DEAL]}))["amount"] == "19999.99"
    data = '{"result": {"payment": ' + str(SALE | {"sum": 0.1}).replace("'", '"').replace(
        "0.1,", "0.30000000000000004,"
    )
    assert one(parse("bitrix24", data + "}}"))["amount"] == "0.30000000000000004"


@pytest.mark.parametrize(("semantics", "status"), [("P", "unpaid"), ("S", "paid"), ("F", "cancelled")])
def test_bitrix24_stage_says_what_is_paid(parse: Parse, semantics: str, status: str) -> None:
    assert one(parse("bitrix24", {"result": DEAL | {"STAGE_SEMANTIC_ID": semantics}}))["payment_status"] == status


def test_bitrix24_declared_stage_goes_first_and_an_unknown_one_is_rejected(parse: Parse) -> None:
    declared = {"C1:WON": "partially_paid"}
    assert one(parse("bitrix24", {"result": DEAL}, stages=declared))["payment_status"] == "partially_paid"
    [reject] = parse("bitrix24", {"result": {key: DEAL[key] for key in DEAL if key != "STAGE_SEMANTIC_ID"}})
    assert reject == Reject("crm.deals", 1, "payment_status", "C1:WON", "unknown_enum_value")


def test_bitrix24_links_by_id_or_by_visible_number(parse: Parse) -> None:
    by_id = one(parse("bitrix24", {"result": {"payment": SALE}}))
    by_number = one(parse("bitrix24", {"result": {"payment": SALE}}, ids="account_number"))
    assert (by_id["payment_id"], by_id["order_id"]) == ("6", "5")
    assert (by_number["payment_id"], by_number["order_id"]) == ("161/1", "161")


def test_bitrix24_invoice_of_the_payment_system_is_the_providers_payment(parse: Parse) -> None:
    values = one(parse("bitrix24", {"result": {"payment": SALE | {"psInvoiceId": "2d8f", "id1c": "1", "xmlId": "2"}}}))
    assert values["provider_payment_id"] == "2d8f"
    assert one(parse("bitrix24", {"result": {"payment": SALE | {"psInvoiceId": ""}}}))["provider_payment_id"] is None


def test_bitrix24_times_keep_their_offset_or_the_feeds_zone(parse: Parse) -> None:
    values = one(parse("bitrix24", {"result": {"payment": SALE}}))
    assert (values["created_at"], values["paid_at"]) == ("2026-11-20T09:00:00+03:00", "2026-11-20T10:00:00+03:00")
    assert one(parse("bitrix24", {"result": DEAL}))["updated_at"] == "2026-11-20T10:00:00+03:00"
    bare = DEAL | {"DATE_MODIFY": "2026-11-20T10:00:00"}
    assert one(parse("bitrix24", {"result": bare}))["updated_at"] == "2026-11-20T10:00:00"


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        ({}, "new"),
        ({"payed": "Y"}, "paid"),
        ({"payed": "Y", "statusId": "F"}, "completed"),
        ({"payed": "Y", "canceled": "Y"}, "cancelled"),
    ],
)
def test_bitrix24_order_is_what_its_flags_say(parse: Parse, flags: dict[str, str], status: str) -> None:
    order = {"id": 5, "accountNumber": "161", "userId": 9, "price": 10.5, "currency": "RUB", "statusId": "N"}
    order |= {"payed": "N", "canceled": "N", "dateInsert": "2026-11-20T09:00:00+03:00"} | flags
    values = one(parse("bitrix24", {"result": {"order": order}}, ids="account_number"))
    keys = ("order_id", "customer_id", "amount", "status", "created_at")
    assert [values[key] for key in keys] == ["161", "9", "10.5", status, "2026-11-20T09:00:00+03:00"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("W-1", None, None)),
        ({"order_field": "UF_O", "invoice_field": "UF_I", "payment_field": "UF_P"}, ("o-1", "i-1", "p-1")),
    ],
)
def test_bitrix24_links_of_a_deal(parse: Parse, options: dict[str, str], expected: tuple[str, ...]) -> None:
    deal = DEAL | {"ORIGIN_ID": "W-1", "UF_O": "o-1", "UF_I": "i-1", "UF_P": "p-1"}
    values = one(parse("bitrix24", {"result": deal}, **options))
    assert (values["order_id"], values["invoice_id"], values["payment_id"]) == expected


def test_bitrix24_returned_payment_was_paid(parse: Parse) -> None:
    """The portal takes the flag `paid` away; the time it then shows is not that of the payment."""
    for flag in ("Y", "P"):
        values = one(parse("bitrix24", {"result": {"payments": [SALE | {"isReturn": flag, "paid": "N"}]}}))
        assert (values["status"], values["paid_at"]) == ("paid", None)
        values = one(parse("bitrix24", {"result": {"payments": [SALE | {"isReturn": flag}]}}))
        assert (values["status"], values["paid_at"]) == ("paid", SALE["datePaid"])


def test_bitrix24_flag_that_is_neither_yes_nor_no_is_rejected(parse: Parse) -> None:
    [reject] = parse("bitrix24", {"result": {"payment": SALE | {"paid": True}}})
    assert isinstance(reject, Reject) and reject.column == "paid"


def test_bitrix24_word_of_the_payment_system_is_told_from_an_employee(parse: Parse) -> None:
    assert one(parse("bitrix24", {"result": {"payment": SALE}}))["status_source"] == "manual"
    assert one(parse("bitrix24", {"result": {"payment": SALE | {"psStatus": "Y"}}}))["status_source"] == "webhook"


def test_bitrix24_item_of_the_crm_is_a_deal_in_other_letters(parse: Parse) -> None:
    item = {
        "id": 37,
        "entityTypeId": 2,
        "opportunity": 19999.99,
        "currencyId": "RUB",
        "stageId": "C1:WON",
        "stageSemanticId": "S",
        "updatedTime": "2026-11-20T10:00:00+03:00",
        "originId": "W-1",
    }
    deal = parse("bitrix24", {"result": DEAL | {"ORIGIN_ID": "W-1"}})
    assert one(deal)["order_id"] == "W-1"
    assert parse("bitrix24", {"result": {"items": [item]}}) == parse("bitrix24", {"result": {"item": item}}) == deal
    staged = {"C1:WON": "refunded"}
    assert one(parse("bitrix24", {"result": {"item": item}}, stages=staged))["payment_status"] == "refunded"


def test_bitrix24_unpaid_payment_and_the_last_change_of_an_order(parse: Parse) -> None:
    assert one(parse("bitrix24", {"result": {"payment": SALE | {"paid": "N"}}}))["status"] == "created"
    order = {"id": 5, "price": 10.5, "currency": "RUB", "payed": "N", "canceled": "N", "dateInsert": "2026-11-20"}
    changed = one(parse("bitrix24", {"result": {"orders": [order | {"dateUpdate": "2026-11-21T09:00:00+03:00"}]}}))
    assert (changed["order_id"], changed["currency"], changed["updated_at"]) == (
        "5",
        "RUB",
        "2026-11-21T09:00:00+03:00",
    )


def test_bitrix24_pages_are_read_as_one_and_an_error_is_refused(parse: Parse, refusal: Refusal) -> None:
    pages = [{"result": [DEAL], "next": 50}, {"result": [DEAL | {"ID": "38"}]}]
    assert [item.values["deal_id"] for item in parse("bitrix24", pages) if isinstance(item, Row)] == ["37", "38"]
    assert "Доступ" in refusal("bitrix24", {"error": "X", "error_description": "Доступ запрещён"}).message


def test_bitrix24_lead_is_not_taken_for_a_deal(refusal: Refusal) -> None:
    item = {"id": 1, "opportunity": 5, "entityTypeId": 1}
    assert "is no deal" in refusal("bitrix24", {"result": {"items": [item]}}).message


def test_bitrix24_contract_that_the_feed_does_not_supply(refusal: Refusal) -> None:
    assert "crm.deals" in refusal("bitrix24", {"result": [DEAL]}, contracts=("website.orders",)).message


# ---------- woocommerce


def test_woocommerce_gmt_is_utc_without_z(parse: Parse) -> None:
    values = payment_of(parse("woocommerce", ORDER))
    assert (values["created_at"], values["paid_at"]) == ("2026-11-20T10:28:02Z", "2026-11-20T10:29:00Z")


def test_woocommerce_sites_own_time_is_of_the_feeds_zone(parse: Parse) -> None:
    local = {"date_created_gmt": None, "date_paid_gmt": None} | {
        "date_created": "2026-11-20T14:28:02",
        "date_paid": "2026-11-20T14:29:00",
    }
    values = payment_of(parse("woocommerce", ORDER | local))
    assert (values["created_at"], values["paid_at"]) == ("2026-11-20T14:28:02", "2026-11-20T14:29:00")
    both = payment_of(parse("woocommerce", local | ORDER))
    assert (both["created_at"], both["paid_at"]) == ("2026-11-20T10:28:02Z", "2026-11-20T10:29:00Z")


def test_woocommerce_own_status_is_mapped_or_rejected(parse: Parse) -> None:
    shipped = ORDER | {"status": "shipped"}
    assert {item.reason for item in parse("woocommerce", shipped) if isinstance(item, Reject)} == {"unknown_enum_value"}
    assert one(parse("woocommerce", shipped, statuses={"shipped": "completed"})[:1])["status"] == "completed"


def test_woocommerce_links(parse: Parse) -> None:
    order, payment = parse("woocommerce", ORDER | {"customer_id": 7})
    assert (one([order])["order_id"], one([order])["customer_id"]) == ("727", "7")
    assert (one([payment])["order_id"], one([payment])["payment_id"]) == ("727", "727")
    assert one(parse("woocommerce", ORDER)[:1])["customer_id"] is None, "a guest"


@pytest.mark.parametrize(
    ("method", "source"), [("bacs", "manual"), ("cheque", "manual"), ("cod", "manual"), ("stripe", "webhook")]
)
def test_woocommerce_transfer_cheque_and_cash_are_set_by_a_person(parse: Parse, method: str, source: str) -> None:
    assert payment_of(parse("woocommerce", ORDER | {"payment_method": method}))["status_source"] == source


def test_woocommerce_versions_are_ordered_by_their_change(parse: Parse) -> None:
    order, payment = parse("woocommerce", ORDER | {"date_modified_gmt": "2026-11-21T00:00:00"})
    assert one([order])["updated_at"] == one([payment])["updated_at"] == "2026-11-21T00:00:00Z"
    assert one([order])["currency"] == one([payment])["currency"] == "AMD"


def test_woocommerce_refund_and_error_are_refused_by_name(refusal: Refusal) -> None:
    assert "a refund" in refusal("woocommerce", [{"id": 1, "amount": "5.00", "refunded_by": 1}]).message
    assert "Нет прав" in refusal("woocommerce", {"code": "forbidden", "message": "Нет прав"}).message


def test_woocommerce_total_is_text(parse: Parse, refusal: Refusal) -> None:
    assert payment_of(parse("woocommerce", ORDER | {"total": "0.10"}))["amount"] == "0.10"
    assert "NaN" in refusal("woocommerce", ORDER | {"total": float("nan")}).message


@pytest.mark.parametrize(
    ("status", "order", "paid", "unpaid"),
    [
        ("pending", "awaiting_payment", "paid", "created"),
        ("processing", "paid", "paid", "created"),
        ("on-hold", "awaiting_payment", "paid", "pending"),
        ("completed", "completed", "paid", "created"),
        ("cancelled", "cancelled", "paid", "cancelled"),
        ("refunded", "cancelled", "paid", "cancelled"),
        ("failed", "awaiting_payment", "paid", "failed"),
        ("trash", "cancelled", "cancelled", "cancelled"),
    ],
)
def test_woocommerce_statuses(parse: Parse, status: str, order: str, paid: str, unpaid: str) -> None:
    items = parse("woocommerce", ORDER | {"status": status})
    assert one(items[:1])["status"] == order
    assert payment_of(items)["status"] == paid
    assert payment_of(parse("woocommerce", ORDER | {"status": status, "date_paid_gmt": None}))["status"] == unpaid


def test_woocommerce_cash_on_delivery_in_processing_is_not_paid(parse: Parse) -> None:
    items = parse("woocommerce", ORDER | {"date_paid_gmt": None, "payment_method": "cod"})
    assert (one(items[:1])["status"], payment_of(items)["status"]) == ("new", "created")


def test_woocommerce_empty_transaction_is_no_link(parse: Parse) -> None:
    values = payment_of(parse("woocommerce", ORDER | {"transaction_id": ""}))
    assert (values["provider_payment_id"], values["status_source"]) == (None, "manual")
    assert payment_of(parse("woocommerce", ORDER))["provider_payment_id"] == "tx-1"


def test_woocommerce_free_order_has_no_payment(parse: Parse) -> None:
    assert [item.contract for item in parse("woocommerce", ORDER | {"total": "0.00"})] == ["website.orders"]


# ---------- amocrm


@pytest.mark.parametrize(
    ("code", "status"),
    [("created", "unpaid"), ("paid", "paid"), ("paid_in_advance", "paid"), ("partially_paid", "partially_paid")],
)
def test_amocrm_bill_statuses(parse: Parse, code: str, status: str) -> None:
    fields = [
        {"field_code": "BILL_STATUS", "values": [{"value": "что угодно", "enum_code": code}]},
        {"field_code": "BILL_PRICE", "values": [{"value": "1500.50"}]},
    ]
    bill = {"id": 1, "updated_at": 1793180000, "custom_fields_values": fields}
    values = one(parse("amocrm", {"_embedded": {"elements": [bill]}}, currency="RUB"))
    assert (values["payment_status"], values["amount"], values["deal_id"]) == (status, "1500.50", "bill-1")
    deleted = one(parse("amocrm", {"_embedded": {"elements": [bill | {"is_deleted": True}]}}, currency="RUB"))
    assert deleted["payment_status"] == "cancelled"


def test_amocrm_times_are_seconds_and_prices_major_units(parse: Parse) -> None:
    values = one(parse("amocrm", LEAD, currency="RUB"))
    assert (values["updated_at"], values["amount"]) == ("2026-10-28T09:33:20.000Z", "5000")
    [reject] = parse("amocrm", LEAD | {"updated_at": 1793180000000}, currency="RUB")
    assert isinstance(reject, Reject) and reject.reason == "bad_timestamp"


@pytest.mark.parametrize(
    ("stage", "options", "status"),
    [
        (142, {}, "paid"),
        (143, {}, "cancelled"),
        (7, {}, "unpaid"),
        (7, {"statuses": {"7": "partially_paid"}}, "partially_paid"),
    ],
)
def test_amocrm_stage_says_what_is_paid(parse: Parse, stage: int, options: dict[str, Any], status: str) -> None:
    lead = LEAD | {"status_id": stage}
    assert one(parse("amocrm", lead, currency="RUB", **options))["payment_status"] == status


def test_amocrm_pages_of_leads_and_an_error(parse: Parse, refusal: Refusal) -> None:
    pages = [{"_embedded": {"leads": [LEAD]}}, {"_embedded": {"leads": [LEAD | {"id": 11}]}}]
    found = parse("amocrm", pages, currency="RUB")
    assert [item.values["deal_id"] for item in found if isinstance(item, Row)] == ["10", "11"]
    error = {"title": "Unauthorized", "status": 401, "detail": "Токен истёк"}
    assert "Токен истёк" in refusal("amocrm", error, currency="RUB").message


def test_amocrm_links_are_custom_fields_by_id_or_code(parse: Parse) -> None:
    fields = [
        {"field_id": 71, "values": [{"value": "W-1"}]},
        {"field_code": "INVOICE", "values": [{"value": "i-1"}]},
        {"field_code": "PAYMENT", "values": [{"value": "p-1"}]},
    ]
    told = {"order_field": 71, "invoice_field": "INVOICE", "payment_field": "PAYMENT"}
    values = one(parse("amocrm", LEAD | {"custom_fields_values": fields}, currency="RUB", **told))
    assert (values["deal_id"], values["order_id"], values["invoice_id"], values["payment_id"]) == (
        "10",
        "W-1",
        "i-1",
        "p-1",
    )


def test_amocrm_currency_is_declared_not_assumed(parse: Parse, refusal: Refusal, tmp_path: Any) -> None:
    assert one(parse("amocrm", LEAD, currency="AMD"))["currency"] == "AMD"
    assert "gives no currency" in refusal("amocrm", LEAD).message
    home = Home(tmp_path)
    home.config_file.write_text("feeds:\n  - {name: amo, format: amocrm}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="gives no currency"):
        feeds(home)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("bitrix24", {"stages": {"WON": "payd"}}, "options.stages.WON"),
        ("bitrix24", {"ids": "number"}, "options.ids"),
        ("bitrix24", {"order_field": 5}, "options.order_field"),
        ("woocommerce", {"statuses": {"shipped": "sent"}}, "options.statuses.shipped"),
        ("amocrm", {"currency": "RUB", "statuses": ["142"]}, "options.statuses"),
        ("amocrm", {"currency": "XYZ"}, "currency"),
    ],
)
def test_wrong_option_is_named(refusal: Refusal, name: str, options: dict[str, Any], words: str) -> None:
    data = {"bitrix24": {"result": DEAL}, "woocommerce": ORDER, "amocrm": LEAD}[name]
    assert words in refusal(name, data, **options).message


@pytest.mark.parametrize("amount", ["10,50", "1 000", "", None, True, "1e400", "NaN"])
def test_garbled_amount_is_rejected(parse: Parse, amount: object) -> None:
    for name, body in (
        ("bitrix24", {"result": DEAL | {"OPPORTUNITY": amount}}),
        ("bitrix24", {"result": {"payment": SALE | {"sum": amount}}}),
        ("woocommerce", ORDER | {"total": amount}),
        ("amocrm", LEAD | {"price": amount}),
    ):
        parsed = parse(name, body, currency="RUB")
        assert {item.column for item in parsed if isinstance(item, Reject)} == {"amount"}
        assert not any(isinstance(item, Row) for item in parsed)


@pytest.mark.parametrize("name", ["bitrix24", "woocommerce", "amocrm"])
def test_login_page_instead_of_data(refusal: Refusal, name: str) -> None:
    assert "HTML" in refusal(name, "<!DOCTYPE html><html></html>", currency="RUB").message
