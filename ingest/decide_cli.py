"""`sverka decide …`: the commands that record decisions. Thin, as all of the command line is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from ingest.cli_options import DAY, home_of_environment, json_option

REASON = click.option("--reason", required=True, help="Why, in words that will still be understood in a year.")
ACTOR = click.option("--actor", required=True, help="Who decides.")
AT = click.option("--at", metavar="TIME", help="When it was decided, ISO 8601, business time zone; by default now.")
EXCEPTION = click.option(
    "--exception", metavar="ID", required=True, help="Exception id, or at least its first 8 characters."
)


def example(*calls: str) -> str:
    """Calls of `sverka decide`, shown below its help as they are."""
    return "\n".join(
        ["\b", "Examples:" if len(calls) > 1 else "Example:", *(f"  sverka decide {call}" for call in calls)]
    )


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (json_option, AT, ACTOR, REASON):
        command = option(command)
    return command


@click.group(
    epilog=example(
        'resolve --exception 3f2a9c1e --reason "Refunded in cash, act 17" --actor anna',
        'accept-difference --exception 3f2a9c1e --reason "Rounding" --actor anna',
        "approve D-20261120-1a2b3c4d --actor boris",
    )
)
def decide() -> None:
    """Record a decision: who, why, when. It takes effect at the next run."""


@decide.command(epilog=example('resolve --exception 3f2a9c1e --reason "Refunded in cash, act 17" --actor anna'))
@EXCEPTION
@_options
def resolve(exception: str, **options: Any) -> None:
    """Close an exception although its difference is still there; it opens again when its figures change.

    Critical ones close only by accept-difference.
    """
    _decide("resolve", options, exception=exception)


@decide.command(epilog=example('assign --exception 3f2a9c1e --owner narine --reason "Her customer" --actor anna'))
@EXCEPTION
@click.option("--owner", required=True, help="Who works on it from now on.")
@_options
def assign(exception: str, owner: str, **options: Any) -> None:
    """Say who works on an exception."""
    _decide("assign", options, exception=exception, owner=owner)


@decide.command(
    epilog=example('snooze --exception 3f2a9c1e --until 2026-12-01 --reason "Bank answers by then" --actor anna')
)
@EXCEPTION
@click.option("--until", type=DAY, required=True, help="The date on which it shows again.")
@_options
def snooze(exception: str, until: datetime, **options: Any) -> None:
    """Hide an exception until a date."""
    _decide("snooze", options, exception=exception, until=until.date())


@decide.command(
    "force-match",
    epilog=example(
        'force-match --document erp.payments:erp:PKO-17 --payment pay-1001 --reason "By phone" --actor anna'
    ),
)
@click.option("--document", metavar="ID", help="The document: <contract>:<source_system>:<id>.")
@click.option("--exception", metavar="ID", help="Instead of --document: an exception whose subject is the document.")
@click.option("--payment", metavar="KEY", help="The payment it belongs to; its own key means that it stands alone.")
@_options
def force_match(document: str | None, exception: str | None, payment: str | None, **options: Any) -> None:
    """Say which payment a document belongs to. A second person has to approve it."""
    _decide("force_match", options, document=document, exception=exception, payment=payment)


@decide.command(
    "accept-difference",
    epilog=example('accept-difference --exception 3f2a9c1e --reason "Written off, order 12" --actor anna'),
)
@EXCEPTION
@_options
def accept_difference(exception: str, **options: Any) -> None:
    """Close an exception, a critical one too, because its difference is accepted. A second person has to approve it."""
    _decide("accept_difference", options, exception=exception)


@decide.command(epilog=example('reopen --exception 3f2a9c1e --reason "Resolved by mistake" --actor anna'))
@EXCEPTION
@_options
def reopen(exception: str, **options: Any) -> None:
    """Open again what was resolved."""
    _decide("reopen", options, exception=exception)


@decide.command(epilog=example("approve D-20261120-1a2b3c4d --actor boris"))
@click.argument("decision_id", metavar="DECISION_ID")
@click.option("--actor", required=True, help="Who approves; not the one who decided.")
@AT
@json_option
def approve(decision_id: str, actor: str, at: str | None, as_json: bool) -> None:
    """Approve somebody else's decision, as its second person."""
    from dagster_app import decide as work
    from dagster_app import views

    home = home_of_environment()
    moment = work.parse_time(at, home.timezone) if at else None
    views.show_decision(work.approve(home, decision_id, actor, moment), as_json)


def _decide(decision_type: str, options: dict[str, Any], **about: Any) -> None:
    from dagster_app import decide as work
    from dagster_app import views

    home = home_of_environment()
    at, as_json = options.pop("at"), options.pop("as_json")
    moment = work.parse_time(at, home.timezone) if at else None
    wish = work.Wish(decision_type, at=moment, **options, **about)
    views.show_decision(work.decide(home, wish), as_json)
