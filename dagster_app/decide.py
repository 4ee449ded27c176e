"""Recording what people decide: checks against what is published, then one record into the hash chain.

A decision about something that does not exist, or that could have no effect, is refused at once. What a decision does
is the models' business, at the next run.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dagster_app.dates import now
from dagster_app.errors import BadRequestError
from dagster_app.queries.connection import Row, fetch, last_published_date, published
from dagster_app.queries.money import money
from ingest import decisions
from ingest.contract import contract
from ingest.decision_files import CONTRACT
from ingest.settings import Home

NEEDS_APPROVAL = frozenset({"accept_difference", "force_match"})
"""What takes a second person (exceptions.md, Life)."""
CLOSING = frozenset({"resolve", "accept_difference"})
SHORTEST_PREFIX = 8
DAY = timedelta(days=1)


class DecisionRefusedError(BadRequestError):
    """The decision is about nothing, or could have no effect; the message says why and what would."""


@dataclass(frozen=True)
class Wish:
    """What somebody decides; `exception` is an exception_id or the unique beginning of one, `at` an aware time."""

    decision_type: str
    actor: str
    reason: str
    exception: str | None = None
    document: str | None = None
    payment: str | None = None
    owner: str | None = None
    until: date | None = None
    at: datetime | None = None


def parse_time(text: str, timezone: str) -> datetime:
    """An ISO 8601 time; without an offset it is one of the business time zone. Raises BadRequestError."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadRequestError(
            f"{text!r} is no time: write it like 2026-11-20T18:30 or 2026-11-20T18:30+04:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


def decide(home: Home, wish: Wish) -> dict[str, Any]:
    """Record a decision; the answer says what was recorded and when it takes effect.

    Raises DecisionRefusedError, NothingPublishedError, DecisionError.
    """
    actor, reason = _said("actor", wish.actor), _said("reason", wish.reason)
    with published(home) as connection:
        last = last_published_date(connection)
        at = _moment(home, wish.at, last)
        day = decisions.business_date(at, home.timezone)
        check = {"force_match": _check_match}.get(wish.decision_type, _check_exception)
        subject, words = check(connection, wish, day)
    values = {"decision_type": wish.decision_type, "actor": actor, "reason": reason}
    values |= subject | {"decided_at": decisions.utc_text(at)}
    with decisions.writing(home) as writer:
        values["decision_id"] = writer.new_id(day)
        path = writer.append(values, day)
    return _answer(values, words, path, day, last)


def approve(home: Home, decision_id: str, actor: str, at: datetime | None = None) -> dict[str, Any]:
    """Record a second person's approval, as a new version of the decision. Raises as `decide` does."""
    actor = _said("actor", actor)
    with published(home) as connection, decisions.writing(home) as writer:
        last = last_published_date(connection)
        moment = _moment(home, at, last)
        values = _known_decision(connection, writer, decision_id)
        _check_approval(values, actor, moment)
        day = decisions.business_date(moment, home.timezone)
        values |= {"approved_by": actor, "approved_at": decisions.utc_text(moment)}
        path = writer.append(values, day)
    words = f"{values['decision_type']} by {values['actor']}, approved by {actor}"
    return _answer(values, words, path, day, last)


def _said(name: str, value: str) -> str:
    text = value.strip().encode("utf-8", "replace").decode("utf-8")
    if not text:
        raise DecisionRefusedError(f"the {name} is empty: a decision leaves who decided it and why")
    return text


def _moment(home: Home, at: datetime | None, last: date | None) -> datetime:
    """When it was decided: not in the future, or where the business is ahead of the clock, not after its next day."""
    current = now()
    if at is None:
        return current
    zone = ZoneInfo(home.timezone)
    limit = max(current, datetime.combine(last + 2 * DAY, time.min, zone)) if last else current
    if at > limit:
        raise DecisionRefusedError(f"{at.isoformat()} is in the future: a decision is recorded when it was made")
    return at


def _check_exception(connection: Any, wish: Wish, day: date) -> tuple[Row, str]:
    """The columns that say what the decision is about, and words for it."""
    if not wish.exception:
        raise DecisionRefusedError(
            f"{wish.decision_type} needs --exception: see `sverka exceptions --json` for the ids"
        )
    found = _find_exception(connection, wish.exception)
    name = f"{found['exception_code']} of {found['subject_type']} {found['subject_id']}"
    if wish.decision_type == "reopen":
        if found["state"] not in ("resolved", "snoozed"):
            raise DecisionRefusedError(f"{name} is {_state(found)}; only what was resolved or snoozed can be reopened")
    elif found["state"] in ("resolved", "auto_closed"):
        raise DecisionRefusedError(f"{name} is {_state(found)} already; there is nothing to {wish.decision_type}")
    subject = {"exception_id": found["exception_id"]}
    if wish.decision_type == "resolve" and found["severity"] == "critical":
        raise DecisionRefusedError(
            f"{name} is critical and closes only by a difference that two people accept: "
            f"`sverka decide accept-difference --exception {found['exception_id'][:12]} --reason … --actor …`"
        )
    if wish.decision_type in CLOSING and day <= found["first_seen_date"]:
        after = found["first_seen_date"] + DAY
        raise DecisionRefusedError(
            f"{name} was first seen on {found['first_seen_date']}; what closes it is judged by what the run before "
            f"showed, so a decision of that date has no effect: decide on {after} or later, or say --at {after}"
        )
    if wish.decision_type == "assign":
        subject["owner"] = _said("owner", wish.owner or "")
    if wish.decision_type == "snooze":
        if wish.until is None or wish.until <= day:
            raise DecisionRefusedError(f"snooze needs --until with a date after {day}: it shows again on that date")
        subject["snooze_until"] = wish.until.isoformat()
    at_risk = money(found["amount"], found["currency"])
    return subject, f"{wish.decision_type} {name}{f' ({at_risk})' if at_risk else ''}"


def _state(found: Row) -> str:
    words = {"auto_closed": "closed by itself, because it is not observed any more", "snoozed": "snoozed"}
    return words.get(found["state"], str(found["state"]))


def _find_exception(connection: Any, beginning: str) -> Row:
    text = beginning.strip().lower()
    if len(text) < SHORTEST_PREFIX:
        raise DecisionRefusedError(f"{beginning!r} is too short: give at least {SHORTEST_PREFIX} characters of the id")
    rows = fetch(
        connection,
        "select exception_id, exception_code, subject_type, subject_id, state, severity, amount, currency,"
        " first_seen_date"
        " from marts.fct_exceptions where starts_with(exception_id, ?) order by exception_id limit 3",
        [text],
    )
    if not rows:
        raise DecisionRefusedError(f"there is no exception {beginning!r} in what is published; see `sverka exceptions`")
    if len(rows) > 1 and rows[0]["exception_id"] != text:
        raise DecisionRefusedError(f"{beginning!r} begins several exception ids; give more of it")
    return rows[0]


def _check_match(connection: Any, wish: Wish, day: date) -> tuple[Row, str]:
    document_id, payment_key = _document_id(connection, wish), (wish.payment or "").strip()
    rows = fetch(connection, "select * from marts.fct_document_links where document_id = ?", [document_id])
    if not rows:
        raise DecisionRefusedError(
            f"there is no document {document_id!r} in what is published; "
            "its id is <contract>:<source_system>:<id>, as marts.fct_document_links has it"
        )
    document = rows[0]
    own_key = f"{document['leg']}:{document_id.split(':', 1)[1]}"
    if not payment_key:
        suggested = document.get("suggested_payment_key") or next(iter(document["candidates"] or ()), None)
        example = f" (a candidate is {suggested})" if suggested else ""
        raise DecisionRefusedError(f"force-match needs --payment: the key of the payment it belongs to{example}")
    known = "select 1 as one from marts.fct_payment_reconciliation where payment_key = ? limit 1"
    if payment_key != own_key and not fetch(connection, known, [payment_key]):
        raise DecisionRefusedError(
            f"there is no payment {payment_key!r} in what is published; "
            f"to say that the document stands alone, give its own key {own_key!r}"
        )
    is_open = document["is_ambiguous"] or document.get("suggested_payment_key")
    if payment_key == document["payment_key"] and not is_open:
        raise DecisionRefusedError(f"{document_id} belongs to {payment_key} already, by rule {document['match_rule']}")
    target = "stands alone" if payment_key == own_key else f"belongs to {payment_key}"
    amount = money(document["amount"], document["currency"])
    return {"document_id": document_id, "payment_key": payment_key}, f"force_match: {document_id} ({amount}) {target}"


def _document_id(connection: Any, wish: Wish) -> str:
    if wish.document:
        return wish.document.strip()
    if not wish.exception:
        raise DecisionRefusedError("force-match needs --document, or --exception of one whose subject is a document")
    rows = fetch(
        connection,
        "select subject_type, subject_id from marts.fct_exceptions where exception_id = ?",
        [_find_exception(connection, wish.exception)["exception_id"]],
    )
    if rows[0]["subject_type"] != "document":
        raise DecisionRefusedError(
            f"the exception is about {rows[0]['subject_type']} {rows[0]['subject_id']}: give --document"
        )
    return str(rows[0]["subject_id"])


def _known_decision(connection: Any, writer: decisions.Writer, decision_id: str) -> dict[str, Any]:
    """The latest version of a decision: recorded here, else delivered by hand and published."""
    wanted = decision_id.strip()
    for identifier in (wanted, wanted.split(":", 1)[-1]):
        recorded = writer.chain.version(identifier)
        if recorded is not None:
            return {name: value for name, value in recorded.items() if name not in (decisions.HASH, decisions.PREVIOUS)}
    rows = fetch(
        connection,
        "select * from staging.stg_manual__decisions where decision_id = ? or source_system || ':' || decision_id = ?",
        [wanted, wanted],
    )
    if len(rows) != 1:
        reason = "several sources have" if rows else "there is no"
        raise DecisionRefusedError(
            f"{reason} decision {wanted!r}; `sverka exceptions` lists those that wait for approval"
        )
    values = {name: value for name, value in rows[0].items() if not name.startswith("_")}
    return {name: _as_text(value) for name, value in values.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return decisions.utc_text(value.replace(tzinfo=UTC))
    return value.isoformat() if isinstance(value, date) else value


def _check_approval(values: dict[str, Any], actor: str, moment: datetime) -> None:
    name = f"{values['decision_id']} ({values['decision_type']})"
    if values["decision_type"] not in NEEDS_APPROVAL:
        raise DecisionRefusedError(f"{name} needs no second person; it takes effect as it is")
    approved_by = values.get("approved_by")
    if approved_by and approved_by != values["actor"]:
        raise DecisionRefusedError(f"{name} was approved already, by {approved_by} at {values.get('approved_at')}")
    if actor.casefold() == str(values["actor"]).strip().casefold():
        raise DecisionRefusedError(f"{name} was decided by {values['actor']}: somebody else has to approve it")
    if moment < datetime.fromisoformat(values["decided_at"]):
        raise DecisionRefusedError(f"{name} was decided at {values['decided_at']}: it cannot be approved before that")


def _answer(values: dict[str, Any], words: str, path: Path, day: date, last: date | None) -> dict[str, Any]:
    needs = values["decision_type"] in NEEDS_APPROVAL and not values.get("approved_by")
    command = f"sverka decide approve {values['decision_id']} --actor NAME"
    return {
        **{name: values.get(name) for name in contract(CONTRACT).column_names},
        "words": words,
        "file": path,
        "needs_approval": needs,
        "approve_command": command if needs else None,
        "effective_date": max(day, last) if last else day,
    }
