"""Dagster's events in connections that are kept: the stock storage finds all of them in the same files."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage

from dagster_app import instance as instances
from dagster_app.event_log import EventLog

KEY = dg.AssetKey("payments")


@dg.asset(key=KEY, check_specs=[dg.AssetCheckSpec("is_whole", asset=KEY)])
def payments():
    return dg.MaterializeResult(metadata={"rows": 7}, check_results=[dg.AssetCheckResult(passed=True)])


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with instances.open_instance(tmp_path) as instance:
        yield instance


@pytest.fixture
def log(instance: dg.DagsterInstance) -> EventLog:
    assert isinstance(instance.event_log_storage, EventLog)
    return instance.event_log_storage


def test_the_stock_storage_reads_what_was_recorded(instance: dg.DagsterInstance, log: EventLog, tmp_path: Path) -> None:
    runs = [dg.materialize([payments], instance=instance).run_id for _ in range(2)]
    stock = SqliteEventLogStorage(str(tmp_path / "history" / "runs"))
    stock.register_instance(instance)
    for run in runs:
        recorded = log.get_logs_for_run(run)
        assert {"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "PIPELINE_SUCCESS"} <= {
            event.dagster_event.event_type_value for event in recorded if event.dagster_event
        }
        assert stock.get_logs_for_run(run) == recorded
    assert stock.get_asset_records([KEY]) == log.get_asset_records([KEY])
    [record] = stock.get_asset_records([KEY])
    assert record.asset_entry.last_run_id == runs[-1]


def test_a_no_about_the_schema_is_asked_again(log: EventLog) -> None:
    assert not log.has_table("later")
    with log.index_connection() as connection:
        connection.execute(sqlalchemy.text("create table later (id integer)"))
    assert log.has_table("later")
    assert not log.has_asset_key_col("nothing") and log.has_asset_key_col("last_run_id")


def test_a_yes_about_the_schema_is_kept(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    assert log.has_asset_key_col("last_run_id")
    monkeypatch.setattr(log, "index_connection", lambda: pytest.fail("the file is asked again"))
    assert log.has_asset_key_col("last_run_id")
