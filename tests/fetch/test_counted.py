"""Lists that change while they are read: nothing of them is lost."""

from typing import Any

import pytest
from requests import Request

from ingest.fetch.counted import Counted, page_number
from tests.fetch.pulled import part


class Told:
    """An answer as dlt hands it to a paginator."""

    def __init__(self, total: Any) -> None:
        self._total = total

    def json(self) -> Any:
        return {"total": self._total}


def read(lists: list[list[int]], size: int, step: int) -> list[list[int]]:
    """The pages that are read of a list which is another one at each request, the last one for ever."""
    waiting = list(lists)
    request = Request()

    def place(request: Request, at: int) -> None:
        request.params = {"at": at if step == 1 else page_number(at, step) * step}

    paginator = Counted("items", lambda answer: answer["total"], place, step)
    paginator.init_request(request)
    pages = []
    while paginator.has_next_page:
        now = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        pages.append(part(now, request.params["at"], size))
        paginator.update_state(Told(len(now)), pages[-1])
        paginator.update_request(request)
    return pages


@pytest.mark.parametrize("step", [1, 3], ids=["by_offset", "by_page"])
@pytest.mark.parametrize("gone", [{0}, {1, 2}, {0, 1, 2}])
def test_what_moves_up_over_the_edge_of_a_page_is_read(step: int, gone: set[int]) -> None:
    whole = list(range(9))
    left = [item for item in whole if item not in gone]
    pages = read([whole, left], 3, step)
    assert set(left) <= {item for page in pages for item in page}


@pytest.mark.parametrize("step", [1, 3], ids=["by_offset", "by_page"])
def test_what_joins_moves_others_back(step: int) -> None:
    whole = list(range(1, 8))
    assert set(whole) <= {item for page in read([whole, [0, *whole]], 3, step) for item in page}


@pytest.mark.parametrize("step", [1, 3], ids=["by_offset", "by_page"])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 6])
def test_a_list_that_stands_still_is_read_once(step: int, count: int) -> None:
    whole = list(range(count))
    assert [item for page in read([whole], 3, step) for item in page] == whole


def test_the_total_falls_below_all_before_it_only_so_often() -> None:
    paginator = Counted("items", lambda answer: answer["total"], lambda request, at: None, 2)
    told = []
    for total in (9, 8, 9, 8, 7):
        paginator.update_state(Told(total), [1, 2])
        told.append(paginator.has_shrunk)
    assert told == [False, True, False, False, True]


@pytest.mark.parametrize("total", ["many", -1, 1.5, True])
def test_a_total_is_a_number(total: Any) -> None:
    paginator = Counted("items", lambda answer: answer["total"], lambda request, at: None)
    paginator.init_request(Request())
    with pytest.raises(ValueError, match=f"items says '{total}' where it counts its records"):
        paginator.update_state(Told(total), [1])
