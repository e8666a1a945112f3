"""What other networks say of the images that one network misses; pure functions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import join_words, quote

NAMED = 3
"""Wrong classes of a network that are named, those that it says most."""


@dataclass(frozen=True)
class Answers:
    """What a network says of images that another one misses.

    Attributes:
        network: its place among the networks.
        right: on how many of the images it is right.
        wrong: (class, number of images) that it says of the others, the most frequent first.
    """

    network: int
    right: int
    wrong: tuple[tuple[int, int], ...]

    def describe(self, names: Sequence[str], classes: Sequence[str]) -> str:
        """Say it in words, e.g. ``resnet18: 7 right; says "house finch" 3 times``.

        Args:
            names: of the networks.
            classes: names of the classes.
        """
        told = f"{names[self.network]}: {self.right} right"
        if not self.wrong:
            return told
        said = [f"{quote(classes[one])} ({images})" for one, images in self.wrong]
        return f"{told}; says {join_words(said, NAMED)}"


@dataclass(frozen=True, eq=False)
class Missed:
    """Images that a network misses, and what the others say of them.

    Attributes:
        network: its place among the networks.
        asked: how many images were asked of.
        images: int (N,), positions of those that it misses.
        others: one a network, itself the first.
    """

    network: int
    asked: int
    images: np.ndarray
    others: tuple[Answers, ...]


def find_missed(true: np.ndarray, predicted: np.ndarray, asked: np.ndarray, network: int) -> Missed:
    """Return which of some images a network misses, and what all networks say of those.

    Args:
        true: int (N,), the images' classes.
        predicted: int (M, N), what each of M networks says.
        asked: bool (N,), the images that are asked of.
        network: place of the one whose missed images are looked for, 0 to M - 1.
    """
    images = np.flatnonzero(asked & (predicted[network] != true))
    places = [network, *(n for n in range(len(predicted)) if n != network)]
    others = tuple(_answers(n, true[images], predicted[n, images]) for n in places)
    return Missed(network, int(asked.sum()), images, others)


def _answers(network: int, true: np.ndarray, said: np.ndarray) -> Answers:
    wrong = Counter(said[said != true].tolist()).most_common()
    return Answers(network, int((said == true).sum()), tuple(wrong))
