"""Schetmash Online v1: reports on the receipts that were registered and still wait, ``report/<id>``.

Built from clients of online.schetmash.com. The token of ``v1/token`` goes in the query. What is asked for, and what a
page has, is told in ``receipts``.
"""

from collections.abc import Iterator

from ingest.fetch import atol
from ingest.fetch.base import Page, Pull

FORMATS = ("schetmash",)
NEEDS = ("login", "password", "shop_id")
TAKES = ("base_url",)
SECRETS = ("password",)
OVERLAP_DAYS = atol.OVERLAP_DAYS
IS_DROP = False

BASE_URL = "https://online.schetmash.com/lk/api/"


def pages(pull: Pull) -> Iterator[Page]:
    """The reports, each with its registration."""
    from ingest.fetch.http import Api
    from ingest.fetch.receipts import report_pages

    api = Api(pull, pull.text("base_url", BASE_URL))
    credentials = {"login": pull.text("login"), "password": pull.text("password")}
    token = atol.read_token(api.document("v1/token", method="POST", json=credentials))
    pull.learned.append(token)
    yield from report_pages(
        pull,
        lambda key: api.document(f"v1/{pull.text('shop_id')}/report/{key}", params={"token": token}),
    )
