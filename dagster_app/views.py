"""Answers as tables in a terminal, or as JSON. Shows what it is given, asks and decides nothing."""

from dataclasses import asdict
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from dagster_app import queries
from dagster_app.queries.money import money
from dagster_app.report.html import due
from ingest import terminal
from ingest.decisions import Chain, read_chain
from ingest.settings import Home, extract_dates, inbox_extracts, unknown_inbox_folders

if TYPE_CHECKING:
    from dagster_app.queries.statement import Statement
    from dagster_app.replay import Replay

PAYMENTS = (
    "currency",
    "payment_count",
    "payment_amount",
    "matched_count",
    "pending_count",
    "auto_match_rate_count",
    "auto_match_rate_amount",
    "open_count",
    "open_amount",
    "debt_amount",
    "overpayment_amount",
)
OPEN = ("severity", "exception_code", "owner", "open_count", "currency", "open_amount", "oldest_date", "title_en")
EXCEPTIONS = ("id", "severity", "exception_code", "subject", "money", "owner", "days", "due", "reason")
CLOSED = ("id", "state", "exception_code", "subject", "money", "first_seen_date", "closed_date", "resolved_by", "why")
WHOLE = ("id", "severity", "state", "money", "days", "due", "first_seen_date", "closed_date")
ID_SHOWN = 12
"""Characters of an exception id on a terminal: `decide` and `explain` take them."""
COVERAGE = (
    "feed",
    "contract",
    "coverage_date",
    "is_late",
    "first_extract_date",
    "last_extract_date",
    "missing_dates",
    "files",
    "rows_loaded",
    "rows_rejected",
)
STATEMENTS = ("at", "source", "id", "said", "rule", "extract", "file_and_row")
STATEMENT = ("currency", "opening_balance", "debit_turnover", "credit_turnover", "closing_balance")
STORY_PAYMENTS = (
    "payment_key",
    "match_status",
    "provider_state",
    "website_state",
    "crm_state",
    "erp_state",
    "fiscal_state",
    "provider_amount",
    "erp_amount",
    "fiscal_amount",
    "refunded_amount",
    "currency",
)
STORY_REFUNDS = ("refund_key", "match_status", "provider_state", "erp_state", "receipt_state", "provider_amount")
STORY_PAYOUTS = ("settlement_batch_id", "payout_date", "net_amount", "unexplained_amount", "currency", "match_status")
STORY_LEDGER = ("event_at", "event_kind", "invoice_id", "amount", "currency", "balance_after")
STORY_BALANCES = ("invoice_id", "invoice_amount", "paid_amount", "debt_amount", "overpayment_amount", "currency")
STORY_RESERVES = ("reserve_id", "invoice_id", "status", "amount", "is_cleared", "cleared_by", "missing_amount")
STORY_POSTPAID = ("platform_invoice_id", "account_id", "platform_status", "amount", "currency", "match_status")
STORY_EXCEPTIONS = ("severity", "exception_code", "state", "owner", "amount", "currency", "first_seen_date", "reason")
STORY_HISTORY = ("date", "exception_code", "change", "actor", "reason")


def show_run(answer: dict[str, Any], as_json: bool) -> None:
    """The summary of a run: what came in, how the day's payments stand, what is open."""
    if as_json:
        terminal.print_json(answer)
        return
    days = answer["days"]
    if len(days) > 1:
        columns = ["as_of", "files", "rows_read", "rows_loaded", "rows_rejected", "files_refused", "seconds"]
        terminal.print_table("Days run", days, columns)
    last = days[-1]
    click.echo(
        f"Published {answer['as_of']}: {last['files']:,} new files, {last['rows_read']:,} rows read, "
        f"{last['rows_loaded']:,} loaded, {last['rows_rejected']:,} rejected, {last['files_refused']:,} files refused "
        f"({sum(day['seconds'] for day in days):.1f} s for {len(days)} day{'s' if len(days) > 1 else ''})"
    )
    terminal.print_table(
        f"Payments of {answer['as_of']}", answer["payments"], PAYMENTS, "No payment has this business date."
    )
    _show_open(answer["open_exceptions"])
    click.echo(f"Tables: {answer['published']}\nReport: {answer['report']}")


def _show_open(rows: list[dict[str, Any]]) -> None:
    terminal.print_table("Open exceptions", rows, OPEN, "No open exceptions.")


def show_exceptions(home: Home, rows: list[dict[str, Any]], state: str, snoozed: int, as_json: bool) -> None:
    """The exceptions in a state, most urgent first; `snoozed` says how many more are hidden until their date."""
    if as_json:
        click.echo(queries.to_json(rows))
        return
    words = "" if state == "all" else f"{state.replace('_', '-')} "
    shown = [_exception(row, home.timezone) for row in rows]
    columns = EXCEPTIONS if state in ("open", "snoozed") else CLOSED
    title = f"{words}exceptions: {len(rows)}"
    terminal.print_table(title[0].upper() + title[1:], shown, columns, f"No {words}exceptions.", WHOLE)
    if snoozed:
        click.echo(f"Snoozed besides: {snoozed} (sverka exceptions --state snoozed)")


def _exception(row: dict[str, Any], timezone: str) -> dict[str, Any]:
    """A row as the list shows it: the beginning of its id, who works on it, when it is due in business time."""
    due_at = row["due_at"]
    local = due_at and due_at.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    shown = {
        "id": row["exception_id"][:ID_SHOWN],
        "subject": f"{row['subject_type']} {row['subject_id']}",
        "money": money(row["amount"], row["currency"]),
        "owner": row["assigned_to"] or row["owner"],
        "days": row["days_open"],
        "due": f"{due(local)}{' overdue' if row['is_overdue'] else ''}",
        "why": row["resolution_reason"],
    }
    return row | shown


def show_decision(answer: dict[str, Any], as_json: bool) -> None:
    """What was recorded, whether it waits for a second person, and with which run it takes effect."""
    if as_json:
        terminal.print_json(answer)
        return
    click.echo(f"Recorded {answer['decision_id']}: {answer['words']}.")
    effect = f"with the run of {answer['effective_date']} or later"
    if answer["needs_approval"]:
        click.echo(f"It needs a second person and has no effect before: {answer['approve_command']}")
        click.echo(f"Once approved, it takes effect {effect}.")
    else:
        click.echo(f"It takes effect {effect}.")
    click.echo(f"  {answer['file']}")


def show_replay(done: "Replay", as_json: bool) -> None:
    """Where a rebuilt date lies."""
    if as_json:
        terminal.print_json(asdict(done))
        return
    click.echo(f"Replayed {done.as_of}: {done.tables} tables, {done.rows:,} rows ({done.seconds} s)")
    click.echo(f"Tables: {done.database}\nWhat differs: sverka compare published {done.database}")


def show_statement(found: "Statement", path: Path, as_json: bool) -> None:
    """Opening balance, turnover and closing balance per currency, and where the statement lies."""
    if as_json:
        terminal.print_json(queries.to_jsonable(found) | {"file": path})
        return
    click.echo(f"Statement of {found.customer_name or found.customer_id}, {found.first} to {found.last}")
    balances = [vars(account) for account in found.accounts]
    terminal.print_table("Balances (positive: the customer owes)", balances, STATEMENT, "Nothing happened.")
    click.echo(path)


def show_status(home: Home, as_json: bool) -> None:
    """Feeds, coverage, last published date, open exceptions; works before the first run."""
    try:
        state: queries.Status | None = queries.status(home)
    except queries.NothingPublishedError:
        state = None
    unknown = unknown_inbox_folders(home)
    chain = read_chain(home)
    waiting = waiting_extracts(home, state.published_date if state else None)
    if as_json:
        published = queries.to_jsonable(state) if state else None
        answer = {"home": home.path, "published": published, "waiting": waiting, "unknown_folders": unknown}
        terminal.print_json(answer | {"decisions": chain_state(chain)})
        return
    click.echo(f"Home: {home.path}")
    if state is None:
        dates = sorted(extract_dates(home))
        reach = f"extracts from {dates[0]} to {dates[-1]}" if dates else "no extracts yet"
        click.echo(f"Nothing is published yet; {reach}. `sverka run` reconciles them.")
    else:
        click.echo(f"Last published: {state.published_date}")
        terminal.print_table("Feeds", state.coverage, COVERAGE, "No feed has delivered anything.")
        _show_open(state.open_exceptions)
    terminal.print_table("Waiting in the inbox", waiting, ("feed", "extracts", "first", "last"))
    click.echo(chain.summary())
    for problem in chain.problems:
        click.echo(f"  {problem}")
    for folder in unknown:
        click.echo(f"Not a feed, not read: {folder} (declare it in sverka.yml, or name it after a contract)")


def chain_state(chain: Chain) -> dict[str, Any]:
    """How the chain of decisions stands."""
    state = {"count": chain.count, "delivered_by_hand": len(chain.by_hand)}
    return state | {"is_intact": not chain.problems, "problems": chain.problems}


def waiting_extracts(home: Home, published_date: date | None) -> list[dict[str, Any]]:
    """Per feed the inbox extracts dated after the published date: feed, how many dates, the first and the last."""
    dates: dict[str, list[date]] = {}
    for feed, day, files in inbox_extracts(home):
        if files and (published_date is None or day > published_date):
            dates.setdefault(feed, []).append(day)
    return [{"feed": feed, "extracts": len(days), "first": days[0], "last": days[-1]} for feed, days in dates.items()]


def show_story(story: "queries.Explanation", as_json: bool) -> None:
    """The life of one id: every statement in time order, then the payments, refunds and exceptions it led to."""
    if as_json:
        click.echo(queries.to_json(story))
        return
    if not story.is_found:
        click.echo(story.suggestion or f"Nothing is known under {story.id!r}.")
        return
    found = ", ".join(" ".join(str(value) for value in row.values()) for row in story.found_as)
    click.echo(f"{story.id}, as of {story.as_of_date}: {found}")
    terminal.print_table("What every system said", map(_statement, story.statements), STATEMENTS, "No statements.")
    terminal.print_table("Payments", story.payments, STORY_PAYMENTS)
    terminal.print_table("Refunds", story.refunds, STORY_REFUNDS)
    terminal.print_table("Payouts", story.payouts, STORY_PAYOUTS)
    terminal.print_table("Ledger", story.ledger, STORY_LEDGER)
    terminal.print_table("Balances", story.balances, STORY_BALANCES)
    terminal.print_table("Reserves", story.reserves, STORY_RESERVES)
    terminal.print_table("Postpaid invoices", story.postpaid_invoices, STORY_POSTPAID)
    terminal.print_table("Exceptions", story.exceptions, STORY_EXCEPTIONS, "No exceptions.")
    terminal.print_table("Life of the exceptions", story.history, STORY_HISTORY)


def _statement(statement: "queries.Statement") -> dict[str, Any]:
    """One row of the story: when, who, what, by which rule it belongs here, and the file and row it came from."""
    rule = "candidate only" if statement.is_candidate else statement.match_rule
    source = f"{statement.file_name}:{statement.row_number}" if statement.file_name else None
    return {
        "at": statement.at,
        "source": statement.contract,
        "id": statement.record_id,
        "said": statement.summary,
        "rule": rule,
        "extract": statement.extract_date,
        "file_and_row": source,
    }
