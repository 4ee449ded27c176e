"""The streamed formats hold a few records in memory, however long the file is; the others refuse a file too large."""

import io
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from ingest.formats import (
    FORMATS,
    base,
    client_bank_statement,
    json_input,
    mt940,
    repeats,
    table_reader,
    text_input,
    xml_input,
)
from ingest.formats.base import FileRefused, FormatOptions, Row
from tests.formats.long_files import LONG

SIZE = 150_000
RECEIPTS = "#Document_ПоступлениеНаРасчетныйСчет"
STREAMED = [name for name, long in LONG.items() if long.is_streamed]
WHOLE = [name for name, long in LONG.items() if not long.is_streamed]


def kinds(name: str, path: Path) -> Counter[type]:
    long = LONG[name]
    with path.open("rb") as stream:
        return Counter(type(item) for item in FORMATS[long.format].parse(stream, long.options(path.name)))


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    return tmp_path / "long"


def test_every_format_has_a_long_file() -> None:
    assert {long.format for long in LONG.values()} == set(FORMATS)


@pytest.mark.parametrize("name", STREAMED)
def test_memory_does_not_grow_with_the_file(name: str, long_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading at once would take more than the file's size. What is read at a time is made as small as the file is."""
    for module in (json_input, table_reader, text_input, xml_input):
        monkeypatch.setattr(module, "CHUNK", 1 << 12)
    monkeypatch.setattr(repeats, "REMEMBERED", 0)
    LONG[name].write(long_file, SIZE // 5)
    kinds(name, long_file)
    _, short = traced(name, long_file)
    count = LONG[name].write(long_file, SIZE)
    seen, peak = traced(name, long_file)
    assert set(seen) == {Row}
    assert seen[Row] >= count
    assert long_file.stat().st_size > SIZE * 0.95
    assert peak - short < SIZE / 2


def traced(name: str, path: Path) -> tuple[Counter[type], int]:
    """What a file gives, and the bytes that Python's objects took at most."""
    tracemalloc.start()
    try:
        return kinds(name, path), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_read_whole_has_a_largest_size(
    name: str, long_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LONG[name].write(long_file, 80_000)
    assert kinds(name, long_file)[Row]
    for module in (base, xml_input):
        monkeypatch.setattr(module, "LARGEST_DOCUMENT", 60_000)
    with pytest.raises(FileRefused, match=r"long is too large to be read at once.* smaller files") as caught:
        kinds(name, long_file)
    assert caught.value.reason == "unparsable"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("idram", b"EDP_BILL_NO=" + b"1" * 100_000),
        ("client_bank_exchange", "1CClientBankExchange\nКодировка=".encode() + b"1" * 100_000),
        ("mt940", b":20:" + b"1" * 100_000),
        ("ofx", b"<OFX>" + b"1" * 100_000),
        ("yookassa_registry", b"1" * 100_000),
        ("table", b"1" * 100_000),
        ("yookassa", b'[{"id": "' + b"1" * 100_000),
        ("yookassa", b'{"id": "' + b"1" * 100_000),
        ("camt", b"<Document><BkToCstmrStmt>" + b"1" * 100_000),
        ("ubl", b"<DespatchAdvice>" + b"1" * 100_000),
    ],
)
def test_a_line_or_text_without_end_is_refused(name: str, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is read to its end, and so before it can fill the memory."""
    for module in (base, xml_input):
        monkeypatch.setattr(module, "LARGEST_DOCUMENT", 50_000)
    monkeypatch.setattr(json_input, "LARGEST_ITEM", 50_000)
    monkeypatch.setattr(xml_input, "LARGEST_RECORD", 50_000)
    monkeypatch.setattr(text_input, "LONGEST_LINE", 50_000)
    monkeypatch.setattr(table_reader, "LONGEST", 50_000)
    monkeypatch.setattr("ingest.formats.csv_input.RECORD_LIMIT", 50_000)
    with pytest.raises(FileRefused, match=r"too l|longer than|a record of more than"):
        list(FORMATS[name].parse(io.BytesIO(data), LONG[name].options("file")))


def test_a_message_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mt940, "LARGEST_MESSAGE", 1_000)
    endless = ":20:1\n" + ":61:2611201120C1500,50NTRFORDER-17\n" * 1_000
    with pytest.raises(FileRefused, match="line 30: its message is too large"):
        list(FORMATS["mt940"].parse(io.BytesIO(endless.encode()), FormatOptions("file")))


def test_a_block_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_bank_statement, "LARGEST_BLOCK", 1_000)
    endless = "1CClientBankExchange\nКодировка=\nСекцияДокумент=x\nНазначениеПлатежа=a\n" + "and so on\n" * 1_000
    with pytest.raises(FileRefused, match="line 114: too large"):
        list(FORMATS["client_bank_exchange"].parse(io.BytesIO(endless.encode()), FormatOptions("file")))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bitrix24", '{"result": [], "error": "no more"}'),
        ("moysklad", '{"rows": [], "errors": [{"error": "no more"}]}'),
        ("onec_odata", f'{{"odata.metadata": "{RECEIPTS}", "value": [], "error": {{"code": "no more"}}}}'),
        ("rbs_gateway", '{"orderStatuses": [], "errorCode": "5", "errorMessage": "no more"}'),
        ("stripe", '{"data": [], "object": "no more"}'),
    ],
)
def test_an_error_behind_a_list_refuses_the_file(name: str, data: str) -> None:
    with pytest.raises(FileRefused, match=r"no more|no list of Stripe"):
        list(FORMATS[name].parse(io.BytesIO(data.encode()), LONG[name].options("file")))
