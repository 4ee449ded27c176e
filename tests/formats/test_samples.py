"""Real files of the systems, where they are at hand: a folder named by SVERKA_SAMPLES, or ``shared/samples`` beside
one of the folders above the repository. The repository does not ship them; its own fixtures stand for them elsewhere.
"""

import io
import os
from pathlib import Path

from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Row

FOLDERS = {
    "client_bank_exchange": "bank_1c_client",
    "yookassa": "yookassa",
    "rbs_gateway": "rbs_gateway",
    "moysklad": "moysklad",
    "bitrix24": "bitrix24",
    "woocommerce": "woocommerce",
    "mt940": "bank_mt940",
    "camt": "bank_camt",
    "ubl": "ubl",
}


def lines(*amounts: str) -> list[tuple[str, str]]:
    return [("bank.lines", amount) for amount in amounts]


EXPECTED = {
    "client_bank_exchange": {
        "kl_to_1c.txt": [("bank.lines", "-108159.12")],
        "vypiska-1c.txt": [("bank.lines", "20000.00"), ("bank.lines", "25000.00"), ("bank.lines", "-15000.00")],
        "vypiska-alfa.txt": "Alfa-Bank Belarus",
        "vypiska-prior.txt": "Priorbank",
    },
    "yookassa": {
        "cancelPaymentFixtures.json": [("provider.payments", "10.00")],
        "capturePaymentFixtures.json": [("provider.payments", "10.00")],
        "createDealFixtures.json": "a deal",
        "createPaymentErrorsGeneralFixtures.json": [("provider.payments", "test")],
        "createPaymentFixtures.json": [("provider.payments", "test")],
        "createPayoutFixtures.json": "payout",
        "createReceiptFixtures.json": "receipt",
        "createRefundFixtures.json": [("provider.refunds", "10.00")],
        "dealInfoFixtures.json": "deal",
        "dealsInfoFixtures.json": "deal",
        "getPaymentsFixtures.json": [("provider.payments", "test")],
        "paymentInfoFixtures.json": [("provider.payments", "test")],
        "paymentOptionsFixtures.json": "payment options",
        "payoutInfoFixtures.json": "payout",
        "refundInfoFixtures.json": [("provider.refunds", "10.00")],
        "refundsInfoFixtures.json": [("provider.refunds", "10.00")],
    },
    "rbs_gateway": {
        "ExtendedOrderStatusRequestError.txt": "Авторизация отменена",
        "ExtendedOrderStatusRequestSuccess.txt": [("provider.payments", "1500.00")],
        "GetLastOrdersForMerchantsRequestError.txt": "Не заполнено",
        "GetLastOrdersForMerchantsRequestSuccess.txt": [("provider.payments", "2500.00")] * 2,
        "OrderStatusRequestSuccess.txt": [("provider.payments", "created_at")],
        "RefundRequestError.txt": "errorCode 5",
        "RefundRequestSuccess.txt": "acknowledgement",
    },
    "moysklad": {
        "collectionMeta.json": "JSON Schema",
        "counterparty.json": "JSON Schema",
        "customerorder.json": "JSON Schema",
        "invoiceoutoverdue.json": "NotificationInvoiceOutOverdue",
        "prepayment.json": "prepayment is not supported",
        "prepaymentreturn.json": "prepaymentreturn is not supported",
    },
    "bitrix24": {
        "crm-deal-get.01.json": [("crm.deals", "1000000.00")],
        "crm-deal-list.01.json": [("crm.deals", "payment_status")] * 6,
        "crm-item-get.01.json": "is no deal",
        "crm-item-list.01.json": "entityTypeId",
        "sale-order-get.01.json": [("website.orders", "1480")],
        "sale-order-list.raw00.txt": "not complete JSON",
        "sale-payment-get.01.json": [("website.payments", "2352")],
        "sale-payment-list.raw00.txt": "not complete JSON",
        "sale-shipment-get.01.json": "shipment",
        "sale-shipment-list.01.json": "shipment",
    },
    "woocommerce": {
        **{f"order-refunds.0{number}.json": "a refund" for number in range(1, 5)},
        **{
            f"orders.0{number}.json": [("website.orders", "29.35"), ("website.payments", "29.35")]
            for number in (1, 2, 4, 5)
        },
        "orders.03.json": [
            ("website.orders", "29.35"),
            ("website.payments", "29.35"),
            ("website.orders", "39.00"),
            ("website.payments", "39.00"),
        ],
        "orders.06.json": "no order",
    },
    "mt940": {
        "171011_01234945.sta": lines("-2402.00", "-3460.00", "-3575.00"),
        "abnamro.sta": "closing balance is 876.84",
        "ing.sta": "closing balance is 3.47",
        "mt940.sta": lines(
            *("-6800", "-620.3", "18500", "-14220", "-1507", "4200", "-19900", "-400", "3656.74", "23040"),
            *("-5862.14", "-800", "3000", "20000.00", "-10000.00", "40.00"),
        ),
        "mt940.txt": lines("-65.00", "1000.00", "-801.55", "-1.65", "828.72", "-1000.00", "1000.18", "-903.76"),
        "multiline.sta": "line 38",
        "postfinance.sta": "closing balance is 159.6",
        "rabobank.sta": "closing balance is 395.82",
        "raphaelm.sta": lines("5000.00", *["20000.00"] * 7, "-50000.00"),
        "sns.sta": lines("-20.00", "-5.00"),
        "transaction_details_wrapped.sta": lines("booked_date"),
    },
    "camt": {
        "camt052.v1.xml": lines("-200000"),
        "camt052.v2.other-account.xml": lines("-200000"),
        "camt052.v2.with-account-name.xml": lines("booked_date"),
        "camt052.v2.xml": lines("-200000"),
        **dict.fromkeys(("camt052.v4.xml", "camt052.v6.Amt-zero.xml", "camt052.v6.xml"), lines("status")),
        "camt052.v8.xml": lines("-200000"),
        "camt053.v2.all-balance-types.xml": "closing balance is 4.04",
        "camt053.v2.five.decimals.xml": "closing balance is 27.050",
        "camt053.v2.multi.statement.xml": lines("8.85", "-7.00"),
        "camt053.v2.wrong.xml": "no statement",
        **dict.fromkeys(
            (
                "camt053.v2.minimal.ultimate.xml",
                "camt053.v2.minimal.xml",
                "camt053.v2.with-account-name.xml",
                "camt053.v2.with-party-ids.xml",
                "camt053.v3.xml",
                "camt053.v4.xml",
                "camt053.v8.xml",
            ),
            lines("8.85"),
        ),
        **dict.fromkeys(("camt054.v2.xml", "camt054.v4.xml", "camt054.v8.xml"), lines("-200000")),
        **dict.fromkeys(
            (
                "camt054.v2.with-account-name.xml",
                "camt054.v8-with-UETR.xml",
                "camt054.v8-with-financial-institution.xml",
            ),
            lines("booked_date"),
        ),
    },
    "ubl": {
        "UBL-DespatchAdvice-2.0-Example.xml": [("warehouse.deliveries", "amount")],
        "UBL-RemittanceAdvice-2.0-Example.xml": "'RemittanceAdvice', not a UBL DespatchAdvice",
        "UBL-Statement-2.0-Example.xml": "'Statement', not a UBL DespatchAdvice",
    },
}
"""File to what comes of it: contract and amount of each row (column of a reject), or words of the refusal."""


def samples() -> Path | None:
    named = os.environ.get("SVERKA_SAMPLES")
    places = [Path(named)] if named else [parent / "shared" / "samples" for parent in Path(__file__).parents]
    return next((place for place in places if place.is_dir()), None)


def check(name: str) -> None:
    root = samples()
    for path in sorted((root / FOLDERS[name]).iterdir()) if root else []:
        expected = EXPECTED[name][path.name]
        options = FormatOptions(path.name, options={"currency": "RUB"})
        try:
            parsed = list(FORMATS[name].parse(io.BytesIO(path.read_bytes()), options))
        except FileRefused as refused:
            assert isinstance(expected, str), refused.message
            assert expected in refused.message, path.name
        else:
            seen = [(item.contract, item.values["amount"] if isinstance(item, Row) else item.column) for item in parsed]
            assert seen == expected, path.name


def test_client_bank_exchange_samples() -> None:
    check("client_bank_exchange")


def test_yookassa_samples() -> None:
    check("yookassa")


def test_rbs_gateway_samples() -> None:
    check("rbs_gateway")


def test_bitrix24_samples() -> None:
    check("bitrix24")


def test_woocommerce_samples() -> None:
    check("woocommerce")


def test_mt940_samples() -> None:
    """Three of them are cut by their authors: the control totals see it."""
    check("mt940")


def test_camt_samples() -> None:
    check("camt")


def test_ubl_samples() -> None:
    check("ubl")


def test_moysklad_samples() -> None:
    check("moysklad")
