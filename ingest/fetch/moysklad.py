"""MoySklad JSON API 1.2: what changed in the window, and what was deleted in it.

Source: dev.moysklad.ru (remap 1.2). Lists are filtered and ordered by ``updated``, in Moscow time, and read by offset;
``meta.size`` counts them. With ``expand`` a page has at most 100 records, else 1000. A deleted document leaves the list
and is found in the trash, by its time ``deleted``. Answers must be asked for in gzip.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone
from typing import Any

from requests import Request
from requests.auth import AuthBase

from ingest.fetch.base import Page, Pull, PullError
from ingest.fetch.http import Api, basic, bearer
from ingest.formats.base import OptionFault
from ingest.formats.moysklad import KINDS

FORMATS = ("moysklad",)
NEEDS = ()
TAKES = ("base_url", "token", "user", "password")
SECRETS = ("token", "password")
OVERLAP_DAYS = 1
IS_DROP = False

BASE_URL = "https://api.moysklad.ru/api/remap/1.2/"
MOSCOW = timezone(timedelta(hours=3))
EXPAND = "agent,organization,rate.currency"
ORDER = "updated,asc;id,asc"
PAGE_SIZE = 100
CUSTOMERS = "counterparty"
"""No document: nothing of it is expanded, it has an archive, of which has to be asked too, and no trash."""
CUSTOMERS_PAGE_SIZE = 1000


def check(contracts: tuple[str, ...], settings: Mapping[str, object]) -> None:
    """Raises OptionFault unless there is either a token, or a user and a password."""
    given = {key for key in ("token", "user", "password") if key in settings}
    if given not in ({"token"}, {"user", "password"}):
        raise OptionFault((), "a pull from moysklad needs a `token`, or `user` and `password`.", under="pull")


def pages(pull: Pull) -> Iterator[Page]:
    """The lists of the kinds that give the feed's contracts; of documents also what is in the trash."""
    api = Api(pull, pull.text("base_url", BASE_URL).rstrip("/") + "/", _auth(pull), {"Accept-Encoding": "gzip"})
    for kind, contracts in KINDS.items():
        if not set(contracts) & set(pull.feed.contracts):
            continue
        if kind == CUSTOMERS:
            everyone = f"{_within(pull, 'updated')};archived=true;archived=false"
            yield from _listing(api, kind, kind, {"filter": everyone, "order": ORDER, "limit": CUSTOMERS_PAGE_SIZE})
            continue
        params: dict[str, str | int] = {
            "filter": _within(pull, "updated"),
            "order": ORDER,
            "limit": PAGE_SIZE,
            "expand": EXPAND,
        }
        yield from _listing(api, kind, kind, params)
        trash = {"filter": f"{_within(pull, 'deleted')};isDeleted=true", "order": "id,asc"}
        yield from _listing(api, f"{kind}-deleted", kind, params | trash)


def _listing(api: Api, name: str, kind: str, params: Mapping[str, str | int]) -> Iterator[Page]:
    from ingest.fetch.counted import Counted

    def place(request: Request, at: int) -> None:
        request.params = {**params, "offset": at}

    yield from api.listing(name, f"entity/{kind}", Counted(name, _size, place), items="rows", check=_check)


def _within(pull: Pull, changed: str) -> str:
    """The condition that a time lies in the window."""
    start, end = (
        moment.astimezone(MOSCOW).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        for moment in (pull.window.start, pull.window.changed_until)
    )
    return f"{changed}>={start};{changed}<{end}"


def _auth(pull: Pull) -> AuthBase:
    if "token" in pull.settings:
        return bearer(pull.text("token"))
    return basic(pull.text("user"), pull.text("password"))


def _size(answer: Any) -> Any:
    return answer["meta"]["size"]


def _check(answer: Any) -> None:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if errors:
        listed = errors if isinstance(errors, list) else [errors]
        told = [str(item.get("error", item)) if isinstance(item, dict) else str(item) for item in listed]
        raise PullError(f"MoySklad answers an error: {'; '.join(told)[:300]}.")
    meta = answer.get("meta") if isinstance(answer, dict) else None
    if not isinstance(meta, dict) or "size" not in meta or not isinstance(answer.get("rows"), list):
        raise PullError("MoySklad answers no list: it has no meta.size or no rows.")
