"""What a finance person reads beside each asset in Dagster: counts, amounts, tables, a trend. Decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_app.publish import Publication
from ingest.contract import contracts
from ingest.home import Home
from ingest.landing import LandingReport

Metadata = dict[str, Any]

RATES = ("currency", "payments", "amount", "matched by count", "matched by amount")


def markdown_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], empty: str) -> dg.MarkdownMetadataValue:
    """Rows as a markdown table with the given columns; `empty` when there are none."""
    lines = ["| " + " | ".join(_cell(row.get(column)) for column in columns) + " |" for row in rows]
    if not lines:
        return dg.MetadataValue.md(empty)
    head = ["| " + " | ".join(column.replace("_", " ") for column in columns) + " |", "|---" * len(columns) + "|"]
    return dg.MetadataValue.md("\n".join(head + lines))


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def raw_tables() -> dict[str, str]:
    """Raw table name to what its rows are, for every contract."""
    return {contract.raw_table: contract.description for contract in contracts().values()}


def landing_metadata(report: LandingReport) -> Metadata:
    """What came in: files and bytes copied, files seen before, and what could not be read or belongs to no feed."""
    notes = [{"what": "not read", "where": problem} for problem in report.problems]
    notes += [{"what": "not a feed", "where": folder} for folder in report.unknown_folders]
    return {
        "files landed": len(report.landed),
        "bytes landed": sum(entry.size for entry in report.landed),
        "files already landed": report.already_landed,
        "dates waiting": ", ".join(str(day) for day in sorted(report.later_dates)) or "none",
        "for a person": markdown_table(notes, ("what", "where"), "Nothing."),
    }


def published_metadata(home: Home, publication: Publication) -> Metadata:
    """What was published: size, how the day's payments agree by count and amount, what is open, and the trend."""
    from dagster_app import report

    return {
        "tables": len(publication.rows),
        "rows": sum(publication.rows.values()),
        "bytes": publication.size,
        "match rate": markdown_table(map(_rate, report.match_rates(home)), RATES, "No payment has this business date."),
        "open exceptions by code": dg.MetadataValue.md(report.open_exceptions_markdown(home)),
        "trend": dg.MetadataValue.md(report.trend_plot(home)),
    }


def _rate(row: Mapping[str, Any]) -> Metadata:
    """Shares as percentages, absent where there was nothing to match."""
    shares = {name: f"{row[name]:.1%}" for name in ("rate_count", "rate_amount") if row[name] is not None}
    return {
        "currency": row["currency"],
        "payments": row["payment_count"],
        "amount": row["payment_amount"],
        "matched by count": shares.get("rate_count"),
        "matched by amount": shares.get("rate_amount"),
    }


def report_metadata(paths: Sequence[Path]) -> Metadata:
    """Where the reports are."""
    return {path.name: dg.MetadataValue.path(path) for path in paths}
