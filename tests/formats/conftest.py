"""Shared by the tests of the native formats."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"

Parse = Callable[..., list[Row | Reject]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files of the format fixtures anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden", default=False))


@pytest.fixture
def fixtures() -> Path:
    return FIXTURES


@pytest.fixture
def parse() -> Parse:
    """``parse(format, data, contracts=(), encoding=None, **options)``; data is bytes, text or what JSON can hold."""

    def run(
        name: str, data: Any, contracts: tuple[str, ...] = (), encoding: str | None = None, **options: object
    ) -> list[Row | Reject]:
        if not isinstance(data, bytes | str):
            data = json.dumps(data)
        if isinstance(data, str):
            data = data.encode()
        told = FormatOptions("file", encoding=encoding, contracts=contracts, options=options)
        return list(FORMATS[name].parse(io.BytesIO(data), told))

    return run


@pytest.fixture
def refusal(parse: Parse) -> Callable[..., FileRefused]:
    """As ``parse``, for a file that must be refused: gives the refusal."""

    def run(*args: Any, **kwargs: Any) -> FileRefused:
        with pytest.raises(FileRefused) as caught:
            parse(*args, **kwargs)
        assert "file" in caught.value.message
        return caught.value

    return run
