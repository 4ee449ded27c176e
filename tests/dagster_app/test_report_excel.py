"""The workbook holds every exception as real numbers and dates, and no cell that a spreadsheet would run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from dagster_app import report
from dagster_app.report.data import gather
from dagster_app.report.excel import safe_text, write_workbook
from tests.dagster_app.published_fixture import AS_OF, World, empty_day, ordinary_day


def sheet(path: Path, name: str) -> list[dict[str, object]]:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python()
    heading = [str(cell) for cell in rows[0]]
    return [dict(zip(heading, row, strict=True)) for row in rows[1:]]


def test_every_open_exception_with_real_values(tmp_path: Path) -> None:
    path = report.write(ordinary_day(tmp_path), AS_OF)[1]
    rows = sheet(path, "Exceptions")
    assert [row["Subject ID"] for row in rows][1:] == [
        "PAY-1002",
        "PAY-1001",
        "bank.lines:2026-11-19",
        "INV-77",
    ]
    row = rows[1]
    assert row["Amount"] == 98000.0 and row["Days open"] == 3.0
    assert row["First seen"] == date(2026, 11, 17) and row["Due by end of (Asia/Yerevan)"] == date(2026, 11, 18)
    assert row["Overdue"] == "overdue" and row["Что не так"] == "Оплачено у провайдера, нет в учёте"


def test_the_summary_equals_the_marts(tmp_path: Path) -> None:
    rows = sheet(report.write(ordinary_day(tmp_path), AS_OF)[1], "Summary")
    figures = {(row["Figure"], row["Currency"]): row for row in rows}
    assert figures[("All payments", "AMD")]["Count"] == 410.0
    assert figures[("All payments", "AMD")]["Amount"] == pytest.approx(5842705.00)
    assert figures[("Debt", "USD")]["Amount"] == 1250.0
    assert figures[("Money at risk", "AMD")]["Amount"] == 1348800.0
    assert figures[("Open", "")]["Count"] == 5.0
    assert figures[("Snoozed", "")]["Count"] == 1.0
    assert figures[("Matched by itself, by count", "AMD")]["Share"] == pytest.approx(395 / 410)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula(tmp_path: Path, start: str) -> None:
    dangerous = start + 'HYPERLINK("http://example.com","x")'
    world = World(tmp_path)
    world.exception("receipt_missing", "payment", dangerous, dangerous, owner=dangerous, customer_id=dangerous)
    path = tmp_path / "list.xlsx"
    home = world.close()
    write_workbook(home, gather(home, AS_OF), path)
    row = sheet(path, "Exceptions")[0]
    for heading in ("Subject ID", "Reason", "Owner", "Customer"):
        assert str(row[heading]).replace("_x000D_", "\r") == "'" + dangerous
    assert b"<f>" not in _sheet_xml(path)


def _sheet_xml(path: Path) -> bytes:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/"))


def test_amounts_stay_numbers_even_when_negative(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.exception("receipt_missing", "payment", "P", "r", amount=Decimal("-1234.5678"))
    assert sheet(report.write(world.close(), AS_OF)[1], "Exceptions")[0]["Amount"] == -1234.5678


def test_a_list_longer_than_a_sheet_goes_on_in_the_next(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in range(7):
        world.exception("receipt_missing", "payment", f"PAY-{number}", "No receipt.", amount=Decimal(number))
    path = tmp_path / "list.xlsx"
    home = world.close()
    write_workbook(home, gather(home, AS_OF), path, sheet_rows=4)
    sheets = [sheet(path, name) for name in ("Exceptions", "Exceptions 2", "Exceptions 3")]
    assert [[row["Amount"] for row in rows] for rows in sheets] == [[6.0, 5.0, 4.0], [3.0, 2.0, 1.0], [0.0]]


def test_an_empty_day_has_headings_and_a_summary(tmp_path: Path) -> None:
    path = report.write(empty_day(tmp_path), AS_OF)[1]
    assert sheet(path, "Exceptions") == []
    assert {row["Figure"]: row["Count"] for row in sheet(path, "Summary")} == {
        "Open": 0.0,
        "Critical": 0.0,
        "Overdue": 0.0,
        "Snoozed": 0.0,
    }


def test_header_is_frozen_and_filtered(tmp_path: Path) -> None:
    xml = _sheet_xml(report.write(ordinary_day(tmp_path), AS_OF)[1])
    assert xml.count(b'state="frozen"') == xml.count(b"<autoFilter") == 5


def test_no_card_number_leaves(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.exception("receipt_missing", "payment", "P", "Declined card 4111 1111 1111 1111.")
    for path in report.write(world.close(), AS_OF):
        text = path.read_text(encoding="utf-8") if path.suffix == ".html" else str(sheet(path, "Exceptions"))
        assert "411111******1111" in text and "4111 1111" not in text


def test_text_of_any_length_fits_a_cell() -> None:
    assert len(safe_text("=" + "x" * 40_000)) == 32_767
    assert safe_text("plain = text") == "plain = text"
