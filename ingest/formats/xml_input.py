"""XML as elements without namespaces, read by lxml: record by record, or whole.

A document type declaration is refused at its name and nothing in it is read: a parser of lxml that is fed would open
the local files that its parameter entities name. Nothing is fetched. libxml2's own limits on depth and on the length of
a text stay in force (``huge_tree=False``). What was read is forgotten piece by piece, and a record has a largest size,
so memory does not grow with the number of records. Only names stay: libxml2 keeps each once, in a table of its own.

The encoding is the feed's, else that of a byte order mark, else the declared one.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, BinaryIO

from lxml import etree

from ingest.formats.base import LARGEST_DOCUMENT, FileRefused, FormatOptions, mixed_text, too_large
from ingest.formats.mixed_text import MixedText

Element = Any
"""lxml's element, or None: it has no types of its own."""

CHUNK = 1 << 16
LARGEST_RECORD = 1 << 23
"""Bytes of one record, and of what stands between two. The shortest of elements take fifty times their length."""

_HTML = (
    "an HTML page: usually a login or error page that the server answered instead of data. Check the credentials and "
    "fetch it again"
)
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)", re.ASCII)
_SAFE = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "recover": False,
    "collect_ids": False,
}


def xml_events(
    stream: BinaryIO,
    options: FormatOptions,
    records: tuple[str, ...],
    containers: tuple[str, ...] = (),
    head: bytes = b"",
) -> Iterator[tuple[str, Element]]:
    """("start", root), then ("end", element) of each outermost record, and both events of containers.

    ``records`` and ``containers`` are names without namespace, ``head`` what was already read of the stream. An element
    is whole at its end and to be used before the next event: a container has lost its records by then.
    Refuses ``unparsable`` (not XML, HTML, a document type, too large), ``undecodable`` and ``empty_without_header``.
    """
    start = _Start(stream, options, head)
    wanted = {*records, *containers}
    tags = [start.tag, *(f"{{*}}{name}" for name in wanted)]
    parser = start.parser(events=("start", "end"), tag=tags)
    root: Element = None
    record: Element = None
    fed = since = 0
    for chunk in start.chunks():
        with _refusing(options.file_name):
            parser.feed(chunk) if chunk else parser.close()
        for event, element in parser.read_events():
            if root is None:
                root = element
                yield "start", root
                continue
            name = local(element)
            if record is not None:
                if event == "end" and element is record:
                    yield "end", record
                    record, since = None, fed
            elif name in containers:
                yield event, element
            elif name in records and event == "start":
                record, since = element, fed
        fed += len(chunk)
        if _forget(root, record):
            since = fed
        if fed - since > LARGEST_RECORD:
            begun = root if record is None else record
            raise refused(begun, "what begins here is too large to be one record", options.file_name)


def load_xml(stream: BinaryIO, options: FormatOptions) -> Element:
    """The root of a document of one record. Refuses as ``xml_events``."""
    start = _Start(stream, options, b"")
    parser = start.parser()
    fed = 0
    for chunk in start.chunks():
        fed += len(chunk)
        if fed > LARGEST_DOCUMENT:
            raise too_large(options.file_name)
        with _refusing(options.file_name):
            if not chunk:
                return parser.close()
            parser.feed(chunk)
    raise AssertionError("chunks() ends with an empty one")


def refused(element: Element, why: str, file_name: str) -> FileRefused:
    """What the element makes of the file, with its line."""
    return FileRefused("unparsable", f"{file_name}, line {element.sourceline or 0}: {why}.")


class _Start:
    """The file up to its root, which a parser of its own reads first: to check it, and to know its name."""

    def __init__(self, stream: BinaryIO, options: FormatOptions, head: bytes) -> None:
        self._stream = stream
        self._name = options.file_name
        self._encoding = (options.encoding or "").lower().replace("_", "-").removesuffix("-sig") or None
        self._head = head or stream.read(CHUNK)
        if not self._head.strip():
            raise FileRefused("empty_without_header", f"{self._name} is empty. Ask the sending system for it again.")
        found = self._found()
        self.tag = found.name
        name = found.name.rpartition("}")[2].lower()
        if name in ("html", "body", "head"):
            raise self._refused(_HTML, b"<!doctype" if found.is_doctype else f"<{name}".encode())
        if found.is_doctype:
            why = "it declares a document type, which no extract needs and which can hide an attack"
            raise self._refused(why, b"<!doctype")

    def parser(self, **more: Any) -> Any:
        with _refusing(self._name):
            return etree.XMLPullParser(encoding=self._encoding, **more, **_SAFE)

    def chunks(self) -> Iterator[bytes]:
        """The whole file, then an empty chunk. Refuses ``undecodable`` where an encoding of one byte holds UTF-8."""
        declared = _DECLARED.match(self._head)
        encoding = self._encoding or (declared[1].decode().lower() if declared else "utf-8")
        mixed = MixedText()
        chunk = self._head
        while chunk:
            if not encoding.startswith("utf") and mixed.is_seen(chunk):
                raise mixed_text(self._name)
            yield chunk
            chunk = self._stream.read(CHUNK)
        yield b""

    def _found(self) -> "_Found":
        parser = self.parser(target=_First())
        chunk = self._head
        while True:
            try:
                with _refusing(self._name):
                    parser.feed(chunk) if chunk else parser.close()
            except _Found as found:
                return found
            if not chunk or len(self._head) > LARGEST_RECORD:
                raise FileRefused("unparsable", f"{self._name}, line 1: it has no root, or too much stands before it.")
            chunk = self._stream.read(CHUNK)
            self._head += chunk

    def _refused(self, why: str, mark: bytes) -> FileRefused:
        """With the line of ``mark``. Without its zeros UTF-16 is as good as ASCII here."""
        before, is_found, _ = self._head.replace(b"\0", b"").lower().partition(mark)
        line = before.count(b"\n") + 1 if is_found else 1
        return FileRefused("unparsable", f"{self._name}, line {line}: {why}.")


class _Found(Exception):
    """The first thing of a file that has a name. It ends the parser that finds it."""

    def __init__(self, name: str, is_doctype: bool) -> None:
        super().__init__(name)
        self.name = name
        self.is_doctype = is_doctype


class _First:
    """What lxml tells of the file, until there is a name."""

    def doctype(self, name: str | None, *_: object) -> None:
        raise _Found(name or "", is_doctype=True)

    def start(self, name: str, _: object) -> None:
        raise _Found(name, is_doctype=False)

    def close(self) -> None:
        pass


def _forget(root: Element, record: Element) -> bool:
    """Drop the elements that are done: at every open level all but the last, except in an open record."""
    is_any = False
    element = root
    while element is not None and element is not record and len(element):
        if len(element) > 1:
            del element[:-1]
            is_any = True
        element = element[-1]
    return is_any


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    try:
        yield
    except etree.LxmlError as error:
        line, said = getattr(error, "lineno", None) or 0, getattr(error, "msg", None) or str(error) or "cut off"
        is_encoding = "encod" in said.lower()
        todo = " Declare its `encoding` with the feed in sverka.yml." if is_encoding else ""
        raise FileRefused(
            "undecodable" if is_encoding else "unparsable", f"{name}, line {line}: not whole XML: {said}.{todo}"
        ) from error
    except (LookupError, ValueError) as error:
        raise FileRefused(
            "undecodable",
            f"{name}: its encoding cannot be read ({error}). Declare its `encoding` with the feed in sverka.yml.",
        ) from error


def local(element: Element) -> str:
    """The name without its namespace; empty for what is no element (an entity)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, *path: str) -> list[Element]:
    """The elements under ``path``."""
    if element is None:
        return []
    found: list[Element] = [element]
    for name in path:
        found = [inner for outer in found for inner in outer.iterchildren(_tag(name))]
    return found


def child(element: Element, *path: str) -> Element:
    """The first element under ``path``, or None."""
    return next(iter(children(element, *path)), None)


def text_at(element: Element, *path: str) -> str | None:
    """The trimmed text of the first element under ``path`` that has one."""
    if element is None:
        return None
    for found in element.iterchildren(_tag(path[0])) if len(path) == 1 else children(element, *path):
        if text := (found.text or "").strip():
            return text
    return None


@cache
def _tag(name: str) -> str:
    return f"{{*}}{name}"
