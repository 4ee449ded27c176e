"""Control sidecars: ``<file>.control.json`` with ``rows`` and ``amount_total`` must agree with the file."""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ingest.errors import Refused

MISMATCH = "control_total_mismatch"


@dataclass(frozen=True)
class Control:
    """What the sender says of its file; None where it says nothing. ``amount_total`` in major units."""

    rows: int | None
    amount_total: Decimal | None


def read_control(path: Path, file_name: str) -> Control:
    """The sidecar's totals. Refuses one that cannot be read; keys it does not know are left alone."""
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal)
        if not isinstance(content, dict):
            raise ValueError("it is no object")
        return Control(rows=_rows(content.get("rows")), amount_total=_total(content.get("amount_total")))
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise Refused(
            MISMATCH,
            f"{file_name}.control.json cannot be used: {error}. "
            'Write {"rows": 120, "amount_total": "10500.00"} or remove it.',
        ) from error


def check_control(control: Control, file_name: str, rows: int, amount_total: Decimal | None) -> None:
    """Compare with what was read; ``amount_total`` is None when no contract of the file has an amount."""
    if control.rows is not None and control.rows != rows:
        raise Refused(
            MISMATCH,
            f"{file_name}: its control sidecar says {control.rows} rows, the file has {rows}. "
            "The file or the sidecar is incomplete; ask the sending system for both again.",
        )
    if control.amount_total is not None and amount_total is not None and control.amount_total != amount_total:
        raise Refused(
            MISMATCH,
            f"{file_name}: its control sidecar says amount_total {control.amount_total}, the readable rows sum to "
            f"{amount_total}. The file or the sidecar is incomplete; ask the sending system for both again.",
        )


def _rows(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise ValueError(f"rows is {value!r}, it must be a whole number")


def _total(value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"amount_total is {value!r}, it must be an amount with a decimal dot")
    total = Decimal(str(value).strip())
    if not total.is_finite():
        raise ValueError(f"amount_total is {value!r}, it must be an amount with a decimal dot")
    return total
