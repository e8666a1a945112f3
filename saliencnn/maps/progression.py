"""Computing the maps of one image over the epochs, from a run's checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.common.devices import choose_device
from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.data.fitted import fit_image
from saliencnn.data.planes import decode_planes
from saliencnn.maps.history import MapHistory, Pace, UploadedImageHistory
from saliencnn.measures.focus import coverage, focus
from saliencnn.models.stored_weights import load_state
from saliencnn.saliency.methods import applicable
from saliencnn.store.artifacts import MissingArtifact, require_writable
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.computed_maps import write_computed
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index, read_region
from saliencnn.store.maptable import MapTable, pack_maps, row_type, unpack_maps
from saliencnn.store.networks import restore_network
from saliencnn.store.runs import RunInfo

if TYPE_CHECKING:
    import torch

NEXT_LIKELY = 2
"""Classes after the predicted one that are told of an uploaded image."""


@dataclass(frozen=True, eq=False)
class _Explained:
    """An image at one checkpoint.

    Attributes:
        epoch: the checkpoint's.
        tables: of one row each, one for each resolution of the maps.
        scores: probabilities (C,).
        pace: how long it took.
    """

    epoch: int
    tables: list[MapTable]
    scores: torch.Tensor
    pace: Pace


def compute_missing(
    store: Store,
    run: RunInfo,
    image: int,
    target: int,
    missing: dict[int, tuple[str, ...]],
    report: Progress = silent,
) -> list[tuple[int, MapTable]]:
    """Compute maps of a validation image that were not logged, and store them.

    Maps that are complete stay stored even if the caller stops half way.

    Args:
        store: where the run is.
        run: the run.
        image: the image.
        target: the class to explain.
        missing: epoch -> methods.
        report: called with the progress; what it raises cancels the rest.

    Returns:
        (epoch, table of one row) for every epoch whose checkpoint is stored.

    Raises:
        NotWritable: the store cannot keep them.
    """
    require_writable(store)
    index = read_index(store, run.images_id)
    pixels = decode_planes([read_image(store, run.images_id, index, image)])
    mask = read_region(store, run.images_id, index, image, "object")
    head = read_region(store, run.images_id, index, image, "head")
    done: list[tuple[int, MapTable]] = []
    try:
        for found in _explain_epochs(store, run, pixels, target, missing, report):
            for table in found.tables:
                _fill_in(
                    table, image, int(index.labels[image]), {"focus": mask, "head_focus": head}
                )
                done.append((found.epoch, table))
    finally:
        write_computed(store, run.run_id, target, done)
    return done


def _fill_in(table: MapTable, image: int, true: int, regions: dict[str, np.ndarray | None]) -> None:
    """Write into a table of one row what is known of a validation image.

    Args:
        table: the image's maps.
        image: its number.
        true: its class.
        regions: field of the table -> bool (H, W), of which it holds the focus; None if unknown.
    """
    row = table.rows
    row["image"], row["true"] = image, true
    maps = unpack_maps(row)
    for name, region in regions.items():
        if region is not None:
            covered = coverage(region[None], *maps.shape[2:])
            row[name][0] = [focus(m[None], covered)[0] for m in maps[0]]


def explain_upload(
    store: Store,
    run: RunInfo,
    image: np.ndarray,
    target: int | None,
    methods: Iterable[str],
    history: MapHistory,
    report: Progress = silent,
) -> UploadedImageHistory:
    """Explain an image from outside the image set at each stored checkpoint of a run.

    Args:
        store: where the run is.
        run: the run.
        image: uint8 (H, W, 3), any size; scaled and cropped as validation images are.
        target: the class to explain; by default the newest checkpoint's prediction.
        methods: which maps.
        history: what is known already for this target; only the rest is computed and added.
        report: called with the progress; what it raises cancels the rest.

    Raises:
        MissingArtifact: no checkpoint of the run is stored.
    """
    import torch

    pixels = torch.from_numpy(fit_image(image, run.preparation)).permute(2, 0, 1)[None]
    epochs = [epoch for epoch in kept_epochs(store, run.run_id) if epoch <= run.epoch]
    names = tuple(applicable(methods, run.spec))
    if target is None:
        newest = next(
            _explain_epochs(store, run, pixels, 0, dict.fromkeys(epochs[-1:], names[:1])), None
        )
        if newest is None:
            raise MissingArtifact("checkpoints")
        target = int(newest.scores.argmax())
    wanted = history.missing(names, epochs)
    paces = []
    for found in _explain_epochs(store, run, pixels, target, wanted, report):
        paces.append(found.pace)
        for table in found.tables:
            history.add(found.epoch, table, -1, _list_next(found.scores))
    if not history.predictions:
        raise MissingArtifact("checkpoints")
    seen = pixels[0].permute(1, 2, 0).numpy()
    return UploadedImageHistory(history, seen, target, _take_usual(paces))


def _explain_epochs(
    store: Store,
    run: RunInfo,
    pixels: torch.Tensor,
    target: int,
    wanted: dict[int, tuple[str, ...]],
    report: Progress = silent,
) -> Iterator[_Explained]:
    """Yield an image's maps at each stored checkpoint."""
    import torch

    from saliencnn.models.outputs import read_logits
    from saliencnn.saliency import explain

    models = kept_epochs(store, run.run_id)
    available = [epoch for epoch in wanted if epoch in models]
    model, seed = None, run.seed
    device = choose_device()
    images = run.preparation.normalise(pixels.to(device))
    images = images.contiguous(memory_format=torch.channels_last)
    for done, epoch in enumerate(available, start=1):
        began = perf_counter()
        try:
            state = read_checkpoint(store, models[epoch])
        except MissingArtifact:
            continue  # a run in progress has just deleted it
        if model is None:
            model = restore_network(run, state).to(device)
        load_state(model, state)
        methods, loaded = wanted[epoch], perf_counter()
        with torch.no_grad():
            scores = read_logits(model(images), run.spec.logits).softmax(1)[0].cpu()
        pace = Pace(loaded - began, perf_counter() - loaded)
        maps = explain(
            model,
            images,
            target,
            methods,
            spec=run.spec,
            seed=seed,
            report=part_of(
                report, (done - 1) / len(available), done / len(available), f"epoch {epoch}"
            ),
        )
        yield _Explained(epoch, _tables(maps, scores, target), scores, pace)
        report(done / len(available), f"{done} of {len(available)} checkpoints explained")


def _take_usual(paces: list[Pace]) -> Pace | None:
    """Return the usual pace, of which the first checkpoint, where much is loaded, says little."""
    if not paces:
        return None
    return Pace(median(one.checkpoint for one in paces), median(one.forward for one in paces))


def _list_next(scores: torch.Tensor) -> tuple[tuple[int, float], ...]:
    """Return the most likely classes after the first with their probabilities, in their order."""
    predicted, best = int(scores.argmax()), scores.topk(min(NEXT_LIKELY + 1, len(scores)))
    ranked = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return tuple(one for one in ranked if one[0] != predicted)[:NEXT_LIKELY]


def _tables(maps: dict[str, torch.Tensor], scores: torch.Tensor, target: int) -> list[MapTable]:
    """Return tables of one row, one for each resolution that the maps have."""
    import torch

    tables = []
    for shape in dict.fromkeys(found.shape for found in maps.values()):
        methods = tuple(name for name, found in maps.items() if found.shape == shape)
        stacked = torch.stack([maps[name] for name in methods], dim=1).numpy()
        row = np.zeros(1, row_type(*stacked.shape[1:]))
        row["image"], row["true"], row["target"] = -1, -1, target
        row["predicted"], row["confidence"] = int(scores.argmax()), float(scores.max())
        row["target_confidence"] = float(scores[target])
        row["focus"], row["head_focus"] = np.nan, np.nan
        pack_maps(row, stacked)
        tables.append(MapTable(methods, row))
    return tables
