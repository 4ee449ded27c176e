"""YooKassa lists what the feed's contracts name, receipts among it; a day without any loads."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fetch.extracts import outcomes, pull
from tests.fetch.server import Answer, Asked, Server
from tests.ingest.lab import Lab

CONFIGURATION = """
feeds:
  - name: shop
    format: yookassa
    contracts: [{contracts}]
    pull: {{system: yookassa, since: 2026-11-20, base_url: "{url}", shop_id: "100500", secret_key: "env:YOOKASSA_KEY"}}
"""
ALL = ("provider.payments", "provider.refunds", "fiscal.receipts")
REPEATED = {("None", "repeat")}
"""Of equal empty answers the first says it for all contracts."""

RECEIPT = {
    "id": "rt-1",
    "type": "payment",
    "payment_id": "p-1",
    "status": "succeeded",
    "registered_at": "2026-11-20T10:00:00.000Z",
    "settlements": [{"type": "cashless", "amount": {"value": "10.00", "currency": "RUB"}}],
}


@pytest.fixture
def shop(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    """A server for the feed `shop`, which has these receipts and nothing else."""
    monkeypatch.setenv("YOOKASSA_KEY", "live-key")

    def start(receipts: list[dict[str, Any]], contracts: tuple[str, ...] = ALL) -> Server:
        def script(asked: Asked) -> Answer:
            return Answer({"type": "list", "items": receipts if asked.path == "/receipts" else []})

        server = serve(script)
        lab.configure(CONFIGURATION.format(url=server.url, contracts=", ".join(contracts)))
        return server

    return start


def test_receipts_are_listed_and_load(lab: Lab, shop: Callable[..., Server]) -> None:
    server = shop([RECEIPT])
    assert list(pull(lab)) == ["payments-0001.json", "receipts-0001.json", "refunds-0001.json"]
    query = server.asked[-1].query
    assert (query["created_at.gte"], query["created_at.lt"]) == ("2026-11-19T20:00:00.000Z", "2026-11-20T20:00:00.000Z")
    assert outcomes(lab) - REPEATED == {(contract, "loaded") for contract in ALL}
    found = lab.query("select receipt_id, status, amount::text, payment_id from raw.fiscal__receipts")
    assert found == [("rt-1", "success", "10.0000", "p-1")]


@pytest.mark.parametrize("contracts", [ALL, ALL[2:]])
def test_a_day_without_receipts_loads(lab: Lab, shop: Callable[..., Server], contracts: tuple[str, ...]) -> None:
    shop([], contracts)
    assert len(pull(lab)) == len(contracts)
    assert outcomes(lab) - REPEATED == {(contract, "loaded") for contract in contracts}
    assert lab.column("select count(*) from raw.fiscal__receipts") == [0]


def test_receipts_are_not_asked_for_where_no_contract_names_them(lab: Lab, shop: Callable[..., Server]) -> None:
    server = shop([RECEIPT], ALL[:2])
    assert list(pull(lab)) == ["payments-0001.json", "refunds-0001.json"]
    assert {asked.path for asked in server.asked} == {"/payments", "/refunds"}
