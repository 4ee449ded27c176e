"""``sverka.yml``: the declared feeds, validated. Every error names the file and the line."""

import codecs
import difflib
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import yaml

from ingest.contract import contracts
from ingest.errors import ConfigurationError
from ingest.feed import CANONICAL, Feed, PullSource
from ingest.fetch import SYSTEMS
from ingest.fetch.base import is_secret_place
from ingest.formats import FORMATS
from ingest.formats.base import OptionFault
from ingest.home import Home, is_timezone

KEYS = (
    "name",
    "format",
    "contracts",
    "source_system",
    "timezone",
    "encoding",
    "decimal_comma",
    "expected",
    "until",
    "options",
    "pull",
)
PULL_KEYS = ("system", "since", "overlap_days")
"""What every ``pull`` may have, besides the keys of its system."""
EXPECTED = ("daily", "working_days")
FEED_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)


def read_configuration(home: Home) -> list[Feed]:
    """The feeds of ``sverka.yml`` in its order; none without the file. Raises ConfigurationError."""
    path = home.config_file
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read as UTF-8 text: {error}.") from error
    return _Reader(path, text).feeds(home.timezone)


class _Reader:
    """Walks the YAML nodes, which know their lines."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.loader = yaml.SafeLoader(text)

    def feeds(self, timezone: str) -> list[Feed]:
        try:
            root = self.loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise ConfigurationError(f"{self.path}, line {line}: not readable as YAML: {error.problem}.") from error
        except yaml.YAMLError as error:
            raise ConfigurationError(f"{self.path}: not readable as YAML: {error}.") from error
        if root is None:
            return []
        found: dict[str, Feed] = {}
        for key, node in self.items(root, ("feeds",), "The file"):
            if key == "feeds" and not self.is_null(node):
                for item in self.sequence(node, "feeds"):
                    feed = self.feed(item, timezone)
                    if feed.name in found:
                        self.fail(item, f"feed {feed.name!r} is declared twice. Give each feed its own name.")
                    found[feed.name] = feed
        return list(found.values())

    def feed(self, node: yaml.Node, timezone: str) -> Feed:
        nodes = dict(self.items(node, KEYS, "A feed"))
        if "name" not in nodes:
            self.fail(node, "a feed needs a `name`: that of its folder in the inbox.")
        name = self.text(nodes["name"], "name")
        if not FEED_NAME.fullmatch(name) or name.endswith("."):
            self.fail(nodes["name"], f"name {name!r} is no folder name: use letters, digits, `.`, `_` and `-`.")
        form = self.choice(nodes["format"], "format", (CANONICAL, *FORMATS)) if "format" in nodes else CANONICAL
        supplied = self.contracts(node, nodes, name, form)
        return Feed(
            name=name,
            contracts=supplied,
            source_system=self.optional_text(nodes, "source_system") or _default_source_system(name),
            timezone=self.timezone(nodes, timezone),
            format=form,
            encoding=self.encoding(nodes),
            decimal_comma=self.flag(nodes, "decimal_comma"),
            expected=self.choice(nodes["expected"], "expected", EXPECTED) if "expected" in nodes else "daily",
            until=self.optional_date(nodes, "until"),
            options=self.options(node, nodes, form, supplied),
            is_declared=True,
            pull=self.pull(nodes["pull"], form, supplied) if "pull" in nodes else None,
        )

    def contracts(self, feed: yaml.Node, nodes: dict[str, yaml.Node], name: str, form: str) -> tuple[str, ...]:
        allowed: tuple[str, ...]
        if form == CANONICAL:
            allowed = tuple(contracts())
            default: tuple[str, ...] = (name,) if name in allowed else ()
        else:
            module = FORMATS[form]
            allowed, default = tuple(module.CONTRACTS), tuple(module.DEFAULT_CONTRACTS)
        if "contracts" not in nodes:
            if not default:
                self.fail(feed, f"feed {name!r} needs `contracts`: the list of what its files hold.")
            return default
        chosen = [self.choice(item, "contracts", allowed) for item in self.sequence(nodes["contracts"], "contracts")]
        if not chosen or len(set(chosen)) != len(chosen):
            self.fail(nodes["contracts"], "contracts must name at least one contract, each once.")
        return tuple(chosen)

    def timezone(self, nodes: dict[str, yaml.Node], default: str) -> str:
        value = self.optional_text(nodes, "timezone") or default
        if not is_timezone(value):
            self.fail(nodes["timezone"], f"timezone {value!r} is unknown. Use an IANA name such as Europe/Moscow.")
        return value

    def encoding(self, nodes: dict[str, yaml.Node]) -> str | None:
        value = self.optional_text(nodes, "encoding")
        if value is None:
            return None
        try:
            info = codecs.lookup(value)
        except LookupError:
            self.fail(nodes["encoding"], f"encoding {value!r} is unknown. Use for example utf-8 or cp1251.")
        if not info._is_text_encoding:
            self.fail(nodes["encoding"], f"encoding {value!r} is no text encoding. Use for example utf-8 or cp1251.")
        return info.name

    def options(
        self, feed: yaml.Node, nodes: dict[str, yaml.Node], form: str, supplied: tuple[str, ...]
    ) -> dict[str, object]:
        node = nodes.get("options")
        found: dict[str, object] = {}
        if node is not None and not self.is_null(node):
            if form == CANONICAL:
                self.fail(node, "a feed of canonical format has no `options`.")
            known = tuple(FORMATS[form].OPTIONS)
            found = {key: self.value(value) for key, value in self.items(node, known, "`options`")}
        check = getattr(FORMATS[form], "check_options", None) if form != CANONICAL else None
        if check is not None:
            try:
                check(supplied, found)
            except OptionFault as fault:
                self.fail(self.deepest(node or feed, fault.path), str(fault))
        return found

    def pull(self, node: yaml.Node, form: str, supplied: tuple[str, ...]) -> PullSource:
        nodes = dict(self.items(node, None, "`pull`"))
        for key in ("system", "since"):
            if key not in nodes:
                self.fail(node, f"`pull` needs a `{key}`.")
        system = self.choice(nodes["system"], "system", tuple(SYSTEMS))
        module = SYSTEMS[system]
        nodes = dict(self.items(node, (*PULL_KEYS, *module.NEEDS, *module.TAKES), f"`pull` from {system}"))
        if form not in module.FORMATS:
            self.fail(node, f"a pull from {system} is read by {' or '.join(module.FORMATS)}, not by format {form}.")
        missing = [key for key in module.NEEDS if key not in nodes]
        if missing:
            self.fail(node, f"`pull` from {system} needs {', '.join(f'`{key}`' for key in missing)} too.")
        settings = {key: self.value(value) for key, value in nodes.items() if key not in PULL_KEYS}
        for key in module.SECRETS:
            if key in settings and not is_secret_place(settings[key]):
                self.fail(nodes[key], f"{key} is a secret: write where it stands, `env:NAME` or `file:PATH`.")
        if hasattr(module, "check"):
            try:
                module.check(supplied, settings)
            except OptionFault as fault:
                self.fail(self.deepest(node, fault.path), str(fault))
        return PullSource(
            system=system,
            since=self.required_date(nodes["since"], "since"),
            overlap_days=self.days(nodes, "overlap_days", module.OVERLAP_DAYS),
            settings=settings,
        )

    def deepest(self, node: yaml.Node, path: tuple[str | int, ...]) -> yaml.Node:
        """The node that the path leads to from ``node``, or the last one on the way."""
        for step in path:
            if isinstance(node, yaml.MappingNode):
                inner = [value for key, value in node.value if str(self.value(key)) == str(step)]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                inner = node.value[step : step + 1]
            else:
                inner = []
            if not inner:
                break
            node = inner[0]
        return node

    def flag(self, nodes: dict[str, yaml.Node], key: str) -> bool:
        value = self.value(nodes[key]) if key in nodes else False
        if not isinstance(value, bool):
            self.fail(nodes[key], f"{key} must be true or false, not {value!r}.")
        return value

    def optional_date(self, nodes: dict[str, yaml.Node], key: str) -> date | None:
        is_given = key in nodes and not self.is_null(nodes[key])
        return self.required_date(nodes[key], key) if is_given else None

    def required_date(self, node: yaml.Node, key: str) -> date:
        value = self.value(node)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fail(node, f"{key} must be a date such as 2026-11-20, not {value!r}.")
        return value

    def days(self, nodes: dict[str, yaml.Node], key: str, default: int) -> int:
        value = self.value(nodes[key]) if key in nodes else default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 366:
            self.fail(nodes[key], f"{key} must be a number of days from 0 to 366, not {value!r}.")
        return value

    def optional_text(self, nodes: dict[str, yaml.Node], key: str) -> str | None:
        return self.text(nodes[key], key) if key in nodes else None

    def text(self, node: yaml.Node, key: str) -> str:
        value = self.value(node)
        if not isinstance(value, str) or not value.strip():
            self.fail(node, f"{key} must be text, not {value!r}.")
        return value.strip()

    def choice(self, node: yaml.Node, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(node, key)
        if value not in allowed:
            self.fail(node, f"{key} {value!r} is unknown{_suggestion(value, allowed)}. Use {', '.join(allowed)}.")
        return value

    def items(self, node: yaml.Node, known: tuple[str, ...] | None, what: str) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"{what} must be written as `key: value` lines.")
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = self.value(key_node)
            if not isinstance(key, str) or (known is not None and key not in known):
                hint = _suggestion(str(key), known or ())
                self.fail(key_node, f"unknown key {key!r}{hint}. {what} knows {', '.join(known or ('text keys',))}.")
            if key in seen:
                self.fail(key_node, f"key {key!r} is given twice.")
            seen.add(key)
            yield key, value_node

    def sequence(self, node: yaml.Node, key: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.fail(node, f"{key} must be a list.")
        return list(node.value)

    def value(self, node: yaml.Node) -> Any:
        try:
            return self.loader.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            self.fail(node, f"the value cannot be read: {getattr(error, 'problem', None) or error}.")

    def is_null(self, node: yaml.Node) -> bool:
        return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"

    def fail(self, node: yaml.Node, message: str) -> NoReturn:
        raise ConfigurationError(f"{self.path}, line {node.start_mark.line + 1}: {message}")


def _default_source_system(feed_name: str) -> str:
    """Contracts.md: a feed named as its contract is of the contract's source, any other of its own name."""
    return contracts()[feed_name].source if feed_name in contracts() else feed_name


def _suggestion(value: str, allowed: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(value, allowed, n=1)
    return f", did you mean {close[0]!r}?" if close else ""
