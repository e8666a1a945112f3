"""Maps by peer libraries, and how alike two maps are.

Where a peer departs from the paper and the departure can be undone from outside, it is undone
here; ``test_agreement_departures.py`` holds a test of each that would notice if it ended.

- pytorch-grad-cam adds 1e-6 to the denominator of Grad-CAM++'s alpha (eq. 19), torchcam 1e-8 to
  that of SmoothGrad-CAM++'s. The denominator's own size is the square of a gradient, behind a
  global average some 1e-6, so the constant weighs as much as the formula. Both sides get a head
  many times larger, so it does not.
- pytorch-grad-cam's Score-CAM enlarges channels with ``align_corners=True``. The paper is silent;
  its authors' program has ``align_corners=False``, and so has ours. The peer gets that, too.
- torchcam's SmoothGrad-CAM++ weighs the activations of the last noisy copy instead of the
  image's own; it gets the latter back. It also sums gradient cubed times activation point by
  point and rectifies the last copy's gradient, not the mean: neither matters where gradients are
  the same in all cells and copies, behind a global average. Elsewhere it is no peer.
- torchcam's CAM knows one linear layer behind a global average. On SqueezeNet the score averages
  relu(W A + b), so b and the ReLU are applied to its map.
- pytorch-grad-cam's Ablation-CAM fills a channel with some -1e7 instead of zeros unless the
  activations' minimum is exactly zero, so it is a peer for layers that end in a ReLU only; and
  it divides by the score as it is, ours by its magnitude, so scores must be above zero.
- pytorch-grad-cam enlarges maps to the image's size and scales them to 0..1. Ours go through
  its own function for that before they are compared.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np
import pytorch_grad_cam
import torch
import torchcam.methods
from captum.attr import InputXGradient, IntegratedGradients, NoiseTunnel, Saliency
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection_with_sign_correction
from torch import Tensor, nn

from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.spec import CONVOLUTIONAL, DEEP, POOLED, ModelSpec
from saliencnn.saliency import at_layer, explain, input_space
from tests.saliencnn.saliency.networks import EFFICIENTNET_LITE0, Case, head_enlarged

SEED = 11
Maps = np.ndarray


def ours(case: Case, method: str) -> Maps:
    maps = explain(
        case.model,
        case.images,
        case.targets,
        [method],
        spec=case.spec,
        seed=SEED,
    )
    return maps[method].numpy()


def same_noise(images: Tensor, copies: int) -> list[Tensor]:
    """The standard normal noise (3, H, W) of each copy, as the methods promise to draw it."""
    generator = torch.Generator().manual_seed(SEED)
    return [torch.randn(images.shape[1:], generator=generator) for _ in range(copies)]


def leaf_of(case: Case) -> Tensor:
    """The images, through which gradients flow although the network is frozen."""
    return case.images.clone().requires_grad_()


# pytorch-grad-cam


def pytorch_grad_cams(peer: type[BaseCAM], case: Case) -> Maps:
    with peer(case.model, [case.layer]) as method:
        targets = [ClassifierOutputTarget(target) for target in case.targets.tolist()]
        return method(leaf_of(case), targets)


def shown_by_pytorch_grad_cam(maps: Maps, images: Tensor) -> Maps:
    height, width = images.shape[-2:]
    return scale_cam_image(maps, (width, height))


class EmptyImagesOnce(nn.Module):
    """A network that looks at the image of nothing but zeros once only."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.model = case.model
        with torch.no_grad():
            self.empty = case.model(torch.zeros_like(case.images[:1]))

    def forward(self, images: Tensor) -> Tensor:
        seen = images.flatten(1).any(dim=1)
        logits = self.empty.repeat(len(images), 1)
        if seen.any():
            logits[seen] = self.model(images[seen])
        return logits


def scorecam_with_aligned_corners(case: Case) -> Maps:
    """As the library comes."""
    targets = [ClassifierOutputTarget(target) for target in case.targets.tolist()]
    with pytorch_grad_cam.ScoreCAM(EmptyImagesOnce(case), [case.layer]) as method:
        return method(case.images, targets)


def scorecam(case: Case) -> Maps:
    with patch.object(nn, "UpsamplingBilinear2d", partial(nn.Upsample, mode="bilinear")):
        return scorecam_with_aligned_corners(case)


def eigencam(case: Case) -> Maps:
    """Not the class, which leaves the sign to chance, but its library's function that does not."""
    outputs: list[Tensor] = []
    handle = case.layer.register_forward_hook(lambda *call: outputs.append(call[2]))
    with torch.no_grad():
        case.model(case.images)
    handle.remove()
    return np.maximum(get_2d_projection_with_sign_correction(outputs[0].numpy()), 0)


# torchcam


def cam(case: Case) -> Maps:
    maps = cam_of_a_linear_layer(case)
    if case.spec.head_kind == CONVOLUTIONAL:
        bias = case.head.bias[case.targets].numpy()
        maps = np.maximum(maps + bias[:, None, None], 0)
    return maps


def cam_of_a_linear_layer(case: Case) -> Maps:
    """As the library comes."""
    names = case.spec.target_layer, case.spec.head
    with torch.no_grad(), torchcam.methods.CAM(case.model, *names) as method:
        case.model(case.images)
        return method(case.targets.tolist(), normalized=False)[0].numpy()


def torchcams(peer: type[torchcam.methods.GradCAM], case: Case) -> Maps:
    with peer(case.model, case.spec.target_layer) as method:
        scores = case.model(leaf_of(case))
        return method(case.targets.tolist(), scores, normalized=False)[0].numpy()


class CleanSmoothGradCAMpp(torchcam.methods.SmoothGradCAMpp):
    """torchcam's, weighing the image's own activations."""

    def _get_weights(self, *arguments: object, **options: object) -> list[Tensor]:
        clean = list(self.hook_a)
        weights = super()._get_weights(*arguments, **options)
        self.hook_a = clean
        return weights


class GivenNoise:
    """Stands for a normal distribution: the next copy's noise, the same for each image."""

    def __init__(self, copies: list[Tensor]) -> None:
        self.copies = iter(copies)

    def sample(self, size: torch.Size) -> Tensor:
        return at_layer.SMOOTHING_NOISE * next(self.copies).expand(size)


def smoothgradcampps(peer: type[torchcam.methods.SmoothGradCAMpp], case: Case) -> Maps:
    with peer(case.model, case.spec.target_layer, num_samples=at_layer.SMOOTHING_COPIES) as method:
        method._distrib = GivenNoise(same_noise(case.images, at_layer.SMOOTHING_COPIES))
        case.model(case.images)
        return method(case.targets.tolist(), normalized=False)[0].numpy()


# captum


def gradient(case: Case) -> Maps:
    found = Saliency(case.model).attribute(leaf_of(case), target=case.targets)
    return found.amax(dim=1).detach().numpy()


def gradxinput(case: Case) -> Maps:
    found = InputXGradient(case.model).attribute(leaf_of(case), target=case.targets)
    return found.sum(dim=1).detach().numpy()


def integrated_gradients(case: Case) -> Maps:
    found = IntegratedGradients(case.model).attribute(
        case.images,
        baselines=0,
        target=case.targets,
        n_steps=input_space.PATH_STEPS,
        method="gausslegendre",
        internal_batch_size=16,
    )
    return found.sum(dim=1).detach().numpy()


def smoothgrad(case: Case) -> Maps:
    copies = torch.stack(same_noise(case.images, input_space.NOISY_COPIES))

    class SameNoiseTunnel(NoiseTunnel):
        @staticmethod
        def _add_noise_to_input(image: Tensor, deviation: float, number: int) -> Tensor:
            assert number == input_space.NOISY_COPIES
            return image + deviation * copies

    maps = []
    for image, target in zip(case.images, case.targets.tolist(), strict=True):
        found = SameNoiseTunnel(Saliency(case.model)).attribute(
            image[None],
            nt_samples=input_space.NOISY_COPIES,
            stdevs=input_space.NOISE_FRACTION * float(image.max() - image.min()),
            target=target,
            abs=False,
        )
        maps.append(found[0].abs().amax(dim=0).detach().numpy())
    return np.stack(maps)


# All of them


def is_averaged(spec: ModelSpec) -> bool:
    return spec.head_kind != DEEP


def is_pooled(spec: ModelSpec) -> bool:
    return spec.head_kind == POOLED


def is_quickly_ablated(spec: ModelSpec) -> bool:
    """Whether it ends in a ReLU and is small: the peer runs the whole network per channel."""
    small = ("smallgap", "alexnet", "mobilenet_v2", "squeezenet1_0", "squeezenet1_1")
    known = [EFFICIENTNET_LITE0, *(ARCHITECTURES[name] for name in small)]
    return spec in known


@dataclass(frozen=True)
class Peer:
    """One comparison.

    Attributes:
        method: of the table ``METHODS``.
        compute: the peer's maps.
        enlarged: whether it adds to a denominator what a larger head makes negligible.
        shown: whether its maps are scaled and enlarged to the image's size.
        suits: whether it computes for a network what the paper defines.
    """

    method: str
    compute: Callable[[Case], Maps]
    enlarged: bool = False
    shown: bool = False
    suits: Callable[[ModelSpec], bool] = lambda _spec: True

    def agreement(self, case: Case) -> list[float]:
        """Pearson's r of our map and the peer's of each image, the least relief left out."""
        with head_enlarged(case) if self.enlarged else nullcontext():
            found, expected = ours(case, self.method), self.compute(case)
        if self.shown:
            found = shown_by_pytorch_grad_cam(found, case.images)
        return correlations(found, expected)


def _pytorch_grad_cam(method: str, peer: type[BaseCAM], **options: Any) -> Peer:
    return Peer(method, partial(pytorch_grad_cams, peer), shown=True, **options)


def _torchcam(method: str, peer: type[torchcam.methods.GradCAM]) -> Peer:
    return Peer(method, partial(torchcams, peer))


PEERS = {
    "gradcam-pytorch_grad_cam": _pytorch_grad_cam("gradcam", pytorch_grad_cam.GradCAM),
    "gradcampp-pytorch_grad_cam": _pytorch_grad_cam(
        "gradcampp", pytorch_grad_cam.GradCAMPlusPlus, enlarged=True
    ),
    "hirescam-pytorch_grad_cam": _pytorch_grad_cam("hirescam", pytorch_grad_cam.HiResCAM),
    "layercam-torchcam": _torchcam("layercam", torchcam.methods.LayerCAM),
    "xgradcam-torchcam": _torchcam("xgradcam", torchcam.methods.XGradCAM),
    "ablationcam-pytorch_grad_cam": _pytorch_grad_cam(
        "ablationcam", pytorch_grad_cam.AblationCAM, suits=is_quickly_ablated
    ),
    "eigencam-pytorch_grad_cam": Peer("eigencam", eigencam),
    "scorecam-pytorch_grad_cam": Peer("scorecam", scorecam, shown=True),
    "cam-torchcam": Peer("cam", cam, suits=is_averaged),
    "smoothgradcampp-torchcam": Peer(
        "smoothgradcampp",
        partial(smoothgradcampps, CleanSmoothGradCAMpp),
        enlarged=True,
        suits=is_pooled,
    ),
    "gradient-captum": Peer("gradient", gradient),
    "gradxinput-captum": Peer("gradxinput", gradxinput),
    "integrated_gradients-captum": Peer("integrated_gradients", integrated_gradients),
    "smoothgrad-captum": Peer("smoothgrad", smoothgrad),
}
PEERLESS = {
    "scorecam_fast": "it is no published method; it is measured against the exact one",
    "bbmp": "a random optimisation has no second program that follows the same path",
}
"""Methods without a peer, and why; their formulas or known answers must do."""


def correlations(found: Maps, expected: Maps) -> list[float]:
    """Pearson's r of each pair of maps; NaN where both are without relief, 0 where one is."""
    assert found.shape == expected.shape
    return [pearson(a, b) for a, b in zip(found, expected, strict=True)]


def pearson(first: Maps, second: Maps) -> float:
    if is_constant(first) or is_constant(second):
        return np.nan if is_constant(first) and is_constant(second) else 0.0
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def is_constant(values: Maps) -> bool:
    return bool(values.std() <= 1e-3 * np.abs(values).max())
