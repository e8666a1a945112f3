"""Print as JSON what the golden store holds; run by make.sh with the code that wrote it."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from mlflow import pyfunc
from pipelines.audited import newest_audit, read_audit, read_curves
from pipelines.explanations import Explainer
from pipelines.hyperparameters import Hyperparameters
from pipelines.questions import Question
from pipelines.store.checks import read_results
from pipelines.store.computed import read_computed
from pipelines.store.connection import open_store
from pipelines.store.maptable import MapTable, unpack_maps
from pipelines.store.runs import RunInfo
from pipelines.store.tasks import list_tasks

from pipelines import spool
from pipelines.retry.history import past_runs
from pipelines.retry.propose import propose
from pipelines.retry.queue import list_requests
from pipelines.retry.studies import open_queue
from pipelines.store import checkpoints, epochs, evaluations, pictures, runs
from pipelines.store.registry import load_accepted, registered_epochs

CLASS = 3
store = open_store(f"sqlite:///{sys.argv[1]}/mlruns/mlflow.db")
os.environ["MLFLOW_TRACKING_URI"] = store.uri
everything = {run.name: run for run in runs.list_runs(store)}
golden = everything["golden"]


def total(values: Any) -> float:
    return float(np.nansum(np.asarray(values, np.float64)))


def brief(values: np.ndarray) -> Any:
    return total(values) if values.dtype.kind in "biuf" else values.tolist()


def of_table(table: MapTable) -> dict[str, Any]:
    maps = unpack_maps(table.rows)
    return {
        "methods": list(table.methods),
        "images": table.rows["image"].tolist(),
        "maps": [total(maps[:, i]) for i in range(len(table.methods))],
        "focus": total(table.rows["focus"]),
    }


def of_run(run: RunInfo) -> dict[str, Any]:
    def by_epoch(read: Callable[[int], Any]) -> dict[int, Any]:
        return {epoch: read(epoch) for epoch in run.epochs}

    kept = checkpoints.kept_epochs(store, run.run_id)
    history = runs.read_history(store, [run.run_id], run.metrics)
    names = ("run_id", "status", "reason", "epoch", "arch", "data", "image_set", "weights",
             "image_size", "keep", "metrics", "hyperparameters", "notes", "standing")  # fmt: skip
    found = epochs.read_class_maps(store, run.run_id, run.epochs, CLASS)
    return {
        **{name: getattr(run, name) for name in names},
        "digest": runs.read_facts(store, run.run_id)["digest"],
        "standing_at": by_epoch(run.standing_at),
        "verdicts": [asdict(verdict) for verdict in run.verdicts],
        "history": sorted(history[["epoch", "metric", "value"]].to_numpy().tolist()),
        "predicted": by_epoch(
            lambda e: epochs.read_predictions(store, run.run_id, e)["predicted"].tolist()
        ),
        "confidence": by_epoch(
            lambda e: total(epochs.read_predictions(store, run.run_id, e)["confidence"])
        ),
        "confusion": by_epoch(lambda e: epochs.read_confusion(store, run.run_id, e).tolist()),
        "f1": by_epoch(lambda e: epochs.read_per_class(store, run.run_id, e)["f1"].tolist()),
        "weights_of": {
            epoch: sum(total(v) for v in checkpoints.read_checkpoint(store, model).values())
            for epoch, model in kept.items()
        },
        "maps": {epoch: [of_table(table) for table in found[epoch]] for epoch in found},
        "computed": [
            [epoch, of_table(table)] for epoch, table in read_computed(store, run.run_id, CLASS)
        ],
    }


def of_images(images_id: str) -> dict[str, Any]:
    index = pictures.read_index(store, images_id)
    mask = pictures.read_region(store, images_id, index, 5, "object")
    return {
        "classes": index.classes,
        "names": index.names,
        "labels": index.labels.tolist(),
        "size": index.size,
        "bytes_of_5": len(pictures.read_picture(store, images_id, index, 5)),
        "object_of_5": None if mask is None else int(mask.sum()),
    }


def of_evaluation(info: evaluations.EvaluationInfo) -> dict[str, Any]:
    left_out = {"pictures", "run_id", "started"}
    predictions = evaluations.read_predictions(store, info.run_id)
    return {
        **{name: value for name, value in asdict(info).items() if name not in left_out},
        "id": info.run_id,
        "predictions": predictions.head(5).to_dict("list"),
        "accuracy": total(evaluations.read_by_class(store, info.run_id)["accuracy"]),
        "distances": total(evaluations.read_distances(store, info.run_id)),
        "mean_confidence": total(evaluations.read_mean_confidence(store, info.run_id)),
        "projection": total(evaluations.read_projection(store, info.run_id)),
        "classes": evaluations.read_class_set(store, info.run_id).classes,
        "weights_sum": sum(total(v) for v in evaluations.read_weights(store, info).values()),
        "set": of_images(info.pictures),
    }


def of_audit() -> dict[str, Any]:
    epoch = newest_audit(store, golden.run_id)
    assert epoch is not None
    table = read_audit(store, golden.run_id, epoch)
    return {
        "epoch": epoch,
        "images": next(iter(table["variance"].values())).images.tolist(),
        "found": {
            check: {
                method: {
                    "verdict": audited.verdict.verdict,
                    "value": audited.verdict.value,
                    "images": audited.verdict.images,
                    "numbers": audited.numbers.tolist(),
                    "logit": audited.moved and audited.moved.logit,
                    "per_score": audited.per_score,
                }
                for method, audited in row.items()
            }
            for check, row in table.items()
        },
        "curves": {
            method: {kind: total(curve.own) for kind, curve in curves.items()}
            for method, curves in read_curves(store, golden.run_id, epoch).items()
        },
    }


def of_answers(check: str) -> list[Any]:
    found = read_results(store, golden.run_id, check)
    answers = [
        [question, {name: brief(values) for name, values in sorted(arrays.items())}]
        for question, arrays in found
    ]
    return sorted(answers, key=lambda answer: json.dumps(answer[0], sort_keys=True))


def of_registry() -> dict[str, Any]:
    (registered,) = registered_epochs(store, golden.run_id)
    images = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), np.uint8)
    served = pyfunc.load_model(f"models:/{registered.name}@accepted").predict(images)
    scores = load_accepted(registered.name).predict(images)
    assert np.array_equal(scores, served)
    return {**asdict(registered), "scores": scores.tolist()}


def of_spool() -> dict[str, Any]:
    folder, run_id = Path(sys.argv[1]) / "mlruns/spool", everything["golden-interrupted"].run_id
    end = spool.read_end(folder, run_id)
    assert end is not None
    (epoch,) = spool.spooled_epochs(folder, run_id)
    parcel = spool.read_epoch(folder, run_id, epoch)
    return {
        "end": asdict(end),
        "epoch": epoch,
        "metrics": parcel.metrics,
        "predicted": parcel.predictions["predicted"].tolist(),
        "weights_sum": sum(total(v) for v in parcel.weights.values()),
        "tables": {name: of_table(table) for name, table in parcel.tables.items()},
    }


start = Hyperparameters.from_mapping(golden.hyperparameters)
history = list(past_runs(list(everything.values()), golden).values())
listed = sorted(evaluations.list_evaluations(store), key=lambda info: info.model)
maps = Explainer(store).find([Question(listed[0], 3, 2)], ["gradcam", "layercam"])
expected = {
    "runs": {name: of_run(run) for name, run in sorted(everything.items())},
    "images": of_images(golden.pictures),
    "audit": of_audit(),
    "answers": {check: of_answers(check) for check in ("variance", "stability")},
    "evaluations": {info.model: of_evaluation(info) for info in listed},
    "explained": {method: total(saliency) for (_, method), saliency in maps.items()},
    "registry": of_registry(),
    "requests": [
        {key: value for key, value in asdict(info).items() if key != "values"}
        for info in list_requests(open_queue(store))
    ],
    "tasks": [asdict(task) for task in list_tasks(store)],
    "spool": of_spool(),
    "proposals": [one.as_dict() for one in propose(start, history, 3)],
}
print(json.dumps(expected, indent=1, sort_keys=True))
