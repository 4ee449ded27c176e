"""YooKassa API v3: payments, refunds and receipts of the window, by their time of creation.

Source: yookassa.ru/developers/api. Lists take ``created_at.gte`` and ``created_at.lt`` and are read by cursor. What
changes later is found by the overlap: an authorisation lasts at most 7 days.
"""

from collections.abc import Iterator

from ingest.fetch.base import Page, Pull

FORMATS = ("yookassa",)
NEEDS = ("shop_id", "secret_key")
TAKES = ("base_url",)
SECRETS = ("secret_key",)
OVERLAP_DAYS = 7
IS_DROP = False

BASE_URL = "https://api.yookassa.ru/v3/"
LISTINGS = {"provider.payments": "payments", "provider.refunds": "refunds", "fiscal.receipts": "receipts"}
PAGE_SIZE = 100


def pages(pull: Pull) -> Iterator[Page]:
    """The listings of the contracts that the feed supplies."""
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    from ingest.fetch.http import Api, basic

    api = Api(pull, pull.text("base_url", BASE_URL), basic(pull.text("shop_id"), pull.text("secret_key")))
    start, end = (moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" for moment in (pull.window.start, pull.window.end))
    for contract in pull.feed.contracts:
        yield from api.listing(
            LISTINGS[contract],
            LISTINGS[contract],
            JSONResponseCursorPaginator(cursor_path="next_cursor", cursor_param="cursor"),
            items="items",
            params={"created_at.gte": start, "created_at.lt": end, "limit": PAGE_SIZE},
        )
