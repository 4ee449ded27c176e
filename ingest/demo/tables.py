"""Which columns of which contracts the demonstration systems export, and in what kind of file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One exported table. ``parts`` are the files of one extract: one, or one per provider.

    A table that is not ``daily`` has an extract only on days on which something happened.
    """

    contract: str
    columns: tuple[str, ...]
    format: str = "csv"
    parts: tuple[str, ...] = ("",)
    daily: bool = True

    def file_name(self, part: str) -> str:
        """``payments.csv``, or ``arca.csv`` where each provider sends its own file."""
        return f"{part or self.contract.split('.')[1]}.{self.format}"


PROVIDERS = ("arca", "idram")


def _table(
    contract: str, columns: str, form: str = "csv", parts: tuple[str, ...] = ("",), *, daily: bool = True
) -> Table:
    return Table(contract, tuple(columns.split()), form, parts, daily)


TABLES: dict[str, Table] = {
    table.contract: table
    for table in (
        _table(
            "provider.payments",
            "source_system provider_payment_id provider_reference payment_id order_id invoice_id status amount currency"
            " fee_amount method created_at paid_at updated_at settlement_batch_id",
            parts=PROVIDERS,
        ),
        _table(
            "provider.refunds",
            "source_system provider_refund_id provider_payment_id payment_id refund_id amount currency status reason"
            " created_at refunded_at updated_at settlement_batch_id",
            form="ndjson",
            parts=PROVIDERS,
        ),
        _table(
            "provider.disputes",
            "source_system dispute_id provider_payment_id amount currency status opened_at closed_at updated_at"
            " settlement_batch_id",
            parts=PROVIDERS,
        ),
        _table(
            "provider.payouts",
            "source_system settlement_batch_id gross_amount refund_amount dispute_amount fee_amount adjustment_amount"
            " net_amount currency payout_date bank_reference updated_at",
            parts=PROVIDERS,
        ),
        _table("website.orders", "order_id customer_id amount currency status created_at updated_at"),
        _table(
            "website.payments",
            "payment_id order_id invoice_id provider_payment_id provider_reference amount currency status status_source"
            " created_at paid_at updated_at",
        ),
        _table("crm.customers", "customer_id name customer_type tax_id accounting_code is_active updated_at"),
        _table(
            "crm.contracts",
            "contract_id customer_id currency credit_limit payment_terms_days responsible_manager personal_account"
            " valid_from status updated_at",
        ),
        _table(
            "crm.invoices",
            "invoice_id customer_id contract_id order_id amount currency issued_at due_date status updated_at",
        ),
        _table(
            "crm.payment_requests",
            "payment_request_id invoice_id customer_id payment_id kind amount currency due_date expires_at status"
            " created_at updated_at",
        ),
        _table("crm.deals", "deal_id order_id invoice_id payment_id payment_status amount currency updated_at"),
        _table(
            "crm.approvals",
            "approval_id approval_type invoice_id reserve_id actor reason approved_at valid_until updated_at",
            form="ndjson",
        ),
        _table(
            "erp.payments",
            "erp_document_id document_type number posted deleted document_date payment_id provider_reference order_id"
            " invoice_id customer_id customer_tax_id organisation_tax_id contract_id amount currency is_manual"
            " changed_by change_reason changed_at fiscal_receipt_status fiscal_checked_at updated_at",
        ),
        _table(
            "erp.refunds",
            "erp_document_id number posted deleted document_date original_erp_document_id payment_id refund_id"
            " provider_refund_id invoice_id customer_id amount currency is_manual changed_by change_reason changed_at"
            " updated_at",
        ),
        _table(
            "erp.invoices",
            "erp_document_id number posted deleted invoice_id order_id customer_id customer_tax_id contract_id amount"
            " currency issued_at due_date status billing_period_start account_id updated_at",
        ),
        _table("erp.export_queue", "erp_document_id queued_at attempts last_error"),
        _table(
            "erp.adjustments",
            "adjustment_id invoice_id customer_id kind amount currency posted actor reason created_at updated_at",
        ),
        _table(
            "warehouse.reserves",
            "reserve_id invoice_id order_id customer_id amount currency status reserved_at released_at released_by"
            " release_reason updated_at",
        ),
        _table(
            "warehouse.deliveries",
            "delivery_id reserve_id invoice_id order_id amount currency status shipped_at updated_at",
        ),
        _table(
            "warehouse.returns",
            "return_id delivery_id invoice_id order_id amount currency status returned_at reason updated_at",
            form="ndjson",
        ),
        _table(
            "fiscal.receipts",
            "receipt_id attempt_no external_id payment_id refund_id provider_refund_id erp_document_id order_id"
            " receipt_type settlement_kind amount currency status error_message created_at registered_at checked_at"
            " fiscal_document_number fiscal_sign updated_at",
        ),
        _table(
            "bank.lines",
            "bank_line_id account booked_date amount currency counterparty_name counterparty_tax_id purpose"
            " bank_reference erp_document_id",
        ),
        _table(
            "billing.invoices",
            "platform_invoice_id account_id customer_id billing_period_start billing_period_end status amount currency"
            " external_total external_currency blocked_charges_amount closed_at updated_at",
        ),
        _table(
            "billing.payments",
            "platform_payment_id kind platform_invoice_id personal_account erp_document_id payer_tax_id"
            " organisation_tax_id method_name amount currency status due_date created_at paid_at updated_at",
        ),
        _table("billing.accounts", "personal_account customer_id organisation_tax_id is_active updated_at"),
        _table(
            "manual.decisions",
            "decision_id decision_type exception_id document_id payment_key owner actor reason decided_at snooze_until"
            " approved_by approved_at",
            daily=False,
        ),
    )
}
