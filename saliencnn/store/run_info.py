"""A training run as lists and pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.sentences import count
from saliencnn.data.modes import Mode
from saliencnn.data.preparation import Preparation
from saliencnn.data.size import Size
from saliencnn.data.window import FULL
from saliencnn.models.architectures import TABLE
from saliencnn.models.spec import DEEP, LOGIT, ModelSpec
from saliencnn.store.verdicts import Verdict, find_deciding, find_deciding_at

NOT_KNOWN = "not known"
"""Stands for a setting that only the loop knows which trained a run."""
IGNORED_GROUPS = "ignored_groups"
"""Setting of a run that was not trained, but made of another's network."""
Status = Literal["running", "finished", "failed", "stopped"]


@dataclass(frozen=True)
class RunInfo:
    """A training run as lists and pages show it.

    Attributes:
        run_id: MLflow's id.
        name: for people.
        status: ``running``, ``finished``, ``failed`` or ``stopped``.
        reason: why it failed, else empty.
        data: image set as the command line names it.
        image_set: name of the image set.
        images_id: id under which the store keeps the validation images.
        digest: of these images; empty where the run does not say.
        training: digest of its training images; empty where the run does not say.
        arch: architecture's name.
        weights: initial weights.
        preparation: what happens to its images before the network sees them.
        keep: whose checkpoints stay: ``all``, ``best``, ``last``, or a number N for the best, the
            last and every N-th.
        epoch: last complete epoch, 0 for none.
        progress: what it is doing now, e.g. ``epoch 3, 40%``.
        started: seconds since 1970.
        hyperparameters: names and values as texts.
        metrics: latest values, under today's names.
        notes: sentences about the run.
        verdicts: what people decided about it, in order of time.
        process: the one that trains or trained it, as ``machine:number``.
        ended: whether its own process said that it has ended; one that was killed may be
            ``stopped`` without.
        window: what it sees of images deeper than 8 bits, as ``--window`` takes it; ``auto`` where
            its image set had none.
        unreadable: sentences about what of it cannot be read, such as a verdict.
        experiment_id: MLflow's id of its experiment.
        experiment: the experiment's name, in a list of runs; empty for others.
        study: name of the study that it was queued in, in a list of runs; empty for others.
        stored_spec: see ``spec``; None in runs of earlier versions.
        conviction: in a few words what interventions on the last epoch's network convict it of;
            empty where they do not, None where nobody has tried enough of them to say.
        beside: names of the classes in which its checked maps of the last epoch lie beside the
            object, in a few words; empty where they do in none, or nobody has checked them.
        shortcuts: sentences about what gives the class of its training images away.
        package: package that builds its network and its version, e.g. ``timm 1.0.31``; empty for
            those of the table.
        network: where the class of its network is, as ``module:Class``, if its own script trained
            it; else empty.
        map_images: of how many validation images its maps are logged, the same ones at every epoch;
            0 for all.
        interventions_every: epochs from one time to the next that interventions were tried on it;
            0 for never.
        class_images: how many training images each class has; empty where unknown.
        chance: accuracy of whoever always names the most frequent class of its validation images, 0
            to 1; None where nobody has counted them, see ``saliencnn.findings.glance.know_chance``.
        original_side: of half of its training images the shorter side has as many pixels or more; 0
            where unknown.
        watched: whether its own script trained it. What of its settings the script did not give
            is not known then, and nobody else can train it again.
    """

    run_id: str
    name: str
    status: Status
    reason: str
    data: str
    image_set: str
    images_id: str
    arch: str
    weights: str
    preparation: Preparation
    keep: str
    epoch: int
    progress: str
    started: float
    hyperparameters: dict[str, str]
    metrics: dict[str, float]
    notes: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    process: str = ""
    ended: bool = False
    window: str = FULL
    unreadable: tuple[str, ...] = ()
    experiment_id: str = ""
    experiment: str = ""
    study: str = ""
    stored_spec: ModelSpec | None = None
    conviction: str | None = None
    beside: str = ""
    shortcuts: tuple[str, ...] = ()
    package: str = ""
    network: str = ""
    map_images: int = 0
    interventions_every: int = 0
    class_images: tuple[int, ...] = ()
    chance: float | None = None
    original_side: int = 0
    watched: bool = False
    digest: str = ""
    training: str = ""

    @property
    def seed(self) -> int:
        """Start of the methods' random numbers."""
        text = self.hyperparameters.get("seed", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def input_size(self) -> str:
        """Size of the network's input in pixels, as people write it, e.g. ``224`` or ``96 x 128``.

        Channels are named where they are not three.
        """
        channels, height, width = self.preparation.shape
        size = str(height) if height == width else f"{height} x {width}"
        return size if channels == 3 else f"{size}, {count(channels, 'channel', 'channels')}"

    @property
    def image_size(self) -> Size:
        """Size of the network's input in pixels."""
        return self.preparation.geometry.input_size

    @property
    def score(self) -> str:
        """What its maps explain, of ``saliencnn.models.spec.SCORES``."""
        return self.stored_spec.score if self.stored_spec else LOGIT  # as earlier versions did

    @property
    def spec(self) -> ModelSpec:
        """Where its maps are taken; known without its network.

        Raises:
            UserError: its record does not say, and its architecture is not in the table.
        """
        spec = self.stored_spec or TABLE.get(self.arch)
        if spec is None:
            raise UserError(
                f"Run {self.name} does not say which layers of {self.arch!r:.60} its maps are of."
            )
        return spec

    @property
    def head_kind(self) -> str:
        """How its class scores come from its target layer; where nobody knows, as of any other."""
        spec = self.stored_spec or TABLE.get(self.arch)
        return spec.head_kind if spec else DEEP

    @property
    def fit(self) -> Mode:
        """How its images got their size."""
        geometry = self.preparation.geometry
        return "stretch" if geometry.stretches else geometry.mode

    @property
    def given_layers(self) -> dict[str, str]:
        """Names of target layer and head, where training it again needs them given."""
        spec, row = self.stored_spec, TABLE.get(self.arch)
        if spec is None or (row and row.place == spec.place):
            return {}
        return {k: v for k, v in (("layer", spec.target_layer), ("head", spec.head)) if v}

    @property
    def ignores_groups(self) -> bool:
        """Whether it is another run's network with a new head that ignores groups of maps."""
        return self.watched and IGNORED_GROUPS in self.hyperparameters

    @property
    def epochs(self) -> range:
        """All complete epochs."""
        return range(1, self.epoch + 1)

    @property
    def settings(self) -> dict[str, str]:
        """Everything that was set about it, name -> value."""
        return {
            "architecture": f"{self.arch} ({self.package})" if self.package else self.arch,
            "initial weights": describe_weights(self.weights),
            "image size (px)": self.input_size,
            "fit": NOT_KNOWN if self.watched else self.fit,
            **self.hyperparameters,
        }

    @property
    def labels_randomized(self) -> bool:
        """Whether it is a control network: it learned randomized labels, to compare others with."""
        return self.hyperparameters.get("shuffle_labels") == "True"

    def is_comparable_with(self, other: "RunInfo") -> bool:
        """Whether both trained the same architecture and validate on the same images."""
        return self.arch == other.arch and self.shares_images_with(other)

    def shares_images_with(self, other: "RunInfo") -> bool:
        """Whether both validate on the same images, which a store may keep under two ids."""
        if self.images_id == other.images_id:
            return True
        return bool(self.digest) and self.digest == other.digest

    @property
    def likely_chance(self) -> float:
        """Its ``chance``; that of its training images where nobody has counted, 0 if unknown."""
        trained = max(self.class_images, default=0) / max(sum(self.class_images), 1)
        return trained if self.chance is None else self.chance

    @property
    def standing(self) -> str:
        """How it stands after its verdicts: ``accepted``, ``rejected`` or empty."""
        deciding = find_deciding(self.verdicts)
        return deciding.decision if deciding else ""

    def standing_at(self, epoch: int) -> str:
        """How an epoch stands after the run's verdicts: ``accepted``, ``rejected`` or empty."""
        deciding = find_deciding_at(self.verdicts, epoch)
        return deciding.decision if deciding else ""


def describe_weights(weights: str) -> str:
    """Return initial weights as people read them."""
    kind, _, rest = weights.partition(":")
    if kind != "run":
        return weights or NOT_KNOWN
    run_id, _, epoch = rest.partition(":")
    return f"epoch {epoch} of run {run_id}"


def list_changes(runs: Sequence[RunInfo]) -> list[tuple[str, list[str]]]:
    """Return the settings in which runs differ, each with its value in every run; "" for none.

    A run that was trained before there was a hyperparameter has its default: what was done then.
    """
    settings = [_fill_in(run) for run in runs]
    names = dict.fromkeys(name for run in runs for name in run.settings)
    rows = [(name, [own.get(name, absent) for own, absent in settings]) for name in names]
    return [(name, values) for name, values in rows if len({*values}) > 1]


def _fill_in(run: RunInfo) -> tuple[dict[str, str], str]:
    """Return a run's settings with the defaults of those it lacks, and what any other is."""
    if run.watched:
        return run.settings, NOT_KNOWN
    defaults = Hyperparameters().as_dict() if run.hyperparameters else {}
    return {name: str(value) for name, value in defaults.items()} | run.settings, ""
