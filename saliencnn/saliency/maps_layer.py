"""The target layer in a traced pass: the last one with maps, and how its output is laid out."""

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.spec import CHANNELS_FIRST, CHANNELS_LAST, TOKENS, ModelSpec
from saliencnn.saliency.layout import cover_alike, grid_of_tokens
from saliencnn.saliency.trace import Call, Trace, gradients_of, width_of

POOLING = (
    nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.LPPool2d,
    nn.FractionalMaxPool2d,
)  # fmt: skip
MAX_EXTRA_TOKENS = 8
"""Class and register tokens that may stand before those of the image."""


def find_layer(seen: Trace, scores: Tensor, spec: ModelSpec, head: Call | None) -> ModelSpec:
    """Return the spec at the last layer with several cells on which the scores depend.

    Args:
        seen: the traced pass.
        scores: what must depend on the layer.
        spec: what is known of the network.
        head: the layer that scores the classes, if there is one.
    """
    fallback = None
    found = [(call, _with_layout(seen, spec, call)) for call in _candidates(seen, head)]
    fine = [
        (call, at) for call, at in found if at and seen.maps(call.output, at).shape[2:] != (1, 1)
    ]
    # A linear layer on tokens makes queries or a hidden layer of them, no features of a cell.
    fine.sort(key=lambda one: one[1].layout == TOKENS and isinstance(one[0].module, nn.Linear))
    # The last one nearly always is it; the further back, the longer gradients take.
    for some in (fine[:1], fine[1:16], fine[16:]):
        gradients = gradients_of(scores, [call.output for call, _ in some])
        for (_, at), gradient in zip(some, gradients, strict=True):
            if gradient is not None and seen.maps(gradient, at).any():
                return at
            if gradient is not None and at.layout != TOKENS:
                fallback = fallback or at
    if fallback is None:
        raise UserError(
            "No layer of this network puts out maps on which its scores depend; name one with "
            'layer="...", or show the network larger images.'
        )
    return fallback


def _candidates(seen: Trace, head: Call | None) -> Iterator[Call]:
    """Yield one call for each tensor before the head that is not pooled, the last tensor first."""
    before = [call for call in seen.calls if head is None or call.place < head.place]
    groups: dict[object, list[Call]] = {}
    for call in before:
        if isinstance(call.output, Tensor) and call.output.ndim in (3, 4):
            groups.setdefault(call.identity, []).append(call)
    often = [call.name for call in seen.calls]
    for group in sorted(groups.values(), key=lambda group: -group[0].place):
        lasting = [call for call in group if seen.last(call.name) is call]
        if lasting and not any(isinstance(call.module, POOLING) for call in group):
            yield min(lasting, key=lambda call: (often.count(call.name), call.name.count(".")))


def at_layer(seen: Trace, scores: Tensor, spec: ModelSpec, layer: str) -> ModelSpec:
    """Return the spec at a layer that a person has named.

    Raises:
        UserError: it has no maps, or the scores do not depend on them.
    """
    call = seen.last(layer)
    if call is None:
        raise UserError(f"Layer {layer!r} takes no part in a forward pass.")
    if not isinstance(call.output, Tensor):
        seen.maps(call.output, replace(spec, target_layer=layer))  # says what it is
    found = _with_layout(seen, spec, call)
    if found is None:
        raise UserError(
            f"Layer {layer!r} has no maps: its output {tuple(call.output.shape)} has no height and "
            "width."
        )
    gradient = gradients_of(scores, [call.output])[0]
    lost = gradient is None or not seen.maps(gradient, found).any()
    if found.layout == TOKENS and lost:
        raise UserError(
            f"The scores do not depend on the image's tokens after {layer!r}; choose a layer "
            "before the last attention, such as the one that inspect_model(model) finds."
        )
    return found


def _with_layout(seen: Trace, spec: ModelSpec, call: Call) -> ModelSpec | None:
    """Return the spec at a layer with its output's layout, or None if it has no maps."""
    shape, image = tuple(call.output.shape), seen.size
    spec = replace(spec, target_layer=call.name, output_shape=shape[1:])
    if shape[0] != 2 or len(shape) not in (3, 4):
        return None
    if len(shape) == 3:
        extra = _find_extra_tokens(seen, call, shape[1])
        return None if extra is None else replace(spec, layout=TOKENS, extra_tokens=extra)
    if shape[2] in _token_counts(seen):
        return None  # one attention head's matrix or queries a channel, no map
    fitting = [
        layout
        for layout, cells in ((CHANNELS_FIRST, shape[2:]), (CHANNELS_LAST, shape[1:3]))
        if cover_alike((cells[0], cells[1]), image)
    ]
    if len(fitting) == 2 and _has_channels_last(seen, call):
        fitting.reverse()
    return replace(spec, layout=fitting[0]) if fitting else None


def _token_counts(seen: Trace) -> set[int]:
    """Return how many tokens there are, wherever layers put out tokens."""
    outputs = [call.output for call in seen.calls if isinstance(call.output, Tensor)]
    return {output.shape[1] for output in outputs if output.ndim == 3}


def _has_channels_last(seen: Trace, call: Call) -> bool:
    """Whether the last layer with weights up to a call seems to put its channels last."""
    earlier = (one for one in reversed(seen.calls) if one.place <= call.place)
    maker = next((one for one in earlier if width_of(one) is not None), None)
    if maker is None:
        return False
    first, last = (call.output.shape[axis] == width_of(maker) for axis in (1, 3))
    if first != last:
        return bool(last)
    return isinstance(maker.module, nn.LayerNorm | nn.Linear)


def _find_extra_tokens(seen: Trace, call: Call, tokens: int) -> int | None:
    """Return how many tokens come before those of the image; None if they form no grid."""
    image = seen.size
    for one in reversed(seen.calls[: call.place]):
        if isinstance(one.module, nn.Conv2d) and isinstance(one.output, Tensor):
            cells = one.output.shape[2:].numel()  # of the patches, most likely
            grid = grid_of_tokens(cells, image)
            if 0 <= tokens - cells <= MAX_EXTRA_TOKENS and grid == tuple(one.output.shape[2:]):
                return tokens - cells
    return next((extra for extra in (0, 1) if grid_of_tokens(tokens - extra, image)), None)
