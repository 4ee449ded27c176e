"""Encodings of every format: UTF-8 and cp1251 twins give equal rows, and a file in both is refused, never mojibake."""

import io
import json
import re
from typing import Any

import pytest

from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row
from tests.formats.test_golden import FILES, FIXTURES, SUFFIX

TELLING = ("client_bank_exchange", "yookassa_registry")
"""Formats that find cp1251 by themselves; XML and OFX declare it, of any other the feed does."""

DECLARATION = re.compile(r'encoding="[\w-]+"')
WORD = re.compile(r"[А-яё]{3,}")


def text_of(name: str) -> str | None:
    """A fixture with rows as text that declares UTF-8, None when there is no word in Cyrillic in it."""
    data = (FIXTURES / name).read_bytes()
    declared = re.match(rb'<\?xml version="1.0" encoding="([\w-]+)"', data)
    try:
        text = data.decode(declared[1].decode() if declared else told(name).get("encoding") or "utf-8-sig")
        text.encode("cp1251")
    except UnicodeError:
        return None
    if not WORD.search(text) or not told(name)["outcome"] or "refused" in told(name)["outcome"]:
        return None
    return DECLARATION.sub('encoding="UTF-8"', text, count=1) if declared else text


def told(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / (name + SUFFIX)).read_text("utf-8"))
    return found


def in_cp1251(name: str, text: str) -> tuple[bytes, str | None]:
    """The twin, and the encoding that its feed declares."""
    if text.startswith("<?xml"):
        return DECLARATION.sub('encoding="windows-1251"', text, count=1).encode("cp1251"), None
    if name.startswith("ofx/"):
        return re.sub(r"CHARSET:\S+", "CHARSET:1251", text).encode("cp1251"), None
    return text.encode("cp1251"), None if name.startswith(TELLING) else "cp1251"


def parsed(name: str, data: bytes, encoding: str | None = None) -> list[Row | Reject]:
    golden = told(name)
    options = FormatOptions(
        name.partition("/")[2],
        encoding=encoding,
        contracts=tuple(golden["contracts"]),
        options=golden["options"],
        decimal_comma=golden.get("decimal_comma", False),
    )
    return list(FORMATS[name.partition("/")[0]].parse(io.BytesIO(data), options))


TEXTS = {name: text for name in FILES if (text := text_of(name)) is not None}


def test_every_format_has_a_twin_but_those_without_a_word_in_cyrillic() -> None:
    latin = {"cloudpayments", "idram", "mt940", "rbs_gateway", "stripe", "tbank", "ubl", "vpos_am", "woocommerce"}
    assert {name.partition("/")[0] for name in TEXTS} == set(FORMATS) - latin


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_utf8_and_cp1251_twins_give_equal_rows(name: str) -> None:
    data, declared = in_cp1251(name, TEXTS[name])
    rows = parsed(name, TEXTS[name].encode())
    assert parsed(name, data, declared) == rows


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_one_word_in_another_encoding_refuses_the_file(name: str) -> None:
    word = WORD.findall(TEXTS[name])[-1]
    twin, declared = in_cp1251(name, TEXTS[name])
    for data, own, other, said in (
        (TEXTS[name].encode(), "utf-8", "cp1251", None),
        (twin, "cp1251", "utf-8", declared),
    ):
        before, found, after = data.rpartition(word.encode(own))
        assert found
        with pytest.raises(FileRefused) as refused:
            parsed(name, before + word.encode(other) + after, said)
        assert refused.value.reason == "undecodable", refused.value.message
