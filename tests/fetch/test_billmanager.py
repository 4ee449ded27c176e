"""BILLmanager's list of payments: its login, its days, its pages, its errors with status 200."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.fetch import billmanager
from tests.fetch.pulled import SECOND, failure, files, part, pull, pulled_and_loaded
from tests.fetch.server import Answer, Asked, Script, Server
from tests.ingest.lab import Lab

PASSWORD = "billing-password"
CONFIGURATION = """
feeds:
  - name: billing
    format: billmanager
    timezone: Asia/Novosibirsk
    pull:
      system: billmanager
      since: 2026-11-19
      base_url: "{url}/billmgr"
      user: sverka
      password: env:BILLMANAGER_PASSWORD
{login}
"""


def payment(number: int) -> dict[str, Any]:
    values = {
        "id": str(number),
        "subaccount_id": "77",
        "create_date": "2026-11-19",
        "pay_date": "2026-11-20",
        "paymethodamount_iso": "100.00 RUB",
        "status": "4",
    }
    return {name: {"$": value} for name, value in values.items()}


def platform(payments: list[dict[str, Any]], counts: int | None = None) -> Script:
    """Pages of payments; ``counts`` when the total is said wrong."""

    def script(asked: Asked) -> Answer:
        assert (asked.method, asked.path, asked.query) == ("POST", "/billmgr", {})
        if asked.form["func"] == "auth":
            return Answer({"doc": {"auth": {"$id": "session-1", "$level": "30", "$": "session-1"}}})
        number, size = int(asked.form["p_num"]), int(asked.form["p_cnt"])
        doc: dict[str, Any] = {"$func": "payment", "p_num": {"$": str(number)}, "p_cnt": {"$": str(size)}}
        doc["p_elems"] = {"$": str(len(payments) if counts is None else counts)}
        page = part(payments, (number - 1) * size, size)
        return Answer({"doc": doc | ({"elem": page} if page else {})})

    return script


def error(message: str, kind: str = "auth") -> Answer:
    return Answer({"doc": {"error": {"$type": kind, "msg": {"$": message}}}})


@pytest.fixture
def serving(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    monkeypatch.setenv("BILLMANAGER_PASSWORD", PASSWORD)
    monkeypatch.setattr(billmanager, "PAGE_SIZE", 2)

    def start(script: Script, login: str = "") -> Server:
        server = serve(script)
        lab.configure(CONFIGURATION.format(url=server.url, login=login))
        return server

    return start


def test_a_payment_that_leaves_while_the_list_is_read_harms_nothing(lab: Lab, serving: Callable[..., Server]) -> None:
    payments = [payment(number) for number in range(5)]
    pages = platform(payments)

    def script(asked: Asked) -> Answer:
        if asked.form["p_num"] == "3" and len(payments) == 5:
            del payments[4]
        return pages(asked)

    server = serving(script)
    pulled_and_loaded(lab)
    assert [asked.form["p_num"] for asked in server.asked] == ["1", "2", "3", "2"]
    assert set(lab.column("select platform_payment_id from raw.billing__payments")) == {"0", "1", "2", "3"}


def test_a_list_that_shrinks_and_grows_for_ever_ends(lab: Lab, serving: Callable[..., Server]) -> None:
    payments = [payment(number) for number in range(5)]
    totals = {"1": 5, "2": 5, "3": 4}
    serving(lambda asked: platform(payments, totals[asked.form["p_num"]])(asked))
    assert "has the records of an earlier page again" in failure(lab)


def test_pages_load(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(platform([payment(number) for number in range(3)]))
    pulled_and_loaded(lab)
    assert files(lab) == ["payments-0001.json", "payments-0002.json"]
    assert lab.query("select platform_payment_id, status from raw.billing__payments order by all") == [
        (str(number), "completed") for number in range(3)
    ]
    assert server.asked[0].form == {
        "authinfo": f"sverka:{PASSWORD}",
        "func": "payment",
        "out": "json",
        "filter": "on",
        "createdate": "other",
        "createdatestart": "2026-11-19",
        "createdateend": "2026-11-21",
        "p_col": "+id",
        "p_cnt": "2",
        "p_num": "1",
    }
    assert [asked.form["p_num"] for asked in server.asked] == ["1", "2"]


def test_a_session_is_opened_once(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(platform([payment(number) for number in range(3)]), "      login: session")
    assert pull(lab).outcome == "pulled"
    first, *others = (asked.form for asked in server.asked)
    assert first == {"func": "auth", "out": "json", "username": "sverka", "password": PASSWORD}
    assert [form["auth"] for form in others] == ["session-1"] * 2
    assert all("authinfo" not in form for form in others)


def test_an_empty_day_loads_and_the_second_window_reaches_back(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(platform([]))
    lab.configure(lab.home.config_file.read_text().replace("since: 2026-11-19", "since: 2026-01-01"))
    assert pulled_and_loaded(lab) == [("payments-0001.json", "loaded", None)]
    assert pull(lab, SECOND).outcome == "pulled"
    form = server.asked[-1].form
    assert (form["createdatestart"], form["createdateend"]) == ("2026-10-21", "2026-11-22")


def test_a_busy_platform_is_asked_again(lab: Lab, serving: Callable[..., Server]) -> None:
    pages = platform([payment(number) for number in range(3)])
    server = serving(pages)
    server.script = lambda asked: Answer(status=503) if len(server.asked) == 2 else pages(asked)
    assert pull(lab).outcome == "pulled"
    assert [asked.form["p_num"] for asked in server.asked] == ["1", "2", "2"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (error("Неверное имя пользователя или пароль"), "error: Неверное имя пользователя или пароль. Its credentials"),
        (error(f"no {PASSWORD}"), "error: no ***."),
        (Answer({"doc": {"error": {"$type": "access"}}}), "error: access."),
        (Answer({"doc": {"$func": "logon"}}), "wants a login. Its credentials stand in env:BILLMANAGER_PASSWORD"),
        (Answer([]), "answers no doc"),
        (Answer(b'<?xml version="1.0"?><doc/>'), "a web page with status 200"),
    ],
)
def test_an_error_with_status_200_is_told(lab: Lab, serving: Callable[..., Server], answer: Answer, words: str) -> None:
    serving(lambda _: answer)
    assert words in failure(lab)


@pytest.mark.parametrize("answer", [Answer({"doc": {}}), Answer({"doc": {"auth": {"$level": "30"}}})])
def test_no_session_is_told(lab: Lab, serving: Callable[..., Server], answer: Answer) -> None:
    serving(lambda _: answer, "      login: session")
    assert "opens no session. Its credentials stand in env:BILLMANAGER_PASSWORD" in failure(lab)


@pytest.mark.parametrize("counts", [4, 1], ids=["ends_early", "goes_on"])
def test_payments_that_do_not_fit_their_count_are_refused(
    lab: Lab, serving: Callable[..., Server], counts: int
) -> None:
    serving(platform([payment(number) for number in range(3)], counts))
    assert f"payments counts {counts} records, " in failure(lab)


def test_a_login_is_one_of_two(lab: Lab) -> None:
    lab.configure(CONFIGURATION.format(url="https://billing.example", login="      login: cookie"))
    with pytest.raises(ConfigurationError, match=r"line 12: pull.login: must be one of authinfo, session"):
        read_configuration(lab.home)
