"""What a run learned from beside its hyperparameters: its training images and first weights."""

from dataclasses import dataclass

from saliencnn.common.sentences import count
from saliencnn.store.run_info import RunInfo, describe_weights


@dataclass(frozen=True)
class Basis:
    """What a run learned from; runs with the same values but another basis come to other numbers.

    Attributes:
        training: digest of its training images; empty where unknown.
        images: how many these are; 0 where unknown.
        weights: what it began with, in words; empty where unknown.
    """

    training: str = ""
    images: int = 0
    weights: str = ""

    def is_like(self, other: "Basis") -> bool:
        """Whether nothing is known that sets them apart."""
        return not self.describe_difference(other)

    def describe_difference(self, other: "Basis") -> str:
        """Return in what this run differs from another, called "this run", as clauses; or ""."""
        told = []
        if self.images and other.images and self.images != other.images:
            images = count(self.images, "image", "images")
            told.append(f"learned from {images}, this run from {other.images}")
        elif self.training and other.training and self.training != other.training:
            told.append("learned from other images than this run")
        if self.weights and other.weights and self.weights != other.weights:
            told.append(f"began with weights {self.weights}, this run with {other.weights}")
        return f"it {'; it '.join(told)}" if told else ""


UNKNOWN = Basis()


def find_basis(run: RunInfo) -> Basis:
    """Return what a run learned from."""
    weights = describe_weights(run.weights) if run.weights else ""
    return Basis(run.training, sum(run.class_images), weights)
