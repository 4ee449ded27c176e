"""The traps of YooKassa: kinds, fee, test objects, times, links, what a receipt is for."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from ingest.formats.yookassa import CONTRACTS

FORMAT = "yookassa"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]

PAYMENT: dict[str, Any] = {
    "id": "p-1",
    "status": "succeeded",
    "paid": True,
    "amount": {"value": "100.00", "currency": "RUB"},
    "created_at": "2026-11-01T20:58:11.120Z",
    "captured_at": "2026-11-02T00:03:40.001+03:00",
}
REFUND: dict[str, Any] = {
    "id": "r-1",
    "payment_id": "p-1",
    "status": "succeeded",
    "amount": {"value": "40.00", "currency": "RUB"},
    "created_at": "2026-11-02T08:00:00.000Z",
}
RECEIPT: dict[str, Any] = {
    "id": "rt-1",
    "type": "payment",
    "payment_id": "p-1",
    "status": "succeeded",
    "fiscal_document_number": "0039",
    "fiscal_storage_number": "0999000000000001",
    "fiscal_attribute": "0617603921",
    "registered_at": "2026-11-02T10:00:00.000+03:00",
    "items": [{"quantity": "2.00", "amount": {"value": "50.00", "currency": "RUB"}}],
    "settlements": [{"type": "cashless", "amount": {"value": "100.00", "currency": "RUB"}}],
}
RECEIPTS = ("fiscal.receipts",)


def settled(*lines: tuple[str, str]) -> dict[str, Any]:
    """A receipt with these settlements: type and amount, of roubles unless it says another currency."""
    told = [(kind, *f"{value} RUB".split()[:2]) for kind, value in lines]
    settlements = [{"type": kind, "amount": {"value": value, "currency": code}} for kind, value, code in told]
    return RECEIPT | {"settlements": settlements}


def listed(*lines: tuple[object, str]) -> dict[str, Any]:
    """A receipt without settlements, with these items: quantity and price."""
    items = [{"quantity": quantity, "amount": {"value": price, "currency": "RUB"}} for quantity, price in lines]
    return {key: value for key, value in RECEIPT.items() if key != "settlements"} | {"items": items}


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    (row,) = parsed
    assert isinstance(row, Row)
    return row.values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    (reject,) = parsed
    assert isinstance(reject, Reject)
    return reject.column, reject.reason


@pytest.mark.parametrize(
    ("status", "word"),
    [("pending", "pending"), ("waiting_for_capture", "authorized"), ("succeeded", "paid"), ("canceled", "cancelled")],
)
def test_status(parse: Parse, status: str, word: str) -> None:
    assert only(parse(FORMAT, PAYMENT | {"status": status}))["status"] == word


def test_an_unknown_status_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, PAYMENT | {"status": "frozen"})) == ("status", "unknown_enum_value")


def test_paid_at_is_the_capture_with_its_own_offset(parse: Parse) -> None:
    assert only(parse(FORMAT, PAYMENT))["paid_at"] == "2026-11-02T00:03:40.001+03:00"


def test_a_succeeded_payment_without_capture_time_is_not_dated_by_its_creation(parse: Parse) -> None:
    assert rejected(parse(FORMAT, PAYMENT | {"captured_at": None})) == ("paid_at", "missing_required")


def test_an_unpaid_payment_has_no_paid_at(parse: Parse) -> None:
    assert only(parse(FORMAT, PAYMENT | {"status": "canceled"}))["paid_at"] is None


@pytest.mark.parametrize("key", ["income_amount", "income"])
def test_fee_is_amount_less_income(parse: Parse, key: str) -> None:
    assert only(parse(FORMAT, PAYMENT | {key: {"value": "96.50", "currency": "RUB"}}))["fee_amount"] == "3.50"


def test_fee_is_exact(parse: Parse) -> None:
    body = PAYMENT | {"amount": {"value": 0.3, "currency": "RUB"}, "income": {"value": 0.1, "currency": "RUB"}}
    assert only(parse(FORMAT, body))["fee_amount"] == "0.2"


def test_fee_is_unknown_without_income_or_in_another_currency(parse: Parse) -> None:
    assert only(parse(FORMAT, PAYMENT))["fee_amount"] is None
    foreign = PAYMENT | {"income_amount": {"value": "1.00", "currency": "USD"}}
    assert only(parse(FORMAT, foreign))["fee_amount"] is None


@pytest.mark.parametrize("flag", [True, "true"])
@pytest.mark.parametrize("body", [PAYMENT, REFUND, RECEIPT])
def test_a_test_object_is_never_money_and_never_lost(parse: Parse, body: dict[str, Any], flag: object) -> None:
    assert rejected(parse(FORMAT, body | {"test": flag}, CONTRACTS)) == ("test", "out_of_range")


def test_links(parse: Parse) -> None:
    metadata = {"order_id": 37, "payment_id": "pay-1", "invoice_id": "inv-1"}
    values = only(parse(FORMAT, PAYMENT | {"metadata": metadata, "authorization_details": {"rrn": "003668680243"}}))
    assert [values[key] for key in ("order_id", "payment_id", "invoice_id", "provider_reference")] == [
        "37",
        "pay-1",
        "inv-1",
        "003668680243",
    ]


def test_a_refund_links_to_its_payment_and_not_to_an_internal_id(parse: Parse) -> None:
    values = only(parse(FORMAT, REFUND))
    assert (values["provider_refund_id"], values["provider_payment_id"], values["payment_id"]) == ("r-1", "p-1", None)
    assert values["refunded_at"] == REFUND["created_at"]


def test_a_pending_refund_has_not_been_refunded(parse: Parse) -> None:
    assert only(parse(FORMAT, REFUND | {"status": "pending"}))["refunded_at"] is None


@pytest.mark.parametrize(
    "wrap",
    [
        lambda body: body,
        lambda body: [body],
        lambda body: {"items": [body], "next_cursor": "x"},
        lambda body: {"type": "list", "items": [body], "next_page": "x"},
        lambda body: {"type": "notification", "event": "x.succeeded", "object": body},
    ],
)
@pytest.mark.parametrize(("body", "contract"), list(zip((PAYMENT, REFUND, RECEIPT), CONTRACTS, strict=True)))
def test_wrappings(parse: Parse, wrap: Callable[[Any], Any], body: dict[str, Any], contract: str) -> None:
    (row,) = parse(FORMAT, wrap(body), CONTRACTS)
    assert (type(row), row.contract) == (Row, contract)


@pytest.mark.parametrize("document", [[], {"items": []}])
def test_an_empty_list_is_an_empty_extract(parse: Parse, document: Any) -> None:
    assert parse(FORMAT, document) == []


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"items": [PAYMENT, REFUND]}, "mixes payments and refunds"),
        ({"items": {}}, "list"),
        ("5", "neither"),
        ({"items": [5]}, "item 1"),
        ({"id": "x"}, "neither a payment"),
        ({"type": "error", "description": "Нет доступа"}, "Нет доступа"),
        ({"id": "rt", "payment_id": "p-1", "status": "succeeded", "items": []}, "fiscal.receipts"),
        ({"id": "rt", "payment_id": "p-1", "fiscal_document_number": "1"}, "fiscal.receipts"),
        ({"id": "po", "amount": {}, "payout_destination": {}}, "payout"),
    ],
)
def test_what_is_not_payments_or_refunds_is_refused(refusal: Refusal, document: Any, says: str) -> None:
    refused = refusal(FORMAT, document)
    assert refused.reason == "unparsable"
    assert says in refused.message


def test_receipts_are_a_file_of_their_own(refusal: Refusal) -> None:
    assert "mixes refunds and receipts" in refusal(FORMAT, [REFUND, RECEIPT], CONTRACTS).message


def test_a_file_of_a_contract_that_the_feed_does_not_supply_is_refused(refusal: Refusal) -> None:
    assert "provider.refunds" in refusal(FORMAT, REFUND, ("provider.payments",)).message


@pytest.mark.parametrize("value", ["NaN", "1e400", "12,50", None, True])
def test_a_bad_amount_is_rejected(parse: Parse, value: object) -> None:
    assert rejected(parse(FORMAT, PAYMENT | {"amount": {"value": value, "currency": "RUB"}}))[0] == "amount"


# ---------- receipts


@pytest.mark.parametrize(
    ("status", "word"), [("pending", "processing"), ("succeeded", "success"), ("canceled", "error")]
)
def test_status_of_a_receipt(parse: Parse, status: str, word: str) -> None:
    values = only(parse(FORMAT, RECEIPT | {"status": status}, RECEIPTS))
    assert values["status"] == word
    assert values["registered_at"] == (RECEIPT["registered_at"] if word == "success" else None)


@pytest.mark.parametrize(("key", "column"), [("status", "status"), ("type", "receipt_type")])
def test_an_unknown_word_of_a_receipt_is_rejected(parse: Parse, key: str, column: str) -> None:
    assert rejected(parse(FORMAT, RECEIPT | {key: "unheard"}, RECEIPTS)) == (column, "unknown_enum_value")


def test_a_receipt_without_any_time_is_rejected(parse: Parse) -> None:
    waits = {key: value for key, value in RECEIPT.items() if key != "registered_at"} | {"status": "pending"}
    assert rejected(parse(FORMAT, waits, RECEIPTS)) == ("created_at", "missing_required")


def test_fiscal_numbers_keep_their_zeros(parse: Parse) -> None:
    values = only(parse(FORMAT, RECEIPT, RECEIPTS))
    assert [values[f"fiscal_{name}"] for name in ("document_number", "drive_number", "sign")] == [
        "0039",
        "0999000000000001",
        "0617603921",
    ]


def test_a_receipt_names_the_payment_and_the_refund_of_yookassa(parse: Parse) -> None:
    keys = ("receipt_type", "payment_id", "provider_refund_id")
    assert [only(parse(FORMAT, RECEIPT, RECEIPTS))[key] for key in keys] == ["sale", "p-1", None]
    back = only(parse(FORMAT, RECEIPT | {"type": "refund", "refund_id": "r-1"}, RECEIPTS))
    assert [back[key] for key in keys] == ["refund", "p-1", "r-1"]


@pytest.mark.parametrize(
    ("body", "amount", "kind"),
    [
        (settled(("cashless", "0.10"), ("cashless", "0.20")), "0.30", "payment"),
        (settled(("prepayment", "80.00"), ("prepayment", "20.00")), "100.00", "offset"),
        (settled(("prepayment", "80.00"), ("cashless", "20.00")), "20.00", "payment"),
        (settled(("postpayment", "70.00"), ("consideration", "30.00")), "100.00", "payment"),
        (listed(("2.00", "50.05"), (3, "0.10")), "100.40", "payment"),
        (listed(("0.333", "10.10")), "3.3633", "payment"),
        (RECEIPT | {"settlements": None}, "100.00", "payment"),
        (RECEIPT | {"settlements": []}, "100.00", "payment"),
    ],
)
def test_money_of_a_receipt(parse: Parse, body: dict[str, Any], amount: str, kind: str) -> None:
    values = only(parse(FORMAT, body, RECEIPTS))
    assert (values["amount"], values["currency"], values["settlement_kind"]) == (amount, "RUB", kind)


@pytest.mark.parametrize(
    ("body", "reject"),
    [
        (listed(("0.333", "10.01")), ("amount", "too_many_decimals")),
        (listed(("1." + "3" * 40, "1." + "3" * 40)), ("amount", "too_many_decimals")),
        (listed(("two", "10.01")), ("amount", "bad_decimal")),
        (listed(), ("amount", "missing_required")),
        (RECEIPT | {"settlements": "100.00"}, ("amount", "bad_decimal")),
        (settled(("barter", "1.00")), ("settlement_kind", "unknown_enum_value")),
        (settled(("cashless", "1.00"), ("prepayment", "1.00 USD")), ("currency", "unknown_currency")),
    ],
)
def test_money_that_a_receipt_does_not_tell_is_rejected(
    parse: Parse, body: dict[str, Any], reject: tuple[str, str]
) -> None:
    assert rejected(parse(FORMAT, body, RECEIPTS)) == reject


def test_a_long_receipt_is_read_whole(parse: Parse) -> None:
    """Its items stream as those of a list would."""
    assert only(parse(FORMAT, listed(*[("1.00", "0.01")] * 5000), RECEIPTS))["amount"] == "50.00"
