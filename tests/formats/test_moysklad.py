"""The traps of MoySklad: hundredths as floats, Moscow time, links and their parts, currency references, marks."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.base import Fault, FileRefused, Reject, Row
from ingest.formats.moysklad import KINDS
from ingest.formats.moysklad_parts import link_id, parts

FORMAT = "moysklad"
HOST = "https://api.moysklad.ru/api/remap/1.2/entity"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def entity(kind: str, ident: str, /, **fields: Any) -> dict[str, Any]:
    return {"meta": {"href": f"{HOST}/{kind}/{ident}?expand=agent", "type": kind}, **fields}


def document(kind: str = "paymentin", **fields: Any) -> dict[str, Any]:
    return (
        entity(kind, "d-1")
        | {
            "name": "00001",
            "applicable": True,
            "sum": 100000.0,
            "moment": "2026-11-01 23:30:00.000",
            "rate": {"currency": entity("currency", "c-rub")},
            "agent": entity("counterparty", "a-1"),
        }
        | fields
    )


def link(kind: str, ident: str, /, **fields: Any) -> dict[str, Any]:
    return entity(kind, ident, **fields)


def rows(parsed: list[Row | Reject]) -> list[dict[str, str | None]]:
    assert all(isinstance(item, Row) for item in parsed)
    return [item.values for item in parsed if isinstance(item, Row)]


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    (values,) = rows(parsed)
    return values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    (reject,) = parsed
    assert isinstance(reject, Reject)
    return reject.column, reject.reason


# ---------- sums, times, marks


@pytest.mark.parametrize(
    ("total", "amount"),
    [("100000.0", "1000.00"), ("3333.33", "33.3333"), ("1", "0.01"), ("1E+5", "1000"), ("30", "0.30")],
)
def test_sums_are_hundredths_read_from_their_text(parse: Parse, total: str, amount: str) -> None:
    body = parse(FORMAT, json.dumps(document()).replace("100000.0", total), currency="RUB")
    assert only(body)["amount"] == amount


@pytest.mark.parametrize("total", [None, True, "abc", "1e400", {}])
def test_a_bad_sum_is_rejected(parse: Parse, total: object) -> None:
    assert rejected(parse(FORMAT, document(sum=total), currency="RUB"))[0] == "amount"


def test_times_are_moscow_time(parse: Parse) -> None:
    values = only(parse(FORMAT, document(updated="2026-11-02 00:10:00"), currency="RUB"))
    assert values["document_date"] == "2026-11-01T23:30:00.000+03:00"
    assert values["updated_at"] == "2026-11-02T00:10:00+03:00"


def test_the_due_date_is_the_moscow_date(parse: Parse) -> None:
    values = only(parse(FORMAT, document("invoiceout", paymentPlannedMoment="2026-11-10 00:00:00.000"), currency="RUB"))
    assert values["due_date"] == "2026-11-10"


@pytest.mark.parametrize(
    ("deleted", "expected"), [(True, "true"), ("2026-11-02 09:00:00.000", "true"), (None, "false")]
)
def test_deleted_is_a_time_or_a_mark(parse: Parse, deleted: object, expected: str) -> None:
    assert only(parse(FORMAT, document(deleted=deleted), currency="RUB"))["deleted"] == expected


def test_an_unposted_payment_is_not_posted_and_an_unknown_one_is_rejected(parse: Parse) -> None:
    assert only(parse(FORMAT, document(applicable=False), currency="RUB"))["posted"] == "false"
    assert rejected(parse(FORMAT, document(applicable=None), currency="RUB")) == ("posted", "missing_required")


def test_ids_are_the_last_segment_of_the_reference() -> None:
    assert link_id(entity("paymentin", "d-1")) == "d-1"
    assert [link_id(value) for value in (None, 5, {}, {"meta": {}}, {"meta": {"href": 5}})] == [None] * 5


# ---------- links


def links_of(parsed: list[Row | Reject]) -> list[tuple[str | None, ...]]:
    return [tuple(row[key] for key in ("erp_document_id", "amount", "invoice_id", "order_id")) for row in rows(parsed)]


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (None, [("d-1", "1000.00", None, None)]),
        ([link("invoiceout", "i-1")], [("d-1", "1000.00", "i-1", None)]),
        ([link("invoiceout", "i-1", linkedSum=0)], [("d-1", "1000.00", "i-1", None)]),
        ([link("invoiceout", "i-1", linkedSum=100000.0)], [("d-1", "1000.00", "i-1", None)]),
        ([link("customerorder", "o-1")], [("d-1", "1000.00", None, "o-1")]),
        ([link("customerorder", "o-1"), link("invoiceout", "i-1")], [("d-1", "1000.00", "i-1", "o-1")]),
        ([link("invoiceout", "i-1"), link("invoiceout", "i-2")], [("d-1", "1000.00", None, None)]),
        ([link("demand", "x", linkedSum=100000.0)], [("d-1", "1000.00", None, None)]),
        (
            [link("invoiceout", "i-1", linkedSum=60000.0), link("invoiceout", "i-2", linkedSum=40000.0)],
            [("d-1#1", "600.00", "i-1", None), ("d-1#2", "400.00", "i-2", None)],
        ),
        (
            [link("invoiceout", "i-1", linkedSum=60000.0), link("customerorder", "o-1", linkedSum=10000)],
            [("d-1#1", "600.00", "i-1", None), ("d-1#2", "100.00", None, "o-1"), ("d-1#3", "300.00", None, None)],
        ),
        (
            [link("invoiceout", "i-1", linkedSum=60000.0)],
            [("d-1#1", "600.00", "i-1", None), ("d-1#2", "400.00", None, None)],
        ),
        (
            [link("invoiceout", "i-1", linkedSum=60000.0), link("invoiceout", "i-2", linkedSum=0)],
            [("d-1#1", "600.00", "i-1", None), ("d-1#2", "400.00", None, None)],
        ),
    ],
)
def test_a_payment_divides_by_its_links(parse: Parse, operations: Any, expected: list[tuple[str, ...]]) -> None:
    parsed = parse(FORMAT, document(operations=operations), currency="RUB")
    assert links_of(parsed) == expected
    assert [item.row_number for item in parsed] == list(range(1, len(expected) + 1))


def test_links_beyond_the_sum_reject_the_document(parse: Parse) -> None:
    operations = [link("invoiceout", "i-1", linkedSum=60000.0), link("invoiceout", "i-2", linkedSum=60000.0)]
    assert rejected(parse(FORMAT, document(operations=operations), currency="RUB")) == ("amount", "out_of_range")


@given(
    st.integers(0, 10**12),
    st.lists(st.tuples(st.sampled_from(["invoiceout", "customerorder", "demand"]), st.integers(0, 10**12) | st.none())),
)
def test_the_parts_always_sum_to_the_document(total: int, linked: list[tuple[str, int | None]]) -> None:
    operations = [
        link(kind, str(number)) | ({} if amount is None else {"linkedSum": str(amount)})
        for number, (kind, amount) in enumerate(linked)
    ]
    try:
        found = parts({"sum": str(total), "operations": operations})
    except Fault as fault:
        assert fault.reason == "out_of_range"
        return
    assert sum(part.amount for part in found) == Decimal(total) / 100
    assert len({part.suffix for part in found}) == len(found)


def test_the_incoming_number_is_a_reference_only_when_the_feed_says_so(parse: Parse, refusal: Refusal) -> None:
    body = document(incomingNumber="630600000001")
    assert only(parse(FORMAT, body, currency="RUB"))["provider_reference"] is None
    declared = parse(FORMAT, body, currency="RUB", incoming_number="provider_reference")
    assert only(declared)["provider_reference"] == "630600000001"
    assert "incoming_number" in refusal(FORMAT, body, currency="RUB", incoming_number="number").message


def test_a_payment_for_a_purchase_is_no_refund(parse: Parse) -> None:
    assert rejected(parse(FORMAT, document("paymentout", operations=[link("supply", "s-1")]), currency="RUB")) == (
        "operations",
        "out_of_range",
    )
    assert only(parse(FORMAT, document("cashout"), currency="RUB"))["amount"] == "1000.00"


@pytest.mark.parametrize("kind", ["paymentout", "cashout"])
def test_rent_and_wages_are_no_refunds_where_the_feed_names_the_items_that_are(parse: Parse, kind: str) -> None:
    refund = document(kind, expenseItem=entity("expenseitem", "e-refund"))
    rent = document(kind, expenseItem=entity("expenseitem", "e-rent"))
    returned = document(kind, expenseItem=entity("expenseitem", "e-rent"), operations=[link("salesreturn", "r-1")])
    told = {"currency": "RUB", "refund_expense_items": ["e-refund"]}
    assert only(parse(FORMAT, refund, **told))["amount"] == "1000.00"
    assert only(parse(FORMAT, returned, **told))["amount"] == "1000.00"
    assert rejected(parse(FORMAT, rent, **told)) == ("expenseItem", "out_of_range")
    assert rejected(parse(FORMAT, document(kind), **told)) == ("expenseItem", "out_of_range")


def test_the_items_that_mean_a_refund_are_a_list(refusal: Refusal) -> None:
    assert "list" in refusal(FORMAT, document("cashout"), currency="RUB", refund_expense_items="e-refund").message


@pytest.mark.parametrize("named", ["Заказ сайта", "f-1"])
@pytest.mark.parametrize(("value", "told"), [("1001", "1001"), (1001, "1001"), ({"name": "1001"}, "1001"), ("", None)])
def test_the_order_of_a_shop_is_in_an_additional_field(parse: Parse, named: str, value: Any, told: str | None) -> None:
    body = document("demand", attributes=[{"id": "f-1", "name": "Заказ сайта", "type": "string", "value": value}])
    assert only(parse(FORMAT, body, currency="RUB"))["order_id"] is None
    declared = {"warehouse.deliveries": {"order_id": named}}
    assert only(parse(FORMAT, body, currency="RUB", attributes=declared))["order_id"] == told


def test_an_empty_additional_field_leaves_the_link_there_is(parse: Parse) -> None:
    body = document("demand", customerOrder=entity("customerorder", "o-1"), attributes=[])
    declared = {"warehouse.deliveries": {"order_id": "Заказ сайта"}}
    assert only(parse(FORMAT, body, currency="RUB", attributes=declared))["order_id"] == "o-1"


@pytest.mark.parametrize(
    "wrong", ["Заказ", {"erp.payments": "Заказ"}, {"erp.payments": {"amount": "Сумма"}}, {"fiscal.receipts": {}}]
)
def test_additional_fields_are_told_by_contract_and_column_of_text(refusal: Refusal, wrong: Any) -> None:
    assert "attributes" in refusal(FORMAT, document(), currency="RUB", attributes=wrong).message


@pytest.mark.parametrize("kind", ["paymentout", "cashout"])
def test_a_refund_has_the_marks_times_and_links_of_any_document(parse: Parse, kind: str) -> None:
    body = document(kind, applicable=False, deleted="2026-11-02 09:00:00.000", operations=[link("invoiceout", "i-1")])
    values = only(parse(FORMAT, body, currency="RUB"))
    keys = ("erp_document_id", "posted", "deleted", "document_date", "invoice_id", "customer_id")
    assert [values[key] for key in keys] == ["d-1", "false", "true", "2026-11-01T23:30:00.000+03:00", "i-1", "a-1"]


def test_a_refund_of_several_invoices_names_none(parse: Parse) -> None:
    operations = [link("invoiceout", "i-1", linkedSum=60000.0), link("invoiceout", "i-2", linkedSum=40000.0)]
    values = only(parse(FORMAT, document("paymentout", operations=operations), currency="RUB"))
    assert (values["invoice_id"], values["amount"]) == (None, "1000.00")


def test_a_delivery_of_several_invoices_names_none(parse: Parse) -> None:
    one, two = link("invoiceout", "i-1"), link("invoiceout", "i-2")
    assert only(parse(FORMAT, document("demand", invoicesOut=[one]), currency="RUB"))["invoice_id"] == "i-1"
    assert only(parse(FORMAT, document("demand", invoicesOut=[one, two]), currency="RUB"))["invoice_id"] is None


def test_a_return_names_its_delivery(parse: Parse) -> None:
    values = only(parse(FORMAT, document("salesreturn", demand=entity("demand", "x-1")), currency="RUB"))
    assert (values["delivery_id"], values["status"]) == ("x-1", "received")


# ---------- states


@pytest.mark.parametrize(
    ("fields", "erp", "crm", "order"),
    [
        ({}, "open", "issued", "awaiting_payment"),
        ({"payedSum": 99999.0}, "open", "issued", "awaiting_payment"),
        ({"payedSum": 100000.0}, "closed", "closed", "paid"),
        ({"payedSum": 100000.0, "shippedSum": 100000.0}, "closed", "closed", "completed"),
        ({"shippedSum": 100000.0}, "open", "issued", "awaiting_payment"),
        ({"applicable": False}, "open", "draft", "new"),
        ({"deleted": True, "payedSum": 100000.0}, "cancelled", "cancelled", "cancelled"),
        ({"sum": 0, "payedSum": 0}, "open", "issued", "awaiting_payment"),
    ],
)
def test_states_follow_money_and_goods(parse: Parse, fields: dict[str, Any], erp: str, crm: str, order: str) -> None:
    wanted = ("erp.invoices", "crm.invoices")
    assert [row["status"] for row in rows(parse(FORMAT, document("invoiceout", **fields), wanted, currency="RUB"))] == [
        erp,
        crm,
    ]
    assert only(parse(FORMAT, document("customerorder", **fields), currency="RUB"))["status"] == order


@pytest.mark.parametrize(("kind", "done"), [("demand", "shipped"), ("salesreturn", "received")])
def test_goods_moved_only_when_posted_and_not_deleted(parse: Parse, kind: str, done: str) -> None:
    assert only(parse(FORMAT, document(kind), currency="RUB"))["status"] == done
    for mark in ({"applicable": False}, {"deleted": True}):
        assert only(parse(FORMAT, document(kind, **mark), currency="RUB"))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("fields", "customer_type", "active"),
    [
        ({"companyType": "legal"}, "company", "true"),
        ({"companyType": "entrepreneur", "archived": True}, "company", "false"),
        ({"companyType": "individual", "archived": False}, "individual", "true"),
        ({"deleted": True}, None, "false"),
    ],
)
def test_counterparties(parse: Parse, fields: dict[str, Any], customer_type: str | None, active: str) -> None:
    values = only(parse(FORMAT, entity("counterparty", "a-1", name="Ёлка", inn="0101") | fields))
    assert (values["customer_type"], values["is_active"], values["tax_id"]) == (customer_type, active, "0101")


def test_an_unknown_company_type_is_rejected(parse: Parse) -> None:
    parsed = parse(FORMAT, entity("counterparty", "a-1", name="Ёлка", companyType="guild"))
    assert rejected(parsed) == ("customer_type", "unknown_enum_value")


# ---------- currency


@pytest.mark.parametrize(
    ("rate", "options", "expected"),
    [
        ({"currency": entity("currency", "c-1", isoCode="AMD")}, {"currency": "RUB"}, "AMD"),
        ({"currency": entity("currency", "c-1", code="810")}, {}, "RUB"),
        ({"currency": entity("currency", "c-1"), "value": 91.5}, {"currencies": {"c-1": "USD"}}, "USD"),
        ({"currency": entity("currency", "c-1")}, {"currency": "RUB"}, "RUB"),
        ({"currency": entity("currency", "c-1"), "value": 1.0}, {"currency": "RUB"}, "RUB"),
        (None, {"currency": "RUB"}, "RUB"),
    ],
)
def test_currency_is_told(parse: Parse, rate: object, options: dict[str, Any], expected: str) -> None:
    assert only(parse(FORMAT, document(rate=rate), **options))["currency"] == expected


@pytest.mark.parametrize(
    ("rate", "options"),
    [
        ({"currency": entity("currency", "c-1")}, {}),
        ({"currency": entity("currency", "c-1"), "value": 91.5}, {"currency": "RUB"}),
        ({"currency": entity("currency", "c-1")}, {"currency": "RUB", "currencies": {"c-2": "RUB"}}),
        ({"currency": entity("currency", "c-1")}, {"currencies": {"c-1": "ZZZ"}}),
    ],
)
def test_a_currency_that_is_only_a_reference_is_asked_for(
    refusal: Refusal, rate: object, options: dict[str, Any]
) -> None:
    message = refusal(FORMAT, document(rate=rate), **options).message
    assert "c-1" in message
    assert "sverka.yml" in message


def test_the_currencies_option_must_be_a_mapping(refusal: Refusal) -> None:
    assert "currencies" in refusal(FORMAT, document(), currencies="RUB").message


# ---------- what the file is


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_list_and_a_single_object_give_the_same(parse: Parse, kind: str) -> None:
    listed = {"meta": {"type": kind, "size": 1}, "rows": [document(kind)]}
    assert parse(FORMAT, listed, currency="RUB") == parse(FORMAT, document(kind), currency="RUB")
    assert parse(FORMAT, [listed], currency="RUB") == parse(FORMAT, document(kind), currency="RUB")


def test_an_empty_list_is_an_empty_extract(parse: Parse) -> None:
    assert parse(FORMAT, {"meta": {"type": "paymentin"}, "rows": []}) == []


@pytest.mark.parametrize("kind", ["prepayment", "prepaymentreturn", "NotificationInvoiceOutOverdue", "supply"])
def test_other_documents_are_refused_with_the_supported_ones(refusal: Refusal, kind: str) -> None:
    message = refusal(FORMAT, document(kind)).message
    assert kind in message
    assert "paymentin, cashin" in message


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"title": "counterparty", "type": "object", "fields": {"id": {"type": "string"}}}, "JSON Schema"),
        ({"errors": [{"error": "Ошибка аутентификации", "code": 1056}]}, "Ошибка аутентификации"),
        ({"errors": []}, "error answer"),
        ({"rows": 5}, "rows is not a list"),
        ({"meta": {"type": "paymentin"}, "rows": [5]}, "not supported"),
        ({}, "without meta.type"),
        ([5], "neither"),
    ],
)
def test_what_is_no_data_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    refused = refusal(FORMAT, body)
    assert refused.reason == "unparsable"
    assert says in refused.message


def test_documents_that_the_feed_does_not_supply_are_refused(refusal: Refusal) -> None:
    assert "erp.payments" in refusal(FORMAT, document(), ("website.orders",), currency="RUB").message
