"""`sverka init`: commented ``sverka.yml`` files to begin with, one for each combination of systems that people have.

A template is ``<name>.yml`` beside this file. Its first line is its title. Feeds that only some need are commented out
with ``#`` directly before the YAML, without a space of their own: taking the ``#`` away makes them feeds.
"""

import difflib
from dataclasses import dataclass
from pathlib import Path

from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.home import Home

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Written:
    """The file that was written, the inbox and the names of the feeds it declares."""

    file: Path
    inbox: Path
    feeds: tuple[str, ...]


def names() -> tuple[str, ...]:
    """The templates, in the order of their names."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))


def text(name: str) -> str:
    """The template as it is written. Raises ConfigurationError for an unknown one."""
    if name not in names():
        close = difflib.get_close_matches(name, names(), n=1)
        hint = f", did you mean {close[0]!r}?" if close else "."
        raise ConfigurationError(f"there is no template {name!r}{hint} Use {', '.join(names())}.")
    return (FOLDER / f"{name}.yml").read_text(encoding="utf-8")


def title(name: str) -> str:
    """What the template is for, in a few words."""
    return text(name).partition("\n")[0].removeprefix("# ")


def write(home: Home, name: str, force: bool = False) -> Written:
    """Write the template as the home's ``sverka.yml``.

    Raises ConfigurationError when there is one and no ``force``, or when it cannot be written.
    """
    content = text(name)
    target = home.config_file
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        with target.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(content)
    except OSError as error:
        if isinstance(error, FileExistsError) and target.is_file():
            raise ConfigurationError(f"{target} is there already. Use --force to replace it.") from None
        raise ConfigurationError(
            f"{target} cannot be written ({error.strerror}: {error.filename}). Set SVERKA_HOME to a folder that you "
            "may write to, in which sverka.yml is no folder."
        ) from error
    return Written(target, home.inbox, tuple(feed.name for feed in read_configuration(home)))
