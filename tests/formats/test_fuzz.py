"""Whatever the bytes are, a parser gives rows and rejects or refuses the file; nothing else comes out of it."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.contract import contract
from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"
NAMES = sorted(FORMATS)
SUFFIX = ".golden.json"
SEEDS = {
    name: [path.read_bytes() for path in sorted((FIXTURES / name).iterdir()) if not path.name.endswith(SUFFIX)]
    for name in NAMES
}
TOLD = {
    path.with_name(path.name.removesuffix(SUFFIX)).read_bytes(): json.loads(path.read_text("utf-8"))
    for path in FIXTURES.glob(f"*/*{SUFFIX}")
}
"""What the parser of a seed is told."""


def seeds_ending(*suffixes: str) -> dict[str, list[bytes]]:
    paths = [
        path for path in sorted(FIXTURES.glob("*/*")) if path.suffix in suffixes and not path.name.endswith(SUFFIX)
    ]
    return {
        name: [path.read_bytes() for path in paths if path.parent.name == name]
        for name in {path.parent.name for path in paths}
    }


DOCUMENTS = {
    name: [seed for seed in seeds if seed.lstrip()[:1] in (b"{", b"[")]
    for name, seeds in seeds_ending(".json", ".ndjson").items()
}
TEXTS = seeds_ending(".txt", ".csv", ".xml", ".sta", ".ofx")
FILE_REASONS = {
    "missing_required_column",
    "undecodable",
    "unparsable",
    "empty_without_header",
    "control_total_mismatch",
}
ROW_REASONS = {
    "missing_required",
    "bad_decimal",
    "bad_timestamp",
    "bad_date",
    "bad_boolean",
    "unknown_enum_value",
    "unknown_currency",
    "too_many_decimals",
    "out_of_range",
    "wrong_column_count",
}
CSV_NAMES = [name for name in NAMES if any((FIXTURES / name).glob("*.csv"))]
FUZZ = settings(deadline=None, max_examples=80, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def survives(name: str, data: bytes, seed: bytes = b"") -> None:
    told = TOLD.get(seed, {}) if name == "table" else {}
    options = FormatOptions(
        "file",
        encoding=told.get("encoding"),
        contracts=tuple(told.get("contracts", FORMATS[name].CONTRACTS)),
        options=told.get("options", {"currency": "RUB"}),
        decimal_comma=told.get("decimal_comma", False),
    )
    numbers: dict[str, int] = {}
    try:
        for item in FORMATS[name].parse(io.BytesIO(data), options):
            numbers[item.contract] = numbers.get(item.contract, 0) + 1
            assert item.row_number == numbers[item.contract]
            if isinstance(item, Reject):
                assert item.reason in ROW_REASONS
                continue
            assert isinstance(item, Row)
            assert set(item.values) <= {column.name for column in contract(item.contract).columns}
            for value in item.values.values():
                assert value is None or (isinstance(value, str) and value.encode() is not None)
    except FileRefused as refused:
        assert refused.reason in FILE_REASONS
        assert refused.message


@pytest.mark.parametrize("name", NAMES)
@FUZZ
@given(data=st.binary(max_size=200))
def test_any_bytes(name: str, data: bytes) -> None:
    survives(name, data)


@pytest.mark.parametrize("name", NAMES)
@FUZZ
@given(data=st.data())
def test_mutated_bytes_of_a_good_file(name: str, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(SEEDS[name]))
    seed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(seed)))
        cut = data.draw(st.sampled_from([0, 1, 2, 30]))
        seed[place : place + cut] = data.draw(
            st.binary(max_size=3)
            | st.sampled_from(
                [b'"', b"<", b">", b"&", b":", b",", b"0", b"-", b"null", b"{", b"]", b"=", b"\n", b"9" * 40, b"\xd0"]
            )
        )
    survives(name, bytes(seed), whole)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["", "NaN", "1e400", "²", "2026-02-30T00:00:00", "RUB", "-1", 10**30, 1e-300, 1793500000000])
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [place for key, inner in items for place in places(inner, (*path, key))]


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@FUZZ
@given(data=st.data())
def test_any_value_in_any_place_of_a_good_document(name: str, data: st.DataObject) -> None:
    """Byte mutations mostly break the JSON; this reaches the code behind it."""
    seed = data.draw(st.sampled_from(DOCUMENTS[name]))
    document = [json.loads(seed.splitlines()[0] if name == "table" else seed)]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(document)[1:]))
        target: Any = document
        for key in path[:-1]:
            target = target[key]
        if data.draw(st.booleans()) and isinstance(target, dict):
            del target[path[-1]]
        else:
            target[path[-1]] = data.draw(JSON)
    survives(name, json.dumps(document[0] if document else None).encode(), seed)


STATEMENTS = [
    (FIXTURES / "client_bank_exchange" / name).read_text("utf-8") for name in ("statement_utf8.txt", "rejects.txt")
]


@FUZZ
@given(data=st.data())
def test_any_value_of_any_key_of_a_good_statement(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(STATEMENTS)).splitlines()
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(lines) - 1))
        key = lines[place].partition("=")[0]
        value = data.draw(
            st.text(max_size=8) | st.sampled_from(["", "30.02.2026", "1e9", "-5", "0.001", "40702810500000004242"])
        )
        lines[place] = data.draw(st.sampled_from([f"{key}={value}", value, "", "КонецДокумента", "СекцияДокумент=x"]))
    survives("client_bank_exchange", "\n".join(lines).encode("utf-8", "replace"))


WORD = re.compile(rb"[^<>=\":;,\s/]+")
ODD = [b"", b"-", b"0", b"NaN", b"1e400", b"9" * 60, b"2026-02-30", b"30.02.2026", b"260230", b"\xff"]


@pytest.mark.parametrize("name", sorted(TEXTS))
@FUZZ
@given(data=st.data())
def test_any_word_of_a_good_text(name: str, data: st.DataObject) -> None:
    """Byte mutations mostly break the structure; this reaches the code behind it."""
    seed = text = data.draw(st.sampled_from(TEXTS[name]))
    for _ in range(data.draw(st.integers(1, 5))):
        words = list(WORD.finditer(text))
        place, other = data.draw(st.integers(0, len(words) - 1)), data.draw(st.integers(0, len(words) - 1))
        drawn = data.draw(st.sampled_from([*ODD, words[other][0]]) | st.binary(max_size=4))
        text = text[: words[place].start()] + drawn + text[words[place].end() :]
    survives(name, text, seed)


def text_of_xml(seed: bytes) -> str | None:
    """A seed that is XML, as text that says it is UTF-8."""
    head = re.match(rb'<\?xml version="1.0" encoding="([\w-]+)"\?>', seed)
    return seed[head.end() :].decode(head[1].decode()) if head else None


def is_table(seed: bytes) -> bool:
    """Whether it is a table in UTF-8."""
    try:
        return bool(seed.strip()) and seed.lstrip()[:1] not in (b"{", b"[") and bool(seed.decode())
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("name", [name for name in CSV_NAMES if any(map(is_table, SEEDS[name]))])
@FUZZ
@given(data=st.data())
def test_any_value_in_any_cell_of_a_good_table(name: str, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from([seed.decode() for seed in SEEDS[name] if is_table(seed)]))
    delimiter = ";" if ";" in table else ","
    lines = table.splitlines()
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(lines) - 1))
        cells = lines[place].split(delimiter)
        cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(
            st.text(max_size=8) | st.sampled_from(["", "30.02.2026 10:00:00", "1e400", "-5", "0,001", "x,,", '"', ";;"])
        )
        lines[place] = delimiter.join(cells)
    survives(name, "\n".join(lines).encode("utf-8", "replace"))


XML_SEEDS = {
    name: [re.split(r"(<[^<>]*>)", text) for seed in SEEDS[name] if (text := text_of_xml(seed)) is not None]
    for name in NAMES
}


@pytest.mark.parametrize("name", [name for name in NAMES if XML_SEEDS[name]])
@FUZZ
@given(data=st.data())
def test_any_text_between_any_tags_of_a_good_document(name: str, data: st.DataObject) -> None:
    """Also elements gone, doubled and swapped; the document mostly stays well-formed."""
    pieces = list(data.draw(st.sampled_from(XML_SEEDS[name])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = 2 * data.draw(st.integers(0, (len(pieces) - 1) // 2))
        pieces[place] = data.draw(
            st.text(st.characters(exclude_characters="<&", exclude_categories=["Cs"]), max_size=5)
            | st.sampled_from(["", "-1", "1e400", "NaN", "2026-02-30", "RUB", "true", "100.00 RUB", "<a/>", "<b>5</b>"])
        )
    survives(name, "".join(pieces).encode())
