"""Bad input to every format: XML that attacks, bombs, an endless line, deep JSON, numbers that are none, swapped sides.

Bytes of two encodings are in ``test_encodings``, random ones in ``test_fuzz``.
"""

import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from ingest.contract import contract
from ingest.formats import FORMATS, table_reader
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row
from tests.formats.test_encodings import TEXTS, parsed, told
from tests.formats.test_golden import FILES, FIXTURES
from tests.formats.test_table import LINE, read, refused, sheet

Parse = Callable[..., list[Row | Reject]]

XML = {
    "billmanager": "payments.xml",
    "camt": "statement_053_v2.xml",
    "commerceml": "orders_utf8.xml",
    "ofx": "card_xml.ofx",
    "ubl": "despatch.xml",
    "upd": "upd_5_03_utf8_field.xml",
}
JSON = sorted(
    name
    for name in FILES
    if name.endswith(".json") and isinstance(told(name)["outcome"], list) and told(name)["outcome"]
)


def refusal(name: str, data: bytes | io.BufferedReader, options: dict[str, object] | None = None) -> FileRefused:
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    contracts = FORMATS[name].CONTRACTS
    options = {"currency": "RUB"} if options is None else options
    with pytest.raises(FileRefused) as caught:
        for _ in FORMATS[name].parse(stream, FormatOptions("file", contracts=contracts, options=options)):
            pass
    assert "file" in caught.value.message
    return caught.value


# ---------- XML


def with_head(name: str, head: str) -> bytes:
    """A good file with a document type and an entity in its first text."""
    data = (FIXTURES / name / XML[name]).read_bytes()
    declaration, _, rest = data.partition(b"?>")
    return declaration + b"?>" + head.encode() + re.sub(rb"(>)[^<\s][^<]*(</)", rb"\1&evil;\2", rest, count=1)


@pytest.mark.parametrize("name", sorted(XML))
def test_an_external_entity_is_refused(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret", encoding="utf-8")
    found = refusal(name, with_head(name, f'<!DOCTYPE a [<!ENTITY evil SYSTEM "{secret.as_uri()}">]>'))
    assert found.reason == "unparsable"
    assert "document type" in found.message and "s3cret" not in found.message


@pytest.mark.parametrize("name", sorted(XML))
def test_a_billion_laughs_are_refused(name: str) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    found = refusal(name, with_head(name, f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}<!ENTITY evil "&l9;">]>'))
    assert "document type" in found.message


@pytest.mark.parametrize("name", sorted(XML))
def test_depth_and_damage_of_xml_are_refused(name: str) -> None:
    whole = (FIXTURES / name / XML[name]).read_bytes()
    for data in (b"<OFX>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</OFX>", whole[:-40], whole + b"<a/>"):
        assert refusal(name, data).reason == "unparsable"
    assert refusal(name, b"").reason == "empty_without_header"


# ---------- JSON


@pytest.mark.parametrize("name", JSON)
def test_deep_json_is_refused(name: str) -> None:
    for deep in ("[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000):
        text = (FIXTURES / name).read_text("utf-8")
        with pytest.raises(FileRefused) as caught:
            parsed(name, text.replace("{", f'{{"deep": {deep}, ', 1).encode())
        assert caught.value.reason == "unparsable"


@pytest.mark.parametrize("name", JSON)
def test_json_with_a_number_that_is_none_is_refused(name: str) -> None:
    text = (FIXTURES / name).read_text("utf-8")
    for number in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(FileRefused) as caught:
            parsed(name, text.replace("{", f'{{"odd": {number}, ', 1).encode())
        assert caught.value.reason == "unparsable"


# ---------- numbers


NUMBER = re.compile(r"\d+[.,]\d\d?\b|(?<=: )\d+(?=[,\s}])|(?<=[=>;,])\d+(?=[<;,\n])")
ODD = ("1e400", "NaN", "-Infinity", "9" * 50)
TRIES = 12


def odd_texts(name: str) -> Iterator[str]:
    """The file with one of its numbers replaced, each of some evenly chosen ones in turn."""
    text = TEXTS.get(name) or (FIXTURES / name).read_bytes().decode("utf-8-sig", "replace")
    found = list(NUMBER.finditer(text))
    for match, odd in zip(found[:: len(found) // TRIES + 1], cycle(ODD), strict=False):
        yield text[: match.start()] + odd + text[match.end() :]


NUMBERED = [
    name
    for name in FILES
    if not re.search(r"1251\.|\.xlsx", name) and isinstance(told(name)["outcome"], list) and told(name)["outcome"]
]


@pytest.mark.parametrize("name", NUMBERED)
def test_no_number_beyond_reason_becomes_an_amount(name: str) -> None:
    for text in odd_texts(name):
        try:
            rows = [item for item in parsed(name, text.encode()) if isinstance(item, Row)]
        except FileRefused:
            continue
        for row in rows:
            for column in contract(row.contract).columns:
                value = row.values.get(column.name)
                if column.type == "amount" and value is not None:
                    assert re.fullmatch(r"-?\d{1,21}(\.\d+)?", value), (column.name, value)


# ---------- one line without end


class OneLine(io.RawIOBase):
    """A file of 200 MB: how it begins, then one character over and over. Nothing of it is kept."""

    size = 200_000_000

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset
        return offset

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.size - self._at)
        head = self._head[self._at : self._at + count]
        buffer[:count] = head + b"x" * (count - len(head))
        self._at += count
        return count


def beginnings(name: str) -> Iterator[bytes]:
    """Nothing, and what a good file has up to the middle of it."""
    yield b""
    path = next(FIXTURES / file for file in FILES if file.startswith(f"{name}/") and told(file)["outcome"])
    data = path.read_bytes()
    yield data[: len(data) // 2]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_endless_line_is_refused_in_bounded_memory(name: str) -> None:
    options = told("table/registry.csv")["options"] if name == "table" else None
    for head in beginnings(name):
        tracemalloc.start()
        try:
            found = refusal(name, io.BufferedReader(OneLine(head)), options)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert found.reason in ("unparsable", "undecodable", "missing_required_column")
        assert peak < 150_000_000


# ---------- bombs


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "content.xml"], ids=["xlsx", "ods"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(table_reader, "LARGEST_SHEETS", 1 << 20)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, bytes(1 << 21))
    assert len(buffer.getvalue()) < 1 << 16
    assert "unpacks to" in refused(buffer.getvalue()).message


@pytest.mark.parametrize("entity", ['SYSTEM "file:///etc/passwd"', '"ha"', '"&e;&e;"'])
def test_entities_in_a_workbook_are_refused(entity: str) -> None:
    whole, buffer = sheet(["Заказ", "Сумма", "Дата"], ["evil", 5, "2026-11-20"]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(buffer, "w") as attack:
        for name in archive.namelist():
            part, head = archive.read(name), f"?><!DOCTYPE sst [<!ENTITY e {entity}>]>".encode()
            attack.writestr(name, part.replace(b"?>", head, 1).replace(b"evil", b"&e;") if b"evil" in part else part)
    assert len(read(whole)) == 1
    assert refused(buffer.getvalue()).reason == "unparsable"


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    whole = sheet(["Заказ", "Сумма", "Дата"], ["x" * 100_000, 5, "2026-11-20"])
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        size = archive.getinfo("xl/sharedStrings.xml").file_size
    assert whole.count(size.to_bytes(4, "little")) == 2
    assert refused(whole.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))).reason == "unparsable"


# ---------- swapped debit and credit


def swapped(text: str, one: str, other: str, within: str = r"[^Ω]+") -> str:
    """The text with two words in each other's place, in the parts of it that match ``within``."""
    words = {one: other, other: one}
    return re.sub(within, lambda part: re.sub(f"{one}|{other}", lambda word: words[word[0]], part[0]), text)


@pytest.mark.parametrize(
    ("name", "one", "other", "within"),
    [
        ("client_bank_exchange/statement_utf8.txt", "ВсегоПоступило", "ВсегоСписано", r"[^Ω]+"),
        ("client_bank_exchange/statement_utf8.txt", "Плательщик", "Получатель", r"[^Ω]+"),
        ("camt/statement_053_v2.xml", "CRDT", "DBIT", r"<Ntry>.*"),
        ("camt/statement_053_v2.xml", "OPBD", "CLBD", r"[^Ω]+"),
        ("mt940/statement.sta", "C", "D", r":61:\d{6,10}R?[CD]"),
        ("mt940/statement.sta", "C", "D", r":60F:[CD]"),
    ],
)
def test_swapped_sides_of_a_statement_are_revealed_by_its_totals(name: str, one: str, other: str, within: str) -> None:
    text = (FIXTURES / name).read_bytes().decode()
    with pytest.raises(FileRefused) as caught:
        parsed(name, swapped(text, one, other, within).encode())
    assert caught.value.reason == "control_total_mismatch"


def test_swapped_columns_of_a_table_are_revealed_by_totals_that_name_a_side() -> None:
    """Without such totals nothing in a table tells its two columns apart but a row that fills both."""
    columns = LINE | {"amount": {"money_in": "Кредит", "money_out": "Дебет"}}
    totals = [{"row": "Поступило*", "sum": "Кредит"}, {"row": "Списано*", "sum": "Дебет"}]
    data = "Номер;Кредит;Дебет\n1;12.00;\n2;;5.00\nПоступило: 12.00;;\nСписано: 5.00;;\n"
    lines = read(data, columns, "bank.lines", totals=totals)
    assert [line.values["amount"] for line in lines if isinstance(line, Row)] == ["12.00", "-5.00"]
    found = refused(swapped(data, "Кредит", "Дебет"), columns, "bank.lines", totals=totals)
    assert found.reason == "control_total_mismatch"
    assert "states 12.00, but the rows give 5.00" in found.message
