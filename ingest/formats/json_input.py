"""JSON as the formats read it: numbers keep their text, nothing passes through a float."""

import codecs
import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, BinaryIO, NoReturn

from ingest.formats.base import FileRefused, FormatOptions, read_text


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
    if "\\u" in body:
        _check_unicode(document, where)
    return document


def child(record: object, *path: str) -> Any:
    """The value under ``path``, None where the way ends early."""
    for key in path:
        if not isinstance(record, Mapping):
            return None
        record = record.get(key)
    return record


def objects(document: Any, file_name: str, what: str, lists: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The objects of a file: one, a list of them, or a list under one of the keys ``lists``. Refuses anything else."""
    for key in lists:
        if isinstance(document, dict) and isinstance(document.get(key), list):
            document = document[key]
    found = document if isinstance(document, list) else [document]
    for position, item in enumerate(found, start=1):
        if not isinstance(item, dict):
            raise FileRefused("unparsable", f"{file_name}: item {position} is not {what}, nor an object at all.")
    return found


def first(record: object, *keys: str) -> Any:
    """The value of the first of ``keys`` that has one."""
    return next((value for key in keys if (value := child(record, key)) not in (None, "")), None)


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
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
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
LARGEST_ITEM = 1 << 25
"""Characters of one item; more is no record."""

_SPACE = " \t\r\n"
_UTF8 = {"", "utf8", "utf-8", "utf-8-sig"}


def stream_json(stream: BinaryIO, options: FormatOptions, key: str) -> Any:
    """As ``load_json``; but an object that begins with a few members and the list ``key`` comes as a ``JsonList``."""
    first = stream.read(CHUNK)
    if (options.encoding or "").lower().replace("_", "-") in _UTF8:
        found = JsonList(first, stream, options.file_name, key)
        if found.is_open:
            return found
    return load_json(BytesIO(first + stream.read()), options)


class JsonList:
    """The items of a list in a JSON object, read one by one, once.

    ``members`` are the other members of the object: those before the list, and after the last item the rest too.
    Refuses as ``load_json``, while it is read.
    """

    def __init__(self, first: bytes, stream: BinaryIO, file_name: str, key: str) -> None:
        self._stream = stream
        self._name = file_name
        self._key = key
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
        self._count = 0
        self.members: dict[str, Any] = {}
        try:
            self._buffer = self._bytes.decode(first, self._is_ended).removeprefix("\ufeff")
            self.is_open = self._begin()
        except (ValueError, RecursionError):
            self.is_open = False

    def __iter__(self) -> Iterator[Any]:
        while self._next() != "]":
            if self._count:
                self._expect(",")
            value = self._value()
            self._count += 1
            yield value
        self._expect("]")
        while self._next() != "}":
            self._expect(",")
            name = self._value()
            if not isinstance(name, str) or isinstance(name, JsonNumber):
                raise self._refused("a key is no text")
            self._expect(":")
            value = self._value()
            if name in self.members or name == self._key:
                raise self._refused(f"the key {name[:80]!r} stands twice in one object")
            self.members[name] = value
        self._expect("}")
        if self._next():
            raise self._refused("something follows the end")

    def _begin(self) -> bool:
        """Whether the list is opened in what has been read; the members before it are then known."""
        if self._take() != "{":
            return False
        while True:
            name = self._decoded()
            if not isinstance(name, str) or isinstance(name, JsonNumber) or self._take() != ":" or name in self.members:
                return False
            self._skip()
            if name == self._key:
                return self._take() == "["
            self.members[name] = self._decoded()
            if self._take() != ",":
                return False

    def _decoded(self) -> Any:
        self._skip()
        value, self._at = self._decoder.raw_decode(self._buffer, self._at)
        return value

    def _take(self) -> str:
        self._skip()
        self._at += 1
        return self._buffer[self._at - 1 : self._at]

    def _skip(self) -> None:
        while self._at < len(self._buffer) and self._buffer[self._at] in _SPACE:
            self._at += 1

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

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._at > LARGEST_ITEM:
                    raise self._refused("one record is too large to be true") from error
                if not self._fill(len(self._buffer) - self._at):
                    raise self._refused(error.msg) from error
                continue
            except RecursionError as error:
                raise self._refused("nested too deeply to be an extract") from error
            except ValueError as error:
                raise self._refused(str(error)) from error
            if end == len(self._buffer) and self._fill():
                continue
            if "\\u" in self._buffer[self._at : end]:
                _check_unicode(value, self._name)
            self._at = end
            return value

    def _fill(self, least: int = 1) -> bool:
        """Read on, at least so many bytes; whether there was anything. Forgets what has been passed."""
        pieces = [self._buffer[self._at :]]
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
        return FileRefused(
            "unparsable", f"{self._name} is not complete JSON, after record {self._count} of {self._key}: {why}."
        )
