"""`sverka pull`: under the lock of a run, since what the warehouse has loaded says from where to read on."""

from datetime import date, timedelta

from dagster_app import lock
from dagster_app.dates import today
from dagster_app.errors import BadRequestError
from dagster_app.progress import progress
from ingest.fetch import pulling
from ingest.settings import Home

DAY = timedelta(days=1)


def pull(home: Home, day: date | None = None, feed: str | None = None, again: bool = False) -> pulling.PullReport:
    """Pull one feed, or every one that is declared so, for a date; by default the last whole business date.

    Raises BadRequestError when no feed is pulled, ConfigurationError, RunLockedError.
    """
    if not pulling.pulled_feeds(home):
        raise BadRequestError(
            f"no feed has a `pull` in {home.config_file}: files are dropped into {home.inbox}. "
            "The operator guide tells which systems can be pulled"
        )
    chosen = day or today(home.timezone) - DAY
    progress.start(chosen.isoformat())
    with lock.hold(home.path):
        return pulling.pull(home, chosen, feed, again, lambda text: progress.detail("pull", text))
