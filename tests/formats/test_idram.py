"""The traps of Idram: days before months, major units, prechecks that are no payments, what the bill number is."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import only, rejected

FORMAT = "idram"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def call(**fields: Any) -> dict[str, Any]:
    body = {
        "EDP_BILL_NO": "W-1",
        "EDP_REC_ACCOUNT": "100000114",
        "EDP_PAYER_ACCOUNT": "100000000",
        "EDP_AMOUNT": "1000.00",
        "EDP_TRANS_ID": "0001234",
        "EDP_TRANS_DATE": "11/12/2026",
        "EDP_CHECKSUM": "0",
    } | fields
    return {key: value for key, value in body.items() if value is not ...}


def test_a_form_and_its_fields_as_json_are_equal(parse: Parse) -> None:
    assert parse(FORMAT, urlencode(call())) == parse(FORMAT, call()) == parse(FORMAT, {"items": [call()]})
    assert len(parse(FORMAT, f"{urlencode(call())}\r\n\r\n{urlencode(call())}\r\n")) == 2


def test_the_amount_is_in_major_units_of_the_dram(parse: Parse) -> None:
    values = only(parse(FORMAT, call()))
    assert (values["amount"], values["currency"], values["method"], values["status"]) == (
        "1000.00",
        "AMD",
        "wallet",
        "paid",
    )
    assert only(parse(FORMAT, call(), currency="USD"))["currency"] == "USD"


@pytest.mark.parametrize("amount", ["1000,00", "1 000.00", "", "NaN", "1e400"])
def test_a_garbled_amount_is_rejected(parse: Parse, amount: str) -> None:
    assert rejected(parse(FORMAT, urlencode(call(EDP_AMOUNT=amount))))[0] == "amount"


def test_the_day_stands_before_the_month_and_has_no_zone(parse: Parse) -> None:
    values = only(parse(FORMAT, call()))
    assert (values["paid_at"], values["created_at"]) == ("2026-12-11", "2026-12-11")


@pytest.mark.parametrize("moment", ["12/31/2026", "30/02/2026", "2026-12-11", "1/1/2026", "11.12.2026"])
def test_a_date_that_is_none_is_rejected(parse: Parse, moment: str) -> None:
    assert rejected(parse(FORMAT, call(EDP_TRANS_DATE=moment))) == ("paid_at", "bad_timestamp")


def test_a_precheck_is_no_payment(parse: Parse) -> None:
    precheck = call(EDP_PRECHECK="YES", EDP_TRANS_ID=..., EDP_TRANS_DATE=...)
    assert parse(FORMAT, urlencode(precheck)) == []
    assert parse(FORMAT, precheck) == []


def test_a_call_without_a_transaction_is_never_money(parse: Parse) -> None:
    assert rejected(parse(FORMAT, call(EDP_TRANS_ID=...))) == ("provider_payment_id", "missing_required")


@pytest.mark.parametrize("own", ["order_id", "payment_id", "invoice_id"])
def test_the_bill_number_is_ours_as_the_feed_says(parse: Parse, own: str) -> None:
    values = only(parse(FORMAT, call(), bill_no=own))
    assert (values[own], values["provider_payment_id"]) == ("W-1", "0001234")


def test_the_bill_number_is_an_order_unless_said(parse: Parse, refusal: Refusal) -> None:
    assert only(parse(FORMAT, call()))["order_id"] == "W-1"
    assert "bill_no" in refusal(FORMAT, call(), bill_no="customer_id").message


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("EDP_AMOUNT=5", "no EDP_BILL_NO"),
        ("hello", "no EDP_BILL_NO"),
        ("EDP_BILL_NO=1&EDP_BILL_NO=2", "twice"),
        ("EDP_BILL_NO=%FF", "line 1"),
        ("&".join(f"f{n}=1" for n in range(101)), "line 1"),
        ("<html>Login</html>", "login"),
        ("[5]", "item 1"),
    ],
)
def test_what_is_no_call_is_refused(refusal: Refusal, data: str, says: str) -> None:
    assert says in refusal(FORMAT, data).message
