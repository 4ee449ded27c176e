"""`sverka demo`: the demonstration world, delivered and run day by day like a real business."""

from collections.abc import Callable
from typing import Any

from dagster_app import launch, order
from dagster_app.errors import BadRequestError
from ingest.demo import World, write_template_world, write_world
from ingest.demo.timeline import ZONE
from ingest.settings import Home

SEED = 1
DAYS = 21
MARKER = "truth.csv"
"""What the world leaves beside the inbox: the faults it injected. A home with it is a demonstration home."""


def run(
    home: Home,
    seed: int = SEED,
    days: int = DAYS,
    template: str | None = None,
    after_day: Callable[[launch.Day], None] | None = None,
) -> dict[str, Any]:
    """Write the world into the home and run every day of it that is not published yet; the answer of the last run.

    What arrives late arrives between the runs. Another `seed` is another world; a `template` has a small one of its
    own, in native files. `after_day` sees each published day. Raises BadRequestError in a home with other extracts or
    another time zone, ConfigurationError for an unknown template or in a home with another sverka.yml.
    """
    world = prepare(home, seed, days, template)
    last = order.last_published(home)
    dates = [day for day in world.dates if last is None or day > last] or [world.last_date]
    done = launch.run_dates(home, dates, before_day=world.deliver, after_day=after_day)
    return {"world": world.summary().splitlines(), **launch.answer(home, done)}


def prepare(home: Home, seed: int, days: int, template: str | None = None) -> World:
    """Write the world; the same arguments in the same home write the same one again. Raises as `run` does."""
    if home.timezone != ZONE:
        raise BadRequestError(
            f"the demonstration is written for the business zone {ZONE}, SVERKA_TIMEZONE is {home.timezone}: "
            f"unset it, or set it to {ZONE}."
        )
    has_extracts = any(folder.is_dir() and any(folder.iterdir()) for folder in (home.inbox, home.landing))
    if has_extracts and not (home.path / MARKER).is_file():
        raise BadRequestError(
            f"{home.path} already holds extracts that are not the demonstration's; "
            "choose an empty folder for it: SVERKA_HOME=./demo sverka demo"
        )
    try:
        if template is not None:
            return write_template_world(home, template)
        return write_world(home.inbox, seed=seed, days=days)
    except (FileExistsError, ValueError) as error:
        raise BadRequestError(str(error)) from error
