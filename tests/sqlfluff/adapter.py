"""What `adapter` is to sqlfluff: a dispatched macro renders as a call of a function of its name, on its first argument.

sqlfluff's Jinja templater knows dbt's own names but not the adapter's; the dbt templater would, at the price of a
whole parse of the project for every lint.
"""

from collections.abc import Callable
from typing import Any


def dispatch(name: str, package: str | None = None) -> Callable[..., str]:
    def call(*arguments: Any, **named: Any) -> str:
        first = [*arguments, *named.values(), ""][0]
        expressions = first.values() if isinstance(first, dict) else [first]
        return f"{name}({', '.join(str(expression) for expression in expressions)})"

    return call
