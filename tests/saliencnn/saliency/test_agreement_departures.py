"""Where the peer libraries depart from the papers: each departure is reproduced exactly.

So it is understood, and its end would be noticed. Our maps follow the papers.
"""

from pathlib import Path

import numpy as np
import pytest
import pytorch_grad_cam
import torch
import torchcam.methods
from torch import Tensor, nn

from saliencnn.saliency.at_layer import SMOOTHING_COPIES, SMOOTHING_NOISE
from tests.saliencnn.saliency.formulas import (
    Curved,
    Exactly,
    ablationcam,
    curved_case,
    scorecam,
    weighed,
)
from tests.saliencnn.saliency.networks import Case, head_enlarged, random_case, trained_case
from tests.saliencnn.saliency.peers import (
    Maps,
    cam_of_a_linear_layer,
    correlations,
    ours,
    pytorch_grad_cams,
    same_noise,
    scorecam_with_aligned_corners,
    shown_by_pytorch_grad_cam,
    smoothgradcampps,
)


def at_layer(case: Case, images: Tensor | None = None) -> tuple[Maps, Maps]:
    """Activations and gradients at the target layer by plain autograd, in float64."""
    outputs: list[Tensor] = []
    handle = case.layer.register_forward_hook(lambda *call: outputs.append(call[2]))
    leaf = (case.images if images is None else images).clone().requires_grad_()
    scores = case.model(leaf).gather(1, case.targets[:, None])
    handle.remove()
    gradients = torch.autograd.grad(scores.sum(), outputs[0])[0]
    return outputs[0].detach().double().numpy(), gradients.double().numpy()


def agrees(first: Maps, second: Maps) -> bool:
    r = correlations(first, second)
    assert np.isfinite(r).any(), "no map has any relief"
    return bool(np.nanmin(r) >= 0.999)


def test_pytorch_grad_cam_adds_a_constant_to_the_alpha_of_gradcampp() -> None:
    """It is 1e-6, and the smaller the gradients are, the more it matters."""
    case = random_case("mobilenet_v2", 4, 96)
    with head_enlarged(case, 1e-3):
        activations, g = at_layer(case)
        total = activations.sum(axis=(2, 3), keepdims=True)
        maps = []
        for constant in (0, 1e-6):
            alpha = g**2 / (2 * g**2 + total * g**3 + constant)
            weights = (alpha * np.maximum(g, 0)).sum(axis=(2, 3), keepdims=True)
            maps.append(weighed(activations, weights))
        theirs = pytorch_grad_cams(pytorch_grad_cam.GradCAMPlusPlus, case)
        assert agrees(ours(case, "gradcampp"), maps[0])
    without, with_constant = (shown_by_pytorch_grad_cam(each, case.images) for each in maps)
    assert agrees(with_constant, theirs)
    assert not agrees(without, theirs)


def test_pytorch_grad_cam_leaves_the_sign_of_eigencam_to_chance() -> None:
    """An image whose decomposition happens to have the other sign is shown inside out."""
    case = random_case("smallgap", 8, 96)
    theirs = pytorch_grad_cams(pytorch_grad_cam.EigenCAM, case)
    r = correlations(shown_by_pytorch_grad_cam(ours(case, "eigencam"), case.images), theirs)
    assert all(value > 0.999 or value < 0 for value in r)
    assert min(r) < 0


def test_pytorch_grad_cam_aligns_corners_in_scorecam() -> None:
    """The authors' own program does not. Real maps differ by it, too.

    On two to four images of 224 pixels, the least r is 0.992 (mobilenet_v2), 0.978
    (squeezenet1_1), 0.953 (squeezenet1_0) and 0.997 (EfficientNet-Lite 0); at 96 pixels 0.50.
    """
    torch.manual_seed(3)
    model = Curved()
    model.head[3].weight.data.mul_(8)
    case = curved_case(model)
    theirs = scorecam_with_aligned_corners(case)
    aligned, papers = (scorecam(Exactly(case), align_corners=each) for each in (True, False))
    assert agrees(ours(case, "scorecam"), papers)
    assert agrees(shown_by_pytorch_grad_cam(aligned, case.images), theirs)
    assert not agrees(shown_by_pytorch_grad_cam(papers, case.images), theirs)


# Ablation-CAM


def test_pytorch_grad_cam_ablates_with_huge_values_where_activations_can_be_negative() -> None:
    """Instead of zero, and each channel of a batch with a value lower by 1e7 than the last."""
    torch.manual_seed(3)
    model = Curved()
    model.features[1] = nn.SiLU()
    case = ablation_case(model, positive=True)
    exactly = Exactly(case)
    theirs = pytorch_grad_cams(pytorch_grad_cam.AblationCAM, case)
    huge = ablationcam(exactly, fill=lambda maps, k: float(maps.min()) - 1e7 * (k + 1))
    papers = ablationcam(exactly)
    assert agrees(ours(case, "ablationcam"), papers)
    assert agrees(shown_by_pytorch_grad_cam(huge, case.images), theirs)
    assert not agrees(shown_by_pytorch_grad_cam(papers, case.images), theirs)


def test_pytorch_grad_cam_turns_ablationcam_around_where_the_score_is_negative() -> None:
    """As eq. 3 does, to the letter; its scores are meant to be positive. Ours keeps the sense."""
    torch.manual_seed(3)
    case = ablation_case(Curved(), positive=False)
    exactly = Exactly(case)
    theirs = pytorch_grad_cams(pytorch_grad_cam.AblationCAM, case)
    to_the_letter = ablationcam(exactly, denominator=float)
    assert agrees(ours(case, "ablationcam"), ablationcam(exactly))
    assert agrees(shown_by_pytorch_grad_cam(to_the_letter, case.images), theirs)
    assert not agrees(shown_by_pytorch_grad_cam(ablationcam(exactly), case.images), theirs)


def ablation_case(model: nn.Module, positive: bool) -> Case:
    """Move the head's bias so that all classes' scores have one sign."""
    model.head[3].bias.data.fill_(2.0 if positive else -2.0)
    case = curved_case(model)
    assert ((case.scores(case.images) > 0) == positive).all()
    return case


# SmoothGrad-CAM++


def smoothgradcampp(
    clean: Maps,
    copies: list[tuple[Maps, Maps]],
    point_by_point: bool = False,
    last_gradient: bool = False,
    last_activations: bool = False,
) -> Maps:
    """Omeiza 2019, with none, some or all of torchcam's departures.

    Args:
        clean: the images' activations.
        copies: each noisy copy's activations and gradients.
        point_by_point: sum gradient cubed times activation, not the activations times the cell's
            own gradient cubed.
        last_gradient: rectify the last copy's gradient, not the mean of all.
        last_activations: weigh the last copy's activations, not the image's.
    """
    first, second, third = (np.mean([g**p for _, g in copies], axis=0) for p in (1, 2, 3))
    if point_by_point:
        total = (third * clean).sum(axis=(2, 3), keepdims=True)
    else:
        total = third * clean.sum(axis=(2, 3), keepdims=True)
    below = 2 * second + total
    alpha = np.divide(second, below, out=np.zeros_like(below), where=below != 0)
    rectified = np.maximum(copies[-1][1] if last_gradient else first, 0)
    weights = (alpha * rectified).sum(axis=(2, 3), keepdims=True)
    return weighed(copies[-1][0] if last_activations else clean, weights)


def noisy_copies(case: Case) -> list[tuple[Maps, Maps]]:
    return [
        at_layer(case, case.images + SMOOTHING_NOISE * disturbance)
        for disturbance in same_noise(case.images, SMOOTHING_COPIES)
    ]


@pytest.mark.parametrize("name", ["squeezenet1_1", "squeezenet1_0"])
def test_torchcams_smoothgradcampp_on_trained_networks(test_data: Path, name: str) -> None:
    """As torchcam comes, r on four images of 224 pixels is 0.92 to 0.96."""
    case = trained_case(name, test_data).smaller(2, 128)
    with head_enlarged(case):
        found = ours(case, "smoothgradcampp")
        theirs = smoothgradcampps(torchcam.methods.SmoothGradCAMpp, case)
        clean, copies = at_layer(case)[0], noisy_copies(case)
    assert agrees(found, smoothgradcampp(clean, copies))
    assert agrees(theirs, smoothgradcampp(clean, copies, True, True, True))
    assert not agrees(found, theirs)


@pytest.mark.parametrize("name", ["alexnet"])
def test_torchcams_smoothgradcampp_on_random_networks(name: str) -> None:
    """Here all three matter, each by itself."""
    case = random_case(name, 2, 64)
    with head_enlarged(case):
        found = ours(case, "smoothgradcampp")
        theirs = smoothgradcampps(torchcam.methods.SmoothGradCAMpp, case)
        clean, copies = at_layer(case)[0], noisy_copies(case)
    assert agrees(found, smoothgradcampp(clean, copies))
    assert agrees(theirs, smoothgradcampp(clean, copies, True, True, True))
    for two_of_three in [(False, True, True), (True, False, True), (True, True, False)]:
        assert not agrees(theirs, smoothgradcampp(clean, copies, *two_of_three))


@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_lite0"])
def test_behind_a_global_average_one_of_the_three_is_left(test_data: Path, name: str) -> None:
    """The noisy activations: gradients are the same in all cells and copies.

    As torchcam comes, r on four images of 224 pixels is 0.98 to 0.99 and 0.84 to 0.98.
    """
    case = trained_case(name, test_data).smaller(2, 128)
    with head_enlarged(case):
        found = ours(case, "smoothgradcampp")
        theirs = smoothgradcampps(torchcam.methods.SmoothGradCAMpp, case)
        clean, copies = at_layer(case)[0], noisy_copies(case)
    assert agrees(found, smoothgradcampp(clean, copies))
    assert agrees(theirs, smoothgradcampp(clean, copies, last_activations=True))
    assert not agrees(found, theirs)


# CAM


def test_torchcams_cam_knows_no_squeezenet(test_data: Path) -> None:
    """It leaves out the bias and the ReLU under the average, which ours has (r is 0.979)."""
    case = trained_case("squeezenet1_0", test_data)
    theirs = cam_of_a_linear_layer(case)
    assert theirs.min() < 0
    assert not agrees(ours(case, "cam"), theirs)
