"""What providers' payouts settle, and what they say they pay out."""

# A row is written as groups of columns added together, which reads better than thirty lines of one value each.
# ruff: noqa: RUF005
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.demo.extracts import ExtractWriter
from ingest.demo.text import money
from ingest.demo.timeline import Timeline

FEE_PER_MILLE = 18


def fee(amount: int) -> int:
    """What the provider keeps of a payment, in hundredths."""
    return amount * FEE_PER_MILLE // 1000


@dataclass
class Batch:
    """The sums of one payout, in hundredths. ``adjustment`` and ``error`` are what the provider adds and miscounts."""

    gross: int = 0
    refunds: int = 0
    disputes: int = 0
    fees: int = 0
    adjustment: int = 0
    error: int = 0

    @property
    def net(self) -> int:
        """What is paid out."""
        return self.gross - self.refunds - self.disputes - self.fees + self.adjustment + self.error


class Settlement:
    """Sums what each provider settles of a day, and writes payouts; conventions as in ``systems``."""

    def __init__(self, writer: ExtractWriter, timeline: Timeline) -> None:
        self.timeline = timeline
        self._add = writer.add
        self._batches: defaultdict[tuple[str, str, int], Batch] = defaultdict(Batch)

    def batch_id(self, provider: str, currency: str, day: int) -> str:
        """The id of the batch of a day."""
        return f"{provider}-{currency}-{self.timeline.iso(day).replace('-', '')}"

    def batch(self, provider: str, currency: str, day: int) -> Batch:
        """The sums of the batch of a day."""
        return self._batches[provider, currency, day]

    def daily(self) -> Iterator[tuple[str, str, int, str, Batch]]:
        """Provider, currency, day, id and sums of each batch of a day."""
        for (provider, currency, day), sums in sorted(self._batches.items()):
            yield provider, currency, day, self.batch_id(provider, currency, day), sums

    def payout(self, at: int, provider: str, id_: str, sums: Batch, currency: str, day: int) -> None:
        """What the provider says it pays out on the day for a batch."""
        self._add(
            "provider.payouts",
            at,
            (provider, id_, money(sums.gross), money(sums.refunds), money(sums.disputes), money(sums.fees))
            + (money(sums.adjustment), money(sums.net), currency, self.timeline.iso(day), self.bank_reference(id_))
            + (self.timeline.utc(at),),
            provider,
        )

    @staticmethod
    def bank_reference(batch: str) -> str:
        """The reference under which the bank shows a payout."""
        return f"BR{batch.replace('-', '')}"
