"""The dbt project as Dagster assets: one asset per seed and model, one asset check per test.

Descriptions and columns come from dbt. What does not belong here: how dbt is called (`dbt_build`), any business rule.
"""

import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject, DbtProjectComponent
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from dagster_app import dbt_build
from dagster_app.partitions import business_dates
from dagster_app.progress import progress
from ingest.settings import Home


def group_of(fqn: list[str]) -> str:
    """The group of a dbt node: its layer, for marts their audience; `policy` for seeds.

    `fqn` is dbt's list of project, folders and name.
    """
    layer = fqn[1] if len(fqn) > 2 else "policy"
    return f"marts_{fqn[2]}" if layer == "marts" and len(fqn) > 3 else layer


@dataclass
class ReconciliationModels(DbtProjectComponent):
    """The dbt project, built inside the run's own process for the run's business date."""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Definitions from the project as it is now; no state is kept beside it."""
        dbt_build.manifest()
        _put_dbt_on_path()
        return self.build_defs_from_state(context, None)

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The asset of a dbt node: its description without the SQL, its layer as the group, the daily partitions."""
        node = self.get_resource_props(manifest, unique_id)
        spec = super().get_asset_spec(manifest, unique_id, project)
        if node["resource_type"] == "source":
            return spec
        description = node.get("description") or f"{node['resource_type']} {node['name']}"
        return spec.replace_attributes(
            description=description,
            group_name=group_of(node["fqn"]),
            partitions_def=business_dates(),
        )

    def execute(self, context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        """Build all models for the partition's date; yields a materialisation or a check result per node as it ends.

        Raises dagster.Failure naming what failed and where to look.
        """
        home = Home.from_environment()
        content, translator = self._validated_manifest, self._validated_translator
        _do_without_data_versions(context)
        progress.step("models", "building and testing")
        outcome = _Outcome()
        for event in _build_events(home, context.partition_key, outcome):
            data = event["data"]
            progress.detail("models", f"{data.get('index')}/{data.get('total') or data.get('num_models')}")
            message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            yield from message.to_default_asset_events(content, translator, context, project=self.dbt_project)
        if outcome.error is not None:
            raise dg.Failure(description=str(outcome.error), allow_retries=False) from outcome.error
        if outcome.failures:
            explanation = dbt_build.explain_failures(outcome.failures, Path(home.warehouse))
            raise dg.Failure(description=explanation, allow_retries=False)


def _do_without_data_versions(context: dg.AssetExecutionContext) -> None:
    """Every run builds every table: versions made of run ids tell nothing, and asking for all of them takes seconds."""
    cache = context.get_step_execution_context()._data_version_cache  # the only switch there is
    cache.is_external_input_asset_version_info_loaded = False


def _put_dbt_on_path() -> None:
    """Dagster's dbt resource insists on finding a `dbt` program, though none is started: name this environment's."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join(filter(None, [programs, os.environ.get("PATH")]))


class _Outcome:
    failures: list[dbt_build.NodeFailure]
    error: Exception | None = None

    def __init__(self) -> None:
        self.failures = []


def _build_events(home: Home, as_of: str, outcome: _Outcome) -> Iterator[dict[str, Any]]:
    """Run the build in a thread and give its events while it works: Dagster then shows them as they happen."""
    events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.failures = dbt_build.build(Path(home.path), as_of, home.timezone, events.put)
        except Exception as error:
            outcome.error = error
        finally:
            events.put(None)

    thread = threading.Thread(target=work, name="dbt build", daemon=True)
    thread.start()
    yield from iter(events.get, None)
    thread.join()
