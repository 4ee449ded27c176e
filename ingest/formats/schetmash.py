"""Fiscal receipts of Schetmash Online: the payload of ATOL, with the statuses accept, processing, success, error.

fiscal.receipts. Built from documentation on the recorded answers of ATOL; everything is as told in ``atol``.
"""

from ingest.formats.atol import CONTRACTS, DEFAULT_CONTRACTS, OPTIONS, parse

__all__ = ["CONTRACTS", "DEFAULT_CONTRACTS", "OPTIONS", "parse"]
