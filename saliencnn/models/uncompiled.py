"""Torchvision without torch's compiler, for programs that compile nothing."""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

COMPILER = ("torch._dynamo", "torch._dynamo.utils")


class _Aside(ModuleType):
    """Stands for a module of the compiler; what it does not have, it asks of the real one."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # whoever looks through all modules asks for their files
            raise AttributeError(name)
        _forget()
        return getattr(import_module(self.__name__), name)


def load_torchvision() -> None:
    """Load torchvision, unless it is there, and the compiler only once somebody compiles.

    Torchvision asks for the compiler as it is loaded, to leave out one function and to align
    regions on a GPU. The compiler, with Triton and SymPy, takes 190 MB and 1.5 s.
    """
    if "torchvision" in sys.modules or any(name in sys.modules for name in COMPILER):
        return
    compiler, details = map(_Aside, COMPILER)
    vars(compiler).update(__path__=[], disable=_leave_out)
    vars(details).update(is_compile_supported=lambda _device: False)
    sys.modules.update(zip(COMPILER, (compiler, details), strict=True))
    try:
        import_module("torchvision.transforms.v2.functional")  # which comes last
    finally:
        _forget()


def _leave_out(function: Callable[..., Any], *_how: Any, **_why: Any) -> Callable[..., Any]:
    return function


def _forget() -> None:
    for name in COMPILER:
        if isinstance(sys.modules.get(name), _Aside):
            del sys.modules[name]
