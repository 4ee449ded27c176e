"""Native formats: what their parsers yield, as numbered text relations for the same typing as canonical files."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ingest.contract import contract as contract_of
from ingest.csv_text import numbered_relation, numbered_writer
from ingest.errors import Refused
from ingest.feed import Feed
from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row
from ingest.typing_sql import TextRelation


def native_relations(feed: Feed, path: Path, file_name: str, work: Path) -> dict[str, TextRelation]:
    """The file's rows and rejects by contract, of every contract of the feed. Raises Refused, also for a bug."""
    options = _options(feed, file_name)
    names = {name: (*contract_of(name).column_names, "source_system") for name in feed.contracts}
    with ExitStack() as stack:
        stream = stack.enter_context(path.open("rb"))
        writers = {
            name: numbered_writer(
                stack.enter_context((work / f"{name}.csv").open("w", encoding="utf-8", newline="")), len(columns)
            )
            for name, columns in names.items()
        }
        for item in _parsed(FORMATS[feed.format], stream, options):
            if item.contract not in writers:
                raise Refused(
                    "unparsable", f"{file_name}: the parser gave a row of {item.contract}, which was not asked."
                )
            writers[item.contract].writerow(_cells(item, names[item.contract]))
    return {name: numbered_relation(work / f"{name}.csv", columns) for name, columns in names.items()}


def unmapped_columns(feed: Feed, path: Path, file_name: str) -> list[str] | None:
    """The file's columns that nothing reads; None when the format has no ``unmapped_columns`` or they cannot tell."""
    tell = getattr(FORMATS[feed.format], "unmapped_columns", None)
    if tell is None:
        return None
    try:
        with path.open("rb") as stream:
            found: list[str] | None = tell(stream, _options(feed, file_name))
            return found
    except FileRefused:
        return []


def _options(feed: Feed, file_name: str) -> FormatOptions:
    return FormatOptions(
        file_name=file_name,
        timezone=feed.timezone,
        encoding=feed.encoding,
        contracts=feed.contracts,
        options=feed.options,
        decimal_comma=feed.decimal_comma,
    )


def _parsed(module: Any, stream: Any, options: FormatOptions) -> Iterator[Row | Reject]:
    try:
        yield from module.parse(stream, options)
    except FileRefused as refusal:
        raise Refused(refusal.reason, refusal.message) from refusal
    except (MemoryError, KeyboardInterrupt, Refused):
        raise
    except Exception as error:
        raise Refused(
            "unparsable",
            f"{options.file_name}: the {module.__name__.rpartition('.')[2]} parser failed on it "
            f"({type(error).__name__}: {error}). Keep the file and report it: the parser should have refused it.",
        ) from error


def _cells(item: Row | Reject, columns: tuple[str, ...]) -> list[object]:
    if isinstance(item, Reject):
        return [item.row_number, item.column, item.value, item.reason, *[""] * len(columns)]
    return [item.row_number, "", "", "", *(item.values.get(name) for name in columns)]
