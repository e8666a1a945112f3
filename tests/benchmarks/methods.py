"""Methods against the forward passes they need and against other libraries on the same work."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO

import torch
from pytorch_grad_cam import ScoreCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn
from torchcam.methods import SmoothGradCAMpp

from pipelines.models.architectures import ARCHITECTURES
from pipelines.models.weights import build_network
from pipelines.saliency import explain
from pipelines.saliency.at_layer import SMOOTHING_COPIES
from tests.benchmarks.measure import Row, paired

PAIRS = 5


def run() -> list[Row]:
    return [cheap_maps_and_grad_cam(), *smoothgrad(), *scorecam()]


GRAD_CAM = """
import sys
import torch
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torchvision.models import resnet50

model, images = resnet50(weights=None).eval(), torch.randn(16, 3, 224, 224)
targets = [ClassifierOutputTarget(target) for target in range(16)]
peers = [method(model, [model.layer4]) for method in (GradCAM, GradCAMPlusPlus)]
for _ in sys.stdin:
    for peer in peers:
        peer(images, targets)
    print("done", flush=True)
"""
OURS_ALONE = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
"""What importing ``pipelines`` leaves in the environment."""


def cheap_maps_and_grad_cam() -> Row:
    """Three maps of a batch in one pass, and two of them by pytorch-grad-cam.

    The peer has a process of its own, as its users run it: in ours it would have the memory and
    the threads that importing ``pipelines`` sets up.
    """
    model, images = network("resnet50"), pictures(16)
    environment = {name: value for name, value in os.environ.items() if name not in OURS_ALONE}
    with subprocess.Popen(
        [sys.executable, "-c", GRAD_CAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as peer:

        def theirs() -> None:
            assert peer.stdin is not None
            assert peer.stdout is not None
            print("go", file=peer.stdin, flush=True)
            assert peer.stdout.readline() == "done\n"

        def ours() -> None:
            maps_of(model, "resnet50", images, torch.arange(16), "cam", "gradcam", "gradcampp")

        slow, fast, ratio = paired(theirs, ours, PAIRS)
    return Row(
        "CAM + Grad-CAM + Grad-CAM++ of 16 pictures, resnet50, in times of pytorch-grad-cam's two",
        ratio,
        1 / 8,
        f"ours {fast:.2f} s, theirs {slow:.2f} s",
    )


def smoothgrad() -> list[Row]:
    """SmoothGrad-CAM++ behind the three kinds of heads.

    Behind one linear layer the gradient is the same for every noisy copy, so that ours needs the
    shared pass alone. Behind others both need a pass for every copy, and no more; there is no
    third of that to be had.
    """
    return [
        _smoothgrad_against_peer("resnet18", "layer4", 1 / 3),
        _smoothgrad_against_peer("squeezenet1_1", "features", 1),
        _smoothgrad_in_passes("squeezenet1_1"),
        _smoothgrad_in_passes("densenet121"),
    ]


def _smoothgrad_in_passes(arch: str) -> Row:
    model, images = network(arch), pictures(8)

    def ours() -> None:
        maps_of(model, arch, images, torch.arange(8), "smoothgradcampp")

    forward, fast, passes = paired(forwards(model, images), ours, PAIRS)
    return Row(
        f"SmoothGrad-CAM++ (n = 8) of 8 pictures, {arch}, in forward passes",
        passes,
        1.2 * SMOOTHING_COPIES,
        f"forward {forward:.3f} s, ours {fast:.2f} s",
    )


def _smoothgrad_against_peer(arch: str, layer: str, limit: float) -> Row:
    model, images = network(arch), pictures(8)
    peer = SmoothGradCAMpp(model, layer, num_samples=SMOOTHING_COPIES)

    def theirs() -> None:
        peer(list(range(8)), model(images))

    def ours() -> None:
        maps_of(model, arch, images, torch.arange(8), "smoothgradcampp")

    slow, fast, ratio = paired(theirs, ours, PAIRS)
    peer.remove_hooks()
    return Row(
        f"SmoothGrad-CAM++ (n = 8) of 8 pictures, {arch}, in times of torchcam's",
        ratio,
        limit,
        f"ours {fast:.2f} s, torchcam {slow:.2f} s",
    )


def scorecam() -> list[Row]:
    """Exact Score-CAM of one picture: as many masked pictures as the layer has channels."""
    model, images = network("squeezenet1_1"), pictures(1)
    channels = 512
    peer = ScoreCAM(model, [model.features])

    def theirs() -> None:
        with redirect_stderr(StringIO()):  # a progress bar
            peer(images, [ClassifierOutputTarget(1)])

    def ours() -> None:
        maps_of(model, "squeezenet1_1", images, torch.tensor([1]), "scorecam")

    batch = pictures(32)
    forward, fast, ratio = paired(forwards(model, batch, channels // 32), ours, 3)
    slow, _, times = paired(theirs, ours, 3)
    what = "Score-CAM of a picture, exact, squeezenet1_1, in "
    return [
        Row(
            f"{what}forward passes of 512 pictures in batches",
            ratio,
            1.2,
            f"forward {forward:.2f} s, ours {fast:.2f} s",
        ),
        Row(f"{what}times of pytorch-grad-cam's", times, 1 / 1.2, f"theirs {slow:.2f} s"),
    ]


def network(arch: str) -> nn.Module:
    torch.manual_seed(0)
    model: nn.Module = build_network(arch, 1000).model.eval()
    return model.to(memory_format=torch.channels_last)


def pictures(count: int) -> Tensor:
    images = torch.randn(count, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    return images.contiguous(memory_format=torch.channels_last)


def forwards(model: nn.Module, images: Tensor, times: int = 1) -> Callable[[], None]:
    def forward() -> None:
        with torch.inference_mode():
            for _ in range(times):
                model(images)

    return forward


def maps_of(model: nn.Module, arch: str, images: Tensor, targets: Tensor, *methods: str) -> None:
    explain(model, images, targets, methods, architecture=ARCHITECTURES[arch])
