"""What a finance person reads beside each asset in Dagster: counts, amounts, tables, a trend. Decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_app.publish import Publication
from ingest.contract import contract, contracts
from ingest.fetch.pulling import PullReport
from ingest.home import Home
from ingest.landing import LandingReport
from ingest.load import FileResult, LoadReport

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


RAW, OPERATIONS, LOAD_LOG = "raw", "ops", "load_log"
"""Schemas of the warehouse that ingest fills, and the table that says what became of every file."""

OPERATION_TABLES = {
    "feeds": "Which feeds there are, what they are expected to deliver, and until when.",
    "feed_contracts": "Which kinds of record each feed supplies.",
    LOAD_LOG: "What became of every file: loaded, refused or a repeat, with its row counts.",
    "rejected_rows": "Rows in quarantine: file, row, column, value and reason.",
}


def ingested_tables() -> dict[tuple[str, str], str]:
    """(schema, table) of everything ingest fills, to what its rows are."""
    raw = {(RAW, contract.raw_table): contract.description for contract in contracts().values()}
    return raw | {(OPERATIONS, table): text for table, text in OPERATION_TABLES.items()}


def table_metadata(report: LoadReport, schema: str, table: str) -> Metadata:
    """What this run did for a table: its own files for a raw one, all files for the load log, else nothing to add."""
    if schema == RAW:
        return counts([item for item in report.files if item.contract and contract(item.contract).raw_table == table])
    return load_metadata(report) if table == LOAD_LOG else {}


def counts(files: Sequence[FileResult]) -> dict[str, int]:
    """Files and rows, by the names of `COUNTS`."""
    return {
        "files": len({(item.feed, item.extract_date, item.delivery) for item in files}),
        **{name: sum(getattr(item, name) for item in files) for name in ("rows_read", "rows_loaded", "rows_rejected")},
        "files_refused": sum(item.outcome == "refused" for item in files),
        "files_repeated": sum(item.outcome == "repeat" for item in files),
    }


def load_metadata(report: LoadReport) -> Metadata:
    """Totals of the run, and what a person has to see: refused files, files with rejected rows, problems."""
    refused = [
        {"file": _file(item), "reason": item.refusal_reason, "what to do": item.message} for item in report.refused
    ]
    rejected = [
        {"file": _file(item), "rows": item.rows_read, "rejected": item.rows_rejected}
        for item in report.files
        if item.rows_rejected
    ]
    return {
        **counts(report.files),
        "refused files": markdown_table(refused, ("file", "reason", "what to do"), "None."),
        "files with rejected rows": markdown_table(rejected, ("file", "rows", "rejected"), "None."),
        "problems": markdown_table([{"problem": text} for text in report.problems], ("problem",), "None."),
    }


def _file(item: FileResult) -> str:
    return f"{item.feed}/{item.extract_date}/{item.file_name}"


def pulled_metadata(report: PullReport) -> Metadata:
    """What was fetched, and which sources are late and why."""
    rows = [vars(item) for item in report.feeds]
    return {
        "files pulled": sum(item.files for item in report.feeds if item.outcome == "pulled"),
        "bytes pulled": sum(item.bytes for item in report.feeds),
        "feeds": markdown_table(rows, ("feed", "outcome", "files", "message"), "No feed is pulled: files are dropped."),
    }


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
