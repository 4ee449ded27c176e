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
}

OPTIONS = {"atol": {"operation": "sell"}}

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


def check(name: str) -> None:
    root = samples()
    for path in sorted((root / FOLDERS[name]).iterdir()) if root else []:
        expected = EXPECTED[name][path.name]
        options = FormatOptions(path.name, options={"currency": "RUB"} | OPTIONS.get(name, {}))
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
    check("yookassa")


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
