"""The customer's statement: opening + events = closing, in every currency, and the same in the files."""

import json
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from dagster_app.errors import BadRequestError
from dagster_app.queries.statement import Statement, statement
from dagster_app.report.statement import file_name
from ingest.cli import main
from tests.dagster_app.published_fixture import AS_OF, FakeHome, World, empty_day

FIRST, LAST = date(2026, 11, 10), date(2026, 11, 19)


def event(world: World, day: int, amount: str, kind: str = "payment", currency: str = "AMD", **values: object) -> None:
    fixed = {
        "ledger_event_id": f"{day}-{kind}-{amount}",
        "invoice_id": "INV-1",
        "customer_id": "C-1",
        "currency": currency,
        "event_kind": kind,
        "event_at": datetime(2026, 11, day, 8),
        "business_date": date(2026, 11, day),
        "amount": Decimal(amount),
        "document_id": f"provider.payments:p:{day}",
        "reason": "r",
    }
    world.mart("fct_invoice_ledger", **(fixed | values))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("told"))
    world.mart("fct_source_coverage", feed="f")
    for number in (1, 2, 3):
        world.mart("dim_customers", customer_id=f"C-{number}", name=f"ООО «Ромашка {number}»", tax_id="0123")
    world.mart("fct_invoice_balances", invoice_id="INV-1", customer_id="C-1", currency="AMD")
    event(world, 5, "1000", "issued")
    event(world, 9, "-300")
    event(world, 10, "-200", reason="=cmd(); card 4111 1111 1111 1111")
    event(world, 19, "-500", event_at=datetime(2026, 11, 19, 9))
    event(world, 19, "-50.0001", "overpayment", event_at=datetime(2026, 11, 19, 9))
    event(world, 20, "70", "refund")
    event(world, 12, "40", "issued", "USD", invoice_id="INV-2")
    event(world, 12, "999", "issued", customer_id="C-2", invoice_id="INV-3")
    # Paid at 21:00 UTC of the 9th: the 10th in Yerevan.
    unapplied = {"customer_id": "C-1", "currency": "AMD", "unapplied_reason": "no_invoice_or_order"}
    world.mart("fct_unapplied_payments", document_id="provider.payments:p:u", amount=Decimal("25"),
               paid_at=datetime(2026, 11, 9, 21), **unapplied)  # fmt: skip
    adjustment = {"posted": True, "kind": "correction", "currency": "AMD", "created_at": datetime(2026, 11, 11)}
    world.record("erp.adjustments", "erp", adjustment_id="a-1", customer_id="C-1", amount=Decimal("5"), **adjustment)
    world.record("erp.adjustments", "erp", adjustment_id="a-2", invoice_id="INV-1", amount=Decimal("3"),
                 **adjustment | {"currency": "EUR"})  # fmt: skip
    world.record("erp.adjustments", "erp", adjustment_id="a-3", customer_id="C-1", amount=Decimal("7"),
                 **adjustment | {"posted": False})  # fmt: skip
    world.record("erp.adjustments", "erp", adjustment_id="a-4", invoice_id="INV-1", amount=Decimal("10"), **adjustment)
    event(world, 11, "10", "adjustment", document_id="erp.adjustments:erp:a-4")
    return world.close().path


@pytest.fixture
def home(told: Path, tmp_path: Path) -> FakeHome:
    return FakeHome(shutil.copytree(told, tmp_path / "home"))


def sverka(home: FakeHome, *arguments: str, customer: str = "C-1") -> Result:
    period = ("--from", str(FIRST), "--to", str(LAST))
    call = ("statement", "--customer", customer, *period, *arguments)
    return CliRunner().invoke(main, call, env={"SVERKA_HOME": str(home.path)})


def check_identity(found: Statement) -> None:
    for account in found.accounts:
        sums = sum((line["amount"] for line in account.lines), Decimal(0))
        assert account.opening_balance + sums == account.closing_balance
        assert account.opening_balance + account.debit_turnover - account.credit_turnover == account.closing_balance
        running = account.opening_balance
        for line in account.lines:
            running += line["amount"]
            assert (line["debit"] or 0) - (line["credit"] or 0) == line["amount"]
            assert line["balance_after"] == running


def test_opening_events_closing(home: FakeHome) -> None:
    found = statement(home, "C-1", FIRST, LAST)
    check_identity(found)
    accounts = {account.currency: account for account in found.accounts}
    assert list(accounts) == ["AMD", "EUR", "USD"]
    amd = accounts["AMD"]
    assert (amd.opening_balance, amd.closing_balance) == (Decimal("700"), Decimal("-60.0001"))
    assert [line["event_kind"] for line in amd.lines] == [
        "unapplied_payment",
        "payment",
        "adjustment",
        "adjustment",
        "payment",
        "overpayment",
    ]
    assert accounts["EUR"].closing_balance == Decimal("3"), "an adjustment in another currency than its invoice's"
    assert (accounts["USD"].opening_balance, accounts["USD"].debit_turnover) == (Decimal(0), Decimal("40"))


def test_what_ends_one_period_begins_the_next(home: FakeHome) -> None:
    early = statement(home, "C-1", date(2026, 11, 1), date(2026, 11, 9))
    late = statement(home, "C-1", FIRST, AS_OF)
    assert {a.currency: a.closing_balance for a in early.accounts} == {"AMD": Decimal("700")}
    assert {a.currency: a.opening_balance for a in late.accounts}["AMD"] == Decimal("700")
    assert {a.currency: a.closing_balance for a in late.accounts}["AMD"] == Decimal("9.9999")


amounts = st.decimals(min_value=-1000, max_value=1000, places=4)


@settings(max_examples=8)
@given(
    events=st.lists(st.tuples(st.integers(1, 20), amounts, st.sampled_from(["AMD", "USD"])), min_size=1, max_size=12)
)
def test_the_identity_holds_whatever_happened(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, Decimal, str]]
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    world.mart("fct_source_coverage", feed="f")
    world.mart("dim_customers", customer_id="C-1")
    for number, (day, amount, currency) in enumerate(events):
        event(world, day, str(amount), "payment", currency, document_id=str(number))
    check_identity(statement(world.close(), "C-1", FIRST, LAST))


def test_the_workbook_has_real_numbers_and_no_formula(home: FakeHome) -> None:
    result = sverka(home)
    assert result.exit_code == 0, result.output
    path = home.reports / "statements" / f"C-1-{FIRST}-{LAST}.xlsx"
    assert str(path) in result.output.replace("\n", "")
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["Акт сверки", "AMD", "EUR", "USD"]
    rows = book.get_sheet_by_name("AMD").to_python()
    assert rows[0][0] == "Дата · Date"
    assert (rows[1][1], rows[1][6]) == ("Сальдо начальное · Opening balance", 700.0)
    assert (rows[-1][1], rows[-1][6]) == ("Сальдо конечное · Closing balance", -60.0001)
    assert rows[3][0] == date(2026, 11, 10)
    reasons = [row[7] for row in rows]
    assert "'=cmd(); card 411111******1111" in reasons
    summary = book.get_sheet_by_name("Акт сверки").to_python()
    assert ["Клиент · Customer", "ООО «Ромашка 1» · C-1", "", ""] in summary


def test_the_page_escapes_and_masks(home: FakeHome, tmp_path: Path) -> None:
    out = tmp_path / "act.html"
    result = sverka(home, "--format", "html", "--out", str(out), "--json")
    html = out.read_text(encoding="utf-8")
    for words in ("Акт сверки взаимных расчётов", "Statement of account", "Задолженность перед клиентом", "ИНН 0123"):
        assert words in html
    assert "411111******1111" in html
    assert "4111 1111" not in html
    assert "<script" not in html
    answer = json.loads(result.stdout)
    assert answer["file"] == str(out)
    assert answer["accounts"][0]["closing_balance"] == "-60.0001"


def test_a_customer_without_events(home: FakeHome) -> None:
    assert statement(home, "C-3", FIRST, LAST).accounts == []
    assert "Nothing happened." in sverka(home, customer="C-3").output


@pytest.mark.parametrize("wanted", ["C-9", "ромашка", "c-1"])
def test_an_unknown_customer_is_refused_with_a_hint(home: FakeHome, wanted: str) -> None:
    result = sverka(home, customer=wanted)
    assert result.exit_code == 2
    assert f"there is no customer {wanted!r}" in result.output
    assert wanted == "C-9" or "did you mean C-1 (ООО «Ромашка 1»)" in result.output.replace("\n", " ")
    assert not home.reports.exists()


def test_periods_that_make_no_sense_are_refused(home: FakeHome, tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="before it begins"):
        statement(home, "C-1", LAST, FIRST)
    with pytest.raises(BadRequestError, match="is not published yet"):
        statement(home, "C-1", FIRST, date(2026, 11, 21))
    with pytest.raises(BadRequestError, match="there is no customer"):
        statement(empty_day(tmp_path / "empty"), "C-1", FIRST, LAST)


def test_a_file_name_stays_in_its_folder() -> None:
    found = Statement("../../etc/пароли: 1", None, None, FIRST, LAST, AS_OF, "Asia/Yerevan")
    assert file_name(found, "xlsx") == "_etc_пароли_1-2026-11-10-2026-11-19.xlsx"
