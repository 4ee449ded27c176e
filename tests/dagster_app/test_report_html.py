"""The page says what the marts say, whatever is in them, and runs nothing."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dagster_app import report
from dagster_app.queries import WrongDateError
from dagster_app.report import data as report_data
from dagster_app.report.html import due
from dagster_app.report.masking import without_cards
from tests.dagster_app.published_fixture import AS_OF, FakeHome, World, empty_day, exception_types, ordinary_day

SPACE = "\u00a0"


class Page(HTMLParser):
    """Tables by id as lists of rows of cell texts, all text, all tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._table = self._id = ""
        self._cell: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self._id = attributes.get("id") or self._id
        if tag == "table":
            self._table = attributes.get("id") or ""
            self.tables[self._table] = []
        elif tag == "tr":
            self.tables[self._table].append([])
        elif tag in ("td", "th"):
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.tables[self._table][-1].append(" ".join("".join(self._cell).split(" ")).strip())
            self._cell = None

    def handle_data(self, data: str) -> None:
        self.texts[self._id] = self.texts.get(self._id, "") + data
        if self._cell is not None:
            self._cell.append(data)


def page_of(home: FakeHome) -> tuple[str, Page]:
    path = report.write(home, AS_OF)[0]
    html = path.read_text(encoding="utf-8")
    return html, Page(html)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Page]:
    return page_of(ordinary_day(tmp_path_factory.mktemp("ordinary")))


def test_numbers_equal_the_marts(ordinary: tuple[str, Page]) -> None:
    _, page = ordinary
    assert page.texts["payment-count"].split()[0] == "428"
    assert page.texts["open-count"].split()[0] == "5"
    assert ["AMD", f"12{SPACE}450{SPACE}900.00", f"50{SPACE}000.00", f"120{SPACE}000.00"] in page.tables["receivables"]
    status = page.tables["status-table"]
    assert ["AMD", "Matched", "395", f"5{SPACE}628{SPACE}947.50", ""] in status
    assert ["", "All", "18", f"2{SPACE}700.40", ""] in status
    assert ["USD", "Matched", "17", f"2{SPACE}550.3775", ""] in status
    ageing = {row[0]: row[1:] for row in page.tables["ageing-table"][1:]}
    assert ageing["AMD"][0] == f"9{SPACE}000{SPACE}000.00" and ageing["AMD"][-2:] == [
        f"12{SPACE}450{SPACE}900.00",
        "15",
    ]


def test_the_bridge_is_shown_with_its_residual(ordinary: tuple[str, Page]) -> None:
    rows = {row[1]: row[2:] for row in ordinary[1].tables["bridge-AMD"][1:]}
    assert rows["Paid at the providers"][2] == f"18{SPACE}000{SPACE}000.00"
    assert rows["Posted in accounting"] == [
        f"{a}".replace(" ", SPACE) for a in ("4 731 494.00", "9 805 000.00", "14 536 494.00")
    ]
    assert rows["Unexplained residual (must be 0)"] == ["0.00", "0.00", "0.00"]


def test_exceptions_most_urgent_first_only_open_ones(ordinary: tuple[str, Page]) -> None:
    rows = ordinary[1].tables["exception-table"][1:]
    assert [row[0] for row in rows] == ["critical", "critical", "critical", "high", "medium"]
    assert rows[1][5] == f"98{SPACE}000.00{SPACE}AMD" and rows[1][6] == "2026-11-17 reopened 1×"
    assert rows[1][8] == "2026-11-18 overdue", "due at midnight in the business time zone is the end of the day before"
    assert rows[3][5] == "–", "an exception without money shows none"
    assert "Нарине Акопян" in rows[4][4]
    assert ordinary[1].texts["snoozed"].startswith("Not in the list: 1 snoozed until a later date.")


def test_what_a_system_wrote_is_text_and_nothing_is_fetched(ordinary: tuple[str, Page]) -> None:
    html, page = ordinary
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    addresses = [value for _, attributes in page.tags for key, value in attributes.items() if key in ("src", "href")]
    assert addresses == ["#sources"]
    assert not re.search(r"url\(|@import", html)


def test_late_feeds_come_first(ordinary: tuple[str, Page]) -> None:
    rows = ordinary[1].tables["source-table"][1:]
    assert rows[0][:5] == ["bank.lines", "late", "2026-11-18", "2026-11-20", "2026-11-19"]
    assert {row[1] for row in rows[1:]} == {"complete"}
    assert next(row for row in rows if row[0] == "provider.payments")[-1] == "3"


def test_recent_payments_as_known_now_leave_out_deals_alone(ordinary: tuple[str, Page]) -> None:
    rows = ordinary[1].tables["known-table"][1:]
    assert rows[0][:3] == ["2026-11-20", "6", "6"] and len(rows) == 10


def test_an_empty_day_says_so(tmp_path: Path) -> None:
    html, page = page_of(empty_day(tmp_path))
    for sentence in ("No exceptions: everything matched.", "No payments on this day.", "Nobody owes anything."):
        assert sentence in html
    assert "exception-table" not in page.tables


def test_a_database_without_a_single_row_still_gives_a_page(tmp_path: Path) -> None:
    html, _ = page_of(World(tmp_path).close())
    assert "No source has delivered anything yet." in html


def test_a_long_list_is_cut_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    exception_types(world)
    for number in range(7):
        world.exception("receipt_missing", "payment", f"PAY-{number}", "No receipt.", amount=Decimal(number))
    monkeypatch.setattr(report_data, "HTML_ROW_LIMIT", 4)
    html, page = page_of(world.close())
    assert [row[5][0] for row in page.tables["exception-table"][1:]] == ["6", "5", "4", "3"]
    assert "The first 4 of 7 are shown" in html


def test_the_same_day_gives_the_same_bytes_and_leaves_no_litter(tmp_path: Path) -> None:
    home = ordinary_day(tmp_path)
    first = [path.read_bytes() for path in report.write(home, AS_OF)]
    assert [path.read_bytes() for path in report.write(home, AS_OF)] == first
    assert sorted(path.name for path in (home.reports / "2026-11-20").iterdir()) == ["exceptions.xlsx", "report.html"]


def test_another_date_than_published_is_refused(tmp_path: Path) -> None:
    home = ordinary_day(tmp_path)
    with pytest.raises(WrongDateError, match="2026-11-21 was not run yet"):
        report.write(home, AS_OF + timedelta(days=1))
    assert not (home.reports / "2026-11-21").exists()


@pytest.mark.parametrize(
    ("text", "ids", "expected"),
    [
        ("card 4111 1111 1111 1111 declined", (), "card 411111******1111 declined"),
        ("4111111111111111", (), "411111******1111"),
        ("4111-1111-1111-1112", (), "4111-1111-1111-1112"),
        ("payment 4111111111111111", ("4111111111111111",), "payment 4111111111111111"),
        ("12 000.00 AMD on 2026-11-20 00:15", (), "12 000.00 AMD on 2026-11-20 00:15"),
        (None, (), ""),
    ],
)
def test_card_numbers_are_masked(text: str | None, ids: tuple[str, ...], expected: str) -> None:
    assert without_cards(text, *ids) == expected


def test_midnight_is_the_end_of_the_day_before() -> None:
    assert due(datetime(2026, 11, 21)) == "2026-11-20"
    assert due(datetime(2026, 11, 21, 18, 30)) == "2026-11-21 18:30"
    assert due(None) == ""


def test_metadata_pieces(tmp_path: Path) -> None:
    home = ordinary_day(tmp_path)
    assert report.trend_plot(home).count("](data:image/svg+xml;base64,") == 2
    table = report.open_exceptions_markdown(home)
    assert f"| finance | 1 | 98{SPACE}000.00{SPACE}AMD |" in table and len(table.splitlines()) == 7
    rates = report.match_rates(home)
    assert [(rate["currency"], rate["payment_count"]) for rate in rates] == [("AMD", 410), ("USD", 18)]
    assert rates[0]["rate_count"] == pytest.approx(395 / 410) and rates[0]["payment_amount"] == Decimal("5842705.00")


def test_metadata_pieces_of_an_empty_day(tmp_path: Path) -> None:
    home = empty_day(tmp_path)
    assert report.trend_plot(home) == "No days to compare yet."
    assert report.open_exceptions_markdown(home) == "No exceptions: everything matched."
    assert report.match_rates(home) == []


def test_a_day_without_a_rate_leaves_a_gap_in_the_line(tmp_path: Path) -> None:
    world = World(tmp_path)
    for back, rate in ((4, 0.5), (3, 0.6), (2, None), (1, 0.7), (0, 1.0)):
        world.day(AS_OF - timedelta(days=back), payment_count=2 if rate else 0, auto_match_rate_count=rate)
    html, _ = page_of(world.close())
    rate_svg = html.split("<svg")[1]
    assert rate_svg.count("<polyline") == 2 and rate_svg.count("<circle") == 4
    assert f"{date(2026, 11, 20):%d.%m}" in rate_svg
