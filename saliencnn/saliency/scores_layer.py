"""The scores in a traced pass: where the logits are, and which layer makes them."""

from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.outputs import as_logits, describe, fields_of
from saliencnn.saliency.trace import Call, Trace, gradients_of, identify, width_of


def find_logits(seen: Trace, head: str | None) -> tuple[str | int, Tensor]:
    """Return where the logits are in the network's output, and the logits (2, classes)."""
    fields = fields_of(seen.output)
    found = {name: as_logits(value) for name, value in fields.items()}
    scores = {name: value for name, value in found.items() if value is not None and len(value) == 2}
    heads = [call for call in seen.calls if is_linear(call)]
    if head is not None:
        heads = [call for call in heads if call.name == head]
    made_by_heads = {call.identity for call in heads}
    direct = [
        name for name, value in scores.items() if identify(value, value._version) in made_by_heads
    ]
    if head is not None and len(direct) == 1:
        return direct[0], scores[direct[0]]
    if "logits" in scores:
        return "logits", scores["logits"]
    chosen = direct if len(direct) == 1 else list(scores)
    if len(chosen) == 1:
        return chosen[0], scores[chosen[0]]
    if not scores:
        raise UserError(f"The network returns no scores (N, classes) but {describe(seen.output)}.")
    names = ", ".join(dict.fromkeys(repr(call.name) for call in heads))
    raise UserError(
        f"The network returns {describe(seen.output)}; choose the scores with head=, by the name "
        f"of the layer that makes them: {names}."
    )


def is_linear(call: Call) -> bool:
    """Whether a layer may be a head: a linear layer or a convolution."""
    return isinstance(call.module, nn.Linear | nn.Conv2d) and isinstance(call.output, Tensor)


def find_head(seen: Trace, logits: Tensor, head: str | None) -> Call | None:
    """Return the call of the layer that scores the classes."""
    if head is not None:
        call = seen.last(head)
        if call is None:
            raise UserError(f"Layer {head!r} takes no part in a forward pass.")
        if not is_linear(call) or width_of(call) != logits.shape[1]:
            raise UserError(
                f"Layer {head!r} is no linear layer or convolution that scores the "
                f"{logits.shape[1]} classes."
            )
        return call
    wide = [call for call in seen.calls if is_linear(call) and width_of(call) == logits.shape[1]]
    own = identify(logits, logits._version)
    direct = [call for call in wide if call.identity == own]
    for call in [*reversed(direct), *reversed(wide)]:
        if gradients_of(logits, [call.output])[0] is not None:
            return call
    return None
