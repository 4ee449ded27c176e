"""The truth: its dates follow the rules, its subjects exist, every code is there often enough, lives make sense."""

import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.demo import World
from ingest.demo.faults_sources import LATE
from ingest.demo.rules import RULES
from ingest.demo.timeline import DAY, HOUR, moment
from ingest.demo.truth import RESOLVED, Arrivals, Truth
from ingest.demo.world import TruthRow
from tests.demo.conftest import contract_rows, extract_files

CATALOGUE = Path(__file__).parents[2] / "dbt_project" / "seeds" / "exception_types.csv"
SOURCE_CODES = {"source_extract_missing", "rows_rejected", "extract_refused"}


def test_every_code_of_the_catalogue_is_injected_often_enough(faulty: World) -> None:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        catalogue = {row["exception_code"] for row in csv.DictReader(file)}
    subjects = {(row.exception_code, row.subject_type, row.subject_id) for row in faulty.truth}
    counts = Counter(code for code, _, _ in subjects)
    assert len(catalogue) == 90
    assert set(RULES) == catalogue
    assert {code for code in catalogue if counts[code] < 3} == set()


def test_the_rules_of_time_are_those_of_the_catalogue() -> None:
    """Transcribed twice from the same text, so a slip in either shows; the order of systems does not matter."""
    with CATALOGUE.with_name("exception_seen_by.csv").open(encoding="utf-8", newline="") as file:
        seen: dict[str, set[str]] = {}
        for row in csv.DictReader(file):
            seen.setdefault(row["exception_code"], set()).add(row["contract"])
    assert {code: set(rule.seen_by) for code, rule in RULES.items() if rule.seen_by} == seen


def test_every_code_heals_at_least_once_or_stays(faulty: World) -> None:
    assert all(faulty.first_date <= row.first_date <= row.last_date <= faulty.last_date for row in faulty.truth)
    healed = {row.exception_code for row in faulty.truth if row.last_date < faulty.last_date}
    stays = {row.exception_code for row in faulty.truth if row.last_date == faulty.last_date}
    assert healed >= SOURCE_CODES
    assert len(healed) >= 85
    assert len(stays) >= 85


def lives(world: World) -> dict[tuple[str, str, str], list[TruthRow]]:
    """The stretches of each exception, in order."""
    found: dict[tuple[str, str, str], list[TruthRow]] = {}
    for row in sorted(world.truth, key=lambda row: row.first_date):
        found.setdefault((row.exception_code, row.subject_type, row.subject_id), []).append(row)
    return found


def test_the_stretches_of_a_life_follow_each_other(faulty: World) -> None:
    for life in lives(faulty).values():
        for before, after in pairwise(life):
            gap = (after.first_date - before.last_date).days
            assert gap >= 1, life
            assert gap > 1 or before.state != after.state, life
        assert {row.state for row in life} <= {"open", "snoozed", "resolved"}
        assert life[0].state == "open", "nobody decides before it was seen"


def test_every_kind_of_life_is_told(faulty: World) -> None:
    """Closed by itself, broken again, resolved for good and not for good, hidden for a while, accepted."""
    told = {
        " ".join(
            ("gap " if n and (row.first_date - life[n - 1].last_date).days > 1 else "") + row.state
            for n, row in enumerate(life)
        )
        + ("" if life[-1].last_date == faulty.last_date else " closed")
        for life in lives(faulty).values()
    }
    assert told >= {
        "open",
        "open closed",
        "open gap open",
        "open gap open closed",
        "open resolved",
        "open resolved open",
        "open resolved closed",
        "open snoozed open",
    }


def test_a_replayed_day_differs_once_the_late_extract_is_there(faulty: World) -> None:
    """The shop's late extract holds back what it covers; with it, the same days would have shown more."""
    contract, about, arrives = LATE[0]
    late = f"{contract}:{faulty.dates[about]}"
    shows = faulty.dates[arrives]
    assert ("source_extract_missing", "feed", late, "open") in faulty.expected_on(faulty.dates[arrives - 1])
    seen_by_it = {code for code, rule in RULES.items() if contract in rule.seen_by}
    assert len({row.exception_code for row in faulty.truth if row.first_date == shows} & seen_by_it) >= 3


def test_a_clean_world_has_no_truth(clean: World) -> None:
    assert clean.truth == ()
    assert clean.deliveries == ()
    assert not any("FORD" in path.read_text(encoding="utf-8") for _, _, path in extract_files(clean))


def test_the_file_holds_the_truth(faulty: World) -> None:
    with (faulty.inbox.parent / "truth.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == ["exception_code", "subject_type", "subject_id", "first_date", "last_date", "state"]
    assert [[*row[:3], row[5]] for row in table[1:]] == [
        [row.exception_code, row.subject_type, row.subject_id, row.state] for row in faulty.truth
    ]


def test_subjects_exist_in_the_files(faulty: World) -> None:
    known = _known_subjects(faulty)
    for row in faulty.truth:
        if row.subject_type == "feed":
            contract, day = row.subject_id.split(":")
            assert (faulty.inbox / contract).is_dir()
            assert day == row.first_date.isoformat()
        else:
            assert row.subject_id in known[row.subject_type], row


def _known_subjects(world: World) -> dict[str, set[str]]:
    payments: set[str] = set()
    refunds: set[str] = set()
    documents: set[str] = set()
    for contract, leg, key in (
        ("provider.payments", "provider", "provider_payment_id"),
        ("website.payments", "website", "payment_id"),
        ("erp.payments", "erp", "erp_document_id"),
        ("fiscal.receipts", "fiscal", "receipt_id"),
    ):
        for row in contract_rows(world, contract):
            system = row.get("source_system") or leg
            payments |= {f"{leg}:{system}:{row[key]}", str(row["payment_id"])}
            documents.add(f"{contract}:{system}:{row[key]}")
    for row in contract_rows(world, "provider.refunds"):
        refunds |= {str(row["refund_id"]), f"provider:{row['source_system']}:{row['provider_refund_id']}"}
    for row in contract_rows(world, "erp.refunds"):
        refunds |= {str(row["refund_id"]), f"erp:erp:{row['erp_document_id']}"}
        documents.add(f"erp.refunds:erp:{row['erp_document_id']}")
    for row in contract_rows(world, "bank.lines"):
        documents.add(f"bank.lines:bank:{row['bank_line_id']}")
    return {
        "payment": payments,
        "refund": refunds,
        "document": documents,
        "order": ids(world, "website.orders", "order_id"),
        "invoice": ids(world, "crm.invoices", "invoice_id"),
        "dispute": ids(world, "provider.disputes", "dispute_id", ""),
        "payout": ids(world, "provider.payouts", "settlement_batch_id", ""),
        "delivery": ids(world, "warehouse.deliveries", "delivery_id", "warehouse"),
        "reserve": ids(world, "warehouse.reserves", "reserve_id", "warehouse"),
        "approval": ids(world, "crm.approvals", "approval_id", "crm"),
        "contract": ids(world, "crm.contracts", "contract_id", "crm"),
        "payment_request": ids(world, "crm.payment_requests", "payment_request_id", "crm"),
        "postpaid_invoice": ids(world, "billing.invoices", "platform_invoice_id", "billing"),
        "billing_payment": ids(world, "billing.payments", "platform_payment_id", "billing"),
        "decision": ids(world, "manual.decisions", "decision_id", "manual"),
    }


def ids(world: World, contract: str, key: str, system: str | None = None) -> set[str]:
    """Ids of a contract, behind the system when one is given; empty: behind that of the row."""
    if system is None:
        return {str(row[key]) for row in contract_rows(world, contract)}
    return {f"{system or row['source_system']}:{row[key]}" for row in contract_rows(world, contract)}


# ---------- the rules of time


def truth(days: int = 10, **late: tuple[int, int | None]) -> Truth:
    """A truth in which the given contracts (``provider_payments=(day, arrives)``) come late."""
    exceptions = {(name.replace("_", "."), day): arrives for name, (day, arrives) in late.items()}
    return Truth(Arrivals(days, exceptions))


def dates(made: Truth) -> list[tuple[int, int]]:
    return [(fault.first_day, fault.last_day) for fault in made.faults]


def test_grace_is_strict_and_counts_to_the_end_of_the_covered_day() -> None:
    made = truth()
    known = [("provider.payments", moment(2, 0))]
    made.expect("provider_paid_erp_unpaid", "payment", "P", event=moment(2, 0), known=known)
    made.expect("provider_paid_erp_unpaid", "payment", "Q", event=moment(2, 0) - 1, known=known)
    assert dates(made) == [(3, 9), (2, 9)]


@pytest.mark.parametrize(("hour", "first"), [(22, 4), (23, 5)])
def test_an_hour_of_grace_before_midnight(hour: int, first: int) -> None:
    made = truth()
    paid = moment(4, hour) - 1 if hour == 22 else moment(4, hour)
    made.expect("provider_paid_website_unpaid", "payment", "P", event=paid, known=[("provider.payments", paid)])
    assert dates(made) == [(first, 9)]


def test_a_late_extract_delays_what_it_covers_and_nothing_else() -> None:
    made = truth(website_payments=(4, 6))
    event = moment(3, 12)
    known = [("provider.payments", event)]
    made.expect("provider_paid_erp_unpaid", "payment", "P", event=event, known=known)
    made.expect("erp_amount_mismatch", "payment", "P", event=event, known=known)
    assert dates(made) == [(6, 9), (4, 9)]


def test_a_record_in_a_late_extract_is_known_when_it_arrives() -> None:
    made = truth(erp_payments=(5, 8))
    event = moment(3, 12)
    made.expect("refund_amount_mismatch", "refund", "R", event=event, known=[("erp.payments", moment(5, 9))])
    assert dates(made) == [(8, 9)]


def test_an_extract_that_never_comes_silences_what_it_covers() -> None:
    made = truth(crm_deals=(4, None))
    for event in (moment(2, 12), moment(3, 12)):
        made.expect("crm_status_mismatch", "payment", "P", event=event, known=[("crm.deals", event)])
    assert dates(made) == [(3, 9)]


def test_it_heals_when_the_last_healing_record_is_known() -> None:
    made = truth(erp_payments=(5, 7))
    event = moment(1, 12)
    healed = [("erp.invoices", moment(4, 9)), ("erp.payments", moment(5, 9))]
    made.expect("refund_amount_mismatch", "refund", "R", event=event, known=[("erp.refunds", event)], healed=healed)
    assert dates(made) == [(1, 6)]


def test_what_heals_before_it_shows_is_not_expected() -> None:
    made = truth()
    event = moment(1, 12)
    healed = [("erp.payments", event + 12 * HOUR)]
    made.expect(
        "provider_paid_erp_unpaid", "payment", "P", event=event, known=[("provider.payments", event)], healed=healed
    )
    assert dates(made) == []


def test_a_healing_after_the_end_of_the_world_does_not_count() -> None:
    made = truth(days=5)
    event = moment(1, 12)
    made.expect(
        "refund_amount_mismatch",
        "refund",
        "R",
        event=event,
        known=[("erp.refunds", event)],
        healed=[("erp.refunds", moment(7, 9))],
    )
    assert dates(made) == [(1, 4)]


def test_a_record_of_a_waived_extract_is_never_known() -> None:
    made = Truth(Arrivals(10, {("erp.payments", 4): 6}, frozenset({("erp.payments", 4)})))
    made.expect("refund_amount_mismatch", "refund", "R", event=0, known=[("erp.payments", 4 * DAY)])
    made.expect("erp_amount_mismatch", "payment", "P", event=moment(4, 1), known=[("provider.payments", moment(4, 1))])
    assert dates(made) == [(6, 9)]


def test_decisions_say_in_which_state_it_stands() -> None:
    made = truth()
    made.add("refund_amount_mismatch", "refund", "R", 2, 7)
    made.add("refund_amount_mismatch", "refund", "R", 9, 9)
    made.decide("refund_amount_mismatch", "refund", "R", RESOLVED, range(4, 9))
    assert [(fault.first_day, fault.last_day, fault.state) for fault in made.faults] == [
        (2, 3, "open"),
        (4, 7, "resolved"),
        (9, 9, "open"),
    ]


def test_an_exception_cannot_stand_twice_on_one_day() -> None:
    made = truth()
    made.add("refund_amount_mismatch", "refund", "R", 2, 7)
    with pytest.raises(ValueError, match="expected twice"):
        made.add("refund_amount_mismatch", "refund", "R", 7, 8)
    with pytest.raises(ValueError, match="Unknown code"):
        made.add("not_a_code", "refund", "R", 1, 2)
