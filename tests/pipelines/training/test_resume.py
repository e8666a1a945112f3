"""Runs killed by force at many points, and what becomes of them."""

import json
import os
import random
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.process import this_process
from saliencnn.data.digests import digest_of
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.sources import read_image_set
from saliencnn.recording.epoch_record import RunEnd
from saliencnn.recording.spool import put_end, spool_folder
from saliencnn.store import heartbeat
from saliencnn.store.artifacts import location_of
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint, read_training
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_manifest, read_predictions
from saliencnn.store.history import read_history
from saliencnn.store.images import publish_images
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.runs import (
    RunInfo,
    finish_run,
    list_runs,
    note,
    read_facts,
    read_run,
    resume_run,
    start_run,
)
from tests.helpers.commands import Forker
from tests.helpers.epochs import epoch_and_phase
from tests.helpers.maps import read_all_maps

EPOCHS = 3
PARTS = 3
"""Of a run, in each of which it is killed once; `make chaos` kills a hundred."""
TIMING = {"seconds", "images_per_second"}

TRAINER = """
import json, os, signal, sys
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import open_store
from pipelines.training.request import Request
from pipelines.training.resume import resume
from pipelines.training.run import train

job, count = json.loads(sys.argv[1]), 0

def event(*_):
    global count
    count += 1
    if count == job["kill_at"]:
        os.kill(os.getpid(), signal.SIGKILL)

def audit(name, arguments):
    if name == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wxa"):
        if "/artifacts/" in str(arguments[0]):
            event()
    # A file is written under another name first.
    if name == "os.rename" and job["writing"] and job["writing"] in str(arguments[1]):
        os.kill(os.getpid(), signal.SIGKILL)

def follow(frame, kind, _):
    if kind == "return" and frame.f_back and frame.f_back.f_code.co_name == job["within"]:
        if frame.f_code.co_name.startswith("delete_"):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(audit)
if job["within"]:
    sys.setprofile(follow)
store = open_store(job["uri"])
if job["run_id"]:
    resume(store, job["run_id"], event, on_epoch=event, loaders=job["loaders"])
else:
    hp = Hyperparameters(**job["hyperparameters"])
    request = Request(hyperparameters=hp, name=job["name"], **job["request"])
    train(store, request, event, on_epoch=event, loaders=job["loaders"])
print(count)
"""
"""Trains, and tells how many events it had.

An event is a report of progress, or the opening of an artifact's file for writing; at the event
with the given number, the process kills itself; likewise as soon as the artifact that ``writing``
names is whole, or the function that ``within`` names has deleted a first thing.
"""


@dataclass(frozen=True)
class Trainer:
    """Runs training processes."""

    program: Forker

    def run(self, **job: object) -> int:
        """Train to the end; return the number of events."""
        status, said = self._train(job)
        assert status == 0, said
        return int(said.split()[-1])

    def kill(self, **job: object) -> None:
        """Train until the process kills itself, and leaves the one that loads its images."""
        status, said = self._train({**job, "loaders": 1})
        assert status == -signal.SIGKILL, said

    def _train(self, job: dict[str, object]) -> tuple[int, str]:
        known = ("run_id", "name", "kill_at", "writing", "within", "loaders")
        task = {**dict.fromkeys(known), "request": REQUEST, "hyperparameters": HP, **job}
        command = self.program.start(json.dumps(task), program=TRAINER)
        return self.program.wait(command), command.log.read_text()


REQUEST: dict[str, Any] = {
    "data": "planted:train=24,validation=16,counterfactual=8,size=32,seed=0",
    "image_size": 32,
    "keep": "all",
}
HP = {"epochs": EPOCHS, "batch_size": 8, "dropout": 0.3, "color_jitter": 0.5, "momentum": 0.8}


@pytest.fixture(scope="module")
def trainer(program: Forker) -> Trainer:
    return Trainer(program)


@pytest.fixture(scope="module")
def whole(store: Store, trainer: Trainer) -> tuple[RunInfo, int]:
    """A run that nobody interrupted, and how many events it had."""
    # Whoever trains first publishes the images: these events are not every run's.
    image_set = read_image_set(REQUEST["data"])
    geometry = validation_geometry(REQUEST["image_size"])
    digest = digest_of(image_set, geometry)
    publish_images(store, digest, lambda: fit_validation(image_set, geometry))
    events = trainer.run(uri=store.uri, name="whole")
    return find_run(store, "whole"), events


def find_run(store: Store, name: str) -> RunInfo:
    return next(run for run in list_runs(store) if run.name == name)


def history(store: Store, run: RunInfo) -> pd.DataFrame:
    frame = read_history(store, [run.run_id], sorted(run.metrics))
    return frame[~frame["metric"].isin(TIMING)].drop(columns="run_id").reset_index(drop=True)


def check_readable(store: Store, run: RunInfo, reference: tuple[Store, RunInfo]) -> None:
    """Check that a killed run shows its complete epochs, and these alone."""
    assert run.status == "running"  # its last heartbeat is young
    assert run.run_id in [listed.run_id for listed in list_runs(store)]
    frame = read_history(store, [run.run_id], ["val_accuracy", "epoch", "focus"])
    for metric in ("val_accuracy", "epoch", "focus"):
        assert frame[frame["metric"] == metric]["epoch"].tolist() == list(run.epochs)
    other_store, other = reference
    for target in (0, 5):
        found = read_class_maps(store, run.run_id, run.epochs, target)
        expected = read_class_maps(other_store, other.run_id, run.epochs, target)
        assert list(found) == list(run.epochs)
        for epoch in run.epochs:
            images = [table.rows["image"].tolist() for table in found[epoch]]
            assert images == [table.rows["image"].tolist() for table in expected[epoch]]
    for epoch in run.epochs:
        predictions = read_predictions(store, run.run_id, epoch)
        same = read_predictions(other_store, other.run_id, epoch)
        assert predictions["predicted"].tolist() == same["predicted"].tolist()
    if run.epoch:
        model_id = read_manifest(store, run.run_id, run.epoch).model_id
        assert read_checkpoint(store, model_id)
        assert read_training(store, run.run_id, run.epoch).best_accuracy >= 0


def check_same(store: Store, run: RunInfo, reference: tuple[Store, RunInfo]) -> None:
    """Check that a resumed run is what it would have been without interruption."""
    other_store, other = reference
    assert (run.status, run.epoch, run.reason) == ("finished", EPOCHS, "")
    assert run.notes == other.notes
    for key in other.metrics:
        steps = [metric.step for metric in store.client.get_metric_history(run.run_id, key)]
        assert steps == list(range(1, EPOCHS + 1)), key
    mine, theirs = history(store, run), history(other_store, other)
    assert mine[["epoch", "metric"]].equals(theirs[["epoch", "metric"]])
    np.testing.assert_allclose(mine["value"], theirs["value"], rtol=1e-6, atol=1e-6)
    kept, expected = kept_epochs(store, run.run_id), kept_epochs(other_store, other.run_id)
    assert list(kept) == list(expected) == list(range(1, EPOCHS + 1))
    models = store.client.search_logged_models(
        [store.runs], filter_string=f"source_run_id = '{run.run_id}'"
    )
    assert len(models) == EPOCHS  # what a killed process left is gone
    for epoch in kept:
        assert read_manifest(store, run.run_id, epoch).model_id == kept[epoch]
        state = read_checkpoint(store, kept[epoch])
        for name, value in read_checkpoint(other_store, expected[epoch]).items():
            torch.testing.assert_close(state[name], value, rtol=1e-6, atol=1e-6)
        table = read_all_maps(store, run.run_id, epoch, "maps.npy")
        same = read_all_maps(other_store, other.run_id, epoch, "maps.npy")
        assert table.rows["image"].tolist() == same.rows["image"].tolist()
        maps, others = unpack_maps(table.rows), unpack_maps(same.rows)
        np.testing.assert_allclose(maps, others, atol=1e-3 * np.abs(others).max())


@pytest.mark.parametrize("part", range(PARTS))
def test_a_run_killed_anywhere_goes_on_as_if_nothing_had_happened(
    store: Store, trainer: Trainer, whole: tuple[RunInfo, int], part: int
) -> None:
    reference, events = whole
    share = events // PARTS
    # The images are in the store already, so the first events are the run's own.
    kill_at = random.Random(part).randrange(part * share + 1, (part + 1) * share)
    trainer.kill(uri=store.uri, name=f"killed {part}", kill_at=kill_at)
    killed = find_run(store, f"killed {part}")
    check_readable(store, killed, (store, reference))
    trainer.run(uri=store.uri, run_id=killed.run_id)
    check_same(store, read_run(store, killed.run_id), (store, reference))


def test_a_run_killed_in_the_middle_of_writing_an_epoch_twice(
    store: Store, trainer: Trainer, whole: tuple[RunInfo, int]
) -> None:
    run_id = None
    for epoch in (2, 3):
        last_file = f"/epochs/{epoch:04d}/manifest"
        trainer.kill(uri=store.uri, name="upload", run_id=run_id, writing=last_file)
        killed = find_run(store, "upload")
        run_id = killed.run_id
        artifacts = Path(urlparse(location_of(store, run_id)).path)
        assert any(artifacts.glob(f"epochs/{epoch:04d}/*")), "nothing of the epoch was written"
        assert killed.epoch == epoch - 1
        check_readable(store, killed, (store, whole[0]))
    assert run_id is not None
    trainer.run(uri=store.uri, run_id=run_id)
    check_same(store, read_run(store, run_id), (store, whole[0]))


def test_a_run_killed_on_a_server_goes_on(
    store: Store, server_store: Store, trainer: Trainer, whole: tuple[RunInfo, int]
) -> None:
    reports = 24 // 8 + 3  # of an epoch, at least
    trainer.kill(uri=server_store.uri, name="served", kill_at=2 * reports + 1)
    killed = find_run(server_store, "served")
    check_readable(server_store, killed, (store, whole[0]))
    trainer.run(uri=server_store.uri, run_id=killed.run_id)
    check_same(server_store, read_run(server_store, killed.run_id), (store, whole[0]))


def test_a_run_killed_after_its_last_epoch_can_be_finished(
    store: Store, trainer: Trainer, whole: tuple[RunInfo, int]
) -> None:
    trainer.kill(uri=store.uri, name="at the end", kill_at=whole[1])
    killed = find_run(store, "at the end")
    assert (killed.epoch, killed.status) == (EPOCHS, "running")
    resume(store, killed.run_id)
    check_same(store, read_run(store, killed.run_id), (store, whole[0]))


def test_a_run_killed_while_it_deletes_a_checkpoint_lists_none_without_weights(
    store: Store, trainer: Trainer
) -> None:
    request = {**REQUEST, "keep": "last"}
    trainer.kill(uri=store.uri, name="deleting", request=request, within="delete_checkpoint")
    killed = find_run(store, "deleting")
    assert killed.epoch == 2
    kept = kept_epochs(store, killed.run_id)
    assert list(kept) == [2]
    assert all(read_checkpoint(store, model_id) for model_id in kept.values())
    trainer.run(uri=store.uri, run_id=killed.run_id)
    assert list(kept_epochs(store, killed.run_id)) == [EPOCHS]


def test_a_run_stopped_by_hand_goes_on(
    store: Store, trainer: Trainer, whole: tuple[RunInfo, int]
) -> None:
    hp = Hyperparameters(**HP)

    def interrupt(_fraction: float, words: str) -> None:
        if epoch_and_phase(words)[0] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(store, Request(hyperparameters=hp, name="by hand", **REQUEST), interrupt)
    stopped = find_run(store, "by hand")
    assert (stopped.status, stopped.epoch, stopped.reason) == ("stopped", 1, "Stopped by hand.")
    resume(store, stopped.run_id)
    check_same(store, read_run(store, stopped.run_id), (store, whole[0]))


TINY = "planted:train=32,validation=8,counterfactual=0,size=48"


def refuse(store: Store, run_id: str, said: str) -> None:
    before = read_run(store, run_id)
    with pytest.raises(UserError, match=said) as caught:
        resume(store, run_id)
    assert "\n" not in str(caught.value)
    assert read_run(store, run_id) == before


def test_a_finished_run_is_not_resumed(store: Store, tiny_run: RunInfo) -> None:
    refuse(store, tiny_run.run_id, "has completed all its 3 epochs")


def test_an_unknown_run_is_not_resumed(store: Store) -> None:
    with pytest.raises(UserError, match="'0123' is not in the store"):
        resume(store, "0123")


def interrupted(
    store: Store,
    tiny_run: RunInfo,
    hyperparameters: Hyperparameters = Hyperparameters(),  # noqa: B008
    **changed: str,
) -> str:
    """Return a run that could be resumed, but for what is changed."""
    facts = {
        "data": tiny_run.data,
        "images_id": tiny_run.images_id,
        "arch": "smallgap",
        "weights": "none",
        "image_size": "48",
        "keep": "all",
        "digest": "of other images",
        "process": f"{socket.gethostname()}:{os.getpid()}",
        **changed,
    }
    return start_run(store, "interrupted", hyperparameters.as_dict(), **facts)


def test_a_running_run_is_not_resumed(store: Store, tiny_run: RunInfo) -> None:
    run_id = interrupted(store, tiny_run)
    refuse(store, run_id, f"is still running on {socket.gethostname()}:{os.getpid()}")


def test_a_run_on_another_machine_counts_as_running_until_it_falls_silent(
    store: Store, tiny_run: RunInfo
) -> None:
    young, silent = (interrupted(store, tiny_run, process="elsewhere:1") for _ in range(2))
    refuse(store, young, "is still running on elsewhere:1")
    note(store, silent, heartbeat=str(time.time() - 121))
    refuse(store, silent, "are not those run")


ONE_EPOCH = Hyperparameters(epochs=1, batch_size=32)


@pytest.fixture(scope="module")
def twin(store: Store) -> dict[str, str]:
    """What a finished run says of the images that it was trained on."""
    run_id = train(store, Request(TINY, hyperparameters=ONE_EPOCH, image_size=48))
    facts = read_facts(store, run_id)
    known = {name: facts[name] for name in ("digest", "images_id")}
    return {"data": TINY, "image_size": "48", **known}


HOUR = 3600.0
SKEWS = [-3 * HOUR, -600.0, 600.0, 3 * HOUR]
"""Seconds by which the clock of the machine that trains is wrong."""


@pytest.mark.parametrize("skew", SKEWS)
def test_a_live_run_is_not_taken_over_whatever_its_clock_says(
    store: Store, tiny_run: RunInfo, skew: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "LOOK", 0.1)
    digest = read_facts(store, tiny_run.run_id)["digest"]
    run_id = interrupted(store, tiny_run, process="elsewhere:1", digest=digest)
    note(store, run_id, heartbeat=str(time.time() + skew))
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(0.2):
            note(store, run_id, heartbeat=str(time.time() + skew))

    trainer = threading.Thread(target=beat)
    trainer.start()
    try:
        with pytest.raises(UserError, match="is still running on elsewhere:1"):
            resume(store, run_id, watch_for=60)
    finally:
        ended.set()
        trainer.join()
    assert read_facts(store, run_id)["process"] == "elsewhere:1"


@pytest.mark.parametrize("skew", [min(SKEWS), max(SKEWS)])
def test_a_dead_run_is_gone_on_with_whatever_its_clock_said(
    store: Store, tiny_run: RunInfo, twin: dict[str, str], skew: float
) -> None:
    run_id = interrupted(store, tiny_run, ONE_EPOCH, process="elsewhere:1", **twin)
    note(store, run_id, heartbeat=str(time.time() + skew))
    resume(store, run_id, watch_for=0.5)
    assert read_run(store, run_id).status == "finished"


@pytest.mark.parametrize(
    "changed", [{"data": "planted:train=160,validation=47,size=48"}, {"image_size": "56"}]
)
def test_changed_images_are_not_trained_on(
    store: Store, tiny_run: RunInfo, changed: dict[str, str]
) -> None:
    facts = read_facts(store, tiny_run.run_id)
    run_id = interrupted(store, tiny_run, digest=facts["digest"], **changed)
    finish_run(store, run_id, "KILLED")
    refuse(store, run_id, "validation images of planted.* are not those run .* began with")


def test_a_run_killed_before_its_hyperparameters_were_written_is_refused(
    store: Store, tiny_run: RunInfo
) -> None:
    facts = {
        "data": tiny_run.data,
        "image_size": "48",
        "arch": "smallgap",
        "digest": read_facts(store, tiny_run.run_id)["digest"],
    }
    run = store.client.create_run(store.runs, tags={"saliencnn.facts": json.dumps(facts)})
    run_id = run.info.run_id
    refuse(store, run_id, "lacks its hyperparameters")


def test_resuming_marks_the_run_as_running_here(store: Store) -> None:
    run_id = start_run(store, None, {})
    finish_run(store, run_id, "KILLED", "by hand")
    resume_run(store, run_id, "here:1")
    assert read_run(store, run_id).status == "running"


def test_a_run_that_kept_only_its_best_can_be_finished_after_its_last_epoch(store: Store) -> None:
    """Its last checkpoint is gone, and none is needed: only its end was missing."""
    hp = Hyperparameters(epochs=2, batch_size=16)
    request = Request(TINY, hyperparameters=hp, image_size=48, keep="best")
    run_id = train(store, request)
    resume_run(store, run_id, "elsewhere:1")
    resume(store, run_id, taken_over=True)
    assert read_run(store, run_id).status == "finished"


def test_a_process_whose_run_was_resumed_elsewhere_stops_writing(store: Store) -> None:
    hp = Hyperparameters(epochs=3, batch_size=16)
    taken: list[str] = []

    def take_over(finished: FinishedEpoch) -> None:
        if not taken:
            taken.append(finished.run_id)
            resume_run(store, finished.run_id, "elsewhere:1")

    with pytest.raises(UserError, match="resumed by another process, elsewhere:1"):
        train(store, Request(TINY, hyperparameters=hp, image_size=48), on_epoch=take_over)
    run = read_run(store, taken[0])
    assert (run.epoch, run.status) == (1, "running")


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 2 classes of 5 noise images each, split."""
    rng = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("pets")
    for name in ("cat", "dog"):
        for i in range(5):
            place = root / ("val" if i == 4 else "train") / name / f"{i}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (48, 48, 3), np.uint8)).save(place)
    return root


@pytest.fixture(scope="module")
def stopped(store: Store, pets: Path) -> str:
    """A run on it that was stopped in its second epoch."""
    epochs: list[FinishedEpoch] = []
    request = Request(
        f"folder:{pets}",
        hyperparameters=Hyperparameters(epochs=3, batch_size=4, shuffle_labels=True),
        image_size=48,
    )
    with pytest.raises(UserError, match="enough"):
        train(
            store,
            request,
            interrupted=lambda: "enough" if epochs else "",
            on_epoch=epochs.append,
        )
    return epochs[0].run_id


def remove(root: Path) -> None:
    (root / "train" / "cat" / "0.png").unlink()


def add(root: Path) -> None:
    shutil.copy(root / "val" / "cat" / "4.png", root / "train" / "dog" / "9.png")


def change_a_byte(root: Path) -> None:
    path = root / "train" / "cat" / "0.png"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def move_to_another_class(root: Path) -> None:
    (root / "train" / "cat" / "0.png").rename(root / "train" / "dog" / "8.png")


def exchange(root: Path) -> None:
    one, other = (root / "train" / name / "1.png" for name in ("cat", "dog"))
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (remove, r"1 image removed \(train/cat/0\.png\)"),
        (add, r"1 image added \(train/dog/9\.png\)"),
        (change_a_byte, r"1 image changed \(train/cat/0\.png\)"),
        (move_to_another_class, r"1 image removed .*, 1 image added"),
        (exchange, r"2 images changed \(train/cat/1\.png, \.\.\.\)"),
    ],
)
def test_changed_training_images_are_told(
    store: Store, pets: Path, stopped: str, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    shutil.copytree(pets, tmp_path / "kept")
    try:
        spoil(pets)
        refuse(store, stopped, f"training images of folder:.* {stopped} began with: {said}")
    finally:
        shutil.rmtree(pets)
        shutil.copytree(tmp_path / "kept", pets, copy_function=shutil.copy)


def test_a_run_on_the_same_images_goes_on_whatever_their_times(
    store: Store, pets: Path, stopped: str
) -> None:
    for path in pets.rglob("*.png"):
        os.utime(path, (1, 1))
    resume(store, stopped)
    assert read_run(store, stopped).status == "finished"


def test_a_run_that_says_nothing_of_its_training_images_goes_on(
    store: Store, tiny_run: RunInfo, twin: dict[str, str]
) -> None:
    run_id = interrupted(store, tiny_run, ONE_EPOCH, **twin)
    finish_run(store, run_id, "KILLED")
    resume(store, run_id)
    assert read_run(store, run_id).status == "finished"
    other = interrupted(store, tiny_run, ONE_EPOCH, training="other", **twin)
    finish_run(store, other, "KILLED")
    refuse(store, other, r"training images of .* began with\.$")


def test_a_run_whose_end_waits_in_the_spool_has_it_delivered(store: Store) -> None:
    """It was killed between its last epoch and its end."""
    hp = Hyperparameters(epochs=1, batch_size=32)
    run_id = train(store, Request(TINY, hyperparameters=hp, image_size=48))
    store.client.update_run(run_id, status="RUNNING")
    put_end(spool_folder(store), RunEnd(run_id, this_process(), 1, "FINISHED"))
    resume(store, run_id)
    assert (read_run(store, run_id).status, read_run(store, run_id).epoch) == ("finished", 1)
    with pytest.raises(UserError, match="has completed all its 1 epochs"):
        resume(store, run_id)
