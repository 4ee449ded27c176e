"""ATOL Online v4 and v5: reports on the receipts that were registered and still wait, ``report/<uuid>``.

Source: the protocol of ATOL Online. ``getToken`` gives a token for 24 hours, which then goes in the header Token. What
is asked for, and what a page has, is told in ``receipts``. "Not ready yet" (``wait``, error 34) is a report as any.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.fetch.base import Page, Pull, PullError
from ingest.formats.base import OptionFault

FORMATS = ("atol",)
NEEDS = ("login", "password", "group_code", "api_version")
TAKES = ("base_url",)
SECRETS = ("password",)
OVERLAP_DAYS = 30
"""After so many days without an end a receipt is given up; it stays what it was last said to be."""
IS_DROP = False

BASE_URL = "https://online.atol.ru/possystem/"
VERSIONS = ("v4", "v5")


def check(contracts: tuple[str, ...], settings: Mapping[str, object]) -> None:
    """Raises OptionFault."""
    if settings["api_version"] not in VERSIONS:
        raise OptionFault(("api_version",), f"must be one of {', '.join(VERSIONS)}.", "pull")


def pages(pull: Pull) -> Iterator[Page]:
    """The reports, each with its registration."""
    from ingest.fetch.http import Api
    from ingest.fetch.receipts import report_pages

    api = Api(pull, pull.text("base_url", BASE_URL))
    version, group = pull.text("api_version"), pull.text("group_code")
    credentials = {"login": pull.text("login"), "pass": pull.text("password")}
    token = read_token(api.document(f"{version}/getToken", method="POST", json=credentials))
    pull.learned.append(token)
    yield from report_pages(
        pull,
        lambda uuid: api.document(f"{version}/{group}/report/{uuid}", headers={"Token": token}),
    )


def read_token(answer: bytes) -> str:
    """The token of an answer. Raises PullError when it has none."""
    from ingest.fetch.receipts import error_text

    document: Any = json.loads(answer)
    token = document.get("token") if isinstance(document, dict) else None
    if not isinstance(token, str) or not token:
        raise PullError(f"no token is given for the login and password: {error_text(document)}.")
    return token
