"""Evaluations of small networks: what is kept, what is not done twice, what is refused."""

import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image

import saliencnn
from pipelines.evaluation.models import open_models
from pipelines.evaluation.parts import Part, ShardJob
from pipelines.evaluation.run import Outcome, Task, compute_here, evaluate
from saliencnn.common.errors import UserError
from saliencnn.data.sources import read_image_set
from saliencnn.maps.explainer import Explainer
from saliencnn.maps.kept import KeptMaps
from saliencnn.maps.requests import MapRequest
from saliencnn.models.architecture import Architecture
from saliencnn.models.architectures import ARCHITECTURES, TABLE
from saliencnn.models.catalogue import digest_state
from saliencnn.models.served import NetworkFacts
from saliencnn.store import evaluation_files, evaluations
from saliencnn.store.checkpoints import (
    delete_checkpoint,
    kept_epochs,
    read_checkpoint,
    write_checkpoint,
)
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_predictions
from saliencnn.store.evaluation_records import network_names
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.images import read_image, read_index, read_originals
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.registry import mark_accepted, register_checkpoint
from saliencnn.store.runs import RunInfo
from tests.helpers.commands import Forker
from tests.helpers.loops import LoopNet
from tests.helpers.waiting import wait_for

CLASSES = ("ant", "bee", "cat")


class Recorder:
    """Does what it is told in this process and remembers what that was."""

    def __init__(self) -> None:
        self.jobs: list[ShardJob] = []

    def __call__(self, shards: Sequence[ShardJob]) -> Iterator[Part]:
        self.jobs += shards
        yield from compute_here(shards)


def write_network(
    folder: Path, seed: int, classes: Sequence[str] = CLASSES, arch: str = "smallgap"
) -> str:
    """Write random weights with their labels and return the spec."""
    torch.manual_seed(seed)
    state = TABLE[arch].build(num_classes=len(classes)).state_dict()
    path = folder / f"random{seed}.safetensors"
    safetensors.torch.save_file(state, path)
    path.with_suffix(".labels.txt").write_text("\n".join(classes))
    return f"{arch}@{path}"


def write_images(folder: Path, count: int = 5) -> None:
    rng = np.random.default_rng(0)
    for name in CLASSES[:2]:
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(0, 255, (60 + i, 80, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten images of two classes, and two networks that know three."""
    write_images(tmp_path / "images")
    return tmp_path


def make_task(folder: Path, *models: str) -> Task:
    return Task(models, str(folder / "images"), work=folder / "work")


def test_a_run_gives_the_numbers_that_training_measured(
    store: Store, tiny_run: RunInfo, tmp_path: Path
) -> None:
    epochs = sorted(kept_epochs(store, tiny_run.run_id))
    models = [f"run:{tiny_run.run_id}:{epoch}" for epoch in epochs]
    outcome = evaluate(store, Task([*models, models[0]], tiny_run.data, work=tmp_path))
    assert outcome.failures == ()
    assert len(outcome.evaluated) == len(epochs)
    for epoch, run_id in zip(epochs, outcome.evaluated, strict=True):
        info = read_evaluation(store, run_id)
        assert info.model == f"tiny epoch {epoch}"
        assert (info.trained_run, info.trained_epoch) == (tiny_run.run_id, epoch)
        measured = read_predictions(store, tiny_run.run_id, epoch)
        names = read_index(store, tiny_run.images_id).names
        by_name = {names[row["image"]]: row for row in measured}
        found = evaluation_files.read_predictions(store, run_id)
        index = read_index(store, info.images_id)
        assert len(found) == len(measured)
        for row in found.itertuples():
            expected = by_name[index.names[row.image]]
            assert (row.true, row.class_1) == (expected["true"], expected["predicted"])
            assert row.true_confidence == pytest.approx(expected["true_confidence"], abs=1e-4)
        assert info.root_accuracy == {}
        weights = evaluation_files.read_weights(store, info)
        assert digest_state(weights) == info.model_digest


def test_an_accepted_network_is_found_by_its_registered_name(
    store: Store, tiny_run: RunInfo, tmp_path: Path
) -> None:
    name = "evaluated-by-name"
    classes = read_index(store, tiny_run.images_id).classes
    facts = NetworkFacts(tiny_run.arch, classes, tiny_run.preparation)
    registered = register_checkpoint(store, tiny_run.run_id, 2, name, facts)
    assert registered is not None
    try:
        mark_accepted(store, registered)
        task = Task([f"registered:{name}"], tiny_run.data, work=tmp_path)
        outcome = evaluate(store, task)
    finally:
        store.client.delete_registered_model(registered.name)
    info = read_evaluation(store, outcome.evaluated[0])
    assert (info.model, info.trained_run, info.trained_epoch) == (
        "tiny epoch 2",
        tiny_run.run_id,
        2,
    )


def test_what_is_finished_is_not_done_again(store: Store, folder: Path) -> None:
    first, second = write_network(folder, 0), write_network(folder, 1)
    before = evaluate(store, make_task(folder, first))
    recorder = Recorder()
    after = evaluate(store, make_task(folder, first, second), compute=recorder)
    assert after.evaluated[0] == before.evaluated[0]
    networks = [c.name for job in recorder.jobs for c in job.networks]
    assert networks == ["smallgap@random1.safetensors"]
    assert [job.packs for job in recorder.jobs] == [()]
    assert list((folder / "work").rglob("*.npz")) == []


def test_two_processes_do_not_work_on_the_same(store: Store, folder: Path) -> None:
    spec = write_network(folder, 2)

    def again(shards: Sequence[ShardJob]) -> Iterator[Part]:
        with pytest.raises(UserError, match="Another process is evaluating"):
            evaluate(store, make_task(folder, spec))
        yield from compute_here(shards)

    assert len(evaluate(store, make_task(folder, spec), compute=again).evaluated) == 1


def test_an_evaluation_goes_through_a_server(server_store: Store, folder: Path) -> None:
    outcome = evaluate(server_store, make_task(folder, write_network(folder, 3)))
    info = read_evaluation(server_store, outcome.evaluated[0])
    index = read_index(server_store, info.images_id)
    assert read_image(server_store, info.images_id, index, 9).startswith(b"\xff\xd8")
    assert len(read_originals(server_store, info.images_id)) == 10
    assert evaluation_files.read_class_set(server_store, info.run_id).classes == CLASSES
    rows = evaluation_files.read_predictions(server_store, info.run_id)
    assert set(rows["class_4"]) == {-1}
    assert rows["confidence_4"].isna().all()
    sums = rows[[f"confidence_{n}" for n in (1, 2, 3)]].sum(axis=1)
    np.testing.assert_allclose(sums, 1, atol=1e-5)
    assert "top5" not in info.metrics, "of four classes all are among the first five"


def test_unreadable_images_are_left_out_and_named(store: Store, folder: Path) -> None:
    spec = write_network(folder, 4)
    whole = evaluate(store, make_task(folder, spec))
    (folder / "images" / "ant" / "2.png").write_bytes(b"no image")
    (folder / "images" / "bee" / "zz.jpg").write_bytes(b"")
    outcome = evaluate(store, make_task(folder, spec))
    info = read_evaluation(store, outcome.evaluated[0])
    (note,) = (note for note in info.notes if "ant/2.png, bee/zz.jpg" in note)
    assert note.startswith("2 images cannot be read")
    assert "it is not a JPEG" in note
    index = read_index(store, info.images_id)
    assert index.skipped == ("ant/2.png", "bee/zz.jpg")
    assert index.names == tuple(
        f"{n}/{i}.png" for n in ("ant", "bee") for i in range(5) if (n, i) != ("ant", 2)
    )
    rows = evaluation_files.read_predictions(store, info.run_id)
    np.testing.assert_array_equal(rows["image"], np.arange(9))
    np.testing.assert_array_equal(rows["true"], index.labels)
    every = evaluation_files.read_predictions(store, whole.evaluated[0])
    left = every.drop(index=2).reset_index(drop=True)
    np.testing.assert_allclose(rows["true_confidence"], left["true_confidence"], atol=1e-6)


def test_not_one_readable_image_is_one_sentence(store: Store, folder: Path) -> None:
    for path in (folder / "images").rglob("*.png"):
        path.write_bytes(b"no image")
    with pytest.raises(UserError, match="None of the 10 images can be read"):
        evaluate(store, make_task(folder, write_network(folder, 5)))


def test_what_cannot_be_had_is_said_and_the_rest_goes_on(store: Store, folder: Path) -> None:
    good = write_network(folder, 6)
    other = write_network(folder, 7, ("ant", "bee"))
    (folder / "bad.pth").write_bytes(b"no weights")
    unnamed = folder / "unnamed.safetensors"
    safetensors.torch.save_file(TABLE["smallgap"].build(num_classes=4).state_dict(), unnamed)
    said = {
        good: None,
        "resnet18@nowhere.pth": "does not exist",
        f"resnet18@{folder}/bad.pth": "is not a readable state dict",
        "vgg99": "Architecture 'vgg99' is unknown",
        "run:none": "is not in the store",
        "run:none:x": "'x' is no epoch",
        "registered:nothing": "has no accepted network 'nothing'",
        f"smallgap@{unnamed}": "scores 4 classes; name them in unnamed.labels.txt",
        other: "has other classes",
    }
    outcome: Outcome = evaluate(store, make_task(folder, *said))
    assert len(outcome.evaluated) == 1
    for sentence, words in zip(outcome.failures, list(said.values())[1:], strict=True):
        assert words in sentence
        assert "\n" not in sentence


def test_classes_in_another_order_compare(store: Store, folder: Path) -> None:
    first, turned = write_network(folder, 6), write_network(folder, 9, CLASSES[::-1])
    (alone,) = evaluate(store, make_task(folder, turned)).evaluated
    outcome = evaluate(store, make_task(folder, first, turned))
    infos = [evaluations.read_evaluation(store, run_id) for run_id in outcome.evaluated]
    assert len({(info.images, info.class_set) for info in infos}) == 1
    own, beside = (  # images follow the order of the classes
        evaluation_files.read_predictions(store, one).sort_values("confidence_1")
        for one in (alone, outcome.evaluated[1])
    )
    for column in ("class_1", "class_3"):
        assert (2 - own[column]).tolist() == beside[column].tolist()
    np.testing.assert_allclose(own["confidence_1"], beside["confidence_1"], atol=1e-5)
    weights = evaluation_files.read_weights(store, infos[1])
    head = safetensors.torch.load_file(folder / "random9.safetensors")["fc.weight"]
    torch.testing.assert_close(weights["fc.weight"], head.flip(0))
    assert any("order of" in note for note in infos[1].notes)


def test_no_network_at_all_is_refused(store: Store, folder: Path) -> None:
    with pytest.raises(UserError, match=r"no network to evaluate\. vgg99 cannot be opened"):
        evaluate(store, make_task(folder, "vgg99"))


def test_another_crop_is_another_evaluation(store: Store, folder: Path) -> None:
    task = make_task(folder, write_network(folder, 8))
    own = evaluate(store, task).evaluated
    cropped = evaluate(store, replace(task, resize=None)).evaluated
    assert own != cropped
    assert read_evaluation(store, own[0]).resize == 110
    info = read_evaluation(store, cropped[0])
    assert info.resize is None
    # The weights are kept once.
    assert info.weights == own[0]
    assert digest_state(evaluation_files.read_weights(store, info)) == info.model_digest


def test_weights_outlive_the_checkpoint_they_were(
    store: Store, tiny_run: RunInfo, tmp_path: Path
) -> None:
    """A lab's checkpoint, evaluated by name and as a file, is deleted later."""
    model_id = next(iter(kept_epochs(store, tiny_run.run_id).values()))
    state = read_checkpoint(store, model_id)
    classes = read_index(store, tiny_run.images_id).classes
    facts = NetworkFacts(tiny_run.arch, classes, tiny_run.preparation)
    copy = write_checkpoint(store, tiny_run.run_id, 99, state, facts)
    path = tmp_path / "copy.safetensors"
    safetensors.torch.save_file(state, path)
    path.with_suffix(".labels.txt").write_text("\n".join(classes))
    task = Task([f"run:{tiny_run.run_id}:99"], tiny_run.data, limit=16, work=tmp_path / "work")
    lost = evaluate(store, task).evaluated[0]
    outcome = evaluate(store, replace(task, models=[f"{tiny_run.arch}@{path}"], resize=None))
    assert outcome.failures == ()
    delete_checkpoint(store, copy)
    info = read_evaluation(store, lost)
    assert digest_state(evaluation_files.read_weights(store, info)) == info.model_digest


def test_epoch_zero_is_no_epoch(store: Store, tiny_run: RunInfo, tmp_path: Path) -> None:
    """It does not stand for the newest one; neither does an epoch that was left out by mistake."""
    specs = {
        f"run:{tiny_run.run_id}:0": "'0' is no epoch",
        f"run:{tiny_run.run_id}:00": "'00' is no epoch",
        f"run:{tiny_run.run_id}:": "'' is no epoch",
        f"run:{tiny_run.run_id}:-1": "'-1' is no epoch",
        f"run:{tiny_run.run_id}:1.0": "'1.0' is no epoch",
        f"run:{tiny_run.run_id}:{'9' * 5000}": "is no epoch",
        f"run:{tiny_run.run_id}:77": "has no such checkpoint",
    }
    opened, failures = open_models(store, list(specs))
    assert opened == []
    for sentence, words in zip(failures, specs.values(), strict=True):
        assert words in sentence


def test_names_of_classes_may_come_from_windows(store: Store, folder: Path) -> None:
    spec = write_network(folder, 15)
    labels = Path(spec.partition("@")[2]).with_suffix(".labels.txt")
    labels.write_bytes(b"\xef\xbb\xbfant\r\nbee\r\ncat\r\n  \r\n")
    opened, failures = open_models(store, [spec])
    assert failures == []
    assert opened[0].class_set.classes == CLASSES


def test_evaluations_are_listed_once(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many networks there are: the list grows with each."""
    listed = []
    listing = store.client.search_runs

    def search_runs(experiments: list[str], *rest: object, **options: object) -> object:
        listed.extend(experiments)
        return listing(experiments, *rest, **options)

    monkeypatch.setattr(store.client, "search_runs", search_runs)
    specs = [write_network(folder, seed) for seed in (11, 12, 13)]
    assert len(evaluate(store, make_task(folder, *specs)).evaluated) == 3
    assert listed.count(store.evaluations) == 1


def test_the_same_weights_twice_in_one_command_are_kept_once(store: Store, folder: Path) -> None:
    spec = write_network(folder, 14)
    arch, _, path = spec.partition("@")
    copy = Path(path).with_stem("copy")
    copy.write_bytes(Path(path).read_bytes())
    copy.with_suffix(".labels.txt").write_text("\n".join(CLASSES))
    outcome = evaluate(store, make_task(folder, spec, f"{arch}@{copy}"))
    infos = [read_evaluation(store, run_id) for run_id in outcome.evaluated]
    assert infos[1].weights == infos[0].run_id
    for info in infos:
        assert digest_state(evaluation_files.read_weights(store, info)) == info.model_digest


KILLED = "planted:train=8,validation=1024,counterfactual=0,size=48,seed=4"


def test_a_killed_evaluation_goes_on_where_it_was(
    store: Store, program: Forker, tmp_path: Path
) -> None:
    classes = read_image_set("planted:train=8,validation=8,counterfactual=0,size=48").classes
    models = [write_network(tmp_path, seed, classes) for seed in (9, 10)]
    work = tmp_path / "work"
    given = ("--models", ",".join(models), "--images", KILLED, "--work", str(work))
    command = program.start("evaluate", *given, MLFLOW_TRACKING_URI=store.uri)
    wait_for(lambda: list(work.rglob("*/000001.npz")), 120, command.log.read_text)
    command.send(signal.SIGKILL)
    program.wait(command)
    parts = {path.relative_to(work) for path in work.rglob("*.npz")}
    assert 3 < len(parts) < 12  # two networks and the images, of four shards each
    recorder, reports = Recorder(), []
    task = Task(models, KILLED, work=work)
    outcome = evaluate(store, task, lambda *report: reports.append(report), recorder)
    asked = sum(len(w.networks) + len(w.packs) for w in recorder.jobs)
    assert asked == 12 - len(parts)
    assert reports[0][0] > 0
    assert reports[-1][0] == 1
    again = evaluate(store, replace(task, work=tmp_path / "other", limit=256))
    for run_id, other in zip(outcome.evaluated, again.evaluated, strict=True):
        info = read_evaluation(store, run_id)
        assert info.metrics["images"] == 1024
        rows, index = (
            evaluation_files.read_predictions(store, run_id),
            read_index(store, info.images_id),
        )
        few = evaluation_files.read_predictions(store, other)
        there = {name: i for i, name in enumerate(index.names)}
        names = read_index(store, read_evaluation(store, other).images_id).names
        same = rows.iloc[[there[name] for name in names]]
        np.testing.assert_allclose(same["true_confidence"], few["true_confidence"], atol=1e-5)


@pytest.mark.parametrize("shift", [1, 0])
def test_labels_that_count_from_1_are_said(
    store: Store, tiny_run: RunInfo, tmp_path: Path, shift: int
) -> None:
    """The labels are what the network says, and so right but for the shift."""
    spec, images = f"run:{tiny_run.run_id}", tmp_path / "images"
    images.mkdir()
    for i, sample in enumerate(read_image_set(tiny_run.data).validation):
        Image.fromarray(np.asarray(sample.image)).save(images / f"bird {i:02d}.png")
    names = sorted(path.name for path in images.iterdir())
    (tmp_path / "labels.txt").write_text("\n".join(f"{name} 0" for name in names))
    first = evaluate(store, Task([spec], str(tmp_path)))
    said = evaluation_files.read_predictions(store, first.evaluated[0])["class_1"]
    assert said.nunique() > 2
    lines = ["file,class"]
    lines += [f"{n},{s + shift}" for n, s in zip(names, said, strict=True) if s < 7]
    (tmp_path / "labels.txt").write_text("\n".join(lines), encoding="utf-8-sig")
    outcome = evaluate(store, Task([spec], str(tmp_path)))
    info = read_evaluation(store, outcome.evaluated[0])
    notes = [note for note in info.notes if "if every label were one lower" in note]
    assert len(notes) == shift
    assert set(notes) <= set(outcome.notes)


def test_images_that_are_not_there_are_missed_before_a_network_is_opened(store: Store) -> None:
    with pytest.raises(UserError, match="There is no folder"):
        evaluate(store, Task(["no_such_network"], "/nowhere"))


def test_two_layers_of_a_network_are_two_evaluations(store: Store, folder: Path) -> None:
    spec = write_network(folder, 16)
    task = make_task(folder, spec)
    found = evaluate(store, task).evaluated[0]
    assert evaluate(store, replace(task, layer="features", head="fc")).evaluated == (found,)
    earlier = evaluate(store, replace(task, layer="features.5")).evaluated[0]
    assert evaluate(store, replace(task, layer="features.5")).evaluated == (earlier,)
    infos = [read_evaluation(store, run_id) for run_id in (found, earlier)]
    assert [info.spec.target_layer for info in infos] == ["features", "features.5"]
    assert [info.spec.head_kind for info in infos] == ["pooled", "deep"]
    assert {found, earlier} <= {info.run_id for info in evaluations.list_evaluations(store)}
    assert infos[1].model == "smallgap at features.5@random16.safetensors"
    assert set(network_names(infos).values()) == {"smallgap", "smallgap at features.5"}
    assert infos[1].weights == found  # once, for both


def test_each_layer_has_maps_of_its_own(store: Store, folder: Path) -> None:
    task = make_task(folder, write_network(folder, 17))
    ids = [evaluate(store, replace(task, layer=name)).evaluated[0] for name in (None, "features.5")]
    requests = [MapRequest(read_evaluation(store, run_id), 0, 0) for run_id in ids]
    explainer = Explainer(store)
    coarse, fine = (explainer.compute([one], ["gradcam"]).maps[0, "gradcam"] for one in requests)
    assert coarse.shape != fine.shape
    again = KeptMaps(store).find(requests, ["gradcam"])
    np.testing.assert_array_equal(again[1, "gradcam"].shape, fine.shape)


def test_a_layer_that_a_network_lacks_is_named(store: Store, folder: Path) -> None:
    specs = (write_network(folder, 18), write_network(folder, 19, arch="resnet18"))
    task = replace(make_task(folder, *specs), layer="layer3")
    outcome = evaluate(store, task)
    assert [read_evaluation(store, one).arch for one in outcome.evaluated] == ["resnet18"]
    (sentence,) = outcome.failures
    assert "Layer 'layer3' is not part of this network" in sentence


@pytest.mark.parametrize("channels", [1, 3])
def test_a_watched_network_is_evaluated_as_its_loop_validated_it(
    channels: int, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its images are not square, and it may see grey alone."""
    write_images(tmp_path / "images")
    monkeypatch.setenv("SALIENCNN_OWN_NETWORKS", "")
    name = f"watched{channels}"
    row = Architecture(
        "trunk", "classify", build=lambda num_classes: LoopNet(num_classes, channels)
    )
    monkeypatch.setitem(ARCHITECTURES, name, row)
    files = sorted((tmp_path / "images").rglob("*.png"))
    labels = [CLASSES.index(path.parent.name) for path in files]
    with saliencnn.watch(
        LoopNet(3, channels), (files, labels), classes=CLASSES, store=store, size=(24, 40),
        arch=name, mean=0.5, std=0.25,
    ) as run:  # fmt: skip
        run.epoch()
    measured = read_predictions(store, run.run_id, 1)
    task = Task([f"run:{run.run_id}"], str(tmp_path / "images"), work=tmp_path / "work")
    outcome = evaluate(store, task)
    assert outcome.failures == ()
    info = read_evaluation(store, outcome.evaluated[0])
    found = evaluation_files.read_predictions(store, info.run_id)
    np.testing.assert_allclose(found["true_confidence"], measured["true_confidence"], atol=1e-3)
    maps = Explainer(store).compute([MapRequest(info, 0, 0)], ["gradcam"]).maps
    table = read_class_maps(store, run.run_id, [1], 0)[1][0]
    (row,) = table.rows[table.rows["image"] == 0]
    stored = unpack_maps(row[None])[0, table.methods.index("gradcam")]
    assert stored.shape == (6, 10)
    np.testing.assert_allclose(maps[0, "gradcam"], stored, atol=0.02 * np.abs(stored).max())
