"""What is written of a row is what a canonical file's reader finds again, whatever the values."""

import csv
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.canonical import open_text
from ingest.contract import contracts
from ingest.fetch.sql import canonical_text, written

ORDERS = contracts()["website.orders"]
NAMES = ORDERS.column_names
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
VALUES = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.text('",;\r\n \\\ufeff', max_size=8),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.floats(),
    st.datetimes(),
    st.datetimes(timezones=OFFSETS),
    st.dates(),
    st.uuids(),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*[VALUES] * len(NAMES)), max_size=8))
def test_rows_come_back(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "website.orders.csv"
    texts = [[canonical_text(value) for value in row] for row in rows]
    path.write_bytes(written([NAMES]) + written(texts))
    with path.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream, strict=True)) == [list(NAMES), *texts]
    with duckdb.connect() as connection:
        file = open_text(connection, path, path.name, ORDERS, None, tmp_path)
        columns = ", ".join(f"coalesce({file.relation.columns[name]}, '')" for name in NAMES)
        found = connection.execute(f"select {columns} from {file.relation.relation}").fetchall()
    assert [list(row) for row in found] == texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (0.1, "0.1"),
        (date(2026, 11, 20), "2026-11-20"),
        (datetime(2026, 11, 20, 9, 30), "2026-11-20T09:30:00"),
        (datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=4))), "2026-11-20T09:30:00+04:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_are_canonical(value: object, text: str) -> None:
    assert canonical_text(value) == text


@pytest.mark.parametrize("value", [b"", bytearray(b"x"), memoryview(b"x"), [], {}, timedelta(1), object()])
def test_what_has_no_text_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_text(value)
