"""What is unposted, deleted, a test or not final never counts as money or goods, beside the same document that does."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from ingest.formats import FORMATS
from ingest.formats.base import Reject, Row
from tests.formats import (
    onec_kit,
    test_activeplatform,
    test_atol,
    test_bank_standards,
    test_billmanager,
    test_camt,
    test_client_bank_exchange,
    test_cloudpayments,
    test_commerceml,
    test_despatch,
    test_idram,
    test_moysklad,
    test_ofd_json,
    test_rbs_gateway,
    test_shops,
    test_stripe,
    test_tbank,
    test_vpos_am,
    test_yookassa,
    test_yookassa_registry,
)

Parse = Callable[..., list[Row | Reject]]

COUNTS: dict[str, dict[str, set[str | None]]] = {
    "provider.payments": {"status": {"paid"}},
    "provider.refunds": {"status": {"succeeded"}},
    "provider.disputes": {"status": {"opened", "won", "lost"}},
    "website.orders": {"status": {"paid", "completed"}},
    "website.payments": {"status": {"paid"}},
    "crm.deals": {"payment_status": {"paid", "partially_paid"}},
    "erp.payments": {"posted": {"true"}, "deleted": {"false"}},
    "erp.refunds": {"posted": {"true"}, "deleted": {"false"}},
    "billing.payments": {"status": {"completed"}},
    "fiscal.receipts": {"status": {"success"}, "settlement_kind": {"payment", None}},
    "warehouse.deliveries": {"status": {"shipped", "delivered"}},
    "warehouse.returns": {"status": {"received"}},
    "bank.lines": {},
}
"""Contract to what its row must say to count as money or goods."""


class Case(NamedTuple):
    """A document that counts, and the same one in states that do not."""

    format: str
    counts: Any
    not_yet: tuple[Any, ...]
    options: Mapping[str, object] = MappingProxyType({})


def cases() -> Iterator[Case]:
    yield from provider_cases()
    yield from erp_cases()
    yield from other_cases()


def provider_cases() -> Iterator[Case]:
    order = test_rbs_gateway.order
    yield Case("rbs_gateway", order(2), (*map(order, (0, 1, 3, 5, 6, 9)), {"errorCode": "6"}))
    for paid in (test_yookassa.PAYMENT, test_yookassa.REFUND):
        yield Case("yookassa", paid, tuple(paid | mark for mark in ({"test": True}, *statuses("pending", "canceled"))))
    yield Case("yookassa", test_yookassa.PAYMENT, (test_yookassa.PAYMENT | {"status": "waiting_for_capture"},))
    settled = test_yookassa.settled
    offset = settled(("prepayment", "100.00"))
    receipt = test_yookassa.RECEIPT
    states = tuple(receipt | mark for mark in ({"test": True}, *statuses("pending", "canceled")))
    yield Case("yookassa", settled(("prepayment", "1.00"), ("cashless", "1.00")), (*states, offset))
    header = test_yookassa_registry.HEADER + ";Статус платежа"
    row, registry = test_yookassa_registry.row(), test_yookassa_registry.registry
    yield Case("yookassa_registry", registry(row), (registry(f"{row};Отменен", header=header),))
    for body in (test_cloudpayments.transaction(), test_cloudpayments.refund()):
        told = [("AwaitingAuthentication", 1), ("Authorized", 2), ("Cancelled", 4), ("Declined", 5), ("Held", 6)]
        states = tuple(body | {"Status": word, "StatusCode": code} for word, code in told)
        yield Case("cloudpayments", body, (*states, body | {"TestMode": True}))
    payout = test_cloudpayments.transaction(OperationType="CardPayout")
    yield Case("cloudpayments", test_cloudpayments.transaction(), (payout,))
    told_by_bank = test_tbank.notification
    words = "NEW FORM_SHOWED AUTHORIZING 3DS_CHECKING AUTHORIZED CONFIRMING REVERSED PARTIAL_REVERSED CANCELED REJECTED"
    demo = told_by_bank(TerminalKey="1DEMO")
    yield Case("tbank", told_by_bank(), (*map(told_by_bank, words.split()), demo))
    yield Case("tbank", told_by_bank("REFUNDED"), (told_by_bank("REFUNDING"), told_by_bank("ASYNC_REFUNDING")))
    charge, refund, dispute = test_stripe.charge(), test_stripe.refund(), test_stripe.dispute()
    held = charge | {"captured": False, "amount_captured": 0}
    not_yet = (held, held | {"refunded": True}, *(charge | mark for mark in statuses("pending", "failed")))
    yield Case("stripe", charge, (*not_yet, charge | {"livemode": False}, charge | {"captured": None}))
    of_a_test = test_stripe.event(refund, livemode=False)
    states = tuple(refund | mark for mark in statuses("pending", "requires_action", "failed", "canceled"))
    yield Case("stripe", refund, (*states, of_a_test))
    yield Case("stripe", dispute, (dispute | {"livemode": False},))
    call = test_idram.call
    yield Case("idram", call(), (call(EDP_PRECHECK="YES"), call(EDP_TRANS_ID=...)))
    session = test_vpos_am.session
    words = "created processing authorized declined canceled expired unheard"
    states = tuple(session(status=word) for word in words.split())
    yield Case("vpos_am", session(), (*states, session(test=True), session(livemode=False)))


def erp_cases() -> Iterator[Case]:
    answer, document = onec_kit.answer, onec_kit.document
    marks = ({"Posted": False}, {"Posted": None}, {"DeletionMark": True})
    for entity, operation in (
        (onec_kit.RECEIPT, "ОплатаПокупателя"),
        ("Document_ПриходныйКассовыйОрдер", "ОплатаПокупателя"),
        ("Document_ОплатаОтПокупателяПлатежнойКартой", "ВозвратПокупателю"),
        ("Document_ОплатаПлатежнойКартой", "ВозвратПокупателю"),
        ("Document_СписаниеСРасчетногоСчета", "ВозвратПокупателю"),
        ("Document_РеализацияТоваровУслуг", None),
        ("Document_ВозвратТоваровОтПокупателя", None),
    ):
        states = tuple(answer(entity, document(ВидОперации=operation, **mark)) for mark in marks)
        yield Case("onec_odata", answer(entity, document(ВидОперации=operation)), states, {"currency": "RUB"})
    statement, money_in, money_out = (
        getattr(test_client_bank_exchange, name) for name in ("statement", "money_in", "money_out")
    )
    yield Case("client_bank_exchange", statement(money_in()), (statement(money_in(ДатаПоступило="")),))
    yield Case("client_bank_exchange", statement(money_out()), (statement(money_out(ДатаСписано="")),))
    exchange, paper = test_commerceml.exchange, test_commerceml.document
    for operation in ("Выплата безналичных денег", "Возврат наличных денег"):
        void = ({}, {"Проведен": "false"}, {"Проведен": "true", "Отменен": "true"}, {"ПометкаУдаления": "true"})
        unpaid = {"Оплачен": "false", "Дата оплаты": "2026-11-20"}
        papers = tuple(exchange(paper(operation, mark)) for mark in (*void, unpaid))
        yield Case("commerceml", exchange(paper(operation, {"Проведен": "true"})), papers)
    for operation in ("Отпуск товара", "Возврат товара"):
        void = ({"Проведен": "false"}, {"Отменен": "true"}, {"ПометкаУдаления": "true"})
        papers = tuple(exchange(paper(operation, mark)) for mark in void)
        yield Case("commerceml", exchange(paper(operation, {"Проведен": "true"})), papers)
    paid = {"Заказ оплачен": "true"}
    void = ({}, {"Заказ оплачен": "false"}, paid | {"Отменен": "true"}, paid | {"ПометкаУдаления": "true"})
    papers = tuple(exchange(paper("Заказ товара", mark)) for mark in void)
    yield Case("commerceml", exchange(paper("Заказ товара", paid)), papers)
    for kind in ("paymentin", "cashin", "paymentout", "cashout", "demand", "salesreturn"):
        goods = test_moysklad.document(kind)
        marked = tuple(goods | mark for mark in ({"applicable": False}, {"applicable": None}, {"deleted": True}))
        yield Case("moysklad", goods, marked, {"currency": "RUB"})


def other_cases() -> Iterator[Case]:
    xml, bill = test_billmanager.xml, test_billmanager.payment
    states = tuple(xml(bill(status=str(number))) for number in (1, 2, 3, 5, 6, 7, 8, 9, 100, 42))
    yield Case("billmanager", xml(bill()), states)
    postpaid = test_activeplatform.payment
    words = ("waiting for payment", "receipt sent", "pending", "processing", "cancelled", "refunded", "unheard")
    states = tuple({"data": postpaid(status=word)} for word in words)
    yield Case("activeplatform", {"data": postpaid(status="completed")}, states)
    for name in ("atol", "schetmash"):
        report = test_atol.report
        states = tuple(map(report, ("wait", "accept", "processing", "fail", "error", "unheard")))
        yield Case(name, report(), (*states, report(operation="buy")))
    receipt = test_ofd_json.receipt
    yield Case("ofd_json", receipt(), (receipt(operationType=3), receipt(prepaidSum=120050), receipt(code=5)))
    deal, sale, lead = test_shops.DEAL, test_shops.SALE, test_shops.LEAD
    lost = tuple({"result": deal | {"STAGE_SEMANTIC_ID": word}} for word in ("P", "F", None))
    yield Case("bitrix24", {"result": deal}, lost)
    marks = ({"paid": "N"}, {"paid": None})
    yield Case("bitrix24", {"result": {"payment": sale}}, tuple({"result": {"payment": sale | it}} for it in marks))
    shop = {"id": 1, "price": 5, "currency": "RUB", "payed": "Y", "canceled": "N", "dateInsert": "2026-11-20"}
    marks = ({"payed": "N"}, {"canceled": "Y"}, {"payed": None})
    yield Case("bitrix24", {"result": {"order": shop}}, tuple({"result": {"order": shop | it}} for it in marks))
    bought = test_shops.ORDER
    unpaid = bought | {"date_paid_gmt": None}
    words = ("pending", "processing", "on-hold", "cancelled", "refunded", "failed", "unheard")
    states = (*(unpaid | mark for mark in statuses(*words)), bought | {"status": "trash"})
    yield Case("woocommerce", bought, states)
    not_won = (lead | {"status_id": 1}, lead | {"status_id": 143}, lead | {"is_deleted": True})
    yield Case("amocrm", lead, not_won, {"currency": "RUB"})
    ubl, upd = test_despatch.XML["ubl"], test_despatch.XML["upd"]
    cancelled = "<cbc:DocumentStatusCode>Cancelled</cbc:DocumentStatusCode><cac:Additional"
    yield Case("ubl", ubl, (ubl.replace("<cac:Additional", cancelled),))
    yield Case("upd", upd, (upd.replace('Функция="СЧФДОП"', 'Функция="СЧФ"'),))
    camt, entry = test_camt.camt, test_camt.entry()
    words = ("PDNG", "INFO", "FUTR", "")
    states = tuple(camt(entry.replace("BOOK", word)) for word in words)
    yield Case("camt", camt(entry), (*states, camt(entry.replace("BOOK", "<Cd>PDNG</Cd>"))))
    mt940, line = test_bank_standards.mt940, ":61:261120{}5,00NTRFX"
    booked = mt940(line.format("C"), closing="C261120EUR5,00")
    yield Case("mt940", booked, (mt940(line.format("EC")), mt940(line.format("ED"))))
    ofx, moved = test_bank_standards.ofx, test_bank_standards.moved
    deleted = moved(more="<CORRECTFITID>0<CORRECTACTION>DELETE")
    yield Case("ofx", ofx(moved()), (ofx(moved().replace("STMTTRN>", "STMTTRNP>")), ofx(deleted)))


def statuses(*words: str) -> tuple[dict[str, str], ...]:
    return tuple({"status": word} for word in words)


CASES = list(cases())


def counting(parsed: list[Row | Reject]) -> list[Row]:
    """The rows that count as money or goods."""
    found = [item for item in parsed if isinstance(item, Row) and item.contract in COUNTS]
    return [
        item
        for item in found
        if all(item.values.get(column) in words for column, words in COUNTS[item.contract].items())
    ]


def test_every_format_is_here_but_the_table_whose_feed_says_what_counts() -> None:
    assert {case.format for case in CASES} == set(FORMATS) - {"table"}


@pytest.mark.parametrize("case", CASES, ids=[f"{case.format}-{place}" for place, case in enumerate(CASES)])
def test_only_the_final_document_counts(parse: Parse, case: Case) -> None:
    contracts = FORMATS[case.format].CONTRACTS
    assert counting(parse(case.format, case.counts, contracts, **case.options))
    for body in case.not_yet:
        assert counting(parse(case.format, body, contracts, **case.options)) == [], body
