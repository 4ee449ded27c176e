"""XML as the formats read it: no entities, bounded pieces, any declared encoding, a refusal that says where."""

import io
import os
from collections.abc import Iterator
from copy import copy
from pathlib import Path

import pytest

from ingest.formats import xml_input
from ingest.formats.base import FileRefused, FormatOptions
from ingest.formats.xml_input import Element, children, load_xml, local, text_at, xml_events


def read(data: bytes, encoding: str | None = None) -> list[Element]:
    """The root and the records."""
    options = FormatOptions("file", encoding=encoding)
    return [copy(element) for _, element in xml_events(io.BytesIO(data), options, ("elem",))]


def refused(data: bytes, encoding: str | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(data, encoding)
    assert "file" in caught.value.message
    with pytest.raises(FileRefused) as also:
        load_xml(io.BytesIO(data), FormatOptions("file", encoding=encoding))
    assert also.value.reason == caught.value.reason
    return caught.value


def test_the_root_and_each_record_are_given() -> None:
    root, first, second = read(b'<doc a="1">x<elem b="2"><id> 5 </id></elem><other><elem>7</elem></other></doc>')
    assert (local(root), root.get("a")) == ("doc", "1")
    assert (first.get("b"), text_at(first, "id"), text_at(first, "no")) == ("2", "5", None)
    assert (second.text, children(second, "id")) == ("7", [])


def test_a_record_in_a_record_is_part_of_it_and_containers_are_told_apart() -> None:
    data = b"<doc><list><elem><elem/><list/></elem></list><elem/></doc>"
    found = xml_events(io.BytesIO(data), FormatOptions("file"), ("elem",), ("list",))
    told = [(event, local(element), len(element)) for event, element in found if event == "end"]
    assert told == [("end", "elem", 2), ("end", "list", 1), ("end", "elem", 0)]


def test_names_lose_their_namespace() -> None:
    root, record = read(b'<x:doc xmlns:x="urn:a" xmlns="urn:b"><elem><id>5</id></elem></x:doc>')
    assert (local(root), local(record), text_at(record, "id")) == ("doc", "elem", "5")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251", "koi8-r", "utf-16", "gb2312"])
def test_the_declared_encoding_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{declared}"?><doc><elem>Ёлка</elem></doc>'.encode(encoding)
    assert read(data)[1].text == "Ёлка"


def test_a_byte_order_mark_is_right_where_the_declaration_is_wrong() -> None:
    data = '<?xml version="1.0" encoding="windows-1251"?><doc><elem>Ёлка</elem></doc>'.encode("utf-8-sig")
    assert read(data)[1].text == "Ёлка"


def test_the_feeds_encoding_is_right_where_the_declaration_is_wrong() -> None:
    data = '<?xml version="1.0" encoding="utf-8"?><doc><elem>Ёлка</elem></doc>'.encode("cp1251")
    assert refused(data).reason == "undecodable"
    assert "encoding" in refused(data).message
    assert read(data, "cp1251")[1].text == "Ёлка"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE doc [<!ENTITY a SYSTEM "file:///etc/passwd">]><doc><elem>&a;</elem></doc>',
        b'<!DOCTYPE doc [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><doc><elem>&b;</elem></doc>',
        b'<!DOCTYPE doc SYSTEM "http://example.test/a.dtd"><doc/>',
        b'<!DOCTYPE doc [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><doc a="&b;"/>',
        b'<!DOCTYPE doc [<!ENTITY % a SYSTEM "file:///etc/passwd">%a;]><doc/>',
        b"<!DOCTYPE doc><doc/>",
    ],
)
def test_a_document_type_is_refused(data: bytes) -> None:
    assert "document type" in refused(data).message


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_no_file_that_a_document_type_names_is_opened(tmp_path: Path, encoding: str) -> None:
    """Whoever opens this one waits for ever: nobody writes into it."""
    trap = tmp_path / "trap"
    os.mkfifo(trap)
    for entity in (f'% a SYSTEM "{trap.as_uri()}">%a;', f'a SYSTEM "{trap.as_uri()}">'):
        data = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE doc [<!ENTITY {entity}]><doc>&a;</doc>'
        assert "document type" in refused(data.encode(encoding)).message
    assert "document type" in refused(f'<!DOCTYPE doc SYSTEM "{trap.as_uri()}"><doc/>'.encode()).message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251"])
def test_the_line_of_a_document_type_is_told(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>\n\n<!DOCTYPE doc [\n]>\n<doc/>'
    assert "line 3: it declares a document type" in refused(data.encode(encoding)).message


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
        (b"{}", "unparsable"),
        (b'<?xml version="1.0" encoding="no-such"?><doc/>', "undecodable"),
        (b"<doc>" + b"<elem>" * 100, "unparsable"),
        (b"<doc><elem>\x00</elem></doc>", "unparsable"),
    ],
)
def test_what_is_no_such_xml_is_refused(data: bytes, reason: str) -> None:
    assert refused(data).reason == reason


def test_the_line_is_told() -> None:
    assert "line 3" in refused(b"<doc>\n<elem>\n</doc>").message


def test_a_record_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_input, "LARGEST_RECORD", 10_000)
    assert "line 2: what begins here is too large" in said(b"<doc>\n<elem>" + b"a" * 200_000)
    assert "too large" in said(b"<doc><elem>" + b"<a></a>" * 30_000)
    assert len(read(b"<doc>" + b"<elem>a</elem>" * 20_000 + b"</doc>")) == 20_001


def said(data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        read(data)
    return caught.value.message


def test_a_document_that_is_read_whole_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_input, "LARGEST_DOCUMENT", 100_000)
    with pytest.raises(FileRefused, match="too large"):
        load_xml(io.BytesIO(b"<doc>" + b"<a/>" * 100_000), FormatOptions("file"))


class Endless(io.BytesIO):
    """A file that begins somehow and never ends."""

    def __init__(self, first: bytes, more: bytes) -> None:
        super().__init__()
        self.first, self.more, self.passed = first, more, 0

    def read(self, size: int | None = -1) -> bytes:
        self.passed += 1
        assert self.passed < 1_000, "read on"
        return self.first if self.passed == 1 else self.more * ((size or 0) // len(self.more))


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b'<doc a="', b"a"),
        (b"<doc", b" "),
        (b"<doc>", b"a"),
        (b"<doc>", b"<![CDATA[a]]>"),
        (b"<doc><elem>", b"<a/>"),
        (b"<doc><elem>", b"a"),
        (b"<doc>", b"<a>"),
        (b"<!--", b"a"),
        (b"<?xml version='1.0'?>", b"<!-- a -->"),
        (b"<!DOCTYPE doc [", b"<!ELEMENT a ANY>"),
        (b"<!DOCTYPE doc [<!ENTITY a '", b"a"),
    ],
)
@pytest.mark.parametrize("is_whole", [False, True])
def test_what_never_ends_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch, first: bytes, more: bytes, is_whole: bool
) -> None:
    monkeypatch.setattr(xml_input, "LARGEST_RECORD", 1_000_000)
    monkeypatch.setattr(xml_input, "LARGEST_DOCUMENT", 1_000_000)
    stream, options = Endless(first, more), FormatOptions("file")
    with pytest.raises(FileRefused) as caught:
        load_xml(stream, options) if is_whole else list(xml_events(stream, options, ("elem",)))
    assert caught.value.reason == "unparsable"


def test_what_is_no_record_is_forgotten() -> None:
    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            sizes.append(sum(1 for _ in roots[0].iter()) if roots else 0)
            return super().read(size)

    sizes: list[int] = []
    roots: list[Element] = []
    inner = b"<list>" + b"<other><b>1</b></other><elem/>" * 20_000 + b"</list>"
    stream = Watched(b"<doc>" + inner + inner + b"</doc>")
    for event, element in xml_events(stream, FormatOptions("file"), ("elem",)):
        if event == "start":
            roots.append(element)
    assert len(sizes) > 10 and max(sizes) < 10


def test_records_come_before_the_file_is_read_to_its_end() -> None:
    def parts() -> Iterator[bytes]:
        yield b"<doc><elem>1</elem>"
        yield b"<elem>2</elem>"
        raise AssertionError("read on")

    class Slow(io.BytesIO):
        chunks = parts()

        def read(self, size: int | None = -1) -> bytes:
            return next(self.chunks)

    found = xml_events(Slow(), FormatOptions("file"), ("elem",))
    assert [next(found)[1].text, next(found)[1].text, next(found)[1].text] == [None, "1", "2"]
