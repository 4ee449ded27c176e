"""Running business dates: the daily job, once per date and in order, recorded in the home's Dagster instance.

What does not belong here: what a step does (the assets) and how results are shown (the command line).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dagster_app import lock, order
from dagster_app.progress import progress
from ingest.errors import SverkaError
from ingest.settings import Home

JOB = "daily_reconciliation"
REPOSITORY = "__repository__@dagster_app.definitions"
"""How `dagster dev -m dagster_app.definitions` names what it serves: runs with this label show up there as the job's."""


class RunFailed(SverkaError):
    """A date could not be reconciled; nothing was published for it."""


@dataclass(frozen=True)
class Day:
    """One published date: the Dagster run, its seconds, and the metadata of its landing, raw and published steps."""

    as_of: date
    run_id: str
    seconds: float
    counts: Mapping[str, Any]


def run_days(home: Home, as_of: date, after_day: Callable[[Day], None] | None = None) -> list[Day]:
    """Run every date that is due up to `as_of`, each as one run of the daily job; `after_day` sees each published one.

    Raises OutOfOrder for a date before the last published one, RunLocked when another run is working, and RunFailed
    naming the date, what went wrong and where to look; the dates before it stay published.
    """
    with lock.hold(Path(home.path)):
        dates = order.dates_to_run(order.last_published(home), as_of)
        progress.start(dates[0].isoformat())
        progress.step("start", "reading definitions and models")
        return _run(home, dates, after_day)


def _run(home: Home, dates: list[date], after_day: Callable[[Day], None] | None) -> list[Day]:
    from dagster_app import instance as instances

    days = []
    with instances.open_instance(home.dagster) as instance:
        instances.close_orphans(instance)
        from dagster_app.definitions import defs

        job = defs().resolve_job_def(JOB)
        for day in dates:
            progress.start(day.isoformat())
            days.append(_run_day(job, instance, day))
            if after_day is not None:
                after_day(days[-1])
    return days


def _run_day(job: Any, instance: Any, day: date) -> Day:
    started = time.monotonic()
    result = job.execute_in_process(
        instance=instance,
        partition_key=day.isoformat(),
        raise_on_error=False,
        tags={".dagster/repository": REPOSITORY},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    seconds = time.monotonic() - started
    if not result.success:
        raise RunFailed(f"{day}: {_reason(result)}")
    progress.step("done", "published")
    return Day(day, result.run_id, round(seconds, 1), {})


def _reason(result: Any) -> str:
    """The words of the first step that failed by itself."""
    failures = [event for event in result.all_events if event.is_step_failure]
    for event in failures:
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            return f"step {event.step_key}: {data.user_failure_data.description}"
        if data.error is not None:
            cause = data.error.cause or data.error
            return f"step {event.step_key}: {cause.message.strip()}"
    return "the run failed; `sverka ui` shows its log"
