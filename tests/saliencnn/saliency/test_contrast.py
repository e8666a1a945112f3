"""A vector added to all rows of the head changes no probability, so it may change no map."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.drawing.heat import rescale
from saliencnn.models.architectures import ARCHITECTURES, Architecture
from saliencnn.models.spec import CONTRAST, CONVOLUTIONAL, DEEP, LOGIT, POOLED, ModelSpec
from saliencnn.saliency import METHODS, explain
from saliencnn.saliency.methods import ONE_MAP, applicable, group_alike
from tests.saliencnn.saliency.networks import Case, noise, random_case

CHEAP = [
    name for name in METHODS if name not in ("scorecam", "scorecam_fast", "bbmp", "smoothgrad")
]
TARGETS = torch.tensor([0, 3])


def shift_head(case: Case, seed: int, strength: float = 3.0) -> None:
    """Add one vector to all rows of the last layer, and one number to its biases."""
    assert isinstance(case.head, nn.Linear)
    weight, bias = case.head.weight, case.head.bias
    vector = torch.randn(weight.shape[1], generator=torch.Generator().manual_seed(seed))
    weight.data += strength * weight.std() * vector
    bias.data += strength


def maps_of(case: Case, score: str, methods: list[str]) -> dict[str, Tensor]:
    return explain(case.model, case.images, TARGETS, methods, spec=case.spec, score=score)


class Deep(nn.Module):
    """Two linear layers behind the maps, so that no class score is an average of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.Conv2d(8, 12, 3, 2))
        self.hidden, self.fc = nn.Linear(12 * 25, 16), nn.Linear(16, 7)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.fc(self.hidden(self.features(images).relu().flatten(1)).relu())
        return scores


def deep_case() -> Case:
    torch.manual_seed(0)
    spec = ModelSpec("features", "fc", DEEP)
    return Case(Deep().eval(), spec, noise(2, 3, 25, 25), TARGETS)


@given(seed=some.integers(0, 2**31))
@settings(max_examples=3, deadline=None)
@pytest.mark.parametrize("make", [deep_case, lambda: random_case("smallgap", 2, 32)])
def test_no_vector_in_the_head_changes_a_map(make: Callable[[], Case], seed: int) -> None:
    case = make()
    methods = applicable(CHEAP, case.spec)
    before = {score: maps_of(case, score, methods) for score in (LOGIT, CONTRAST)}
    probabilities = case.model(case.images).softmax(1)
    shift_head(case, seed)
    torch.testing.assert_close(case.model(case.images).softmax(1), probabilities, atol=1e-4, rtol=0)
    after = {score: maps_of(case, score, methods) for score in (LOGIT, CONTRAST)}
    for method in methods:
        largest = float(before[CONTRAST][method].abs().max())
        change = float((after[CONTRAST][method] - before[CONTRAST][method]).abs().max())
        assert change <= 5e-3 * largest, method
    moved = (after[LOGIT]["gradcam"] - before[LOGIT]["gradcam"]).abs().max()
    assert moved > 0.05 * before[LOGIT]["gradcam"].abs().max()


def test_a_contrast_is_the_own_logit_less_the_mean_of_the_others() -> None:
    case = random_case("smallgap", 2, 32)
    weight = case.head.weight.detach()
    assert isinstance(weight, Tensor)
    classes = len(weight)
    found = maps_of(case, CONTRAST, ["cam", "gradcam"])
    with torch.no_grad():
        features = case.model.get_submodule("features")(case.images)
    for image, target in enumerate(TARGETS.tolist()):
        others = (weight.sum(0) - weight[target]) / (classes - 1)
        expected = torch.einsum("chw,c->hw", features[image], weight[target] - others)
        expected = expected * (classes - 1) / classes
        largest = float(expected.abs().max())
        torch.testing.assert_close(found["cam"][image], expected, atol=1e-4 * largest, rtol=1e-4)
        cells = expected.numel()
        torch.testing.assert_close(
            found["gradcam"][image], expected.relu() / cells, atol=1e-4 * largest / cells, rtol=1e-4
        )


def test_a_class_map_behind_a_convolution_is_compared_with_the_others() -> None:
    case = random_case("squeezenet1_1", 2, 64)
    plain = [maps_of(case, LOGIT, ["cam"])["cam"]]
    every = [explain(case.model, case.images, k, "cam", spec=case.spec)["cam"] for k in range(7)]
    found = maps_of(case, CONTRAST, ["cam", "smoothgradcampp"])
    torch.testing.assert_close(found["cam"], plain[0] - torch.stack(every).mean(0))
    assert bool(found["smoothgradcampp"].isfinite().all())


def test_a_single_score_stays_as_it_is() -> None:
    class Single(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 1)

        def forward(self, images: Tensor) -> Tensor:
            scores: Tensor = self.fc(self.features(images).mean((2, 3)))
            return scores

    model, images = Single(), noise(1, 3, 16, 16)
    spec = Architecture("features", "fc", build=Single)
    maps = [explain(model, images, 0, "cam", spec=spec, score=s)["cam"] for s in (LOGIT, CONTRAST)]
    torch.testing.assert_close(*maps)
    with pytest.raises(UserError, match="unknown"):
        explain(model, images, 0, spec=spec, score="odds")


def test_densenet_is_explained_behind_its_last_relu() -> None:
    torch.manual_seed(0)
    spec = ARCHITECTURES["densenet121"]
    model = spec.build(num_classes=5).eval()
    images, weight = noise(2, 3, 64, 64), model.classifier.weight
    maps = explain(model, images, TARGETS, ["cam", "hirescam"], spec=spec)
    with torch.no_grad():
        features = model.features(images).relu()
        scores = model(images).gather(1, TARGETS[:, None])[:, 0]
    assert (features == 0).any()
    expected = torch.einsum("nchw,nc->nhw", features, weight[TARGETS].detach())
    torch.testing.assert_close(maps["cam"], expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        maps["hirescam"], expected.relu() / expected[0].numel(), atol=1e-4, rtol=1e-4
    )
    found = maps["cam"].mean((1, 2)) + model.classifier.bias[TARGETS]
    torch.testing.assert_close(found, scores, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("score", [LOGIT, CONTRAST])
def test_behind_a_pooled_head_some_methods_are_one_map(score: str) -> None:
    case = random_case("smallgap", 2, 32)
    for group in ONE_MAP:
        first, *others = maps_of(case, score, list(group)).values()
        for one in others:
            torch.testing.assert_close(one, first, atol=1e-4 * float(first.max()), rtol=1e-3)
    found = maps_of(case, score, ["cam", "gradcam"])
    cam = found["cam"].relu() / found["cam"][0].numel()
    torch.testing.assert_close(found["gradcam"], cam, atol=1e-6, rtol=1e-3)
    drawn = group_alike(["cam", "scorecam", "gradcampp", "xgradcam", "gradcam"], [POOLED, POOLED])
    assert drawn == [("cam", "gradcam", "xgradcam"), ("scorecam",), ("gradcampp",)]
    for group in drawn:
        found = maps_of(case, score, list(group))
        for raw in found.values():
            np.testing.assert_allclose(
                rescale(raw.numpy(), jointly=True),
                rescale(found[group[0]].numpy(), jointly=True),
                atol=1e-3,
            )


def test_maps_that_differ_on_any_network_are_drawn_apart() -> None:
    assert group_alike(["cam", "gradcam"], [POOLED, DEEP]) == [("cam",), ("gradcam",)]
    assert group_alike(["gradcam", "hirescam"], [CONVOLUTIONAL]) == [("gradcam",), ("hirescam",)]
