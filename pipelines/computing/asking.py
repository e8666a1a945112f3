"""What the dashboard asks to be computed.

There are two lines, each before a process of its own: a map, which somebody looks for at this
moment, must not wait for a colleague's check, which takes minutes.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, ParamSpec, TypeVar

from pipelines.computing.computer import Computer
from pipelines.computing.frames import name_of
from saliencnn.common.progress import Progress, silent

Given = ParamSpec("Given")
Result = TypeVar("Result")

the_computer, the_slow_computer = cache(Computer), cache(Computer)
"""Return this process's only one for what takes seconds, and for what takes minutes."""


def compute(work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """Return what a function of ours returns, computed by this program's ``Computer``.

    Args:
        work: a function of a module of ours that can be loaded without torch.
        given: its arguments, as ``Computer.compute`` takes them.
        named: likewise; ``report``, if it has one, is called here.

    Raises:
        UserError: as ``Computer.compute``.
    """
    return _ask(the_computer(), work, given, named)


def compute_slowly(
    work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
) -> Result:
    """Return what a function that takes minutes returns, as ``compute`` does the others'."""
    return _ask(the_slow_computer(), work, given, named)


def _ask(
    computer: Computer, work: Callable[..., Result], given: tuple[Any, ...], named: dict[str, Any]
) -> Result:
    report: Progress = named.pop("report", silent)
    result: Result = computer.compute(name_of(work), given, named, report)
    return result
