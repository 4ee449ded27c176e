"""Each control total of each file that has one is verified: any of them changed by one refuses its file.

The files are the fixtures and, where they are at hand, the samples, those that give rows.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row
from tests.formats.test_camt import camt, entry
from tests.formats.test_golden import FILES, FIXTURES, SUFFIX
from tests.formats.test_rbs_gateway import order
from tests.formats.test_samples import EXPECTED, FOLDERS, samples

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]

_CELLS = r"^txn_\d+(?:,[^,\n]*){%d},-?(\d+)"
TOTALS = {
    "client_bank_exchange": (r"^(?:НачальныйОстаток|ВсегоПоступило|ВсегоСписано|КонечныйОстаток)=(\d+)",),
    "yookassa_registry": (r"^(?:Сумма принятых платежей[^:\n]*|Число платежей): (\d+)",),
    "stripe": (_CELLS % 3, _CELLS % 4, _CELLS % 5),
    "camt": (
        r"<Cd>(?:OPBD|PRCD|CLBD)</Cd>[^Ω]*?<Amt[^>]*>(\d+)",
        r"<(?:NbOfNtries|Sum|TtlNetNtryAmt|TtlNetNtry><Amt)>(\d+)",
    ),
    "mt940": (r"^:6[02][FM]:[CD]\d{6}(?:[A-Z]{3})?(\d+)",),
    "upd": (r'СтТовУчНалВсего="(\d+)',),
    "onec_odata": (r'"odata.count": "(\d+)"',),
    "rbs_gateway": (r'"totalCount": (\d+)',),
    "table": (r"^Операций в реестре: (\d+)",),
}
"""Where each format states its totals: the whole units of a number."""

UNPROVEN = {
    "empty_queue.json": "more records may be on other pages",
    "invoice_only.xml": "it transfers nothing, so no amount of it is read",
    **dict.fromkeys(
        (
            "camt053.v2.minimal.ultimate.xml",
            "camt053.v2.minimal.xml",
            "camt053.v2.with-party-ids.xml",
            "camt053.v3.xml",
        ),
        "it opens in one currency and closes in another",
    ),
    **dict.fromkeys(("camt053.v4.xml", "camt053.v8.xml"), "a second page"),
}
"""Files with totals that prove nothing, and why."""


COUNTING = ("onec_odata", "rbs_gateway", "table")
"""Formats whose totals count records and sum nothing."""


class File(NamedTuple):
    """A file that gives rows, and what its parser is told."""

    format: str
    name: str
    text: str
    encoding: str
    options: FormatOptions

    def refused(self, text: str) -> str | None:
        """The reason for which the file is refused with this text."""
        try:
            list(FORMATS[self.format].parse(io.BytesIO(text.encode(self.encoding)), self.options))
        except FileRefused as refused:
            return refused.reason
        return None


def decoded(data: bytes) -> tuple[str, str]:
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1251"), "cp1251"


def fixtures() -> Iterator[File]:
    for path in (FIXTURES / name for name in FILES if name.partition("/")[0] in TOTALS):
        told = json.loads(path.with_name(path.name + SUFFIX).read_text("utf-8"))
        if (
            isinstance(told["outcome"], list)
            and path.suffix != ".xlsx"
            and is_summed(path.parent.name, told["outcome"])
        ):
            options = FormatOptions(
                path.name,
                encoding=told.get("encoding"),
                contracts=tuple(told["contracts"]),
                options=told["options"],
                decimal_comma=told.get("decimal_comma", False),
            )
            yield File(path.parent.name, path.name, *decoded(path.read_bytes()), options)


def is_summed(name: str, outcome: list[dict[str, Any]]) -> bool:
    """Whether the amounts of a file can all be read; where records are counted that does not matter."""
    return name in COUNTING or not any(item.get("reject", [""])[0] == "amount" for item in outcome)


def at_hand() -> Iterator[File]:
    root = samples()
    for name in (name for name in TOTALS if name in FOLDERS) if root else ():
        for path in sorted((root / FOLDERS[name]).iterdir()):
            if isinstance(EXPECTED[name][path.name], list):
                options = FormatOptions(path.name, options={"currency": "RUB"})
                yield File(name, path.name, *decoded(path.read_bytes()), options)


def changed(file: File) -> Iterator[str]:
    """The file with each of its totals changed by one."""
    for pattern in TOTALS[file.format]:
        for match in re.finditer(pattern, file.text, re.MULTILINE):
            number = int(match[1])
            other = str(number - 1 if number else 1)
            yield file.text[: match.start(1)] + other + file.text[match.end(1) :]


def verified(files: Iterator[File]) -> Counter[str]:
    """How many totals of each file are verified; all must be."""
    counts: Counter[str] = Counter()
    for file in (file for file in files if file.name not in UNPROVEN):
        assert file.refused(file.text) is None, file.name
        for text in changed(file):
            assert file.refused(text) == "control_total_mismatch", file.name
            counts[f"{file.format}/{file.name}"] += 1
    return counts


def test_each_total_of_each_fixture_is_verified() -> None:
    counts = verified(fixtures())
    assert {name.partition("/")[0] for name in counts} == set(TOTALS)


def test_each_total_of_each_sample_is_verified() -> None:
    expected = {
        "client_bank_exchange/kl_to_1c.txt": 4,
        "client_bank_exchange/vypiska-1c.txt": 4,
        "camt/camt053.v2.multi.statement.xml": 4,
        "mt940/171011_01234945.sta": 2,
        "mt940/mt940.sta": 6,
        "mt940/mt940.txt": 62,
        "mt940/raphaelm.sta": 6,
        "mt940/sns.sta": 4,
        "mt940/transaction_details_wrapped.sta": 2,
        "rbs_gateway/GetLastOrdersForMerchantsRequestSuccess.txt": 1,
    }
    assert verified(at_hand()) == (expected if samples() else {})


@pytest.mark.parametrize(
    ("name", "record", "count"),
    [
        ("statement_053_v2.xml", r"^ *<Ntry>.*\n", 5),
        ("statement.sta", r"^:61:.*\n", 7),
        ("statement_utf8.txt", r"^СекцияДокумент[^Ω]*?КонецДокумента\r?\n", 5),
        ("registry_utf8.csv", r"^[0-9a-f-]{36};.*\n", 3),
        ("report.csv", r"^txn_(?!.*,payout,).*,po_1,.*\n", 5),
    ],
)
def test_a_record_that_is_missing_is_missed(name: str, record: str, count: int) -> None:
    (file,) = (file for file in fixtures() if file.name == name)
    found = list(re.finditer(record, file.text, re.MULTILINE))
    assert len(found) == count
    for match in found:
        assert file.refused(file.text[: match.start()] + file.text[match.end() :]) == "control_total_mismatch", match[0]


@pytest.mark.parametrize(
    ("net", "mark", "is_right"), [("2", "CRDT", True), ("2", "DBIT", False), ("12", "CRDT", False)]
)
@pytest.mark.parametrize("form", ["<TtlNetNtry><Amt>{}</Amt>{}</TtlNetNtry>", "<TtlNetNtryAmt>{}</TtlNetNtryAmt>{}"])
def test_camt_net_of_the_entries(
    parse: Parse, refusal: Refusal, net: str, mark: str, is_right: bool, form: str
) -> None:
    summary = f"<TxsSummry><TtlNtries>{form.format(net, f'<CdtDbtInd>{mark}</CdtDbtInd>')}</TtlNtries></TxsSummry>"
    body = camt(summary + entry("7.00") + entry("5.00", mark="DBIT"))
    if is_right:
        assert len(parse("camt", body)) == 2
    else:
        assert "net in TtlNtries" in refusal("camt", body).message


def test_camt_batch_is_one_line_of_its_entrys_amount(parse: Parse) -> None:
    """Banks leave transactions out of it or count them before charges: its own total proves nothing."""
    batch = "<NtryDtls><Btch><NbOfTxs>20</NbOfTxs><TtlAmt Ccy='EUR'>9</TtlAmt></Btch><TxDtls/></NtryDtls>"
    (line,) = parse("camt", camt(entry("7.00", more=batch)))
    assert isinstance(line, Row) and line.values["amount"] == "7.00"


@pytest.mark.parametrize(
    ("page", "is_right"),
    [
        ({"totalCount": 2}, True),
        ({"totalCount": 1}, False),
        ({"totalCount": "1"}, False),
        ({"totalCount": 3, "page": 0, "pageSize": 200}, False),
        ({"totalCount": 3, "page": 0, "pageSize": 2}, True),
        ({"totalCount": 3, "page": 1, "pageSize": 200}, True),
        ({"totalCount": "many"}, True),
    ],
)
def test_rbs_gateway_count_of_the_orders(
    parse: Parse, refusal: Refusal, page: dict[str, object], is_right: bool
) -> None:
    body = {"errorCode": 0, "orderStatuses": [order(), order()]} | page
    if is_right:
        assert len(parse("rbs_gateway", body)) == 2
    else:
        assert refusal("rbs_gateway", body).reason == "control_total_mismatch"
