"""What a server on the network may do to a client, and what the client then says."""

import ssl
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from dlt.sources.helpers.rest_client.paginators import (
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    SinglePagePaginator,
)

from ingest.feed import Feed, PullSource
from ingest.fetch import http
from ingest.fetch.base import Page, Pull, PullError, Window
from ingest.home import Home
from tests.fetch.server import Answer, Server, in_turn

GOOD = Answer({"items": [{"id": 1}]})
WINDOW = Window(date(2026, 11, 20), datetime(2026, 11, 19, 20, tzinfo=UTC), datetime(2026, 11, 20, 20, tzinfo=UTC))


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pull:
    monkeypatch.setenv("SECRET_TOKEN", "hidden-token")
    source = PullSource("yookassa", date(2026, 11, 1), 7, {"secret_key": "env:SECRET_TOKEN"})
    return Pull(Home(tmp_path), Feed("shop", ("provider.payments",), "shop", "UTC", pull=source), WINDOW)


def api(task: Pull, url: str) -> http.Api:
    return http.Api(task, url, http.bearer(task.text("secret_key")))


def single(task: Pull, url: str) -> list[Page]:
    return list(api(task, url).listing("items", "/items", SinglePagePaginator(), items="items"))


def cursor(task: Pull, url: str) -> list[Page]:
    paginator = JSONResponseCursorPaginator(cursor_path="next", cursor_param="cursor")
    return list(api(task, url).listing("items", "/items", paginator, items="items"))


@pytest.mark.parametrize(
    "first",
    [
        Answer(status=429, headers={"Retry-After": "0"}),
        Answer(status=500),
        Answer(status=503),
        Answer({"items": [{"id": 1}]}, drop_after=5),
        Answer({"items": [{"id": 1}]}, drop_after=0),
    ],
    ids=["throttled", "failed", "unavailable", "broken_off", "dropped"],
)
def test_what_passes_is_tried_again(task: Pull, serve: Callable[..., Server], first: Answer) -> None:
    server = serve(in_turn(first, first, GOOD))
    assert [list(page.chunks) for page in single(task, server.url)] == [[GOOD.bytes()]]
    assert len(server.asked) == 3


def test_moysklad_says_in_milliseconds_how_long_to_wait(
    task: Pull, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    server = serve(in_turn(Answer(status=429, headers={"X-Lognex-Retry-After": "2500"}), GOOD))
    assert len(single(task, server.url)) == 1
    assert waited == [3.0]


def test_gzip_is_asked_for_and_unpacked(task: Pull, serve: Callable[..., Server]) -> None:
    server = serve(lambda _: Answer(GOOD.body, is_gzip=True))
    assert [list(page.chunks) for page in single(task, server.url)] == [[GOOD.bytes()]]
    assert "gzip" in server.asked[0].headers["accept-encoding"]


def test_a_byte_order_mark_is_kept_and_read(task: Pull, serve: Callable[..., Server]) -> None:
    body = b"\xef\xbb\xbf" + GOOD.bytes()
    server = serve(lambda _: Answer(body))
    assert [list(page.chunks) for page in single(task, server.url)] == [[body]]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=500), "HTTP 500"),
        (Answer(status=429), "HTTP 429"),
        (Answer({"error": "no such thing"}, status=404), 'HTTP 404 {"error": "no such thing"}'),
        (Answer(status=401), "refuses the credentials (HTTP 401). They stand in env:SECRET_TOKEN"),
        (Answer(status=403), "refuses the credentials (HTTP 403)"),
        (Answer(b"<!DOCTYPE html><html><body>Sign in</body></html>"), "a web page with status 200"),
        (Answer(b""), "answers no JSON"),
        (Answer(b'{"items": [{"id": 1}'), "answers no JSON"),
        (Answer(b"[" * 200_000), "answers no JSON"),
        (
            Answer(status=302, headers={"Location": "https://example.com/login?token=1"}),
            "redirects to https://example.com/login;",
        ),
        (Answer({"items": [{"id": 1}]}, drop_after=5), "breaks off in the middle of an answer, 5 times"),
    ],
)
def test_what_does_not_pass_is_said_without_the_secret(
    task: Pull, serve: Callable[..., Server], answer: Answer, words: str
) -> None:
    server = serve(lambda _: answer)
    with pytest.raises(PullError) as told:
        single(task, server.url)
    assert words in str(told.value)
    assert "hidden-token" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "see whether its pull in sverka.yml is right"),
        (404, "see whether its pull in sverka.yml is right"),
        (415, "see whether its pull in sverka.yml is right"),
        (429, "pull again later"),
        (503, "pull again later"),
    ],
)
def test_an_error_is_told_with_its_address_and_what_to_do(
    task: Pull, serve: Callable[..., Server], status: int, advice: str
) -> None:
    server = serve(lambda _: Answer(status=status))
    with pytest.raises(PullError) as told:
        list(api(task, server.url).listing("items", "/Документ?key=k", SinglePagePaginator(), items="items"))
    assert str(told.value) == f"{server.url}/Документ answers HTTP {status}. Nothing was taken; {advice}."


def test_credentials_are_tried_once(task: Pull, serve: Callable[..., Server]) -> None:
    server = serve(lambda _: Answer(status=401))
    with pytest.raises(PullError):
        single(task, server.url)
    assert len(server.asked) == 1
    assert server.asked[0].headers["authorization"] == "Bearer hidden-token"


def test_an_endless_answer_is_not_read_on(
    task: Pull, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LARGEST_PAGE", 2**20)
    server = serve(lambda _: Answer(b" " * 50_000_000, is_gzip=True))
    with pytest.raises(PullError, match="more than 1 MB in one page"):
        single(task, server.url)


def test_a_page_that_repeats_for_ever_is_refused(task: Pull, serve: Callable[..., Server]) -> None:
    server = serve(lambda asked: Answer({"items": [{"id": 1}], "next": "again", "at": len(server.asked)}))
    with pytest.raises(PullError, match="page 2 of items has the records of an earlier page again"):
        cursor(task, server.url)


def test_a_cursor_that_goes_backwards_is_refused(task: Pull, serve: Callable[..., Server]) -> None:
    def script(asked):
        page = int(asked.query.get("cursor", 1))
        return Answer({"items": [{"id": page}], "next": {1: "2", 2: "3", 3: "2"}[page]})

    with pytest.raises(PullError, match="page 4 of items has the records of an earlier page again"):
        cursor(task, serve(script).url)


def test_pages_without_end_are_refused(
    task: Pull, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MOST_PAGES", 5)
    server = serve(lambda _: Answer({"items": [{"id": len(server.asked)}], "next": "more"}))
    with pytest.raises(PullError, match="more than 5 pages"):
        cursor(task, server.url)


def test_credentials_go_to_no_other_server(task: Pull, serve: Callable[..., Server]) -> None:
    other = serve(lambda _: GOOD)
    server = serve(lambda _: Answer({"items": [{"id": 1}], "next": f"{other.url}/items?page=2"}))
    with pytest.raises(PullError, match="another server; not followed"):
        list(api(task, server.url).listing("items", "/items", JSONLinkPaginator("next"), items="items"))
    assert other.asked == []


def test_a_server_that_is_away_is_said(task: Pull, serve: Callable[..., Server]) -> None:
    with Server(lambda _: GOOD) as server:
        url = server.url
    with pytest.raises(PullError, match=r"127.0.0.1:\d+ cannot be reached, 5 times"):
        single(task, url)


def self_signed(folder: Path) -> Path:
    """A file with a certificate of 127.0.0.1 for an hour, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    hosts = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    valid = builder.not_valid_before(now).not_valid_after(now + timedelta(hours=1))
    certificate = valid.add_extension(hosts, critical=False).sign(key, SHA256())
    path = folder / "certificate.pem"
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + key.private_bytes(*form))
    return path


def test_a_certificate_that_is_not_trusted_is_said_at_once(
    task: Pull, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = serve(lambda _: GOOD, context)
    with pytest.raises(PullError, match=r"certificate of https://127.0.0.1:\d+ is not trusted .*REQUESTS_CA"):
        single(task, server.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert len(single(task, server.url)) == 1


def test_a_sample_is_one_page(task: Pull, serve: Callable[..., Server]) -> None:
    server = serve(lambda _: Answer({"items": [{"id": len(server.asked)}], "next": "more"}))
    sample = Pull(task.home, task.feed, task.window, is_sample=True)
    assert [page.name for page in cursor(sample, server.url)] == ["items-0001.json"]
    assert len(server.asked) == 1
