"""Canonical rows as the systems themselves would answer: the contrary of ``ingest.formats``, one module a format.

Each module has ``files(feed, rows)``: the files of one extract, name to bytes, from the feed as ``sverka.yml`` declares
it and the rows of each of its contracts. It is a pure function, and it writes an answer also where there is nothing.
"""

from collections.abc import Callable, Mapping

from ingest.demo.native import (
    activeplatform,
    billmanager,
    bitrix24,
    canonical,
    moysklad,
    onec_odata,
    rbs_gateway,
    table,
    woocommerce,
    yookassa,
)
from ingest.demo.story import Rows
from ingest.feed import CANONICAL, Feed

WRITERS: Mapping[str, Callable[[Feed, Rows], dict[str, bytes]]] = {
    CANONICAL: canonical.files,
    "activeplatform": activeplatform.files,
    "billmanager": billmanager.files,
    "bitrix24": bitrix24.files,
    "moysklad": moysklad.files,
    "onec_odata": onec_odata.files,
    "rbs_gateway": rbs_gateway.files,
    "table": table.files,
    "woocommerce": woocommerce.files,
    "yookassa": yookassa.files,
}
"""Format to its writer."""


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """The files of one extract of a feed, name to bytes."""
    return WRITERS[feed.format](feed, rows)
