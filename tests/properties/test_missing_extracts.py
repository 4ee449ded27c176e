"""A late source says that it is late, once per extract, and raises nothing else (matching.md, Coverage).

The business is the demonstration's without faults: whatever is found beside the missing extracts is a false alarm.
"""

import shutil
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest.contract import contracts
from ingest.demo import write_world
from ingest.waiver import waive
from tests.properties.cases import Warehouse

DAYS = 9
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 9)
DATES = [FIRST + timedelta(days=number) for number in range(DAYS)]
WALLETS = "idram"
"""The second payment provider, which here has a feed of its own."""
PROVIDER_CONTRACTS = ("provider.payments", "provider.refunds", "provider.disputes", "provider.payouts")
FEEDS = sorted(name for name in contracts() if name != "manual.decisions")

Extract = tuple[str, date]


@pytest.fixture(scope="module")
def business(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine days in which everything agrees, from two payment providers."""
    home = tmp_path_factory.mktemp("business")
    write_world(home / "inbox", days=DAYS, faults=False, payments_per_day=8)
    for contract in PROVIDER_CONTRACTS:
        for path in sorted((home / "inbox" / contract).glob(f"*/{WALLETS}.*")):
            target = home / "inbox" / WALLETS / path.parent.name / f"{contract}{path.suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    listed = ", ".join(PROVIDER_CONTRACTS)
    (home / "sverka.yml").write_text(
        f"feeds:\n  - name: {WALLETS}\n    format: canonical\n    contracts: [{listed}]\n", encoding="utf-8"
    )
    return home


def warehouse_without(business: Path, home: Path, missing: Iterable[Extract]) -> Warehouse:
    """The business run for its last day alone, some of its extracts not there."""
    shutil.copytree(business, home)
    for feed, day in missing:
        shutil.rmtree(home / "inbox" / feed / day.isoformat())
    warehouse = Warehouse(home)
    assert warehouse.run(LAST, tested=False) == []
    return warehouse


def found(warehouse: Warehouse) -> set[tuple[str, str]]:
    return set(warehouse.query("select exception_code, subject_id from marts.fct_exceptions where state = 'open'"))


def said_missing(missing: Iterable[Extract]) -> set[tuple[str, str]]:
    return {("source_extract_missing", f"{feed}:{day}") for feed, day in missing}


def test_one_of_two_providers_is_late(business: Path, tmp_path: Path) -> None:
    late = {(WALLETS, LAST)}
    warehouse = warehouse_without(business, tmp_path / "home", late)
    assert found(warehouse) == said_missing(late)
    covered = dict(warehouse.query("select feed, coverage_date from marts.fct_source_coverage"))
    assert covered.pop(WALLETS) == DATES[-2]
    assert set(covered.values()) == {LAST}
    waiting = dict(warehouse.query("select contract, coverage_date from intermediate.int_coverage__contracts"))
    assert {name for name, day in waiting.items() if day < LAST} == set(PROVIDER_CONTRACTS)


def test_a_whole_week_is_missing_and_then_waived(business: Path, tmp_path: Path) -> None:
    week = {("erp.payments", day) for day in DATES[-7:]}
    warehouse = warehouse_without(business, tmp_path / "home", week)
    assert found(warehouse) == said_missing(week)
    statuses = dict(warehouse.query("select match_status, count(*) from marts.fct_payment_reconciliation group by 1"))
    assert statuses["pending"] > 0
    assert not {"missing", "mismatched"} & statuses.keys()

    for feed, day in sorted(week):
        waive(warehouse.home, feed, day, "accounting lost it", "controller")
    assert warehouse.run(LAST, tested=False) == []
    codes = {code for code, _ in found(warehouse)}
    assert "source_extract_missing" not in codes
    assert "provider_paid_erp_unpaid" in codes, "what was waived never came, and is missed now"


@settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
    database=None,
)
@given(
    missing=st.sets(st.tuples(st.sampled_from([*FEEDS, WALLETS]), st.sampled_from(DATES[1:])), min_size=5, max_size=12)
)
def test_any_extracts_are_missing(
    business: Path, tmp_path_factory: pytest.TempPathFactory, missing: set[Extract]
) -> None:
    there = {extract for extract in missing if (business / "inbox" / extract[0] / extract[1].isoformat()).is_dir()}
    warehouse = warehouse_without(business, tmp_path_factory.mktemp("gaps") / "home", there)
    assert found(warehouse) == said_missing(there)
