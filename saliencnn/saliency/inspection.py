"""Find what explaining a network takes to know, from one traced forward pass.

The head is the last linear layer or convolution that puts out one number a class. The target layer
is the last one before it whose output still has more than one cell and on whose cells the scores
depend; pooling does not count, so maps are as fine as the features that are pooled. Of several
layers that put out the same tensor, the outermost names it. Whether CAM is defined is not guessed
from the layers' kinds: the formula must give the very scores of the traced pass.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.data.inputs import IMAGENET, Images, Preprocess, prepare_images
from saliencnn.data.size import Size, sides_of, write_size
from saliencnn.models.architecture import Architecture
from saliencnn.models.spec import CONVOLUTIONAL, DEEP, POOLED, ModelSpec
from saliencnn.saliency.maps_layer import at_layer, find_layer
from saliencnn.saliency.scores_layer import find_head, find_logits
from saliencnn.saliency.trace import Call, Trace, identify, trace


def inspect_model(
    model: nn.Module,
    images: Images | None = None,
    layer: str | None = None,
    head: str | None = None,
    preprocess: Preprocess = IMAGENET,
) -> ModelSpec:
    """Find a network's target layer and head by one traced forward pass.

    Args:
        model: an image classifier; wrappers of ``torch.compile`` and for several GPUs are looked
            through. It leaves as it came.
        images: one or many, as for ``explain``; the first is traced, beside noise of its size.
            Without, noise of a size that the network takes.
        layer: dotted name of the target layer, instead of the one that would be found.
        head: dotted name of the layer that scores the classes, likewise. It also chooses between
            several outputs.
        preprocess: prepares a PIL image, as for ``explain``.

    Returns:
        The spec; printed, it says what was chosen. Pass it to ``explain`` as ``spec=``, and its
        calls need no traced pass of their own.

    Raises:
        UserError: the network does not run, its logits or maps cannot be told from the rest, or
            it has no such layer.
    """
    network = unwrap(model)
    for name in (layer, head):
        check_layer(network, name)
    seen = trace(network, None if images is None else read_batch(images, network, preprocess))
    place, logits = find_logits(seen, head)
    if not logits.requires_grad:
        raise UserError("The network computes its scores without gradients, as under no_grad.")
    last = find_head(seen, logits, head)
    spec = ModelSpec(
        target_layer="",
        head=last.name if last else "",
        head_kind=DEEP,
        logits=None if place == "" and seen.output.ndim == 2 else place,
        classes=logits.shape[1],
    )
    # Not the logits: a head that nobody has trained yet may have no weight but zero.
    scores = last.input if last else logits
    spec = at_layer(seen, scores, spec, layer) if layer else find_layer(seen, scores, spec, last)
    spec = replace(spec, rectified=_is_rectified(seen, spec, last))
    return replace(spec, head_kind=_find_head_kind(seen, logits, spec, last))


def inspect_architecture(
    architecture: Architecture,
    classes: int,
    size: Size,
    layer: str | None = None,
    head: str | None = None,
) -> Architecture:
    """Return an architecture whose target layer and head are known, and its number of classes.

    Args:
        architecture: as ``find_architecture`` gives it; one of the table is not looked at, unless
            another layer or head is wanted.
        classes: how many the head scores.
        size: of the images in pixels at which it is to run.
        layer: as for ``inspect_model``.
        head: likewise.

    Raises:
        UserError: as for ``inspect_model``.
    """
    wanted = (layer or architecture.target_layer, head or architecture.head)
    if architecture.target_layer and wanted == architecture.place:
        return replace(architecture, classes=classes)
    with torch.random.fork_rng(devices=[]):
        network = architecture.build(num_classes=classes).eval()
    noise = torch.randn(1, 3, *sides_of(size), generator=torch.Generator().manual_seed(0))
    try:
        found = inspect_model(network, noise, layer, head)
    except UserError as error:
        own = architecture.preparation.geometry.input_size
        hint = "" if own == size else f" By default it gets images of {write_size(own)} pixels."
        raise UserError(f"{error}{hint}") from error
    if found.classes != classes:
        raise UserError(f"The network scores {found.classes} classes where {classes} are wanted.")
    return replace(architecture, **found.encode())


def unwrap(model: nn.Module) -> nn.Module:
    """Return the network inside what ``torch.compile`` and training on several GPUs wrap it in.

    Raises:
        UserError: it is no network whose layers can be watched.
    """
    while True:
        if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            model = model.module
        elif hasattr(model, "_orig_mod"):
            model = model._orig_mod  # type: ignore[assignment]
        else:
            break
    kind = type(model).__name__
    if not isinstance(model, nn.Module):
        raise UserError(f"A network must be a torch.nn.Module; this is a {kind}.")
    if isinstance(model, torch.jit.ScriptModule):
        raise UserError("A TorchScript network lets nobody see its layers; pass the original one.")
    if kind == "FullyShardedDataParallel":
        raise UserError("A network sharded over processes has no whole layers; gather it first.")
    return model


def read_batch(images: Images, model: nn.Module, preprocess: Preprocess) -> Tensor:
    """Return images as a network's input (N, C, H, W), of its parameters' type and device."""
    batch = prepare_images(images, preprocess)
    parameter = next((p for p in model.parameters() if p.is_floating_point()), None)
    return batch if parameter is None else batch.to(parameter.device, parameter.dtype)


def check_layer(model: nn.Module, name: str | None) -> None:
    """Check that a network has a layer.

    Raises:
        UserError: it has not.
    """
    try:
        model.get_submodule(name or "")
    except AttributeError:
        raise UserError(f"Layer {name!r} is not part of this network.") from None


def _is_rectified(seen: Trace, spec: ModelSpec, head: Call | None) -> bool:
    """Whether the head is given the average of the layer's output behind a ReLU without a name."""
    call = seen.last(spec.target_layer)
    if head is None or call is None or not isinstance(head.input, Tensor):
        return False
    with torch.no_grad():
        maps = seen.maps(call.output, spec)
        given = head.input.flatten(1)
        behind, before = maps.relu().mean((2, 3)), maps.mean((2, 3))
        in_place = call.overwritten  # the output is then seen as it became
        return _agree(given, behind, 1e-4) and (in_place or not _agree(given, before, 1e-4))


def _find_head_kind(seen: Trace, logits: Tensor, spec: ModelSpec, head: Call | None) -> str:
    """Return the kind whose formula gives the traced scores; ``DEEP`` if none does."""
    call = seen.last(spec.target_layer)
    if head is None or call is None or head.input.shape[0] != 2:
        return DEEP
    if call.overwritten and not spec.rectified:
        return DEEP
    tolerance = 1e-4 if logits.dtype in (torch.float32, torch.float64) else 2e-2
    with torch.no_grad():
        maps = seen.maps(call.output, spec)
        maps = maps.relu() if spec.rectified else maps
        pooled = _agree(head.input.flatten(1), maps.mean((2, 3)), tolerance)
        own = head.identity == identify(logits, logits._version)
        if pooled and (own or _agree(head.output.flatten(1), logits, tolerance)):
            return POOLED
        if not _agree(head.input, call.output, tolerance):
            return DEEP
        kernel = getattr(head.module, "kernel_size", (1, 1))
        cells = seen.maps(head.output, spec)
        if kernel == (1, 1) and _agree(cells.relu().mean((2, 3)), logits, tolerance):
            return CONVOLUTIONAL
        if kernel == (1, 1) and _agree(cells.mean((2, 3)), logits, tolerance):
            return POOLED
    return DEEP


def _agree(found: Tensor, expected: Tensor, tolerance: float) -> bool:
    """Whether values agree but for rounding, and are not all zero."""
    if found.shape != expected.shape:
        return False
    found, expected = found.float(), expected.float()
    largest = expected.abs().max()
    return bool(largest > 0) and bool((found - expected).abs().max() <= tolerance * largest)
