"""One run at a time: an advisory lock in the home, held for the whole run and released by the system on any death."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dagster_app.errors import DailyRunError

_held: dict[Path, IO[str]] = {}


class RunLockedError(DailyRunError):
    """Another process is running the daily job in this home."""


def _open_locked(path: Path) -> IO[str] | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f" (process {holder['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def acquire(home: Path) -> None:
    """Take the home's run lock for this process; taking it again in the same process does nothing.

    Raises RunLockedError when another process holds it.
    """
    path = home / "run.lock"
    key = path.resolve()
    if key in _held:
        return
    handle = _open_locked(path)
    if handle is None:
        raise RunLockedError(
            f"another run is working in {home}{_holder(path)}; wait until it ends, then run again. "
            "Readers are not affected: published/sverka.duckdb can be opened at any time"
        )
    handle.truncate(0)
    handle.write(json.dumps({"pid": os.getpid()}))
    handle.flush()
    _held[key] = handle


def release(home: Path) -> None:
    """Give the home's run lock back, if this process has it."""
    handle = _held.pop((home / "run.lock").resolve(), None)
    if handle is not None:
        handle.close()


@contextmanager
def hold(home: Path) -> Iterator[None]:
    """Hold the home's run lock within the block. Raises RunLockedError when another process holds it."""
    is_outermost = (home / "run.lock").resolve() not in _held
    acquire(home)
    try:
        yield
    finally:
        if is_outermost:
            release(home)


@contextmanager
def hold_file(path: Path, refusal: str) -> Iterator[None]:
    """Hold a lock of its own within the block. Raises RunLockedError with `refusal` when another process holds it."""
    handle = _open_locked(path)
    if handle is None:
        raise RunLockedError(refusal)
    with handle:
        yield
