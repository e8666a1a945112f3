"""Findings read from the store: of a run, and of networks evaluated on the same images."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from pipelines.review.pointing import read_pointing
from pipelines.trust.interventions import read_interventions
from pipelines.trust.results import results_of, trust_table
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import UNBALANCED, UNGUIDED
from saliencnn.data.image_index import ImageIndex
from saliencnn.data.planted import name_shortcut
from saliencnn.data.wordnet import groups_of
from saliencnn.findings.attention_signs import find_on_object
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.focus_words import find_step
from saliencnn.findings.glance import know_chance, warn_of
from saliencnn.findings.methods import FOCUS_METHOD
from saliencnn.findings.mostly import count_mostly, list_beside
from saliencnn.findings.of_comparison import find_in_comparison
from saliencnn.findings.of_run import find_in_run
from saliencnn.findings.run_facts import HISTORY, RunFacts
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_maps_of, read_per_class, read_predictions
from saliencnn.store.evaluation_files import read_class_set
from saliencnn.store.evaluation_files import read_predictions as read_evaluated
from saliencnn.store.evaluation_records import EvaluationInfo, network_names
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.history import read_history
from saliencnn.store.images import read_index
from saliencnn.store.maptable import MapTable
from saliencnn.store.runs import RunInfo, note, read_run
from saliencnn.trust.audit_record import Audit, read_audits

METHOD = FOCUS_METHOD
"""Whose maps say what a network looks at."""
_READERS = 8


def findings_of_run(store: Store, run: RunInfo) -> tuple[Finding, ...]:
    """Return what stands out in a run after its last complete epoch; nothing before the first."""
    if not run.epoch:
        return ()
    return find_in_run(gather_run(store, run, read_audits(store, run.run_id)))


def findings_of_comparison(store: Store, infos: Sequence[EvaluationInfo]) -> tuple[Finding, ...]:
    """Return what stands out among evaluations of the same images, the most accurate first."""
    return find_in_comparison(gather_comparison(store, infos))


def findings_of_evaluated(store: Store, run_ids: Sequence[str]) -> tuple[Finding, ...]:
    """Return what stands out among evaluations by their ids; nothing without two of them."""
    infos = [read_evaluation(store, run_id) for run_id in run_ids]
    infos.sort(key=lambda info: -info.metrics["top1"])
    return findings_of_comparison(store, infos) if len(infos) > 1 else ()


def note_classes_beside(store: Store, run: RunInfo) -> None:
    """Keep with a run the classes that its checked maps show it to look beside, for lists."""
    facts = gather_run(store, run, read_audits(store, run.run_id))
    found = find_on_object(facts, True, Severity.WARNING)
    note(store, run.run_id, looks_beside=f"{run.epoch} {found.numbers['certain'] if found else ''}")


def gather_run(store: Store, run: RunInfo, audits: Sequence[Audit]) -> RunFacts:
    """Read what the rules need of a run with at least one complete epoch, beside its audits."""
    index = read_index(store, run.images_id)
    classes = index.classes
    history = read_history(store, [run.run_id], HISTORY)
    by_epoch = history.pivot(index="epoch", columns="metric", values="value")
    with ThreadPoolExecutor(_READERS) as pool:
        recalls = pool.map(lambda epoch: _read_recalls(store, run.run_id, epoch), run.epochs)
    by_epoch = by_epoch.reindex(run.epochs)
    predictions = read_predictions(store, run.run_id, run.epoch)
    maps = read_maps_of(store, run.run_id, run.epoch, METHOD)
    focus = _focus_of(maps, len(predictions), METHOD)
    tried = read_interventions(store, run.run_id, run.epoch)
    counterfactual = run.metrics.get("counterfactual_images", 0)
    return RunFacts(
        run_id=run.run_id,
        classes=classes,
        history=by_epoch,
        predictions=predictions,
        recalls=np.stack([*recalls]),
        focus=focus["true"],
        focus_predicted=focus["predicted"],
        checks=results_of(trust_table(audits, run.epoch)),
        counterfactual_images=int(counterfactual),
        guided=run.hyperparameters.get("guidance", UNGUIDED) != UNGUIDED,
        shortcuts=run.shortcuts,
        built_shortcut=name_shortcut(run.notes),
        effects=tried.effects if tried else None,
        focus_around=_read_step(store, run, by_epoch, focus["true"]),
        box_area=index.box_area,
        class_images=run.class_images,
        original_side=run.original_side,
        scaled_side=run.preparation.geometry.scaled_side,
        balanced=run.hyperparameters.get("balance", UNBALANCED) != UNBALANCED,
        pointing=_read_pointing(store, run, index, maps, focus["true"]),
    )


def _read_pointing(
    store: Store, run: RunInfo, index: ImageIndex, maps: MapTable | None, focus: np.ndarray
) -> np.ndarray | None:
    """Return at which images' objects maps point, of classes whose maps lie beside them.

    Of all where most of all maps do. Of others nobody asks, and objects' places are large to read.
    """
    weak = [one.target for one in list_beside(focus, index.labels, len(index.classes))]
    if count_mostly(focus, inside=False):
        weak = [*range(len(index.classes))]
    if maps is None or not weak:
        return None
    rows = maps.rows[maps.rows["target"] == maps.rows["true"]]
    asked = MapTable(maps.methods, rows[np.isin(rows["true"], weak)])
    pointing = np.full(len(focus), np.nan)
    pointing[asked.rows["image"]] = read_pointing(store, run.images_id, index, asked, METHOD)
    return pointing


def gather_comparison(
    store: Store, infos: Sequence[EvaluationInfo], left_out: Mapping[str, str] | None = None
) -> ComparisonFacts:
    """Read what the rules need of evaluations of the same images.

    Args:
        store: where they are.
        infos: the evaluations, the most accurate first.
        left_out: see ``ComparisonFacts``.
    """
    columns = ["true", "class_1"]
    tables = [read_evaluated(store, info.run_id, columns) for info in infos]
    class_set = read_class_set(store, infos[0].run_id)

    def read(metric: str) -> np.ndarray:
        return np.array([info.metrics.get(metric, np.nan) for info in infos], float)

    rates = read("images_per_second")
    return ComparisonFacts(
        run_ids=tuple(info.run_id for info in infos),
        names=tuple(network_names(infos).values()),
        multiply_adds=read("multiply_adds"),
        parameters=read("parameters"),
        seconds=1 / np.where(rates > 0, rates, np.nan),
        true=tables[0]["true"].to_numpy(),
        predicted=np.stack([table["class_1"].to_numpy() for table in tables]),
        kinds=class_set.roots,
        classes=class_set.classes,
        warnings=tuple(_warn_of(store, info) for info in infos),
        left_out=left_out or {},
        groups={one.name: one.classes for one in groups_of(class_set)},
    )


def _warn_of(store: Store, info: EvaluationInfo) -> tuple[str, str]:
    """Return what lists warn of in the run that trained a network, and its id."""
    with suppress(UserError):  # of another store, or deleted since
        run = read_run(store, info.trained_run) if info.trained_run else None
        if run and run.epoch == info.trained_epoch:
            return warn_of(know_chance(run, partial(read_index, store))), run.run_id
    return "", ""


def _read_recalls(store: Store, run_id: str, epoch: int) -> np.ndarray:
    table = read_per_class(store, run_id, epoch)
    return table["recall"].where(table["images"] > 0).to_numpy(float)


def _read_step(
    store: Store, run: RunInfo, history: pd.DataFrame, last: np.ndarray
) -> np.ndarray | None:
    """Read the focus of the two epochs between which its mean changed most, and of no other.

    All epochs' maps may be hundreds of megabytes.
    """
    place = find_step(history["focus"].to_numpy(float)) if "focus" in history else None
    if place is None:
        return None

    def read(epoch: int) -> np.ndarray:
        if epoch == run.epoch:
            return last
        maps = read_maps_of(store, run.run_id, epoch, METHOD)
        return _focus_of(maps, len(last), METHOD)["true"]

    return np.stack([read(epoch) for epoch in history.index[place : place + 2]])


def read_facts_by(store: Store, run: RunInfo, facts: RunFacts, method: str) -> RunFacts | None:
    """Return a run's facts with another method's focus on predicted classes; None without any."""
    maps = read_maps_of(store, run.run_id, facts.epoch, method)
    focus = _focus_of(maps, facts.images, method)["predicted"]
    if not np.isfinite(focus).any():
        return None
    return replace(facts, focus_predicted=focus, method=method)


def _focus_of(table: MapTable | None, images: int, method: str) -> dict[str, np.ndarray]:
    """Return the focus of each image's map of its true and of its predicted class."""
    focus = {target: np.full(images, np.nan) for target in ("true", "predicted")}
    if table is not None:
        for target, values in focus.items():
            rows = table.rows[table.rows["target"] == table.rows[target]]
            values[rows["image"]] = rows["focus"][:, table.methods.index(method)]
    return focus
