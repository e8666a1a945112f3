"""Plugins: modules of a lab's own, whose rows stand in our tables beside ours.

A plugin is a module that defines one or more of our tables' names as dictionaries of rows, say
``METHODS = {"mine": Method(...)}``. It is found as an entry point of the group
``saliencnn.plugins``, or by ``SALIENCNN_PLUGINS``: names of modules or paths of files, separated by
commas. One that fails is named in a sentence, and all else works.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial, wraps
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import RLock
from types import ModuleType, SimpleNamespace
from typing import Any

from saliencnn.checks.check import Check, CheckModule
from saliencnn.checks.table import CHECKS
from saliencnn.common.errors import PluginError, UserError
from saliencnn.common.metrics import METRICS
from saliencnn.common.translation import find_reason
from saliencnn.findings.finding import Found, Rule

GROUP = "saliencnn.plugins"
"""Of entry points."""
VARIABLE = "SALIENCNN_PLUGINS"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Of a row: it is an option's value, a metric or a part of a file's name."""
_RULE = re.compile(r"[a-z][a-z0-9_ ,-]{0,39}")

_FLAGS = {
    "images", "epoch", "methods", "check", "image", "picture", "help", "device", "engine",
    "own-network",
}  # fmt: skip
"""Options of the command ``check`` itself."""

Guard = Callable[[Any, str], Any]
"""From a row and whose it is to the row whose failures say that."""


@dataclass(frozen=True)
class GuardedCheck(Check):
    """A plugin's check, whose failures say that it is one."""

    owner: str = ""

    def load(self) -> CheckModule:
        """Import the module that computes the check."""
        module = super().load()
        return SimpleNamespace(
            measure=_guarded(module.measure, self.owner), show=_guarded(module.show, self.owner)
        )


def _guard_field(field: str, row: Any, owner: str) -> Any:
    return replace(row, **{field: _guarded(getattr(row, field), owner)})


def _guard_check(row: Check, owner: str) -> GuardedCheck:
    return GuardedCheck(**vars(row), owner=owner)


def _guard_rule(row: Rule[Any], owner: str) -> Rule[Any]:
    def find(facts: Any) -> Found | None:
        found = row.find(facts)
        if found is not None:
            row.write(found)  # a sentence may ask for numbers that are not there
        return found

    return replace(row, find=_guarded(find, owner))


@dataclass(frozen=True)
class Table:
    """One of our tables, to which plugins may add.

    Attributes:
        name: of the table, here and in a plugin.
        module: that defines it.
        kind: what a row is, for people.
        guard: of its rows.
        pattern: of its rows' names.
    """

    name: str
    module: str
    kind: str
    guard: Guard
    pattern: re.Pattern[str] = _NAME

    @property
    def rows(self) -> dict[str, Any]:
        """Name -> row, those of plugins among them."""
        rows: dict[str, Any] = getattr(import_module(self.module), self.name)
        return rows


TABLES = (
    Table("METHODS", "saliencnn.saliency.methods", "method", partial(_guard_field, "compute")),
    Table("CHECKS", "saliencnn.checks.table", "check", _guard_check),
    Table(
        "MAP_MEASURES",
        "saliencnn.measures.map_measures",
        "measure",
        partial(_guard_field, "compute"),
    ),
    Table(
        "ARCHITECTURES",
        "saliencnn.models.architectures",
        "architecture",
        partial(_guard_field, "build"),
    ),
    Table("IMAGE_SOURCES", "saliencnn.data.sources", "image source", partial(_guard_field, "read")),
    Table("RUN_RULES", "saliencnn.findings.of_run", "finding", _guard_rule, _RULE),
    Table("COMPARISON_RULES", "saliencnn.findings.of_comparison", "finding", _guard_rule, _RULE),
)


@dataclass(frozen=True)
class _Plugin:
    """Where a plugin is named, and what loads it."""

    name: str
    load: Callable[[], Any]


_lock = RLock()
_loaded: dict[str, list[str]] = {}
"""Plugin -> what cannot be used of it, in sentences."""
_owners: dict[tuple[str, str], str] = {}
"""Table and row -> the plugin that added it."""


def load_plugins() -> tuple[str, ...]:
    """Add the rows of all plugins to our tables, once in a process.

    The command line, each worker and the dashboard do so when they start; a notebook may.

    Returns:
        A sentence for whatever cannot be used.
    """
    with _lock:
        for plugin in _find():
            if plugin.name not in _loaded:
                _loaded[plugin.name] = []  # first: a plugin may ask for plugins
                _loaded[plugin.name] += _load(plugin)
        return tuple(sentence for told in _loaded.values() for sentence in told)


def plugin_variables() -> dict[str, str]:
    """Return the variable by which a process in another folder finds the same plugins."""
    named = [os.path.abspath(name) if name.endswith(".py") else name for name in _named()]
    return {VARIABLE: ",".join(named)} if named else {}


def _named() -> list[str]:
    return [name for text in os.environ.get(VARIABLE, "").split(",") if (name := text.strip())]


@cache
def _installed() -> tuple[_Plugin, ...]:
    """Return the plugins of installed packages; looking for them reads a file of every package."""
    return tuple(_Plugin(point.value, point.load) for point in entry_points(group=GROUP))


def _find() -> Iterator[_Plugin]:
    yield from _installed()
    for name in _named():
        yield _Plugin(name, partial(_import, name))


def _import(name: str) -> ModuleType:
    """Import a module by its name or its file."""
    if not name.endswith(".py"):
        return import_module(name)
    path = Path(name).expanduser().resolve()
    if path.stem in sys.modules:
        raise ImportError(f"a module {path.stem} is loaded already; rename the file")
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[path.stem] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _load(plugin: _Plugin) -> list[str]:
    """Load one plugin; return what cannot be used of it."""
    try:
        module = plugin.load()
    except (Exception, SystemExit) as error:  # whatever the lab's code does, ours goes on
        reason = f"{type(error).__name__}: {find_reason(error)}"
        return [f"The plugin {plugin.name} cannot be loaded ({reason}); all else works."]
    found = [table for table in TABLES if hasattr(module, table.name)]
    if not found:
        names = ", ".join(table.name for table in TABLES)
        return [f"The plugin {plugin.name} adds nothing, since it has none of {names}."]
    return [
        f"The plugin {plugin.name}: {reason}; all else works."
        for table in found
        for reason in _add(table, getattr(module, table.name), plugin.name)
    ]


def _add(table: Table, added: Any, owner: str) -> list[str]:
    """Add a plugin's rows to a table; return why some were not."""
    rows = table.rows
    if added is rows:  # it only uses our table
        return []
    if not isinstance(added, dict):
        return [f"{table.name} must be a dictionary of rows by name"]
    kind, refused = type(next(iter(rows.values()))), []
    for name, row in added.items():
        if (table.name, name) in _owners or name in rows:
            whose = _owners.get((table.name, name), "saliencnn")
            refused.append(f"there is a {table.kind} {name!r} already, of {whose}")
        elif not isinstance(name, str) or not table.pattern.fullmatch(name):
            refused.append(f"{name!r} cannot be the name of a {table.kind}; say it in lower case")
        elif not isinstance(row, kind):
            refused.append(f"the {table.kind} {name!r} must be a {kind.__name__}")
        elif getattr(row, "name", name) != name:
            refused.append(f"the {table.kind} {name!r} calls itself {row.name!r}")
        elif flag := _find_taken_option(row):
            refused.append(f"the check {name!r} has an option {flag!r} that is taken; rename it")
        else:
            rows[name] = table.guard(row, f"{table.kind} {name!r} of the plugin {owner}")
            _owners[table.name, name] = owner
            if table.name == "MAP_MEASURES":
                METRICS.setdefault(name, row.metric)
    return refused


def _find_taken_option(row: Any) -> str:
    """Return an option of a check that the command ``check`` has already, if there is one."""
    if not isinstance(row, Check):
        return ""
    taken = {name for check in CHECKS.values() for name in check.defaults} | _FLAGS
    return next((name for name in row.defaults if name in taken), "")


def _guarded(function: Callable[..., Any], owner: str) -> Callable[..., Any]:
    """Return a plugin's function, whose failures are sentences that name it."""

    @wraps(function)
    def guarded(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except UserError:  # a sentence already, or the wish to stop
            raise
        except Exception as error:
            raise PluginError(
                f"The {owner} fails ({type(error).__name__}: {find_reason(error)})."
            ) from error

    return guarded
