"""How the systems spell times, numbers and JSON."""

import csv
import io
import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ingest.contract import Column
from ingest.feed import Feed

_NUMBER = "\ue000"
"""Marks a text that is written as a JSON number, exactly as it is."""
_MARKED = re.compile(f'"{_NUMBER}(-?[0-9.]+)"')

NO_BREAK_SPACE = "\u00a0"


def clock(time: str, timezone: str) -> datetime:
    """The wall clock of a zone at a canonical time."""
    return datetime.fromisoformat(time).astimezone(ZoneInfo(timezone))


def epoch_milliseconds(time: str) -> int:
    """Milliseconds since 1970 of a canonical time."""
    return int(datetime.fromisoformat(time).timestamp()) * 1000


def minor(amount: str, decimals: int) -> str:
    """A canonical amount in minor units, a whole number."""
    return str(int(Decimal(amount).scaleb(decimals)))


def number(text: str) -> str:
    """A text that ``json_bytes`` writes as a JSON number of the same digits."""
    return _NUMBER + text


def json_bytes(document: Any) -> bytes:
    """A document as UTF-8 JSON."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return (_MARKED.sub(r"\1", text) + "\n").encode("utf-8")


def comma_number(amount: str) -> str:
    """``1 234,50``, with a space that does not break."""
    return f"{Decimal(amount):,.2f}".replace(",", NO_BREAK_SPACE).replace(".", ",")


def cell(feed: Feed, column: Column, value: str, time_format: str) -> str:
    """A canonical value as the feed's tables hold it: in its zone, with its decimal sign; empty stays empty."""
    if value and column.type == "timestamp":
        return clock(value, feed.timezone).strftime(time_format)
    if value and column.type == "amount" and feed.decimal_comma:
        return comma_number(value)
    return value


def csv_bytes(lines: list[list[str]], encoding: str | None) -> bytes:
    """A CSV file with semicolons, by default UTF-8."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode(encoding or "utf-8")
