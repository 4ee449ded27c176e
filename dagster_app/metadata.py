"""What a finance person reads beside each asset in Dagster: counts, amounts, tables, a trend. Builds, decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from dagster_app.publish import Publication
from ingest.contract import contracts
from ingest.settings import Home

Metadata = dict[str, Any]


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
