"""The ordinary days of postpaid platforms and of personal accounts; a few records a day, whatever the volume."""

from random import Random

from ingest.demo.billing import Billing, ExportCase, PostpaidCase
from ingest.demo.parties import Account, Parties
from ingest.demo.timeline import DAY, MINUTE, moment

EXTERNAL_CURRENCIES = ("USD", "EUR", "RUB")


class BillingBusiness:
    """Writes the periods that end and the money that comes in on a day, each with its later life."""

    def __init__(self, parties: Parties, billing: Billing) -> None:
        self.parties = parties
        self.books = parties.books
        self.systems = parties.systems
        self.billing = billing
        self.count = 0

    def write_directory(self) -> None:
        """Every personal account in the first extract."""
        for account in self.parties.accounts:
            self.billing.account(moment(0, 0, 5), account.personal_account, account.customer)

    def write_day(self, day: int, rng: Random) -> None:
        """Two periods end, and money comes in cash, by order and by card."""
        self.postpaid_period(rng, day)
        self.postpaid_period(rng, day)
        self.cash(rng, day)
        self.cash_at_night(rng, day)
        self.incoming_order(rng, day)
        self.terminal(rng, day)
        self.count += 1

    # ---------- postpaid platforms

    def postpaid(self, rng: Random, day: int, *, prefix: str = "") -> PostpaidCase:
        """A period of a new account that ends on the day."""
        number = self.systems.new_id(f"{prefix}PINV")
        amount = (500 + int(rng.random() * 20_000)) * 100_00
        customer = self.parties.accounts[int(rng.random() * len(self.parties.accounts))].customer
        return PostpaidCase(self.billing, self.books, number, f"PACC-{number}", customer, day, amount)

    def postpaid_period(self, rng: Random, day: int) -> None:
        """Charges held back until the last day, closed, approved, paid; sometimes billed outside in other money."""
        case = self.postpaid(rng, day)
        if rng.random() < 0.4:
            case.external_currency = EXTERNAL_CURRENCIES[self.count % 3]
            case.external_total = case.amount // 40_000 * 100
        case.write_open(blocked=500_00)
        case.write_closed()
        case.write_erp("open", case.at(1, 11))
        if rng.random() < 0.2:
            case.write_payment("cancelled", case.at(1, 9, 20), due=None, created=case.at(1, 9, 10), id_suffix="-0")
        case.write_payment("waiting", case.at(1, 9, 30), due=None)
        case.write_payment("pending", case.at(2, 10), due=9)
        days = 3 + int(rng.random() * 6)
        case.write_payment("completed", case.at(days, 12), due=9)
        case.write_erp("closed", case.at(days, 15))

    # ---------- personal accounts

    def account(self, rng: Random) -> Account:
        """Some customer with a personal account."""
        return self.parties.accounts[int(rng.random() * len(self.parties.accounts))]

    def export(
        self, rng: Random, kind: str, at: int, *, prefix: str = "", account: Account | None = None
    ) -> ExportCase:
        """Money for a personal account at a moment."""
        number = self.systems.new_id(f"{prefix}LS")
        amount = (40 + int(rng.random() * 4_000)) * 250_00
        return ExportCase(self.billing, self.books, number, kind, account or self.account(rng), amount, at)

    def cash(self, rng: Random, day: int) -> None:
        """Cash at the desk; sometimes entered twice on the platform and once cancelled."""
        case = self.export(rng, "cash_receipt_order", moment(day, 11, int(rng.random() * 60)))
        case.write_document()
        if rng.random() < 0.3:
            case.write_export(status="cancelled", id_suffix="-0")
        case.write_export()

    def cash_at_night(self, rng: Random, day: int) -> None:
        """Taken just before midnight, exported in the morning: the picture of the queue shows it waiting."""
        at = moment(day, 23, 20)
        case = self.export(rng, "cash_receipt_order", at)
        case.write_document()
        self.books.queued(day, case.document, at + MINUTE)
        case.write_export(moment(day + 1, 8, 5))

    def incoming_order(self, rng: Random, day: int) -> None:
        """A payment order, with its line on the bank statement."""
        case = self.export(rng, "incoming_payment_order", moment(day, 12, 40))
        case.write_document()
        case.write_export()
        self.write_bank_line(case)

    def terminal(self, rng: Random, day: int) -> None:
        """A card at the desk: the provider's payment, its receipt, and accounting's document the same day."""
        case = self.export(rng, "customer_card_payment", moment(day, 15, int(rng.random() * 60)))
        self.write_card(case)
        case.write_document()
        case.write_export()

    def write_card(self, case: ExportCase) -> None:
        """What the provider and the fiscal service know of a card at the desk."""
        payment, paid = case.payment, case.at - 5 * MINUTE
        self.systems.provider_payment(
            paid,
            "arca",
            f"arca-{payment}",
            "paid",
            case.amount,
            "AMD",
            paid - MINUTE,
            reference=f"RRN-{payment}",
            payment=payment,
            paid=paid,
        )
        self.books.receipt(paid + 2 * MINUTE, f"RCP-{payment}", "success", case.amount, "AMD", payment=payment)

    def write_bank_line(self, case: ExportCase) -> None:
        """The line of a payment order on the statement."""
        self.systems.bank_line(
            case.at // DAY, case.amount, "AMD", "demo customer", tax_id=case.account.tax_id, erp_document=case.document
        )
