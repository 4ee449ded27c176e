"""What a file of 1C's OData interface holds: answers of one entity each, as collections or single objects.

A file is one answer, of which a collection is read record by record, or a JSON array of answers: then each may also
explain the references of the others, and the file is read whole. The entity
is told by ``odata.metadata`` (``…/$metadata#Document_X``, of a single object ``#Document_X/@Element``), else by the
feed's option ``entity``, else by the beginning of the file's name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import unquote

from ingest.formats.base import FileRefused, FormatOptions, text
from ingest.formats.json_input import JsonList, child, stream_json

Record = dict[str, Any]

METADATA = ("odata.metadata", "@odata.context")
COUNT = ("odata.count", "@odata.count")


@dataclass(frozen=True)
class Answer:
    """The records of one entity, the records of a register's record sets taken out of them.

    The records of the only answer of a file can be read once.
    """

    entity: str
    records: Iterable[Record]


def read_answers(stream: BinaryIO, options: FormatOptions, known: Mapping[str, object]) -> list[Answer]:
    """The answers of the file. ``known`` are the entities that a file may be named after.

    Raises FileRefused, for the only answer of a file also while its records are read.
    """
    document = stream_json(stream, options, "value")
    if not isinstance(document, JsonList):
        return answers(document, options, known)
    if document.key is None:
        return answers(document.whole(), options, known)
    _check_error(document.members, options)
    entity = _entity(document.members, options, known)
    return [Answer(entity, _streamed(document, entity, options))]


def _streamed(document: JsonList, entity: str, options: FormatOptions) -> Iterator[Record]:
    count = 0
    for count, item in enumerate(document, start=1):
        yield from _records(item, count, entity, options)
    _check_error(document.members, options)
    _check_count(document.members, count, entity, options)


def answers(document: Any, options: FormatOptions, known: Mapping[str, object]) -> list[Answer]:
    """The answers of a document. Raises FileRefused."""
    items = document if isinstance(document, list) else [document]
    return [_answer(item, options, known) for item in items]


def _answer(item: Any, options: FormatOptions, known: Mapping[str, object]) -> Answer:
    if not isinstance(item, dict):
        raise FileRefused("unparsable", f"{options.file_name} is neither an answer of 1C's OData nor a list of them.")
    _check_error(item, options)
    value = item.get("value")
    if "value" in item and not isinstance(value, list):
        raise FileRefused("unparsable", f"{options.file_name}: value is not a list of records.")
    entity = _entity(item, options, known)
    records = [
        record
        for position, found in enumerate([item] if value is None else value, start=1)
        for record in _records(found, position, entity, options)
    ]
    if value is not None:
        _check_count(item, len(value), entity, options)
    return Answer(entity, records)


def _entity(item: Record, options: FormatOptions, known: Mapping[str, object]) -> str:
    context = next((told for key in METADATA if (told := text(item.get(key)))), None)
    if context and "#" in context:
        name = unquote(context.rpartition("#")[2])
        for end in "/&(?":
            name = name.partition(end)[0]
        return name.removeprefix("StandardODATA.").removesuffix("_RecordType")
    declared = text(options.options.get("entity"))
    if declared:
        return declared
    named = [name for name in known if options.file_name.startswith(name)]
    if named:
        return max(named, key=len)
    raise FileRefused(
        "unparsable",
        f"{options.file_name} does not say of which entity it is: it has no odata.metadata. Fetch it without "
        "odata=nometadata, name the file after the entity, or say it with the feed's option entity in sverka.yml.",
    )


def _records(item: Any, position: int, entity: str, options: FormatOptions) -> Iterator[Record]:
    """The record, or those of a register's record set."""
    if not isinstance(item, dict):
        raise FileRefused("unparsable", f"{options.file_name}, {entity}: record {position} is not an object.")
    inner = item.get("RecordSet")
    if isinstance(inner, list) and all(isinstance(record, dict) for record in inner):
        owner = {key: value for key, value in item.items() if key != "RecordSet"}
        yield from (owner | record for record in inner)
    else:
        yield item


def _check_error(item: Record, options: FormatOptions) -> None:
    error = item.get("odata.error", item.get("error"))
    if error is not None:
        why = text(child(error, "message", "value")) or text(child(error, "message")) or text(child(error, "code"))
        raise FileRefused(
            "unparsable",
            f"{options.file_name} is an error answer of 1C: {(why or 'no message')[:200]}. Mend its cause and fetch "
            "it again.",
        )


def _check_count(item: Record, count: int, entity: str, options: FormatOptions) -> None:
    """``odata.count`` is the number of all records; a page may hold fewer of them, never more."""
    told = next((told for key in COUNT if (told := text(item.get(key)))), None)
    if told is not None and (not told.isascii() or not told.isdigit() or int(told[:18]) < count):
        raise FileRefused(
            "control_total_mismatch",
            f"{options.file_name}: {entity} counts {told[:20]} records (odata.count), {count} are there. "
            "Fetch it again.",
        )
