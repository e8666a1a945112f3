"""The validation pass: predictions, numbers and saliency maps from the same forward passes."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.common.errors import PluginError
from saliencnn.common.progress import Progress, silent
from saliencnn.common.ranks import count_ranks, gather, own_rank
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.data.preparation import Preparation
from saliencnn.measures.classification import balanced_accuracy, macro_f1, per_class
from saliencnn.measures.energy import is_empty, negative_fraction
from saliencnn.measures.focus import INSIDE, coverage, focus, points_at
from saliencnn.measures.map_measures import MAP_MEASURES
from saliencnn.models.outputs import read_logits
from saliencnn.models.spec import ModelSpec
from saliencnn.recording.decoded import DecodedImages
from saliencnn.recording.map_plan import Plan
from saliencnn.saliency import explain_validation
from saliencnn.saliency.passes import explaining
from saliencnn.store.epochs import PREDICTION
from saliencnn.store.maptable import MapTable, pack_maps, row_type, unpack_maps

BATCH = 64
_SCORED = np.dtype([("prediction", PREDICTION), ("loss", "<f4"), ("in_top5", "?")])
"""What is left of an image's scores: those of ImageNet's 50,000 images would take 200 MB."""


@dataclass(frozen=True)
class Validated:
    """One epoch's validation: predictions, map tables and numbers, ready for the store.

    Attributes:
        predictions: array of ``PREDICTION``.
        tables: file name -> maps.
        metrics: finite numbers by name.
        news: sentences about measures that failed.
    """

    predictions: np.ndarray
    tables: dict[str, MapTable]
    metrics: dict[str, float]
    news: tuple[str, ...] = ()


@dataclass(frozen=True)
class Regions:
    """Fractions of the map cells that the objects and their heads cover, (N, h, w) or None."""

    object: np.ndarray | None
    head: np.ndarray | None


def cover_regions(images: Images, shape: tuple[int, int]) -> Regions:
    """Return which fraction of each map cell the images' regions cover."""
    return Regions(*(_cover(images, region, shape) for region in ("object", "head")))


def _cover(images: Images, region: str, shape: tuple[int, int]) -> np.ndarray | None:
    covered = np.full((len(images.index), *shape), np.nan, dtype=np.float32)
    for position, mask in enumerate(images.regions(region)):
        if mask is not None:
            covered[position] = coverage(mask[None], *shape)[0]
    return covered if np.isfinite(covered).any() else None


def validate(
    model: nn.Module,
    architecture: ModelSpec,
    preparation: Preparation,
    images: Images,
    plan: Plan,
    regions: Regions,
    seed: int,
    report: Progress = silent,
    decoded: DecodedImages | None = None,
) -> Validated | None:
    """Classify and explain the validation images; None in processes that only do their part of it.

    Args:
        model: the network.
        architecture: its row.
        preparation: whose normalisation the network is fed with.
        images: as the store keeps them.
        plan: which maps to make.
        regions: where the objects are.
        seed: start of the methods' random numbers.
        report: called with the progress after every batch.
        decoded: the images as pixels, which may be validated on again.
    """
    index, decoded = images.index, decoded or DecodedImages(images.encoded, 0)
    tables: dict[str, MapTable] = {}
    scored = np.empty(0, _SCORED)
    work = {**plan.tables, "": ((), plan.others)}
    done, total = 0, sum(len(chosen) for _, chosen in work.values())
    for name, (methods, chosen) in work.items():
        parts: list[tuple[int, list[np.ndarray], np.ndarray]] = []
        with explaining(model, architecture):  # so that a CPU folds norms once
            for start in range(0, len(chosen), BATCH)[own_rank() :: count_ranks()]:
                batch = chosen[start : start + BATCH]
                inputs = _to_device(decoded.take(batch), model, preparation)
                if methods:
                    found, logits = _explain_batch(
                        model, architecture, index, inputs, batch, methods, regions, seed
                    )
                else:
                    with torch.no_grad():
                        logits = read_logits(model(inputs), architecture.logits)
                        found, logits = [], logits.float().cpu()
                parts.append((start, found, _score(logits, batch, index.labels[batch])))
                done += len(batch) * count_ranks()
                report(min(1.0, done / total), "validating")
        parts = sorted((p for some in gather(parts) for p in some), key=lambda part: part[0])
        if own_rank() or not parts:
            continue
        if methods:
            rows = np.concatenate([r for _, found, _ in parts for r in found])
            tables[name] = MapTable(methods, rows)
        new = np.concatenate([one for _, _, one in parts])
        known = np.isin(new["prediction"]["image"], scored["prediction"]["image"])
        scored = np.concatenate([scored, new[~known]])
    if own_rank():
        return None
    scored = scored[np.argsort(scored["prediction"]["image"])]
    of_maps, failed = _map_metrics(tables["maps.npy"], regions.object)
    metrics = {**_metrics(scored, index.classes), **of_maps}
    return Validated(scored["prediction"].copy(), tables, metrics, failed)


def _explain_batch(
    model: nn.Module,
    architecture: ModelSpec,
    index: ImageIndex,
    images: Tensor,
    batch: np.ndarray,
    methods: tuple[str, ...],
    regions: Regions,
    seed: int,
) -> tuple[list[np.ndarray], Tensor]:
    """Return a batch's table rows, of its true and its wrongly predicted classes, and logits."""
    labels = torch.from_numpy(index.labels[batch])
    explained = explain_validation(model, images, labels, methods, spec=architecture, seed=seed)
    scores, wrong = explained.logits.softmax(1).numpy(), explained.wrong.numpy()
    everyone, true_maps = np.arange(len(batch)), _stack(explained.of_true)
    rows = [_rows(batch, index, scores, everyone, index.labels[batch], true_maps, regions)]
    if len(wrong):
        predicted, maps = scores.argmax(1)[wrong], _stack(explained.of_predicted)
        rows.append(_rows(batch, index, scores, wrong, predicted, maps, regions))
    return rows, explained.logits


def _to_device(images: Tensor, model: nn.Module, preparation: Preparation) -> Tensor:
    parameter = next(model.parameters())
    inputs = preparation.normalise(images.to(parameter.device)).to(parameter.dtype)
    return inputs.to(memory_format=torch.channels_last)


def _stack(maps: dict[str, Tensor]) -> np.ndarray:
    return torch.stack(list(maps.values()), dim=1).numpy()


def _rows(
    batch: np.ndarray,
    index: ImageIndex,
    scores: np.ndarray,
    which: np.ndarray,
    targets: np.ndarray,
    maps: np.ndarray,
    regions: Regions,
) -> np.ndarray:
    """Return table rows for the images ``which`` of a batch, each with its target class."""
    count, methods, height, width = maps.shape
    rows = np.zeros(count, row_type(methods, height, width))
    images = batch[which]
    rows["image"], rows["true"], rows["target"] = images, index.labels[images], targets
    rows["predicted"] = scores[which].argmax(1)
    rows["confidence"] = scores[which].max(1)
    rows["target_confidence"] = scores[which, targets]
    for field, covered in (("focus", regions.object), ("head_focus", regions.head)):
        for method in range(methods):
            rows[field][:, method] = (
                np.nan if covered is None else focus(maps[:, method], covered[images])
            )
    pack_maps(rows, maps)
    return rows


def _score(logits: Tensor, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return what is kept of the logits (N, classes) of some images, (N,) of ``_SCORED``."""
    targets = torch.from_numpy(labels)
    probabilities = logits.softmax(1).numpy()
    best = np.argsort(-probabilities, axis=1)[:, :5]
    scored = np.zeros(len(images), _SCORED)
    scored["loss"] = functional.cross_entropy(logits, targets, reduction="none").numpy()
    scored["in_top5"] = (best == labels[:, None]).any(1)
    rows = scored["prediction"]
    rows["image"], rows["true"] = images, labels
    rows["predicted"], rows["confidence"] = probabilities.argmax(1), probabilities.max(1)
    rows["true_confidence"] = probabilities[np.arange(len(labels)), labels]
    return scored


def _metrics(scored: np.ndarray, classes: tuple[str, ...]) -> dict[str, float]:
    true, predicted = scored["prediction"]["true"], scored["prediction"]["predicted"]
    among = float(scored["in_top5"].mean())
    return {
        "val_loss": float(scored["loss"].mean()),
        "val_accuracy": float((true == predicted).mean()),
        "val_balanced_accuracy": balanced_accuracy(true, predicted),
        **({"val_top5": among} if len(classes) > 5 else {}),  # of five classes all are right
        "val_macro_f1": macro_f1(per_class(true, predicted, classes)),
    }


def _map_metrics(
    table: MapTable, covered: np.ndarray | None
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return means over the maps of the true classes, and which measures fail.

    They are of Grad-CAM's maps unless the metric says whose. Focus is known only where the
    object's place is; an empty map counts as 0.
    """
    place = table.methods.index
    own = table.rows[table.rows["target"] == table.rows["true"]]
    maps = unpack_maps(own)
    first = maps[:, place("gradcam")]
    judged = {name: own[name][:, place("gradcam")] for name in ("focus", "head_focus")}
    judged["focus_gradcampp"] = own["focus"][:, place("gradcampp")]
    inside = judged["focus"] >= INSIDE
    judged["focus_inside"] = np.where(np.isfinite(judged["focus"]), inside, np.nan)
    if covered is not None:
        judged["pointing"] = points_at(first, covered[own["image"]])
    judged["empty_maps"] = is_empty(first).astype(float)
    if "cam" in table.methods:
        judged["negative_energy"] = negative_fraction(maps[:, place("cam")])
    failed = []
    for name, measure in MAP_MEASURES.items():
        try:
            judged[name] = measure.compute(first)
        except PluginError as error:
            failed.append(str(error))
    known = {n: float(np.nanmean(v)) for n, v in judged.items() if np.isfinite(v).any()}
    if "focus" in known:  # how many images its mean is of, for lists that read no maps
        known["focus_images"] = float(np.isfinite(judged["focus"]).sum())
    return known, tuple(failed)
