"""Whatever a system answers, a pull takes it or says why not."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fetch.pulled import failure
from tests.fetch.server import Answer, Server
from tests.ingest.lab import Lab

PULLS = {
    "billmanager": "user: u, password: 'env:SECRET', login: session",
    "moysklad": "token: 'env:SECRET'",
    "onec_odata": "user: u, password: 'env:SECRET', entities: [Document_СчетНаОплатуПокупателю]",
    "rbs_gateway": "token: 'env:SECRET'",
}
CONTRACTS = {
    "billmanager": "billing.payments",
    "moysklad": "erp.invoices",
    "onec_odata": "erp.invoices",
    "rbs_gateway": "provider.payments",
}
ANY: list[Any] = [None, 7, "text", [], [[]], {}]
JUNK: dict[str, list[Any]] = {
    "billmanager": [
        *({"doc": value} for value in ANY),
        *({"doc": {"auth": "s", "p_elems": value, "elem": [1]}} for value in ("many", {"$": "many"}, {"$": "7"})),
        *({"doc": {"error": value}} for value in (7, "text", [1], {}, {"msg": 7}, {"msg": {"$": None}})),
    ],
    "moysklad": [
        *({"meta": value, "rows": value} for value in ANY),
        *({"meta": {"size": value}, "rows": [value]} for value in ("many", 1.5, True, -1)),
        *({"errors": value} for value in (7, "text", [1], {"error": [1]})),
    ],
    "onec_odata": [
        *({"value": value} for value in (None, 7, {})),
        *({"odata.count": value, "value": [{}]} for value in ("many", 1.5, True, "2")),
        *({key: value} for key in ("odata.error", "error") for value in (7, "text", [1], {"message": [1]})),
    ],
    "rbs_gateway": [
        *({"errorCode": value, "orderStatuses": []} for value in (5, "text", [1], {})),
        *({"errorCode": 0, "orderStatuses": value, "totalCount": 7} for value in (7, {}, None, [{}])),
    ],
}


@pytest.mark.parametrize("system", sorted(PULLS))
def test_junk_is_refused(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setenv("SECRET", "secret")
    server = serve(lambda _: Answer(b""))
    lab.configure(
        f"feeds: [{{name: f, format: {system}, contracts: [{CONTRACTS[system]}], pull: {{system: {system}, "
        f"since: 2026-11-01, base_url: '{server.url}/api', {PULLS[system]}}}}}]"
    )
    for junk in (*ANY, *JUNK[system]):
        server.script = lambda _, junk=junk: Answer(b"null" if junk is None else junk)
        assert failure(lab), junk
