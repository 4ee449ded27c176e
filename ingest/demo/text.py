"""How the demonstration systems write amounts and truth values."""


def money(amount: int) -> str:
    """Hundredths as a decimal in major units."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def flag(value: bool) -> str:
    """A boolean as the exports spell it."""
    return "true" if value else "false"
