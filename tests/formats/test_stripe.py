"""The traps of Stripe: exponents, seconds, captures, expanded links, test mode; the report's arithmetic and payouts."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import only, rejected, rows

FORMAT = "stripe"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def charge(**fields: Any) -> dict[str, Any]:
    body = {
        "id": "ch_1",
        "object": "charge",
        "amount": 120050,
        "amount_captured": 120050,
        "captured": True,
        "created": 1793500000,
        "currency": "usd",
        "livemode": True,
        "metadata": {},
        "payment_intent": "pi_1",
        "refunded": False,
        "status": "succeeded",
    } | fields
    return {key: value for key, value in body.items() if value is not ...}


def refund(**fields: Any) -> dict[str, Any]:
    body = {"id": "re_1", "object": "refund", "amount": 5000, "charge": "ch_1", "created": 1793600000}
    return body | {"currency": "usd", "status": "succeeded"} | fields


def dispute(**fields: Any) -> dict[str, Any]:
    body = {"id": "dp_1", "object": "dispute", "amount": 1000, "charge": "ch_1", "created": 1793600000}
    return body | {"currency": "usd", "livemode": True, "status": "needs_response"} | fields


def event(inner: Any, kind: str = "x", **fields: Any) -> dict[str, Any]:
    return {
        "object": "event",
        "type": kind,
        "created": 1793700000,
        "livemode": True,
        "data": {"object": inner},
    } | fields


# ---------- objects


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        ("usd", "1500.00"),
        ("jpy", "150000"),
        ("kwd", "150.000"),
        ("isk", "1500.00"),
        ("ugx", "1500.00"),
        ("mga", "150000"),
        ("vnd", "150000"),
    ],
)
def test_minor_units_follow_the_currency_as_stripe_counts_it(parse: Parse, currency: str, amount: str) -> None:
    values = only(parse(FORMAT, charge(currency=currency, amount=150000, amount_captured=150000)))
    assert (values["amount"], values["currency"]) == (amount.replace("150.000", "150.00"), currency.upper())


@pytest.mark.parametrize("amount", [12.5, "12,50", None, "1e400", True])
def test_a_bad_amount_is_rejected(parse: Parse, amount: object) -> None:
    assert rejected(parse(FORMAT, charge(amount=amount, amount_captured=...)))[0] == "amount"


def test_times_are_seconds(parse: Parse) -> None:
    values = only(parse(FORMAT, charge()))
    assert (values["created_at"], values["paid_at"]) == ("2026-11-01T02:26:40Z", "2026-11-01T02:26:40Z")
    assert rejected(parse(FORMAT, charge(created=1793500000000))) == ("created_at", "bad_timestamp")


@pytest.mark.parametrize(
    ("fields", "status", "amount"),
    [
        ({}, "paid", "1200.50"),
        ({"amount_captured": 100000}, "paid", "1000.00"),
        ({"captured": False, "amount_captured": 0}, "authorized", "1200.50"),
        ({"captured": False, "amount_captured": 0, "refunded": True}, "cancelled", "1200.50"),
        ({"refunded": True}, "paid", "1200.50"),
        ({"status": "pending"}, "pending", "1200.50"),
        ({"status": "failed"}, "failed", "1200.50"),
    ],
)
def test_status_and_amount_follow_the_capture(parse: Parse, fields: dict[str, Any], status: str, amount: str) -> None:
    values = only(parse(FORMAT, charge(**fields)))
    assert (values["status"], values["amount"], values["paid_at"] is not None) == (status, amount, status == "paid")


def test_what_is_not_known_to_be_captured_is_no_money(parse: Parse) -> None:
    assert rejected(parse(FORMAT, charge(captured=...))) == ("status", "missing_required")
    assert rejected(parse(FORMAT, charge(status="settled"))) == ("status", "unknown_enum_value")


@pytest.mark.parametrize(
    "body", [charge(), dispute(), event(refund(), livemode=False), event(charge(), livemode=False)]
)
def test_a_test_object_is_never_money_and_never_lost(parse: Parse, body: dict[str, Any]) -> None:
    assert rejected(parse(FORMAT, body | {"livemode": False})) == ("livemode", "out_of_range")


def test_an_expanded_balance_transaction_tells_fee_and_time(parse: Parse) -> None:
    moved = {"object": "balance_transaction", "created": 1793600000, "currency": "usd", "fee": 3512}
    values = only(parse(FORMAT, charge(balance_transaction=moved)))
    assert (values["fee_amount"], values["paid_at"]) == ("35.12", "2026-11-02T06:13:20Z")
    assert only(parse(FORMAT, charge(balance_transaction=moved | {"currency": "eur"})))["fee_amount"] is None
    assert only(parse(FORMAT, charge(balance_transaction="txn_1")))["fee_amount"] is None


def test_links(parse: Parse) -> None:
    metadata = {"order_id": "W-1", "payment_id": 7, "invoice_id": "I-1"}
    values = only(parse(FORMAT, charge(metadata=metadata, payment_intent={"id": "pi_9", "object": "payment_intent"})))
    keys = ("provider_payment_id", "order_id", "payment_id", "invoice_id", "provider_reference")
    assert [values[key] for key in keys] == ["ch_1", "W-1", "7", "I-1", "pi_9"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("succeeded", "succeeded"),
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("failed", "failed"),
        ("canceled", "cancelled"),
    ],
)
def test_refunds_link_to_their_charge(parse: Parse, word: str, status: str) -> None:
    values = only(parse(FORMAT, refund(status=word, charge={"id": "ch_1", "object": "charge"})))
    assert (values["provider_payment_id"], values["amount"], values["status"]) == ("ch_1", "50.00", status)
    assert values["refunded_at"] == ("2026-11-02T06:13:20Z" if status == "succeeded" else None)


def test_a_refund_without_its_charge_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, refund(charge=None))) == ("provider_payment_id", "missing_required")


def test_refunds_listed_in_a_charge_are_rows_of_their_own(parse: Parse) -> None:
    body = charge(refunds={"object": "list", "data": [refund()]})
    assert [item.contract for item in parse(FORMAT, body)] == ["provider.payments", "provider.refunds"]
    released = charge(captured=False, refunded=True, refunds={"object": "list", "data": [refund()]})
    assert [item.contract for item in parse(FORMAT, released)] == ["provider.payments"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("needs_response", "opened"),
        ("under_review", "opened"),
        ("warning_needs_response", "opened"),
        ("warning_closed", "won"),
        ("won", "won"),
        ("lost", "lost"),
    ],
)
def test_disputes(parse: Parse, word: str, status: str) -> None:
    values = only(parse(FORMAT, dispute(status=word)))
    assert (values["status"], values["provider_payment_id"], values["closed_at"]) == (status, "ch_1", None)


def test_an_event_orders_the_versions_and_closes_a_dispute(parse: Parse) -> None:
    values = only(parse(FORMAT, event(dispute(status="lost"), "charge.dispute.closed")))
    assert (values["closed_at"], values["updated_at"]) == ("2026-11-03T10:00:00Z", "2026-11-03T10:00:00Z")
    assert only(parse(FORMAT, event(charge())))["updated_at"] == "2026-11-03T10:00:00Z"
    assert only(parse(FORMAT, charge()))["updated_at"] is None


def test_a_later_event_is_newer_than_the_list(parse: Parse) -> None:
    bodies = (
        dispute(status="lost"),
        event(dispute(), "charge.dispute.created", created=1793600005),
        event(dispute(status="under_review"), "charge.dispute.updated", created=1793600010),
    )
    opened, moved = "2026-11-02T06:13:20Z", "2026-11-02T06:13:30Z"
    assert [only(parse(FORMAT, body))["updated_at"] for body in bodies] == [opened, opened, moved]


@pytest.mark.parametrize("wrap", [lambda body: [body], lambda body: {"object": "list", "data": [body]}])
def test_wrappings(parse: Parse, wrap: Callable[[Any], Any]) -> None:
    assert parse(FORMAT, wrap(charge())) == parse(FORMAT, charge())
    assert parse(FORMAT, wrap(event(charge()))) == parse(FORMAT, event(charge()))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"object": "payment_intent"}, "charges"),
        ({"object": "payout"}, "reconciliation report"),
        ({"object": "list", "data": [{"object": "balance_transaction"}]}, "reconciliation report"),
        (event({"object": "invoice"}), "invoice"),
        (event(None), "no object"),
        ({"error": {"message": "Invalid API Key provided"}}, "Invalid API Key"),
        ({}, "no object"),
        ([5], "item 1"),
    ],
)
def test_what_it_does_not_read_is_refused(refusal: Refusal, body: Any, says: str) -> None:
    assert says in refusal(FORMAT, body).message


def test_objects_that_the_feed_does_not_supply_are_refused(refusal: Refusal) -> None:
    assert "provider.disputes" in refusal(FORMAT, dispute(), ("provider.payments",)).message


# ---------- the report

COLUMNS = (
    "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,automatic_payout_id,"
    "automatic_payout_effective_at_utc,charge_id,payment_intent_id,payment_metadata[order_id]"
)


def line(category: str = "charge", gross: str = "100.00", fee: str = "3.20", net: str = "96.80", **fields: str) -> str:
    values = {
        "id": "txn_1",
        "created": "2026-11-01 11:00:00",
        "currency": "usd",
        "gross": gross,
        "fee": fee,
        "net": net,
        "category": category,
        "source": "ch_1",
        "payout": "po_1",
        "effective": "2026-11-04 00:00:00",
        "charge": "ch_1",
        "intent": "pi_1",
        "order": "W-1",
    } | fields
    return ",".join(values.values())


def report(*lines: str, columns: str = COLUMNS) -> str:
    return "\n".join((columns, *lines)) + "\n"


REFUND_LINE = line("refund", "-50.00", "0.00", "-50.00", source="re_1")


def contract_rows(parsed: list[Row | Reject], contract: str) -> list[dict[str, str | None]]:
    return rows([item for item in parsed if item.contract == contract])


def test_the_report_is_in_major_units_and_lower_case(parse: Parse) -> None:
    values = contract_rows(parse(FORMAT, report(line())), "provider.payments")[0]
    keys = ("amount", "fee_amount", "currency", "status", "order_id", "provider_reference", "settlement_batch_id")
    assert [values[key] for key in keys] == ["100.00", "3.20", "USD", "paid", "W-1", "pi_1", "po_1"]
    (yen,) = contract_rows(
        parse(FORMAT, report(line(gross="1500", fee="54", net="1446", currency="jpy"))), "provider.payouts"
    )
    assert (yen["gross_amount"], yen["net_amount"]) == ("1500", "1446")


def test_a_payment_settled_in_another_currency_keeps_what_the_customer_paid(parse: Parse) -> None:
    columns = COLUMNS + ",customer_facing_amount,customer_facing_currency"
    content = report(line() + ",90.00,eur", line(source="ch_2") + ",100.00,usd", columns=columns)
    exchanged, same = contract_rows(parse(FORMAT, content), "provider.payments")
    assert [exchanged[key] for key in ("amount", "currency", "fee_amount")] == ["90.00", "EUR", None]
    assert [same[key] for key in ("amount", "currency", "fee_amount")] == ["100.00", "USD", "3.20"]
    (payout,) = contract_rows(parse(FORMAT, content), "provider.payouts")
    assert (payout["gross_amount"], payout["currency"]) == ("200.00", "USD")


def test_with_and_without_utc_a_mark_and_carriage_returns(parse: Parse) -> None:
    content = report(line())
    marked = b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()
    assert parse(FORMAT, marked) == parse(FORMAT, content)
    assert only(parse(FORMAT, content, ("provider.payments",)))["paid_at"] == "2026-11-01T11:00:00Z"
    local = content.replace("created_utc", "created").replace("effective_at_utc", "effective_at")
    assert only(parse(FORMAT, local, ("provider.payments",)))["paid_at"] == "2026-11-01T11:00:00"


def test_a_payout_is_what_its_rows_sum_to(parse: Parse) -> None:
    content = report(
        line(),
        REFUND_LINE,
        line("dispute", "-20.00", "15.00", "-35.00", source="dp_1"),
        line("fee", "-2.00", "0.00", "-2.00", source="txn_5"),
        line("other_adjustment", "1.00", "0", "1.00", source="txn_6"),
        line("payout", "-10.80", "0", "-10.80", source="po_1"),
    )
    assert only(parse(FORMAT, content, ("provider.payouts",))) == {
        "settlement_batch_id": "po_1",
        "gross_amount": "100.00",
        "refund_amount": "50.00",
        "fee_amount": "20.20",
        "adjustment_amount": "-19.00",
        "net_amount": "10.80",
        "currency": "USD",
        "payout_date": "2026-11-04",
    }


def test_a_row_that_does_not_add_up_refuses_the_report(refusal: Refusal) -> None:
    refused = refusal(FORMAT, report(line(), line(net="96.81")))
    assert refused.reason == "control_total_mismatch"
    assert "line 3" in refused.message


def test_a_payout_that_takes_something_else_than_its_rows_refuses_the_report(refusal: Refusal) -> None:
    refused = refusal(FORMAT, report(line(), line("payout", "-90.00", "0", "-90.00", source="po_1")))
    assert refused.reason == "control_total_mismatch"
    assert "po_1" in refused.message


def test_only_an_automatic_payout_links_its_transactions(parse: Parse) -> None:
    loose = report(line(payout="", effective=""), line("payout", "-96.80", "0", "-96.80", source="po_9", payout=""))
    payment, payout = parse(FORMAT, loose)
    assert isinstance(payment, Row)
    assert payment.values["settlement_batch_id"] is None
    assert isinstance(payout, Reject)
    assert (payout.contract, payout.column, payout.value) == ("provider.payouts", "gross_amount", "po_9")


def test_a_refund_in_the_report_takes_the_charge(parse: Parse) -> None:
    values = only(parse(FORMAT, report(REFUND_LINE), ("provider.refunds",)))
    assert (values["provider_payment_id"], values["amount"], values["settlement_batch_id"]) == ("ch_1", "50.00", "po_1")
    without = report(REFUND_LINE, columns=COLUMNS.replace("charge_id", "other"))
    assert rejected(parse(FORMAT, without, ("provider.refunds",))) == ("provider_payment_id", "missing_required")


@pytest.mark.parametrize(("gross", "reason"), [("1.200,50", "bad_decimal"), ("", "missing_required")])
def test_an_unreadable_amount_rejects_the_row_and_its_payout(parse: Parse, gross: str, reason: str) -> None:
    found = parse(FORMAT, report(line(gross=gross.replace(",", ";"))))
    assert [(item.contract, item.reason) for item in found if isinstance(item, Reject)] == [
        ("provider.payments", reason),
        ("provider.payouts", reason),
    ]


def test_a_payout_of_two_currencies_is_rejected(parse: Parse) -> None:
    found = parse(FORMAT, report(line(), line(currency="eur", source="ch_2")), ("provider.payouts",))
    assert rejected(found) == ("currency", "out_of_range")


def test_a_report_without_its_columns_or_with_a_misshapen_row_is_refused(refusal: Refusal) -> None:
    assert refusal(FORMAT, report(line(), columns=COLUMNS.replace("net", "x"))).reason == "missing_required_column"
    assert "line 2" in refusal(FORMAT, report(line() + ",")).message
    assert refusal(FORMAT, report(line()).encode() + b"\xff").reason == "undecodable"


def test_a_report_with_only_a_header_is_an_empty_extract(parse: Parse) -> None:
    assert parse(FORMAT, report()) == []
