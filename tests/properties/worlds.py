"""Small random businesses: a seed is a world of one to twelve payments and all that goes with them, right or faulty.

Each world is first written as a business that agrees, then its rows are spoilt one by one at the world's own rate: lost,
late, doubled, re-sent, with another amount, currency, state, time or reference. Worlds live side by side in one
warehouse: every id begins with the world's prefix, source systems too, and no two worlds share a currency, because the
bank's lines find payouts by amount and currency alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from ingest.contract import Column, Contract, contract, contracts
from ingest.typing_sql import CURRENCIES

FIRST = date(2026, 11, 16)
"""The first extract, a Monday."""
MIDNIGHT = datetime(2026, 11, 15, 20, tzinfo=UTC)
"""When it begins in the business time zone."""
CURRENCIES_EACH = 3
MOST_WORLDS = len(CURRENCIES) // CURRENCIES_EACH
FAULT_RATES = (0.0, 0.03, 0.1, 0.3)

Values = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One row of one extract: `day` counts extracts from 0, `delivered` is the run before which it arrives."""

    contract: str
    day: int
    delivered: int
    values: Values

    def __str__(self) -> str:
        late = f", came on {self.delivered}" if self.delivered != self.day else ""
        shown = " ".join(f"{name}={value}" for name, value in self.values.items() if value is not None)
        return f"{self.contract}[{self.day}{late}] {shown}"


@dataclass(frozen=True, eq=False)
class World:
    """All rows of one small business, and what is its own: ids and source systems by prefix, and currencies."""

    seed: int
    number: int
    days: int
    currencies: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def prefix(self) -> str:
        return f"w{self.number}-"

    def __str__(self) -> str:
        head = f"world {self.seed} (as number {self.number}, {self.days} days)"
        return "\n  ".join([head, *sorted(map(str, self.rows))])


def at(hours: float) -> str:
    """A time so many hours after the first extract's day began."""
    return (MIDNIGHT + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def on(hours: float) -> str:
    """The business date of that time."""
    return (FIRST + timedelta(days=int(hours // 24))).isoformat()


def draw_world(seed: int, number: int, days: int, faults: bool = True) -> World:
    """The world of a seed; its ids and currencies follow from its number, all else from the seed."""
    rng = Random(seed)
    first = number * CURRENCIES_EACH
    currencies = CURRENCIES[first : first + CURRENCIES_EACH]
    if len(currencies) < CURRENCIES_EACH:
        raise ValueError(f"There are currencies for {MOST_WORLDS} worlds, {number} is beyond them.")
    business = _Business(rng, f"w{number}-", tuple(currencies), days)
    business.write()
    rate = rng.choice(FAULT_RATES) if faults else 0.0
    spoiler = _Spoiler(rng, rate, business)
    rows = tuple(row for drafted in business.rows for row in spoiler.spoil(drafted))
    return World(seed, number, days, tuple(currencies), rows)


@dataclass
class _Draft:
    contract: str
    hours: float
    values: Values


@dataclass
class _Business:
    """Writes a business in which everybody says the same."""

    rng: Random
    prefix: str
    currencies: tuple[str, ...]
    days: int
    rows: list[_Draft] = field(default_factory=list)
    counter: int = 0

    def add(self, kind: str, hours: float, /, **values: Any) -> Values:
        """A row known at that time; `updated_at` is that time, more or less often said."""
        columns = contract(kind).column_names
        if "updated_at" in columns and self.rng.random() < 0.8:
            values["updated_at"] = at(hours)
        self.rows.append(_Draft(kind, hours, values))
        return values

    def new(self, kind: str) -> str:
        self.counter += 1
        return f"{self.prefix}{kind}{self.counter}"

    def maybe(self, value: Any, chance: float = 0.5) -> Any:
        return value if self.rng.random() < chance else None

    def write(self) -> None:
        rng = self.rng
        self.systems = [f"{self.prefix}psp{number}" for number in (1, 2)][: rng.choice((1, 1, 2))]
        self.amounts = rng.sample(("100.00", "100.01", "250.50", "999.9999", "1000000.00", "0.01"), 2)
        self.customers = [self._customer() for _ in range(rng.choice((1, 1, 2)))]
        self.invoices = [self._invoice() for _ in range(rng.choice((0, 1, 1, 2)))]
        self.orders = [self._order() for _ in range(rng.choice((0, 1, 2, 3)))]
        self.batches: dict[tuple[str, str], list[tuple[str, Decimal, str]]] = {}
        for _ in range(rng.choice((1, 1, 2, 2, 3, 4, 6, 12))):
            rng.choice((self._card, self._card, self._card, self._transfer, self._transfer, self._cash))()
        for (system, batch), parts in self.batches.items():
            self._payout(system, batch, parts)
        for _ in range(rng.choice((0, 0, 1, 2))):
            self._postpaid()
        for _ in range(rng.choice((0, 0, 1))):
            self.add("erp.adjustments", self._hours(), adjustment_id=self.new("adj"), kind="correction",
                     invoice_id=self._any(self.invoices, "invoice_id"), customer_id=self._any(self.customers, "customer_id"),
                     amount=rng.choice(("10.00", "-10.00")), currency=self.currencies[0], posted=True, created_at=at(self._hours()))

    def _hours(self) -> float:
        """Any time from ten days before the first extract to the last; whole days are frequent, graces end there."""
        last = self.days * 24 - 1
        return self.rng.choice(
            (self.rng.uniform(-240, last), self.rng.uniform(-48, last), float(self.rng.choice((-168, -120, -72, -48, -24, 0, 24))))
        )

    def _any(self, rows: Sequence[Values], name: str) -> Any:
        return self.rng.choice(rows)[name] if rows else None

    def _amount(self) -> str:
        return self.rng.choice(self.amounts)

    def _currency(self) -> str:
        return self.rng.choice((self.currencies[0],) * 6 + (self.currencies[1],))

    def _customer(self) -> Values:
        rng, customer = self.rng, self.new("c")
        account = self.maybe(self.new("pa"))
        row = self.add("crm.customers", -200, customer_id=customer, name="Customer", customer_type=rng.choice(("company", "individual")),
                       tax_id=self.maybe(f"{self.prefix}tax{self.counter}", 0.8), personal_account=account, is_active=True)
        row = {**row, "contract_id": self.new("k"), "personal_account": account}
        self.add("crm.contracts", -200, contract_id=row["contract_id"], customer_id=customer, currency=self.currencies[0],
                 credit_limit=self.maybe(rng.choice(("0", "150.00", "5000000.00"))), payment_terms_days=self.maybe("14"),
                 responsible_manager=self.maybe("Manager"), personal_account=account, valid_from="2026-01-01", status="active")
        if account:
            self.add("billing.accounts", -200, personal_account=account, customer_id=customer,
                     organisation_tax_id=f"{self.prefix}org", is_active=True)
        return row

    def _order(self) -> Values:
        hours = self._hours()
        row = self.add("website.orders", hours, order_id=self.new("o"), customer_id=self._any(self.customers, "customer_id"),
                       amount=self._amount(), currency=self._currency(), created_at=at(hours),
                       status=self.rng.choice(("paid", "paid", "completed", "awaiting_payment", "cancelled")))
        return row

    def _invoice(self) -> Values:
        rng, hours, customer = self.rng, self._hours(), self.rng.choice(self.customers)
        row = dict(invoice_id=self.new("i"), customer_id=customer["customer_id"], contract_id=self.maybe(customer["contract_id"], 0.8),
                   order_id=None, amount=self._amount(), currency=self._currency(), issued_at=at(hours),
                   due_date=self.maybe(on(hours + 48), 0.7))
        row = self.add("crm.invoices", hours, **row, status=rng.choice(("issued", "approved", "closed", "issued", "draft", "cancelled")))
        if rng.random() < 0.8:
            self.add("erp.invoices", hours + 3, erp_document_id=self.new("ei"), number="1", posted=True, deleted=False,
                     **{name: row[name] for name in ("invoice_id", "customer_id", "contract_id", "amount", "currency", "issued_at", "due_date")},
                     customer_tax_id=customer.get("tax_id"), status=rng.choice(("open", "closed", "open")))
        self._goods(row, hours)
        if rng.random() < 0.2:
            self.add("crm.approvals", hours, approval_id=self.new("ap"), approval_type="manager_approval", invoice_id=row["invoice_id"],
                     actor=self.maybe("boss", 0.8), reason=self.maybe("trusted", 0.8), approved_at=self.maybe(at(hours), 0.8),
                     valid_until=self.maybe(at(hours + 30)))
        return row

    def _goods(self, row: Values, hours: float) -> None:
        rng, ids = self.rng, {name: row.get(name) for name in ("invoice_id", "order_id", "amount", "currency")}
        if rng.random() < 0.5:
            return
        later, reserve = hours + rng.choice((1, 20, 60)), self.new("r")
        released = rng.random() < 0.6
        self.add("warehouse.reserves", later, reserve_id=reserve, **ids, customer_id=row.get("customer_id"),
                 status="released" if released else "held", reserved_at=at(hours), released_at=at(later) if released else None)
        if rng.random() < 0.7:
            delivery = self.new("d")
            self.add("warehouse.deliveries", later + 1, delivery_id=delivery, reserve_id=reserve, **ids, status="shipped", shipped_at=at(later + 1))
            if rng.random() < 0.3:
                self.add("warehouse.returns", later + 20, return_id=self.new("wr"), delivery_id=delivery, **ids, status="received",
                         returned_at=at(later + 20))

    def _subject(self) -> Values:
        """What is paid for: an order, an invoice, both or neither; amount and currency of it or of their own."""
        rng = self.rng
        order = rng.choice(self.orders) if self.orders and rng.random() < 0.6 else {}
        invoice = rng.choice(self.invoices) if self.invoices and rng.random() < 0.5 else {}
        what = invoice or order
        customer = next((c for c in self.customers if c["customer_id"] == what.get("customer_id")), self.customers[0])
        own = not what or rng.random() < 0.2
        return dict(order_id=order.get("order_id"), invoice_id=invoice.get("invoice_id"), customer=customer,
                    amount=self._amount() if own else what["amount"], currency=self._currency() if own else what["currency"])

    def _card(self) -> None:
        rng, hours, what, payment = self.rng, self._hours(), self._subject(), self.new("p")
        money = dict(amount=what["amount"], currency=what["currency"])
        references = dict(order_id=what["order_id"], invoice_id=what["invoice_id"])
        system, provider, reference = rng.choice(self.systems), self.new("pp"), self.new("rrn")
        batch = f"{system}-batch{rng.choice((1, 2))}" if rng.random() < 0.6 else None
        paid = rng.random() < 0.85
        if rng.random() < 0.15:
            self.add("provider.payments", hours - 1, source_system=system, provider_payment_id=self.new("pp"), payment_id=payment, **references,
                     status="failed", **money, created_at=at(hours - 1))
        fee = self.maybe("1.00", 0.8)
        self.add("provider.payments", hours, source_system=system, provider_payment_id=provider, provider_reference=reference,
                 payment_id=self.maybe(payment, 0.8), **references, status="paid" if paid else rng.choice(("pending", "failed", "authorized")),
                 **money, fee_amount=fee, method="card", created_at=at(hours), paid_at=at(hours) if paid else None,
                 settlement_batch_id=batch if paid else None)
        if rng.random() < 0.85:
            self.add("website.payments", hours, payment_id=payment, provider_payment_id=provider, provider_reference=self.maybe(reference),
                     **references, **money, status="paid" if paid else "pending", status_source="webhook", created_at=at(hours),
                     paid_at=at(hours) if paid else None)
        if rng.random() < 0.4:
            self.add("crm.deals", hours, deal_id=self.new("deal"), payment_id=self.maybe(payment), **references, **money,
                     payment_status="paid" if paid else "unpaid", updated_at=at(hours))
        if what["invoice_id"] and rng.random() < 0.5:
            self.add("crm.payment_requests", hours - 5, payment_request_id=self.new("q"), invoice_id=what["invoice_id"], payment_id=payment,
                     kind="prepayment", **money, expires_at=self.maybe(at(hours + rng.choice((-1, 5)))), status="paid", created_at=at(hours - 5))
        if not paid:
            return
        if batch:
            self.batches.setdefault((system, batch), []).append(("gross", Decimal(what["amount"]), what["currency"]))
        erp = self._book(hours, what, payment, reference, rng.choice(("customer_card_payment", "customer_card_payment", "other")))
        if rng.random() < 0.9:
            self._receipt(hours, "sale", what, payment_id=self.maybe(payment, 0.7), erp_document_id=erp, order_id=what["order_id"])
        if rng.random() < 0.35:
            self._refund(hours, what, payment, system, provider, erp, batch)
        if rng.random() < 0.1:
            self.add("provider.disputes", hours + 30, source_system=system, dispute_id=self.new("dis"), provider_payment_id=provider, **money,
                     status=rng.choice(("lost", "won", "opened")), opened_at=at(hours + 10), closed_at=at(hours + 30))

    def _book(self, hours: float, what: Values, payment: str | None, reference: str | None, kind: str) -> str:
        """The accounting document, sometimes in parts for several invoices; its id."""
        rng, document, customer = self.rng, self.new("e"), what["customer"]
        parts = [(document, Decimal(what["amount"]), what["invoice_id"])]
        if rng.random() < 0.1:
            half = (Decimal(what["amount"]) / 2).quantize(Decimal("0.0001"))
            other = self._any(self.invoices, "invoice_id")
            parts = [(f"{document}#1", half, what["invoice_id"]), (f"{document}#2", Decimal(what["amount"]) - half, other)]
        chance = rng.choice((1.0, 0.5, 0.0))
        shared = dict(document_type=kind, number=document, posted=True, deleted=False, document_date=at(hours + 2),
                      payment_id=self.maybe(payment, chance), provider_reference=self.maybe(reference, chance),
                      order_id=self.maybe(what["order_id"], 0.7), customer_id=self.maybe(customer["customer_id"], 0.8),
                      customer_tax_id=self.maybe(customer.get("tax_id"), 0.8), organisation_tax_id=f"{self.prefix}org",
                      contract_id=self.maybe(customer["contract_id"], 0.6), currency=what["currency"], is_manual=rng.random() < 0.1,
                      changed_by=self.maybe("clerk"), fiscal_receipt_status=self.maybe(rng.choice(("success", "error", "accept")), 0.3))
        if rng.random() < 0.9:
            for part, amount, invoice in parts:
                self.add("erp.payments", hours + 2, erp_document_id=part, amount=str(amount), invoice_id=self.maybe(invoice, 0.8), **shared)
            self._export(hours, document, what, kind)
        return document

    def _export(self, hours: float, document: str, what: Values, kind: str) -> None:
        rng, account = self.rng, what["customer"]["personal_account"]
        if account and rng.random() < 0.7:
            self.add("billing.payments", hours + 3, platform_payment_id=self.new("bp"), kind="account", personal_account=account,
                     erp_document_id=document, payer_tax_id=what["customer"].get("tax_id"), organisation_tax_id=f"{self.prefix}org",
                     method_name=self.maybe("Оплата наличными", 0.3), amount=what["amount"], currency=what["currency"], status="completed",
                     created_at=at(hours + 3), paid_at=at(hours + 3))
        elif rng.random() < 0.2:
            self.add("erp.export_queue", hours + 3, erp_document_id=document, queued_at=at(hours + 3), attempts="3", last_error="timeout")

    def _receipt(self, hours: float, kind: str, what: Values, **ids: Any) -> None:
        rng, receipt = self.rng, self.new("f")
        shared = dict(receipt_id=receipt, receipt_type=kind, amount=what["amount"], currency=what["currency"], **ids)
        attempts = rng.choice((1, 1, 1, 2))
        for attempt in range(1, attempts):
            self.add("fiscal.receipts", hours, **shared, attempt_no=str(attempt), status="error", error_message="offline", created_at=at(hours))
        status = rng.choice(("success",) * 6 + ("queued", "error"))
        self.add("fiscal.receipts", hours + 1, **shared, attempt_no=str(attempts), status=status, created_at=at(hours + 1),
                 settlement_kind=self.maybe("payment"), registered_at=at(hours + 1) if status == "success" else None)

    def _refund(self, hours: float, what: Values, payment: str, system: str, provider: str, erp: str, batch: str | None) -> None:
        rng, later = self.rng, hours + self.rng.choice((5, 30, 60))
        amount = rng.choice((what["amount"], "0.01"))
        money, refund, provider_refund = dict(amount=amount, currency=what["currency"]), self.maybe(self.new("rf")), self.new("pr")
        batch = self.maybe(batch)
        self.add("provider.refunds", later, source_system=system, provider_refund_id=provider_refund, provider_payment_id=provider,
                 payment_id=self.maybe(payment), refund_id=refund, **money, status="succeeded", created_at=at(later), refunded_at=at(later),
                 settlement_batch_id=batch)
        if batch:
            self.batches.setdefault((system, batch), []).append(("refund", Decimal(amount), what["currency"]))
        ids = dict(refund_id=self.maybe(refund), provider_refund_id=self.maybe(provider_refund))
        document = self.new("er")
        if rng.random() < 0.8:
            self.add("erp.refunds", later + 2, erp_document_id=document, number=document, posted=True, deleted=False, document_date=at(later + 2),
                     original_erp_document_id=self.maybe(erp), payment_id=self.maybe(payment), **ids, invoice_id=self.maybe(what["invoice_id"]),
                     customer_id=what["customer"]["customer_id"], **money, is_manual=False)
        if rng.random() < 0.8:
            self._receipt(later, "refund", {**what, "amount": amount}, payment_id=self.maybe(payment, 0.7), **ids,
                          erp_document_id=self.maybe(document))

    def _transfer(self) -> None:
        rng, hours, what = self.rng, self._hours(), self._subject()
        document = self._book(hours, what, None, None, rng.choice(("bank_receipt", "incoming_payment_order")))
        if rng.random() < 0.8:
            self.add("bank.lines", hours, bank_line_id=self.new("bl"), account=f"{self.prefix}account", booked_date=on(hours),
                     amount=what["amount"], currency=what["currency"], counterparty_tax_id=self.maybe(what["customer"].get("tax_id"), 0.8),
                     purpose="payment", erp_document_id=self.maybe(document, 0.3))
        if rng.random() < 0.3:
            self._receipt(hours, "sale", what, erp_document_id=self.maybe(document))
        if rng.random() < 0.2:
            self.add("erp.refunds", hours + 30, erp_document_id=self.new("er"), number="1", posted=True, deleted=False,
                     document_date=at(hours + 30), original_erp_document_id=self.maybe(document), invoice_id=what["invoice_id"],
                     customer_id=what["customer"]["customer_id"], amount=what["amount"], currency=what["currency"], is_manual=False)

    def _cash(self) -> None:
        hours, what = self._hours(), self._subject()
        document = self._book(hours, what, None, None, "cash_receipt_order")
        if self.rng.random() < 0.5:
            self._receipt(hours, "sale", what, erp_document_id=document)

    def _payout(self, system: str, batch: str, parts: list[tuple[str, Decimal, str]]) -> None:
        rng, hours, currency = self.rng, self._hours(), parts[0][2]
        gross = sum((amount for kind, amount, _ in parts if kind == "gross"), Decimal(0))
        refunds = sum((amount for kind, amount, _ in parts if kind == "refund"), Decimal(0))
        fee, reference = Decimal(len(parts)), self.maybe(self.new("ref"))
        net = gross - refunds - fee
        if rng.random() < 0.2:
            return
        self.add("provider.payouts", hours, source_system=system, settlement_batch_id=batch, gross_amount=str(gross), refund_amount=str(refunds),
                 fee_amount=str(fee), net_amount=str(net), currency=currency, payout_date=on(hours), bank_reference=reference)
        if rng.random() < 0.8:
            self.add("bank.lines", hours + 24, bank_line_id=self.new("bl"), account=f"{self.prefix}account", booked_date=on(hours + 24),
                     amount=str(net), currency=currency, purpose="payout", bank_reference=self.maybe(reference, 0.8))
        if rng.random() < 0.2:
            what = dict(amount=str(gross), currency=currency, order_id=None, invoice_id=None, customer=self.customers[0])
            self._book(hours, what, None, rng.choice((batch, reference)), "bank_receipt")

    def _postpaid(self) -> None:
        rng, hours, account, invoice = self.rng, self._hours(), f"{self.prefix}acc{self.rng.choice((1, 2))}", self.new("bi")
        money, closed = dict(amount=self._amount(), currency=self._currency()), self.rng.random() < 0.8
        self.add("billing.invoices", hours, platform_invoice_id=invoice, account_id=account, billing_period_start="2026-10-01",
                 billing_period_end="2026-10-31", status="closed" if closed else "open", **money, closed_at=at(hours) if closed else None,
                 blocked_charges_amount=self.maybe("5.00", 0.1))
        erp_closed = rng.random() < 0.5
        if rng.random() < 0.8:
            self.add("erp.invoices", hours + 2, erp_document_id=self.new("ei"), number="1", posted=True, deleted=False, **money,
                     customer_id=self._any(self.customers, "customer_id"), issued_at=at(hours + 2), status="closed" if erp_closed else "open",
                     billing_period_start="2026-10-01", account_id=account)
        if rng.random() < 0.8:
            self.add("billing.payments", hours + 3, platform_payment_id=self.new("bp"), kind="postpaid", platform_invoice_id=invoice,
                     method_name=self.maybe("balance", 0.3), **money, status="completed" if erp_closed else "waiting",
                     due_date=self.maybe(on(hours + 30), 0.7), created_at=at(hours + 3), paid_at=at(hours + 4) if erp_closed else None)


@dataclass
class _Spoiler:
    """Turns a row into what arrives of it, and when."""

    rng: Random
    rate: float
    business: _Business

    def __post_init__(self) -> None:
        self.pool: dict[str, list[Any]] = {}
        for drafted in self.business.rows:
            for name, value in drafted.values.items():
                if value is not None:
                    self.pool.setdefault(name, []).append(value)

    def spoil(self, drafted: _Draft) -> Iterator[Row]:
        """A row of the agreeing world as none, one or several rows of its extracts."""
        values, shape = dict(drafted.values), contract(drafted.contract)
        day = max(0, int(drafted.hours // 24))
        if not self._luck():
            yield from self._deliver(shape, day, values)
            if drafted.contract == "erp.export_queue":
                yield from self._deliver(shape, day + 1, values)
            return
        fault = self.rng.choice((self._lose, self._double, self._resend, self._late, self._change, self._change, self._change, self._change))
        yield from fault(shape, day, values)

    def _luck(self) -> bool:
        return self.rng.random() < self.rate

    def _deliver(self, shape: Contract, day: int, values: Values, delivered: int | None = None) -> Iterator[Row]:
        if day < self.business.days and (delivered is None or delivered < self.business.days):
            yield Row(shape.name, day, day if delivered is None else delivered, dict(values))

    def _lose(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        return iter(())

    def _late(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        """In a later extract, or in a file of the same extract that arrives late."""
        if self.rng.random() < 0.5:
            yield from self._deliver(shape, day + 1, values)
        else:
            yield from self._deliver(shape, day, values, day + 1)

    def _double(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        yield from self._deliver(shape, day, values)
        again = dict(values)
        if self.rng.random() < 0.25:
            again["source_system"] = f"{self.business.prefix}other"
        elif shape.name == "erp.payments" and self.rng.random() < 0.5:
            again["erp_document_id"] = f"{values['erp_document_id'].split('#')[0]}#{self.rng.choice((1, 2, 3))}"
        else:
            again[shape.key[0]] = self.business.new("twin")
        yield from self._deliver(shape, day, again)

    def _resend(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        """Another version later, or before; its time of change newer, older or not said."""
        changed = self._changed(shape, values)
        if "updated_at" in shape.column_names:
            changed["updated_at"] = self.rng.choice((None, at(day * 24 + 30), at(day * 24 - 30)))
        yield from self._deliver(shape, day, values)
        yield from self._deliver(shape, day + self.rng.choice((0, 1, 2)), changed)

    def _change(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        yield from self._deliver(shape, day, self._changed(shape, values))

    def _changed(self, shape: Contract, values: Values) -> Values:
        changed = dict(values)
        names = [name for name in shape.column_names if name not in shape.key]
        for name in self.rng.sample(names, k=min(len(names), self.rng.choice((1, 1, 2)))):
            changed[name] = self._other(shape.column(name), changed.get(name))
        for column in shape.columns:
            due = any(changed.get(name) in states for name, states in (column.required_when or {}).items())
            if due and changed.get(column.name) is None:
                changed[column.name] = at(self.business._hours())
        return changed

    def _other(self, column: Column, value: Any) -> Any:
        rng = self.rng
        if not column.required and rng.random() < 0.4:
            return None
        if column.type == "amount":
            amounts = ["0", "0.01", "100.00", "250.50", "3"] + (["-100.00"] if column.signed else [])
            near = [] if value is None else [str(abs(Decimal(value)) * 2), str(Decimal(value) + Decimal("0.0001"))]
            return rng.choice(amounts + near)
        others = {
            "currency": lambda: rng.choice(self.business.currencies),
            "enum": lambda: rng.choice(column.values),
            "boolean": lambda: rng.random() < 0.5,
            "timestamp": lambda: at(self.business._hours()),
            "date": lambda: on(self.business._hours()),
            "integer": lambda: str(rng.choice((0, 1, 2))),
            "text": lambda: rng.choice(self.pool.get(column.name) or [f"{self.business.prefix}unknown"]),
        }
        return others[column.type]()
