"""The gateway's list of orders: its form, its pages, its errors with status 200."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.fetch import rbs_gateway
from tests.fetch.pulled import FIRST, SECOND, failure, files, part, pull, pulled_and_loaded
from tests.fetch.server import Answer, Asked, Script, Server
from tests.ingest.lab import Lab

PASSWORD = "gateway-password"
CONFIGURATION = """
feeds:
  - name: arca
    format: rbs_gateway
    timezone: Asia/Yerevan
    pull: {{system: rbs_gateway, since: 2026-11-01, base_url: "{url}/payment/rest/", {login}}}
"""
LOGIN = "user_name: shop-api, password: env:ARCA_PASSWORD"


def order(number: int, refunded: int = 0) -> dict[str, Any]:
    return {
        "errorCode": "0",
        "orderNumber": f"o-{number}",
        "orderStatus": 4 if refunded else 2,
        "amount": 1000,
        "currency": "051",
        "date": 1795161600000 + number,
        "authDateTime": 1795161600000 + number,
        "attributes": [{"name": "mdOrder", "value": f"md-{number}"}],
        "paymentAmountInfo": {"approvedAmount": 1000, "depositedAmount": 1000, "refundedAmount": refunded},
    }


def gateway(orders: list[dict[str, Any]], counts: int | None = None) -> Script:
    """Pages of orders; ``counts`` when the total is said wrong."""

    def script(asked: Asked) -> Answer:
        assert (asked.method, asked.path) == ("POST", "/payment/rest/getLastOrdersForMerchants.do")
        page, size = int(asked.form["page"]), int(asked.form["size"])
        return Answer(
            {
                "errorCode": 0,
                "orderStatuses": part(orders, page * size, size),
                "totalCount": len(orders) if counts is None else counts,
                "page": page,
                "pageSize": size,
            }
        )

    return script


@pytest.fixture
def serving(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    monkeypatch.setenv("ARCA_PASSWORD", PASSWORD)
    monkeypatch.setenv("ARCA_TOKEN", "gateway-token")
    monkeypatch.setattr(rbs_gateway, "PAGE_SIZE", 2)

    def start(script: Script, login: str = LOGIN) -> Server:
        server = serve(script)
        lab.configure(CONFIGURATION.format(url=server.url, login=login))
        return server

    return start


def test_pages_load_as_payments_and_refunds(lab: Lab, serving: Callable[..., Server]) -> None:
    orders = [order(number, refunded=300 if number == 4 else 0) for number in range(5)]
    server = serving(gateway(orders))
    log = pulled_and_loaded(lab)
    assert [line[0] for line in log] == [f"orders-000{page}.json" for page in (1, 1, 2, 2, 3, 3)]
    assert lab.column("select provider_payment_id from raw.provider__payments order by all") == [
        f"md-{number}" for number in range(5)
    ]
    assert lab.column("select amount from raw.provider__refunds") == [3]
    assert [asked.form["page"] for asked in server.asked] == ["0", "1", "2"]
    form = server.asked[0].form
    assert (form["userName"], form["password"], form["merchants"]) == ("shop-api", PASSWORD, "")
    assert (form["from"], form["to"]) == ("20261101000000", "20261121000000")
    assert (form["searchByCreatedDate"], form["transactionStates"]) == ("true", rbs_gateway.STATES)
    assert server.asked[0].query == {}


def test_the_second_window_reaches_back_for_late_refunds(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(gateway([order(1)]))
    lab.configure(lab.home.config_file.read_text().replace("since: 2026-11-01", "since: 2026-01-01"))
    pulled_and_loaded(lab)
    assert pull(lab, SECOND).outcome == "pulled"
    assert (server.asked[-1].form["from"], server.asked[-1].form["to"]) == ("20261021000000", "20261122000000")


def test_a_token_stands_for_user_and_password(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(gateway([]), "token: env:ARCA_TOKEN, merchants: [shop, shop-2]")
    assert pull(lab).outcome == "pulled"
    assert server.asked[0].form["token"] == "gateway-token"
    assert "userName" not in server.asked[0].form
    assert server.asked[0].form["merchants"] == "shop,shop-2"


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("", "needs `user_name` and `password`, or a `token`"),
        ("user_name: shop-api", "needs `user_name` and `password`, or a `token`"),
        ("token: env:A, user_name: shop-api, password: env:B", "needs `user_name` and `password`, or a `token`"),
        ("token: env:A, merchants: shop", "pull.merchants: must be a list of logins"),
    ],
)
def test_settings_that_cannot_be_are_refused(lab: Lab, login: str, words: str) -> None:
    lab.configure(CONFIGURATION.format(url="https://gateway.example", login=login))
    with pytest.raises(ConfigurationError, match=words):
        read_configuration(lab.home)


def test_an_empty_day_loads(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(lambda _: Answer({"errorCode": 0, "orderStatuses": [], "totalCount": 0}))
    assert pull(lab, FIRST).outcome == "pulled"
    server.script = lambda _: Answer({"errorCode": "6", "errorMessage": "Заказ не найден"})
    assert pull(lab, SECOND).outcome == "pulled"
    lab.run(SECOND)
    assert lab.log() == [("orders-0001.json", "loaded", None)] * 4


def test_a_busy_gateway_is_asked_again(lab: Lab, serving: Callable[..., Server]) -> None:
    pages = gateway([order(number) for number in range(3)])
    server = serving(pages)
    server.script = lambda asked: Answer(status=429) if len(server.asked) == 2 else pages(asked)
    assert pull(lab).outcome == "pulled"
    assert [asked.form["page"] for asked in server.asked] == ["0", "1", "1"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"errorCode": "5", "errorMessage": "Доступ запрещён"}, "errorCode 5: Доступ запрещён. Its credentials stand"),
        ({"errorCode": "7", "errorMessage": PASSWORD}, "errorCode 7: ***."),
        ({"errorCode": 0, "orderId": "md-1"}, "orderStatuses in getLastOrdersForMerchants.do is no list"),
        ({"errorCode": 0, "orderStatuses": {"1": {}}, "totalCount": 1}, "is no list"),
        ([], "answers no object"),
    ],
)
def test_an_error_with_status_200_is_told(lab: Lab, serving: Callable[..., Server], answer: Any, words: str) -> None:
    serving(lambda _: Answer(answer))
    assert words in failure(lab)


@pytest.mark.parametrize("counts", [4, 1], ids=["ends_early", "goes_on"])
def test_orders_that_do_not_fit_their_count_are_refused(lab: Lab, serving: Callable[..., Server], counts: int) -> None:
    serving(gateway([order(number) for number in range(3)], counts))
    assert f"orders counts {counts} records, " in failure(lab)


def test_without_a_count_pages_are_read_until_one_is_empty(lab: Lab, serving: Callable[..., Server]) -> None:
    full = gateway([order(number) for number in range(3)])
    serving(lambda asked: Answer({**full(asked).body, "totalCount": None}))
    assert pull(lab).outcome == "pulled"
    assert len(files(lab, FIRST)) == 3
