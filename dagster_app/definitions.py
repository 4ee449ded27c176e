"""The Dagster code location: everything below `defs/`, one folder per integration.

`dagster dev -m dagster_app.definitions` and `sverka run` load the same definitions. What does not belong here: assets,
schedules and components (they live in `defs/`), and any work at import time beyond finding out what exists.
"""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, checks, the daily job and its schedule."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
