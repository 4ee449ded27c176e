"""The contracts are the public interface: what they say, and that a faulty contract file is refused clearly."""

from pathlib import Path

import pytest

from ingest.contract import ContractError, contract, contracts, read_contracts

GOOD = """
source: shop
entities:
  sales:
    description: "One sale."
    snapshot: false
    key: [sale_id]
    columns:
      - {name: sale_id, type: text, required: true, description: "Id."}
      - {name: status, type: enum, required: true, values: [open, paid], description: "State."}
      - {name: amount, type: amount, description: "Amount in major units."}
      - {name: paid_at, type: timestamp, required_when: {status: [paid]}, description: "When paid, UTC."}
"""

KEYS = {
    "bank.lines": "bank_line_id",
    "billing.accounts": "personal_account",
    "billing.invoices": "platform_invoice_id",
    "billing.payments": "platform_payment_id",
    "crm.approvals": "approval_id",
    "crm.contracts": "contract_id",
    "crm.customers": "customer_id",
    "crm.deals": "deal_id",
    "crm.invoices": "invoice_id",
    "crm.payment_requests": "payment_request_id",
    "erp.adjustments": "adjustment_id",
    "erp.export_queue": "erp_document_id",
    "erp.invoices": "erp_document_id",
    "erp.payments": "erp_document_id",
    "erp.refunds": "erp_document_id",
    "fiscal.receipts": "receipt_id attempt_no",
    "manual.decisions": "decision_id",
    "provider.disputes": "dispute_id",
    "provider.payments": "provider_payment_id",
    "provider.payouts": "settlement_batch_id",
    "provider.refunds": "provider_refund_id",
    "warehouse.deliveries": "delivery_id",
    "warehouse.reserves": "reserve_id",
    "warehouse.returns": "return_id",
    "website.orders": "order_id",
    "website.payments": "payment_id",
}


def test_every_contract_is_there_with_its_key() -> None:
    assert {name: " ".join(item.key) for name, item in contracts().items()} == KEYS


def test_provider_payments_column_by_column() -> None:
    item = contract("provider.payments")
    assert (item.source, item.entity, item.raw_table) == ("provider", "payments", "provider__payments")
    assert [f"{column.name}{'*' if column.required else ''} {column.type}" for column in item.columns] == [
        "provider_payment_id* text",
        "provider_reference text",
        "payment_id text",
        "order_id text",
        "invoice_id text",
        "status* enum",
        "amount* amount",
        "currency* currency",
        "fee_amount amount",
        "method enum",
        "created_at* timestamp",
        "paid_at timestamp",
        "updated_at timestamp",
        "settlement_batch_id text",
    ]
    statuses = ("created", "pending", "authorized", "paid", "failed", "cancelled", "expired")
    assert item.column("status").values == statuses
    assert item.column("amount").sql_type == "DECIMAL(19,4)"


def test_only_the_export_queue_is_a_snapshot() -> None:
    assert [name for name, item in contracts().items() if item.snapshot] == ["erp.export_queue"]


def test_what_is_required_only_with_a_status() -> None:
    found = {
        f"{name}.{column.name}": column.required_when
        for name, item in contracts().items()
        for column in item.columns
        if column.required_when
    }
    assert found == {
        "billing.invoices.closed_at": {"status": ("closed",)},
        "billing.payments.paid_at": {"status": ("completed",)},
        "fiscal.receipts.registered_at": {"status": ("success",)},
        "provider.payments.paid_at": {"status": ("paid",)},
        "provider.refunds.refunded_at": {"status": ("succeeded",)},
        "warehouse.reserves.released_at": {"status": ("released",)},
    }


def test_which_amounts_may_be_negative() -> None:
    found = {f"{name}.{column.name}" for name, item in contracts().items() for column in item.columns if column.signed}
    assert found == {
        "bank.lines.amount",
        "erp.adjustments.amount",
        "provider.payouts.adjustment_amount",
        "provider.payouts.fee_amount",
        "provider.payouts.net_amount",
    }


def test_what_stands_in_for_an_empty_value() -> None:
    receipts = contract("fiscal.receipts")
    defaults = {column.name: column.default for column in receipts.columns if column.default is not None}
    assert defaults == {"attempt_no": "1", "settlement_kind": "payment"}


def test_where_card_numbers_are_masked_and_dashes_mean_nothing() -> None:
    lines = contract("bank.lines")
    assert [column.name for column in lines.columns if column.is_free_text] == ["counterparty_name", "purpose"]
    assert [column.name for column in lines.columns if column.is_reference] == [
        "bank_line_id",
        "account",
        "counterparty_tax_id",
        "bank_reference",
        "erp_document_id",
    ]


def test_an_unknown_contract_is_named_beside_the_known_ones() -> None:
    with pytest.raises(KeyError) as caught:
        contract("provider.payment")
    assert "'provider.payment'" in str(caught.value)
    assert "provider.payments" in str(caught.value)


def test_contracts_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        contracts()["provider.payments"] = contract("bank.lines")  # type: ignore[index]


def write(folder: Path, text: str) -> Path:
    (folder / "shop.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_good_file_is_read(tmp_path: Path) -> None:
    item = read_contracts(write(tmp_path, GOOD))["shop.sales"]
    assert item.column_names == ("sale_id", "status", "amount", "paid_at")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("source: shop", "source: store", "source is 'store', it must be 'shop'"),
        ("type: amount,", "type: money,", "sales.amount: unknown type 'money'"),
        ("values: [open, paid], ", "", "sales.status: an enum needs values"),
        ("type: amount,", "type: amount, values: [a],", "only an enum has them"),
        ("values: [open, paid]", "values: [open, open]", "sales.status: values lists a value twice"),
        ("values: [open, paid]", "values: [open, yes]", "sales.status: values must be a list of texts"),
        ("type: amount,", "type: text, signed: true,", "sales.amount: only an amount can be signed"),
        ("type: amount,", "type: amount, requierd: true,", "unknown field 'requierd'"),
        ("type: amount,", "type: amount, required: maybe,", "required must be true or false"),
        ("type: amount,", "type: amount, required: true, default: 0,", "required stands alone"),
        ("{status: [paid]}", "{status: [payed]}", "sales.paid_at: required_when names status = ['payed']"),
        ("{status: [paid]}", "{state: [paid]}", "sales.paid_at: required_when names state = ['paid']"),
        ("name: amount", "name: status", "column status is listed twice"),
        ("name: amount", "name: source_system", "column source_system is reserved"),
        ("key: [sale_id]", "key: [sale]", "key names sale, which is no column"),
        ("key: [sale_id]", "key: []", "key must name at least one column"),
        ("key: [sale_id]", "key: [sale_id, amount]", "sales.amount: a key column must be required"),
        ('description: "One sale."', "description: ''", "sales: description must be given"),
        ("  sales:", "  sales: {}\n  others:", "sales: must be a mapping with at least one entry"),
        ("source: shop", "source: [shop", "not readable as YAML"),
    ],
)
def test_a_faulty_file_is_refused_with_file_and_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(ContractError) as caught:
        read_contracts(write(tmp_path, GOOD.replace(old, new, 1)))
    assert message in str(caught.value)
    assert "shop.yaml" in str(caught.value)


def test_a_folder_without_contracts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no contract files"):
        read_contracts(tmp_path)
