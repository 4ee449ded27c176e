"""Random small businesses with random faults keep every promise, day after day (tests/properties/worlds.py draws them).

The suite tries two cases of fifty worlds; SVERKA_PROPERTY_CASES=20 tries more, about a minute each. A case is a number
that draws its worlds, and a failure prints the worlds it is about. After its days an even case is compared with a
warehouse that runs the last day alone, and one of its worlds with itself without the others; an odd case runs its last
day again.
"""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from dagster_app import dbt_build
from tests.properties.cases import Case, Warehouse, comparable, date_of
from tests.properties.deciding import decide
from tests.properties.promises import BROKEN
from tests.properties.rows import Row
from tests.properties.worlds import World

MORE = int(os.environ.get("SVERKA_PROPERTY_CASES", "2")) - 2
SHOWN = 3

BY_DAY = {"fct_exception_history", "fct_daily_summary", "fct_source_coverage"}
LIFE = {
    *("state", "first_seen_date", "last_seen_date", "closed_date", "days_open", "times_reopened"),
    *("due_at", "is_overdue", "assigned_to", "resolved_by", "resolution_reason"),
}
"""Columns of fct_exceptions that tell of earlier runs."""
JUDGED = {"match_status", "export_status", "exception_codes", "is_auto_closed"}
"""Columns that follow what is open: a resolved exception is compared with what an earlier run showed."""
OF_FILES = {"evidence", "file_sha256", "row_number"}
"""Columns that say in which file something stands."""


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random-worlds")


@settings(
    max_examples=max(MORE, 1),
    # A case is made smaller by looking at its worlds, not by running more cases.
    phases=[Phase.explicit, Phase.generate] if MORE > 0 else [Phase.explicit],
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
    database=None,
)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=0)
@example(seed=101)
def test_random_worlds_keep_every_promise(homes: Path, seed: int) -> None:
    case = Case.draw(seed)
    day_by_day, decisions = run_day_by_day(case, fresh_home(homes, "day-by-day"), Random(seed))
    if seed % 2:
        run_again(case, day_by_day)
    else:
        last_day_alone = run_last_day_alone(case, day_by_day, fresh_home(homes, "last-day-alone"))
        world = Random(seed).choice(case.worlds)
        run_world_alone(case, world, decisions, last_day_alone, Warehouse(fresh_home(homes, "world-alone")))


def run_day_by_day(case: Case, home: Path, rng: Random) -> tuple[Warehouse, list[dict[int, list[Row]]]]:
    """Run every day on top of the one before, check it, and let people decide about it."""
    warehouse, decisions = Warehouse(home), [dict[int, list[Row]]()]
    for day in range(case.days):
        warehouse.deliver(case, day, (row for rows in decisions[day].values() for row in rows))
        assert_built(case, warehouse, warehouse.run(day))
        for promise, query in BROKEN.items():
            fail_on(case, f"on {date_of(day)}, {promise}", warehouse.records(query))
        decisions.append(decide(case, warehouse, day, rng))
    return warehouse, decisions


def run_again(case: Case, warehouse: Warehouse) -> None:
    """The latest day run again replaces itself: every mart, those that keep every day too, is as it was."""
    tables = [*marts(), *sorted(BY_DAY)]
    before = {table: rows_of(warehouse, table, ()) for table in tables}
    assert_built(case, warehouse, warehouse.run(case.days - 1, tested=False))
    for table, rows in before.items():
        fail_on(case, f"{table} differs when the day is run again", differing(rows, rows_of(warehouse, table, ())))


def run_last_day_alone(case: Case, day_by_day: Warehouse, home: Path) -> Warehouse:
    """Another warehouse, that never saw the days before, has the same last day wherever earlier runs do not matter."""
    alone = Warehouse(home)
    alone.copy_landing(day_by_day)
    assert_built(case, alone, alone.run(case.days - 1, tested=False))
    resolved = worlds_with_resolved(case, day_by_day)
    for table in marts():
        left, right = (rows_of(warehouse, table, LIFE) for warehouse in (day_by_day, alone))
        differences = differing(masked(case, table, left, resolved), masked(case, table, right, resolved))
        fail_on(case, f"{table} differs when only the last day is run", differences)
    return alone


def run_world_alone(
    case: Case, world: World, decisions: list[dict[int, list[Row]]], among: Warehouse, alone: Warehouse
) -> None:
    """A world alone is what it was among the others: nothing of theirs was taken for its own."""
    lonely = case.alone(world)
    for day in range(case.days):
        alone.deliver(lonely, day, decisions[day].get(world.number, ()))
        alone.land(day)
    assert_built(lonely, alone, alone.run(case.days - 1, tested=False))
    for table in marts():
        if table == "dim_exception_types":
            continue
        left = [row for row in rows_of(among, table, LIFE | OF_FILES) if case.world_of(*row.values()) == world]
        right = [row for row in rows_of(alone, table, LIFE | OF_FILES) if row.get("subject_type") != "feed"]
        fail_on(case, f"{table} differs when the world is alone", differing(left, right))


def fresh_home(homes: Path, name: str) -> Path:
    number = len(list(homes.iterdir()))
    return homes / f"{number}-{name}"


def marts() -> list[str]:
    """Tables that tell of one day alone."""
    return sorted(table.name for table in dbt_build.tables() if table.schema == "marts" and table.name not in BY_DAY)


def rows_of(warehouse: Warehouse, table: str, without: Iterable[str]) -> list[dict[str, Any]]:
    living = " where state <> 'auto_closed'" if table == "fct_exceptions" else ""
    hidden = set(without) if table == "fct_exceptions" else set(without) - LIFE
    rows = warehouse.records(f"select * from marts.{table}{living}")
    return [{name: comparable(value) for name, value in row.items() if name not in hidden} for row in rows]


def worlds_with_resolved(case: Case, warehouse: Warehouse) -> set[int]:
    resolved = warehouse.query("select subject_id from marts.fct_exceptions where state = 'resolved'")
    return {world.number for (subject,) in resolved if (world := case.world_of(subject))}


def masked(case: Case, table: str, rows: list[dict[str, Any]], resolved: set[int]) -> list[dict[str, Any]]:
    """The rows without what a resolved exception decides in its world."""
    if not resolved or not (table == "fct_payment_bridge" or any(JUDGED & row.keys() for row in rows[:1])):
        return rows
    result = []
    for row in rows:
        world = case.world_of(*row.values())
        if world is None or world.number not in resolved:
            result.append(row)
        elif table != "fct_payment_bridge":
            result.append({name: value for name, value in row.items() if name not in JUDGED})
    return result


def differing(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counted = Counter(tuple(row.items()) for row in left)
    counted.subtract(Counter(tuple(row.items()) for row in right))
    return [{"": "only left" if count > 0 else "only right", **dict(row)} for row, count in counted.items() if count]


def assert_built(case: Case, warehouse: Warehouse, failures: list[dbt_build.NodeFailure]) -> None:
    for failure in failures:
        is_test = failure.kind == "test" and failure.compiled_file
        rows = warehouse.records(Path(failure.compiled_file).read_text(encoding="utf-8")) if is_test else []
        fail_on(case, failure.describe(), rows or [{"message": failure.message}])


def fail_on(case: Case, what: str, rows: list[dict[str, Any]]) -> None:
    """Fail with the first of the rows that should not be there, and with the worlds they are about."""
    if not rows:
        return
    worlds = dict.fromkeys(world for row in rows[:SHOWN] if (world := case.world_of(*row.values())))
    shown = [*map(str, rows[:SHOWN]), *map(case.describe, worlds)]
    pytest.fail("\n".join([f"{what}: {len(rows)} row(s)", *shown]), pytrace=False)
