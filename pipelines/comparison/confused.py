"""Two classes that a network takes for each other, and images of both; pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from saliencnn.common.sentences import count, quote
from saliencnn.measures.groups import MIN_GROUP


@dataclass(frozen=True)
class ConfusedPair:
    """Two classes, and how often a network takes one for the other.

    Attributes:
        classes: both, the one first that is taken for the other more often.
        taken: how many images of each are taken for the other.
        images: how many there are of each.
        equal: other pairs of classes that are confused on as many images.
    """

    classes: tuple[int, int]
    taken: tuple[int, int]
    images: tuple[int, int]
    equal: int = 0

    @property
    def confused(self) -> int:
        """On how many images it takes one for the other."""
        return sum(self.taken)

    def describe(self, network: str, names: Sequence[str], chosen: bool) -> str:
        """Say it in a sentence, up to a colon which classes these are.

        Args:
            network: its name.
            names: of all classes.
            chosen: whether a person chose these classes; else they are those confused most.
        """
        first, second = (quote(names[one]) for one in self.classes)
        most = "" if chosen else " most"
        if not self.confused:
            return f"{network} confuses no image of {first} with {second}, nor the other way round."
        told = [
            f"{part} of {count(of, 'image', 'images')} of {own} {'is' if part == 1 else 'are'} "
            f"taken for {other}"
            for part, of, own, other in (
                (self.taken[0], self.images[0], first, second),
                (self.taken[1], self.images[1], second, first),
            )
            if part
        ]
        if self.equal:
            pairs = count(self.equal, "other pair", "other pairs")
            told.append(
                f"{pairs} of classes {'is' if self.equal == 1 else 'are'} confused as often"
            )
        if self.confused < MIN_GROUP:
            told.append("so few images may be chance")
        return f"{network} confuses {first} and {second}{most}: {'; '.join(told)}."


def find_confused_pair(true: np.ndarray, predicted: np.ndarray) -> ConfusedPair | None:
    """Return the two classes that are taken for each other on most images; None without any.

    Args:
        true: int (N,), the images' classes.
        predicted: int (N,), what the network says.
    """
    wrong = true != predicted
    if not wrong.any():
        return None
    pairs = np.sort(np.stack([true[wrong], predicted[wrong]]), axis=0)
    found, counts = np.unique(pairs, axis=1, return_counts=True)
    most = int(counts.argmax())
    first, second = (int(one) for one in found[:, most])
    pair = count_confused(true, predicted, first, second)
    return replace(pair, equal=int((counts == counts[most]).sum()) - 1)


def count_confused(
    true: np.ndarray, predicted: np.ndarray, first: int, second: int
) -> ConfusedPair:
    """Count how often a network takes two classes for each other."""
    there, back = (
        int(((true == own) & (predicted == other)).sum())
        for own, other in ((first, second), (second, first))
    )
    if back > there:
        return count_confused(true, predicted, second, first)
    images = (int((true == first).sum()), int((true == second).sum()))
    return ConfusedPair((first, second), (there, back), images)


def choose_images(
    true: np.ndarray, predicted: np.ndarray, own: int, other: int, most: int
) -> list[int]:
    """Return images of a class: those taken for the other first, then right ones, then the rest.

    Args:
        true: int (N,), the images' classes.
        predicted: int (N,), what the network says.
        own: the class.
        other: the one that it is confused with.
        most: how many at most.
    """
    images = np.flatnonzero(true == own)
    rank = np.select([predicted[images] == other, predicted[images] == own], [0, 1], 2)
    return images[np.argsort(rank, kind="stable")][:most].tolist()
