"""Status and the exception list say what is published."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from dagster_app.queries import NothingPublishedError, WrongDateError, exceptions, status, to_json
from dagster_app.queries.money import amount, money, percent
from ingest.cli import main
from tests.dagster_app.published_fixture import AS_OF, FakeHome, World, empty_day, ordinary_day


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> FakeHome:
    return ordinary_day(tmp_path_factory.mktemp("home"))


def test_status(home: FakeHome) -> None:
    answer = status(home)
    assert answer.published_date == AS_OF
    assert [feed["feed"] for feed in answer.coverage if feed["is_late"]] == ["bank.lines"]
    assert answer.coverage[0]["missing_dates"] == [AS_OF - timedelta(days=1)]
    assert (answer.open_count, answer.snoozed_count, answer.overdue_count) == (5, 1, 2)
    assert [row["exception_code"] for row in answer.open_exceptions][-1] == "invoice_overdue"
    assert answer.open_amounts[0] == {"currency": "AMD", "amount": Decimal("1348800.00"), "open_count": 3}
    assert json.loads(to_json(answer))["published_date"] == "2026-11-20"


def test_exceptions_critical_and_greatest_first(home: FakeHome) -> None:
    rows = exceptions(home)
    assert [row["amount"] for row in rows] == [
        Decimal("1250300"),
        Decimal("98000"),
        Decimal("500"),
        None,
        Decimal("80"),
    ]
    assert rows[0]["title_ru"] == "Нет фискального чека"


def test_exceptions_filtered(home: FakeHome) -> None:
    assert [row["subject_id"] for row in exceptions(home, code="erp_amount_mismatch")] == ["PAY-1001"]
    assert [row["subject_id"] for row in exceptions(home, owner="Нарине Акопян")] == ["INV-77"]
    assert exceptions(home, date=AS_OF, code="nothing' or 1=1 --") == []
    assert [row["subject_id"] for row in exceptions(home, states=("snoozed",))] == ["PAY-9"]


def test_exceptions_of_an_owner_include_what_is_assigned_to_them(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.exception("receipt_missing", "payment", "P1", "r", owner="fiscal", assigned_to="anna")
    world.exception("receipt_missing", "payment", "P2", "r", owner="anna")
    world.exception("receipt_missing", "payment", "P3", "r", owner="fiscal")
    assert [row["subject_id"] for row in exceptions(world.close(), owner="anna")] == ["P1", "P2"]


def sverka(home: FakeHome, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["exceptions", *arguments], env={"SVERKA_HOME": str(home.path)})
    assert result.exit_code == 0
    return result.output


def test_the_list_shows_open_ones_and_says_how_many_are_snoozed(home: FakeHome) -> None:
    output = sverka(home)
    assert output.startswith("Open exceptions: 5")
    assert "Snoozed besides: 1" in output
    assert "2026-11-18" in output and "overdue" in output
    assert len(json.loads(sverka(home, "--json"))) == 5
    assert "Snoozed" not in sverka(home, "--owner", "fiscal")


def test_the_list_of_another_state(home: FakeHome) -> None:
    assert sverka(home, "--state", "snoozed").startswith("Snoozed exceptions: 1")
    assert "PAY-8" in sverka(home, "--state", "auto_closed")
    assert sverka(home, "--state", "resolved") == "No resolved exceptions.\n"
    everything = json.loads(sverka(home, "--state", "all", "--json"))
    assert [row["state"] for row in everything] == ["open"] * 5 + ["snoozed", "auto_closed"]
    assert {"title_en", "resolved_by", "due_at"} <= set(everything[0])


def test_a_date_that_is_not_published_is_refused_with_what_to_do(home: FakeHome) -> None:
    with pytest.raises(WrongDateError, match=r"sverka run --date 2026-11-21"):
        exceptions(home, date=AS_OF + timedelta(days=1))
    with pytest.raises(WrongDateError, match=r"2026-11-19.exceptions\.xlsx"):
        exceptions(home, date=AS_OF - timedelta(days=1))


def test_an_empty_day_and_no_day(tmp_path: Path) -> None:
    answer = status(empty_day(tmp_path / "empty"))
    assert answer.published_date == AS_OF and answer.open_exceptions == [] and answer.open_count == 0
    assert status(World(tmp_path / "nothing").close()).published_date is None
    with pytest.raises(NothingPublishedError, match="Nothing is published yet"):
        status(FakeHome(tmp_path / "missing"))


def test_readers_leave_the_file_as_it_was(home: FakeHome) -> None:
    before = home.published_database.read_bytes()
    status(home)
    assert home.published_database.read_bytes() == before


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12000", "12 000.00"), ("0", "0.00"), ("-1234.5", "−1 234.50"), ("0.1250", "0.125"), ("1E+6", "1 000 000.00")],
)
def test_amounts_read_well(value: str, expected: str) -> None:
    assert amount(Decimal(value)) == expected.replace(" ", "\u00a0")


def test_money_and_percent() -> None:
    assert money(Decimal("12000"), "AMD") == "12\u00a0000.00\u00a0AMD"
    assert money(Decimal("5"), "XXX") == "5.00" and money(None, "AMD") == ""
    assert percent(0.99999) == "99.99\u00a0%", "nearly all is not all"
    assert percent(1.0) == "100.00\u00a0%" and percent(None) == "–"


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, dagster_app.queries, dagster_app.report; print([m for m in sys.modules if '.' not in m])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"'duckdb'", "'jinja2'", "'xlsxwriter'", "'dagster'", "'dbt'"} & set(loaded.strip("[]\n").split(", "))
