"""Writing the demonstration world and delivering it day by day.

``write_world`` writes canonical extracts into ``<home>/inbox``, what arrives late into ``<home>/demo/arrivals`` and the
truth into ``<home>/truth.csv``. The same arguments give the same bytes, whatever the machine or the day.
"""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from ingest.demo import (
    faults_billing,
    faults_decisions,
    faults_goods,
    faults_invoices,
    faults_orders,
    faults_payments,
    faults_postpaid,
    faults_receipts,
    faults_refunds,
    faults_settlement,
)
from ingest.demo.billing import Billing
from ingest.demo.books import Books
from ingest.demo.business import Business, Volume
from ingest.demo.business_billing import BillingBusiness
from ingest.demo.business_invoices import InvoiceBusiness
from ingest.demo.desk import Desk
from ingest.demo.extracts import ExtractWriter
from ingest.demo.faults_sources import Delivery, SourceFaults, plan
from ingest.demo.kit import Inject, Kit
from ingest.demo.parties import Parties
from ingest.demo.systems import Systems
from ingest.demo.tables import TABLES
from ingest.demo.timeline import ZONE, Timeline
from ingest.demo.truth import Fault, Truth

FIRST_DATE = date(2026, 10, 1)
PAYMENTS_PER_DAY = 60
DAYS = 21
VARIANTS = 3
MIN_DAYS_WITH_FAULTS = 21
INVOICE_SHARE = 0.12
"""Invoices of a day for each payment of it."""

FAULTS: tuple[Inject, ...] = (
    *faults_payments.FAULTS,
    *faults_receipts.FAULTS,
    *faults_refunds.FAULTS,
    *faults_settlement.FAULTS,
    *faults_orders.FAULTS,
    *faults_invoices.FAULTS,
    *faults_goods.FAULTS,
    *faults_postpaid.FAULTS,
    *faults_billing.FAULTS,
    *faults_decisions.FAULTS,
)


class WorldExistsError(FileExistsError):
    """The inbox already holds extracts that are not of this world."""


@dataclass(frozen=True)
class TruthRow:
    """One exception that must stand in ``state`` on every run date from ``first_date`` to ``last_date``.

    The state is open, snoozed or resolved. Several rows of one exception tell its life; on a date without a row it was
    not seen yet, or is closed by itself.
    """

    exception_code: str
    subject_type: str
    subject_id: str
    first_date: date
    last_date: date
    state: str


@dataclass
class World:
    """A written world. ``deliveries`` are the files that arrive after their own date."""

    inbox: Path
    first_date: date
    days: int
    truth: tuple[TruthRow, ...]
    deliveries: tuple[Delivery, ...]
    rows: dict[str, int]
    volume: Volume = field(default_factory=Volume)

    @property
    def dates(self) -> list[date]:
        """Every date of the world, each to be delivered and run in turn."""
        return [self.first_date + timedelta(days=n) for n in range(self.days)]

    @property
    def last_date(self) -> date:
        """The last date of the world."""
        return self.first_date + timedelta(days=self.days - 1)

    def deliver(self, day: date) -> list[Path]:
        """Put into the inbox what has arrived by the morning after ``day``; returns the files that are new there."""
        arrived: list[Path] = []
        for delivery in self.deliveries:
            due = self.first_date + timedelta(days=delivery.arrival_day) <= day
            if due and delivery.held.exists():
                delivery.path.parent.mkdir(parents=True, exist_ok=True)
                partial = delivery.path.with_name(delivery.path.name + ".part")
                shutil.copyfile(delivery.held, partial)
                partial.replace(delivery.path)
                delivery.held.unlink()
                arrived.append(delivery.path)
        return arrived

    def deliver_all(self) -> list[Path]:
        """Put everything into the inbox that ever arrives."""
        return self.deliver(self.last_date)

    def expected_on(self, day: date) -> set[tuple[str, str, str, str]]:
        """(code, subject type, subject id, state) of what stands after a run for the date."""
        return {
            (row.exception_code, row.subject_type, row.subject_id, row.state)
            for row in self.truth
            if row.first_date <= day <= row.last_date
        }

    def headlines(self) -> Iterator[str]:
        """What was simulated."""
        volume = self.volume
        sold = f"{volume.sales} card and wallet sales, {volume.cash} cash sales, {volume.abandoned} abandoned orders"
        more = f"{volume.invoices} invoices, {volume.refunds} refunds, {volume.disputes} disputes"
        late = f"{len(self.deliveries)} files that arrive late or again"
        yield f"Demonstration world, {self.first_date} to {self.last_date}, business zone {ZONE}"
        yield f"  {sold}, {more}"
        yield f"  {sum(self.rows.values())} rows in {len(self.rows)} kinds of extract, {late}"

    def summary(self) -> str:
        """What was simulated and injected, in a few lines."""
        subjects = {(row.exception_code, row.subject_type, row.subject_id) for row in self.truth}
        counts = Counter(code for code, _, _ in subjects)
        lines = [*self.headlines(), f"  {sum(counts.values())} injected exceptions of {len(counts)} codes"]
        lines += [f"    {code:<35} {count}" for code, count in sorted(counts.items())]
        return "\n".join(lines)


def write_world(
    inbox: Path,
    *,
    seed: int = 1,
    days: int = DAYS,
    scale: int = 1,
    faults: bool = True,
    first_date: date = FIRST_DATE,
    payments_per_day: int | None = None,
) -> World:
    """Write the world into ``inbox`` and its truth beside it.

    About ``payments_per_day`` (default 60 times ``scale``) payments begin each day. Memory does not grow with it.
    Raises ValueError for arguments that make no world, WorldExistsError when the inbox holds other extracts.
    """
    _check(days, scale, faults, payments_per_day)
    per_day = PAYMENTS_PER_DAY * scale if payments_per_day is None else payments_per_day
    home = inbox.parent
    marker = {"seed": seed, "days": days, "payments_per_day": per_day, "faults": faults, "first": str(first_date)}
    claim(inbox, marker, TABLES)

    timeline = Timeline(first_date, days)
    writer = ExtractWriter(inbox, timeline)
    systems, books = Systems(writer, timeline), Books(writer, timeline)
    invoices = max(2, round(per_day * INVOICE_SHARE))
    parties = Parties(systems, books, companies=max(24, invoices * 3), individuals=max(400, per_day * 4))
    truth = Truth(plan(days, faults=faults))

    parties.write_directory()
    business, invoicing = Business(parties), InvoiceBusiness(parties)
    billing = BillingBusiness(parties, Billing(writer, timeline))
    billing.write_directory()
    for day in range(days):
        business.write_day(day, Random(f"{seed}:sales:{day}"), per_day)
        invoicing.write_day(day, Random(f"{seed}:invoices:{day}"), invoices)
        billing.write_day(day, Random(f"{seed}:billing:{day}"))
    business.volume.invoices = invoicing.count
    if faults:
        inject_faults(Kit(parties, truth, Random(f"{seed}:faults"), billing, Desk(writer, timeline)))
    systems.payouts()
    writer.close()
    sources = SourceFaults(writer, timeline, truth, home / "demo" / "arrivals")
    if faults:
        sources.inject()
    rows = truth_rows(truth.faults, timeline)
    write_truth(home / "truth.csv", rows)
    return World(inbox, first_date, days, rows, tuple(sources.deliveries), dict(writer.rows), business.volume)


def inject_faults(kit: Kit) -> None:
    """Every fault in three variants, spread over the first days so that each has time to show and to heal."""
    for number, inject in enumerate(FAULTS):
        for variant in range(VARIANTS):
            inject(kit, start_day(number, variant), variant)


def start_day(number: int, variant: int) -> int:
    """The day on which a fault begins: days 1 to 5, 4 to 8, or 8 to 10."""
    return (1 + number % 5, 4 + number % 5, 8 + number % 3)[variant]


def write_truth(path: Path, rows: Sequence[TruthRow]) -> None:
    """Write the truth as CSV, one stretch of an exception's life a row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["exception_code", "subject_type", "subject_id", "first_date", "last_date", "state"])
        for row in rows:
            table.writerow(
                [row.exception_code, row.subject_type, row.subject_id, row.first_date, row.last_date, row.state]
            )


def truth_rows(faults: Sequence[Fault], timeline: Timeline) -> tuple[TruthRow, ...]:
    """The faults of a world as dated rows, in order."""
    rows = [
        TruthRow(
            fault.code,
            fault.subject_type,
            fault.subject_id,
            timeline.date(fault.first_day),
            timeline.date(fault.last_day),
            fault.state,
        )
        for fault in faults
    ]
    return tuple(sorted(rows, key=lambda row: (row.exception_code, row.subject_type, row.subject_id, row.first_date)))


def _check(days: int, scale: int, faults: bool, payments_per_day: int | None) -> None:
    if days < 1 or scale < 1 or (payments_per_day is not None and payments_per_day < 1):
        raise ValueError("days, scale and payments_per_day must be at least 1.")
    if faults and days < MIN_DAYS_WITH_FAULTS:
        raise ValueError(f"Faults need {MIN_DAYS_WITH_FAULTS} days to show and heal; got {days}. Use faults=False.")


def claim(inbox: Path, world: dict[str, object], folders: Iterable[str] = ()) -> None:
    """Begin a world anew where it already is, its ``folders`` empty; refuse an inbox with extracts of something else.

    Raises WorldExistsError.
    """
    marker = inbox.parent / "demo" / "world.json"
    text = json.dumps(world, sort_keys=True) + "\n"
    ours = marker.exists() and marker.read_text(encoding="utf-8") == text
    taken = sorted(path.name for path in inbox.glob("*") if path.is_dir() and any(path.iterdir()))
    if taken and not ours:
        raise WorldExistsError(
            f"{inbox} already holds extracts of {', '.join(taken)}. Choose an empty home for the demonstration."
        )
    for name in folders:
        shutil.rmtree(inbox / name, ignore_errors=True)
    shutil.rmtree(marker.parent / "arrivals", ignore_errors=True)
    inbox.mkdir(parents=True, exist_ok=True)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(text, encoding="utf-8")
