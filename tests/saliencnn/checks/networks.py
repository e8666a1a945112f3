"""Networks, subjects and deliberately broken methods on which the checks are tried."""

import zlib
from typing import Any

import torch
from torch import Tensor, nn

from saliencnn.checks.subject import Subject
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import ModelSpec
from saliencnn.saliency.methods import Method
from saliencnn.saliency.task import Task

CAM_FAMILY = (
    "cam", "gradcam", "gradcampp", "smoothgradcampp", "hirescam", "layercam", "xgradcam",
    "eigencam",
)  # fmt: skip


def quiet(_share: float, _words: str) -> None:
    pass


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def calibrated(model: nn.Module, side: int = 64) -> nn.Module:
    """Give normalisation layers the statistics of noise, so that scores depend on the image."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    model.eval()
    for norm in norms:
        norm.train().momentum = 1.0
    with torch.no_grad():
        model(noise(4, 3, side, side, seed=7))
    return model.eval()


def smallgap(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return calibrated(SmallGap(5))


def small_subject(
    *methods: str, count: int = 3, side: int = 48, model: nn.Module | None = None, **row: Any
) -> Subject:
    images = noise(count, 3, side, side, seed=1)
    targets = torch.arange(count) % 5
    architecture = ModelSpec("features", "fc", **row)
    return Subject(model or smallgap(), architecture, images, targets, methods)


class Stemmed(nn.Module):
    """A stem of any kind before a small network without normalisation."""

    def __init__(self, *stem: nn.Module, width: int = 8) -> None:
        super().__init__()
        self.stem = nn.Sequential(*stem)
        self.features = nn.Sequential(nn.ReLU(), nn.Conv2d(width, 12, 3, 2, padding=1), nn.ReLU())
        self.fc = nn.Linear(12, 5)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.features(self.stem(images)).mean((2, 3)))


def stemmed(*stem: nn.Module, channels: int = 3) -> Subject:
    """A subject whose network begins with a stem of 8 channels made by the caller."""
    images = noise(3, channels, 20, 24, seed=1)
    architecture = ModelSpec("features", "fc")
    model = Stemmed(*stem).eval()
    return Subject(model, architecture, images, torch.tensor([0, 3, 1]), CAM_FAMILY)


class Brightness(nn.Module):
    """Class 0 scores how much of the image is bright, class 1 the opposite; 4 x 4 cells."""

    def __init__(self, cell: int = 8) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 1, cell, cell), nn.ReLU())
        self.fc = nn.Linear(1, 2)
        nn.init.constant_(self.features[0].weight, 1 / (3 * cell**2))
        nn.init.constant_(self.features[0].bias, -0.5)
        with torch.no_grad():
            self.fc.weight.copy_(torch.tensor([[8.0], [-8.0]]))
            self.fc.bias.copy_(torch.tensor([-2.0, 2.0]))

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.features(images).mean((2, 3)))


def bright_subject(*methods: str, count: int = 24) -> Subject:
    """Images of 32 pixels in which four of the 16 cells are bright."""
    generator = torch.Generator().manual_seed(4)
    order = torch.rand(count, 16, generator=generator).argsort(dim=1)
    cells = (order < 4).float().view(-1, 1, 4, 4) * 2
    images = cells.repeat_interleave(8, 2).repeat_interleave(8, 3).expand(-1, 3, -1, -1)
    images = images + 0.1 * noise(count, 3, 32, 32, seed=5)
    architecture = ModelSpec("features", "fc")
    targets = torch.zeros(count, dtype=torch.long)
    return Subject(Brightness().eval(), architecture, images, targets, methods)


def _edges(task: Task) -> Tensor:
    """Show where the image changes, whatever the network."""
    grey = task.images.mean(dim=1)
    return (grey - grey.roll(1, dims=1)).abs() + (grey - grey.roll(1, dims=2)).abs()


def _lots(task: Task) -> Tensor:
    """Show noise that only the seed and the image's bytes decide."""
    maps = []
    for image in task.images:
        seed = task.seed + zlib.crc32(image.numpy().tobytes())
        maps.append(noise(8, 8, seed=seed))
    return torch.stack(maps)


BROKEN = {
    "edges": Method("Edges", _edges, "input", "none", "Ignores the network."),
    "lots": Method("Lots", _lots, "input", "none", "Is random.", signed=True),
}


def state_of(model: nn.Module) -> dict[str, Any]:
    """What must be the same after a check."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    return {
        "values": {name: value.clone() for name, value in model.state_dict().items()},
        "training": [module.training for module in model.modules()],
        "trainable": [value.requires_grad for value in model.parameters()],
        "hooks": [list(getattr(m, kind)) for m in model.modules() for kind in hooks],
    }


def assert_as_it_came(model: nn.Module, before: dict[str, Any]) -> None:
    after = state_of(model)
    for part in ("training", "trainable", "hooks"):
        assert after[part] == before[part], part
    for name, value in before["values"].items():
        assert torch.equal(after["values"][name], value), name
