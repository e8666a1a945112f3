"""A training loop of one's own: what is recorded of it, and that it does not notice."""

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.data import TensorDataset

import saliencnn
from saliencnn.common.errors import UserError
from saliencnn.data.encode import encode_png
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.sources import read_image_set
from saliencnn.models.weights import build_network
from saliencnn.recording.ending import Stopped
from saliencnn.recording.picture import CAPTION, GAP, TILE
from saliencnn.store.abandoned import mark_abandoned
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store, open_store
from saliencnn.store.epochs import read_class_maps, read_predictions
from saliencnn.store.history import read_history
from saliencnn.store.images import read_index, read_region
from saliencnn.store.runs import RunInfo, ask_to_stop, list_runs, read_run
from saliencnn.store.skipped import read_skipped
from saliencnn.trust.audit_record import read_audits
from saliencnn.watching.run import WatchedRun
from tests.helpers.commands import Forker
from tests.helpers.loops import CLASSES, LoopNet, halves, learn
from tests.helpers.stores import new_store
from tests.helpers.waiting import wait_for

ROOT = Path(__file__).parents[3]
VALIDATION = halves(24, seed=1)


def watch(store: Store, model: nn.Module, **options: object) -> WatchedRun:
    return saliencnn.watch(model, VALIDATION, store=store, **{"classes": CLASSES, **options})


def test_an_own_loop_gives_the_numbers_and_maps_of_the_job(store: Store, tiny_run: RunInfo) -> None:
    image_set = read_image_set(tiny_run.data, seed=0)
    model = build_network("smallgap", len(image_set.classes)).model
    with saliencnn.watch(
        model, image_set, store=store, size=48, training_images=len(image_set.train)
    ) as run:
        for model_id in kept_epochs(store, tiny_run.run_id).values():
            model.load_state_dict(read_checkpoint(store, model_id))
            run.epoch()
    own = read_run(store, run.run_id)
    assert (own.arch, own.images_id) == (tiny_run.arch, tiny_run.images_id)
    assert (own.status, own.epoch, own.watched) == ("finished", tiny_run.epoch, True)
    names = ["val_accuracy", "val_loss", "val_macro_f1", "focus", "best_val_accuracy"]
    ours, theirs = (
        read_history(store, [one.run_id], names)["value"].to_numpy() for one in (own, tiny_run)
    )
    assert len(ours) == len(names) * tiny_run.epoch
    assert np.allclose(ours, theirs, atol=1e-5)
    for epoch in tiny_run.epochs:
        found, known = (read_predictions(store, one.run_id, epoch) for one in (own, tiny_run))
        assert np.array_equal(found["predicted"], known["predicted"])
        for target in range(len(image_set.classes)):
            maps, same = (
                read_class_maps(store, one.run_id, [epoch], target)[epoch]
                for one in (own, tiny_run)
            )
            assert [table.methods for table in maps] == [table.methods for table in same]
            for table, other in zip(maps, same, strict=True):
                assert np.array_equal(table.rows["image"], other.rows["image"])
                assert np.allclose(table.rows["maps"], other.rows["maps"], atol=1e-2, rtol=1e-2)


def test_the_loop_does_not_notice(store: Store) -> None:
    model = LoopNet()
    model.trunk[0].requires_grad_(False)
    model.trunk[1].eval()
    learn(model, torch.optim.SGD(model.classify.parameters(), 0.1), halves(16, seed=2))
    model.trunk[1].eval()

    def state() -> list[object]:
        return [
            {name: value.clone() for name, value in model.state_dict().items()},
            [module.training for module in model.modules()],
            [parameter.requires_grad for parameter in model.parameters()],
            [None if p.grad is None else p.grad.clone() for p in model.parameters()],
            torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy(),
            torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark,
            torch.is_grad_enabled(), torch.are_deterministic_algorithms_enabled(),
            [len(module._forward_hooks) for module in model.modules()],
        ]  # fmt: skip

    before = state()
    run = watch(store, model)
    run.epoch(train_loss=torch.tensor(0.5))
    run.end()
    torch.testing.assert_close(state(), before, rtol=0, atol=0)


def test_what_the_loop_says_is_kept_and_nothing_else(store: Store) -> None:
    model = LoopNet()
    run = watch(store, model, name="mine", settings={"optimizer": "Lion", "a": {"b": 1}}, every=2)
    assert run.epoch(train_loss=3) == {"train_loss": 3.0}
    odd = {"lost": float("nan"), "phase": "train", "both": torch.ones(2), "huge": 10**400}
    numbers = run.epoch(**{"train/loss": 2.0, "val_accuracy": 0.125, **odd})
    run.end()
    run.end()
    info = read_run(store, run.run_id)
    assert (info.name, info.arch, info.epoch) == ("mine", "loopnet", 1)
    assert info.network == "tests.helpers.loops:LoopNet"
    assert info.hyperparameters == {"optimizer": "Lion", "a.b": "1"}
    assert (info.weights, info.data) == ("", "")
    assert (info.spec.target_layer, info.spec.head) == ("trunk", "classify")
    assert (info.metrics["train_loss"], info.metrics["loop_val_accuracy"]) == (2.0, 0.125)
    assert info.metrics["loop_epoch"] == 2.0
    assert info.metrics["val_accuracy"] == numbers["val_accuracy"] != 0.125
    for name in odd:
        assert name not in info.metrics
        assert any(f"{name} was no finite number" in note for note in info.notes)
    (dataset,) = store.client.get_run(run.run_id).inputs.dataset_inputs
    assert (dataset.dataset.name, dataset.tags[0].value) == (info.image_set, "validation")
    with pytest.raises(UserError, match="has ended"):
        run.epoch()


def test_chosen_methods_are_logged_of_every_image(store: Store) -> None:
    with watch(store, LoopNet(), methods=["layercam"]) as run:
        run.epoch()
    (table,) = read_class_maps(store, run.run_id, [1], 0)[1]
    assert table.methods == ("layercam", "gradcam", "gradcampp")
    with pytest.raises(UserError, match="too slow for every epoch"):
        watch(store, LoopNet(), methods=["scorecam"])
    assert list_runs(store)[0].run_id == run.run_id, "no run began"


def _on_meta() -> nn.Module:
    with torch.device("meta"):
        return LoopNet()


@pytest.mark.parametrize(
    ("model", "more", "reason"),
    [
        (nn.Flatten(), {}, "has no parameters"),
        (_on_meta(), {}, "has no weights yet"),
        (LoopNet(num_classes=1), {"classes": ("no", "yes")}, "one score, and there are 2 classes"),
        (LoopNet(), {"settings": ["lr"]}, "settings must be a dict"),
        (LoopNet(), {"methods": "gradcamm"}, "Method 'gradcamm' is unknown"),
    ],
)
def test_what_cannot_be_watched_is_refused_before_a_run_begins(
    store: Store, model: nn.Module, more: dict[str, Any], reason: str
) -> None:
    images = TensorDataset(torch.rand(6, 3, 32, 32), torch.arange(6) % 2)
    before = [run.run_id for run in list_runs(store)]
    with pytest.raises(UserError, match=reason):
        saliencnn.watch(model, images, store=store, **{"classes": CLASSES, **more})
    assert [run.run_id for run in list_runs(store)] == before


def test_an_error_in_the_loop_marks_the_run_as_failed(store: Store) -> None:
    run = watch(store, LoopNet())

    def loop() -> None:
        with run:
            run.epoch()
            1 / 0  # noqa: B018

    with pytest.raises(ZeroDivisionError):
        loop()
    info = read_run(store, run.run_id)
    assert (info.status, info.epoch) == ("failed", 1)
    assert info.reason == "Its loop ended with ZeroDivisionError: division by zero."


def test_a_person_can_stop_it(store: Store) -> None:
    run = watch(store, LoopNet())
    run.epoch()
    ask_to_stop(store, run.run_id, "Ann")
    run._heartbeat._listen()
    with pytest.raises(Stopped, match="Stopped by Ann"):
        run.epoch()
    info = read_run(store, run.run_id)
    assert (info.status, info.epoch, info.reason) == ("stopped", 1, "Stopped by Ann.")


def test_the_maps_are_checked_with_the_network_at_hand(store: Store) -> None:
    model = LoopNet().train()
    with watch(store, model) as run:
        with pytest.raises(UserError, match="Record an epoch"):
            run.check()
        run.epoch()
        found = run.check(24, ("gradcam", "gradxinput"), ("variance", "randomization"))
        with pytest.raises(UserError, match="Check 'varianc' is unknown"):
            run.check(2, "gradcam", "varianc")
    assert {*found} == {"variance", "randomization"}
    assert {*found["variance"]} == {"gradcam", "gradxinput"}
    assert model.training
    (audit,) = read_audits(store, run.run_id)
    assert (audit.epoch, len(audit.images)) == (1, 24)
    kept = {
        check: {name: str(one.outcome) for name, one in results.items()}
        for check, results in audit.results.items()
    }
    assert kept == found
    assert found["variance"]["gradcam"] == "pass"


SCRIPT = """
import sys, torch, saliencnn
from saliencnn.watching.run import WatchedRun
from tests.helpers.loops import CLASSES, LoopNet, halves, learn
model = LoopNet()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
run = saliencnn.watch(model, halves(24, seed=1), classes=CLASSES, store=sys.argv[1])
for epoch in range(1000):
    run.epoch(train_loss=learn(model, optimizer, halves(32, seed=0)))
    print("recorded", run.run_id, flush=True)
"""


def test_a_loop_killed_by_force_loses_no_recorded_epoch(tmp_path: Path, program: Forker) -> None:
    place = new_store(tmp_path).uri
    loop = program.start(place, program=SCRIPT)
    wait_for(lambda: loop.log.read_text().count("recorded ") >= 3, 120, loop.log.read_text)
    loop.send(signal.SIGKILL)
    program.wait(loop)
    store = open_store(place)
    (info,) = list_runs(store)
    assert f"recorded {info.run_id}" in loop.log.read_text()
    assert mark_abandoned(store) == [info.run_id]
    (info,) = list_runs(store)
    assert info.status == "stopped"
    assert info.epoch >= 3
    for epoch in info.epochs:
        assert len(read_predictions(store, info.run_id, epoch)) == 24
        assert read_class_maps(store, info.run_id, [epoch], 0)[epoch]
    assert {*info.epochs} <= {*kept_epochs(store, info.run_id)}


def test_a_process_that_ends_without_a_word_ends_its_run(tmp_path: Path) -> None:
    place = new_store(tmp_path).uri
    script = SCRIPT.replace("range(1000)", "range(1)")
    subprocess.run([sys.executable, "-c", script, place], cwd=ROOT, check=True)
    (info,) = list_runs(open_store(place))
    assert (info.status, info.epoch) == ("stopped", 1)
    assert "without calling end()" in info.reason


def test_images_that_cannot_be_read_are_named_with_the_run(store: Store, tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.png" for n in range(4)]
    for n, path in enumerate(paths[:3]):
        path.write_bytes(encode_png(np.full((24, 24, 3), 60 * n, np.uint8)))
    paths[3].write_bytes(b"no image")
    model = build_network("smallgap", 2).model
    validation = (paths, [0, 1, 0, 1])
    with saliencnn.watch(model, validation, classes=["a", "b"], store=store, size=48) as run:
        run.epoch()
    (name,) = read_skipped(store, run.run_id, "validation")
    assert name.endswith("3.png")


def test_focus_is_known_where_images_are_not_square(store: Store) -> None:
    """Boxes and masks move with the image, and come back from the store as they are."""
    mask = np.zeros((60, 50), bool)
    mask[:, :25] = True
    samples = tuple(
        Sample(
            f"{place}.png", place % 2, np.full((60, 50, 3), 40 + place, np.uint8),
            object_box=(0, 0, 25, 60), object_mask=mask if place % 2 else None,
        )
        for place in range(8)
    )  # fmt: skip
    images = ImageSet("wide", ("a", "b"), (), samples)
    with saliencnn.watch(LoopNet(2), images, store=store, size=(24, 40)) as run:
        numbers = run.epoch()
    files = [one.path for one in store.client.list_artifacts(run.run_id, "images")]
    (picture,) = (one for one in files if one.endswith(".png"))
    shown = Image.open(store.client.download_artifacts(run.run_id, picture))
    high = TILE * 24 // 40
    assert shown.height == 2 * (CAPTION + high + GAP) - GAP, "a row a class, in true proportions"
    assert 0 <= numbers["focus"] <= 1
    own = read_run(store, run.run_id)
    index = read_index(store, own.images_id)
    assert index.shape == (24, 40)
    for place in range(8):
        region = read_region(store, own.images_id, index, place, "object")
        assert region is not None
        assert region.shape == (24, 40)
        assert region[:, :20].all()
        assert not region[:, 20:].any()
