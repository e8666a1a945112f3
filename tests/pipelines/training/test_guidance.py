"""Guidance against its formulas, and a network that it keeps from reading the shortcut."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.training import guidance
from pipelines.training.guidance import guided_pass
from pipelines.training.optimizer import learn, make_optimizer
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import BOTH, EVIDENCE, INSIDE, Hyperparameters
from saliencnn.data.encode import encode_png
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import CHANNELS_LAST, DEEP, POOLED, ModelSpec
from saliencnn.store.connection import Store
from saliencnn.store.runs import read_run

CLASSES = 3
SPEC = ModelSpec("features", "fc")


def make_batch(count: int = 4) -> tuple[SmallGap, Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    model = SmallGap(CLASSES).eval()  # batch norms that ignore who else is in the batch
    regions = torch.zeros(count, 1, 32, 32, dtype=torch.bool)
    regions[:, :, 4:16, 8:24] = True
    return model, torch.randn(count, 3, 32, 32), torch.arange(count) % CLASSES, regions


def guidance_of(
    kind: str, model: nn.Module, images: Tensor, labels: Tensor, regions: Tensor,
    spec: ModelSpec = SPEC,
) -> Tensor:  # fmt: skip
    hp = Hyperparameters(guidance=kind)
    return guided_pass(model, spec, images, labels, regions, hp)[1]


def test_inside_is_the_cross_entropy_of_the_cells_inside() -> None:
    model, images, labels, regions = make_batch()
    maps = model.features(images)
    inside = functional.adaptive_max_pool2d(regions.float(), maps.shape[2:])
    expected = functional.cross_entropy(model.fc((maps * inside).mean((2, 3))), labels)
    torch.testing.assert_close(guidance_of(INSIDE, model, images, labels, regions), expected)


@pytest.mark.parametrize(("head_kind", "most"), [(POOLED, CLASSES), (POOLED, 2), (DEEP, 1)])
def test_evidence_is_the_squared_evidence_of_all_classes(
    head_kind: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A linear head's of few classes is exact; other heads' and many classes' is so on average."""
    monkeypatch.setattr(guidance, "PROBES", most)
    model, images, labels, regions = make_batch(1)
    maps = model.features(images)
    outside = 1 - functional.adaptive_max_pool2d(regions.float(), maps.shape[2:])
    evidence = torch.einsum("nchw,kc->nkhw", maps, model.fc.weight)
    evidence = evidence - evidence.mean(1, keepdim=True)
    expected = (evidence.square() * outside).mean()
    spec, exact = ModelSpec("features", "fc", head_kind), most == CLASSES
    found = [
        guidance_of(EVIDENCE, model, images, labels, regions, spec).item()
        for _ in range(1 if exact else 1000)
    ]
    assert np.mean(found) == pytest.approx(expected.item(), rel=1e-5 if exact else 0.05)


def test_both_is_the_sum() -> None:
    batch = make_batch()
    weights = list(batch[0].parameters())
    losses, gradients = [], []
    for kind in (INSIDE, EVIDENCE, BOTH):
        torch.manual_seed(1)
        losses.append(guidance_of(kind, *batch))
        found = torch.autograd.grad(losses[-1], weights, materialize_grads=True, allow_unused=True)
        gradients.append(torch.cat([one.flatten() for one in found]))
    for inside, evidence, both in (losses, gradients):
        torch.testing.assert_close(inside + evidence, both, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", [INSIDE, EVIDENCE])
def test_a_vector_added_to_all_rows_of_the_head_changes_nothing(kind: str) -> None:
    model, images, labels, regions = make_batch()
    torch.manual_seed(1)
    before = guidance_of(kind, model, images, labels, regions)
    with torch.no_grad():
        model.fc.weight += 5 * torch.randn(model.fc.weight.shape[1])
    torch.manual_seed(1)
    after = guidance_of(kind, model, images, labels, regions)
    torch.testing.assert_close(before, after, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("everything", [True, False])
def test_images_of_which_all_or_nothing_may_count_are_not_guided(everything: bool) -> None:
    model, images, labels, regions = make_batch()
    whole = regions.clone()
    whole[2:] = everything
    guided = guidance_of(INSIDE, model, images[:2], labels[:2], regions[:2])
    half = guidance_of(INSIDE, model, images, labels, whole)
    torch.testing.assert_close(half, guided / 2)


def test_the_logits_are_those_of_an_unguided_pass() -> None:
    model, images, labels, regions = make_batch()
    logits, _ = guided_pass(model, SPEC, images, labels, regions, Hyperparameters(guidance=BOTH))
    torch.testing.assert_close(logits, model(images))
    assert not model.features._forward_hooks


def test_a_linear_head_is_guided_as_any_other() -> None:
    model, images, labels, regions = make_batch()
    regions[1] = True
    found = []
    for head_kind in (POOLED, DEEP):
        spec = ModelSpec("features", "fc", head_kind)
        loss = guidance_of(INSIDE, model, images, labels, regions, spec)
        found.append((loss, torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)))
    (pooled, gradients), (double, others) = found
    torch.testing.assert_close(pooled, double)
    for one, other in zip(gradients, others, strict=True):
        # What no loss depends on has no gradient, or one of zeros.
        assert (one is None) <= (other is None or not other.any())
        if one is not None:
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


class _ChannelsLast(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(3, 8, 4, 4)
        self.turn = _Turn()
        self.fc = nn.Linear(8, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.turn(self.features(images)).mean((1, 2)))


class _Turn(nn.Module):
    def forward(self, maps: Tensor) -> Tensor:
        return maps.permute(0, 2, 3, 1).tanh()


class _Deep(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(3, 8, 4, 4)
        self.classifier = nn.Sequential(
            nn.ReLU(inplace=True),
            nn.Flatten(),
            nn.Linear(512, 16),
            nn.ReLU(),
            nn.Linear(16, CLASSES),
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images))


@pytest.mark.parametrize(
    ("build", "spec"),
    [
        (_ChannelsLast, ModelSpec("turn", "fc", layout=CHANNELS_LAST)),
        (_Deep, ModelSpec("features", "classifier.4", DEEP)),
    ],
)
def test_other_networks_are_guided(build: Callable[[], nn.Module], spec: ModelSpec) -> None:
    _, images, labels, regions = make_batch()
    for image, label, region in zip(images, labels, regions, strict=True):
        image[label] += 3 * region[0]
    torch.manual_seed(0)
    model = build()
    before = guidance_of(BOTH, model, images, labels, regions, spec).item()
    hp = Hyperparameters(guidance=BOTH, learning_rate=1e-2)
    optimizer = make_optimizer(model, spec, hp)
    for _ in range(60):
        learn(model, spec, optimizer, images, labels, regions, hp)
    assert guidance_of(BOTH, model, images, labels, regions, spec).item() < 0.7 * before


def test_a_frozen_backbone_still_guides_the_head() -> None:
    model, images, labels, regions = make_batch()
    model.requires_grad_(False)
    model.fc.requires_grad_(True)
    guidance_of(BOTH, model, images, labels, regions).backward()
    assert model.fc.weight.grad is not None
    assert model.fc.weight.grad.abs().sum() > 0


DATA = "planted:train=640,validation=80,counterfactual=80,size=48,seed=3"
GUIDED = Hyperparameters(guidance=BOTH, epochs=4, batch_size=16)


def test_guidance_keeps_a_network_from_reading_the_shortcut(store: Store) -> None:
    request = Request(DATA, image_size=48, hyperparameters=GUIDED)
    plain = replace(request, hyperparameters=replace(GUIDED, guidance="none"))
    runs = [read_run(store, train(store, one)) for one in (plain, request)]
    cheating, guided = (run.metrics["counterfactual_accuracy"] for run in runs)
    assert guided > cheating + 0.3
    assert "guidance_loss" in runs[1].metrics
    assert "guidance_loss" not in runs[0].metrics
    assert any("640 of 640" in note for note in runs[1].notes)


def test_guidance_without_any_region_is_refused(store: Store, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(4):
            shade = np.full((32, 32, 3), 40 * number + (name == "b"), np.uint8)
            (tmp_path / name / f"{number}.png").write_bytes(encode_png(shade))
    request = Request(f"folder:{tmp_path}", image_size=32, hyperparameters=GUIDED)
    with pytest.raises(UserError, match=r"none of the .* has a box or a mask"):
        train(store, request)
    ignoring = replace(GUIDED, ignored="0,0,0.5,0.5", epochs=1)
    assert train(store, replace(request, hyperparameters=ignoring))
