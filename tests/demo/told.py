"""Canonical rows as the values that the warehouse keeps, to be compared with what became of them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ingest.contract import Column, contract
from ingest.feed import Feed

TRUTH = {"true": True, "false": False}


def typed(feed: Feed, name: str, row: Mapping[str, str | None]) -> tuple:
    """The values of a contract's columns in their order."""
    return tuple(_value(feed, column, row.get(column.name)) for column in contract(name).columns)


def _value(feed: Feed, column: Column, text: str | None) -> object:
    if text is None or not text.strip():
        return None
    if column.type == "amount":
        return Decimal(text).quantize(Decimal("0.0001"))
    if column.type == "timestamp":
        time = datetime.fromisoformat(text)
        zoned = time if time.tzinfo else time.replace(tzinfo=ZoneInfo(feed.timezone))
        return zoned.astimezone(UTC).replace(tzinfo=None)
    if column.type == "date":
        return date.fromisoformat(text)
    if column.type == "boolean":
        return TRUTH[text]
    return int(text) if column.type == "integer" else text.strip()


def in_order(rows: list[tuple]) -> list[tuple]:
    """The rows in an order that takes absent values."""
    return sorted(rows, key=repr)
