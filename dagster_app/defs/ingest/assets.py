"""Pulled, landing and raw: what the systems delivered. Thin: `ingest` works, this attaches what a person reads."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from dagster_app import lock
from dagster_app.errors import DailyRunError
from dagster_app.metadata import ingested_tables, landing_metadata, pulled_metadata, table_metadata
from dagster_app.order import check_order
from dagster_app.partitions import business_dates
from dagster_app.progress import progress
from ingest import load
from ingest.errors import IngestError
from ingest.fetch import pulling
from ingest.settings import Home, latest_extract_date

RETRY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)
"""A file server that is away for some seconds is not worth a failed night."""


def _begin(home: Home, as_of: date) -> None:
    """Make sure that this run may go ahead. Raises RunLockedError, OutOfOrderError."""
    lock.acquire(home.path)
    check_order(home, as_of)


@dg.asset(
    group_name="ingest",
    partitions_def=business_dates(),
    kinds={"api"},
    check_specs=[
        dg.AssetCheckSpec("every_feed_was_pulled", asset="pulled", description="No source is late by a pull.")
    ],
    description="Extracts fetched from the live systems for this date, by the feeds that have a `pull` in sverka.yml.",
)
def pulled(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Fetch what is declared so, after making sure that this run may go ahead. A source that fails is merely late."""
    home, as_of = Home.from_environment(), context.partition_time_window.start.date()
    progress.step("pull", "asking the live systems")
    try:
        _begin(home, as_of)
        report = pulling.pull(home, as_of, progress=lambda text: progress.detail("pull", text))
    except (DailyRunError, IngestError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    for problem in report.problems:
        progress.step("pull", problem)
    if report.is_failed and latest_extract_date(home, as_of) is None:
        nothing = f"nothing could be pulled, and there is no other extract. {' '.join(report.problems)}"
        raise dg.Failure(description=nothing, allow_retries=False)
    check = dg.AssetCheckResult(
        passed=not report.problems,
        severity=dg.AssetCheckSeverity.WARN,
        description="\n".join(report.problems) or None,
    )
    return dg.MaterializeResult(metadata=pulled_metadata(report), check_results=[check])


@dg.asset(
    group_name="ingest",
    deps=[pulled],
    partitions_def=business_dates(),
    retry_policy=RETRY,
    kinds={"file"},
    description="Every file the systems have dropped for dates up to this one, kept verbatim under its SHA-256.",
)
def landing(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Copy new inbox files to landing."""
    home, as_of = Home.from_environment(), context.partition_time_window.start.date()
    progress.step("landing", "copying new files")
    try:
        _begin(home, as_of)
        report = load.land(home, as_of)
    except (DailyRunError, IngestError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    return dg.MaterializeResult(metadata=landing_metadata(report))


@dg.multi_asset(
    name="raw",
    specs=[
        dg.AssetSpec(
            dg.AssetKey([schema, table]),
            deps=[dg.AssetKey("landing")],
            description=description,
            group_name=schema,
            kinds={"duckdb"},
            partitions_def=business_dates(),
        )
        for (schema, table), description in ingested_tables().items()
    ],
    retry_policy=RETRY,
)
def raw(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Load what was landed and is not loaded yet: typed rows to raw, everything else to quarantine with its reason."""
    home, as_of = Home.from_environment(), context.partition_time_window.start.date()
    progress.step("raw", "reading and loading files")
    try:
        report = load.load(home, as_of, lambda text: progress.detail("raw", text))
    except (DailyRunError, IngestError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    for key in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=key, metadata=table_metadata(report, *key.path))
