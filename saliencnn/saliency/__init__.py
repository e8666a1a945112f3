"""The explanation methods behind one function.

Their table can be read without torch, so whatever computes is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from saliencnn.saliency.methods import METHODS, Method

if TYPE_CHECKING:
    from saliencnn.saliency.explaining import classify_and_explain, explain, explain_validation
    from saliencnn.saliency.inspection import inspect_model
    from saliencnn.saliency.task import NotApplicable

__all__ = [
    "METHODS",
    "Method",
    "NotApplicable",
    "classify_and_explain",
    "explain",
    "explain_validation",
    "inspect_model",
]

_HOMES = {
    "NotApplicable": "task",
    "classify_and_explain": "explaining",
    "explain": "explaining",
    "explain_validation": "explaining",
    "inspect_model": "inspection",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
