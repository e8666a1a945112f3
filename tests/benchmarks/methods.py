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

from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.weights import build_network
from saliencnn.saliency import explain
from saliencnn.saliency.at_layer import SMOOTHING_COPIES
from tests.benchmarks.measure import paired
from tests.benchmarks.row import Row
from tests.helpers.devices import DEVICES

PAIRS = 5


def run() -> list[Row]:
    return [
        row
        for device in DEVICES
        for row in (cheap_maps_and_grad_cam(device), *smoothgrad(device), *scorecam(device))
    ]


GRAD_CAM = """
import sys
import torch
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torchvision.models import resnet50

model = resnet50(weights=None).eval().to(sys.argv[1])
images = torch.randn(16, 3, 224, 224, device=sys.argv[1])
targets = [ClassifierOutputTarget(target) for target in range(16)]
peers = [method(model, [model.layer4]) for method in (GradCAM, GradCAMPlusPlus)]
for _ in sys.stdin:
    for peer in peers:
        peer(images, targets)
    print("done", flush=True)
"""
OURS_ALONE = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
"""What importing ``pipelines`` leaves in the environment."""


def cheap_maps_and_grad_cam(device: str) -> Row:
    """Three maps of a batch in one pass, and two of them by pytorch-grad-cam.

    The peer has a process of its own, as its users run it: in ours it would have the memory and
    the threads that importing ``pipelines`` sets up.
    """
    model, images = network("resnet50", device), make_images(16, device)
    environment = {name: value for name, value in os.environ.items() if name not in OURS_ALONE}
    with subprocess.Popen(
        [sys.executable, "-c", GRAD_CAM, device],
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
        f"CAM + Grad-CAM + Grad-CAM++ of 16 images, resnet50 on {device}, in times of "
        "pytorch-grad-cam's two",
        ratio,
        1 / 8,
        f"ours {fast:.3f} s, theirs {slow:.3f} s",
    )


def smoothgrad(device: str) -> list[Row]:
    """SmoothGrad-CAM++ behind the three kinds of heads.

    Behind one linear layer the gradient is the same for every noisy copy, so that ours needs the
    shared pass alone. Behind others both need a pass for every copy, and no more; there is no
    third of that to be had.
    """
    return [
        _smoothgrad_against_peer("resnet18", "layer4", 1 / 3, device),
        _smoothgrad_against_peer("squeezenet1_1", "features", 1, device),
        _smoothgrad_in_passes("squeezenet1_1", device),
        _smoothgrad_in_passes("densenet121", device),
    ]


def _smoothgrad_in_passes(arch: str, device: str) -> Row:
    model, images = network(arch, device), make_images(8, device)

    def ours() -> None:
        maps_of(model, arch, images, torch.arange(8), "smoothgradcampp")

    forward, fast, passes = paired(forwards(model, images), ours, PAIRS)
    return Row(
        f"SmoothGrad-CAM++ (n = 8) of 8 images, {arch} on {device}, in forward passes",
        passes,
        1.2 * SMOOTHING_COPIES,
        f"forward {forward:.4f} s, ours {fast:.3f} s",
    )


def _smoothgrad_against_peer(arch: str, layer: str, limit: float, device: str) -> Row:
    model, images = network(arch, device), make_images(8, device)
    peer = SmoothGradCAMpp(model, layer, num_samples=SMOOTHING_COPIES)

    def theirs() -> None:
        peer(list(range(8)), model(images))

    def ours() -> None:
        maps_of(model, arch, images, torch.arange(8), "smoothgradcampp")

    slow, fast, ratio = paired(theirs, ours, PAIRS)
    peer.remove_hooks()
    return Row(
        f"SmoothGrad-CAM++ (n = 8) of 8 images, {arch} on {device}, in times of torchcam's",
        ratio,
        limit,
        f"ours {fast:.3f} s, torchcam {slow:.3f} s",
    )


def scorecam(device: str) -> list[Row]:
    """Exact Score-CAM of one image: as many masked images as the layer has channels."""
    model, images = network("squeezenet1_1", device), make_images(1, device)
    channels = 512
    peer = ScoreCAM(model, [model.features])

    def theirs() -> None:
        with redirect_stderr(StringIO()):  # a progress bar
            peer(images, [ClassifierOutputTarget(1)])

    def ours() -> None:
        maps_of(model, "squeezenet1_1", images, torch.tensor([1]), "scorecam")

    batch = make_images(32, device)
    forward, fast, ratio = paired(forwards(model, batch, channels // 32), ours, 3)
    slow, _, times = paired(theirs, ours, 3)
    what = f"Score-CAM of an image, exact, squeezenet1_1 on {device}, in "
    return [
        Row(
            f"{what}forward passes of 512 images in batches",
            ratio,
            1.2,
            f"forward {forward:.2f} s, ours {fast:.2f} s",
        ),
        Row(f"{what}times of pytorch-grad-cam's", times, 1 / 1.2, f"theirs {slow:.2f} s"),
    ]


def network(arch: str, device: str = "cpu") -> nn.Module:
    torch.manual_seed(0)
    model: nn.Module = build_network(arch, 1000).model.eval()
    return model.to(device).to(memory_format=torch.channels_last)


def make_images(count: int, device: str = "cpu") -> Tensor:
    images = torch.randn(count, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    return images.to(device, memory_format=torch.channels_last)


def forwards(model: nn.Module, images: Tensor, times: int = 1) -> Callable[[], None]:
    def forward() -> None:
        with torch.inference_mode():
            for _ in range(times):
                model(images)

    return forward


def maps_of(model: nn.Module, arch: str, images: Tensor, targets: Tensor, *methods: str) -> None:
    explain(model, images, targets, methods, spec=ARCHITECTURES[arch])
