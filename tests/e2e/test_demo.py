"""The demonstration world, run day by day: every day finds exactly what was injected, in the state people put it in."""

import json
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.demo import World, write_world
from tests.e2e import homes

COMPLETE_SINCE = "2026-10-20"
"""After this date was published nothing came for it or an earlier one."""
RECEIPTS_CAME_LATE = "2026-10-13"
"""The fiscal receipts of this date came the day after, and nothing else of it or before later than this."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A home with all days of the world run; what stood after each day in `observed/<date>.json`."""
    home = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "tests.e2e.observed_demo", str(home), COMPLETE_SINCE, RECEIPTS_CAME_LATE]
    result = subprocess.run(command, env=homes.environment(home), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-4000:]
    return home


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The same world again, for its truth."""
    return write_world(tmp_path_factory.mktemp("truth") / "inbox")


def observed(demo: Path, name: object) -> set[tuple]:
    return {tuple(row) for row in json.loads((demo / "observed" / f"{name}.json").read_text(encoding="utf-8"))}


def expected_lives(world: World) -> set[tuple]:
    """Code, subject, state, first and last sight, closing date and how often it came back, from the truth."""
    lives: dict[tuple[str, str, str], list] = {}
    for row in sorted(world.truth, key=lambda row: row.first_date):
        lives.setdefault((row.exception_code, row.subject_type, row.subject_id), []).append(row)
    told = set()
    for subject, life in lives.items():
        last = life[-1]
        stands = last.last_date == world.last_date
        state = last.state if stands else "auto_closed"
        closed = {"auto_closed": last.last_date + timedelta(days=1), "resolved": last.first_date}.get(state)
        reopened = sum(
            after.state != "resolved"
            and (before.state == "resolved" or after.first_date > before.last_date + timedelta(days=1))
            for before, after in pairwise(life)
        )
        dates = (str(life[0].first_date), str(last.last_date), closed and str(closed))
        told.add((*subject, state, *dates, reopened))
    return told


def test_every_day_finds_exactly_the_injected_truth(demo, world):
    wrong = {}
    for day in world.dates:
        found, expected = observed(demo, day), world.expected_on(day)
        if found != expected:
            wrong[str(day)] = {"missing": sorted(expected - found), "invented": sorted(found - expected)}
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_every_life_is_told_to_its_end(demo, world):
    found, expected = observed(demo, "lives"), expected_lives(world)
    wrong = {"missing": sorted(map(str, expected - found)), "invented": sorted(map(str, found - expected))}
    assert found == expected, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_every_day_has_its_report(demo, world):
    for day in world.dates:
        assert {path.name for path in (demo / "reports" / str(day)).iterdir()} >= {"report.html", "exceptions.xlsx"}


def test_the_summary_by_day_keeps_every_day(demo, world):
    days = homes.query(homes.published(demo), "select distinct as_of_date from marts.fct_daily_summary order by 1")
    assert [day for (day,) in days] == world.dates


def test_documented_queries_show_every_open_exception(demo):
    assert not homes.not_shown(homes.published(demo))


def replayed(demo: Path, zygote: homes.Zygote, day: str) -> Path:
    homes.answer(zygote.run(demo, "replay", "--as-of", day, "--json"))
    return demo / "replays" / f"{day}.duckdb"


def test_a_replayed_past_date_equals_what_was_published_that_day(demo, zygote):
    database = replayed(demo, zygote, COMPLETE_SINCE)
    assert homes.table_hashes(database) == homes.table_hashes(demo / "observed" / f"{COMPLETE_SINCE}.duckdb")


def test_a_late_extract_is_all_that_a_replay_shows_anew(demo, zygote):
    replayed(demo, zygote, RECEIPTS_CAME_LATE)
    kept = demo / "observed" / f"{RECEIPTS_CAME_LATE}.duckdb"
    found = homes.answer(zygote.run(demo, "compare", str(kept), RECEIPTS_CAME_LATE, "--json"))
    codes = {kind: {row["exception_code"] for row in found[kind]} for kind in ("gained", "lost")}
    assert not found["is_equal"] and found["same_date"]
    assert "source_extract_missing" in codes["lost"]
    assert {row["subject_id"] for row in found["lost"] if row["subject_type"] == "feed"} == {
        f"fiscal.receipts:{RECEIPTS_CAME_LATE}"
    }
    assert all("receipt" in code for code in codes["gained"] | codes["lost"] - {"source_extract_missing"})
    assert found["customers"] == [] and found["invoices"] == []
