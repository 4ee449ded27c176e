"""The streamed formats hold a few records in memory, however long the file is."""

import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from ingest.formats import FORMATS
from ingest.formats.base import FormatOptions

ROWS = 3_000
COLUMNS = "currency,gross,fee,net,reporting_category,source_id,automatic_payout_id"
FILES = {
    "yookassa_registry": (
        "Идентификатор платежа;Сумма платежа;Время платежа;Описание\n",
        "p-{};1.00;01.11.2026 12:37:07;" + "Заказ " * 150 + "\n",
        f"\nСумма принятых платежей: {ROWS}.00 RUB\nЧисло платежей: {ROWS}\n",
    ),
    "stripe": (
        f"created_utc,{COLUMNS},automatic_payout_effective_at_utc,description\n",
        "2026-11-01 12:37:07,usd,1.00,0.10,0.90,charge,ch_{},po_1,2026-11-02," + "Order " * 300 + "\n",
        "",
    ),
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_memory_does_not_grow_with_the_file(name: str, tmp_path: Path) -> None:
    header, row, footer = FILES[name]
    path = tmp_path / "long.csv"
    path.write_text(header + "".join(row.format(number) for number in range(ROWS)) + footer, "utf-8")
    parser = FORMATS[name]
    tracemalloc.start()
    try:
        with path.open("rb") as stream:
            seen = Counter(item.contract for item in parser.parse(stream, FormatOptions("long.csv")))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen["provider.payments"] == ROWS
    assert path.stat().st_size > 4_000_000
    assert peak < 6_000_000
