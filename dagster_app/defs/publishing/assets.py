"""Published and report: what people get once every test has passed. Thin: `publish` and `report` do the work."""

import dagster as dg

from dagster_app import dbt_build, order, publish
from dagster_app import report as reports
from dagster_app.errors import DailyRunError
from dagster_app.metadata import published_metadata, report_metadata
from dagster_app.partitions import business_dates
from dagster_app.progress import progress
from ingest.settings import Home


def _models() -> list[dg.AssetKey]:
    return [dg.AssetKey(list(table.relation)) for table in dbt_build.tables()]


@dg.asset(
    group_name="published",
    deps=_models(),
    partitions_def=business_dates(),
    kinds={"duckdb"},
    description=(
        "The database analysts open, published/sverka.duckdb: staging, intermediate and marts of the last date whose "
        "tests all passed. It is replaced as a whole and never changes under a reader."
    ),
)
def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Copy the tested tables, verify the copy, put it in place of the published one."""
    home, as_of = Home.from_environment(), context.partition_time_window.start.date()
    progress.step("publish", "copying and verifying tested tables")
    try:
        order.record(home, as_of)
        publication = publish.publish(home.warehouse, home.published_database, dbt_build.tables())
    except DailyRunError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    return dg.MaterializeResult(metadata=published_metadata(home, publication))


@dg.asset(
    group_name="published",
    deps=[published],
    partitions_def=business_dates(),
    kinds={"html", "xlsx"},
    description="What finance takes away for this date: a page with numbers, plots and exceptions; the list as XLSX.",
)
def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Write the reports of the date from what is published."""
    home, as_of = Home.from_environment(), context.partition_time_window.start.date()
    progress.step("report", "writing")
    return dg.MaterializeResult(metadata=report_metadata(reports.write(home, as_of)))
