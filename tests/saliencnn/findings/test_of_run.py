"""Findings on runs whose truth is known, and silence where nothing is the matter."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from saliencnn.checks.grading import CheckResult, Outcome
from saliencnn.findings.confusion_help import (
    BALANCED,
    HARDER_IMAGES,
    LONGER_TRAINING,
    MORE_IMAGES,
)
from saliencnn.findings.confusion_signs import (
    SEE_MISSED,
    describe_confused,
    explain_missed,
    find_confused,
)
from saliencnn.findings.finding import (
    Evidence,
    Finding,
    Severity,
    choose_findings,
    group_signs,
    write_findings,
)
from saliencnn.findings.focus_words import Place
from saliencnn.findings.looks import UNTOLD, Looks
from saliencnn.findings.method_groups import OF_METHOD
from saliencnn.findings.methods import Advice
from saliencnn.findings.mostly import list_beside, name_beside
from saliencnn.findings.of_run import RUN_RULES, TRUE_MAP, find_in_run
from saliencnn.findings.run_facts import RunFacts
from saliencnn.store.epochs import PREDICTION

CLASSES = ("ani", "blackbird", "robin", "wren")
EACH = 25


def make_facts(
    wrong: Mapping[tuple[int, int], int] | None = None,
    focus: float = 0.7,
    history: Mapping[str, Sequence[float]] | None = None,
    recalls: np.ndarray | None = None,
    **changes: Any,
) -> RunFacts:
    """A sound run: 25 images of each class, right but for ``wrong``, maps on the object."""
    true = np.repeat(np.arange(len(CLASSES)), EACH)
    predicted = true.copy()
    for (of, taken_for), count in (wrong or {}).items():
        predicted[np.flatnonzero((true == of) & (predicted == of))[:count]] = taken_for
    predictions = np.zeros(len(true), PREDICTION)
    predictions["true"], predictions["predicted"] = true, predicted
    accuracy = float((true == predicted).mean())
    metrics = {
        "val_accuracy": [accuracy] * 4,
        "val_loss": [1.0, 0.8, 0.7, 0.6],
        "train_loss": [1.2, 0.8, 0.6, 0.5],
        "focus": [focus] * 4,
    }
    table = pd.DataFrame({**metrics, **(history or {})}, index=[1, 2, 3, 4])
    changes.setdefault("checks", {"stability": {}})
    right = np.array([(predicted[true == c] == c).mean() for c in range(len(CLASSES))])
    return RunFacts(
        "f" * 32,
        CLASSES,
        table,
        predictions,
        np.tile(right, (4, 1)) if recalls is None else recalls,
        np.full(len(true), focus),
        np.full(len(true), focus),
        **changes,
    )


def rules_of(facts: RunFacts) -> set[str]:
    return {finding.rule for finding in find_in_run(facts)}


def test_nothing_bad_is_said_of_a_sound_run() -> None:
    found = find_in_run(make_facts({(0, 1): 1, (2, 3): 2}))
    assert [one.rule for one in found] == ["on the object"]
    assert found[0].severity == Severity.GOOD
    assert "100 of 100" in found[0].sentence


def test_maps_that_nobody_checked_earn_no_praise() -> None:
    (found,) = find_in_run(make_facts(checks={}))
    assert found.severity == Severity.NOTE
    assert "100 of 100" in found.sentence
    assert found.sentence.startswith("By its unchecked maps it looks at the object")
    assert found.evidence.page == "trust"
    blamed = find_in_run(make_facts(focus=0.1, checks={}))[0]
    assert blamed.rule == "beside"
    assert blamed.sentence.startswith("Judging by its unchecked maps, it looks beside")


def test_a_shortcut_is_the_first_finding() -> None:
    facts = make_facts(
        focus=0.2,
        history={"counterfactual_accuracy": [0.9, 0.5, 0.3, 0.2]},
        counterfactual_images=50,
    )
    found = find_in_run(facts)
    assert [one.rule for one in found][:2] == ["shortcut", "beside"]
    assert "20.0%" in found[0].sentence
    assert "50 images" in found[0].sentence
    assert found[0].evidence.query == {"run": facts.run_id, "class": "ani"}
    assert "on the object" not in rules_of(facts)


def test_few_counterfactual_images_are_no_proof() -> None:
    history = {"counterfactual_accuracy": [0.8] * 4}
    assert "shortcut" in rules_of(make_facts(history=history))
    assert "shortcut" not in rules_of(make_facts(history=history, counterfactual_images=5))


@pytest.mark.parametrize(
    ("without", "images", "said"),
    [(0.90, 200, True), (0.99, 200, False), (1.0, 200, False), (0.9, 10, False), (0.9, 0, False)],
)
def test_some_accuracy_lost_without_the_shortcut_is_told(
    without: float, images: int, said: bool
) -> None:
    """From as many images as chance does not explain, and not beside the graver finding."""
    history = {"counterfactual_accuracy": [without] * 4}
    found = find_in_run(make_facts(history=history, counterfactual_images=images))
    told = [one.sentence for one in found if one.rule == "leans on a shortcut"]
    assert bool(told) == said
    if told:
        assert f"{without:.1%}" in told[0]
    assert "shortcut" not in [one.rule for one in found]


@pytest.mark.parametrize(("known", "said"), [(4, False), (5, True), (100, True)])
def test_maps_beside_the_object_must_be_many(known: int, said: bool) -> None:
    facts = make_facts(focus=0.3)
    facts.focus[known:] = np.nan
    assert ("beside" in rules_of(facts)) == said


def test_a_network_that_learned_nothing_is_not_blamed_for_its_maps() -> None:
    lost = {(c, (c + 1) % 4): EACH for c in range(4)}
    assert "beside" not in rules_of(make_facts(lost, focus=0.1))


def find_confusion(facts: RunFacts) -> Finding:
    (found,) = [one for one in find_in_run(facts) if one.rule.startswith("confused")]
    return found


def test_confused_classes_and_whether_it_looks_at_them() -> None:
    confused = find_confusion(make_facts({(0, 1): 13}))
    assert confused.rule == "confused"
    assert 'It confuses "ani" with "blackbird" (13 of 25)' in confused.sentence
    places = "On average 70% of the Grad-CAM map of the class it says lies on the object where wr"
    assert f"{places}ong (13 images), 70% where right (12)." in confused.detail
    looks = "alike to it: it looks at the object in all 13 such images, as in all 12 right ones."
    assert looks in confused.sentence
    assert confused.evidence.query == {"run": "f" * 32, "class": "blackbird", "from": "ani"}
    facts = make_facts({(0, 1): 13})
    wrong = facts.predictions["predicted"] != facts.predictions["true"]
    facts.focus_predicted[wrong] = np.linspace(0.55, 0.65, 13)
    less = find_confusion(facts)
    assert less.rule == "confused", "that is no case of classes that look alike"
    assert "it looks less at the object in 13 such images than in 12 right ones" in less.sentence
    assert "60% of the Grad-CAM map of the class it says" in less.detail
    assert "alike" not in less.sentence
    assert less.remedies == (), "what its maps lie on is seen to first"
    assert "The difference is " in less.detail
    facts.focus_predicted[wrong] = 0.1
    beside = find_confusion(facts)
    assert beside.rule == "confused, looks beside"
    assert "On average 10% of the Grad-CAM map of the class it says" in beside.detail
    facts.focus_predicted[:] = np.nan
    unknown = find_confusion(facts)
    assert unknown.rule == "confused"
    assert "of the map" not in unknown.in_full
    few = rules_of(make_facts({(0, 1): 4}))
    assert not {"confused", "confused, looks beside"} & few


def test_of_many_classes_taken_for_one_a_few_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that names one class whatever it sees."""
    monkeypatch.setitem(globals(), "CLASSES", tuple(f"class {n}" for n in range(40)))
    facts = make_facts({(true, 0): EACH for true in range(1, 40)})
    found = find_confused(facts, Looks.FEW)
    assert found is not None
    assert "no image is right to compare with" in found.numbers["so"]
    assert "975 of 975 images" in found.numbers["confuses"]
    assert found.numbers["confuses"].count("class") < 6
    assert all(str(one).count("class") < 20 for one in found.numbers.values())


@pytest.mark.parametrize(
    ("missed", "right", "said"),
    [
        (
            [0.7] * 4,
            [0.6] * 21,
            "in all 4 missed images, as in all 21 right ones; 4 images are too few to be sure.",
        ),
        (
            [0.1] * 2,
            [0.8] * 23,
            "beside the object in both missed images, but in none of 23 right ones; 2 images are",
        ),
        (
            [0.2] * 8,
            [0.8] * 17,
            "beside the object in all 8 missed images, but in none of 17 right",
        ),
        ([0.7] * 7, [0.7] * 18, "; 7 images are too few to be sure."),
        (
            [0.5, 0.6, 0.7] * 4,
            [0.6] * 13,
            "to it: it looks at the object in all 12 missed images, as in all 13 right ones.",
        ),
        ([0.1, 0.9] * 5, [0.1, 0.8, 0.9] * 5, "; 10 images are too few to be sure."),
        ([np.nan] * 13, [np.nan] * 12, "The maps do not tell whether where it looks is the reason"),
    ],
)
def test_why_images_of_a_class_are_missed_is_said_as_far_as_their_maps_tell(
    missed: list[float], right: list[float], said: str
) -> None:
    """Of a missed image the map of the class counts that the network says."""
    facts = make_facts({(0, 1): len(missed)})
    own = facts.predictions["true"] == 0
    facts.focus_predicted[own & ~facts.right] = missed
    facts.focus_predicted[own & facts.right] = right
    facts.focus[:] = 0.9
    found = explain_missed(facts, 0)
    assert found is not None
    assert said in found.sentence
    less = "hat surrounds the object" in found.sentence
    assert ("classes may look alike to it" in found.sentence) == (
        np.isfinite(missed).all() and not less
    )
    assert less == ("but in none of" in found.sentence)
    assert "reason" not in found.sentence.partition(said)[0], "said once, by what it points to"
    assert ("training images" in found.advice) == (not less)
    assert found.advice, "there is always something to do"
    assert explain_missed(facts, 1) is None
    doubted = replace(facts, guided=True)
    assert "little points" not in explain_missed(doubted, 0).sentence  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("missed", "right", "leads"),
    [
        ([0.7] * 13, [0.7] * 12, True),
        ([0.1] * 13, [0.7] * 12, True),
        ([0.1, 0.9] * 5, [0.1, 0.8, 0.9] * 5, True),
        ([0.7] * 3, [0.7] * 22, False),
        ([0.1] * 3, [0.7] * 22, False),
        ([0.4] * 13, [0.4] * 12, False),
    ],
)
def test_what_a_few_images_only_seem_to_show_is_no_headline(
    missed: list[float], right: list[float], leads: bool
) -> None:
    facts = make_facts({(0, 1): len(missed)})
    own = facts.predictions["true"] == 0
    facts.focus_predicted[own & ~facts.right] = missed
    facts.focus_predicted[own & facts.right] = right
    found = explain_missed(facts, 0)
    assert found is not None
    begins = ("The classes may look alike to it:", "Most likely what surrounds", "What surrounds")
    assert found.sentence.startswith(begins) == leads


def test_a_class_is_one_of_many_that_can_be_asked() -> None:
    """What is sure of one class alone may be chance where a person can ask of eight."""
    rng = np.random.default_rng(0)
    one = make_facts({(0, 1): 8})
    own = one.predictions["true"] == 0
    one.focus_predicted[own & ~one.right] = 0.62 + rng.normal(0, 0.13, 8)
    one.focus_predicted[own & one.right] = 0.8 + rng.normal(0, 0.1, 17)
    many = replace(one, predictions=one.predictions.copy())
    others = many.predictions["true"] > 0
    many.predictions["predicted"][others & (np.arange(len(own)) % 25 < 8)] = 0
    said = [explain_missed(facts, 0).sentence for facts in (one, many)]  # type: ignore[union-attr]
    assert said[0].startswith("What surrounds the object may count: it looks less")
    assert "too few to be sure" in said[1]


def test_any_two_classes_can_be_asked_for() -> None:
    """Also those that are not confused most, the way round that is asked for."""
    facts = make_facts({(0, 1): 13, (2, 3): 6, (3, 2): 1})
    told = describe_confused(facts, 2, 3)
    assert told is not None
    assert '"robin" is taken for "wren" in 6 of 25 images' in told.sentence
    assert "the other way round in 1 of 25" in told.sentence
    assert "On average 70% of the Grad-CAM map of the class it says" in told.detail
    assert "where wrong (6 images), 70% where right (19)" in told.detail
    assert "training images of the classes that it confuses" in told.advice
    back = describe_confused(facts, 3, 2)
    assert back is not None
    assert "nothing to explain" in back.sentence
    assert describe_confused(facts, 1, 0) is None
    facts.focus_predicted[facts.predictions["predicted"] == 3] = 0.1
    beside = describe_confused(facts, 2, 3)
    assert beside is not None
    assert beside.advice == SEE_MISSED, "what lies beside the object is seen to first"
    facts.focus_predicted[:] = 0.1
    always = describe_confused(facts, 2, 3)
    assert always is not None
    assert "beside the object in all 6 such images, as in all 19 right ones" in always.sentence
    assert "training images" in always.advice, "that explains no confusion"


@pytest.mark.parametrize(
    ("wrong", "back", "helped"),
    [
        ({(0, 1): 13}, "0 of 25", '"ani"'),
        ({(0, 1): 13, (1, 0): 12}, "12 of 25", '"ani" and "blackbird"'),
        ({(0, 1): 13, (2, 3): 12}, "0 of 25", '"ani" and "robin"'),
    ],
)
def test_confusion_one_way_or_both_and_which_classes_need_images(
    wrong: dict[tuple[int, int], int], back: str, helped: str
) -> None:
    found = find_confusion(make_facts(wrong))
    assert f"The other way round in {back}" in found.detail
    assert found.detail.endswith(f" More training images of {helped}.")
    assert found.others == "", "they are what to try first"
    assert ("About as often" in found.detail) == ((2, 3) in wrong)


RISING = {"val_accuracy": [0.4, 0.6, 0.75, 0.87], "train_accuracy": [0.4, 0.6, 0.75, 0.9]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"history": RISING}, ["longer training"]),
        ({"history": {**RISING, "train_accuracy": [0.9, 1.0, 1.0, 1.0]}}, []),
        ({"original_side": 375, "scaled_side": 256}, ["larger images", "256", "375"]),
        ({"original_side": 260, "scaled_side": 256}, []),
        ({"class_images": (30, 1_200, 40, 50)}, ['"ani" (30 so far)']),
        ({"class_images": (30, 40)}, []),
    ],
)
def test_what_may_tell_confused_classes_apart_is_what_the_run_speaks_for(
    changes: dict[str, Any], told: list[str]
) -> None:
    words = ("longer training", "larger images", "256", "375", '"ani" (30 so far)')
    found = find_confusion(make_facts({(0, 1): 13}, **changes))
    said = f"{found.advice} {found.others} {found.detail}"
    assert [one for one in words if one in said] == told
    assert "ore training images" in said
    first = [one for one in words[:2] if one in told]
    assert [one for one in words[:2] if one in found.advice] == first


def test_one_change_is_to_be_made_first_and_others_stand_apart_each_with_its_reason() -> None:
    larger = {"original_side": 375, "scaled_side": 256}
    facts = make_facts({(0, 1): 13}, history=RISING, **larger)
    for found in (find_confusion(facts), describe_confused(facts, 0, 1), explain_missed(facts, 0)):
        assert found is not None
        assert found.advice == "Try longer training: accuracy was still rising."
        assert found.others.startswith("Larger images, since training scales them to 256 pixels")
        assert 'more training images of "ani"' in found.others
        assert "longer" not in found.others
        assert found.others in found.do_in_full


MEMORIZES = {"history": {**RISING, "train_accuracy": [0.9, 1.0, 1.0, 1.0]}}


@pytest.mark.parametrize(
    ("changes", "first"),
    [({}, MORE_IMAGES), ({"history": RISING}, LONGER_TRAINING), (MEMORIZES, HARDER_IMAGES)],
)
def test_all_that_is_said_of_a_confusion_gives_one_recipe(
    changes: dict[str, Any], first: str
) -> None:
    facts = make_facts({(0, 1): 13}, **changes)
    card, pair, of_class = (
        find_confusion(facts), describe_confused(facts, 0, 1), explain_missed(facts, 0)
    )  # fmt: skip
    assert pair is not None
    assert of_class is not None
    assert card.advice == pair.advice == of_class.advice
    assert card.advice.startswith(f"Try {first}")
    assert card.remedies == pair.remedies == of_class.remedies


def test_of_a_run_without_a_fault_the_classes_that_it_confuses_come_first() -> None:
    """Before where it looks, and before what only says how to train on."""
    found = find_in_run(make_facts({(0, 1): 13}, checks={}, **MEMORIZES))
    rules = [one.rule for one in found if one.severity is not Severity.WARNING]
    assert rules[0] == "confused"
    assert rules.index("on the object, unchecked") < rules.index("memorized")
    hedged = [one for one in found if "judging by" in one.sentence.lower()]
    assert [one.rule for one in hedged] == ["confused"], "the hedge stands once, at the answer"


def test_a_pair_and_its_class_are_judged_by_one_measure() -> None:
    """The same images, asked of as a class, as a pair and as those confused most."""
    facts = make_facts({(0, 1): 13, (2, 3): 13, (3, 2): 13})
    wrong = ~facts.right
    facts.focus_predicted[wrong] = np.linspace(0.4, 0.75, int(wrong.sum()))
    card, pair, of_class = (
        find_confusion(facts), describe_confused(facts, 0, 1), explain_missed(facts, 0)
    )  # fmt: skip
    assert pair is not None
    assert of_class is not None
    reasons = ("may look alike", "surrounds the object", "explains no mistake", "too few")
    said = [[one in found.sentence for one in reasons] for found in (card, pair, of_class)]
    assert said[0] == said[1] == said[2]


def test_a_rare_class_taken_for_a_frequent_one_asks_for_balance_unless_it_has_it() -> None:
    rare = {"class_images": (30, 60, 40, 50)}
    (remedy,) = find_confusion(make_facts({(0, 1): 13}, **rare)).remedies
    assert remedy.what == BALANCED
    assert "30 images" in remedy.why
    assert "60 images" in remedy.why
    assert find_confusion(make_facts({(0, 1): 13}, **rare, balanced=True)).remedies == ()
    less = {"class_images": (30, 59, 40, 50)}
    assert find_confusion(make_facts({(0, 1): 13}, **less)).remedies == ()
    assert find_confusion(make_facts({(1, 0): 13}, **rare)).remedies == (), "the other way round"


def test_how_many_images_of_confused_classes_it_learned_from_is_said_once() -> None:
    both = {(0, 1): 13, (1, 0): 12}
    told = find_confusion(make_facts(both, class_images=(30, 30, 40, 50))).detail
    assert '"ani" and "blackbird" (30 of each so far)' in told
    told = find_confusion(make_facts(both, class_images=(30, 1_200, 40, 50))).others
    assert '"ani" (30 so far) and "blackbird" (1,200 so far)' in told


def test_classes_look_alike_to_a_network_whose_maps_lie_on_the_object() -> None:
    facts = make_facts({(0, 1): 13})
    alike = "look alike"
    assert alike in find_confusion(facts).sentence
    assert alike in find_confusion(replace(facts, checks={})).sentence
    assert alike not in find_confusion(replace(facts, guided=True)).sentence
    unknown = replace(facts, focus_predicted=np.full(len(facts.focus), np.nan))
    assert alike not in find_confusion(unknown).sentence
    assert "The classes may look alike" in find_confusion(replace(facts, box_area=0.65)).sentence
    shortcut = make_facts({(0, 1): 13}, history={"counterfactual_accuracy": [0.2] * 4})
    assert "shortcut" in rules_of(shortcut)
    assert alike not in find_confusion(shortcut).sentence
    facts.focus_predicted[:] = 0.1
    assert alike not in find_confusion(facts).sentence


def test_of_confusions_that_chance_alone_tells_apart_the_one_of_most_images_leads() -> None:
    facts = make_facts({(0, 1): 6, (2, 3): 5})
    robins = np.flatnonzero((facts.predictions["true"] == 2) & facts.right)
    kept = {  # 5 of 17 is a higher rate than 6 of 25
        name: np.delete(getattr(facts, name), robins[:8])
        for name in ("predictions", "focus", "focus_predicted")
    }
    found = find_confusion(replace(facts, **kept))
    assert 'confuses "ani" with "blackbird" (6 of 25)' in found.sentence
    assert "About as often" in found.detail


def test_classes_that_are_taken_for_the_same_one_are_counted_together() -> None:
    found = find_confusion(make_facts({(0, 1): 6, (2, 1): 5}))
    assert 'takes 11 of 50 images of "ani" and "robin" for "blackbird"' in found.sentence
    assert '"ani" for "blackbird" (6 of 25), "robin" for "blackbird" (5 of 25)' in found.detail
    assert "where wrong (11 images), 70% where right (39)" in found.detail
    assert "About as often" not in found.detail
    seen = [(one.query["from"], one.query["class"]) for one in (found.evidence, *found.elsewhere)]
    assert seen == [("ani", "blackbird"), ("robin", "blackbird")], "all 11 images can be seen"
    assert [found.evidence.what, found.elsewhere[0].what] == [
        '"ani" taken for "blackbird"',
        '"robin" taken for "blackbird"',
    ]
    apart = find_confusion(make_facts({(0, 1): 20, (2, 1): 5}))
    assert 'confuses "ani" with "blackbird" (20 of 25)' in apart.sentence
    assert (apart.evidence.what, apart.elsewhere) == ("", ())


def test_of_confused_classes_it_is_said_what_follows_from_where_it_looks() -> None:
    """Also where boxes are too large to tell, as long as the place does not change."""
    large = make_facts({(0, 1): 13}, box_area=0.6)
    same = "t looks inside the object's box in all 13 such images, as in all 12 right ones"
    so = "The classes may look alike to it: it looks"
    found, asked = find_confusion(large), describe_confused(large, 0, 1)
    assert asked is not None
    assert found.rule == "confused"
    for told in (found.sentence, asked.sentence):
        assert same in told
        assert so in told
    wrong = large.predictions["predicted"] != large.predictions["true"]
    apart = replace(large, focus_predicted=np.where(wrong, 0.62, large.focus_predicted))
    guided, unknown = replace(large, guided=True), replace(large, focus_predicted=wrong * np.nan)
    failed = {"stability": {"gradcam": CheckResult(Outcome.FAIL, 0.1, 0.0, 0.2, 20)}}
    full, doubted = replace(large, box_area=0.9), replace(large, checks=failed)
    for facts in (apart, guided, unknown, full, doubted):
        for one in (find_confusion(facts), describe_confused(facts, 0, 1)):
            assert one is not None
            assert "alike" not in one.sentence
    unchecked = describe_confused(replace(large, checks={}), 0, 1)
    assert unchecked is not None
    assert f"to it: judging by unchecked maps, i{same}" in unchecked.sentence
    on, beside = make_facts({(0, 1): 13}), make_facts({(0, 1): 13})
    beside.focus_predicted[wrong] = 0.1
    for facts, said in (
        (on, "classes may look alike to it"),
        (beside, "what surrounds the object"),
    ):
        clear = describe_confused(facts, 0, 1)
        assert clear is not None
        assert said in clear.sentence


def test_beside_how_much_of_a_map_lies_inside_boxes_stands_what_chance_does() -> None:
    by_chance = "70% where right (12), while boxes cover 30% of an image"
    boxed = make_facts({(0, 1): 13}, box_area=0.3)
    asked = describe_confused(boxed, 0, 1)
    assert asked is not None
    assert by_chance in asked.detail
    assert by_chance in find_confusion(boxed).detail
    alone = describe_confused(make_facts({(0, 1): 25}, box_area=0.3), 0, 1)
    assert alone is not None
    assert "where wrong (25 images), while boxes cover 30% of an image" in alone.detail
    other = describe_confused(replace(boxed, method="layercam"), 0, 1)
    assert other is not None
    assert "of the LayerCAM map of the class it says" in other.detail
    exact = describe_confused(make_facts({(0, 1): 13}), 0, 1)
    assert exact is not None
    assert "boxes" not in exact.in_full


def test_what_is_memorized_does_not_carry_over() -> None:
    learned = {"train_accuracy": [0.7, 0.9, 0.98, 0.99]}
    facts = make_facts({(0, 1): 10, (2, 3): 10}, history=learned)
    (found,) = [one for one in find_in_run(facts) if one.rule == "memorized"]
    assert "99.0% of its training images" in found.sentence
    assert "80 of 100 images" in found.sentence
    for sound in (
        make_facts({(0, 1): 5}, history=learned),
        make_facts({(0, 1): 10, (2, 3): 10}, history={"train_accuracy": [0.85] * 4}),
        make_facts({(0, 1): 10, (2, 3): 10}),
    ):
        assert "memorized" not in rules_of(sound)


def test_overfitting_needs_a_rise_while_training_goes_on() -> None:
    rise = {"val_loss": [1.0, 0.5, 0.6, 0.7], "train_loss": [1.0, 0.6, 0.3, 0.1]}
    (found,) = [one for one in find_in_run(make_facts(history=rise)) if one.rule == "overfitting"]
    assert "epoch 2" in found.sentence
    for harmless in (
        {"val_loss": [1.0, 0.5, 0.51, 0.52]},
        {"val_loss": [1.0, 0.5, 0.6, 0.7], "train_loss": [1.0, 0.6, 0.7, 0.8]},
    ):
        assert "overfitting" not in rules_of(make_facts(history=harmless))


def test_a_forgotten_class() -> None:
    recalls = np.ones((4, 4))
    recalls[3, 2] = 0.2
    facts = make_facts({(2, 3): 20}, recalls=recalls)
    (found,) = [one for one in find_in_run(facts) if one.rule == "forgotten class"]
    assert '"robin": 5 of 25 images are right, after 25 at epoch 1' in found.sentence
    recalls[3, 2] = 0.8
    assert "forgotten class" not in rules_of(make_facts({(2, 3): 5}, recalls=recalls))


def test_imbalance() -> None:
    true = np.repeat([0, 1, 2, 3], [170, 10, 10, 10])
    predictions = np.zeros(200, PREDICTION)
    predictions["true"] = true
    facts = make_facts()
    unknown = np.full(200, np.nan)
    uneven = RunFacts(
        facts.run_id, CLASSES, facts.history, predictions, facts.recalls, unknown, unknown
    )
    (found,) = [one for one in find_in_run(uneven) if one.rule == "imbalance"]
    assert "0 of 10" in found.sentence
    assert "imbalance" not in rules_of(facts)


def test_a_first_loss_worse_than_guessing() -> None:
    high = {"val_loss": [3.0, 1.0, 0.9, 0.8]}
    assert "loss above chance" in rules_of(make_facts(history=high))
    assert "loss above chance" not in rules_of(make_facts(history={"val_loss": [1.4, 1, 0.9, 0.8]}))


def test_accuracy_that_still_rises() -> None:
    rising = {"val_accuracy": [0.4, 0.48, 0.55, 0.61]}
    assert "still rising" in rules_of(make_facts(history=rising))
    flat = {"val_accuracy": [0.4, 0.60, 0.61, 0.61]}
    assert "still rising" not in rules_of(make_facts(history=flat))


def test_the_epoch_at_which_focus_changed_most() -> None:
    facts = make_facts(history={"focus": [0.41, 0.42, 0.55, 0.56]})
    (found,) = [one for one in find_in_run(facts) if one.rule == "focus changed"]
    assert "epoch 3: mean focus went from 0.42 to 0.55." in found.sentence
    assert "over 100 " in found.detail
    assert found.evidence.query == {"run": facts.run_id, "epoch": "3"}


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (
            [0.2, 0.6, 0.4, 0.7],
            "From epoch 4 on, most of the map lies on the object",
        ),
        ([0.2, 0.3, 0.4, 0.5], "At no epoch does it look at the object"),
        ([np.nan] * 4, ""),
        ([0.2, 0.6, 0.6, 0.3], ""),
    ],
)
def test_the_epoch_from_which_on_most_maps_lie_on_the_object(
    inside: list[float], said: str
) -> None:
    facts = make_facts(history={"focus": [0.41, 0.42, 0.55, 0.56], "focus_inside": inside})
    (found,) = [one for one in find_in_run(facts) if one.rule == "focus changed"]
    _, _, arrived = found.sentence.partition("0.55.")
    assert arrived.lstrip().startswith(said)
    assert bool(arrived) == bool(said)


@pytest.mark.parametrize(("course", "named"), [([0.4, 0.6], 2), ([0.6, 0.4], 1)])
def test_the_change_of_focus_leads_to_the_class_that_changed_most(
    course: list[float], named: int
) -> None:
    facts = make_facts(history={"focus": [course[0]] * 2 + [course[1]] * 2})
    before, after = (np.full(100, focus) for focus in course)
    after[facts.predictions["true"] == 2], after[facts.predictions["true"] == 1] = 0.9, 0.1
    facts = replace(facts, focus_around=np.stack([before, after]))
    (found,) = [one for one in find_in_run(facts) if one.rule == "focus changed"]
    assert f'"{CLASSES[named]}" ({course[0]:.2f} to {after[25 * named]:.2f})' in found.detail
    assert found.evidence.query["class"] == CLASSES[named]
    assert found.evidence.query["epoch"] == "3"


def test_methods_to_believe() -> None:
    def result(outcome: Outcome) -> CheckResult:
        return CheckResult(outcome, 0.5, 0.4, 0.6, 20)

    checks = {
        "variance": {
            "gradcam": result(Outcome.PASS),
            "gradient": result(Outcome.FAIL),
            "cam": result(Outcome.PASS),
        },
        "stability": {
            "gradcam": result(Outcome.PASS),
            "gradient": result(Outcome.PASS),
            "cam": result(Outcome.NOT_JUDGED),
        },
    }
    (found,) = [one for one in find_in_run(make_facts(checks=checks)) if one.rule == "methods"]
    assert "Grad-CAM" in found.sentence
    assert "CAM," not in found.sentence, "one judged check is not enough"
    assert found.detail.startswith("Do not rely on Gradient")


def test_the_worst_comes_first_and_has_advice() -> None:
    rise = {"val_loss": [1.0, 0.5, 0.6, 0.7], "focus": [0.2, 0.5, 0.2, 0.2]}
    found = find_in_run(make_facts({(0, 1): 13}, focus=0.2, history=rise))
    assert [one.severity for one in found] == sorted((one.severity for one in found), reverse=True)
    assert all(one.advice for one in found if one.severity >= Severity.WARNING)
    assert len(write_findings(found)) == 4


def make_finding(rule: str, fault: str = "") -> Finding:
    return Finding(rule, Severity.PROBLEM, f"{rule}.", "", Evidence("overview"), fault)


def test_signs_of_one_fault_stand_together() -> None:
    """And where each finding is read alone, other things come before a fault's further signs."""
    one, other = (make_finding(rule) for rule in ("rare", "rare"))
    first, second, third = (make_finding(rule, "shortcut") for rule in "abc")
    found = [one, first, other, second, third]
    assert group_signs(found) == [(one,), (first, second, third), (other,)]
    assert choose_findings(found, 4) == [one, first, other, second]
    assert write_findings(found, 1) == ["rare."]
    assert group_signs([]) == []


def test_a_shortcut_is_one_fault() -> None:
    lost = {"counterfactual_accuracy": [0.2] * 4}
    found = find_in_run(make_facts(focus=0.1, history=lost, counterfactual_images=100))
    signs = [{one.rule for one in group} for group in group_signs(found)]
    assert {"shortcut", "beside"} in signs


def test_rules_have_names_of_their_own() -> None:
    assert all(rule.name == name for name, rule in RUN_RULES.items())


@given(
    some.integers(1, 4),
    some.integers(0, 2**32 - 1),
    some.sampled_from([np.nan, 0.0, 1.0]),
)
def test_rules_take_whatever_a_run_holds(epochs: int, seed: int, gap: float) -> None:
    """One image, classes without images, unknown numbers: a sentence without nan, or nothing."""
    rng = np.random.default_rng(seed)
    images = int(rng.integers(1, 30))
    predictions = np.zeros(images, PREDICTION)
    predictions["true"], predictions["predicted"] = rng.integers(0, 4, (2, images))
    names = ("val_accuracy", "val_loss", "train_loss", "focus", "counterfactual_accuracy")
    table = pd.DataFrame(
        {name: np.where(rng.random(epochs) < 0.3, gap, rng.random(epochs)) for name in names},
        index=np.arange(1, epochs + 1),
    )
    recalls = np.where(rng.random((epochs, 4)) < 0.2, np.nan, rng.random((epochs, 4)))
    focus = np.where(rng.random(images) < 0.3, np.nan, rng.random(images))
    facts = RunFacts("f" * 32, CLASSES, table, predictions, recalls, focus, focus[::-1])
    for finding in find_in_run(facts):
        assert "nan" not in finding.in_full
        assert len(finding.sentence) <= 300


@pytest.mark.parametrize(("missed", "surprising"), [(5, True), (40, False)])
def test_looking_beside_the_object_is_a_surprise_in_an_accurate_network_alone(
    missed: int, surprising: bool
) -> None:
    (found,) = [
        one
        for one in find_in_run(make_facts({(0, 1): missed // 2, (1, 2): missed // 2}, focus=0.1))
        if one.rule == "beside"
    ]
    assert ("though it is right" in found.sentence) == surprising
    assert "is right on" in found.sentence


def test_a_class_that_is_an_exception_is_named_and_shown_and_there_is_no_praise() -> None:
    facts = make_facts()
    facts.focus[facts.predictions["true"] == 2] = 0.9
    (praised,) = find_in_run(facts)
    assert praised.severity is Severity.GOOD
    assert praised.evidence.query["class"] == CLASSES[2], "the best"
    facts.focus[facts.predictions["true"] == 1] = 0.3
    (found,) = find_in_run(facts)
    assert found.severity is Severity.WARNING
    assert f'in the class "{CLASSES[1]}" only 0.30' in found.detail
    assert found.claim == f'It looks beside the object in 25 of 25 images of "{CLASSES[1]}":'
    assert "lies on it in 75 of 100" in found.sentence
    assert f'in "{CLASSES[1]}":' in found.advice
    assert found.evidence.query["class"] == CLASSES[1]


def test_each_class_is_named_of_which_at_most_half_is_looked_at_the_worst_first() -> None:
    facts = make_facts()
    for target, beside in ((0, 12), (1, 13), (2, 14)):
        facts.focus[np.flatnonzero(facts.predictions["true"] == target)[:beside]] = 0.2
    (found,) = find_in_run(facts)
    assert (found.rule, found.severity) == ("partly on the object", Severity.NOTE)
    assert '14 of 25 images of "robin" and 13 of 25 images of "blackbird":' in found.sentence
    assert "ani" not in found.sentence
    assert found.evidence.query["class"] == "robin"


def test_of_many_classes_looked_at_beside_three_are_named() -> None:
    rates = np.repeat([0.9, 0.2, 0.2, 0.2, 0.2, 0.9], 20)
    some = list_beside(rates, np.repeat(np.arange(6), 20), 6)
    told = name_beside(some, ("a", "b", "c", "d", "e", "f"), Place(0.2))
    each = ", ".join(f'20 of 20 images of "{name}"' for name in "bcd")
    assert told == f"beside its box in {each} and 1 more"
    assert all(one.certain for one in some)


def test_a_warning_names_and_shows_the_classes_it_rests_on_and_the_others_apart() -> None:
    sizes, beside = (14, 14, 14, 100, 300), (10, 10, 10, 66, 10)
    names = ("small1", "small2", "small3", "BIG", "fine")
    true = np.repeat(np.arange(5), sizes)
    predictions = np.zeros(len(true), PREDICTION)
    predictions["true"] = predictions["predicted"] = true
    focus = np.full(len(true), 0.8)
    for target, off in enumerate(beside):
        focus[np.flatnonzero(true == target)[:off]] = 0.2
    facts = replace(
        make_facts(recalls=np.ones((4, 5))),
        classes=names,
        predictions=predictions,
        focus=focus,
        focus_predicted=focus,
    )
    assert [one.certain for one in list_beside(focus, true, 5)] == [True, False, False, False]
    (found,) = find_in_run(facts)
    assert found.severity is Severity.WARNING
    assert found.claim.endswith('beside the object in 66 of 100 images of "BIG":')
    assert 'perhaps also in 10 of 14 images of "small1"' in found.sentence
    assert 'little in "BIG":' in found.advice
    assert "small" not in found.advice
    assert found.evidence.query["class"] == "BIG"


@pytest.mark.parametrize(
    ("pointed", "rule", "severity"),
    [
        (24, "on the object", Severity.GOOD),
        (13, "beside in classes", Severity.WARNING),
        (1, "beside in classes", Severity.WARNING),
    ],
)
def test_a_wide_map_that_points_at_the_object_accuses_no_class(
    pointed: int, rule: str, severity: Severity
) -> None:
    facts = make_facts()
    own = np.flatnonzero(facts.predictions["true"] == 1)
    facts.focus[own] = 0.3
    pointing = np.full(len(facts.focus), np.nan)
    pointing[own] = np.arange(len(own)) < pointed
    (found,) = find_in_run(replace(facts, pointing=pointing))
    assert (found.rule, found.severity) == (rule, severity)
    assert (f"{pointed} of 25 images" in found.sentence) == (severity is Severity.GOOD)


def test_wide_maps_do_not_say_why_images_are_missed() -> None:
    facts = make_facts({(0, 1): 13}, focus=0.3)
    beside = explain_missed(facts, 0)
    assert beside is not None
    assert "beside the object" in beside.sentence
    wide = explain_missed(replace(facts, pointing=np.ones(len(facts.focus))), 0)
    assert wide is not None
    assert wide.sentence == UNTOLD


def test_one_wide_class_does_not_silence_what_is_said_of_the_others() -> None:
    facts = make_facts({(0, 1): 13})
    other = facts.predictions["true"] == 2
    facts.focus[other] = 0.3
    pointing = np.where(other, 1.0, np.nan)
    said = explain_missed(replace(facts, pointing=pointing), 0)
    assert said is not None
    assert "alike" in said.sentence


def test_a_spot_inside_a_box_that_covers_most_of_the_image_clears_nobody() -> None:
    """Any spot may lie there: of 100 maps 70 point inside a box that covers 65% of the image."""
    facts = make_facts(focus=0.3, history={"focus_inside": [0.0] * 4})
    pointing = 1.0 * (np.arange(100) < 70)
    small, large = (replace(facts, pointing=pointing, box_area=area) for area in (0.3, 0.65))
    assert "around the object" in rules_of(small)
    assert "beside" in rules_of(large)


@pytest.mark.parametrize(("pointed", "rule"), [(90, "around the object"), (55, "beside")])
def test_a_network_whose_maps_are_wide_looks_around_the_object(pointed: int, rule: str) -> None:
    facts = make_facts(focus=0.3, history={"focus_inside": [0.0] * 4})
    facts = replace(facts, pointing=1.0 * (np.arange(100) < pointed))
    found = {one.rule: one.in_full for one in find_in_run(facts)}
    assert {"beside", "around the object"} & set(found) == {rule}
    assert (f"{pointed} of 100" in found[rule]) == (rule != "beside")


def test_of_many_classes_chance_alone_makes_none_certain() -> None:
    """Of 200 runs with 200 classes none looked at beside the object, beyond one in twenty."""
    rng, true = np.random.default_rng(0), np.repeat(np.arange(200), 30)
    runs = (list_beside(1.0 * (rng.random(6000) >= 0.45), true, 200) for _ in range(200))
    assert sum(any(one.certain for one in run) for run in runs) <= 10


def test_of_pairs_confused_equally_often_the_one_that_loses_more_of_its_class_is_named() -> None:
    facts = make_facts({(0, 1): 6, (2, 3): 6})
    rows = facts.predictions
    fewer = np.flatnonzero((rows["true"] == 2) & (rows["predicted"] == 2))[:10]
    less = replace(
        facts,
        predictions=np.delete(rows, fewer),
        focus=np.delete(facts.focus, fewer),
        focus_predicted=np.delete(facts.focus_predicted, fewer),
    )
    (found,) = (one for one in find_in_run(less) if one.rule.startswith("confused"))
    assert f'confuses "{CLASSES[2]}" with "{CLASSES[3]}" (6 of 15)' in found.sentence


def test_pairs_that_only_chance_tells_from_the_first_are_named_with_their_counts() -> None:
    (found,) = (
        one
        for one in find_in_run(make_facts({(0, 1): 20, (2, 3): 18, (3, 0): 5}))
        if one.rule.startswith("confused")
    )
    assert 'confuses "ani" with "blackbird" (20 of 25)' in found.sentence
    assert '"robin" for "wren" (18 of 25)' in found.detail
    assert '"wren" for "ani"' not in found.detail


def test_methods_that_disagree_are_told() -> None:
    def told(second: float) -> bool:
        return "methods disagree" in rules_of(make_facts(history={"focus_gradcampp": [second] * 4}))

    assert told(0.3)
    assert not told(0.6)


def test_empty_maps_and_negative_energy_stand_beside_focus() -> None:
    fooled = make_facts(history={"empty_maps": [0.17] * 4, "negative_energy": [0.8] * 4})
    assert {"empty maps", "negative energy"} <= rules_of(fooled)
    honest = make_facts(history={"empty_maps": [0.0] * 4, "negative_energy": [0.1] * 4})
    assert not {"empty maps", "negative energy"} & rules_of(honest)


def test_boxes_are_told_as_boxes() -> None:
    masked, boxed = make_facts(), make_facts(box_area=0.4)
    (exact,), (box,) = (
        [one for one in find_in_run(facts) if one.rule == "on the object"]
        for facts in (masked, boxed)
    )
    assert (
        "looks at the object: most of the true class's map lies on it in 100 of 100 images"
        in exact.sentence
    )
    assert (
        "the object's box: most of the true class's map lies inside it in 100 of 100"
        in box.sentence
    )
    for one in (exact, box):
        assert TRUE_MAP in one.detail
        assert "100 validation images (all classes)" in one.detail
    assert "while boxes cover 40%" in box.detail
    assert "On average 70% of a map lies inside" in box.detail
    assert "Boxes cover" not in exact.in_full
    filled = make_facts(box_area=0.56)
    (told,) = (one for one in find_in_run(filled) if one.rule == "inside large boxes")
    assert "covers 56% of the image: little better than chance" in told.sentence
    assert told.severity is Severity.NOTE
    assert "on the object" not in rules_of(filled)
    beside = find_in_run(make_facts(focus=0.1, box_area=0.4))[0]
    assert beside.rule == "beside"
    assert "lies outside its box" in beside.sentence


def test_inside_boxes_little_better_than_chance_in_a_class_earns_no_praise() -> None:
    facts = make_facts(box_area=0.4)
    facts.focus[: 2 * EACH] = 0.55
    facts.focus[2 * EACH :] = 0.9
    (found,) = [one for one in find_in_run(facts) if "on the object" in one.rule]
    assert (found.rule, found.severity) == ("partly on the object", Severity.NOTE)
    assert '; in "ani" and "blackbird" boxes are too large to tell.' in found.sentence
    assert "in 2 of 4 classes" in found.detail
    assert '"ani", "blackbird", least in "ani": 0.55' in found.detail
    assert found.evidence.query["class"] == "ani"


def test_maps_of_a_method_that_failed_the_checks_say_so() -> None:
    failed = {"stability": {"gradcam": CheckResult(Outcome.FAIL, 0.1, 0.0, 0.2, 20)}}
    told = OF_METHOD[Advice.DO_NOT]
    (found,) = [one for one in find_in_run(make_facts(checks=failed)) if "object" in one.rule]
    assert (found.rule, found.severity) == ("on the object, doubted", Severity.NOTE)
    assert told in found.sentence
    assert "Check them" not in found.advice
    confused = find_confusion(make_facts({(0, 1): 13}, checks=failed))
    assert confused.rule == "confused", "maps that fail the checks tell no cause"
    assert (confused.sentence.count(told), confused.detail.count(told)) == (0, 1)
    asked = describe_confused(make_facts({(0, 1): 13}, checks=failed), 0, 1)
    assert asked is not None
    assert told in asked.detail


def test_the_weakest_class_needs_images_and_more_than_chance() -> None:
    def double(facts: RunFacts) -> RunFacts:
        names = ("predictions", "focus", "focus_predicted")
        return replace(facts, **{name: np.tile(getattr(facts, name), 2) for name in names})

    few = make_facts({(0, 1): 20})
    assert "weak class" not in rules_of(few)
    (told,) = [one for one in find_in_run(double(few)) if one.rule == "weak class"]
    assert '"ani": right on 10 of 50 images (20.0%)' in told.sentence
    assert told.detail.startswith("95% interval")
    assert told.evidence.query["class"] == "ani"
    assert "image" in told.evidence.query, "a missed one"
    assert "weak class" not in rules_of(double(make_facts({(0, 1): 2})))


@pytest.mark.parametrize(
    ("missed", "beside", "says", "recipe"),
    [
        (1, False, "Only 1 of 25 images is missed: nothing to explain.", False),
        (2, False, "Only 2 of 25 images are missed: nothing to explain.", False),
        (1, True, "beside the object in the missed image, but in none of 24 right ones", False),
        (3, False, "in all 3 missed images, as in all 22 right ones", True),
    ],
)
def test_against_a_mistake_or_two_of_a_class_that_is_nearly_always_right_no_recipe_is_given(
    missed: int, beside: bool, says: str, recipe: bool
) -> None:
    facts = make_facts({(0, 1): missed})
    if beside:
        facts.focus_predicted[~facts.right] = 0.1
    for found in (explain_missed(facts, 0), describe_confused(facts, 0, 1)):
        assert found is not None
        assert says in found.sentence.replace("such image", "missed image")
        assert ("training images" in found.advice) == recipe
        assert "alike" not in found.sentence or recipe
        assert recipe or not found.remedies
