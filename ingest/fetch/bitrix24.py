"""Bitrix24 REST: deals by crm.deal.list, orders by sale.order.list, payments by sale.payment.list.

Source: apidocs.bitrix24.com. Access is an incoming webhook, whose address is the secret itself, or an OAuth token.

- Deals and orders of the window by their time of change (DATE_MODIFY, dateUpdate), in the order of their ids. Pages
  have 50 records; the next one is asked for by id. ``total`` and ``next`` must fit what came.
- A payment has no time of change, but its order is saved with it: the payments of all orders that changed are read.
- Only the fields are asked for that the format reads, those of its options among them.
- Errors come in documents, usually with an HTTP status; QUERY_LIMIT_EXCEEDED and the like are asked again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.fetch.base import Page, Pull, PullError
from ingest.formats.base import OptionFault

FORMATS = ("bitrix24",)
NEEDS = ()
TAKES = ("webhook", "portal", "access_token")
SECRETS = ("webhook", "access_token")
OVERLAP_DAYS = 1
IS_DROP = False

DEAL_FIELDS = ("ID", "STAGE_ID", "STAGE_SEMANTIC_ID", "OPPORTUNITY", "CURRENCY_ID", "DATE_MODIFY", "ORIGIN_ID")
ORDER_FIELDS = (
    "id",
    "accountNumber",
    "userId",
    "price",
    "currency",
    "payed",
    "canceled",
    "statusId",
    "dateInsert",
    "dateUpdate",
)
PAYMENT_FIELDS = (
    "id",
    "accountNumber",
    "orderId",
    "sum",
    "currency",
    "paid",
    "isReturn",
    "dateBill",
    "datePaid",
    "psInvoiceId",
    "psStatus",
    "psResponseDate",
)
FIELD_OPTIONS = ("order_field", "invoice_field", "payment_field")
"""Options of the format, each of which names a further field of a deal."""

WEBHOOK = re.compile(r"(https?://[^/?#]+/rest/)(\d+)/([^/?#]+)/?", re.ASCII | re.IGNORECASE)
BUSY = ("QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT", "OVERLOAD_LIMIT")
ACCESS = ("expired_token", "invalid_token", "NO_AUTH_FOUND", "INVALID_CREDENTIALS", "insufficient_scope")


@dataclass(frozen=True)
class Listing:
    """A method that lists. ``records``: under which key of ``result`` they are, empty when they are the result."""

    method: str
    records: str
    id: str
    fields: tuple[str, ...]


DEALS = Listing("crm.deal.list", "", "ID", DEAL_FIELDS)
ORDERS = Listing("sale.order.list", "orders", "id", ORDER_FIELDS)
PAYMENTS = Listing("sale.payment.list", "payments", "id", PAYMENT_FIELDS)


def check(contracts: tuple[str, ...], settings: Mapping[str, object]) -> None:
    """Raises OptionFault."""
    ways = ({"webhook"}, {"portal", "access_token"})
    if set(settings) not in ways:
        raise OptionFault((), "needs either `webhook`, or `portal` and `access_token`.", "pull")


def pages(pull: Pull) -> Iterator[Page]:
    """The listings of the contracts that the feed supplies."""
    client = _Client(pull)
    start, end = (moment.isoformat(timespec="seconds") for moment in (pull.window.start, pull.window.changed_until))
    wanted = pull.feed.contracts
    if "crm.deals" in wanted:
        yield from client.listing("deals", DEALS, {">=DATE_MODIFY": start, "<DATE_MODIFY": end})
    if "website.orders" not in wanted and "website.payments" not in wanted:
        return
    orders = client.listing("orders", ORDERS, {">=dateUpdate": start, "<dateUpdate": end})
    for number, page in enumerate(orders, start=1):
        ids = [order["id"] for order in _records(json.loads(b"".join(page.chunks)), ORDERS)]
        if "website.orders" in wanted or not ids:
            yield page
        if "website.payments" in wanted and ids:
            yield from client.listing(f"payments-{number:04d}", PAYMENTS, {"=orderId": ids})


class _Client:
    """The REST of one portal; what is secret about its address is never in a message."""

    def __init__(self, pull: Pull) -> None:
        from ingest.fetch.http import Api

        self.pull = pull
        self.auth: dict[str, str] = {}
        base_url = f"{pull.text('portal').rstrip('/')}/rest/"
        if "webhook" in pull.settings:
            match = WEBHOOK.fullmatch(pull.text("webhook"))
            if match is None:
                raise PullError(
                    f"what stands in {pull.secret_names()} is no address of an incoming webhook, "
                    "https://<portal>/rest/<user>/<code>/."
                )
            base_url = match[0].rstrip("/") + "/"
            pull.learned.append(match[3])
        else:
            self.auth = {"auth": pull.text("access_token")}
        self.api = Api(pull, base_url)

    def listing(self, name: str, listing: Listing, condition: dict[str, Any]) -> Iterator[Page]:
        from ingest.fetch.paging import AfterLast

        fields = listing.fields
        if listing is DEALS:
            options = self.pull.feed.options
            fields += tuple(str(options[name]) for name in FIELD_OPTIONS if name in options)
        return self.api.listing(
            name,
            listing.method,
            AfterLast(listing.id),
            items=".".join(filter(None, ("result", listing.records))),
            check=lambda document: self._check(document, listing),
            method="POST",
            json={
                "select": list(dict.fromkeys(fields)),
                "filter": dict(condition),
                "order": {listing.id: "ASC"},
                **self.auth,
            },
        )

    def _check(self, document: Any, listing: Listing) -> None:
        from ingest.fetch.http import Busy

        if not isinstance(document, dict) or not ("error" in document or "result" in document):
            raise PullError(f"{listing.method} answers what is no answer of Bitrix24.")
        if "error" in document:
            code, why = str(document["error"]), str(document.get("error_description") or "no description")
            if code in BUSY:
                raise Busy(code)
            hint = f" Renew what stands in {self.pull.secret_names()}." if code in ACCESS else ""
            raise PullError(f"{listing.method} answers an error, {code}: {why[:200]}.{hint}")
        count, total = len(_records(document, listing)), document.get("total")
        if not isinstance(total, int) or (count < total) != ("next" in document) or count > total:
            raise PullError(
                f"{listing.method} says {total} records in all, but gives {count} "
                f"{'and says there are more' if 'next' in document else 'and no next page'}. "
                "Nothing was taken; pull again."
            )


def _records(document: Mapping[str, Any], listing: Listing) -> list[Any]:
    """The records of an answer. Raises PullError when there is no place for them."""
    result = document["result"]
    found = result.get(listing.records) if isinstance(result, dict) else result
    if not isinstance(found, list) or not all(isinstance(item, dict) and listing.id in item for item in found):
        raise PullError(f"{listing.method} answers no list of records with {listing.id}.")
    return found
