"""CSV as the formats read it: streamed, in whichever encoding decodes strictly, with records of bounded length."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from ingest.formats.base import FileRefused, FormatOptions, mixed_text
from ingest.formats.mixed_text import MixedText

RECORD_LIMIT = 1 << 20
"""Characters of one record. A longer one is an unclosed quote or no table at all."""

_CHUNK = 1 << 20


def csv_records(
    stream: BinaryIO, options: FormatOptions, encodings: tuple[str, ...], delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """The line where each record ends, and its trimmed cells; a blank line has none. ``stream`` must be seekable.

    An encoding that the feed declares and that is none of ``encodings`` is the only one tried.
    Refuses ``empty_without_header``, ``undecodable`` and ``unparsable`` (an unclosed quote, a record too long).
    """
    encoding = _encoding(stream, options, encodings)
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
            yield reader.line_num, [cell.strip() for cell in cells] if any(map(str.strip, cells)) else []
    except csv.Error as error:
        raise FileRefused(
            "unparsable", f"{options.file_name}, line {reader.line_num}: not readable as CSV ({error})."
        ) from error
    finally:
        with suppress(ValueError):  # whoever left off reading may have closed the stream already
            wrapped.detach()


def _encoding(stream: BinaryIO, options: FormatOptions, encodings: tuple[str, ...]) -> str:
    declared = (options.encoding or "").lower().replace("_", "-")
    tried = encodings if declared in {"", "utf8", "utf-8", "utf-8-sig", *encodings} else (declared,)
    for encoding in tried:
        try:
            has_content = _decodes(stream, encoding, options.file_name)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise FileRefused(
                "undecodable",
                f"{options.file_name}: unknown encoding {encoding!r}. Correct the feed's `encoding` in sverka.yml.",
            ) from error
        if not has_content:
            raise FileRefused(
                "empty_without_header", f"{options.file_name} is empty. Ask the sending system for it again."
            )
        return "utf-8-sig" if encoding == "utf-8" else encoding
    raise FileRefused(
        "undecodable",
        f"{options.file_name} is not {' or '.join(tried)}. Declare its `encoding` with the feed in sverka.yml.",
    )


def _decodes(stream: BinaryIO, encoding: str, file_name: str) -> bool:
    """Whether there is more than white space in it. Raises UnicodeDecodeError. Refuses ``undecodable`` (mixed)."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    has_content, mixed = False, MixedText()
    while chunk := stream.read(_CHUNK):
        if not encoding.startswith("utf") and mixed.is_seen(chunk):
            raise mixed_text(file_name)
        has_content = bool(decoder.decode(chunk).strip("\ufeff \t\r\n")) or has_content
    return bool(decoder.decode(b"", final=True).strip()) or has_content
