"""A home in a temporary folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingest.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "home")


@pytest.fixture
def new_lab(tmp_path: Path) -> Callable[[str], Lab]:
    return lambda name: Lab(tmp_path / name)
