"""WooCommerce answers pages by number whose headers count; the window is in UTC and excludes its own seconds."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fetch.extracts import FIRST, SECOND, outcomes, problem, pull
from tests.fetch.pulled import MORNING, pull_at
from tests.fetch.server import Answer, Asked, Script, Server, in_turn
from tests.ingest.lab import Lab

PAGE = 2
CONFIGURATION = """
feeds:
  - name: shop
    format: woocommerce
    contracts: [{contracts}]
    pull:
      system: woocommerce
      since: 2026-11-01
      shop: "{url}/"
      consumer_key: env:WOO_KEY
      consumer_secret: env:WOO_SECRET
"""
ALL = ("website.orders", "website.payments")


def order(number: int, changed: str = "2026-11-20T10:00:00", status: str = "processing") -> dict[str, Any]:
    return {
        "id": number,
        "order_key": f"wc_order_{number}",
        "status": status,
        "currency": "RUB",
        "total": "10.50",
        "customer_id": 0,
        "payment_method": "card",
        "transaction_id": f"t-{number}",
        "date_created_gmt": "2026-10-01T10:00:00",
        "date_modified_gmt": changed,
        "date_paid_gmt": "2026-10-01T10:05:00",
    }


def site(orders: list[dict[str, Any]], says: int | None = None) -> Script:
    """Filters, sorts and pages as wc/v3/orders does; ``says`` is a wrong total."""

    def script(asked: Asked) -> Answer:
        query = asked.query
        assert (query["dates_are_gmt"], query["orderby"], query["order"]) == ("true", "id", "asc")
        found = [
            item
            for item in sorted(orders, key=lambda item: item["id"])
            if query["modified_after"] < item["date_modified_gmt"] < query["modified_before"]
            and (item["status"] == "trash") == (query["status"] == "trash")
        ]
        start = (int(query["page"]) - 1) * PAGE
        total = len(found) if says is None else says
        headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(-(-total // PAGE))}
        return Answer(found[start : start + PAGE], headers=headers)

    return script


@pytest.fixture
def shop(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    """A site for the feed `shop` of the lab's home."""
    monkeypatch.setenv("WOO_KEY", "ck_1")
    monkeypatch.setenv("WOO_SECRET", "cs_hidden")

    def start(script: Script, contracts: tuple[str, ...] = ALL) -> Server:
        server = serve(script)
        lab.configure(CONFIGURATION.format(url=server.url, contracts=", ".join(contracts)))
        return server

    return start


def test_what_changed_is_read_by_pages_and_loads(lab: Lab, shop: Callable[..., Server]) -> None:
    kept = [order(number) for number in range(1, 6)]
    late = order(9, "2026-11-20T20:00:00")
    server = shop(site([*kept, order(6, status="trash"), late]))
    assert list(pull(lab)) == ["orders-0001.json", "orders-0002.json", "orders-0003.json", "trash-0001.json"]
    first = server.asked[0]
    assert first.path == "/wp-json/wc/v3/orders"
    assert first.headers["authorization"] == "Basic Y2tfMTpjc19oaWRkZW4="
    assert (first.query["modified_before"], first.query["per_page"]) == ("2026-11-20T20:00:00", "100")
    assert outcomes(lab) == {(contract, "loaded") for contract in ALL}
    assert lab.query("select order_id, status from raw.website__orders order by all") == [
        *((str(number), "paid") for number in range(1, 6)),
        ("6", "cancelled"),
    ]
    assert lab.column("select distinct status from raw.website__payments order by all") == ["cancelled", "paid"]
    assert lab.rejects() == []


@pytest.mark.parametrize("contracts", [ALL, ("website.payments",)])
def test_an_empty_day_loads(lab: Lab, shop: Callable[..., Server], contracts: tuple[str, ...]) -> None:
    shop(site([]), contracts)
    assert pull(lab) == {"orders-0001.json": [], "trash-0001.json": []}
    outcome = outcomes(lab)
    assert {contract for contract, word in outcome if word == "loaded"} == set(contracts)


def test_windows_meet_without_a_gap_and_reach_back_by_the_overlap(lab: Lab, shop: Callable[..., Server]) -> None:
    server = shop(site([]))
    lab.configure(lab.home.config_file.read_text().replace("since: 2026-11-01", "since: 2026-11-20"))
    pull(lab)
    lab.run(FIRST)
    pull(lab, SECOND)
    windows = [(asked.query["modified_after"], asked.query["modified_before"]) for asked in server.asked]
    assert windows[0] == ("2026-11-19T19:59:59", "2026-11-20T20:00:00")
    assert windows[-1] == ("2026-11-19T19:59:59", "2026-11-21T20:00:00")


def changing(orders: list[dict[str, Any]], times: int) -> Script:
    """A site where, after each of so many answers, an order changes and leaves the list."""
    pages, left = site(orders), iter(range(times))

    def script(asked: Asked) -> Answer:
        answer = pages(asked)
        number = next(left, None)
        if number is not None:
            orders[number]["date_modified_gmt"] = "2026-11-21T10:00:00"
        return answer

    return script


def test_a_list_that_changes_is_read_again(lab: Lab, shop: Callable[..., Server]) -> None:
    shop(changing([order(number) for number in range(1, 6)], 1))
    pages = pull(lab)
    assert {name: [item["id"] for item in page] for name, page in pages.items()} == {
        "orders-0001.json": [1, 2],
        "orders-again-2-0001.json": [2, 3],
        "orders-again-2-0002.json": [4, 5],
        "trash-0001.json": [],
    }


def test_a_list_that_changes_for_ever_is_refused(lab: Lab, shop: Callable[..., Server]) -> None:
    shop(changing([order(number) for number in range(1, 12)], 9))
    assert "X-WP-Total of page 2 says 6 records, that of the page before 7: the list changed" in problem(lab)


def test_a_shop_that_is_busy_is_asked_again(lab: Lab, shop: Callable[..., Server]) -> None:
    pages = site([order(1)])
    waiting = [Answer(status=429), Answer(status=503)]
    server = shop(lambda asked: waiting.pop() if waiting else pages(asked))
    assert len(pull(lab)) == 2
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (site([order(1)], says=2), "says 2 records, 1 came"),
        (in_turn(Answer([order(1)])), "no number in the header X-WP-Total"),
        (in_turn(Answer([order(1, "2026-01-01T00:00:00")])), "changed at 2026-01-01T00:00:00 UTC, which was not asked"),
        (in_turn(Answer([order(1, "yesterday")])), "time of change 'yesterday', which is none"),
        (in_turn(Answer({"code": "x", "message": "Sorry, you cannot list resources."})), "Sorry, you cannot list"),
        (in_turn(Answer({"code": "woocommerce_rest_cannot_view"}, 401)), "stand in env:WOO_KEY, env:WOO_SECRET"),
    ],
)
def test_what_does_not_fit_is_refused(lab: Lab, shop: Callable[..., Server], script: Script, words: str) -> None:
    shop(script)
    told = problem(lab)
    assert words in told
    assert "cs_hidden" not in told


def test_what_changes_again_before_the_pull_is_seen(
    lab: Lab, shop: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that is touched every night never has a time of change in the day before."""
    shop(site([order(1, "2026-11-20T22:00:00"), order(2, "2026-11-21T02:30:00")]))
    pull_at(monkeypatch, MORNING)
    pull(lab)
    assert outcomes(lab) == {(contract, "loaded") for contract in ALL}
    assert lab.column("select order_id from raw.website__orders") == ["1"]
