"""Bytes to UTF-8 before DuckDB reads them; a wrong declaration is refused, never read as mojibake."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import Refused

CHUNK = 1 << 20
UTF8 = ("utf-8", "utf-8-sig", "ascii")
NOT_PLAIN = (b"\t", b'"\n', b'"\r', b'\n"', b'\r"')
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


@dataclass(frozen=True)
class Utf8:
    """A file in UTF-8. ``is_plain``: ASCII without tabs, no line break beside a quote, so none ends a quoted value."""

    path: Path
    is_plain: bool = False


def as_utf8(path: Path, file_name: str, declared: str | None, work: Path) -> Utf8:
    """The file itself when it is UTF-8 as declared, else a transcoded copy in ``work``. Streams.

    Refuses ``empty_without_header`` (no bytes) and ``undecodable``.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.removeprefix(codecs.BOM_UTF8).strip() and path.stat().st_size <= len(head):
        raise Refused(
            "empty_without_header",
            f"{file_name} is empty, it has not even a header. Ask the sending system for it again; "
            "an extract without rows has a header (in JSON: `[]`).",
        )
    encoding = declared or "utf-8"
    if encoding not in UTF8:
        return Utf8(_transcoded(path, file_name, encoding, work))
    if head.startswith(WIDE_MARKS) or b"\0" in head:
        raise Refused(
            "undecodable",
            f"{file_name} is not UTF-8 but looks like UTF-16. Save it as UTF-8 or declare `encoding: utf-16` "
            "with the feed in sverka.yml.",
        )
    offset = _first_wrong_byte(path)
    if offset is not None:
        raise Refused(
            "undecodable",
            f"{file_name} is not UTF-8: byte {offset + 1} (line {_line_of(path, offset)}) does not belong. "
            "Declare its `encoding` (for example cp1251) with the feed in sverka.yml.",
        )
    return Utf8(path, _is_plain(path))


def _transcoded(path: Path, file_name: str, encoding: str, work: Path) -> Path:
    target = work / "transcoded"
    has_other = is_utf8 = False
    try:
        with (
            path.open("r", encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            while text := source.read(CHUNK):
                has_other = has_other or not text.isascii()
                copy.write(text)
    except UnicodeDecodeError as error:
        raise Refused(
            "undecodable",
            f"{file_name} is not {encoding} as its feed declares ({error.reason}: 0x{error.object[error.start]:02x}). "
            "Correct the feed's `encoding` in sverka.yml.",
        ) from error
    except UnicodeError as error:
        raise Refused(
            "undecodable", f"{file_name} is not {encoding} as its feed declares ({error}). Correct it in sverka.yml."
        ) from error
    if has_other:
        is_utf8 = _first_wrong_byte(path) is None and not _is_ascii(path)
    if is_utf8:
        raise Refused(
            "undecodable",
            f"{file_name} is UTF-8, but its feed declares {encoding}. Remove or correct `encoding` in sverka.yml.",
        )
    return target


def _first_wrong_byte(path: Path) -> int | None:
    """Offset of the first byte that is not UTF-8, None when there is none."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    read = 0
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return read - pending + error.start
            if not chunk:
                return None
            read += len(chunk)


def _is_plain(path: Path) -> bool:
    last = b""
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(CHUNK), b""):
            text = (last + chunk).removeprefix(codecs.BOM_UTF8)
            if not text.isascii() or any(mark in text for mark in NOT_PLAIN):
                return False
            last = chunk[-1:]
    return True


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as stream:
        return all(chunk.isascii() for chunk in iter(lambda: stream.read(CHUNK), b""))


def _line_of(path: Path, offset: int) -> int:
    lines, left = 1, offset
    with path.open("rb") as stream:
        while left > 0 and (chunk := stream.read(min(CHUNK, left))):
            lines += chunk.count(b"\n")
            left -= len(chunk)
    return lines
