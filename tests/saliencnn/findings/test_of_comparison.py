"""Findings about networks whose predictions are known."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.kind_counts import count_kinds
from saliencnn.findings.of_comparison import find_in_comparison
from saliencnn.findings.weak_kinds import find_weak_kinds
from saliencnn.measures.rates import difference_interval

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
    return {finding.rule: finding.in_full for finding in find_in_comparison(facts)}


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ({"z": "rejected"}, "; 1 other network evaluated on these images was rejected."),
        ({"y": "rejected", "z": ""}, "; 2 other networks evaluated on these images are not listed"),
    ],
)
def test_networks_that_verdicts_leave_out_were_evaluated_all_the_same(
    left: dict[str, str], said: str
) -> None:
    facts = replace(make_facts([range(30)]), left_out=left)
    (found,) = find_in_comparison(facts)
    assert said in found.sentence
    assert found.advice.startswith("Show ")
    assert found.evidence.query["model"] == ("0", *left)


@pytest.mark.parametrize("networks", [2, 6])
def test_of_equal_networks_one_in_twenty_comparisons_says_behind(networks: int) -> None:
    """The best is the luckiest of them, so that every pair counts and not only its own."""
    told = 0
    for seed in range(400):
        wrong = np.random.default_rng(seed).random((networks, len(TRUE))) < 0.3
        order = np.argsort(wrong.sum(axis=1), kind="stable")
        facts = make_facts([np.flatnonzero(wrong[n]) for n in order])
        told += len(facts.tied) < networks - 1
    assert told <= 30  # of 20 expected; more would be chance in one of 50


def test_of_one_network_is_said_that_it_has_none_beside_it() -> None:
    assert set(sentences(make_facts([range(30)]))) >= {"single"}
    assert "170 of 200 images (85.0%)" in sentences(make_facts([range(30)]))["single"]
    assert "single" not in sentences(make_facts([range(30), range(20)]))


def test_a_claim_names_its_networks_whole() -> None:
    names = ("net: small", "St. Bernard v. 2", "c; d")
    facts = replace(make_facts([range(10), range(12), range(60)], [3e9, 2e9, 1e9]), names=names)
    claims = {one.rule: one.claim for one in find_in_comparison(facts)}
    best = "net: small is the most accurate, right on 190 of 200 images (95.0%);"
    assert claims["best"] == best
    assert claims["cheapest"].startswith("St. Bernard v. 2 is the cheapest within one percentage")
    assert claims["cheapest"].endswith(":")
    assert claims["disagreement"].endswith("and c; d answer differently most often:")


def test_ties_are_ties() -> None:
    facts = make_facts([range(10), range(12), range(60)])
    assert facts.tied == (1,)
    said = sentences(facts)["best"]
    assert "a is the most accurate, right on 190 of 200 images (95.0%)" in said
    assert "b (94.0%)" in said
    assert "c" not in said.partition("too close")[2]
    alone = sentences(make_facts([range(4), range(60), range(70)]))["best"]
    assert "the other 2 are behind" in alone
    assert "b (70.0%) is behind" in sentences(make_facts([range(4), range(60)]))["best"]


def test_the_cheapest_within_a_point() -> None:
    cheap = make_facts([range(10), range(11), range(60)], [4e9, 1e9, 1e8])
    assert sentences(cheap)["cheapest"].startswith(
        "b is the cheapest within one percentage point of the best, by multiply-adds: 94.5% at 25%"
    )
    same = make_facts([range(10), range(11)], [4e9, 3.9e9])
    assert "94.5% at 98% of the multiply-adds of a" in sentences(same)["cheapest"]
    assert "cheapest" not in sentences(make_facts([range(10), range(11)], [1e9, float("nan")]))
    best = make_facts([range(10), range(11), range(60)], [1e9, 4e9, 1e8])
    assert sentences(best)["cheapest"].startswith("a is also the cheapest")


def test_each_cost_has_a_cheapest_network_of_its_own() -> None:
    facts = make_facts([range(10), range(11), range(60)], [4e9, 2e9, 1e9])
    known = replace(facts, parameters=np.array([9, 5, 4]), seconds=np.array([4.0, 2, 1]))
    said = sentences(known)["cheapest"]
    assert ", by multiply-adds, parameters and speed: 94.5% at 50%" in said
    assert "c (70.0%) takes 50% fewer multiply-adds than b, is 2.0 times as fast and is" in said
    slow = sentences(replace(known, seconds=np.array([1.0, 2, 1])))["cheapest"]
    assert ", by multiply-adds and parameters: 94.5% at 50% of the multiply-adds of a;" in slow
    assert "; a is faster; c" in slow
    close = sentences(replace(known, seconds=np.array([1.9, 2, 1.9])))["cheapest"]
    assert "speed" not in close, "a tenth of one measurement may be chance"
    assert "fast" not in close
    unknown = sentences(replace(known, seconds=np.array([1, np.nan, 1])))["cheapest"]
    assert "speed" not in unknown
    assert "fast" not in unknown
    large = sentences(replace(known, parameters=np.array([3, 5, 4])))["cheapest"]
    assert "; a has fewer parameters;" in large
    same = make_facts([range(10), range(11)], [1e9, 1e9])
    assert sentences(replace(same, seconds=np.array([3.0, 1])))["cheapest"] == (
        "a and b cost the same (multiply-adds); b is faster."
    )


def test_what_the_cheaper_network_gives_up() -> None:
    """Of those that cost less, the most accurate one."""
    wrong = [range(10), range(60), range(70), range(30)]
    alone = sentences(make_facts(wrong, [4e9, 1e9, 1e8, 5e9]))["cheapest"]
    assert alone.startswith("No other network comes within one percentage point of a;")
    assert "b (70.0%) takes 75% fewer" in alone
    assert "25.0 percentage points worse" in alone
    equal = sentences(make_facts([range(10), range(60), range(60)], [4e9, 2e9, 1e9]))["cheapest"]
    assert "c (70.0%) takes 75% fewer" in equal
    further = sentences(make_facts([range(10), range(11), range(60)], [4e9, 2e9, 1e9]))["cheapest"]
    assert further.startswith("b is the cheapest within one percentage point")
    assert "c (70.0%) takes 50% fewer" in further, "than the cheapest of these"
    assert "than b and is 24.5 percentage points worse" in further
    unknown = sentences(make_facts([range(10), range(60)], [4e9, float("nan")]))["cheapest"]
    dearer = sentences(make_facts([range(10), range(60)], [4e9, 5e9]))["cheapest"]
    assert unknown == dearer == "No other network comes within one percentage point of a."


def test_equally_accurate_networks_are_named_together() -> None:
    """Checkpoints of one network often tie in accuracy and in cost."""
    twins = sentences(make_facts([range(10), range(5, 15)], [1e9, 1e9]))
    assert twins["best"].startswith(
        "a and b are the most accurate, each right on 190 of 200 images (95.0%)"
    )
    assert twins["best"].endswith("(95.0%).")
    assert twins["cheapest"].startswith("a and b cost the same")
    third = sentences(make_facts([range(10), range(5, 15), range(12)], [1e9, 1e9, 2e9]))
    assert "a and b are the most accurate" in third["best"]
    assert "c (94.0%) may be as good" in third["best"]
    assert third["cheapest"].startswith("a and b are also the cheapest")
    behind = sentences(make_facts([range(10), range(5, 15), range(90)]))
    assert "c (55.0%) is behind by more than chance" in behind["best"]


def test_equal_costs_are_no_advantage() -> None:
    wrong = [range(10), range(11), range(10, 21)]
    equal = sentences(make_facts(wrong[:2], [1e9, 1e9]))["cheapest"]
    assert equal.startswith("a and b cost the same")
    one = sentences(make_facts(wrong, [1e9, 1e9, 2e9]))["cheapest"]
    assert one.startswith("a is also the cheapest")
    assert one.endswith("; b costs the same.")
    two = sentences(make_facts(wrong, [4e9, 1e9, 1e9]))["cheapest"]
    assert two.startswith("b and c are the cheapest within one percentage point of the best")
    half = sentences(make_facts([range(10), range(5, 15)], [4e9, 1e9]))["cheapest"]
    assert half.endswith(", by multiply-adds: 95.0% at 25% of the multiply-adds of a.")


def test_pairs_that_disagree_equally_often_are_counted() -> None:
    said = sentences(make_facts([range(10), range(10, 20), range(20, 30)]))["disagreement"]
    assert said.startswith(
        "a and b answer differently most often, as do 2 other pairs: on 20 of 200 images"
    )
    two = sentences(make_facts([range(10), range(10), range(10, 20)]))["disagreement"]
    assert two.startswith("a and c answer differently most often, as does 1 other pair: on")


def test_the_two_that_disagree_most_and_where() -> None:
    fungus = np.flatnonzero(TRUE == 3)
    facts = make_facts([range(0), fungus[:30], range(5)])
    said = sentences(facts)["disagreement"]
    # The first five images are right for b and wrong for c, and the fungi the other way round.
    differ = int((facts.predicted[1] != facts.predicted[2]).sum())
    assert said.startswith(f"b and c answer differently most often: on {differ} of")
    assert "fungus" in said
    assert "disagreement" not in sentences(make_facts([range(3), range(3)]))


def test_a_weak_kind_needs_images() -> None:
    fungus = np.flatnonzero(TRUE == 3)
    weak = sentences(make_facts([fungus[:30]]))["weak kind"]
    assert weak.startswith(
        'a is weak on "fungus": a is right on 20 of 50 (40%), on 100% of all other images.'
    )
    low, high = re.findall(r"That is (\d+) to (\d+) percentage points less", weak)[0]
    assert 40 < int(low) < 60 < int(high)
    few = make_facts([fungus[:20]])
    rare = replace(few, true=few.true[:100], predicted=few.predicted[:, :100])
    assert "weak kind" not in sentences(rare)
    assert "weak kind" not in sentences(make_facts([fungus[:2]]))
    assert "weak kind" not in sentences(make_facts([fungus[:30]], kinds=()))


def test_one_network_or_no_image_says_little() -> None:
    assert list(sentences(make_facts([range(3)]))) == ["single"]
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
        assert "nan" not in finding.in_full
        assert len(finding.sentence) <= 300


def test_of_equal_networks_few_are_said_to_differ_on_a_class() -> None:
    """The most unlike pair is picked, and of its classes the most unlike one."""
    told = 0
    for seed in range(100):
        wrong = np.random.default_rng(seed).random((4, len(TRUE))) < 0.3
        facts = make_facts([np.flatnonzero(one) for one in wrong])
        said = sentences(replace(facts, classes=("cat", "dog", "egg", "cep")))
        told += "They differ most on" in said["disagreement"]
    assert told <= 9  # of 5 expected; more would be chance in one of 30


def test_the_disagreement_names_the_classes_that_prove_it() -> None:
    of_third = np.flatnonzero(TRUE == 2)[:20]
    facts = replace(make_facts([[0], [1, *of_third]]), classes=("cat", "dog", "egg", "cep"))
    (found,) = (one for one in find_in_comparison(facts) if one.rule == "disagreement")
    assert found.sentence.endswith('; most on "egg".')
    assert found.detail.endswith('They differ most on "egg" (50 and 30 of 50 right).')
    query = {"kind": "image", "model": ("0", "1"), "class": "egg", "tab": "maps"}
    assert found.evidence.query == query


def test_an_example_is_a_class_on_which_the_two_differ() -> None:
    """They miss as many images of each class, and other ones of one class alone."""
    dogs = np.flatnonzero(TRUE == 1)
    facts = replace(make_facts([dogs[:1], dogs[1:2]]), classes=("cat", "dog", "egg", "cep"))
    (found,) = (one for one in find_in_comparison(facts) if one.rule == "disagreement")
    assert 'most on "dog"' not in found.sentence, "one image proves nothing"
    assert 'So far most on "dog" (49 and 49 of 50 right), which may be chance.' in found.detail
    assert (found.evidence.query["tab"], found.elsewhere) == ("classes", ())


def test_counts_of_few_images_say_so() -> None:
    """Of the class "cep" there are four images, of which one network is right on none."""
    kept = np.r_[np.flatnonzero(TRUE != 3), np.flatnonzero(TRUE == 3)[:4]]
    facts = make_facts([[0], np.flatnonzero(TRUE == 3)[:4]])
    few = replace(
        facts,
        true=TRUE[kept],
        predicted=facts.predicted[:, kept],
        classes=("cat", "dog", "egg", "cep"),
    )
    assert '"cep" (4 and 0 of 4 right: few images)' in sentences(few)["disagreement"]


def test_the_kind_on_which_all_networks_are_weaker() -> None:
    """Fungi: 50 images; one network alone is as good on them; few images say nothing."""
    fungus = np.flatnonzero(TRUE == 3)
    facts = make_facts([fungus[:20], fungus[:30]])
    (found,) = (one for one in find_in_comparison(facts) if one.rule == "uneven kinds")
    assert found.claim == 'All find "fungus" (40% to 60% right) harder than "animal" (100%):'
    assert found.evidence.query == {"root": "fungus", "tab": "classes", "rank": "do worst"}
    assert "uneven kinds" not in sentences(make_facts([[], fungus[:30]]))
    assert "uneven kinds" not in sentences(make_facts([fungus[:2], fungus[:3]]))
    kept = np.r_[np.flatnonzero(TRUE != 3), fungus[:6]]
    food = np.flatnonzero(TRUE == 2)
    some_fungi = make_facts([food[:20], food[:30]])
    rare = replace(some_fungi, true=TRUE[kept], predicted=some_fungi.predicted[:, kept])
    assert sentences(rare)["uneven kinds"].startswith(
        'All find "food" (40% to 60% right) harder than "animal" (100%):'
    )
    assert sentences(rare)["weak kind"].endswith('Too few images to say: "fungus" (6 images).')


def test_which_networks_are_weak_at_what() -> None:
    fungus, food = np.flatnonzero(TRUE == 3), np.flatnonzero(TRUE == 2)
    facts = make_facts([food[:3], fungus[:30], [*fungus[:25], *food[:5]], food[:35]])
    (found,) = (one for one in find_in_comparison(facts) if one.rule == "weak kind")
    assert found.claim == 'b and c are weak on "fungus" and d is weak on "food":'
    assert (
        'd is right on 15 of 50 images of "food" (30%), on 100% of all other images; of'
        in found.sentence
    )
    assert found.sentence.endswith("of the other one no kind of thing stands out.")
    assert found.evidence.query["pin"] == "3"
    assert found.evidence.query["root"] == "food"
    counts = count_kinds(facts)
    assert (counts.kinds, counts.images.tolist()) == (("animal", "food", "fungus"), [100, 50, 50])
    assert counts.right.tolist()[2] == [100, 45, 25]
    assert counts.comparisons == 12
    weak = find_weak_kinds(counts)
    assert [(one.kind, one.certain) for one in weak] == [
        ("food", False), ("fungus", True), ("fungus", True), ("food", True),
    ]  # fmt: skip
    assert [one.elsewhere for one in weak] == pytest.approx([1, 1, 145 / 150, 1])


def test_no_weakness_is_told_where_chance_may_make_it_and_which_kinds_are_rare() -> None:
    kept = np.r_[np.flatnonzero(TRUE != 3), np.flatnonzero(TRUE == 3)[:4]]
    facts = make_facts([range(20), range(20, 40)])
    few = replace(facts, true=TRUE[kept], predicted=facts.predicted[:, kept])
    (found,) = (one for one in find_in_comparison(few) if one.rule == "weak kind")
    assert found.sentence.startswith("No kind of thing stands out as a weakness of any network")
    assert found.detail.endswith('Too few images to say: "fungus" (4 images).')
    none = replace(few, kinds=())
    assert "weak kind" not in sentences(none)


@pytest.mark.parametrize("networks", [1, 6])
def test_of_networks_that_are_as_good_everywhere_few_are_said_to_be_weak(networks: int) -> None:
    told = 0
    for seed in range(200):
        wrong = np.random.default_rng(seed).random((networks, len(TRUE))) < 0.3
        facts = make_facts([np.flatnonzero(one) for one in wrong])
        told += any(one.certain for one in find_weak_kinds(count_kinds(facts)))
    assert told <= 17  # of 10 expected; more would be chance in one of 50


def test_a_network_that_reads_a_shortcut_is_not_only_accurate() -> None:
    facts = make_facts([range(4), range(5)])
    assert "suspect" not in sentences(facts)
    warned = replace(facts, warnings=(("", ""), ("relies on a shortcut", "run")))
    (found,) = [one for one in find_in_comparison(warned) if one.rule == "suspect"]
    assert found.sentence.startswith("b relies on a shortcut")
    assert find_in_comparison(warned)[0] == found
    assert found.evidence.query == {"run": ("run",)}


def test_a_network_is_weak_on_a_kind_that_all_find_harder() -> None:
    """It is one story: what is sure of all together is not denied of each alone."""
    fungus = np.flatnonzero(TRUE == 3)
    facts = make_facts([fungus[:20], fungus[:2], fungus[:2]])
    (found,) = (one for one in find_in_comparison(facts) if one.rule == "weak kind")
    assert found.sentence == (
        'The gap on "fungus" is widest for a: right on 30 of 50 (60%), on 100% of all other images.'
    )
    assert "Each of the other 2 networks' gaps alone is too small to be sure of." in found.detail
    assert "uneven kinds" in sentences(facts)
    told = find_in_comparison(make_facts([fungus[:20], fungus[:30], fungus[:2]]))
    (both,) = (one for one in told if one.rule == "weak kind")
    assert both.sentence.startswith('The gap on "fungus" is sure for a and b: b is right on 20 of')
    assert "The other network's gap alone is too small to be sure of." in both.detail
    every = sentences(make_facts([fungus[:20], fungus[:30]]))["weak kind"]
    assert every.startswith('The gap on "fungus" is sure for each network alone: b is right on')
    slight = sentences(make_facts([fungus[:4]] * 3))
    assert "uneven kinds" in slight
    assert slight["weak kind"].startswith('Taken one by one, no network\'s gap on "fungus"')


def test_kinds_without_a_name_or_images_are_none() -> None:
    facts = make_facts([[0], [1]], kinds=("animal", "", "food", "fungus", "plant"))
    counts = count_kinds(facts)
    assert counts.kinds == ("animal", "food", "fungus")
    assert counts.images.tolist() == [50, 50, 50]
    assert (counts.every, counts.rare) == (IMAGES, [])
    told = sentences(facts)
    assert "Too few" not in told["weak kind"]
    assert '""' not in "".join(told.values())
    assert "weak kind" not in sentences(make_facts([[0], [1]], kinds=("",) * 4))


def test_the_pair_leads_to_the_class_that_their_list_begins_with() -> None:
    """Both rank by the lower end of the interval: three images all apart before five in part."""
    classes = ("cat", "dog", "egg", "cep")
    images = {0: 30, 1: 3, 2: 5, 3: 30}
    true = np.repeat([*images], [*images.values()])
    wrong = [np.flatnonzero(true == 1), [0, 1, *np.flatnonzero(true == 2)[:3]]]
    predicted = np.tile(true, (2, 1))
    for own, some_images in zip(predicted, wrong, strict=True):
        own[list(some_images)] = 3 - own[list(some_images)]
    facts = ComparisonFacts(("1", "2"), ("a", "b"), np.ones(2), true, predicted, KINDS, classes)
    (found,) = (one for one in find_in_comparison(facts) if one.rule == "disagreement")
    assert found.evidence.query["class"] == "dog"
    rates = np.array([[right[true == one].mean() for one in images] for right in facts.right])
    low, _ = difference_interval(rates.max(0), rates.min(0), np.array([*images.values()]))
    assert classes[int(low.argmax())] == "dog"
    assert found.elsewhere[0].query["rank"] == "disagree most"
    assert found.elsewhere[0].query["model"] == ("1", "2")


def test_of_equal_kinds_few_are_said_to_be_the_hardest_for_sure() -> None:
    """The hardest of many kinds is picked, so that all count together."""
    told, true = 0, np.arange(600) % 12
    groups = {f"kind {n}": (n,) for n in range(12)}
    for seed in range(100):
        right = np.random.default_rng(seed).random((3, 600)) < 0.7
        facts = ComparisonFacts(
            ("1", "2", "3"), ("a", "b", "c"), np.ones(3), true, np.where(right, true, 12),
            groups=groups,
        )  # fmt: skip
        (found,) = [o for o in find_in_comparison(facts) if o.rule == "hardest"] or [None]
        told += found is not None and "so far" not in found.sentence
    assert told <= 9  # of 5 expected at most; more would be chance in one of 30


def test_what_all_do_worst_on_below_the_root_classes_is_named_with_its_counts() -> None:
    """Of 40 tools six networks miss half; of two hens none is ever right."""
    true = np.repeat([0, 1, 2], [200, 40, 2])
    predicted = np.tile(true, (2, 1))
    predicted[:, 200:220] = 0
    predicted[:, -2:] = 1
    facts = ComparisonFacts(
        ("1", "2"), ("a", "b"), np.ones(2), true, predicted, ("thing", "thing", "animal"),
        ("cup", "saw", "hen"), groups={"tool": (1,), "thing": (0, 1)},
    )  # fmt: skip
    (found,) = (one for one in find_in_comparison(facts) if one.rule == "hardest")
    assert found.sentence == (
        'Of narrower kinds "tool" is the hardest (50% of 40 images right); no network is right on '
        'any image of "hen" (2 images).'
    )
    assert found.evidence.query == {"root": "tool", "tab": "classes", "rank": "do worst"}
    single = replace(
        facts, true=np.append(true, 3), classes=(*facts.classes, "egg"),
        predicted=np.append(predicted, [[0], [0]], axis=1), kinds=(*facts.kinds, "food"),
    )  # fmt: skip
    (found,) = (one for one in find_in_comparison(single) if one.rule == "hardest")
    assert found.sentence.endswith(
        'of 2 classes (1 with only one image), such as "hen" (2 images).'
    ), "as the list of classes counts"
    fewer = predicted.copy()
    fewer[:, 202:220] = 1
    (found,) = (
        one for one in find_in_comparison(replace(facts, predicted=fewer)) if one.rule == "hardest"
    )
    assert "tool" not in found.sentence or "so far" in found.sentence
