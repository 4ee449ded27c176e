"""Faults of deliveries and reserves; conventions as in ``faults_payments``. Subjects are the warehouse's records."""

from ingest.demo.kit import CA, CI, EP, WD, WR, WT, Inject, Kit
from ingest.demo.timeline import MINUTE, moment
from ingest.demo.truth import Record


def shipped_without_clearance(kit: Kit, day: int, variant: int) -> None:
    """The second half of a half paid invoice; an unpaid order; approved in time, which is recorded three days late."""
    systems, shipped = kit.parties.systems, moment(day + 2, 14)
    healed: list[Record] = []
    if variant == 1:
        sale = kit.sale(day)
        sale.write_order("awaiting_payment")
        delivery = f"DLV-{sale.order}"
        systems.delivery(shipped + MINUTE, delivery, "shipped", sale.amount, "AMD", shipped + MINUTE, order=sale.order)
    else:
        case = kit.invoice(day)
        case.write_issue()
        half = case.amount // 2
        if variant == 0:
            case.write_transfer(moment(day + 1, 11), half)
            case.write_shipment(1, half, moment(day + 1, 15), held=False)
        else:
            healed = [(CA, moment(day + 5, 9))]
            approved = moment(day + 1, 9)
            systems.approval(
                moment(day + 5, 9), f"APR-{case.invoice}", "manager_approval", case.invoice, approved=approved
            )
        delivery = case.write_shipment(2, half, shipped, held=False)
    known = [(WD, shipped + MINUTE)]
    subject = f"warehouse:{delivery}"
    kit.expect("shipped_without_clearance", subject, known, healed=healed, subject_type="delivery")


def reserve_released_without_clearance(kit: Kit, day: int, variant: int) -> None:
    """Released for an unpaid invoice; for an unpaid order; approved in time, which is recorded three days late."""
    systems, released = kit.parties.systems, moment(day + 2, 14)
    healed: list[Record] = []
    if variant == 1:
        sale = kit.sale(day)
        sale.write_order("awaiting_payment")
        reserve, customer, amount = f"RES-{sale.order}", sale.customer, sale.amount
        invoice, order, put_aside = "", sale.order, sale.paid + MINUTE
    else:
        case = kit.invoice(day)
        case.write_issue()
        reserve, customer, amount = f"RES1-{case.invoice}", case.customer, case.amount
        invoice, order, put_aside = case.invoice, "", case.issued + 30 * MINUTE
    for at, status in ((put_aside, "held"), (released, "released")):
        systems.reserve(at, reserve, status, amount, "AMD", put_aside, customer, invoice=invoice, order=order)
    if variant == 2:
        recorded, approved = moment(day + 5, 9), moment(day + 1, 9)
        healed = [(CA, recorded)]
        systems.approval(recorded, f"APR-{reserve}", "manager_approval", reserve=reserve, approved=approved)
    subject = f"warehouse:{reserve}"
    known = [(WR, released)]
    kit.expect("reserve_released_without_clearance", subject, known, healed=healed, subject_type="reserve")


def reserve_not_released(kit: Kit, day: int, variant: int) -> None:
    """Paid for and held; the second of two; held four days too long."""
    case = kit.invoice(day)
    case.write_issue()
    paid, half = moment(day + 2, 11), case.amount // 2
    if variant == 1:
        case.write_hold(1, half)
        case.write_hold(2, half)
    else:
        case.write_hold(2, case.amount)
    case.write_transfer(paid, case.amount)
    case.write_close(day + 3)
    healed: list[Record] = []
    if variant == 1:
        case.write_shipment(1, half, moment(day + 3, 14))
    elif variant == 2:
        healed = [(WR, moment(day + 7, 14))]
        case.write_shipment(2, case.amount, moment(day + 7, 14))
    subject = f"warehouse:RES2-{case.invoice}"
    kit.expect("reserve_not_released", subject, [(EP, paid)], healed=healed, subject_type="reserve")


def delivery_exceeds_invoice(kit: Kit, day: int, variant: int) -> None:
    """More shipped than invoiced, with approval; in two shipments; until the surplus comes back.

    The subject is the invoice.
    """
    case = kit.invoice(day)
    case.write_issue()
    systems, surplus = kit.parties.systems, 2_500_00
    systems.approval(case.issued + 15 * MINUTE, f"APR-{case.invoice}", "manager_approval", case.invoice)
    shipped = moment(day + 1, 14)
    delivery = case.write_shipment(1, case.amount + (0 if variant == 1 else surplus), shipped, held=False)
    if variant == 1:
        shipped = moment(day + 3, 14)
        case.write_shipment(2, surplus, shipped, held=False)
    healed = [(WT, moment(day + 4, 11))] if variant == 2 else []
    if healed:
        systems.goods_return(moment(day + 4, 11), f"RET-{case.invoice}", delivery, surplus, "AMD", invoice=case.invoice)
    known = [(WD, shipped + MINUTE)]
    kit.expect("delivery_exceeds_invoice", case.invoice, known, healed=healed, subject_type="invoice")


def delivery_without_invoice(kit: Kit, day: int, variant: int) -> None:
    """For nothing; for an order nobody knows; approved, for an invoice that is issued three days later.

    What belongs to nothing was not paid for either.
    """
    systems, shipped = kit.parties.systems, moment(day + 1, 14)
    case = kit.invoice(day + 4)
    delivery = f"DLV1-{case.invoice}"
    known, healed = [(WD, shipped)], list[Record]()
    subject = f"warehouse:{delivery}"
    if variant == 2:
        healed = [(CI, case.issued)]
        systems.approval(moment(day + 1, 9), f"APR-{case.invoice}", "manager_approval", case.invoice)
        systems.delivery(shipped, delivery, "shipped", case.amount, "AMD", shipped, invoice=case.invoice)
        case.write_issue()
    else:
        order = f"FORD-UNKNOWN-{case.invoice}" if variant else ""
        systems.delivery(shipped, delivery, "shipped", case.amount, "AMD", shipped, order=order)
        kit.expect("shipped_without_clearance", subject, known, subject_type="delivery")
    kit.expect("delivery_without_invoice", subject, known, healed=healed, subject_type="delivery")


FAULTS: tuple[Inject, ...] = (
    shipped_without_clearance,
    reserve_released_without_clearance,
    reserve_not_released,
    delivery_exceeds_invoice,
    delivery_without_invoice,
)
