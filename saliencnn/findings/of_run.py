"""What stands out in a training run: one row a rule."""

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.methods import describe_methods, judge_methods
from saliencnn.findings.of_interventions import INTERVENTION_RULES
from saliencnn.findings.run_facts import INSIDE, RunFacts
from saliencnn.measures.classification import confused_cells
from saliencnn.measures.rates import difference_interval, wilson_interval
from saliencnn.models.spec import LOGIT

GOOD_ACCURACY = 0.5
"""From which on it is worth asking what a network's accuracy comes from."""
SHORTCUT_GAP = 0.15
FOCUS_STEP = 0.05
OVERFIT = 1.1
"""Times its minimum, the validation loss of a network that overfits."""
FORGOTTEN = 0.5
"""Of its best recall, what is left of a class that is no longer recognized."""
IMBALANCE = 0.15
RISING = 0.02
WITNESSES_PART = 0.25
"""Between the focus by Grad-CAM and by Grad-CAM++, from which on neither is to be trusted."""
EMPTY = 0.05
NEGATIVE = 0.6
"""Of CAM's energy, from which on a network mostly argues against other classes."""


def find_in_run(facts: RunFacts) -> tuple[Finding, ...]:
    """Return what stands out in a run, what matters most first."""
    return apply_rules(RUN_RULES.values(), facts)


def _find_shortcut(facts: RunFacts) -> Found | None:
    without = facts.last("counterfactual_accuracy")
    gap = facts.accuracy - without
    if not gap >= SHORTCUT_GAP or facts.accuracy < GOOD_ACCURACY:
        return None
    images = facts.counterfactual_images
    if images:
        low, _ = wilson_interval(np.array(facts.accuracy), np.array(facts.images))
        _, high = wilson_interval(np.array(without), np.array(images))
        if low <= high:
            return None
    numbers = {
        "accuracy": facts.accuracy,
        "images": facts.images,
        "without": without,
        "of": f" {images:,}" if images else "",
    }
    return Found(numbers, _see_worst_focus(facts))


def _find_beside(facts: RunFacts) -> Found | None:
    if facts.accuracy < max(GOOD_ACCURACY, 2 * facts.chance):
        return None
    numbers = count_mostly(facts.focus, inside=False)
    if numbers is None:
        return None
    return Found({"accuracy": facts.accuracy, **numbers}, _see_worst_focus(facts))


def _find_on_object(facts: RunFacts) -> Found | None:
    if facts.accuracy < GOOD_ACCURACY or facts.guided:
        return None
    numbers = count_mostly(facts.focus, inside=True)
    if numbers is None:
        return None
    focus = _focus_by_class(facts)
    known = np.flatnonzero(np.isfinite(focus))
    if not len(known):
        return Found({**numbers, "least": ""}, facts.see("progression"))
    worst, best = (facts.classes[known[place]] for place in np.argsort(focus[known])[[0, -1]])
    # Whoever looks at that class next must not take one of the two sentences for wrong.
    exception = np.nanmin(focus) < INSIDE
    least = f"; least in {worst}, {np.nanmin(focus):.2f}" if exception else ""
    return Found({**numbers, "least": least}, facts.see("progression", class_name=best))


def _find_witnesses_part(facts: RunFacts) -> Found | None:
    first, second = facts.last("focus"), facts.last("focus_gradcampp")
    if not abs(first - second) >= WITNESSES_PART:
        return None
    return Found({"first": first, "second": second}, facts.see("progression"))


def _find_empty(facts: RunFacts) -> Found | None:
    empty = facts.last("empty_maps")
    if not empty >= EMPTY:
        return None
    return Found(
        {"count": round(empty * facts.images), "images": facts.images}, facts.see("progression")
    )


def _find_negative(facts: RunFacts) -> Found | None:
    negative = facts.last("negative_energy")
    return Found({"negative": negative}, facts.see("progression")) if negative >= NEGATIVE else None


def _find_plain_score(facts: RunFacts) -> Found | None:
    if facts.score != LOGIT or not np.isfinite(facts.last("focus")):
        return None
    return Found({}, facts.see("progression"))


def count_mostly(focus: np.ndarray, inside: bool) -> dict[str, float] | None:
    """Count the maps that lie mostly inside the object, or outside; None unless most do."""
    known = focus[np.isfinite(focus)]
    if len(known) < MIN_IMAGES:
        return None
    count = int(((known >= INSIDE) == inside).sum())
    low, _ = wilson_interval(np.array(count / len(known)), np.array(len(known)))
    if low <= 0.5:
        return None
    return {"count": count, "known": len(known), "focus": float(known.mean())}


def _find_focus_change(facts: RunFacts) -> Found | None:
    steps = np.diff(facts.metric("focus"))
    if not np.isfinite(steps).any():
        return None
    place = int(np.nanargmax(np.abs(steps)))
    if abs(steps[place]) < FOCUS_STEP:
        return None
    before, after = facts.metric("focus")[place : place + 2]
    epoch = int(facts.history.index[place + 1])
    numbers = {"epoch": epoch, "before": before, "after": after}
    return Found(numbers, facts.see("progression", epoch=str(epoch)))


def _find_confused(facts: RunFacts, beside: bool) -> Found | None:
    """Find the classes that are confused most, where the network looks beside the object or not."""
    cells = confused_cells(facts.counts, most=1)
    if not len(cells):
        return None
    true, predicted = cells[0]
    wrong, total = int(facts.counts[true, predicted]), int(facts.counts[true].sum())
    if wrong < MIN_IMAGES:
        return None
    rows = facts.predictions
    there = facts.focus_predicted[(rows["true"] == true) & (rows["predicted"] == predicted)]
    there = there[np.isfinite(there)]
    looks_beside = len(there) >= MIN_IMAGES and there.mean() < INSIDE
    if looks_beside != beside:
        return None
    names = facts.classes[true], facts.classes[predicted]
    known = len(there) >= MIN_IMAGES
    numbers = {
        "true": names[0],
        "predicted": names[1],
        "wrong": wrong,
        "total": total,
        "looks": f", though it looks at the object there (mean focus {there.mean():.2f})"
        if known
        else "",
        "focus": there.mean() if known else np.nan,
    }
    evidence = facts.see("progression", class_name=names[1], from_class=names[0])
    return Found(numbers, evidence)


def _find_overfitting(facts: RunFacts) -> Found | None:
    loss, learned = facts.metric("val_loss"), facts.metric("train_loss")
    if not np.isfinite(loss).all() or len(loss) < 3:
        return None
    best = int(loss.argmin())
    fell = learned[-1] < learned[best]
    if best == len(loss) - 1 or loss[-1] < OVERFIT * loss[best] or not fell:
        return None
    epoch = int(facts.history.index[best])
    numbers = {"epoch": epoch, "best": loss[best], "last": loss[-1]}
    return Found(numbers, facts.see("overview", epoch=str(epoch)))


def _find_forgotten(facts: RunFacts) -> Found | None:
    """Find the class that lost most recall since its best epoch, by more than chance."""
    images = facts.counts.sum(axis=1)
    now = facts.recalls[-1]
    usable = (images >= MIN_IMAGES) & np.isfinite(facts.recalls).all(axis=0)
    if len(facts.recalls) < 2 or not usable.any():
        return None
    best = np.where(usable, facts.recalls.max(axis=0), np.nan)
    looked_at = int(usable.sum()) * (len(facts.recalls) - 1)
    lost, _ = difference_interval(best, now, np.maximum(images, 1), looked_at)
    lost = np.where(usable & (now <= FORGOTTEN * best), lost, -1)
    place = int(lost.argmax())
    if lost[place] <= 0:
        return None
    epoch = int(facts.history.index[int(facts.recalls[:, place].argmax())])
    numbers = {
        "name": facts.classes[place],
        "best": round(best[place] * images[place]),
        "now": round(now[place] * images[place]),
        "images": images[place],
        "epoch": epoch,
    }
    evidence = facts.see("progression", class_name=facts.classes[place], epoch=str(epoch))
    return Found(numbers, evidence)


def _find_imbalance(facts: RunFacts) -> Found | None:
    images = facts.counts.sum(axis=1)
    if facts.accuracy - facts.macro_f1 < IMBALANCE or (images < MIN_IMAGES).all():
        return None
    right = np.diag(facts.counts)
    worst = int(np.where(images >= MIN_IMAGES, right / np.maximum(images, 1), np.inf).argmin())
    numbers = {
        "accuracy": facts.accuracy,
        "macro_f1": facts.macro_f1,
        "name": facts.classes[worst],
        "right": right[worst],
        "images": images[worst],
    }
    return Found(numbers, facts.see("progression", class_name=facts.classes[worst]))


def _find_high_first_loss(facts: RunFacts) -> Found | None:
    loss = facts.metric("val_loss")[0]
    chance = np.log(len(facts.classes))
    if not loss > 1.1 * chance or facts.history.index[0] != 1:
        return None
    return Found({"loss": loss, "chance": chance}, facts.see("retrain"))


def _find_rising(facts: RunFacts) -> Found | None:
    accuracy = facts.metric("val_accuracy")
    if len(accuracy) < 3 or not np.isfinite(accuracy[-3:]).all():
        return None
    gain = accuracy[-1] - accuracy[-3]
    if gain < RISING or accuracy[-1] < np.nanmax(accuracy) or accuracy[-1] > 1 - RISING:
        return None
    return Found({"before": accuracy[-3], "now": accuracy[-1]}, facts.see("retrain"))


def _find_methods(facts: RunFacts) -> Found | None:
    told = describe_methods(judge_methods(facts.checks))
    return Found({"told": told}, facts.see("trust")) if told else None


def _see_worst_focus(facts: RunFacts) -> Evidence:
    """Return where a network looks beside the object most clearly: its class of least focus."""
    focus = _focus_by_class(facts)
    if not np.isfinite(focus).any():
        return facts.see("progression")
    return facts.see("progression", class_name=facts.classes[int(np.nanargmin(focus))])


def _focus_by_class(facts: RunFacts) -> np.ndarray:
    """Return the mean focus of each class's images, float (C,); NaN for too few of them."""
    known = np.isfinite(facts.focus)
    true, focus = facts.predictions["true"][known], facts.focus[known]
    images = np.bincount(true, minlength=len(facts.classes))
    sums = np.bincount(true, focus, minlength=len(facts.classes))
    return np.where(images >= MIN_IMAGES, sums / np.maximum(images, 1), np.nan)


_ROWS: tuple[Rule[RunFacts], ...] = (
    *INTERVENTION_RULES,
    Rule(
        "shortcut",
        Severity.PROBLEM,
        _find_shortcut,
        "It relies on a shortcut: {accuracy:.1%} of {images:,} validation images are right, but "
        "only {without:.1%} of the{of} images whose shortcut points to a wrong class.",
        "See where its maps lie, then retrain so that the shortcut tells nothing.",
    ),
    Rule(
        "beside",
        Severity.PROBLEM,
        _find_beside,
        "It is right on {accuracy:.1%}, yet it looks beside the object: in {count:,} of {known:,} "
        "images most of the map lies outside it (mean focus {focus:.2f}).",
        "See what the maps lie on before you trust its accuracy.",
    ),
    Rule(
        "witnesses part",
        Severity.WARNING,
        _find_witnesses_part,
        "Its maps contradict each other: focus is {first:.2f} by Grad-CAM and {second:.2f} by "
        "Grad-CAM++, so it says nothing about this network.",
        "Believe interventions instead: hide the object and see whether it still knows the class.",
    ),
    Rule(
        "empty maps",
        Severity.WARNING,
        _find_empty,
        "{count:,} of {images:,} maps are empty: nothing in these images speaks for their class.",
        "They count as 0 in focus; see which images they are.",
    ),
    Rule(
        "negative energy",
        Severity.WARNING,
        _find_negative,
        "It argues against other classes rather than for one: {negative:.0%} of its maps' energy "
        "is negative.",
        "What speaks against a class is not drawn, so maps show only part of what it uses.",
    ),
    Rule(
        "loss above chance",
        Severity.WARNING,
        _find_high_first_loss,
        "The first epoch's validation loss, {loss:.2f}, is worse than guessing ({chance:.2f}).",
        "Try a tenth of the learning rate.",
    ),
    Rule(
        "forgotten class",
        Severity.WARNING,
        _find_forgotten,
        "It no longer recognizes {name}: {now} of {images} images are right, after {best} at epoch "
        "{epoch}.",
        "Compare both epochs' maps, and take the earlier checkpoint if the class matters.",
    ),
    Rule(
        "imbalance",
        Severity.WARNING,
        _find_imbalance,
        "Frequent classes carry the accuracy of {accuracy:.1%}: macro F1 is {macro_f1:.2f}, and of "
        "{name} {right} of {images} images are right.",
        "Let each class count the same (--balance sampling), or get more images of rare ones.",
    ),
    Rule(
        "overfitting",
        Severity.WARNING,
        _find_overfitting,
        "It overfits: validation loss has risen since epoch {epoch} ({best:.2f} to {last:.2f}) "
        "while training loss fell.",
        "Take that epoch's checkpoint, or retrain with stronger augmentation.",
    ),
    Rule(
        "confused, looks beside",
        Severity.WARNING,
        lambda facts: _find_confused(facts, beside=True),
        "{true} is taken for {predicted} in {wrong} of {total} images, and there most of the map "
        "lies outside the object (mean focus {focus:.2f}).",
        "See what the maps lie on instead.",
    ),
    Rule(
        "confused",
        Severity.NOTE,
        lambda facts: _find_confused(facts, beside=False),
        "{true} is taken for {predicted} in {wrong} of {total} images{looks}.",
        "The two may look alike: more images of both, a larger input or longer training help.",
    ),
    Rule(
        "still rising",
        Severity.NOTE,
        _find_rising,
        "Accuracy was still rising at the end: {before:.1%} to {now:.1%} in the last two epochs.",
        "Train longer.",
    ),
    Rule(
        "focus changed",
        Severity.NOTE,
        _find_focus_change,
        "What it looks at changed most at epoch {epoch}: focus {before:.2f} to {after:.2f}.",
    ),
    Rule(
        "methods",
        Severity.NOTE,
        _find_methods,
        "{told} This judges the maps, not the network.",
    ),
    Rule(
        "guided",
        Severity.NOTE,
        lambda facts: Found({}, facts.see("overview")) if facts.guided else None,
        "Training was guided to look at the object, so its focus is no proof that it does.",
        "Judge it by its accuracy on images whose shortcut is broken.",
    ),
    Rule(
        "plain score",
        Severity.NOTE,
        _find_plain_score,
        "Its maps and its focus explain the class's own logit, as earlier versions recorded them.",
        "Runs of this version explain it against the other classes, which cannot be bought.",
    ),
    Rule(
        "on the object",
        Severity.GOOD,
        _find_on_object,
        "It looks at the object: in {count:,} of {known:,} images most of the map lies on it "
        "(mean focus {focus:.2f}{least}).",
    ),
)

RUN_RULES: dict[str, Rule[RunFacts]] = {rule.name: rule for rule in _ROWS}
"""Every rule about a run, by its name; a new one is one more row."""
