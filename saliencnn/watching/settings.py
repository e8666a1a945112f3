"""A caller's settings and numbers, as MLflow can hold them."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.common.secrets import mask_secrets

MAX_VALUE = 500
"""Characters of a setting's value."""
_UNFIT = re.compile(r"[^\w./ -]", re.ASCII)
_UNFIT_METRIC = re.compile(r"[^\w-]", re.ASCII)


def write_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings as names and texts; those within others get dotted names.

    Raises:
        UserError: they have no names, or ``epochs`` is no whole number, which pages need to say
            how far a run is.
    """
    if not isinstance(settings, Mapping):
        raise UserError(
            f"settings must be a dict of names and values; this is a {type(settings).__name__}."
        )
    written = {
        _UNFIT.sub("_", name)[:200]: mask_secrets(str(value))[:MAX_VALUE]
        for name, value in _flatten(settings)
    }
    epochs = written.get("epochs", "0")
    if not (epochs.isascii() and epochs.isdigit()):
        raise UserError(f"The setting epochs is {epochs!r:.40}; it must be a whole number.")
    return written


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", value


def write_metrics(
    given: Mapping[str, Any], own: Mapping[str, float]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return a caller's numbers beside our own, and the names of those that are no numbers.

    Args:
        given: by name; one of our own's name is kept as ``loop_NAME``.
        own: our numbers by name.
    """
    found, unfit = {}, []
    for name, value in given.items():
        key = _UNFIT_METRIC.sub("_", str(name))[:200]
        key = f"loop_{key}" if key in own or key == "epoch" else key
        number = _read_number(value)
        if math.isfinite(number):
            found[key] = number
        else:
            unfit.append(key)
    return found, tuple(unfit)


def _read_number(value: Any) -> float:
    """Return a value as a number, NaN where it is none: no text may end somebody's training."""
    try:
        return float(value.detach() if isinstance(value, Tensor) else value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return math.nan
