"""What holds for every test: no home of the caller, no usage statistics, and the longest tests first."""

import os
import tempfile
from pathlib import Path

import hypothesis
import pytest

FIRST = ("tests/e2e/", "tests/properties/")
"""The longest tests, which must not be the last to begin."""


def pytest_configure(config: pytest.Config) -> None:
    for name in ("SVERKA_TIMEZONE", "DAGSTER_HOME"):
        os.environ.pop(name, None)
    # A test that forgets to choose a home must not find the caller's.
    os.environ["SVERKA_HOME"] = str(Path(tempfile.gettempdir()) / "sverka-tests-choose-their-own-home")
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    hypothesis.settings.register_profile("sverka", deadline=None, derandomize=True)
    hypothesis.settings.load_profile("sverka")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
