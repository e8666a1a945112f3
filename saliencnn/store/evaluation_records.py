"""What an evaluation is: one network over labelled images, and what was found."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
from mlflow.entities import Run

from saliencnn.common.formats import EVALUATION
from saliencnn.common.records import (
    Unreadable,
    WrongRecord,
    finite_only,
    parse_object,
    require_number,
    require_text,
    require_texts,
    require_whole,
    shorten,
)
from saliencnn.common.shown import LONGEST_NAME, one_line, tell_apart
from saliencnn.data.kinds import name_kind
from saliencnn.data.preparation import require_channels
from saliencnn.models.architectures import TABLE
from saliencnn.models.spec import LOGIT, SCORES, ModelSpec

TOP = 5
"""Predictions kept for each image."""
CORRUPTED_TOP1 = "corrupted_top1"
"""Metric of those on whose images corruptions were tried: the mean accuracy over all of them."""
SAME = "saliencnn.same-weights."
"""Tags of an evaluation: a run's id follows that trained the very same weights."""
_MAX_SIZE = 10_000
_NEEDED = ("top1", "images", "parameters")
"""Metrics that every evaluation has."""
_TEXTS = ("model", "arch", "model_digest", "image_set", "images", "images_id", "class_set")
_LATER_TEXTS = ("weights", "checkpoint", "trained_run", "package")
"""Empty in evaluations that are older than they are."""


@dataclass(frozen=True)
class EvaluationFacts:
    """What was evaluated on what.

    Attributes:
        model: for people, e.g. ``resnet50`` or ``mobilenet_v2@file.safetensors``.
        arch: as ``find_architecture`` takes it.
        model_digest: SHA-256 of the weights.
        image_set: name of the images' folder or set.
        images: SHA-256 of the images' contents and labels; the same for evaluations whose
            predictions speak of the same images in the same order.
        images_id: id under which the store keeps the images as this network sees them.
        class_set: ``ClassSet.digest``; evaluations of different class sets do not compare.
        input_size: height of the network's input in pixels.
        resize: pixels to which an image's shorter side was scaled before its centre was cut
            out; None where it was not.
        mean: of the normalisation, for channels from 0 to 1.
        std: of the normalisation.
        notes: sentences a person should know.
        weights: id of the evaluation that keeps the weights; empty for itself.
        checkpoint: id of the lab's own checkpoint, which is then the weights.
        trained_run: id of the lab's own run that trained the network; empty for others, and for
            evaluations older than this fact.
        score: what its maps explain, of ``saliencnn.models.spec.SCORES``.
        trained_epoch: the run's epoch whose checkpoint was evaluated.
        stored_spec: see ``spec``; None in evaluations that are older than it.
        package: what built it, with its version; empty for the table's architectures.
        input_width: width of the network's input in pixels, where it is not as wide as high.
    """

    model: str
    arch: str
    model_digest: str
    image_set: str
    images: str
    images_id: str
    class_set: str
    input_size: int
    resize: int | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    notes: tuple[str, ...] = ()
    weights: str = ""
    checkpoint: str = ""
    trained_run: str = ""
    trained_epoch: int = 0
    score: str = LOGIT
    stored_spec: ModelSpec | None = None
    package: str = ""
    input_width: int | None = None

    @property
    def spec(self) -> ModelSpec:
        """Where its maps are taken; known without the network."""
        return (self.stored_spec or TABLE[self.arch]).explaining(self.score)

    @property
    def place(self) -> tuple[str, ...]:
        """Target layer and head, where the architecture's name does not say them; else nothing."""
        row = TABLE.get(self.arch)
        return () if row and row.place == self.spec.place else self.spec.place

    @property
    def key(self) -> str:
        """What makes two evaluations the same one."""
        seen = f"{self.model_digest[:24]}-{self.images[:24]}-{self.input_size}-{self.resize}"
        wide = [] if self.input_width is None else [str(self.input_width)]
        return "-".join((seen, *wide, *self.place))


@dataclass(frozen=True)
class EvaluationInfo(EvaluationFacts):
    """An evaluation as lists and pages show it.

    Attributes:
        run_id: MLflow's id.
        started: seconds since 1970.
        metrics: ``top1``, of more than five classes ``top5`` (0 to 1), ``root_animal`` and so on
            (mean top-1 accuracy of a root's images, spaces as ``_``), ``parameters``,
            ``multiply_adds`` (of one image), ``images``, ``images_per_second``; once corruptions
            were tried, ``CORRUPTED_TOP1``.
        same_runs: ids of other runs that trained the very same weights.
    """

    run_id: str = ""
    started: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)
    same_runs: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """Ids of the lab's own runs whose network it is of."""
        return (self.trained_run, *self.same_runs) if self.trained_run else self.same_runs

    @property
    def argument(self) -> str:
        """What names the network for ``saliencnn evaluate``; a file of weights without its path."""
        trained = f"run:{self.trained_run}:{self.trained_epoch}"
        return trained if self.trained_run else self.model

    @property
    def root_accuracy(self) -> dict[str, float]:
        """Accuracy by root class, by its name for people, of those with images; else empty."""
        prefix = "root_"
        return {
            name_kind(name.removeprefix(prefix).replace("_", " ")): value
            for name, value in self.metrics.items()
            if name.startswith(prefix)
        }


def network_names(infos: Iterable[EvaluationInfo]) -> dict[str, str]:
    """Return evaluation's id -> the network's name as people see it, no two the same.

    Without the file of its weights, unless what is its own of that, or a part of its id, tells it
    from others.
    """
    known = {info.run_id: info for info in infos}
    names = {
        run_id: info.model if info.trained_run else info.model.partition("@")[0]
        for run_id, info in known.items()
    }
    full = [info.model for info in known.values()]

    shorts = {run_id: (names[run_id], _shorten_weights(i.model)) for run_id, i in known.items()}
    alike = Counter(shorts.values())

    def mark(run_id: str) -> str:
        model, short = known[run_id].model, shorts[run_id]
        weights = short[1] if short[1] and alike[short] == 1 else model.partition("@")[2]
        return (one_line(weights, LONGEST_NAME) if full.count(model) == 1 else "") or run_id[:6]

    return tell_apart(names, mark=mark)


def _shorten_weights(model: str) -> str:
    """Return what a file of weights says beside the architecture, "" where it says nothing more.

    Of ``mobilenet_v2@mobilenet_v2-imagenet.safetensors`` that is ``imagenet``.
    """
    name, _, weights = model.partition("@")
    stem = PurePath(weights).stem
    same = stem.replace("-", "_").startswith(name.replace("-", "_"))
    return stem[len(name) :].strip("-_. ") if same else stem


@dataclass(frozen=True, eq=False)
class Results:
    """What an evaluation found, for C classes and N images.

    Attributes:
        predictions: one row an image, see ``evaluation_files.read_predictions``.
        by_class: one row a class, see ``evaluation_files.read_by_class``.
        mean_confidence: float (C, C), see ``evaluation_files.read_mean_confidence``.
        distances: float (C, C), see ``evaluation_files.read_distances``.
        projection: float (C, 2), see ``evaluation_files.read_projection``.
        metrics: see ``EvaluationInfo``.
    """

    predictions: pd.DataFrame
    by_class: pd.DataFrame
    mean_confidence: np.ndarray
    distances: np.ndarray
    projection: np.ndarray
    metrics: Mapping[str, float]


def describe_evaluation(run: Run) -> EvaluationInfo:
    """Return an evaluation as lists and pages show it, from its run.

    Raises:
        WrongRecord: something of it is not what this program writes.
        NewerFormat: a later version of this program wrote it.
    """
    stored = parse_object(run.data.tags.get("saliencnn.facts", ""), "description")
    if EVALUATION.check(stored) == 1 and "pictures" in stored:
        stored["images_id"] = stored.pop("pictures")
    metrics = finite_only(run.data.metrics)
    if lacking := sorted({*_NEEDED} - {*metrics}):
        raise WrongRecord(f"It lacks the number {lacking[0]}.")
    facts: dict[str, Any] = {name: require_text(stored.get(name), name) for name in _TEXTS}
    facts |= {name: require_text(stored.get(name, ""), name) for name in _LATER_TEXTS}
    resize, width = stored.get("resize"), stored.get("input_width")
    return EvaluationInfo(
        **facts,
        input_size=require_whole(stored.get("input_size"), "input size", 1, _MAX_SIZE),
        resize=None if resize is None else require_whole(resize, "resize", 1, _MAX_SIZE),
        input_width=None if width is None else require_whole(width, "width", 1, _MAX_SIZE),
        mean=require_channels(stored.get("mean"), "mean"),
        std=require_channels(stored.get("std"), "std"),
        notes=require_texts(stored.get("notes", []), "notes"),
        score=_check_score(
            require_text(stored.get("score", LOGIT), "score")
        ),  # which earlier versions explained
        stored_spec=_read_spec(stored, facts["arch"]),
        trained_epoch=require_whole(stored.get("trained_epoch", 0), "epoch", 0, _MAX_SIZE),
        run_id=str(run.info.run_id),
        started=require_number(run.info.start_time, "start") / 1000,
        metrics=metrics,
        same_runs=tuple(
            sorted(tag.removeprefix(SAME) for tag in run.data.tags if tag.startswith(SAME))
        ),
    )


def _check_score(score: str) -> str:
    if score not in SCORES:
        raise WrongRecord(f"Its maps explain the score {shorten(score)}.")
    return score


def _read_spec(stored: Mapping[str, Any], arch: str) -> ModelSpec | None:
    if isinstance(stored.get("spec"), dict):
        return ModelSpec.decode(stored["spec"])
    if arch not in TABLE:  # which evaluations of earlier versions are of
        raise WrongRecord(f"Its architecture {shorten(arch)} is unknown here.")
    return None


def identify(run: Run) -> Unreadable:
    """Return which evaluation it is that cannot be read."""
    return Unreadable("evaluation", str(run.info.run_id), str(run.info.run_name or ""))


def join_notes(infos: Sequence[EvaluationInfo], names: Mapping[str, str]) -> list[str]:
    """Return the notes of evaluations: once what is said of all, and of whom the rest is.

    Args:
        infos: the evaluations.
        names: run id -> what its network is called.
    """
    said: dict[str, list[str]] = {}
    for info in infos:
        for note in info.notes:
            said.setdefault(note, []).append(names[info.run_id])
    return [
        note if len(of) == len(infos) else f"{', '.join(of)}: {note}" for note, of in said.items()
    ]
