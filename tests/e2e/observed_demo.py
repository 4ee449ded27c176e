"""Run the demonstration in a home; keep what stands after each day in `<home>/observed/<date>.json`.

At the end the life of every exception ever seen is in `<home>/observed/lives.json`. Of the dates named after the home
what was published is kept beside, as `<date>.duckdb`.
"""

import json
import shutil
import sys
from pathlib import Path

from dagster_app import demonstration
from dagster_app.launch import Day
from dagster_app.progress import progress
from ingest.home import Home
from tests.e2e import homes

STANDING = """
    select exception_code, subject_type, subject_id, state
    from marts.fct_exceptions
    where state <> 'auto_closed'
"""
LIVES = """
    select
        exception_code, subject_type, subject_id, state, first_seen_date::varchar, last_seen_date::varchar,
        closed_date::varchar, times_reopened
    from marts.fct_exceptions
"""


def observe(home: Home, name: object, sql: str) -> None:
    folder = home.path / "observed"
    folder.mkdir(exist_ok=True)
    rows = homes.query(home.published_database, sql)
    (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")


def after_day(home: Home, day: Day, kept: list[str]) -> None:
    observe(home, day.as_of, STANDING)
    if str(day.as_of) in kept:
        shutil.copyfile(home.published_database, home.path / "observed" / f"{day.as_of}.duckdb")


if __name__ == "__main__":
    progress.enabled = True
    the_home = Home(Path(sys.argv[1]))
    demonstration.run(the_home, after_day=lambda day: after_day(the_home, day, sys.argv[2:]))
    observe(the_home, "lives", LIVES)
