"""In what unit each format writes money; rows always have major units. For people: no parser reads this."""

MAJOR = "major units"
MINOR = "minor units (kopecks, cents), turned into major units"

MONEY_UNITS = {
    "activeplatform": MAJOR,
    "amocrm": MAJOR,
    "atol": MAJOR,
    "billmanager": MAJOR,
    "bitrix24": MAJOR,
    "camt": MAJOR,
    "client_bank_exchange": MAJOR,
    "cloudpayments": MAJOR,
    "commerceml": MAJOR,
    "idram": MAJOR,
    "moysklad": MINOR,
    "mt940": MAJOR,
    "ofd_json": MINOR,
    "ofx": MAJOR,
    "onec_odata": MAJOR,
    "rbs_gateway": MINOR,
    "schetmash": MAJOR,
    "stripe": f"objects of the API: {MINOR}; reports: {MAJOR}",
    "table": f"{MAJOR}, or minor units where the options say minor_units",
    "tbank": MINOR,
    "ubl": MAJOR,
    "upd": MAJOR,
    "vpos_am": MINOR,
    "woocommerce": MAJOR,
    "yookassa": MAJOR,
    "yookassa_registry": MAJOR,
}


def money_unit(name: str, has_comma: bool) -> str:
    """The unit of a format's money in words; any other format is canonical, which has major units."""
    separator = ", decimal comma" if has_comma else ", decimal dot"
    return MONEY_UNITS.get(name) or MAJOR + separator
