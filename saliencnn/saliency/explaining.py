"""One function for all explanations, and its variant for the validation pass of training.

``explain`` takes any network and whatever a person calls an image; the jobs call it with a spec
and a batch that are known, which costs them nothing. All methods of a call share one forward pass,
cut at the target layer, and one backward pass to it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, silent, split
from saliencnn.data.inputs import IMAGENET, Images, Preprocess
from saliencnn.models.spec import LOGIT, SCORES, ModelSpec
from saliencnn.saliency.arguments import (
    Target,
    check_classes,
    check_methods,
    check_names,
    read_targets,
)
from saliencnn.saliency.inspection import check_layer, inspect_model, read_batch, unwrap
from saliencnn.saliency.methods import METHODS
from saliencnn.saliency.passes import CutPass, cut_pass, explaining
from saliencnn.saliency.task import SharedPass, Task


@dataclass(frozen=True)
class Explained:
    """Logits (N, classes) of a validation batch, and its maps.

    Attributes:
        logits: float32, on the CPU.
        of_true: method -> (N, h, w), the true class as target.
        of_predicted: method -> (M, h, w), the predicted class as target, for the M images of
            ``wrong`` only.
        wrong: (M,) positions in the batch whose prediction differs from the truth.
    """

    logits: Tensor
    of_true: dict[str, Tensor]
    of_predicted: dict[str, Tensor]
    wrong: Tensor


def explain(
    model: nn.Module,
    images: Images,
    target: Target = None,
    methods: Iterable[str] | str = ("gradcam",),
    *,
    layer: str | None = None,
    head: str | None = None,
    spec: ModelSpec | None = None,
    score: str | None = None,
    preprocess: Preprocess = IMAGENET,
    seed: int = 0,
    report: Progress = silent,
) -> dict[str, Tensor]:
    """Explain class scores of any image classifier.

    ```python
    maps = explain(model, "bird.jpg")
    overlay("bird.jpg", maps["gradcam"])
    ```

    All methods of a call share one forward pass; the methods' table says what each costs beside
    it. Without ``spec``, one more pass of two images finds the target layer and the head, as
    ``inspect_model`` does. The model leaves as it came, also after an exception.

    Args:
        model: an image classifier, on any device and of any floating type. It may return logits
            (N, classes), or a dict, a tuple or an object that holds them. Wrappers of
            ``torch.compile`` and for several GPUs are looked through.
        images: one image or a list of them, with a batch dimension or without. Paths, PIL images
            and uint8 pixels (arrays (H, W, C), tensors (C, H, W)) are prepared by ``preprocess``.
            Floating arrays and tensors (C, H, W) or (N, C, H, W) are taken as normalised already.
        target: the class to explain: one for all images or one each. By default the class that
            the network predicts. A network with one score has class 0 alone, which is this score.
        methods: names of the table ``METHODS``, or one name.
        layer: dotted name of the target layer, where the one that is found is not wanted.
        head: dotted name of the layer that scores the classes, likewise.
        spec: what ``inspect_model`` returned, where it is known: saves the pass that finds it.
        score: ``logit``, the class's own, as the papers explain it, or ``contrast``, the class's
            against the other classes': a map of it changes only where a probability may. By
            default the spec's, which is ``logit`` unless it says otherwise.
        preprocess: prepares a PIL image; torchvision's ``weights.transforms()`` is one. By
            default the shorter side is scaled to 256 pixels, the centre's 224 x 224 are cut out
            and normalised with ImageNet's mean and standard deviation.
        seed: start of the methods' random numbers.
        report: called with the progress of all methods; whatever it raises cancels the call
            and comes out of it.

    Returns:
        Method -> float32 (N, h, w) on the CPU, also for one image (N = 1). Raw: not rescaled, and
        >= 0 unless the method's row says signed. The resolution is the method's own: the target
        layer's for the families ``layer`` and ``channels``, the image's for ``input``, the
        mask's for ``mask``. ``overlay`` lays a map on its image.

    Raises:
        NotApplicable: a method is not defined for this network.
        UserError: unknown method, score or layer, a class that the network does not have, no
            image, or a network whose maps or scores are not found.
    """
    names = [methods] if isinstance(methods, str) else list(methods)
    check_names(names)
    network = unwrap(model)
    batch = read_batch(images, network, preprocess)
    if spec is None or layer or head:
        found = inspect_model(network, batch, layer, head)
        spec = found.explaining(spec.score if spec else LOGIT)
    if score is not None:
        if score not in SCORES:
            raise UserError(f"Score {score!r} is unknown; choose from {', '.join(SCORES)}.")
        spec = spec.explaining(score)
    with _sharing(network, batch, target, names, spec, seed) as task:
        return _maps(task, names, report)


def classify_and_explain(
    model: nn.Module,
    images: Tensor,
    target: Tensor | int,
    methods: Iterable[str],
    *,
    spec: ModelSpec,
    seed: int = 0,
    report: Progress = silent,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Explain class scores, and give the logits of the pass that the methods share.

    For networks and images that need neither inspection nor preparation. Errors are those of
    ``explain``.

    Args:
        model: the network.
        images: float (N, 3, H, W), normalised.
        target: the class to explain, one for all or (N,).
        methods: names of the table ``METHODS``.
        spec: the network's target layer and head.
        seed: start of the methods' random numbers.
        report: called with the progress of all methods.

    Returns:
        Logits float32 (N, classes) on the CPU, and the maps as from ``explain``.
    """
    names = list(methods)
    with _sharing(model, images, target, names, spec, seed) as task:
        maps = _maps(task, names, report)
        return task.logits.detach().float().cpu(), maps


def explain_validation(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    methods: Iterable[str],
    *,
    spec: ModelSpec,
    seed: int = 0,
) -> Explained:
    """Classify and explain a batch in one forward pass.

    The target class is the true one and, where the network is wrong, also the predicted one.

    Args:
        model: network that returns logits (N, classes).
        images: float (N, 3, H, W), normalised.
        labels: (N,) int64, true classes.
        methods: names of the table ``METHODS``.
        spec: the network's target layer and head.
        seed: start of the methods' random numbers.
    """
    names = list(methods)
    check_methods(names, spec)
    check_classes(model, spec, labels)
    labels = labels.to(images.device)
    with explaining(model, spec):
        clean = cut_pass(model, images, spec)
        predicted = clean.logits.argmax(dim=1)
        wrong = (predicted != labels).nonzero()[:, 0]
        shared = SharedPass(lambda: clean, labels)
        task = Task(model, images, spec, shared, seed, silent)
        of_true = _maps(task, names)
        of_predicted: dict[str, Tensor] = {}
        if len(wrong):
            # One more pass through the head alone; the wrong ones are picked out afterwards.
            again = _maps(replace(task, shared=SharedPass(shared.cut, predicted)), names)
            of_predicted = {name: maps[wrong.cpu()] for name, maps in again.items()}
        logits = clean.logits.detach().float().cpu()
    return Explained(logits, of_true, of_predicted, wrong.cpu())


@contextmanager
def _sharing(
    model: nn.Module,
    images: Tensor,
    target: Target,
    names: list[str],
    spec: ModelSpec,
    seed: int,
) -> Iterator[Task]:
    """Check what is asked and yield the task whose pass all methods share."""
    check_methods(names, spec)
    check_layer(model, spec.target_layer)
    targets = None if target is None else read_targets(target, len(images))
    if targets is not None:
        check_classes(model, spec, targets)
    with explaining(model, spec):
        cut = cache(partial(_cut_with_gradients, model, images, spec))
        targets = cut().logits.argmax(1) if targets is None else targets.to(images.device)
        yield Task(model, images, spec, SharedPass(cut, targets), seed, silent)


def _cut_with_gradients(model: nn.Module, images: Tensor, spec: ModelSpec) -> CutPass:
    with torch.enable_grad():  # the first to ask may need no gradients, but others will
        return cut_pass(model, images, spec)


def _maps(
    task: Task,
    names: list[str],
    report: Progress = silent,
) -> dict[str, Tensor]:
    maps = {}
    telling = split(report, [(METHODS[name].label, METHODS[name].effort) for name in names])
    for name, of_method in zip(names, telling, strict=True):
        maps[name] = METHODS[name].compute(replace(task, report=of_method)).detach().float()
    # Copied at the end, so that the next method is queued while a GPU is still at this one.
    return {name: each.cpu() for name, each in maps.items()}
