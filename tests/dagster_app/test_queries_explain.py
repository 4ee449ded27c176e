"""`explain` finds every kind of id and tells the whole story, and no one else's."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from dagster_app.queries import Explanation, NothingPublishedError, explain, to_json
from dagster_app.queries.records import RECORDS
from ingest.contract import contracts
from tests.dagster_app.published_fixture import FakeHome, World
from tests.dagster_app.story_fixture import told_story


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> FakeHome:
    return told_story(tmp_path_factory.mktemp("home"))


def records(answer: Explanation) -> list[str]:
    return [f"{statement.contract}/{statement.record_id}" for statement in answer.statements]


PAYMENT_1 = {
    "website.orders/ORD-1",
    "crm.invoices/INV-1",
    "crm.payment_requests/REQ-1",
    "crm.deals/DEAL-1",
    "provider.payments/pp-1",
    "website.payments/PAY-1",
    "erp.payments/doc-1#1",
    "erp.payments/doc-1#2",
    "fiscal.receipts/rc-1",
    "provider.refunds/pr-1",
    "erp.refunds/refdoc-1",
    "fiscal.receipts/rc-ref",
    "provider.payouts/BATCH-1",
    "bank.lines/bl-1",
}


@pytest.mark.parametrize(
    "identifier",
    [
        "PAY-1",
        "pp-1",
        "RRN1",
        "provider.payments:yookassa:pp-1",
        "website.payments:shop:PAY-1",
        "erp.payments:1c:doc-1",
        "doc-1",
        "doc-1#2",
        "БП00-000123",
        "rc-1",
        "FD-555",
        "fiscal.receipts:ofd:rc-1",
        "REF-1",
        "pr-1",
        "refdoc-1",
        "provider.refunds:yookassa:pr-1",
        "erp.refunds:1c:refdoc-1",
        "rc-ref",
        "fiscal.receipts:ofd:rc-ref",
        "yookassa:pp-1",
        "  PAY-1 ",
    ],
)
def test_any_id_of_a_payment_tells_that_payment_and_not_its_neighbours(home: FakeHome, identifier: str) -> None:
    answer = explain(home, identifier)
    assert answer.is_found and answer.suggestion is None
    assert [payment["payment_key"] for payment in answer.payments] == ["PAY-1"]
    assert set(records(answer)) == PAYMENT_1
    assert records(answer).count("fiscal.receipts/rc-1") == 2, "both attempts of the receipt are told"
    assert [refund["refund_key"] for refund in answer.refunds] == ["REF-1"]
    assert [event["ledger_event_id"] for event in answer.ledger] == ["e2"]
    assert [balance["invoice_id"] for balance in answer.balances] == ["INV-1"]
    assert {row["exception_code"] for row in answer.exceptions} == {"duplicate_payment", "payout_fee_mismatch"}


@pytest.mark.parametrize("identifier", ["ORD-1", "INV-1", "RES-1", "DEL-1", "warehouse.deliveries:wms:DEL-1", "DEAL-1"])
def test_an_order_or_invoice_tells_all_its_payments_goods_and_ledger(home: FakeHome, identifier: str) -> None:
    answer = explain(home, identifier)
    assert [payment["payment_key"] for payment in answer.payments] == ["PAY-1", "PAY-2"]
    goods = {"warehouse.reserves/RES-1", "warehouse.deliveries/DEL-1"}
    assert set(records(answer)) == PAYMENT_1 | goods | {
        "provider.payments/pp-2",
        "website.payments/PAY-2",
        "crm.payment_requests/REQ-2",
        "erp.payments/doc-amb",
    }
    assert [event["ledger_event_id"] for event in answer.ledger] == ["e1", "e2", "e3"]


def test_statements_come_in_time_order_with_their_source_and_rule(home: FakeHome) -> None:
    answer = explain(home, "PAY-1")
    assert records(answer)[0] == "website.orders/ORD-1"
    assert records(answer)[-1] == "bank.lines/bl-1"
    document = next(statement for statement in answer.statements if statement.record_id == "doc-1#1")
    assert document.match_rule == "provider_reference" and document.payment_key == "PAY-1"
    assert (document.file_name, document.row_number, document.file_sha256) == ("erp.payments.csv", 1, "ab" * 32)
    assert document.summary == "payment document posted, 6\u00a0000.00\u00a0AMD"
    assert "_file_name" not in document.values and document.values["number"] == "БП00-000123"


def test_an_ambiguous_document_is_told_as_a_candidate(home: FakeHome) -> None:
    statements = {statement.record_id: statement for statement in explain(home, "PAY-2").statements}
    assert statements["doc-amb"].is_candidate and statements["doc-amb"].candidates == ["PAY-2", "PAY-3"]
    assert not statements["pp-2"].is_candidate


@pytest.mark.parametrize("identifier", ["BATCH-1", "bl-1", "BANKREF-9", "yookassa:BATCH-1"])
def test_a_payout_or_bank_line_tells_both(home: FakeHome, identifier: str) -> None:
    assert set(records(explain(home, identifier))) == {"provider.payouts/BATCH-1", "bank.lines/bl-1"}


def test_an_exception_id_tells_its_subject(home: FakeHome) -> None:
    answer = explain(home, "id-duplicate_payment-ORD-1")
    assert {"kind": "exception", "id": "id-duplicate_payment-ORD-1"} in answer.found_as
    assert [payment["payment_key"] for payment in answer.payments] == ["PAY-1", "PAY-2"]


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> FakeHome:
    """One that closed itself, another with nearly its id, and a payout, a reserve and a postpaid invoice."""
    world = World(tmp_path_factory.mktemp("lives"))
    identifier = "abcdef0123456789" * 2
    world.exception("receipt_missing", "payment", "PAY-9", "No receipt.", exception_id=identifier, state="auto_closed")
    world.exception("receipt_missing", "payment", "PAY-8", "No receipt.", exception_id="0" * 32)
    for day, change, actor in ((18, "opened", None), (19, "assigned", "anna"), (20, "auto_closed", None)):
        world.mart(
            "fct_exception_history",
            date=date(2026, 11, day),
            exception_id=identifier,
            change=change,
            actor=actor,
        )
    world.mart("fct_exception_history", exception_id="0" * 32, change="opened")
    world.record("provider.payouts", "yookassa", settlement_batch_id="B-1")
    world.mart("fct_settlement_reconciliation", source_system="yookassa", settlement_batch_id="B-1")
    world.mart("fct_settlement_reconciliation", source_system="other", settlement_batch_id="B-1")
    world.record("warehouse.reserves", "wms", reserve_id="R-1")
    world.mart("fct_reserve_clearance", source_system="wms", reserve_id="R-1", is_cleared=False)
    world.exception("reserve_not_released", "reserve", "wms:R-1", "Held.")
    world.record("billing.invoices", "platform", platform_invoice_id="PI-1", status="open")
    world.mart("fct_postpaid_invoices", source_system="platform", platform_invoice_id="PI-1")
    world.exception("postpay_overdue", "postpaid_invoice", "platform:PI-1", "Overdue.")
    world.record("manual.decisions", "manual", decision_id="D-1", decision_type="resolve", exception_id=identifier)
    return world.close()


@pytest.mark.parametrize("asked", ["abcdef0123456789" * 2, "abcdef012345", "abcdef01", "D-1", "manual:D-1"])
def test_an_exception_tells_its_life_even_when_it_is_closed(lives: FakeHome, asked: str) -> None:
    answer = explain(lives, asked)
    assert [row["state"] for row in answer.exceptions] == ["auto_closed"]
    assert [(row["change"], row["actor"]) for row in answer.history] == [
        ("opened", None),
        ("assigned", "anna"),
        ("auto_closed", None),
    ]
    assert "manual.decisions/D-1" in records(answer)


def test_subjects_of_goods_settlement_and_postpaid_are_told_with_their_marts(lives: FakeHome) -> None:
    payout = explain(lives, "yookassa:B-1")
    assert [row["source_system"] for row in payout.payouts] == ["yookassa"]
    reserve = explain(lives, "wms:R-1")
    assert [row["is_cleared"] for row in reserve.reserves] == [False]
    assert [row["exception_code"] for row in reserve.exceptions] == ["reserve_not_released"]
    postpaid = explain(lives, "platform:PI-1")
    assert [row["platform_invoice_id"] for row in postpaid.postpaid_invoices] == ["PI-1"]
    assert [row["exception_code"] for row in postpaid.exceptions] == ["postpay_overdue"]


@pytest.mark.parametrize("identifier", ["", "   ", "zzzz", "' or 1=1 --", "erp.payments:1c:nothing", "%"])
def test_an_unknown_id_is_an_empty_answer_that_says_so(home: FakeHome, identifier: str) -> None:
    answer = explain(home, identifier)
    assert not answer.is_found and answer.statements == [] and answer.payments == []
    assert answer.suggestion and identifier.strip() in answer.suggestion


def test_an_unknown_id_suggests_similar_ones(home: FakeHome) -> None:
    answer = explain(home, "pay-1")
    assert "PAY-1" in answer.similar_ids
    assert answer.suggestion and "PAY-1" in answer.suggestion


def test_the_answer_is_json(home: FakeHome) -> None:
    told = json.loads(to_json(explain(home, "INV-1")))
    assert told["payments"][0]["provider_amount"] == "12000.0000"
    assert told["statements"][0]["at"] == "2026-11-18T09:00:00Z"


def test_nothing_published(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError, match="sverka run"):
        explain(FakeHome(tmp_path), "PAY-1")


def test_every_contract_is_followed_by_its_own_key_and_columns() -> None:
    """A contract that explain does not know would be silently left out of every story."""
    assert set(RECORDS) == set(contracts())
    for name, record in RECORDS.items():
        contract = contracts()[name]
        named = {*record.times, *record.finds, *record.gives, *record.links, *([record.state] if record.state else [])}
        assert record.key == contract.key[0]
        assert named <= set(contract.column_names), name
