"""What the end-to-end tests share: a process to fork commands from, and one undisturbed home of two days."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import homes


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[homes.Zygote]:
    zygote = homes.Zygote(tmp_path_factory.mktemp("commands"))
    yield zygote
    zygote.close()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, zygote: homes.Zygote) -> Path:
    """A home in which both days were run, one after the other, without any trouble."""
    home = tmp_path_factory.mktemp("undisturbed")
    homes.write_inbox(home)
    homes.answer(zygote.run(home, "run", "--date", str(homes.FIRST), "--json"))
    homes.answer(zygote.run(home, "run", "--json"))
    return home
