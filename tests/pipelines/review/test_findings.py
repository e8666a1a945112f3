"""What the rules get to see is what the store keeps."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.review.findings import (
    findings_of_comparison,
    findings_of_evaluated,
    findings_of_run,
    gather_comparison,
    gather_run,
)
from saliencnn.findings.focus_words import find_step
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_maps_of, read_per_class
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.images import read_index, read_region
from saliencnn.store.maptable import MapTable, unpack_maps
from saliencnn.store.runs import RunInfo


def test_a_runs_facts(store: Store, tiny_run: RunInfo) -> None:
    facts = gather_run(store, tiny_run, [])
    assert facts.epoch == tiny_run.epoch
    assert facts.accuracy == pytest.approx(tiny_run.metrics["val_accuracy"])
    assert facts.macro_f1 == pytest.approx(tiny_run.metrics["val_macro_f1"])
    assert np.nanmean(facts.focus) == pytest.approx(tiny_run.metrics["focus"], abs=1e-6)
    assert facts.counterfactual_images == 16
    assert facts.last("val_loss") == pytest.approx(tiny_run.metrics["val_loss"])
    for row, epoch in zip(facts.recalls, tiny_run.epochs, strict=True):
        table = read_per_class(store, tiny_run.run_id, epoch)
        np.testing.assert_allclose(np.nan_to_num(row), table["recall"], atol=1e-6)
    right = facts.predictions["true"] == facts.predictions["predicted"]
    np.testing.assert_array_equal(facts.focus[right], facts.focus_predicted[right])


def test_maps_are_read_of_the_last_epoch_and_around_the_change_of_focus(
    store: Store, tiny_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def read_and_note(store: Store, run_id: str, epoch: int, method: str) -> MapTable | None:
        read.append(epoch)
        return read_maps_of(store, run_id, epoch, method)

    monkeypatch.setattr("pipelines.review.findings.read_maps_of", read_and_note)
    facts = gather_run(store, tiny_run, [])
    place = find_step(facts.metric("focus"))
    around = () if place is None else tiny_run.epochs[place : place + 2]
    assert tiny_run.metrics["focus_images"] == np.isfinite(facts.focus).sum() > 0
    assert sorted(read) == sorted({tiny_run.epoch, *around}), "each once"
    for epoch, inside in zip(tiny_run.epochs, facts.metric("focus_inside"), strict=True):
        table = read_maps_of(store, tiny_run.run_id, epoch, "gradcam")
        assert table
        own = table.rows[table.rows["target"] == table.rows["true"]]
        focus = own["focus"][:, table.methods.index("gradcam")]
        assert inside == pytest.approx(np.mean(focus >= 0.5))
        if epoch in around:
            found = facts.focus_around[around.index(epoch)]
            np.testing.assert_array_equal(found[own["image"]], focus)


def test_what_maps_point_at_is_read_of_the_classes_whose_maps_lie_beside_the_object(
    store: Store, tiny_run: RunInfo
) -> None:
    facts, index = gather_run(store, tiny_run, []), read_index(store, tiny_run.images_id)
    weak = {one.target for one in facts.weak_classes}
    assert weak, "an untrained network's maps lie anywhere"
    table = read_maps_of(store, tiny_run.run_id, tiny_run.epoch, "gradcam")
    own = table.rows[table.rows["target"] == table.rows["true"]]
    maps = unpack_maps(own)[:, table.methods.index("gradcam")]
    for row, one in zip(own, maps, strict=True):
        if row["true"] not in weak:
            assert np.isnan(facts.pointing[row["image"]])
            continue
        region = read_region(store, tiny_run.images_id, index, row["image"], "object")
        side = region.shape[0] // one.shape[0]
        down, across = np.unravel_index(one.argmax(), one.shape)
        cell = region[down * side : (down + 1) * side, across * side : (across + 1) * side]
        assert facts.pointing[row["image"]] == (one.max() > 0 and cell.mean() >= 0.5)


def test_a_run_without_an_epoch_has_no_finding(store: Store, tiny_run: RunInfo) -> None:
    assert findings_of_run(store, replace(tiny_run, epoch=0)) == ()


def test_a_comparisons_facts(store: Store, planted_evaluations: list[EvaluationInfo]) -> None:
    ordered = sorted(planted_evaluations, key=lambda info: -info.metrics["top1"])
    facts = gather_comparison(store, ordered)
    for accuracy, info in zip(facts.accuracy, ordered, strict=True):
        assert accuracy == pytest.approx(info.metrics["top1"])
    rules = [finding.rule for finding in findings_of_comparison(store, ordered)]
    assert rules == ["best", "cheapest", "disagreement", "hardest"]
    ids = [info.run_id for info in planted_evaluations]
    assert findings_of_evaluated(store, ids) == findings_of_comparison(store, ordered)
    assert findings_of_evaluated(store, ids[:1]) == ()
