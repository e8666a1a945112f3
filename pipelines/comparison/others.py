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
    """What networks say of images that another one misses, all of them the same.

    Attributes:
        networks: their places among the networks.
        right: on how many of the images each is right.
        wrong: (class, number of images) that each says of the others, the most frequent first.
    """

    networks: tuple[int, ...]
    right: int
    wrong: tuple[tuple[int, int], ...]

    def describe(self, names: Sequence[str], classes: Sequence[str]) -> str:
        """Say it in words, e.g. ``resnet18: 7 right; says "house finch" (3) and "robin" (2)``.

        Args:
            names: of the networks.
            classes: names of the classes.
        """
        several = len(self.networks) > 1
        each, say = (" each", "say") if several else ("", "says")
        told = f"{join_words([names[n] for n in self.networks])}: {self.right} right{each}"
        return f"{told}; {say} {self.say_wrong(classes)}" if self.wrong else told

    def say_wrong(self, classes: Sequence[str]) -> str:
        """Return the wrong classes with their counts."""
        return join_words([f"{quote(classes[one])} ({n})" for one, n in self.wrong], NAMED)


@dataclass(frozen=True, eq=False)
class Missed:
    """Images that a network misses, and what the others say of them.

    Attributes:
        own: what it says of them.
        asked: how many images were asked of.
        images: int (N,), positions of those that it misses.
        others: what the others say, those who are right most often first.
    """

    own: Answers
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
    alike: dict[tuple[int, tuple[tuple[int, int], ...]], list[int]] = {}
    for place, said in enumerate(predicted[:, images]):
        if place != network:
            alike.setdefault(_count(true[images], said), []).append(place)
    others = [Answers(tuple(places), *counts) for counts, places in alike.items()]
    own = Answers((network,), *_count(true[images], predicted[network, images]))
    others.sort(key=lambda one: -one.right)
    return Missed(own, int(asked.sum()), images, tuple(others))


def _count(true: np.ndarray, said: np.ndarray) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return how many are right, and (class, images) of the wrong ones, the most frequent first."""
    wrong = Counter(said[said != true].tolist())
    ranked = sorted(wrong.items(), key=lambda one: (-one[1], one[0]))
    return int((said == true).sum()), tuple(ranked)
