"""Methods that need the target layer's activations and gradients only."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from saliencnn.models.spec import CONTRAST, CONVOLUTIONAL, POOLED
from saliencnn.saliency import cam_family
from saliencnn.saliency.effort import SMOOTHING_COPIES
from saliencnn.saliency.input_space import draw_noise
from saliencnn.saliency.passes import cut_pass, pass_to
from saliencnn.saliency.task import Task

SMOOTHING_BATCH, SMOOTHING_BATCH_ON_GPU = 8, 64
"""Noisy images in one pass, so that memory does not grow with the number of copies."""
SMOOTHING_NOISE = 0.3
"""Standard deviation of SmoothGrad-CAM++'s noise, in units of the normalised input."""


def cam(task: Task) -> Tensor:
    """CAM (Zhou 2016): the head's own weights; signed but for a logit behind a convolution."""
    if task.spec.head_kind == CONVOLUTIONAL:
        own = cam_family.convolutional_cam(task.activations, *task.head())
        return own if task.spec.score != CONTRAST else own - _mean_class_map(task)
    return cam_family.cam(task.activations, task.head()[0])


def _mean_class_map(task: Task) -> Tensor:
    """Return the mean over the classes of relu(W A + b), (N, h, w)."""
    weights, bias = task.classifier()
    activations = task.activations.detach().to(weights)
    return torch.conv2d(activations, weights[:, :, None, None], bias).relu().mean(1)


def gradcam(task: Task) -> Tensor:
    """Grad-CAM (Selvaraju 2017)."""
    return cam_family.gradcam(task.activations, task.gradients)


def gradcampp(task: Task) -> Tensor:
    """Grad-CAM++ (Chattopadhay 2018)."""
    return cam_family.gradcampp(task.activations, task.gradients)


def smoothgradcampp(task: Task) -> Tensor:
    """SmoothGrad-CAM++ (Omeiza 2019); the copies of a small batch share a pass."""
    if task.spec.head_kind == POOLED:
        # The gradient is the class's weight over the number of cells for whatever image, so
        # every noisy copy has the clean image's: the average needs no further pass.
        return gradcampp(task)
    if task.spec.head_kind == CONVOLUTIONAL and task.spec.score != CONTRAST:
        # The class's map is relu(W A + b): the gradient is W over the number of cells where it
        # is above zero. Autograd would go through the maps of all classes for that.
        lit = _mean_over_copies(task, _lit_cells)
        step = task.head()[0][..., None, None] / lit[0].numel()
        powers = [lit * step**exponent for exponent in (1, 2, 3)]
    else:
        powers = list(_mean_over_copies(task, _gradient_powers).unbind(1))
    return cam_family.smoothgradcampp(task.activations, *powers)


def _mean_over_copies(task: Task, measure: Callable[[Task, Tensor, int], Tensor]) -> Tensor:
    """Average over noisy copies what ``measure`` makes of a batch that holds each so many times."""
    noises = torch.stack(list(draw_noise(task, SMOOTHING_COPIES))) * SMOOTHING_NOISE
    total, done = torch.zeros((), device=task.images.device), 0
    most = SMOOTHING_BATCH_ON_GPU if task.images.is_cuda else SMOOTHING_BATCH
    for part in noises.split(max(1, most // max(1, len(task.images)))):
        copies = (part[:, None] + task.images).flatten(0, 1)
        copies = copies.contiguous(memory_format=torch.channels_last)
        total = total + measure(task, copies, len(part)).unflatten(0, (len(part), -1)).sum(0)
        done += len(part)
        task.report_steps(done, SMOOTHING_COPIES)
    return total / SMOOTHING_COPIES


def _gradient_powers(task: Task, copies: Tensor, repeats: int) -> Tensor:
    """Return the scores' gradients at the layer, their squares and cubes, (M, 3, C, h, w)."""
    noisy = cut_pass(task.model, copies, task.spec)
    gradients = noisy.gradients(task.targets.repeat(repeats))
    return torch.stack([gradients, gradients**2, gradients**3], dim=1)


def _lit_cells(task: Task, copies: Tensor, repeats: int) -> Tensor:
    """Return where the class's own map is above zero, (M, 1, h, w)."""
    with torch.no_grad():
        activations = pass_to(task.model, copies, task.spec)
        weights, bias = (part.repeat(repeats, *[1] * (part.ndim - 1)) for part in task.head())
        lit = cam_family.convolutional_cam(activations, weights, bias) > 0
    return lit[:, None].float()


def through_grad_cam(name: str) -> Callable[[Task], Tensor]:
    """Adapt a pytorch-grad-cam method that needs activations and gradients only."""

    def compute(task: Task) -> Tensor:
        import pytorch_grad_cam  # takes seconds to import, and only these methods need it

        peer = getattr(pytorch_grad_cam, name)
        # Their constructor wants a network to hook; we hook ourselves, so it gets a blank one
        # (a PReLU's parameter is no random number: those of training must not move).
        method = peer(nn.PReLU(), [])
        activations = task.activations.detach().cpu().float().numpy()
        gradients = task.gradients.cpu().float().numpy()
        with np.errstate(all="ignore"):
            maps = method.get_cam_image(None, None, None, activations, gradients, False)
        maps = np.nan_to_num(maps).reshape(activations[:, 0].shape)
        return torch.from_numpy(maps).to(task.images.device).relu()

    return compute


hirescam = through_grad_cam("HiResCAM")
layercam = through_grad_cam("LayerCAM")
xgradcam = through_grad_cam("XGradCAM")


def eigencam(task: Task) -> Tensor:
    """Eigen-CAM (Muhammad and Yeasin 2020): the first principal component.

    A component has no sign of its own; it gets the one that makes its larger extreme positive
    (Chung and Ying 2025, eq. 13).
    """
    activations = task.activations.detach().float().nan_to_num(0.0, 0.0, 0.0)
    cells = activations.flatten(2).transpose(1, 2)
    left, singular, _ = torch.linalg.svd(cells - cells.mean(1, keepdim=True), full_matrices=False)
    maps = left[..., 0] * singular[:, :1]
    flipped = maps.amin(1).abs() > maps.amax(1).abs()
    maps = torch.where(flipped[:, None], -maps, maps)
    return maps.view_as(activations[:, 0]).relu()
