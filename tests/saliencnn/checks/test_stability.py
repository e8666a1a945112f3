"""Noise and a shift by one pixel."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from saliencnn.checks.evidence import moved_per_score
from saliencnn.checks.stability import NOISE, disturb
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import Method
from saliencnn.saliency.task import Task
from tests.saliencnn.checks.networks import (
    assert_as_it_came,
    bright_subject,
    noise,
    quiet,
    small_subject,
    smallgap,
    state_of,
)


def add_method(monkeypatch: pytest.MonkeyPatch, name: str, compute: object) -> None:
    monkeypatch.setitem(METHODS, name, Method(name, compute, "input", "none", "A test's."))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """The images that methods were given; "image" shows the first colour."""
    seen: list[Tensor] = []

    def image(task: Task) -> Tensor:
        seen.append(task.images)
        return task.images[:, 0]

    add_method(monkeypatch, "image", image)
    return seen


def test_the_disturbances_by_hand(shown: list[Tensor]) -> None:
    subject = small_subject("image", count=3, side=48)
    disturb(subject, quiet)
    plain, noisy, moved = shown
    assert torch.equal(plain, subject.images)
    difference = noisy - plain
    assert float(difference.std()) == pytest.approx(NOISE, rel=0.03)
    torch.testing.assert_close(difference[0], difference[2], atol=1e-6, rtol=0)
    assert torch.equal(moved[..., 1:], plain[..., :-1])
    assert torch.equal(moved[..., 0], plain[..., 0])


def test_a_fine_map_that_moves_with_the_image_is_moved_back(shown: list[Tensor]) -> None:
    found = disturb(small_subject("image"), quiet)
    np.testing.assert_allclose(found.similarity["shift"]["image"], 1)
    assert (found.similarity["noise"]["image"] > 0.98).all()
    assert (found.similarity["noise"]["image"] < 1).all()


def test_a_coarse_map_is_compared_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, columns = torch.meshgrid(torch.arange(6.0), torch.arange(6.0), indexing="ij")
    coarse = (rows**2 + 10 * columns).expand(3, -1, -1)
    add_method(monkeypatch, "coarse", lambda _: coarse)
    fine = noise(1, 48, 48).expand(3, -1, -1)
    add_method(monkeypatch, "fixed", lambda _: fine)
    add_method(monkeypatch, "flat", lambda _: torch.ones(3, 6, 6))
    found = disturb(small_subject("coarse", "fixed", "flat"), quiet).similarity
    for kind in ("noise", "shift"):
        np.testing.assert_allclose(found[kind]["coarse"], 1)
        assert np.isnan(found[kind]["flat"]).all()
    np.testing.assert_allclose(found["noise"]["fixed"], 1)
    assert (abs(found["shift"]["fixed"]) < 0.1).all(), "a map that stays has moved on the image"


def test_moves_of_the_map_for_moves_of_the_score_by_hand() -> None:
    similarity, moved = np.array([1.0, 0.5, -1.0, 0.9, np.nan]), np.array([2, 0.25, 4, 0, 1])
    np.testing.assert_allclose(moved_per_score(similarity, moved), [0, 2, 0.5, np.nan, np.nan])


def test_changes_of_the_logit_by_hand() -> None:
    subject = small_subject("gradcam")
    found = disturb(subject, quiet).logit_change["shift"]
    moved = torch.cat([subject.images[..., :1], subject.images[..., :-1]], dim=3)
    with torch.no_grad():
        before, after = subject.model(subject.images), subject.model(moved)
    rows = torch.arange(3)
    change = (after - before)[rows, subject.targets].abs() / before.std(dim=1, correction=0)
    np.testing.assert_allclose(found, change, rtol=1e-3)


def test_a_network_of_equal_logits_has_no_scale() -> None:
    model = smallgap()
    nn.init.zeros_(model.fc.weight)
    nn.init.zeros_(model.fc.bias)
    found = disturb(small_subject("cam", model=model), quiet)
    assert np.isnan(found.logit_change["noise"]).all()


def test_random_maps_do_not_stay(broken: tuple[str, ...]) -> None:
    subject = bright_subject("lots", "cam", count=8)
    before = state_of(subject.model)
    found = disturb(subject, quiet)
    assert_as_it_came(subject.model, before)
    for kind in ("noise", "shift"):
        assert abs(found.similarity[kind]["lots"].mean()) < 0.2
        assert found.similarity[kind]["cam"].mean() > 0.7


def test_several_batches_are_one() -> None:
    subject = small_subject("gradcam", count=18)
    whole = disturb(subject, quiet)
    part = disturb(
        replace(subject, images=subject.images[16:], targets=subject.targets[16:]), quiet
    )
    for kind in ("noise", "shift"):
        for found, expected in [
            (whole.similarity[kind]["gradcam"], part.similarity[kind]["gradcam"]),
            (whole.logit_change[kind], part.logit_change[kind]),
        ]:
            np.testing.assert_allclose(found[16:], expected, rtol=1e-3)
