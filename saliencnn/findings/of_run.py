"""What stands out in a training run: one row a rule."""

from saliencnn.findings import (
    attention_signs,
    confusion_signs,
    counterfactual_signs,
    learning_signs,
    map_signs,
)
from saliencnn.findings.finding import Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.focus_words import FOCUS_LABEL
from saliencnn.findings.looks import Looks
from saliencnn.findings.method_groups import (
    believes_any,
    doubt_all,
    explain_methods,
    tell_methods,
)
from saliencnn.findings.methods import judge_methods
from saliencnn.findings.of_interventions import INTERVENTION_RULES
from saliencnn.findings.run_facts import RunFacts

TRUE_MAP = f"the {FOCUS_LABEL} map of the true class"
ON_OBJECT = (
    "{it_looks} looks {where}: {also}most of the true class's map lies {on} in {count:,} of {of:,} "
    "images{but}."
)
UNCHECKED = ON_OBJECT.replace("{it_looks} looks {where}", "By its unchecked maps it looks {where}")
MEAN_FOCUS = f"Told from {TRUE_MAP}, in {{known}}. Mean focus is {{focus:.2f}}{{least}}.{{chance}}"


def find_in_run(facts: RunFacts) -> tuple[Finding, ...]:
    """Return what stands out in a run, what matters most first."""
    return apply_rules(RUN_RULES.values(), facts)


def _find_data_shortcut(facts: RunFacts) -> Found | None:
    if not facts.shortcuts:
        return None
    first, *others = facts.shortcuts
    more = f" From {len(others)} other properties it can be told, too." if others else ""
    return Found({"told": first, "more": more}, facts.see("overview"))


def _find_methods(facts: RunFacts) -> Found | None:
    judged = judge_methods(facts.checks)
    told = tell_methods(judged)
    if not told:
        return None
    first = told[0] if believes_any(judged) else f"{doubt_all(judged)}."
    return Found({"told": first, "why": explain_methods(judged)}, facts.see("trust"))


_ROWS: tuple[Rule[RunFacts], ...] = (
    *INTERVENTION_RULES,
    Rule(
        "shortcut",
        Severity.PROBLEM,
        counterfactual_signs.find_shortcut,
        "It relies on a shortcut{built}: it is right on {right}, but only on {without} where the "
        "shortcut says another class.",
        "See where its maps lie, then retrain so that the shortcut tells nothing.",
        counterfactual_signs.SHORTCUT,
    ),
    Rule(
        "leans on a shortcut",
        Severity.WARNING,
        counterfactual_signs.find_leaning,
        "It still leans on a shortcut{built}: it is right on {right}, but on {without} where the "
        "shortcut says another class.",
        "More of what made it better may remove the rest.",
        counterfactual_signs.SHORTCUT,
        "The difference is more than chance explains.",
    ),
    Rule(
        "beside",
        Severity.PROBLEM,
        attention_signs.find_beside,
        "{it_looks} looks beside the object{right}: most of the true class's map lies "
        "outside {it} in {count:,} of {of:,} images.",
        "See what the maps lie on before you trust its accuracy.",
        counterfactual_signs.SHORTCUT,
        f"Told from {TRUE_MAP}, in {{known}}. Mean focus is {{focus:.2f}}.",
    ),
    Rule(
        "around the object",
        Severity.NOTE,
        attention_signs.find_around,
        "{it_looks} looks {at} and around it: the brightest spot of its maps lies {on} in "
        "{pointed:,} of {spots:,} images, most of the map outside {it} in {count:,} of {of:,}.",
        "See what else its maps lie on.",
        detail=f"Told from {TRUE_MAP}, in {{known}}. Mean focus is {{focus:.2f}}.",
    ),
    Rule("data shortcut", Severity.WARNING, _find_data_shortcut, "{told}{more}"),
    Rule(
        "methods disagree",
        Severity.WARNING,
        map_signs.find_methods_apart,
        "Its maps contradict each other: focus is {first:.2f} by Grad-CAM and {second:.2f} by "
        "Grad-CAM++, so it says nothing about this network.",
        "Believe interventions instead: hide the object and see whether it still knows the class.",
    ),
    Rule(
        "empty maps",
        Severity.WARNING,
        map_signs.find_empty,
        "{count:,} of {images:,} maps are empty: nothing in these images speaks for their class.",
        "They count as 0 in focus; see which images they are.",
    ),
    Rule(
        "negative energy",
        Severity.WARNING,
        map_signs.find_negative,
        "It argues against other classes rather than for one: {negative:.0%} of its maps' energy "
        "is negative.",
        "What speaks against a class is not drawn, so maps show only part of what it uses.",
    ),
    Rule(
        "loss above chance",
        Severity.WARNING,
        learning_signs.find_high_first_loss,
        "The first epoch's validation loss, {loss:.2f}, is worse than guessing ({chance:.2f}).",
        "Try a tenth of the learning rate.",
    ),
    Rule(
        "forgotten class",
        Severity.WARNING,
        learning_signs.find_forgotten,
        "It no longer recognizes the class {name}: {now} of {images} images are right, after "
        "{best} at epoch {epoch}.",
        "Compare both epochs' maps, and take the earlier checkpoint if the class matters.",
    ),
    Rule(
        "imbalance",
        Severity.WARNING,
        learning_signs.find_imbalance,
        "Frequent classes carry the accuracy: it is right on {told}, yet macro F1 is "
        "{macro_f1:.2f}, and of the class {name} {right} of {images} images are right.",
        "Let each class count the same (--balance sampling), or get more images of rare ones.",
    ),
    Rule(
        "weak class",
        Severity.WARNING,
        learning_signs.find_weak_class,
        "It is weakest on the class {kind}: right on {counted}, against {told} in all.",
        "See what it takes them for; more training images of the class may help.",
        detail="{interval}.",
    ),
    Rule(
        "overfitting",
        Severity.WARNING,
        learning_signs.find_overfitting,
        "It overfits: validation loss has risen since epoch {epoch} ({best:.2f} to {last:.2f}) "
        "while training loss fell.",
        "Take that epoch's checkpoint, or retrain with stronger augmentation.",
    ),
    Rule(
        "confused, looks beside",
        Severity.WARNING,
        lambda facts: confusion_signs.find_confused(facts, Looks.BESIDE),
        "{confuses}. {so}",
        confusion_signs.SEE_MISSED,
        detail=confusion_signs.DETAIL,
    ),
    Rule(
        "confused",
        Severity.NOTE,
        lambda facts: confusion_signs.find_confused(facts, *confusion_signs.OTHERWISE),
        "{confuses}. {so}",
        "{may_help}",
        detail=confusion_signs.DETAIL,
    ),
    Rule(
        "on the object, unchecked",
        Severity.NOTE,
        lambda facts: (
            None if facts.checks else attention_signs.find_on_object(facts, checked=False)
        ),
        UNCHECKED,
        "Check them.",
        detail=MEAN_FOCUS,
    ),
    Rule(
        "on the object, doubted",
        Severity.NOTE,
        lambda facts: (
            attention_signs.find_on_object(facts, checked=False) if facts.checks else None
        ),
        ON_OBJECT,
        "See what the checks found.",
        detail=MEAN_FOCUS,
    ),
    Rule(
        "beside in classes",
        Severity.WARNING,
        lambda facts: attention_signs.find_on_object(facts, True, Severity.WARNING),
        ON_OBJECT,
        "Being right proves little in {certain}: see what its maps lie on there before you use it.",
        detail=MEAN_FOCUS,
    ),
    Rule(
        "partly on the object",
        Severity.NOTE,
        lambda facts: attention_signs.find_on_object(facts, True, Severity.NOTE),
        ON_OBJECT,
        "See what its maps lie on there before you rely on it.",
        detail=MEAN_FOCUS,
    ),
    Rule(
        "memorized",
        Severity.NOTE,
        learning_signs.find_memorized,
        "It memorizes: it is right on {learned:.1%} of its training images, but on {told} that it "
        "has not seen.",
        "Try images that are harder to memorize, such as mixed ones; more training images help.",
    ),
    Rule(
        "still rising",
        Severity.NOTE,
        learning_signs.find_rising,
        "Accuracy was still rising at the end: from {before:.1%} to {now:.1%} of {images:,} images "
        "in the last two epochs.",
        "Try longer training{then}.",
    ),
    Rule(
        "focus changed",
        Severity.NOTE,
        attention_signs.find_focus_change,
        "What it looks at changed most at epoch {epoch}: mean focus went from {before:.2f} to "
        "{after:.2f}.{arrived}",
        detail=f"Of {TRUE_MAP}, over {{known}}{{most}}.",
    ),
    Rule(
        "methods",
        Severity.NOTE,
        _find_methods,
        "{told} This judges the maps, not the network.",
        detail="{why}",
    ),
    Rule(
        "guided",
        Severity.NOTE,
        lambda facts: Found({}, facts.see("overview")) if facts.guided else None,
        "Training was guided to look at the object, so its focus is no proof that it does.",
        "Judge it by its accuracy on images whose shortcut is broken.",
    ),
    Rule(
        "on the object",
        Severity.GOOD,
        lambda facts: attention_signs.find_on_object(facts, checked=True),
        ON_OBJECT,
        detail=MEAN_FOCUS,
    ),
    Rule("inside large boxes", Severity.NOTE, attention_signs.find_box_chance, "{told}."),
)

RUN_RULES: dict[str, Rule[RunFacts]] = {rule.name: rule for rule in _ROWS}
"""Every rule about a run, by its name; a new one is one more row."""
