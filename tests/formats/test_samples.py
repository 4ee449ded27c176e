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
}

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
        "crm-item-get.01.json": [("crm.deals", "updated_at")],
        "crm-item-list.01.json": "entityTypeId",
        "sale-order-get.01.json": [("website.orders", "980")],
        "sale-order-list.raw00.txt": "not complete JSON",
        "sale-payment-get.01.json": [("website.payments", "2352")],
        "sale-payment-list.raw00.txt": "not complete JSON",
        "sale-shipment-get.01.json": "shipment",
        "sale-shipment-list.01.json": "shipment",
    },
    "woocommerce": {
        **{f"order-refunds.0{number}.json": "a refund" for number in range(1, 5)},
        **{f"orders.0{number}.json": [("website.orders", "29.35"), ("website.payments", "29.35")] for number in (1, 2)},
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


def test_moysklad_samples() -> None:
    check("moysklad")
