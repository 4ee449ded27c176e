"""The native files of each template say what its canonical twin says, column by column."""

import duckdb
import pytest

from ingest import load, templates
from ingest.configuration import read_configuration
from ingest.contract import METADATA_COLUMNS, contract
from ingest.demo.businesses import BUSINESSES
from ingest.demo.template_world import TemplateWorld, write_template_world, write_twin
from ingest.home import Home
from tests.demo.conftest import file_bytes

BOOKKEEPING = set(METADATA_COLUMNS) - {"source_system", "_extract_date"}
"""Which file a row came from, and where in it."""


def loaded(home: Home, world: TemplateWorld) -> None:
    """Land and load every day; nothing is refused or rejected."""
    load.land(home, world.last_date)
    report = load.load(home, world.last_date)
    assert [item.message for item in report.refused] == []
    assert [item for item in report.files if item.rows_rejected] == []


def raw_rows(home: Home, name: str) -> list[tuple]:
    """The raw rows of a contract with their source system and extract date, in no order of their own."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        columns = ", ".join(
            column for column in (*contract(name).column_names, *METADATA_COLUMNS) if column not in BOOKKEEPING
        )
        return sorted(connection.execute(f"select {columns} from raw.{contract(name).raw_table}").fetchall(), key=repr)


@pytest.fixture(scope="module", params=sorted(BUSINESSES))
def homes(request, tmp_path_factory) -> tuple[TemplateWorld, Home, Home]:
    """A template's world, loaded from its native files, and loaded from its canonical twin."""
    folder = tmp_path_factory.mktemp(request.param)
    native, twin = Home(folder / "native"), Home(folder / "twin")
    world = write_template_world(native, request.param)
    write_twin(twin, request.param, read_configuration(native))
    for home in (native, twin):
        loaded(home, world)
    return world, native, twin


def test_native_rows_are_the_canonical_rows(homes):
    world, native, twin = homes
    for name, count in world.rows.items():
        rows = raw_rows(native, name)
        assert len(rows) == count, name
        assert rows == raw_rows(twin, name), name


def test_every_feed_has_an_extract_for_every_day(homes):
    world, native, _ = homes
    for feed in read_configuration(native):
        assert {path.name for path in (native.inbox / feed.name).iterdir()} == {str(day) for day in world.dates}


def test_every_template_has_a_demonstration():
    assert set(BUSINESSES) == set(templates.names())


def test_the_same_template_gives_the_same_bytes(homes, tmp_path):
    world, native, _ = homes
    write_template_world(Home(tmp_path), world.template)
    assert file_bytes(tmp_path / "inbox") == file_bytes(native.inbox)
