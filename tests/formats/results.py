"""What tests of the formats ask of a parser's rows and rejects."""

from ingest.formats.base import Reject, Row


def rows(parsed: list[Row | Reject]) -> list[dict[str, str | None]]:
    """The values of every row; there must be no reject."""
    assert all(isinstance(item, Row) for item in parsed), parsed
    return [item.values for item in parsed if isinstance(item, Row)]


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    """The values of the only row."""
    (values,) = rows(parsed)
    return values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    """Column and reason of the only reject."""
    (reject,) = parsed
    assert isinstance(reject, Reject), reject
    return reject.column, reject.reason


def amounts(items: list[Row | Reject]) -> list[str | None]:
    """The amount of each row, column and reason of each reject."""
    return [item.values["amount"] if isinstance(item, Row) else f"{item.column}: {item.reason}" for item in items]


def values(items: list[Row | Reject], column: str) -> list[str | None]:
    """A column of every row; there must be no reject."""
    assert all(isinstance(item, Row) for item in items), items
    return [item.values.get(column) for item in items if isinstance(item, Row)]
