"""BBMP: its objective against loops, its way down, and that it leaves nothing behind."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import v2

from saliencnn.models.weights import build_network
from saliencnn.saliency import bbmp_objective
from saliencnn.saliency.bbmp import (
    Learned,
    best_of,
    learn_masks,
    random_start,
    spread,
    start_from_map,
)
from saliencnn.saliency.bbmp_descent import (
    CHECK,
    DECAY,
    FIRST_RATE,
    FREED,
    POWERS,
    STEPS,
    STRENGTHS,
    _Walk,
    _weakest,
    descend,
)
from saliencnn.saliency.bbmp_objective import STILL, grid_of, objective_for
from saliencnn.saliency.passes import explaining


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


SIDE = 48
PATCH = (slice(12, 28), slice(20, 36))
"""Rows and columns that ``OnePatch`` looks at: 4 x 4 cells of its images' 12 x 12."""
CELLS = (slice(3, 7), slice(5, 9))


class OnePatch(nn.Module):
    """Certain of class 1 (p = 0.999) where the patch is bright, and of class 0 where it is not."""

    def __init__(self, threshold: float = 0.5) -> None:
        super().__init__()
        self.threshold = threshold
        self.slope = nn.Parameter(torch.tensor(14.0))

    def forward(self, images: Tensor) -> Tensor:
        brightness = images[(..., *PATCH)].mean(dim=(1, 2, 3))
        score = self.slope * (brightness - self.threshold)
        return torch.stack([torch.zeros_like(score), score], dim=1)


def small_network(seed: int = 0) -> nn.Sequential:
    """A random network whose probabilities are spread between 0 and 1."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = nn.Sequential(
            nn.Conv2d(3, 6, 8, stride=8), nn.Tanh(), nn.Flatten(), nn.Linear(6 * 12 * 12, 3)
        )
    model[3].weight.data.mul_(8)
    return model.eval().requires_grad_(False)


def make_images(count: int, seed: int = 0) -> Tensor:
    """Blotchy images (N, 3, 96, 96), large enough to be jittered."""
    coarse = noise(count, 3, 20, 20, seed=seed)
    return nn.functional.interpolate(coarse, size=96, mode="bilinear")


def likeliest(model: nn.Module, images: Tensor) -> Tensor:
    with torch.no_grad():
        return model(images).argmax(dim=1)


def counted(model: nn.Module) -> list[int]:
    """Return a list that grows by the number of images of each forward pass."""
    seen: list[int] = []
    model.register_forward_hook(lambda _m, inputs, _o: seen.append(len(inputs[0])))
    return seen


def learned_five(**options: object) -> Learned:
    model, images = small_network(), make_images(5)
    return learn_masks(model, images, likeliest(model, images), **options)  # type: ignore[arg-type]


# The objective


def test_a_mask_has_28_cells_a_side_unless_they_were_too_small() -> None:
    assert grid_of(224, 224) == (28, 28)
    assert grid_of(448, 448) == (28, 28)
    assert grid_of(224, 336) == (28, 42)
    assert grid_of(96, 96) == (24, 24)
    assert grid_of(32, 48) == (8, 12)
    assert grid_of(2, 3) == (1, 1)


def test_l1_and_total_variation_are_the_papers_sums() -> None:
    masks = noise(2, 28, 28).sigmoid().double()
    for n in range(2):
        m = masks[n].numpy()
        deleted, varied = 0.0, 0.0
        for i in range(28):
            for j in range(28):
                deleted += abs(1 - m[i, j])
                down = m[i + 1, j] - m[i, j] if i < 27 else 0
                right = m[i, j + 1] - m[i, j] if j < 27 else 0
                varied += math.hypot(down, right) ** 3
        assert bbmp_objective.l1(masks)[n].item() == pytest.approx(deleted)
        assert bbmp_objective.total_variation(masks)[n].item() == pytest.approx(varied)


def test_regularisers_measure_form_and_not_cells() -> None:
    """The same bell on a coarser grid costs about as much."""
    costs = []
    for cells in (14, 28, 56):
        x = (torch.arange(cells) + 0.5) / cells - 0.5
        mask = 1 - torch.exp(-(x[:, None] ** 2 + x**2) / (2 * 0.2**2))[None]
        costs.append((bbmp_objective.l1(mask), bbmp_objective.total_variation(mask)))
    for l1, variation in costs:
        torch.testing.assert_close(l1, costs[1][0], rtol=0.01, atol=0)
        torch.testing.assert_close(variation, costs[1][1], rtol=0.1, atol=0)


def test_an_untouched_mask_costs_nothing_and_has_no_slope_of_its_own() -> None:
    masks = torch.ones(1, 7, 9, requires_grad=True)
    assert bbmp_objective.regularisers(masks).item() == 0
    gradient = torch.autograd.grad(bbmp_objective.total_variation(masks).sum(), masks)[0]
    assert (gradient == 0).all()


def test_blur_is_a_weighted_mean_of_its_surroundings() -> None:
    images = noise(1, 3, 12, 17).double()
    found = bbmp_objective.blur(images)
    spread_ = 10 / 224 * 12
    for row, column in [(0, 0), (5, 8), (11, 3)]:
        total, weights = np.zeros(3), 0.0
        for i in range(12):
            for j in range(17):
                weight = math.exp(-((i - row) ** 2 + (j - column) ** 2) / (2 * spread_**2))
                total += weight * images[0, :, i, j].numpy()
                weights += weight
        np.testing.assert_allclose(found[0, :, row, column], total / weights)
    torch.testing.assert_close(bbmp_objective.blur(torch.ones(1, 3, 9, 9)), torch.ones(1, 3, 9, 9))


def test_a_mask_is_enlarged_as_by_bilinear_upsampling_and_a_blur() -> None:
    """The paper's: 28 cells to 224 pixels, then a Gaussian of 5 pixels."""
    masks = noise(1, 28, 28).sigmoid()
    rows = bbmp_objective.gaussian_rows(224, 28, bbmp_objective.CELL_SPREAD, masks)
    large = nn.functional.interpolate(masks[None], scale_factor=8, mode="bilinear")
    expected = v2.functional.gaussian_blur(large, [41, 41], [5.0, 5.0])[0]
    found = bbmp_objective.carried(masks, rows, rows)
    inner = (..., slice(24, -24), slice(24, -24))
    torch.testing.assert_close(found[inner], expected[inner], rtol=0, atol=0.02)


def test_the_objective_is_its_formula() -> None:
    model, images = small_network(), make_images(3)
    targets = torch.tensor([2, 0, 1])
    masks = noise(3, 24, 24).sigmoid()
    objective = objective_for(model, images, targets)
    found = objective(masks, (1, -1))
    rows = bbmp_objective.gaussian_rows(96, 24, 0.75, images)
    for n in range(3):
        image = torch.empty(3, 96, 96)
        blurred = bbmp_objective.blur(images)[n]
        kept = rows @ masks[n] @ rows.T
        for i in range(96):
            for j in range(96):
                y, x = min(i + 1, 95), max(j - 1, 0)
                keep = kept[i, j]
                image[:, i, j] = keep * images[n, :, y, x] + (1 - keep) * blurred[:, y, x]
        scores = model(image[None])[0].double().numpy()
        probability = np.exp(scores[targets[n]]) / np.exp(scores).sum()
        l1 = (1 - masks[n]).sum() * 1e-4 * (28 / 24) ** 2
        variation = 1e-2 * bbmp_objective.total_variation(masks[n : n + 1])
        assert found[n].item() == pytest.approx(probability + float(l1 + variation), abs=1e-5)


def test_the_ends_are_the_image_and_its_replacement() -> None:
    model, images = small_network(), make_images(2)
    targets = torch.tensor([0, 1])
    objective = objective_for(model, images, targets)
    for level, shown in [(1.0, images), (0.0, bbmp_objective.blur(images))]:
        found = objective.probabilities(torch.full((2, 24, 24), level), STILL)
        expected = model(shown).softmax(dim=1).gather(1, targets[:, None])[:, 0]
        torch.testing.assert_close(found, expected)


def test_the_jitter_is_of_seed_and_step_alone() -> None:
    model, images = small_network(), make_images(3)
    drawn = []
    for count in (1, 3):
        objective = objective_for(model, images[:count], torch.zeros(count).long())
        generator = torch.Generator().manual_seed(4)
        drawn.append([objective.draw(generator) for _ in range(20)])
    assert drawn[0] == drawn[1]
    assert {step for shift in drawn[0] for step in shift} == {-1, 0}


def test_a_network_with_one_score_has_its_sigmoid() -> None:
    model, images = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 1)), make_images(2)
    images = images[..., :SIDE, :SIDE]
    objective = objective_for(model, images, torch.zeros(2).long())
    found = objective.probabilities(torch.ones(2, 12, 12), STILL)
    torch.testing.assert_close(found, model(images)[:, 0].sigmoid())


# The way down


@pytest.mark.parametrize("start", ["centre", "map", "nowhere"])
def test_a_score_from_one_patch_is_explained_by_that_patch(start: str) -> None:
    images = torch.ones(2, 3, SIDE, SIDE)
    maps = torch.zeros(2, 12, 12)
    if start == "map":
        maps[:, 2:7, 5:11] = 1
    begin = None if start == "centre" else start_from_map(maps)
    learned = learn_masks(
        OnePatch(), images, torch.ones(2).long(), begin, replacement=torch.zeros_like
    )
    deleted = 1 - learned.masks
    inside = torch.zeros(12, 12, dtype=torch.bool)
    inside[CELLS] = True
    assert deleted[:, inside].mean() > 0.8
    assert deleted[:, ~inside].mean() < 0.2, "the total variation allows for a gentle slope only"
    places = torch.arange(12.0) + 0.5
    total = deleted.sum((1, 2))
    centres = deleted.sum(2) @ places / total, deleted.sum(1) @ places / total
    for centre, cells in zip(centres, CELLS, strict=True):
        assert ((centre - (cells.start + cells.stop) / 2).abs() < 0.5).all()
    assert deleted[:, -1].max() < 0.05
    assert deleted[:, :, 0].max() < 0.05
    assert (learned.objective < 0.1).all()


def test_where_the_class_is_certain_an_untouched_start_stays() -> None:
    """Why there is another: the probability is flat there, and the L1 term holds."""
    images, targets = torch.ones(1, 3, SIDE, SIDE), torch.ones(1).long()
    model = OnePatch()
    model.slope.data.mul_(4)
    options = {"replacement": torch.zeros_like, "weaken": False}
    stuck = learn_masks(model, images, targets, torch.ones(1, 12, 12), **options)  # type: ignore[arg-type]
    assert stuck.objective.item() > 0.99
    assert (stuck.masks == 1).all()
    assert learn_masks(model, images, targets, replacement=torch.zeros_like).objective.item() < 0.1


def test_the_way_begins_at_the_least_deletion_that_frees_the_class() -> None:
    model, images = OnePatch(threshold=0.7), torch.ones(1, 3, SIDE, SIDE)
    start = torch.ones(1, 12, 12)
    start[(..., *CELLS)] = 0
    objective = objective_for(model, images, torch.ones(1).long(), torch.zeros_like)
    forms = {strength: 1 - strength * (1 - start) for strength in (0.25, 0.5, 1.0)}
    left = {s: objective.probabilities(masks, STILL).item() for s, masks in forms.items()}
    assert left[1.0] < left[0.5] < FREED < left[0.25]
    chosen = _weakest(objective, start, lambda: None)
    torch.testing.assert_close(chosen, forms[0.5])
    unsure = objective_for(model, images, torch.zeros(1).long(), torch.zeros_like)
    assert (_weakest(unsure, start, lambda: None) == 1).all()


@pytest.mark.parametrize("weaken", [True, False])
def test_the_outcome_is_never_worse_than_the_start(weaken: bool) -> None:
    model, images = small_network(), make_images(3)
    targets = likeliest(model, images)
    objective = objective_for(model, images, targets)
    start = random_start(3, seed=1)
    rough = learn_masks(model, images, targets, start, weaken=weaken)
    better = learn_masks(model, images, targets, rough.masks, weaken=weaken)
    with torch.no_grad():
        untouched = objective(torch.ones(3, 24, 24), STILL)
        torch.testing.assert_close(rough.objective, objective(rough.masks, STILL))
    assert (rough.objective < 0.9 * untouched).all()
    assert (better.objective <= rough.objective * (1 + 1e-6)).all()


def test_the_trail_falls_to_the_objective() -> None:
    learned = learned_five()
    assert learned.trail.shape == (5, STEPS // CHECK)
    assert (learned.trail.diff(dim=1) <= 0).all()
    torch.testing.assert_close(learned.trail[:, -1], learned.objective)
    for steps, trail in zip(learned.steps.tolist(), learned.trail, strict=True):
        assert (trail[steps // CHECK - 1 :] == trail[-1]).all()


def test_steps_are_adams_also_after_others_have_left() -> None:
    model, images = small_network().double(), make_images(3).double()
    objective = objective_for(model, images, torch.arange(3))
    start = random_start(3, seed=0).double()
    begin = nn.functional.interpolate(start[None], size=24, mode="nearest")[0]
    chances = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    expected = begin.clone().requires_grad_()
    adam = torch.optim.Adam([expected], lr=FIRST_RATE, betas=DECAY, eps=1e-12)
    walk = _Walk(objective, begin, torch.ones(3).double())
    for step in range(1, 9):
        expected.grad = torch.autograd.grad(
            objective(expected, objective.draw(chances[0])).sum(), expected
        )[0]
        adam.step()
        expected.data.clamp_(0, 1)
        walk.go(step, chances[1])
        if step == 4:
            walk = walk.of(torch.tensor([0, 2]))
    torch.testing.assert_close(walk.masks, expected.detach()[[0, 2]], rtol=0, atol=1e-6)


def test_masks_are_determined_by_the_seed() -> None:
    one, same, other = (learned_five(seed=seed).masks for seed in (3, 3, 4))
    assert one.dtype == torch.float32
    assert one.shape == (5, 24, 24)
    assert one.min() >= 0
    assert one.max() <= 1
    torch.testing.assert_close(one, same, rtol=0, atol=0)
    assert not torch.allclose(one, other, atol=1e-3)


def test_a_mask_does_not_depend_on_the_batch() -> None:
    """In float64, where rounding has no time to grow."""
    model, images = small_network().double(), make_images(5).double()
    targets, starts = likeliest(model, images), random_start(5, seed=2)
    together = learn_masks(model, images, targets, starts)
    cut = learn_masks(model, images, targets, starts, batch_size=2)
    assert len(set(together.steps.tolist())) > 1, "some must leave before others"
    torch.testing.assert_close(together.masks, cut.masks, rtol=0, atol=1e-5)
    assert together.steps.tolist() == cut.steps.tolist()
    for n in range(5):
        one = slice(n, n + 1)
        alone = learn_masks(model, images[one], targets[one], starts[one])
        torch.testing.assert_close(together.masks[one], alone.masks, rtol=0, atol=1e-5)
        assert together.steps[n] == alone.steps[0]


def test_staying_in_the_batch_changes_nothing() -> None:
    model, images = small_network().double(), make_images(5).double()
    objective = objective_for(model, images, likeliest(model, images))
    start = random_start(5, seed=2).double()
    begin = nn.functional.interpolate(start[None], size=24, mode="nearest")[0]
    seen, reported, learned = counted(model), [], []
    for leaving in (True, False):
        steps: list[tuple[float, str]] = []
        sizes = len(seen)
        learned.append(
            descend(objective, begin, 0, True, lambda *step, to=steps: to.append(step), leaving)
        )
        reported.append(steps)
        assert (min(seen[sizes:]) < 5) == leaving
    left, stayed = learned
    assert len(set(left.steps.tolist())) > 1, "some must be done before others"
    assert torch.equal(stayed.steps, left.steps)
    for name in ("masks", "objective", "trail"):
        found, expected = getattr(stayed, name), getattr(left, name)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
    assert reported[0] == reported[1]


def test_images_leave_the_batch_when_they_are_done() -> None:
    model, images = small_network(), make_images(12)
    targets, seen = likeliest(model, images), counted(model)
    learned = learn_masks(model, images, targets, batch_size=12)
    steps = learned.steps
    assert len(set(steps.tolist())) > 1
    assert steps.min() < STEPS
    # Each image is seen in the trials of its start, twice before the way, and on its way.
    assert sum(seen) == 12 * (1 + len(POWERS) * len(STRENGTHS) + 2) + int(
        steps.sum() + (steps // CHECK).sum()
    )
    assert max(seen) == 12
    assert min(seen) == int((steps == steps.max()).sum())


def test_a_batch_bounds_what_is_seen_at_once() -> None:
    model, images = small_network(), make_images(5)
    targets, seen = likeliest(model, images), counted(model)
    learn_masks(model, images, targets, batch_size=2)
    assert max(seen) == 2


# What it leaves behind, and what it takes


def test_no_random_numbers_but_its_own() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(4711)
        before = torch.get_rng_state()
        learned_five()
        random_start(2, seed=0)
        assert torch.equal(before, torch.get_rng_state())


def test_no_gradient_stays_with_the_network() -> None:
    model, images = OnePatch(), torch.ones(1, 3, SIDE, SIDE)
    with explaining(model):
        learn_masks(model, images, torch.ones(1).long(), replacement=torch.zeros_like)
    assert model.slope.grad is None
    assert model.slope.requires_grad
    learn_masks(model, images, torch.ones(1).long(), replacement=torch.zeros_like)
    assert model.slope.grad is None


class Enough(Exception):
    """Somebody pressed stop."""


def test_the_callback_sees_every_step_and_may_cancel() -> None:
    heard: list[float] = []
    learned = learned_five(batch_size=2, report=lambda fraction, _words: heard.append(fraction))
    assert heard == sorted(heard)
    assert (heard[0], heard[-1]) == (0, 1)
    assert len(heard) > sum(int(learned.steps[i : i + 2].max()) for i in (0, 2, 4))

    model, images = small_network(), make_images(2)
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def cancel(fraction: float, _words: str) -> None:
        if fraction > 0.05:
            raise Enough

    with explaining(model), pytest.raises(Enough):
        learn_masks(model, images, torch.zeros(2).long(), report=cancel)
    assert all(torch.equal(state[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not model._forward_hooks


def test_tensors_of_inference_mode_are_taken() -> None:
    model = small_network()
    expected = learned_five()
    with torch.inference_mode():
        images, targets = make_images(5), likeliest(model, make_images(5))
        start = random_start(5, seed=0)
        with explaining(model):
            found = learn_masks(model, images, targets)
            learn_masks(model, images[:1], targets[:1], start[:1])
    torch.testing.assert_close(found.masks, expected.masks)


def test_autocast_rounds_the_network_alone() -> None:
    model, images = small_network(), make_images(3)
    targets = likeliest(model, images)
    exact = learn_masks(model, images, targets)
    with torch.autocast("cpu", torch.bfloat16):
        start = start_from_map(noise(3, 7, 7))
        rough = learn_masks(model, images, targets)
        learn_masks(model, images, targets, start)
    assert rough.masks.dtype == rough.objective.dtype == torch.float32
    on_grid = (rough.masks * 256).frac() == 0
    assert on_grid.float().mean() < 0.9, "masks must not be rounded to bfloat16"
    torch.testing.assert_close(rough.objective, exact.objective, rtol=0.15, atol=0.01)


def test_masks_are_carried_in_full_precision() -> None:
    masks = noise(1, 7, 7).sigmoid()
    rows = bbmp_objective.gaussian_rows(56, 7, 0.75, masks)
    expected = bbmp_objective.carried(masks, rows, rows)
    with torch.autocast("cpu", torch.bfloat16):
        found = bbmp_objective.carried(masks, rows, rows)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_images_of_half_precision_count_as_float32() -> None:
    model, images = small_network(), make_images(2).bfloat16()
    halves = learn_masks(model, images, torch.zeros(2).long())
    whole = learn_masks(model, images.float(), torch.zeros(2).long())
    torch.testing.assert_close(halves.masks, whole.masks)


def test_a_broken_network_leaves_finite_masks() -> None:
    model, images = small_network(), make_images(2)
    model[3].bias.data.fill_(torch.nan)
    learned = learn_masks(model, images, torch.zeros(2).long())
    assert torch.isfinite(learned.masks).all()
    assert learned.objective.isnan().all()
    assert learned.steps.max() < STEPS / 2


# Starts, and how much depends on them


def test_a_map_becomes_a_mask() -> None:
    maps = torch.tensor([[[0.0, 1.0], [4.0, -2.0]], [[0.0, 0.0], [0.0, 0.0]]])
    expected = torch.tensor([[[1.0, 0.75], [0.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]])
    torch.testing.assert_close(start_from_map(maps), expected)


class BothPatches(nn.Module):
    """Class 1 needs the left and the right half to be bright: deleting either explains it."""

    def forward(self, images: Tensor) -> Tensor:
        halves = images[..., 16:32, :24].mean((1, 2, 3)), images[..., 16:32, 24:].mean((1, 2, 3))
        score = 14 * (torch.minimum(*halves) - 0.5)
        return torch.stack([torch.zeros_like(score), score], dim=1)


def test_spread_is_none_for_the_same_start_and_some_for_others() -> None:
    images, targets = torch.ones(2, 3, SIDE, SIDE), torch.ones(2).long()
    left, ones = torch.ones(2, 12, 12), torch.ones(2, 12, 12)
    left[:, :, :6] = 0.3
    right = left.flip(2)
    heard: list[float] = []
    same, other, alone = (
        spread(
            BothPatches(), images, targets, starts, replacement=torch.zeros_like,
            report=lambda fraction, _words: heard.append(fraction),
        )
        for starts in ([left, left], [left, right, ones * 0.5], [left])
    )  # fmt: skip
    ends = [place + 1 for place, fraction in enumerate(heard) if fraction == 1]
    assert len(ends) == 3
    for start, end in zip([0, *ends], ends, strict=False):
        assert heard[start:end] == sorted(heard[start:end])
    assert (same.deviation == 0).all()
    torch.testing.assert_close(same.correlation, torch.ones(2))
    assert (other.deviation.amax(dim=(1, 2)) > 0.3).all()
    assert (other.correlation < 0.5).all()
    first, second = other.learned[:2]
    torch.testing.assert_close(first.objective, second.objective, rtol=0.02, atol=0)
    masks = torch.stack([one.masks for one in other.learned]).numpy()
    for n in range(2):
        r = np.corrcoef(masks[:, n].reshape(3, -1))
        mean = (r[0, 1] + r[0, 2] + r[1, 2]) / 3
        assert other.correlation[n].item() == pytest.approx(mean, abs=1e-4)
        np.testing.assert_allclose(other.deviation[n], masks[:, n].std(axis=0), atol=1e-6)
    assert alone.correlation.isnan().all()


def test_spread_begins_at_the_starts_themselves() -> None:
    model, images = small_network(), make_images(2)
    targets, start = likeliest(model, images), random_start(2, seed=1)
    found = spread(model, images, targets, [start], seed=6).learned[0]
    itself = learn_masks(model, images, targets, start, seed=6, weaken=False)
    weakened = learn_masks(model, images, targets, start, seed=6)
    torch.testing.assert_close(found.masks, itself.masks, rtol=0, atol=0)
    assert not torch.equal(found.masks, weakened.masks)


def test_the_best_of_several_is_chosen_for_each_image() -> None:
    def learned(low: int) -> Learned:
        objective = torch.tensor([0.5, 0.5, 0.5])
        objective[low] = 0.1
        filled = torch.full((3,), low)
        return Learned(torch.full((3, 2, 2), float(low)), objective, filled, objective[:, None])

    best = best_of([learned(2), learned(0), learned(1)])
    assert best.masks[:, 0, 0].tolist() == [0, 1, 2]
    assert best.steps.tolist() == [0, 1, 2]
    assert best.objective.tolist() == pytest.approx([0.1] * 3)
    assert best.trail[:, 0].tolist() == pytest.approx([0.1] * 3)


def test_a_trained_network_forgets_what_is_deleted(test_data: Path) -> None:
    """Of a certain image a tenth of the certainty is left, and more than half of the pixels."""
    weights = test_data / "weights" / "squeezenet1_1-imagenet.safetensors"
    model = build_network("squeezenet1_1", 1000, str(weights)).model
    rows = (test_data / "imagenet-val" / "labels.txt").read_text().split()[:16]
    prepare = v2.Compose(
        [
            v2.CenterCrop(224),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    folder = test_data / "imagenet-val" / "images"
    images = torch.stack([prepare(Image.open(folder / n).convert("RGB")) for n in rows[::2]])
    targets = torch.tensor([int(label) for label in rows[1::2]])
    with explaining(model):
        with torch.no_grad():
            confidence = model(images).softmax(dim=1).gather(1, targets[:, None])[:, 0]
        first = confidence.argsort(descending=True)[:1]
        learned = learn_masks(model, images[first], targets[first])
        objective = objective_for(model, images[first], targets[first])
        with torch.no_grad():
            left = objective.probabilities(learned.masks, STILL)
    assert (confidence[first] > 0.9).all()
    assert (left < 0.1).all()
    assert (learned.masks.mean(dim=(1, 2)) > 0.5).all()
