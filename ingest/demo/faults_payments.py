"""Faults between provider, website, CRM and accounting.

Each function tells one case with one thing wrong and says what must be found: the code, its subject, the moment it
counts from, and the records that make it known and heal it. Variant 2, or 1, heals where healing is possible.
"""

from dataclasses import replace

from ingest.demo.kit import CD, CI, CQ, EI, EP, PP, PR, WO, WP, Inject, Kit
from ingest.demo.timeline import HOUR, MINUTE, moment
from ingest.demo.truth import Record


def provider_paid_erp_unpaid(kit: Kit, day: int, variant: int) -> None:
    """Accounting never hears of it; has it unposted; posts it two days late."""
    sale = kit.sale(day)
    sale.write_all_but("erp")
    healed: list[Record] = []
    if variant == 1:
        sale.write_erp(posted=False)
    if variant == 2:
        healed = [(EP, sale.at(3, 9))]
        sale.write_erp(sale.at(3, 9))
    kit.expect("provider_paid_erp_unpaid", sale.payment, [(PP, sale.paid)], healed=healed)


def erp_posted_provider_not_paid(kit: Kit, day: int, variant: int) -> None:
    """Booked although the card was refused; although no provider knows of it; while it is still pending."""
    sale = kit.sale(day)
    code, booked, undone = "erp_posted_provider_not_paid", sale.at(1, 9), sale.at(4, 9)
    sale.write_erp(booked)
    if variant == 0:
        sale.write_order("awaiting_payment")
        sale.write_website("failed")
        sale.write_provider("failed")
        kit.expect(code, sale.payment, [(EP, booked), (PP, sale.paid)], grace=0)
        return
    if variant == 2:
        sale.write_order("awaiting_payment")
        sale.write_website("cancelled", sale.at(5, 7))
        sale.write_provider("pending", sale.ordered + 2 * MINUTE)
        sale.write_provider("expired", sale.at(5, 6))
    sale.write_erp(undone, document=booked, posted=False, deleted=True)
    kit.expect(code, sale.payment, [(EP, booked)], healed=[(EP, undone)])


def website_paid_provider_not_paid(kit: Kit, day: int, variant: int) -> None:
    """Marked paid by hand after a refusal; on the return page alone; two days before the provider says so."""
    code = "website_paid_provider_not_paid"
    sale = kit.sale(day, 23 * HOUR + 30 * MINUTE if variant == 2 else None)
    claimed = sale.paid + 10
    if variant == 0:
        sale.write_order("awaiting_payment")
        sale.write_provider("failed")
        sale.write_website(source="manual")
        kit.expect(code, sale.payment, [(WP, claimed), (PP, sale.paid)], grace=0)
    elif variant == 1:
        sale.write_order("paid")
        sale.write_website(source="return_url", provider_payment=False)
        kit.expect(code, sale.payment, [(WP, claimed)])
        kit.expect("order_paid_without_payment", sale.order, [(WO, sale.paid + 20)], subject_type="order")
    else:
        confirmed = sale.at(2, 11)
        sale.write_provider("pending", sale.ordered + 2 * MINUTE)
        sale.write_website(source="return_url")
        sale.write_provider("paid", confirmed)
        sale.write_order("paid", confirmed + 20)
        sale.write_receipt(at=confirmed + 2 * MINUTE)
        sale.write_erp(sale.at(3, 9))
        sale.write_deal(at=confirmed + 30 * MINUTE)
        kit.expect(code, sale.payment, [(WP, claimed)], healed=[(PP, confirmed)])


def provider_paid_website_unpaid(kit: Kit, day: int, variant: int) -> None:
    """The shop still waits; the shop says failed; the shop learns of it three days later."""
    sale = kit.sale(day)
    sale.write_all_but("website")
    shown = sale.ordered + MINUTE
    healed: list[Record] = []
    if variant == 1:
        shown = sale.paid + 10
        sale.write_website_version("failed", shown)
    else:
        sale.write_website_version("pending", shown, provider_payment=False)
    if variant == 2:
        healed = [(WP, sale.at(3, 10))]
        sale.write_website_version("paid", sale.at(3, 10))
    known = [(PP, sale.paid), (WP, shown)]
    kit.expect("provider_paid_website_unpaid", sale.payment, known, event=sale.paid, healed=healed)


def crm_status_mismatch(kit: Kit, day: int, variant: int) -> None:
    """The deal stays unpaid; is paid after a refused card; is cancelled and later put right."""
    sale = kit.sale(day)
    code = "crm_status_mismatch"
    if variant == 1:
        told = sale.paid + 30 * MINUTE
        sale.write_order("awaiting_payment")
        sale.write_website("failed")
        sale.write_provider("failed")
        sale.write_deal("paid", told)
        kit.expect(code, sale.payment, [(CD, told), (PP, sale.paid)])
        return
    sale.write_all_but("deal")
    told, status = sale.ordered + 5 * MINUTE, "unpaid"
    healed: list[Record] = []
    if variant == 2:
        told, status = sale.paid + HOUR, "cancelled"
        healed = [(CD, sale.at(3, 10))]
        sale.write_deal("paid", sale.at(3, 10))
    sale.write_deal(status, told)
    kit.expect(code, sale.payment, [(CD, told), (PP, sale.paid)], healed=healed)


def erp_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Booked too high and corrected; booked too low, twice."""
    sale = kit.sale(day)
    code, booked = "erp_amount_mismatch", sale.at(1, 9)
    sale.write_all_but("erp")
    if variant == 0:
        sale.write_erp(booked, amount=sale.amount + 900_00)
        sale.write_erp(sale.at(3, 9), document=booked)
        kit.expect(code, sale.payment, [(PP, sale.paid), (EP, booked)], healed=[(EP, sale.at(3, 9))], grace=0)
        return
    sale.write_erp(booked, amount=sale.amount - variant * 100_00)
    kit.expect(code, sale.payment, [(PP, sale.paid), (EP, booked)], event=sale.paid)


def website_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """The shop shows less, more, or less until it is corrected."""
    sale = kit.sale(day)
    sale.write_all_but("website")
    sale.write_website(amount=sale.amount + (500_00 if variant == 1 else -500_00))
    healed = [(WP, sale.at(3, 10))] if variant == 2 else []
    if healed:
        sale.write_website_version("paid", sale.at(3, 10))
    kit.expect("website_amount_mismatch", sale.payment, [(PP, sale.paid), (WP, sale.paid + 10)], healed=healed)


def currency_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Booked in dollars and corrected; shown in dollars by the shop; fiscalised in roubles."""
    sale = kit.sale(day)
    booked = sale.at(1, 9)
    healed: list[Record] = []
    if variant == 0:
        sale.write_all_but("erp")
        sale.write_erp(booked, currency="USD")
        sale.write_erp(sale.at(3, 9), document=booked)
        other, healed = (EP, booked), [(EP, sale.at(3, 9))]
    elif variant == 1:
        sale.write_all_but("website")
        sale.write_website(currency="USD")
        other = (WP, sale.paid + 10)
    else:
        sale.write_all_but("receipt")
        sale.write_receipt(currency="RUB")
        other = ("fiscal.receipts", sale.paid + 2 * MINUTE)
    kit.expect("currency_mismatch", sale.payment, [(PP, sale.paid), other], healed=healed)


def invoice_currency_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Drams for a dollar invoice, by card or by transfer; in the last case the invoice is issued anew in drams."""
    case = kit.invoice(day, "USD")
    case.write_issue()
    paid, booked = moment(day + 1, 12), moment(day + 2, 9)
    in_drams = replace(case, currency="AMD", amount=case.amount * 400)
    code, issued = "invoice_currency_mismatch", (CI, case.issued)
    healed: list[Record] = []
    if variant == 1:
        document = in_drams.write_transfer(paid, in_drams.amount)
        kit.expect(code, f"erp:erp:{document}", [issued, (EP, paid)])
        return
    payment = f"PAY-{case.invoice}"
    in_drams.write_card(paid, in_drams.amount, payment)
    in_drams.write_card_document(booked, in_drams.amount, payment)
    if variant == 2:
        in_drams.write_close(day + 4)
        healed = [(CI, moment(day + 4, 15, 30)), (EI, moment(day + 4, 15))]
    kit.expect(code, payment, [issued, (PP, paid)], healed=healed)


def erp_duplicate_document(kit: Kit, day: int, variant: int) -> None:
    """Booked twice by payment id; once more by reference; twice until the second is deleted."""
    sale = kit.sale(day)
    again = sale.at(1, 15)
    sale.write_all_but()
    sale.write_erp(again, id_suffix="-2", by="reference" if variant == 1 else "payment")
    healed = [(EP, sale.at(3, 9))] if variant == 2 else []
    if healed:
        sale.write_erp(sale.at(3, 9), id_suffix="-2", document=again, posted=False, deleted=True)
    known = [(PP, sale.paid), (EP, sale.at(1, 9)), (EP, again)]
    kit.expect("erp_duplicate_document", sale.payment, known, healed=healed)


def business_date_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Dated the day before; booked five days late; dated before midnight for a payment after it, then corrected."""
    code = "business_date_mismatch"
    sale = kit.sale(day, 20 * MINUTE if variant == 2 else None)
    sale.write_all_but("erp")
    if variant == 0:
        booked = sale.paid + 30 * MINUTE
        sale.write_erp(booked, document=sale.at(-1, 20))
        kit.expect(code, sale.payment, [(PP, sale.paid), (EP, booked)])
    elif variant == 1:
        booked = sale.at(5, 9)
        sale.write_erp(booked)
        kit.expect("provider_paid_erp_unpaid", sale.payment, [(PP, sale.paid)], healed=[(EP, booked)])
        kit.expect(code, sale.payment, [(PP, sale.paid), (EP, booked)])
    else:
        booked, corrected = sale.at(0, 9), sale.at(3, 9)
        sale.write_erp(booked, document=moment(day, 0) - 5 * MINUTE)
        sale.write_erp(corrected, document=sale.paid + MINUTE)
        kit.expect(code, sale.payment, [(PP, sale.paid), (EP, booked)], healed=[(EP, corrected)])


def duplicate_payment_of_order(kit: Kit, day: int, variant: int) -> None:
    """An order paid twice; in the second case the surplus is refunded."""
    sale = kit.sale(day)
    twin = kit.twin(sale)
    sale.write_all_but()
    twin.write_all_but("order", "deal")
    healed = [(PR, sale.at(3, 12))] if variant == 1 else []
    if healed:
        twin.write_refund(f"RF-{twin.payment}", sale.at(3, 12), twin.amount)
    known = [(PP, sale.paid), (PP, twin.paid), (WO, sale.paid + 20)]
    kit.expect("duplicate_payment", sale.order, known, healed=healed, subject_type="order")


def duplicate_payment_attempt(kit: Kit, day: int, variant: int) -> None:
    """Two attempts of one payment both went through; booked and fiscalised twice, or not all of it."""
    sale = kit.sale(day)
    second = sale.paid + 10 * MINUTE
    sale.write_all_but()
    sale.write_provider(at=second, id_suffix="-2")
    kit.expect("duplicate_payment", sale.payment, [(PP, sale.paid), (PP, second)])
    if variant != 1:
        sale.write_erp(sale.at(1, 9, 5), id_suffix="-2")
    if variant != 2:
        sale.write_receipt(at=second + 2 * MINUTE, id_suffix="-2")
    else:
        fiscal = ("fiscal.receipts", sale.paid + 2 * MINUTE)
        kit.expect("receipt_amount_mismatch", sale.payment, [(PP, second), fiscal], event=sale.paid)


def several_invoices_for_payment(kit: Kit, day: int, variant: int) -> None:
    """Accounting, or the payment request, names another invoice than the provider; the last is corrected."""
    case, other = kit.invoice(day), kit.invoice(day)
    other.customer, other.contract, other.tax_id = case.customer, case.contract, case.tax_id
    case.write_issue()
    other.write_issue()
    payment, paid, booked = f"PAY-{case.invoice}", moment(day + 1, 12), moment(day + 2, 9)
    known = [(PP, paid), (EP, booked)]
    healed: list[Record] = []
    if variant == 1:
        other.write_request("full", case.amount, paid, payment)
        case.write_card(paid, case.amount, payment, website_invoice=case.invoice)
        case.write_card_document(booked, case.amount, payment)
        known = [(PP, paid), (CQ, other.issued + 300)]
    else:
        case.write_card(paid, case.amount, payment)
        case.write_card_document(booked, case.amount, payment, invoice=other.invoice)
    if variant == 2:
        healed = [(EP, moment(day + 4, 9))]
        kit.parties.books.payment(
            moment(day + 4, 9),
            f"KP-{payment}",
            "customer_card_payment",
            case.amount,
            "AMD",
            document=booked,
            payment=payment,
            invoice=case.invoice,
            customer=case.customer,
            contract=case.contract,
        )
    case.write_close(day + 2)
    kit.expect("several_invoices_for_payment", payment, known, healed=healed)


def unlinked_payment(kit: Kit, day: int, variant: int) -> None:
    """Money at the provider that nobody can place; in the last case the provider later names our payment."""
    sale = kit.sale(day)
    sale.write_provider(payment="", order="")
    healed: list[Record] = []
    if variant == 2:
        named = sale.at(3, 9)
        healed = [(PP, named)]
        sale.write_website_version("pending", sale.ordered + MINUTE, provider_payment=False)
        sale.write_provider(at=named, again=True)
        sale.write_website_version("paid", named + 10)
        sale.write_order("paid", named + 20)
        sale.write_receipt(at=named + 30 * MINUTE)
        sale.write_erp(sale.at(3, 10))
    key = f"provider:{sale.provider}:{sale.provider_payment}"
    for code in ("unlinked_payment", "provider_paid_erp_unpaid", "receipt_missing"):
        kit.expect(code, key, [(PP, sale.paid)], healed=healed)


def payment_stuck_at_provider(kit: Kit, day: int, variant: int) -> None:
    """Pending for ever; until it expires on the tenth day; authorised and captured on the tenth day."""
    sale = kit.sale(day)
    created, end = sale.ordered + 2 * MINUTE, sale.at(9, 11)
    sale.write_provider("authorized" if variant == 2 else "pending", created)
    if variant == 2:
        sale.write_order("paid", end + 20)
        sale.write_website("paid", end + 10)
        sale.write_provider("paid", end)
        sale.write_receipt(at=end + 2 * MINUTE)
        sale.write_erp(sale.at(10, 9))
        sale.write_deal(at=end + 30 * MINUTE)
    else:
        sale.write_order("awaiting_payment")
        sale.write_website_version("pending", sale.ordered + MINUTE, provider_payment=False)
    if variant == 1:
        sale.write_provider("expired", end)
        sale.write_website_version("cancelled", end + 10, provider_payment=False)
    healed = [(PP, end)] if variant else []
    kit.expect("payment_stuck_at_provider", sale.payment, [(PP, created)], healed=healed)


def ambiguous_match(kit: Kit, day: int, variant: int) -> None:
    """Two equal halves of one order or invoice, and documents that do not say which half they book."""
    if variant == 1:
        _ambiguous_invoice(kit, day)
        return
    sale = kit.sale(day)
    twin = kit.twin(sale)
    halves = (sale, twin) if variant == 2 else (sale,)
    sale.write_order(amount=2 * sale.amount)
    sale.write_all_but("order", "erp")
    twin.write_all_but("order", "erp", "deal")
    known = [(PP, sale.paid), (PP, twin.paid), (EP, sale.at(1, 9))]
    for half in halves:
        half.write_erp(by="order")
    for half in halves:
        healed = [(EP, sale.at(3, 9))] if variant == 2 else []
        if healed:
            half.write_erp(sale.at(3, 9), document=sale.at(1, 9))
        subject = f"erp.payments:erp:{half.erp_document}"
        kit.expect("ambiguous_match", subject, known, healed=healed, subject_type="document")


def _ambiguous_invoice(kit: Kit, day: int) -> None:
    case = kit.invoice(day)
    case.write_issue()
    known: list[Record] = []
    for number in (1, 2):
        paid, payment = moment(day + 1, 11 + number), f"PAY-{case.invoice}-{number}"
        case.write_card(paid, case.amount // 2, payment)
        booked = moment(day + 2, 9, number)
        case.write_card_document(booked, case.amount // 2, payment, by="invoice")
        known += [(PP, paid), (EP, booked)]
    case.write_close(day + 2)
    for number in (1, 2):
        subject = f"erp.payments:erp:KP-PAY-{case.invoice}-{number}"
        kit.expect("ambiguous_match", subject, known, subject_type="document")


FAULTS: tuple[Inject, ...] = (
    provider_paid_erp_unpaid,
    erp_posted_provider_not_paid,
    website_paid_provider_not_paid,
    provider_paid_website_unpaid,
    crm_status_mismatch,
    erp_amount_mismatch,
    website_amount_mismatch,
    currency_mismatch,
    invoice_currency_mismatch,
    erp_duplicate_document,
    business_date_mismatch,
    duplicate_payment_of_order,
    duplicate_payment_attempt,
    several_invoices_for_payment,
    unlinked_payment,
    payment_stuck_at_provider,
    ambiguous_match,
)
