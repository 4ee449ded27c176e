"""Real files of the systems, where they are at hand: a folder named by SVERKA_SAMPLES, or ``shared/samples`` beside
one of the folders above the repository. The repository does not ship them; its own fixtures stand for them elsewhere.
"""

import io
import os
from pathlib import Path

import yaml

from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Row

FOLDERS = {
    "client_bank_exchange": "bank_1c_client",
    "yookassa": "yookassa",
    "rbs_gateway": "rbs_gateway",
    "moysklad": "moysklad",
    "atol": "fiscal_atol",
    "tbank": "tbank",
    "stripe": "stripe",
    "cloudpayments": "cloudpayments",
    "onec_odata": "onec_odata_edmx",
    "commerceml": "commerceml",
    "bitrix24": "bitrix24",
    "woocommerce": "woocommerce",
    "mt940": "bank_mt940",
    "camt": "bank_camt",
    "ubl": "ubl",
}

OPTIONS = {"atol": {"operation": "sell"}}


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
        "createReceiptFixtures.json": [("fiscal.receipts", "created_at")],
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
    "cloudpayments": {
        "failed.yml": "no message",
        "failed_with_message.yml": "Error message",
        "spec_fixtures_apis_payments_find_failed.yml": [("provider.payments", "TestMode")],
        "spec_fixtures_apis_payments_find_failed_with_message.yml": [],
        "spec_fixtures_apis_payments_find_successful.yml": [("provider.payments", "TestMode")],
        "spec_fixtures_apis_payments_get_failed.yml": [("provider.payments", "TestMode")],
        "spec_fixtures_apis_payments_get_failed_with_message.yml": [],
        "spec_fixtures_apis_payments_get_successful.yml": [("provider.payments", "TestMode")],
        "spec_fixtures_apis_payments_post3ds_failed.yml": "not complete JSON",
        "spec_fixtures_apis_payments_post3ds_successful.yml": [("provider.payments", "TestMode")],
        "spec_fixtures_apis_payments_refund_failed.yml": "no message",
        "spec_fixtures_apis_payments_refund_failed_with_message.yml": "Error message",
        "spec_fixtures_apis_payments_refund_successful.yml": "acknowledges",
        "spec_fixtures_apis_payments_void_failed.yml": "no message",
        "spec_fixtures_apis_payments_void_failed_with_message.yml": "Error message",
        "spec_fixtures_apis_payments_void_successful.yml": "acknowledges",
        "successful.yml": "acknowledges",
    },
    "stripe": {
        "fixture.balance.json": "balance, which",
        "fixture.balance_transaction.json": "reconciliation report",
        "fixture.charge.json": [("provider.payments", "livemode")],
        "fixture.credit_note.json": "credit_note",
        "fixture.dispute.json": [("provider.disputes", "livemode")],
        "fixture.invoice.json": "invoice, which",
        "fixture.invoice_payment.json": "invoice_payment",
        "fixture.payment_intent.json": "Deliver its charges",
        "fixture.payout.json": "reconciliation report",
        "fixture.refund.json": [("provider.refunds", "1.00")],
    },
    "tbank": {"notification_authorized.json": [("provider.payments", "TerminalKey")]},
    "atol": {
        "v4.ErrorRegisterResponse.json": [("fiscal.receipts", "receipt_id")],
        "v4.ErrorTokenResponse.json": "Неверный логин",
        "v4.SuccessCorrectionResponse.json": [("fiscal.receipts", "amount")],
        "v4.SuccessDoneReportResponse.json": [("fiscal.receipts", "1000.1")],
        "v4.SuccessRegisterResponse.json": [("fiscal.receipts", "amount")],
        "v4.SuccessTokenResponse.json": "a secret",
        "v4.SuccessWaitingReportResponse.json": [("fiscal.receipts", "amount")],
    },
    "onec_odata": dict.fromkeys(
        (
            "01-catalog-with-table.xml",
            "02-document-with-fi.xml",
            "03-information-register.xml",
            "04-accumulation-register.xml",
            "05-accounting-register.xml",
            "06-value-storage.xml",
            "07-composite-ref.xml",
            "08-constant.xml",
            "09-enum-and-complex.xml",
        ),
        "not JSON",
    ),
    "commerceml": {
        "commerceml-2.10.xsd": "its root is schema",
        "orders.xml": [("website.orders", "9683.42")],
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


def body(path: Path) -> bytes:
    """The file, or the body of the answer that a YAML wrapper has recorded."""
    if path.suffix != ".yml":
        return path.read_bytes()
    return str(yaml.safe_load(path.read_text("utf-8"))[":response"][":body"]).encode()


def check(name: str, contracts: tuple[str, ...] = ()) -> None:
    root = samples()
    for path in sorted((root / FOLDERS[name]).iterdir()) if root else []:
        expected = EXPECTED[name][path.name]
        options = FormatOptions(path.name, contracts=contracts, options={"currency": "RUB"} | OPTIONS.get(name, {}))
        try:
            parsed = list(FORMATS[name].parse(io.BytesIO(body(path)), options))
        except FileRefused as refused:
            assert isinstance(expected, str), refused.message
            assert expected in refused.message, path.name
        else:
            seen = [(item.contract, item.values["amount"] if isinstance(item, Row) else item.column) for item in parsed]
            assert seen == expected, path.name


def test_client_bank_exchange_samples() -> None:
    check("client_bank_exchange")


def test_yookassa_samples() -> None:
    check("yookassa", FORMATS["yookassa"].CONTRACTS)


def test_rbs_gateway_samples() -> None:
    check("rbs_gateway")


def test_moysklad_samples() -> None:
    check("moysklad")


def test_atol_samples() -> None:
    check("atol")


def test_cloudpayments_samples() -> None:
    check("cloudpayments")


def test_tbank_samples() -> None:
    check("tbank")


def test_stripe_samples() -> None:
    check("stripe")


def test_onec_odata_samples() -> None:
    """Metadata of an interface, which describes data and has none."""
    check("onec_odata")


def test_commerceml_samples() -> None:
    check("commerceml")


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
