"""See what CNNs learn while they train, and how far their saliency maps can be trusted.

    from saliencnn import explain, overlay
    maps = explain(model, "bird.jpg")
    overlay("bird.jpg", maps["gradcam"])

These names are stable; everything else may change. Each is loaded when it is first used, so that
importing the package costs nothing and changes nothing in the process.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saliencnn.common.errors import UserError
    from saliencnn.drawing.overlay import overlay
    from saliencnn.plugins import load_plugins
    from saliencnn.saliency import METHODS, explain, inspect_model
    from saliencnn.saliency.plotting import plot
    from saliencnn.store.registry import load_accepted
    from saliencnn.watching.start import watch

__version__ = "0.1.0"
__all__ = [
    "METHODS",
    "UserError",
    "__version__",
    "explain",
    "inspect_model",
    "load_accepted",
    "load_plugins",
    "overlay",
    "plot",
    "watch",
]

_HOMES = {
    "METHODS": "saliencnn.saliency",
    "UserError": "saliencnn.common.errors",
    "explain": "saliencnn.saliency",
    "inspect_model": "saliencnn.saliency",
    "load_accepted": "saliencnn.store.registry",
    "load_plugins": "saliencnn.plugins",
    "overlay": "saliencnn.drawing.overlay",
    "plot": "saliencnn.saliency.plotting",
    "watch": "saliencnn.watching.start",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
