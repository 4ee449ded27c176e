"""What tests read from the documentation: its pages, their queries, and what is said of each exception code."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
ANALYST = ROOT / "docs" / "analyst-guide.md"
EXCEPTIONS = ROOT / "docs" / "exceptions.md"
SEEDS = ROOT / "dbt_project" / "seeds"

FACTS = re.compile(r"`(?P<class>\w+)` · `(?P<severity>\w+)` · `(?P<owner>\w+)`\. (?P<waits>Waits .+)")


@dataclass(frozen=True)
class Code:
    """One code of the page of exceptions: its words, the facts under them, and the queries of its group."""

    name: str
    words: str
    facts: dict[str, str]
    queries: tuple[str, ...]

    @property
    def waits_for(self) -> list[str]:
        """The contracts that could prove it wrong."""
        return re.findall(r"`(\w+\.(?!csv)\w+)`", self.facts["waits"].partition(" Silent with")[0])

    @property
    def is_silent_without(self) -> list[str]:
        """The contracts without which nothing is missing."""
        return re.findall(r"`(\w+\.(?!csv)\w+)`", self.facts["waits"].partition(" Silent with")[2])

    @property
    def graces(self) -> dict[str, int]:
        """Hours by the name of the grace."""
        found = re.findall(r"(\d+) hours? \(`(\w+)`\)", self.facts["waits"])
        return {name: int(hours) for hours, name in found}


def text(page: Path) -> str:
    """A page as it is written."""
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return fenced(text(page), language)


def fenced(markdown: str, language: str) -> list[str]:
    """The fenced blocks of one language in a piece of a page."""
    return re.findall(rf"```{language}\n(.*?)```", markdown, flags=re.DOTALL)


def example_queries() -> list[str]:
    """Every query for analysts."""
    return [*blocks(ANALYST, "sql"), *blocks(EXCEPTIONS, "sql")]


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a policy seed."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def documented_codes() -> list[Code]:
    """The codes of the page of exceptions, in its order; the headings of the third level group them."""
    found = []
    for group in re.split(r"^### ", text(EXCEPTIONS), flags=re.MULTILINE)[1:]:
        queries = tuple(fenced(group, "sql"))
        for part in re.split(r"^#### ", group, flags=re.MULTILINE)[1:]:
            name, words, facts = part.split("\n\n")[:3]
            matched = FACTS.fullmatch(facts.strip())
            assert matched is not None, f"{name}: {facts}"
            found.append(Code(name.strip(), words, matched.groupdict(), queries))
    return found


def codes_in(query: str) -> set[str]:
    """The codes a query asks for."""
    asked = re.search(r"e\.exception_code (?:=|in) (\(.*?\)|'\w+')", query, flags=re.DOTALL)
    return set(re.findall(r"'(\w+)'", asked[1])) if asked else set()
