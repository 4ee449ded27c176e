"""The life of one order, paid twice over, refunded once, invoiced and delivered: what `explain` tells."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from tests.dagster_app.published_fixture import FakeHome, World

AMOUNT = Decimal("12000.00")
NOON = datetime(2026, 11, 18, 12)


def told_story(path: Path) -> FakeHome:
    """Order ORD-1 and invoice INV-1: payment PAY-1 (with refund REF-1), its neighbour PAY-2, and a stranger PAY-3."""
    world = World(path)
    _sales(world)
    _payments(world)
    _refund(world)
    _settlement_and_goods(world)
    _marts(world)
    return world.close()


def _sales(world: World) -> None:
    money = {"amount": AMOUNT, "currency": "AMD"}
    world.record(
        "website.orders", "shop", 7, order_id="ORD-1", status="paid", created_at=datetime(2026, 11, 18, 9), **money
    )
    world.record(
        "crm.invoices",
        "crm",
        order_id="ORD-1",
        invoice_id="INV-1",
        customer_id="C-1",
        status="issued",
        issued_at=datetime(2026, 11, 18, 10),
        **money,
    )
    for number, payment in ((1, "PAY-1"), (2, "PAY-2")):
        world.record(
            "crm.payment_requests",
            "crm",
            number,
            payment_request_id=f"REQ-{number}",
            invoice_id="INV-1",
            order_id="ORD-1",
            payment_id=payment,
            kind="full",
            status="paid",
            created_at=datetime(2026, 11, 18, 11),
            **money,
        )
    world.record(
        "crm.deals",
        "crm",
        deal_id="DEAL-1",
        order_id="ORD-1",
        payment_status="paid",
        updated_at=datetime(2026, 11, 18, 16),
        **money,
    )


def _payments(world: World) -> None:
    money = {"amount": AMOUNT, "currency": "AMD"}
    for number in (1, 2, 3):
        order = {"order_id": "ORD-1"} if number < 3 else {}
        world.record(
            "provider.payments",
            "yookassa",
            number,
            provider_payment_id=f"pp-{number}",
            payment_id=f"PAY-{number}",
            provider_reference=f"RRN{number}",
            status="paid",
            method="card",
            created_at=datetime(2026, 11, 18, 11, 59),
            paid_at=NOON.replace(minute=number),
            settlement_batch_id="BATCH-1",
            **order,
            **money,
        )
        world.record(
            "website.payments",
            "shop",
            number,
            payment_id=f"PAY-{number}",
            provider_payment_id=f"pp-{number}",
            status="paid",
            status_source="webhook",
            created_at=datetime(2026, 11, 18, 11, 58),
            paid_at=NOON.replace(minute=number, second=5),
            **order,
            **money,
        )
    for part in ("1", "2"):
        world.record(
            "erp.payments",
            "1c",
            int(part),
            erp_document_id=f"doc-1#{part}",
            document_type="customer_card_payment",
            number="БП00-000123",
            posted=True,
            deleted=False,
            document_date=datetime(2026, 11, 18, 14),
            payment_id="PAY-1",
            invoice_id="INV-1",
            amount=AMOUNT / 2,
            currency="AMD",
        )
    for attempt, status in ((1, "error"), (2, "success")):
        world.record(
            "fiscal.receipts",
            "ofd",
            attempt,
            receipt_id="rc-1",
            attempt_no=attempt,
            payment_id="PAY-1",
            receipt_type="sale",
            status=status,
            created_at=datetime(2026, 11, 18, 12, 10 + attempt),
            fiscal_document_number="FD-555",
            registered_at=datetime(2026, 11, 18, 12, 20) if status == "success" else None,
            **money,
        )


def _refund(world: World) -> None:
    money = {"amount": Decimal("2000.00"), "currency": "AMD"}
    world.record(
        "provider.refunds",
        "yookassa",
        provider_refund_id="pr-1",
        provider_payment_id="pp-1",
        refund_id="REF-1",
        status="succeeded",
        created_at=datetime(2026, 11, 19, 8),
        refunded_at=datetime(2026, 11, 19, 8, 5),
        **money,
    )
    world.record(
        "erp.refunds",
        "1c",
        erp_document_id="refdoc-1",
        number="БП00-R1",
        posted=True,
        deleted=False,
        document_date=datetime(2026, 11, 19, 9),
        refund_id="REF-1",
        **money,
    )
    world.record(
        "fiscal.receipts",
        "ofd",
        3,
        receipt_id="rc-ref",
        attempt_no=1,
        refund_id="REF-1",
        receipt_type="refund",
        status="success",
        created_at=datetime(2026, 11, 19, 8, 30),
        registered_at=datetime(2026, 11, 19, 8, 31),
        **money,
    )


def _settlement_and_goods(world: World) -> None:
    world.record(
        "provider.payouts",
        "yookassa",
        settlement_batch_id="BATCH-1",
        gross_amount=AMOUNT * 3,
        net_amount=AMOUNT * 3,
        currency="AMD",
        payout_date=date(2026, 11, 19),
        bank_reference="BANKREF-9",
    )
    world.record(
        "bank.lines",
        "bank",
        bank_line_id="bl-1",
        account="A",
        booked_date=date(2026, 11, 20),
        amount=AMOUNT * 3,
        currency="AMD",
        bank_reference="BANKREF-9",
        purpose="Возмещение по договору",
    )
    money = {"amount": AMOUNT, "currency": "AMD"}
    world.record(
        "warehouse.reserves",
        "wms",
        reserve_id="RES-1",
        invoice_id="INV-1",
        status="released",
        reserved_at=datetime(2026, 11, 18, 10, 30),
        released_at=datetime(2026, 11, 18, 15),
        **money,
    )
    world.record(
        "warehouse.deliveries",
        "wms",
        delivery_id="DEL-1",
        reserve_id="RES-1",
        status="delivered",
        shipped_at=datetime(2026, 11, 19, 7),
        **money,
    )


def _marts(world: World) -> None:
    money = {"amount": AMOUNT, "currency": "AMD"}
    for number in (1, 2, 3):
        context = {"order_id": "ORD-1", "invoice_id": "INV-1"} if number < 3 else {}
        key = f"PAY-{number}"
        world.mart(
            "fct_payment_reconciliation",
            payment_key=key,
            payment_id=key,
            provider_state="paid",
            provider_amount=AMOUNT,
            website_state="paid",
            erp_state="posted" if number == 1 else "absent",
            currency="AMD",
            match_status="matched",
            created_at=NOON,
            business_date=date(2026, 11, 18),
            match_rules=["payment_id"],
            exception_codes=[],
            **context,
        )
        for document, rule in (
            (f"provider.payments:yookassa:pp-{number}", "payment_id"),
            (f"website.payments:shop:{key}", "payment_id"),
        ):
            world.mart(
                "fct_document_links",
                document_id=document,
                payment_key=key,
                match_rule=rule,
                is_ambiguous=False,
                leg=document.split(".")[0],
                **money,
            )
    for document, rule in (("erp.payments:1c:doc-1", "provider_reference"), ("fiscal.receipts:ofd:rc-1", "payment_id")):
        world.mart(
            "fct_document_links",
            document_id=document,
            payment_key="PAY-1",
            match_rule=rule,
            is_ambiguous=False,
            leg=document.split(".")[0],
            **money,
        )
    world.record(
        "erp.payments",
        "1c",
        9,
        erp_document_id="doc-amb",
        document_type="bank_receipt",
        number="БП00-000777",
        posted=True,
        deleted=False,
        document_date=datetime(2026, 11, 18, 18),
        **money,
    )
    world.mart(
        "fct_document_links",
        document_id="erp.payments:1c:doc-amb",
        payment_key="erp:1c:doc-amb",
        leg="erp",
        match_rule="order_amount",
        is_ambiguous=True,
        candidates=["PAY-2", "PAY-3"],
        **money,
    )
    world.mart(
        "fct_refund_reconciliation",
        refund_key="REF-1",
        payment_key="PAY-1",
        provider_document_id="provider.refunds:yookassa:pr-1",
        erp_document_id="erp.refunds:1c:refdoc-1",
        receipt_document_id="fiscal.receipts:ofd:rc-ref",
        match_status="matched",
        refunded_at=datetime(2026, 11, 19, 8, 5),
        currency="AMD",
    )
    world.exception("duplicate_payment", "order", "ORD-1", "Paid twice.", order_id="ORD-1", amount=AMOUNT)
    world.exception("erp_amount_mismatch", "payment", "PAY-3", "A stranger's.", payment_key="PAY-3")
    world.exception("payout_fee_mismatch", "payout", "yookassa:BATCH-1", "Fees differ.")
    for event, kind, amount, key in (
        ("e1", "issued", AMOUNT, None),
        ("e2", "payment", -AMOUNT, "PAY-1"),
        ("e3", "overpayment", -AMOUNT, "PAY-2"),
    ):
        world.mart(
            "fct_invoice_ledger",
            ledger_event_id=event,
            invoice_id="INV-1",
            event_kind=kind,
            amount=amount,
            currency="AMD",
            event_at=NOON,
            payment_key=key,
        )
    world.mart("fct_invoice_balances", invoice_id="INV-1", order_id="ORD-1", currency="AMD", balance_amount=-AMOUNT)
