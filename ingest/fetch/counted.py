"""Lists that are read by offset or page number and say with each page how many records there are in all.

The total is what proves that nothing is missing: a list that ends before it, or goes on after it, is refused. Records
may leave a list while it is read (a changed one, when the list is of changes until yesterday): those behind them move
up, over the edge of a page that was read already. So when the total has become smaller, reading goes back as far.
What joins the list meanwhile moves records back, and some are read twice; that harms nothing.

It brings dlt along: import it when pages are asked for.
"""

from collections.abc import Callable
from typing import Any

from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

Total = Callable[[Any], Any]
"""How many records there are, as a document says it: a number, its text, or None where it does not."""
Place = Callable[[Request, int], None]
"""Makes the request ask for the records from this one on; the first is 0."""


class Counted(BasePaginator):
    """Reads on until the total is reached; where none is told, until a page is empty.

    ``step``: records between the places that can be asked for, the size of a page where pages are numbered. Raises
    ValueError, which Api tells as PullError.
    """

    def __init__(self, name: str, total: Total, place: Place, step: int = 1) -> None:
        super().__init__()
        self.name = name
        self.told = total
        self.place = place
        self.step = step
        self.at = 0
        self.total: int | None = None
        self.least: int | None = None
        self.has_shrunk = False
        """Whether the total fell below all before it: what is read again may have pages that came already."""

    def init_request(self, request: Request) -> None:
        """Ask for the first page."""
        self.place(request, self.at)

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Go on behind the page, or back when records have left the list."""
        count = len(data or ())
        before, self.total = self.total, self._whole(self.told(response.json()))
        self.has_shrunk = self.total is not None and self.least is not None and self.total < self.least
        if self.total is not None and (self.least is None or self.has_shrunk):
            self.least = self.total
        if before is not None and self.total is not None and self.total < before:
            self.at = max(0, self.at - (before - self.total)) // self.step * self.step
            return
        self.at += count
        self._has_next_page = bool(count) if self.total is None else self.at != self.total
        if self.total is not None and (self.at > self.total or (self._has_next_page and not count)):
            raise ValueError(f"{self.name} counts {self.total} records, {self.at} came; pull again")

    def update_request(self, request: Request) -> None:
        """Ask for the next page."""
        self.place(request, self.at)

    def _whole(self, told: Any) -> int | None:
        if told is None:
            return None
        if isinstance(told, bool) or not str(told).isascii() or not str(told).isdigit():
            raise ValueError(f"{self.name} says {str(told)[:40]!r} where it counts its records")
        return int(str(told)[:18])


def page_number(at: int, size: int) -> int:
    """The page, from 0, that comes after so many records; a shorter one counts as a page."""
    return -(-at // size)
