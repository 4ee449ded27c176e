"""The benchmark itself: the plain SQL script reads every file of the world, and both sides see the same payments.

Of parsing: both sides read the same file, and a format that takes too much memory for a long one fails the benchmark.
"""

from pathlib import Path

import duckdb
import pytest

from ingest.demo import write_world
from ingest.demo.tables import TABLES
from tests.benchmarks import parsing as parsing_part
from tests.benchmarks.bench import Cost, Line, last_date, markdown, remove_date, table
from tests.benchmarks.parsing import Parsing, Reading, cells, gigabyte, parsing
from tests.benchmarks.steps import baseline, baseline_statements, empty_day

DAILY = {contract: exported for contract, exported in TABLES.items() if exported.daily}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("bench")
    write_world(home / "inbox", faults=False)
    return home


def test_script_loads_every_contract_of_the_world() -> None:
    load = baseline_statements("load", Path("inbox"))
    for contract, exported in DAILY.items():
        assert f"create table {contract.replace('.', '__')} as" in load
        assert f"/{contract}/*/*.{exported.format}'" in load


def test_script_loads_and_matches_a_clean_world(home: Path) -> None:
    baseline("load+match", str(home), "2")
    with duckdb.connect(str(home / "baseline.duckdb"), read_only=True) as connection:
        counts = dict(connection.execute("select match_status, count(*) from matched group by all").fetchall())
        [(payments,)] = connection.execute("select count(distinct payment_id) from website__payments").fetchall()
    assert counts["matched"] > 0
    assert sum(counts.values()) >= payments > 0


def test_empty_day_has_every_feed_and_no_row(home: Path) -> None:
    last = last_date(home)
    empty_day(str(home), last.isoformat())
    after = last_date(home)
    files = list((home / "inbox").glob(f"*/{after}/*"))
    assert after > last
    assert {path.parts[-3] for path in files} == set(DAILY)
    assert all(len(path.read_text(encoding="utf-8").splitlines()) == 1 for path in files)
    remove_date(home, after)
    assert last_date(home) == last


def test_table_states_ratios() -> None:
    lines = [
        Line("ingest", Cost(20.0, 30.0, 1.5), Cost(10.0, 18.0, 1.0), 100_000),
        Line("a day without news", Cost(5.0, 5.0, 0.5), None, 0),
    ]
    head, rule, first, second = table(lines).splitlines()
    assert len({len(line) for line in (head, rule, first, second)}) == 1
    cells = [cell.strip() for cell in first.strip("|").split("|")]
    assert cells == ["ingest", "20.0", "10.0", "2.0", "30.0", "18.0", "1.50", "1.00", "5 000"]
    assert "a day without news" in second


def test_both_sides_read_a_long_file_of_a_format(tmp_path: Path) -> None:
    (line,) = parsing(tmp_path, 1, ["commerceml"])
    assert line.plain is not None
    assert 0.9 < line.size < 1.1
    assert line.ours.rows > 500
    assert min(line.ours.seconds, line.plain.seconds, line.ours.memory, line.plain.memory) > 0
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_takes_too_much_memory_fails_the_benchmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing_part, "GIGABYTE", 100_000)
    (line,) = gigabyte(tmp_path, ["commerceml"])
    assert line.plain is None
    monkeypatch.setattr(parsing_part, "LARGEST_PEAK", 1)
    with pytest.raises(SystemExit, match="commerceml takes"):
        gigabyte(tmp_path, ["commerceml"])


def test_table_of_parsing_states_ratios() -> None:
    lines = [
        Parsing("ofx", 30.0, Reading(10.0, 500.0, 60_000), Reading(0.5, 30.0)),
        Parsing("camt", 1000.0, Reading(200.0, 90.5, 1_000_000), None),
    ]
    head, _, *rows = markdown(cells(lines)).splitlines()
    beside, alone = ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)
    assert beside == ["ofx", "whole", "30", "6 000", "3.0", "text lines", "60", "20.0", "500", "30"]
    assert alone == ["camt", "", "1000", "5 000", "5.0", "", "", "", "90", ""]
    assert len(head) == len(rows[0]) == len(rows[1])
