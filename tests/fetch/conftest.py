"""Servers that are stopped, a home to pull into, and no waiting between attempts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest.fetch import http
from tests.fetch.server import Server
from tests.ingest.lab import Lab


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0.001)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server with a script (and a TLS context)."""
    with ExitStack() as stack:
        yield lambda script, tls=None: stack.enter_context(Server(script, tls))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "home")
