"""What a provider's payout settles."""

from dataclasses import dataclass

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
