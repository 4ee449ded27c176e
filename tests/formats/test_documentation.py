"""Each section of docs/formats names what its format gives and takes, with a feed that the configuration accepts."""

import re
from pathlib import Path

import pytest

from ingest.formats import FORMATS
from ingest.home import Home
from ingest.settings import feeds

PAGES = sorted((Path(__file__).parents[2] / "docs" / "formats").glob("*.md"))
SECTIONS = [
    (match[1], match[2])
    for page in PAGES
    for match in re.finditer(r"^## (\w+)\n(.*?)(?=^## |\Z)", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
]


def test_there_is_one_section_a_format() -> None:
    names = [name for name, _ in SECTIONS]
    assert len(set(names)) == len(names)
    assert set(names) <= set(FORMATS)


@pytest.mark.parametrize(("name", "section"), SECTIONS, ids=[name for name, _ in SECTIONS])
def test_a_section_names_contracts_and_options_and_has_a_valid_feed(name: str, section: str, tmp_path: Path) -> None:
    rows = {
        word
        for cell in re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
        for word in re.findall(r"`([^`]+)`", cell)
    }
    assert rows == {*FORMATS[name].CONTRACTS, *FORMATS[name].OPTIONS}
    samples = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert samples
    for sample in samples:
        home = Home(tmp_path)
        home.config_file.write_text(sample, encoding="utf-8")
        assert name in {feed.format for feed in feeds(home).values()}
