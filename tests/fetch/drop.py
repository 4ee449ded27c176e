"""Feeds whose files others put into a folder, pulled into a lab's home."""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingest.fetch import pulling
from ingest.fetch.pulling import Pulled
from tests.ingest.lab import PAYMENTS, Lab, csv_of, payment

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
CONFIGURATION = """
feeds:
  - name: drop
    contracts: [{contract}]
    pull: {{system: files, since: 2026-11-01, {settings}}}
"""


def content(*numbers: int) -> bytes:
    return csv_of(*(payment(number) for number in numbers)).encode()


class Drop:
    """The feed ``drop`` of a lab; what is said of a failure never has one of ``secrets`` in it."""

    def __init__(self, lab: Lab, secrets: tuple[str, ...] = ()) -> None:
        self.lab = lab
        self.secrets = secrets

    def configure(self, **settings: object) -> None:
        text = ", ".join(
            f"{name}: {json.dumps(value, ensure_ascii=False, default=str)}" for name, value in settings.items()
        )
        self.lab.configure(CONFIGURATION.format(contract=PAYMENTS, settings=text))

    def pull(self, day: date = FIRST, again: bool = False) -> Pulled:
        [pulled] = pulling.pull(self.lab.home, day, again=again).feeds
        return pulled

    def problem(self) -> str:
        """What is said of a pull that must fail and leave nothing."""
        pulled = self.pull()
        assert pulled.outcome == "failed" and pulled.message, pulled
        assert list((self.lab.home.inbox / "drop").glob("*")) == []
        assert not any(secret in pulled.message for secret in self.secrets)
        return pulled.message

    def files(self, day: date = FIRST) -> dict[str, bytes]:
        folder = self.lab.home.inbox / "drop" / str(day)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}

    def ids(self) -> list[Any]:
        return self.lab.column("select provider_payment_id from raw.provider__payments order by all")


def put(path: Path, data: bytes, modified: str) -> None:
    """A file as its sender left it; ``modified`` is ISO, with an offset."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    moment = datetime.fromisoformat(modified).timestamp()
    os.utime(path, (moment, moment))
