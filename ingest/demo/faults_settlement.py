"""Faults of payouts and of the bank; conventions as in ``faults_payments``.

A payout with a fault settles a batch of its own, of one sale or two, paid out the next day and on our bank account the
day after. Subjects are payouts unless said.
"""

from ingest.demo.kit import BL, EP, ER, PD, PO, PP, Inject, Kit
from ingest.demo.sales import CardSale
from ingest.demo.settlement import Batch, fee
from ingest.demo.timeline import DAY, HOUR, moment
from ingest.demo.truth import Record


def _settled(kit: Kit, day: int, *left_out: str, second: int | None = None) -> tuple[CardSale, str, Batch]:
    """A sale in a batch of its own, the batch's id and its right sums."""
    sale = kit.sale(day, second)
    batch = f"{sale.provider}-{sale.order}"
    sale.write_all_but("provider", *left_out)
    sale.write_provider(batch=batch)
    return sale, batch, Batch(gross=sale.amount, fees=fee(sale.amount))


def _pay_out(sale: CardSale, batch: str, sums: Batch, at: int | None = None, day: int = 1) -> int:
    """The provider's payout of the batch some days after the sale; returns when it was written."""
    at = sale.at(day, 9, 30) if at is None else at
    sale.systems.settlement.payout(at, sale.provider, batch, sums, sale.currency, sale.day + day)
    return at


def _bank(sale: CardSale, batch: str, amount: int, day: int = 2) -> str:
    """The payout on our bank account; returns the subject of the line."""
    reference = sale.systems.settlement.bank_reference(batch)
    line = sale.systems.bank_line(sale.day + day, amount, sale.currency, sale.provider, bank_reference=reference)
    return f"bank.lines:bank:{line}"


def _expect(
    kit: Kit, code: str, sale: CardSale, batch: str, event: int, known: list[Record], healed: list[Record]
) -> None:
    subject = f"{sale.provider}:{batch}"
    kit.expect(code, subject, known, event=event, healed=healed, subject_type="payout")


def payout_arithmetic_error(kit: Kit, day: int, variant: int) -> None:
    """Pays out less, more, or less than its own sums say, until it is corrected; reported a day late."""
    sale, batch, sums = _settled(kit, day)
    right = sums.net
    sums.error = 80_00 if variant == 1 else -80_00
    reported = _pay_out(sale, batch, sums, sale.at(2, 9, 30))
    _bank(sale, batch, right if variant == 2 else sums.net)
    healed = [(PO, sale.at(5, 9, 30))] if variant == 2 else []
    if healed:
        sums.error = 0
        _pay_out(sale, batch, sums, sale.at(5, 9, 30))
    _expect(kit, "payout_arithmetic_error", sale, batch, reported, [(PO, reported)], healed)


def payout_total_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Counts money nobody paid; a refund nobody made; a payment that the provider puts into it three days later."""
    sale, batch, sums = _settled(kit, day)
    healed: list[Record] = []
    if variant == 0:
        sums.gross += 400_00
    elif variant == 1:
        sums.refunds += 150_00
    else:
        other, named = kit.sale(day), sale.at(4, 11)
        other.provider = sale.provider
        healed = [(PP, named)]
        other.write_all_but("provider")
        other.write_provider(batch="")
        other.write_provider(at=named, again=True, batch=batch)
        sums.gross += other.amount
        sums.fees += fee(other.amount)
    reported = _pay_out(sale, batch, sums)
    _bank(sale, batch, sums.net)
    event, known = moment(day + 2, 0), [(PO, reported)]
    _expect(kit, "payout_total_mismatch", sale, batch, event, known, healed)
    if variant == 2:
        _expect(kit, "payout_fee_mismatch", sale, batch, event, known, healed)


def payout_fee_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Keeps more, less, or more than the fees of its payments, until it is corrected."""
    sale, batch, sums = _settled(kit, day)
    right = sums.net
    sums.fees += -20_00 if variant == 1 else 35_00
    reported = _pay_out(sale, batch, sums)
    _bank(sale, batch, right if variant == 2 else sums.net)
    healed = [(PO, sale.at(5, 9, 30))] if variant == 2 else []
    if healed:
        sums.fees -= 35_00
        _pay_out(sale, batch, sums, sale.at(5, 9, 30))
    _expect(kit, "payout_fee_mismatch", sale, batch, moment(day + 2, 0), [(PO, reported)], healed)


def payment_missing_from_payout(kit: Kit, day: int, variant: int) -> None:
    """In no payout, twice; settled after a week. The subject is the payment."""
    sale = kit.sale(day)
    sale.write_all_but("provider")
    sale.write_provider(batch="")
    healed: list[Record] = []
    if variant == 2:
        batch, named = f"{sale.provider}-{sale.order}", sale.at(7, 10)
        healed = [(PP, named)]
        sale.write_provider(at=named, again=True, batch=batch)
        sums = Batch(gross=sale.amount, fees=fee(sale.amount))
        _pay_out(sale, batch, sums, day=8)
        _bank(sale, batch, sums.net, 9)
    kit.expect("payment_missing_from_payout", sale.payment, [(PP, sale.paid)], healed=healed)


def payout_missing_in_bank(kit: Kit, day: int, variant: int) -> None:
    """Never there; there with less money, which then belongs to nothing; there after a week."""
    sale, batch, sums = _settled(kit, day)
    reported = _pay_out(sale, batch, sums)
    healed: list[Record] = []
    if variant == 1:
        line = _bank(sale, batch, sums.net - 5_00)
        known = [(BL, moment(day + 2, 18))]
        kit.expect("bank_receipt_not_in_erp", line, known, event=moment(day + 3, 0), subject_type="document")
    elif variant == 2:
        healed = [(BL, moment(day + 9, 18))]
        _bank(sale, batch, sums.net, 9)
    _expect(kit, "payout_missing_in_bank", sale, batch, moment(day + 2, 0), [(PO, reported)], healed)


def erp_batch_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Booked as a whole with more money; in two documents that are not the whole; with less until it is corrected."""
    sale, batch, sums = _settled(kit, day, "erp", second=12 * HOUR)
    reported = _pay_out(sale, batch, sums, sale.at(0, 20), day=0)
    _bank(sale, batch, sums.net, 1)
    booked = sale.at(1, 10)
    parts = {
        0: [sums.net + 60_00],
        1: [sums.net // 200 * 100, sums.net // 400 * 100],
        2: [sums.net - 60_00],
    }[variant]
    for number, amount in enumerate(parts):
        _book(kit, sale, batch, booked, booked, f"BB{number}-{batch}", amount)
    healed = [(EP, sale.at(4, 9))] if variant == 2 else []
    if healed:
        _book(kit, sale, batch, sale.at(4, 9), booked, f"BB0-{batch}", sums.net)
    known = [(PO, reported), (EP, booked)]
    _expect(kit, "erp_batch_amount_mismatch", sale, batch, booked, known, healed)


def _book(kit: Kit, sale: CardSale, batch: str, at: int, booked: int, id_: str, amount: int) -> None:
    """Accounting's document of a whole payout."""
    reference = sale.systems.settlement.bank_reference(batch)
    kit.parties.books.payment(at, id_, "bank_receipt", amount, sale.currency, document=booked, reference=reference)


def direct_payment_not_in_bank(kit: Kit, day: int, variant: int) -> None:
    """A transfer, or a payment order, that the bank does not show, or shows a week later. Subjects are documents."""
    case = kit.invoice(day)
    case.write_issue()
    paid = moment(day + 1, 11, 20)
    document = case.write_transfer(paid, case.amount, number=1 + variant % 2, bank=False)
    case.write_close(day + 2)
    healed = [(BL, moment(day + 8, 18))] if variant == 2 else []
    if healed:
        case.write_bank_line(day + 1, case.amount, document, shown=day + 8)
    subject = f"erp.payments:erp:{document}"
    kit.expect("direct_payment_not_in_bank", subject, [(EP, paid)], healed=healed, subject_type="document")


def bank_receipt_not_in_erp(kit: Kit, day: int, variant: int) -> None:
    """Money from a stranger; for a document nobody knows; for one that is posted a week later. Subjects are lines."""
    case = kit.invoice(day)
    case.write_issue()
    booked, amount = day + 1, case.amount + 17_00
    healed: list[Record] = []
    if variant == 2:
        posted = moment(day + 9, 10)
        healed = [(EP, posted)]
        line = case.write_bank_line(booked, case.amount, f"BV1-{case.invoice}")
        kit.parties.books.payment(
            posted,
            f"BV1-{case.invoice}",
            "bank_receipt",
            case.amount,
            case.currency,
            document=moment(booked, 12),
            invoice=case.invoice,
            customer=case.customer,
            tax_id=case.tax_id,
            contract=case.contract,
        )
        case.write_close(day + 9)
    else:
        document = f"BV-UNKNOWN-{case.invoice}" if variant else ""
        line = kit.parties.systems.bank_line(
            booked, amount, "AMD", "demo stranger", tax_id=case.tax_id if variant else "", erp_document=document
        )
    known = [(BL, moment(booked, 18))]
    event = (booked + 1) * DAY
    subject = f"bank.lines:bank:{line}"
    kit.expect("bank_receipt_not_in_erp", subject, known, event=event, healed=healed, subject_type="document")


def dispute_lost_not_in_erp(kit: Kit, day: int, variant: int) -> None:
    """A lost dispute that accounting never books; has unposted; books after five days. Subjects are disputes."""
    sale = kit.sale(day)
    sale.write_all_but()
    dispute, opened, lost = f"DSP-{sale.order}", sale.at(2, 14), sale.at(4, 14)
    values = (sale.provider, dispute, sale.provider_payment)
    sale.systems.dispute(opened, *values, "opened", sale.amount, sale.currency, opened)
    sale.systems.dispute(lost, *values, "lost", sale.amount, sale.currency, opened)
    healed: list[Record] = []
    if variant:
        booked = sale.at(9, 10) if variant == 2 else sale.at(5, 10)
        healed = [(ER, booked)] if variant == 2 else []
        kit.parties.books.refund(
            booked,
            f"ER-{dispute}",
            sale.amount,
            sale.currency,
            posted=variant == 2,
            payment=sale.payment,
            customer=sale.customer,
        )
    subject = f"{sale.provider}:{dispute}"
    known = [(PD, lost)]
    kit.expect("dispute_lost_not_in_erp", subject, known, event=lost, healed=healed, subject_type="dispute")


FAULTS: tuple[Inject, ...] = (
    payout_arithmetic_error,
    payout_total_mismatch,
    payout_fee_mismatch,
    payment_missing_from_payout,
    payout_missing_in_bank,
    erp_batch_amount_mismatch,
    direct_payment_not_in_bank,
    bank_receipt_not_in_erp,
    dispute_lost_not_in_erp,
)
