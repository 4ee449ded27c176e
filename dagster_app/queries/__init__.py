"""Questions to what was published: status, the exception list, and the life of one id.

Importing this package loads neither DuckDB nor the orchestrator; a call opens the published database read-only and
closes it.
"""

from dagster_app.queries.connection import NothingPublishedError, PublishedHome, WrongDateError
from dagster_app.queries.explain import Explanation, Statement, explain
from dagster_app.queries.jsonable import to_json, to_jsonable
from dagster_app.queries.status import STATES, Status, exceptions, status

__all__ = [
    "STATES",
    "Explanation",
    "NothingPublishedError",
    "PublishedHome",
    "Statement",
    "Status",
    "WrongDateError",
    "exceptions",
    "explain",
    "status",
    "to_json",
    "to_jsonable",
]
