"""The pages of the formats are true: their examples are valid, every option is named."""

import re
from pathlib import Path

import pytest

from ingest.formats import FORMATS
from ingest.settings import Home, feeds

PAGES = sorted((Path(__file__).parents[2] / "docs" / "formats").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_example_is_a_valid_configuration(page: Path, tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
    assert examples
    for example in examples:
        home = Home(tmp_path)
        home.config_file.write_text(example, encoding="utf-8")
        assert any(feed.format == page.stem for feed in feeds(home).values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_option_and_contract_is_named(page: Path) -> None:
    named = set(re.findall(r"`([\w.]+)`", page.read_text("utf-8")))
    assert set(FORMATS[page.stem].OPTIONS) <= named
    assert set(FORMATS[page.stem].CONTRACTS) <= named
