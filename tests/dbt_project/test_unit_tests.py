"""The rules' own tests: every dbt unit test of the project, on a warehouse that holds nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dbt.cli.main import dbtRunner

from dagster_app import dbt_build
from ingest import warehouse
from ingest.contract import contracts
from ingest.settings import Home

AS_OF = "2026-01-31"
MODELS_WITHOUT_RULES = {"dim_customers", "dim_exception_types", "int_coverage__numbers", "int_exceptions__observations"}


@contextmanager
def home_in_environment(home: Path) -> Iterator[None]:
    before = os.environ.get("SVERKA_HOME")
    os.environ["SVERKA_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.pop("SVERKA_HOME")
        if before is not None:
            os.environ["SVERKA_HOME"] = before


def test_every_rule_holds_where_it_should_and_nowhere_else(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with warehouse.open_warehouse(home):
        pass
    assert dbt_build.build(home.path, AS_OF, home.timezone, lambda event: None) == []
    arguments = dbt_build.build_arguments(home.path, AS_OF, home.timezone)
    excluded = arguments.index("--exclude-resource-type")
    arguments[0], arguments[excluded : excluded + 2] = "test", ["--select", "test_type:unit"]
    with home_in_environment(home.path):
        result = dbtRunner(manifest=dbt_build.manifest()).invoke(arguments)
    failures = [f"{node.node.name}: {node.message}" for node in result.result.results if str(node.status) != "pass"]
    assert failures == []
    assert len(result.result.results) == len(dbt_build.manifest().unit_tests)


def test_every_model_with_a_rule_has_a_unit_test() -> None:
    manifest = dbt_build.manifest()
    tested = {unit.model for unit in manifest.unit_tests.values()}
    staging = {f"stg_{contract.raw_table}" for contract in contracts().values()}
    models = {node.name for node in manifest.nodes.values() if node.resource_type == "model"}
    assert models - staging - tested == MODELS_WITHOUT_RULES
