"""The demonstration of a template: a small business in the files of its systems, below the template's ``sverka.yml``.

``write_template_world`` writes ``sverka.yml``, native files into ``<home>/inbox`` and the truth into
``<home>/truth.csv``. ``write_twin`` writes the same facts as canonical files. The same template gives the same bytes,
whatever the machine or the day.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest import templates
from ingest.configuration import read_configuration
from ingest.contract import contract as contract_of
from ingest.demo import native
from ingest.demo.businesses import BUSINESSES
from ingest.demo.native.spelling import csv_bytes
from ingest.demo.story import Rows, Story
from ingest.demo.timeline import ZONE, Timeline
from ingest.demo.world import FIRST_DATE, World, claim, truth_rows, write_truth
from ingest.errors import ConfigurationError
from ingest.feed import Feed
from ingest.home import Home

DAYS = 9


@dataclass
class TemplateWorld(World):
    """A written demonstration of a template. ``adapted``: what was uncommented in the template."""

    template: str = ""
    adapted: tuple[str, ...] = ()

    def headlines(self) -> Iterator[str]:
        """What was written and for whom."""
        yield f"Demonstration of {self.template}, {self.first_date} to {self.last_date}, business zone {ZONE}"
        yield f"  {templates.title(self.template)}"
        yield f"  {sum(self.rows.values())} rows in {len(self.rows)} kinds of record"
        if self.adapted:
            yield "  uncommented in sverka.yml, because such a business has to:"
            yield from (f"    {line}" for line in self.adapted)


def write_template_world(home: Home, template: str) -> TemplateWorld:
    """Write the template's demonstration into the home.

    Raises ConfigurationError for an unknown template or when there is another sverka.yml, WorldExistsError when the
    inbox holds other extracts.
    """
    text = configuration_text(template)
    if home.config_file.exists() and home.config_file.read_text(encoding="utf-8") != text:
        raise ConfigurationError(f"{home.config_file} is there already. Choose an empty home for the demonstration.")
    claim(home.inbox, {"template": template, "first": str(FIRST_DATE)})
    home.config_file.write_text(text, encoding="utf-8")
    feeds = read_configuration(home)
    story = tell(template)
    for feed, day, extract in extracts(feeds, story):
        folder = home.inbox / feed.name / story.timeline.iso(day)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in native.files(feed, extract).items():
            (folder / name).write_bytes(content)
    return _world(home, template, feeds, story)


def write_twin(home: Home, template: str, feeds: list[Feed]) -> None:
    """Write the same facts as canonical files, one folder a contract, with the source systems of the feeds."""
    story = tell(template)
    for feed, day, extract in extracts(feeds, story):
        for contract, rows in extract.items():
            columns = ("source_system", *contract_of(contract).column_names)
            lines = [list(columns)]
            lines += [[feed.source_system, *(row.get(name, "") for name in columns[1:])] for row in rows]
            folder = home.inbox / contract / story.timeline.iso(day)
            folder.mkdir(parents=True)
            (folder / f"{feed.name}.csv").write_bytes(csv_bytes(lines, "utf-8"))


def configuration_text(template: str) -> str:
    """The template as `sverka init` writes it, with the options uncommented that this business needs.

    Raises ConfigurationError for an unknown template.
    """
    text = templates.text(template)
    for line in BUSINESSES[template].UNCOMMENTED:
        commented = f"#{line}"
        if text.count(commented) != 1:
            raise ValueError(f"{template}.yml has {text.count(commented)} lines {commented!r}.")
        text = text.replace(commented, line)
    return text


def tell(template: str) -> Story:
    """The story of the template's business."""
    story = Story(Timeline(FIRST_DATE, DAYS))
    BUSINESSES[template].tell(story)
    return story


def extracts(feeds: list[Feed], story: Story) -> Iterator[tuple[Feed, int, Rows]]:
    """Feed, day number and rows of every extract."""
    for feed in feeds:
        for day in range(story.timeline.days):
            yield feed, day, {contract: story.rows(contract, day) for contract in feed.contracts}


def _world(home: Home, template: str, feeds: list[Feed], story: Story) -> TemplateWorld:
    counts = {
        contract: sum(len(story.rows(contract, day)) for day in range(DAYS))
        for feed in feeds
        for contract in feed.contracts
    }
    rows = truth_rows(story.faults, story.timeline)
    write_truth(home.path / "truth.csv", rows)
    return TemplateWorld(
        inbox=home.inbox,
        first_date=FIRST_DATE,
        days=DAYS,
        truth=rows,
        deliveries=(),
        rows=counts,
        template=template,
        adapted=BUSINESSES[template].UNCOMMENTED,
    )
