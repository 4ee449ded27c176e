"""XML as the formats read it: a stream of small element trees, one per record, by the standard library's expat.

A document type declaration is refused, so there are no entities of one's own, none from outside and none that multiply.
Names lose their namespace. The encoding is the feed's, else that of a byte order mark, else the declared one.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO
from xml.parsers import expat

from ingest.formats.base import FileRefused, FormatOptions

CHUNK = 1 << 16
DEEPEST = 64
LARGEST_PIECE = 1 << 24
"""Bytes that may pass before a tag ends."""
LARGEST_RECORD = 1 << 23
"""Bytes of one record. The shortest of elements take fifty times their length."""

_HTML = (
    "an HTML page: usually a login or error page that the server answered instead of data. Check the credentials and "
    "fetch it again"
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Element:
    """An element: its name, attributes, own text and children."""

    __slots__ = ("attributes", "children", "name", "pieces")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.pieces: list[str] = []

    @property
    def text(self) -> str | None:
        """Its own text, trimmed, None when empty."""
        return "".join(self.pieces).strip() or None

    def all(self, *path: str) -> list["Element"]:
        """The elements under the path, in order."""
        found = [self]
        for name in path:
            found = [inner for element in found for inner in element.children if inner.name == name]
        return found

    def value(self, name: str) -> str | None:
        """The text of the first child of that name, None when it is empty or not there."""
        for element in self.children:
            if element.name == name:
                return element.text
        return None


def elements(
    stream: BinaryIO,
    options: FormatOptions,
    root: str,
    names: frozenset[str],
    head: bytes = b"",
    foreign: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Element]:
    """The root alone, without children, then each outermost element of the given names.

    ``head`` is what was already read of the stream; ``foreign`` says of elements below the root why they are refused.
    Refuses ``unparsable`` (not XML, another root, a document type, too deep, too large), ``undecodable`` and
    ``empty_without_header``, saying where.
    """
    first = head or stream.read(CHUNK)
    if not first.strip():
        raise FileRefused("empty_without_header", f"{options.file_name} is empty. Ask the sending system for it again.")
    return _Reader(options, root, names, foreign).read(first, stream)


class _Reader:
    def __init__(self, options: FormatOptions, root: str, names: frozenset[str], foreign: Mapping[str, str]) -> None:
        self._name = options.file_name
        self._encoding = options.encoding
        self._root = root
        self._names = names
        self._foreign = foreign
        self._depth = 0
        self._open: list[Element] = []
        self._done: list[Element] = []
        self._begun = 0

    def read(self, chunk: bytes, stream: BinaryIO) -> Iterator[Element]:
        mark = next((encoding for mark, encoding in _MARKS if chunk.startswith(mark)), None)
        parser = self._parser((self._encoding or mark or "").removesuffix("-sig") or None)
        fed = 0
        while True:
            fed += len(chunk)
            try:
                parser.Parse(chunk, not chunk)
            except expat.ExpatError as error:
                raise self._refused(error) from error
            except (LookupError, ValueError) as error:
                raise FileRefused(
                    "undecodable",
                    f"{self._name}: its declared encoding cannot be read ({error}). Declare its `encoding` with the "
                    "feed in sverka.yml.",
                ) from error
            yield from self._done
            self._done.clear()
            if not chunk:
                return
            if fed - max(parser.CurrentByteIndex, 0) > LARGEST_PIECE or (
                self._open and fed - self._begun > LARGEST_RECORD
            ):
                raise self._unparsable(parser, "one record of it is too large to be true")
            chunk = stream.read(CHUNK)

    def _parser(self, encoding: str | None) -> expat.XMLParserType:
        parser = expat.ParserCreate(encoding, " ")
        parser.buffer_text = True

        opened, done, names = self._open, self._done, self._names

        def start(name: str, attributes: dict[str, str]) -> None:
            self._depth += 1
            if opened:
                if self._depth > DEEPEST:
                    raise self._unparsable(parser, "nested too deeply to be an extract")
                element = Element(_local(name), attributes and _locals(attributes))
                opened[-1].children.append(element)
                opened.append(element)
                return
            element = Element(_local(name), _locals(attributes))
            if self._depth == 1:
                if element.name != self._root:
                    raise self._unparsable(parser, self._other_root(element.name))
                done.append(element)
            elif self._depth == 2 and element.name in self._foreign:
                raise self._unparsable(parser, self._foreign[element.name])
            elif element.name in names:
                self._begun = max(parser.CurrentByteIndex, 0)
                opened.append(element)

        def end(name: str) -> None:
            self._depth -= 1
            if opened:
                element = opened.pop()
                if not opened:
                    done.append(element)

        def characters(data: str) -> None:
            if opened:
                opened[-1].pieces.append(data)

        def doctype(name: str, *_: object) -> None:
            if name.lower() == "html":
                raise self._unparsable(parser, _HTML)
            raise self._unparsable(
                parser, "it declares a document type, which no extract needs and which can hide an attack"
            )

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = characters
        parser.StartDoctypeDeclHandler = doctype
        return parser

    def _other_root(self, name: str) -> str:
        if name.lower() in ("html", "body", "head"):
            return _HTML
        return f"its root is {name[:60]}, not {self._root}"

    def _unparsable(self, parser: expat.XMLParserType, why: str) -> FileRefused:
        return FileRefused("unparsable", f"{self._name}, line {parser.CurrentLineNumber}: {why}.")

    def _refused(self, error: expat.ExpatError) -> FileRefused:
        reason = expat.errors.messages.get(error.code, "not XML")
        if reason in _ENCODING_ERRORS:
            return FileRefused(
                "undecodable",
                f"{self._name}, line {error.lineno}: {reason}. Declare its `encoding` with the feed in sverka.yml.",
            )
        return FileRefused(
            "unparsable",
            f"{self._name}, line {error.lineno}, column {error.offset + 1}: {reason}. It is no complete XML in the "
            "encoding it declares: ask for it again, or declare its `encoding` with the feed in sverka.yml.",
        )


_ENCODING_ERRORS = {expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING}


def _local(name: str) -> str:
    return name.rpartition(" ")[2] if " " in name else name


def _locals(attributes: dict[str, str]) -> dict[str, str]:
    return {_local(name): value for name, value in attributes.items()}
