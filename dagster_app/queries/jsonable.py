"""Answers as JSON: money as exact decimal strings, dates and UTC times in ISO 8601."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def to_jsonable(value: Any) -> Any:
    """The same answer made of dict, list, str, int, float, bool and None. UTC datetimes get a trailing `Z`."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_jsonable(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date):
        return value.isoformat()
    return value


def to_json(value: Any) -> str:
    """`to_jsonable` as text, Cyrillic kept readable."""
    return json.dumps(to_jsonable(value), ensure_ascii=False, indent=2)
