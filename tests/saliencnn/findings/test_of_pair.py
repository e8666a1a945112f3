"""Whether two runs look at the same places, on maps whose truth is known."""

import numpy as np
import pytest

from saliencnn.findings.of_pair import PairFacts, find_in_pair
from saliencnn.measures.overlap import overlap
from saliencnn.models.spec import CONTRAST, LOGIT

LABELS = np.repeat([0, 1], 20)


def make_facts(shared: np.ndarray, scores: tuple[str, str] = (CONTRAST, CONTRAST)) -> PairFacts:
    chance = np.full(len(LABELS), 0.2)
    ids, names = ("f" * 32, "e" * 32), ("first", "second")
    return PairFacts(ids, names, scores, shared, chance, LABELS, ("ani", "wren"))


def rules_of(facts: PairFacts) -> list[str]:
    return [one.rule for one in find_in_pair(facts)]


def test_overlap_of_known_maps() -> None:
    left, right, all_over = (np.zeros((1, 2, 4)) for _ in range(3))
    left[0, :, :2], right[0, :, 2:], all_over[:] = 3, 0.1, 7
    assert overlap(left, 5 * left) == pytest.approx(1)
    assert overlap(left, right) == 0
    assert overlap(left, all_over) == pytest.approx(0.5)
    assert np.isnan(overlap(left, -left)).all()
    assert overlap(all_over, np.ones((1, 4, 8))) == pytest.approx(1)


def test_same_different_and_partly() -> None:
    (apart,) = find_in_pair(make_facts(np.repeat([0.1, 0.3], 20)))
    assert apart.rule == "different places"
    assert apart.sentence == "In 40 of 40 images the two runs look at mostly different places."
    assert "On average 20% of one's map lies where the other's" in apart.detail
    assert 'Least alike in the class "ani" (10%); ' in apart.detail
    assert 'the class shown, the class "wren" (30%)' in apart.detail
    assert apart.evidence.query == {"run": "f" * 32, "beside": "e" * 32, "class": "wren"}
    (same,) = find_in_pair(make_facts(np.repeat([0.7, 0.9], 20)))
    assert same.rule == "the same places"
    assert same.detail.endswith('Most alike in the class "wren" (90%).')
    mixed = make_facts(np.repeat([0.2, 0.9], 20))
    assert rules_of(mixed) == ["partly the same places"]
    assert rules_of(mixed.of_class(0)) == ["different places"]
    assert rules_of(mixed.of_class(1)) == ["the same places"]
    of_class = find_in_pair(mixed.of_class(1))[0].sentence
    assert of_class.startswith("In 20 of 20 images of this class ")


def test_the_link_leads_to_a_typical_class() -> None:
    facts = PairFacts(
        ("f" * 32, "e" * 32), ("first", "second"), (CONTRAST, CONTRAST),
        np.repeat([0.3, 0.1, 0.2], 20), np.full(60, 0.2), np.repeat([0, 1, 2], 20),
        ("ani", "auk", "wren"),
    )  # fmt: skip
    (found,) = find_in_pair(facts)
    assert found.evidence.query["class"] == "wren"
    assert 'Least alike in the class "auk" (10%); ' in found.detail
    assert 'the class "wren" (20%)' in found.detail


def test_too_few_maps_say_nothing() -> None:
    few = np.full(len(LABELS), np.nan)
    few[:4] = 0.9
    assert not find_in_pair(make_facts(few))


def test_an_earlier_score_is_told_only_beside_a_later_one() -> None:
    shared = np.full(len(LABELS), 0.9)
    assert rules_of(make_facts(shared, (LOGIT, LOGIT))) == ["the same places"]
    (mixed, _) = find_in_pair(make_facts(shared, (CONTRAST, LOGIT)))
    assert mixed.rule == "scores differ"
    assert "those of second are of an earlier" in mixed.sentence
