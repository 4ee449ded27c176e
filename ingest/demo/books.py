"""Accounting and the fiscal service of the demonstration business, written like the other systems."""

# A row is written as groups of columns added together, which reads better than thirty lines of one value each.
# ruff: noqa: RUF005
from ingest.demo.extracts import ExtractWriter
from ingest.demo.text import flag, money
from ingest.demo.timeline import DAY, MINUTE, Timeline


class Books:
    """Writes ERP documents and fiscal receipts; conventions as in ``systems``."""

    def __init__(self, writer: ExtractWriter, timeline: Timeline) -> None:
        self.timeline = timeline
        self._add = writer.add

    def payment(
        self,
        at: int,
        id_: str,
        kind: str,
        amount: int,
        currency: str,
        *,
        document: int | None = None,
        posted: bool = True,
        deleted: bool = False,
        payment: str = "",
        reference: str = "",
        order: str = "",
        invoice: str = "",
        customer: str = "",
        tax_id: str = "",
        organisation: str = "",
        contract: str = "",
        receipt_status: str = "",
        audit: tuple[str, str, int | None] | None = None,
    ) -> None:
        """A payment document. ``audit`` (who, why, when) marks it as changed by hand; parts of it may be missing."""
        write = self.timeline.local
        by, why, when = audit or ("", "", None)
        number = id_.split("#")[0]
        checked = write(at) if receipt_status else ""
        self._add(
            "erp.payments",
            at,
            (id_, kind, number, flag(posted), flag(deleted), write(at if document is None else document))
            + (payment, reference, order, invoice, customer, tax_id, organisation, contract, money(amount), currency)
            + (flag(audit is not None), by, why, write(when), receipt_status, checked, write(at)),
        )

    def refund(
        self,
        at: int,
        id_: str,
        amount: int,
        currency: str,
        *,
        document: int | None = None,
        posted: bool = True,
        deleted: bool = False,
        original: str = "",
        payment: str = "",
        refund: str = "",
        provider_refund: str = "",
        invoice: str = "",
        customer: str = "",
        audit: tuple[str, str, int | None] | None = None,
    ) -> None:
        """A refund document."""
        write = self.timeline.local
        by, why, when = audit or ("", "", None)
        self._add(
            "erp.refunds",
            at,
            (id_, id_, flag(posted), flag(deleted), write(at if document is None else document), original, payment)
            + (refund, provider_refund, invoice, customer, money(amount), currency)
            + (flag(audit is not None), by, why, write(when), write(at)),
        )

    def invoice(
        self,
        at: int,
        id_: str,
        invoice: str,
        customer: str,
        contract: str,
        status: str,
        amount: int,
        currency: str,
        issued: int,
        due_day: int | None,
        *,
        order: str = "",
        tax_id: str = "",
        posted: bool = True,
        deleted: bool = False,
        account: str = "",
        period: int | None = None,
    ) -> None:
        """Accounting's document of an invoice, or of a platform's account and the period that starts on a day."""
        start = "" if period is None else self.timeline.iso(period)
        write = self.timeline.local
        due = "" if due_day is None else self.timeline.iso(due_day)
        self._add(
            "erp.invoices",
            at,
            (id_, id_, flag(posted), flag(deleted), invoice, order, customer, tax_id, contract, money(amount), currency)
            + (write(issued), due, status, start, account, write(at)),
        )

    def adjustment(self, at: int, id_: str, invoice: str, customer: str, amount: int, currency: str) -> None:
        """A posted discount (negative) or surcharge on an invoice."""
        write = self.timeline.local
        self._add(
            "erp.adjustments",
            at,
            (id_, invoice, customer, "debt_adjustment", money(amount), currency, "true", "chief-accountant")
            + ("agreed discount", write(at), write(at)),
        )

    def receipt(
        self,
        at: int,
        id_: str,
        status: str,
        amount: int,
        currency: str,
        *,
        created: int | None = None,
        attempt: int = 1,
        kind: str = "sale",
        offset: bool = False,
        payment: str = "",
        order: str = "",
        document: str = "",
        refund: str = "",
        provider_refund: str = "",
    ) -> None:
        """One registration attempt of a receipt, created a minute before unless said."""
        write = self.timeline.utc
        created = at - MINUTE if created is None else created
        done = status == "success"
        number = f"{id_[-8:]}{attempt}" if done else ""
        self._add(
            "fiscal.receipts",
            at,
            (id_, str(attempt), f"{id_}/{attempt}", payment, refund, provider_refund, document, order, kind)
            + ("offset" if offset else "", money(amount), currency, status)
            + ("service did not answer" if status == "error" else "", write(created), write(at) if done else "")
            + (write(at), number, f"8{number}" if done else "", write(at)),
        )

    def queued(self, day: int, id_: str, since: int, attempts: int = 1, error: str = "") -> None:
        """A document waiting for export to billing when the queue was pictured at the end of the day."""
        self._add("erp.export_queue", day * DAY + DAY - 1, (id_, self.timeline.local(since), str(attempts), error))
