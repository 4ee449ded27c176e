"""The generic table: finding the header, mapping values, refusing what could be read in two ways."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from ingest.contract import contracts
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row
from ingest.formats.table import parse
from ingest.formats.table_options import FILE_OPTIONS

ORDER: dict[str, Any] = {
    "order_id": "Заказ",
    "amount": "Сумма",
    "currency": {"value": "RUB"},
    "status": {"value": "paid"},
    "created_at": "Дата",
}
LINE: dict[str, Any] = {
    "bank_line_id": "Номер",
    "account": {"value": "A"},
    "booked_date": {"value": "2026-11-20"},
    "amount": "Сумма",
    "currency": {"value": "RUB"},
}

Read = Callable[..., list[Row | Reject]]


def read(
    data: str | bytes,
    columns: dict[str, Any] | None = None,
    contract: str = "website.orders",
    comma: bool = False,
    encoding: str | None = None,
    name: str = "file.csv",
    **options: Any,
) -> list[Row | Reject]:
    raw = data.encode() if isinstance(data, str) else data
    told = FormatOptions(
        name,
        encoding=encoding,
        contracts=(contract,),
        options={contract: {"columns": ORDER if columns is None else columns}} | options,
        decimal_comma=comma,
    )
    return list(parse(io.BytesIO(raw), told))


def refused(*args: Any, **kwargs: Any) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(*args, **kwargs)
    return caught.value


def values(item: Row | Reject) -> dict[str, str | None]:
    assert isinstance(item, Row), item
    return item.values


def amount(text: str, comma: bool = False, **spec: Any) -> str | None:
    """The canonical amount of one cell, or the reason of its reject."""
    columns = LINE | {"amount": {"column": "Сумма", **spec}}
    [item] = read(f"Номер;Сумма;Тип\n1;{text};x\n", columns, "bank.lines", comma)
    return item.reason if isinstance(item, Reject) else item.values["amount"]


# ---------- header


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_header_is_found_below_any_preamble_with_any_delimiter(delimiter: str) -> None:
    rows = "Отчёт, сделан; вчера\n\nсумма|и прочее\nДАТА;Сумма;заказ \n2026-11-20;10.00;7\n"
    [item] = read(rows.replace(";", delimiter))
    assert values(item)["order_id"] == "7"


def test_missing_column_is_named_with_the_row_that_came_closest() -> None:
    refusal = refused("Отчёт\nЗаказ;Итог;Дата\n1;2;3\n")
    assert refusal.reason == "missing_required_column"
    assert "row 2" in refusal.message and "сумма" in refusal.message


def test_name_that_stands_twice_must_be_numbered() -> None:
    data = "Заказ;Сумма;Сумма;Дата\n1;10;20;2026-11-20\n"
    assert "Сумма#1".casefold() in refused(data).message
    [item] = read(data, ORDER | {"amount": "Сумма#2"})
    assert values(item)["amount"] == "20.00" or values(item)["amount"] == "20"


def test_columns_by_number_without_header() -> None:
    columns = ORDER | {"order_id": 1, "amount": 3, "created_at": 2}
    [item] = read("7;2026-11-20;5.00\n", columns, header=False)
    assert (values(item)["order_id"], values(item)["amount"]) == ("7", "5.00")


def test_header_alone_is_an_empty_extract() -> None:
    assert read("Заказ;Сумма;Дата\n") == []
    assert refused(" \n\n").reason == "empty_without_header"
    assert refused("").reason == "empty_without_header"


def test_row_with_too_many_or_too_few_cells_is_rejected() -> None:
    items = read("Заказ;Сумма;Дата;\n1;1.00;2026-11-20;;;\n2;2.00;2026-11-20;x\n3;3.00\n")
    assert [item.reason if isinstance(item, Reject) else "row" for item in items] == [
        "row",
        "wrong_column_count",
        "wrong_column_count",
    ]


# ---------- which rows


def test_skip_end_and_where() -> None:
    data = (
        "Заказ;Сумма;Дата;Тип\n1;1;2026-11-20;Продажа\n2;2;2026-11-20;тест 5\n;;;\nВсего;3;;\n9;9;2026-11-20;Продажа\n"
    )
    items = read(data, skip={"Тип": ["Тест*"]}, end="Всего*")
    assert [values(item)["order_id"] for item in items] == ["1"]
    options = {"columns": ORDER, "where": [{"Тип": "Продажа"}, {"Заказ": "Всего"}]}
    told = FormatOptions("file", contracts=("website.orders",), options={"website.orders": options})
    found = list(parse(io.BytesIO(data.encode()), told))
    assert [type(item).__name__ for item in found] == ["Row", "Reject", "Reject", "Row"]


def test_row_that_no_contract_claims_is_rejected_not_lost() -> None:
    data = "Заказ;Сумма;Дата;Тип\n1;1;2026-11-20;Чарджбек\n"
    options = {"website.orders": {"columns": ORDER, "where": {"Тип": "Продажа"}}}
    told = FormatOptions("file", contracts=("website.orders",), options=options)
    [item] = parse(io.BytesIO(data.encode()), told)
    assert item == Reject("website.orders", 1, "тип", "Чарджбек", "unknown_enum_value")


def test_value_only_where_a_condition_holds() -> None:
    columns = ORDER | {"customer_id": {"column": "Клиент", "where": {"Тип": "юр*"}}}
    items = read("Заказ;Сумма;Дата;Тип;Клиент\n1;1;2026-11-20;юр. лицо;A\n2;1;2026-11-20;физ. лицо;B\n", columns)
    assert [values(item)["customer_id"] for item in items] == ["A", None]


# ---------- amounts


@pytest.mark.parametrize(
    ("text", "comma", "expected"),
    [
        ("1234.5", False, "1234.5"),
        ("1 234,50", True, "1234.50"),
        ("1\u00a0234\u00a0567,50", True, "1234567.50"),
        ("1.234,50", True, "1234.50"),
        ("1,234.50", False, "1234.50"),
        ("1'234.50", False, "1234.50"),
        ("−5,00", True, "-5.00"),
        ("+5,00", True, "5.00"),
        ("1.234", True, "bad_decimal"),
        ("10.00", True, "bad_decimal"),
        ("1,234", False, "bad_decimal"),
        ("10,00", False, "bad_decimal"),
        ("12 34,00", True, "bad_decimal"),
        ("1 23", True, "bad_decimal"),
        ("1e400", False, "bad_decimal"),
        ("NaN", False, "bad_decimal"),
        ("10 руб.", False, "bad_decimal"),
        ("(5.00)", False, "bad_decimal"),
        ("-", False, "bad_decimal"),
        ("", False, "missing_required"),
    ],
)
def test_amount_is_read_exactly_or_not_at_all(text: str, comma: bool, expected: str) -> None:
    assert amount(text, comma) == expected


def test_amount_of_a_column_with_its_own_point() -> None:
    assert amount("10.00", comma=True, decimal_comma=False) == "10.00"


def test_minor_units_follow_the_currency_of_the_row() -> None:
    columns = LINE | {"amount": {"column": "Сумма", "minor_units": True}, "currency": "Валюта"}
    data = "Номер;Сумма;Валюта\n1;150050;RUB\n2;1500;JPY\n3;1500;KWD\n4;1500;???\n"
    items = read(data, columns, "bank.lines")
    assert [item.reason if isinstance(item, Reject) else item.values["amount"] for item in items] == [
        "1500.50",
        "1500",
        "1.50",
        "missing_required",
    ]


def test_sign_by_another_column_and_reversed() -> None:
    assert amount("5.00", negative_when={"Тип": "x"}) == "-5.00"
    assert amount("5.00", negative_when={"Тип": "y"}) == "5.00"
    assert amount("-5.00", negative_when={"Тип": "x"}) == "out_of_range"
    assert amount("-5.00", reversed=True) == "5.00"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("5;", "5"),
        (";5", "-5"),
        ("0;5", "-5"),
        ("5;5", "out_of_range"),
        (";-5", "out_of_range"),
        (";", "missing_required"),
        ("0;0", "0"),
    ],
)
def test_debit_and_credit_columns(cells: str, expected: str) -> None:
    columns = LINE | {"amount": {"money_in": "Кредит", "money_out": "Дебет"}}
    [item] = read(f"Номер;Кредит;Дебет\n1;{cells}\n", columns, "bank.lines")
    found = item.reason if isinstance(item, Reject) else str(item.values["amount"]).removesuffix(".00")
    assert found == expected


# ---------- words, dates, ids


def test_spellings_are_mapped_without_case_and_an_unknown_one_is_rejected() -> None:
    spec = {"column": "Статус", "values": {"Оплачен": "paid", "": "new"}}
    data = (
        "Заказ;Сумма;Дата;Статус\n1;1;2026-11-20;ОПЛАЧЕН\n2;1;2026-11-20;\n3;1;2026-11-20;Completed\n4;1;2026-11-20;?\n"
    )
    items = read(data, ORDER | {"status": spec})
    assert [item.reason if isinstance(item, Reject) else item.values["status"] for item in items] == [
        "paid",
        "new",
        "completed",
        "unknown_enum_value",
    ]


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("20.11.2026 10:05", "%d.%m.%Y %H:%M", "2026-11-20T10:05:00"),
        ("11/20/26", ["%d.%m.%Y", "%m/%d/%y"], "2026-11-20T00:00:00"),
        ("2026-11-20T10:00:00+0300", "%Y-%m-%dT%H:%M:%S%z", "2026-11-20T10:00:00+03:00"),
        ("30.02.2026 10:05", "%d.%m.%Y %H:%M", "bad_timestamp"),
        ("2026-11-20", "%d.%m.%Y", "bad_timestamp"),
        ("45981", "%d.%m.%Y", "bad_timestamp"),
    ],
)
def test_dates_fit_their_format_or_are_rejected(text: str, form: Any, expected: str) -> None:
    [item] = read(f"Заказ;Сумма;Дата\n1;1;{text}\n", ORDER | {"created_at": {"column": "Дата", "format": form}})
    assert (item.reason if isinstance(item, Reject) else item.values["created_at"]) == expected


def test_two_equal_lines_are_two_payments() -> None:
    columns = LINE | {"bank_line_id": {"id_of": ["Дата", "Сумма"]}}
    items = read("Дата;Сумма\n20.11;5\n20.11;5\n;\n", columns, "bank.lines")
    assert [values(item)["bank_line_id"] for item in items] == ["20.11|5|1", "20.11|5|2"]


# ---------- totals


DATA = "Заказ;Сумма;Дата\n1;1 000,50;2026-11-20\n2;2,00;2026-11-20\n"
SUM = [{"row": "Итого*", "sum": "Сумма"}]


@pytest.mark.parametrize(
    "footer",
    ["Итого;1002,50;\n", "Итого: 1 002,50 RUB;;\n", ";;\nИтого;;1002,50\n"],
)
def test_total_in_its_column_or_in_words(footer: str) -> None:
    assert len(read(DATA + footer, comma=True, totals=SUM)) == 2


@pytest.mark.parametrize(
    ("footer", "words"),
    [
        ("Итого;1002,51;\n", "states 1002.51"),
        ("", "has no row 'Итого*'"),
        ("Итого за 2026: 1002,50;;\n", "states 2 numbers"),
        ("Итого;1002,50;\nИтого;1002,50;\n", "second time"),
    ],
)
def test_total_that_does_not_agree_refuses_the_file(footer: str, words: str) -> None:
    refusal = refused(DATA + footer, comma=True, totals=SUM)
    assert refusal.reason == "control_total_mismatch"
    assert words in refusal.message


def test_count_of_rows_above_or_below() -> None:
    counted = [{"row": "Операций*", "count": True}]
    assert len(read("Операций: 2\n" + DATA, comma=True, totals=counted)) == 2
    assert refused(DATA + "Операций: 3;;\n", comma=True, totals=counted).reason == "control_total_mismatch"
    named = [{"row": "Итого*", "count": "Заказ"}, *SUM]
    assert len(read("Вид;" + DATA.replace("\n", "\nx;", 2) + "Итого;2;1002,50;\n", comma=True, totals=named)) == 2


def test_total_of_some_of_the_rows() -> None:
    data = "Заказ;Сумма;Дата;Тип\n1;5;2026-11-20;A\n2;7;2026-11-20;B\nСумма A: 5;;;\nЧисло B: 1;;;\n"
    totals = [
        {"row": "Сумма A*", "sum": "Сумма", "where": {"Тип": "A"}},
        {"row": "Число B*", "count": True, "where": {"Тип": "B"}},
    ]
    assert len(read(data, totals=totals)) == 2
    assert (
        "states 5, but the rows give 7"
        in refused(data, totals=[totals[0] | {"where": {"Тип": "B"}}, totals[1]]).message
    )


def test_total_is_checked_after_the_end_and_counts_rejected_rows() -> None:
    data = DATA.replace("2026-11-20\n2", "нет\n2") + "Конец\nИтого;1002,50;\n"
    columns = ORDER | {"created_at": {"column": "Дата", "format": "%Y-%m-%d"}}
    items = read(data, columns, comma=True, totals=SUM, end="Конец")
    assert [type(item).__name__ for item in items] == ["Reject", "Row"]


def test_garbled_amount_is_rejected_and_leaves_the_total_unproven() -> None:
    items = read(DATA.replace("2,00", "2,oo") + "Итого;1002,50;\n", comma=True, totals=SUM)
    assert [type(item).__name__ for item in items] == ["Row", "Reject"]


# ---------- files


def sheet(*rows: list[Any], name: str = "Лист1") -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd.mm.yyyy"})
    page = book.add_worksheet(name)
    for place, row in enumerate(rows):
        page.write_row(place, 0, row)
    book.close()
    return buffer.getvalue()


def test_long_number_in_a_sheet_lost_its_digits_and_is_rejected() -> None:
    header = ["Заказ", "Сумма", "Дата"]
    items = read(sheet(header, [40702810500000004242, 1.1, "2026-11-20"], [12345, 1.1, "2026-11-20"]))
    assert isinstance(items[0], Reject) and items[0].reason == "out_of_range"
    assert (values(items[1])["order_id"], values(items[1])["amount"]) == ("12345", "1.1")


def test_long_number_in_json_keeps_its_digits() -> None:
    [item] = read('{"Заказ": 40702810500000004242, "Сумма": 1.1, "Дата": "2026-11-20"}')
    assert values(item)["order_id"] == "40702810500000004242"


def test_sheet_by_name_or_number_and_unknown_one() -> None:
    data = sheet(["Заказ", "Сумма", "Дата"], ["1", 5, "2026-11-20"])
    assert len(read(data, sheet="ЛИСТ1")) == len(read(data, sheet=1)) == 1
    assert "нет" in refused(data, sheet="нет").message
    assert refused(data, sheet=2).reason == "unparsable"


def test_web_page_called_xls_is_named_so() -> None:
    assert "web page" in refused("<html><table><tr><td>Заказ</td></tr></table></html>", name="file.xls").message


def test_one_endless_line_is_refused() -> None:
    assert refused("Заказ;Сумма;Дата\n" + "x" * (3 << 20)).reason == "unparsable"
    assert refused('Заказ;Сумма;Дата\n1;"' + "x\n" * (2 << 20)).reason == "unparsable"


def test_encodings_and_their_wrong_declarations() -> None:
    text = "Заказ;Сумма;Дата\n№ 1;5;2026-11-20\n"
    utf8 = read(text)
    assert read(text.encode("cp1251"), encoding="cp1251") == utf8 == read(b"\xef\xbb\xbf" + text.encode())
    assert read(text.encode("utf-16"), encoding="utf-16") == utf8
    assert refused(text.encode("cp1251")).reason == "undecodable"
    wrong = refused(text, {**ORDER, "order_id": 1, "amount": 2, "created_at": 3}, encoding="cp1251", header=False)
    assert wrong.reason == "undecodable"
    assert refused(text.encode("utf-16")).reason == "undecodable"


def test_json_array_ndjson_and_csv_give_equal_rows() -> None:
    one, two = (
        '{"Заказ": "1", "Сумма": 10.50, "Дата": "2026-11-20"}',
        '{"Заказ": 2, "Сумма": "3", "Дата": "2026-11-20"}',
    )
    lines = read(f"{one}\n\n{two}\n", name="a.ndjson")
    assert lines == read(f"[{one}, {two}]", name="a.json")
    assert lines == read("Заказ;Сумма;Дата\n1;10.50;2026-11-20\n2;3;2026-11-20\n")
    assert read("[]", name="a.json") == []
    assert "line 2" in refused(f"{one}\n{{", name="a.ndjson").message
    assert "NaN" in refused('{"Заказ": NaN}\n').message


# ---------- contracts


@pytest.mark.parametrize("name", sorted(contracts()))
def test_every_contract_can_be_mapped(name: str) -> None:
    columns = {
        column.name: {"value": column.values[0]} if column.values else column.name
        for column in contracts()[name].columns
    }
    header = [column for column, spec in columns.items() if isinstance(spec, str)]
    cells = {"amount": "1", "boolean": "1", "integer": "1", "currency": "RUB", "date": "2026-11-20"}
    row = [cells.get(contracts()[name].column(column).type, "2026-11-20") for column in header]
    [item] = read(";".join(header) + "\n" + ";".join(row) + "\n", columns, name)
    assert set(values(item)) == set(columns)
    assert not set(contracts()) & set(FILE_OPTIONS)
