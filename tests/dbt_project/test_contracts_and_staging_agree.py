"""Contracts, dbt sources and staging say the same: names, order, types, keys and descriptions.

Pure text comparison, no dbt: whoever changes a contract learns in milliseconds what else has to change.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.contract import METADATA_COLUMNS, Contract, contracts

PROJECT = Path(__file__).parents[2] / "dbt_project"
STAGING = PROJECT / "models" / "staging"
STAGING_METADATA = tuple(name for name in METADATA_COLUMNS if name != "_loaded_at")
ALL = [pytest.param(item, id=name) for name, item in contracts().items()]


def model_path(item: Contract, suffix: str) -> Path:
    return STAGING / item.source / f"stg_{item.raw_table}{suffix}"


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def last_select(sql: str) -> list[str]:
    """The columns of the select that ends a staging model, one a line, without the comments between."""
    body = re.search(r"\nselect\n(.*?)\nfrom versions\nwhere version_rank = 1\n\Z", sql, flags=re.DOTALL)
    assert body, "a staging model ends with `select … from versions where version_rank = 1`"
    lines = [line.strip().rstrip(",") for line in body[1].splitlines()]
    return [line for line in lines if not line.startswith("--")]


def sources() -> dict[str, Any]:
    return {source["name"]: source for source in read_yaml(PROJECT / "models" / "sources.yml")["sources"]}


@pytest.mark.parametrize("item", ALL)
def test_staging_selects_the_columns_of_the_contract_in_its_order(item: Contract) -> None:
    sql = model_path(item, ".sql").read_text(encoding="utf-8")
    assert last_select(sql) == [*item.column_names, *STAGING_METADATA]


@pytest.mark.parametrize("item", ALL)
def test_staging_ranks_the_versions_of_its_own_table_by_its_key(item: Contract) -> None:
    sql = model_path(item, ".sql").read_text(encoding="utf-8")
    key = ", ".join(f"'{name}'" for name in item.key)
    time = "" if "updated_at" in item.column_names else ", updated_at=none"
    assert f"{{{{ version_rank([{key}]{time}) }}}}" in sql
    assert re.findall(r"source\('raw', '(\w+)'\)", sql) == [item.raw_table]


@pytest.mark.parametrize("item", ALL)
def test_staging_sees_nothing_after_d(item: Contract) -> None:
    sql = model_path(item, ".sql").read_text(encoding="utf-8")
    snapshot_files = f"{{{{ latest_extract_files('{item.name}') }}}}"
    assert (snapshot_files in sql) == item.snapshot
    assert ("where _extract_date <= {{ as_of_date() }}" in sql) != item.snapshot


@pytest.mark.parametrize("item", ALL)
def test_staging_is_documented_in_the_words_of_the_contract(item: Contract) -> None:
    (model,) = read_yaml(model_path(item, ".yml"))["models"]
    assert model["name"] == f"stg_{item.raw_table}"
    assert model["description"].startswith(item.description)
    columns = model["columns"]
    assert [column["name"] for column in columns] == [*item.column_names, *STAGING_METADATA]
    described = {column["name"]: (column["data_type"], column["description"]) for column in columns}
    for column in item.columns:
        assert described[column.name] == (column.sql_type.lower(), column.description)
    for name in STAGING_METADATA:
        assert described[name][0] == METADATA_COLUMNS[name].lower()


def test_metadata_columns_are_described_alike_everywhere() -> None:
    described: dict[str, set[str]] = {name: set() for name in STAGING_METADATA}
    for item in contracts().values():
        (model,) = read_yaml(model_path(item, ".yml"))["models"]
        for column in model["columns"][-len(STAGING_METADATA) :]:
            described[column["name"]].add(column["description"])
    assert {name: len(texts) for name, texts in described.items()} == dict.fromkeys(STAGING_METADATA, 1)


def test_there_is_no_staging_model_without_a_contract() -> None:
    expected = {model_path(item, suffix) for item in contracts().values() for suffix in (".sql", ".yml")}
    assert set(STAGING.rglob("stg_*")) == expected


def test_the_raw_source_has_exactly_the_contracts() -> None:
    tables = {table["name"]: table["description"] for table in sources()["raw"]["tables"]}
    assert tables == {item.raw_table: item.description for item in contracts().values()}


def test_the_operations_source_is_described_column_by_column() -> None:
    tables = {table["name"]: table for table in sources()["ops"]["tables"]}
    assert set(tables) == {"feeds", "feed_contracts", "load_log", "rejected_rows"}
    for name, table in tables.items():
        assert table["description"], name
        assert all(column["data_type"] and column["description"] for column in table["columns"]), name


def test_the_grain_test_knows_every_contract_and_its_key() -> None:
    sql = (PROJECT / "tests" / "staging_one_current_version_per_key.sql").read_text(encoding="utf-8")
    keys = re.findall(r"^    '(\w+)': \[(.*)\],$", sql, flags=re.MULTILINE)
    found = {table: tuple(re.findall(r"'(\w+)'", key)) for table, key in keys}
    assert found == {item.raw_table: item.key for item in contracts().values()}


def test_the_conservation_test_knows_every_contract() -> None:
    sql = (PROJECT / "tests" / "rows_read_are_loaded_or_rejected.sql").read_text(encoding="utf-8")
    assert re.findall(r"^    '(\w+)',$", sql, flags=re.MULTILINE) == [item.raw_table for item in contracts().values()]
