"""Paginators for lists that page in a way of their own. They bring dlt along: import them when pages are asked for."""

from typing import Any

from dlt.sources.helpers.rest_client.paginators import BasePaginator, PageNumberPaginator
from requests import Request, Response

from ingest.fetch.base import PullError


class AfterLast(BasePaginator):
    """Lists in the order of their ids: the next page has what comes after the last id of this one.

    Nothing is skipped when a record leaves the list while it is read, as pages by number would do. For bodies with a
    ``filter``; ``next`` in an answer says that there is more.
    """

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.last: Any = None

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        self._has_next_page = "next" in response.json()
        if data:
            self.last = data[-1][self.key]

    def update_request(self, request: Request) -> None:
        body: Any = request.json
        body["filter"][f">{self.key}"] = self.last


class ListChanged(PullError):
    """A list had other records at its end than at its beginning: one may have moved to a page that had been read."""


class CountedPages(PageNumberPaginator):
    """Pages by number whose headers say how many records and pages there are. Raises ListChanged for other numbers."""

    TOTAL, PAGES = "X-WP-Total", "X-WP-TotalPages"

    def __init__(self) -> None:
        super().__init__(base_page=1, page_param="page", total_path=None)
        self.total: int | None = None
        self.received = 0

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        total, pages = (self._count(response, name) for name in (self.TOTAL, self.PAGES))
        self.received += len(data or ())
        self._has_next_page = self.current_value < pages
        if self.total not in (None, total) or (not self._has_next_page and self.received != total):
            raise ListChanged(
                f"{self.TOTAL} of page {self.current_value} says {total} records, "
                + (f"{self.received} came" if self.total in (None, total) else f"that of the page before {self.total}")
                + ": the list changed while it was read. Nothing was taken; pull again."
            )
        self.total = total
        self.current_value += 1

    def _count(self, response: Response, name: str) -> int:
        value = response.headers.get(name, "")
        if not value.isdecimal():
            raise ValueError(f"no number in the header {name}")
        return int(value)
