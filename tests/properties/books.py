"""What accounting, billing and the fiscal service write about the payments of a random business."""

from decimal import Decimal
from typing import Any

from tests.properties.parties import Parties
from tests.properties.rows import Values, at


class Books(Parties):
    """Accounting documents, exports, receipts and refunds."""

    def _book(self, hours: float, what: Values, payment: str | None, reference: str | None, kind: str) -> str:
        """The accounting document, sometimes in parts for several invoices; its id."""
        rng, document, customer = self.rng, self.new("e"), what["customer"]
        parts = [(document, Decimal(what["amount"]), what["invoice_id"])]
        if rng.random() < 0.1:
            half = (Decimal(what["amount"]) / 2).quantize(Decimal("0.0001"))
            other = self._any(self.invoices, "invoice_id")
            parts = [
                (f"{document}#1", half, what["invoice_id"]),
                (f"{document}#2", Decimal(what["amount"]) - half, other),
            ]
        chance = rng.choice((1.0, 0.5, 0.0))
        shared = {
            "document_type": kind,
            "number": document,
            "posted": True,
            "deleted": False,
            "document_date": at(hours + 2),
            "payment_id": self.maybe(payment, chance),
            "provider_reference": self.maybe(reference, chance),
            "order_id": self.maybe(what["order_id"], 0.7),
            "customer_id": self.maybe(customer["customer_id"], 0.8),
            "customer_tax_id": self.maybe(customer.get("tax_id"), 0.8),
            "organisation_tax_id": f"{self.prefix}org",
            "contract_id": self.maybe(customer["contract_id"], 0.6),
            "currency": what["currency"],
            "is_manual": rng.random() < 0.1,
            "changed_by": self.maybe("clerk"),
            "fiscal_receipt_status": self.maybe(rng.choice(("success", "error", "accept")), 0.3),
        }
        if rng.random() < 0.9:
            for part, amount, invoice in parts:
                self.add(
                    "erp.payments",
                    hours + 2,
                    erp_document_id=part,
                    amount=str(amount),
                    invoice_id=self.maybe(invoice, 0.8),
                    **shared,
                )
            self._export(hours, document, what, kind)
        return document

    def _export(self, hours: float, document: str, what: Values, kind: str) -> None:
        rng, account = self.rng, what["customer"]["personal_account"]
        if account and rng.random() < 0.7:
            self.add(
                "billing.payments",
                hours + 3,
                platform_payment_id=self.new("bp"),
                kind="account",
                personal_account=account,
                erp_document_id=document,
                payer_tax_id=what["customer"].get("tax_id"),
                organisation_tax_id=f"{self.prefix}org",
                method_name=self.maybe("Оплата наличными", 0.3),
                amount=what["amount"],
                currency=what["currency"],
                status="completed",
                created_at=at(hours + 3),
                paid_at=at(hours + 3),
            )
        elif rng.random() < 0.2:
            self.add(
                "erp.export_queue",
                hours + 3,
                erp_document_id=document,
                queued_at=at(hours + 3),
                attempts="3",
                last_error="timeout",
            )

    def _receipt(self, hours: float, kind: str, what: Values, **ids: Any) -> None:
        rng, receipt = self.rng, self.new("f")
        shared = dict(receipt_id=receipt, receipt_type=kind, amount=what["amount"], currency=what["currency"], **ids)
        attempts = rng.choice((1, 1, 1, 2))
        for attempt in range(1, attempts):
            self.add(
                "fiscal.receipts",
                hours,
                **shared,
                attempt_no=str(attempt),
                status="error",
                error_message="offline",
                created_at=at(hours),
            )
        status = rng.choice(("success",) * 6 + ("queued", "error"))
        self.add(
            "fiscal.receipts",
            hours + 1,
            **shared,
            attempt_no=str(attempts),
            status=status,
            created_at=at(hours + 1),
            settlement_kind=self.maybe("payment"),
            registered_at=at(hours + 1) if status == "success" else None,
        )

    def _refund(
        self, hours: float, what: Values, payment: str, system: str, provider: str, erp: str, batch: str | None
    ) -> None:
        rng, later = self.rng, hours + self.rng.choice((5, 30, 60))
        amount = rng.choice((what["amount"], "0.01"))
        money, refund, provider_refund = (
            {"amount": amount, "currency": what["currency"]},
            self.maybe(self.new("rf")),
            self.new("pr"),
        )
        batch = self.maybe(batch)
        self.add(
            "provider.refunds",
            later,
            source_system=system,
            provider_refund_id=provider_refund,
            provider_payment_id=provider,
            payment_id=self.maybe(payment),
            refund_id=refund,
            **money,
            status="succeeded",
            created_at=at(later),
            refunded_at=at(later),
            settlement_batch_id=batch,
        )
        if batch:
            self.batches.setdefault((system, batch), []).append(("refund", Decimal(amount), what["currency"]))
        ids = {"refund_id": self.maybe(refund), "provider_refund_id": self.maybe(provider_refund)}
        document = self.new("er")
        if rng.random() < 0.8:
            self.add(
                "erp.refunds",
                later + 2,
                erp_document_id=document,
                number=document,
                posted=True,
                deleted=False,
                document_date=at(later + 2),
                original_erp_document_id=self.maybe(erp),
                payment_id=self.maybe(payment),
                **ids,
                invoice_id=self.maybe(what["invoice_id"]),
                customer_id=what["customer"]["customer_id"],
                **money,
                is_manual=False,
            )
        if rng.random() < 0.8:
            self._receipt(
                later,
                "refund",
                {**what, "amount": amount},
                payment_id=self.maybe(payment, 0.7),
                **ids,
                erp_document_id=self.maybe(document),
            )
