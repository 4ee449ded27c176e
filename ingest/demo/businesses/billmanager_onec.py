"""Hosting on BILLmanager: money comes in 1C, in cash, by order or by card, and goes to personal accounts.

1C exports each payment document of a contract with a personal account; what waits stands in its queue, pictured at the
end of each day. BILLmanager keeps the document's Ref_Key in externalid. Transfers that pay invoices stay in 1C. The
provider of cards is not among the systems, so nobody asks whether a card was really charged.
"""

from dataclasses import dataclass

from ingest.demo.businesses.onec import Company, Ledger
from ingest.demo.kit import BP, EP, EQ
from ingest.demo.story import Story, guid
from ingest.demo.timeline import DAY, HOUR, MINUTE, moment
from ingest.demo.truth import Record

UNCOMMENTED = ()

ORGANISATION = "7701000016"
METHODS = {
    "cash_receipt_order": "Оплата наличными",
    "incoming_payment_order": "Оплата банковской картой",
    "customer_card_payment": "Оплата платежной картой через терминал",
}
KINDS = tuple(METHODS)


@dataclass
class Export:
    """A payment document of 1C and its payment in BILLmanager."""

    story: Story
    company: Company
    number: int
    kind: str
    at: int
    amount: int

    @property
    def document(self) -> str:
        """Ref_Key of the document."""
        return guid(f"Документ оплаты {self.number}")

    @property
    def subject(self) -> str:
        """The subject of what is wrong with the document."""
        return f"erp.payments:1c:{self.document}"

    @property
    def credited(self) -> int:
        """When BILLmanager credits it: half an hour after the document."""
        return self.at + 30 * MINUTE

    def write_document(self, at: int | None = None, *, posted: bool = True, contract: str | None = None) -> Record:
        """The document, dated when the money came."""
        return self.story.tell(
            EP,
            self.at if at is None else at,
            erp_document_id=self.document,
            document_type=self.kind,
            number=f"ОП-{self.number:06}",
            posted=posted,
            deleted=False,
            document_date=self.at,
            customer_id=self.company.customer,
            customer_tax_id=self.company.tax_id,
            organisation_tax_id=ORGANISATION,
            contract_id=self.company.contract if contract is None else contract,
            amount=self.amount,
            currency="RUB",
            is_manual=False,
        )

    def write_payment(
        self,
        at: int | None = None,
        *,
        status: str = "completed",
        suffix: str = "",
        amount: int | None = None,
        account: str | None = None,
        payer: str | None = None,
        organisation: str = ORGANISATION,
        method: str = "",
        created: int | None = None,
    ) -> Record:
        """The payment of the personal account, as it stands at a moment."""
        at = self.credited if at is None else at
        created = at if created is None else created
        return self.story.tell(
            BP,
            at,
            platform_payment_id=f"{70_000 + self.number}{suffix}",
            kind="account",
            personal_account=self.company.account if account is None else account,
            erp_document_id=self.document,
            payer_tax_id=self.company.tax_id if payer is None else payer,
            organisation_tax_id=organisation,
            method_name=method or METHODS[self.kind],
            amount=self.amount if amount is None else amount,
            currency="RUB",
            status=status,
            created_at=created,
            paid_at=created if status == "completed" else None,
        )

    def write_queue(self, days: range, error: str = "") -> Record:
        """It waits at the end of each of the days, since a minute after the document; returns the first picture."""
        pictures = [
            self.story.tell(
                EQ,
                moment(day, 23, 59),
                erp_document_id=self.document,
                queued_at=self.queued,
                attempts=str(attempt),
                last_error=error,
            )
            for attempt, day in enumerate(days, start=1)
        ]
        return pictures[0]

    @property
    def queued(self) -> int:
        """When it got into the queue."""
        return self.at + MINUTE

    def expect(
        self, code: str, known: Record, *more: Record, event: int | None = None, healed: Record | None = None
    ) -> None:
        """Expect something wrong with the document."""
        heal = [] if healed is None else [healed]
        self.story.expect(code, "document", self.subject, [known, *more], event=event, healed=heal)


class Desk:
    """Starts payments onto personal accounts of a story."""

    def __init__(self, story: Story, companies: list[Company]) -> None:
        self.story = story
        self.companies = companies
        self._count = 0

    def export(self, day: int, hour: int = 12, minute: int = 0, company: Company | None = None) -> Export:
        """Money for somebody's account, in each way of payment in turn."""
        self._count += 1
        chosen = company or self.companies[self._count % len(self.companies)]
        amount = (700 + self._count * 91 % 9_000) * 100 + self._count
        return Export(self.story, chosen, self._count, KINDS[self._count % 3], moment(day, hour, minute), amount)


def tell(story: Story) -> None:
    """Nine days of a hosting company."""
    hosted = [Company(number, account=str(100_000 + number)) for number in range(1, 9)]
    ledger = Ledger(story, [Company(number) for number in range(21, 26)])
    for company in (*hosted, *ledger.companies):
        company.write(story, moment(0, 1))
    desk = Desk(story, hosted)
    for day in range(story.timeline.days):
        _ordinary_day(desk, day)
        (ledger.paid_next_day, ledger.cancelled, ledger.paid_together)[day % 3](day)
    for fault in FAULTS:
        fault(desk)
    _without_account(desk, ledger.companies[0])
    ledger.closed_with_debt(2)
    ledger.open_but_paid(4)
    ledger.overdue(3)
    ledger.overpaid_and_returned(2)
    ledger.overpaid(6)


def _ordinary_day(desk: Desk, day: int) -> None:
    for hour in (10, 12, 15):
        case = desk.export(day, hour)
        case.write_document()
        case.write_payment()
    slow = desk.export(day, 16)
    slow.write_document()
    slow.write_payment(status="waiting")
    slow.write_payment(moment(day + 1, 9))
    night = desk.export(day, 23, 20)
    night.write_document()
    night.write_queue(range(day, day + 1))
    night.write_payment(moment(day + 1, 8))
    corrected = desk.export(day, 13)
    corrected.write_document()
    corrected.write_payment(status="cancelled", suffix="0")
    corrected.write_payment(corrected.credited + 10 * MINUTE)
    draft = desk.export(day, 18)
    draft.write_document(posted=False)


# ---------- what goes wrong


def _not_exported(desk: Desk) -> None:
    """Never exported, and exported two days late."""
    for day, late in ((7, 0), (3, 2)):
        case = desk.export(day)
        known = case.write_document()
        healed = case.write_payment(case.at + late * DAY) if late else None
        case.expect("billing_payment_missing", known, healed=healed)


def _stuck(desk: Desk) -> None:
    """Waits for ever with an error; waits two days and is exported."""
    case = desk.export(6)
    case.write_document()
    picture = case.write_queue(range(6, desk.story.timeline.days), "Лицевой счет заблокирован")
    case.expect("billing_export_stuck", picture, event=case.queued)
    case = desk.export(3)
    case.write_document()
    picture = case.write_queue(range(3, 5))
    healed = case.write_payment(moment(5, 9))
    case.expect("billing_export_stuck", picture, event=case.queued, healed=healed)


def _without_account(desk: Desk, company: Company) -> None:
    """Queued for a contract that names no personal account."""
    case = desk.export(5, company=company)
    case.write_document()
    picture = case.write_queue(range(5, desk.story.timeline.days), "Не указан лицевой счет")
    for code in ("contract_without_personal_account", "billing_export_stuck"):
        case.expect(code, picture, event=case.queued)


def _credited_otherwise(desk: Desk) -> None:
    """Less; to another account; of another payer, organisation, way of payment; the first is corrected."""
    case = desk.export(3)
    booked, credited = case.write_document(), case.write_payment(amount=case.amount - 150_00)
    healed = case.write_payment(case.at + 3 * DAY, created=case.credited)
    case.expect("billing_amount_mismatch", booked, credited, healed=healed)
    for code, day, other in (
        ("billing_amount_mismatch", 7, {"amount": 99_00}),
        ("billing_wrong_account", 4, {"account": "100999"}),
        ("billing_payer_mismatch", 5, {"payer": "7700999999"}),
        ("billing_organisation_mismatch", 6, {"organisation": "7701000099"}),
        ("billing_method_mismatch", 7, {"method": "Подарочный сертификат"}),
    ):
        case = desk.export(day)
        case.expect(code, case.write_document(), case.write_payment(**other))


def _credited_twice(desk: Desk) -> None:
    """Two payments of one document; two until the second is cancelled."""
    for day, heals in ((6, False), (2, True)):
        case = desk.export(day)
        booked, again = case.write_document(), case.credited + HOUR
        case.write_payment()
        second = case.write_payment(again, suffix="2")
        healed = case.write_payment(case.at + 3 * DAY, suffix="2", status="cancelled", created=again) if heals else None
        case.expect("billing_payment_duplicate", booked, second, healed=healed)


def _credited_for_nothing(desk: Desk) -> None:
    """Of a document that nobody has; of one that is not posted."""
    for day, unposted in ((5, False), (6, True)):
        case = desk.export(day)
        if unposted:
            case.write_document(posted=False)
        credited = case.write_payment()
        subject = f"billing:{70_000 + case.number}"
        case.story.expect("billing_payment_without_document", "billing_payment", subject, [credited])


FAULTS = (
    _not_exported,
    _stuck,
    _credited_otherwise,
    _credited_twice,
    _credited_for_nothing,
)
