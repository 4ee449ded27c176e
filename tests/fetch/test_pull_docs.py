"""Each page of docs/pulls names the keys of its system, with a feed that the configuration accepts."""

import re
from pathlib import Path

import pytest

from ingest.fetch import SYSTEMS
from ingest.home import Home
from ingest.settings import feeds

PAGES = sorted((Path(__file__).parents[2] / "docs" / "pulls").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_the_keys_and_has_a_valid_feed(page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    system = SYSTEMS[page.stem]
    assert text.startswith(f"## {page.stem}\n")
    assert {*system.NEEDS, *system.TAKES} <= set(re.findall(r"`(\w+)`", text))
    samples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert samples
    for sample in samples:
        home = Home(tmp_path)
        home.config_file.write_text(sample, encoding="utf-8")
        pulls = [feed.pull for feed in feeds(home).values() if feed.pull]
        assert {pull.system for pull in pulls} == {page.stem}
