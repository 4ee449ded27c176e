"""The daily job and its schedule."""

from datetime import timedelta

import dagster as dg

from dagster_app import order
from ingest.settings import Home

daily_reconciliation = dg.define_asset_job(
    "daily_reconciliation",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Ingest, models, tests, publication and report for one business date.",
)


@dg.schedule(
    job=daily_reconciliation,
    cron_schedule="30 6 * * *",
    execution_timezone=Home.from_environment().timezone,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Each morning at 06:30 business time: the day before, after any day since the last published one.",
)
def every_morning(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
    """One run per date that is still to be run, oldest first; the queue runs one at a time."""
    yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
    last = order.last_published(Home.from_environment())
    if last is not None and last > yesterday:
        return dg.SkipReason(f"{last} is already published, nothing to do for {yesterday}.")
    return [dg.RunRequest(partition_key=day.isoformat()) for day in order.dates_to_run(last, yesterday)]
