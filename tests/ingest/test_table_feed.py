"""A table through the loader, declared as its documentation shows it."""

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from tests.ingest.lab import Lab

ROOT = Path(__file__).parents[2]
BANK, REGISTRY = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/formats/table.md").read_text("utf-8"), re.DOTALL)
FIXTURES = ROOT / "tests" / "fixtures" / "formats" / "table"


def test_documented_registry_loads(lab: Lab) -> None:
    lab.configure(REGISTRY)
    lab.put("registry.csv", (FIXTURES / "registry.csv").read_bytes(), "registry")
    lab.run()
    assert lab.query(
        "select provider_payment_id, status, amount, fee_amount, created_at, paid_at, source_system "
        "from raw.provider__payments order by all"
    ) == [
        ("A-1", "paid", Decimal("1000.5"), Decimal("10"), ten := datetime(2026, 11, 20, 7), ten, "acquirer"),
        ("A-2", "failed", Decimal("10"), None, datetime(2026, 11, 20, 7, 5), None, "acquirer"),
        (
            "A-3",
            "paid",
            Decimal("1234.56"),
            Decimal("12.35"),
            late := datetime(2026, 11, 20, 20, 59, 59),
            late,
            "acquirer",
        ),
    ]
    assert lab.query("select provider_refund_id, amount from raw.provider__refunds") == [("R-1", Decimal("100.5"))]


def test_documented_bank_sheet_loads_with_its_rejects(lab: Lab) -> None:
    lab.configure(BANK)
    lab.put("statement.xlsx", (FIXTURES / "bank.xlsx").read_bytes(), "bank-excel")
    lab.run()
    assert lab.query("select booked_date, amount from raw.bank__lines order by _row_number") == [
        (date(2026, 11, 20), Decimal(amount)) for amount in ("1500.5", "1500.5", "-99.9", "-1000")
    ]
    assert lab.rejects() == [(5, "booked_date", "30.02.2026", "bad_date"), (6, "amount", "7 / 5", "out_of_range")]


def test_refused_table_is_tried_again_when_its_options_change(lab: Lab) -> None:
    lab.configure(BANK.replace("Итого*", "Всего*"))
    lab.put("statement.xlsx", (FIXTURES / "bank.xlsx").read_bytes(), "bank-excel")
    lab.run()
    assert [entry[1:] for entry in lab.log()] == [("refused", "control_total_mismatch")]
    lab.configure(BANK)
    lab.run()
    assert lab.column("select count(*) from raw.bank__lines") == [4]
