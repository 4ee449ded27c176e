"""Faults of the extracts themselves: late, never there, refused, with unreadable rows.

What comes after its own day is held back in a folder beside the inbox until ``World.deliver``.
"""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ingest.demo.extracts import ExtractWriter, header
from ingest.demo.tables import TABLES
from ingest.demo.timeline import Timeline, moment
from ingest.demo.truth import Arrivals, Truth

LATE: tuple[tuple[str, int, int], ...] = (("website.payments", 8, 10), ("fiscal.receipts", 12, 13))
"""Contract, day, and the day it arrives."""

LOST_CONTRACT = "crm.deals"
LOST_DAYS_BEFORE_END = 4
WAIVED = ("crm.payment_requests", 16, 18)
"""Never comes either; on the later day somebody waives it."""
UNREADABLE_CUSTOMERS = ("crm.customers", 6, 7)
"""Refused whole, so its extract is missing too until it is delivered again."""


@dataclass(frozen=True)
class Delivery:
    """A file that arrives on a later day than the one it is about."""

    arrival_day: int
    path: Path
    held: Path


def plan(days: int, *, faults: bool) -> Arrivals:
    """When which extract is there."""
    if not faults:
        return Arrivals(days)
    exceptions: dict[tuple[str, int], int | None] = {(contract, day): arrives for contract, day, arrives in LATE}
    exceptions[LOST_CONTRACT, days - LOST_DAYS_BEFORE_END] = None
    for contract, day, arrives in (UNREADABLE_CUSTOMERS, WAIVED):
        exceptions[contract, day] = arrives
    return Arrivals(days, exceptions, frozenset({WAIVED[:2]}))


@dataclass
class SourceFaults:
    """Bends extracts that are already written. Call ``inject`` after the writer is closed."""

    writer: ExtractWriter
    timeline: Timeline
    truth: Truth
    holding: Path
    deliveries: list[Delivery] = field(default_factory=list)

    def inject(self) -> None:
        """Inject all of them and write their truth."""
        last = self.timeline.days - 1
        for (contract, day), arrives in self.truth.arrivals.exceptions.items():
            until = last if arrives is None else min(arrives - 1, last)
            self._expect("source_extract_missing", contract, day, until)
            if (contract, day, arrives) != UNREADABLE_CUSTOMERS:
                self._hold_back(contract, day, None if (contract, day, arrives) == WAIVED else arrives)
        self._waive(*WAIVED)
        self._unreadable_customers()
        self._orders_without_currency()
        self._disagreeing_control_total()
        self._rejected_rows()

    def _expect(self, code: str, contract: str, day: int, last_day: int) -> None:
        self.truth.add(code, "feed", f"{contract}:{self.timeline.iso(day)}", day, last_day)

    def _hold_back(self, contract: str, day: int, arrives: int | None) -> None:
        folder = self.writer.path(contract, TABLES[contract].parts[0], day).parent
        for path in sorted(folder.iterdir()):
            if arrives is not None and arrives < self.timeline.days:
                held = self._held_path(path, arrives)
                shutil.move(path, held)
                self.deliveries.append(Delivery(arrives, path, held))
            else:
                path.unlink()
        folder.rmdir()

    def _held_path(self, path: Path, arrives: int) -> Path:
        held = self.holding / self.timeline.iso(arrives) / path.relative_to(self.writer.inbox)
        held.parent.mkdir(parents=True, exist_ok=True)
        return held

    def _deliver_later(self, path: Path, arrives: int, content: bytes) -> None:
        held = self._held_path(path, arrives)
        held.write_bytes(content)
        self.deliveries.append(Delivery(arrives, path, held))

    def _waive(self, contract: str, day: int, on: int) -> None:
        """The empty extract that ``sverka waive`` writes."""
        path = self.writer.inbox / contract / self.timeline.iso(day) / f"{contract}.waived.csv"
        self._deliver_later(path, on, header(contract).encode("utf-8"))

    def _unreadable_customers(self) -> None:
        """A whole extract in cp1251, sent again in UTF-8 the next day."""
        contract, day, arrives = UNREADABLE_CUSTOMERS
        path = self.writer.path(contract, "", day)
        renamed = self._line(
            "CUS-C000000", "ООО Демонстрация", "company", "99000000", "C000000", "true", self._local(day)
        )
        text = header(contract) + renamed
        path.write_bytes(text.encode("cp1251"))
        self._deliver_later(path, arrives, text.encode("utf-8"))
        self._expect("extract_refused", contract, day, arrives - 1)

    def _orders_without_currency(self) -> None:
        """A second file without a required column, never corrected; the day's other file is good."""
        contract, day = "website.orders", 10
        path = self.writer.path(contract, "", day).with_name("orders-extra.csv")
        text = "order_id,amount,status,created_at\n" + self._line("FORD-EXTRA-1", "1500.00", "new", self._local(day))
        path.write_bytes(text.encode("utf-8"))
        self._expect("extract_refused", contract, day, self.timeline.days - 1)

    def _disagreeing_control_total(self) -> None:
        """A second file with one row where its control file promises two; the control file is corrected later."""
        contract, day, arrives = "crm.customers", 13, 15
        path = self.writer.path(contract, "", day).with_name("customers-branch.csv")
        row = self._line(
            "CUS-CBRANCH", "Demo branch office", "company", "99999999", "CBRANCH", "true", self._local(day)
        )
        path.write_bytes((header(contract) + row).encode("utf-8"))
        control = path.with_name(path.name + ".control.json")
        control.write_text(json.dumps({"rows": 2}) + "\n", encoding="utf-8")
        self._deliver_later(control, arrives, (json.dumps({"rows": 1}) + "\n").encode("utf-8"))
        self._expect("extract_refused", contract, day, arrives - 1)

    def _rejected_rows(self) -> None:
        """One unreadable row in a good file: an amount, a 30th of February, an unknown word."""
        at, last = self._local, self.timeline.days - 1
        order = ["FORD-REJECTED", "CUS-P0000001", "12x50.00", "AMD", "new", f"{at(5)}+04:00", f"{at(5)}+04:00"]
        self._reject("website.orders", 5, order, (2, "1250.00"), 7)
        document = ["FKP-REJECTED", "other", "FKP-REJECTED", "false", "false", "2026-02-30T10:00:00", "", "", "", ""]
        document += ["", "", "", "9900.00", "AMD", "false", "", "", "", "", "", at(7)]
        self._reject("erp.payments", 7, document, None, last + 1)
        deal = ["FDEAL-REJECTED", "FORD-REJECTED", "", "", "perhaps", "1250.00", "AMD", at(11)]
        self._reject("crm.deals", 11, deal, (4, "unpaid"), 12)

    def _reject(
        self, contract: str, day: int, values: list[str], correction: tuple[int, str] | None, arrives: int
    ) -> None:
        path = self.writer.path(contract, "", day)
        clean = path.read_bytes()
        path.write_bytes(clean + self._line(*values).encode("utf-8"))
        if correction is not None:
            column, value = correction
            values[column] = value
            self._deliver_later(path, arrives, clean + self._line(*values).encode("utf-8"))
        self._expect("rows_rejected", contract, day, arrives - 1)

    def _local(self, day: int) -> str:
        return self.timeline.local(moment(day, 17))

    def _line(self, *values: str) -> str:
        return ",".join(values) + "\n"
