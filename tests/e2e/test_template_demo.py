"""The demonstration of each template, from native files to a published database, finds its truth and nothing else.

A day is run alone, with everything delivered until then: what stands on it depends on nothing else.
"""

import pytest

from ingest.configuration import read_configuration
from ingest.contract import contract
from ingest.demo.businesses import BUSINESSES
from ingest.demo.template_world import TemplateWorld, extracts, tell, write_template_world, write_twin
from ingest.feed import Feed
from ingest.home import Home
from tests.demo.told import in_order, typed
from tests.e2e import homes
from tests.e2e.observed_demo import STANDING

CANONICAL_TWIN = "moysklad-arca-woocommerce"
"""The template that is run from canonical files as well."""
PUBLISHED = """
    select exception_code, subject_type, subject_id, state, amount, currency, event_at, reason
    from marts.fct_exceptions
"""


def run_last_day(home: Home, world: TemplateWorld, zygote: homes.Zygote) -> set[tuple]:
    """Run the last day of a home; what stands then."""
    counted = homes.answer(zygote.run(home.path, "run", "--date", str(world.last_date), "--json"))["days"][0]
    assert (counted["rows_rejected"], counted["files_refused"]) == (0, 0)
    return set(homes.query(home.published_database, STANDING))


def raw_rows(home: Home, name: str) -> list[tuple]:
    """The raw rows of a contract, each with its source system and extract date."""
    columns = ", ".join((*contract(name).column_names, "source_system", "_extract_date"))
    return in_order(homes.query(home.warehouse, f"select {columns} from raw.{contract(name).raw_table}"))


def told_rows(feeds: list[Feed], template: str) -> dict[str, list[tuple]]:
    """The rows of the business by contract, as raw_rows has them."""
    story, told = tell(template), {}
    for feed, day, extract in extracts(feeds, story):
        for name, rows in extract.items():
            kept = [(*typed(feed, name, row), feed.source_system, story.timeline.date(day)) for row in rows]
            told[name] = told.get(name, []) + kept
    return {name: in_order(rows) for name, rows in told.items()}


@pytest.fixture(scope="module")
def native(tmp_path_factory, zygote):
    """Template to its home, run from native files for the last day only; made when first asked for."""
    made = {}

    def home_of(template: str) -> tuple[Home, TemplateWorld, set[tuple]]:
        if template not in made:
            home = Home(tmp_path_factory.mktemp(template))
            world = write_template_world(home, template)
            made[template] = home, world, run_last_day(home, world, zygote)
        return made[template]

    return home_of


@pytest.mark.parametrize("template", sorted(BUSINESSES))
def test_the_last_day_finds_exactly_the_truth_in_exactly_the_facts(template, native):
    home, world, found = native(template)
    assert found == world.expected_on(world.last_date)
    for name, rows in told_rows(read_configuration(home), template).items():
        assert raw_rows(home, name) == rows, name


def test_the_canonical_twin_publishes_the_same(native, tmp_path, zygote):
    home, world, found = native(CANONICAL_TWIN)
    twin = Home(tmp_path)
    write_twin(twin, CANONICAL_TWIN, read_configuration(home))
    assert run_last_day(twin, world, zygote) == found
    for name in world.rows:
        assert raw_rows(twin, name) == raw_rows(home, name), name
    assert in_order(homes.query(twin.published_database, PUBLISHED)) == in_order(
        homes.query(home.published_database, PUBLISHED)
    )
