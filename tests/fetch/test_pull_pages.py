"""Each page of docs/pulls names the keys of its system, with a feed that the configuration accepts."""

import re
from pathlib import Path

import pytest

from ingest.fetch import SYSTEMS
from ingest.home import Home
from ingest.settings import feeds

README = Path(__file__).parents[2] / "docs" / "pulls" / "README.md"
PAGES = sorted(path for path in README.parent.glob("*.md") if path != README)


def test_every_system_has_its_page() -> None:
    linked = re.findall(r"\]\((\w+)\.md\)", README.read_text(encoding="utf-8"))
    assert sorted(linked) == sorted(SYSTEMS) == [page.stem for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_the_keys_and_has_a_valid_feed(page: Path, tmp_path: Path) -> None:
    system, content = SYSTEMS[page.stem], page.read_text(encoding="utf-8")
    [table] = re.findall(r"^\| key \|.*\n((?:\|.*\n)+)", content, re.MULTILINE)
    rows = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    assert {key for cell in rows for key in re.findall(r"`([^`]+)`", cell)} == {*system.NEEDS, *system.TAKES}
    samples = re.findall(r"```yaml\n(.*?)```", content, re.DOTALL)
    assert samples
    for sample in samples:
        home = Home(tmp_path)
        home.config_file.write_text(sample, encoding="utf-8")
        assert page.stem in {feed.pull.system for feed in feeds(home).values() if feed.pull}
