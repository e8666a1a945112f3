"""Findings about networks whose predictions are known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from saliencnn.findings.of_comparison import ComparisonFacts, _chance, find_in_comparison

IMAGES = 200
TRUE = np.arange(IMAGES) % 4
KINDS = ("animal", "animal", "food", "fungus")


def make_facts(
    wrong: Sequence[Sequence[int]], costs: Sequence[float] = (), kinds: tuple[str, ...] = KINDS
) -> ComparisonFacts:
    """Networks that are right on all images but those given, where they name the next class."""
    predicted = np.tile(TRUE, (len(wrong), 1))
    for own, images in zip(predicted, wrong, strict=True):
        own[list(images)] = (own[list(images)] + 1) % 4
    ids = tuple(str(n) for n in range(len(wrong)))
    costs = costs or [1e9] * len(wrong)
    names = tuple("abcdef"[: len(wrong)])
    return ComparisonFacts(ids, names, np.array(costs, float), TRUE, predicted, kinds)


def sentences(facts: ComparisonFacts) -> dict[str, str]:
    return {finding.rule: finding.sentence for finding in find_in_comparison(facts)}


def test_mcnemars_exact_test() -> None:
    """One image against nine: twice the chance of at most one head in ten, 22 of 1,024."""
    one, other = np.zeros(30, bool), np.zeros(30, bool)
    one[:1], other[1:10] = True, True
    assert _chance(one, other) == pytest.approx(22 / 1024)
    assert _chance(one, one) == 1


def test_ties_are_ties() -> None:
    facts = make_facts([range(10), range(12), range(60)])
    assert facts.tied == (1,)
    said = sentences(facts)["best"]
    assert "a is the most accurate, right on 95.0% of 200" in said
    assert "b (94.0%)" in said
    assert "c" not in said.partition("too close")[2]
    alone = sentences(make_facts([range(4), range(60), range(70)]))["best"]
    assert "the other 2 are behind" in alone
    assert "b (70.0%) is behind" in sentences(make_facts([range(4), range(60)]))["best"]


def test_the_cheapest_within_a_point() -> None:
    cheap = make_facts([range(10), range(11), range(60)], [4e9, 1e9, 1e8])
    assert sentences(cheap)["cheapest"].startswith("b is within a point of it (94.5%) at 25%")
    same = make_facts([range(10), range(11)], [4e9, 3.9e9])
    assert "cheapest" not in sentences(same)
    assert "cheapest" not in sentences(make_facts([range(10), range(11)], [1e9, float("nan")]))
    best = make_facts([range(10), range(11), range(60)], [1e9, 4e9, 1e8])
    assert (
        sentences(best)["cheapest"] == "a is also the cheapest of the 2 within a point of the best."
    )
    alone = make_facts([range(10), range(60)], [1e9, 1e8])
    assert "cheapest" not in sentences(alone)


def test_the_two_that_disagree_most_and_where() -> None:
    fungus = np.flatnonzero(TRUE == 3)
    facts = make_facts([range(0), fungus[:30], range(5)])
    said = sentences(facts)["disagreement"]
    # The first five images are right for b and wrong for c, and the fungi the other way round.
    differ = int((facts.predicted[1] != facts.predicted[2]).sum())
    assert said.startswith(f"b and c disagree most: they predict different classes for {differ} of")
    assert "fungus" in said
    assert "disagreement" not in sentences(make_facts([range(3), range(3)]))


def test_a_weak_kind_needs_images() -> None:
    fungus = np.flatnonzero(TRUE == 3)
    assert "weak on fungus: 40.0% of 50" in sentences(make_facts([fungus[:30]]))["weak kind"]
    assert "weak kind" not in sentences(make_facts([fungus[:3]]))
    assert "weak kind" not in sentences(make_facts([fungus[:30]], kinds=()))


def test_one_network_or_no_image_says_little() -> None:
    assert not sentences(make_facts([range(3)]))
    none = ComparisonFacts(("1",), ("a",), np.ones(1), TRUE[:0], TRUE[None, :0], KINDS)
    assert not find_in_comparison(none)


@given(some.integers(1, 5), some.integers(1, 40), some.integers(0, 2**32 - 1))
def test_rules_take_whatever_networks_predict(models: int, images: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    true, predicted = rng.integers(0, 4, images), rng.integers(0, 4, (models, images))
    order = np.argsort(-(predicted == true).mean(axis=1), kind="stable")
    names = tuple(f"network {n}" for n in range(models))
    costs = np.where(rng.random(models) < 0.2, np.nan, rng.random(models))
    facts = ComparisonFacts(names, names, costs, true, predicted[order], KINDS)
    for finding in find_in_comparison(facts):
        assert "nan" not in finding.sentence
        assert len(finding.sentence) <= 300


def test_the_disagreement_is_shown_on_the_class_where_it_is_greatest() -> None:
    of_third = np.flatnonzero(TRUE == 2)[:20]
    facts = replace(make_facts([[0], [1, *of_third]]), classes=("cat", "dog", "egg", "cep"))
    (found,) = (one for one in find_in_comparison(facts) if one.rule == "disagreement")
    assert found.evidence.query["class"] == "egg"
    assert found.evidence.query["model"] == ("0", "1")
