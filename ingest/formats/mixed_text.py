"""UTF-8 in the middle of a text of another encoding, which would be read as mojibake."""

import re

_LETTERS = re.compile(rb"(?:[\xd0\xd1\xd4-\xd6][\x80-\xbf]){3}")
"""Three Cyrillic or Armenian letters of UTF-8 in a row. Encodings of one byte have capitals beside signs there, and no
word is spelt so three times over."""
_REACH = 5


class MixedText:
    """Watches the bytes of a text in an encoding of one byte, piece by piece."""

    def __init__(self) -> None:
        self._last = b""

    def is_seen(self, data: bytes) -> bool:
        """Whether there is UTF-8 among the bytes, the last piece's end included."""
        found = _LETTERS.search(self._last + data) is not None
        self._last = data[-_REACH:]
        return found
