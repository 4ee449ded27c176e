"""UTF-8 in the middle of a text of another encoding, which would be read as mojibake."""

_FIRST = (0xD0, 0xD1, 0xD4, 0xD5, 0xD6)
_CLASSES = bytes(ord("1") if byte in _FIRST else ord("2") if 0x80 <= byte <= 0xBF else ord(".") for byte in range(256))
_LETTERS = b"121212"
"""Three Cyrillic or Armenian letters of UTF-8 in a row. Encodings of one byte have capitals beside signs there, and no
word is spelt so three times over."""


class MixedText:
    """Watches the bytes of a text in an encoding of one byte, piece by piece."""

    def __init__(self) -> None:
        self._last = b""

    def is_seen(self, data: bytes) -> bool:
        """Whether there is UTF-8 among the bytes, the last piece's end included."""
        classes = self._last + data.translate(_CLASSES)
        self._last = classes[1 - len(_LETTERS) :]
        return _LETTERS in classes
