"""The ordinary world is clean of the postpaid and the export codes on every day, not only at its end.

Each test restates rules of exceptions.md in plain Python over what the extracts up to a day say.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from ingest.demo import World
from ingest.demo.billing import METHODS
from tests.demo.conftest import Row, contract_rows, extract_files, rows
from tests.demo.test_clean_catalogue import amount, local

BILLED = ("erp.payments", "erp.invoices", "billing.invoices", "billing.payments", "billing.accounts", "crm.contracts")
KEYS = {
    "erp.payments": "erp_document_id",
    "erp.invoices": "erp_document_id",
    "billing.invoices": "platform_invoice_id",
    "billing.payments": "platform_payment_id",
    "billing.accounts": "personal_account",
    "crm.contracts": "contract_id",
}
Known = dict[str, dict[str, Row]]


def midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min)


@pytest.fixture(scope="module")
def days(clean: World) -> list[tuple[datetime, Known, dict[str, Row]]]:
    """For each day its end, the current records then, and the picture of the queue."""
    told = []
    known: Known = {contract: {} for contract in BILLED}
    extracts: dict[tuple[str, str], list[Row]] = {}
    for contract, day, path in extract_files(clean):
        if contract in (*BILLED, "erp.export_queue"):
            extracts.setdefault((contract, day), []).extend(rows(path))
    for day in clean.dates:
        for contract in BILLED:
            batch = sorted(extracts[contract, day.isoformat()], key=lambda row: str(row["updated_at"]))
            known[contract].update((str(row[KEYS[contract]]), row) for row in batch)
        queue = {str(row["erp_document_id"]): row for row in extracts["erp.export_queue", day.isoformat()]}
        told.append((midnight_after(day), {contract: dict(current) for contract, current in known.items()}, queue))
    return told


def older(end: datetime, since: datetime, hours: int) -> bool:
    return end - since > timedelta(hours=hours)


def test_postpaid_invoices_are_closed_approved_and_paid_in_time(
    days: list[tuple[datetime, Known, dict[str, Row]]],
) -> None:
    paid = external = 0
    for end, known, _ in days:
        linked = {
            row["platform_invoice_id"]: row
            for row in known["billing.payments"].values()
            if row["kind"] == "postpaid" and row["status"] != "cancelled"
        }
        erp = {
            (row["account_id"], row["billing_period_start"]): row
            for row in known["erp.invoices"].values()
            if row["account_id"]
        }
        assert len({row["account_id"] for row in known["billing.invoices"].values()}) == len(known["billing.invoices"])
        for id_, row in known["billing.invoices"].items():
            over = midnight_after(date.fromisoformat(str(row["billing_period_end"])))
            assert amount(row, "blocked_charges_amount") == 0 or end <= over
            if row["status"] == "open":
                assert not older(end, over + timedelta(days=2), 0)
                continue
            closed, payment = local(row["closed_at"]), linked.get(id_)
            assert payment is not None
            document = erp[row["account_id"], row["billing_period_start"]]
            total = amount(row, "external_total") if row["external_total"] else amount(row)
            external += row["external_total"] is not None
            assert (amount(document), document["currency"]) == (total, row["external_currency"] or row["currency"])
            assert payment["due_date"] or not older(end, closed, 72)
            assert payment["method_name"] != "balance"
            if payment["status"] == "completed":
                assert payment["due_date"]
                assert document["status"] == "closed" or not older(end, local(payment["paid_at"]), 24)
                paid += 1
            else:
                assert not payment["due_date"] or end <= midnight_after(date.fromisoformat(payment["due_date"]))
                assert document["status"] == "open"
    assert paid > 100
    assert external > 20


def test_documents_reach_billing_as_they_are(days: list[tuple[datetime, Known, dict[str, Row]]]) -> None:
    compared = waited = 0
    for end, known, queue in days:
        accounts = {id_: row["personal_account"] for id_, row in known["crm.contracts"].items()}
        exported: dict[str, list[Row]] = {}
        for row in known["billing.payments"].values():
            if row["kind"] == "account" and row["status"] != "cancelled":
                exported.setdefault(str(row["erp_document_id"]), []).append(row)
                assert str(row["erp_document_id"]) in known["erp.payments"]
                assert known["billing.accounts"][str(row["personal_account"])]["is_active"] == "true"
        for id_, document in known["erp.payments"].items():
            if document["document_type"] not in METHODS or not accounts.get(str(document["contract_id"])):
                assert id_ not in queue
                continue
            if id_ in queue:
                assert not older(end, local(queue[id_]["queued_at"]), 2)
                waited += 1
                continue
            (payment,) = exported[id_]
            assert (amount(payment), payment["currency"]) == (amount(document), document["currency"])
            assert payment["personal_account"] == accounts[str(document["contract_id"])]
            assert payment["payer_tax_id"] == document["customer_tax_id"]
            assert payment["organisation_tax_id"] == document["organisation_tax_id"]
            assert METHODS[str(document["document_type"])].lower() in str(payment["method_name"]).lower()
            compared += 1
    assert compared > 500
    assert waited > 10


def test_cards_at_the_desk_are_paid_booked_and_receipted(clean: World) -> None:
    paid = {row["payment_id"]: row for row in contract_rows(clean, "provider.payments") if row["status"] == "paid"}
    receipts = {row["payment_id"]: row for row in contract_rows(clean, "fiscal.receipts") if row["status"] == "success"}
    desk = [row for row in contract_rows(clean, "erp.payments") if str(row["payment_id"]).startswith("PAY-LS")]
    assert len(desk) == clean.days
    for row in desk:
        assert amount(paid[row["payment_id"]]) == amount(receipts[row["payment_id"]]) == amount(row) > Decimal(0)
