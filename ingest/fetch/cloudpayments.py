"""CloudPayments: the transactions of the window by their time of creation, from v2/payments/list.

Source: developers.cloudpayments.ru. PublicId and the API password go over HTTP Basic.

- A transaction is a payment, a refund or a payout; each is one of its own. The format takes what the feed supplies.
- The list has no total and its pages no stated size: they are read until one is empty.
- Both ends of the period are included, so a transaction of the last second comes twice. ``TimeZone`` is UTC.
- A transaction that changes later (confirmed, cancelled) is found by the overlap: an authorisation lasts 7 days.
- An error comes with status 200, as ``Success: false`` and a message.
"""

from collections.abc import Iterator
from typing import Any

from ingest.fetch.base import Page, Pull, PullError

FORMATS = ("cloudpayments",)
NEEDS = ("public_id", "api_password")
TAKES = ("base_url",)
SECRETS = ("api_password",)
OVERLAP_DAYS = 7
IS_DROP = False

BASE_URL = "https://api.cloudpayments.ru/"
PATH = "v2/payments/list"


def pages(pull: Pull) -> Iterator[Page]:
    """The list, whatever the feed supplies: payments and refunds are the same answers."""
    from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

    from ingest.fetch.http import Api, basic

    api = Api(pull, pull.text("base_url", BASE_URL), basic(pull.text("public_id"), pull.text("api_password")))
    start, end = (moment.isoformat(timespec="seconds") for moment in (pull.window.start, pull.window.end))
    yield from api.listing(
        "payments",
        PATH,
        PageNumberPaginator(base_page=1, page_body_path="PageNumber", total_path=None),
        items="Model",
        check=_check,
        method="POST",
        json={"CreatedDateGte": start, "CreatedDateLte": end, "TimeZone": "UTC"},
    )


def _check(document: Any) -> None:
    """Raises PullError unless it is a list of transactions, or says that there are none."""
    if not isinstance(document, dict) or "Success" not in document:
        raise PullError(f"{PATH} answers what is no answer of CloudPayments.")
    message = str(document.get("Message") or "no message")
    if document["Success"] is not True and message.lower().rstrip(".") != "not found":
        raise PullError(f"{PATH} answers an error: {message[:200]}.")
    found = document.get("Model")
    if document["Success"] is True and not isinstance(found, list):
        raise PullError(f"{PATH} answers no list of transactions.")
