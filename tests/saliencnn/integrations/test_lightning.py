"""A real training by Lightning, watched."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader

from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.runs import read_run
from tests.helpers.loops import CLASSES, LoopNet, halves


@pytest.fixture(scope="module", autouse=True)
def _lightning() -> None:
    """Imported by the tests alone: it takes seconds, and every worker collects this file."""
    pytest.importorskip("lightning")


def watch(*images: Any, **options: Any) -> Any:
    from saliencnn.integrations.lightning import SaliencyCallback

    return SaliencyCallback(*images, classes=CLASSES, **options)


def classifier(rate: float = 0.1, broken: bool = False) -> Any:
    import lightning

    class Classifier(lightning.LightningModule):
        """As people write them."""

        def __init__(self, rate: float, broken: bool) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = LoopNet()
            self.criterion = nn.CrossEntropyLoss()
            self.broken = broken

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.net(images)

        def training_step(self, batch: list[torch.Tensor], _number: int) -> torch.Tensor:
            loss = self.criterion(self(batch[0]), batch[1])
            self.log("train_loss", loss, on_step=False, on_epoch=True)
            if self.broken and self.current_epoch == 1:
                raise ZeroDivisionError
            return loss

        def validation_step(self, batch: list[torch.Tensor], _number: int) -> None:
            logits = self(batch[0])
            self.log("val_loss", functional.cross_entropy(logits, batch[1]))
            self.log("val_acc", (logits.argmax(1) == batch[1]).float().mean())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), self.hparams.rate)

    return Classifier(rate, broken)


def fit(module: Any, callback: Any, epochs: int = 2, validation: bool = True) -> None:
    import lightning

    trainer = lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, callbacks=[callback],
    )  # fmt: skip
    held_out = DataLoader(halves(24, 1), 8) if validation else None
    trainer.fit(module, DataLoader(halves(48, 0), 16), held_out)


def test_a_trainer_is_watched_from_its_first_to_its_last_epoch(store: Store) -> None:
    callback = watch(store=store, name="lit")
    fit(classifier(), callback)
    assert callback.run is not None
    run = read_run(store, callback.run.run_id)
    assert (run.status, run.epoch, run.arch, run.name) == ("finished", 2, "loopnet", "lit")
    assert (run.hyperparameters["rate"], run.hyperparameters["epochs"]) == ("0.1", "2")
    history = read_history(store, [run.run_id], ["train_loss", "val_acc", "val_accuracy"])
    values = {name: own["value"].tolist() for name, own in history.groupby("metric")}
    assert len(values["train_loss"]) == 2
    assert values["val_acc"] == pytest.approx(values["val_accuracy"])


def test_an_error_in_the_training_marks_the_run_as_failed(store: Store) -> None:
    callback = watch(halves(24, 1), store=store)
    with pytest.raises(ZeroDivisionError):
        fit(classifier(broken=True), callback)
    assert callback.run is not None
    run = read_run(store, callback.run.run_id)
    assert (run.status, run.epoch) == ("failed", 1)


def test_a_trainer_without_validation_images_is_told_so(store: Store) -> None:
    with pytest.raises(UserError, match="give fit a validation loader"):
        fit(classifier(), watch(store=store), validation=False)


def test_whoever_stops_the_run_stops_the_trainer(store: Store) -> None:
    callback = watch(store=store)
    module = classifier()
    module.on_train_epoch_end = lambda: setattr(callback.run._heartbeat, "stopped_by", "Ann")
    fit(module, callback, epochs=5)
    assert module.current_epoch < 4
    assert callback.run is not None
    run = read_run(store, callback.run.run_id)
    assert (run.status, run.epoch, run.reason) == ("stopped", 1, "Stopped by Ann.")


def test_the_network_within_a_module_is_found() -> None:
    from saliencnn.integrations.lightning import find_network

    module = classifier()
    assert find_network(module) is module.net
    assert find_network(module, "net.trunk") is module.net.trunk
    module.other = nn.Linear(2, 2)
    assert find_network(module) is module
