"""`sverka init`: every template loads, also with what it comments out, and can be read with by every feed of it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest import templates
from ingest.check import check
from ingest.cli import main
from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.feed import Feed
from ingest.formats import activeplatform
from ingest.home import Home
from tests.ingest.lab import Lab

OPERATOR = Path(__file__).parents[2] / "docs" / "operator-guide.md"

EMPTY = {
    "activeplatform": '{"data": []}',
    "billmanager": "<doc/>",
    "bitrix24": '{"result": []}',
    "client_bank_exchange": "1CClientBankExchange\nВерсияФормата=1.02\nКодировка=DOS\nРасчСчет=1\nКонецФайла\n",
    "idram": "EDP_PRECHECK=YES&EDP_BILL_NO=1&EDP_REC_ACCOUNT=1&EDP_AMOUNT=1.00",
    "moysklad": '{"meta": {"type": "paymentin"}, "rows": []}',
    "ofd_json": "[]",
    "onec_odata": '{"odata.metadata": "http://x/$metadata#ENTITY", "value": []}',
    "rbs_gateway": '{"orderStatuses": [], "totalCount": 0}',
    "schetmash": "[]",
    "vpos_am": "[]",
    "woocommerce": "[]",
    "yookassa": '{"type": "list", "items": []}',
}
"""A file without records, by format."""


ENTITIES = {
    "erp.payments": "Document_ОплатаОтПокупателяПлатежнойКартой",
    "erp.export_queue": "InformationRegister_ДокументыКВыгрузкеВBILLmanager",
    "warehouse.deliveries": "Document_РеализацияТоваровУслуг",
}
"""What 1C answers for a feed, by its first contract."""


def with_options(text: str) -> str:
    """The template with everything that it comments out: a ``#`` that no single space follows."""
    return re.sub(r"^( *)#(?! \S)", r"\1", text, flags=re.MULTILINE)


def declared(lab: Lab, text: str) -> list[Feed]:
    lab.configure(text)
    return read_configuration(lab.home)


def sample(feed: Feed) -> tuple[str, str]:
    """A file of the feed without records: its name and content."""
    if feed.is_canonical:
        return f"{feed.contracts[0]}.json", "[]"
    if feed.format == "table":
        section = feed.options[feed.contracts[0]]
        assert isinstance(section, dict)
        sources = [
            item["column"] if isinstance(item, dict) else item
            for item in section["columns"].values()
            if not (isinstance(item, dict) and "value" in item)
        ]
        return "a.csv", ";".join(dict.fromkeys(sources)) + "\n"
    return "a.json", EMPTY[feed.format].replace("ENTITY", ENTITIES.get(feed.contracts[0], ""))


def test_there_is_one_for_each_combination() -> None:
    assert templates.names() == (
        "billmanager-onec",
        "moysklad-arca-woocommerce",
        "onec-yookassa-bitrix24",
        "plain-csv",
        "postpaid-erp",
    )
    for name in templates.names():
        assert templates.text(name).startswith(f"# {templates.title(name)}\n")
        assert all(len(line) <= 120 for line in templates.text(name).splitlines()), name


def test_the_guide_lists_the_templates() -> None:
    section = OPERATOR.read_text(encoding="utf-8").partition("| template | for |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `([\w-]+)`", section, flags=re.MULTILINE)) == templates.names()


@pytest.mark.parametrize("name", templates.names())
def test_a_template_loads_with_and_without_what_it_comments_out(lab: Lab, name: str) -> None:
    feeds = declared(lab, templates.text(name))
    everything = declared(lab, with_options(templates.text(name)))
    assert len(feeds) >= 2
    assert {feed.name for feed in feeds} <= {feed.name for feed in everything}
    assert sum(len(feed.options) for feed in everything) >= sum(len(feed.options) for feed in feeds)


def test_uncommenting_finds_what_is_commented_out(lab: Lab) -> None:
    names = {feed.name for name in templates.names() for feed in declared(lab, with_options(templates.text(name)))}
    assert {"bank", "receipts", "goods", "idram", "vpos", "other-erp"} <= names
    invoices = {feed.name: feed for feed in declared(lab, with_options(templates.text("postpaid-erp")))}["accounting"]
    assert "entities" in invoices.options


def test_the_fields_that_a_template_offers_are_not_the_usual_ones(lab: Lab) -> None:
    platform = {feed.name: feed for feed in declared(lab, with_options(templates.text("postpaid-erp")))}["platform"]
    fields = platform.options["fields"]
    assert isinstance(fields, dict)
    for contract, columns in fields.items():
        for column, attribute in columns.items():
            assert attribute not in activeplatform.FIELDS[contract][column]


@pytest.mark.parametrize("name", templates.names())
def test_the_feeds_of_a_template_read(lab: Lab, name: str) -> None:
    """Options are understood by the format's parser too: an answer without records is read, not refused."""
    feeds = declared(lab, with_options(templates.text(name)))
    for feed in feeds:
        file, content = sample(feed)
        lab.put(file, content, feed.name)
    report = check(lab.home)
    assert [(item.feed, file.message) for item in report.feeds for file in item.files if file.outcome != "loaded"] == []
    assert [item.feed for item in report.feeds] == [feed.name for feed in feeds]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "new")
    monkeypatch.setenv("SVERKA_HOME", str(home.path))
    run = CliRunner().invoke
    assert [
        line["template"] for line in json.loads(run(main, ["init", "--list", "--json"]).output)["templates"]
    ] == list(templates.names())
    assert "billmanager-onec" in run(main, ["init", "--list"]).output
    assert not home.path.exists()
    assert run(main, ["init"]).exit_code == 2
    assert run(main, ["init", "--template", "billmanager-1c"]).exit_code == 2
    assert not home.path.exists()
    first = run(main, ["init", "--template", "billmanager-onec"])
    assert first.exit_code == 0, first.output
    assert str(home.inbox / "export-queue") in first.output
    assert home.config_file.read_text(encoding="utf-8") == templates.text("billmanager-onec")
    again = run(main, ["init", "--template", "postpaid-erp"])
    assert again.exit_code == 2
    assert home.config_file.read_text(encoding="utf-8") == templates.text("billmanager-onec")
    forced = run(main, ["init", "--template", "postpaid-erp", "--force", "--json"])
    assert json.loads(forced.output)["feeds"] == ["platform", "accounting"]
    assert home.config_file.read_text(encoding="utf-8") == templates.text("postpaid-erp")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("in_the_way", ["home", "home/sverka.yml", "home/sverka.yml/x"])
def test_where_no_file_can_be_written(tmp_path: Path, in_the_way: str, force: bool) -> None:
    """The home is a file, or sverka.yml a folder, empty or not."""
    path = tmp_path / in_the_way
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if path.name == "sverka.yml" else path.write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"sverka\.yml cannot be written \(.*Set SVERKA_HOME"):
        templates.write(Home(tmp_path / "home"), "plain-csv", force)


def test_a_home_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        templates.write(Home(tmp_path / "file" / "home"), "plain-csv")


def test_an_unknown_template_names_one_that_is_near() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'plain-csv'"):
        templates.text("plain_csv")
