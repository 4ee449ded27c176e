"""The page a finance person opens: one self-contained HTML file, no script, nothing fetched from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from dagster_app.queries.connection import Row
from dagster_app.queries.money import NO_CURRENCY, amount, currency_name, money, percent
from dagster_app.report.data import AGEING_BUCKETS, BRIDGE_LINES, STATUSES, ReportData
from dagster_app.report.masking import without_cards
from dagster_app.report.plots import AMBER, BLUE, TEAL, Series, count_plot, rate_plot

STATUS_WORDS = {
    "matched": "Matched",
    "mismatched": "Mismatched",
    "missing": "Missing somewhere",
    "ambiguous": "Ambiguous",
    "pending": "Pending, within its grace",
    "accepted": "Difference accepted",
    "not_applicable": "Nothing to match",
}
BUCKET_WORDS = {"not_due": "Not due"} | {bucket: f"{bucket} days" for bucket in AGEING_BUCKETS[1:]}


@dataclass(frozen=True)
class Plot:
    """A caption and its inline SVG."""

    caption: str
    svg: str


def environment() -> Any:
    """The templates with the filters they share; everything a system wrote is escaped."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "amount": amount,
        "count": count,
        "currency": currency_name,
        "percent": percent,
        "day": day,
        "due": due,
        "words": words,
        "without_cards": without_cards,
    }
    made.globals |= {"money": money}
    return made


def render(data: ReportData) -> str:
    """The whole page as text."""
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            data=data,
            money_days=[row for row in data.days if row["currency"] != NO_CURRENCY],
            statuses=[(status, STATUS_WORDS[status]) for status in STATUSES],
            plots=trend_plots(data.trend),
            pending_count=sum(row["pending_count"] or 0 for row in data.days),
            bridge_lines=BRIDGE_LINES,
            buckets=[(bucket, BUCKET_WORDS[bucket]) for bucket in AGEING_BUCKETS],
        )
    )


def trend_plots(trend: list[Row]) -> list[Plot]:
    """The match rate of the busiest currency and the open exceptions of all, over the dates of the summary rows."""
    dates = sorted({row["as_of_date"] for row in trend})
    if not dates:
        return []
    currency = _busiest_currency(trend)
    by_date = {row["as_of_date"]: row for row in trend if row["currency"] == currency}
    plots = []
    if currency is not None:
        rates = [
            Series("by count", BLUE, [by_date.get(d, {}).get("auto_match_rate_count") for d in dates]),
            Series("by amount", TEAL, [by_date.get(d, {}).get("auto_match_rate_amount") for d in dates]),
        ]
        caption = f"Matched by itself on the day, {currency_name(currency)}"
        plots.append(Plot(caption, rate_plot(dates, rates, caption)))
    counts = [
        Series("open at the end of the day", AMBER, [_sum(trend, d, "open_count") for d in dates]),
        Series("opened", BLUE, [_sum(trend, d, "opened_count") for d in dates]),
        Series("closed", TEAL, [_sum(trend, d, "closed_count") for d in dates]),
    ]
    plots.append(Plot("Exceptions, all currencies", count_plot(dates, counts, "Exceptions, all currencies")))
    return plots


def _busiest_currency(trend: list[Row]) -> str | None:
    counts: dict[str, int] = {}
    for row in trend:
        counts[row["currency"]] = counts.get(row["currency"], 0) + (row["payment_count"] or 0)
    busy = {currency: number for currency, number in counts.items() if number and currency not in (None, NO_CURRENCY)}
    return max(sorted(busy), key=lambda currency: busy[currency], default=None)


def _sum(trend: list[Row], on: date, column: str) -> int:
    return sum(row[column] or 0 for row in trend if row["as_of_date"] == on)


def count(value: int | None) -> str:
    """`12 000`, no-break; a dash for NULL."""
    return "\u2013" if value is None else f"{value:,}".replace(",", "\u00a0")


def day(value: date | None) -> str:
    """An ISO date; empty for NULL."""
    return "" if value is None else value.isoformat()[:10]


def due(value: datetime | None) -> str:
    """`2026-11-20` for the end of that day, else `2026-11-20 18:00`; empty for NULL."""
    limit = due_day(value)
    return f"{limit:%Y-%m-%d %H:%M}" if isinstance(limit, datetime) else day(limit)


def due_day(value: datetime | None) -> date | datetime | None:
    """The date whose end a local time is, because nobody reads midnight as the evening before; else the time itself."""
    if value is None or value.time() != time.min:
        return value
    return value.date() - timedelta(days=1)


def words(value: Any) -> str:
    """`not_applicable` → `not applicable`; a list joined by commas."""
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value).replace("_", " ")
