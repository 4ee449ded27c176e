"""XML as elements without namespaces, read by lxml: streamed or whole.

Document type declarations are refused (external entities, billion laughs), nothing is fetched, and libxml2's own limits
on depth and on the length of a text stay in force (``huge_tree=False``).
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from ingest.formats.base import FileRefused, FormatOptions

Element = Any
"""lxml's element, or None: it has no types of its own."""


def xml_events(stream: BinaryIO, options: FormatOptions, wanted: tuple[str, ...] = ()) -> Iterator[tuple[str, Element]]:
    """("start" or "end", element) of the wanted local names (none: all) and of the root, as the file is read.

    The caller empties what it has done with (``release``). Refuses ``empty_without_header`` and ``unparsable``.
    """
    name, root = options.file_name, None
    try:
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            recover=False,
            encoding=options.encoding,
        )
        for event, element in events:
            if root is None:
                root = element
                if element.getroottree().docinfo.doctype:
                    raise FileRefused(
                        "unparsable", f"{name} declares a document type, which no extract needs and which can harm."
                    )
            if not wanted or element is root or local(element) in wanted:
                yield event, element
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        if root is None and line <= 1 and ("Document is empty" in str(error) or "no element found" in str(error)):
            raise FileRefused("empty_without_header", f"{name} is empty or no XML. Fetch it again.") from error
        reason = "undecodable" if "encod" in str(error).lower() else "unparsable"
        raise FileRefused(reason, f"{name}, line {line}: not whole XML: {error.msg or 'cut off'}.") from error
    except (LookupError, ValueError) as error:
        raise FileRefused("unparsable", f"{name} is not readable as XML: {error}.") from error
    if root is None:
        raise FileRefused("empty_without_header", f"{name} is empty. Ask the sending system for it again.")


def load_xml(stream: BinaryIO, options: FormatOptions) -> Element:
    """The root of a document of one record. Refuses as ``xml_events``."""
    root = None
    for _, element in xml_events(stream, options, ("",)):
        root = element if root is None else root
    return root


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
    found = [] if element is None else [element]
    for name in path:
        found = [inner for outer in found for inner in outer if local(inner) == name]
    return found


def child(element: Element, *path: str) -> Element:
    """The first element under ``path``."""
    return next(iter(children(element, *path)), None)


def text_at(element: Element, *path: str) -> str | None:
    """The trimmed text of the first element under ``path`` that has one."""
    return next((text for found in children(element, *path) if (text := (found.text or "").strip())), None)
