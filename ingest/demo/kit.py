"""What a fault needs at hand: new cases with amounts of their own, and the truth to write into."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random

from ingest.demo.invoices import InvoiceCase
from ingest.demo.parties import Parties
from ingest.demo.sales import CardSale
from ingest.demo.timeline import MINUTE
from ingest.demo.truth import Record, Truth

PREFIX = "F"
"""Begins the ids of everything that a fault was injected into."""


@dataclass
class Kit:
    """Starts faulty cases and records what must be found about them."""

    parties: Parties
    truth: Truth
    rng: Random
    drawn: int = 0

    def sale(self, day: int, second: int | None = None) -> CardSale:
        """A sale whose amount no ordinary sale has (those are multiples of 50)."""
        sale = self.parties.sale(self.rng, day, second, prefix=PREFIX)
        self.drawn += 1
        sale.amount += (self.drawn % 49 + 1) * 1_00
        return sale

    def twin(self, sale: CardSale, minutes: int = 20) -> CardSale:
        """A second payment for the same order, some minutes later."""
        return replace(
            sale,
            payment=f"{sale.payment}-T",
            provider_payment=f"{sale.provider_payment}-T",
            reference=f"{sale.reference}-T",
            erp_document=f"{sale.erp_document}-T",
            receipt_id=f"{sale.receipt_id}-T",
            paid=sale.paid + minutes * MINUTE,
        )

    def invoice(self, day: int, currency: str = "AMD") -> InvoiceCase:
        """An invoice of an amount divisible by two (hundredths stay whole)."""
        case = self.parties.invoice(self.rng, day, currency, prefix=PREFIX)
        case.amount = case.amount // 200 * 200
        return case

    def individual_invoice(self, day: int) -> InvoiceCase:
        """An invoice to a private customer."""
        case = self.invoice(day)
        case.customer, case.contract, case.tax_id = self.parties.individual(self.rng), "", ""
        return case

    def expect(
        self,
        code: str,
        subject_id: str,
        known: Iterable[Record],
        *,
        event: int | None = None,
        healed: Iterable[Record] = (),
        grace: int | None = None,
        subject_type: str = "payment",
    ) -> None:
        """Expect an exception; without ``event`` it is the latest of the known records."""
        records = list(known)
        self.truth.expect(
            code,
            subject_type,
            subject_id,
            event=max(at for _, at in records) if event is None else event,
            known=records,
            healed=healed,
            grace=grace,
        )


Inject = Callable[[Kit, int, int], None]
"""A fault: kit, day number on which it begins, variant 0 to 2."""

PP, PR = "provider.payments", "provider.refunds"
WO, WP = "website.orders", "website.payments"
CI, CQ, CD = "crm.invoices", "crm.payment_requests", "crm.deals"
EP, ER, EI = "erp.payments", "erp.refunds", "erp.invoices"
FR = "fiscal.receipts"
