"""A small hand-made published database with the marts and staging tables that reports and queries read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from ingest.contract import METADATA_COLUMNS, contracts

AS_OF = date(2026, 11, 20)
STATUSES = ("matched", "mismatched", "missing", "ambiguous", "pending", "accepted", "not_applicable")
AGEING_BUCKETS = ("not_due", "1-30", "31-60", "61-90", "90+")

_TYPES = {
    "t": "VARCHAR",
    "m": "DECIMAL(19,4)",
    "d": "DATE",
    "ts": "TIMESTAMP",
    "i": "BIGINT",
    "b": "BOOLEAN",
    "f": "DOUBLE",
    "tl": "VARCHAR[]",
    "dl": "DATE[]",
}

MARTS = {
    "fct_payment_reconciliation": "as_of_date:d payment_key payment_id order_id invoice_id customer_id provider_state"
    " website_state crm_state erp_state fiscal_state refund_state settlement_state provider_amount:m website_amount:m"
    " erp_amount:m fiscal_amount:m refunded_amount:m fee_amount:m currency difference_amount:m tolerance_used:m"
    " created_at:ts paid_at:ts business_date:d erp_document_date:ts match_status match_rules:tl exception_codes:tl"
    " is_auto_closed:b",
    "fct_document_links": "as_of_date:d document_id leg source_system payment_key settlement_batch_id match_rule"
    " is_ambiguous:b candidates:tl suggested_payment_key channel amount:m currency event_at:ts file_name file_sha256"
    " row_number:i",
    "fct_refund_reconciliation": "as_of_date:d refund_key payment_key provider_document_id erp_document_id"
    " receipt_document_id provider_state erp_state receipt_state provider_amount:m erp_amount:m receipt_amount:m"
    " currency refunded_at:ts match_status",
    "fct_exceptions": "as_of_date:d exception_id exception_code exception_class severity owner subject_type subject_id"
    " payment_key order_id invoice_id customer_id amount:m currency event_at:ts reason evidence state first_seen_date:d"
    " last_seen_date:d closed_date:d days_open:i times_reopened:i due_at:ts is_overdue:b assigned_to resolved_by"
    " resolution_reason",
    "dim_exception_types": "as_of_date:d exception_code exception_class severity owner sla_hours:i title_en title_ru"
    " action_en action_ru",
    "fct_daily_summary": "as_of_date:d currency payment_count:i payment_amount:m "
    + " ".join(f"{status}_count:i {status}_amount:m" for status in STATUSES)
    + " auto_match_rate_count:f auto_match_rate_amount:f opened_count:i closed_count:i open_count:i open_amount:m"
    " debt_amount:m overpayment_amount:m unapplied_amount:m",
    "fct_source_coverage": "as_of_date:d feed contract first_extract_date:d last_extract_date:d coverage_date:d"
    " missing_dates:dl files:i rows_loaded:i rows_rejected:i",
    "fct_payment_bridge": "as_of_date:d business_date:d currency provider_paid_amount:m in_transit_amount:m"
    " missing_in_erp_amount:m posted_in_batch_amount:m erp_without_provider_amount:m difference_amount:m"
    " duplicate_amount:m currency_break_amount:m erp_posted_amount:m residual_amount:m",
    "fct_receivables_ageing": "as_of_date:d customer_id currency ageing_bucket debt_amount:m invoice_count:i",
    "fct_invoice_ledger": "as_of_date:d ledger_event_id invoice_id customer_id contract_id currency event_kind"
    " event_at:ts business_date:d amount:m balance_after:m payment_key document_id reason",
    "fct_invoice_balances": "as_of_date:d invoice_id customer_id contract_id order_id currency invoice_status"
    " invoice_amount:m paid_amount:m debt_amount:m overpayment_amount:m balance_amount:m balance_status",
    "fct_exception_history": "date:d exception_id change actor reason",
    "fct_customer_balances": "as_of_date:d customer_id currency invoiced_amount:m paid_amount:m debt_amount:m"
    " overdue_amount:m overpayment_amount:m exposure_amount:m unapplied_amount:m adjustments_without_invoice:m"
    " credit_limit:m available_credit:m",
    "fct_unapplied_payments": "as_of_date:d document_id payment_key customer_id amount:m currency paid_at:ts"
    " unapplied_reason",
    "fct_settlement_reconciliation": "as_of_date:d source_system settlement_batch_id payout_date:d currency"
    " net_amount:m unexplained_amount:m match_status",
    "fct_reserve_clearance": "as_of_date:d source_system reserve_id invoice_id order_id status amount:m is_cleared:b"
    " cleared_by missing_amount:m",
    "fct_postpaid_invoices": "as_of_date:d source_system platform_invoice_id account_id platform_status amount:m"
    " currency match_status",
    "dim_customers": "as_of_date:d customer_id tax_id accounting_code personal_account name customer_type is_active:b"
    " source_system",
}


@dataclass(frozen=True)
class FakeHome:
    """The part of a home that readers use."""

    path: Path
    timezone: str = "Asia/Yerevan"

    @property
    def published_database(self) -> Path:
        return self.path / "published" / "sverka.duckdb"

    @property
    def reports(self) -> Path:
        return self.path / "reports"


class World:
    """Builds `published/sverka.duckdb`; every mart row gets the as-of date unless it says otherwise."""

    def __init__(self, path: Path) -> None:
        self.home = FakeHome(path)
        self.home.published_database.parent.mkdir(parents=True, exist_ok=True)
        self._connection = duckdb.connect(str(self.home.published_database))
        for schema in ("staging", "marts"):
            self._connection.execute(f"create schema {schema}")
        for mart, spec in MARTS.items():
            columns = [part.partition(":") for part in spec.split()]
            body = ", ".join(f"{name} {_TYPES[kind or 't']}" for name, _, kind in columns)
            self._connection.execute(f"create table marts.{mart} ({body})")
        for contract in contracts().values():
            body = ", ".join(
                f'"{name}" {sql_type}'
                for name, sql_type in [*((c.name, c.sql_type) for c in contract.columns), *METADATA_COLUMNS.items()]
            )
            self._connection.execute(f"create table staging.stg_{contract.raw_table} ({body})")

    def mart(self, mart: str, **values: Any) -> None:
        """Insert one row of a mart, by default of the date that is published."""
        day = "date" if mart == "fct_exception_history" else "as_of_date"
        self._insert(f"marts.{mart}", {day: AS_OF} | values)

    def record(self, contract: str, system: str, row_number: int = 1, **values: Any) -> None:
        """Insert one staging row, as if from row `row_number` of `<contract>.csv`."""
        provenance = {
            "source_system": system,
            "_feed": contract,
            "_extract_date": AS_OF,
            "_file_name": f"{contract}.csv",
            "_file_sha256": "ab" * 32,
            "_delivery": 1,
            "_row_number": row_number,
        }
        self._insert("staging.stg_" + contract.replace(".", "__"), values | provenance)

    def exception(self, code: str, subject_type: str, subject_id: str, reason: str, **values: Any) -> None:
        """Insert one open exception, first seen on the as-of date."""
        defaults = {
            "exception_id": f"id-{code}-{subject_id}",
            "exception_class": "mismatch",
            "severity": "high",
            "owner": "finance",
            "currency": "AMD",
            "state": "open",
            "first_seen_date": AS_OF,
            "last_seen_date": AS_OF,
            "days_open": 0,
            "times_reopened": 0,
            "due_at": datetime(2026, 11, 23, 20),
            "is_overdue": False,
        }
        fixed = {"exception_code": code, "subject_type": subject_type, "subject_id": subject_id, "reason": reason}
        self.mart("fct_exceptions", **(defaults | fixed | values))

    def day(self, day: date, currency: str = "AMD", **values: Any) -> None:
        """Insert one row of the daily summary; counts and amounts not given are 0."""
        counts = {f"{status}_count": 0 for status in STATUSES} | {f"{status}_amount": Decimal(0) for status in STATUSES}
        rest = dict.fromkeys(("payment_count", "opened_count", "closed_count", "open_count"), 0)
        sums = ("payment_amount", "open_amount", "debt_amount", "overpayment_amount", "unapplied_amount")
        zeros = counts | rest | dict.fromkeys(sums, Decimal(0))
        self.mart("fct_daily_summary", **(zeros | {"currency": currency} | values | {"as_of_date": day}))

    def close(self) -> FakeHome:
        """Finish the file and hand out its home."""
        self._connection.close()
        return self.home

    def _insert(self, table: str, values: dict[str, Any]) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        self._connection.execute(f"insert into {table} ({names}) values ({marks})", list(values.values()))


def exception_types(world: World) -> None:
    """The titles of the codes the samples use."""
    for code, title_en, title_ru in (
        ("provider_paid_erp_unpaid", "Paid at the provider, not in accounting", "Оплачено у провайдера, нет в учёте"),
        (
            "erp_amount_mismatch",
            "Amounts differ between provider and accounting",
            "Суммы провайдера и учёта различаются",
        ),
        ("receipt_missing", "Fiscal receipt is missing", "Нет фискального чека"),
        ("invoice_overdue", "Invoice is overdue", "Счёт просрочен"),
        ("source_extract_missing", "An expected extract did not arrive", "Ожидаемая выгрузка не поступила"),
        ("business_date_mismatch", "Posted on another business date", "Проведено другой датой"),
    ):
        world.mart(
            "dim_exception_types",
            exception_code=code,
            title_en=title_en,
            title_ru=title_ru,
            action_en="Compare the documents and correct the wrong one.",
            action_ru="Сверьте документы и исправьте.",
        )


def ordinary_day(path: Path) -> FakeHome:
    """A business day as finance sees it: two currencies, several exceptions, a late feed, three weeks of trend."""
    world = World(path)
    exception_types(world)
    _summaries(world)
    _exceptions(world)
    _payments(world)
    _sources(world)
    _bridge_and_ageing(world)
    return world.close()


def _summaries(world: World) -> None:
    for back in range(20, -1, -1):
        day = AS_OF - timedelta(days=back)
        count = 410 + (back * 37) % 90
        broken = (back * 7) % 9
        pending = 12 + back % 5
        matched = count - broken - pending - 3
        price = Decimal("14250.50")
        world.day(
            day,
            payment_count=count,
            payment_amount=price * count,
            matched_count=matched,
            matched_amount=price * matched,
            missing_count=broken,
            missing_amount=price * broken,
            pending_count=pending,
            pending_amount=price * pending,
            mismatched_count=2,
            mismatched_amount=price * 2,
            accepted_count=1,
            accepted_amount=price,
            auto_match_rate_count=matched / count,
            auto_match_rate_amount=matched / count - 0.003 * (back % 4),
            opened_count=broken + 1,
            closed_count=(back * 5) % 8,
            open_count=24 + (back * 11) % 13,
            open_amount=Decimal("487300.25") + back * 1000,
            debt_amount=Decimal("12450900.00"),
            overpayment_amount=Decimal("50000.00"),
            unapplied_amount=Decimal("120000.00"),
        )
        world.day(
            day,
            "USD",
            payment_count=18,
            payment_amount=Decimal("2700.40"),
            matched_count=17,
            matched_amount=Decimal("2550.3775"),
            pending_count=1,
            pending_amount=Decimal("150.0225"),
            auto_match_rate_count=17 / 18,
            auto_match_rate_amount=0.9444,
            open_count=1,
            open_amount=Decimal("80.00"),
            debt_amount=Decimal("1250.00"),
        )
    world.day(AS_OF, "XXX", open_count=1)


def _exceptions(world: World) -> None:
    world.exception(
        "erp_amount_mismatch",
        "payment",
        "PAY-1001",
        severity="critical",
        amount=Decimal("500.00"),
        payment_key="PAY-1001",
        reason="The provider took 12 000.00 AMD, accounting posted 12 500.00 AMD.",
        days_open=1,
        is_overdue=True,
        first_seen_date=date(2026, 11, 19),
        due_at=datetime(2026, 11, 20, 20),
    )
    world.exception(
        "provider_paid_erp_unpaid",
        "payment",
        "PAY-1002",
        severity="critical",
        exception_class="absent",
        amount=Decimal("98000.00"),
        payment_key="PAY-1002",
        reason="Paid 98 000.00 AMD on 18.11, accounting has no document.",
        first_seen_date=date(2026, 11, 17),
        days_open=3,
        is_overdue=True,
        due_at=datetime(2026, 11, 18, 20),
        times_reopened=1,
    )
    world.exception(
        "receipt_missing",
        "payment",
        "erp:1c-erevan:БП00-001245/2026-very-long-document-number-0000000000017",
        severity="critical",
        owner="fiscal",
        exception_class="absent",
        amount=Decimal("1250300.00"),
        reason="Оплачено 1 250 300.00 AMD, чек не зарегистрирован ни одной попыткой; <script>alert(1)</script> & пр.",
        due_at=datetime(2026, 11, 21, 20),
    )
    world.exception(
        "invoice_overdue",
        "invoice",
        "INV-77",
        severity="medium",
        owner="Нарине Акопян",
        exception_class="operational",
        amount=Decimal("80.00"),
        currency="USD",
        reason='=HYPERLINK("http://example.com") owed 80.00 USD, due 01.11.',
        first_seen_date=date(2026, 11, 2),
        days_open=18,
    )
    world.exception(
        "source_extract_missing",
        "feed",
        "bank.lines:2026-11-19",
        owner="integration",
        exception_class="operational",
        currency=None,
        amount=None,
        reason="The extract of bank.lines for 2026-11-19 did not arrive.",
    )
    world.exception(
        "business_date_mismatch", "payment", "PAY-9", "hidden until Monday", state="snoozed", severity="low"
    )
    world.exception("business_date_mismatch", "payment", "PAY-8", "closed", state="auto_closed", severity="low")


def _payments(world: World) -> None:
    states = {"provider_state": "paid", "website_state": "absent", "erp_state": "posted", "fiscal_state": "success"}
    for number in range(60):
        status = "matched" if number % 7 else STATUSES[number // 7 % len(STATUSES)]
        world.mart(
            "fct_payment_reconciliation",
            payment_key=f"PAY-{number}",
            business_date=AS_OF - timedelta(days=number // 6),
            match_status=status,
            **states,
        )
    crm_only = dict.fromkeys(states, "absent") | {"crm_state": "paid", "match_status": "not_applicable"}
    world.mart("fct_payment_reconciliation", payment_key="DEAL", business_date=AS_OF, **crm_only)


def _sources(world: World) -> None:
    for feed, covered, rejected in (
        ("provider.payments", AS_OF, 3),
        ("website.payments", AS_OF, 0),
        ("erp.payments", AS_OF, 0),
        ("bank.lines", AS_OF - timedelta(days=2), 0),
        ("fiscal.receipts", AS_OF, 0),
    ):
        missing = [AS_OF - timedelta(days=1)] if covered < AS_OF else []
        world.mart(
            "fct_source_coverage",
            feed=feed,
            contract=feed,
            first_extract_date=date(2026, 10, 31),
            last_extract_date=AS_OF,
            coverage_date=covered,
            missing_dates=missing,
            files=21,
            rows_loaded=10345,
            rows_rejected=rejected,
        )


def _bridge_and_ageing(world: World) -> None:
    for back in range(3):
        world.mart(
            "fct_payment_bridge",
            business_date=AS_OF - timedelta(days=back),
            currency="AMD",
            provider_paid_amount=Decimal("6000000.00"),
            in_transit_amount=Decimal("171006.00") if back == 0 else Decimal(0),
            missing_in_erp_amount=Decimal("98000.00"),
            posted_in_batch_amount=Decimal("1000000.00"),
            erp_without_provider_amount=Decimal("0.00"),
            difference_amount=Decimal("500.00"),
            duplicate_amount=Decimal(0),
            currency_break_amount=Decimal(0),
            residual_amount=Decimal(0),
            erp_posted_amount=Decimal("4731494.00") + (Decimal("171006.00") if back else 0),
        )
    for customer, currency, bucket, debt, invoices in (
        ("ООО «Ромашка»", "AMD", "not_due", "9000000.00", 12),
        ("ООО «Ромашка»", "AMD", "31-60", "450900.00", 2),
        ("C-2", "AMD", "90+", "3000000.00", 1),
        ("C-3", "USD", "1-30", "1250.00", 1),
    ):
        world.mart(
            "fct_receivables_ageing",
            customer_id=customer,
            currency=currency,
            ageing_bucket=bucket,
            debt_amount=Decimal(debt),
            invoice_count=invoices,
        )


def empty_day(path: Path) -> FakeHome:
    """A day on which nothing happened and nothing is open."""
    world = World(path)
    world.mart(
        "fct_source_coverage",
        feed="provider.payments",
        contract="provider.payments",
        first_extract_date=AS_OF,
        last_extract_date=AS_OF,
        coverage_date=AS_OF,
        missing_dates=[],
        files=1,
        rows_loaded=0,
        rows_rejected=0,
    )
    return world.close()
