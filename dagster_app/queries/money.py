"""Amounts and other values as people read them."""

from __future__ import annotations

from decimal import Decimal

#: ISO 4217 "no currency": the daily summary's rows that stand for exceptions without money.
NO_CURRENCY = "XXX"

_NO_BREAK_SPACE = "\u00a0"


def amount(value: Decimal | int | None) -> str:
    """`12 000.00`: at least two decimals, more only when they say something; no-break spaces; empty for NULL."""
    if value is None:
        return ""
    exact = Decimal(value).normalize()
    places = max(2, -int(exact.as_tuple().exponent))
    return f"{exact:,.{places}f}".replace(",", _NO_BREAK_SPACE).replace("-", "\u2212")


def currency_name(currency: str | None) -> str:
    """The currency's code; words for none."""
    return "no currency" if currency in (None, "", NO_CURRENCY) else str(currency)


def money(value: Decimal | int | None, currency: str | None) -> str:
    """`12 000.00 AMD`, never broken over two lines; empty for NULL; without a currency the number alone."""
    if value is None:
        return ""
    if currency in (None, "", NO_CURRENCY):
        return amount(value)
    return f"{amount(value)}{_NO_BREAK_SPACE}{currency}"


def percent(share: float | None) -> str:
    """`98.25 %` of a share 0..1, cut, not rounded, so that 100 % means all of it; a dash for NULL."""
    if share is None:
        return "\u2013"
    hundredths = int(Decimal(repr(share)) * 10000)
    return f"{Decimal(hundredths) / 100:.2f}{_NO_BREAK_SPACE}%"
