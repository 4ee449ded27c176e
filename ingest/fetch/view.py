"""What `sverka pull` fetched, as a table in a terminal or as JSON. Shows what it is given."""

from dataclasses import asdict

import click

from ingest import terminal
from ingest.fetch.pulling import PullReport

COLUMNS = ("feed", "day", "outcome", "files", "bytes")


def show(report: PullReport, as_json: bool) -> None:
    """Feed by feed; what to do about the failed ones last."""
    rows = [asdict(item) for item in report.feeds]
    if as_json:
        terminal.print_json({"feeds": rows, "exit_code": int(report.is_failed)})
        return
    terminal.print_table("Pulled", rows, COLUMNS, note="No feed is to be pulled for this date.")
    for problem in report.problems:
        click.echo(f"  ! {problem}")
