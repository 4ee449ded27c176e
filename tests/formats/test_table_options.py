"""The options of the format ``table``: a wrong one is named with its place, and any contract can be mapped."""

from pathlib import Path
from typing import Any

import pytest

from ingest.configuration import ConfigurationError
from ingest.formats.base import OptionFault
from ingest.formats.table import check_options
from ingest.settings import Home, feeds

ORDER: dict[str, Any] = {
    "order_id": "Заказ",
    "amount": "Сумма",
    "currency": {"value": "RUB"},
    "status": {"value": "paid"},
    "created_at": "Дата",
}


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({}, "options: website.orders has no section"),
        ({"website.orders": {}}, "options.website.orders: "),
        ({"website.orders": {"columns": {"order_id": "x"}}}, "options.website.orders.columns: website.orders requires"),
        ({"website.orders": {"columns": ORDER | {"total": "x"}}}, "options.website.orders.columns.total: is unknown"),
        ({"website.orders": {"columns": ORDER, "when": {}}}, "options.website.orders.when: is unknown"),
        ({"website.orders": {"columns": ORDER}, "crm.deals": {}}, "options.crm.deals: "),
        ({"website.orders": {"columns": ORDER}, "sheet": 0}, "options.sheet: "),
        ({"website.orders": {"columns": ORDER}, "header": 5}, "options.header: "),
        ({"website.orders": {"columns": ORDER}, "header": False}, "options.header: "),
        ({"website.orders": {"columns": ORDER}, "skip": "x"}, "options.skip: "),
        ({"website.orders": {"columns": ORDER}, "skip": {"A": True}}, "options.skip: True is read by YAML"),
        ({"website.orders": {"columns": ORDER}, "totals": [{"row": "x"}]}, "options.totals.0: "),
        (
            {"website.orders": {"columns": ORDER}, "totals": [{"row": "x", "sum": "a", "where": 1}]},
            "options.totals.0.where: ",
        ),
    ],
)
def test_wrong_option_is_named(options: dict[str, Any], path: str) -> None:
    with pytest.raises(OptionFault, match="^" + path.replace(".", r"\.")):
        check_options(("website.orders",), options)


@pytest.mark.parametrize(
    ("column", "spec", "path"),
    [
        ("amount", {"values": {}}, "amount: needs one of"),
        ("amount", {"column": "a", "value": "b"}, "amount: needs one of"),
        ("amount", {"money_in": "a"}, "amount: needs both"),
        ("amount", {"column": "a", "format": "%d.%m.%Y"}, r"amount\.format: is not for"),
        ("amount", {"column": "a", "reversed": "yes"}, r"amount\.reversed: must be true or false"),
        ("order_id", {"column": "a", "reversed": True}, r"order_id\.reversed: is not for"),
        ("order_id", {"column": []}, r"order_id\.column: "),
        ("created_at", {"column": "a", "format": "dd.mm.yyyy"}, r"created_at\.format: 'dd.mm.yyyy' is no date format"),
        ("created_at", {"column": "a", "format": "%d.%m %H:%M"}, r"created_at\.format: .* has no year"),
        ("created_at", {"column": "a", "format": "%d.%m.%Y %Q"}, r"created_at\.format: "),
        ("status", {"value": "Оплачен"}, r"status\.value: 'Оплачен' is no status"),
        ("status", {"column": "a", "values": {"да": "yes!"}}, r"status\.values\.да: 'yes!' is no status"),
        ("status", {"column": "a", "values": {True: "paid"}}, r"status\.values: True is read by YAML"),
        ("status", {"column": "a", "values": {"A": "paid", "a ": "new"}}, r"status\.values: 'a ' is there twice"),
        ("currency", {"value": "RUB", "values": {"a": "RUB"}}, "currency: a `value` is"),
        ("currency", {"value": "rouble"}, r"currency\.value: 'rouble' is no currency"),
        ("currency", {"column": "a", "values": {"р.": "RUBL"}}, r"currency\.values\.р\.: 'RUBL' is no currency"),
        ("currency", 1.5, r"currency\.column: must name"),
    ],
)
def test_wrong_column_is_named(column: str, spec: Any, path: str) -> None:
    with pytest.raises(OptionFault, match=r"^options\.website\.orders\.columns\." + path):
        check_options(("website.orders",), {"website.orders": {"columns": ORDER | {column: spec}}})


def test_configuration_points_at_the_line_of_a_wrong_option(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.config_file.write_text(
        "feeds:\n"
        "  - name: shop\n"
        "    format: table\n"
        "    contracts: [website.orders]\n"
        "    options:\n"
        "      website.orders:\n"
        "        columns:\n"
        "          order_id: Заказ\n"
        "          amount: Сумма\n"
        "          currency: {value: RUB}\n"
        "          created_at: Дата\n"
        "          status:\n"
        "            column: Статус\n"
        "            values: {Да: payd}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError, match=r"line 14: options.website.orders.columns.status.values.Да: 'payd'"):
        feeds(home)


def test_configuration_of_a_table_needs_contracts_and_options(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.config_file.write_text("feeds:\n  - {name: shop, format: table}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="needs `contracts`"):
        feeds(home)
    home.config_file.write_text("feeds:\n  - {name: shop, format: table, contracts: [crm.deals]}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"crm\.deals has no section"):
        feeds(home)
