"""What a fault needs at hand: new cases with amounts of their own, and the truth to write into."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random

from ingest.demo.billing import METHODS, Billing, ExportCase, PostpaidCase
from ingest.demo.business_billing import BillingBusiness
from ingest.demo.desk import Desk
from ingest.demo.invoices import InvoiceCase
from ingest.demo.parties import Account, Parties
from ingest.demo.sales import CardSale
from ingest.demo.timeline import MINUTE, moment
from ingest.demo.truth import Record, Truth

PREFIX = "F"
"""Begins the ids of everything that a fault was injected into."""
FAR = 370
"""Days until what a fault leaves unpaid is due: after the end of any world of a year, so that it is never overdue."""


@dataclass
class Kit:
    """Starts faulty cases and records what must be found about them."""

    parties: Parties
    truth: Truth
    rng: Random
    billing_business: BillingBusiness
    desk: Desk
    drawn: int = 0

    @property
    def billing(self) -> Billing:
        """The billing platforms."""
        return self.billing_business.billing

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
        """An invoice of an amount divisible by two (hundredths stay whole), due in the far future."""
        case = self.parties.invoice(self.rng, day, currency, prefix=PREFIX)
        case.amount = case.amount // 200 * 200
        case.due_day = day + FAR
        return case

    def individual_invoice(self, day: int) -> InvoiceCase:
        """An invoice to a private customer."""
        case = self.invoice(day)
        case.customer, case.contract, case.tax_id = self.parties.individual(self.rng), "", ""
        return case

    def postpaid(self, day: int) -> PostpaidCase:
        """A postpaid period that ends on the day."""
        return self.billing_business.postpaid(self.rng, day, prefix=PREFIX)

    def export(self, day: int, variant: int, account: Account | None = None) -> ExportCase:
        """Money for a personal account on the day at noon: cash, by order or by card, with all but the export."""
        kind = tuple(METHODS)[variant]
        case = self.billing_business.export(self.rng, kind, moment(day, 12), prefix=PREFIX, account=account)
        if kind == "incoming_payment_order":
            self.billing_business.write_bank_line(case)
        if kind == "customer_card_payment":
            self.billing_business.write_card(case)
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

PP, PR, PD, PO = "provider.payments", "provider.refunds", "provider.disputes", "provider.payouts"
WO, WP = "website.orders", "website.payments"
CI, CC, CA, CQ, CD = "crm.invoices", "crm.contracts", "crm.approvals", "crm.payment_requests", "crm.deals"
EP, ER, EI, EQ = "erp.payments", "erp.refunds", "erp.invoices", "erp.export_queue"
WR, WD, WT = "warehouse.reserves", "warehouse.deliveries", "warehouse.returns"
BI, BP, BA = "billing.invoices", "billing.payments", "billing.accounts"
FR, BL = "fiscal.receipts", "bank.lines"
