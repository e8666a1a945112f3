"""Curves of methods beside those of random rankings, on a network that looks at bright cells."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from saliencnn.checks.faithfulness_curves import (
    DRAWS,
    KINDS,
    STEPS,
    count_beaten,
    draw_rankings,
    trace,
)
from saliencnn.checks.quantities import LAST_FRACTION
from saliencnn.measures.curves import Curves, probability
from saliencnn.measures.faithfulness import deletion, insertion
from saliencnn.measures.road import MAX_REMOVED_FRACTION
from saliencnn.saliency import METHODS, explain
from saliencnn.saliency.methods import Method
from tests.saliencnn.checks.networks import assert_as_it_came, bright_subject, quiet, state_of

COUNTED = ("deletion", "insertion")


def test_where_curves_end_is_known_without_the_network() -> None:
    assert LAST_FRACTION.keys() == KINDS.keys()
    assert LAST_FRACTION["road"] == MAX_REMOVED_FRACTION


def test_what_the_score_rests_on_beats_every_random_ranking() -> None:
    found = trace(bright_subject("cam", count=6), quiet)
    np.testing.assert_array_equal(found.beaten["cam"], 1)
    for ranking in found.random_baseline["cam"]:
        assert (ranking["road"].auc > found.curves["cam"]["road"].auc).all()


def test_the_opposite_of_it_loses_to_every_random_ranking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inverse = Method(
        "Inverse",
        lambda task: -METHODS["cam"].compute(task),
        "layer",
        "none",
        "Wrong.",
        signed=True,
    )
    monkeypatch.setitem(METHODS, "inverse", inverse)
    found = trace(bright_subject("inverse", count=6), quiet, COUNTED)
    np.testing.assert_array_equal(found.beaten["inverse"], 0)


def test_a_random_ranking_beats_half_of_the_others(broken: tuple[str, ...]) -> None:
    found = trace(bright_subject("lots", count=40), quiet, COUNTED)
    assert found.beaten["lots"].mean() == pytest.approx(0.5, abs=0.12)


def test_curves_are_those_of_the_measures() -> None:
    subject = bright_subject("cam", "gradient", count=3)
    found = trace(subject, quiet)
    maps = explain(
        subject.model, subject.images, subject.targets, subject.methods,
        spec=subject.architecture,
    )  # fmt: skip
    score = probability(subject.model, subject.targets)
    for name in subject.methods:
        assert tuple(found.curves[name]) == tuple(KINDS)
        for kind, measure in [("deletion", deletion), ("insertion", insertion)]:
            expected = measure(score, subject.images, maps[name].numpy(), steps=STEPS)
            np.testing.assert_allclose(found.curves[name][kind].curves, expected.curves, rtol=1e-5)
        assert len(found.random_baseline[name]) == DRAWS
    grain = draw_rankings(subject, (4, 4), 1)
    expected = deletion(score, subject.images, grain, steps=STEPS)
    np.testing.assert_allclose(found.random_baseline["cam"][1]["deletion"].curves, expected.curves)
    np.testing.assert_allclose(
        found.random_baseline["gradient"][2]["deletion"].curves,
        deletion(score, subject.images, draw_rankings(subject, (32, 32), 2), steps=STEPS).curves,
    )


def test_wins_are_counted_by_hand() -> None:
    def curves(*areas: float) -> Curves:
        return Curves(np.array([0.0, 1.0]), np.array([[area, area] for area in areas]))

    own = {"deletion": curves(0.2, 0.5), "insertion": curves(0.7, 0.5)}
    lots = (
        {"deletion": curves(0.3, 0.5), "insertion": curves(0.6, 0.4)},
        {"deletion": curves(0.1, 0.4), "insertion": curves(0.6, 0.6)},
    )
    np.testing.assert_allclose(count_beaten(own, lots), [0.75, 0.375])


def test_rankings_depend_on_seed_draw_and_image_alone() -> None:
    subject = bright_subject("cam", count=4)
    grain = (5, 6)
    maps = draw_rankings(subject, grain, 0)
    assert maps.shape == (4, 5, 6)
    one = replace(subject, images=subject.images[2:3], targets=subject.targets[2:3])
    np.testing.assert_array_equal(draw_rankings(one, grain, 0)[0], maps[2])
    others = [maps[3], draw_rankings(subject, grain, 1)[2]]
    others.append(draw_rankings(replace(subject, seed=1), grain, 0)[2])
    assert not any(np.array_equal(maps[2], other) for other in others)


def test_a_flat_map_ranks_nothing() -> None:
    subject = bright_subject("gradcam", "cam", count=2)
    dark = replace(
        subject,
        images=torch.where(torch.arange(2)[:, None, None, None] == 0, -1, 1)
        * 2.0
        * torch.ones_like(subject.images)
        + 0.01 * subject.images,
    )
    before = state_of(subject.model)
    found = trace(dark, quiet, COUNTED)
    assert_as_it_came(subject.model, before)
    assert np.isnan(found.beaten["gradcam"][0]), "nothing is bright, so nothing is pointed at"
    assert np.isfinite(found.beaten["gradcam"][1])
