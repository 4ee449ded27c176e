"""The pages about formats are true: their feeds are valid, and the options of a table are all there."""

import re
from pathlib import Path

import pytest

from ingest.formats import table_options
from ingest.settings import Home, feeds

PAGES = sorted((Path(__file__).parents[2] / "docs" / "formats").glob("*.md"))
SAMPLES = [
    pytest.param(sample, id=f"{page.name}-{number}")
    for page in PAGES
    for number, sample in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_sample_feed_is_valid(sample: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.config_file.write_text(sample, encoding="utf-8")
    assert all(feed.is_declared for feed in list(feeds(home).values())[: sample.count("- name:")])


def test_options_of_a_table_are_documented() -> None:
    [page] = [page for page in PAGES if page.name == "table.md"]
    cells = re.findall(r"^\| ((?:`[^|`]+`(?:, )?)+) \|", page.read_text("utf-8"), re.MULTILINE)
    documented = {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)} - {"<contract>"}
    assert documented == {*table_options.FILE_OPTIONS, *table_options.COLUMN_OPTIONS}
