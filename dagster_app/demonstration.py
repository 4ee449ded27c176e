"""`sverka demo`: the demonstration world, delivered and run day by day like a real business."""

from dagster_app.errors import BadRequestError
from ingest.settings import Home

MARKER = "truth.csv"
"""What the world leaves beside the inbox: the faults it injected. A home with it is a demonstration home."""


def require_own_home(home: Home) -> None:
    """Raises BadRequestError when the home holds extracts of somebody else."""
    has_extracts = any(folder.is_dir() and any(folder.iterdir()) for folder in (home.inbox, home.landing))
    if has_extracts and not (home.path / MARKER).is_file():
        raise BadRequestError(
            f"{home.path} already holds extracts that are not the demonstration's; "
            "choose an empty folder for it: SVERKA_HOME=./demo sverka demo"
        )
