"""1C's OData: documents by their date, catalogs and registers whole, references expanded as the base has them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ingest import templates
from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.fetch import onec_odata, pulling
from tests.fetch.pulled import FIRST, SECOND, basic, failure, files, part, pull, pulled_and_loaded, read
from tests.fetch.server import Answer, Asked, Script, Server
from tests.formats.onec_kit import RECEIPT, ROOT, ZERO, document
from tests.ingest.lab import Lab
from tests.ingest.test_init import with_options

ROOT_PATH = "/base/odata/standard.odata/"
CONTRACTS = {
    "erp.payments": RECEIPT,
    "erp.refunds": "Document_СписаниеСРасчетногоСчета",
    "erp.invoices": "Document_СчетНаОплатуПокупателю",
    "erp.export_queue": "InformationRegister_ДокументыКВыгрузкеВBILLmanager",
    "crm.customers": "Catalog_Контрагенты",
    "crm.contracts": "Catalog_ДоговорыКонтрагентов",
    "warehouse.deliveries": "Document_РеализацияТоваровУслуг",
    "warehouse.returns": "Document_ВозвратТоваровОтПокупателя",
}
CONFIGURATION = """
feeds:
  - name: accounting
    format: onec_odata
    contracts: [{contracts}]
    timezone: Asia/Yekaterinburg
    options: {{currency: RUB}}
    pull:
      system: onec_odata
      since: 2026-11-01
      base_url: "{url}/base/odata/standard.odata"
      user: Обмен
      password: env:ONEC_PASSWORD
      entities: [{entities}]
"""


def receipt(number: int, **fields: Any) -> dict[str, Any]:
    return document(Ref_Key=f"d-{number}", ВидОперации="ОплатаПокупателя", **fields)


def base(records: dict[str, list[dict[str, Any]]], **head: Any) -> Script:
    """A base with the records of its entities; ``$expand`` makes references objects."""

    def script(asked: Asked) -> Answer:
        name, query = asked.path.removeprefix(ROOT_PATH), asked.query
        found = records[name]
        rows = part(found, int(query.get("$skip", 0)), int(query.get("$top", len(found) or 1)))
        for field in filter(None, query.get("$expand", "").split(",")):
            rows = [row | {field: {"Ref_Key": row[f"{field}_Key"], "ИНН": "7701234567", "Code": "643"}} for row in rows]
        count = {"odata.count": str(len(found))} if "$inlinecount" in query else {}
        return Answer({"odata.metadata": ROOT + name, **count, **head, "value": rows})

    return script


@pytest.fixture
def serving(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    monkeypatch.setenv("ONEC_PASSWORD", "пароль-1С")
    monkeypatch.setattr(onec_odata, "PAGE_SIZE", 2)

    def start(script: Script, *contracts: str, entities: str = "") -> Server:
        server = serve(script)
        contracts = contracts or ("erp.payments",)
        named = entities or ", ".join(CONTRACTS[name] for name in contracts)
        lab.configure(CONFIGURATION.format(url=server.url, contracts=", ".join(contracts), entities=named))
        return server

    return start


def test_documents_are_read_by_date_and_their_references_expanded(lab: Lab, serving: Callable[..., Server]) -> None:
    receipts = [
        receipt(number, Контрагент_Key="k-1", Организация="o-1", Организация_Type="StandardODATA.Catalog_Организации")
        for number in range(3)
    ]
    server = serving(base({RECEIPT: receipts}))
    pulled_and_loaded(lab)
    assert files(lab) == [f"{RECEIPT}-0001.json", f"{RECEIPT}-0002.json"]
    assert lab.query("select erp_document_id, customer_tax_id, currency from raw.erp__payments order by all") == [
        (f"d-{number}", "7701234567", "RUB") for number in range(3)
    ]
    seen, first, second = (asked.query for asked in server.asked)
    assert seen == {"$format": "json", "$top": "1"}
    assert first == {
        "$format": "json",
        "$inlinecount": "allpages",
        "$expand": "ВалютаДокумента,Контрагент",
        "$filter": "Date ge datetime'2026-11-01T01:00:00' and Date lt datetime'2026-11-21T01:00:00'",
        "$orderby": "Ref_Key",
        "$top": "2",
        "$skip": "0",
    }
    assert second == first | {"$skip": "2"}
    assert server.asked[0].headers["authorization"] == basic("Обмен", "пароль-1С")


def test_a_space_is_never_a_plus(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(base({RECEIPT: []}))
    assert pull(lab).outcome == "pulled"
    target = server.asked[-1].target
    assert "$filter=Date%20ge%20datetime'2026-11-01T01:00:00'" in target and "+" not in target


def test_a_catalog_is_read_whole_by_pages(lab: Lab, serving: Callable[..., Server]) -> None:
    customers = [{"Ref_Key": f"k-{number}", "Description": "Покупатель", "DeletionMark": False} for number in range(3)]
    server = serving(base({CONTRACTS["crm.customers"]: customers}), "crm.customers")
    pulled_and_loaded(lab)
    assert lab.column("select customer_id from raw.crm__customers order by all") == ["k-0", "k-1", "k-2"]
    assert [asked.query.get("$skip") for asked in server.asked] == ["0", "2"]
    assert all("$filter" not in asked.query for asked in server.asked)


def test_a_register_is_one_answer(lab: Lab, serving: Callable[..., Server]) -> None:
    queue = [{"Документ_Key": f"d-{number}", "ДатаДобавления": "2026-11-20T10:00:00"} for number in range(5)]
    server = serving(base({CONTRACTS["erp.export_queue"]: queue}), "erp.export_queue")
    pulled_and_loaded(lab)
    assert len(files(lab)) == 1
    assert lab.column("select count(*) from raw.erp__export_queue") == [5]
    assert server.asked[-1].query == {"$format": "json", "$inlinecount": "allpages", "$expand": "Документ"}


def test_an_empty_day_is_no_refusal_for_any_contract(lab: Lab, serving: Callable[..., Server]) -> None:
    serving(base({name: [] for name in CONTRACTS.values()}), *CONTRACTS)
    assert pull(lab).outcome == "pulled"
    assert len(files(lab)) == len(CONTRACTS)
    assert read(lab) == []


def test_the_second_window_reaches_back_for_what_was_dated_back(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(base({RECEIPT: []}))
    lab.configure(lab.home.config_file.read_text().replace("since: 2026-11-01", "since: 2026-01-01"))
    assert {outcome for _, outcome, _ in pulled_and_loaded(lab)} == {"loaded"}
    assert pull(lab, SECOND).outcome == "pulled"
    condition = server.asked[-1].query["$filter"]
    assert condition == "Date ge datetime'2026-10-17T01:00:00' and Date lt datetime'2026-11-22T01:00:00'"


def test_a_busy_server_is_asked_again(lab: Lab, serving: Callable[..., Server]) -> None:
    answers = base({RECEIPT: [receipt(number) for number in range(3)]})
    server = serving(answers)
    server.script = lambda asked: Answer(status=503) if len(server.asked) == 3 else answers(asked)
    assert pull(lab).outcome == "pulled"
    assert [asked.query.get("$skip") for asked in server.asked] == [None, "0", "2", "2"]


def test_a_platform_that_counts_and_does_not_page_is_read_once(lab: Lab, serving: Callable[..., Server]) -> None:
    whole = base({RECEIPT: [receipt(number) for number in range(5)]})

    def script(asked: Asked) -> Answer:
        return whole(Asked(asked.method, asked.path, {"$inlinecount": "allpages"}, asked.headers, asked.body))

    server = serving(script)
    assert pull(lab).outcome == "pulled"
    assert len(server.asked) == 2


ERROR = {"odata.error": {"code": "8", "message": {"lang": "ru", "value": "Сущность не найдена: пароль-1С"}}}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(ERROR), f"1C answers an error for {RECEIPT}: Сущность не найдена: ***."),
        (Answer(ERROR, status=404), "HTTP 404"),
        (Answer({"Ref_Key": ZERO}), f"1C answers no collection for {RECEIPT}"),
        (Answer(b"\xef\xbb\xbf<html>1C</html>"), "a web page with status 200"),
        (Answer(b"<html/>", status=401), "They stand in env:ONEC_PASSWORD"),
    ],
)
def test_an_error_is_told(lab: Lab, serving: Callable[..., Server], answer: Answer, words: str) -> None:
    serving(lambda _: answer)
    assert words in failure(lab)


@pytest.mark.parametrize(
    ("contract", "count"), [("erp.payments", "4"), ("erp.payments", "1"), ("erp.export_queue", "3")]
)
def test_records_that_do_not_fit_their_count_are_refused(
    lab: Lab, serving: Callable[..., Server], contract: str, count: str
) -> None:
    records = [receipt(number) | {"Документ": f"d-{number}"} for number in range(2)]
    serving(base({CONTRACTS[contract]: records}, **{"odata.count": count}), contract)
    assert f"counts {count} records" in failure(lab)


@pytest.mark.parametrize(
    ("contracts", "entities", "words"),
    [
        ("erp.payments", "Document_Неизвестный", "Document_Неизвестный, one of the `entities` of its pull, gives none"),
        ("erp.payments", "Catalog_Контрагенты", "Catalog_Контрагенты, one of the `entities` of its pull, gives none"),
        ("erp.payments, crm.customers", RECEIPT, "gives crm.customers. Name what 1C has of Catalog_Контрагенты."),
    ],
)
def test_entities_fit_the_contracts(
    lab: Lab, serving: Callable[..., Server], contracts: str, entities: str, words: str
) -> None:
    server = serving(base({}), contracts, entities=entities)
    assert words in failure(lab)
    assert server.asked == []


@pytest.mark.parametrize("entities", ["[]", "Catalog_Контрагенты", "[Catalog_Контрагенты, Catalog_Контрагенты]", "[7]"])
def test_entities_are_a_list(lab: Lab, entities: str) -> None:
    text = CONFIGURATION.format(url="https://erp.example", contracts="crm.customers", entities="X")
    lab.configure(text.replace("[X]", entities))
    with pytest.raises(ConfigurationError, match=r"line 14: pull.entities: "):
        read_configuration(lab.home)


def test_a_feed_may_map_an_entity_of_its_own(lab: Lab, serving: Callable[..., Server]) -> None:
    own = "Document_ПлатежСайта"
    server = serving(base({own: [receipt(1)]}), entities=own)
    options = json.dumps({"currency": "RUB", "entities": {own: {"like": RECEIPT}}}, ensure_ascii=False)
    lab.configure(lab.home.config_file.read_text().replace("{currency: RUB}", options))
    assert pull(lab).outcome == "pulled"
    assert len(read(lab)) == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize("name", ["billmanager-onec", "onec-yookassa-bitrix24", "postpaid-erp"])
def test_a_template_names_entities_that_fit(
    lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ONEC_PASSWORD", "пароль-1С")
    server = serve(lambda asked: Answer({"odata.metadata": ROOT + asked.path.removeprefix(ROOT_PATH), "value": []}))
    lab.configure(with_options(templates.text(name)).replace("https://1c.example", server.url))
    report = pulling.pull(lab.home, FIRST, "accounting")
    assert [item.outcome for item in report.feeds] == ["pulled"], report.problems
