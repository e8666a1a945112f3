"""Two processes of Lightning: the first one is watched, and a stop ends both."""

import socket
from importlib.util import find_spec

import pytest

from saliencnn.store.connection import Store
from saliencnn.store.runs import split_runs
from tests.helpers.commands import Forker

pytestmark = pytest.mark.skipif(
    not (find_spec("lightning") or find_spec("pytorch_lightning")), reason="Lightning is missing"
)

PROGRAM = """
import os, sys
try:
    from lightning import pytorch as lightning
except ImportError:
    import pytorch_lightning as lightning
import torch
from torch.nn import functional
from torch.utils.data import DataLoader
from saliencnn.integrations.lightning import SaliencyCallback
from tests.helpers.loops import CLASSES, LoopNet, halves

class Classifier(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = LoopNet()
    def training_step(self, batch, _number):
        return functional.cross_entropy(self.net(batch[0]), batch[1])
    def on_train_epoch_end(self):
        if callback.run is not None and self.current_epoch == 0:
            callback.run._heartbeat.stopped_by = "Ann"
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

callback = SaliencyCallback(halves(24, 1), store=sys.argv[1], classes=CLASSES, name="two ranks")
module = Classifier()
trainer = lightning.Trainer(
    max_epochs=9, accelerator="cpu", devices=2, strategy="ddp", logger=False, callbacks=[callback],
    enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
)
trainer.fit(module, DataLoader(halves(48, 0), 16))
print("epochs", module.current_epoch, "watched", callback.run is not None)
"""


def test_a_stop_ends_all_processes_of_a_trainer(program: Forker, store: Store) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    ranks = [
        program.start(
            store.uri, program=PROGRAM, RANK=str(rank), LOCAL_RANK=str(rank), GROUP_RANK="0",
            WORLD_SIZE="2", LOCAL_WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=port,
            TORCHELASTIC_RUN_ID="test",
        )
        for rank in range(2)
    ]  # fmt: skip
    ended = [program.wait(one) for one in ranks]
    logs = [one.log.read_text() for one in ranks]
    assert ended == [0, 0], logs
    told = [log.splitlines()[-1] for log in logs]
    assert told == ["epochs 2 watched True", "epochs 2 watched False"]
    found, unreadable = split_runs(store)
    assert not unreadable
    run = next(run for run in found if run.name == "two ranks")
    assert (run.status, run.epoch, run.reason) == ("stopped", 1, "Stopped by Ann.")
