"""The demonstration world, run day by day: every day finds exactly what was injected, no more and no less."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.demo import write_world
from tests.e2e import homes


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A home with all days of the world run; the exceptions of each day in `observed/<date>.json`."""
    home = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "tests.e2e.observed_demo", str(home)]
    result = subprocess.run(command, env=homes.environment(home), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-4000:]
    return home


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The same world again, for its truth."""
    return write_world(tmp_path_factory.mktemp("truth") / "inbox")


def observed(demo: Path, day: object) -> set[tuple[str, str, str]]:
    return {tuple(row) for row in json.loads((demo / "observed" / f"{day}.json").read_text(encoding="utf-8"))}


def test_every_day_finds_exactly_the_injected_truth(demo, world):
    wrong = {}
    for day in world.dates:
        found, expected = observed(demo, day), world.expected_on(day)
        if found != expected:
            wrong[str(day)] = {"missing": sorted(expected - found), "invented": sorted(found - expected)}
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_every_day_has_its_report(demo, world):
    for day in world.dates:
        assert {path.name for path in (demo / "reports" / str(day)).iterdir()} >= {"report.html", "exceptions.xlsx"}


def test_the_summary_by_day_keeps_every_day(demo, world):
    days = homes.query(homes.published(demo), "select distinct as_of_date from marts.fct_daily_summary order by 1")
    assert [day for (day,) in days] == world.dates


def test_documented_queries_show_every_open_exception(demo):
    assert not homes.not_shown(homes.published(demo))
