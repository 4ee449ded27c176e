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


def test_a_test_over_several_tables_checks_the_one_furthest_down():
    nodes = {
        "m.stg": node("model", "stg_a", "staging"),
        "m.fct": node("model", "fct_b", "marts"),
        "m.int": node("model", "int_c", "intermediate"),
        "t.several": node("test", "several", parents=["m.stg", "m.fct", "m.int", "s.raw"]),
        "t.attached": node("test", "own", parents=["m.stg", "m.fct"], attached_node="m.stg"),
        "t.sources": node("test", "sources", parents=["s.raw", "s.log"]),
    }
    sources = {"s.log": node("source", "load_log", "ops"), "s.raw": node("source", "website__orders", "raw")}
    attach_tests({"nodes": nodes, "sources": sources})
    assert nodes["t.several"]["attached_node"] == "m.fct"
    assert nodes["t.attached"]["attached_node"] == "m.stg"
    assert nodes["t.sources"]["attached_node"] == "s.log"


def test_a_failure_names_the_test_and_where_to_look(tmp_path):
    failure = NodeFailure("conserve", "test", "Got 2 results", "dbt_project/tests/conserve.sql", "/h/conserve.sql")
    text = explain_failures([failure], tmp_path / "warehouse.duckdb")
    assert "1 test(s) of what the tables promise failed. Look into" in text
    assert "test conserve (dbt_project/tests/conserve.sql): Got 2 results; its query: /h/conserve.sql" in text
    assert str(tmp_path / "warehouse.duckdb") in text
