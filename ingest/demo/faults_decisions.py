"""What people decide about faults: suggestions, decisions without approval, resolved, accepted, put off, contradicted.

Conventions as in ``faults_payments``. A decision is taken on the fourth day after the sale, unless said.
"""

from ingest.demo.desk import ACTOR, DECISIONS, SECOND, exception_id
from ingest.demo.kit import BA, BP, CI, EI, EP, PP, PREFIX, WP, Inject, Kit
from ingest.demo.sales import CardSale
from ingest.demo.timeline import DAY, HOUR, MINUTE, moment
from ingest.demo.truth import OPEN, RESOLVED, SNOOZED, Record, Subject


def _decide(kit: Kit, at: int, kind: str, subject: Subject | None = None, **more: object) -> str:
    """Record a decision about an exception, or a document named in ``more``; returns its id."""
    id_ = kit.parties.systems.new_id(f"{PREFIX}DEC")
    about = "" if subject is None else exception_id(*subject)
    kit.desk.decide(at, id_, kind, exception=about, **more)  # type: ignore[arg-type]
    return id_


def _state(kit: Kit, subject: Subject, state: str, first: int, end: int | None = None) -> None:
    """The exception is in the state from the day of one moment to the day before that of another."""
    days = kit.truth.arrivals.days
    kit.truth.decide(*subject, state, range(first // DAY, days if end is None else end // DAY))


def _unapproved(kit: Kit, decision: str, at: int, healed: list[Record]) -> None:
    kit.expect(
        "decision_without_approval", f"manual:{decision}", [(DECISIONS, at)], healed=healed, subject_type="decision"
    )


# ---------- exceptions to decide about


def _shown_wrong(kit: Kit, day: int, *, repaired: int | None = None) -> tuple[CardSale, Subject]:
    """The shop shows less than was paid (high), perhaps until some days later."""
    sale = kit.sale(day)
    sale.write_all_but("website")
    sale.write_website(amount=sale.amount - 600_00)
    healed: list[Record] = []
    if repaired is not None:
        healed = [(WP, sale.at(repaired))]
        sale.write_website_version("paid", sale.at(repaired))
    kit.expect("website_amount_mismatch", sale.payment, [(PP, sale.paid), (WP, sale.paid + 10)], healed=healed)
    return sale, ("website_amount_mismatch", "payment", sale.payment)


def _booked_short(kit: Kit, day: int) -> tuple[CardSale, Subject]:
    """Accounting booked less than was paid (critical)."""
    sale = kit.sale(day)
    sale.write_all_but("erp")
    sale.write_erp(amount=sale.amount - 200_00)
    kit.expect("erp_amount_mismatch", sale.payment, [(PP, sale.paid), (EP, sale.at(1, 9))], event=sale.paid)
    return sale, ("erp_amount_mismatch", "payment", sale.payment)


def _not_told(kit: Kit, day: int) -> tuple[CardSale, Subject]:
    """The shop still waits for a paid payment (medium)."""
    sale = kit.sale(day)
    sale.write_all_but("website")
    shown = sale.ordered + MINUTE
    sale.write_website_version("pending", shown, provider_payment=False)
    kit.expect("provider_paid_website_unpaid", sale.payment, [(PP, sale.paid), (WP, shown)], event=sale.paid)
    return sale, ("provider_paid_website_unpaid", "payment", sale.payment)


def _suggestion(kit: Kit, day: int, kind: str, healed_days: int | None = None) -> tuple[CardSale, str]:
    """A document of the same customer and amount that names nothing, perhaps until a decision; returns its id."""
    sale = kit.sale(day)
    sale.write_all_but("erp")
    booked, document = sale.at(1, 9), f"erp.payments:erp:{sale.erp_document}"
    kit.parties.books.payment(booked, sale.erp_document, kind, sale.amount, sale.currency, customer=sale.customer)
    healed = [] if healed_days is None else [(DECISIONS, sale.at(healed_days, 16))]
    known = [(PP, sale.paid), (EP, booked)]
    kit.expect("suggested_match", document, known, healed=healed, subject_type="document")
    return sale, document


# ---------- decisions


def suggested_match(kit: Kit, day: int, variant: int) -> None:
    """Nobody decides; told to stand alone, and within the hour matched; told to stand alone.

    The payment of a document that stands alone is missing until accounting books it.

    The subject is the document.
    """
    kind = "cash_receipt_order" if variant == 2 else "customer_card_payment"
    sale, document = _suggestion(kit, day, kind, 4 if variant else None)
    if variant == 0:
        return
    decided, alone = sale.at(4, 16), f"erp:erp:{sale.erp_document}"
    if variant == 1:
        _decide(kit, decided - HOUR, "force_match", document=document, payment_key=alone, approved_by=SECOND)
    key = alone if variant == 2 else sale.payment
    _decide(kit, decided, "force_match", document=document, payment_key=key, approved_by=SECOND)
    if variant == 2:
        booked = sale.at(7, 9)
        sale.write_erp(booked, document=sale.at(1, 10), id_suffix="-2")
        known: list[Record] = [(PP, sale.paid), (DECISIONS, decided)]
        kit.expect("provider_paid_erp_unpaid", sale.payment, known, event=sale.paid, healed=[(EP, booked)])


def decision_without_approval(kit: Kit, day: int, variant: int) -> None:
    """A match approved by its own author; an acceptance approved the day after; one superseded after two days.

    Subjects are decisions; what they decide about waits for the approval.
    """
    if variant == 0:
        sale, document = _suggestion(kit, day, "customer_card_payment")
        at = sale.at(4, 16)
        own = _decide(kit, at, "force_match", document=document, payment_key=sale.payment, approved_by=ACTOR)
        _unapproved(kit, own, at, [])
        return
    sale, subject = _shown_wrong(kit, day) if variant == 1 else _booked_short(kit, day)
    asked = sale.at(4, 16)
    decision = _decide(kit, asked, "accept_difference", subject)
    done = sale.at(5 if variant == 1 else 6, 12)
    if variant == 1:
        kit.desk.decide(
            done,
            decision,
            "accept_difference",
            exception=exception_id(*subject),
            decided=asked,
            approved_by=SECOND,
        )
    else:
        _decide(kit, done, "accept_difference", subject, approved_by=SECOND)
    _unapproved(kit, decision, asked, [(DECISIONS, done)])
    _state(kit, subject, RESOLVED, done)


def resolved(kit: Kit, day: int, variant: int) -> None:
    """Resolved for good; until the shop shows yet another sum; until it is repaired."""
    sale, subject = _shown_wrong(kit, day, repaired=8 if variant == 2 else None)
    _decide(kit, sale.at(4, 16), "resolve", subject)
    changed = sale.at(7)
    if variant == 1:
        sale.write_website_version("paid", changed, amount=sale.amount - 900_00)
    _state(kit, subject, RESOLVED, sale.at(4), changed if variant == 1 else None)


def resolved_elsewhere(kit: Kit, day: int, variant: int) -> None:
    """An invoice for good; a postpaid invoice until its payment changes state; an account until it is opened."""
    decided, end = moment(day + 6, 16), moment(day + 9, 10)
    if variant == 0:
        invoice = kit.invoice(day)
        posted = invoice.issued + 20 * MINUTE
        invoice.write_crm("issued", invoice.issued)
        invoice.write_erp("open", posted, amount=invoice.amount + 400_00)
        subject = ("invoice_amount_mismatch", "invoice", invoice.invoice)
        known, event, healed = [(CI, invoice.issued), (EI, posted)], posted, list[Record]()
    elif variant == 1:
        case = kit.postpaid(day)
        case.write_begin("payment")
        case.write_payment("pending", case.at(2, 10), due=3)
        case.write_payment("waiting", end, due=3)
        subject = ("postpay_overdue", "postpaid_invoice", f"billing:{case.id}")
        known, event, healed = [(BP, case.at(2, 10))], moment(day + 4, 0), []
    else:
        opened = moment(day, 8)
        account = kit.parties.new_account(opened, PREFIX)
        kit.billing.account(opened, account.personal_account, account.customer, active=False)
        kit.billing.account(end, account.personal_account, account.customer)
        export = kit.export(day, variant, account)
        export.write_document()
        subject = ("billing_account_inactive", "billing_payment", export.write_export())
        event = export.at + 30 * MINUTE
        known, healed = [(BA, opened), (BP, event)], [(BA, end)]
    code, subject_type, subject_id = subject
    kit.expect(code, subject_id, known, event=event, healed=healed, subject_type=subject_type)
    _decide(kit, decided, "resolve", subject)
    _state(kit, subject, RESOLVED, decided, None if variant == 0 else end)


def accepted(kit: Kit, day: int, variant: int) -> None:
    """A critical difference accepted by two people; merely resolved, which closes nothing; accepted and reopened."""
    sale, subject = _booked_short(kit, day)
    decided = sale.at(4, 16)
    if variant == 1:
        _decide(kit, decided, "resolve", subject)
        return
    _decide(kit, decided, "accept_difference", subject, approved_by=SECOND)
    reopened = sale.at(7, 11)
    if variant == 2:
        _decide(kit, reopened, "reopen", subject)
    _state(kit, subject, RESOLVED, decided, reopened if variant == 2 else None)


def put_off(kit: Kit, day: int, variant: int) -> None:
    """Snoozed for four days; given to somebody; snoozed for five days, then for one only."""
    sale, subject = _not_told(kit, day)
    decided = sale.at(4, 16)
    if variant == 1:
        _decide(kit, decided, "assign", subject, owner="support-desk")
        return
    end = sale.at(8 if variant == 0 else 9)
    _decide(kit, decided, "snooze", subject, snooze_day=end // DAY)
    if variant == 2:
        end = sale.at(6)
        _decide(kit, sale.at(5, 10), "snooze", subject, snooze_day=end // DAY)
    _state(kit, subject, SNOOZED, decided, end)


def contradicted(kit: Kit, day: int, variant: int) -> None:
    """Resolved and reopened two days later; within the hour; reopened, and resolved within the hour."""
    sale, subject = _not_told(kit, day)
    decided = sale.at(4, 15)
    first, second = ("reopen", "resolve") if variant == 2 else ("resolve", "reopen")
    later = sale.at(6, 15) if variant == 0 else decided + HOUR
    _decide(kit, decided, first, subject)
    _decide(kit, later, second, subject)
    if variant == 0:
        _state(kit, subject, RESOLVED, decided, later)
    _state(kit, subject, RESOLVED if variant == 2 else OPEN, later)


FAULTS: tuple[Inject, ...] = (
    suggested_match,
    decision_without_approval,
    resolved,
    resolved_elsewhere,
    accepted,
    put_off,
    contradicted,
)
