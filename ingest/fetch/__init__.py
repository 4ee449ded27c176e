"""Pulling from the live systems into the inbox, before landing. One module per system; see ``base`` for what it has.

A pull writes what a system answers, verbatim and in whole pages, to ``inbox/<feed>/<date>/``. From there on it is an
extract like any other. The systems know nothing of contracts, and the formats nothing of networks.
"""

from types import ModuleType

from ingest.fetch import billmanager, moysklad, onec_odata, rbs_gateway, yookassa

SYSTEMS: dict[str, ModuleType] = {
    "billmanager": billmanager,
    "moysklad": moysklad,
    "onec_odata": onec_odata,
    "rbs_gateway": rbs_gateway,
    "yookassa": yookassa,
}
"""What ``pull: {system: …}`` in sverka.yml may name."""
