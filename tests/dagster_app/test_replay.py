"""Replay without dbt: which dates, what is copied, what is left. With dbt it is tested end to end."""

import json
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from dagster_app import dbt_build, lock, replay
from dagster_app.errors import BadRequestError
from dagster_app.replay import copy_history
from ingest.cli import main
from ingest.home import Home
from ingest.warehouse import open_warehouse
from tests.dagster_app.published_fixture import AS_OF, empty_day
from tests.ingest.lab import Lab, csv_of, payment

FIRST, BEFORE = date(2026, 11, 18), date(2026, 11, 19)
BY_DAY = [("intermediate", "int_exceptions__observations"), ("marts", "fct_not_there_yet")]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Three days delivered and loaded, the third published; one table that keeps every day."""
    lab = Lab(tmp_path)
    for number, day in enumerate((FIRST, BEFORE, AS_OF), 1):
        lab.put(f"{number}.csv", csv_of(payment(number), payment(number, status="odd")), day=day)
    lab.run(AS_OF)
    empty_day(tmp_path)
    with duckdb.connect(str(lab.home.warehouse)) as connection:
        connection.execute("create schema intermediate").fetchall()
        connection.execute(
            "create table intermediate.int_exceptions__observations as"
            " select d as as_of_date, 'x' as exception_id from unnest([date '2026-11-18', date '2026-11-19']) t(d)"
        ).fetchall()
    monkeypatch.setenv("SVERKA_HOME", str(tmp_path))
    return lab.home


def rows(home: Home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_only_what_was_delivered_for_dates_up_to_it_is_copied(home: Home, tmp_path: Path) -> None:
    scratch = Home(tmp_path / "scratch")
    before = home.warehouse.read_bytes()
    copy_history(home, scratch, BEFORE, BY_DAY)
    payments = (
        "select provider_payment_id, _extract_date, _loaded_at is not null from raw.provider__payments order by 1"
    )
    assert rows(scratch, payments) == [("1", FIRST, True), ("2", BEFORE, True)]
    assert rows(scratch, "select extract_date from ops.load_log order by 1") == [(FIRST,), (BEFORE,)]
    assert rows(scratch, "select extract_date from ops.rejected_rows order by 1") == [(FIRST,), (BEFORE,)]
    assert rows(scratch, "select feed from ops.feeds") == [("provider.payments",)]
    assert rows(scratch, "select as_of_date from intermediate.int_exceptions__observations") == [(FIRST,)]
    assert home.warehouse.read_bytes() == before


def test_feeds_that_began_later_are_unknown_unless_declared(home: Home, tmp_path: Path) -> None:
    lab = Lab(home.path)
    lab.configure("feeds:\n  - name: shop\n    contracts: [website.orders]\n")
    lab.put("a.csv", "deal_id\n", feed="crm.deals", day=AS_OF)
    lab.run(AS_OF)
    scratch = Home(tmp_path / "scratch")
    copy_history(home, scratch, BEFORE, [])
    assert rows(scratch, "select feed from ops.feeds order by 1") == [("provider.payments",), ("shop",)]
    assert rows(scratch, "select feed from ops.feed_contracts order by 1") == [("provider.payments",), ("shop",)]


def test_contracts_that_grew_since_are_copied_without_the_new_column(home: Home, tmp_path: Path) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("alter table raw.provider__payments drop column settlement_batch_id").fetchall()
    copy_history(home, Home(tmp_path / "scratch"), AS_OF, [])
    assert rows(Home(tmp_path / "scratch"), "select count(*) from raw.provider__payments") == [(3,)]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-21", "after the last published date"),
        ("2026-11-17", "the first one is of 2026-11-18"),
        ("2026-11-31", "does not match"),
    ],
)
def test_a_date_that_cannot_be_rebuilt_is_refused(home: Home, day: str, words: str) -> None:
    result = CliRunner().invoke(main, ["replay", "--as-of", day])
    assert result.exit_code == 2
    assert words in result.output
    assert not home.replays.exists()


def test_before_the_first_run_there_is_no_past(tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="nothing was published yet"):
        replay.replay(Home(tmp_path), AS_OF)


def test_an_existing_file_is_not_overwritten(home: Home) -> None:
    for path in (home.published_database, home.warehouse):
        result = CliRunner().invoke(main, ["replay", "--as-of", str(AS_OF), "--into", str(path), "--json"])
        assert result.exit_code == 2
        assert "is there already" in json.loads(result.stdout)["error"]


def test_a_held_warehouse_is_told(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(path: Path) -> None:
        raise lock.RunLockedError(f"another run is working in {path}")

    monkeypatch.setattr(lock, "acquire", busy)
    with pytest.raises(lock.RunLockedError, match="another run is working"):
        copy_history(home, Home(tmp_path / "scratch"), AS_OF, [])


def test_a_failed_build_leaves_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(path: Path, as_of: str, timezone: str, on_result: object) -> list[dbt_build.NodeFailure]:
        assert (path / "warehouse.duckdb").is_file()
        assert (as_of, timezone) == (str(BEFORE), home.timezone)
        return [dbt_build.NodeFailure("ledger_adds_up", "test", "Got 1 result", "tests/l.sql", "/gone/l.sql")]

    monkeypatch.setattr(dbt_build, "manifest", lambda: None)
    monkeypatch.setattr(dbt_build, "by_day", lambda: BY_DAY)
    with pytest.raises(
        dbt_build.TransformError, match=r"(?s)2026-11-19 could not be replayed.*ledger_adds_up"
    ) as caught:
        replay.replay(home, BEFORE, build=build)
    assert "/gone/" not in str(caught.value)
    assert [path.name for path in home.replays.iterdir()] == [f".{BEFORE}.lock"]


def test_a_copy_that_went_well_is_published_and_an_earlier_replay_replaced(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_app.publish import Table

    def build(path: Path, as_of: str, timezone: str, on_result: object) -> list[dbt_build.NodeFailure]:
        with open_warehouse(Home(path)) as connection:
            connection.execute("create schema marts").fetchall()
            connection.execute("create table marts.t as select 1 as n").fetchall()
        return []

    monkeypatch.setattr(dbt_build, "manifest", lambda: None)
    monkeypatch.setattr(dbt_build, "by_day", lambda: BY_DAY)
    monkeypatch.setattr(dbt_build, "tables", lambda: [Table("marts", "t")])
    published = home.published_database.read_bytes()
    for _ in range(2):
        done = replay.replay(home, BEFORE, build=build)
        assert (done.database, done.tables, done.rows) == (home.replays / f"{BEFORE}.duckdb", 1, 1)
        assert {path.name for path in home.replays.iterdir()} == {f"{BEFORE}.duckdb", f".{BEFORE}.lock"}
    assert home.published_database.read_bytes() == published
    assert datetime.fromtimestamp(done.database.stat().st_mtime).year >= 2020
