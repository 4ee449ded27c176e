"""Options that commands share, and the home they work in."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ingest.settings import Home

DAY = click.DateTime(formats=["%Y-%m-%d"])
JSON = "sverka.json"


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`; errors then come as JSON too."""
    help_text = "Answer as one JSON document."
    return click.option("--json", "as_json", is_flag=True, callback=_note_json, is_eager=True, help=help_text)(command)


def _note_json(context: click.Context, _: click.Parameter, value: bool) -> bool:
    context.meta[JSON] = value
    return value


def home_of_environment() -> "Home":
    """SVERKA_HOME and SVERKA_TIMEZONE. Raises ConfigurationError."""
    from ingest.settings import Home

    return Home.from_environment()
