"""The traps of delivery documents, UBL and UPD."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.formats.base import FileRefused, Reject, Row

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]

XML = {
    "ubl": (FIXTURES / "ubl" / "despatch.xml").read_text("utf-8"),
    "upd": (FIXTURES / "upd" / "upd_5_01.xml").read_text("cp1251").replace("windows-1251", "UTF-8"),
}
UPD_503 = (FIXTURES / "upd" / "upd_5_03.xml").read_text("cp1251").replace("windows-1251", "UTF-8")


def values(items: list[Row | Reject]) -> dict[str, str | None]:
    [item] = items
    assert isinstance(item, Row), item
    return item.values


def test_wrong_encoding_is_refused(refusal: Refusal) -> None:
    assert refusal("upd", XML["upd"].encode("cp1251")).reason == "undecodable"


# ---------- upd


def test_upd_windows_1251_and_utf8_twins_give_equal_rows(parse: Parse) -> None:
    raw = (FIXTURES / "upd" / "upd_5_01.xml").read_bytes()
    assert parse("upd", raw) == parse("upd", XML["upd"])


def test_upd_attribute_names_of_5_01_and_5_03_give_equal_rows(parse: Parse) -> None:
    assert parse("upd", XML["upd"]) == parse("upd", UPD_503)


@pytest.mark.parametrize("function", ["СЧФ", "СвРК", "СвЗК", ""])
def test_upd_that_transfers_nothing_is_no_delivery(parse: Parse, function: str) -> None:
    [item] = parse("upd", XML["upd"].replace('Функция="СЧФДОП"', f'Функция="{function}"'))
    assert isinstance(item, Reject) and item.column == "function"


def test_upd_correction_is_the_new_version_of_its_document(parse: Parse) -> None:
    corrected = XML["upd"].replace("<СвПрод>", '<ИспрСчФ НомИспрСчФ="1" ДатаИспрСчФ="25.11.2026"/><СвПрод>')
    corrected = corrected.replace('ДатаИнфПр="20.11.2026"', 'ДатаИнфПр="25.11.2026"')
    before, after = values(parse("upd", XML["upd"])), values(parse("upd", corrected))
    assert before["delivery_id"] == after["delivery_id"]
    assert (before["updated_at"], after["updated_at"]) == ("2026-11-20T10:05:00", "2026-11-25T10:05:00")


def test_upd_total_is_proved_by_its_lines(refusal: Refusal) -> None:
    changed = XML["upd"].replace('СтТовУчНал="500.00"', 'СтТовУчНал="500.01"')
    assert refusal("upd", changed).reason == "control_total_mismatch"


@pytest.mark.parametrize("date", ["30.02.2026", "2026-11-20"])
def test_upd_30_february_is_rejected(parse: Parse, date: str) -> None:
    [item] = parse("upd", XML["upd"].replace('ДатаПер="21.11.2026"', f'ДатаПер="{date}"'))
    assert isinstance(item, Reject) and item.reason == "bad_date"


def test_upd_basis_without_number_is_no_link(parse: Parse) -> None:
    found = values(parse("upd", XML["upd"].replace('НомОсн="СЧ-5"', 'НомОсн="Б/Н"')))
    assert (found["invoice_id"], found["order_id"]) == (None, "S-1")
    assert values(parse("upd", XML["upd"], order_field="НомерЗаказа"))["order_id"] == "S-99"


@pytest.mark.parametrize("function", ["СЧФДОП", "ДОП"])
def test_upd_that_transfers_goods_is_a_shipment(parse: Parse, function: str) -> None:
    found = values(parse("upd", XML["upd"].replace('Функция="СЧФДОП"', f'Функция="{function}"')))
    assert (found["status"], found["shipped_at"], found["currency"]) == ("shipped", "2026-11-21", "RUB")


def test_upd_links(parse: Parse) -> None:
    assert values(parse("upd", XML["upd"]))["invoice_id"] == "СЧ-5"
    spelt = XML["upd"].replace('НаимОсн="Счет', 'НаимОсн="Счёт')
    assert values(parse("upd", spelt))["invoice_id"] == "СЧ-5"


def test_upd_of_a_sole_trader_is_known_by_the_traders_tax_id(parse: Parse) -> None:
    before = str(values(parse("upd", XML["upd"]))["delivery_id"]).split("|")
    trader = XML["upd"].replace("ИННЮЛ", "ИННФЛ")
    assert values(parse("upd", trader))["delivery_id"] == "|".join(before)
    [item] = parse("upd", XML["upd"].replace("ИННЮЛ", "ИННХХ"))
    assert isinstance(item, Reject) and (item.column, item.reason) == ("delivery_id", "missing_required")


@pytest.mark.parametrize("amount", ["1 500,00", "1e400", "NaN", ""])
def test_upd_garbled_total_is_rejected(parse: Parse, amount: str) -> None:
    [item] = parse("upd", re.sub(r'СтТовУчНалВсего="[^"]*"', f'СтТовУчНалВсего="{amount}"', XML["upd"]))
    assert isinstance(item, Reject) and item.column == "amount"


def test_upd_corrective_document_is_refused_by_name(refusal: Refusal) -> None:
    assert "УКД" in refusal("upd", "<Файл><Документ><СвКСчФ/></Документ></Файл>").message
    assert "no UPD" in refusal("upd", "<Файл><Документ/></Файл>").message


# ---------- ubl


def test_ubl_amount_is_never_guessed(parse: Parse) -> None:
    [item] = parse("ubl", XML["ubl"].replace("ValueAmount", "Other"))
    assert item == Reject("warehouse.deliveries", 1, "amount", None, "missing_required")
    assert values(parse("ubl", XML["ubl"].replace("ValueAmount", "Other"), amount="Other"))["amount"] == "1500.00"
    [mixed] = parse("ubl", XML["ubl"].replace('"AMD">499', '"RUB">499'))
    assert isinstance(mixed, Reject) and mixed.column == "currency"


def test_ubl_order_of_the_lines_only_when_it_is_one(parse: Parse) -> None:
    assert values(parse("ubl", XML["ubl"]))["order_id"] == "S-1"
    assert values(parse("ubl", XML["ubl"].replace("S-1", "S-2", 1)))["order_id"] is None


def test_ubl_status_and_time(parse: Parse) -> None:
    cancelled = XML["ubl"].replace(
        "<cac:Additional", "<cbc:DocumentStatusCode>Cancelled</cbc:DocumentStatusCode><cac:Additional"
    )
    assert values(parse("ubl", cancelled))["status"] == "cancelled"
    [item] = parse("ubl", XML["ubl"].replace("2026-11-20", "2026-02-30"))
    assert isinstance(item, Reject) and item.reason == "bad_timestamp"


@pytest.mark.parametrize(
    ("shipment", "shipped_at", "status"),
    [
        ("", "2026-11-20T10:30:00", "shipped"),
        (
            (
                "<cac:Delivery><cac:Despatch><cbc:ActualDespatchDate>2026-11-21</cbc:ActualDespatchDate>"
                "<cbc:ActualDespatchTime>08:00:00+04:00</cbc:ActualDespatchTime></cac:Despatch></cac:Delivery>"
            ),
            "2026-11-21T08:00:00+04:00",
            "shipped",
        ),
        (
            "<cac:Delivery><cbc:ActualDeliveryDate>2026-11-22</cbc:ActualDeliveryDate></cac:Delivery>",
            "2026-11-20T10:30:00",
            "delivered",
        ),
    ],
)
def test_ubl_shipped_at_keeps_its_offset_or_the_feeds_zone(
    parse: Parse, shipment: str, shipped_at: str, status: str
) -> None:
    found = values(parse("ubl", XML["ubl"].replace("<cac:GoodsItem>", f"{shipment}<cac:GoodsItem>", 1)))
    assert (found["shipped_at"], found["status"]) == (shipped_at, status)


@pytest.mark.parametrize(
    ("kind", "invoice"),
    [
        ("<cbc:DocumentTypeCode>380</cbc:DocumentTypeCode>", "INV-5"),
        ("<cbc:DocumentType>Commercial Invoice</cbc:DocumentType>", "INV-5"),
        ("<cbc:DocumentTypeCode>730</cbc:DocumentTypeCode>", None),
    ],
)
def test_ubl_invoice_is_the_reference_of_its_type(parse: Parse, kind: str, invoice: str | None) -> None:
    body = XML["ubl"].replace("<cbc:DocumentTypeCode>380</cbc:DocumentTypeCode>", kind)
    assert values(parse("ubl", body))["invoice_id"] == invoice


def test_ubl_order_of_the_document_goes_before_that_of_its_lines(parse: Parse) -> None:
    whole = "<cac:OrderReference><cbc:ID>S-9</cbc:ID></cac:OrderReference><cac:Additional"
    found = values(parse("ubl", XML["ubl"].replace("<cac:Additional", whole, 1)))
    assert (found["delivery_id"], found["order_id"], found["currency"]) == ("D-17", "S-9", "AMD")


@pytest.mark.parametrize("amount", ["1 000,50", "1e400", "NaN", ""])
def test_ubl_garbled_amount_is_rejected(parse: Parse, amount: str) -> None:
    [item] = parse("ubl", XML["ubl"].replace(">1000.50<", f">{amount}<"))
    assert isinstance(item, Reject) and item.column == "amount"
