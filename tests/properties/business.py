"""A random business in which everybody says the same: card payments, transfers, cash, payouts, postpaid invoices."""

from decimal import Decimal

from tests.properties.books import Books
from tests.properties.drafting import STYLES
from tests.properties.rows import at, on


class Business(Books):
    """Writes one to twelve payments and all that goes with them."""

    def write(self) -> None:
        rng = self.rng
        self.style = rng.choice(STYLES)
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
            self.add(
                "erp.adjustments",
                self.hours(),
                adjustment_id=self.new("adj"),
                kind="correction",
                invoice_id=self._any(self.invoices, "invoice_id"),
                customer_id=self._any(self.customers, "customer_id"),
                amount=rng.choice(("10.00", "-10.00")),
                currency=self.currencies[0],
                posted=True,
                created_at=at(self.hours()),
            )

    def _card(self) -> None:
        rng, hours, what, payment = self.rng, self.hours(), self._subject(), self.new("p")
        money = {"amount": what["amount"], "currency": what["currency"]}
        references = {"order_id": what["order_id"], "invoice_id": what["invoice_id"]}
        system, provider, reference = rng.choice(self.systems), self.new("pp"), self.new("rrn")
        batch = f"{system}-batch{rng.choice((1, 2))}" if rng.random() < 0.6 else None
        paid = rng.random() < 0.85
        if rng.random() < 0.15:
            self.add(
                "provider.payments",
                hours - 1,
                source_system=system,
                provider_payment_id=self.new("pp"),
                payment_id=payment,
                **references,
                status="failed",
                **money,
                created_at=at(hours - 1),
            )
        fee = self.maybe("1.00", 0.8)
        self.add(
            "provider.payments",
            hours,
            source_system=system,
            provider_payment_id=provider,
            provider_reference=reference,
            payment_id=self.maybe(payment, 0.8),
            **references,
            status="paid" if paid else rng.choice(("pending", "failed", "authorized")),
            **money,
            fee_amount=fee,
            method="card",
            created_at=at(hours),
            paid_at=at(hours) if paid else None,
            settlement_batch_id=batch if paid else None,
        )
        if rng.random() < 0.85:
            self.add(
                "website.payments",
                hours,
                payment_id=payment,
                provider_payment_id=provider,
                provider_reference=self.maybe(reference),
                **references,
                **money,
                status="paid" if paid else "pending",
                status_source="webhook",
                created_at=at(hours),
                paid_at=at(hours) if paid else None,
            )
        if rng.random() < 0.4:
            self.add(
                "crm.deals",
                hours,
                deal_id=self.new("deal"),
                payment_id=self.maybe(payment),
                **references,
                **money,
                payment_status="paid" if paid else "unpaid",
                updated_at=at(hours),
            )
        if what["invoice_id"] and rng.random() < 0.5:
            self.add(
                "crm.payment_requests",
                hours - 5,
                payment_request_id=self.new("q"),
                invoice_id=what["invoice_id"],
                payment_id=payment,
                kind="prepayment",
                **money,
                expires_at=self.maybe(at(hours + rng.choice((-1, 5)))),
                status="paid",
                created_at=at(hours - 5),
            )
        if not paid:
            return
        if batch:
            self.batches.setdefault((system, batch), []).append(("gross", Decimal(what["amount"]), what["currency"]))
        erp = self._book(
            hours, what, payment, reference, rng.choice(("customer_card_payment", "customer_card_payment", "other"))
        )
        if rng.random() < 0.9:
            self._receipt(
                hours, "sale", what, payment_id=self.maybe(payment, 0.7), erp_document_id=erp, order_id=what["order_id"]
            )
        if rng.random() < 0.35:
            self._refund(hours, what, payment, system, provider, erp, batch)
        if rng.random() < 0.1:
            self.add(
                "provider.disputes",
                hours + 30,
                source_system=system,
                dispute_id=self.new("dis"),
                provider_payment_id=provider,
                **money,
                status=rng.choice(("lost", "won", "opened")),
                opened_at=at(hours + 10),
                closed_at=at(hours + 30),
            )

    def _transfer(self) -> None:
        rng, hours, what = self.rng, self.hours(), self._subject()
        document = self._book(hours, what, None, None, rng.choice(("bank_receipt", "incoming_payment_order")))
        if rng.random() < 0.8:
            self.add(
                "bank.lines",
                hours,
                bank_line_id=self.new("bl"),
                account=f"{self.prefix}account",
                booked_date=on(hours),
                amount=what["amount"],
                currency=what["currency"],
                counterparty_tax_id=self.maybe(what["customer"].get("tax_id"), 0.8),
                purpose="payment",
                erp_document_id=self.maybe(document, 0.3),
            )
        if rng.random() < 0.3:
            self._receipt(hours, "sale", what, erp_document_id=self.maybe(document))
        if rng.random() < 0.2:
            self.add(
                "erp.refunds",
                hours + 30,
                erp_document_id=self.new("er"),
                number="1",
                posted=True,
                deleted=False,
                document_date=at(hours + 30),
                original_erp_document_id=self.maybe(document),
                invoice_id=what["invoice_id"],
                customer_id=what["customer"]["customer_id"],
                amount=what["amount"],
                currency=what["currency"],
                is_manual=False,
            )

    def _cash(self) -> None:
        hours, what = self.hours(), self._subject()
        document = self._book(hours, what, None, None, "cash_receipt_order")
        if self.rng.random() < 0.5:
            self._receipt(hours, "sale", what, erp_document_id=document)

    def _payout(self, system: str, batch: str, parts: list[tuple[str, Decimal, str]]) -> None:
        rng, hours, currency = self.rng, self.hours(), parts[0][2]
        gross = sum((amount for kind, amount, _ in parts if kind == "gross"), Decimal(0))
        refunds = sum((amount for kind, amount, _ in parts if kind == "refund"), Decimal(0))
        fee, reference = Decimal(len(parts)), self.maybe(self.new("ref"))
        net = gross - refunds - fee
        if rng.random() < 0.2:
            return
        self.add(
            "provider.payouts",
            hours,
            source_system=system,
            settlement_batch_id=batch,
            gross_amount=str(gross),
            refund_amount=str(refunds),
            fee_amount=str(fee),
            net_amount=str(net),
            currency=currency,
            payout_date=on(hours),
            bank_reference=reference,
        )
        if rng.random() < 0.8:
            self.add(
                "bank.lines",
                hours + 24,
                bank_line_id=self.new("bl"),
                account=f"{self.prefix}account",
                booked_date=on(hours + 24),
                amount=str(net),
                currency=currency,
                purpose="payout",
                bank_reference=self.maybe(reference, 0.8),
            )
        if rng.random() < 0.2:
            what = {
                "amount": str(gross),
                "currency": currency,
                "order_id": None,
                "invoice_id": None,
                "customer": self.customers[0],
            }
            self._book(hours, what, None, rng.choice((batch, reference)), "bank_receipt")

    def _postpaid(self) -> None:
        rng, hours, account, invoice = (
            self.rng,
            self.hours(),
            f"{self.prefix}acc{self.rng.choice((1, 2))}",
            self.new("bi"),
        )
        money, closed = {"amount": self._amount(), "currency": self._currency()}, self.rng.random() < 0.8
        self.add(
            "billing.invoices",
            hours,
            platform_invoice_id=invoice,
            account_id=account,
            billing_period_start="2026-10-01",
            billing_period_end="2026-10-31",
            status="closed" if closed else "open",
            **money,
            closed_at=at(hours) if closed else None,
            blocked_charges_amount=self.maybe("5.00", 0.1),
        )
        erp_closed = rng.random() < 0.5
        if rng.random() < 0.8:
            self.add(
                "erp.invoices",
                hours + 2,
                erp_document_id=self.new("ei"),
                number="1",
                posted=True,
                deleted=False,
                **money,
                customer_id=self._any(self.customers, "customer_id"),
                issued_at=at(hours + 2),
                status="closed" if erp_closed else "open",
                billing_period_start="2026-10-01",
                account_id=account,
            )
        if rng.random() < 0.8:
            self.add(
                "billing.payments",
                hours + 3,
                platform_payment_id=self.new("bp"),
                kind="postpaid",
                platform_invoice_id=invoice,
                method_name=self.maybe("balance", 0.3),
                **money,
                status="completed" if erp_closed else "waiting",
                due_date=self.maybe(on(hours + 30), 0.7),
                created_at=at(hours + 3),
                paid_at=at(hours + 4) if erp_closed else None,
            )
