"""How records of different systems name each other: what `explain` follows from one to the next.

Names on the right of a link are *namespaces*: sets of ids known to belong to the story. A record that is found puts its
own ids into namespaces (`gives`), and records that carry an id of a namespace are found by it (`links`).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Record:
    """One contract as `explain` sees it.

    noun: what the record is; with `_` for spaces also the subject type of its exceptions. key: the first column of the
    business key. times: the first that is not NULL dates the record. state: the column that says how it stands.
    finds: further columns a person may search by. gives, links: column → namespace.
    """

    noun: str
    key: str
    times: tuple[str, ...]
    state: str | None = "status"
    finds: tuple[str, ...] = ()
    gives: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


#: Contracts whose rows are documents of exactly one payment: reached by fct_document_links, never by order or invoice.
PAYMENT_DOCUMENTS = ("provider.payments", "website.payments", "erp.payments", "fiscal.receipts")

#: Namespaces that hold `<source_system>:<id>`, because the two contracts come from one source.
WITHIN_SYSTEM = frozenset(
    {"provider_payment", "batch", "erp_payment", "reserve", "delivery", "platform_invoice", "personal_account"}
)

#: Told only in the story of an order or an invoice, not of one of its payments.
GOODS = ("warehouse.reserves", "warehouse.deliveries", "warehouse.returns", "erp.adjustments", "crm.approvals")

RECORDS: dict[str, Record] = {
    "website.orders": Record("order", "order_id", ("created_at",), links={"order_id": "order"}),
    "crm.invoices": Record(
        "invoice", "invoice_id", ("issued_at",), links={"invoice_id": "invoice", "order_id": "order"}
    ),
    "erp.invoices": Record(
        "invoice",
        "erp_document_id",
        ("issued_at",),
        finds=("number",),
        gives={"erp_document_id": "erp_invoice"},
        links={"invoice_id": "invoice", "order_id": "order"},
    ),
    "crm.payment_requests": Record(
        "payment request",
        "payment_request_id",
        ("created_at",),
        links={"payment_id": "payment", "invoice_id": "invoice", "order_id": "order"},
    ),
    "crm.deals": Record(
        "deal",
        "deal_id",
        ("updated_at",),
        state="payment_status",
        links={"payment_id": "payment", "order_id": "order", "invoice_id": "invoice"},
    ),
    "provider.payments": Record(
        "payment",
        "provider_payment_id",
        ("paid_at", "created_at"),
        finds=("provider_reference",),
        gives={"provider_payment_id": "provider_payment", "settlement_batch_id": "batch"},
    ),
    "website.payments": Record(
        "payment",
        "payment_id",
        ("paid_at", "created_at"),
        finds=("provider_payment_id", "provider_reference"),
    ),
    "erp.payments": Record(
        "payment document",
        "erp_document_id",
        ("document_date",),
        state=None,
        finds=("number", "provider_reference"),
        gives={"erp_document_id": "erp_payment"},
    ),
    "fiscal.receipts": Record(
        "receipt",
        "receipt_id",
        ("registered_at", "created_at"),
        finds=("external_id", "fiscal_document_number", "fiscal_sign"),
        links={
            "refund_id": "refund",
            "provider_refund_id": "provider_refund",
            "erp_document_id": "erp_refund",
        },
    ),
    "provider.refunds": Record(
        "refund",
        "provider_refund_id",
        ("refunded_at", "created_at"),
        finds=("refund_id",),
        gives={"provider_refund_id": "provider_refund", "refund_id": "refund"},
        links={"provider_payment_id": "provider_payment"},
    ),
    "provider.disputes": Record(
        "dispute",
        "dispute_id",
        ("closed_at", "opened_at"),
        links={"provider_payment_id": "provider_payment"},
    ),
    "erp.refunds": Record(
        "refund document",
        "erp_document_id",
        ("document_date",),
        state=None,
        finds=("number", "refund_id", "provider_refund_id"),
        gives={"erp_document_id": "erp_refund", "refund_id": "refund", "provider_refund_id": "provider_refund"},
        links={
            "payment_id": "payment",
            "refund_id": "refund",
            "provider_refund_id": "provider_refund",
            "original_erp_document_id": "erp_payment",
            "invoice_id": "invoice_story",
        },
    ),
    "provider.payouts": Record(
        "payout",
        "settlement_batch_id",
        ("payout_date",),
        state=None,
        finds=("bank_reference",),
        gives={"bank_reference": "bank_reference"},
        links={"settlement_batch_id": "batch", "bank_reference": "bank_reference"},
    ),
    "bank.lines": Record(
        "bank line",
        "bank_line_id",
        ("booked_date",),
        state=None,
        finds=("bank_reference",),
        gives={"bank_reference": "bank_reference"},
        links={"bank_reference": "bank_reference", "erp_document_id": "erp_payment_anywhere"},
    ),
    "erp.adjustments": Record(
        "adjustment", "adjustment_id", ("created_at",), state="kind", links={"invoice_id": "invoice_story"}
    ),
    "erp.export_queue": Record(
        "queued export",
        "erp_document_id",
        ("queued_at",),
        state=None,
        links={"erp_document_id": "erp_payment"},
    ),
    "crm.approvals": Record(
        "approval",
        "approval_id",
        ("approved_at", "updated_at"),
        state="approval_type",
        links={"invoice_id": "invoice_story", "reserve_id": "reserve_anywhere"},
    ),
    "crm.customers": Record("customer", "customer_id", ("updated_at",), state="customer_type", finds=("tax_id",)),
    "crm.contracts": Record("contract", "contract_id", ("valid_from",)),
    "warehouse.reserves": Record(
        "reserve",
        "reserve_id",
        ("released_at", "reserved_at"),
        gives={"reserve_id": "reserve"},
        links={"invoice_id": "invoice_story", "order_id": "order_story"},
    ),
    "warehouse.deliveries": Record(
        "delivery",
        "delivery_id",
        ("shipped_at",),
        gives={"delivery_id": "delivery"},
        links={"invoice_id": "invoice_story", "order_id": "order_story", "reserve_id": "reserve"},
    ),
    "warehouse.returns": Record(
        "return",
        "return_id",
        ("returned_at",),
        links={"invoice_id": "invoice_story", "order_id": "order_story", "delivery_id": "delivery"},
    ),
    "billing.invoices": Record(
        "postpaid invoice",
        "platform_invoice_id",
        ("closed_at", "billing_period_end"),
        gives={"platform_invoice_id": "platform_invoice"},
    ),
    "billing.payments": Record(
        "billing payment",
        "platform_payment_id",
        ("paid_at", "created_at"),
        links={"platform_invoice_id": "platform_invoice", "erp_document_id": "erp_payment_anywhere"},
    ),
    "billing.accounts": Record("personal account", "personal_account", ("updated_at",), state=None),
    "manual.decisions": Record(
        "decision",
        "decision_id",
        ("decided_at",),
        state="decision_type",
        links={"payment_key": "payment_key", "document_id": "document", "exception_id": "exception"},
    ),
}


def staging_table(contract: str) -> str:
    """`provider.payments` → `stg_provider__payments`."""
    return "stg_" + contract.replace(".", "__")


def base_id(identifier: str) -> str:
    """The document an ERP part belongs to: the id before `#`."""
    return identifier.split("#", 1)[0]


def split_document_id(identifier: str) -> tuple[str, str, str] | None:
    """(contract, source_system, id) of a document id `<contract>:<source_system>:<id>`; None when it is not one."""
    parts = identifier.split(":", 2)
    if len(parts) == 3 and parts[0] in RECORDS:
        return parts[0], parts[1], parts[2]
    return None
