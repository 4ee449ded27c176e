"""The command line: what needs no run. Runs are tested end to end."""

import json
import resource
import subprocess
import sys
from datetime import date

import pytest
from click.testing import CliRunner

from dagster_app import demonstration
from ingest.cli import main
from ingest.landing import land_files
from ingest.settings import Home

COMMANDS = ("demo", "pull", "run", "status", "waive", "exceptions", "explain", "replay", "compare", "statement", "ui")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SVERKA_HOME", str(tmp_path))
    return Home(tmp_path)


def sverka(*arguments):
    return CliRunner().invoke(main, arguments)


def deliver(home, feed="provider.payments", day="2026-11-19"):
    folder = home.inbox / feed / day
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("provider_payment_id\n", encoding="utf-8")


def test_help_answers_at_once_and_loads_nothing_heavy():
    code = "import sys; from ingest.cli import main; main(['-h'], standalone_mode=False); print(sorted(sys.modules))"
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert all(f"  {name}" in result.stdout for name in COMMANDS)
    assert not {"dagster", "dbt", "duckdb", "rich", "pyarrow"} & set(result.stdout.split("'"))
    assert min(seconds) < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_speaks_json(command):
    result = sverka(command, "--help")
    assert result.exit_code == 0
    assert "--json" in result.output


def test_status_before_the_first_run_says_what_waits_and_what_is_no_feed(home):
    deliver(home)
    deliver(home, feed="provider.paymnets")
    result = sverka("status")
    assert result.exit_code == 0
    assert "Nothing is published yet; extracts from 2026-11-19 to 2026-11-19" in result.output
    assert "Not a feed, not read: provider.paymnets" in result.output
    answer = json.loads(sverka("status", "--json").output)
    assert answer["published"] is None
    assert answer["waiting"] == [
        {"feed": "provider.payments", "extracts": 1, "first": "2026-11-19", "last": "2026-11-19"}
    ]
    assert answer["unknown_folders"] == ["provider.paymnets"]


def test_status_of_nothing_at_all(home):
    result = sverka("status")
    assert result.exit_code == 0
    assert "no extracts yet" in result.output


@pytest.mark.parametrize("arguments", [("run",), ("run", "--date", "2026-11-19")])
def test_an_empty_inbox_is_bad_usage_told_in_one_line(home, arguments):
    result = sverka(*arguments)
    assert result.exit_code == 2
    assert "nothing to reconcile" in result.output
    assert len(result.output.splitlines()) == 1


def test_errors_come_as_json_too(home):
    result = sverka("run", "--json")
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert answer["exit_code"] == 2
    assert "nothing to reconcile" in answer["error"]


def test_a_wrong_configuration_names_its_line(home):
    home.config_file.write_text("feeds:\n  - name: x\n    formt: canonical\n", encoding="utf-8")
    for command in ("run", "status"):
        result = sverka(command)
        assert result.exit_code == 2
        assert "sverka.yml, line 3" in result.output


@pytest.mark.parametrize("command", [("exceptions",), ("explain", "p-1")])
def test_questions_before_the_first_run_are_answered_with_what_to_do(home, command):
    result = sverka(*command)
    assert result.exit_code == 1
    assert "sverka run" in result.output


def test_a_wrong_date_is_bad_usage(home):
    assert sverka("run", "--date", "2026-02-30").exit_code == 2


def test_the_demonstration_refuses_a_home_with_other_extracts(home):
    deliver(home)
    result = sverka("demo")
    assert result.exit_code == 2
    assert "not the demonstration's" in result.output
    assert not (home.path / "truth.csv").exists()


@pytest.mark.parametrize("arguments", [(), ("--template", "plain-csv")])
def test_the_demonstration_refuses_another_time_zone(home, monkeypatch, arguments):
    monkeypatch.setenv("SVERKA_TIMEZONE", "Europe/Moscow")
    result = sverka("demo", *arguments)
    assert result.exit_code == 2
    assert "unset it, or set it to Asia/Yerevan" in result.output
    assert not home.inbox.exists()


def test_the_demonstration_of_a_template_refuses_a_home_with_another_configuration(home):
    home.config_file.write_text("feeds: []\n", encoding="utf-8")
    result = sverka("demo", "--template", "plain-csv")
    assert result.exit_code == 2
    assert "sverka.yml is there already" in result.output
    assert [path.name for path in home.path.iterdir()] == ["sverka.yml"]


def test_the_demonstration_of_a_template_runs_every_day_of_it(home, monkeypatch):
    asked = []
    monkeypatch.setattr(demonstration.launch, "run_dates", lambda home, dates, **_: asked.extend(dates))
    monkeypatch.setattr(demonstration.launch, "answer", lambda home, days: {"days": days})
    answer = demonstration.run(home, template="moysklad-arca-woocommerce")
    assert (len(asked), asked[0], asked[-1]) == (9, date(2026, 10, 1), date(2026, 10, 9))
    assert "      erp.refunds: {payment_id: Заказ сайта}" in answer["world"]
    assert {path.name for path in home.path.iterdir()} == {"demo", "inbox", "sverka.yml", "truth.csv"}


def test_the_demonstrations_refuse_each_others_homes(home):
    demonstration.prepare(home, 1, 21, "plain-csv")
    for arguments in (("demo",), ("demo", "--template", "postpaid-erp")):
        result = sverka(*arguments)
        assert result.exit_code == 2
        assert "Choose an empty home" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--template", "plain-cvs"), "did you mean 'plain-csv'"),
        (("--template", "plain-csv", "--seed", "2"), "leave out --seed"),
        (("--template", "plain-csv", "--days", "21"), "leave out --days"),
    ],
)
def test_a_demonstration_that_there_is_not_is_bad_usage(home, arguments, message):
    result = sverka("demo", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert not list(home.path.iterdir())


WAIVE = (
    "waive",
    "--feed",
    "provider.payments",
    "--date",
    "2026-11-19",
    "--reason",
    "Сбой",
    "--actor",
    "anna",
)


def test_a_waiver_is_an_empty_extract_with_its_reason_beside_it(home):
    result = sverka(*WAIVE, "--json")
    assert result.exit_code == 0
    [path] = json.loads(result.output)["files"]
    report = land_files(home, date(2026, 11, 19))
    assert [entry.name for entry in report.landed] == ["provider.payments.waived.csv"]
    control = json.loads((home.path / f"{path}.control.json").read_text(encoding="utf-8"))
    assert control["rows"] == 0
    assert control["waiver"]["reason"] == "Сбой"
    assert control["waiver"]["actor"] == "anna"


def test_what_was_delivered_cannot_be_waived(home):
    deliver(home)
    result = sverka(*WAIVE)
    assert result.exit_code == 2
    assert "nothing is to be waived" in result.output


def test_a_waiver_needs_a_known_feed_a_reason_and_an_actor(home):
    assert sverka("waive", "--feed", "x", *WAIVE[3:]).exit_code == 2
    assert sverka(*WAIVE[:-1], " ").exit_code == 2
    assert sverka(*WAIVE[:-2]).exit_code == 2
