"""What convicts a network, by interventions of which it is known what they cost."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from saliencnn.checks.grading import CheckResult, Outcome
from saliencnn.checks.interventions.answers import CONTROL, Answers, find_partners
from saliencnn.checks.interventions.effects import Effects, find_effects
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.planted import STICKER, describe_sticker, name_shortcut
from saliencnn.findings.finding import Severity
from saliencnn.findings.of_interventions import CONVICTING, DOUBTFUL, INTERVENTION_RULES, convict
from saliencnn.findings.of_run import find_in_run
from saliencnn.findings.shortcut_signs import MIN_IMAGES
from tests.saliencnn.findings.test_of_run import make_facts

CLASSES, EACH = 4, 60
NONE = ""
HONEST = {
    **dict.fromkeys(("object-mean", "object-blur", "object-inpaint"), 0.25),
    **dict.fromkeys(("attended-mean", "cell-1-1", "darker", "contrast", "low-pass"), 0.6),
}
CASES = {
    "hardly needs the object": {"object-mean": 0.95, "object-blur": 0.9, "object-inpaint": 0.9},
    "reads colours beside the object": {**HONEST, "background-hue": 0.4},
    "reads the background": {**HONEST, "background-swapped": 0.3},
    "reads one place": {**HONEST, "corner-lower-left": 0.6},
    "reads one corner": {**HONEST, "other-lower-left": 0.6, "corner-lower-left": 0.6},
    "reads the border": {**HONEST, "other-border": 0.5},
    "reads the brightness": {**HONEST, "other-brightness": 0.3},
    "reads fine detail": {**HONEST, "other-detail": 0.4},
    NONE: HONEST,
}


def effects_of(right: Mapping[str, float], each: int = EACH, masks: bool = True) -> Effects:
    """All that is not named keeps 0.98 of the images right; controls do so, too.

    The others follow what was taken from another class, where something was.
    """
    labels = np.tile(np.arange(CLASSES), each)
    others = labels[find_partners(labels, same=False)]
    rows = [row for row in INTERVENTIONS.values() if masks or row.needs != "object"]
    names = ["", *(row.name for row in rows), *(row.name + CONTROL for row in rows if row.control)]

    def answer(name: str) -> np.ndarray:
        kept = round(right.get(name, 0.98) * len(labels))
        wrong = others if name.startswith("other-") else (labels + 1) % CLASSES
        return np.where(np.arange(len(labels)) < kept, labels, wrong)

    predicted = np.stack([answer(name) for name in names])
    return find_effects(Answers(tuple(names), predicted, np.ones(predicted.shape, "f4")), labels)


def rules_of(effects: Effects) -> list[str]:
    known = {rule.name for rule in INTERVENTION_RULES}
    found = find_in_run(make_facts(effects=effects))
    return [finding.rule for finding in found if finding.rule in known]


@pytest.mark.parametrize("name", CASES)
def test_each_shortcut_is_named(name: str) -> None:
    effects = effects_of(CASES[name])
    assert convict(effects) == name
    assert rules_of(effects) == ([name] if name else ["no shortcut found"])


def test_what_a_network_reads_is_named_before_what_it_does_not_need() -> None:
    for name in CASES.keys() - {NONE, "hardly needs the object"}:
        both = {**CASES[name], **CASES["hardly needs the object"]}
        assert rules_of(effects_of(both)) == [name, "hardly needs the object"]
    corner = {**CASES["reads one corner"], **CASES["reads the background"]}
    assert convict(effects_of(corner)) == "reads one corner"


def test_the_shortcut_that_images_were_built_with_is_named() -> None:
    notes = ["190 of 200 classes have no image.", describe_sticker("98%")]
    assert name_shortcut(notes) == STICKER
    assert name_shortcut(notes[:1]) == ""
    effects = effects_of(CASES["reads colours beside the object"])
    history = {"counterfactual_accuracy": [0.3] * 4}
    facts = make_facts(effects=effects, history=history, counterfactual_images=200)
    found = find_in_run(replace(facts, built_shortcut=STICKER))
    told = {one.rule: STICKER in one.sentence for one in found}
    assert told["reads colours beside the object"]
    assert told["shortcut"]


def test_no_shortcut_is_denied_that_the_counterfactual_images_show() -> None:
    effects = effects_of(HONEST)
    for without, denied in ((1.0, True), (0.9, False), (0.3, False)):
        history = {"counterfactual_accuracy": [without] * 4}
        facts = make_facts(effects=effects, history=history, counterfactual_images=200)
        rules = [finding.rule for finding in find_in_run(facts)]
        assert ("no shortcut found" in rules) == denied


def test_every_conviction_is_tried() -> None:
    assert {name for name, *_ in CONVICTING} == {*CASES} - {NONE}


def test_without_masks_colour_is_doubted_only() -> None:
    effects = effects_of({"hue": 0.2}, masks=False)
    assert convict(effects) == ""
    assert rules_of(effects) == ["needs colour"]
    assert rules_of(effects_of({"hue": 0.2, **HONEST})) == ["no shortcut found"]
    assert rules_of(effects_of({"other-tint": 0.3, **HONEST})) == ["reads the colour cast"]


def test_an_edge_that_many_places_share_convicts_nobody() -> None:
    cells = {f"cell-{row}-{column}": 0.7 for row in range(4) for column in range(4)}
    assert convict(effects_of({**HONEST, **cells})) == ""
    assert convict(effects_of({**HONEST, "cell-3-0": 0.6, "cell-2-0": 0.7})) == "reads one place"
    assert convict(effects_of({**HONEST, "cell-1-2": 0.3})) == ""  # inside lies the object
    reaching = {**HONEST, "cell-0-2": 0.8, "cell-1-2": 0.7}
    assert convict(effects_of(reaching)) == ""  # from there it reaches to the edge
    assert convict(effects_of({**reaching, "cell-0-2": 0.6})) == "reads one place"


def test_no_sign_of_a_shortcut_is_not_said_of_a_class_that_is_looked_at_beside() -> None:
    facts = make_facts(effects=effects_of({**HONEST, "cell-1-1": 0.98}))
    facts.focus[facts.predictions["true"] == 1] = 0.2
    found = {one.rule: one.sentence for one in find_in_run(facts)}
    assert 'beside the object in 25 of 25 images of "blackbird"' in found["beside in classes"]
    assert found["no shortcut found"].startswith(
        'No sign of a shortcut over all classes together, which does not clear it in "blackbird".'
    )


@pytest.mark.parametrize(
    "checks", [{}, {"stability": {"gradcam": CheckResult(Outcome.FAIL, 0.1, 0.0, 0.2, 20)}}]
)
def test_maps_that_are_not_believed_take_nothing_from_what_interventions_acquit(
    checks: Mapping[str, Mapping[str, CheckResult]],
) -> None:
    facts = make_facts(effects=effects_of({**HONEST, "cell-1-1": 0.98}), checks=checks)
    facts.focus[facts.predictions["true"] == 1] = 0.2
    (found,) = (one for one in find_in_run(facts) if one.rule == "no shortcut found")
    assert found.sentence == "No sign of a shortcut."


def test_the_part_that_costs_most_is_acquitted_with_a_reason() -> None:
    """In a sentence of its own that is understood at once; which part it is stands behind it."""

    def told(**cells: float) -> tuple[str, str]:
        right = {name.replace("_", "-"): kept for name, kept in cells.items()}
        (found,) = (
            one
            for one in find_in_run(
                make_facts(effects=effects_of({**HONEST, "cell-1-1": 0.98, **right}))
            )
            if one.rule == "no shortcut found"
        )
        return found.sentence, found.detail

    assert told()[0] == "No sign of a shortcut."
    assert "row" not in told()[1]
    sentence, detail = told(cell_1_2=0.6)
    assert sentence == (
        "No sign of a shortcut. Hiding one inner part of the images costs 38 percentage points of "
        "accuracy, as expected: objects mostly lie there."
    )
    assert "The part that costs most is row 2, column 3 of 4 x 4 parts." in detail
    assert f"were tried on {CLASSES * EACH} of them" in detail
    sentence, detail = told(cell_0_2=0.6, cell_3_0=0.7)
    assert "one part at the edge of the images costs 38 percentage points" in sentence
    assert "hiding others costs some, too" in sentence
    assert "row 1, column 3" in detail


def test_few_images_and_poor_networks_say_nothing() -> None:
    cheat = CASES["hardly needs the object"]
    assert rules_of(effects_of(cheat, each=MIN_IMAGES // CLASSES - 1)) == []
    poor = dict.fromkeys(("", *INTERVENTIONS), 0.3)
    assert rules_of(effects_of(poor)) == []


def test_errors_without_a_direction_convict_nobody() -> None:
    labels = np.tile(np.arange(CLASSES), EACH)
    others = labels[find_partners(labels, same=False)]
    names = [name for name, row in INTERVENTIONS.items() if row.needs == "other"]
    rng = np.random.default_rng(0)
    lost = np.where(rng.random(len(labels)) < 0.5, labels, rng.integers(0, CLASSES, len(labels)))
    predicted = np.stack([labels, *[lost] * 2 * len(names)])
    every = ("", *names, *(name + CONTROL for name in names))
    answers = Answers(every, predicted, np.ones(predicted.shape, "f4"))
    assert convict(find_effects(answers, labels)) == ""
    predicted[1 : 1 + len(names)] = np.where(lost == labels, labels, others)
    assert convict(find_effects(answers, labels)) != ""


def test_what_gives_one_class_away_is_named_with_it() -> None:
    labels = np.tile(np.arange(8), 30)
    others = labels[find_partners(labels, same=False)]
    after = np.where(others == 5, 5, labels)
    name = "other-upper-left"
    answers = Answers(
        ("", name, name + CONTROL), np.stack([labels, after, labels]), np.ones((3, 240))
    )
    facts = make_facts(effects=find_effects(answers, labels))
    facts = replace(facts, classes=tuple("abcdefgh"))
    (rule,) = (one for one in INTERVENTION_RULES if one.name == "reads one corner")
    given = int((others == 5).sum())
    assert (found := rule.apply(facts)) is not None
    assert f'{given} of {given} images to which that of the class "f" was given' in found.sentence


def test_chance_alone_convicts_nobody() -> None:
    """Of 200 networks whose answers change at random, none beyond one in twenty."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(CLASSES), 15)
    names = ("", *INTERVENTIONS, *(n + CONTROL for n, row in INTERVENTIONS.items() if row.control))
    accused = 0
    for _ in range(200):
        right = rng.random((len(names), len(labels))) < 0.7
        right[[names.index(f"object-{fill}") for fill in ("mean", "blur", "inpaint")]] = (
            rng.random((3, len(labels))) < 0.25
        )
        predicted = np.where(right, labels, (labels + 1) % CLASSES)
        answers = Answers(names, predicted, np.ones(predicted.shape, "f4"))
        accused += bool(convict(find_effects(answers, labels)))
    assert accused <= 10


def test_what_to_change_can_be_filled_in() -> None:
    for name, right in CASES.items():
        (finding,) = (
            one for one in find_in_run(make_facts(effects=effects_of(right)))
            if one.rule == (name or "no shortcut found")
        )  # fmt: skip
        assert finding.severity == (Severity.PROBLEM if name else Severity.GOOD)
        changes = finding.evidence.query.get("change", ())
        assert finding.evidence.page == ("retrain" if changes else "trust")
        # Whatever the run was trained with: guidance excludes what mixes images.
        wanted = dict(one.split(":") for one in changes)
        Hyperparameters.from_mapping({"mixup": 0.4, "cutmix": 0.4, **wanted})
    for _, _, _, reading in (*CONVICTING, *DOUBTFUL):
        assert reading.advice
