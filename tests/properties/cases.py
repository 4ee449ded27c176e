"""A case: many worlds side by side, the calendar of their extracts, and the home they are run in.

One build costs the same for one world as for fifty, so a case has fifty. Each contract is a feed with one extract a
day; some extracts never come, some come a day late, and a few rows cannot be read.
"""

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import duckdb

from dagster_app import dbt_build
from ingest.contract import contract, contracts
from ingest.home import Home
from ingest.load import land, load
from tests.properties.rows import FIRST, Row
from tests.properties.worlds import World, draw_world

WORLDS = 50
MISSING, LATE = 0.04, 0.04

Extract = tuple[str, int]
"""A feed, named like its contract, and a day."""
WORLD_ID = re.compile(r"\bw(\d+)-")


@dataclass(frozen=True)
class Case:
    """Worlds and the calendar they share: coverage is a feed's, so what is late is late for all of them."""

    worlds: tuple[World, ...]
    days: int
    missing: frozenset[Extract]
    late: frozenset[Extract]

    @classmethod
    def draw(cls, seed: int, worlds: int = WORLDS, faults: bool = True) -> "Case":
        rng = Random(seed)
        days = rng.choice((2, 2, 3))
        extracts = [(name, day) for name in contracts() for day in range(days) if name != "manual.decisions"]
        missing = frozenset(extract for extract in extracts if faults and rng.random() < MISSING)
        late = frozenset(extract for extract in extracts if faults and rng.random() < LATE) - missing
        drawn = tuple(draw_world(rng.randrange(2**32), number, days, faults) for number in range(worlds))
        return cls(drawn, days, missing, late)

    def alone(self, world: World) -> "Case":
        """The same calendar with one of the worlds."""
        return replace(self, worlds=(world,))

    def world_of(self, *values: Any) -> World | None:
        """The world that one of the values speaks of: by an id, a source system or a currency."""
        for value in values:
            if not isinstance(value, str):
                continue
            found = WORLD_ID.search(value)
            world = self._by_number.get(int(found[1])) if found else self._by_currency.get(value)
            if world:
                return world
        return None

    @cached_property
    def _by_number(self) -> dict[int, World]:
        return {world.number: world for world in self.worlds}

    @cached_property
    def _by_currency(self) -> dict[Any, World]:
        return {currency: world for world in self.worlds for currency in world.currencies}

    def describe(self, world: World) -> str:
        calendar = f"missing {sorted(self.missing)}, late {sorted(self.late)}"
        return f"{world}\n  {calendar}"

    def files(self, day: int, decisions: Iterable[Row] = ()) -> Iterator[tuple[str, int, str, list[dict[str, Any]]]]:
        """What arrives before the run of a day: feed, extract's day, file name and rows."""
        arriving: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
        for name in contracts():
            for extract_day in range(day + 1):
                if (name, extract_day) not in self.missing and self._arrival(name, extract_day) == day:
                    arriving[name, extract_day, "rows.json"] = []
        rows = [row for world in self.worlds for row in world.rows]
        for row in (*rows, *decisions):
            first = self._arrival(row.contract, row.day)
            if (row.contract, row.day) in self.missing or max(first, row.delivered) != day:
                continue
            # Rows that come later come under the same file name, or under another.
            name = "rows.json" if first == day or row.day % 2 else "more.json"
            arriving.setdefault((row.contract, row.day, name), []).append(row.values)
        for (feed, extract_day, file_name), values in arriving.items():
            yield feed, extract_day, file_name, values

    def _arrival(self, feed: str, day: int) -> int:
        return day + 1 if (feed, day) in self.late else day


class Warehouse:
    """A home in which cases are run."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        self.home.path.mkdir(parents=True, exist_ok=True)

    def deliver(self, case: Case, day: int, decisions: Iterable[Row] = ()) -> None:
        """Put into the inbox what arrives before the run of a day."""
        for feed, extract_day, file_name, rows in case.files(day, decisions):
            path = self.home.inbox / feed / date_of(extract_day).isoformat() / file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            columns = ("source_system", *contract(feed).column_names)
            listed = [{name: row.get(name) for name in columns} for row in rows]
            path.write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")

    def land(self, day: int | date) -> None:
        """Take what the inbox has up to a day, and change nothing else."""
        land(self.home, date_of(day))

    def run(self, day: int | date, tested: bool = True) -> list[dbt_build.NodeFailure]:
        """Load what is there up to a day and build the models, with their tests unless told otherwise."""
        self.land(day)
        load(self.home, date_of(day))
        arguments = dbt_build.build_arguments

        def untested(*of: str) -> list[str]:
            return [*arguments(*of), "--exclude-resource-type", "test"]

        with mock.patch.object(dbt_build, "build_arguments", arguments if tested else untested):
            return dbt_build.build(
                self.home.path, date_of(day).isoformat(), self.home.timezone, on_result=lambda event: None
            )

    def copy_landing(self, source: "Warehouse") -> None:
        """Have what landed elsewhere, as a replay has."""
        shutil.copytree(source.home.landing, self.home.landing)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def records(self, sql: str) -> list[dict[str, Any]]:
        """Rows by column name."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            result = connection.execute(sql)
            columns = [column[0] for column in result.description]
            return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def date_of(day: int | date) -> date:
    """A day by its number, or as it is."""
    return day if isinstance(day, date) else FIRST + timedelta(days=day)


def comparable(value: Any) -> Any:
    """Lists hashable, numbers of one scale equal."""
    if isinstance(value, list):
        return tuple(map(comparable, value))
    return value.normalize() if isinstance(value, Decimal) else value
