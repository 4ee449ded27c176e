"""Exact numbers, times, currencies and JSON, which every format relies on."""

import io
import json
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import FORMATS
from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    decimal,
    dotted_date,
    epoch_time,
    iso_time,
    major,
    plain,
    read_text,
)
from ingest.formats.currencies import decimals, letters
from ingest.formats.json_input import load_json


def loaded(body: bytes) -> object:
    return load_json(io.BytesIO(body), FormatOptions("file"))


def refused(body: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        loaded(body)
    return caught.value


def fault_of(function: object, *args: object) -> str:
    with pytest.raises(Fault) as caught:
        function(*args)  # type: ignore[operator]
    return caught.value.reason


def test_json_numbers_keep_their_text_and_never_become_floats() -> None:
    document = loaded(b'{"a": 0.1, "b": 123456789012345678901234567890.12, "c": 1793500000000, "d": 1E+2}')
    assert document == {"a": "0.1", "b": "123456789012345678901234567890.12", "c": "1793500000000", "d": "1E+2"}


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=4))
def test_a_sum_in_minor_units_survives_exactly(amount: Decimal) -> None:
    number = loaded(format(amount.scaleb(2), "f").encode())
    assert Decimal(plain(major("amount", number, 2))) == amount


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "missing_required"),
        (" ", "missing_required"),
        ("NaN", "bad_decimal"),
        ("Infinity", "bad_decimal"),
        ("1 234,50", "bad_decimal"),
        ("1,5", "bad_decimal"),
        ("٣", "bad_decimal"),
        ("0x10", "bad_decimal"),
        ("9" * 41, "bad_decimal"),
        (True, "bad_decimal"),
        ({}, "bad_decimal"),
        ("1e400", "out_of_range"),
        ("9" * 30, "out_of_range"),
        ("1e-400", "too_many_decimals"),
    ],
)
def test_what_is_no_sum_of_money_is_rejected(value: object, reason: str) -> None:
    assert fault_of(decimal, "amount", value) == reason


def test_plain_text_of_a_decimal() -> None:
    assert [plain(Decimal(text)) for text in ("1E+2", "-0.00", "5000.000", "33.3333", "1.5", "7")] == [
        "100",
        "0",
        "5000.00",
        "33.3333",
        "1.5",
        "7",
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty_without_header"),
        (b" \n", "empty_without_header"),
        (b'{"a": 1', "unparsable"),
        (b'{"a": NaN}', "unparsable"),
        (b'{"a": -Infinity}', "unparsable"),
        (b'{"amount": 1, "amount": 2}', "unparsable"),
        (b"[" * 100_000, "unparsable"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "unparsable"),
        (b'"\\ud800"', "undecodable"),
        ('{"a": "б"}'.encode("cp1251"), "undecodable"),
        (b"<html>Sign in</html>", "unparsable"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n{}", "unparsable"),
        (b"HTTP/1.1 200 OK", "unparsable"),
    ],
)
def test_what_is_no_json_extract_is_refused(body: bytes, reason: str) -> None:
    assert refused(body).reason == reason


def test_a_login_page_is_named_as_such() -> None:
    assert "login" in refused(b"\n <!doctype html><title>Login</title>").message


def test_a_number_of_ten_thousand_digits_does_not_stop_the_reader() -> None:
    assert sys.get_int_max_str_digits() < 10_000
    assert loaded(b"9" * 10_000) == "9" * 10_000


def test_a_recorded_http_header_and_a_byte_order_mark_are_taken_off() -> None:
    assert loaded(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n[]") == []
    assert loaded(b"\xef\xbb\xbf[]") == []


def test_a_declared_encoding_is_kept_to_and_an_unknown_one_is_said() -> None:
    assert read_text(io.BytesIO("ё".encode("cp866")), FormatOptions("f", encoding="cp866"), ("utf-8", "cp1251")) == "ё"
    with pytest.raises(FileRefused, match="klingon"):
        read_text(io.BytesIO(b"a"), FormatOptions("f", encoding="klingon"), ("utf-8",))


def test_epoch_milliseconds_are_utc() -> None:
    assert epoch_time("paid_at", "1414485649233") == "2014-10-28T08:40:49.233Z"


@pytest.mark.parametrize("value", ["1414485649", "99999999999999999999", "-1", "²"])
def test_seconds_or_nonsense_for_milliseconds_are_rejected(value: str) -> None:
    assert fault_of(epoch_time, "paid_at", value) == "bad_timestamp"


@pytest.mark.parametrize(
    ("value", "offset", "expected"),
    [
        ("2026-11-01 23:30:00.000", "+03:00", "2026-11-01T23:30:00.000+03:00"),
        ("2026-11-01T23:30:00Z", "+03:00", "2026-11-01T23:30:00Z"),
        ("2026-11-01", "+03:00", "2026-11-01T00:00:00+03:00"),
        ("2026-11-01T23:30:00", "", "2026-11-01T23:30:00"),
    ],
)
def test_an_offset_is_added_only_where_there_is_none(value: str, offset: str, expected: str) -> None:
    assert iso_time("created_at", value, offset) == expected


@pytest.mark.parametrize("value", ["2026-02-30T10:00:00", "01.11.2026", "2026-11-01T25:00", "today", "2026-W01-1"])
def test_what_is_no_time_is_rejected(value: str) -> None:
    assert fault_of(iso_time, "created_at", value) == "bad_timestamp"


@pytest.mark.parametrize("value", ["30.02.2026", "2026-11-01", "1.1.2026", "00.01.2026"])
def test_what_is_no_date_is_rejected(value: str) -> None:
    assert fault_of(dotted_date, "booked_date", value) == "bad_date"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("051", "AMD"), ("51", "AMD"), ("643", "RUB"), ("810", "RUB"), ("RUR", "RUB"), ("usd", "USD"), ("978", "EUR")],
)
def test_currency_codes(code: str, expected: str) -> None:
    assert letters(code) == expected


@pytest.mark.parametrize("code", ["000", "XXX", "999", "R", "", None, "²"])
def test_what_is_no_currency_has_no_letters(code: str | None) -> None:
    assert letters(code) is None


def test_decimals_follow_iso_4217() -> None:
    assert [decimals(code) for code in ("AMD", "RUB", "JPY", "KWD", "CLF")] == [2, 2, 0, 3, 4]


def test_formats_are_imported_by_name_only() -> None:
    assert "yookassa" in FORMATS
    assert "yookasse" not in FORMATS
    with pytest.raises(KeyError):
        FORMATS["yookasse"]
    for name, module in FORMATS.items():
        assert set(module.DEFAULT_CONTRACTS) <= set(module.CONTRACTS), name
        assert json.dumps(module.OPTIONS)
