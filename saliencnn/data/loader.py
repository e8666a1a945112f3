"""Training images in random order with random changes, the same for the same seed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler, default_collate, get_worker_info

from saliencnn.common.devices import choose_device
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.rectangles import parse_rectangles
from saliencnn.data.augment import look_transform, place_transform
from saliencnn.data.imageset import Sample
from saliencnn.data.loader_plan import PREFETCHED
from saliencnn.data.loader_signals import ENDINGS, begin, end_later
from saliencnn.data.loading import load_image
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.order import DealtBatches, draw_balanced
from saliencnn.data.preparation import Preparation
from saliencnn.data.regions import has_region, load_with_region

PATIENCE = 600
"""Seconds that a batch may take beyond ``SLOWEST`` for each image: a disk may be away for a while,
but what waits for ever ends with an error."""
SLOWEST = 5
"""Seconds that the largest image allowed takes on a slow machine."""


@dataclass(frozen=True)
class Batch:
    """What one step learns from.

    Attributes:
        images: normalised float32 (N, 3, size, size); N may be 0.
        labels: int64 (N,).
        unreadable: names of the batch's images that could not be decoded.
        regions: bool (N, 1, size, size), where the evidence may lie; None where
            neither guidance nor new backgrounds ask for it.
    """

    images: Tensor
    labels: Tensor
    unreadable: tuple[str, ...]
    regions: Tensor | None = None

    def to(self, device: torch.device) -> "Batch":
        """Return it on a device, its images in the order in memory that convolutions like."""
        images = self.images.to(device, memory_format=torch.channels_last, non_blocking=True)
        labels = self.labels.to(device, non_blocking=True)
        regions = None if self.regions is None else self.regions.to(device, non_blocking=True)
        return replace(self, images=images, labels=labels, regions=regions)

    def pin_memory(self) -> "Batch":
        """Return it in memory that a GPU copies from by itself; torch's loader calls this."""
        images, labels = self.images.pin_memory(), self.labels.pin_memory()
        regions = None if self.regions is None else self.regions.pin_memory()
        return replace(self, images=images, labels=labels, regions=regions)


Item = tuple[Tensor, int] | tuple[Tensor, int, Tensor]
"""Image, label and, where it is asked for, region."""


def mix_seed(*parts: int) -> int:
    """Return one seed from several numbers, so that (1, 2) and (2, 1) differ."""
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0] >> 1)


class EpochImages(Dataset[Item | str]):
    """The training images as one epoch sees them; an unreadable one gives its name.

    An image's random changes depend on seed, epoch and position only: not on the worker that
    makes them, and not on what came before. That is what lets a resumed run go on exactly.
    Positions from N on are the N images again, with other random changes.
    """

    def __init__(
        self, samples: Sequence[Sample], hp: Hyperparameters, preparation: Preparation, epoch: int
    ) -> None:
        self._samples, self._hp, self._epoch = samples, hp, epoch
        self._place = place_transform(hp, preparation.geometry)
        self._look = look_transform(hp, preparation)
        self._ignored = parse_rectangles(hp.ignored)

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, position: int) -> Item | str:
        repeat, place = divmod(position, len(self._samples))
        sample = self._samples[place]
        try:
            image = self._load(sample)
        except UnreadableImage:
            return sample.name
        with torch.random.fork_rng(devices=[]):
            # torch.manual_seed seeds accelerators too, and takes longer than the changes.
            torch.default_generator.manual_seed(
                mix_seed(self._hp.seed, self._epoch, place, *[repeat] * (repeat > 0))
            )
            placed = self._place(image)
            item = self._look(placed[:3].contiguous()), sample.label
        if len(placed) == 3:
            return item
        # The region moves with the image as a channel of it; half a pixel of it counts. Where
        # nothing is known, nothing is said of what is filled up beside an image either.
        known = has_region(sample) or self._ignored
        return (*item, placed[3:] > 127 if known else torch.ones_like(placed[3:], dtype=torch.bool))

    def _load(self, sample: Sample) -> Tensor:
        if self._hp.needs_regions:
            return load_with_region(sample, self._ignored)
        return load_image(sample)


def load_epoch(
    samples: Sequence[Sample],
    hp: Hyperparameters,
    preparation: Preparation,
    epoch: int,
    loaders: int = 0,
) -> DataLoader[Item | str]:
    """Return the batches of one epoch; they are the same however they are loaded.

    Of processes that train together each has its part of every batch, which may be empty.

    Args:
        samples: the training images.
        hp: what a person may tune.
        preparation: of images without random changes.
        epoch: 1, 2, ...
        loaders: processes that load the images; with 0 this one does.

    Going through them raises RuntimeError where a process that loads images is ended from outside,
    finds no shared memory for a batch, or gives none for too long.
    """
    images = EpochImages(samples, hp, preparation, epoch)
    order = torch.Generator().manual_seed(mix_seed(hp.seed, epoch))
    balanced = draw_balanced(samples, order) if hp.balance == "sampling" else None
    sampler = RandomSampler(images, generator=order) if balanced is None else balanced
    return DataLoader(
        images,
        batch_sampler=DealtBatches(sampler, hp.batch_size),
        generator=order,
        num_workers=loaders,
        prefetch_factor=PREFETCHED if loaders else None,
        timeout=PATIENCE + SLOWEST * hp.batch_size if loaders else 0,
        collate_fn=_collate,
        worker_init_fn=end_later if ENDINGS else None,
        pin_memory=choose_device().type == "cuda",
    )


def iterate(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Go through the batches of ``load_epoch``.

    A process that is lost while it hands over a batch leaves a broken connection, of which torch
    does not say what it means.

    Raises:
        RuntimeError: as ``load_epoch`` says.
    """
    try:
        yield from begin(batches)
    except (EOFError, ConnectionError) as error:
        raise RuntimeError("A DataLoader worker exited unexpectedly with a batch.") from error


def _collate(items: list[Item | str]) -> Batch:
    """Put a batch together, in shared memory where another process is to have it.

    Left to the queue between the processes, a lack of shared memory would lose the batch without
    a word to whoever waits for it.
    """
    read = [item for item in items if not isinstance(item, str)]
    images = default_collate([item[0] for item in read]) if read else torch.empty(0)
    labels = torch.tensor([item[1] for item in read], dtype=torch.int64)
    regions = [item[2] for item in read if len(item) == 3]
    batch = Batch(
        images,
        labels,
        tuple(item for item in items if isinstance(item, str)),
        torch.stack(regions) if regions else None,
    )
    if read and get_worker_info():
        for tensor in (batch.images, batch.labels, batch.regions):
            if tensor is not None:
                tensor.share_memory_()
    return batch
