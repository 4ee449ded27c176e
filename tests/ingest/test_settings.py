"""``sverka.yml`` and the environment: what is accepted, and that errors name file and line."""

from datetime import date

import pytest

from ingest.contract import contracts
from ingest.errors import ConfigurationError
from ingest.feed import Feed
from ingest.home import Home
from ingest.inbox_names import is_data
from ingest.settings import contract_of_file, feeds
from tests.ingest.lab import Lab

FULL = """
feeds:
  - name: shop-payments
    format: canonical
    contracts: [provider.payments, provider.refunds]
    source_system: shop
    timezone: Europe/Moscow
    encoding: CP1251
    decimal_comma: true
    expected: working_days
    until: 2026-12-31
  - name: kassa
    format: yookassa
"""


def test_a_full_declaration(lab: Lab) -> None:
    lab.configure(FULL)
    found = feeds(lab.home)
    assert found["shop-payments"] == Feed(
        name="shop-payments",
        contracts=("provider.payments", "provider.refunds"),
        source_system="shop",
        timezone="Europe/Moscow",
        encoding="cp1251",
        decimal_comma=True,
        expected="working_days",
        until=date(2026, 12, 31),
        is_declared=True,
    )
    assert found["kassa"].contracts[0] == "provider.payments"
    assert found["kassa"].source_system == "kassa"
    assert set(contracts()) < set(found)


@pytest.mark.parametrize("text", [None, "", "feeds:\n", "feeds: []\n"])
def test_without_declarations_there_are_the_convention_feeds(lab: Lab, text: str | None) -> None:
    if text is not None:
        lab.configure(text)
    found = feeds(lab.home)
    assert list(found) == list(contracts())
    assert found["erp.payments"].source_system == "erp"
    assert found["erp.payments"].timezone == "Asia/Yerevan"
    assert {feed.expected for feed in found.values()} == {"daily"}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("feed: []", 1, "did you mean 'feeds'"),
        ("feeds: {}", 1, "must be a list"),
        ("- a", 1, "key: value"),
        ("feeds:\n  - a", 2, "key: value"),
        ("feeds:\n  - {format: canonical}", 2, "needs a `name`"),
        ("feeds:\n  - name: a\n    contracts: [erp.payments]\n    timezome: UTC", 4, "did you mean 'timezone'"),
        ("feeds:\n  - name: a\n    contracts: [erp.payment]", 3, "did you mean 'erp.payments'"),
        ("feeds:\n  - name: a\n    contracts: erp.payments", 3, "must be a list"),
        ("feeds:\n  - name: a\n    contracts: []", 3, "at least one"),
        ("feeds:\n  - name: a\n    contracts: [erp.payments, erp.payments]", 3, "each once"),
        ("feeds:\n  - name: a", 2, "needs `contracts`"),
        ("feeds:\n  - name: ../a", 2, "no folder name"),
        ("feeds:\n  - name: 'a b'", 2, "no folder name"),
        ("feeds:\n  - name: 7", 2, "must be text"),
        ("feeds:\n  - name: erp.payments\n    format: canonnical", 3, "did you mean 'canonical'"),
        ("feeds:\n  - name: erp.payments\n    timezone: Mars", 3, "IANA"),
        ("feeds:\n  - name: erp.payments\n    timezone: ../x", 3, "IANA"),
        ("feeds:\n  - name: erp.payments\n    encoding: cp12510", 3, "encoding"),
        ("feeds:\n  - name: erp.payments\n    encoding: base64", 3, "no text encoding"),
        ("feeds:\n  - name: erp.payments\n    decimal_comma: 'yes'", 3, "true or false"),
        ("feeds:\n  - name: erp.payments\n    expected: weekly", 3, "daily, working_days"),
        ("feeds:\n  - name: erp.payments\n    until: soon", 3, "date"),
        ("feeds:\n  - name: erp.payments\n    until: 2026-02-30", 3, "cannot be read"),
        ("feeds:\n  - name: erp.payments\n    options: {a: 1}", 3, "no `options`"),
        ("feeds:\n  - name: a\n    format: yookassa\n    contracts: [erp.payments]", 4, "contracts"),
        ("feeds:\n  - name: erp.payments\n  - name: erp.payments", 3, "declared twice"),
        ("feeds:\n  - name: erp.payments\n    name: b", 3, "given twice"),
        ("feeds:\n  - name: [", 2, "YAML"),
        ("feeds:\n\t- name: a", 2, "YAML"),
    ],
)
def test_errors_name_file_and_line(lab: Lab, text: str, line: int, says: str) -> None:
    lab.configure(text)
    with pytest.raises(ConfigurationError) as caught:
        feeds(lab.home)
    message = str(caught.value)
    assert message.startswith(f"{lab.home.config_file}, line {line}: "), message
    assert says in message


def test_a_file_that_is_no_text(lab: Lab) -> None:
    lab.home.path.mkdir()
    lab.home.config_file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        feeds(lab.home)


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVERKA_HOME", "/somewhere")
    monkeypatch.setenv("SVERKA_TIMEZONE", "Europe/Moscow")
    home = Home.from_environment()
    assert (str(home.path), home.timezone) == ("/somewhere", "Europe/Moscow")
    monkeypatch.setenv("SVERKA_TIMEZONE", "Nowhere")
    with pytest.raises(ConfigurationError, match="SVERKA_TIMEZONE"):
        Home.from_environment()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("provider.payments.csv", "provider.payments"),
        ("Provider.Payments.2.CSV", "provider.payments"),
        ("provider.paymentsX.csv", None),
        ("other.csv", None),
        ("provider.refunds.waived.csv", "provider.refunds"),
    ],
)
def test_contract_of_file(name: str, expected: str | None) -> None:
    feed = Feed("shop", ("provider.payments", "provider.refunds"), "shop", "UTC")
    assert contract_of_file(feed, name) == expected


def test_is_data() -> None:
    assert is_data("a.csv")
    for name in ("", " ", ".csv", ".a.csv", "a.TMP", "a.csv.part", "~$a.xlsx", "a.csv.control.json"):
        assert not is_data(name)
