"""The world as files: deterministic, complete, readable by the contracts, delivered in time, in little memory."""

import tracemalloc
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ingest.contract import Column, contracts
from ingest.demo import World, extracts, write_world
from ingest.demo.faults_sources import LATE, LOST_CONTRACT, LOST_DAYS_BEFORE_END
from ingest.demo.kit import PREFIX
from ingest.demo.tables import TABLES
from ingest.demo.world import WorldExistsError
from tests.demo.conftest import BENT, contract_rows, extract_files, file_bytes, rows


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("again", 7), ("other", 8)):
        write_world(tmp_path / name / "inbox", seed=seed)
    one, again, other = (file_bytes(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one != other


def test_writing_the_same_world_again_changes_nothing(tmp_path: Path) -> None:
    world = write_world(tmp_path / "inbox")
    before = file_bytes(tmp_path)
    world.deliver_all()
    write_world(tmp_path / "inbox")
    assert file_bytes(tmp_path) == before


def test_refuses_an_inbox_with_other_extracts(tmp_path: Path) -> None:
    write_world(tmp_path / "inbox", seed=1, faults=False)
    with pytest.raises(WorldExistsError, match=r"already holds extracts of .*website\.orders.* empty home"):
        write_world(tmp_path / "inbox", seed=2, faults=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"days": 0}, "at least 1"), ({"scale": 0}, "at least 1"), ({"days": 20}, "Faults need 21 days")],
)
def test_refuses_arguments_that_make_no_world(tmp_path: Path, arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_world(tmp_path / "inbox", **arguments)  # type: ignore[arg-type]
    assert not (tmp_path / "inbox").exists()


def test_every_expected_feed_has_an_extract_for_every_day(faulty: World, clean: World) -> None:
    lost = (LOST_CONTRACT, (faulty.last_date - timedelta(days=LOST_DAYS_BEFORE_END - 1)).isoformat())
    daily = {contract for contract, table in TABLES.items() if table.daily}
    wanted = {(contract, day.isoformat()) for contract in daily for day in clean.dates}
    decided = {(contract, day) for contract, day, _ in extract_files(faulty) if contract not in daily}
    assert {(contract, day) for contract, day, _ in extract_files(clean)} == wanted
    assert {(contract, day) for contract, day, _ in extract_files(faulty)} == (wanted - {lost}) | decided
    assert len(decided) > 5


def test_rows_parse_against_the_contracts(faulty: World) -> None:
    for name, _, path in extract_files(faulty):
        if path.name in BENT:
            continue
        contract = contracts()[name]
        known = {column.name: column for column in contract.columns}
        assert set(TABLES[name].columns) - {"source_system"} <= set(known)
        for row in rows(path):
            if BENT.isdisjoint(str(value) for value in row.values()):
                for column in contract.columns:
                    problem = _problem(column, row)
                    assert problem is None, f"{path}: {column.name}: {problem}"


def _problem(column: Column, row: dict[str, str | None]) -> str | None:
    value = row.get(column.name)
    if value is None:
        needed = column.required or any(
            row.get(name) in values for name, values in (column.required_when or {}).items()
        )
        return "is required" if needed and column.default is None else None
    if column.type == "amount":
        return None if Decimal(value) >= 0 or column.signed else f"negative {value}"
    if column.type == "timestamp":
        datetime.fromisoformat(value)
    elif column.type == "date":
        date.fromisoformat(value)
    elif column.type == "integer":
        int(value)
    elif column.type == "boolean":
        return None if value in ("true", "false") else value
    elif column.type == "currency":
        return None if value in ("AMD", "USD", "EUR", "RUB") else value
    elif column.type == "enum":
        return None if value in column.values else f"unknown {value}"
    return None


def test_a_row_lies_in_the_extract_of_the_day_it_was_written(clean: World) -> None:
    later = 0
    for name, day, path in extract_files(clean):
        for row in rows(path):
            written = row.get("updated_at")
            if written is None:
                continue
            moment = datetime.fromisoformat(written)
            local = (
                moment if moment.tzinfo is None else (moment + timedelta(hours=4) if written.endswith("Z") else moment)
            )
            assert local.date().isoformat() <= day, f"{path}: {row}"
            if local.date().isoformat() < day:
                later += 1
                assert name == "website.orders", "only stale orders are sent again"
    assert later > 0


def test_the_story_is_told(clean: World) -> None:
    """What the world promises to contain, so that a quiet loss of a story is noticed."""
    payments = contract_rows(clean, "provider.payments")
    assert {row["source_system"] for row in payments} == {"arca", "idram"}
    assert {"paid", "failed", "pending", "expired"} <= {row["status"] for row in payments}
    assert {row["currency"] for row in contract_rows(clean, "crm.invoices")} == {"AMD", "USD", "EUR", "RUB"}
    receipts = contract_rows(clean, "fiscal.receipts")
    assert {("error", "1"), ("success", "2")} <= {(row["status"], row["attempt_no"]) for row in receipts}
    assert {"offset", None} == {row["settlement_kind"] for row in receipts}
    documents = contract_rows(clean, "erp.payments")
    assert {"true", "false"} == {row["posted"] for row in documents}
    assert {"cash_receipt_order", "incoming_payment_order", "customer_card_payment", "bank_receipt"} <= {
        row["document_type"] for row in documents
    }
    assert any("#" in str(row["erp_document_id"]) for row in documents)
    assert {"opened", "won", "lost"} == {row["status"] for row in contract_rows(clean, "provider.disputes")}
    for contract in ("warehouse.returns", "erp.adjustments", "crm.approvals", "erp.refunds", "bank.lines"):
        assert contract_rows(clean, contract)
    orders: dict[str | None, set[str | None]] = {}
    for row in contract_rows(clean, "website.orders"):
        orders.setdefault(row["order_id"], set()).add(row["status"])
    assert any({"paid", "completed"} <= statuses for statuses in orders.values())


def test_payments_cross_midnight(clean: World) -> None:
    paid = {row["payment_id"]: row["paid_at"] for row in contract_rows(clean, "website.payments") if row["paid_at"]}
    crossing = 0
    for row in contract_rows(clean, "provider.payments"):
        if row["paid_at"] and row["payment_id"] in paid:
            at_provider = datetime.fromisoformat(str(row["paid_at"]).removesuffix("Z")) + timedelta(hours=4)
            crossing += str(paid[row["payment_id"]])[:10] > at_provider.date().isoformat()
    assert crossing > 0


def test_payouts_add_up(faulty: World) -> None:
    gross: dict[str | None, Decimal] = {}
    seen = set()
    for row in reversed(contract_rows(faulty, "provider.payments")):
        if row["status"] == "paid" and row["provider_payment_id"] not in seen and row["settlement_batch_id"]:
            seen.add(row["provider_payment_id"])
            batch = row["settlement_batch_id"]
            gross[batch] = gross.get(batch, Decimal(0)) + Decimal(str(row["amount"]))
    every = contract_rows(faulty, "provider.payouts")
    payouts = [row for row in every if f"-{PREFIX}" not in str(row["settlement_batch_id"])]
    assert len(payouts) == 3 * faulty.days - 2
    for row in payouts:
        assert Decimal(str(row["gross_amount"])) == gross.get(row["settlement_batch_id"], Decimal(0))
        kept = sum(Decimal(str(row[name])) for name in ("refund_amount", "dispute_amount", "fee_amount"))
        assert Decimal(str(row["net_amount"])) == Decimal(str(row["gross_amount"])) - kept


def test_late_extracts_are_delivered_on_their_day(tmp_path: Path) -> None:
    world = write_world(tmp_path / "inbox")
    contract, about, arrives = LATE[0]
    folder = world.inbox / contract / world.dates[about].isoformat()
    for day in world.dates:
        arrived = world.deliver(day)
        assert folder.exists() == (day >= world.dates[arrives])
        assert [path for path in arrived if path.parent == folder] == (
            list(folder.iterdir()) if day == world.dates[arrives] else []
        )
    assert world.deliver_all() == []
    assert not list(world.inbox.rglob("*.part"))


def test_memory_does_not_grow_with_the_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracts, "BUFFERED_ROWS", 2_000)
    peaks = []
    for name, per_day in (("small", 400), ("large", 2_400)):
        tracemalloc.start()
        write_world(tmp_path / name / "inbox", days=3, faults=False, payments_per_day=per_day)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


def test_how_rows_are_buffered_does_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(tmp_path / "one" / "inbox")
    monkeypatch.setattr(extracts, "BUFFERED_ROWS", 97)
    write_world(tmp_path / "two" / "inbox")
    assert file_bytes(tmp_path / "one") == file_bytes(tmp_path / "two")


def test_volume_follows_the_scale(tmp_path: Path) -> None:
    one = write_world(tmp_path / "one" / "inbox", days=3, faults=False)
    two = write_world(tmp_path / "two" / "inbox", days=3, faults=False, scale=3)
    assert 2.5 < two.rows["provider.payments"] / one.rows["provider.payments"] < 3.5


def test_nobody_in_it_is_real(faulty: World) -> None:
    for row in contract_rows(faulty, "crm.customers"):
        assert str(row["name"]).startswith(("Demo ", "ООО Демонстрация"))
        assert row["tax_id"] is None or str(row["tax_id"]).startswith("99")


def test_the_summary_names_every_injected_code(faulty: World) -> None:
    summary = faulty.summary()
    assert all(row.exception_code in summary for row in faulty.truth)
    subjects = {(row.exception_code, row.subject_type, row.subject_id) for row in faulty.truth}
    assert f"{len(subjects)} injected exceptions of 90 codes" in summary
