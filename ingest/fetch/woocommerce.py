"""WooCommerce REST v3: the orders of the window by their time of change, those in the trash too.

Source: the REST API documentation of WooCommerce (wc/v3/orders). A consumer key and secret go over HTTP Basic.

- ``modified_after`` and ``modified_before`` exclude their own second, so the window begins one earlier. With
  ``dates_are_gmt`` they are UTC, else the site's own time. Shops before 5.8 know neither and give all orders: refused.
- ``status: any`` leaves out the trash, which is therefore a listing of its own.
- Pages go by number. What X-WP-Total says must be what came: an order that changes meanwhile leaves the list and may
  move another one to a page that has been read. The list is then read again, under another name: orders that come
  twice do no harm.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.fetch.base import Page, Pull, PullError

if TYPE_CHECKING:
    from ingest.fetch.http import Api

FORMATS = ("woocommerce",)
NEEDS = ("shop", "consumer_key", "consumer_secret")
TAKES = ()
SECRETS = ("consumer_key", "consumer_secret")
OVERLAP_DAYS = 1
IS_DROP = False

PATH = "/wp-json/wc/v3/"
PAGE_SIZE = 100
TIME = "%Y-%m-%dT%H:%M:%S"
LISTINGS = {"orders": "any", "trash": "trash"}
"""Names of the pages to the status that is asked for."""

READINGS = 3
"""Of a list that changes while it is read."""

SECOND = timedelta(seconds=1)


def pages(pull: Pull) -> Iterator[Page]:
    """The orders, of which the format takes what the feed supplies."""
    from ingest.fetch.http import Api, basic
    from ingest.fetch.paging import ListChanged

    auth = basic(pull.text("consumer_key"), pull.text("consumer_secret"))
    api = Api(pull, pull.text("shop").rstrip("/") + PATH, auth)
    for name, status in LISTINGS.items():
        for reading in range(1, READINGS + 1):
            try:
                yield from _listing(pull, api, name if reading == 1 else f"{name}-again-{reading}", status)
                break
            except ListChanged:
                if reading == READINGS:
                    raise


def _listing(pull: Pull, api: "Api", name: str, status: str) -> Iterator[Page]:
    from ingest.fetch.paging import CountedPages

    after = pull.window.start - SECOND
    return api.listing(
        name,
        "orders",
        CountedPages(),
        items="$",
        check=lambda document: _check(document, after),
        params={
            "modified_after": after.strftime(TIME),
            "modified_before": pull.window.changed_until.strftime(TIME),
            "dates_are_gmt": "true",
            "status": status,
            "orderby": "id",
            "order": "asc",
            "per_page": PAGE_SIZE,
        },
    )


def _check(document: Any, after: datetime) -> None:
    """Refuses what is no list of orders, or has one that changed before the window. Raises PullError."""
    if not isinstance(document, list):
        message = document.get("message") if isinstance(document, dict) else None
        raise PullError(f"the shop answers an error instead of orders: {str(message or 'no message')[:200]}.")
    for order in document:
        changed = order.get("date_modified_gmt") if isinstance(order, dict) else None
        if not isinstance(changed, str) or _utc(changed) < after:
            raise PullError(
                f"the shop gives an order that changed at {str(changed)[:40]} UTC, which was not asked for. "
                "It does not know modified_after: WooCommerce 5.8 or later does."
            )


def _utc(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise PullError(f"an order has the time of change {text[:40]!r}, which is none.") from error
