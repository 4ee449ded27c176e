"""Run the demonstration in a home and keep the exceptions of each day in `<home>/observed/<date>.json`."""

import json
import sys
from pathlib import Path

import duckdb

from dagster_app import demonstration
from dagster_app.launch import Day
from dagster_app.progress import progress
from ingest.home import Home


def observe(home: Home, day: Day) -> None:
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        rows = connection.execute(
            "select exception_code, subject_type, subject_id from marts.fct_exceptions"
        ).fetchall()
    folder = home.path / "observed"
    folder.mkdir(exist_ok=True)
    (folder / f"{day.as_of}.json").write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    progress.enabled = True
    the_home = Home(Path(sys.argv[1]))
    demonstration.run(the_home, after_day=lambda day: observe(the_home, day))
