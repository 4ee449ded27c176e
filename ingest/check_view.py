"""What `sverka check` understood, as tables in a terminal or as JSON. Shows what it is given."""

from dataclasses import asdict
from typing import Any

import click

from ingest import terminal
from ingest.check import Checked, ContractFound, Report

FEEDS = ("feed", "read", "accepted", "rejected", "refused_files", "warnings")
ROWS = ("contract", "read", "accepted", "rejected")
REJECTS = ("contract", "reason", "column", "rows", "first_file", "first_row", "value")
FIELDS = ("contract", "filled", "never_filled", "unmapped")
MONEY = ("contract", "currency", "rows", "total", "smallest", "largest")
LINKS = ("contract", "id", "rows", "found", "where")


def show(report: Report, as_json: bool) -> None:
    """Everything, feed by feed; warnings last."""
    if as_json:
        checked = [asdict(item) | {"is_readable": item.is_readable} for item in report.feeds]
        terminal.print_json({"feeds": checked, "warnings": report.warnings, "exit_code": report.exit_code})
        return
    if not report.feeds:
        click.echo("Nothing to check: no feed is declared in sverka.yml, and the inbox has no file.")
    for item in report.feeds:
        _show_feed(item)
    if len(report.feeds) > 1:
        terminal.print_table("All feeds", [_summary(item) for item in report.feeds], FEEDS)
    _show_warnings(report.warnings)
    unreadable = [item.feed for item in report.feeds if not item.is_readable]
    if unreadable:
        click.echo(f"Cannot be read: {', '.join(unreadable)}.")


def _show_feed(item: Checked) -> None:
    click.echo(f"{item.feed}: {item.format}, source system {item.source_system}")
    if item.pull_error is not None:
        click.echo(f"  could not be pulled: {item.pull_error}")
    if item.files:
        given = "the first pages of the live system" if item.is_pulled else "the file given"
        taken = f"the extract of {item.extract_date}" if item.extract_date else given
        click.echo(f"  sample: {taken}: {', '.join(file.name for file in item.files)}")
    for file in item.files:
        if file.outcome == "refused":
            click.echo(f"  refused ({file.reason}): {file.message}")
        if file.outcome == "unread":
            click.echo(f"  {file.name} could not be read from the disk.")
    if any(found.rows_accepted for found in item.contracts):
        click.echo(f"  time zone: {_zone(item)}")
        click.echo(f"  money: {item.money_unit}")
    found = [contract for contract in item.contracts if contract.rows_read]
    counts = [
        {"contract": one.contract, "read": one.rows_read, "accepted": one.rows_accepted, "rejected": one.rows_rejected}
        for one in found
    ]
    terminal.print_table("Rows", counts, ROWS)
    terminal.print_table("Rejected rows", [line for one in found for line in _rejects(one)], REJECTS)
    accepted = [one for one in found if one.rows_accepted]
    can_tell = all(one.unmapped is not None for one in accepted)
    terminal.print_table("Fields", [_fields(one) for one in accepted], FIELDS if can_tell else FIELDS[:-1])
    money = [{"contract": one.contract} | asdict(line) for one in accepted for line in one.money]
    terminal.print_table("Money", money, MONEY)
    terminal.print_table("Ids that link", [line for one in accepted for line in _links(one)], LINKS)
    _show_warnings(item.warnings)
    click.echo()


def _summary(item: Checked) -> dict[str, Any]:
    return {
        "feed": item.feed,
        "read": sum(found.rows_read for found in item.contracts),
        "accepted": sum(found.rows_accepted for found in item.contracts),
        "rejected": sum(found.rows_rejected for found in item.contracts),
        "refused_files": sum(file.outcome == "refused" for file in item.files),
        "warnings": len(item.warnings),
    }


def _show_warnings(warnings: list[str]) -> None:
    for warning in warnings:
        click.echo(f"  ! {warning}")


def _zone(item: Checked) -> str:
    if not item.zone_used_by:
        return f"every time of the sample has its own offset or the format's zone; others would be {item.time_zone}"
    return f"{item.time_zone} for times without an offset: {', '.join(item.zone_used_by)}"


def _rejects(found: ContractFound) -> list[dict[str, Any]]:
    return [
        {
            "contract": found.contract,
            "reason": one.reason,
            "column": one.column,
            "rows": one.rows,
            "first_file": one.file,
            "first_row": one.row,
            "value": one.value,
        }
        for one in found.rejects
    ]


def _fields(found: ContractFound) -> dict[str, Any]:
    """Columns that some rows leave empty are shown with their number of rows."""
    filled = [name if rows == found.rows_accepted else f"{name} ({rows})" for name, rows in found.filled.items()]
    return {
        "contract": found.contract,
        "filled": filled,
        "never_filled": found.never_filled,
        "unmapped": found.unmapped,
    }


def _links(found: ContractFound) -> list[dict[str, Any]]:
    """Where an id is found; an id that is found nowhere is one line."""
    lines = []
    for column in dict.fromkeys(link.column for link in found.links):
        links = [link for link in found.links if link.column == column]
        hits = [link for link in links if link.rows_found] or links[:1]
        lines += [
            {
                "contract": found.contract,
                "id": column,
                "rows": link.rows,
                "found": link.rows_found,
                "where": link.place if link.rows_found else "nowhere",
            }
            for link in hits
        ]
    return lines
