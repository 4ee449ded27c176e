"""The traps of YooKassa's registry: title lines, footer, ragged rows, commas beside dots, Moscow time, encodings."""

from collections.abc import Callable

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from ingest.formats.csv_input import RECORD_LIMIT
from tests.formats.results import only, rejected, rows

FORMAT = "yookassa_registry"
TITLE = "РЕЕСТР ПЛАТЕЖЕЙ ПО ДОГОВОРУ НЭК.1 (1)\nДата платежей: 2026-11-01\n"
HEADER = (
    "Идентификатор платежа;Сумма платежа;Валюта платежа;Сумма за вычетом комиссии и НДС;Сумма комиссии без НДС;"
    "НДС с комиссии;Время платежа;Тип платежа;Номер заказа"
)

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def row(**fields: str) -> str:
    values = {
        "id": "p-1",
        "gross": "10.00",
        "currency": "RUB",
        "net": "9.55",
        "fee": "0.35",
        "vat": "0,10",
        "time": "01.11.2026 12:37:07",
        "kind": "AC",
        "order": "W-1",
    } | fields
    return ";".join(values.values())


def registry(*lines: str, total: str = "10.00 RUB", count: int | None = None, header: str = HEADER) -> str:
    footer = f"\nСумма принятых платежей: {total}\nЧисло платежей: {len(lines) if count is None else count}\n"
    return TITLE + header + "\n" + "".join(f"{line}\n" for line in lines) + footer


def test_utf8_and_cp1251_twins_are_equal(parse: Parse) -> None:
    content = registry(row(order="Ёлка-1"))
    told = {"columns": {"order_id": "Номер заказа"}}
    assert parse(FORMAT, content.encode("cp1251"), **told) == parse(FORMAT, content.replace("\n", "\r\n"), **told)
    assert only(parse(FORMAT, content.encode("utf-8-sig"), **told))["order_id"] == "Ёлка-1"


def test_amounts_are_major_units_and_a_comma_stands_beside_dots(parse: Parse) -> None:
    values = only(parse(FORMAT, registry(row())))
    assert (values["amount"], values["fee_amount"], values["currency"]) == ("10.00", "0.45", "RUB")


@pytest.mark.parametrize(("gross", "amount"), [("1 010,50", "1010.50"), ("1\u00a0010.50", "1010.50"), ("1010", "1010")])
def test_spaces_between_thousands(parse: Parse, gross: str, amount: str) -> None:
    assert (
        only(parse(FORMAT, registry(row(gross=gross, net="", fee="", vat=""), total=f"{gross} RUB")))["amount"]
        == amount
    )


@pytest.mark.parametrize("gross", ["1,234", "1.234,50", "10,00 руб", "1 0", "NaN", "1e3", "-"])
def test_an_amount_of_two_readings_is_rejected(parse: Parse, gross: str) -> None:
    assert rejected(parse(FORMAT, registry(row(gross=gross), total="99.00 RUB"))) == ("amount", "bad_decimal")


def test_fee_and_vat_are_what_the_net_lacks_of_the_gross(parse: Parse) -> None:
    assert rejected(parse(FORMAT, registry(row(net="9.50")))) == ("fee_amount", "out_of_range")
    assert only(parse(FORMAT, registry(row(fee="", vat=""))))["fee_amount"] == "0.45"
    assert only(parse(FORMAT, registry(row(net=""))))["fee_amount"] == "0.45"
    assert only(parse(FORMAT, registry(row(net="", fee="", vat=""))))["fee_amount"] is None


def test_without_a_column_of_vat_the_net_tells_the_fee(parse: Parse) -> None:
    header = HEADER.replace("НДС с комиссии;", "")
    assert only(parse(FORMAT, registry(row().replace("0,10;", ""), header=header)))["fee_amount"] == "0.45"


@pytest.mark.parametrize(
    ("moment", "paid_at"),
    [
        ("15.12.2022 12:37:07", "2022-12-15T12:37:07+03:00"),
        ("2022-12-15T12:37:07", "2022-12-15T12:37:07+03:00"),
        ("2022-12-15 12:37:07.120", "2022-12-15T12:37:07.120+03:00"),
        ("2022-12-15T09:37:07Z", "2022-12-15T09:37:07Z"),
        ("15.12.2022", "2022-12-15T00:00:00+03:00"),
    ],
)
def test_times_are_moscow_time_in_either_spelling(parse: Parse, moment: str, paid_at: str) -> None:
    values = only(parse(FORMAT, registry(row(time=moment))))
    assert (values["paid_at"], values["created_at"]) == (paid_at, paid_at)


@pytest.mark.parametrize("moment", ["30.02.2026 12:00:00", "2026-02-30", "12/15/2022", "вчера"])
def test_a_garbled_time_is_rejected(parse: Parse, moment: str) -> None:
    assert rejected(parse(FORMAT, registry(row(time=moment)))) == ("paid_at", "bad_timestamp")


def test_an_accepted_payment_is_paid_unless_a_column_says_otherwise(parse: Parse) -> None:
    assert only(parse(FORMAT, registry(row())))["status"] == "paid"
    header = HEADER + ";Статус платежа"
    assert only(parse(FORMAT, registry(row() + ";Отменён", header=header)))["status"] == "cancelled"
    assert rejected(parse(FORMAT, registry(row() + ";Завис", header=header))) == ("status", "unknown_enum_value")


@pytest.mark.parametrize(("kind", "method"), [("AC", "card"), ("PC", "wallet"), ("bank_card", "card"), ("XX", "other")])
def test_method(parse: Parse, kind: str, method: str) -> None:
    assert only(parse(FORMAT, registry(row(kind=kind))))["method"] == method


def test_links_are_columns_that_vary(parse: Parse, refusal: Refusal) -> None:
    assert only(parse(FORMAT, registry(row())))["order_id"] == "W-1"
    renamed = registry(row(), header=HEADER.replace("Номер заказа", "Счёт"))
    assert only(parse(FORMAT, renamed, columns={"invoice_id": "счёт"}))["invoice_id"] == "W-1"
    assert "'Заявка'" in refusal(FORMAT, renamed, columns={"order_id": "Заявка"}).message
    assert "columns" in refusal(FORMAT, renamed, columns={"amount": "Счёт"}).message


def test_a_row_with_too_many_values_is_rejected_and_counted(parse: Parse) -> None:
    good, bad = parse(FORMAT, registry(row(), row(id="p-2", order="W;2"), total="20.00 RUB"))
    assert isinstance(good, Row)
    assert isinstance(bad, Reject)
    assert bad.reason == "wrong_column_count"


def test_a_row_that_lacks_its_last_values_is_a_row_without_them(parse: Parse) -> None:
    values = only(parse(FORMAT, registry("p-1;10.00;RUB;10.00;0;0;01.11.2026 12:00:00")))
    assert (values["amount"], values["method"]) == ("10.00", None)
    assert rejected(parse(FORMAT, registry("p-1;10.00"))) == ("paid_at", "missing_required")


def test_empty_values_beyond_the_header_are_nothing(parse: Parse) -> None:
    assert only(parse(FORMAT, registry(row() + ";;;")))["amount"] == "10.00"


@pytest.mark.parametrize("total", ["10.01 RUB", "10.00 USD", "0 RUB"])
def test_a_footer_that_disagrees_refuses_the_file(refusal: Refusal, total: str) -> None:
    assert refusal(FORMAT, registry(row(), total=total)).reason == "control_total_mismatch"


def test_a_footer_that_counts_otherwise_refuses_the_file(refusal: Refusal) -> None:
    refused = refusal(FORMAT, registry(row(), row(), total="20.00 RUB", count=3))
    assert refused.reason == "control_total_mismatch"
    assert "2 rows" in refused.message


def test_the_net_total_is_verified_too(parse: Parse, refusal: Refusal) -> None:
    footer = "Сумма принятых платежей за вычетом комиссии и НДС: {} RUB\n"
    assert len(parse(FORMAT, registry(row()) + footer.format("9,55"))) == 1
    assert "less fee" in refusal(FORMAT, registry(row()) + footer.format("9.56")).message


def test_a_garbled_footer_refuses_the_file(refusal: Refusal) -> None:
    assert refusal(FORMAT, registry(row(), total="десять")).reason == "control_total_mismatch"


def test_a_file_without_a_footer_is_cut_off(refusal: Refusal) -> None:
    assert "cut off" in refusal(FORMAT, TITLE + HEADER + "\n" + row() + "\n").message


def test_footers_of_several_currencies(parse: Parse) -> None:
    content = registry(row(), row(id="p-2", currency="USD"), count=2) + "Сумма принятых платежей: 10.00 USD\n"
    assert [values["currency"] for values in rows(parse(FORMAT, content))] == ["RUB", "USD"]


def test_an_empty_registry_is_an_empty_extract(parse: Parse) -> None:
    assert parse(FORMAT, registry(total="0.00 RUB")) == []


def test_two_registries_in_one_file_are_refused(refusal: Refusal) -> None:
    assert "after the footer" in refusal(FORMAT, registry(row()) + registry(row())).message


def test_text_after_the_footer_is_text(parse: Parse) -> None:
    assert len(parse(FORMAT, registry(row()) + "По договору НЭК.1\n")) == 1


def test_a_registry_of_refunds_is_refused(refusal: Refusal) -> None:
    assert "refunds" in refusal(FORMAT, "РЕЕСТР ВОЗВРАТОВ\nИдентификатор возврата;Сумма возврата\n").message


@pytest.mark.parametrize(
    ("header", "says"), [("Номер;Сумма", "no header"), (HEADER.replace("Время платежа", "Когда"), "время платежа")]
)
def test_a_file_without_its_columns_is_refused(refusal: Refusal, header: str, says: str) -> None:
    refused = refusal(FORMAT, registry(row(), header=header))
    assert refused.reason == "missing_required_column"
    assert says in refused.message


def test_a_quote_that_never_closes_does_not_take_the_memory(refusal: Refusal) -> None:
    endless = registry(row(id='"p-1')) + "x" * RECORD_LIMIT
    assert refusal(FORMAT, endless).reason == "unparsable"


@pytest.mark.parametrize(("data", "reason"), [(b"", "empty_without_header"), (b"\xff\x98;", "undecodable")])
def test_what_is_no_text_is_refused(refusal: Refusal, data: bytes, reason: str) -> None:
    assert refusal(FORMAT, data).reason == reason
