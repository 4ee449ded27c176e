"""The documentation is true: what exists is documented, what is documented exists, and its queries run."""

import csv
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
from ingest.warehouse import OPERATIONS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
ANALYST = ROOT / "docs" / "analyst-guide.md"
OPERATOR = ROOT / "docs" / "operator-guide.md"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
MARTS = ROOT / "dbt_project" / "models" / "marts"
SEEDS = ROOT / "dbt_project" / "seeds"


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text(page), flags=re.DOTALL)


def first_cells(page: Path, heading: str) -> list[str]:
    """The code names in the first cell of each row of the tables of one section."""
    section = re.split(r"\n#{2,3} ", text(page).split(f"{heading}\n", 1)[1])[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", section, flags=re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def mart_columns() -> dict[str, dict[str, str]]:
    """Column types of each mart, as its dbt contract states them."""
    found: dict[str, dict[str, str]] = {}
    for path in MARTS.rglob("*.yml"):
        for model in yaml.safe_load(text(path)).get("models", ()):
            found[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    return found


def example_queries() -> list[str]:
    return blocks(ANALYST, "sql")


def exception_types() -> list[dict[str, str]]:
    with (SEEDS / "exception_types.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


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
def empty_marts() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema marts").fetchall()
    for name, columns in mart_columns().items():
        types = ", ".join(f'"{column}" {data_type}' for column, data_type in columns.items())
        connection.execute(f"create table marts.{name} ({types})").fetchall()
    return connection


@pytest.mark.parametrize("query", example_queries(), ids=range(len(example_queries())))
def test_example_queries_fit_the_contracts_of_the_marts(empty_marts: duckdb.DuckDBPyConnection, query: str) -> None:
    assert empty_marts.execute(query).fetchall() == []


# ---------- exceptions, feeds, policy


def test_exception_codes_are_those_of_the_seed() -> None:
    documented = re.findall(r"^\| `(\w+)` \| ([MAO]) \|", text(ANALYST), flags=re.MULTILINE)
    classes = {"mismatch": "M", "absent": "A", "operational": "O"}
    seed = {row["exception_code"]: classes.get(row["exception_class"]) for row in exception_types()}
    assert dict(documented) == seed
    assert len(documented) == len(seed)


def test_keys_of_the_configuration_are_documented() -> None:
    assert first_cells(OPERATOR, "## Feeds") == list(configuration.KEYS)
    named = set(re.findall(r"`(\w+)`", text(OPERATOR)))
    assert set(FORMATS) <= named


def test_sample_configuration_is_valid(tmp_path: Path) -> None:
    from ingest.settings import Home, feeds

    [sample] = blocks(OPERATOR, "yaml")
    home = Home(tmp_path)
    home.config_file.write_text(sample, encoding="utf-8")
    declared = {entry["name"] for entry in yaml.safe_load(sample)["feeds"]}
    assert declared <= set(feeds(home))
    assert set(contracts()) <= set(feeds(home))


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
