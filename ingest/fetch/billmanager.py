"""BILLmanager 5 and 6: payments of the window by the day of their creation.

Source: ispsystem.com, BILLmanager API, Payments: ``func=payment`` with ``filter=on``, ``createdate=other`` and the days
``createdatestart`` to ``createdateend``, in the platform's time, which is the feed's timezone. It knows no time of
change, so what is credited later is found by the overlap. Paging is as public clients of it do it: ``p_num`` and
``p_cnt`` in the order of ``p_col``, counted by ``p_elems``.

Built from documentation. Parameters are sent as a form, so that no password stands in an address. The user is named
with each request (``authinfo``), or once for a session, where the platform allows no other. Errors have status 200.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from requests import Request

from ingest.fetch.base import Page, Pull, PullError
from ingest.fetch.http import Api
from ingest.formats.base import OptionFault

FORMATS = ("billmanager",)
NEEDS = ("base_url", "user", "password")
TAKES = ("login",)
SECRETS = ("password",)
OVERLAP_DAYS = 31
IS_DROP = False

LOGINS = ("authinfo", "session")
PAGE_SIZE = 500


def check(contracts: tuple[str, ...], settings: Mapping[str, object]) -> None:
    """Raises OptionFault for an unknown login."""
    if settings.get("login", LOGINS[0]) not in LOGINS:
        raise OptionFault(("login",), f"must be one of {', '.join(LOGINS)}.", under="pull")


def pages(pull: Pull) -> Iterator[Page]:
    """The payments in all states."""
    from ingest.fetch.counted import Counted, page_number

    api = Api(pull, pull.text("base_url"))
    start, end = _days(pull)
    form = _credentials(api) | {
        "func": "payment",
        "out": "json",
        "filter": "on",
        "createdate": "other",
        "createdatestart": start,
        "createdateend": end,
        "p_col": "+id",
        "p_cnt": str(PAGE_SIZE),
    }

    def place(request: Request, at: int) -> None:
        request.data = form | {"p_num": str(page_number(at, PAGE_SIZE) + 1)}

    yield from api.listing(
        "payments",
        "",
        Counted("payments", _total, place, PAGE_SIZE),
        items="doc.elem",
        method="POST",
        check=lambda answer: _check(pull, answer),
    )


def _days(pull: Pull) -> tuple[str, str]:
    """The first and the last day that the window touches."""
    zone = ZoneInfo(pull.feed.timezone)
    last = pull.window.end - timedelta(microseconds=1)
    return pull.window.start.astimezone(zone).date().isoformat(), last.astimezone(zone).date().isoformat()


def _credentials(api: Api) -> dict[str, str]:
    user, password = api.pull.text("user"), api.pull.text("password")
    if api.pull.text("login", LOGINS[0]) == "authinfo":
        return {"authinfo": f"{user}:{password}"}
    found: list[str] = []

    def check(answer: Any) -> None:
        _check(api.pull, answer)
        session = answer["doc"].get("auth")
        ident = session.get("$id") or session.get("$") if isinstance(session, dict) else session
        if not isinstance(ident, str) or not ident:
            raise PullError(f"BILLmanager opens no session. Its credentials stand in {api.pull.secret_names()}.")
        found.append(ident)

    form = {"func": "auth", "out": "json", "username": user, "password": password}
    api.document("", method="POST", data=form, check=check)
    api.pull.learned.append(found[-1])
    return {"auth": found[-1]}


def _total(answer: Any) -> Any:
    told = answer["doc"].get("p_elems")
    return told.get("$") if isinstance(told, dict) else told


def _check(pull: Pull, answer: Any) -> None:
    doc = answer.get("doc") if isinstance(answer, dict) else None
    if not isinstance(doc, dict):
        raise PullError("BILLmanager answers no doc.")
    error = doc.get("error")
    if error is not None:
        told = error.get("msg", error.get("$type", "no message")) if isinstance(error, dict) else error
        message = told.get("$", told) if isinstance(told, dict) else told
        raise PullError(
            f"BILLmanager answers an error: {str(message)[:200]}. Its credentials stand in {pull.secret_names()}; "
            "their user needs the right to see payments."
        )
    if doc.get("$func") == "logon":
        raise PullError(f"BILLmanager wants a login. Its credentials stand in {pull.secret_names()}: renew them.")
