"""The documentation is true: what exists is documented, what is documented exists, and its queries run."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import click
import duckdb
import pytest
import yaml

from ingest import configuration, errors
from ingest.cli import main
from ingest.contract import contracts
from ingest.formats import FORMATS
from ingest.settings import Home, feeds
from ingest.warehouse import OPERATIONS
from tests.documentation import (
    ANALYST,
    EXCEPTIONS,
    ROOT,
    blocks,
    codes_in,
    documented_codes,
    example_queries,
    seed,
    text,
)

README = ROOT / "README.md"
OPERATOR = ROOT / "docs" / "operator-guide.md"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
MODELS = ROOT / "dbt_project" / "models"
MARTS = MODELS / "marts"


def first_cells(page: Path, heading: str) -> list[str]:
    """The code names in the first cell of each row of the tables of one section."""
    section = re.split(r"\n#{2,3} ", text(page).split(f"{heading}\n", 1)[1])[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", section, flags=re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def columns_in(folder: Path) -> dict[str, dict[str, str]]:
    """Column types of each model of a folder, as its description states them."""
    found: dict[str, dict[str, str]] = {}
    for path in folder.rglob("*.yml"):
        for model in yaml.safe_load(text(path)).get("models", ()):
            found[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    return found


def mart_columns() -> dict[str, dict[str, str]]:
    return columns_in(MARTS)


def commands_in(page: Path) -> list[list[str]]:
    """Every `sverka …` of a page, in its shell blocks and in its sentences, as words."""
    shell = [line.split("#")[0].strip() for block in blocks(page, "sh") for line in block.splitlines()]
    inline = re.findall(r"`(sverka [^`]+)`", text(page))
    calls = [*[line for line in shell if line.startswith("sverka ")], *inline]
    return [shlex.split(call)[1:] for call in calls]


# ---------- commands


def commands() -> dict[str, click.Command]:
    """Every command by its words, those of groups instead of the group."""
    found: dict[str, click.Command] = {}
    for name, command in main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {}
        found |= {f"{name} {second}": part for second, part in inner.items()} or {name: command}
    return found


def test_every_decision_is_documented() -> None:
    named = {tuple(words[:2]) for words in commands_in(OPERATOR)}
    for name in commands():
        assert " " not in name or tuple(name.split()) in named, f"the operator guide does not show `sverka {name}`"


def test_readme_lists_exactly_the_commands() -> None:
    assert {words[0] for words in commands_in(README) if not words[0].startswith("-")} == set(main.commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documented_commands_and_options_exist(page: Path) -> None:
    for words in commands_in(page):
        if words[0].startswith("-"):
            continue
        assert words[0] in main.commands, f"{page.name} calls `sverka {words[0]}`, which does not exist"
        command = main.commands[words[0]]
        if isinstance(command, click.Group) and len(words) > 1 and words[1].isascii():
            assert words[1] in command.commands, f"{page.name} calls `sverka {words[0]} {words[1]}`"
            command = command.commands[words[1]]
        known = [name for parameter in command.params for name in parameter.opts]
        unknown = [word for word in words[1:] if word.startswith("--") and word not in known]
        assert not unknown, f"{page.name} gives `sverka {words[0]}` the unknown {unknown}"


def test_every_command_answers_in_json_and_says_what_it_does() -> None:
    for name, command in commands().items():
        assert "--json" in [option for parameter in command.params for option in parameter.opts], name
        assert command.help, name


def test_make_targets_are_those_of_the_readme() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", text(ROOT / "Makefile"), flags=re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z]+)", text(page)))
        named |= {word for block in blocks(page, "sh") for word in re.findall(r"^make ([a-z]+)", block, re.MULTILINE)}
        assert named <= targets, page.name
    assert {"run", "test", "lint", "bench", "ui"} <= set(re.findall(r"`make ([a-z]+)`", text(README)))


# ---------- tables


def test_every_mart_is_documented_and_every_documented_one_exists() -> None:
    models = {path.stem for path in MARTS.rglob("*.sql")}
    headings = re.findall(r"^### ((?:fct|dim)_\w+)$", text(ANALYST), flags=re.MULTILINE)
    assert sorted(headings) == sorted(models)
    assert models == set(mart_columns()), "a mart without a contract"
    assert set(re.findall(r"\b(?:fct|dim)_[a-z_]+\b", text(README))) == models


def test_every_mart_section_states_its_grain_and_has_a_query() -> None:
    for name in mart_columns():
        section = re.split(r"\n#{2,3} ", text(ANALYST).split(f"### {name}\n", 1)[1])[0]
        assert section.lstrip().startswith("One row per `"), name
        assert f"marts.{name}" in section, f"{name} has no example query"


def test_documented_grain_is_made_of_columns() -> None:
    for name, columns in mart_columns().items():
        sentence = re.search(rf"### {name}\n\nOne row per ([^.:]*)", text(ANALYST))
        assert sentence is not None, name
        assert set(re.findall(r"^`(\w+)`|(?:,|and) `(\w+)`", sentence[1])[0]) - {""} <= set(columns), name


@pytest.fixture(scope="module")
def empty_published() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for schema, folder in (("marts", MARTS), ("staging", MODELS / "staging")):
        connection.execute(f"create schema {schema}").fetchall()
        for name, columns in columns_in(folder).items():
            types = ", ".join(f'"{column}" {data_type}' for column, data_type in columns.items())
            connection.execute(f"create table {schema}.{name} ({types})").fetchall()
    return connection


@pytest.mark.parametrize("query", example_queries(), ids=range(len(example_queries())))
def test_example_queries_fit_what_is_published(empty_published: duckdb.DuckDBPyConnection, query: str) -> None:
    assert empty_published.execute(query).fetchall() == []


# ---------- exceptions


def test_exception_codes_are_those_of_the_seed() -> None:
    documented = [code.name for code in documented_codes()]
    assert sorted(documented) == sorted(row["exception_code"] for row in seed("exception_types"))
    assert documented == re.findall(r"^#### (.*)$", text(EXCEPTIONS), flags=re.MULTILINE), "a code outside of a group"
    assert f" {len(documented)} codes " in text(EXCEPTIONS)


def test_class_severity_and_owner_are_those_of_the_seed() -> None:
    names = ("class", "severity", "owner")
    documented = {code.name: [code.facts[name] for name in names] for code in documented_codes()}
    columns = ("exception_class", "severity", "owner")
    assert documented == {row["exception_code"]: [row[name] for name in columns] for row in seed("exception_types")}


def test_hours_until_an_exception_is_due_are_those_of_the_seed() -> None:
    sentence = text(EXCEPTIONS).partition("says how soon it is due: ")[2].partition("\n")[0]
    documented = re.findall(r"`(\w+)` (\d+)", sentence)
    assert set(documented) == {(row["severity"], row["sla_hours"]) for row in seed("exception_types")}


def test_what_a_code_waits_for_is_policy() -> None:
    rows = seed("exception_seen_by")
    for code in documented_codes():
        seen_by = [row for row in rows if row["exception_code"] == code.name]
        assert code.waits_for == [row["contract"] for row in seen_by], code.name
        silent = [row["contract"] for row in seen_by if row["must_be_configured"] == "true"]
        assert code.is_silent_without == silent, code.name


def test_graces_of_a_code_are_those_of_its_rule() -> None:
    hours = {row["grace_name"]: int(row["hours"]) for row in seed("grace_hours")}
    rules: dict[str, set[str]] = {}
    for path in MODELS.rglob("*_candidates.sql"):
        for name, arguments in re.findall(r"candidate\(\s*'(\w+)'(.*?)\) \}\}", text(path), flags=re.DOTALL):
            rules.setdefault(name, set()).update(re.findall(r"grace='(\w+)'", arguments))
    for code in documented_codes():
        assert code.graces == {name: hours[name] for name in rules[code.name]}, code.name


def test_each_code_is_told_in_two_sentences() -> None:
    for code in documented_codes():
        assert len(re.findall(r"[.!?](?=\s|$)", code.words)) == 2, code.name
        assert "\n" not in code.words.strip(), code.name


def test_each_code_has_a_query_that_lists_its_open_exceptions() -> None:
    for code in documented_codes():
        serving = [query for query in code.queries if code.name in codes_in(query)]
        assert serving, f"{code.name} has no query"
        assert all("where e.state = 'open' and " in query for query in serving), code.name
    asked = set().union(*(codes_in(query) for query in example_queries()))
    assert asked == {code.name for code in documented_codes()}


# ---------- feeds, policy


def test_keys_of_the_configuration_are_documented() -> None:
    assert first_cells(OPERATOR, "## Feeds") == list(configuration.KEYS)
    named = set(re.findall(r"`(\w+)`", text(OPERATOR)))
    assert set(FORMATS) <= named


def test_sample_configuration_is_valid(tmp_path: Path) -> None:
    [sample] = blocks(OPERATOR, "yaml")
    home = Home(tmp_path)
    home.config_file.write_text(sample, encoding="utf-8")
    declared = {entry["name"] for entry in yaml.safe_load(sample)["feeds"]}
    assert declared <= set(feeds(home))
    assert set(contracts()) <= set(feeds(home))


def test_keys_of_a_pull_are_documented() -> None:
    documented = first_cells(ROOT / "docs" / "pulls" / "README.md", "# Pulling from the live systems")
    assert documented == list(configuration.PULL_KEYS)


def test_reasons_of_quarantine_and_refusal_are_documented() -> None:
    documented = first_cells(OPERATOR, "## Refused files and rejected rows")
    assert sorted(documented) == sorted(errors.ROW_REASONS | errors.FILE_REASONS)


def test_queries_on_the_warehouse_fit_its_operations() -> None:
    queries = re.findall(r'warehouse.duckdb" "([^"]+)"', text(OPERATOR))
    with duckdb.connect() as connection:
        connection.execute("create schema ops").fetchall()
        for table, columns in OPERATIONS.items():
            fields = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            connection.execute(f"create table ops.{table} ({fields})").fetchall()
        assert [connection.execute(query).fetchall() for query in queries] == [[]]


# ---------- pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        path, _, anchor = target.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name} links to {target}"


def anchors(page: Path) -> list[str]:
    headings = re.findall(r"^#+ (.*)$", text(page), flags=re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_every_decision_is_listed_and_says_when_it_would_be_wrong() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert re.findall(r"\]\(([^)]+)\)", text(folder / "README.md")) == [path.name for path in pages]
    for page in pages:
        assert text(page).count("**What.**") == 1, page.name
        assert text(page).count("**Why.**") == 1, page.name
        assert text(page).count("**When it would be wrong.**") == 1, page.name


def configured() -> dict[str, Any]:
    return tomllib.loads(text(ROOT / "pyproject.toml"))


def test_version_is_in_the_changelog() -> None:
    assert f"\n## {configured()['project']['version']}\n" in text(ROOT / "CHANGELOG.md")


def test_lock_has_hashes_and_no_addresses() -> None:
    lock = text(ROOT / "requirements.lock")
    assert not re.search(r"https?://|file:|--(?:extra-)?index-url|--find-links", lock)
    pinned = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==\S+ \\\n    --hash=sha256:", lock, flags=re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^\S+==", lock, flags=re.MULTILINE))
    wanted = [*configured()["project"]["dependencies"], *configured()["dependency-groups"]["dev"]]
    assert {re.split(r"[^\w-]", name)[0].lower() for name in wanted} <= {name.lower() for name in pinned}
