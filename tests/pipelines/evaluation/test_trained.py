"""Runs of a store that are evaluated on their own validation images."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.evaluation.run import Task, evaluate
from pipelines.evaluation.trained import (
    evaluate_runs,
    find_only_trained,
    how_to_mark,
    runs_to_evaluate,
)
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.contents import hash_contents
from saliencnn.data.image_index import Images
from saliencnn.data.sources import read_image_set
from saliencnn.store import evaluation_files
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import list_evaluations, note_same_weights, read_evaluation
from saliencnn.store.images import (
    publish_images,
    read_all_images,
    read_index,
    read_originals,
    read_region,
)
from saliencnn.store.runs import RunInfo, read_run


def test_a_run_is_evaluated_on_the_split_that_its_seed_drew(
    store: Store, seeded_run: RunInfo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another seed's validation images may be among those that it was trained on."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data = "planted:train=8,validation=16,counterfactual=0,size=48"
    run = replace(seeded_run, data=data)
    assert run.seed
    (run_id,) = evaluate_runs(store, [run])
    made = [run_id]
    try:
        info = read_evaluation(store, run_id)
        assert info.trained_run == run.run_id
        assert not any("trained on" in note for note in info.notes)
        drawn = {
            seed: {*hash_contents(read_image_set(data, seed).validation)} for seed in (0, run.seed)
        }
        assert {*read_originals(store, info.images_id)} == drawn[run.seed]
        assert drawn[0] != drawn[run.seed]
        # Where each object is stays known, as exactly as it was.
        index = read_index(store, info.images_id)
        samples = {one.name: one for one in read_image_set(data, run.seed).validation}
        for place, region in product((0, 9), ("object", "head")):
            expected = getattr(samples[index.names[place]], f"{region}_mask")
            kept = read_region(store, info.images_id, index, place, region)
            np.testing.assert_array_equal(kept, expected)
        assert run not in runs_to_evaluate([run], [info])
        again = _leave_out(store, info, data, run)
        made.append(again)
        twin = replace(run, run_id="twin")
        assert runs_to_evaluate([twin], list_evaluations(store)) == [twin]
        note_same_weights(store, again, "twin")
        (listed,) = (one for one in list_evaluations(store) if one.run_id == again)
        assert listed.runs == (run.run_id, "twin")
        assert runs_to_evaluate([run, twin], [listed]) == []
    finally:
        for one in made:
            store.client.delete_run(one)


def _leave_out(store: Store, info: EvaluationInfo, data: str, run: RunInfo) -> str:
    """Leave out of an evaluation what earlier versions did, and evaluate its run again."""
    kept = read_all_images(store, info.images_id)
    bare = replace(kept.index, object_masked=None, head_masked=None)
    images_id = publish_images(store, "bare", lambda: Images(bare, kept.encoded))
    facts = json.loads(store.client.get_run(info.run_id).data.tags["saliencnn.facts"])
    older = {**facts, "images_id": images_id}
    del older["trained_run"], older["trained_epoch"]
    store.client.set_tag(info.run_id, "saliencnn.facts", json.dumps(older))
    read = read_evaluation(store, info.run_id)
    assert (read.trained_run, read.trained_epoch) == (run.run_id, info.trained_epoch)
    assert f"--models run:{run.run_id} --images {data}" in how_to_mark(read, [run])
    assert how_to_mark(replace(read, trained_run=""), [run]) == ""
    (again,) = evaluate_runs(store, [run])
    assert again != info.run_id, "masks that are known today are kept now"
    index = read_index(store, read_evaluation(store, again).images_id)
    assert index.masked("object").all()
    assert evaluate_runs(store, [run]) == (again,)
    return again


def test_images_that_it_learned_from_are_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command line takes any images: a part of the folder, or all of it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    birds = read_image_set("planted:train=40,validation=1,counterfactual=0,size=32")
    for place, sample in enumerate(birds.train):
        folder = tmp_path / "birds" / birds.classes[sample.label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(sample.image)).save(folder / f"{place}.png")
    data, few = f"folder:{tmp_path}/birds", Hyperparameters(epochs=1, batch_size=16, seed=3)
    run_id = train(store, Request(data=data, image_size=32, hyperparameters=few))
    learned = len(read_image_set(data, 3).train)
    try:
        told = {
            images: [note for note in outcome.notes if "trained on" in note]
            for images in (data, f"{tmp_path}/birds")
            if (outcome := evaluate(store, Task([f"run:{run_id}"], images)))
        }
        assert told.pop(data) == []
        ((note,),) = told.values()
        assert f"trained on {learned} of these 40 images" in note
        # It says of its own validation images what it said when it was trained.
        (again,) = (i for i in list_evaluations(store) if i.metrics["images"] == 40 - learned)
        run = read_run(store, run_id)
        recorded = read_predictions(store, run_id, 1)
        names = np.array(read_index(store, run.images_id).names)[recorded["image"]]
        found = evaluation_files.read_predictions(store, again.run_id)
        place = {name: n for n, name in enumerate(read_index(store, again.images_id).names)}
        found = found.set_index("image").loc[[place[name] for name in names]]
        np.testing.assert_allclose(found["true_confidence"], recorded["true_confidence"], atol=1e-5)
    finally:
        for info in list_evaluations(store):
            if info.trained_run == run_id:
                store.client.delete_run(info.run_id)
        store.client.delete_run(run_id)


def test_what_cannot_be_evaluated_is_not_offered(seeded_run: RunInfo) -> None:
    random = {**seeded_run.hyperparameters, "shuffle_labels": "True"}
    others = (
        replace(seeded_run, epoch=0),
        replace(seeded_run, data=""),
        replace(seeded_run, data="somewhere/else"),
        replace(seeded_run, hyperparameters=random),
    )
    assert runs_to_evaluate([seeded_run, *others], []) == [seeded_run]


def test_image_sets_on_which_nothing_was_evaluated_have_only_runs(
    seeded_run: RunInfo, planted_evaluations: list[EvaluationInfo]
) -> None:
    birds = replace(seeded_run, run_id="new", image_set="birds")
    older = replace(birds, run_id="old")
    begun = replace(birds, run_id="begun", image_set="begun", epoch=0)
    runs = [birds, older, begun, seeded_run]
    assert find_only_trained(runs, planted_evaluations) == {"birds": birds}
    assert find_only_trained([seeded_run], []) == {seeded_run.image_set: seeded_run}


def test_images_that_are_gone_are_one_sentence(store: Store, seeded_run: RunInfo) -> None:
    with pytest.raises(UserError, match=r"no folder|not there|does not exist|There is no"):
        evaluate_runs(store, [replace(seeded_run, data="folder:/gone/images")])
