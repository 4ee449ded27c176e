"""JSON as the formats read it: numbers keep their text, nothing passes through a float."""

import json
from collections.abc import Mapping
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
    try:
        document = json.loads(
            body,
            parse_float=JsonNumber,
            parse_int=JsonNumber,
            parse_constant=_no_constant,
            object_pairs_hook=_unique_keys,
        )
    except RecursionError as error:
        raise FileRefused("unparsable", f"{file_name}: JSON nested too deeply to be an extract.") from error
    except ValueError as error:
        raise FileRefused("unparsable", f"{file_name} is not complete JSON: {error}.") from error
    if "\\u" in body:
        _check_unicode(document, file_name)
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
