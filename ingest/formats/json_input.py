"""JSON as the formats read it: numbers keep their text, nothing passes through a float."""

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from ingest.formats.base import LARGEST_DOCUMENT, FileRefused, FormatOptions, read_text, too_large

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonNumber(str):
    """A JSON number as the text it was written in, so that 0.1 stays 0.1 and an id keeps its digits."""

    __slots__ = ()


def load_json(stream: BinaryIO, options: FormatOptions) -> Any:
    """The document: dict, list, str, JsonNumber, bool or None. UTF-8; a recorded HTTP header before it is allowed.

    Refuses, saying which: HTML instead of JSON, an HTTP error, a truncated or garbled document, NaN and Infinity, a key
    twice in one object, text that is not Unicode, nesting too deep.
    """
    return parse_json(
        _without_http_header(read_text(stream, options, ("utf-8",)), options.file_name), options.file_name
    )


def parse_json(content: str, file_name: str) -> Any:
    """As ``load_json``, of a text."""
    body = content.strip()
    if body.startswith("<"):
        raise FileRefused(
            "unparsable",
            f"{file_name} is an HTML or XML page, not JSON: usually a login or error page that the server "
            "answered instead of data (HTTP 200 does not mean success). Check the credentials and fetch it again.",
        )
    return json_document(body, file_name)


def json_document(body: str, where: str) -> Any:
    """The document of a JSON text; ``where`` (file, line) begins the message of a refusal. Refuses as ``load_json``."""
    try:
        document = json.loads(
            body,
            parse_float=JsonNumber,
            parse_int=JsonNumber,
            parse_constant=_no_constant,
            object_pairs_hook=_unique_keys,
        )
    except RecursionError as error:
        raise FileRefused("unparsable", f"{where}: JSON nested too deeply to be an extract.") from error
    except ValueError as error:
        raise FileRefused("unparsable", f"{where} is not complete JSON: {error}.") from error
    if _SURROGATE.search(body):
        _check_unicode(document, where)
    return document


def child(record: object, *path: str) -> Any:
    """The value under ``path``, None where the way ends early."""
    for key in path:
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record


def objects(found: Any, file_name: str, what: str) -> Iterator[dict[str, Any]]:
    """The objects of a list, or the only one. Refuses anything else."""
    for position, item in enumerate(found if isinstance(found, list | JsonList) else [found], start=1):
        if not isinstance(item, dict):
            raise FileRefused("unparsable", f"{file_name}: item {position} is neither {what} nor any object.")
        yield item


def first(record: object, *keys: str) -> Any:
    """The value of the first of ``keys`` that has one."""
    if isinstance(record, dict):
        for key in keys:
            value = record.get(key)
            if value not in (None, ""):
                return value
    return None


def _without_http_header(body: str, file_name: str) -> str:
    if not body.startswith("HTTP/"):
        return body
    head, _, rest = body.replace("\r\n", "\n").partition("\n\n")
    status_line = head.split("\n", 1)[0]
    status = status_line.split(" ")[1:2]
    if status and not status[0].startswith("2"):
        raise FileRefused("unparsable", f"{file_name} is a recorded HTTP error: {status_line[:80]!r}. Fetch it again.")
    return rest


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return record


def _check_unicode(document: Any, file_name: str) -> None:
    """Refuse a lone escaped surrogate: it gives text that no file can hold."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise FileRefused("undecodable", f"{file_name}: half of a surrogate pair, not Unicode text.") from error
    except RecursionError as error:
        raise FileRefused("unparsable", f"{file_name}: JSON nested too deeply to be an extract.") from error


# ---------- long lists

CHUNK = 1 << 16
LARGEST_ITEM = LARGEST_DOCUMENT
"""Characters of one item, and of all that stands beside the list; more is no record."""

_SPACE = re.compile(r"[ \t\r\n]*")
_LONGEST_WORD = 12
"""Characters within which what is cut off can look like something else: 1.5e5 like 1, \\ud83d\\ude00 like no text."""
_UTF8 = {"", "utf8", "utf-8", "utf-8-sig"}


def stream_objects(
    stream: BinaryIO, options: FormatOptions, what: str, lists: tuple[str, ...] = ()
) -> Iterator[dict[str, Any]]:
    """The objects of a file as they are read: one, an array, or a list under one of the keys ``lists``.

    Refuses anything else, ``what`` being the name of what it should be.
    """
    found = stream_json(stream, options, *lists)
    if isinstance(found, dict):
        found = next((found[key] for key in lists if isinstance(found.get(key), list)), found)
    yield from objects(found, options.file_name, what)


def stream_answers(stream: BinaryIO, options: FormatOptions, what: str, *lists: str) -> Iterator[dict[str, Any]]:
    """The answers of a file as they are read: one, or an array of them. Refuses as ``stream_objects``.

    Of the only answer, the list under one of the keys ``lists`` can be a ``JsonList``. It is read once, and the members
    after it are in the answer only then.
    """
    found = stream_json(stream, options, *lists)
    if isinstance(found, JsonList) and found.key is not None:
        yield found.members
        found.pass_over()
    else:
        yield from objects(found, options.file_name, what)


def stream_json(stream: BinaryIO, options: FormatOptions, *lists: str) -> Any:
    """As ``load_json``; but a long list comes as a ``JsonList``.

    That is an array, or the list under one of the keys ``lists`` in an object that begins with a few members.
    """
    first = stream.read(CHUNK)
    if (options.encoding or "").lower().replace("_", "-") in _UTF8:
        found = JsonList(first, stream, options.file_name, lists)
        if found.is_open:
            return found
    stream.seek(0)
    return load_json(stream, options)


class JsonList:
    """The items of an array, or of a list in an object, read one by one, once.

    ``key`` is that of the list, None for an array. ``members`` is the object: the members before the list, the list
    itself, and after its last item the rest too. Refuses as ``load_json``, while it is read.
    """

    def __init__(self, first: bytes, stream: BinaryIO, file_name: str, lists: tuple[str, ...]) -> None:
        self._stream = stream
        self._name = file_name
        self._lists = lists
        self._bytes = codecs.getincrementaldecoder("utf-8")()
        self._decoder = json.JSONDecoder(
            parse_float=JsonNumber,
            parse_int=JsonNumber,
            parse_constant=_no_constant,
            object_pairs_hook=_unique_keys,
        )
        self._is_ended = len(first) < CHUNK
        self._buffer = ""
        self._at = 0
        self._passed = 0
        self._count = 0
        self._items = self._read()
        self.key: str | None = None
        self.members: dict[str, Any] = {}
        try:
            self._buffer = self._bytes.decode(first, self._is_ended).removeprefix("\ufeff")
            self.is_open = self._begin()
        except (ValueError, RecursionError):
            self.is_open = False

    def __iter__(self) -> Iterator[Any]:
        return self._items

    def pass_over(self) -> None:
        """Read what is left of the file."""
        for _ in self._items:
            pass

    def whole(self) -> list[Any]:
        """All items at once. Refuses ``unparsable`` when that takes too much memory."""
        items = []
        for item in self._items:
            items.append(item)
            if self._passed + self._at > LARGEST_DOCUMENT:
                raise too_large(self._name)
        return items

    def _read(self) -> Iterator[Any]:
        while self._next() != "]":
            if self._count:
                self._expect(",")
            value, _ = self._value()
            self._count += 1
            yield value
        self._expect("]")
        if self.key is not None:
            self._end()
        if self._next():
            raise self._refused("something follows the end")

    def _begin(self) -> bool:
        """Whether the list is opened in what has been read; the members before it are then known."""
        opening = self._take()
        while opening == "{" or (self.members and opening == ","):
            self._skip()
            name, self._at = self._decoded()
            if not isinstance(name, str) or isinstance(name, JsonNumber) or self._take() != ":" or name in self.members:
                return False
            self._skip()
            if name in self._lists and self._buffer.startswith("[", self._at):
                self._at += 1
                self.key, self.members[name] = name, self
                return True
            self.members[name], self._at = self._decoded()
            opening = self._take()
        return opening == "[" and not self.members

    def _end(self) -> None:
        """The members after the list."""
        size = 0
        while self._next() != "}":
            self._expect(",")
            name, length = self._value()
            if not isinstance(name, str) or isinstance(name, JsonNumber):
                raise self._refused("a key is no text")
            self._expect(":")
            value, more = self._value()
            size += length + more
            if size > LARGEST_ITEM:
                raise self._refused("what follows them is too large to be true")
            if name in self.members:
                raise self._refused(f"the key {name[:80]!r} stands twice in one object")
            if name in self._lists and isinstance(value, list) and value:
                raise self._refused(f"{name} is a second list")
            self.members[name] = value
        self._expect("}")

    def _decoded(self) -> tuple[Any, int]:
        value, end = self._decoder.raw_decode(self._buffer, self._at)
        if _SURROGATE.search(self._buffer, self._at, end):
            _check_unicode(value, self._name)
        return value, end

    def _take(self) -> str:
        self._skip()
        self._at += 1
        return self._buffer[self._at - 1 : self._at]

    def _skip(self) -> None:
        space = _SPACE.match(self._buffer, self._at)
        self._at = space.end() if space else self._at

    def _next(self) -> str:
        """The next character that is no space, which stays; empty at the end."""
        self._skip()
        while self._at == len(self._buffer) and self._fill():
            self._skip()
        return self._buffer[self._at : self._at + 1]

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise self._refused(f"{character!r} is missing")
        self._at += 1

    def _value(self) -> tuple[Any, int]:
        """The next value and its length."""
        self._next()
        while True:
            left = len(self._buffer) - self._at
            try:
                value, end = self._decoded()
            except json.JSONDecodeError as error:
                is_cut = "Unterminated" in error.msg or error.pos > len(self._buffer) - _LONGEST_WORD
                if is_cut and left > LARGEST_ITEM:
                    raise self._refused("one record is too large to be true") from error
                if not is_cut or not self._fill(left):
                    raise self._refused(error.msg) from error
                continue
            except RecursionError as error:
                raise self._refused("nested too deeply to be an extract") from error
            except ValueError as error:
                raise self._refused(str(error)) from error
            length, is_near_end = end - self._at, end > len(self._buffer) - _LONGEST_WORD
            if isinstance(value, JsonNumber) and is_near_end and self._fill():
                continue
            self._at += length
            return value, length

    def _fill(self, least: int = 1) -> bool:
        """Read on, at least so many bytes; whether there was anything. Forgets what has been passed."""
        pieces = [self._buffer[self._at :]]
        self._passed += self._at
        self._at, read = 0, 0
        while read < least and not self._is_ended:
            chunk = self._stream.read(CHUNK)
            self._is_ended = not chunk
            read += len(chunk)
            try:
                pieces.append(self._bytes.decode(chunk, self._is_ended))
            except UnicodeDecodeError as error:
                raise FileRefused(
                    "undecodable",
                    f"{self._name} is not utf-8. Declare its `encoding` with the feed in sverka.yml.",
                ) from error
        self._buffer = "".join(pieces)
        return read > 0

    def _refused(self, why: str) -> FileRefused:
        place = "" if self.key is None else f" of {self.key}"
        return FileRefused(
            "unparsable", f"{self._name} is not complete JSON, after record {self._count}{place}: {why}."
        )
