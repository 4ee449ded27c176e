"""Values and whole files against Python's own reading of them (oracles: Decimal, datetime, csv)."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest import landing
from ingest.contract import contract
from ingest.home import Home
from ingest.lake import rejects_file
from ingest.parse import Parser, parsers
from ingest.settings import feeds
from ingest.typing_sql import Reading, TextRelation, prepare, typed_select
from tests.ingest.lab import COLUMNS

PAYMENTS = contract("provider.payments")
GOOD = {"provider_payment_id": "1", "status": "failed", "amount": "1", "currency": "AMD", "created_at": "2026-11-20"}
LARGEST = Decimal("999999999999999.9999")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        prepare(opened)
        fields = ", ".join(f"{name} varchar" for name in GOOD)
        opened.execute(f"create table text ({fields})")
        select = typed_select(PAYMENTS, TextRelation("text", {name: name for name in GOOD}), Reading("UTC"), "provider")
        opened.execute(f"create view typed as {select}")
        for depth in ("fast", "exact"):
            for name, is_plain in (("plain", True), ("other", False)):
                relation = TextRelation("text", {column: column for column in GOOD}, is_plain=is_plain)
                select = typed_select(PAYMENTS, relation, Reading("Asia/Yerevan"), "provider", depth)
                opened.execute(f"create view {depth}_{name} as {select}")
        yield opened


def typed(connection: duckdb.DuckDBPyConnection, column: str, values: list[str]) -> list[tuple[object, str | None]]:
    """(value, reason) of each text in the column, other columns being good."""
    connection.execute("delete from text").fetchall()
    fields = ", ".join("unnest($1)" if name == column else f"'{value}'" for name, value in GOOD.items())
    connection.execute(f"insert into text select {fields}", [values]).fetchall()
    return connection.execute(f"select {column}, _fault.reason from typed").fetchall()


def expected_amount(text: str) -> tuple[Decimal | None, str | None]:
    text = text.strip(" \t\r\n\u00a0\u2009\u202f\u200b\ufeff")
    if not text:
        return None, "missing_required"
    text = re.sub("[\u00a0\u2007\u2009\u202f]", "", text)
    if not re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
        return None, "bad_decimal"
    number = Decimal(text)
    if len(text.partition(".")[2].rstrip("0")) > 4:
        return None, "too_many_decimals"
    return (number, None) if 0 <= number <= LARGEST else (None, "out_of_range")


plain = st.from_regex(r"\A-?[0-9]{1,20}(\.[0-9]{1,8}0{0,12})?\Z")
odd = st.text(st.sampled_from("0123456789.,-+eE_ \u00a0\u202fx∞"), max_size=12)


@settings(max_examples=25)
@example(["-0", "0.0000", "1" + "0" * 40, "0" * 60 + "1", "1." + "0" * 60])
@given(st.lists(plain | odd, min_size=1, max_size=40))
def test_amounts_as_decimal_reads_them(connection: duckdb.DuckDBPyConnection, values: list[str]) -> None:
    assert typed(connection, "amount", values) == [expected_amount(value) for value in values]


moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29))
zones = st.integers(-15 * 60, 15 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(max_examples=25)
@given(st.lists(st.tuples(moments, st.none() | zones, st.sampled_from("T ")), min_size=1, max_size=40))
def test_timestamps_as_datetime_reads_them(
    connection: duckdb.DuckDBPyConnection, values: list[tuple[datetime, timezone | None, str]]
) -> None:
    aware = [moment.replace(tzinfo=zone) for moment, zone, _ in values]
    texts = [moment.isoformat(sep=separator) for moment, (_, _, separator) in zip(aware, values, strict=True)]
    expected = [(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC) for moment in aware]
    assert typed(connection, "created_at", texts) == [(moment.replace(tzinfo=None), None) for moment in expected]


@settings(max_examples=25)
@given(
    st.lists(st.from_regex(r"\A(19|20|00|99)\d\d-\d{1,2}-\d{1,2}([T ]\d\d:\d\d(:\d\d)?)?\Z"), min_size=1, max_size=40)
)
def test_days_that_do_not_exist(connection: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    def read(text: str) -> tuple[datetime | None, str | None]:
        try:
            is_strict = re.fullmatch(r"\d{4}-\d\d-\d\d(.*)", text, re.ASCII) is not None
            return (datetime.fromisoformat(text), None) if is_strict else (None, "bad_timestamp")
        except ValueError:
            return None, "bad_timestamp"

    assert typed(connection, "created_at", texts) == [read(text) for text in texts]


words = st.sampled_from(["1", "paid", "AMD", "2026-11-20"])
cells = st.text(st.sampled_from('ab1;,"\n |\u00a0ж-'), max_size=6) | words
rows = st.lists(st.lists(cells, min_size=1, max_size=8), max_size=12)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parser]:
    with parsers(Home(tmp_path_factory.mktemp("home"))) as [opened]:
        yield opened


@settings(max_examples=25)
@given(rows, st.sampled_from(["\n", "\r\n"]), st.sampled_from(",;"))
def test_every_row_of_any_csv_is_loaded_or_rejected(
    reader: Parser, rows: list[list[str]], newline: str, delimiter: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=newline, delimiter=delimiter)
    writer.writerows([COLUMNS, *rows])
    sha256, size = landing.store(reader.home, io.BytesIO(text.getvalue().encode()))
    entry = landing.Entry("provider.payments", date(2026, 11, 20), 1, "a.csv", sha256, size, None, "")
    (parsed,) = reader.parse(feeds(reader.home)[entry.feed], entry)
    assert parsed.rows_read == len(rows)
    assert parsed.rows_read == parsed.rows_loaded + parsed.rows_rejected
    loaded, rejected = numbers(parsed.good, "_row_number"), []
    if parsed.rows_rejected:
        rejects = rejects_file(parsed.good)
        rejected = numbers(rejects, "row_number")
        wrong = numbers(rejects, "case reason when 'wrong_column_count' then row_number end")
        assert wrong == [i for i, row in enumerate(rows, start=1) if not fits(row)]
    assert sorted(loaded + rejected) == list(range(1, len(rows) + 1))


def numbers(path: Path, expression: str) -> list[int]:
    found = duckdb.execute(
        f"select {expression} as number from read_parquet('{path}') where number is not null order by 1"
    )
    return [row[0] for row in found.fetchall()]


def fits(row: list[str]) -> bool:
    """Whether the row has the header's width, empty cells beyond it not counted."""
    return len(row) >= len(COLUMNS) and not any(row[len(COLUMNS) :])


ALMOST_GOOD = {
    "provider_payment_id": ["1", "PAY-1", "-", "PAY 1 "],
    "status": ["failed", "Failed", "paid"],
    "amount": ["1", "29200.00", "-5.5", "1.00000"],
    "currency": ["AMD", "amd", "XYZ"],
    "created_at": ["2026-11-20", "2026-10-05T23:53:01+04:00", "2026-10-05 23:53:01Z", "2026-10-05 23:53"],
}


@st.composite
def almost_good(draw: st.DrawFn) -> tuple[str, str]:
    """A column and a text near a good one: some characters replaced, inserted or appended."""
    column = draw(st.sampled_from(sorted(ALMOST_GOOD)))
    text = list(draw(st.sampled_from(ALMOST_GOOD[column])))
    for _ in range(draw(st.integers(0, 2))):
        mark = draw(st.sampled_from(' 09.,:+-TZaZ_/"\n\r\t\u00a0\u2009é'))
        text.insert(draw(st.integers(0, len(text))), mark)
    return column, "".join(text)


@given(almost_good())
def test_what_the_fast_depth_vouches_for_is_what_the_exact_depth_says(
    connection: duckdb.DuckDBPyConnection, drawn: tuple[str, str]
) -> None:
    column, text = drawn
    values = {**GOOD, column: text}
    connection.execute("delete from text").fetchall()
    marks = ", ".join("?" for _ in values)
    connection.execute(f"insert into text values ({marks})", list(values.values())).fetchall()
    is_plain = text.isascii() and not set("\t\r\n") & set(text)
    for name in ("plain", "other") if is_plain else ("other",):
        fast, exact = (connection.execute(f"select * from {depth}_{name}").fetchone() for depth in ("fast", "exact"))
        assert fast is not None and exact is not None
        assert fast[-1] is not None or fast == exact
