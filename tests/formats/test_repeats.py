"""Equal lines of a file are numbered, in memory and, where they are very many, in a temporary database."""

import gc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import repeats
from ingest.formats.repeats import Repeats


def test_equal_texts_are_numbered() -> None:
    seen = Repeats()
    assert [seen.nth(text) for text in ("a", "b", "a", "a", "b", "\ud800")] == [1, 1, 2, 3, 2, 1]


@pytest.mark.parametrize("remembered", [0, 1, 3, 1 << 20])
@given(texts=st.lists(st.text(max_size=1)))
def test_the_number_does_not_depend_on_where_a_text_is_remembered(remembered: int, texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "REMEMBERED", remembered)
        seen, counts = Repeats(), Counter[str]()
        for text in texts:
            counts[text] += 1
            assert seen.nth(text) == counts[text]


def test_nothing_is_left_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than its cache holds, so that it has a file; only this process sees it, and only while it is needed."""
    monkeypatch.setattr(repeats, "REMEMBERED", 0)
    monkeypatch.setattr(repeats, "_DATABASE", repeats._DATABASE.replace("-65536", "1"))
    seen = Repeats()
    before = _open_files()
    assert all(seen.nth(str(number)) == 1 for number in range(10_000))
    made = _open_files() - before
    assert made and all(name.endswith("(deleted)") for name in made)
    assert seen.nth("7") == 2
    del seen
    gc.collect()
    assert not _open_files() & made


def _open_files() -> set[str]:
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return found
