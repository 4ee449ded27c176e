"""What dbt's own portable macros (`dbt.type_string()` and the like) are to sqlfluff: names that parse."""

from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., str]:
    if name.startswith("__"):
        raise AttributeError(name)
    if name.startswith("type_"):
        return lambda: "text"
    return lambda *arguments, **named: f"{name}({', '.join(str(argument) for argument in arguments)})"
