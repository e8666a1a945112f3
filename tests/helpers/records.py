"""Records of epochs, small ones."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from saliencnn.data.preparation import prepare_at
from saliencnn.models.served import NetworkFacts
from saliencnn.recording.epoch_record import EpochRecord
from saliencnn.store.checkpoints import Training
from saliencnn.store.epochs import PREDICTION
from saliencnn.store.maptable import MapTable, row_type

SMALLGAP = NetworkFacts("smallgap", ("a", "b"), prepare_at(48))
"""Of a network whose checkpoints these are."""


def make_record(run_id: str, epoch: int, **changed: Any) -> EpochRecord:
    """A small parcel of an epoch."""
    network = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    rows = np.zeros(2, row_type(1, 2, 2))
    rows["target"] = [1, 0]
    predictions = np.zeros(2, PREDICTION)
    predictions["image"] = [0, 1]
    record = EpochRecord(
        run_id=run_id,
        process="here:1",
        arch="smallgap",
        keep="all",
        epoch=epoch,
        last=False,
        ended=1e9 + epoch,
        classes=("a", "b"),
        weights=network.state_dict(),
        training=Training(optimizer.state_dict(), 0.5, 1),
        predictions=predictions,
        tables={"maps.npy": MapTable(("gradcam",), rows)},
        metrics={"val_accuracy": 0.5},
        picture=np.full((4, 6, 3), epoch, np.uint8),
    )
    return replace(record, **changed)
