"""Functions that tables name, imported once somebody calls them: torch takes seconds to load."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class _Function:
    module: str
    name: str

    def __call__(self, *given: Any, **named: Any) -> Any:
        return getattr(import_module(self.module), self.name)(*given, **named)


@dataclass(frozen=True)
class LazyModule:
    """A module whose functions can be named before it is imported.

    Attributes:
        module: its dotted name.
    """

    module: str

    def __getattr__(self, name: str) -> _Function:
        if name.startswith("_"):  # Python itself asks for such names
            raise AttributeError(name)
        return _Function(self.module, name)
