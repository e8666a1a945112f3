"""What a method is given to explain a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.models.spec import CONTRAST, POOLED, ModelSpec
from saliencnn.saliency.passes import CutPass


class NotApplicable(UserError):
    """A method is not defined for this network; the message says why."""


@dataclass(frozen=True)
class SharedPass:
    """What all methods of a call share: one forward and one backward pass to the layer.

    Attributes:
        cut: returns the cut pass on the images; it runs when the first method asks for it.
        targets: (N,) int64, the class to explain.
    """

    cut: Callable[[], CutPass]
    targets: Tensor

    @cached_property
    def gradients(self) -> Tensor:
        """Gradients of the class scores at the target layer, (N, C, h, w), computed once."""
        return self.cut().gradients(self.targets)


@dataclass(frozen=True)
class Task:
    """What a method may use to explain one batch.

    Attributes:
        model: frozen and in evaluation.
        images: (N, 3, H, W), normalised.
        spec: the network's target layer and head.
        shared: the pass that all methods share.
        seed: start of any random numbers.
        report: called with the method's progress.
    """

    model: nn.Module
    images: Tensor
    spec: ModelSpec
    shared: SharedPass
    seed: int
    report: Progress

    @property
    def targets(self) -> Tensor:
        """The class to explain, (N,) int64."""
        return self.shared.targets

    @property
    def logits(self) -> Tensor:
        """(N, classes)."""
        return self.shared.cut().logits

    @property
    def activations(self) -> Tensor:
        """The target layer's output, (N, C, h, w)."""
        return self.shared.cut().activations

    @property
    def gradients(self) -> Tensor:
        """Gradients of the class scores at the target layer, (N, C, h, w)."""
        return self.shared.gradients

    def report_steps(self, done: int, total: int) -> None:
        """Report how many of the method's steps are done."""
        self.report(done / total, f"{done} of {total}")

    def head(self) -> tuple[Tensor, Tensor]:
        """Return the classifier's weights (N, C) and bias (N,) for each image's class.

        Of a contrast behind a linear head, without what all classes have in common.
        """
        weights, bias = self.classifier()
        if self.spec.score == CONTRAST and self.spec.head_kind == POOLED and len(weights) > 1:
            weights, bias = weights - weights.mean(0), bias - bias.mean()
        return weights[self.targets], bias[self.targets]

    def classifier(self) -> tuple[Tensor, Tensor]:
        """Return the classifier's weights (classes, C) and bias (classes,)."""
        layer = self.model.get_submodule(self.spec.head)
        assert isinstance(layer, nn.Linear | nn.Conv2d)
        weights = layer.weight.detach().flatten(1)
        return weights, weights.new_zeros(
            len(weights)
        ) if layer.bias is None else layer.bias.detach()
