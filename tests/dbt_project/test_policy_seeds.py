"""The policy seeds say what the specification says: catalogue, what sees each code, graces and the words people read.

The expected tables are written out here, not derived: whoever changes a policy by accident learns it in milliseconds.
"""

import csv
import re
from pathlib import Path

import pytest

from ingest.contract import contracts
from ingest.demo.rules import CONTRACTS

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"

CLASSES = {"M": "mismatch", "A": "absent", "O": "operational"}
SLA_HOURS = {"critical": 24, "high": 72, "medium": 168, "low": 336}

# code | class | severity | owner | seen by | of these, the contracts without any of which the code is silent
CATALOGUE = """
provider_paid_erp_unpaid           | A | critical | finance     | EP WP PP PO             | EP
erp_posted_provider_not_paid       | M | critical | finance     | PP WP PO                | PP
website_paid_provider_not_paid     | M | high     | finance     | PP EP                   | PP
provider_paid_website_unpaid       | A | medium   | finance     | WP                      |
crm_status_mismatch                | M | medium   | finance     | CD PP EP WP             | PP
erp_amount_mismatch                | M | critical | finance     | EP                      |
website_amount_mismatch            | M | high     | finance     | WP                      |
currency_mismatch                  | M | critical | finance     |                         |
invoice_currency_mismatch          | M | high     | finance     | CI EI                   |
erp_duplicate_document             | M | high     | finance     |                         |
business_date_mismatch             | O | low      | finance     |                         |
duplicate_payment                  | M | high     | finance     | WO WP PR                |
several_invoices_for_payment       | M | high     | finance     | PP                      |
unlinked_payment                   | M | high     | finance     | WP EP                   |
payment_stuck_at_provider          | A | medium   | finance     | PP                      |
ambiguous_match                    | M | high     | finance     |                         |
suggested_match                    | O | medium   | finance     |                         |
receipt_missing                    | A | critical | fiscal      | FR EP WP                | FR
receipt_stuck                      | A | high     | fiscal      | FR                      |
receipt_failed                     | A | critical | fiscal      | FR                      |
receipt_duplicate                  | M | high     | fiscal      |                         |
receipt_amount_mismatch            | M | high     | fiscal      | FR PP EP                |
receipt_without_payment            | M | high     | fiscal      | PP EP WP                | PP
erp_receipt_status_stale           | O | low      | fiscal      | EP FR                   |
manual_change_without_audit        | M | high     | finance     |                         |
dispute_lost_not_in_erp            | A | high     | finance     | ER                      | ER
order_paid_without_payment         | M | high     | finance     | PP EP WP                | PP EP
order_amount_mismatch              | M | high     | finance     | PP EP WP PR ER          |
order_cancelled_but_paid           | A | high     | finance     | PR ER                   | PR ER
direct_payment_not_in_bank         | A | high     | finance     | BL                      | BL
bank_receipt_not_in_erp            | A | high     | finance     | EP PO                   | EP
refund_missing_in_erp              | A | critical | finance     | ER EP                   | ER
refund_missing_in_provider         | A | critical | finance     | PR PP PD                | PR
refund_amount_mismatch             | M | high     | finance     |                         |
refund_exceeds_payment             | M | critical | finance     | PP EP                   |
refund_receipt_missing             | A | high     | fiscal      | FR                      | FR
refund_receipt_amount_mismatch     | M | high     | fiscal      |                         |
refund_receipt_without_refund      | M | high     | fiscal      | PR ER                   | PR
refund_unlinked                    | M | high     | finance     | PP EP EI CI             | PP
payout_arithmetic_error            | M | high     | finance     |                         |
payout_total_mismatch              | M | critical | finance     | PP PR PD                |
payout_fee_mismatch                | M | medium   | finance     | PP                      |
payment_missing_from_payout        | A | high     | finance     | PP PO                   | PO
payout_missing_in_bank             | A | critical | finance     | BL                      | BL
erp_batch_amount_mismatch          | M | critical | finance     | EP                      |
invoice_missing_in_erp             | A | medium   | sales       | EI                      | EI
invoice_amount_mismatch            | M | high     | sales       | EI CI                   |
invoice_cancelled_in_one_system    | M | medium   | sales       | EI CI                   |
erp_duplicate_invoice              | M | high     | sales       |                         |
erp_invoice_closed_with_debt       | M | high     | sales       | PP EP EA WT             |
erp_invoice_open_but_paid          | A | medium   | sales       | EI EA CI                |
invoice_overdue                    | O | medium   | sales       | PP EP                   |
invoice_overpaid                   | O | medium   | sales       | CI EI EA PR ER          |
return_not_refunded                | A | medium   | sales       | PR ER                   | PR ER
shipped_without_clearance          | M | critical | warehouse   | PP EP CA CI WO EA WT PR |
reserve_released_without_clearance | M | critical | warehouse   | PP EP CA CI WO EA WT PR |
reserve_not_released               | A | medium   | warehouse   | WR EA CI                |
delivery_exceeds_invoice           | M | high     | warehouse   | CI EI WT                |
delivery_without_invoice           | M | medium   | warehouse   | CI EI WO                | CI EI WO
override_without_audit             | M | high     | sales       |                         |
credit_limit_exceeded              | M | high     | sales       | PP EP WT                |
payment_request_amount_mismatch    | M | medium   | sales       |                         |
paid_after_request_expired         | O | low      | sales       |                         |
blocked_charges_open               | A | high     | billing     | BI                      |
postpay_invoice_not_closed         | A | medium   | billing     | BI                      |
postpay_payment_missing            | A | high     | billing     | BP                      | BP
postpay_invoice_unmatched          | A | high     | billing     | EI                      | EI
postpay_invoice_ambiguous          | M | high     | billing     |                         |
postpay_not_approved               | A | high     | billing     | BP EI                   |
postpay_completed_without_approval | M | critical | billing     |                         |
postpay_external_total_mismatch    | M | high     | billing     | BI                      |
postpay_balance_payment_forbidden  | M | high     | billing     |                         |
postpay_paid_not_completed         | A | critical | billing     | BP                      |
postpay_completed_not_paid         | M | critical | billing     | EI                      |
postpay_overdue                    | O | medium   | billing     | BP                      |
billing_payment_missing            | A | critical | billing     | BP EQ CC                | BP
billing_export_stuck               | A | high     | billing     | EQ                      |
contract_without_personal_account  | M | high     | billing     | CC EP                   | CC
billing_amount_mismatch            | M | critical | billing     |                         |
billing_payment_duplicate          | M | critical | billing     |                         |
billing_payment_without_document   | M | critical | billing     | EP                      | EP
billing_wrong_account              | M | critical | billing     |                         |
billing_account_inactive           | M | medium   | billing     | BA                      |
billing_payer_mismatch             | M | high     | billing     |                         |
billing_organisation_mismatch      | M | high     | billing     |                         |
billing_method_mismatch            | M | low      | billing     |                         |
source_extract_missing             | O | high     | integration |                         |
rows_rejected                      | O | medium   | integration |                         |
extract_refused                    | O | high     | integration |                         |
decision_without_approval          | M | high     | finance     |                         |
"""

GRACE_HOURS = {
    "website": 1,
    "crm": 24,
    "erp": 24,
    "fiscal": 24,
    "fiscal_retry": 4,
    "fiscal_check": 24,
    "erp_refund": 48,
    "provider_refund": 48,
    "fiscal_refund": 24,
    "payout": 120,
    "payout_total": 24,
    "bank": 120,
    "order_payment": 72,
    "billing_export": 2,
    "postpay_approval": 72,
    "postpay_completion": 24,
    "invoice_erp": 48,
    "reserve_release": 24,
    "return_refund": 168,
    "authorization": 168,
}

ERP_RECEIPT_WORDS = {
    "accept": "accepted",
    "accepted": "accepted",
    "принят": "accepted",
    "success": "success",
    "done": "success",
    "проведен": "success",
    "error": "error",
    "fail": "error",
    "wait": "processing",
    "processing": "processing",
}


def rows(seed: str) -> list[dict[str, str]]:
    """The rows of a seed as text, in file order."""
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def catalogue() -> dict[str, tuple[str, str, str, frozenset[str], frozenset[str]]]:
    """Code → class, severity, owner, contracts that see it, those of which one must be configured."""
    lines = [[cell.strip() for cell in line.split("|")] for line in CATALOGUE.strip().splitlines()]
    return {
        code: (
            CLASSES[kind],
            severity,
            owner,
            frozenset(CONTRACTS[short] for short in seen.split()),
            frozenset(CONTRACTS[short] for short in required.split()),
        )
        for code, kind, severity, owner, seen, required in lines
    }


TYPES = {row["exception_code"]: row for row in rows("exception_types")}


def test_the_catalogue_is_complete_and_names_each_code_once() -> None:
    assert [row["exception_code"] for row in rows("exception_types")] == list(catalogue())


@pytest.mark.parametrize("code", list(catalogue()))
def test_a_code_has_the_class_severity_owner_and_sla_of_the_catalogue(code: str) -> None:
    kind, severity, owner, _, _ = catalogue()[code]
    row = TYPES[code]
    said = (row["exception_class"], row["severity"], row["owner"], int(row["sla_hours"]))
    assert said == (kind, severity, owner, SLA_HOURS[severity])


@pytest.mark.parametrize("code", list(catalogue()))
def test_a_code_is_seen_by_the_contracts_of_the_catalogue(code: str) -> None:
    _, _, _, seen_by, required = catalogue()[code]
    listed = [row for row in rows("exception_seen_by") if row["exception_code"] == code]
    assert sorted(row["contract"] for row in listed) == sorted(seen_by)
    assert {row["contract"] for row in listed if row["must_be_configured"] == "true"} == required


def test_what_sees_a_code_is_a_contract_of_ours() -> None:
    listed = rows("exception_seen_by")
    assert {row["contract"] for row in listed} <= set(contracts())
    assert {row["exception_code"] for row in listed} <= set(TYPES)
    assert {row["must_be_configured"] for row in listed} <= {"true", "false"}


@pytest.mark.parametrize("code", list(catalogue()))
def test_titles_and_actions_are_written_in_both_languages(code: str) -> None:
    row = TYPES[code]
    for column in ("title_en", "action_en"):
        assert row[column].strip() and not re.search("[а-яё]", row[column], flags=re.IGNORECASE), column
    for column in ("title_ru", "action_ru"):
        assert re.search("[а-яё]", row[column], flags=re.IGNORECASE), column


def test_titles_tell_the_codes_apart() -> None:
    for column in ("title_en", "title_ru"):
        titles = [row[column] for row in TYPES.values()]
        assert len(titles) == len(set(titles)), column


def test_only_absent_legs_of_documents_are_silenced_by_an_ambiguous_document() -> None:
    legs = {code: row["missing_leg"] for code, row in TYPES.items() if row["missing_leg"]}
    assert legs == {
        "provider_paid_erp_unpaid": "erp",
        "erp_posted_provider_not_paid": "provider",
        "website_paid_provider_not_paid": "provider",
        "receipt_missing": "fiscal",
        "receipt_without_payment": "provider",
    }


def test_graces_are_those_of_the_specification() -> None:
    listed = rows("grace_hours")
    assert {row["grace_name"]: int(row["hours"]) for row in listed} == GRACE_HOURS
    assert len(listed) == len(GRACE_HOURS)


def test_every_grace_a_rule_names_exists() -> None:
    models = (SEEDS.parent / "models").rglob("*.sql")
    named = {name for model in models for name in re.findall(r"grace='(\w+)'", model.read_text(encoding="utf-8"))}
    assert named and named <= set(GRACE_HOURS)


def test_every_code_has_a_rule_and_every_rule_a_code() -> None:
    models = (SEEDS.parent / "models" / "intermediate" / "exceptions").glob("*_candidates.sql")
    named = {
        code for model in models for code in re.findall(r"{{ candidate\(\s*'(\w+)'", model.read_text(encoding="utf-8"))
    }
    assert named == set(TYPES)


def test_other_policy_starts_as_specified() -> None:
    assert {row["lag_name"]: row["days"] for row in rows("lag_days")} == {"posting_lag_days": "3"}
    assert {(row["leg"], row["currency"]) for row in rows("tolerances")} == {
        (leg, "*") for leg in ("erp", "website", "fiscal", "refund", "billing")
    }
    assert {float(row["tolerance"]) for row in rows("tolerances")} == {0.0}
    assert rows("non_working_days") == []
    assert rows("provider_booking") == []
    assert rows("bank_ignored_lines") == []
    assert [tuple(row.values()) for row in rows("fiscal_requirements")] == [
        ("provider", "*", "*", "true"),
        ("direct", "bank_receipt", "individual", "true"),
    ]
    assert {row["document_type"]: row["method_name"] for row in rows("billing_methods")} == {
        "cash_receipt_order": "Оплата наличными",
        "incoming_payment_order": "Оплата банковской картой",
        "customer_card_payment": "Оплата платежной картой через терминал",
    }


def test_the_words_of_erp_for_receipts_are_mapped_as_specified() -> None:
    words = {row["erp_status"]: row["receipt_status"] for row in rows("erp_receipt_statuses")}
    assert ERP_RECEIPT_WORDS.items() <= words.items()
    assert all(word == word.lower() for word in words)
