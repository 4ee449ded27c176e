"""How large a workbook is, known before any of it is unpacked: a bomb says so, and its reader refuses one that lies."""

import zipfile
from typing import BinaryIO

LARGEST_SHEETS = 512 << 20
"""Bytes a workbook may unpack to."""


def unpacked_size(stream: BinaryIO) -> int:
    """Bytes the archive unpacks to, 0 of what is no readable archive. The stream is then at its beginning."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        # .xls is no archive; one that is damaged, encrypted or of a version that zipfile does not implement is the
        # workbook reader's to refuse.
        return 0
    finally:
        stream.seek(0)
