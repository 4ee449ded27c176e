"""Customers, contracts and the ids of new sales and invoices."""

from dataclasses import dataclass
from random import Random

from ingest.demo.books import Books
from ingest.demo.invoices import InvoiceCase
from ingest.demo.sales import CardSale
from ingest.demo.systems import Systems
from ingest.demo.timeline import MINUTE, moment

CREDIT_LIMIT = 500_000_000_00
PERSONAL_ACCOUNTS = 40
SIZE = {"AMD": 1, "USD": 400, "EUR": 450, "RUB": 5}
"""What one unit is worth in drams, near enough to draw plausible amounts."""


@dataclass(frozen=True)
class Company:
    """A customer with a contract."""

    customer: str
    contract: str
    tax_id: str
    currency: str
    terms: int


@dataclass(frozen=True)
class Account:
    """A customer with a contract and a personal account at the billing platform."""

    customer: str
    contract: str
    tax_id: str
    personal_account: str


class Parties:
    """Draws customers and starts sales and invoices for them."""

    def __init__(self, systems: Systems, books: Books, companies: int, individuals: int) -> None:
        self.systems = systems
        self.books = books
        self.individuals = individuals
        currencies = ("AMD", "AMD", "USD", "AMD", "EUR", "AMD", "RUB", "AMD")
        self.companies = [
            Company(f"CUS-C{n:06d}", f"CON-{n:06d}", f"99{n:06d}", currencies[n % len(currencies)], 30)
            for n in range(companies)
        ]
        self.accounts = [
            Account(f"CUS-L{n:06d}", f"CONL-{n:06d}", f"9950{n:04d}", f"LS-{n:06d}") for n in range(PERSONAL_ACCOUNTS)
        ]

    def write_directory(self) -> None:
        """Every customer and contract in the first extract."""
        at = moment(0, 0, 5)
        for company in self.companies:
            name = f"Demo trading house {company.customer[5:]}"
            self.systems.customer(at, company.customer, name, "company", company.tax_id)
            limit = CREDIT_LIMIT // SIZE[company.currency]
            self.systems.contract(at, company.contract, company.customer, company.currency, limit, company.terms)
        for account in self.accounts:
            name = f"Demo subscriber {account.customer[5:]}"
            self.systems.customer(at, account.customer, name, "company", account.tax_id)
            self.write_contract(at, account)
        for n in range(self.individuals):
            self.systems.customer(at, f"CUS-P{n:07d}", f"Demo shopper {n:07d}", "individual", "")

    def write_contract(self, at: int, account: Account) -> None:
        """The contract of a personal account, without credit; it may name no account yet."""
        self.systems.contract(at, account.contract, account.customer, "AMD", None, 0, account.personal_account)

    def new_company(self, at: int, prefix: str, credit_limit: int) -> Company:
        """A new customer whose contract, in drams, has a limit of its own."""
        number = self.systems.new_id(f"{prefix}CON")
        company = Company(f"CUS-{number}", number, f"998{number[-5:]}", "AMD", 30)
        self.systems.customer(at, company.customer, f"Demo company {number}", "company", company.tax_id)
        self.systems.contract(at, company.contract, company.customer, "AMD", credit_limit, company.terms)
        return company

    def new_account(self, at: int, prefix: str, *, has_account: bool = True) -> Account:
        """A new customer with a contract and a personal account, which the contract may not name yet."""
        number = self.systems.new_id(f"{prefix}CONL")
        account = Account(f"CUS-{number}", number, f"997{number[-5:]}", f"LS-{number}" if has_account else "")
        self.systems.customer(at, account.customer, f"Demo subscriber {number}", "company", account.tax_id)
        self.write_contract(at, account)
        return account

    def individual(self, rng: Random) -> str:
        """The id of a private customer."""
        return f"CUS-P{int(rng.random() * self.individuals):07d}"

    def company(self, rng: Random, currency: str | None = None) -> Company:
        """A company, of a contract currency if that is asked for."""
        while True:
            company = self.companies[int(rng.random() * len(self.companies))]
            if currency in (None, company.currency):
                return company

    def sale(self, rng: Random, day: int, second: int | None = None, *, prefix: str = "") -> CardSale:
        """A web order of the day, paid within the hour; ``second`` of the day fixes when it is paid."""
        wait = 180 + int(rng.random() * 3000)
        if second is None:
            second = int((0.35 + 0.6 * rng.random()) * 86_400)
        paid = moment(day, 0) + second
        provider = "arca" if rng.random() < 0.7 else "idram"
        order = self.systems.new_id(f"{prefix}ORD")
        number = order[len(prefix) + 4 :]
        return CardSale(
            self.systems,
            self.books,
            provider,
            order,
            f"{prefix}PAY-{number}",
            f"{provider}-{prefix}{number}",
            f"{prefix}RRN{number}",
            f"{prefix}KP-{number}",
            f"{prefix}RCP-{number}",
            self.individual(rng),
            (30 + int(rng.random() * 1970)) * 50_00,
            "AMD",
            max(paid - wait, 0),
            max(paid, 4 * MINUTE),
        )

    def invoice(self, rng: Random, day: int, currency: str | None = None, *, prefix: str = "") -> InvoiceCase:
        """An invoice issued to a company on the day."""
        company = self.company(rng, currency)
        number = self.systems.new_id(f"{prefix}INV")
        amount = (100_000 + int(rng.random() * 8_900_000)) // SIZE[company.currency] * 100
        issued = moment(day, 9, int(rng.random() * 480))
        return InvoiceCase(
            self.systems,
            self.books,
            number,
            company.customer,
            company.contract,
            company.tax_id,
            amount,
            company.currency,
            issued,
        )
