"""The ordinary life of invoices: prepaid, on credit, in foreign currency, split, discounted, returned, cancelled."""

from collections.abc import Callable
from random import Random

from ingest.demo.invoices import InvoiceCase
from ingest.demo.parties import Parties
from ingest.demo.timeline import MINUTE, moment


class InvoiceBusiness:
    """Writes the invoices that are issued on a day, each with its whole later life."""

    def __init__(self, parties: Parties) -> None:
        self.parties = parties
        self.systems = parties.systems
        self.books = parties.books
        self.count = 0
        self._kinds: tuple[Callable[[Random, int], None], ...] = (
            self.prepaid_by_card,
            self.prepaid_by_transfer,
            self.on_credit,
            self.foreign_currency,
            self.prepaid_by_transfer,
            self.split_card_payment,
            self.on_credit,
            self.discounted,
            self.returned,
            self.order_with_invoice,
            self.individual_by_transfer,
            self.cancelled,
            self.split_transfer,
        )

    def write_day(self, day: int, rng: Random, invoices: int) -> None:
        """The invoices issued on the day, of every kind in turn."""
        for _ in range(invoices):
            self._kinds[self.count % len(self._kinds)](rng, day)
            self.count += 1

    def prepaid_by_card(self, rng: Random, day: int) -> None:
        """Two fifths by card, shipped in part, the balance by transfer, the rest shipped, closed."""
        case = self.parties.invoice(rng, day, "AMD")
        first = case.amount // 100 * 2 // 5 * 100
        rest = case.amount - first
        payment = f"PAY-{case.invoice}"
        paid, balance = moment(day + 1, 11, 7), moment(day + 4, 12, 3)
        case.write_issue()
        case.write_request("prepayment", first, paid, payment)
        case.write_request("balance", rest, balance, number=2)
        case.write_hold(1, first)
        case.write_hold(2, rest)
        case.write_card(paid, first, payment)
        case.write_card_document(moment(day + 2, 9), first, payment, by="payment" if rng.random() < 0.5 else "invoice")
        case.write_shipment(1, first, moment(day + 2, 14))
        case.write_transfer(balance, rest)
        case.write_shipment(2, rest, moment(day + 5, 14))
        self.books.receipt(
            moment(day + 5, 14, 5), f"OFS-{payment}", "success", first, "AMD", offset=True, payment=payment
        )
        case.write_close(day + 5)

    def prepaid_by_transfer(self, rng: Random, day: int) -> None:
        """Paid whole by bank transfer, then shipped and closed."""
        case = self.parties.invoice(rng, day, "AMD")
        paid = moment(day + 2, 13, 20)
        case.write_issue()
        case.write_request("full", case.amount, paid)
        case.write_hold(1, case.amount)
        case.write_transfer(paid, case.amount, number=1 + self.count % 2, morning_after=rng.random() < 0.3)
        case.write_shipment(1, case.amount, moment(day + 3, 14))
        case.write_close(day + 3)

    def on_credit(self, rng: Random, day: int) -> None:
        """Approved, shipped at once, paid within the terms in two transfers."""
        case = self.parties.invoice(rng, day, "AMD")
        case.write_issue()
        self.systems.approval(case.issued + 15 * MINUTE, f"APR-{case.invoice}", "credit_limit", case.invoice)
        case.write_hold(1, case.amount)
        case.write_shipment(1, case.amount, moment(day + 1, 14))
        first = case.amount // 300 * 100
        last = 7 + int(rng.random() * 6)
        case.write_transfer(moment(day + 5, 10, 30), first)
        case.write_transfer(moment(day + last, 10, 45), case.amount - first, number=2)
        case.write_close(day + last + 1)

    def foreign_currency(self, rng: Random, day: int) -> None:
        """An invoice and its transfer in dollars, euros or roubles."""
        case = self.parties.invoice(rng, day, ("USD", "EUR", "RUB")[self.count % 3])
        case.write_issue()
        case.write_transfer(moment(day + 3, 15, 10), case.amount)
        case.write_shipment(1, case.amount, moment(day + 4, 14), held=False)
        case.write_close(day + 4)

    def split_card_payment(self, rng: Random, day: int) -> None:
        """One card payment for two invoices, which accounting divides between them."""
        one, two = self._two_invoices(rng, day)
        total, payment = one.amount + two.amount, f"PAY-{one.invoice}"
        one.write_card(moment(day + 1, 12, 10), total, payment, invoice="")
        for part, case in ((1, one), (2, two)):
            one.write_card_document(
                moment(day + 2, 9, 10), case.amount, payment, invoice=case.invoice, id_=f"KP-{payment}#{part}"
            )
            case.write_close(day + 2)

    def split_transfer(self, rng: Random, day: int) -> None:
        """One bank transfer for two invoices."""
        one, two = self._two_invoices(rng, day)
        at, document = moment(day + 2, 11, 40), f"BV1-{one.invoice}"
        for part, case in ((1, one), (2, two)):
            self.books.payment(
                at,
                f"{document}#{part}",
                "bank_receipt",
                case.amount,
                "AMD",
                invoice=case.invoice,
                customer=case.customer,
                tax_id=case.tax_id,
                contract=case.contract,
            )
            case.write_close(day + 3)
        self.systems.bank_line(
            day + 2, one.amount + two.amount, "AMD", "demo customer", tax_id=one.tax_id, erp_document=document
        )

    def discounted(self, rng: Random, day: int) -> None:
        """A discount agreed after issue; the customer transfers the rest."""
        case = self.parties.invoice(rng, day, "AMD")
        off = case.amount // 2000 * 100
        case.write_issue()
        self.books.adjustment(moment(day + 1, 10), f"ADJ-{case.invoice}", case.invoice, case.customer, -off, "AMD")
        case.write_transfer(moment(day + 3, 14, 15), case.amount - off)
        case.write_close(day + 4)

    def returned(self, rng: Random, day: int) -> None:
        """Paid, shipped, partly returned, and the money transferred back."""
        case = self.parties.invoice(rng, day, "AMD")
        back = case.amount // 400 * 100
        case.write_issue()
        document = case.write_transfer(moment(day + 1, 16), case.amount)
        delivery = case.write_shipment(1, case.amount, moment(day + 2, 14), held=False)
        case.write_close(day + 2)
        self.systems.goods_return(
            moment(day + 6, 11), f"RET-{case.invoice}", delivery, back, "AMD", invoice=case.invoice
        )
        self.books.refund(
            moment(day + 8, 12),
            f"ER-{case.invoice}",
            back,
            "AMD",
            original=document,
            invoice=case.invoice,
            customer=case.customer,
        )
        self.systems.bank_line(day + 8, -back, "AMD", "demo customer", tax_id=case.tax_id)

    def order_with_invoice(self, rng: Random, day: int) -> None:
        """A web order that also has an invoice."""
        sale = self.parties.sale(rng, day)
        case = self.parties.invoice(rng, day, "AMD")
        case.customer, case.amount, case.order = sale.customer, sale.amount, sale.order
        case.contract = case.tax_id = ""
        case.issued = max(sale.ordered, moment(day, 0))
        case.write_crm("issued", case.issued)
        case.write_erp("open", case.issued + MINUTE)
        sale.write_all_but()
        case.write_close(sale.day + 1)

    def individual_by_transfer(self, rng: Random, day: int) -> None:
        """A private customer transfers money for an invoice: a bank receipt that needs a fiscal receipt."""
        case = self.parties.invoice(rng, day, "AMD")
        case.customer, case.contract, case.tax_id = self.parties.individual(rng), "", ""
        case.write_issue()
        at = moment(day + 2, 12, 50)
        document = case.write_transfer(at, case.amount)
        self.books.receipt(at + 30 * MINUTE, f"RCP-{case.invoice}", "success", case.amount, "AMD", document=document)
        case.write_close(day + 3)

    def cancelled(self, rng: Random, day: int) -> None:
        """A draft that came to nothing, and an invoice cancelled in both systems."""
        draft = self.parties.invoice(rng, day)
        draft.write_crm("draft", draft.issued)
        draft.write_crm("cancelled", moment(day + 2, 10))
        case = self.parties.invoice(rng, day)
        case.write_issue()
        case.write_erp("cancelled", moment(day + 3, 10, 5))
        case.write_crm("cancelled", moment(day + 3, 10))

    def _two_invoices(self, rng: Random, day: int) -> tuple[InvoiceCase, InvoiceCase]:
        one, two = self.parties.invoice(rng, day, "AMD"), self.parties.invoice(rng, day, "AMD")
        two.customer, two.contract, two.tax_id = one.customer, one.contract, one.tax_id
        one.write_issue()
        two.write_issue()
        return one, two
