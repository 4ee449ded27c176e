"""The ordinary days of the business, in which everything agrees in the end and within its grace."""

from dataclasses import dataclass
from random import Random

from ingest.demo.parties import Parties
from ingest.demo.sales import CardSale
from ingest.demo.settlement import Batch, fee
from ingest.demo.timeline import DAY, HOUR, MINUTE, moment

SHARES = {"card": 0.82, "abandoned": 0.07, "cash": 0.04}
"""Of the sales of a day; the rest are invoices."""


@dataclass
class Volume:
    """What was simulated, for the summary."""

    sales: int = 0
    abandoned: int = 0
    cash: int = 0
    invoices: int = 0
    refunds: int = 0
    disputes: int = 0


class Business:
    """Writes the ordinary sales of each day."""

    def __init__(self, parties: Parties) -> None:
        self.parties = parties
        self.systems = parties.systems
        self.books = parties.books
        self.volume = Volume()

    def write_day(self, day: int, rng: Random, payments: int) -> None:
        """Everything that begins on the day: about ``payments`` payments."""
        card = round(payments * SHARES["card"])
        abandoned = round(payments * SHARES["abandoned"])
        cash = round(payments * SHARES["cash"])
        midnight = max(1, card // 50)
        for n in range(card):
            self.card_sale(rng, day, DAY - 1 - n % 240 if n < midnight else None)
        for _ in range(abandoned):
            self.abandoned_order(rng, day)
        for _ in range(cash):
            self.cash_sale(rng, day)
        self.sale_booked_by_payout(rng, day)
        self.volume.sales += card + 1
        self.volume.abandoned += abandoned
        self.volume.cash += cash

    # ---------- web orders

    def card_sale(self, rng: Random, day: int, second: int | None = None) -> None:
        """Ordered, perhaps after a refused card, paid, booked, fiscalised, shipped; some come back."""
        sale = self.parties.sale(rng, day, second)
        dice = rng.random
        named = dice() >= 0.15
        fate = dice()
        sale.write_order("cancelled" if fate < 0.02 else "paid", sale.at(1, 12) if fate < 0.02 else None)
        sale.write_website(provider_payment=named or dice() < 0.5)
        self._attempts(sale, None if named else "", dice())
        self._fiscalise(sale, dice(), "order" if named and dice() < 0.1 else "payment")
        self._book(sale, dice(), dice())
        sale.write_deal("paid", by="payment" if dice() < 0.8 else "order")
        if fate < 0.02:
            self._cancel(sale)
        elif dice() < 0.5:
            self._ship(sale, fate)

    def _attempts(self, sale: CardSale, payment: str | None, luck: float) -> None:
        if luck < 0.15:
            sale.write_provider("failed", sale.paid - MINUTE, id_suffix="-0", payment=payment)
        if sale.provider == "idram":
            sale.write_provider(payment=payment, batched=False)
            sale.write_provider(at=sale.at(1, 9, 30), payment=payment, again=True)
        else:
            sale.write_provider(payment=payment)

    def _fiscalise(self, sale: CardSale, luck: float, by: str) -> None:
        if luck < 0.06:
            sale.write_receipt("error", by=by)
            sale.write_receipt("success", sale.paid + 20 * MINUTE, attempt=2, by=by)
        elif luck < 0.10:
            created = sale.paid + MINUTE
            if (sale.paid + 30 * MINUTE) // DAY > sale.day:
                sale.write_receipt("queued", created=created, by=by)
            sale.write_receipt("success", sale.paid + 30 * MINUTE, created=created, by=by)
        else:
            sale.write_receipt(by=by)

    def _book(self, sale: CardSale, luck: float, link: float) -> None:
        by = "payment" if link < 0.55 else "reference" if link < 0.75 else "both" if link < 0.9 else "order"
        status = "Проведен" if luck < 0.3 else ""
        if luck < 0.15:
            sale.write_erp(sale.paid + 5 * MINUTE, posted=False, by=by)
            sale.write_erp(sale.at(1, 8, 30), document=sale.paid + 5 * MINUTE, by=by, receipt_status=status)
        elif luck > 0.97:
            audit = ("accountant-2", "entered from the slip", sale.at(1, 11))
            sale.write_erp(sale.at(1, 11), by=by, audit=audit)
        else:
            sale.write_erp(by=by, receipt_status=status)

    def _ship(self, sale: CardSale, fate: float) -> None:
        delivery, at = f"DLV-{sale.order}", sale.at(1, 16)
        self.systems.delivery(at, delivery, "delivered", sale.amount, sale.currency, at, order=sale.order)
        self.systems.order(
            at + MINUTE, sale.order, sale.customer, "completed", sale.amount, sale.currency, sale.ordered
        )
        if fate > 0.99:
            self.systems.stale_order(
                sale.day + 3, sale.order, sale.customer, sale.amount, sale.currency, sale.paid + 20
            )
        if fate < 0.06:
            back = sale.amount // 300 * 100
            self.systems.goods_return(
                sale.at(3, 11), f"RET-{sale.order}", delivery, back, sale.currency, order=sale.order
            )
            self._refund(sale, sale.at(3, 12), back, fate * 50 % 1)
        elif fate < 0.075:
            self._dispute(sale, lost=fate < 0.07)

    def _cancel(self, sale: CardSale) -> None:
        sale.write_deal("refunded", sale.at(1, 13))
        self._refund(sale, sale.at(1, 12, 5), sale.amount, 0.0)

    def _refund(self, sale: CardSale, at: int, amount: int, link: float) -> None:
        refund = f"RF-{sale.order}"
        self.volume.refunds += 1
        if link < 0.6:
            sale.write_refund(refund, at, amount)
            return
        provider_refund = f"{sale.provider_payment}-{refund}"
        self.systems.provider_refund(
            at, sale.provider, provider_refund, sale.provider_payment, "succeeded", amount, sale.currency
        )
        self.books.receipt(
            at + 5 * MINUTE,
            f"RR-{refund}",
            "success",
            amount,
            sale.currency,
            kind="refund",
            provider_refund=provider_refund,
        )
        self.books.refund(
            moment(at // DAY + 1, 9, 40),
            f"ER-{refund}",
            amount,
            sale.currency,
            provider_refund=provider_refund if link < 0.8 else "",
            payment=sale.payment,
            customer=sale.customer,
        )

    def _dispute(self, sale: CardSale, *, lost: bool) -> None:
        dispute, opened = f"DSP-{sale.order}", sale.at(3, 14)
        values = (sale.provider, dispute, sale.provider_payment)
        self.systems.dispute(opened, *values, "opened", sale.amount, sale.currency, opened)
        closed = sale.at(6, 14)
        self.systems.dispute(closed, *values, "lost" if lost else "won", sale.amount, sale.currency, opened)
        self.volume.disputes += 1
        if lost:
            self.books.refund(
                sale.at(7, 10),
                f"ER-{dispute}",
                sale.amount,
                sale.currency,
                payment=sale.payment,
                customer=sale.customer,
            )

    def sale_booked_by_payout(self, rng: Random, day: int) -> None:
        """Paid out alone the same evening; accounting books the payout, less the fee, instead of the payment."""
        sale = self.parties.sale(rng, day, 12 * HOUR)
        batch, settlement = f"{sale.provider}-{sale.order}", self.systems.settlement
        sale.write_all_but("provider", "erp")
        sale.write_provider(batch=batch)
        sums = Batch(gross=sale.amount, fees=fee(sale.amount))
        reference = settlement.bank_reference(batch)
        settlement.payout(sale.at(0, 20), sale.provider, batch, sums, sale.currency, day)
        self.systems.bank_line(day + 1, sums.net, sale.currency, sale.provider, bank_reference=reference)
        self.books.payment(sale.at(1, 10), f"BB-{batch}", "bank_receipt", sums.net, sale.currency, reference=reference)

    def abandoned_order(self, rng: Random, day: int) -> None:
        """Nobody paid: the card was refused, or the payment page was left open until it expired."""
        sale = self.parties.sale(rng, day)
        sale.write_order("cancelled", sale.at(1, 7))
        if rng.random() < 0.5:
            sale.write_website("failed")
            sale.write_provider("failed", sale.paid)
        else:
            sale.write_website("cancelled", sale.at(1, 6, 30))
            sale.write_provider("pending", sale.ordered + 2 * MINUTE)
            sale.write_provider("expired", sale.at(1, 6))
        sale.write_deal("unpaid", sale.ordered + 5 * MINUTE)

    def cash_sale(self, rng: Random, day: int) -> None:
        """Picked up and paid in cash; the receipt goes with accounting's document."""
        sale = self.parties.sale(rng, day)
        sale.write_order("completed")
        document = f"KO-{sale.order}"
        self.books.payment(
            sale.paid,
            document,
            "cash_receipt_order",
            sale.amount,
            sale.currency,
            order=sale.order,
            customer=sale.customer,
        )
        self.books.receipt(
            sale.paid + 2 * MINUTE, sale.receipt_id, "success", sale.amount, sale.currency, document=document
        )
        sale.write_deal("paid", by="order")
        self.systems.delivery(
            sale.paid + 3 * MINUTE,
            f"DLV-{sale.order}",
            "delivered",
            sale.amount,
            sale.currency,
            sale.paid + 3 * MINUTE,
            order=sale.order,
        )
