"""What today's code says of the golden store, in the form of ``expect.py``."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from pipelines.trust.results import mean_curves, newest_epoch, trust_table
from saliencnn.recording import spool
from saliencnn.store import checkpoints, epochs, evaluation_files, images, runs
from saliencnn.store.check_results import read_results
from saliencnn.store.computed_maps import read_computed
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.history import read_history
from saliencnn.store.maptable import MapTable, unpack_maps
from saliencnn.store.runs import RunInfo
from saliencnn.trust.audit_record import read_audits
from tests.helpers.golden import Golden

CLASS = 3
RUN_FACTS = (
    "run_id", "status", "reason", "epoch", "arch", "data", "image_set", "weights",
    "image_size", "keep", "metrics", "hyperparameters", "notes", "standing",
)  # fmt: skip


def total(values: Any) -> float:
    return float(np.nansum(np.asarray(values, np.float64)))


def describe_table(table: MapTable) -> dict[str, Any]:
    maps = unpack_maps(table.rows)
    return {
        "methods": list(table.methods),
        "images": table.rows["image"].tolist(),
        "maps": [total(maps[:, i]) for i in range(len(table.methods))],
        "focus": total(table.rows["focus"]),
    }


def describe_run(store: Store, run: RunInfo) -> dict[str, Any]:
    run_id = run.run_id

    def by_epoch(read: Callable[[int], Any]) -> dict[int, Any]:
        return {epoch: read(epoch) for epoch in run.epochs}

    def predictions(column: str) -> Callable[[int], Any]:
        return lambda epoch: epochs.read_predictions(store, run_id, epoch)[column]

    kept = checkpoints.kept_epochs(store, run_id)
    history = read_history(store, [run_id], run.metrics)
    found = epochs.read_class_maps(store, run_id, run.epochs, CLASS)
    return {
        **{name: getattr(run, name) for name in RUN_FACTS},
        "digest": runs.read_facts(store, run_id)["digest"],
        "standing_at": by_epoch(run.standing_at),
        "verdicts": [asdict(verdict) for verdict in run.verdicts],
        "history": sorted(history[["epoch", "metric", "value"]].to_numpy().tolist()),
        "predicted": by_epoch(lambda e: predictions("predicted")(e).tolist()),
        "confidence": by_epoch(lambda e: total(predictions("confidence")(e))),
        "confusion": by_epoch(lambda e: epochs.read_confusion(store, run_id, e).tolist()),
        "f1": by_epoch(lambda e: epochs.read_per_class(store, run_id, e)["f1"].tolist()),
        "weights_of": {
            epoch: sum(total(v) for v in checkpoints.read_checkpoint(store, model).values())
            for epoch, model in kept.items()
        },
        "maps": {epoch: [describe_table(table) for table in found[epoch]] for epoch in found},
        "computed": [
            [epoch, describe_table(table)] for epoch, table in read_computed(store, run_id, CLASS)
        ],
    }


def describe_images(store: Store, images_id: str) -> dict[str, Any]:
    index = images.read_index(store, images_id)
    mask = images.read_region(store, images_id, index, 5, "object")
    return {
        "classes": index.classes,
        "names": index.names,
        "labels": index.labels.tolist(),
        "size": index.size,
        "bytes_of_5": len(images.read_image(store, images_id, index, 5)),
        "object_of_5": None if mask is None else int(mask.sum()),
    }


def describe_evaluation(store: Store, info: EvaluationInfo) -> dict[str, Any]:
    run_id = info.run_id
    later = {"score", "stored_spec", "package", "same_runs"}
    left_out = {"images_id", "run_id", "started", *later}
    return {
        **{name: value for name, value in asdict(info).items() if name not in left_out},
        "id": run_id,
        "predictions": evaluation_files.read_predictions(store, run_id).head(5).to_dict("list"),
        "accuracy": total(evaluation_files.read_by_class(store, run_id)["accuracy"]),
        "distances": total(evaluation_files.read_distances(store, run_id)),
        "mean_confidence": total(evaluation_files.read_mean_confidence(store, run_id)),
        "projection": total(evaluation_files.read_projection(store, run_id)),
        "classes": evaluation_files.read_class_set(store, run_id).classes,
        "weights_sum": sum(total(v) for v in evaluation_files.read_weights(store, info).values()),
        "set": describe_images(store, info.images_id),
    }


def describe_audit(store: Store, run_id: str) -> dict[str, Any]:
    audits = read_audits(store, run_id)
    epoch = newest_epoch(audits)
    assert epoch is not None
    table = trust_table(audits, epoch)
    return {
        "epoch": epoch,
        "images": next(iter(table["variance"].values())).images.tolist(),
        "found": {
            check: {
                method: {
                    "outcome": audited.result.outcome,
                    "value": audited.result.value,
                    "images": audited.result.images,
                    "numbers": audited.numbers.tolist(),
                    "logit": audited.logit_change and audited.logit_change.change,
                    "per_score": audited.per_score,
                }
                for method, audited in row.items()
            }
            for check, row in table.items()
        },
        "curves": {
            method: {kind: total(curve.own) for kind, curve in curves.items()}
            for method, curves in mean_curves(audits, epoch).items()
        },
    }


def describe_answers(store: Store, run_id: str, check: str) -> list[Any]:
    def brief(values: np.ndarray) -> Any:
        return total(values) if values.dtype.kind in "biuf" else values.tolist()

    answers = [
        [dict(question), {name: brief(values) for name, values in sorted(arrays.items())}]
        for question, arrays in read_results(store, run_id, check)
    ]
    return sorted(answers, key=lambda answer: str(sorted(answer[0].items())))


def describe_spool(golden: Golden, run_id: str) -> dict[str, Any]:
    folder = spool.spool_folder(golden.store)
    end = spool.read_end(folder, run_id)
    assert end is not None
    (epoch,) = spool.spooled_epochs(folder, run_id)
    record = spool.read_epoch(folder, run_id, epoch)
    return {
        "end": asdict(end),
        "epoch": epoch,
        "metrics": record.metrics,
        "predicted": record.predictions["predicted"].tolist(),
        "weights_sum": sum(total(v) for v in record.weights.values()),
        "tables": {name: describe_table(table) for name, table in record.tables.items()},
    }
