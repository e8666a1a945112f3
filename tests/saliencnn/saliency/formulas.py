"""The methods' formulas, written out in plain float64, and a network small enough for them."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from saliencnn.models.spec import DEEP, ModelSpec
from saliencnn.saliency.at_layer import SMOOTHING_COPIES, SMOOTHING_NOISE
from saliencnn.saliency.input_space import NOISE_FRACTION, NOISY_COPIES
from tests.saliencnn.saliency.networks import Case, noise
from tests.saliencnn.saliency.peers import same_noise

TARGETS = [0, 3, 2, 1]
SIDES = 21, 25
CELLS = 5, 6


class Curved(nn.Module):
    """A small network whose head is not linear, so that gradients vary from cell to cell."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 5, 5, stride=4), nn.ReLU(inplace=True))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(150, 20), nn.Tanh(), nn.Linear(20, 4))

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


CURVED = ModelSpec("features", "head.3", head_kind=DEEP)


def curved_case(model: nn.Module) -> Case:
    return Case(model.eval(), CURVED, noise(4, 3, *SIDES), torch.tensor(TARGETS))


class Exactly:
    """A case in float64, by plain autograd and no code of ours."""

    def __init__(self, case: Case) -> None:
        self.model = deepcopy(case.model).double()
        self.images = case.images.double()

    def scores(self, images: Tensor) -> Tensor:
        """The score of each image's class, (4,)."""
        return self.model(images)[torch.arange(4), torch.tensor(TARGETS)]

    def at_layer(self, images: Tensor | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Activations and gradients."""
        activations = self.model.features(self.images if images is None else images)
        scores = self.model.head(activations)[torch.arange(4), torch.tensor(TARGETS)]
        gradients = torch.autograd.grad(scores.sum(), activations)[0]
        return activations.detach().numpy(), gradients.numpy()

    def at_input(self, images: Tensor | None = None) -> np.ndarray:
        leaf = (self.images if images is None else images).clone().requires_grad_()
        return torch.autograd.grad(self.scores(leaf).sum(), leaf)[0].numpy()


def weighed(activations: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.maximum((weights * activations).sum(axis=1), 0)


def gradcam(exactly: Exactly) -> np.ndarray:
    """Selvaraju 2017, eq. 1 and 2."""
    activations, g = exactly.at_layer()
    return weighed(activations, g.mean(axis=(2, 3), keepdims=True))


def hirescam(exactly: Exactly) -> np.ndarray:
    """Draelos and Carin 2020, eq. 6."""
    return weighed(*exactly.at_layer())


def layercam(exactly: Exactly) -> np.ndarray:
    """Jiang 2021, eq. 5 to 7."""
    activations, g = exactly.at_layer()
    return weighed(activations, np.maximum(g, 0))


def xgradcam(exactly: Exactly) -> np.ndarray:
    """Fu 2020, eq. 8."""
    activations, g = exactly.at_layer()
    share = (g * activations).sum(axis=(2, 3), keepdims=True)
    return weighed(activations, share / activations.sum(axis=(2, 3), keepdims=True))


def by_loops(activations: np.ndarray, powers: list[np.ndarray]) -> np.ndarray:
    """Chattopadhay 2018, eq. 10 and 19, cell by cell, from the gradient's first three powers."""
    first, second, third = powers
    images, channels, height, width = activations.shape
    maps = np.zeros((images, height, width))
    for n in range(images):
        for k in range(channels):
            total, weight = activations[n, k].sum(), 0.0
            for i in range(height):
                for j in range(width):
                    below = 2 * second[n, k, i, j] + total * third[n, k, i, j]
                    alpha = second[n, k, i, j] / below if below else 0.0
                    weight += alpha * max(first[n, k, i, j], 0.0)
            maps[n] += weight * activations[n, k]
    return np.maximum(maps, 0)


def gradcampp(exactly: Exactly) -> np.ndarray:
    activations, g = exactly.at_layer()
    return by_loops(activations, [g, g**2, g**3])


def smoothgradcampp(exactly: Exactly) -> np.ndarray:
    """Omeiza 2019, eq. 7: each power of the gradient is averaged over the noisy copies."""
    copies = [
        exactly.at_layer(exactly.images + SMOOTHING_NOISE * disturbance)[1]
        for disturbance in same_noise(exactly.images, SMOOTHING_COPIES)
    ]
    powers = [np.mean([g**exponent for g in copies], axis=0) for exponent in (1, 2, 3)]
    return by_loops(exactly.at_layer()[0], powers)


def eigencam(exactly: Exactly) -> np.ndarray:
    """Muhammad and Yeasin 2020; the sign by Chung and Ying 2025, eq. 13."""
    maps = []
    for features in exactly.at_layer()[0]:
        cells = features.reshape(len(features), -1).T
        centred = cells - cells.mean(axis=0)
        values, vectors = np.linalg.eigh(centred.T @ centred)
        component = (centred @ vectors[:, values.argmax()]).reshape(CELLS)
        larger = component.flat[np.abs(component).argmax()]
        maps.append(np.maximum(np.sign(larger) * component, 0))
    return np.stack(maps)


def scorecam(exactly: Exactly, align_corners: bool = False) -> np.ndarray:
    """Wang 2020, algorithm 1, line by line, the baseline an image of zeros."""
    maps = []
    with torch.no_grad():
        for image, target in zip(exactly.images, TARGETS, strict=True):
            activations = exactly.model.features(image[None])[0]
            baseline = exactly.model(torch.zeros_like(image[None]))[0, target]
            increases = []
            for channel in activations:
                upsampled = interpolate(
                    channel[None, None], size=SIDES, mode="bilinear", align_corners=align_corners
                )[0, 0]
                mask = torch.zeros_like(upsampled)
                if channel.max() > channel.min():  # else s(.) is 0 / 0
                    lowest, highest = upsampled.min(), upsampled.max()
                    mask = (upsampled - lowest) / (highest - lowest)
                masked = image * mask
                increases.append(exactly.model(masked[None])[0, target] - baseline)
            weights = np.exp(np.array(increases))
            maps.append(weighed(activations[None].numpy(), _column(weights / weights.sum()))[0])
    return np.stack(maps)


def ablationcam(
    exactly: Exactly,
    fill: Callable[[Tensor, int], float] = lambda _activations, _channel: 0,
    denominator: Callable[[float], float] = abs,
) -> np.ndarray:
    """Desai and Ramaswamy 2020, eq. 3 and 5, the score's magnitude below the fraction."""
    maps = []
    with torch.no_grad():
        for image, target in zip(exactly.images, TARGETS, strict=True):
            activations = exactly.model.features(image[None])
            score, drops = float(exactly.model.head(activations)[0, target]), []
            for channel in range(activations.shape[1]):
                without = activations.clone()
                without[:, channel] = fill(activations, channel)
                drops.append(score - float(exactly.model.head(without)[0, target]))
            weights = np.array(drops) / denominator(score)
            maps.append(weighed(activations.numpy(), _column(weights)))
    return np.concatenate(maps)


def _column(weights: np.ndarray) -> np.ndarray:
    return weights[None, :, None, None]


def gradient(exactly: Exactly) -> np.ndarray:
    return np.abs(exactly.at_input()).max(axis=1)


def gradxinput(exactly: Exactly) -> np.ndarray:
    return (exactly.at_input() * exactly.images.numpy()).sum(axis=1)


def integrated_gradients(exactly: Exactly) -> np.ndarray:
    """Sundararajan 2017, eq. 1, by a Riemann sum of many steps instead of a few good points."""
    middles = (np.arange(2000) + 0.5) / 2000
    mean = np.mean([exactly.at_input(float(a) * exactly.images) for a in middles], axis=0)
    return (mean * exactly.images.numpy()).sum(axis=1)


def smoothgrad(exactly: Exactly) -> np.ndarray:
    """Smilkov 2017, section 2.1; the noise as a share of each image's range of values."""
    total = np.zeros_like(exactly.images.numpy())
    for disturbance in same_noise(exactly.images, NOISY_COPIES):
        noisy = [
            image + NOISE_FRACTION * (image.max() - image.min()) * disturbance
            for image in exactly.images
        ]
        total += exactly.at_input(torch.stack(noisy))
    return np.abs(total / NOISY_COPIES).max(axis=1)


FORMULAS: dict[str, Callable[[Exactly], np.ndarray]] = {
    function.__name__: function
    for function in (
        gradcam,
        gradcampp,
        smoothgradcampp,
        scorecam,
        hirescam,
        layercam,
        xgradcam,
        eigencam,
        ablationcam,
        gradient,
        gradxinput,
        integrated_gradients,
        smoothgrad,
    )
}
