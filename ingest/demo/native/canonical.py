"""Files that have the contracts' columns, in the feed's encoding and zone and with its decimal sign."""

from ingest.contract import contract as contract_of
from ingest.demo.native.spelling import cell, csv_bytes
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

TIME = "%Y-%m-%dT%H:%M:%S"


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """One CSV file for each contract, named after it."""
    return {f"{contract}.csv": _file(feed, contract, rows) for contract in feed.contracts}


def _file(feed: Feed, contract: str, rows: Rows) -> bytes:
    lines = [[column.name for column in contract_of(contract).columns]]
    lines += [_line(feed, contract, row) for row in rows[contract]]
    return csv_bytes(lines, feed.encoding)


def _line(feed: Feed, contract: str, row: Row) -> list[str]:
    return [cell(feed, column, row.get(column.name, ""), TIME) for column in contract_of(contract).columns]
