"""Faults of invoices, payment requests and credit; conventions as in ``faults_payments``.

Subjects are invoices unless said.
"""

from ingest.demo.kit import CA, CI, CQ, EI, EP, ER, PP, PREFIX, WD, WT, Inject, InvoiceCase, Kit
from ingest.demo.timeline import MINUTE, moment
from ingest.demo.truth import Record


def _posted(case: InvoiceCase) -> int:
    """When accounting has the invoice: soon after issue."""
    return case.issued + 20 * MINUTE


def _expect(
    kit: Kit,
    code: str,
    case: InvoiceCase,
    known: list[Record],
    *,
    event: int | None = None,
    healed: list[Record],
    grace: int | None = None,
) -> None:
    kit.expect(code, case.invoice, known, event=event, healed=healed, grace=grace, subject_type="invoice")


def invoice_missing_in_erp(kit: Kit, day: int, variant: int) -> None:
    """Never in accounting; there unposted; posted on the fifth day."""
    case = kit.invoice(day)
    case.write_crm("issued", case.issued)
    healed: list[Record] = []
    if variant == 1:
        case.write_erp("open", _posted(case), posted=False)
    elif variant == 2:
        healed = [(EI, moment(day + 5, 9))]
        case.write_erp("open", moment(day + 5, 9))
    _expect(kit, "invoice_missing_in_erp", case, [(CI, case.issued)], healed=healed)


def invoice_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Accounting has more; has another currency; has less until it is corrected."""
    case = kit.invoice(day)
    case.write_crm("issued", case.issued)
    if variant == 1:
        case.write_erp("open", _posted(case), currency="USD")
    else:
        case.write_erp("open", _posted(case), amount=case.amount + (-300_00 if variant else 300_00))
    healed = [(EI, moment(day + 4, 9))] if variant == 2 else []
    if healed:
        case.write_erp("open", moment(day + 4, 9))
    known = [(CI, case.issued), (EI, _posted(case))]
    _expect(kit, "invoice_amount_mismatch", case, known, healed=healed)


def invoice_cancelled_in_one_system(kit: Kit, day: int, variant: int) -> None:
    """Cancelled in the CRM alone; in accounting alone; in accounting five days after the CRM."""
    case = kit.invoice(day)
    case.write_crm("issued", case.issued)
    case.write_erp("open", _posted(case))
    cancelled, healed = moment(day + 2, 10), list[Record]()
    if variant == 1:
        case.write_erp("cancelled", cancelled)
    else:
        case.write_crm("cancelled", cancelled)
    if variant == 2:
        healed = [(EI, moment(day + 7, 10))]
        case.write_erp("cancelled", moment(day + 7, 10))
    known = [(EI if variant == 1 else CI, cancelled)]
    _expect(kit, "invoice_cancelled_in_one_system", case, known, healed=healed)


def erp_duplicate_invoice(kit: Kit, day: int, variant: int) -> None:
    """Entered twice; twice with different amounts; twice until the second is cancelled."""
    case = kit.invoice(day)
    case.write_crm("issued", case.issued)
    case.write_erp("open", _posted(case))
    again = moment(day + 1, 11)
    case.write_erp("open", again, id_suffix="-2", amount=case.amount + (100_00 if variant == 1 else 0))
    healed = [(EI, moment(day + 4, 11))] if variant == 2 else []
    if healed:
        case.write_erp("cancelled", moment(day + 4, 11), id_suffix="-2")
    _expect(kit, "erp_duplicate_invoice", case, [(EI, _posted(case)), (EI, again)], healed=healed)


def erp_invoice_closed_with_debt(kit: Kit, day: int, variant: int) -> None:
    """Closed without money; closed and then refunded; closed five days before the money."""
    case = kit.invoice(day)
    case.write_issue()
    code, closed = "erp_invoice_closed_with_debt", moment(day + 2, 15)
    if variant == 1:
        refunded = moment(day + 3, 12)
        document = case.write_transfer(moment(day + 1, 11), case.amount)
        case.write_close(day + 2)
        kit.parties.books.refund(
            refunded,
            f"ER-{case.invoice}",
            case.amount // 400 * 100,
            case.currency,
            original=document,
            invoice=case.invoice,
            customer=case.customer,
        )
        _expect(kit, code, case, [(EI, closed), (ER, refunded)], healed=[], grace=168)
        return
    case.write_erp("closed", closed)
    healed: list[Record] = []
    if variant == 2:
        paid = moment(day + 7, 11)
        healed = [(EP, paid)]
        case.write_transfer(paid, case.amount)
    _expect(kit, code, case, [(EI, closed)], healed=healed)


def erp_invoice_open_but_paid(kit: Kit, day: int, variant: int) -> None:
    """Paid by transfer, or by card, and never closed; closed after four days."""
    case = kit.invoice(day)
    case.write_issue()
    paid = moment(day + 2, 11)
    known: list[Record] = [(EP, paid)]
    if variant == 1:
        payment = f"PAY-{case.invoice}"
        case.write_card(paid, case.amount, payment)
        case.write_card_document(moment(day + 3, 9), case.amount, payment)
        known = [(PP, paid)]
    else:
        case.write_transfer(paid, case.amount)
    healed = [(EI, moment(day + 6, 15))] if variant == 2 else []
    if healed:
        case.write_close(day + 6)
    _expect(kit, "erp_invoice_open_but_paid", case, known, healed=healed)


def invoice_overdue(kit: Kit, day: int, variant: int) -> None:
    """Not paid when due; paid in part; paid five days after."""
    case = kit.invoice(day)
    case.due_day = day + 3
    case.write_issue()
    healed: list[Record] = []
    if variant == 1:
        case.write_transfer(moment(day + 2, 11), case.amount // 2)
    elif variant == 2:
        healed = [(EP, moment(day + 8, 11))]
        case.write_transfer(moment(day + 8, 11), case.amount)
        case.write_close(day + 9)
    _expect(kit, "invoice_overdue", case, [(CI, case.issued)], event=moment(day + 4, 0), healed=healed)


def invoice_overpaid(kit: Kit, day: int, variant: int) -> None:
    """Transferred too much; twice; too much, and given back on the sixth day."""
    case = kit.invoice(day)
    case.write_issue()
    paid, surplus = moment(day + 1, 11), 900_00
    document = case.write_transfer(paid, case.amount + (0 if variant == 1 else surplus))
    case.write_close(day + 2)
    known: list[Record] = [(EP, paid)]
    healed: list[Record] = []
    if variant == 1:
        known = [(EP, moment(day + 3, 11))]
        case.write_transfer(moment(day + 3, 11), case.amount, number=2)
    elif variant == 2:
        refunded = moment(day + 6, 12)
        healed = [(ER, refunded)]
        kit.parties.books.refund(
            refunded,
            f"ER-{case.invoice}",
            surplus,
            case.currency,
            original=document,
            invoice=case.invoice,
            customer=case.customer,
        )
        kit.parties.systems.bank_line(day + 6, -surplus, case.currency, "demo customer", tax_id=case.tax_id)
    _expect(kit, "invoice_overpaid", case, known, healed=healed)


def return_not_refunded(kit: Kit, day: int, variant: int) -> None:
    """Goods came back and the money did not; only a part of it did; all of it after eight days."""
    case = kit.invoice(day)
    case.write_issue()
    back, returned = case.amount // 400 * 100, moment(day + 2, 11)
    document = case.write_transfer(moment(day + 1, 10), case.amount)
    delivery = case.write_shipment(1, case.amount, moment(day + 1, 16), held=False)
    case.write_close(day + 2)
    kit.parties.systems.goods_return(
        returned, f"RET-{case.invoice}", delivery, back, case.currency, invoice=case.invoice
    )
    healed: list[Record] = []
    if variant:
        refunded = moment(day + 10, 12) if variant == 2 else moment(day + 3, 12)
        healed = [(ER, refunded)] if variant == 2 else []
        kit.parties.books.refund(
            refunded,
            f"ER-{case.invoice}",
            back if variant == 2 else back - 100_00,
            case.currency,
            original=document,
            invoice=case.invoice,
            customer=case.customer,
        )
    _expect(kit, "return_not_refunded", case, [(WT, returned)], healed=healed)


def override_without_audit(kit: Kit, day: int, variant: int) -> None:
    """An approval without a name; without a reason; without a time until it is completed. Subjects are approvals."""
    case = kit.invoice(day)
    case.write_issue()
    approval, given = f"APR-{case.invoice}", moment(day + 1, 12)
    systems, kind = kit.parties.systems, "manual_override"
    if variant == 0:
        systems.approval(given, approval, kind, case.invoice, actor="")
    elif variant == 1:
        systems.approval(given, approval, kind, case.invoice, reason="")
    else:
        systems.approval(given, approval, kind, case.invoice, complete=False)
    healed = [(CA, moment(day + 4, 9))] if variant == 2 else []
    if healed:
        systems.approval(moment(day + 4, 9), approval, kind, case.invoice, approved=given)
    kit.expect("override_without_audit", f"crm:{approval}", [(CA, given)], healed=healed, subject_type="approval")


def credit_limit_exceeded(kit: Kit, day: int, variant: int) -> None:
    """Shipped beyond the limit at once; by two invoices; until the customer pays. Subjects are contracts."""
    systems = kit.parties.systems
    cases = [kit.invoice(day) for _ in range(2 if variant == 1 else 1)]
    total = sum(case.amount for case in cases)
    company = kit.parties.new_company(moment(day, 8), PREFIX, total - 1_000_00)
    for number, case in enumerate(cases):
        case.customer, case.contract, case.tax_id = company.customer, company.contract, company.tax_id
        case.write_issue()
        systems.approval(case.issued + 15 * MINUTE, f"APR-{case.invoice}", "credit_limit", case.invoice)
        case.write_shipment(1, case.amount, moment(day + 1 + number, 14), held=False)
    shipped = moment(day + len(cases), 14, 1)
    healed = [(EP, moment(day + 6, 11))] if variant == 2 else []
    if healed:
        cases[0].write_transfer(moment(day + 6, 11), total)
        cases[0].write_close(day + 7)
    subject = f"crm:{company.contract}"
    kit.expect("credit_limit_exceeded", subject, [(WD, shipped)], healed=healed, subject_type="contract")


def _paid_by_request(kit: Kit, day: int) -> tuple[InvoiceCase, str, int, int]:
    """An invoice of which half is paid by card: with the payment, its amount and time."""
    case = kit.invoice(day)
    case.write_issue()
    payment, paid, half = f"PAY-{case.invoice}", moment(day + 1, 12), case.amount // 2
    case.write_card(paid, half, payment)
    case.write_card_document(moment(day + 2, 9), half, payment)
    return case, payment, half, paid


def _request(
    case: InvoiceCase, at: int, payment: str, amount: int, expires: int, *, currency: str | None = None
) -> None:
    sent = case.issued + 300
    values = (f"REQ1-{case.invoice}", case.invoice, case.customer, "prepayment", "paid" if at > sent else "open")
    case.systems.payment_request(at, *values, amount, currency or case.currency, sent, expires, payment)


def payment_request_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Asked for more than was paid; in another currency; for more until it is corrected. Subjects are requests."""
    case, payment, half, paid = _paid_by_request(kit, day)
    expires = moment(day + 14, 23, 59)
    if variant == 1:
        _request(case, case.issued + 300, payment, half, expires, currency="USD")
    else:
        _request(case, case.issued + 300, payment, half + 250_00, expires)
    healed = [(CQ, moment(day + 4, 9))] if variant == 2 else []
    if healed:
        _request(case, moment(day + 4, 9), payment, half, expires)
    known = [(PP, paid), (CQ, case.issued + 300)]
    subject = f"crm:REQ1-{case.invoice}"
    kit.expect("payment_request_amount_mismatch", subject, known, healed=healed, subject_type="payment_request")


def paid_after_request_expired(kit: Kit, day: int, variant: int) -> None:
    """Paid minutes, or hours, after the request expired, or so until it is prolonged. Subjects are requests."""
    case, payment, half, paid = _paid_by_request(kit, day)
    _request(case, case.issued + 300, payment, half, paid - (variant * 55 + 5) * MINUTE)
    healed = [(CQ, moment(day + 4, 9))] if variant == 2 else []
    if healed:
        _request(case, moment(day + 4, 9), payment, half, moment(day + 14, 23, 59))
    known = [(PP, paid), (CQ, case.issued + 300)]
    subject = f"crm:REQ1-{case.invoice}"
    kit.expect("paid_after_request_expired", subject, known, healed=healed, subject_type="payment_request")


FAULTS: tuple[Inject, ...] = (
    invoice_missing_in_erp,
    invoice_amount_mismatch,
    invoice_cancelled_in_one_system,
    erp_duplicate_invoice,
    erp_invoice_closed_with_debt,
    erp_invoice_open_but_paid,
    invoice_overdue,
    invoice_overpaid,
    return_not_refunded,
    override_without_audit,
    credit_limit_exceeded,
    payment_request_amount_mismatch,
    paid_after_request_expired,
)
