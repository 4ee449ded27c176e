"""The truth: its dates follow the rules, its subjects exist, every code in scope is there often enough."""

import csv
from collections import Counter

import pytest

from ingest.demo import World
from ingest.demo.timeline import HOUR, moment
from ingest.demo.truth import RULES, Arrivals, Truth
from tests.demo.conftest import contract_rows, extract_files

SOURCE_CODES = {"source_extract_missing", "rows_rejected", "extract_refused"}


def test_every_code_in_scope_is_injected_often_enough(faulty: World) -> None:
    counts = Counter(row.exception_code for row in faulty.truth if row.scope == "daily")
    daily = {code for code, rule in RULES.items() if rule.scope == "daily"}
    assert len(daily) == 35
    assert {code for code in daily if counts[code] < 3} == set()


def test_every_code_heals_at_least_once_or_stays(faulty: World) -> None:
    assert all(faulty.first_date <= row.first_date <= row.last_date <= faulty.last_date for row in faulty.truth)
    healed = {row.exception_code for row in faulty.truth if row.last_date < faulty.last_date}
    stays = {row.exception_code for row in faulty.truth if row.last_date == faulty.last_date}
    assert healed >= SOURCE_CODES
    assert len(healed) >= 30
    assert len(stays) >= 30


def test_an_exception_stands_once(faulty: World) -> None:
    subjects = [(row.exception_code, row.subject_type, row.subject_id) for row in faulty.truth]
    assert len(subjects) == len(set(subjects))


def test_a_clean_world_has_no_truth(clean: World) -> None:
    assert clean.truth == ()
    assert clean.deliveries == ()
    assert not any("FORD" in path.read_text(encoding="utf-8") for _, _, path in extract_files(clean))


def test_the_file_holds_the_truth(faulty: World) -> None:
    with (faulty.inbox.parent / "truth.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == ["exception_code", "subject_type", "subject_id", "first_date", "last_date", "scope"]
    assert [row[:3] for row in table[1:]] == [
        [row.exception_code, row.subject_type, row.subject_id] for row in faulty.truth
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
    orders = {str(row["order_id"]) for row in contract_rows(world, "website.orders")}
    return {"payment": payments, "refund": refunds, "document": documents, "order": orders}


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
