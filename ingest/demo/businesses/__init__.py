"""The businesses of the templates: what happens in each, told in canonical rows as its systems have them.

A module has ``tell(story)`` and ``UNCOMMENTED``: the lines of its template whose leading ``#`` the demonstration takes
away, because such a business has to.
"""

from collections.abc import Mapping
from typing import Protocol

from ingest.demo.businesses import (
    billmanager_onec,
    moysklad_arca_woocommerce,
    onec_yookassa_bitrix24,
    plain_csv,
    postpaid_erp,
)
from ingest.demo.story import Story


class Business(Protocol):
    """What a module here offers."""

    @property
    def UNCOMMENTED(self) -> tuple[str, ...]:  # noqa: N802
        """The lines of the template that begin to count."""

    def tell(self, story: Story) -> None:
        """Tell everything that happens."""


BUSINESSES: Mapping[str, Business] = {
    "billmanager-onec": billmanager_onec,
    "moysklad-arca-woocommerce": moysklad_arca_woocommerce,
    "onec-yookassa-bitrix24": onec_yookassa_bitrix24,
    "plain-csv": plain_csv,
    "postpaid-erp": postpaid_erp,
}
"""Template to its business."""
