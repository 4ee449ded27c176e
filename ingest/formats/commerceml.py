"""CommerceML 2.05 to 2.10 (and older 2.x): the exchange of orders between a site and 1C, as XML.

Source: the schema ``urn:1C.ru:commerceml_2``, a recorded exchange, and what sites read of it. Documents stand in the
root or in ``Контейнер``; they are read one by one, so a file may be of any size.

- ``ХозОперация`` tells the kind: Заказ товара → website.orders; Счет на оплату → erp.invoices; Отпуск товара →
  warehouse.deliveries; Возврат товара → warehouse.returns; Выплата (без)наличных денег → erp.payments; Возврат
  (без)наличных денег → erp.refunds. Spaces and case do not matter. Any other is none of ours.
- ``Роль`` is that of our enterprise: a document in which we buy or pay a supplier is none of ours.
- The encoding is windows-1251 or any other the file declares.
- ``Валюта`` is ISO letters or number, or a word (руб, грн); option ``currencies`` adds words.
- ``Дата`` and ``Время`` stand apart and have no zone: the feed's applies. Without ``Время`` it is the date alone.
- What else is known stands in ``ЗначенияРеквизитов``, by name: ``Заказ оплачен``, ``Дата оплаты``, ``Дата оплаты по
  1С`` (where ``T`` means none), ``Дата отгрузки по 1С``, ``Отменен``, ``ПометкаУдаления``, ``Проведен``, ``Отгружен``,
  ``Оплачен``, ``Финальный статус``.
- An order is paid by its flag, else by its date of payment. A delivery or return that is unposted, deleted, cancelled
  or not shipped moved no goods: cancelled. A payment that does not say that it was made (Проведен, Оплачен or a date of
  payment) is rejected.
- ``Основание`` links with the order: its ``Ид``. ``order_id`` is that too, or with option ``order_id: Номер`` the
  number, for orders that stand in the file before their documents.
- A customer's ``Ид`` such as ``1#login#name`` is the site's user 1.
- ``updated_at`` is empty: the exchange does not say when a document changed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    Outcome,
    Reject,
    Row,
    Values,
    decimal,
    iso_time,
    numbered,
    plain,
    required,
)
from ingest.formats.currencies import letters
from ingest.formats.xml_input import Element, children, local, refused, text_at, xml_events

CONTRACTS = (
    "website.orders",
    "erp.invoices",
    "erp.payments",
    "erp.refunds",
    "warehouse.deliveries",
    "warehouse.returns",
)
DEFAULT_CONTRACTS = ("website.orders", "erp.invoices", "warehouse.deliveries")
OPTIONS = ("currencies", "order_id")

OPERATIONS = {
    "заказтовара": "website.orders",
    "счетнаоплату": "erp.invoices",
    "отпусктовара": "warehouse.deliveries",
    "возвраттовара": "warehouse.returns",
    "выплатабезналичныхденег": "erp.payments",
    "выплатаналичныхденег": "erp.payments",
    "возвратбезналичныхденег": "erp.refunds",
    "возвратналичныхденег": "erp.refunds",
}
"""``ХозОперация`` in lower case without spaces to its contract."""

OURS = {"продавец", "получатель"}
REFUNDING = {"продавец", "плательщик"}
"""``Роль`` of our enterprise when it sells, and when it gives money back."""

CURRENCIES = {
    "руб": "RUB",
    "руб.": "RUB",
    "р": "RUB",
    "р.": "RUB",
    "рубль": "RUB",
    "грн": "UAH",
    "грн.": "UAH",
    "тенге": "KZT",
    "тг": "KZT",
    "драм": "AMD",
    "бел.руб.": "BYN",
}
TRUE = {"true", "1", "y", "yes", "да", "истина"}
FALSE = {"false", "0", "n", "no", "нет", "ложь"}
ROOT = "КоммерческаяИнформация"
FOREIGN = ("Каталог", "ПакетПредложений")

_NO_DATE = re.compile(r"[TТ]|0001-01-01.*|0000-00-00.*", re.DOTALL)
_SITE_USER = re.compile(r"(\d+)#.*", re.ASCII | re.DOTALL)

Marks = dict[str, str | None]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of the wanted contracts. Raises FileRefused, also after rows."""
    builder = _Builder(options)
    yield from numbered(_outcomes(stream, options, builder))


def _outcomes(stream: BinaryIO, options: FormatOptions, builder: "_Builder") -> Iterator[Outcome]:
    wanted = options.wanted(DEFAULT_CONTRACTS)
    other: str | None = None
    is_any = False
    for event, element in xml_events(stream, options, ("Документ",), FOREIGN):
        if event == "start" or local(element) != "Документ":
            _check_kind(element, options.file_name)
            continue
        builder.remember(element)
        contract = _contract(element)
        if contract in wanted:
            is_any = True
            yield contract, builder.built(contract, element)
        elif contract:
            other = contract
    if other and not is_any:
        raise FileRefused(
            "unparsable",
            f"{options.file_name} holds {other}, which the feed does not supply. Add it to the feed's `contracts` in "
            "sverka.yml, or move the file to its own feed.",
        )


def _check_kind(element: Element, file_name: str) -> None:
    """Refuse another root, and a catalogue in the root."""
    parent = element.getparent()
    if parent is None:
        if local(element) != ROOT:
            raise refused(element, f"its root is {local(element)[:60]}, not {ROOT}", file_name)
        version = element.get("ВерсияСхемы", "2.")
        if not version.startswith("2."):
            raise FileRefused("unparsable", f"{file_name} is CommerceML {version[:20]}; supported is version 2.")
    elif parent.getparent() is None:
        why = "a catalogue of goods or prices, which holds no documents. Deliver the exchange of orders"
        raise refused(element, why, file_name)


def _contract(document: Element) -> str:
    """The contract of a document, empty when it is none of ours."""
    operation = "".join((text_at(document, "ХозОперация") or "").lower().split())
    contract = OPERATIONS.get(operation, "")
    role = (text_at(document, "Роль") or "").lower()
    return contract if not role or role in (REFUNDING if contract == "erp.refunds" else OURS) else ""


class _Builder:
    """Makes the row of a document."""

    def __init__(self, options: FormatOptions) -> None:
        words = options.options.get("currencies", {})
        key = options.options.get("order_id", "Ид")
        if not isinstance(words, Mapping):
            raise FileRefused(
                "unparsable", f"{options.file_name}: option currencies in sverka.yml must map words to letters."
            )
        if key not in ("Ид", "Номер"):
            raise FileRefused("unparsable", f"{options.file_name}: option order_id in sverka.yml is Ид or Номер.")
        self._currencies = CURRENCIES | {str(word).lower(): str(code) for word, code in words.items()}
        self._order_key = str(key)
        self._numbers: dict[str, str] = {}
        self._build: Mapping[str, Callable[[Element, Marks], Values]] = {
            "website.orders": self._order,
            "erp.invoices": self._invoice,
            "erp.payments": self._payment,
            "erp.refunds": self._refund,
            "warehouse.deliveries": self._delivery,
            "warehouse.returns": self._return,
        }

    def remember(self, document: Element) -> None:
        """Keep an order's number, by which its documents may be linked."""
        ident, number = text_at(document, "Ид"), text_at(document, "Номер")
        if self._order_key == "Номер" and ident and number and _contract(document) == "website.orders":
            self._numbers[ident] = number

    def built(self, contract: str, document: Element) -> Values | Fault:
        marks = {
            text_at(mark, "Наименование") or "": text_at(mark, "Значение")
            for mark in reversed(children(document, "ЗначенияРеквизитов", "ЗначениеРеквизита"))
        }
        try:
            return self._build[contract](document, marks)
        except Fault as fault:
            return fault

    # ---------- rows

    def _order(self, document: Element, marks: Marks) -> Values:
        is_paid = _is_paid(marks)
        is_done = _flag(marks, "Финальный статус", "status") or _has_date(marks, "Дата отгрузки по 1С")
        status = "paid" if is_paid else "awaiting_payment"
        if _is_void(marks, "status"):
            status = "cancelled"
        elif is_paid and is_done:
            status = "completed"
        return self._money(document) | {
            "order_id": required("order_id", text_at(document, self._order_key) or text_at(document, "Ид")),
            "customer_id": _customer(document),
            "status": status,
            "created_at": _moment(document, "created_at"),
        }

    def _invoice(self, document: Element, marks: Marks) -> Values:
        due = text_at(document, "СрокПлатежа")
        status = "cancelled" if _is_void(marks, "status") else "closed" if _is_paid(marks) else "open"
        is_posted = _flag(marks, "Проведен", "posted")
        return (
            self._document(document, marks)
            | self._money(document)
            | {
                "posted": _text(is_posted is not False),
                "invoice_id": text_at(document, "Ид"),
                "order_id": self._order_of(document),
                "customer_tax_id": _party(document, "ИНН"),
                "issued_at": _moment(document, "issued_at"),
                "due_date": iso_time("due_date", due)[:10] if due and not _NO_DATE.fullmatch(due) else None,
                "status": status,
            }
        )

    def _payment(self, document: Element, marks: Marks) -> Values:
        is_cash = "безналичных" not in (text_at(document, "ХозОперация") or "").lower()
        return (
            self._document(document, marks)
            | self._money(document)
            | {
                "document_type": "cash_receipt_order" if is_cash else "bank_receipt",
                "posted": _text(_is_made(marks)),
                "document_date": _moment(document, "document_date"),
                "order_id": self._order_of(document),
                "customer_tax_id": _party(document, "ИНН"),
                "is_manual": "false",
            }
        )

    def _refund(self, document: Element, marks: Marks) -> Values:
        return (
            self._document(document, marks)
            | self._money(document)
            | {
                "posted": _text(_is_made(marks)),
                "document_date": _moment(document, "document_date"),
                "is_manual": "false",
            }
        )

    def _delivery(self, document: Element, marks: Marks) -> Values:
        is_shipped = _flag(marks, "Отгружен", "status") is not False
        return self._money(document) | {
            "delivery_id": required("delivery_id", text_at(document, "Ид")),
            "order_id": self._order_of(document),
            "status": "shipped" if is_shipped and _is_goods_moved(marks) else "cancelled",
            "shipped_at": _moment(document, "shipped_at"),
        }

    def _return(self, document: Element, marks: Marks) -> Values:
        return self._money(document) | {
            "return_id": required("return_id", text_at(document, "Ид")),
            "order_id": self._order_of(document),
            "status": "received" if _is_goods_moved(marks) else "cancelled",
            "returned_at": _moment(document, "returned_at"),
            "reason": text_at(document, "Комментарий"),
        }

    # ---------- fields

    def _document(self, document: Element, marks: Marks) -> Values:
        return {
            "erp_document_id": required("erp_document_id", text_at(document, "Ид")),
            "number": required("number", text_at(document, "Номер")),
            "deleted": _text(_flag(marks, "ПометкаУдаления", "deleted") is True),
            "customer_id": _customer(document),
        }

    def _money(self, document: Element) -> Values:
        amount = plain(decimal("amount", text_at(document, "Сумма")))
        word = required("currency", text_at(document, "Валюта"))
        known = letters(self._currencies.get(word.lower(), word))
        if known is None:
            raise Fault("currency", word, "unknown_currency")
        return {"amount": amount, "currency": known}

    def _order_of(self, document: Element) -> str | None:
        order = text_at(document, "Основание")
        return self._numbers.get(order, order) if order else None


def _moment(document: Element, column: str) -> str:
    day = required(column, text_at(document, "Дата"))
    time = text_at(document, "Время")
    return iso_time(column, f"{day[:10]}T{time}" if time else day)


def _party(document: Element, field: str) -> str | None:
    """A field of the counterparty: the one who buys or pays, or the only one."""
    parties = children(document, "Контрагенты", "Контрагент")
    buyers = [party for party in parties if (text_at(party, "Роль") or "").lower() in ("покупатель", "плательщик")]
    chosen = buyers or parties
    return text_at(chosen[0], field) if len(chosen) == 1 else None


def _customer(document: Element) -> str | None:
    ident = _party(document, "Ид")
    user = _SITE_USER.fullmatch(ident) if ident else None
    return user[1] if user else ident


def _flag(marks: Marks, name: str, column: str) -> bool | None:
    told = marks.get(name)
    if told is None:
        return None
    if told.lower() in TRUE:
        return True
    if told.lower() in FALSE:
        return False
    raise Fault(column, told, "bad_boolean")


def _has_date(marks: Marks, *names: str) -> bool:
    return any(told and not _NO_DATE.fullmatch(told) for name in names if (told := marks.get(name)))


def _is_paid(marks: Marks) -> bool:
    flag = _flag(marks, "Заказ оплачен", "status")
    return flag if flag is not None else _has_date(marks, "Дата оплаты по 1С", "Дата оплаты")


def _is_made(marks: Marks) -> bool:
    """Whether the money moved; nothing said is no answer."""
    flags = [_flag(marks, name, "posted") for name in ("Проведен", "Оплачен", "Заказ оплачен")]
    if False in flags or _flag(marks, "Отменен", "posted"):
        return False
    if True in flags or _has_date(marks, "Дата оплаты", "Дата оплаты по 1С"):
        return True
    raise Fault("posted", None, "missing_required")


def _is_void(marks: Marks, column: str) -> bool:
    return any(_flag(marks, name, column) for name in ("Отменен", "ПометкаУдаления"))


def _is_goods_moved(marks: Marks) -> bool:
    return not _is_void(marks, "status") and _flag(marks, "Проведен", "status") is not False


def _text(value: bool) -> str:
    return "true" if value else "false"
