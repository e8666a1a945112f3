"""What a person asks to be trained, and what training reports meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.modes import Mode
from saliencnn.data.size import Size, parse_size, write_size
from saliencnn.data.window import AUTO
from saliencnn.store.retention import AUTO as AUTO_KEEP
from saliencnn.store.run_info import RunInfo

SIZES = (32, 1024)
"""Bounds of the input's side in pixels: below, the last maps of most networks vanish."""
IMAGE_SIZE = "image_size"
"""The setting that a retry may change beside the hyperparameters."""


@dataclass(frozen=True)
class Request:
    """What to train.

    Attributes:
        data: image set as the command line names it, e.g. ``cub200:PATH``.
        arch: as ``find_architecture`` takes it.
        weights: ``none``, ``default``, a torchvision weights enum member, a file, or
            ``run:RUN_ID:EPOCH``, one of a run's kept checkpoints.
        hyperparameters: everything a person may tune.
        image_size: of the network's input in pixels, its side or height and width; by default
            the architecture's own.
        keep: whose checkpoints stay: of ``all`` epochs, of the ``best``, of the ``last``, a number
            N for the best, the last and every N-th, or ``auto``: all while they are small.
        name: for people; where it is None, what the run is stands for it, see ``describe``.
        window: what is shown of images deeper than 8 bits: ``auto``, ``full``, ``LOW:HIGH`` or
            percentiles ``LOW%:HIGH%``.
        fit: how images get that size: ``crop``, ``pad`` or ``stretch``, see ``Geometry``.
        layer: dotted name of the target layer, where the one that is found is not wanted.
        head: dotted name of the layer that scores the classes, likewise.
        map_images: of how many validation images maps are logged, evenly from all classes; 0 for
            all; by default of all while they are small, see ``choose_map_images``.
        interventions_every: epochs from one time to the next that a few interventions are tried on
            the network; 0 for never.
        ignored_groups: groups of maps, as ``label_group`` names them, that the network of
            ``weights``, a run's checkpoint, shall ignore; then nothing is trained but its head.
    """

    data: str = "planted"
    arch: str = "smallgap"
    weights: str = "none"
    hyperparameters: Hyperparameters = field(default_factory=Hyperparameters)
    image_size: Size | None = None
    keep: str = AUTO_KEEP
    name: str | None = None
    window: str = AUTO
    fit: Mode = "crop"
    layer: str | None = None
    head: str | None = None
    map_images: int | None = None
    interventions_every: int = 0
    ignored_groups: tuple[str, ...] = ()

    def describe(self, image_set: str) -> str:
        """Return the run's name, or where nobody gave one what it is, e.g. ``resnet18 · birds``.

        Args:
            image_set: name of the image set.
        """
        rate = f"lr {self.hyperparameters.learning_rate:g}"
        return self.name or f"{self.arch} · {image_set} · {rate}"


def request_of(run: RunInfo, changed: Mapping[str, Any]) -> Request:
    """Return what a stored run was asked for, without its name.

    Args:
        run: the run.
        changed: hyperparameters, and ``IMAGE_SIZE``, that are to be others, by name, as values or
            as texts.

    Raises:
        UserError: a value is out of bounds.
    """
    size = changed.get(IMAGE_SIZE)
    return Request(
        run.data,
        run.arch,
        run.weights,
        Hyperparameters.from_mapping({**run.hyperparameters, **changed}),
        run.image_size if size is None else read_image_size(size),
        run.keep,
        window=run.window,
        fit=run.fit,
        layer=run.given_layers.get("layer"),
        head=run.given_layers.get("head"),
        map_images=run.map_images,
        interventions_every=run.interventions_every,
    )


def read_image_size(size: Size | str) -> Size:
    """Return a size of images, also from a text, within the bounds of an input.

    Raises:
        UserError: it is out of bounds.
    """
    text = size if isinstance(size, str) else write_size(size)
    return parse_size(text, IMAGE_SIZE, *SIZES)


@dataclass(frozen=True)
class FinishedEpoch:
    """A complete epoch on its way to the store.

    Attributes:
        run_id: of the run.
        epoch: 1, 2, ...
        epochs: how many there are to be, unless the run ends early.
        metrics: the epoch's numbers by name.
    """

    run_id: str
    epoch: int
    epochs: int
    metrics: dict[str, float]


OnEpoch = Callable[[FinishedEpoch], None]
"""Called once an epoch is complete; what it raises ends the run."""
Interrupted = Callable[[], str]
"""Called at every batch: a sentence ends the run with it as its reason, an empty text does not."""


def ignore_epoch(_finished: FinishedEpoch) -> None:
    """Do nothing with a finished epoch."""
