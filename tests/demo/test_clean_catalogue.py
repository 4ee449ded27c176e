"""The ordinary world is clean of the rest of the catalogue too: goods, invoices, orders, payouts and the bank agree.

Each test restates a group of rules of exceptions.md in plain Python over the files, by extract day.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from ingest.demo import World
from tests.demo.conftest import Row, contract_rows

ZERO = Decimal(0)


def local(value: str | None) -> datetime:
    """A timestamp of any system as naive local time."""
    moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return moment.replace(tzinfo=None) + (timedelta(hours=4) if str(value).endswith("Z") else timedelta())


def latest(world: World, contract: str, key: str) -> dict[str, Row]:
    """The current version of each record at the end of the world."""
    found: dict[str, Row] = {}
    for row in contract_rows(world, contract):
        id_ = str(row[key])
        if id_ not in found or str(row["updated_at"]) >= str(found[id_]["updated_at"]):
            found[id_] = row
    return found


def amount(row: Row, name: str = "amount") -> Decimal:
    return Decimal(str(row[name]))


@dataclass
class Book:
    """Money and goods of one invoice or order."""

    events: list[tuple[datetime, Decimal]] = field(default_factory=list)
    paid: list[tuple[datetime, Decimal]] = field(default_factory=list)
    returns: Decimal = ZERO
    shipped: list[tuple[datetime, Decimal]] = field(default_factory=list)

    def covered(self, at: datetime) -> Decimal:
        return -sum((value for when, value in self.events if when <= at), ZERO)

    def uncovered_shipments(self) -> list[datetime]:
        out, total = [], ZERO
        for when, value in sorted(self.shipped):
            total += value
            if total > self.covered(when):
                out.append(when)
        return out


def is_direct(row: Row) -> bool:
    return not (row["payment_id"] or row["provider_reference"]) and row["document_type"] != "customer_card_payment"


@dataclass
class Ledger:
    """Books by invoice and by order, filled from the current records."""

    world: World
    invoices: dict[str, Book] = field(default_factory=lambda: defaultdict(Book))
    orders: dict[str, Book] = field(default_factory=lambda: defaultdict(Book))

    def __post_init__(self) -> None:
        crm = latest(self.world, "crm.invoices", "invoice_id")
        self.invoice_of_order = {row["order_id"]: id_ for id_, row in crm.items() if row["order_id"]}
        documents = latest(self.world, "erp.payments", "erp_document_id")
        self.parts: dict[str, list[Row]] = defaultdict(list)
        for id_, row in documents.items():
            if "#" in id_ and row["payment_id"]:
                self.parts[str(row["payment_id"])].append(row)
        payments = latest(self.world, "provider.payments", "provider_payment_id")
        for row in payments.values():
            if row["status"] == "paid":
                parts = self.parts.get(str(row["payment_id"]), []) if not row["invoice_id"] else []
                for invoice, value in [(p["invoice_id"], amount(p)) for p in parts] or [
                    (row["invoice_id"], amount(row))
                ]:
                    self._pay(invoice, row["order_id"], local(row["paid_at"]), value)
        for row in documents.values():
            if row["posted"] == "true" and is_direct(row):
                self._pay(row["invoice_id"], row["order_id"], local(row["document_date"]), amount(row))
        for row in latest(self.world, "provider.refunds", "provider_refund_id").values():
            payment = payments[str(row["provider_payment_id"])]
            self._add(payment["invoice_id"], payment["order_id"], local(row["refunded_at"]), amount(row))
        for row in latest(self.world, "erp.refunds", "erp_document_id").values():
            if row["invoice_id"]:
                self._add(row["invoice_id"], None, local(row["document_date"]), amount(row))
        for row in latest(self.world, "warehouse.returns", "return_id").values():
            if row["invoice_id"]:
                self._add(row["invoice_id"], None, local(row["returned_at"]), -amount(row))
                self.invoices[row["invoice_id"]].returns += amount(row)
        for row in latest(self.world, "erp.adjustments", "adjustment_id").values():
            self._add(row["invoice_id"], None, local(row["created_at"]), amount(row))
        for row in latest(self.world, "warehouse.deliveries", "delivery_id").values():
            book = self.invoices[row["invoice_id"]] if row["invoice_id"] else self.orders[str(row["order_id"])]
            book.shipped.append((local(row["shipped_at"]), amount(row)))

    def _pay(self, invoice: str | None, order: str | None, at: datetime, value: Decimal) -> None:
        self._add(invoice, order, at, -value)
        for books, id_ in ((self.invoices, invoice or self.invoice_of_order.get(order)), (self.orders, order)):
            if id_:
                books[id_].paid.append((at, value))

    def _add(self, invoice: str | None, order: str | None, at: datetime, value: Decimal) -> None:
        invoice = invoice or self.invoice_of_order.get(order)
        for books, id_ in ((self.invoices, invoice), (self.orders, order)):
            if id_:
                books[id_].events.append((at, value))


@pytest.fixture(scope="module")
def ledger(clean: World) -> Ledger:
    return Ledger(clean)


def test_nothing_is_shipped_or_released_without_clearance(clean: World, ledger: Ledger) -> None:
    approved = {str(row["invoice_id"]): local(row["approved_at"]) for row in contract_rows(clean, "crm.approvals")}
    for books in (ledger.invoices, ledger.orders):
        assert sum(len(book.shipped) for book in books.values()) > 50
        for id_, book in books.items():
            for when in book.uncovered_shipments():
                assert approved.get(id_, datetime.max) <= when, id_
    for row in latest(clean, "warehouse.reserves", "reserve_id").values():
        if row["status"] == "released":
            shipped = [when for when, _ in ledger.invoices[str(row["invoice_id"])].shipped]
            assert local(row["released_at"]) + timedelta(minutes=1) in shipped


def test_invoices_agree_and_close_the_day_after_the_last_event(clean: World, ledger: Ledger) -> None:
    crm = latest(clean, "crm.invoices", "invoice_id")
    erp = {str(row["invoice_id"]): row for row in latest(clean, "erp.invoices", "erp_document_id").values()}
    held = {
        row["invoice_id"]
        for row in latest(clean, "warehouse.reserves", "reserve_id").values()
        if row["status"] == "held"
    }
    closed = 0
    for id_, invoice in crm.items():
        if invoice["status"] == "cancelled" or (invoice["status"] == "draft"):
            assert id_ not in erp or erp[id_]["status"] == "cancelled"
            continue
        book, issued = ledger.invoices[id_], local(invoice["issued_at"]).date()
        if issued == clean.last_date and id_ not in erp:
            continue
        assert (amount(erp[id_]), erp[id_]["currency"]) == (amount(invoice), invoice["currency"])
        balance = amount(invoice) - book.covered(datetime.max)
        last = max((when for when, _ in book.events), default=datetime.min).date()
        assert balance >= 0 or -balance <= book.returns
        if balance == 0 and book.paid and last < clean.last_date:
            assert erp[id_]["status"] == "closed"
            assert id_ not in held
            closed += 1
        if balance > 0:
            assert erp[id_]["status"] == "open"
        due = date.fromisoformat(invoice["due_date"]) if invoice["due_date"] else issued + timedelta(days=30)
        assert balance <= 0 or due > clean.last_date
        assert sum((value for _, value in book.shipped), ZERO) - book.returns <= amount(invoice)
    assert closed > 80


def test_orders_are_paid_in_full_and_cancelled_ones_refunded(clean: World, ledger: Ledger) -> None:
    for id_, order in latest(clean, "website.orders", "order_id").items():
        book = ledger.orders[id_]
        if order["status"] in ("paid", "completed"):
            assert sum((value for _, value in book.paid), ZERO) == amount(order)
        elif order["status"] == "cancelled":
            assert book.covered(datetime.max) == 0


def test_payment_requests_are_paid_in_time_and_in_full(clean: World) -> None:
    paid = {row["payment_id"]: row for row in contract_rows(clean, "provider.payments") if row["status"] == "paid"}
    compared = 0
    for row in latest(clean, "crm.payment_requests", "payment_request_id").values():
        payment = paid.get(row["payment_id"]) if row["payment_id"] else None
        if payment is not None:
            assert (amount(payment), payment["currency"]) == (amount(row), row["currency"])
            assert local(payment["paid_at"]) <= local(row["expires_at"])
            compared += 1
    assert compared > 5


def test_paid_payments_are_settled_and_payouts_reach_the_bank(clean: World) -> None:
    lines = contract_rows(clean, "bank.lines")
    received = {(row["bank_reference"], amount(row)) for row in lines if row["bank_reference"]}
    payouts = latest(clean, "provider.payouts", "settlement_batch_id")
    for row in payouts.values():
        if (
            date.fromisoformat(str(row["payout_date"])) + timedelta(days=1) <= clean.last_date
            and amount(row, "net_amount") > 0
        ):
            assert (row["bank_reference"], amount(row, "net_amount")) in received
    for row in latest(clean, "provider.payments", "provider_payment_id").values():
        if row["status"] == "paid" and local(row["paid_at"]).date() < clean.last_date:
            assert row["settlement_batch_id"] in payouts


def test_lost_disputes_are_booked_the_next_day(clean: World) -> None:
    booked = {row["payment_id"]: row for row in contract_rows(clean, "erp.refunds") if row["posted"] == "true"}
    payments = {row["provider_payment_id"]: row["payment_id"] for row in contract_rows(clean, "provider.payments")}
    of_order = {row["order_id"]: row["payment_id"] for row in contract_rows(clean, "website.payments")}
    orders = {row["provider_payment_id"]: row["order_id"] for row in contract_rows(clean, "provider.payments")}
    lost = 0
    for row in latest(clean, "provider.disputes", "dispute_id").values():
        closed = local(row["closed_at"]) if row["status"] == "lost" else datetime.max
        if closed.date() < clean.last_date:
            id_ = row["provider_payment_id"]
            refund = booked[payments[id_] or of_order[orders[id_]]]
            assert (amount(refund), refund["currency"]) == (amount(row), row["currency"])
            assert local(refund["document_date"]) - closed < timedelta(days=1)
            lost += 1
    assert lost > 0


def test_bank_lines_and_direct_documents_belong_together(clean: World) -> None:
    documents: dict[str, Decimal] = defaultdict(Decimal)
    for row in latest(clean, "erp.payments", "erp_document_id").values():
        if is_direct(row) and row["document_type"] in ("bank_receipt", "incoming_payment_order"):
            documents[str(row["erp_document_id"]).split("#")[0]] += amount(row)
    lines = {
        str(row["erp_document_id"]): amount(row)
        for row in contract_rows(clean, "bank.lines")
        if not row["bank_reference"] and amount(row) > 0
    }
    assert lines == documents


def test_exposure_stays_within_the_credit_limits(clean: World, ledger: Ledger) -> None:
    limits = {
        str(row["contract_id"]): amount(row, "credit_limit")
        for row in contract_rows(clean, "crm.contracts")
        if row["credit_limit"]
    }
    exposure: dict[str, Decimal] = defaultdict(Decimal)
    for id_, invoice in latest(clean, "crm.invoices", "invoice_id").items():
        if invoice["contract_id"]:
            exposure[str(invoice["contract_id"])] += sum((value for _, value in ledger.invoices[id_].shipped), ZERO)
    assert all(shipped <= limits[contract] for contract, shipped in exposure.items())
