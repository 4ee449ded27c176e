"""XML as elements without namespaces, read by lxml: streamed or whole.

Document type declarations are refused (external entities, billion laughs), nothing is fetched, and libxml2's own limits
on depth and on the length of a text stay in force (``huge_tree=False``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, BinaryIO

from lxml import etree

from ingest.formats.base import FileRefused, FormatOptions

Element = Any
"""lxml's element, or None: it has no types of its own."""


_SAFE = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "recover": False,
}


def xml_events(stream: BinaryIO, options: FormatOptions, wanted: tuple[str, ...]) -> Iterator[tuple[str, Element]]:
    """("start" or "end", element) of the wanted local names as the file is read.

    The caller empties what it has done with (``release``). Refuses ``empty_without_header`` and ``unparsable``.
    """
    is_first = True
    with _refusing(options.file_name):
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            tag=[f"{{*}}{name}" for name in wanted],
            encoding=options.encoding,
            **_SAFE,
        )
        for event, element in events:
            if is_first:
                _check_no_doctype(element, options.file_name)
                is_first = False
            yield event, element


def load_xml(stream: BinaryIO, options: FormatOptions) -> Element:
    """The root of a document of one record. Refuses as ``xml_events``."""
    with _refusing(options.file_name):
        root = etree.parse(stream, etree.XMLParser(encoding=options.encoding, **_SAFE)).getroot()
    _check_no_doctype(root, options.file_name)
    return root


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    try:
        yield
    except etree.XMLSyntaxError as error:
        line, said = error.lineno or 0, str(error)
        if "Document is empty" in said or "no element found" in said:
            raise FileRefused("empty_without_header", f"{name} is empty or no XML. Fetch it again.") from error
        if "encod" in said.lower():
            raise FileRefused(
                "undecodable",
                f"{name}, line {line}: not in the encoding it declares. Declare the feed's `encoding` in sverka.yml.",
            ) from error
        raise FileRefused("unparsable", f"{name}, line {line}: not whole XML: {error.msg or 'cut off'}.") from error
    except LookupError as error:
        raise FileRefused("undecodable", f"{name}: {error}. Correct the feed's `encoding` in sverka.yml.") from error
    except ValueError as error:
        raise FileRefused("unparsable", f"{name} is not readable as XML: {error}.") from error


def _check_no_doctype(element: Element, name: str) -> None:
    if element.getroottree().docinfo.doctype:
        raise FileRefused("unparsable", f"{name} declares a document type, which no extract needs and which can harm.")


def release(element: Element) -> None:
    """Forget an element and what stands before it, so that a large file does not stay in memory."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local(element: Element) -> str:
    """The name without its namespace; empty for what is no element (an entity)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, *path: str) -> list[Element]:
    """The elements under ``path``."""
    if element is None:
        return []
    found: list[Element] = element.findall(_path(path))
    return found


def child(element: Element, *path: str) -> Element:
    """The first element under ``path``, or None."""
    return None if element is None else element.find(_path(path))


def text_at(element: Element, *path: str) -> str | None:
    """The trimmed text of the first element under ``path`` that has one."""
    if element is None:
        return None
    first = element.find(_path(path))
    if first is None:
        return None
    text = (first.text or "").strip()
    return text or next((text for found in children(element, *path) if (text := (found.text or "").strip())), None)


@cache
def _path(names: tuple[str, ...]) -> str:
    return "/".join(f"{{*}}{name}" for name in names)
