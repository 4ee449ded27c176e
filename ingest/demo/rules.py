"""The catalogue's rules of time, transcribed from ``exceptions.md``: the grace of each code and who sees it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Grace in hours and the contracts that cover the rule."""

    grace: int
    seen_by: tuple[str, ...]


CONTRACTS = {
    "PP": "provider.payments",
    "PR": "provider.refunds",
    "PD": "provider.disputes",
    "PO": "provider.payouts",
    "WO": "website.orders",
    "WP": "website.payments",
    "CI": "crm.invoices",
    "CC": "crm.contracts",
    "CA": "crm.approvals",
    "CD": "crm.deals",
    "EP": "erp.payments",
    "ER": "erp.refunds",
    "EI": "erp.invoices",
    "EA": "erp.adjustments",
    "EQ": "erp.export_queue",
    "WR": "warehouse.reserves",
    "WT": "warehouse.returns",
    "FR": "fiscal.receipts",
    "BI": "billing.invoices",
    "BP": "billing.payments",
    "BA": "billing.accounts",
    "BL": "bank.lines",
}


def _rule(grace: int, seen_by: str) -> Rule:
    return Rule(grace, tuple(CONTRACTS[word] for word in seen_by.split()))


_CLEARANCE = "PP EP CA CI WO EA WT PR"

RULES: dict[str, Rule] = {
    # Payments
    "provider_paid_erp_unpaid": _rule(24, "EP WP PP PO"),
    "erp_posted_provider_not_paid": _rule(24, "PP WP PO"),
    "website_paid_provider_not_paid": _rule(1, "PP EP"),
    "provider_paid_website_unpaid": _rule(1, "WP"),
    "crm_status_mismatch": _rule(24, "CD PP EP WP"),
    "erp_amount_mismatch": _rule(24, "EP"),
    "website_amount_mismatch": _rule(0, "WP"),
    "currency_mismatch": _rule(0, ""),
    "invoice_currency_mismatch": _rule(0, "CI EI"),
    "erp_duplicate_document": _rule(0, ""),
    "business_date_mismatch": _rule(0, ""),
    "duplicate_payment": _rule(0, "WO WP PR"),
    "several_invoices_for_payment": _rule(0, "PP"),
    "unlinked_payment": _rule(24, "WP EP"),
    "payment_stuck_at_provider": _rule(168, "PP"),
    "ambiguous_match": _rule(0, ""),
    "suggested_match": _rule(0, ""),
    "receipt_missing": _rule(24, "FR EP WP"),
    "receipt_stuck": _rule(24, "FR"),
    "receipt_failed": _rule(4, "FR"),
    "receipt_duplicate": _rule(0, ""),
    "receipt_amount_mismatch": _rule(24, "FR PP EP"),
    "receipt_without_payment": _rule(24, "PP EP WP"),
    "erp_receipt_status_stale": _rule(24, "EP FR"),
    "manual_change_without_audit": _rule(0, ""),
    "dispute_lost_not_in_erp": _rule(48, "ER"),
    "order_paid_without_payment": _rule(72, "PP EP WP"),
    "order_amount_mismatch": _rule(72, "PP EP WP PR ER"),
    "order_cancelled_but_paid": _rule(168, "PR ER"),
    "direct_payment_not_in_bank": _rule(120, "BL"),
    "bank_receipt_not_in_erp": _rule(120, "EP PO"),
    # Refunds
    "refund_missing_in_erp": _rule(48, "ER EP"),
    "refund_missing_in_provider": _rule(48, "PR PP PD"),
    "refund_amount_mismatch": _rule(0, ""),
    "refund_exceeds_payment": _rule(0, "PP EP"),
    "refund_receipt_missing": _rule(24, "FR"),
    "refund_receipt_amount_mismatch": _rule(0, ""),
    "refund_receipt_without_refund": _rule(24, "PR ER"),
    "refund_unlinked": _rule(0, "PP EP EI CI"),
    # Settlement
    "payout_arithmetic_error": _rule(0, ""),
    "payout_total_mismatch": _rule(24, "PP PR PD"),
    "payout_fee_mismatch": _rule(24, "PP"),
    "payment_missing_from_payout": _rule(120, "PP PO"),
    "payout_missing_in_bank": _rule(120, "BL"),
    "erp_batch_amount_mismatch": _rule(0, "EP"),
    # Invoices, goods, credit
    "invoice_missing_in_erp": _rule(48, "EI"),
    "invoice_amount_mismatch": _rule(0, "EI CI"),
    "invoice_cancelled_in_one_system": _rule(48, "EI CI"),
    "erp_duplicate_invoice": _rule(0, ""),
    "erp_invoice_closed_with_debt": _rule(24, "PP EP EA WT"),
    "erp_invoice_open_but_paid": _rule(24, "EI EA CI"),
    "invoice_overdue": _rule(24, "PP EP"),
    "invoice_overpaid": _rule(0, "CI EI EA PR ER"),
    "return_not_refunded": _rule(168, "PR ER"),
    "shipped_without_clearance": _rule(0, _CLEARANCE),
    "reserve_released_without_clearance": _rule(0, _CLEARANCE),
    "reserve_not_released": _rule(24, "WR EA CI"),
    "delivery_exceeds_invoice": _rule(0, "CI EI WT"),
    "delivery_without_invoice": _rule(0, "CI EI WO"),
    "override_without_audit": _rule(0, ""),
    "credit_limit_exceeded": _rule(0, "PP EP WT"),
    "payment_request_amount_mismatch": _rule(0, ""),
    "paid_after_request_expired": _rule(0, ""),
    # Postpaid invoices
    "blocked_charges_open": _rule(0, "BI"),
    "postpay_invoice_not_closed": _rule(0, "BI"),
    "postpay_payment_missing": _rule(24, "BP"),
    "postpay_invoice_unmatched": _rule(72, "EI"),
    "postpay_invoice_ambiguous": _rule(0, ""),
    "postpay_not_approved": _rule(72, "BP EI"),
    "postpay_completed_without_approval": _rule(0, ""),
    "postpay_external_total_mismatch": _rule(0, "BI"),
    "postpay_balance_payment_forbidden": _rule(0, ""),
    "postpay_paid_not_completed": _rule(24, "BP"),
    "postpay_completed_not_paid": _rule(24, "EI"),
    "postpay_overdue": _rule(0, "BP"),
    # Export to billing
    "billing_payment_missing": _rule(2, "BP EQ CC"),
    "billing_export_stuck": _rule(2, "EQ"),
    "contract_without_personal_account": _rule(0, "CC EP"),
    "billing_amount_mismatch": _rule(0, ""),
    "billing_payment_duplicate": _rule(0, ""),
    "billing_payment_without_document": _rule(0, "EP"),
    "billing_wrong_account": _rule(0, ""),
    "billing_account_inactive": _rule(0, "BA"),
    "billing_payer_mismatch": _rule(0, ""),
    "billing_organisation_mismatch": _rule(0, ""),
    "billing_method_mismatch": _rule(0, ""),
    # Sources: by arrival alone, see faults_sources
    "source_extract_missing": _rule(0, ""),
    "rows_rejected": _rule(0, ""),
    "extract_refused": _rule(0, ""),
    "decision_without_approval": _rule(0, ""),
}
