"""dbt in this process: parse the project once, build it for any number of dates.

A dbt process of its own costs seconds of imports and parsing for every run, so the manifest is parsed once per process
(partial parsing makes that cheap when nothing changed) and each build gets it ready made. Parsing depends on no home
and no date: the same parsed project serves every home.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dagster_app.errors import DailyRunError
from dagster_app.publish import Relation, Table

PROJECT = Path(__file__).parent.parent / "dbt_project"
TARGET = PROJECT / "target"
DAGSTER_TARGET = Path("target") / "dagster"
"""Where the manifest that Dagster reads is written, relative to the project."""

RESULT_EVENTS = frozenset({"LogSeedResult", "LogModelResult", "LogTestResult", "LogSnapshotResult"})
FAILED = frozenset({"error", "fail", "runtime error"})

QUIET = ("--log-level", "none", "--no-use-colors", "--log-level-file", "none", "--no-send-anonymous-usage-stats")


class TransformError(DailyRunError):
    """A model could not be built or a test of a promise failed; nothing may be published."""


@dataclass(frozen=True)
class NodeFailure:
    """A dbt node that failed: its name, its kind (`model`, `test`, `seed`), dbt's words, and the files to look at."""

    name: str
    kind: str
    message: str
    source_file: str
    compiled_file: str

    def describe(self) -> str:
        """One line for people."""
        compiled = f"; its query: {self.compiled_file}" if self.compiled_file else ""
        return f"{self.kind} {self.name} ({self.source_file}): {self.message}{compiled}"


@contextmanager
def _environment(values: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    _set_environment(values)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@cache
def manifest() -> Any:
    """The parsed dbt project (dbt's own Manifest), and beside it the manifest file that Dagster reads.

    Raises TransformError when the project does not parse.
    """
    from dbt.cli.main import dbtRunner

    arguments = ["parse", *QUIET, *_project_arguments(), "--target-path", str(TARGET), "--log-path", str(TARGET)]
    # The home is part of dbt's connection, which it compares before it trusts its partial parse: leave it out.
    with _file_lock(TARGET / ".lock"), _environment({"SVERKA_HOME": None}):
        result = dbtRunner().invoke(arguments)
        if not result.success:
            raise TransformError(f"the dbt project in {PROJECT} does not parse: {result.exception}")
        _write_dagster_manifest(json.loads((TARGET / "manifest.json").read_text(encoding="utf-8")))
    return result.result


def _project_arguments() -> list[str]:
    return ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]


def _write_dagster_manifest(content: dict[str, Any]) -> None:
    path = PROJECT / DAGSTER_TARGET / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_text(json.dumps(attach_tests(content)), encoding="utf-8")
    scratch.replace(path)


def attach_tests(content: dict[str, Any]) -> dict[str, Any]:
    """Say for each test over several tables which of them it checks, as Dagster wants to know for its asset checks.

    It is the one furthest down the line: marts, intermediate, staging, then sources, and the last of these by name.
    Tests that dbt attached itself stay as they are. Changes and returns `content`, a manifest.
    """
    known = content["nodes"] | content["sources"]
    for node in content["nodes"].values():
        parents = [name for name in node["depends_on"].get("nodes", ()) if name in known]
        if node["resource_type"] == "test" and not node.get("attached_node") and parents:
            node["attached_node"] = max(parents, key=lambda name: _furthest_down(known[name]))
    return content


def _furthest_down(node: Mapping[str, Any]) -> tuple[int, str]:
    order = ("raw", "ops", "staging", "intermediate", "marts")
    return (order.index(node["schema"]) if node["schema"] in order else -1, node["name"])


def tables() -> list[Table]:
    """Everything the project builds that analysts may open, seeds and models, described as in the project."""
    nodes = [node for node in manifest().nodes.values() if node.resource_type in ("model", "seed")]
    return [
        Table(node.schema, node.alias, node.description, {name: c.description for name, c in node.columns.items()})
        for node in nodes
        if node.config.materialized != "ephemeral"
    ]


def by_day() -> list[Relation]:
    """The tables that keep what earlier days left, one part for each as_of_date."""
    nodes = [node for node in manifest().nodes.values() if node.resource_type == "model"]
    return sorted((node.schema, node.alias) for node in nodes if node.config.materialized == "incremental")


def build_arguments(home: Path, as_of: str, timezone: str) -> list[str]:
    """The arguments of the daily dbt build for one business date (ISO) in one home."""
    work = home / ".dbt"
    return [
        "build",
        *QUIET,
        *_project_arguments(),
        "--exclude-resource-type",
        "unit_test",
        "--no-write-json",
        "--target-path",
        str(work / "target"),
        "--log-path",
        str(work / "logs"),
        "--vars",
        json.dumps({"as_of": as_of, "business_timezone": timezone}),
    ]


def build(home: Path, as_of: str, timezone: str, on_result: Callable[[dict[str, Any]], None]) -> list[NodeFailure]:
    """Build all models for `as_of` and run their tests; `on_result` gets dbt's event of each finished node.

    Returns what failed (nothing: all is well). Raises TransformError when dbt could not work at all.
    """
    from dbt.cli.main import dbtRunner
    from google.protobuf.json_format import MessageToDict

    def callback(event: Any) -> None:
        if event.info.name in RESULT_EVENTS:
            on_result(MessageToDict(event, preserving_proto_field_name=True))

    parsed = manifest()
    try:
        with _environment({"SVERKA_HOME": str(home)}):
            result = dbtRunner(manifest=parsed, callbacks=[callback]).invoke(build_arguments(home, as_of, timezone))
    finally:
        _close_warehouse()
    failures = [_failure(node) for node in getattr(result.result, "results", ()) if str(node.status) in FAILED]
    if not result.success and not failures:
        raise TransformError(f"dbt could not run: {result.exception}")
    return failures


def _close_warehouse() -> None:
    """Let go of the warehouse: dbt would keep its connection until the process ends, and publishing reads the file."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager.env().close()
        DuckDBConnectionManager.close_all_connections()


def _failure(result: Any) -> NodeFailure:
    node = result.node
    return NodeFailure(
        name=node.name,
        kind=str(node.resource_type),
        message=" ".join(str(result.message).split()),
        source_file=f"{PROJECT.name}/{node.original_file_path}",
        compiled_file=getattr(node, "compiled_path", None) or "",
    )


def explain_failures(failures: list[NodeFailure], warehouse: Path) -> str:
    """What to tell a person about a failed build: which promises broke, and where to look."""
    tests = [failure for failure in failures if failure.kind == "test"]
    broken = [failure for failure in failures if failure.kind != "test"]
    counts = [
        f"{len(broken)} model(s) could not be built" if broken else "",
        f"{len(tests)} test(s) of what the tables promise failed" if tests else "",
    ]
    lines = [failure.describe() for failure in broken + tests]
    head = f"{' and '.join(filter(None, counts))}. Look into {warehouse} with:"
    return "\n  ".join([head, *lines])
