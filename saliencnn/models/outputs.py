"""The logits in what a network returns: a tensor, a dict, a tuple, a named tuple, an object."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.models.spec import CONTRAST, ModelSpec


def read_logits(output: Any, place: str | int | None) -> Tensor:
    """Return the logits (N, classes) of a network's output.

    Args:
        output: what the network returned.
        place: where they are, as in ``ModelSpec.logits``.

    Raises:
        UserError: there are none.
    """
    if isinstance(output, Tensor):
        found: Any = output
    else:
        fields = fields_of(output)
        if place not in fields:
            raise UserError(f"The network returns no {place!r} this time: {describe(output)}.")
        found = fields[place]
    logits = as_logits(found)
    if logits is None:
        raise UserError(f"The network's scores are not (N, classes): {describe(output)}.")
    return logits


def read_scores(output: Any, spec: ModelSpec) -> Tensor:
    """Return the scores (N, classes) that a network's maps explain, as its spec says.

    A single score has nothing to be compared with; it stays as it is.

    Raises:
        UserError: there are none.
    """
    logits = read_logits(output, spec.logits)
    return centre(logits) if spec.score == CONTRAST and logits.shape[1] > 1 else logits


def centre(values: Tensor) -> Tensor:
    """Subtract the mean over the classes from values (N, classes)."""
    return values - values.mean(1, keepdim=True)


def fields_of(output: Any) -> dict[str | int, Any]:
    """Return the parts of an output by key, attribute or position; of a tensor itself as ""."""
    if isinstance(output, Tensor):
        return {"": output}
    if isinstance(output, Mapping):  # Hugging Face's ModelOutput is one
        return dict(output)
    if isinstance(output, tuple) and hasattr(output, "_fields"):
        return dict(zip(output._fields, output, strict=True))
    if isinstance(output, tuple | list):
        return dict(enumerate(output))
    fields: dict[str | int, Any] = dict(getattr(output, "__dict__", {}))
    return fields | {"logits": output.logits} if hasattr(output, "logits") else fields


def as_logits(value: Any) -> Tensor | None:
    """Return a tensor as logits (N, classes), or None if it has no such shape."""
    if not isinstance(value, Tensor) or not value.is_floating_point() or not value.ndim:
        return None
    if value.ndim == 1:  # one score for each image
        return value[:, None]
    single = all(side == 1 for side in value.shape[2:])
    return value.flatten(1) if single else None


def describe(output: Any) -> str:
    """Say in a few words what a network returned."""
    if isinstance(output, Tensor):
        return f"a tensor {tuple(output.shape)}"
    parts = [
        f"{name!r} {tuple(value.shape)}" if isinstance(value, Tensor) else repr(name)
        for name, value in fields_of(output).items()
    ]
    return f"a {type(output).__name__} of {', '.join(parts) or 'nothing'}"
