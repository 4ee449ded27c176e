"""What 1C's documents, catalogs and registers become, and that the mapping is data which a feed may replace."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.contract import contract
from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, Reject, Row
from ingest.formats.onec.mapping import CONFIGURATIONS, MappingError, configuration
from tests.formats.onec_kit import FORMAT, RECEIPT, answer, document, only, receipts, rejected, rows

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


@pytest.fixture
def parse(parse: Parse) -> Parse:
    """All contracts unless said."""

    def run(name: str, data: Any, contracts: tuple[str, ...] = FORMATS[FORMAT].CONTRACTS, **options: Any) -> Any:
        return parse(name, data, contracts, **options)

    return run


# ---------- receipts of Schetmash, registers of BILLmanager


def marks(**fields: Any) -> dict[str, Any]:
    return receipts({"ДополнительныеРеквизиты": [{"LineNumber": "1", **fields}]})


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"Свойство_Key": "p-1"}, {"names": {"p-1": "СчетМаш_СтатусЧека"}}),
        ({"Свойство_Key": "p-1", "Свойство": {"Ref_Key": "p-1", "Имя": "СчетМаш_СтатусЧека_0a1b"}}, {}),
        ({"Свойство_Key": "p-1", "Свойство": {"Ref_Key": "p-1", "Description": "СчетМаш_СтатусЧека"}}, {}),
        ({"Свойство": "СчетМаш_СтатусЧека"}, {}),
    ],
)
def test_receipt_marks_live_among_the_additional_properties(
    parse: Parse, fields: dict[str, Any], options: dict[str, Any]
) -> None:
    body = marks(**fields, Значение="success", Значение_Type="Edm.String")
    assert only(parse(FORMAT, body, currency="RUB", **options))["fiscal_receipt_status"] == "success"


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        ({"Значение": "v-1", "Значение_Type": "StandardODATA.Catalog_ЗначенияСвойствОбъектов"}, {}, None),
        (
            {"Значение": "v-1", "Значение_Type": "StandardODATA.Catalog_ЗначенияСвойствОбъектов"},
            {"names": {"v-1": "Принят"}},
            "Принят",
        ),
        ({"Значение": {"Ref_Key": "v-1", "Description": "Принят"}}, {}, "Принят"),
        ({"Значение": "", "Значение_Type": "Edm.String", "ТекстоваяСтрока": "Принят"}, {}, "Принят"),
        ({"Значение": "", "Значение_Type": "StandardODATA.Undefined"}, {}, None),
    ],
)
def test_a_property_that_is_a_reference_needs_its_name(
    parse: Parse, value: dict[str, Any], options: dict[str, Any], expected: str | None
) -> None:
    body = marks(Свойство="СчетМаш_СтатусЧека", **value)
    assert only(parse(FORMAT, body, currency="RUB", **options))["fiscal_receipt_status"] == expected


def test_a_receipt_number_keeps_its_zeros_and_the_time_of_its_check_is_read(parse: Parse) -> None:
    body = marks(Свойство="СчетМаш_НомерЧека", Значение="0000000042", Значение_Type="Edm.String")
    assert only(parse(FORMAT, body, currency="RUB"))["fiscal_receipt_number"] == "0000000042"
    body = marks(Свойство="СчетМаш_ДатаПроверкиСтатусаЧека", Значение="2026-11-20T14:10:00")
    assert only(parse(FORMAT, body, currency="RUB"))["fiscal_checked_at"] == "2026-11-20T14:10:00"


def test_the_queue_to_billmanager(parse: Parse) -> None:
    register = "InformationRegister_ДокументыКВыгрузкеВBILLmanager"
    record = {"Документ": "d-1", "Документ_Type": f"StandardODATA.{RECEIPT}", "ДатаДобавления": "2026-11-20T15:00:00"}
    values = only(parse(FORMAT, answer(register, record | {"КоличествоПопыток": 3, "ТекстОшибки": "нет счета"})))
    assert values == {
        "erp_document_id": "d-1",
        "queued_at": "2026-11-20T15:00:00",
        "attempts": "3",
        "last_error": "нет счета",
    }
    assert parse(FORMAT, answer(register)) == []
    late = [answer(register, {"Документ": "d-1"}), receipts({})]
    assert only(parse(FORMAT, late, ("erp.export_queue",)))["queued_at"] == "2026-11-20T14:03:22"


def test_the_personal_account_is_an_attribute_of_the_contract(parse: Parse) -> None:
    signed = {
        "Ref_Key": "t-1",
        "DeletionMark": False,
        "Owner_Key": "k-1",
        "ВидДоговора": "СПокупателем",
        "Дата": "2026-01-15T00:00:00",
        "ЛицевойСчетВBILLmanager": "100042 ",
    }
    parsed = only(parse(FORMAT, answer("Catalog_ДоговорыКонтрагентов", signed), currency="RUB"))
    assert (parsed["personal_account"], parsed["customer_id"], parsed["valid_from"]) == ("100042", "k-1", "2026-01-15")
    supplier = signed | {"ВидДоговора": "СПоставщиком"}
    assert parse(FORMAT, answer("Catalog_ДоговорыКонтрагентов", supplier), currency="RUB") == []


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({"КонтролироватьСуммуЗадолженности": True}, "5000"),
        ({"КонтролироватьСуммуЗадолженности": False}, None),
        ({}, None),
    ],
)
def test_a_credit_limit_counts_only_when_it_is_watched(parse: Parse, fields: dict[str, Any], limit: str | None) -> None:
    signed = {"Ref_Key": "t", "DeletionMark": False, "Owner_Key": "k", "ДопустимаяСуммаЗадолженности": 5000} | fields
    body = answer("Catalog_ДоговорыКонтрагентов", signed)
    assert only(parse(FORMAT, body, currency="RUB", configuration="manufacturing"))["credit_limit"] == limit


# ---------- invoices and goods


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "open"),
        ({"Статус": "НеОплачен"}, "open"),
        ({"Статус": "ОплаченЧастично"}, "open"),
        ({"Статус": "Оплачен"}, "closed"),
        ({"Статус": "Отменен"}, "cancelled"),
        ({"Статус": "Оплачен", "DeletionMark": True}, "cancelled"),
    ],
)
def test_the_status_of_an_invoice(parse: Parse, fields: dict[str, Any], status: str) -> None:
    body = answer("Document_СчетНаОплатуПокупателю", document(**fields))
    assert only(parse(FORMAT, body, currency="RUB"))["status"] == status


def test_the_register_of_statuses_tells_the_status_of_an_invoice(parse: Parse) -> None:
    register = answer("InformationRegister_СтатусыДокументов", {"Документ": "d-1", "Статус": "Оплачен"})
    body = [answer("Document_СчетНаОплатуПокупателю", document()), register]
    assert only(parse(FORMAT, body, currency="RUB"))["status"] == "closed"


@pytest.mark.parametrize(
    ("entity", "done"),
    [("Document_РеализацияТоваровУслуг", "shipped"), ("Document_ВозвратТоваровОтПокупателя", "received")],
)
def test_goods_moved_only_when_posted_and_not_deleted(parse: Parse, entity: str, done: str) -> None:
    assert only(parse(FORMAT, answer(entity, document()), currency="RUB"))["status"] == done
    for mark in ({"Posted": False}, {"DeletionMark": True}):
        assert only(parse(FORMAT, answer(entity, document(**mark)), currency="RUB"))["status"] == "cancelled"
    assert rejected(parse(FORMAT, answer(entity, document(Posted=None)), currency="RUB"))[0] == "status"


def test_folders_of_a_catalog_are_no_customers(parse: Parse) -> None:
    folder = {"Ref_Key": "k-1", "DeletionMark": False, "IsFolder": True, "Description": "Покупатели"}
    assert parse(FORMAT, answer("Catalog_Контрагенты", folder)) == []


# ---------- the mapping is data


def test_a_feed_maps_a_field_of_its_own(parse: Parse) -> None:
    own = {RECEIPT: {"fields": {"payment_id": "ИдентификаторПлатежа", "provider_reference": None}}}
    body = receipts({"ИдентификаторПлатежа": "p-1", "СсылочныйНомер": "1"})
    values = only(parse(FORMAT, body, currency="RUB", entities=own))
    assert values["payment_id"] == "p-1"
    assert "provider_reference" not in values
    cash = answer("Document_ПриходныйКассовыйОрдер", document(ИдентификаторПлатежа="p-2"))
    assert only(parse(FORMAT, cash, currency="RUB", entities=own))["payment_id"] == "p-2", "it begins as a copy"


def test_a_feed_maps_a_document_of_its_own(parse: Parse) -> None:
    own = {"Document_МояОплата": {"like": RECEIPT, "fields": {"document_type": "=other", "amount": "Сумма"}}}
    values = only(parse(FORMAT, answer("Document_МояОплата", document(Сумма=5)), currency="RUB", entities=own))
    assert (values["document_type"], values["amount"]) == ("other", "5")


def test_a_feed_takes_an_operation_of_its_own(parse: Parse) -> None:
    own = {RECEIPT: {"operation": {"take": ["НовыйВид"]}}}
    assert len(rows(parse(FORMAT, receipts({"ВидОперации": "НовыйВид"}), currency="RUB", entities=own))) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"configuration": "payroll"}, "payroll"),
        ({"entities": []}, "entities"),
        ({"entities": {"X": {"contract": "erp.nothing"}}}, "erp.nothing"),
        ({"entities": {"X": {"contract": "bank.lines"}}}, "bank.lines"),
        ({"entities": {"X": {"like": "Y"}}}, "'Y'"),
        ({"entities": {RECEIPT: {"fields": {"paid": "X"}}}}, "paid"),
        ({"entities": {RECEIPT: {"fields": {"amount": "a b"}}}}, "a b"),
        ({"entities": {RECEIPT: {"fields": {"amount": 5}}}}, "5"),
        ({"entities": {RECEIPT: {"operation": {"leave": "some"}}}}, "some"),
        ({"entities": {RECEIPT: {"feilds": {}}}}, "feilds"),
        ({"names": []}, "names"),
        ({"currencies": "RUB"}, "currencies"),
        ({"rate": {}}, "rate"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_place(
    refusal: Refusal, options: dict[str, Any], says: str
) -> None:
    refused = refusal(FORMAT, receipts({}), **({"currency": "RUB"} | options))
    assert says in refused.message
    assert "sverka.yml" in refused.message


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_shipped_mappings_fill_what_their_contracts_require(name: str) -> None:
    for entities in configuration(name, {}).entities.values():
        for entity in entities:
            required = {c.name for c in contract(entity.contract).columns if c.required and c.default is None}
            assert required <= set(entity.fields), entity.name


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_refund_names_its_payment_whatever_document_that_is(name: str) -> None:
    entities = [entity for entities in configuration(name, {}).entities.values() for entity in entities]
    payments = {entity.name for entity in entities if entity.contract == "erp.payments"}
    for refund in (entity for entity in entities if entity.contract == "erp.refunds"):
        named = {kind for source in refund.fields["original_erp_document_id"] for kind in source.types}
        assert payments <= named, refund.name


def test_likeness_in_a_circle_is_refused() -> None:
    with pytest.raises(MappingError, match="circle"):
        configuration("trade", {"entities": {"A": {"like": "B"}, "B": {"like": "A"}}})
