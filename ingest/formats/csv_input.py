"""CSV as the formats read it: streamed, in whichever encoding decodes strictly, with records of bounded length."""

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from ingest.formats.base import FileRefused, FormatOptions
from ingest.formats.text_input import encoding_of

RECORD_LIMIT = 1 << 20
"""Characters of one record. A longer one is an unclosed quote or no table at all."""


def csv_records(
    stream: BinaryIO, options: FormatOptions, encodings: tuple[str, ...], delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """The line where each record ends, and its trimmed cells; a blank line has none. ``stream`` must be seekable.

    Refuses as ``encoding_of``, and ``unparsable`` an unclosed quote or a record too long.
    """
    encoding = encoding_of(stream, options, encodings)
    stream.seek(0)
    wrapped = io.TextIOWrapper(stream, encoding=encoding, newline="")
    length = 0

    def lines() -> Iterator[str]:
        nonlocal length
        while line := wrapped.readline(RECORD_LIMIT + 1):
            length += len(line)
            if length > RECORD_LIMIT:
                raise FileRefused(
                    "unparsable",
                    f"{options.file_name}, line {reader.line_num + 1}: a record of more than {RECORD_LIMIT} "
                    "characters. A quote is opened and never closed, or the file is no table: ask for it again.",
                )
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for cells in reader:
            length = 0
            trimmed = [cell.strip() for cell in cells]
            yield reader.line_num, trimmed if any(trimmed) else []
    except csv.Error as error:
        raise FileRefused(
            "unparsable", f"{options.file_name}, line {reader.line_num}: not readable as CSV ({error})."
        ) from error
    finally:
        with suppress(ValueError):  # whoever left off reading may have closed the stream already
            wrapped.detach()
