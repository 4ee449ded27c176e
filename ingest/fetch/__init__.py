"""Pulling from the live systems into the inbox, before landing. One module per system; see ``base`` for what it has.

A pull writes what a system answers, verbatim and in whole pages, to ``inbox/<feed>/<date>/``. From there on it is an
extract like any other. The systems know nothing of contracts, and the formats nothing of networks.
"""

from types import ModuleType

from ingest.fetch import files, sql, yookassa

SYSTEMS: dict[str, ModuleType] = {"files": files, "sql": sql, "yookassa": yookassa}
"""What ``pull: {system: …}`` in sverka.yml may name."""
