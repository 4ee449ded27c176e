"""Which date a run is of."""

from datetime import date

import pytest

from dagster_app import launch
from dagster_app.errors import BadRequestError
from ingest.decisions import writing
from ingest.settings import ConfigurationError, Home

THE_18TH, THE_19TH, THE_20TH = date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "today", lambda timezone: THE_20TH)
    return Home(tmp_path)


def deliver(home, *days):
    for day in days:
        folder = home.inbox / "provider.payments" / str(day)
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("provider_payment_id\n", encoding="utf-8")


def test_by_default_it_is_the_latest_extract_date(home):
    deliver(home, THE_18TH, THE_19TH)
    assert launch.choose_date(home, None) == (THE_19TH, [])


def test_a_decision_alone_does_not_move_it(home):
    deliver(home, THE_18TH)
    with writing(home) as writer:
        writer.append({"decision_id": "D-1"}, THE_19TH)
    assert launch.choose_date(home, None) == (THE_18TH, [])


def test_extracts_of_the_future_wait_and_are_named(home):
    deliver(home, THE_19TH, date(2062, 1, 1))
    chosen, warnings = launch.choose_date(home, None)
    assert chosen == THE_19TH
    assert "2062-01-01" in warnings[0]


def test_when_all_extracts_are_after_the_clock_the_clock_is_not_trusted(home):
    deliver(home, date(2027, 1, 1), date(2027, 1, 2))
    assert launch.choose_date(home, None) == (date(2027, 1, 2), [])


def test_a_later_date_without_extracts_may_be_asked_for_until_today(home):
    deliver(home, THE_18TH)
    assert launch.choose_date(home, THE_20TH) == (THE_20TH, [])
    with pytest.raises(BadRequestError, match="2026-11-21 is in the future"):
        launch.choose_date(home, date(2026, 11, 21))


def test_a_date_before_the_first_extract_is_refused(home):
    deliver(home, THE_19TH)
    with pytest.raises(BadRequestError, match="the first one is of 2026-11-19"):
        launch.choose_date(home, THE_18TH)


@pytest.mark.parametrize("wanted", [None, THE_20TH])
def test_an_empty_inbox_is_told_with_what_to_do(home, wanted):
    with pytest.raises(BadRequestError, match=r"nothing to reconcile: .*inbox holds no extract"):
        launch.choose_date(home, wanted)


def test_a_wrong_configuration_is_told_before_anything_runs(home):
    home.config_file.write_text("feeds:\n  - nam: x\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"sverka\.yml, line 2"):
        launch.choose_date(home, None)


PULLED = """
feeds:
  - name: shop
    format: yookassa
    pull: {system: yookassa, since: 2026-11-19, shop_id: "1", secret_key: "env:KEY"}
"""


def test_a_date_that_can_be_pulled_needs_no_extract(home):
    home.config_file.write_text(PULLED, encoding="utf-8")
    assert launch.choose_date(home, THE_19TH) == (THE_19TH, [])
    for wanted, words in ((THE_18TH, "nothing to reconcile"), (None, "`sverka pull`"), (date(2026, 11, 21), "nothing")):
        with pytest.raises(BadRequestError, match=words):
            launch.choose_date(home, wanted)
