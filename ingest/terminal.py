"""How answers reach a terminal: tables for people, JSON for programs. Nothing heavy is imported before it is needed."""

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import click

Row = Mapping[str, Any]


def print_json(value: Any) -> None:
    """One JSON document on standard output: money as exact text, dates in ISO 8601, Cyrillic kept readable."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_jsonable))


def _jsonable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)


def print_table(
    title: str, rows: Iterable[Row], columns: Sequence[str], note: str = "", whole: Collection[str] = ()
) -> None:
    """Rows as a table whose headings are the column names in words; nothing at all but `note` when there are none.

    The columns in `whole` are never broken over lines.
    """
    from rich.table import Table

    shown = list(rows)
    if not shown:
        if note:
            click.echo(note)
        return
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        is_number = all(isinstance(row.get(column), int | float | Decimal | None) for row in shown)
        justify: Any = "right" if is_number else "left"
        table.add_column(column.replace("_", " "), justify=justify, overflow="fold", no_wrap=column in whole)
    for row in shown:
        table.add_row(*(as_text(row.get(column)) for column in columns))
    _console().print(table)


def as_text(value: Any) -> str:
    """A value as people read it: money with thousands separators, lists joined, missing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(as_text(item) for item in value)
    return str(value)


def _console() -> Any:
    """A rich console on standard output, wide enough when the output is not a terminal, so that nothing is cut."""
    from rich.console import Console

    is_terminal = sys.stdout.isatty()
    return Console(markup=False, highlight=False, soft_wrap=False, width=None if is_terminal else 160)
