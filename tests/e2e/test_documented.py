"""What the guides for analysts say holds in a home that was run."""

from tests.documentation import documented_codes, example_queries, seed
from tests.e2e import homes


def test_documented_queries_run_on_what_is_published(undisturbed):
    for sql in example_queries():
        homes.query(homes.published(undisturbed), sql)


def test_documented_queries_show_every_open_exception(undisturbed):
    assert not homes.not_shown(homes.published(undisturbed))


def test_seed_documentation_and_published_catalogue_list_the_same_codes(undisturbed):
    published = homes.query(homes.published(undisturbed), "select exception_code from marts.dim_exception_types")
    codes = sorted(code for (code,) in published)
    assert codes == sorted(code.name for code in documented_codes())
    assert codes == sorted(row["exception_code"] for row in seed("exception_types"))
