"""Optimizers and learning-rate schedules against known values."""

import math
from copy import deepcopy
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from pipelines.training.average import WeightAverage
from pipelines.training.epoch import loss_weights
from pipelines.training.optimizer import freeze, learn, learning_rate, make_optimizer, mix, set_rate
from saliencnn.common.hyperparameters import OPTIMIZERS, SCHEDULES, Hyperparameters
from saliencnn.data.imageset import Sample
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import ModelSpec

SPEC = ModelSpec("features", "fc")


def rates(schedule: str, steps: int, start: float = 0.4) -> list[float]:
    values = Hyperparameters(schedule=schedule, learning_rate=start)
    return [learning_rate(values, step, steps) for step in range(steps)]


def test_constant_stays() -> None:
    assert rates("constant", 7) == [0.4] * 7


def test_cosine_falls_from_the_start_to_nothing() -> None:
    assert rates("cosine", 4) == pytest.approx(
        [0.4, 0.2 * (1 + math.sqrt(0.5)), 0.2, 0.2 * (1 - math.sqrt(0.5))]
    )
    values = Hyperparameters(schedule="cosine", learning_rate=0.4)
    assert learning_rate(values, 1000, 1000) == pytest.approx(0, abs=1e-12)
    assert 0 < learning_rate(values, 999, 1000) < 1e-5


def test_step_drops_twice_to_a_tenth() -> None:
    found = rates("step", 100)
    assert found == pytest.approx([0.4] * 60 + [0.04] * 25 + [0.004] * 15)
    assert rates("step", 20) == pytest.approx([0.4] * 12 + [0.04] * 5 + [0.004] * 3)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_one_step_is_taken_at_the_start_rate(schedule: str) -> None:
    assert rates(schedule, 1) == [0.4]


@given(st.sampled_from(SCHEDULES), st.integers(1, 300), st.floats(1e-6, 10))
def test_rates_are_positive_and_never_rise(schedule: str, steps: int, start: float) -> None:
    found = rates(schedule, steps, start)
    assert found[0] == start
    assert all(one >= other > 0 for one, other in pairwise(found))


@given(st.sampled_from(SCHEDULES), st.integers(2, 300), st.floats(0, 0.5))
def test_a_warm_up_rises_in_a_line_to_what_the_schedule_begins_with(
    schedule: str, steps: int, warmup: float
) -> None:
    values = Hyperparameters(schedule=schedule, learning_rate=0.4, warmup=warmup)
    warm = round(warmup * steps)
    found = [learning_rate(values, step, steps) for step in range(steps)]
    assert found[:warm] == pytest.approx([0.4 * (n + 1) / (warm + 1) for n in range(warm)])
    assert found[warm:] == pytest.approx(rates(schedule, steps - warm))


@pytest.mark.parametrize("frozen", [True, False])
def test_the_head_may_learn_faster(frozen: bool) -> None:
    model = SmallGap(3)
    freeze(model, SPEC, frozen)
    optimizer = make_optimizer(model, SPEC, Hyperparameters(head_factor=10))
    set_rate(optimizer, 0.01)
    rate_of = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    head = {id(p) for p in model.fc.parameters()}
    learning = {id(p): p for p in model.parameters() if p.requires_grad}
    assert rate_of == {key: pytest.approx(0.1 if key in head else 0.01) for key in learning}


def test_a_mixed_image_has_the_fractions_of_what_it_is_made_of() -> None:
    """Image k is k all over, so that each pixel tells which images it is made of."""
    torch.manual_seed(0)
    images = torch.arange(4.0)[:, None, None, None].expand(4, 3, 16, 16)
    labels = torch.arange(4)
    for hp in (Hyperparameters(mixup=0.8), Hyperparameters(cutmix=0.8)):
        mixed, targets = mix(images, labels, 4, hp)
        expected = (targets * torch.arange(4.0)).sum(1)
        torch.testing.assert_close(mixed.mean((1, 2, 3)), expected, rtol=1e-4, atol=1e-4)
        assert (targets.amax(1) < 1).any()
        pasted = hp.cutmix > 0
        assert torch.equal(mixed, mixed.round()) == pasted
    same = mix(images, labels, 4, Hyperparameters())
    assert same[0] is images
    assert same[1] is labels


def test_a_network_learns_from_mixed_images() -> None:
    torch.manual_seed(0)
    model = SmallGap(3)
    hp = Hyperparameters(mixup=0.2, cutmix=1.0, learning_rate=1e-2)
    optimizer = make_optimizer(model, SPEC, hp)
    images, labels = torch.randn(6, 3, 32, 32), torch.arange(6) % 3
    images[torch.arange(6), labels] += 2
    losses = [learn(model, SPEC, optimizer, images, labels, None, hp).loss for _ in range(25)]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


KINDS = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_get_the_numbers(name: str) -> None:
    values = Hyperparameters(optimizer=name, learning_rate=0.02, momentum=0.7, weight_decay=0.03)
    found = make_optimizer(nn.Linear(3, 2), SPEC, values)
    assert type(found) is KINDS[name]
    (group,) = found.param_groups
    assert group["lr"] == 0.02
    assert group["weight_decay"] == 0.03
    momentum = group["betas"][0] if name == "adamw" else group["momentum"]
    assert momentum == 0.7


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_frozen_parameters_do_not_move(name: str) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
    model[0].requires_grad_(False)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    values = Hyperparameters(optimizer=name, learning_rate=0.1, weight_decay=0.5)
    optimizer = make_optimizer(model, SPEC, values)
    given_ = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert given_ == {id(p) for p in model[2].parameters()}
    model(torch.randn(8, 4)).square().sum().backward()
    optimizer.step()
    for key, value in model.state_dict().items():
        assert torch.equal(value, before[key]) == key.startswith("0."), key


def test_sgd_takes_the_step_of_the_textbook() -> None:
    model = nn.Linear(1, 1, bias=False)
    model.weight.data.fill_(2.0)
    values = Hyperparameters(optimizer="sgd", learning_rate=0.1, momentum=0.5, weight_decay=0.1)
    optimizer = make_optimizer(model, SPEC, values)
    weight, velocity = 2.0, 0.0
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.tensor([[3.0]])).sum().backward()
        optimizer.step()
        velocity = 0.5 * velocity + (3.0 + 0.1 * weight)
        weight -= 0.1 * velocity
        assert float(model.weight.detach()) == pytest.approx(weight, rel=1e-5)


def test_a_class_without_training_images_has_no_weight_in_the_loss() -> None:
    samples = [Sample(f"{n}", n % 2, np.zeros((8, 8, 3), np.uint8)) for n in range(6)]
    weights = loss_weights(SmallGap(3), SPEC, samples, Hyperparameters(balance="weights"))
    assert weights is not None
    assert weights.tolist() == [1, 1, 0]
    assert loss_weights(SmallGap(3), SPEC, samples, Hyperparameters()) is None


@pytest.mark.parametrize("guidance", ["none", "inside"])
@pytest.mark.parametrize("parts", [3, 4, 9])
def test_the_parts_of_a_batch_have_the_gradients_of_the_whole(guidance: str, parts: int) -> None:
    torch.manual_seed(0)
    model = SmallGap(3).eval()  # batch norms that ignore who else is in the batch
    images, labels = torch.randn(7, 3, 32, 32), torch.arange(7) % 3
    regions = torch.zeros(7, 1, 32, 32, dtype=torch.bool)
    regions[:, :, 4:16, 8:24] = True
    given_ = None if guidance == "none" else regions
    weights = torch.tensor([1.0, 2.0, 0.5])
    found = []
    for accumulate in (1, parts):
        hp = Hyperparameters(
            optimizer="sgd", learning_rate=0.1, guidance=guidance, accumulate=accumulate,
            label_smoothing=0.1,
        )  # fmt: skip
        copy = deepcopy(model)
        step = learn(
            copy, SPEC, make_optimizer(copy, SPEC, hp), images, labels, given_, hp, weights
        )
        assert step is not None
        grads = [p.grad.clone() for p in copy.parameters() if p.grad is not None]
        assert len(grads) == len(list(copy.parameters()))
        found.append((step, grads))
    (whole, expected), (summed, actual) = found
    assert (summed.images, summed.right) == (whole.images, whole.right)
    assert (summed.loss, summed.guidance) == pytest.approx((whole.loss, whole.guidance), rel=1e-5)
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-6)


def test_the_average_of_the_weights_is_their_exponential_moving_average() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    average = WeightAverage(model, 0.5)
    expected = model[0].weight.detach().double().clone()
    for step in range(9):
        with torch.no_grad():
            model[0].weight.normal_()
        model(torch.randn(4, 3))
        average.follow(model, step)
        stays = min(0.5, (1 + step) / (10 + step))
        expected = stays * expected + (1 - stays) * model[0].weight.detach()
    torch.testing.assert_close(average.model[0].weight.double(), expected, rtol=1e-5, atol=1e-6)
    assert int(average.model[1].num_batches_tracked) == 9
    assert float((average.model[1].running_mean - model[1].running_mean).abs().max()) > 0
    assert not any(p.requires_grad for p in average.model.parameters())
