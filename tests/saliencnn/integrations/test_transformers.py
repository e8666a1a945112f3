"""A real training by Hugging Face's trainer, watched."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch.utils.data import Dataset

from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.runs import read_run
from tests.helpers.loops import CLASSES, halves

PROCESSOR = SimpleNamespace(image_mean=[0.5] * 3, image_std=[0.25] * 3)


class Pixels(Dataset[dict[str, torch.Tensor]]):
    """Prepared images as this trainer takes them."""

    def __init__(self, count: int, seed: int) -> None:
        self.images, self.labels = halves(count, seed).tensors

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, place: int) -> dict[str, torch.Tensor]:
        return {"pixel_values": (self.images[place] - 0.5) / 0.25, "labels": self.labels[place]}


def test_a_trainer_is_watched_from_its_first_to_its_last_epoch(
    store: Store, tmp_path: Path
) -> None:
    # Here alone: it takes seconds, and every worker collects this file.
    transformers = pytest.importorskip("transformers")
    from saliencnn.integrations.transformers import SaliencyCallback

    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic",
        id2label=dict(enumerate(CLASSES)), label2id={name: i for i, name in enumerate(CLASSES)},
    )  # fmt: skip
    callback = SaliencyCallback(Pixels(24, 1), PROCESSOR, store=store, name="face")
    trainer = transformers.Trainer(
        transformers.ResNetForImageClassification(config),
        transformers.TrainingArguments(
            str(tmp_path), num_train_epochs=2, per_device_train_batch_size=16, use_cpu=True,
            report_to=[], logging_steps=1, save_strategy="no", learning_rate=0.01,
            eval_strategy="epoch", disable_tqdm=True,
        ),
        train_dataset=Pixels(48, 0),
        eval_dataset=Pixels(24, 1),
        callbacks=[callback],
    )  # fmt: skip
    trainer.train()
    assert callback.run is not None
    run = read_run(store, callback.run.run_id)
    assert (run.status, run.epoch, run.arch) == ("finished", 2, "resnetforimageclassification")
    assert run.spec.logits == "logits"
    assert run.preparation.mean == (0.5,) * 3
    assert (run.hyperparameters["learning_rate"], run.hyperparameters["epochs"]) == ("0.01", "2")
    history = read_history(store, [run.run_id], ["train_loss", "val_loss", "eval_loss"])
    values = {name: own["value"].tolist() for name, own in history.groupby("metric")}
    assert len(values["train_loss"]) == len(values["val_loss"]) == 2
    assert values["eval_loss"][-1] == pytest.approx(values["val_loss"][0], rel=1e-3), (
        "the trainer evaluates after the epoch is recorded"
    )
