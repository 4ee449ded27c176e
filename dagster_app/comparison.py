"""`sverka compare A B`: which databases are meant, and the differences as tables."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from dagster_app.errors import BadRequestError
from dagster_app.queries.compare import Comparison, compare, totals
from dagster_app.queries.connection import Row
from dagster_app.queries.jsonable import to_jsonable
from ingest import terminal
from ingest.settings import Home

SHOWN = 20
"""Rows of each table on a terminal; JSON has them all."""

EXCEPTIONS = ("severity", "exception_code", "subject_id", "state_before", "state_after", "amount", "currency", "reason")
CHANGES = (
    "exception_code",
    "subject_id",
    "state_before",
    "state_after",
    "amount_before",
    "amount_after",
    "currency",
    "reason_after",
)
PAYMENTS = ("payment_key", "status_before", "status_after", "amount", "currency", "business_date")
BALANCES = ("customer_id", "invoice_id", "currency", "what", "before", "after", "change")
AMOUNTS = ("debt_amount", "overpayment_amount", "unapplied_amount", "balance_amount")


def database(home: Home, name: str) -> Path:
    """The database that `published`, the date of a replay or a path names. Raises BadRequestError."""
    if name == "published":
        path = home.published_database
        if not path.is_file():
            raise BadRequestError("nothing is published yet; `sverka run` comes first")
        return path
    path = Path(name)
    if path.exists():
        return path
    try:
        day = date.fromisoformat(name)
    except ValueError:
        raise BadRequestError(f"{name!r} is neither a file, nor `published`, nor the date of a replay") from None
    if not (home.replays / f"{day}.duckdb").is_file():
        raise BadRequestError(f"{day} was not replayed: `sverka replay --as-of {day}` does that")
    return home.replays / f"{day}.duckdb"


def run(home: Home, a: str, b: str) -> Comparison:
    """Compare what two names stand for. Raises BadRequestError."""
    return compare(database(home, a), database(home, b))


def show(found: Comparison, as_json: bool) -> None:
    """The differences as tables with totals, or all of them as JSON."""
    if as_json:
        same = found.a.as_of == found.b.as_of
        terminal.print_json(to_jsonable(found) | {"is_equal": found.is_equal, "same_date": same} | _paths(found))
        return
    click.echo(f"A: {found.a.database}, as of {found.a.as_of}\nB: {found.b.database}, as of {found.b.as_of}")
    if found.a.as_of != found.b.as_of:
        click.echo("They are of different dates: what happened between them differs too.")
    for mart in found.not_compared:
        click.echo(f"Not compared, because one of them does not have it: {mart}")
    if found.is_equal:
        click.echo("Nothing differs: the same exceptions, statuses and balances.")
        return
    _show_exceptions("Exceptions gained (open in B, not in A)", found.gained, "after")
    _show_exceptions("Exceptions lost (open in A, not in B)", found.lost, "before")
    _table("Exceptions changed", found.changed, CHANGES)
    counts = ("status_before", "status_after", "payments")
    terminal.print_table(f"Payments with another status: {len(found.payments)}", found.payment_counts, counts)
    _table("Payments with another status", found.payments, PAYMENTS)
    _show_balances("Customer balances", found.customers)
    _show_balances("Invoice balances", found.invoices)


def _paths(found: Comparison) -> dict[str, Any]:
    sides = {"a": found.a, "b": found.b}
    return {name: {"database": str(side.database), "as_of": to_jsonable(side.as_of)} for name, side in sides.items()}


def _show_exceptions(title: str, rows: list[Row], side: str) -> None:
    shown = [row | {"amount": row[f"amount_{side}"], "reason": row[f"reason_{side}"]} for row in rows]
    _table(title, shown, EXCEPTIONS)
    if rows:
        terminal.print_table("Their amounts", totals(shown, "amount"), ("currency", "count", "amount"))


def _show_balances(title: str, rows: list[Row]) -> None:
    """One line per figure that changed, and what all changes come to."""
    lines = [line for row in rows for line in _changes(row)]
    _table(
        f"{title} that differ: {len(rows)}", lines, [name for name in BALANCES if any(name in line for line in lines)]
    )
    sums = [
        {"what": name} | total
        for name in AMOUNTS
        for total in totals([line for line in lines if line["what"] == _words(name)], "change")
    ]
    if sums:
        named = [row | {"what": _words(row["what"])} for row in sums]
        terminal.print_table("All these changes together", named, ("what", "currency", "count", "amount"))


def _changes(row: Row) -> list[Row]:
    keys = {name: value for name, value in row.items() if not name.endswith(("_before", "_after"))}
    keys.setdefault("currency", row.get("currency_after") or row.get("currency_before"))
    names = [name.removesuffix("_before") for name in row if name.endswith("_before")]
    lines = []
    for name in names:
        before, after = row[f"{name}_before"], row[f"{name}_after"]
        if before != after:
            is_money = name in AMOUNTS
            change = (after or Decimal(0)) - (before or Decimal(0)) if is_money else None
            lines.append(keys | {"what": _words(name), "before": before, "after": after, "change": change})
    return lines


def _words(name: str) -> str:
    return name.removesuffix("_amount").replace("_", " ")


def _table(title: str, rows: list[Row], columns: Any) -> None:
    counted = title if ":" in title else f"{title}: {len(rows)}"
    terminal.print_table(counted, rows[:SHOWN], columns)
    if len(rows) > SHOWN:
        click.echo(f"… and {len(rows) - SHOWN:,} more; --json has them all")
