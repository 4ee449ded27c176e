"""Faults of refunds; conventions as in ``faults_payments``. Subjects are refund keys unless said."""

from ingest.demo.kit import EP, ER, FR, PP, PR, Inject, Kit
from ingest.demo.sales import CardSale
from ingest.demo.timeline import MINUTE
from ingest.demo.truth import Record


def _sold(kit: Kit, day: int) -> tuple[CardSale, str]:
    """An ordinary sale and the id of its refund."""
    sale = kit.sale(day)
    sale.write_all_but()
    return sale, f"RF-{sale.order}"


def refund_missing_in_erp(kit: Kit, day: int, variant: int) -> None:
    """Accounting never books it; has it unposted; posts it on the fifth day."""
    sale, refund = _sold(kit, day)
    refunded = sale.at(2, 12)
    sale.write_provider_refund(refund, refunded, sale.amount)
    sale.write_refund_receipt(refund, refunded + 5 * MINUTE, sale.amount)
    healed: list[Record] = []
    if variant == 1:
        sale.write_erp_refund(refund, sale.at(3, 9), sale.amount, posted=False)
    if variant == 2:
        healed = [(ER, sale.at(6, 9))]
        sale.write_erp_refund(refund, sale.at(6, 9), sale.amount)
    kit.expect("refund_missing_in_erp", refund, [(PR, refunded)], healed=healed, subject_type="refund")


def refund_missing_in_provider(kit: Kit, day: int, variant: int) -> None:
    """Booked and never sent; booked while the provider's refund failed; sent on the fourth day after."""
    sale, refund = _sold(kit, day)
    booked, key = sale.at(2, 10), refund
    healed: list[Record] = []
    sale.write_erp_refund(refund, booked, sale.amount, by="payment" if variant == 1 else "refund")
    if variant == 1:
        key = f"erp:erp:ER-{refund}"
        sale.write_provider_refund(refund, sale.at(2, 9), sale.amount, "failed")
    if variant == 2:
        sent = sale.at(6, 10)
        healed = [(PR, sent)]
        sale.write_provider_refund(refund, sent, sale.amount)
        sale.write_refund_receipt(refund, sent + 5 * MINUTE, sale.amount)
    kit.expect("refund_missing_in_provider", key, [(ER, booked)], healed=healed, subject_type="refund")


def refund_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Booked too low; too high; too low until it is corrected."""
    sale, refund = _sold(kit, day)
    refunded, booked, amount = sale.at(2, 12), sale.at(3, 9, 40), sale.amount // 300 * 100
    sale.write_provider_refund(refund, refunded, amount)
    sale.write_refund_receipt(refund, refunded + 5 * MINUTE, amount)
    sale.write_erp_refund(refund, booked, amount + (100_00 if variant == 1 else -100_00))
    healed = [(ER, sale.at(5, 10))] if variant == 2 else []
    if healed:
        sale.write_erp_refund(refund, sale.at(5, 10), amount, document=booked)
    known = [(PR, refunded), (ER, booked)]
    kit.expect("refund_amount_mismatch", refund, known, healed=healed, subject_type="refund")


def refund_exceeds_payment(kit: Kit, day: int, variant: int) -> None:
    """Two refunds that together, and one that alone, is more than was paid; the last is of a cash payment.

    The subject is the payment.
    """
    code = "refund_exceeds_payment"
    if variant == 2:
        sale = kit.sale(day)
        document, booked = f"KO-{sale.order}", sale.at(2, 11)
        sale.write_order("completed")
        books = kit.parties.books
        books.payment(
            sale.paid, document, "cash_receipt_order", sale.amount, "AMD", order=sale.order, customer=sale.customer
        )
        books.receipt(sale.paid + 2 * MINUTE, sale.receipt_id, "success", sale.amount, "AMD", document=document)
        books.refund(booked, f"ER-{sale.order}", sale.amount + 700_00, "AMD", original=document, customer=sale.customer)
        kit.expect(code, f"erp:erp:{document}", [(EP, sale.paid), (ER, booked)])
        return
    sale, refund = _sold(kit, day)
    if variant == 0:
        sale.write_refund(f"{refund}-1", sale.at(2, 12), sale.amount)
        sale.write_refund(f"{refund}-2", sale.at(2, 15), sale.amount // 400 * 100)
        known = [(PR, sale.at(2, 12)), (PR, sale.at(2, 15))]
    else:
        sale.write_refund(refund, sale.at(2, 12), sale.amount + 700_00)
        known = [(PR, sale.at(2, 12))]
    kit.expect(code, sale.payment, [(PP, sale.paid), *known])


def refund_receipt_missing(kit: Kit, day: int, variant: int) -> None:
    """No refund receipt; one that failed; one that is registered three days late."""
    sale, refund = _sold(kit, day)
    refunded = sale.at(2, 12)
    sale.write_provider_refund(refund, refunded, sale.amount)
    sale.write_erp_refund(refund, sale.at(3, 9, 40), sale.amount)
    healed: list[Record] = []
    if variant == 1:
        sale.write_refund_receipt(refund, refunded + 5 * MINUTE, sale.amount, "error")
    if variant == 2:
        healed = [(FR, sale.at(5, 10))]
        sale.write_refund_receipt(refund, sale.at(5, 10), sale.amount)
    kit.expect("refund_receipt_missing", refund, [(PR, refunded)], healed=healed, subject_type="refund")


def refund_receipt_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """The receipt is for less; for less until corrected; in roubles."""
    sale, refund = _sold(kit, day)
    refunded, registered = sale.at(2, 12), sale.at(2, 12, 5)
    sale.write_provider_refund(refund, refunded, sale.amount)
    sale.write_erp_refund(refund, sale.at(3, 9, 40), sale.amount)
    healed: list[Record] = []
    if variant == 2:
        sale.write_refund_receipt(refund, registered, sale.amount, currency="RUB")
    else:
        sale.write_refund_receipt(refund, registered, sale.amount - 200_00)
    if variant == 1:
        healed = [(FR, sale.at(5, 10))]
        sale.write_refund_receipt(refund, sale.at(5, 10), sale.amount)
    known = [(PR, refunded), (FR, registered)]
    kit.expect("refund_receipt_amount_mismatch", refund, known, healed=healed, subject_type="refund")


def refund_receipt_without_refund(kit: Kit, day: int, variant: int) -> None:
    """A refund receipt for a sale that was not refunded; for nothing known; before a refund that comes later.

    The subject is the receipt.
    """
    sale, refund = _sold(kit, day)
    registered = sale.at(2, 12)
    healed: list[Record] = []
    if variant == 1:
        kit.parties.books.receipt(
            registered, f"RR-{refund}", "success", sale.amount, sale.currency, kind="refund", refund=f"{refund}-UNKNOWN"
        )
    else:
        sale.write_refund_receipt(refund, registered, sale.amount, by="payment" if variant == 0 else "refund")
    if variant == 2:
        refunded = sale.at(5, 12)
        healed = [(PR, refunded)]
        sale.write_provider_refund(refund, refunded, sale.amount)
        sale.write_erp_refund(refund, sale.at(6, 9, 40), sale.amount)
    kit.expect(
        "refund_receipt_without_refund",
        f"fiscal.receipts:fiscal:RR-{refund}",
        [(FR, registered)],
        healed=healed,
        subject_type="document",
    )


def refund_unlinked(kit: Kit, day: int, variant: int) -> None:
    """A refund of a payment nobody knows; a booked refund of nothing; a wrong payment id, corrected later."""
    sale, refund = _sold(kit, day)
    refunded, booked = sale.at(2, 12), sale.at(3, 9, 40)
    known, key = [(PR, refunded)], refund
    healed: list[Record] = []
    if variant == 1:
        known, key = [(ER, booked)], f"erp:erp:ER-{refund}"
        sale.write_erp_refund(refund, booked, sale.amount, by="nothing", payment=False)
    else:
        sale.write_provider_refund(refund, refunded, sale.amount, provider_payment=f"{sale.provider}-UNKNOWN-{refund}")
    if variant == 0:
        kit.expect("refund_missing_in_erp", refund, known, subject_type="refund")
    if variant == 2:
        healed = [(PR, sale.at(5, 10))]
        sale.write_refund_receipt(refund, refunded + 5 * MINUTE, sale.amount)
        sale.write_erp_refund(refund, booked, sale.amount)
        sale.systems.corrected_refund(
            sale.at(5, 10),
            sale.provider,
            f"{sale.provider_payment}-{refund}",
            sale.provider_payment,
            sale.amount,
            sale.currency,
            refunded,
            payment=sale.payment,
            refund=refund,
        )
    kit.expect("refund_unlinked", key, known, healed=healed, subject_type="refund")


FAULTS: tuple[Inject, ...] = (
    refund_missing_in_erp,
    refund_missing_in_provider,
    refund_amount_mismatch,
    refund_exceeds_payment,
    refund_receipt_missing,
    refund_receipt_amount_mismatch,
    refund_receipt_without_refund,
    refund_unlinked,
)
