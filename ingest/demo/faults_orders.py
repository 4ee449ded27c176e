"""Faults of orders, and payments that break again; conventions as in ``faults_payments``. Subjects are orders."""

from dataclasses import replace

from ingest.demo.kit import CD, EP, PP, PR, WO, WP, Inject, Kit
from ingest.demo.timeline import DAY, MINUTE
from ingest.demo.truth import Record


def order_paid_without_payment(kit: Kit, day: int, variant: int) -> None:
    """Called paid from nowhere; completed after a refused card; paid five days before the provider says so."""
    sale = kit.sale(day)
    claimed = sale.paid + 20
    sale.write_order("completed" if variant == 1 else "paid")
    healed: list[Record] = []
    if variant == 1:
        sale.write_website("failed")
        sale.write_provider("failed")
    elif variant == 2:
        confirmed = sale.at(5, 11)
        healed = [(PP, confirmed)]
        sale.write_website_version("pending", sale.ordered + MINUTE, provider_payment=False)
        sale.write_provider("pending", sale.ordered + 2 * MINUTE)
        sale.write_provider("paid", confirmed)
        sale.write_website_version("paid", confirmed + 10)
        sale.write_receipt(at=confirmed + 2 * MINUTE)
        sale.write_erp(sale.at(6, 9))
        sale.write_deal(at=confirmed + 30 * MINUTE)
    kit.expect("order_paid_without_payment", sale.order, [(WO, claimed)], healed=healed, subject_type="order")


def order_amount_mismatch(kit: Kit, day: int, variant: int) -> None:
    """Paid less than ordered; more; less until the rest is paid six days later."""
    sale = kit.sale(day)
    rest = 500_00
    sale.write_order(amount=sale.amount + (-rest if variant == 1 else rest))
    sale.write_all_but("order")
    healed: list[Record] = []
    if variant == 2:
        second = replace(kit.twin(sale, 6 * DAY // MINUTE), amount=rest)
        healed = [(PP, second.paid)]
        second.write_all_but("order", "deal")
    known = [(PP, sale.paid), (WO, sale.paid + 20)]
    kit.expect("order_amount_mismatch", sale.order, known, event=sale.paid, healed=healed, subject_type="order")


def order_cancelled_but_paid(kit: Kit, day: int, variant: int) -> None:
    """Cancelled and nothing, or only a part, or nothing for nine days, given back."""
    sale = kit.sale(day)
    cancelled, refund = sale.at(1, 12), f"RF-{sale.order}"
    sale.write_all_but("order")
    sale.write_order("cancelled", cancelled)
    healed: list[Record] = []
    if variant == 1:
        sale.write_refund(refund, sale.at(1, 12, 5), sale.amount // 400 * 100)
    elif variant == 2:
        healed = [(PR, sale.at(10, 12))]
        sale.write_refund(refund, sale.at(10, 12), sale.amount)
    kit.expect("order_cancelled_but_paid", sale.order, [(WO, cancelled)], healed=healed, subject_type="order")


def broken_again(kit: Kit, day: int, variant: int) -> None:
    """Posted late and unposted again; a deal put right, wrong and right again; a sum of the shop that comes back.

    Subjects are payments.
    """
    sale = kit.sale(day)
    sale.write_all_but(("erp", "deal", "website")[variant])
    right, wrong = sale.at(3, 9), sale.at(6, 9)
    if variant == 0:
        code, known = "provider_paid_erp_unpaid", [(PP, sale.paid)]
        sale.write_erp(right)
        sale.write_erp(wrong, document=right, posted=False)
        kit.expect(code, sale.payment, known, healed=[(EP, right)])
        kit.expect(code, sale.payment, [*known, (EP, wrong)], event=sale.paid)
    elif variant == 1:
        code, told = "crm_status_mismatch", sale.paid + 30 * MINUTE
        sale.write_deal("unpaid", told)
        sale.write_deal("paid", right)
        sale.write_deal("unpaid", sale.at(4, 9))
        sale.write_deal("paid", sale.at(8, 9))
        kit.expect(code, sale.payment, [(PP, sale.paid), (CD, told)], healed=[(CD, right)])
        kit.expect(code, sale.payment, [(PP, sale.paid), (CD, sale.at(4, 9))], healed=[(CD, sale.at(8, 9))])
    else:
        code, shown = "website_amount_mismatch", sale.paid + 10
        sale.write_website(amount=sale.amount - 400_00)
        sale.write_website_version("paid", right)
        sale.write_website_version("paid", wrong, amount=sale.amount - 400_00)
        kit.expect(code, sale.payment, [(PP, sale.paid), (WP, shown)], healed=[(WP, right)])
        kit.expect(code, sale.payment, [(PP, sale.paid), (WP, wrong)])


FAULTS: tuple[Inject, ...] = (
    order_paid_without_payment,
    order_amount_mismatch,
    order_cancelled_but_paid,
    broken_again,
)
