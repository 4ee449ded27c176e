"""Pieces of the report for run metadata: a picture, a table and the match rates of the last published date."""

from __future__ import annotations

import base64

from dagster_app.queries.connection import PublishedHome, Row, fetch, last_published_date, published
from dagster_app.queries.money import NO_CURRENCY, currency_name, money
from dagster_app.queries.status import open_by_code


def trend_plot(home: PublishedHome) -> str:
    """Markdown with the trend of the last days as SVG images in data addresses; a sentence when there is no trend."""
    from dagster_app.report.data import TREND_DAYS, summaries
    from dagster_app.report.html import trend_plots

    with published(home) as connection:
        as_of = last_published_date(connection)
        rows = summaries(connection, as_of, TREND_DAYS) if as_of else []
    plots = trend_plots(rows)
    if not plots:
        return "No days to compare yet."
    parts = []
    for plot in plots:
        image = base64.b64encode(plot.svg.encode("utf-8")).decode("ascii")
        parts.append(f"**{plot.caption}**\n\n![{plot.caption}](data:image/svg+xml;base64,{image})")
    return "\n\n".join(parts)


def open_exceptions_markdown(home: PublishedHome) -> str:
    """Markdown table of the open exceptions by code, owner and currency; a sentence when there are none."""
    with published(home) as connection:
        rows = open_by_code(connection)
    if not rows:
        return "No exceptions: everything matched."
    lines = ["| severity | what is wrong | code | owner | open | money at risk |", "|---|---|---|---|---:|---:|"]
    for row in rows:
        cells = (
            row["severity"],
            row["title_en"] or row["exception_code"].replace("_", " "),
            f"`{row['exception_code']}`",
            row["owner"],
            row["open_count"],
            money(row["open_amount"], row["currency"]) or "\u2013",
        )
        lines.append("| " + " | ".join(_cell(value) for value in cells) + " |")
    return "\n".join(lines)


def match_rates(home: PublishedHome) -> list[Row]:
    """Per currency of the last published date, busiest first: currency, payment_count, payment_amount (Decimal),
    rate_count and rate_amount (share 0..1, None when nothing was to match).
    """
    with published(home) as connection:
        rows = fetch(
            connection,
            "select currency, payment_count, payment_amount, auto_match_rate_count as rate_count,"
            " auto_match_rate_amount as rate_amount from marts.fct_daily_summary"
            " where as_of_date = ? and currency <> ? order by payment_count desc, currency",
            [last_published_date(connection), NO_CURRENCY],
        )
    return [row | {"currency": currency_name(row["currency"])} for row in rows]


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
