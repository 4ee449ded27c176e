"""Pulling from the live systems into the inbox, before landing. One module per system; see ``base`` for what it has.

A pull writes what a system answers, verbatim and in whole pages, to ``inbox/<feed>/<date>/``. From there on it is an
extract like any other. The systems know nothing of contracts, and the formats nothing of networks.
"""

from types import ModuleType

from ingest.fetch import (
    atol,
    billmanager,
    bitrix24,
    cloudpayments,
    moysklad,
    onec_odata,
    rbs_gateway,
    schetmash,
    stripe,
    woocommerce,
    yookassa,
)

SYSTEMS: dict[str, ModuleType] = {
    "atol": atol,
    "billmanager": billmanager,
    "bitrix24": bitrix24,
    "cloudpayments": cloudpayments,
    "moysklad": moysklad,
    "onec_odata": onec_odata,
    "rbs_gateway": rbs_gateway,
    "schetmash": schetmash,
    "stripe": stripe,
    "woocommerce": woocommerce,
    "yookassa": yookassa,
}
"""What ``pull: {system: …}`` in sverka.yml may name."""
