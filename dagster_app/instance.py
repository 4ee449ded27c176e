"""The Dagster instance of a home: runs, events and schedules live in `<home>/dagster`; nothing leaves the machine."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import dagster as dg

CONFIGURATION = """\
# Written by sverka when missing. Usage statistics are off: this is finance data.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
event_log_storage:
  module: dagster_app.event_log
  class: EventLog
  config: {}
"""


def prepare(folder: Path) -> None:
    """Make the folder a Dagster home, and the one this process and its children use; an own dagster.yaml stays."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "dagster.yaml"
    if not configuration.exists():
        scratch = configuration.with_suffix(".new")
        scratch.write_text(CONFIGURATION, encoding="utf-8")
        scratch.replace(configuration)
    os.environ["DAGSTER_HOME"] = str(folder.absolute())
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"


def open_instance(folder: Path) -> "dg.DagsterInstance":
    """The persistent instance of a home; close it after use."""
    import dagster as dg

    prepare(folder)
    return dg.DagsterInstance.from_config(str(folder))


def close_orphans(instance: "dg.DagsterInstance") -> list[str]:
    """Mark runs that were killed as failed, so that nobody waits for them; returns their ids.

    Call only while holding the home's run lock: then no run that has started can still be alive.
    """
    import dagster as dg

    started = instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    for run in started:
        instance.report_run_failed(run, "The process of this run was killed; the next run takes up its date again.")
    return [run.run_id for run in started]


def serve(home: Path, folder: Path, host: str, port: int) -> NoReturn:
    """Become Dagster's own process for this home: web server, daemon and schedule. Does not return."""
    prepare(folder)
    os.environ["SVERKA_HOME"] = str(home)
    arguments = ["-m", "dagster", "dev", "-m", "dagster_app.definitions", "-h", host, "-p", str(port)]
    os.execv(sys.executable, [sys.executable, *arguments])
