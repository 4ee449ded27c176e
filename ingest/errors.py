"""What ingest raises and the reasons it writes; a business difference is never an exception, a refused file neither."""

ROW_REASONS = frozenset(
    {
        "missing_required",
        "bad_decimal",
        "bad_integer",
        "bad_timestamp",
        "bad_date",
        "bad_boolean",
        "unknown_enum_value",
        "unknown_currency",
        "too_many_decimals",
        "out_of_range",
        "wrong_column_count",
    }
)
"""Why a row is quarantined (contracts.md, Canonical files)."""

FILE_REASONS = frozenset(
    {"missing_required_column", "undecodable", "unparsable", "empty_without_header", "control_total_mismatch"}
)
"""Why nothing of a file loads (contracts.md, Canonical files)."""


class IngestError(Exception):
    """Ingest cannot go on; the message says what is wrong, where, and what to do."""


class ConfigurationError(IngestError):
    """``sverka.yml`` or the environment is wrong; the message names file and line."""


class WarehouseBusyError(IngestError):
    """Another process holds the warehouse."""


class Refused(Exception):
    """Nothing of a file loads. ``reason`` is one of FILE_REASONS; ``message`` says file, position and what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
