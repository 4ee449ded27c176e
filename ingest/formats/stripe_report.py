"""Stripe's itemised payout reconciliation report, CSV: its charges, refunds, and the payouts they sum to.

Source: Stripe's description of the report. Streamed; only the payouts are kept.

- Amounts are in major units, currencies in lower case. Columns stand in any order, with or without a byte order mark.
- ``created_utc`` is UTC; ``created`` is in the zone that the report was asked for: that of the feed.
- gross - fee = net in each row, and a payout's own row takes what its others sum to; else the file is refused
  (control_total_mismatch): rows are missing or were edited.
- Only an automatic payout links its transactions, by ``automatic_payout_id``, which is settlement_batch_id; without one
  a transaction has none. A manual payout is rejected (gross_amount): nobody can say what it is made of.
- A payout's gross_amount sums its charges, refund_amount its refunds, fee_amount the fees of all rows and the rows that
  are fees, and adjustment_amount everything else, disputes too: money is withheld when one opens, before it is lost.
- A payment settled in another currency than the customer paid in keeps what the customer paid (customer_facing_amount
  and _currency) and no fee, which is in the payout's currency; the payout sums what was settled.
- A row of a category that is neither charge nor refund is no record by itself. A refund takes column ``charge_id``.
- Links: ``payment_metadata[order_id]`` and so on where the report has these columns, ``payment_intent_id``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from ingest.formats.base import (
    EXACT,
    Fault,
    FileRefused,
    FormatOptions,
    Outcome,
    Values,
    attempted,
    decimal,
    iso_time,
    plain,
    required,
)
from ingest.formats.csv_input import csv_records
from ingest.formats.currencies import letters

REQUIRED = ("currency", "gross", "fee", "net", "reporting_category", "source_id", "automatic_payout_id")
CREATED = ("created_utc", "created")
EFFECTIVE = ("automatic_payout_effective_at", "automatic_payout_effective_at_utc")
FEES = ("fee", "network_cost", "tax")

METHOD = {
    **dict.fromkeys(("card", "card_present", "interac_present"), "card"),
    **dict.fromkeys(("link", "paypal", "alipay", "wechat_pay", "cashapp", "amazon_pay", "revolut_pay"), "wallet"),
    **dict.fromkeys(
        (
            "sepa_debit",
            "us_bank_account",
            "ach_debit",
            "ach_credit_transfer",
            "ideal",
            "bancontact",
            "customer_balance",
        ),
        "bank_transfer",
    ),
}
"""Stripe's payment method types; any other is ``other``."""

Cells = dict[str, str | None]


@dataclass
class Payout:
    """What the rows of one payout sum to; ``fault`` is why it cannot be said."""

    currency: str
    effective_at: str | None
    sums: dict[str, Decimal] = field(default_factory=dict)
    own_row: Decimal | None = None
    fault: Fault | None = None

    def add(self, name: str, amount: Decimal) -> None:
        self.sums[name] = EXACT.add(self.get(name), amount)

    def get(self, name: str) -> Decimal:
        return self.sums.get(name, Decimal(0))


def report_outcomes(stream: BinaryIO, options: FormatOptions) -> Iterator[Outcome]:
    """Payments and refunds in file order, then the payouts. Raises FileRefused at any row."""
    records = csv_records(stream, options, ("utf-8",), ",")
    names = _header(records, options.file_name)
    payouts: dict[str, Payout] = {}
    for line, values in records:
        if not values:
            continue
        if len(values) != len(names):
            raise FileRefused(
                "unparsable",
                f"{options.file_name}, line {line}: {len(values)} values under {len(names)} columns. "
                "The report is cut off or was edited: run it again.",
            )
        cells: Cells = {name: value or None for name, value in zip(names, values, strict=True)}
        yield from _row(cells, payouts, f"{options.file_name}, line {line}")
    for payout_id, payout in payouts.items():
        yield "provider.payouts", attempted(_payout, payout_id, payout, options.file_name)


def _header(records: Iterator[tuple[int, list[str]]], file_name: str) -> list[str]:
    names = next(([name.lower() for name in cells] for _, cells in records if cells), [])
    missing = [name for name in REQUIRED if name not in names]
    if not any(name in names for name in CREATED):
        missing.append(CREATED[0])
    if not any(name in names for name in EFFECTIVE):
        missing.append(EFFECTIVE[1])
    if missing or len(set(names)) != len(names):
        raise FileRefused(
            "missing_required_column",
            f"{file_name}: a payout reconciliation report needs the columns {', '.join(missing) or 'once each'}. "
            "Run the itemised report with its default columns and charge_id.",
        )
    return names


def _row(cells: Cells, payouts: dict[str, Payout], place: str) -> Iterator[Outcome]:
    category = (cells["reporting_category"] or "").lower()
    contract = {"charge": "provider.payments", "refund": "provider.refunds"}.get(category)
    payout_id = cells["automatic_payout_id"]
    try:
        currency = _currency(cells["currency"])
        gross, fee, net = (decimal(name, cells[name]) for name in ("gross", "fee", "net"))
    except Fault as fault:
        if payout_id:
            payouts.setdefault(payout_id, Payout("", _effective(cells))).fault = fault
        if contract:
            yield (
                contract,
                Fault("amount" if fault.column in ("gross", "net") else fault.column, fault.value, fault.reason),
            )
        return
    if EXACT.subtract(gross, fee) != net:
        raise FileRefused(
            "control_total_mismatch",
            f"{place}: gross {gross} - fee {fee} is not net {net}. The report was edited: run it again.",
        )
    if payout_id:
        _add(payouts, payout_id, cells, category, currency, (gross, fee, net))
    elif category == "payout":
        yield "provider.payouts", Fault("gross_amount", cells["source_id"], "missing_required")
    if contract == "provider.payments":
        yield contract, attempted(_payment, cells, currency, gross, fee)
    elif contract:
        yield contract, attempted(_refund, cells, currency, gross)


def _add(
    payouts: dict[str, Payout],
    payout_id: str,
    cells: Cells,
    category: str,
    currency: str,
    amounts: tuple[Decimal, Decimal, Decimal],
) -> None:
    gross, fee, net = amounts
    payout = payouts.setdefault(payout_id, Payout(currency, _effective(cells)))
    if payout.currency != currency:
        payout.fault = payout.fault or Fault("currency", currency, "out_of_range")
        return
    if category == "payout":
        payout.own_row = EXACT.add(payout.own_row or Decimal(0), net)
        return
    if category == "charge":
        payout.add("gross", gross)
    elif category == "refund":
        payout.add("refund", gross.copy_negate())
    elif category in FEES:
        payout.add("fee", gross.copy_negate())
    else:
        payout.add("adjustment", gross)
    payout.add("fee", fee)
    payout.add("net", net)


def _effective(cells: Cells) -> str | None:
    return next((value for name in EFFECTIVE if (value := cells.get(name))), None)


def _currency(code: str | None) -> str:
    currency = letters(required("currency", code))
    if currency is None:
        raise Fault("currency", code, "unknown_currency")
    return currency


# ---------- rows


def _payment(cells: Cells, currency: str, gross: Decimal, fee: Decimal) -> Values:
    created_at = _created(cells)
    method = cells.get("payment_method_type")
    paid_in = _currency(cells.get("customer_facing_currency") or currency)
    is_exchanged = paid_in != currency
    amount = decimal("amount", cells.get("customer_facing_amount")) if is_exchanged else gross
    return {
        "provider_payment_id": required("provider_payment_id", cells["source_id"]),
        "provider_reference": cells.get("payment_intent_id"),
        "payment_id": cells.get("payment_metadata[payment_id]"),
        "order_id": cells.get("payment_metadata[order_id]"),
        "invoice_id": cells.get("payment_metadata[invoice_id]"),
        "status": "paid",
        "amount": plain(amount),
        "currency": paid_in,
        "fee_amount": None if is_exchanged else plain(fee),
        "method": METHOD.get(method, "other") if method else None,
        "created_at": created_at,
        "paid_at": created_at,
        "settlement_batch_id": cells["automatic_payout_id"],
    }


def _refund(cells: Cells, currency: str, gross: Decimal) -> Values:
    created_at = _created(cells)
    return {
        "provider_refund_id": required("provider_refund_id", cells["source_id"]),
        "provider_payment_id": required("provider_payment_id", cells.get("charge_id")),
        "payment_id": cells.get("payment_metadata[payment_id]"),
        "refund_id": cells.get("refund_metadata[refund_id]"),
        "amount": plain(gross.copy_negate()),
        "currency": currency,
        "status": "succeeded",
        "reason": None,
        "created_at": created_at,
        "refunded_at": created_at,
        "settlement_batch_id": cells["automatic_payout_id"],
    }


def _created(cells: Mapping[str, str | None]) -> str:
    return (
        iso_time("created_at", cells.get("created_utc"), "Z")
        if cells.get("created_utc")
        else iso_time("created_at", cells.get("created"))
    )


def _payout(payout_id: str, payout: Payout, file_name: str) -> Values:
    if payout.fault:
        raise Fault(payout.fault.column, payout.fault.value, payout.fault.reason)
    gross, refunds, fee, adjustment, net = (
        payout.get(name) for name in ("gross", "refund", "fee", "adjustment", "net")
    )
    if payout.own_row is not None and EXACT.add(payout.own_row, net) != 0:
        raise FileRefused(
            "control_total_mismatch",
            f"{file_name}: payout {payout_id} takes {payout.own_row.copy_negate()} {payout.currency}, but its rows sum "
            f"to {net}. Rows are missing: run the report again for whole payouts.",
        )
    return {
        "settlement_batch_id": payout_id,
        "gross_amount": plain(gross),
        "refund_amount": plain(refunds),
        "fee_amount": plain(fee),
        "adjustment_amount": plain(adjustment),
        "net_amount": plain(net),
        "currency": payout.currency,
        "payout_date": iso_time("payout_date", payout.effective_at)[:10],
    }
