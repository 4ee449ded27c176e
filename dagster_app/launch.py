"""Running business dates: the daily job, once per date and in order, recorded in the home's Dagster instance.

What does not belong here: what a step does (the assets) and how results are shown (the command line).
"""

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from dagster_app import lock, order
from dagster_app.dates import today
from dagster_app.errors import BadRequestError, DailyRunError
from dagster_app.progress import progress
from dagster_app.summary import summary
from ingest.settings import Home, extract_dates, first_pull_date

JOB = "daily_reconciliation"
REPOSITORY = "__repository__@dagster_app.definitions"
"""What `dagster dev -m dagster_app.definitions` calls its repository: runs with this label are shown as the job's."""


COUNTS = ("files", "rows_read", "rows_loaded", "rows_rejected", "files_refused", "files_repeated")
LOAD_LOG = "load_log"


class RunFailedError(DailyRunError):
    """A date could not be reconciled; nothing was published for it."""


@dataclass(frozen=True)
class Day:
    """One published date: the Dagster run, its seconds, and what ingest counted by the names in COUNTS."""

    as_of: date
    run_id: str
    seconds: float
    counts: Mapping[str, int]


def choose_date(home: Home, wanted: date | None) -> tuple[date, list[str]]:
    """The date to run, and what the caller should know about that choice.

    Without a wish it is the latest extract date. Extracts dated after the current business date are most likely
    misnamed folders: they are left out of the choice and named, unless there are no others. A date that the run itself
    can pull needs no extract before. Raises BadRequestError when no extract is dated on or before the date, or the date
    lies in the future of both the clock and the extracts.
    """
    extracts, current = sorted(extract_dates(home)), today(home.timezone)
    since = first_pull_date(home)
    if wanted is not None and since is not None and since <= wanted <= current:
        return wanted, []
    if not extracts:
        raise BadRequestError(
            f"there is nothing to reconcile: {home.inbox} holds no extract. Put files into "
            f"{home.inbox}/<feed>/<YYYY-MM-DD>/ (feeds are named like provider.payments), fetch them with "
            "`sverka pull`, or see `sverka demo`"
        )
    past = [day for day in extracts if day <= current] or extracts
    if wanted is None:
        late = [day.isoformat() for day in extracts if day > past[-1]]
        warning = f"extracts dated in the future wait for their day (today is {current}): {', '.join(late)}"
        return past[-1], [warning] if late else []
    if wanted < extracts[0]:
        raise BadRequestError(f"no extract is dated {wanted} or before; the first one is of {extracts[0]}")
    if wanted > max(current, extracts[-1]):
        raise BadRequestError(f"{wanted} is in the future: today is {current}, the last extract is of {extracts[-1]}")
    return wanted, []


def run_days(home: Home, as_of: date, after_day: Callable[[Day], None] | None = None) -> list[Day]:
    """Run every date that is due up to `as_of`, each as one run of the daily job; `after_day` sees each published one.

    Raises OutOfOrderError for a date before the last published one, RunLockedError when another run is working, and
    RunFailedError naming the date, what went wrong and where to look; the dates before it stay published.
    """
    with lock.hold(home.path):
        return run_dates(home, order.dates_due(home, as_of), after_day=after_day)


def run_dates(
    home: Home,
    dates: list[date],
    before_day: Callable[[date], object] | None = None,
    after_day: Callable[[Day], None] | None = None,
) -> list[Day]:
    """Run the given dates in their order, as `run_days` does; `before_day` is called with each date before its run."""
    with lock.hold(home.path):
        progress.start(dates[0].isoformat())
        progress.step("start", "reading definitions and models")
        return _run(home, dates, before_day, after_day)


def _run(
    home: Home,
    dates: list[date],
    before_day: Callable[[date], object] | None,
    after_day: Callable[[Day], None] | None,
) -> list[Day]:
    from dagster_app import instance as instances

    # The definitions and dbt find their home in the environment.
    os.environ["SVERKA_HOME"], os.environ["SVERKA_TIMEZONE"] = str(home.path), home.timezone
    days = []
    with instances.open_instance(home.dagster) as instance:
        instances.close_orphans(instance)
        with _daily_job() as job:
            for day in dates:
                if before_day is not None:
                    before_day(day)
                progress.start(day.isoformat())
                days.append(_run_day(job, instance, day))
                if after_day is not None:
                    after_day(days[-1])
    return days


@contextmanager
def _daily_job() -> Iterator[Any]:
    """The job, read without garbage collections and kept out of those of its runs: each would walk over all models."""
    gc.disable()
    try:
        from dagster_app.definitions import defs

        job = defs().resolve_job_def(JOB)
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()
    try:
        yield job
    finally:
        gc.unfreeze()


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
        # The report is made from published: when only it failed, the tables are out and the date may be run again.
        is_out = any(event.step_key == "published" and event.is_step_success for event in result.all_events)
        state = "its tables are published, but its report is not; run it again" if is_out else "nothing was published"
        raise RunFailedError(f"{day}: {state}: {_reason(result)}")
    progress.step("done", "published")
    return Day(day, result.run_id, round(seconds, 1), _counts(result))


def _counts(result: Any) -> dict[str, int]:
    """What the load log's materialisation says of all files of the run."""
    for event in result.asset_materializations_for_node("raw"):
        if event.asset_key.path[-1] == LOAD_LOG:
            return {name: int(event.metadata[name].value) for name in COUNTS}
    return dict.fromkeys(COUNTS, 0)


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


def answer(home: Home, days: list[Day]) -> dict[str, Any]:
    """What `sverka run` answers: the dates that were run with their counts, and the state of the last one."""
    as_of = days[-1].as_of
    return {
        "as_of": as_of,
        "published": home.published_database,
        "report": home.reports / as_of.isoformat(),
        "days": [{"as_of": day.as_of, "run_id": day.run_id, "seconds": day.seconds, **day.counts} for day in days],
        **summary(home, as_of),
    }
