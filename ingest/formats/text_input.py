"""Text as the formats read it: line by line, in whichever encoding decodes strictly."""

import codecs
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from ingest.formats.base import FileRefused, FormatOptions, mixed_text
from ingest.formats.mixed_text import MixedText

LONGEST_LINE = 1 << 20
"""Characters of one line; more is no text that people or systems exchange."""

CHUNK = 1 << 16


def text_lines(stream: BinaryIO, options: FormatOptions, encodings: tuple[str, ...]) -> Iterator[str]:
    """The lines without their ends, whichever these are. ``stream`` must be seekable.

    Refuses as ``encoding_of``, and ``unparsable`` a line too long.
    """
    encoding = encoding_of(stream, options, encodings)
    stream.seek(0)
    wrapped = io.TextIOWrapper(stream, encoding=encoding)
    number = 0
    try:
        while line := wrapped.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise FileRefused(
                    "unparsable",
                    f"{options.file_name}, line {number}: longer than {LONGEST_LINE} characters, so the file is not "
                    "what its feed says. Ask for it again.",
                )
            yield line.rstrip("\n")
    finally:
        with suppress(ValueError):  # whoever left off reading may have closed the stream already
            wrapped.detach()


def encoding_of(stream: BinaryIO, options: FormatOptions, encodings: tuple[str, ...]) -> str:
    """The first of ``encodings`` that decodes the file strictly; utf-8 as utf-8-sig. ``stream`` must be seekable.

    An encoding that the feed declares and that is none of these is the only one tried.
    Refuses ``empty_without_header`` (nothing but white space) and ``undecodable``, also for UTF-8 within another.
    """
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
    while chunk := stream.read(CHUNK):
        if not encoding.startswith("utf") and mixed.is_seen(chunk):
            raise mixed_text(file_name)
        has_content = bool(decoder.decode(chunk).strip("\ufeff \t\r\n")) or has_content
    return bool(decoder.decode(b"", final=True).strip()) or has_content
