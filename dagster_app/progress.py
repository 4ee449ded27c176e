"""What a run tells while it works: lines on standard error, silent unless the command line switches them on."""

import sys
import time
from dataclasses import dataclass, field


@dataclass
class Progress:
    """Lines `<date> <step> <text> (<elapsed> s)`; `every` seconds at least between two lines of a step's detail."""

    enabled: bool = False
    every: float = 2.0
    date: str = ""
    _started: float = field(default_factory=time.monotonic)
    _last: float = 0.0

    def start(self, date: str) -> None:
        """Begin a business date."""
        self.date = date
        self._started = time.monotonic()

    def step(self, name: str, text: str = "") -> None:
        """Announce a step; always printed."""
        self._write(f"{name:<8} {text}".rstrip())

    def detail(self, name: str, text: str) -> None:
        """Tell how far a step is; printed at most once in `every` seconds."""
        if time.monotonic() - self._last >= self.every:
            self._write(f"{name:<8} {text}")

    def _write(self, line: str) -> None:
        self._last = time.monotonic()
        if self.enabled:
            sys.stderr.write(f"{self.date} {line} ({self._last - self._started:.1f} s)\n")
            sys.stderr.flush()


progress = Progress()
