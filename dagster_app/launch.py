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
from dagster_app.dates import today
from dagster_app.errors import BadRequestError, DailyRunError
from dagster_app.progress import progress
from dagster_app.summary import summary
from ingest.settings import Home, extract_dates, feeds

JOB = "daily_reconciliation"
REPOSITORY = "__repository__@dagster_app.definitions"
"""What `dagster dev -m dagster_app.definitions` calls its repository: runs with this label are shown as the job's."""


COUNTS = ("files", "rows_read", "rows_loaded", "rows_rejected", "files_refused", "files_repeated")


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
    misnamed folders: they are left out of the choice and named, unless there are no others. Raises BadRequestError when
    no extract is dated on or before the date, or the date lies in the future of both the clock and the extracts.
    """
    feeds(home)
    extracts, current = sorted(extract_dates(home)), today(home.timezone)
    if not extracts:
        raise BadRequestError(
            f"there is nothing to reconcile: {home.inbox} holds no extract. Put files into "
            f"{home.inbox}/<feed>/<YYYY-MM-DD>/ (feeds are named like provider.payments), or see `sverka demo`"
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
        raise RunFailedError(f"{day}: {_reason(result)}")
    progress.step("done", "published")
    return Day(day, result.run_id, round(seconds, 1), _counts(result))


def _counts(result: Any) -> dict[str, int]:
    """What the raw step counted over all its tables."""
    totals = dict.fromkeys(COUNTS, 0)
    for event in result.asset_materializations_for_node("raw"):
        for name in COUNTS:
            value = event.metadata.get(name)
            totals[name] += int(value.value) if value is not None else 0
    return totals


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
