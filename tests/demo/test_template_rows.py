"""The native files of each template tell the facts of its business, column by column, every day.

What canonical feeds hold, and that the warehouse gets the same, is tested where a day is run (tests/e2e).
"""

import csv
from io import BytesIO, StringIO
from pathlib import Path

import pytest

from ingest import templates
from ingest.configuration import read_configuration
from ingest.demo import native
from ingest.demo.businesses import BUSINESSES
from ingest.demo.story import Story
from ingest.demo.template_world import (
    TemplateWorld,
    configuration_text,
    extracts,
    tell,
    write_template_world,
    write_twin,
)
from ingest.demo.world import WorldExistsError
from ingest.errors import ConfigurationError
from ingest.feed import Feed
from ingest.formats import FORMATS
from ingest.formats.base import FormatOptions, Row
from ingest.home import Home
from tests.demo.conftest import file_bytes
from tests.demo.told import in_order, typed

World = tuple[TemplateWorld, Home, list[Feed], Story]


@pytest.fixture(scope="module", params=sorted(BUSINESSES))
def world(request, tmp_path_factory) -> World:
    """A template's demonstration: as written, where, its feeds and its facts."""
    home = Home(tmp_path_factory.mktemp(request.param))
    written = write_template_world(home, request.param)
    return written, home, read_configuration(home), tell(request.param)


def parsed(feed: Feed, name: str, content: bytes) -> list[Row]:
    options = FormatOptions(
        name, feed.timezone, feed.encoding, feed.contracts, feed.options, decimal_comma=feed.decimal_comma
    )
    found = list(FORMATS[feed.format].parse(BytesIO(content), options))
    assert all(isinstance(item, Row) for item in found), [item for item in found if not isinstance(item, Row)]
    return found


def test_native_files_tell_the_facts_of_every_day(world):
    _, home, feeds, story = world
    for feed, day, extract in extracts([feed for feed in feeds if not feed.is_canonical], story):
        folder = home.inbox / feed.name / story.timeline.iso(day)
        found = [row for path in sorted(folder.iterdir()) for row in parsed(feed, path.name, path.read_bytes())]
        for name, rows in extract.items():
            told = [typed(feed, name, row.values) for row in found if row.contract == name]
            assert in_order(told) == in_order([typed(feed, name, row) for row in rows]), f"{folder} {name}"


def test_the_twin_has_the_facts_of_every_day(world, tmp_path):
    written, _, feeds, story = world
    write_twin(Home(tmp_path), written.template, feeds)
    for feed, day, extract in extracts(feeds, story):
        for name, rows in extract.items():
            file = tmp_path / "inbox" / name / story.timeline.iso(day) / f"{feed.name}.csv"
            found = list(csv.DictReader(StringIO(file.read_text(encoding="utf-8")), delimiter=";"))
            assert {row["source_system"] for row in found} <= {feed.source_system}
            assert [typed(feed, name, row) for row in found] == [typed(feed, name, row) for row in rows], f"{file}"


def test_a_feed_without_news_answers_all_the_same(world):
    _, _, feeds, _ = world
    for feed in feeds:
        files = native.files(feed, {name: [] for name in feed.contracts})
        assert files
        if not feed.is_canonical:
            assert [parsed(feed, name, content) for name, content in files.items()] == [[] for _ in files]


def test_every_contract_is_told_and_something_goes_wrong(world):
    written, _, _, story = world
    assert all(written.rows.values()), written.rows
    assert len(story.faults) >= 12
    assert {(row.exception_code, row.subject_id) for row in written.truth} > {
        (row.exception_code, row.subject_id) for row in written.truth if row.last_date == written.last_date
    }, "something heals"


def test_the_configuration_is_the_template_but_for_what_is_uncommented(world):
    written, home, _, _ = world
    template, configured = templates.text(written.template), home.config_file.read_text(encoding="utf-8")
    changed = [
        (before, after)
        for before, after in zip(template.splitlines(), configured.splitlines(), strict=True)
        if before != after
    ]
    assert [before.replace("#", "", 1) for before, _ in changed] == [after for _, after in changed]
    assert [after.strip() for _, after in changed] == [line.strip() for line in written.adapted]


def test_the_same_template_gives_the_same_bytes_also_where_it_is_already(world):
    written, home, _, _ = world
    before = file_bytes(home.path)
    write_template_world(home, written.template)
    assert file_bytes(home.path) == before


def test_every_template_has_a_demonstration():
    assert set(BUSINESSES) == set(templates.names())


def test_a_home_with_anything_else_is_refused_and_left_alone(tmp_path: Path):
    home = Home(tmp_path)
    home.config_file.write_text("feeds: []\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is there already"):
        write_template_world(home, "plain-csv")
    home.config_file.unlink()
    (home.inbox / "shop" / "2026-10-01").mkdir(parents=True)
    with pytest.raises(WorldExistsError, match="extracts of shop"):
        write_template_world(home, "plain-csv")
    assert not home.config_file.exists()


def test_an_unknown_template_is_named_with_what_there_is():
    with pytest.raises(ConfigurationError, match="did you mean 'plain-csv'"):
        configuration_text("plain-cvs")
