"""`sverka`: what people and schedules call. Thin: it parses arguments, calls the packages and prints their answers.

Nothing heavy is imported before a command needs it, so that `sverka --help` answers at once. Exit codes: 0 done,
1 the run, a test or a question failed, 2 bad usage or configuration.
"""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ingest.cli_options import DAY, JSON, home_of_environment, json_option
from ingest.decide_cli import decide


def _as_date(value: datetime | None) -> date | None:
    return None if value is None else value.date()


class Commands(click.Group):
    """Turns what the packages raise into one line on standard error and the promised exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; known errors end it without a traceback."""
        try:
            return super().invoke(ctx)
        except click.ClickException:
            raise
        except Exception as error:
            code = _exit_code(error)
            if code is None:
                raise
            click.echo(f"sverka: {error}", err=True)
            if ctx.meta.get(JSON):
                from ingest.terminal import print_json

                print_json({"error": str(error), "exit_code": code})
            ctx.exit(code)


def _exit_code(error: Exception) -> int | None:
    """2 for what the caller has to put right first, 1 for what went wrong, None for what nobody foresaw."""
    from dagster_app.errors import BadRequestError, DailyRunError
    from dagster_app.queries import NothingPublishedError, WrongDateError
    from ingest.decisions import DecisionError
    from ingest.errors import ConfigurationError, IngestError
    from ingest.waiver import WaiverError

    if isinstance(error, BadRequestError | ConfigurationError | DecisionError | WaiverError | WrongDateError):
        return 2
    return 1 if isinstance(error, DailyRunError | IngestError | NothingPublishedError) else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="sverka", prog_name="sverka")
def main() -> None:
    """Reconcile payments between providers, website, CRM, ERP, warehouse and fiscal service, every day.

    SVERKA_HOME (./data) holds all state, SVERKA_TIMEZONE (Asia/Yerevan) says when a business day ends.
    """


@main.command()
@click.option("--template", help="A small business in the files of the systems of this template, see `sverka init`.")
@click.option("--days", type=click.IntRange(21, 366), default=21, show_default=True, help="Business days to simulate.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another world of the same kind.")
@json_option
@click.pass_context
def demo(ctx: click.Context, template: str | None, days: int, seed: int, as_json: bool) -> None:
    """Write a demonstration world with known faults, run every day of it, print the summary.

    Needs a home of its own: it refuses one that already holds other extracts. With --template it writes that template's
    sverka.yml and nine days of native files.
    """
    from dagster_app import demonstration, views
    from dagster_app.progress import progress

    chosen = [name for name in ("days", "seed") if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT]
    if template is not None and chosen:
        raise click.UsageError(f"A template's business has its own days and no seed: leave out --{chosen[0]}.")
    progress.enabled = True
    views.show_run(demonstration.run(home_of_environment(), seed, days, template), as_json)


@main.command()
@click.option("--date", "day", type=DAY, help="The business date; by default that of the latest extract in the inbox.")
@json_option
def run(day: datetime | None, as_json: bool) -> None:
    """Reconcile a date, after any day since the last published one: ingest, models, tests, publish, report.

    Exit code 0: published. 1: the run or a test failed and nothing was published. 2: bad usage or configuration.
    """
    from dagster_app import launch, views
    from dagster_app.progress import progress

    progress.enabled = True
    home = home_of_environment()
    as_of, warnings = launch.choose_date(home, _as_date(day))
    for warning in warnings:
        click.echo(f"sverka: {warning}", err=True)
    views.show_run(launch.answer(home, launch.run_days(home, as_of)), as_json)


@main.command()
@click.option("--feed", help="Only this feed; by default every one that has a `pull` in sverka.yml.")
@click.option("--date", "day", type=DAY, help="The extract date; by default yesterday, the last whole business date.")
@click.option("--again", is_flag=True, help="Also what was pulled already.")
@json_option
def pull(feed: str | None, day: datetime | None, again: bool, as_json: bool) -> None:
    """Fetch extracts from the live systems into the inbox; the daily job does so by itself.

    Exit code 0: all are there. 1: a feed could not be pulled; the others are there. 2: bad usage or configuration.
    """
    from dagster_app import pulls
    from dagster_app.progress import progress
    from ingest.fetch import view

    progress.enabled = True
    report = pulls.pull(home_of_environment(), _as_date(day), feed, again)
    view.show(report, as_json)
    sys.exit(1 if report.is_failed else 0)


@main.command()
@click.option("--template", help="The combination to begin with; --list names them.")
@click.option("--list", "is_list", is_flag=True, help="Only name the templates.")
@click.option("--force", is_flag=True, help="Replace the sverka.yml that is there.")
@json_option
def init(template: str | None, is_list: bool, force: bool, as_json: bool) -> None:
    """Write a commented sverka.yml into the home, to be adapted. One that is there stays, unless --force is given."""
    from ingest import templates, terminal

    if is_list or template is None:
        if not is_list:
            raise click.UsageError(f"Say which --template: {', '.join(templates.names())}.")
        titles = [{"template": name, "for": templates.title(name)} for name in templates.names()]
        if as_json:
            terminal.print_json({"templates": titles})
        else:
            terminal.print_table("Templates", titles, ("template", "for"))
        return
    written = templates.write(home_of_environment(), template, force)
    if as_json:
        terminal.print_json({"template": template, "file": str(written.file), "feeds": written.feeds})
        return
    click.echo(f"Wrote {written.file}. Adapt it, put files into the folders below, then call `sverka check`.")
    for name in written.feeds:
        click.echo(f"  {written.inbox / name}/<YYYY-MM-DD>/")


@main.command()
@click.option("--feed", help="Only this feed; the samples of the others still show what links.")
@click.option(
    "--sample",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="This file; by default the files of the latest date in the feed's inbox.",
)
@json_option
def check(feed: str | None, sample: Path | None, as_json: bool) -> None:
    """Try each feed with a sample and say what was understood, without landing or loading anything.

    Of a feed with a `pull` and without a file the live system is asked for the first page of each list.

    Exit code 0: all can be read, with or without warnings. 1: a feed cannot be read. 2: bad usage or configuration.
    """
    from ingest import check as work
    from ingest import check_view

    report = work.check(home_of_environment(), feed, sample)
    check_view.show(report, as_json)
    sys.exit(report.exit_code)


main.add_command(decide)


@main.command()
@json_option
def status(as_json: bool) -> None:
    """Show feeds and their coverage, the last published date, open exceptions by code, folders that are no feed."""
    from dagster_app import views

    views.show_status(home_of_environment(), as_json)


@main.command()
@click.option("--feed", required=True, help="The feed, as its inbox folder is named.")
@click.option("--date", "day", type=DAY, required=True, help="The extract date that will never come.")
@click.option("--reason", required=True, help="Why it will never come.")
@click.option("--actor", required=True, help="Who decided it.")
@json_option
def waive(feed: str, day: datetime, reason: str, actor: str, as_json: bool) -> None:
    """Record that an extract will never come, by an empty one; the next run takes it up."""
    from ingest import terminal, waiver

    files = waiver.waive(home_of_environment(), feed, day.date(), reason, actor)
    if as_json:
        terminal.print_json({"feed": feed, "date": day.date(), "files": [str(path) for path in files]})
        return
    click.echo(f"Waived {feed} for {day.date()}; the next run takes it up.")
    for path in files:
        click.echo(f"  {path}")


@main.command()
@click.option("--date", "day", type=DAY, help="The published date; another one is refused with where to find it.")
@click.option("--code", help="Only this exception code.")
@click.option("--owner", help="Only what this owner, or who it is assigned to, has to close.")
@click.option(
    "--state",
    type=click.Choice(["open", "snoozed", "resolved", "auto_closed", "all"]),
    default="open",
    show_default=True,
    help="Which ones.",
)
@json_option
def exceptions(day: datetime | None, code: str | None, owner: str | None, state: str, as_json: bool) -> None:
    """List the differences: what, whose, how much, since when; by default the open ones."""
    from dagster_app import queries, views

    home = home_of_environment()
    rows = queries.exceptions(home, _as_date(day), code, owner, queries.STATES if state == "all" else (state,))
    snoozed = queries.exceptions(home, _as_date(day), code, owner, ("snoozed",)) if state == "open" else []
    views.show_exceptions(home, rows, state, len(snoozed), as_json)


@main.command()
@click.option("--as-of", "day", type=DAY, required=True, help="The date to rebuild, at most the last published one.")
@click.option(
    "--into", type=click.Path(path_type=Path), help="A new file; by default replays/<date>.duckdb in the home."
)
@json_option
def replay(day: datetime, into: Path | None, as_json: bool) -> None:
    """Rebuild a past date from what was delivered, with the present models and seeds, into a separate database.

    The warehouse and what is published stay as they are. `sverka compare published DATE` shows what differs.
    """
    from dagster_app import replay as work
    from dagster_app import views
    from dagster_app.progress import progress

    progress.enabled = True
    views.show_replay(work.replay(home_of_environment(), day.date(), into), as_json)


@main.command()
@click.argument("a")
@click.argument("b")
@json_option
def compare(a: str, b: str, as_json: bool) -> None:
    """Show what differs between two published databases: exceptions, payments, balances.

    A and B are each a file, `published`, or the date of a replay; what is said is how B differs from A.
    """
    from dagster_app import comparison

    comparison.show(comparison.run(home_of_environment(), a, b), as_json)


@main.command()
@click.argument("identifier", metavar="ID")
@json_option
def explain(identifier: str, as_json: bool) -> None:
    """Tell everything every system said about one payment, order, invoice, refund or document, in time order."""
    from dagster_app import queries, views

    story = queries.explain(home_of_environment(), identifier)
    views.show_story(story, as_json)
    if not story.is_found:
        sys.exit(1)


@main.command()
@click.option("--customer", required=True, help="The customer_id.")
@click.option("--from", "first", type=DAY, required=True, help="The first business date.")
@click.option("--to", "last", type=DAY, required=True, help="The last business date.")
@click.option("--format", "form", type=click.Choice(["xlsx", "html"]), default="xlsx", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="The file; by default in reports/statements of the home.")
@json_option
def statement(customer: str, first: datetime, last: datetime, form: str, out: Path | None, as_json: bool) -> None:
    """Write a customer's statement (акт сверки): opening balance, events, closing balance, per currency."""
    from dagster_app import views
    from dagster_app.queries.statement import statement as read
    from dagster_app.report.statement import write_statement

    home = home_of_environment()
    found = read(home, customer, first.date(), last.date())
    views.show_statement(found, write_statement(home, found, form, out), as_json)


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; there is no password.")
@json_option
def ui(port: int, host: str, as_json: bool) -> None:
    """Open Dagster on this home: assets, runs, checks and the schedule. Ends with Ctrl-C."""
    from dagster_app import instance
    from ingest import terminal

    home = home_of_environment()
    if as_json:
        terminal.print_json({"url": f"http://{host}:{port}", "home": str(home.path)})
    else:
        click.echo(f"Dagster for {home.path}: http://{host}:{port} (Ctrl-C ends it)")
    sys.stdout.flush()
    instance.serve(Path(home.path), home.dagster, host, port)
