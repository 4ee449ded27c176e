"""Card numbers never leave landing in full (contracts.md, Canonical files)."""

import pytest

from ingest.cards import is_luhn, mask_cards
from tests.ingest.lab import Lab, csv_of


@pytest.mark.parametrize(
    ("text", "masked", "count"),
    [
        ("4111111111111111", "411111******1111", 1),
        ("pay 4111 1111-1111 1111.", "pay 4111 11**-**** 1111.", 1),
        ("4111 - 1111 - 1111 - 1111", "4111 - 11** - **** - 1111", 1),
        ("4222222222222", "422222***2222", 1),
        ("6304000000000000000", "630400*********0000", 1),
        ("378282246310005 and 5555555555554444", "378282*****0005 and 555555******4444", 2),
        ("order 5 4111111111111111 7", "order 5 411111******1111 7", 1),
        ("4111111111111112", "4111111111111112", 0),
        ("411111111111", "411111111111", 0),
        ("40702810411111111111", "40702810411111111111", 0),
        ("99994111111111111111119999", "99994111111111111111119999", 0),
        ("", "", 0),
    ],
)
def test_mask(text: str, masked: str, count: int) -> None:
    assert mask_cards(text) == (masked, count)


def test_luhn() -> None:
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111121")


def test_cards_are_masked_in_free_text_and_in_quarantine(lab: Lab) -> None:
    header = "provider_refund_id,provider_payment_id,amount,currency,status,reason,created_at"
    lines = [
        "1,4111111111111111,5,AMD,pending,к возврату 4111 1111 1111 1111,2026-11-20",
        "2,p,4111111111111111,AMD,pending,4111111111111111,2026-11-20",
        "3,p,5,AMD,pending,nothing 1234567890123456,2026-11-20",
        "4,4111111111111111,short",
    ]
    lab.put("r.csv", csv_of(*lines, header=header), "provider.refunds")
    lab.run()
    found = lab.query("select provider_payment_id, reason from raw.provider__refunds order by provider_refund_id")
    assert found == [("4111111111111111", "к возврату 4111 11** **** 1111"), ("p", "nothing 1234567890123456")]
    assert lab.rejects() == [
        (2, "amount", "411111******1111", "out_of_range"),
        (4, None, "4 | 411111******1111 | short", "wrong_column_count"),
    ]
    assert lab.column("select cards_masked from ops.load_log") == [3]
    for path in lab.home.lake.rglob("*.rejects.parquet"):
        assert b"4111111111111111" not in path.read_bytes()
