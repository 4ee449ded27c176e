"""XML as the formats read it: no entities, bounded pieces, any declared encoding, a refusal that says where."""

import io
from collections.abc import Iterator

import pytest

from ingest.formats import xml_records
from ingest.formats.base import FileRefused, FormatOptions
from ingest.formats.xml_records import Element, elements


def read(data: bytes, encoding: str | None = None) -> list[Element]:
    return list(elements(io.BytesIO(data), FormatOptions("file", encoding=encoding), "doc", frozenset({"elem"})))


def refused(data: bytes, encoding: str | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(data, encoding)
    assert "file" in caught.value.message
    return caught.value


def test_the_root_and_each_record_are_given() -> None:
    root, first, second = read(b'<doc a="1">x<elem b="2"><id> 5 </id></elem><other><elem>7</elem></other></doc>')
    assert (root.name, root.attributes, root.children) == ("doc", {"a": "1"}, [])
    assert (first.attributes, first.value("id"), first.value("no")) == ({"b": "2"}, "5", None)
    assert (second.text, second.all("id")) == ("7", [])


def test_names_lose_their_namespace() -> None:
    root, record = read(b'<x:doc xmlns:x="urn:a" xmlns="urn:b"><elem x:a="1"><id>5</id></elem></x:doc>')
    assert (root.name, record.attributes, record.value("id")) == ("doc", {"a": "1"}, "5")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251", "koi8-r", "utf-16"])
def test_the_declared_encoding_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{declared}"?><doc><elem>Ёлка</elem></doc>'.encode(encoding)
    assert read(data)[1].text == "Ёлка"


def test_a_byte_order_mark_is_right_where_the_declaration_is_wrong() -> None:
    data = '<?xml version="1.0" encoding="windows-1251"?><doc><elem>Ёлка</elem></doc>'.encode("utf-8-sig")
    assert read(data)[1].text == "Ёлка"


def test_the_feeds_encoding_is_right_where_the_declaration_is_wrong() -> None:
    data = '<?xml version="1.0" encoding="utf-8"?><doc><elem>Ёлка</elem></doc>'.encode("cp1251")
    assert refused(data).reason == "unparsable"
    assert "encoding" in refused(data).message
    assert read(data, "cp1251")[1].text == "Ёлка"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE doc [<!ENTITY a SYSTEM "file:///etc/passwd">]><doc><elem>&a;</elem></doc>',
        b'<!DOCTYPE doc [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><doc><elem>&b;</elem></doc>',
        b'<!DOCTYPE doc SYSTEM "http://example.test/a.dtd"><doc/>',
        b"<!DOCTYPE doc><doc/>",
    ],
)
def test_a_document_type_is_refused(data: bytes) -> None:
    assert "document type" in refused(data).message


def test_an_unknown_entity_is_refused() -> None:
    assert refused(b"<doc><elem>&a;</elem></doc>").reason == "unparsable"


@pytest.mark.parametrize("data", [b"<!DOCTYPE html><html><body/></html>", b"<html></html>", b"<HTML><BODY>"])
def test_a_login_page_is_named(data: bytes) -> None:
    assert "login" in refused(data).message


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_without_header"),
        (b" \n ", "empty_without_header"),
        (b"<doc>", "unparsable"),
        (b"<doc></elem>", "unparsable"),
        (b"<doc/><doc/>", "unparsable"),
        (b"<root/>", "unparsable"),
        (b"{}", "unparsable"),
        (b'<?xml version="1.0" encoding="no-such"?><doc/>', "undecodable"),
        (b'<?xml version="1.0" encoding="gb2312"?><doc/>', "undecodable"),
        (b"<doc>" + b"<elem>" * 100, "unparsable"),
        (b"<doc><elem>\x00</elem></doc>", "unparsable"),
    ],
)
def test_what_is_no_such_xml_is_refused(data: bytes, reason: str) -> None:
    assert refused(data).reason == reason


def test_the_line_is_told() -> None:
    assert "line 3" in refused(b"<doc>\n<elem>\n</doc>").message


def test_a_record_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_records, "LARGEST_RECORD", 10_000)
    assert "too large" in refused(b"<doc><elem>" + b"a" * 200_000).message
    assert "too large" in refused(b"<doc><elem>" + b"<a></a>" * 30_000).message
    assert len(read(b"<doc>" + b"<elem>a</elem>" * 20_000 + b"</doc>")) == 20_001


def test_a_tag_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_records, "LARGEST_PIECE", 100_000)

    class Endless(io.BytesIO):
        passed = 0

        def read(self, size: int | None = -1) -> bytes:
            self.passed += 1
            assert self.passed < 100
            return b'<doc a="' if self.passed == 1 else b"a" * (size or 0)

    options = FormatOptions("file")
    with pytest.raises(FileRefused, match="too large"):
        list(elements(Endless(), options, "doc", frozenset({"elem"})))


def test_records_come_before_the_file_is_read_to_its_end() -> None:
    def parts() -> Iterator[bytes]:
        yield b"<doc><elem>1</elem>"
        yield b"<elem>2</elem>"
        raise AssertionError("read on")

    class Slow(io.BytesIO):
        chunks = parts()

        def read(self, size: int | None = -1) -> bytes:
            return next(self.chunks)

    found = elements(Slow(), FormatOptions("file"), "doc", frozenset({"elem"}))
    assert [next(found).text, next(found).text, next(found).text] == [None, "1", "2"]
