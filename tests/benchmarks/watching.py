"""What `saliencnn.watch` costs a training loop of one's own, epoch by epoch."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import resnet18

import saliencnn
from tests.benchmarks.row import Row
from tests.helpers.stores import new_store

IMAGES, CLASSES, PAIRS = 96, 8, 5


def run() -> list[Row]:
    return [watched_epoch()]


def watched_epoch() -> Row:
    """An epoch of a plain loop with its own validation, and with watch's in place of that.

    The loop learns from as many images as it validates, which is the most that watching can cost.
    """
    torch.manual_seed(0)
    images = torch.randint(0, 256, (IMAGES, 3, 224, 224)).float() / 255
    data = TensorDataset(images, torch.arange(IMAGES) % CLASSES)
    model = resnet18(num_classes=CLASSES).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 1e-4)

    def learn() -> None:
        model.train()
        for batch, labels in DataLoader(data, 32):
            loss = nn.functional.cross_entropy(model(_lay_out(batch)), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        watched = saliencnn.watch(
            model, data, classes=list("abcdefgh"), store=new_store(place), training_images=IMAGES
        )

        def without() -> None:
            learn()
            model.eval()
            with torch.inference_mode():
                for batch, _ in DataLoader(data, 64):
                    model(_lay_out(batch)).softmax(1)
            torch.save(model.state_dict(), place / "last.pt")

        def watching() -> None:
            learn()
            watched.epoch()

        without()
        watching()
        pairs = [(_work(without), _work(watching)) for _ in range(PAIRS)]
        watched.end()
    plain, whole = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Row(
        "Epoch of a loop of one's own that is watched, resnet18, in CPU time of one that is not",
        statistics.median(b / a for a, b in pairs),
        1.05,
        f"without {plain:.2f} s, watched {whole:.2f} s of CPU",
    )


def _lay_out(batch: Tensor) -> Tensor:
    return batch.contiguous(memory_format=torch.channels_last)


def _work(epoch: Callable[[], object]) -> float:
    """Return the seconds of CPU that an epoch takes, which other processes do not change."""
    started = time.process_time()
    epoch()
    return time.process_time() - started
