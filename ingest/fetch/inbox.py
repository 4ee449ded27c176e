"""Pages on their way into the inbox: written beside it, and shown there at once."""

import hashlib
import shutil
from collections.abc import Set
from pathlib import Path

from ingest.fetch.base import Page, PullError
from ingest.fetch.records import PulledFile, Record
from ingest.inbox_names import CONTROL_SUFFIX, is_data


def write_page(folder: Path, page: Page) -> PulledFile:
    """Write a page under a temporary name, then its own. Raises PullError when there is one of that name already."""
    path = folder / page.name
    if path.exists():
        raise PullError(f"two pages are named {page.name}.")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{page.name}.part"
    digest, size = hashlib.sha256(), 0
    with unfinished.open("wb") as stream:
        for chunk in page.chunks:
            digest.update(chunk)
            size += len(chunk)
            stream.write(chunk)
    unfinished.replace(path)
    return PulledFile(page.name, digest.hexdigest(), size)


def is_waiting(inbox: Path, record: Record) -> bool:
    """Whether the pulled files lie in the inbox."""
    return all((inbox / record.window.day.isoformat() / item.name).exists() for item in record.files)


def new_files(folder: Path, files: list[PulledFile], taken: Set[tuple[str, str]]) -> list[PulledFile]:
    """Without what an earlier extract has already, found again by the overlap; such go, with their sidecars."""
    new = {item.name for item in files if is_data(item.name) and (item.name, item.sha256) not in taken}
    kept = [item for item in files if item.name.removesuffix(CONTROL_SUFFIX) in new]
    for item in files:
        if item not in kept:
            (folder / item.name).unlink()
    return kept


def show(scratch: Path, folder: Path, before: Record | None) -> None:
    """Put the pages into the inbox at once, in the place of those that an earlier pull of the date left there."""
    aside = _aside(folder)
    if folder.exists():
        folder.rename(aside)
    scratch.rename(folder)
    finish(folder, before)


def finish(folder: Path, before: Record | None) -> None:
    """End an exchange of pages, also one that was killed: what somebody dropped beside the old ones stays."""
    aside = _aside(folder)
    if not aside.exists():
        return
    if not folder.exists():
        aside.rename(folder)
        return
    pulled = {item.name for item in before.files} if before else set()
    for path in sorted(aside.iterdir()):
        is_there = (folder / path.name).exists()
        if not is_there and path.name.removesuffix(CONTROL_SUFFIX) not in pulled:
            path.rename(folder / path.name)
    shutil.rmtree(aside)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")
