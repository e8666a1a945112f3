"""Which training images come when, and how much a class counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import BatchSampler, Sampler

from saliencnn.common.ranks import count_ranks, own_rank
from saliencnn.data.imageset import Sample


class DealtBatches(Sampler[list[int]]):
    """Batches of positions, of each the part that this process learns from."""

    def __init__(self, positions: Iterable[int], size: int) -> None:
        """Remember the positions, which are dealt one by one."""
        self._batches = BatchSampler(positions, size, drop_last=False)
        self._part = slice(own_rank(), None, count_ranks())

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self._batches:
            yield batch[self._part]


def weigh_classes(labels: Sequence[int], classes: int) -> Tensor:
    """Return what makes each class count the same: float32 (classes,), 1 on average over images.

    Args:
        labels: of the images.
        classes: how many there are; one without images has weight 0.
    """
    counts = torch.bincount(torch.tensor(labels), minlength=classes).float()
    weights = len(labels) / ((counts > 0).sum() * counts)
    return weights.where(counts > 0, 0.0)


def draw_balanced(samples: Sequence[Sample], generator: torch.Generator) -> list[int]:
    """Draw as many images as there are, each class as often as any other.

    Args:
        samples: the training images.
        generator: of the random numbers.

    Returns:
        Positions for ``EpochImages``, random, those of an image that is drawn again from N on.
    """
    labels = [sample.label for sample in samples]
    weights = weigh_classes(labels, max(labels) + 1)[torch.tensor(labels)].double()
    drawn = torch.multinomial(weights, len(samples), replacement=True, generator=generator)
    again: Counter[int] = Counter()
    positions = []
    for place in drawn.tolist():
        positions.append(place + again[place] * len(samples))
        again[place] += 1
    return positions
