"""The systems of the demonstration business: one method per kind of record, writing one version of it.

Amounts are whole hundredths of the major unit, times are moments (see ``timeline``). ``at`` is when the version was
written, which is the row's ``updated_at`` and decides its extract. Ids that are empty are absent.
"""

# A row is written as groups of columns added together, which reads better than thirty lines of one value each.
# ruff: noqa: RUF005
from collections import defaultdict

from ingest.demo.extracts import ExtractWriter
from ingest.demo.settlement import Settlement, fee
from ingest.demo.text import money
from ingest.demo.timeline import DAY, Timeline, moment


class Systems:
    """Writes records of every system and keeps the providers' settlement batches."""

    def __init__(self, writer: ExtractWriter, timeline: Timeline) -> None:
        self.timeline = timeline
        self._add = writer.add
        self.settlement = Settlement(writer, timeline)
        self._numbers: defaultdict[str, int] = defaultdict(int)

    def new_id(self, prefix: str) -> str:
        """The next id of a kind, such as ``PAY-00000042``."""
        number = self._numbers[prefix] = self._numbers[prefix] + 1
        return f"{prefix}-{number:08d}"

    # ---------- provider

    def provider_payment(
        self,
        at: int,
        provider: str,
        id_: str,
        status: str,
        amount: int,
        currency: str,
        created: int,
        *,
        reference: str = "",
        payment: str = "",
        order: str = "",
        invoice: str = "",
        paid: int | None = None,
        batched: bool = True,
        again: bool = False,
        batch: str | None = None,
    ) -> None:
        """One attempt to pay. ``batched=False``: its payout is not known yet; ``again``: a later row of a paid one.

        ``batch`` names a batch of its own (or none), whose payout is written apart from the provider's daily ones.
        """
        charged = settled = ""
        cost = fee(amount)
        if paid is not None:
            charged = money(cost)
            if batched:
                settled = self.settlement.batch_id(provider, currency, paid // DAY) if batch is None else batch
        write = self.timeline.utc
        method = "card" if provider == "arca" else "wallet"
        written = self._add(
            "provider.payments",
            at,
            (provider, id_, reference, payment, order, invoice, status, money(amount), currency)
            + (charged, method, write(created), write(paid), write(at), settled),
            provider,
        )
        if written and paid is not None and not again and batch is None:
            sums = self.settlement.batch(provider, currency, paid // DAY)
            sums.gross += amount
            sums.fees += cost

    def provider_refund(
        self,
        at: int,
        provider: str,
        id_: str,
        provider_payment: str,
        status: str,
        amount: int,
        currency: str,
        *,
        payment: str = "",
        refund: str = "",
        reason: str = "",
        again: bool = False,
    ) -> None:
        """One refund; a succeeded one is withheld from the payout of its day."""
        refunded = at if status == "succeeded" else None
        write = self.timeline.utc
        batch = self.settlement.batch_id(provider, currency, at // DAY) if refunded is not None else ""
        written = self._add(
            "provider.refunds",
            at,
            (provider, id_, provider_payment, payment, refund, money(amount), currency, status, reason)
            + (write(at - 60), write(refunded), write(at), batch),
            provider,
        )
        if written and refunded is not None and not again:
            self.settlement.batch(provider, currency, at // DAY).refunds += amount

    def corrected_refund(
        self,
        at: int,
        provider: str,
        id_: str,
        provider_payment: str,
        amount: int,
        currency: str,
        refunded: int,
        *,
        payment: str = "",
        refund: str = "",
    ) -> None:
        """A later version of a succeeded refund, the same money."""
        write = self.timeline.utc
        batch = self.settlement.batch_id(provider, currency, refunded // DAY)
        self._add(
            "provider.refunds",
            at,
            (provider, id_, provider_payment, payment, refund, money(amount), currency, "succeeded", "corrected")
            + (write(refunded - 60), write(refunded), write(at), batch),
            provider,
        )

    def dispute(
        self,
        at: int,
        provider: str,
        id_: str,
        provider_payment: str,
        status: str,
        amount: int,
        currency: str,
        opened: int,
    ) -> None:
        """A chargeback; a lost one is withheld from the payout of its day."""
        closed = None if status == "opened" else at
        batch = self.settlement.batch_id(provider, currency, at // DAY) if status == "lost" else ""
        write = self.timeline.utc
        written = self._add(
            "provider.disputes",
            at,
            (provider, id_, provider_payment, money(amount), currency, status, write(opened), write(closed), write(at))
            + (batch,),
            provider,
        )
        if written and status == "lost":
            self.settlement.batch(provider, currency, at // DAY).disputes += amount

    def payouts(self) -> None:
        """Every batch is paid out the next morning and is on our bank account the day after, when money is left."""
        for provider, currency, day, id_, sums in self.settlement.daily():
            self.settlement.payout(moment(day + 1, 9, 30), provider, id_, sums, currency, day + 1)
            if sums.net > 0:
                reference = self.settlement.bank_reference(id_)
                self.bank_line(day + 2, sums.net, currency, provider, bank_reference=reference)

    # ---------- website

    def order(self, at: int, id_: str, customer: str, status: str, amount: int, currency: str, created: int) -> None:
        """A web order."""
        write = self.timeline.offset
        self._add("website.orders", at, (id_, customer, money(amount), currency, status, write(created), write(at)))

    def stale_order(self, day: int, id_: str, customer: str, amount: int, currency: str, at: int) -> None:
        """An old version (`paid`) of an order sent again in a later extract; it undoes nothing."""
        write = self.timeline.offset
        values = (id_, customer, money(amount), currency, "paid", write(at), write(at))
        self._add("website.orders", day * DAY, values)

    def website_payment(
        self,
        at: int,
        id_: str,
        status: str,
        amount: int,
        currency: str,
        created: int,
        *,
        order: str = "",
        invoice: str = "",
        provider_payment: str = "",
        reference: str = "",
        source: str = "webhook",
    ) -> None:
        """What the shop believes of a payment."""
        write = self.timeline.offset
        paid = at if status == "paid" else None
        self._add(
            "website.payments",
            at,
            (id_, order, invoice, provider_payment, reference, money(amount), currency, status, source)
            + (write(created), write(paid), write(at)),
        )

    # ---------- CRM

    def customer(self, at: int, id_: str, name: str, kind: str, tax_id: str) -> None:
        """A customer; ``kind`` is company or individual."""
        code = id_.replace("CUS-", "")
        self._add("crm.customers", at, (id_, name, kind, tax_id, code, "true", self.timeline.local(at)))

    def contract(
        self,
        at: int,
        id_: str,
        customer: str,
        currency: str,
        credit_limit: int | None,
        terms: int,
        personal_account: str = "",
    ) -> None:
        """A contract with a customer, concluded before the world begins."""
        limit = "" if credit_limit is None else money(credit_limit)
        self._add(
            "crm.contracts",
            at,
            (id_, customer, currency, limit, str(terms), "sales-desk", personal_account)
            + (self.timeline.iso(-200), "active", self.timeline.local(at)),
        )

    def crm_invoice(
        self,
        at: int,
        id_: str,
        customer: str,
        contract: str,
        status: str,
        amount: int,
        currency: str,
        issued: int,
        due_day: int | None,
        order: str = "",
    ) -> None:
        """The CRM's invoice. Without a due day the contract's terms apply."""
        due = "" if due_day is None else self.timeline.iso(due_day)
        write = self.timeline.local
        self._add(
            "crm.invoices",
            at,
            (id_, customer, contract, order, money(amount), currency, write(issued), due, status, write(at)),
        )

    def payment_request(
        self,
        at: int,
        id_: str,
        invoice: str,
        customer: str,
        kind: str,
        status: str,
        amount: int,
        currency: str,
        created: int,
        expires: int,
        payment: str = "",
    ) -> None:
        """A request to pay part of an invoice (prepayment, balance, full)."""
        write = self.timeline.local
        due = self.timeline.iso(expires // DAY)
        self._add(
            "crm.payment_requests",
            at,
            (id_, invoice, customer, payment, kind, money(amount), currency, due, write(expires), status)
            + (write(created), write(at)),
        )

    def deal(
        self,
        at: int,
        id_: str,
        status: str,
        amount: int,
        currency: str,
        *,
        order: str = "",
        invoice: str = "",
        payment: str = "",
    ) -> None:
        """The CRM's view of whether something is paid."""
        values = (id_, order, invoice, payment, status, money(amount), currency, self.timeline.local(at))
        self._add("crm.deals", at, values)

    def approval(
        self,
        at: int,
        id_: str,
        kind: str,
        invoice: str = "",
        *,
        reserve: str = "",
        actor: str = "head-of-sales",
        reason: str = "agreed credit terms",
        approved: int | None = None,
        complete: bool = True,
    ) -> None:
        """An approval to ship before payment, given at ``approved``, by default when written; or never."""
        write = self.timeline.local
        given = write(at if approved is None else approved) if complete else ""
        self._add("crm.approvals", at, (id_, kind, invoice, reserve, actor, reason, given, "", write(at)))

    # ---------- warehouse and bank

    def reserve(
        self,
        at: int,
        id_: str,
        status: str,
        amount: int,
        currency: str,
        reserved: int,
        customer: str,
        *,
        invoice: str = "",
        order: str = "",
    ) -> None:
        """Goods put aside; released when they may go."""
        write = self.timeline.local
        released = at if status == "released" else None
        by, reason = ("warehouse-shift", "shipment") if released is not None else ("", "")
        self._add(
            "warehouse.reserves",
            at,
            (id_, invoice, order, customer, money(amount), currency, status, write(reserved), write(released))
            + (by, reason, write(at)),
        )

    def delivery(
        self,
        at: int,
        id_: str,
        status: str,
        amount: int,
        currency: str,
        shipped: int,
        *,
        reserve: str = "",
        invoice: str = "",
        order: str = "",
    ) -> None:
        """One shipment."""
        write = self.timeline.local
        self._add(
            "warehouse.deliveries",
            at,
            (id_, reserve, invoice, order, money(amount), currency, status, write(shipped), write(at)),
        )

    def goods_return(
        self, at: int, id_: str, delivery: str, amount: int, currency: str, *, invoice: str = "", order: str = ""
    ) -> None:
        """Goods that came back."""
        write = self.timeline.local
        self._add(
            "warehouse.returns",
            at,
            (id_, delivery, invoice, order, money(amount), currency, "received", write(at), "wrong size", write(at)),
        )

    def bank_line(
        self,
        day: int,
        amount: int,
        currency: str,
        counterparty: str,
        *,
        tax_id: str = "",
        bank_reference: str = "",
        erp_document: str = "",
        shown: int | None = None,
    ) -> str:
        """A line of our bank statement booked on the day, shown then or on a later day; negative is money out."""
        purpose = "payout of card payments" if bank_reference else "payment for goods"
        id_ = self.new_id("BNK")
        self._add(
            "bank.lines",
            moment(day if shown is None else shown, 18),
            (id_, f"ACC-{currency}-01", self.timeline.iso(day), money(amount), currency)
            + (counterparty, tax_id, purpose, bank_reference, erp_document),
        )
        return id_
