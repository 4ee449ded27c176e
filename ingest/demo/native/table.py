"""Tables with columns and words of their own, which the feed's ``options`` name (format ``table``)."""

from collections.abc import Mapping
from typing import Any

from ingest.contract import contract as contract_of
from ingest.demo.native.spelling import cell, csv_bytes
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

Source = Mapping[str, Any]


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """One CSV file for each contract, named after it."""
    return {f"{contract}.csv": _file(feed, contract, rows) for contract in feed.contracts}


def _file(feed: Feed, contract: str, rows: Rows) -> bytes:
    sources = _sources(feed, contract)
    headers = list(dict.fromkeys(source["column"] for source in sources.values()))
    lines = [headers]
    for row in rows[contract]:
        cells = _cells(feed, contract, sources, row)
        lines.append([cells.get(header, "") for header in headers])
    return csv_bytes(lines, feed.encoding)


def _sources(feed: Feed, contract: str) -> dict[str, Source]:
    """Columns of the contract to what the options say of the file's column; constants have none."""
    options: Any = feed.options[contract]
    told = options["columns"].items()
    sources: dict[str, Source] = {name: {"column": it} if isinstance(it, str) else it for name, it in told}
    return {name: source for name, source in sources.items() if "column" in source}


def _cells(feed: Feed, contract: str, sources: Mapping[str, Source], row: Row) -> dict[str, str]:
    """The row by the headers of the file; of several columns with one header any that is there speaks."""
    cells: dict[str, str] = {}
    for name, source in sources.items():
        theirs = {ours: word for word, ours in source.get("values", {}).items()}
        value = row.get(name, "")
        written = cell(feed, contract_of(contract).column(name), theirs.get(value, value), source.get("format", ""))
        if written:
            cells[source["column"]] = written
    return cells
