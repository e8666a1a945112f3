"""What a person asks to be trained, and what training reports meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.modes import Mode
from saliencnn.data.window import AUTO

KEEP = ("all", "best", "last")
SIZES = (32, 1024)
"""Bounds of the input's side in pixels: below, the last maps of most networks vanish."""


@dataclass(frozen=True)
class Request:
    """What to train.

    Attributes:
        data: image set as the command line names it, e.g. ``cub200:PATH``.
        arch: as ``find_architecture`` takes it.
        weights: ``none``, ``default``, a torchvision weights enum member, a file, or
            ``run:RUN_ID:EPOCH``, one of a run's kept checkpoints.
        hyperparameters: everything a person may tune.
        image_size: side of the network's input in pixels; by default the architecture's own.
        keep: whose checkpoints stay: of ``all`` epochs, of the ``best``, or of the ``last``.
        name: for people; where it is None, what the run is stands for it, see ``describe``.
        window: what is shown of images deeper than 8 bits: ``auto``, ``full``, ``LOW:HIGH`` or
            percentiles ``LOW%:HIGH%``.
        fit: how images become squares: ``crop``, ``pad`` or ``stretch``, see ``Geometry``.
        layer: dotted name of the target layer, where the one that is found is not wanted.
        head: dotted name of the layer that scores the classes, likewise.
    """

    data: str = "planted"
    arch: str = "smallgap"
    weights: str = "none"
    hyperparameters: Hyperparameters = field(default_factory=Hyperparameters)
    image_size: int | None = None
    keep: str = "all"
    name: str | None = None
    window: str = AUTO
    fit: Mode = "crop"
    layer: str | None = None
    head: str | None = None

    def describe(self, image_set: str) -> str:
        """Return the run's name, or where nobody gave one what it is, e.g. ``resnet18 · birds``.

        Args:
            image_set: name of the image set.
        """
        rate = f"lr {self.hyperparameters.learning_rate:g}"
        return self.name or f"{self.arch} · {image_set} · {rate}"


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
