"""The traps of 1C's OData: empty values, references plain and composite, divided documents, operations, currencies."""

import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row
from ingest.formats.onec.mapping import CONFIGURATIONS
from tests.formats.onec_kit import FORMAT, NEVER, RECEIPT, ROOT, ZERO, answer, document, only, receipts, rejected, rows

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


@pytest.fixture
def parse(parse: Parse) -> Parse:
    """All contracts unless said."""

    def run(name: str, data: Any, contracts: tuple[str, ...] = FORMATS[FORMAT].CONTRACTS, **options: Any) -> Any:
        return parse(name, data, contracts, **options)

    return run


# ---------- values


@pytest.mark.parametrize(
    ("written", "amount"),
    [("1500.5", "1500.5"), ("0.1", "0.10"), ("1.5E3", "1500"), ("1234567890123456.78", "1234567890123456.78")],
)
def test_a_double_is_read_from_its_text(parse: Parse, written: str, amount: str) -> None:
    body = json.dumps(receipts({}), ensure_ascii=False).replace("1000", written)
    assert Decimal(only(parse(FORMAT, body, currency="RUB"))["amount"] or "") == Decimal(amount)


def test_int64_is_text_and_a_sum_may_be(parse: Parse) -> None:
    assert only(parse(FORMAT, receipts({"СуммаДокумента": "1000"}), currency="RUB"))["amount"] == "1000"
    queue = answer("InformationRegister_ДокументыКВыгрузкеВBILLmanager", {"Документ": "d-1", "Дата": "2026-11-20"})
    queue["value"][0]["КоличествоПопыток"] = "9007199254740993"
    assert only(parse(FORMAT, queue))["attempts"] == "9007199254740993"


@pytest.mark.parametrize("total", [None, "", "abc", "1e400", True, [], {}])
def test_a_bad_sum_is_rejected(parse: Parse, total: object) -> None:
    assert rejected(parse(FORMAT, receipts({"СуммаДокумента": total}), currency="RUB"))[0] == "amount"


def test_a_zero_guid_is_an_empty_reference(parse: Parse) -> None:
    values = only(parse(FORMAT, receipts({"Контрагент_Key": ZERO, "СчетНаОплату_Key": ZERO}), currency="RUB"))
    assert (values["customer_id"], values["invoice_id"]) == (None, None)


def test_the_first_of_january_of_the_first_year_is_no_date(parse: Parse) -> None:
    invoice = answer("Document_СчетНаОплатуПокупателю", document(СрокОплаты=NEVER))
    assert only(parse(FORMAT, invoice, currency="RUB"))["due_date"] is None
    assert rejected(parse(FORMAT, receipts({"Date": NEVER}), currency="RUB")) == ("document_date", "missing_required")


def test_times_have_no_zone_so_that_the_feeds_applies(parse: Parse) -> None:
    assert only(parse(FORMAT, receipts({}), currency="RUB"))["document_date"] == "2026-11-20T14:03:22"
    assert rejected(parse(FORMAT, receipts({"Date": "2026-02-30T00:00:00"}), currency="RUB"))[1] == "bad_timestamp"


def test_fixed_length_text_is_padded(parse: Parse) -> None:
    body = answer("Catalog_Контрагенты", {"Ref_Key": "k", "DeletionMark": False, "Description": "А ", "ИНН": "0101   "})
    assert only(parse(FORMAT, body))["tax_id"] == "0101"
    assert only(parse(FORMAT, receipts({}), currency="RUB"))["number"] == "00000001"


def test_a_byte_order_mark_and_links_of_navigation_are_noise(parse: Parse) -> None:
    body = receipts({"Контрагент_Key": "k-1", "Контрагент@navigationLinkUrl": "Document(guid'd-1')/Контрагент"})
    parsed = parse(FORMAT, b"\xef\xbb\xbf" + json.dumps(body, ensure_ascii=False).encode(), currency="RUB")
    assert only(parsed)["customer_id"] == "k-1"


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ({}, ("true", "false")),
        ({"Posted": False}, ("false", "false")),
        ({"DeletionMark": True, "Posted": False}, ("false", "true")),
    ],
)
def test_unposted_and_deleted_are_told(parse: Parse, marks: dict[str, Any], expected: tuple[str, str]) -> None:
    values = only(parse(FORMAT, receipts(marks), currency="RUB"))
    assert (values["posted"], values["deleted"]) == expected


def test_a_document_that_does_not_say_whether_it_is_posted_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, receipts({"Posted": None}), currency="RUB")) == ("posted", "missing_required")


# ---------- references


@pytest.mark.parametrize(
    ("field", "customer"),
    [
        ({"Контрагент_Key": "k-1"}, "k-1"),
        ({"Контрагент": "k-1", "Контрагент_Type": "StandardODATA.Catalog_Контрагенты"}, "k-1"),
        ({"Контрагент": {"Ref_Key": "k-1", "ИНН": "0101"}}, "k-1"),
        ({"Контрагент": "", "Контрагент_Type": "StandardODATA.Undefined"}, None),
        ({"Контрагент": ZERO, "Контрагент_Type": "StandardODATA.Catalog_Контрагенты"}, None),
        ({"Контрагент_Key": 5}, "5"),
        ({"Контрагент_Key": []}, None),
        ({}, None),
    ],
)
def test_a_reference_is_plain_in_one_configuration_and_composite_in_another(
    parse: Parse, field: dict[str, Any], customer: str | None
) -> None:
    assert only(parse(FORMAT, receipts(field), currency="RUB"))["customer_id"] == customer


@pytest.mark.parametrize(
    ("kind", "invoice", "order"),
    [
        ("StandardODATA.Document_СчетНаОплатуПокупателю", "x-1", None),
        ("StandardODATA.Document_ЗаказПокупателя", None, "x-1"),
        ("StandardODATA.Document_РеализацияТоваровУслуг", None, None),
        ("StandardODATA.Undefined", None, None),
        (None, None, None),
    ],
)
def test_a_composite_reference_links_by_its_type(
    parse: Parse, kind: str | None, invoice: str | None, order: str | None
) -> None:
    row = {"Сделка": "x-1", "Сделка_Type": kind, "СуммаПлатежа": 1000}
    values = only(parse(FORMAT, receipts({"РасшифровкаПлатежа": [row]}), currency="RUB"))
    assert (values["invoice_id"], values["order_id"]) == (invoice, order)


def test_the_tax_id_of_the_counterparty_is_expanded_or_told_by_another_answer(parse: Parse) -> None:
    expanded = {"Контрагент_Key": "k-1", "Контрагент": {"Ref_Key": "k-1", "ИНН": "0101"}}
    assert only(parse(FORMAT, receipts(expanded), currency="RUB"))["customer_tax_id"] == "0101"
    told = [answer("Catalog_Контрагенты", {"Ref_Key": "k-1", "ИНН": "0202"}), receipts({"Контрагент_Key": "k-1"})]
    assert only(parse(FORMAT, told, ("erp.payments",), currency="RUB"))["customer_tax_id"] == "0202"
    assert only(parse(FORMAT, receipts({"Контрагент_Key": "k-1"}), currency="RUB"))["customer_tax_id"] is None


def test_the_reference_of_the_acquirer_is_the_providers(parse: Parse) -> None:
    values = only(
        parse(FORMAT, receipts({"СсылочныйНомер": "630600000001 ", "НомерВходящегоДокумента": "17"}), currency="RUB")
    )
    assert values["provider_reference"] == "630600000001"
    own = {RECEIPT: {"fields": {"provider_reference": "НомерВходящегоДокумента"}}}
    values = only(parse(FORMAT, receipts({"НомерВходящегоДокумента": "17"}), currency="RUB", entities=own))
    assert values["provider_reference"] == "17"


def test_a_refund_names_the_document_it_returns(parse: Parse) -> None:
    basis = {"ДокументОснование": "d-0", "ДокументОснование_Type": f"StandardODATA.{RECEIPT}"}
    body = answer("Document_СписаниеСРасчетногоСчета", document(ВидОперации="ВозвратПокупателю", **basis))
    assert only(parse(FORMAT, body, currency="RUB"))["original_erp_document_id"] == "d-0"


@pytest.mark.parametrize(
    ("entity", "links", "expected"),
    [
        ("Document_РеализацияТоваровУслуг", {"ЗаказПокупателя_Key": "o-1"}, {"order_id": "o-1"}),
        ("Document_РеализацияТоваровУслуг", {"СчетНаОплатуПокупателю_Key": "i-1"}, {"invoice_id": "i-1"}),
        ("Document_ВозвратТоваровОтПокупателя", {"ДокументРеализации_Key": "x-1"}, {"delivery_id": "x-1"}),
        (
            "Document_СчетНаОплатуПокупателю",
            {"Сделка": "o-1", "Сделка_Type": "StandardODATA.Document_ЗаказПокупателя"},
            {"order_id": "o-1", "invoice_id": "d-1"},
        ),
    ],
)
def test_goods_and_invoices_link_to_what_they_are_for(
    parse: Parse, entity: str, links: dict[str, str], expected: dict[str, str]
) -> None:
    values = only(parse(FORMAT, answer(entity, document(**links)), currency="RUB"))
    assert {name: values[name] for name in expected} == expected


# ---------- documents that pay several things


def row(amount: object, **links: Any) -> dict[str, Any]:
    return {"СуммаПлатежа": amount, "ДоговорКонтрагента_Key": "t-1", **links}


def paid(parsed: list[Row | Reject]) -> list[tuple[str | None, ...]]:
    return [tuple(values[key] for key in ("erp_document_id", "amount", "invoice_id")) for values in rows(parsed)]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([], [("d-1", "1000", None)]),
        ([row(1000, СчетНаОплату_Key="i-1")], [("d-1", "1000", "i-1")]),
        (
            [row(600, СчетНаОплату_Key="i-1"), row("400", СчетНаОплату_Key="i-2")],
            [("d-1#1", "600", "i-1"), ("d-1#2", "400", "i-2")],
        ),
        (
            [row(600, СчетНаОплату_Key="i-1"), row(300, СчетНаОплату_Key="i-1"), row(100, СчетНаОплату_Key="i-1")],
            [("d-1", "1000", "i-1")],
        ),
        ([row(600, СчетНаОплату_Key="i-1")], [("d-1#1", "600", "i-1"), ("d-1#2", "400", None)]),
        (
            [row(600, СчетНаОплату_Key="i-1"), row(400, СчетНаОплату_Key=ZERO)],
            [("d-1#1", "600", "i-1"), ("d-1#2", "400", None)],
        ),
        ([row(0, СчетНаОплату_Key="i-1")], [("d-1", "1000", None)]),
    ],
)
def test_a_document_divides_by_what_its_rows_pay(parse: Parse, table: Any, expected: list[tuple[str, ...]]) -> None:
    assert paid(parse(FORMAT, receipts({"РасшифровкаПлатежа": table}), currency="RUB")) == expected


def test_a_link_that_no_row_names_is_the_documents_own(parse: Parse) -> None:
    fields = {"СчетНаОплату_Key": "i-9", "РасшифровкаПлатежа": [row(1000)]}
    assert paid(parse(FORMAT, receipts(fields), currency="RUB")) == [("d-1", "1000", "i-9")]
    fields["РасшифровкаПлатежа"] = [row(600, СчетНаОплату_Key="i-1"), row(400)]
    assert [part[2] for part in paid(parse(FORMAT, receipts(fields), currency="RUB"))] == ["i-1", None]


@pytest.mark.parametrize("table", [[row(1001)], [row(-1), row(1001)], [row(None)], [row("x")]])
def test_rows_that_contradict_the_document_reject_it(parse: Parse, table: Any) -> None:
    assert rejected(parse(FORMAT, receipts({"РасшифровкаПлатежа": table}), currency="RUB"))[0] == "amount"


@given(st.lists(st.tuples(st.integers(0, 10**9), st.sampled_from(["i-1", "i-2", ZERO])), max_size=6))
def test_the_parts_always_sum_to_the_document(table: list[tuple[int, str]]) -> None:
    total = sum(amount for amount, _ in table) + 7
    lines = [row(amount, СчетНаОплату_Key=invoice) for amount, invoice in table]
    body = json.dumps(receipts({"СуммаДокумента": total, "РасшифровкаПлатежа": lines})).encode()
    found = rows(list(FORMATS[FORMAT].parse(io.BytesIO(body), FormatOptions("file", options={"currency": "RUB"}))))
    assert sum(Decimal(values["amount"] or "") for values in found) == total
    assert len({values["erp_document_id"] for values in found}) == len(found)


# ---------- operations


@pytest.mark.parametrize(
    ("operation", "kept"), [("ОплатаПокупателя", 1), ("ПереводСДругогоСчета", 0), ("ВозвратОтПоставщика", 0), (None, 1)]
)
def test_transfers_and_loans_are_no_payments(parse: Parse, operation: str | None, kept: int) -> None:
    assert len(rows(parse(FORMAT, receipts({"ВидОперации": operation}), currency="RUB"))) == kept


def test_an_unknown_operation_is_rejected_so_that_nothing_is_lost_unseen(parse: Parse) -> None:
    parsed = parse(FORMAT, receipts({"ВидОперации": "НовыйВид"}), currency="RUB")
    assert rejected(parsed) == ("ВидОперации", "unknown_enum_value")


@pytest.mark.parametrize(("operation", "kept"), [("ВозвратПокупателю", 1), ("ОплатаПоставщику", 0), (None, 0)])
def test_only_refunds_to_customers_are_taken_of_what_goes_out(parse: Parse, operation: str | None, kept: int) -> None:
    body = answer("Document_СписаниеСРасчетногоСчета", document(ВидОперации=operation))
    assert len(rows(parse(FORMAT, body, currency="RUB"))) == kept


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("accounting", "Document_ОплатаПлатежнойКартой"),
        ("manufacturing", "Document_ОплатаОтПокупателяПлатежнойКартой"),
        ("trade", "Document_ОплатаОтПокупателяПлатежнойКартой"),
        ("trade", "Document_ОперацияПоПлатежнойКарте"),
    ],
)
def test_a_card_document_is_a_payment_or_a_refund_by_its_operation(parse: Parse, name: str, entity: str) -> None:
    body = answer(
        entity,
        document(ВидОперации="ОплатаПокупателя"),
        document(ВидОперации="ВозвратПокупателю"),
        document(),
    )
    parsed = parse(FORMAT, body, currency="RUB", configuration=name)
    found = [(item.contract, item.row_number) for item in parsed]
    assert found == [("erp.payments", 1), ("erp.refunds", 1), ("erp.payments", 2)]


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ("Document_ПоступлениеНаРасчетныйСчет", "bank_receipt"),
        ("Document_ПлатежноеПоручениеВходящее", "incoming_payment_order"),
        ("Document_ПриходныйКассовыйОрдер", "cash_receipt_order"),
        ("Document_ОплатаОтПокупателяПлатежнойКартой", "customer_card_payment"),
    ],
)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_configuration_knows_the_kinds_of_payment(parse: Parse, entity: str, kind: str, name: str) -> None:
    parsed = parse(FORMAT, answer(entity, document()), currency="RUB", configuration=name)
    assert only(parsed)["document_type"] == kind


# ---------- currency


@pytest.mark.parametrize(
    ("fields", "options", "expected"),
    [
        ({"ВалютаДокумента": {"Ref_Key": "c-rub", "Code": "643"}}, {"currency": "USD"}, "RUB"),
        ({"ВалютаДокумента": {"Ref_Key": "c-rub", "Code": "", "Description": "EUR"}}, {}, "EUR"),
        ({}, {"currencies": {"c-rub": "RUB"}}, "RUB"),
        ({}, {"currencies": {"C-RUB": "RUR"}}, "RUB"),
        ({}, {"currency": "RUB"}, "RUB"),
        ({"КурсДокумента": 1}, {"currency": "RUB"}, "RUB"),
        ({"ВалютаДокумента_Key": ZERO}, {"currency": "RUB"}, "RUB"),
    ],
)
def test_currency_is_told(parse: Parse, fields: dict[str, Any], options: dict[str, Any], expected: str) -> None:
    assert only(parse(FORMAT, receipts(fields), **options))["currency"] == expected


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({}, {}),
        ({"КурсДокумента": 91.5}, {"currency": "RUB"}),
        ({}, {"currency": "RUB", "currencies": {"c-usd": "USD"}}),
        ({}, {"currencies": {"c-rub": "ZZZ"}}),
    ],
)
def test_a_currency_that_is_only_a_reference_is_asked_for(
    refusal: Refusal, fields: dict[str, Any], options: dict[str, Any]
) -> None:
    refused = refusal(FORMAT, receipts(fields), **options)
    assert refused.reason == "missing_required_column"
    assert "c-rub" in refused.message
    assert "sverka.yml" in refused.message


# ---------- what the file is


@pytest.mark.parametrize("name", ["", "/@Element", "&$select=Number", "%2F@Element"])
def test_a_single_object_gives_what_a_collection_does(parse: Parse, name: str) -> None:
    single = {"odata.metadata": ROOT + RECEIPT + name} | document()
    assert parse(FORMAT, single, currency="RUB") == parse(FORMAT, receipts({}), currency="RUB")


def test_the_records_of_a_subordinate_register_come_in_sets(parse: Parse) -> None:
    register = "InformationRegister_ДокументыКВыгрузкеВBILLmanager"
    sets = {"Recorder": "r-1", "RecordSet": [{"Документ": "d-1", "Дата": "2026-11-20"}, {"Документ": "d-2"}]}
    parsed = parse(FORMAT, answer(f"{register}_RecordType", sets))
    assert [type(item) for item in parsed] == [Row, Reject]


def test_an_answer_without_metadata_is_told_by_an_option_or_its_name(parse: Parse, refusal: Refusal) -> None:
    bare = {"value": [document()]}
    assert len(parse(FORMAT, bare, currency="RUB", entity=RECEIPT)) == 1
    assert "odata.metadata" in refusal(FORMAT, bare, currency="RUB").message


def test_the_count_of_records_is_a_control_total(parse: Parse, refusal: Refusal) -> None:
    body = receipts({}, {"Ref_Key": "d-2"})
    assert len(parse(FORMAT, body | {"odata.count": "2"}, currency="RUB")) == 2
    assert len(parse(FORMAT, body | {"odata.count": "500"}, currency="RUB")) == 2, "a page"
    assert refusal(FORMAT, body | {"odata.count": "1"}, currency="RUB").reason == "control_total_mismatch"


def test_an_authentication_failure_is_a_page_with_status_200(refusal: Refusal) -> None:
    for page in ("<!DOCTYPE html><html>1С:Предприятие</html>", "\ufeff<html></html>"):
        assert "HTTP 200 does not mean success" in refusal(FORMAT, page).message


def test_the_links_to_billmanager_belong_beside_its_payments(refusal: Refusal) -> None:
    body = answer("InformationRegister_КодыПлатежейВBILLmanager", {"Документ": "d-1", "КодПлатежа": "150"})
    assert "explains other answers" in refusal(FORMAT, body).message


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"odata.error": {"code": "6", "message": {"lang": "ru", "value": "Недостаточно прав"}}}, "Недостаточно прав"),
        ({"odata.error": {}}, "error answer"),
        ({"odata.metadata": ROOT + RECEIPT, "value": 5}, "not a list"),
        ({"odata.metadata": ROOT + RECEIPT, "value": [5]}, "record 1"),
        (answer("Document_ПоступлениеТоваровУслуг"), "not mapped"),
        (answer("Catalog_Валюты"), "only Catalog_Валюты"),
        ([5], "neither"),
        ({}, "odata.metadata"),
    ],
)
def test_what_is_no_data_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    refused = refusal(FORMAT, body)
    assert refused.reason == "unparsable"
    assert says in refused.message


def test_documents_that_the_feed_does_not_supply_are_refused(refusal: Refusal) -> None:
    assert "erp.payments" in refusal(FORMAT, receipts({}), ("erp.invoices",), currency="RUB").message
