"""What the names of folders and files in the inbox mean: ``inbox/<feed>/<YYYY-MM-DD>/<file>``."""

import re
from datetime import date

DATE_FOLDER = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
CONTROL_SUFFIX = ".control.json"
UNFINISHED_SUFFIXES = (".tmp", ".part")
WAIVED = ".waived.csv"
"""Ending of the empty canonical extract that ``sverka waive`` writes, whatever the feed's format."""


def is_data(name: str) -> bool:
    """Whether a file of that name is read: not hidden, empty-named, unfinished or a control sidecar."""
    lower = name.strip().lower()
    if not lower or lower.startswith((".", "~$")):
        return False
    return not lower.endswith((*UNFINISHED_SUFFIXES, CONTROL_SUFFIX))


def folder_date(name: str) -> date | None:
    """The extract date a folder name says, None when it says none."""
    if not DATE_FOLDER.fullmatch(name):
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None
