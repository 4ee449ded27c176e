"""Customers, orders, invoices and goods of a random business."""

from tests.properties.drafting import Drafting
from tests.properties.rows import Values, at, on


class Parties(Drafting):
    """Who owes what for which goods; everybody says the same."""

    def _customer(self) -> Values:
        rng, customer = self.rng, self.new("c")
        account = self.maybe(self.new("pa"))
        row = self.add(
            "crm.customers",
            -200,
            customer_id=customer,
            name="Customer",
            customer_type=rng.choice(("company", "individual")),
            tax_id=self.maybe(f"{self.prefix}tax{self.counter}", 0.8),
            personal_account=account,
            is_active=True,
        )
        row = {**row, "contract_id": self.new("k"), "personal_account": account}
        self.add(
            "crm.contracts",
            -200,
            contract_id=row["contract_id"],
            customer_id=customer,
            currency=self.currencies[0],
            credit_limit=self.maybe(rng.choice(("0", "150.00", "5000000.00"))),
            payment_terms_days=self.maybe("14"),
            responsible_manager=self.maybe("Manager"),
            personal_account=account,
            valid_from="2026-01-01",
            status="active",
        )
        if account:
            self.add(
                "billing.accounts",
                -200,
                personal_account=account,
                customer_id=customer,
                organisation_tax_id=f"{self.prefix}org",
                is_active=True,
            )
        return row

    def _order(self) -> Values:
        hours = self.hours()
        return self.add(
            "website.orders",
            hours,
            order_id=self.new("o"),
            customer_id=self._any(self.customers, "customer_id"),
            amount=self._amount(),
            currency=self._currency(),
            created_at=at(hours),
            status=self.rng.choice(("paid", "paid", "completed", "awaiting_payment", "cancelled")),
        )

    def _invoice(self) -> Values:
        rng, hours, customer = self.rng, self.hours(), self.rng.choice(self.customers)
        row = {
            "invoice_id": self.new("i"),
            "customer_id": customer["customer_id"],
            "contract_id": self.maybe(customer["contract_id"], 0.8),
            "order_id": None,
            "amount": self._amount(),
            "currency": self._currency(),
            "issued_at": at(hours),
            "due_date": self.maybe(on(hours + 48), 0.7),
        }
        row = self.add(
            "crm.invoices",
            hours,
            **row,
            status=rng.choice(("issued", "approved", "closed", "issued", "draft", "cancelled")),
        )
        if rng.random() < 0.8:
            self.add(
                "erp.invoices",
                hours + 3,
                erp_document_id=self.new("ei"),
                number="1",
                posted=True,
                deleted=False,
                **{
                    name: row[name]
                    for name in (
                        "invoice_id",
                        "customer_id",
                        "contract_id",
                        "amount",
                        "currency",
                        "issued_at",
                        "due_date",
                    )
                },
                customer_tax_id=customer.get("tax_id"),
                status=rng.choice(("open", "closed", "open")),
            )
        self._goods(row, hours)
        if rng.random() < 0.2:
            self.add(
                "crm.approvals",
                hours,
                approval_id=self.new("ap"),
                approval_type="manager_approval",
                invoice_id=row["invoice_id"],
                actor=self.maybe("boss", 0.8),
                reason=self.maybe("trusted", 0.8),
                approved_at=self.maybe(at(hours), 0.8),
                valid_until=self.maybe(at(hours + 30)),
            )
        return row

    def _goods(self, row: Values, hours: float) -> None:
        rng, ids = self.rng, {name: row.get(name) for name in ("invoice_id", "order_id", "amount", "currency")}
        if rng.random() < 0.5:
            return
        later, reserve = hours + rng.choice((1, 20, 60)), self.new("r")
        released = rng.random() < 0.6
        self.add(
            "warehouse.reserves",
            later,
            reserve_id=reserve,
            **ids,
            customer_id=row.get("customer_id"),
            status="released" if released else "held",
            reserved_at=at(hours),
            released_at=at(later) if released else None,
        )
        if rng.random() < 0.7:
            delivery = self.new("d")
            self.add(
                "warehouse.deliveries",
                later + 1,
                delivery_id=delivery,
                reserve_id=reserve,
                **ids,
                status="shipped",
                shipped_at=at(later + 1),
            )
            if rng.random() < 0.3:
                self.add(
                    "warehouse.returns",
                    later + 20,
                    return_id=self.new("wr"),
                    delivery_id=delivery,
                    **ids,
                    status="received",
                    returned_at=at(later + 20),
                )

    def _subject(self) -> Values:
        """What is paid for: an order, an invoice, both or neither; amount and currency of it or of their own."""
        rng = self.rng
        order = rng.choice(self.orders) if self.orders and rng.random() < 0.6 else {}
        invoice = rng.choice(self.invoices) if self.invoices and rng.random() < 0.5 else {}
        what = invoice or order
        customer = next((c for c in self.customers if c["customer_id"] == what.get("customer_id")), self.customers[0])
        own = not what or rng.random() < 0.2
        return {
            "order_id": order.get("order_id"),
            "invoice_id": invoice.get("invoice_id"),
            "customer": customer,
            "amount": self._amount() if own else what["amount"],
            "currency": self._currency() if own else what["currency"],
        }
