"""The traps of CommerceML: encodings, whose document it is, currency words, times apart, flags kept as requisites."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row

FORMAT = "commerceml"
ALL = (
    "website.orders",
    "erp.invoices",
    "erp.payments",
    "erp.refunds",
    "warehouse.deliveries",
    "warehouse.returns",
)

US = "<Контрагент><Ид>us</Ид><Роль>Продавец</Роль></Контрагент>"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def document(operation: str = "Заказ товара", marks: dict[str, str] | None = None, /, **fields: str) -> str:
    told = {
        "Ид": "d-1",
        "Номер": "N-1",
        "Дата": "2026-11-20",
        "Время": "14:03:22",
        "ХозОперация": operation,
        "Роль": "Продавец",
        "Валюта": "RUB",
        "Сумма": "1500.50",
        "Контрагенты": "<Контрагент><Ид>7#ivan#Иван</Ид><ИНН>0101</ИНН><Роль>Покупатель</Роль></Контрагент>",
    } | fields
    requisites = "".join(
        f"<ЗначениеРеквизита><Наименование>{name}</Наименование><Значение>{value}</Значение></ЗначениеРеквизита>"
        for name, value in (marks or {}).items()
    )
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in told.items() if value)
    return f"<Документ>{inner}<ЗначенияРеквизитов>{requisites}</ЗначенияРеквизитов></Документ>"


def exchange(*documents: str, version: str = "2.05", encoding: str = "UTF-8", space: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><КоммерческаяИнформация{space} ВерсияСхемы="{version}">'
        f"{''.join(documents)}</КоммерческаяИнформация>"
    )


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    (row,) = parsed
    assert isinstance(row, Row), row
    return row.values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    (reject,) = parsed
    assert isinstance(reject, Reject)
    return reject.column, reject.reason


# ---------- the file


@pytest.mark.parametrize("encoding", ["windows-1251", "UTF-8", "UTF-16", "koi8-r"])
def test_twins_in_every_encoding_give_equal_rows(parse: Parse, encoding: str) -> None:
    twin = exchange(document("Возврат товара", Комментарий="Ёлка"), encoding=encoding).encode(encoding)
    values = only(parse(FORMAT, twin, ALL))
    assert values["reason"] == "Ёлка"
    assert values == only(parse(FORMAT, exchange(document("Возврат товара", Комментарий="Ёлка")), ALL))


def test_a_wrong_encoding_is_refused_unless_the_feed_declares_the_right_one(parse: Parse, refusal: Refusal) -> None:
    body = exchange(document()).encode("cp1251")
    assert "encoding" in refusal(FORMAT, body).message
    assert parse(FORMAT, body, encoding="cp1251") == parse(FORMAT, exchange(document()))


@pytest.mark.parametrize("version", ["2.03", "2.04", "2.05", "2.07", "2.08", "2.10"])
@pytest.mark.parametrize("space", ["", ' xmlns="urn:1C.ru:commerceml_2"'])
def test_every_version_2_is_read_with_and_without_its_namespace(parse: Parse, version: str, space: str) -> None:
    assert only(parse(FORMAT, exchange(document(), version=version, space=space)))["order_id"] == "d-1"


def test_documents_may_stand_in_containers(parse: Parse) -> None:
    body = exchange(f"<Контейнер>{document()}{document('Отпуск товара')}</Контейнер>", version="2.10")
    assert [item.contract for item in parse(FORMAT, body)] == ["website.orders", "warehouse.deliveries"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (exchange(version="3.1"), "version 2"),
        (exchange("<Каталог><Товары/></Каталог>"), "catalogue"),
        (exchange("<ПакетПредложений/>"), "catalogue"),
        ("<html><body>login</body></html>", "login"),
        ("<a/>", "its root is a"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><КоммерческаяИнформация/>', "document type"),
        (exchange(document())[:-30], "whole XML"),
        ("{}", "whole XML"),
    ],
)
def test_what_is_no_exchange_is_refused(refusal: Refusal, body: str, says: str) -> None:
    refused = refusal(FORMAT, body)
    assert refused.reason == "unparsable"
    assert says in refused.message


def test_documents_that_the_feed_does_not_supply_are_refused_when_there_are_no_others(
    parse: Parse, refusal: Refusal
) -> None:
    goods, money = document("Возврат товара"), document("Выплата безналичных денег")
    assert "erp.payments" in refusal(FORMAT, exchange(goods, money)).message
    assert len(parse(FORMAT, exchange(goods, document()))) == 1


def test_an_exchange_without_documents_is_an_empty_extract(parse: Parse) -> None:
    assert parse(FORMAT, exchange()) == []
    assert parse(FORMAT, exchange(document("Передача прав"))) == []


# ---------- what a document is


@pytest.mark.parametrize(
    ("operation", "contract"),
    [
        ("Заказ товара", "website.orders"),
        ("ЗаказТовара", "website.orders"),
        ("Счет на оплату", "erp.invoices"),
        ("Отпуск товара", "warehouse.deliveries"),
        ("Возврат товара", "warehouse.returns"),
        ("Выплата безналичных денег", "erp.payments"),
        ("Выплата наличных денег", "erp.payments"),
        ("Возврат безналичных денег", "erp.refunds"),
        ("Возврат наличных денег", "erp.refunds"),
    ],
)
def test_the_operation_tells_the_contract(parse: Parse, operation: str, contract: str) -> None:
    (row,) = parse(FORMAT, exchange(document(operation, {"Проведен": "true"})), ALL)
    assert isinstance(row, Row)
    assert row.contract == contract


@pytest.mark.parametrize(
    ("operation", "role", "kept"),
    [
        ("Заказ товара", "Продавец", 1),
        ("Заказ товара", "Покупатель", 0),
        ("Заказ товара", "", 1),
        ("Отпуск товара", "Комиссионер", 0),
        ("Выплата безналичных денег", "Получатель", 1),
        ("Выплата безналичных денег", "Плательщик", 0),
        ("Возврат безналичных денег", "Плательщик", 1),
        ("Возврат безналичных денег", "Получатель", 0),
    ],
)
def test_what_we_buy_is_none_of_ours(parse: Parse, operation: str, role: str, kept: int) -> None:
    assert len(parse(FORMAT, exchange(document(operation, {"Проведен": "1"}, Роль=role)), ALL)) == kept


# ---------- values


@pytest.mark.parametrize(
    ("word", "expected"), [("руб", "RUB"), ("Руб.", "RUB"), ("RUB", "RUB"), ("643", "RUB"), ("грн", "UAH")]
)
def test_a_currency_is_a_word_a_number_or_letters(parse: Parse, word: str, expected: str) -> None:
    assert only(parse(FORMAT, exchange(document(Валюта=word))))["currency"] == expected


def test_an_unknown_currency_is_rejected_unless_the_feed_knows_it(parse: Parse, refusal: Refusal) -> None:
    body = exchange(document(Валюта="у.е."))
    assert rejected(parse(FORMAT, body)) == ("currency", "unknown_currency")
    assert only(parse(FORMAT, body, currencies={"У.Е.": "USD"}))["currency"] == "USD"
    assert rejected(parse(FORMAT, exchange(document(Валюта="")))) == ("currency", "missing_required")
    assert "currencies" in refusal(FORMAT, body, currencies="USD").message


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        ("2026-11-20", "14:03:22", "2026-11-20T14:03:22"),
        ("2026-11-20", "", "2026-11-20"),
        ("2026-11-20T00:00:00", "14:03:22", "2026-11-20T14:03:22"),
    ],
)
def test_date_and_time_stand_apart_and_have_no_zone(parse: Parse, day: str, time: str, expected: str) -> None:
    assert only(parse(FORMAT, exchange(document(Дата=day, Время=time))))["created_at"] == expected


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"Сумма": "1 500,50"}, ("amount", "bad_decimal")),
        ({"Сумма": ""}, ("amount", "missing_required")),
        ({"Сумма": "1e400"}, ("amount", "out_of_range")),
        ({"Дата": "2026-02-30"}, ("created_at", "bad_timestamp")),
        ({"Дата": ""}, ("created_at", "missing_required")),
        ({"Время": "25:00:00"}, ("created_at", "bad_timestamp")),
        ({"Ид": ""}, ("order_id", "missing_required")),
    ],
)
def test_a_bad_document_is_rejected(parse: Parse, fields: dict[str, str], fault: tuple[str, str]) -> None:
    assert rejected(parse(FORMAT, exchange(document(**fields)))) == fault


def test_the_sums_of_goods_are_not_the_sum_of_the_document(parse: Parse) -> None:
    goods = {"Товары": "<Товар><Ид>x</Ид><Сумма>1.00</Сумма></Товар>"}
    assert only(parse(FORMAT, exchange(document(**goods))))["amount"] == "1500.50"


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ("<Контрагент><Ид>7#ivan#Иван Петров</Ид></Контрагент>", "7"),
        ("<Контрагент><Ид>0f3a-1</Ид></Контрагент>", "0f3a-1"),
        (US + "<Контрагент><Ид>you</Ид><Роль>Покупатель</Роль></Контрагент>", "you"),
        ("<Контрагент><Ид>a</Ид></Контрагент><Контрагент><Ид>b</Ид></Контрагент>", None),
        ("", None),
    ],
)
def test_the_customer_is_who_buys(parse: Parse, parties: str, expected: str | None) -> None:
    assert only(parse(FORMAT, exchange(document(Контрагенты=parties))))["customer_id"] == expected


# ---------- flags


@pytest.mark.parametrize(
    ("marks", "status"),
    [
        ({}, "awaiting_payment"),
        ({"Заказ оплачен": "true"}, "paid"),
        ({"Заказ оплачен": "false"}, "awaiting_payment"),
        ({"Заказ оплачен": "false", "Дата оплаты": "2026-11-20 15:00:00"}, "awaiting_payment"),
        ({"Дата оплаты": "2026-11-20 15:00:00"}, "paid"),
        ({"Дата оплаты по 1С": "2026-11-21"}, "paid"),
        ({"Дата оплаты по 1С": "T"}, "awaiting_payment"),
        ({"Дата оплаты по 1С": "Т"}, "awaiting_payment"),
        ({"Дата оплаты по 1С": "0001-01-01T00:00:00"}, "awaiting_payment"),
        ({"Заказ оплачен": "true", "Финальный статус": "true"}, "completed"),
        ({"Заказ оплачен": "true", "Дата отгрузки по 1С": "2026-11-22"}, "completed"),
        ({"Финальный статус": "true"}, "awaiting_payment"),
        ({"Заказ оплачен": "true", "Отменен": "true"}, "cancelled"),
        ({"ПометкаУдаления": "true"}, "cancelled"),
        ({"Отменен": "false", "ПометкаУдаления": "false"}, "awaiting_payment"),
    ],
)
def test_the_paid_flag_and_date_are_requisites(parse: Parse, marks: dict[str, str], status: str) -> None:
    assert only(parse(FORMAT, exchange(document("Заказ товара", marks))))["status"] == status


def test_a_flag_of_another_word_is_rejected(parse: Parse) -> None:
    body = exchange(document("Заказ товара", {"Заказ оплачен": "возможно"}))
    assert rejected(parse(FORMAT, body)) == ("status", "bad_boolean")


@pytest.mark.parametrize(
    ("marks", "posted", "deleted"),
    [
        ({"Проведен": "true"}, "true", "false"),
        ({"Проведен": "false", "Дата оплаты": "2026-11-20"}, "false", "false"),
        ({"Оплачен": "true"}, "true", "false"),
        ({"Оплачен": "false"}, "false", "false"),
        ({"Дата оплаты": "2026-11-20"}, "true", "false"),
        ({"Проведен": "true", "ПометкаУдаления": "true"}, "true", "true"),
        ({"Проведен": "true", "Отменен": "true"}, "false", "false"),
    ],
)
def test_a_payment_says_whether_it_was_made(parse: Parse, marks: dict[str, str], posted: str, deleted: str) -> None:
    values = only(parse(FORMAT, exchange(document("Выплата безналичных денег", marks)), ALL))
    assert (values["posted"], values["deleted"], values["document_type"]) == (posted, deleted, "bank_receipt")


def test_a_payment_that_does_not_say_so_is_rejected(parse: Parse) -> None:
    for operation in ("Выплата безналичных денег", "Возврат наличных денег"):
        assert rejected(parse(FORMAT, exchange(document(operation)), ALL)) == ("posted", "missing_required")


@pytest.mark.parametrize(("operation", "done"), [("Отпуск товара", "shipped"), ("Возврат товара", "received")])
def test_goods_moved_only_when_posted_and_not_deleted(parse: Parse, operation: str, done: str) -> None:
    assert only(parse(FORMAT, exchange(document(operation)), ALL))["status"] == done
    marks: Any
    for marks in ({"Проведен": "false"}, {"ПометкаУдаления": "true"}, {"Отменен": "true"}):
        assert only(parse(FORMAT, exchange(document(operation, marks)), ALL))["status"] == "cancelled"


def test_a_shipment_that_was_not_shipped_moved_no_goods(parse: Parse) -> None:
    assert only(parse(FORMAT, exchange(document("Отпуск товара", {"Отгружен": "false"}))))["status"] == "cancelled"


# ---------- links


def test_documents_are_linked_with_their_order(parse: Parse, refusal: Refusal) -> None:
    order, goods = document(Ид="7"), document("Отпуск товара", Основание="7")
    by_id = parse(FORMAT, exchange(order, goods))
    assert [item.values["order_id"] for item in by_id if isinstance(item, Row)] == ["7", "7"]
    by_number = parse(FORMAT, exchange(order, goods), order_id="Номер")
    assert [item.values["order_id"] for item in by_number if isinstance(item, Row)] == ["N-1", "N-1"]
    assert "order_id" in refusal(FORMAT, exchange(), order_id="id").message


def test_an_invoice_has_its_own_id_and_due_date(parse: Parse) -> None:
    body = exchange(document("Счет на оплату", СрокПлатежа="2026-11-25", Основание="7"))
    values = only(parse(FORMAT, body))
    told = [values[name] for name in ("invoice_id", "due_date", "order_id", "status", "customer_tax_id")]
    assert told == ["d-1", "2026-11-25", "7", "open", "0101"]
    for empty in ("", "0001-01-01"):
        assert only(parse(FORMAT, exchange(document("Счет на оплату", СрокПлатежа=empty))))["due_date"] is None
