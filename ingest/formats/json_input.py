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
    body = _without_http_header(read_text(stream, options, ("utf-8",)), options.file_name).strip()
    if body.startswith("<"):
        raise FileRefused(
            "unparsable",
            f"{options.file_name} is an HTML or XML page, not JSON: usually a login or error page that the server "
            "answered instead of data (HTTP 200 does not mean success). Check the credentials and fetch it again.",
        )
    return json_document(body, options.file_name)


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
