"""A long array, or a list in an object, is read item by item, and gives what reading it whole gives."""

import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.formats import json_input
from ingest.formats.base import FileRefused, FormatOptions
from ingest.formats.json_input import JsonList, load_json, stream_answers, stream_json

OPTIONS = FormatOptions("file")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.dictionaries(st.text(max_size=5).filter(lambda name: name != "value"), VALUES, max_size=3)


def streamed(data: bytes) -> Any:
    found = stream_json(io.BytesIO(data), OPTIONS, "rows", "value")
    if not isinstance(found, JsonList):
        return found
    items = list(found)
    return items if found.key is None else found.members | {found.key: items}


@example({}, [[], 0.5], {}, None, None, False)
@given(
    MEMBERS,
    st.lists(VALUES),
    MEMBERS,
    st.sampled_from(["rows", "value", None]),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_what_is_streamed_is_what_is_loaded(
    before: dict[str, Any],
    items: list[Any],
    after: dict[str, Any],
    key: str | None,
    indent: int | None,
    is_ascii: bool,
) -> None:
    more = {name: value for name, value in after.items() if name not in before}
    document = items if key is None else before | {key: items} | more
    data = json.dumps(document, indent=indent, ensure_ascii=is_ascii).encode("utf-8", "replace")
    try:
        expected = load_json(io.BytesIO(data), OPTIONS)
    except FileRefused:
        with pytest.raises(FileRefused):
            streamed(data)
        return
    for size in (json_input.CHUNK, 61, 7, 5):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_input, "CHUNK", size)
            assert streamed(data) == expected


def test_items_come_before_the_file_is_read_to_its_end() -> None:
    class Endless(io.BytesIO):
        is_first = True

        def read(self, size: int | None = -1) -> bytes:
            first, self.is_first = self.is_first, False
            assert size
            return (b'{"a": 1, "value": [' if first else b"") + b'{"n": 1},' * ((size - 100) // 9) + b" " * 100

    found = iter(stream_json(Endless(), OPTIONS, "value"))
    assert [next(found) for _ in range(100_000)] == [{"n": "1"}] * 100_000


@pytest.mark.parametrize(
    "body",
    [
        '{"a": 1, "value": [{"n": 1}, {"n": 2}',
        '{"a": 1, "value": [{"n": 1}, {"n": 2}]',
        '{"a": 1, "value": [{"n": 1} {"n": 2}]}',
        '{"a": 1, "value": [{"n": 1},]}',
        '{"a": 1, "value": [{"n": 1}], }',
        '{"a": 1, "value": [{"n": 1}], "value": []}',
        '{"a": 1, "value": [{"n": 1}], "a": 2}',
        '{"a": 1, "value": [{"n": 1, "n": 2}]}',
        '{"a": 1, "value": [{"n": NaN}]}',
        '{"a": 1, "value": [{"n": 1}]} x',
        '{"a": 1, "value": [{"n": 1}], 5: 5}',
        '{"a": 1, "value": [' + "[" * 100_000,
        '{"a": 1, "value": [{"n": "\\ud800"}]}',
        '{"a": "\\ud800", "value": []}',
        '{"value": [{"n": 1}], "rows": [{"n": 2}]}',
        '[{"n": 1}, {"n": 2}',
        '[{"n": 1} {"n": 2}]',
        '[{"n": 1},]',
        '[{"n": 1}]]',
        "[" * 100_000,
    ],
)
def test_what_is_not_whole_is_refused(body: str) -> None:
    with pytest.raises(FileRefused) as caught:
        streamed(body.encode())
    assert "file" in caught.value.message


def test_bytes_that_are_no_utf8_are_refused() -> None:
    data = b'{"a": 1, "value": [' + b'{"n": 1},' * 10_000 + b'{"n": "\xff"}]}'
    with pytest.raises(FileRefused, match="utf-8"):
        streamed(data)


def test_an_item_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_input, "LARGEST_ITEM", 200_000)

    class Endless(io.BytesIO):
        passed = 0

        def read(self, size: int | None = -1) -> bytes:
            self.passed += 1
            assert self.passed < 50
            return (b'{"value": ["' if self.passed == 1 else b"").ljust(size or 0, b"a")

    with pytest.raises(FileRefused, match="too large"):
        list(stream_json(Endless(), OPTIONS, "value"))


def test_a_fault_in_a_record_is_told_before_the_rest_is_read() -> None:
    stream = io.BytesIO(b'[{"n": 1}, {"n": 2,, "m": 3}' + b', {"n": 1}' * 100_000 + b"]")
    with pytest.raises(FileRefused, match="after record 1: Expecting"):
        list(stream_json(stream, OPTIONS))
    assert stream.tell() < 200_000


def test_members_without_end_are_refused_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_input, "LARGEST_ITEM", 100_000)
    members = b"".join(b', "%d": 1' % number for number in range(20_000))
    with pytest.raises(FileRefused, match="too large"):
        streamed(b'{"value": []' + members + b"}")


def test_a_list_that_is_wanted_whole_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_input, "LARGEST_DOCUMENT", 100_000)
    assert stream_json(io.BytesIO(b"[1, 2]"), OPTIONS).whole() == ["1", "2"]
    with pytest.raises(FileRefused, match="too large"):
        stream_json(io.BytesIO(b"[" + b"1, " * 50_000 + b"1]"), OPTIONS).whole()


def test_the_members_of_an_answer_are_whole_once_its_list_is_read() -> None:
    (found,) = [
        (dict(answer), list(answer["value"]), answer)
        for answer in stream_answers(io.BytesIO(b'{"a": 1, "value": [{"n": 2}], "b": 3}'), OPTIONS, "it", "value")
    ]
    before, items, answer = found
    assert (set(before), items, answer["b"]) == ({"a", "value"}, [{"n": "2"}], "3")


def test_what_follows_a_list_that_nobody_reads_is_checked_too() -> None:
    answers = stream_answers(io.BytesIO(b'{"a": 1, "value": [{"n": 2}'), OPTIONS, "it", "value")
    assert next(answers)["a"] == "1"
    with pytest.raises(FileRefused):
        next(answers)


@pytest.mark.parametrize("body", ["5", '{"a": 1}', '{"a": 1, "value": 5}', '{"value": {}}'])
def test_any_other_document_is_loaded(body: str) -> None:
    assert streamed(body.encode()) == load_json(io.BytesIO(body.encode()), OPTIONS)
