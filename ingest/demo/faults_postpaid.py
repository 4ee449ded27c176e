"""Faults of postpaid invoices; conventions as in ``faults_payments``. The period ends on the day the fault begins."""

from dataclasses import replace

from ingest.demo.billing import PostpaidCase
from ingest.demo.kit import BI, BP, EI, Inject, Kit
from ingest.demo.timeline import moment
from ingest.demo.truth import Record


def _expect(
    kit: Kit, code: str, case: PostpaidCase, known: list[Record], *, event: int | None = None, healed: list[Record]
) -> None:
    subject = f"billing:{case.id}"
    kit.expect(code, subject, known, event=event, healed=healed, subject_type="postpaid_invoice")


def blocked_charges_open(kit: Kit, day: int, variant: int) -> None:
    """Charges still held back after the period; all of them; until four days later."""
    case = kit.postpaid(day)
    blocked = case.amount if variant == 1 else 700_00
    case.write_begin("open", "closed")
    case.write_open(blocked)
    case.write_closed(blocked=blocked)
    healed = [(BI, case.at(4, 10))] if variant == 2 else []
    if healed:
        case.write_closed(case.at(4, 10), closed=case.closed)
    _expect(kit, "blocked_charges_open", case, [(BI, case.at(0, 10))], event=moment(day + 1, 0), healed=healed)


def postpay_invoice_not_closed(kit: Kit, day: int, variant: int) -> None:
    """Open for ever; with charges that grow; closed six days late."""
    case = kit.postpaid(day)
    case.write_open()
    healed: list[Record] = []
    if variant == 1:
        grown = replace(case, amount=case.amount + 5_000_00)
        kit.billing.invoice(case.at(2, 10), grown, "open")
    elif variant == 2:
        closed = case.at(6, 9)
        healed = [(BI, closed)]
        case.write_closed(closed)
        case.write_erp("open", case.at(6, 11))
        case.write_payment("pending", case.at(6, 12), created=case.at(6, 12))
    _expect(kit, "postpay_invoice_not_closed", case, [(BI, case.at(0, 10))], event=moment(day + 3, 0), healed=healed)


def postpay_payment_missing(kit: Kit, day: int, variant: int) -> None:
    """Closed without a payment; with a cancelled one; with one that comes three days later."""
    case = kit.postpaid(day)
    case.write_begin("payment")
    healed: list[Record] = []
    if variant == 1:
        case.write_payment("cancelled", case.at(1, 9, 30))
    elif variant == 2:
        healed = [(BP, case.at(4, 10))]
        case.write_payment("pending", case.at(4, 10), created=case.at(4, 10))
    _expect(kit, "postpay_payment_missing", case, [(BI, case.closed)], healed=healed)


def postpay_invoice_unmatched(kit: Kit, day: int, variant: int) -> None:
    """Never in accounting; there unposted; posted a week late."""
    case = kit.postpaid(day)
    case.write_begin("erp")
    healed: list[Record] = []
    if variant == 1:
        case.write_erp("open", case.at(1, 11), posted=False)
    elif variant == 2:
        healed = [(EI, case.at(7, 11))]
        case.write_erp("open", case.at(7, 11))
    _expect(kit, "postpay_invoice_unmatched", case, [(BI, case.closed)], healed=healed)


def postpay_invoice_ambiguous(kit: Kit, day: int, variant: int) -> None:
    """Two of the platform for one period; two of accounting; two until one is cancelled."""
    case = kit.postpaid(day)
    code = "postpay_invoice_ambiguous"
    case.write_begin()
    known: list[Record] = [(BI, case.closed), (EI, case.at(1, 11))]
    if variant == 0:
        other = kit.postpaid(day)
        other.account, other.customer = case.account, case.customer
        other.write_begin("erp")
        _expect(kit, code, other, known, healed=[])
        _expect(kit, code, case, known, healed=[])
        return
    again = case.at(2, 11)
    case.write_erp("open", again, id_suffix="-2")
    healed = [(EI, case.at(5, 11))] if variant == 2 else []
    if healed:
        case.write_erp("cancelled", case.at(5, 11), id_suffix="-2")
    _expect(kit, code, case, [*known, (EI, again)], healed=healed)


def postpay_not_approved(kit: Kit, day: int, variant: int) -> None:
    """Waiting, or pending, without a due date; approved a week late."""
    case = kit.postpaid(day)
    case.write_begin("payment")
    case.write_payment("pending" if variant == 1 else "waiting", case.at(1, 9, 30), due=None)
    healed = [(BP, case.at(7, 10))] if variant == 2 else []
    if healed:
        case.write_payment("pending", case.at(7, 10))
    _expect(kit, "postpay_not_approved", case, [(BI, case.closed)], healed=healed)


def postpay_completed_without_approval(kit: Kit, day: int, variant: int) -> None:
    """Completed though nobody approved it; at once; approved three days after."""
    case = kit.postpaid(day)
    case.write_begin("payment")
    paid = case.at(1 if variant == 1 else 3, 12)
    case.write_payment("waiting", case.at(1, 9, 30), due=None)
    case.write_payment("completed", paid, due=None)
    case.write_erp("closed", paid + 3 * 3600)
    healed = [(BP, case.at(6, 10))] if variant == 2 else []
    if healed:
        case.write_payment("completed", case.at(6, 10), paid=paid)
    _expect(kit, "postpay_completed_without_approval", case, [(BP, paid)], healed=healed)


def postpay_external_total_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Accounting invoiced more; in drams what was billed in dollars; less until it is corrected."""
    case = kit.postpaid(day)
    booked = case.at(1, 11)
    if variant == 1:
        case.external_total, case.external_currency = case.amount // 40_000 * 100, "USD"
    case.write_begin("erp")
    if variant == 1:
        case.write_erp("open", booked, amount=case.amount, currency="AMD")
    else:
        case.write_erp("open", booked, amount=case.amount + (-800_00 if variant else 800_00))
    healed = [(EI, case.at(4, 11))] if variant == 2 else []
    if healed:
        case.write_erp("open", case.at(4, 11))
    known = [(BI, case.closed), (EI, booked)]
    _expect(kit, "postpay_external_total_mismatch", case, known, healed=healed)


def postpay_balance_payment_forbidden(kit: Kit, day: int, variant: int) -> None:
    """Taken from the balance though billed outside for more; in dollars; for more until the method is corrected."""
    case = kit.postpaid(day)
    if variant == 1:
        case.external_total, case.external_currency = case.amount // 40_000 * 100, "USD"
    else:
        case.external_total = case.amount + 1_200_00
    case.write_begin()
    paid = case.at(3, 12)
    case.write_payment("completed", paid, method="balance")
    case.write_erp("closed", case.at(3, 15))
    healed = [(BP, case.at(6, 10))] if variant == 2 else []
    if healed:
        case.write_payment("completed", case.at(6, 10), paid=paid, method="bank transfer")
    _expect(kit, "postpay_balance_payment_forbidden", case, [(BI, case.closed), (BP, paid)], healed=healed)


def postpay_paid_not_completed(kit: Kit, day: int, variant: int) -> None:
    """Accounting has the money, the platform's payment is pending; waiting; completed four days later."""
    case = kit.postpaid(day)
    case.write_begin()
    closed = case.at(3, 15)
    if variant == 1:
        case.write_payment("waiting", case.at(2, 11))
    case.write_erp("closed", closed)
    healed = [(BP, case.at(7, 12))] if variant == 2 else []
    if healed:
        case.write_payment("completed", case.at(7, 12))
    _expect(kit, "postpay_paid_not_completed", case, [(EI, closed)], healed=healed)


def postpay_completed_not_paid(kit: Kit, day: int, variant: int) -> None:
    """Completed on the platform, open in accounting, twice; closed there four days later."""
    case = kit.postpaid(day)
    case.write_begin()
    paid = case.at(3, 12)
    case.write_payment("completed", paid)
    healed = [(EI, case.at(7, 15))] if variant == 2 else []
    if healed:
        case.write_erp("closed", case.at(7, 15))
    _expect(kit, "postpay_completed_not_paid", case, [(BP, paid)], healed=healed)


def postpay_overdue(kit: Kit, day: int, variant: int) -> None:
    """Pending, or waiting, after its due date; paid three days after."""
    case = kit.postpaid(day)
    case.write_begin("payment")
    case.write_payment("waiting" if variant == 1 else "pending", case.at(2, 10), due=4)
    healed = [(BP, case.at(8, 12))] if variant == 2 else []
    if healed:
        case.write_payment("completed", case.at(8, 12), due=4)
        case.write_erp("closed", case.at(8, 15))
    _expect(kit, "postpay_overdue", case, [(BP, case.at(2, 10))], event=moment(day + 5, 0), healed=healed)


FAULTS: tuple[Inject, ...] = (
    blocked_charges_open,
    postpay_invoice_not_closed,
    postpay_payment_missing,
    postpay_invoice_unmatched,
    postpay_invoice_ambiguous,
    postpay_not_approved,
    postpay_completed_without_approval,
    postpay_external_total_mismatch,
    postpay_balance_payment_forbidden,
    postpay_paid_not_completed,
    postpay_completed_not_paid,
    postpay_overdue,
)
