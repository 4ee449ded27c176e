"""How dbt is called, and how its tests are attached to assets."""

import json

from dagster_app.dbt_build import NodeFailure, attach_tests, build_arguments, explain_failures


def node(kind, name, schema="", parents=(), **more):
    return {"resource_type": kind, "name": name, "schema": schema, "depends_on": {"nodes": list(parents)}, **more}


def test_a_build_is_for_one_date_in_one_home(tmp_path):
    arguments = build_arguments(tmp_path, "2026-11-20", "Asia/Yerevan")
    variables = json.loads(arguments[arguments.index("--vars") + 1])
    assert arguments[0] == "build"
    assert variables == {"as_of": "2026-11-20", "business_timezone": "Asia/Yerevan"}
    assert arguments[arguments.index("--target-path") + 1] == str(tmp_path / ".dbt" / "target")
    assert arguments[arguments.index("--exclude-resource-type") + 1] == "unit_test"
    assert "--no-send-anonymous-usage-stats" in arguments


def test_a_test_over_several_models_checks_the_one_furthest_down():
    nodes = {
        "m.stg": node("model", "stg_a", "staging"),
        "m.fct": node("model", "fct_b", "marts"),
        "m.int": node("model", "int_c", "intermediate"),
        "t.several": node("test", "several", parents=["m.stg", "m.fct", "m.int", "source.x"], config={}),
        "t.attached": node("test", "own", parents=["m.stg", "m.fct"], config={}, attached_node="m.stg"),
        "t.single": node("test", "single", parents=["m.stg"], config={}),
        "t.chosen": node("test", "c", parents=["m.stg", "m.fct"], config={"meta": {"dagster": {"ref": {"name": "x"}}}}),
    }
    attach_tests({"nodes": nodes})
    assert nodes["t.several"]["config"]["meta"]["dagster"]["ref"] == {"name": "fct_b"}
    assert nodes["t.attached"]["config"] == {}
    assert nodes["t.single"]["config"] == {}
    assert nodes["t.chosen"]["config"]["meta"]["dagster"]["ref"] == {"name": "x"}


def test_a_failure_names_the_test_and_where_to_look(tmp_path):
    failure = NodeFailure("conserve", "test", "Got 2 results", "dbt_project/tests/conserve.sql", "/h/conserve.sql")
    text = explain_failures([failure], tmp_path / "warehouse.duckdb")
    assert "1 test(s) of what the tables promise failed; nothing was published" in text
    assert "test conserve (dbt_project/tests/conserve.sql): Got 2 results; its query: /h/conserve.sql" in text
    assert str(tmp_path / "warehouse.duckdb") in text
