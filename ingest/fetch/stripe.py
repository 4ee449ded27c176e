"""Stripe: charges, refunds and disputes of the window, from the lists of the API and from its events.

Source: docs.stripe.com/api. Lists take ``created[gte]`` and ``created[lt]`` (epoch seconds) and are read by
``starting_after`` while ``has_more``. Events are kept for 30 days.

- Charges by their creation, with the balance transaction expanded: it alone has the fee, and the day of a later
  capture. An event's charge is not expanded, and as the newer version would take both away; so what changes later is
  found by the overlap: an authorisation of a card lasts 7 days.
- Refunds by their creation, and those that an event says changed: a refund fails up to a month later.
- Disputes by events, which alone have the day of closing, months after the opening. Where the window begins before the
  events, its disputes are listed too, as they stand now; an event, of any day, is the newer version.
- Payouts do not say what they are made of; their reconciliation report is prepared on demand and is not pulled.
- A refund does not say whether it is of test mode, but the key does: one of test mode is refused.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.fetch.base import Page, Pull, PullError
from ingest.formats.base import OptionFault

if TYPE_CHECKING:
    from ingest.fetch.http import Api

FORMATS = ("stripe",)
NEEDS = ("secret_key",)
TAKES = ("base_url", "account")
SECRETS = ("secret_key",)
OVERLAP_DAYS = 7
IS_DROP = False

BASE_URL = "https://api.stripe.com/v1/"
PAGE_SIZE = 100
EVENTS_KEPT = timedelta(days=30)
EVENTS = {
    "provider.refunds": ("refund.updated", "refund.failed", "charge.refund.updated"),
    "provider.disputes": ("charge.dispute.created", "charge.dispute.closed"),
}
TEST_KEYS = ("sk_test_", "rk_test_")


def check(contracts: tuple[str, ...], settings: Mapping[str, object]) -> None:
    """Raises OptionFault."""
    if "provider.payouts" in contracts:
        raise OptionFault(
            (),
            "brings no payouts from stripe. List the feed's `contracts` without provider.payouts, and give the payout "
            "reconciliation report a feed of its own.",
            "pull",
        )


def pages(pull: Pull) -> Iterator[Page]:
    """The lists of the contracts that the feed supplies, then their events."""
    from ingest.fetch.http import Api, bearer

    key, account = pull.text("secret_key"), pull.text("account")
    if key.startswith(TEST_KEYS):
        raise PullError(f"{pull.secret_names()} is a key of test mode, where nothing is money. Use one of live mode.")
    api = Api(pull, pull.text("base_url", BASE_URL), bearer(key), {"Stripe-Account": account} if account else None)
    wanted = pull.feed.contracts
    if "provider.payments" in wanted:
        yield from _listing(pull, api, "charges", {"expand[0]": "data.balance_transaction"})
    if "provider.refunds" in wanted:
        yield from _listing(pull, api, "refunds")
    if "provider.disputes" in wanted and pull.window.start < datetime.now(UTC) - EVENTS_KEPT:
        yield from _listing(pull, api, "disputes")
    types = [name for contract in wanted for name in EVENTS.get(contract, ())]
    if types:
        yield from _listing(pull, api, "events", {f"types[{place}]": name for place, name in enumerate(types)})


def _listing(pull: Pull, api: "Api", name: str, params: Mapping[str, Any] | None = None) -> Iterator[Page]:
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    start, end = (int(moment.timestamp()) for moment in (pull.window.start, pull.window.end))
    return api.listing(
        name,
        name,
        JSONResponseCursorPaginator(cursor_path="data[-1].id", cursor_param="starting_after", has_more_path="has_more"),
        items="data",
        check=lambda document: _check(document, name),
        params={"created[gte]": start, "created[lt]": end, "limit": PAGE_SIZE, **(params or {})},
    )


def _check(document: Any, name: str) -> None:
    """Raises PullError unless it is a list that says whether there is more."""
    found = document.get("data") if isinstance(document, dict) and document.get("object") == "list" else None
    if not isinstance(found, list) or not isinstance(document.get("has_more"), bool):
        raise PullError(f"{name} answers what is no list of Stripe.")
    if document["has_more"] and not (found and isinstance(found[-1], dict) and found[-1].get("id")):
        raise PullError(f"{name} says that there is more, but not after what: its last record has no id.")
