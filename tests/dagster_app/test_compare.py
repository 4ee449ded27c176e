"""`sverka compare`: every kind of difference, none that is not there, and which databases names stand for."""

import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from dagster_app.queries.compare import compare
from ingest.cli import main
from tests.dagster_app.published_fixture import AS_OF, World, ordinary_day


def world(path: Path) -> World:
    """What both sides have."""
    made = World(path)
    made.exception("receipt_missing", "payment", "P-same", "r", amount=Decimal("1"))
    made.mart("fct_payment_reconciliation", payment_key="P-same", match_status="matched", currency="AMD")
    made.mart("fct_customer_balances", customer_id="C-same", currency="AMD", debt_amount=Decimal("5"))
    made.mart("fct_invoice_balances", invoice_id="I-same", currency="AMD", balance_amount=Decimal("5"))
    return made


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    a, b = world(tmp_path / "a"), world(tmp_path / "b")
    for side, amount, reason, state in ((a, "10", "ten", "open"), (b, "11", "eleven", "open")):
        side.exception("erp_amount_mismatch", "payment", "P-changed", reason, amount=Decimal(amount), state=state)
    a.exception("erp_amount_mismatch", "payment", "P-lost", "lost", amount=Decimal("7"), currency="USD")
    a.exception("erp_amount_mismatch", "payment", "P-closed", "closed")
    b.exception("erp_amount_mismatch", "payment", "P-closed", "closed", state="auto_closed")
    a.exception("erp_amount_mismatch", "payment", "P-woken", "woken", state="snoozed")
    b.exception("erp_amount_mismatch", "payment", "P-woken", "woken")
    b.exception("erp_amount_mismatch", "payment", "P-gained", "gained", amount=Decimal("3"))
    b.exception("erp_amount_mismatch", "payment", "P-old", "never open here", state="auto_closed")
    for key, before, after in (("P-1", "pending", "matched"), ("P-2", "pending", "matched"), ("P-3", None, "missing")):
        a.mart("fct_payment_reconciliation", payment_key=key, match_status=before)
        b.mart("fct_payment_reconciliation", payment_key=key, match_status=after)
    b.mart("fct_payment_reconciliation", payment_key="P-new", match_status="matched", erp_amount=Decimal("4"))
    amounts = {"debt_amount": Decimal("100"), "overpayment_amount": Decimal(0), "unapplied_amount": None}
    a.mart("fct_customer_balances", customer_id="C-1", currency="AMD", **amounts)
    b.mart("fct_customer_balances", customer_id="C-1", currency="AMD", **amounts | {"debt_amount": Decimal("40")})
    a.mart("fct_invoice_balances", invoice_id="I-1", currency="AMD", balance_status="open", debt_amount=Decimal("100"))
    b.mart("fct_invoice_balances", invoice_id="I-1", currency="AMD", balance_status="closed", debt_amount=Decimal("0"))
    return a.close().published_database, b.close().published_database


def sverka(home: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env={"SVERKA_HOME": str(home)})


def ids(rows: list[dict[str, object]]) -> list[object]:
    return [row["subject_id"] for row in rows]


def test_every_kind_of_difference(pair: tuple[Path, Path]) -> None:
    found = compare(*pair)
    assert not found.is_equal
    assert ids(found.gained) == ["P-gained", "P-woken"]
    assert ids(found.lost) == ["P-lost", "P-closed"]
    assert [row["state_after"] for row in found.lost] == ["absent", "auto_closed"]
    assert ids(found.changed) == ["P-changed", "P-old"]
    assert (found.changed[0]["amount_before"], found.changed[0]["amount_after"]) == (Decimal("10"), Decimal("11"))
    assert {(row["status_before"], row["status_after"], row["payments"]) for row in found.payment_counts} == {
        ("pending", "matched", 2),
        ("absent", "matched", 1),
        ("absent", "missing", 1),
    }
    [customer] = found.customers
    assert (customer["customer_id"], customer["debt_amount_before"], customer["debt_amount_after"]) == (
        "C-1",
        Decimal("100"),
        Decimal("40"),
    )
    [invoice] = found.invoices
    assert (invoice["balance_status_before"], invoice["balance_status_after"]) == ("open", "closed")


def test_the_other_way_round_is_the_reverse(pair: tuple[Path, Path]) -> None:
    forth, back = compare(*pair), compare(*reversed(pair))
    assert ids(back.gained) == ids(forth.lost)
    assert ids(back.lost) == ids(forth.gained)
    assert len(back.payments) == len(forth.payments)


def test_tables_have_totals_and_json_has_everything(pair: tuple[Path, Path], tmp_path: Path) -> None:
    result = sverka(tmp_path, "compare", *pair)
    assert result.exit_code == 0, result.output
    for words in (
        "Exceptions gained (open in B, not in A): 2",
        "P-gained",
        "Customer balances that differ: 1",
        "-60.00",
    ):
        assert words in result.output
    answer = json.loads(sverka(tmp_path, "compare", *pair, "--json").stdout)
    assert (answer["is_equal"], answer["same_date"], answer["a"]["as_of"]) == (False, True, str(AS_OF))
    assert answer["customers"][0]["debt_amount_after"] == "40.0000"
    assert len(answer["payments"]) == 4


def test_nothing_differs_says_so_though_the_dates_do(tmp_path: Path) -> None:
    home = ordinary_day(tmp_path / "a")
    later = tmp_path / "later.duckdb"
    shutil.copy(home.published_database, later)
    with duckdb.connect(str(later)) as connection:
        for mart in ("fct_exceptions", "fct_payment_reconciliation", "fct_source_coverage"):
            connection.execute(f"update marts.{mart} set as_of_date = as_of_date + 1").fetchall()
    found = compare(home.published_database, later)
    assert found.is_equal
    assert found.b.as_of == AS_OF + timedelta(days=1)
    result = sverka(home.path, "compare", "published", later)
    assert "Nothing differs" in result.output
    assert "different dates" in result.output


def test_long_lists_are_cut_and_say_by_how_much(tmp_path: Path) -> None:
    a, b = World(tmp_path / "a"), World(tmp_path / "b")
    for number in range(25):
        b.exception("receipt_missing", "payment", f"P-{number:02}", "r", amount=Decimal(number))
    paths = [side.close().published_database for side in (a, b)]
    assert "… and 5 more; --json has them all" in sverka(tmp_path, "compare", *paths).output
    assert len(json.loads(sverka(tmp_path, "compare", *paths, "--json").stdout)["gained"]) == 25


def test_a_mart_that_one_side_does_not_have_is_named(pair: tuple[Path, Path]) -> None:
    with duckdb.connect(str(pair[0])) as connection:
        connection.execute("drop table marts.fct_customer_balances").fetchall()
    found = compare(*pair)
    assert (found.not_compared, found.customers) == (["fct_customer_balances"], [])


def test_names_of_databases(pair: tuple[Path, Path], tmp_path: Path) -> None:
    home = pair[0].parents[1]
    (home / "replays").mkdir()
    shutil.copy(pair[1], home / "replays" / "2026-11-19.duckdb")
    assert "P-gained" in sverka(home, "compare", "published", "2026-11-19").output
    for words, message in (
        (("published", "2026-11-18"), "sverka replay --as-of 2026-11-18"),
        (("published", "nowhere.duckdb"), "neither a file"),
        (("published", "published"), "same file"),
        (("published", str(tmp_path / "text")), "cannot be opened"),
    ):
        (tmp_path / "text").write_text("no database", encoding="utf-8")
        result = sverka(home, "compare", *words)
        assert (result.exit_code, message in result.output) == (2, True), result.output
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    assert "is no published database" in sverka(home, "compare", "published", empty).output
    nothing = sverka(tmp_path / "nothing", "compare", "published", "published")
    assert (nothing.exit_code, "nothing is published yet" in nothing.output) == (2, True)
