"""A real training by fastai, watched."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.runs import read_run
from tests.helpers.loops import LoopNet, halves

MEAN, STD = [0.5, 0.5, 0.5], [0.25, 0.25, 0.25]


@pytest.fixture(scope="module")
def loaders(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Imported by the tests alone: it takes seconds, and every worker collects this file."""
    pytest.importorskip("fastai")
    from fastai.vision.all import ImageDataLoaders, Normalize, Resize

    root = tmp_path_factory.mktemp("pets")
    images, labels = halves(48, 0).tensors
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        folder = root / f"class{int(label)}"
        folder.mkdir(exist_ok=True)
        pixels = (image * 255).byte().permute(1, 2, 0).numpy()
        Image.fromarray(np.ascontiguousarray(pixels)).save(folder / f"{place:02d}.png")
    return ImageDataLoaders.from_folder(
        Path(root), valid_pct=0.5, seed=0, bs=8, num_workers=0, item_tfms=Resize(32),
        batch_tfms=Normalize.from_stats(MEAN, STD, cuda=False), device="cpu",
    )  # fmt: skip


def learner(loaders: Any) -> Any:
    from fastai.vision.all import CrossEntropyLossFlat, Learner, accuracy

    return Learner(loaders, LoopNet(), loss_func=CrossEntropyLossFlat(), metrics=accuracy)


def watch(**options: Any) -> Any:
    from saliencnn.integrations.fastai import SaliencyCallback

    return SaliencyCallback(**options)


def test_a_learner_is_watched_from_its_first_to_its_last_epoch(store: Store, loaders: Any) -> None:
    callback, learn = watch(store=store, name="fast"), learner(loaders)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(2, 0.01, cbs=callback)
    assert callback.watched is not None
    run = read_run(store, callback.watched.run_id)
    assert (run.status, run.epoch, run.arch) == ("finished", 2, "loopnet")
    assert run.preparation.mean == tuple(MEAN)
    history = read_history(store, [run.run_id], ["accuracy", "val_accuracy", "train_loss"])
    values = {name: own["value"].tolist() for name, own in history.groupby("metric")}
    assert values["accuracy"] == pytest.approx(values["val_accuracy"])
    assert len(values["train_loss"]) == 2


def test_a_run_that_an_error_ended_is_stopped_when_the_next_begins(
    store: Store, loaders: Any
) -> None:
    callback, learn = watch(store=store), learner(loaders)
    loss = learn.loss_func
    learn.loss_func = lambda _logits, _labels: 1 / 0
    with learn.no_bar(), learn.no_logging(), pytest.raises(ZeroDivisionError):
        learn.fit(1, cbs=callback)
    broken = callback.watched
    assert broken is not None
    learn.loss_func = loss
    with learn.no_bar(), learn.no_logging():
        learn.fit(1, cbs=callback)
    assert read_run(store, broken.run_id).status == "stopped"
    assert callback.watched is not None
    assert read_run(store, callback.watched.run_id).status == "finished"
