"""What a run promises: the same answer whatever happens to it, and readers who never notice."""

import json
import shutil

import duckdb
import pytest

from tests.e2e import homes

KILLED_AT = (
    f"{homes.FIRST} landing",
    f"{homes.FIRST} raw",
    rf"{homes.FIRST} models +\d+/",
    f"{homes.FIRST} publish",
    rf"{homes.SECOND} models +\d+/",
    f"{homes.SECOND} report",
)
"""Patterns of the progress lines at which the killed home's runs die, one after the other."""


@pytest.fixture
def copy(undisturbed, tmp_path):
    """A home of its own that looks like the undisturbed one."""
    return shutil.copytree(undisturbed, tmp_path / "home")


def test_killed_again_and_again_it_publishes_what_an_undisturbed_home_does(undisturbed, tmp_path, zygote):
    homes.write_inbox(tmp_path)
    for line in KILLED_AT:
        command = zygote.start(tmp_path, "run", "--date", line[:10])
        command.wait_for(line)
        command.kill()
    assert homes.answer(zygote.run(tmp_path, "run", "--json"))["as_of"] == str(homes.SECOND)
    assert homes.table_hashes(homes.published(tmp_path)) == homes.table_hashes(homes.published(undisturbed))
    assert [path.name for path in (tmp_path / "published").iterdir()] == ["sverka.duckdb"]


def test_a_date_run_twice_changes_nothing_and_readers_do_not_notice(undisturbed, copy, zygote):
    database, before = homes.published(copy), homes.table_hashes(homes.published(undisturbed))
    reader = duckdb.connect(str(database), read_only=True)
    count = "select count(*) from marts.fct_payment_reconciliation"
    held = reader.execute(count).fetchall()

    command = zygote.start(copy, "run", "--date", str(homes.SECOND), "--json")
    command.wait_for("models")
    described = "select count(*) > 0 from duckdb_columns() where schema_name = 'marts' and comment is not null"
    assert homes.query(database, described) == [(True,)]
    refused = zygote_free_run(copy)
    answer = homes.answer(finished(command))

    assert refused.returncode == 1
    assert "another run is working" in refused.stderr
    assert answer["days"][0]["files"] == 0
    assert reader.execute(count).fetchall() == held
    reader.close()
    assert homes.table_hashes(database) == before


def zygote_free_run(home):
    """A second run while the first is working."""
    return homes.sverka(home, "run")


def finished(command):
    command.wait()
    return command


def test_a_home_rebuilt_from_landing_alone_is_equal(undisturbed, tmp_path, zygote):
    rebuilt = homes.copy_parts(undisturbed, tmp_path / "rebuilt", "landing", "sverka.yml")
    answer = homes.answer(zygote.run(rebuilt, "run", "--json"))
    assert [day["as_of"] for day in answer["days"]] == [str(homes.FIRST), str(homes.SECOND)]
    assert homes.table_hashes(homes.published(rebuilt)) == homes.table_hashes(homes.published(undisturbed))


def test_a_broken_promise_publishes_nothing_and_says_which(undisturbed, copy, zygote):
    with duckdb.connect(str(copy / "warehouse.duckdb")) as connection:
        connection.execute("update ops.load_log set rows_loaded = rows_loaded + 1 where outcome = 'loaded'").fetchall()
    before = homes.published(copy).read_bytes()
    command = zygote.run(copy, "run", "--json")
    assert command.returncode == 1
    assert "rows_read_are_loaded_or_rejected" in command.stderr
    assert "nothing was published" in command.stderr
    assert "Traceback" not in command.stderr
    assert "rows_read_are_loaded_or_rejected" in json.loads(command.stdout)["error"]
    assert homes.published(copy).read_bytes() == before


def test_a_rejected_row_is_told_and_the_rest_is_published(undisturbed):
    rejected = "select feed, rows_rejected from marts.fct_source_coverage where rows_rejected > 0"
    found = homes.query(homes.published(undisturbed), rejected)
    assert {feed for feed, _ in found} == {"website.payments"}
    codes = homes.query(homes.published(undisturbed), "select exception_code, subject_id from marts.fct_exceptions")
    assert ("rows_rejected", f"website.payments:{homes.SECOND}") in codes


def test_an_older_date_is_refused(undisturbed, zygote):
    command = zygote.run(undisturbed, "run", "--date", str(homes.FIRST))
    assert command.returncode == 2
    assert "sverka replay" in command.stderr
