"""Native formats: what the systems themselves write, parsed into contract rows.

``FORMATS`` gives a format's module by its name; a module is imported when it is first asked for. Each module has
``CONTRACTS``, ``DEFAULT_CONTRACTS``, ``OPTIONS`` (the keys it understands under ``options`` of a feed) and
``parse(stream, options)``. What they share is in ``base``.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

NAMES = (
    "activeplatform",
    "amocrm",
    "atol",
    "billmanager",
    "bitrix24",
    "camt",
    "client_bank_exchange",
    "cloudpayments",
    "commerceml",
    "idram",
    "moysklad",
    "mt940",
    "ofd_json",
    "ofx",
    "onec_odata",
    "rbs_gateway",
    "schetmash",
    "stripe",
    "table",
    "tbank",
    "ubl",
    "upd",
    "vpos_am",
    "woocommerce",
    "yookassa",
    "yookassa_registry",
)


class _Formats(Mapping[str, ModuleType]):
    """The formats by name, imported lazily: listing or testing names imports nothing."""

    def __getitem__(self, name: str) -> ModuleType:
        if name not in NAMES:
            raise KeyError(name)
        return import_module(f"{__name__}.{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)

    def __contains__(self, name: object) -> bool:
        return name in NAMES


FORMATS: Mapping[str, ModuleType] = _Formats()
