"""Landing and raw: what the systems delivered. Thin: `ingest.load` does the work, this attaches what a person reads."""

from collections.abc import Iterator

import dagster as dg

from dagster_app import lock
from dagster_app.errors import DailyRunError
from dagster_app.metadata import ingested_tables, landing_metadata, table_metadata
from dagster_app.order import check_order
from dagster_app.partitions import business_dates
from dagster_app.progress import progress
from ingest import load
from ingest.errors import IngestError
from ingest.settings import Home

RETRY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)
"""A file server that is away for some seconds is not worth a failed night."""


@dg.asset(
    group_name="ingest",
    partitions_def=business_dates(),
    retry_policy=RETRY,
    kinds={"file"},
    description="Every file the systems have dropped for dates up to this one, kept verbatim under its SHA-256.",
)
def landing(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Copy new inbox files to landing, after making sure that this run may go ahead."""
    home, as_of = Home.from_environment(), context.partition_time_window.start.date()
    progress.step("landing", "copying new files")
    try:
        lock.acquire(home.path)
        check_order(home, as_of)
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
