"""The RBS/BPC gateway (ArCa iPay in Armenia, Sberbank, Alfa and others): orders of the window by their creation.

Source: the gateways' REST documentation, ``getLastOrdersForMerchants.do``: a form with userName and password, or
token. It knows no time of change, so what changes later (a deposit, a refund) is found by the overlap. Its times are
those of the gateway, which is the feed's timezone. Errors come with status 200.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from requests import Request

from ingest.fetch.base import Page, Pull, PullError
from ingest.fetch.http import Api
from ingest.formats.base import OptionFault

FORMATS = ("rbs_gateway",)
NEEDS = ("base_url",)
TAKES = ("user_name", "password", "token", "merchants")
SECRETS = ("password", "token")
OVERLAP_DAYS = 31
IS_DROP = False

PATH = "getLastOrdersForMerchants.do"
STATES = "CREATED,APPROVED,DEPOSITED,DECLINED,REVERSED,REFUNDED"
PAGE_SIZE = 100
NOT_FOUND = "6"


def check(contracts: tuple[str, ...], settings: Mapping[str, object]) -> None:
    """Raises OptionFault unless there is either a token, or a user and a password; merchants are a list."""
    given = {key for key in ("user_name", "password", "token") if key in settings}
    if given not in ({"token"}, {"user_name", "password"}):
        raise OptionFault((), "a pull from rbs_gateway needs `user_name` and `password`, or a `token`.", under="pull")
    if not isinstance(settings.get("merchants", []), list):
        raise OptionFault(("merchants",), "must be a list of logins, such as [shop].", under="pull")


def pages(pull: Pull) -> Iterator[Page]:
    """The orders in all states; payments and refunds are told by the same answer."""
    from ingest.fetch.counted import Counted, page_number

    api = Api(pull, pull.text("base_url").rstrip("/") + "/")
    zone = ZoneInfo(pull.feed.timezone)
    start, end = (moment.astimezone(zone).strftime("%Y%m%d%H%M%S") for moment in (pull.window.start, pull.window.end))
    merchants = pull.settings.get("merchants", [])
    assert isinstance(merchants, list)
    form = _credentials(pull) | {
        "from": start,
        "to": end,
        "transactionStates": STATES,
        "merchants": ",".join(map(str, merchants)),
        "searchByCreatedDate": "true",
        "size": str(PAGE_SIZE),
    }

    def place(request: Request, at: int) -> None:
        request.data = form | {"page": str(page_number(at, PAGE_SIZE))}

    yield from api.listing(
        "orders",
        PATH,
        Counted("orders", _total, place, PAGE_SIZE),
        items="orderStatuses",
        method="POST",
        check=lambda answer: _check(pull, answer),
    )


def _credentials(pull: Pull) -> dict[str, str]:
    if "token" in pull.settings:
        return {"token": pull.text("token")}
    return {"userName": pull.text("user_name"), "password": pull.text("password")}


def _total(answer: Any) -> Any:
    return 0 if _code(answer) == NOT_FOUND else answer.get("totalCount")


def _check(pull: Pull, answer: Any) -> None:
    if not isinstance(answer, dict):
        raise PullError(f"the gateway answers no object to {PATH}.")
    code = _code(answer)
    if code not in ("0", NOT_FOUND):
        raise PullError(
            f"the gateway answers errorCode {code[:20]}: {str(answer.get('errorMessage', 'no message'))[:200]}. Its "
            f"credentials stand in {pull.secret_names()}; their user needs the right to list orders."
        )
    if code == "0" and not isinstance(answer.get("orderStatuses", ""), list | None):
        raise PullError(f"the gateway's orderStatuses in {PATH} is no list.")


def _code(answer: dict[str, Any]) -> str:
    told = answer.get("errorCode")
    return "0" if told in (None, "") else str(told)
