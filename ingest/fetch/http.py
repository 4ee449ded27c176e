"""HTTP APIs, page by page. dlt's REST client does paging, retry with backoff, Retry-After and authentication.

What is added here is what a client for finance data must refuse: another origin (credentials would go there), a
redirect, a web page instead of data, a page without end, a page that comes again for ever.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from requests import PreparedRequest, Response
from requests.auth import AuthBase
from requests.exceptions import (
    ChunkedEncodingError,
    HTTPError,
    InvalidURL,
    JSONDecodeError,
    MissingSchema,
    RequestException,
    SSLError,
    Timeout,
)
from requests.exceptions import ConnectionError as NoConnection

from ingest.fetch.base import Page, Pull, PullError

ATTEMPTS = 5
BACKOFF_SECONDS = 1.0
"""Before the second attempt; doubled for each further one."""
LONGEST_WAIT_SECONDS = 300
TIMEOUT_SECONDS = 60
LARGEST_PAGE = 256 * 2**20
"""Bytes of one answer, unpacked."""
MOST_PAGES = 100_000
"""Of one listing."""
CHUNK = 1 << 16

Check = Callable[[Any], None]
"""Raises PullError when a document with status 200 says an error, Busy when it only says to come back."""


class Busy(RequestException):
    """A document says that the server has too much to do: it is asked again, as after HTTP 429."""


class Unknown(PullError):
    """The one thing that was asked for is not known there: HTTP 400 or 404. ``answer`` is what was said of it."""

    def __init__(self, message: str, answer: bytes) -> None:
        super().__init__(message)
        self.answer = answer


class _Here(AuthBase):
    """Authentication for one origin: whatever a page says is next, credentials go nowhere else."""

    def __init__(self, auth: AuthBase | None, origin: tuple[str, str]) -> None:
        self.auth = auth
        self.origin = origin

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if _origin(request.url or "") != self.origin:
            raise PullError(
                f"the next page is said to be at {_shown(request.url or '')}, another server; not followed."
            )
        return self.auth(request) if self.auth else request


class Api:
    """One HTTP API of a pull. ``base_url`` is where its paths begin; ``auth`` and ``headers`` go with each request."""

    def __init__(
        self, pull: Pull, base_url: str, auth: AuthBase | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        from dlt.common.configuration.specs import RuntimeConfiguration
        from dlt.sources.helpers.requests import Client
        from dlt.sources.helpers.rest_client import RESTClient

        self.pull = pull
        session = Client(
            request_timeout=TIMEOUT_SECONDS,
            raise_for_status=False,
            exceptions=(),
            retry_condition=_is_worth_another_attempt,
            request_max_attempts=ATTEMPTS,
            request_backoff_factor=BACKOFF_SECONDS,
            request_max_retry_delay=LONGEST_WAIT_SECONDS,
        ).session
        self.client = RESTClient(
            base_url,
            headers={"User-Agent": "sverka", **(headers or {})},
            auth=_Here(auth, _origin(base_url)),
            session=session,
            config=RuntimeConfiguration(),
        )

    def listing(
        self, name: str, path: str, paginator: Any, *, items: str, check: Check | None = None, **request: Any
    ) -> Iterator[Page]:
        """The pages of a listing, ``<name>-0001.json`` and so on, until ``paginator`` (of dlt) has no next one.

        ``items`` is the JSON path of a page's records. ``request``: method, params, json, data. Raises PullError.
        """
        seen: set[str] = set()
        with self._told():
            pages = self.client.paginate(
                path,
                paginator=paginator,
                data_selector=items,
                hooks=self._hooks(check),
                allow_redirects=False,
                **request,
            )
            for number, page in enumerate(pages, start=1):
                self.pull.progress(f"{name}, page {number}")
                _refuse_endless(name, number, list(page), seen)
                if getattr(paginator, "has_shrunk", False):  # Counted went back; no total can fall for ever
                    seen.clear()
                yield Page(f"{name}-{number:04d}.json", [page.response.content])
                if self.pull.is_sample:
                    return

    def document(
        self, path: str, *, method: Literal["GET", "POST"] = "GET", check: Check | None = None, **request: Any
    ) -> bytes:
        """One answer, which must be JSON. Raises PullError."""
        with self._told():
            response = self.client.request(
                path,
                method=method,
                hooks=self._hooks(check),
                allow_redirects=False,
                **request,
            )
            return response.content

    def _hooks(self, check: Check | None) -> dict[str, Any]:
        """What is done with each answer before anything else reads it; retries come after it."""

        def arrived(response: Response, *_: Any, **__: Any) -> None:
            _read_bounded(response)
            self._refuse_status(response)
            document = _document(response)
            if check is not None:
                check(document)

        return {"response": [arrived]}

    def _refuse_status(self, response: Response) -> None:
        status = response.status_code
        if status in (401, 403):
            raise PullError(
                f"{_shown(response.url)} refuses the credentials (HTTP {status}). They stand in "
                f"{self.pull.secret_names()}: renew them, or give their user the right to read."
            )
        if 300 <= status < 400:
            to = _shown(response.headers.get("Location", "elsewhere"))
            raise PullError(f"{_shown(response.url)} redirects to {to}; write the address that answers in sverka.yml.")
        if status >= 400:
            milliseconds = response.headers.get("X-Lognex-Retry-After", "")  # how MoySklad says Retry-After
            if milliseconds.isdigit():
                response.headers["Retry-After"] = str(-(-int(milliseconds) // 1000))
            raise HTTPError(f"HTTP {status} {_beginning(response)}".strip(), response=response)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the libraries raise, as PullError."""
        address = _shown(self.client.base_url)
        try:
            yield
        except SSLError as error:
            raise PullError(
                f"the certificate of {address} is not trusted ({_reason(error)}). For an authority of your own set "
                "REQUESTS_CA_BUNDLE to its certificates."
            ) from error
        except Timeout as error:
            raise PullError(f"{address} did not answer within {TIMEOUT_SECONDS} s, {ATTEMPTS} times.") from error
        except HTTPError as error:
            status = error.response.status_code
            then = (
                "pull again later" if status == 429 or status >= 500 else "see whether its pull in sverka.yml is right"
            )
            told = f"{unquote(_shown(error.response.url))} answers {error}. Nothing was taken; {then}."
            if status in (400, 404):
                raise Unknown(told, error.response.content) from error
            raise PullError(told) from error
        except Busy as error:
            raise PullError(f"{address} is too busy, {ATTEMPTS} times ({error}). Pull again later.") from error
        except (MissingSchema, InvalidURL) as error:
            raise PullError(f"the address {address} is none: it begins with https://.") from error
        except NoConnection as error:
            raise PullError(f"{address} cannot be reached, {ATTEMPTS} times ({_reason(error)}).") from error
        except ChunkedEncodingError as error:
            raise PullError(f"{address} breaks off in the middle of an answer, {ATTEMPTS} times.") from error
        except RequestException as error:
            raise PullError(f"{address}: {_reason(error)}.") from error
        except ValueError as error:  # what a paginator of dlt raises about a page
            raise PullError(f"{address} pages in another way than documented: {error}.") from error


def basic(user: str, password: str) -> AuthBase:
    """HTTP Basic authentication; names may be Cyrillic."""
    from requests.auth import HTTPBasicAuth

    return HTTPBasicAuth(user.encode(), password.encode())


def bearer(token: str) -> AuthBase:
    """A bearer token."""
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

    return BearerTokenAuth(token=token)


def _is_worth_another_attempt(response: Response | None, error: BaseException | None) -> bool:
    """A server that is busy or away may come back; a certificate does not mend itself."""
    if isinstance(error, HTTPError):
        return False  # by its status, which the client looks at itself
    return isinstance(error, RequestException) and not isinstance(error, SSLError | MissingSchema | InvalidURL)


def _read_bounded(response: Response) -> None:
    """Read the body, unpacked, up to LARGEST_PAGE; requests would read any amount. Raises PullError."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > LARGEST_PAGE:
            response.close()
            raise PullError(
                f"{_shown(response.url)} answers more than {LARGEST_PAGE >> 20} MB in one page; not read on."
            )
    response._content = bytes(body)  # what requests itself would have set
    response.encoding = None  # the bytes tell it, with or without a byte order mark


def _document(response: Response) -> Any:
    if response.content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise PullError(
            f"{_shown(response.url)} answers a web page with status {response.status_code}, not data: usually the "
            "login page of expired credentials, or a wrong address."
        )
    try:
        return response.json()
    except (JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PullError(f"{_shown(response.url)} answers no JSON: {_beginning(response)}") from error


def _refuse_endless(name: str, number: int, items: list[Any], seen: set[str]) -> None:
    """The same records again, or pages without end: the server forgets where it was."""
    if number > MOST_PAGES:
        raise PullError(f"{name} has more than {MOST_PAGES} pages; begin with a later `since`.")
    digest = hashlib.sha256(json.dumps(items, sort_keys=True).encode()).hexdigest()
    if items and digest in seen:
        raise PullError(f"page {number} of {name} has the records of an earlier page again: the listing does not end.")
    seen.add(digest)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()


def _shown(url: str) -> str:
    """The address without what may be secret: user, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else url.partition("?")[0]


def _beginning(response: Response) -> str:
    return " ".join(response.content[:300].decode("utf-8", "replace").split())


def _reason(error: Exception) -> str:
    """The innermost words; those of the libraries around it repeat the address with its query."""
    inner: Any = error
    while isinstance(inner, Exception) and inner.args and isinstance(inner.args[0], Exception):
        inner = inner.args[0]
    inner = getattr(inner, "reason", None) or inner
    return str(inner).rpartition(": ")[2] or type(inner).__name__
