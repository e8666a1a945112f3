"""Maps of two networks beside each other."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from saliencnn.checks.label_randomization import compare_networks
from saliencnn.common.errors import UserError
from saliencnn.models.smallgap import SmallGap
from saliencnn.saliency import explain
from tests.saliencnn.checks.networks import (
    assert_as_it_came,
    quiet,
    small_subject,
    smallgap,
    state_of,
)

METHODS = ("cam", "gradcam", "gradxinput")


def test_a_network_is_like_itself() -> None:
    subject = small_subject(*METHODS)
    for values in compare_networks(subject, subject.model, quiet).similarity.values():
        np.testing.assert_allclose(values[~np.isnan(values)], 1)


def test_both_networks_explain_the_same_images_and_classes() -> None:
    subject, other = small_subject(*METHODS), smallgap(seed=9)
    before = state_of(other.train())
    found = compare_networks(subject, other, quiet)
    assert_as_it_came(other, before)
    for maps, model in [(found.own, subject.model), (found.control, other)]:
        expected = explain(
            model, subject.images, subject.targets, METHODS, spec=subject.architecture
        )
        assert all(torch.equal(maps[name], expected[name]) for name in METHODS)
    for name in METHODS:
        for value, own, others in zip(
            found.similarity[name], found.own[name], found.control[name], strict=True
        ):
            assert value == pytest.approx(
                spearmanr(own.abs().flatten(), others.abs().flatten()).statistic, nan_ok=True
            )


def test_a_method_that_ignores_the_network_cannot_tell_them_apart(broken: tuple[str, ...]) -> None:
    found = compare_networks(small_subject("edges", "cam"), smallgap(seed=9), quiet).similarity
    np.testing.assert_allclose(found["edges"], 1)
    assert found["cam"].mean() < 0.9


def test_a_network_of_other_classes_is_refused() -> None:
    with pytest.raises(UserError, match="Class 2 is not among"):
        compare_networks(small_subject("gradcam"), SmallGap(2), quiet)
