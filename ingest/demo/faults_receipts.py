"""Faults of fiscal receipts and of changes made by hand; conventions as in ``faults_payments``."""

from ingest.demo.kit import EP, ER, FR, PP, Inject, Kit
from ingest.demo.sales import CardSale
from ingest.demo.timeline import HOUR, MINUTE, moment
from ingest.demo.truth import Record


def receipt_missing(kit: Kit, day: int, variant: int) -> None:
    """Never registered; registered two days late; missing for a private customer's bank transfer."""
    if variant == 2:
        case = kit.individual_invoice(day)
        case.write_issue()
        paid = moment(day + 1, 12, 20)
        document = case.write_transfer(paid, case.amount)
        case.write_close(day + 2)
        kit.expect("receipt_missing", f"erp:erp:{document}", [(EP, paid)])
        return
    sale = kit.sale(day)
    sale.write_all_but("receipt")
    healed: list[Record] = []
    if variant == 1:
        healed = [(FR, sale.at(3, 10))]
        sale.write_receipt(at=sale.at(3, 10))
    kit.expect("receipt_missing", sale.payment, [(PP, sale.paid)], healed=healed)


def receipt_stuck(kit: Kit, day: int, variant: int) -> None:
    """Queued for ever; accepted and registered two days later; a second attempt that never ends."""
    sale = kit.sale(day)
    sale.write_all_but("receipt")
    created, healed = sale.paid + MINUTE, list[Record]()
    if variant == 0:
        sale.write_receipt("queued", created=created)
    elif variant == 1:
        healed = [(FR, sale.at(3, 10))]
        sale.write_receipt("accepted", created=created)
        sale.write_receipt("success", sale.at(3, 10), created=created)
    else:
        created = sale.paid + 20 * MINUTE
        sale.write_receipt("error")
        sale.write_receipt("processing", created + MINUTE, attempt=2, created=created)
    kit.expect("receipt_stuck", sale.payment, [(FR, created), (PP, sale.paid)], event=created, healed=healed)


def receipt_failed(kit: Kit, day: int, variant: int) -> None:
    """Failed for ever; failed twice and registered two days later; failed too late in the evening to count that day."""
    sale = kit.sale(day, 21 * HOUR + 30 * MINUTE if variant == 2 else None)
    sale.write_all_but("receipt")
    created, healed = sale.paid + MINUTE, list[Record]()
    sale.write_receipt("error", created=created)
    if variant == 1:
        created = sale.paid + 29 * MINUTE
        healed = [(FR, sale.at(2, 10))]
        sale.write_receipt("error", created + MINUTE, attempt=2, created=created)
        sale.write_receipt("success", sale.at(2, 10), attempt=3)
    kit.expect("receipt_failed", sale.payment, [(FR, created), (PP, sale.paid)], event=created, healed=healed)


def receipt_duplicate(kit: Kit, day: int, variant: int) -> None:
    """Registered twice for a card; twice for cash; twice until one turns out not to be registered."""
    sale = kit.sale(day)
    first, second = sale.paid + 2 * MINUTE, sale.paid + 9 * MINUTE
    if variant == 1:
        document = _write_cash(sale)
        for at, suffix in ((first, ""), (second, "-2")):
            kit.parties.books.receipt(
                at, sale.receipt_id + suffix, "success", sale.amount, sale.currency, document=document
            )
        kit.expect("receipt_duplicate", f"erp:erp:{document}", [(EP, sale.paid), (FR, first), (FR, second)])
        return
    sale.write_all_but()
    sale.write_receipt(at=second, id_suffix="-2")
    healed = [(FR, sale.at(3, 10))] if variant == 2 else []
    if healed:
        sale.write_receipt("error", sale.at(3, 10), id_suffix="-2", created=second - MINUTE)
    kit.expect("receipt_duplicate", sale.payment, [(PP, sale.paid), (FR, first), (FR, second)], healed=healed)


def receipt_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Registered for less; for more; for less until a second receipt adds the rest."""
    sale = kit.sale(day)
    code, registered = "receipt_amount_mismatch", sale.paid + 2 * MINUTE
    sale.write_all_but("receipt")
    known = [(PP, sale.paid), (FR, registered)]
    if variant == 1:
        sale.write_receipt(amount=sale.amount + 300_00)
        kit.expect(code, sale.payment, known, grace=0)
        return
    sale.write_receipt(amount=sale.amount - 300_00)
    healed = [(FR, sale.at(3, 10))] if variant == 2 else []
    if healed:
        sale.write_receipt(at=sale.at(3, 10), amount=300_00, id_suffix="-2")
    kit.expect(code, sale.payment, known, event=sale.paid, healed=healed)


def receipt_without_payment(kit: Kit, day: int, variant: int) -> None:
    """For a refused card; for an order nobody knows; for a payment that is confirmed three days later."""
    sale = kit.sale(day)
    code, registered = "receipt_without_payment", sale.paid + 2 * MINUTE
    if variant == 1:
        sale.write_receipt(by="order")
        kit.expect(code, f"fiscal:fiscal:{sale.receipt_id}", [(FR, registered)])
        return
    sale.write_receipt()
    if variant == 0:
        sale.write_order("cancelled")
        sale.write_website("failed")
        sale.write_provider("failed")
        kit.expect(code, sale.payment, [(FR, registered)])
        return
    confirmed = sale.at(3, 11)
    sale.write_order("paid", confirmed + 20)
    sale.write_website("paid", confirmed + 10)
    sale.write_provider("pending", sale.ordered + 2 * MINUTE)
    sale.write_provider("paid", confirmed)
    sale.write_erp(sale.at(4, 9))
    sale.write_deal(at=confirmed + 30 * MINUTE)
    kit.expect(code, sale.payment, [(FR, registered)], healed=[(PP, confirmed)])


def erp_receipt_status_stale(kit: Kit, day: int, variant: int) -> None:
    """Accounting shows another receipt status than the fiscal service; corrected in the second case."""
    sale = kit.sale(day)
    booked, registered = sale.at(1, 9), sale.paid + 2 * MINUTE
    sale.write_all_but("erp")
    sale.write_erp(booked, receipt_status=("Принят", "wait", "fail")[variant])
    healed = [(EP, sale.at(3, 9))] if variant == 1 else []
    if healed:
        sale.write_erp(sale.at(3, 9), document=booked, receipt_status="Проведен")
    kit.expect(
        "erp_receipt_status_stale",
        f"erp.payments:erp:{sale.erp_document}",
        [(EP, booked), (FR, registered)],
        event=registered,
        healed=healed,
        subject_type="document",
    )


def manual_change_without_audit(kit: Kit, day: int, variant: int) -> None:
    """A payment changed by hand without a reason; without a name, filled in later; a refund without a time."""
    sale = kit.sale(day)
    code, changed = "manual_change_without_audit", sale.at(1, 11)
    if variant == 2:
        refund, booked = f"RF-{sale.order}", sale.at(3, 9, 40)
        sale.write_all_but()
        sale.write_provider_refund(refund, sale.at(2, 12), sale.amount)
        sale.write_refund_receipt(refund, sale.at(2, 12, 5), sale.amount)
        sale.write_erp_refund(refund, booked, sale.amount, audit=("accountant-1", "entered from the letter", None))
        kit.expect(code, f"erp.refunds:erp:ER-{refund}", [(ER, booked)], subject_type="document")
        return
    sale.write_all_but("erp")
    gap = ("accountant-1", "", changed) if variant == 0 else ("", "wrong order number", changed)
    sale.write_erp(changed, audit=gap)
    healed = [(EP, sale.at(3, 9))] if variant == 1 else []
    if healed:
        full = ("accountant-1", "wrong order number", changed)
        sale.write_erp(sale.at(3, 9), document=changed, audit=full)
    subject = f"erp.payments:erp:{sale.erp_document}"
    kit.expect(code, subject, [(EP, changed)], healed=healed, subject_type="document")


def _write_cash(sale: CardSale) -> str:
    """An order paid in cash; returns accounting's document id."""
    document = f"KO-{sale.order}"
    sale.write_order("completed")
    sale.books.payment(
        sale.paid, document, "cash_receipt_order", sale.amount, sale.currency, order=sale.order, customer=sale.customer
    )
    return document


FAULTS: tuple[Inject, ...] = (
    receipt_missing,
    receipt_stuck,
    receipt_failed,
    receipt_duplicate,
    receipt_amount_mismatch,
    receipt_without_payment,
    erp_receipt_status_stale,
    manual_change_without_audit,
)
