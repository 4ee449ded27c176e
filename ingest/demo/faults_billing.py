"""Faults of the export to personal-account billing; conventions as in ``faults_payments``.

Money comes in at noon: variant 0 in cash, 1 by payment order, 2 by card. Subjects are accounting's documents, unless
said.
"""

from dataclasses import replace

from ingest.demo.billing import ExportCase
from ingest.demo.kit import BA, BP, CC, EP, EQ, PREFIX, Inject, Kit
from ingest.demo.timeline import DAY, HOUR, MINUTE, moment
from ingest.demo.truth import Record


def _expect(
    kit: Kit, code: str, case: ExportCase, known: list[Record], *, event: int | None = None, healed: list[Record]
) -> None:
    kit.expect(code, case.subject, known, event=event, healed=healed, subject_type="document")


def _exported(case: ExportCase) -> int:
    """When the platform has the payment: half an hour after the document."""
    return case.at + 30 * MINUTE


def _queue(case: ExportCase, days: range, since: int, error: str = "") -> None:
    """The document waits in accounting's queue on each of the days."""
    for attempt, day in enumerate(days):
        case.books.queued(day, case.document, since, 1 + attempt, error)


def _picture(day: int) -> int:
    """When the queue of a day is pictured."""
    return day * DAY + DAY - 1


def billing_payment_missing(kit: Kit, day: int, variant: int) -> None:
    """Never exported, twice; exported three days late."""
    case = kit.export(day, variant)
    case.write_document()
    healed = [(BP, case.at + 3 * DAY)] if variant == 2 else []
    if healed:
        case.write_export(case.at + 3 * DAY)
    _expect(kit, "billing_payment_missing", case, [(EP, case.at)], healed=healed)


def billing_export_stuck(kit: Kit, day: int, variant: int) -> None:
    """Waits for ever; with an error; until three days later."""
    case = kit.export(day, variant)
    case.write_document()
    queued, last = case.at + MINUTE, day + 3 if variant == 2 else case.billing.timeline.days
    _queue(case, range(day, last), queued, "account is locked" if variant == 1 else "")
    healed = [(EQ, _picture(last)), (BP, last * DAY + 9 * HOUR)] if variant == 2 else []
    if healed:
        case.write_export(last * DAY + 9 * HOUR)
    _expect(kit, "billing_export_stuck", case, [(EQ, _picture(day))], event=queued, healed=healed)


def contract_without_personal_account(kit: Kit, day: int, variant: int) -> None:
    """Waits for a contract that names no account; that nobody knows; that names one three days later.

    It is stuck for that long, too.
    """
    account = None
    if variant == 2:
        account = kit.parties.new_account(moment(day, 8), PREFIX, has_account=False)
    case = kit.export(day, variant, account)
    company = kit.parties.company(kit.rng)
    case.write_document(contract=(company.contract, f"FCON-UNKNOWN-{case.document}", None)[variant])
    queued, last = case.at + MINUTE, case.billing.timeline.days
    healed: list[Record] = []
    if account is not None:
        last, named = day + 3, moment(day + 3, 8)
        case.account = replace(account, personal_account=f"LS-{account.contract}")
        kit.billing.account(named, case.account.personal_account, account.customer)
        kit.parties.write_contract(named, case.account)
        case.write_export(moment(day + 3, 9))
        healed = [(CC, named), (EQ, _picture(last))]
    _queue(case, range(day, last), queued, "no personal account")
    known = [(EQ, _picture(day))]
    _expect(kit, "contract_without_personal_account", case, known, event=queued, healed=healed)
    _expect(kit, "billing_export_stuck", case, known, event=queued, healed=healed)


def billing_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Credited less; in another currency; more until it is corrected."""
    case = kit.export(day, variant)
    case.write_document()
    if variant == 1:
        case.write_export(currency="USD")
    else:
        case.write_export(amount=case.amount + (150_00 if variant else -150_00))
    healed = [(BP, case.at + 3 * DAY)] if variant == 2 else []
    if healed:
        case.write_export(case.at + 3 * DAY, created=_exported(case))
    _expect(kit, "billing_amount_mismatch", case, [(EP, case.at), (BP, _exported(case))], healed=healed)


def billing_payment_duplicate(kit: Kit, day: int, variant: int) -> None:
    """Credited twice; twice on different days; twice until the second is cancelled."""
    case = kit.export(day, variant)
    case.write_document()
    again = case.at + (DAY if variant == 1 else HOUR)
    case.write_export()
    case.write_export(again, id_suffix="-2")
    healed = [(BP, case.at + 3 * DAY)] if variant == 2 else []
    if healed:
        case.write_export(case.at + 3 * DAY, id_suffix="-2", status="cancelled", created=again)
    _expect(kit, "billing_payment_duplicate", case, [(BP, _exported(case)), (BP, again)], healed=healed)


def billing_payment_without_document(kit: Kit, day: int, variant: int) -> None:
    """From a document nobody knows; from an unposted one; from one posted three days later. Subjects are payments."""
    case = kit.billing_business.export(kit.rng, "cash_receipt_order", moment(day, 12), prefix=PREFIX)
    subject = case.write_export()
    posted = case.at + 3 * DAY
    if variant == 1:
        case.write_document(posted=False)
    elif variant == 2:
        case.write_document(posted)
    known = [(BP, _exported(case))]
    healed = [(EP, posted)] if variant == 2 else []
    kit.expect("billing_payment_without_document", subject, known, healed=healed, subject_type="billing_payment")


def billing_wrong_account(kit: Kit, day: int, variant: int) -> None:
    """Credited to another customer, twice; until it is corrected."""
    case = kit.export(day, variant)
    accounts = kit.parties.accounts
    other = accounts[(accounts.index(case.account) + 1) % len(accounts)]
    case.write_document()
    case.write_export(account=other.personal_account)
    healed = [(BP, case.at + 3 * DAY)] if variant == 2 else []
    if healed:
        case.write_export(case.at + 3 * DAY, created=_exported(case))
    _expect(kit, "billing_wrong_account", case, [(EP, case.at), (BP, _exported(case))], healed=healed)


def billing_account_inactive(kit: Kit, day: int, variant: int) -> None:
    """Credited to an inactive account; to one closed two days later; to one that is opened again.

    Subjects are payments.
    """
    account = kit.parties.new_account(moment(day, 8), PREFIX)
    opened, changed = moment(day, 8, 10), moment(day + (2 if variant == 1 else 4), 10)
    kit.billing.account(opened, account.personal_account, account.customer, active=variant == 1)
    if variant:
        kit.billing.account(changed, account.personal_account, account.customer, active=variant == 2)
    case = kit.export(day, variant, account)
    case.write_document()
    subject = case.write_export()
    known = [(BP, _exported(case)), (BA, changed if variant == 1 else opened)]
    healed = [(BA, changed)] if variant == 2 else []
    kit.expect("billing_account_inactive", subject, known, healed=healed, subject_type="billing_payment")


def billing_payer_mismatch(kit: Kit, day: int, variant: int) -> None:
    """The platform fell back to another payer, twice; until it is corrected."""
    case = kit.export(day, variant)
    case.write_document()
    case.write_export(payer="99999999")
    healed = [(BP, case.at + 3 * DAY)] if variant == 2 else []
    if healed:
        case.write_export(case.at + 3 * DAY, created=_exported(case))
    _expect(kit, "billing_payer_mismatch", case, [(EP, case.at), (BP, _exported(case))], healed=healed)


def billing_organisation_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Credited to another organisation of ours, twice; until it is corrected."""
    case = kit.export(day, variant)
    case.write_document()
    case.write_export(organisation="99100002")
    healed = [(BP, case.at + 3 * DAY)] if variant == 2 else []
    if healed:
        case.write_export(case.at + 3 * DAY, created=_exported(case))
    _expect(kit, "billing_organisation_mismatch", case, [(EP, case.at), (BP, _exported(case))], healed=healed)


def billing_method_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Credited as another way of payment, twice; until it is corrected."""
    case = kit.export(day, variant)
    case.write_document()
    case.write_export(method="Подарочный сертификат")
    healed = [(BP, case.at + 3 * DAY)] if variant == 2 else []
    if healed:
        case.write_export(case.at + 3 * DAY, created=_exported(case))
    _expect(kit, "billing_method_mismatch", case, [(EP, case.at), (BP, _exported(case))], healed=healed)


FAULTS: tuple[Inject, ...] = (
    billing_payment_missing,
    billing_export_stuck,
    contract_without_personal_account,
    billing_amount_mismatch,
    billing_payment_duplicate,
    billing_payment_without_document,
    billing_wrong_account,
    billing_account_inactive,
    billing_payer_mismatch,
    billing_organisation_mismatch,
    billing_method_mismatch,
)
