"""What the end-to-end tests share: a process to fork commands from, and one undisturbed home of two days."""

import fcntl
import shutil
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
def undisturbed(tmp_path_factory: pytest.TempPathFactory, zygote: homes.Zygote, worker_id: str) -> Path:
    """A home in which both days were run, one after the other, without any trouble.

    The first worker that wants it makes it, the others wait; each has a copy of its own.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "undisturbed-of-all"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "home").exists():
            made = shared / "unfinished"
            shutil.rmtree(made, ignore_errors=True)
            homes.write_inbox(made)
            homes.answer(zygote.run(made, "run", "--date", str(homes.FIRST), "--json"))
            homes.answer(zygote.run(made, "run", "--json"))
            made.rename(shared / "home")
    return shutil.copytree(shared / "home", tmp_path_factory.mktemp("undisturbed") / "home")
