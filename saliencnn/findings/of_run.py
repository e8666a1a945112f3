"""What stands out in a training run: one row a rule."""

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import count_of, list_some, quote
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.kind_rates import lowest, weakest
from saliencnn.findings.methods import describe_methods, judge_methods
from saliencnn.findings.of_interventions import INTERVENTION_RULES
from saliencnn.findings.run_facts import INSIDE, RunFacts, describe_arrival, find_step
from saliencnn.measures.classification import confused_cells
from saliencnn.measures.rates import difference_interval, wilson_interval

GOOD_ACCURACY = 0.5
"""From which on it is worth asking what a network's accuracy comes from."""
SHORTCUT_GAP = 0.15
OVERFIT = 1.1
"""Times its minimum, the validation loss of a network that overfits."""
FORGOTTEN = 0.5
"""Of its best recall, what is left of a class that is no longer recognized."""
MOST_TIED = 2
"""Pairs of classes that are named where they are confused as often as another."""
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
    counted = (
        count_of(round(without * images), images) if images else f"{without:.1%} of the images"
    )
    return Found({"right": facts.told, "without": counted}, _see_worst_focus(facts))


def _find_beside(facts: RunFacts) -> Found | None:
    if facts.accuracy < max(GOOD_ACCURACY, 2 * facts.chance):
        return None
    numbers = count_mostly(facts.focus, inside=False)
    if numbers is None:
        return None
    return Found({"right": facts.told, **facts.place.words, **numbers}, _see_worst_focus(facts))


def _find_on_object(facts: RunFacts) -> Found | None:
    if facts.accuracy < GOOD_ACCURACY or facts.guided:
        return None
    counted = count_mostly(facts.focus, inside=True)
    if counted is None or facts.place.describe_chance(counted["focus"]):
        return None
    numbers = {**facts.place.words, **counted}
    focus = _focus_by_class(facts, facts.focus)
    known = np.flatnonzero(np.isfinite(focus))
    if not len(known):
        return Found({**numbers, "least": ""}, facts.see("progression"))
    worst, best = (facts.classes[known[place]] for place in np.argsort(focus[known])[[0, -1]])
    # Whoever looks at that class next must not take one of the two sentences for wrong.
    exception = np.nanmin(focus) < INSIDE
    least = f"; in the class {quote(worst)} only {np.nanmin(focus):.2f}" if exception else ""
    return Found({**numbers, "least": least}, facts.see("progression", class_name=best))


def _find_box_chance(facts: RunFacts) -> Found | None:
    """Find maps inside boxes so large that maps of anything would lie there."""
    known = facts.focus[np.isfinite(facts.focus)]
    if facts.accuracy < GOOD_ACCURACY or facts.guided or len(known) < MIN_IMAGES:
        return None
    told = facts.place.describe_chance(float(known.mean()))
    if not told or count_mostly(facts.focus, inside=False):
        return None
    return Found({"told": told}, facts.see("progression"))


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


def _find_data_shortcut(facts: RunFacts) -> Found | None:
    if not facts.shortcuts:
        return None
    first, *others = facts.shortcuts
    more = f" From {len(others)} other properties it can be told, too." if others else ""
    return Found({"told": first, "more": more}, facts.see("overview"))


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
    place = find_step(facts.metric("focus"))
    if place is None:
        return None
    before, after = facts.metric("focus")[place : place + 2]
    epoch = int(facts.history.index[place + 1])
    numbers = {"epoch": epoch, "before": before, "after": after, "most": "", "arrived": ""}
    unnamed = Found(numbers, facts.see("progression", epoch=str(epoch)))
    by_epoch = facts.focus_by_epoch
    if by_epoch is None:
        return unnamed
    numbers["arrived"] = describe_arrival(by_epoch, facts.history.index.tolist(), facts.place)
    around = [_focus_by_class(facts, focus) for focus in by_epoch[place : place + 2]]
    # Whoever follows the link must see there what the sentence says.
    steps = (around[1] - around[0]) * np.sign(after - before)
    if not (steps > 0).any():
        return unnamed
    most = int(np.nanargmax(steps))
    name, (first, then) = facts.classes[most], (one[most] for one in around)
    numbers["most"] = f", most of all in the class {quote(name)} ({first:.2f} to {then:.2f})"
    return Found(numbers, facts.see("progression", class_name=name, epoch=str(epoch)))


def _find_confused(facts: RunFacts, beside: bool) -> Found | None:
    """Find the classes that are confused most, where the network looks beside the object or not."""
    cells = confused_cells(facts.counts, most=facts.counts.size)
    if not len(cells):
        return None
    (true, predicted), *others = cells
    wrong, total = int(facts.counts[true, predicted]), int(facts.counts[true].sum())
    if wrong < MIN_IMAGES:
        return None
    rows = facts.predictions
    there = facts.focus_predicted[(rows["true"] == true) & (rows["predicted"] == predicted)]
    there = there[np.isfinite(there)]
    looks_beside = len(there) >= MIN_IMAGES and there.mean() < INSIDE
    if looks_beside != beside:
        return None
    names, place = (facts.classes[true], facts.classes[predicted]), facts.place.words
    known = len(there) >= MIN_IMAGES
    tied = [
        f"{quote(facts.classes[of])} for {quote(facts.classes[other])} "
        f"({wrong} of {facts.counts[of].sum()})"
        for of, other in others
        if facts.counts[of, other] == wrong
    ]
    numbers = {
        "tied": f" As often: {list_some(tied, MOST_TIED)}." if tied else "",
        "true": quote(names[0]),
        "predicted": quote(names[1]),
        "wrong": wrong,
        "total": total,
        "looks": f", though it looks {place['at']} there (mean focus {there.mean():.2f})"
        if known
        else "",
        "focus": there.mean() if known else np.nan,
        **place,
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
        "name": quote(facts.classes[place]),
        "best": round(best[place] * images[place]),
        "now": round(now[place] * images[place]),
        "images": images[place],
        "epoch": epoch,
    }
    evidence = facts.see("progression", class_name=facts.classes[place], epoch=str(epoch))
    return Found(numbers, evidence)


def _find_imbalance(facts: RunFacts) -> Found | None:
    worst = lowest(facts.classes, facts.predictions["true"], facts.right)
    if facts.accuracy - facts.macro_f1 < IMBALANCE or not worst:
        return None
    numbers = {
        "told": facts.told,
        "macro_f1": facts.macro_f1,
        "name": quote(worst[0].kind),
        "right": round(worst[0].rate * worst[0].images),
        "images": worst[0].images,
    }
    return Found(numbers, facts.see("progression", class_name=worst[0].kind))


def _find_weak_class(facts: RunFacts) -> Found | None:
    worst = weakest(facts.classes, facts.predictions["true"], facts.right)
    if worst is None or _find_imbalance(facts):
        return None
    numbers = {"kind": quote(worst.kind), "measured": worst.measured, "told": facts.told}
    return Found(numbers, facts.see("progression", class_name=worst.kind))


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
    return Found(
        {"before": accuracy[-3], "now": accuracy[-1], "images": facts.images}, facts.see("retrain")
    )


def _find_methods(facts: RunFacts) -> Found | None:
    told = describe_methods(judge_methods(facts.checks))
    return Found({"told": told}, facts.see("trust")) if told else None


def _see_worst_focus(facts: RunFacts) -> Evidence:
    """Return where a network looks beside the object most clearly: its class of least focus."""
    focus = _focus_by_class(facts, facts.focus)
    if not np.isfinite(focus).any():
        return facts.see("progression")
    return facts.see("progression", class_name=facts.classes[int(np.nanargmin(focus))])


def _focus_by_class(facts: RunFacts, focus: np.ndarray) -> np.ndarray:
    """Return the mean focus of each class's images, float (C,); NaN for too few of them.

    Args:
        facts: of the run.
        focus: of each image's map, float (N,); NaN where unknown.
    """
    known = np.isfinite(focus)
    true, values = facts.predictions["true"][known], focus[known]
    images = np.bincount(true, minlength=len(facts.classes))
    sums = np.bincount(true, values, minlength=len(facts.classes))
    return np.where(images >= MIN_IMAGES, sums / np.maximum(images, 1), np.nan)


_ROWS: tuple[Rule[RunFacts], ...] = (
    *INTERVENTION_RULES,
    Rule(
        "shortcut",
        Severity.PROBLEM,
        _find_shortcut,
        "It relies on a shortcut: it is right on {right}, but only on {without} where the shortcut "
        "says another class.",
        "See where its maps lie, then retrain so that the shortcut tells nothing.",
    ),
    Rule(
        "beside",
        Severity.PROBLEM,
        _find_beside,
        "It is right on {right}, yet it looks beside the object: in {count:,} of {known:,} images "
        "most of the map lies outside {it} (mean focus {focus:.2f}).",
        "See what the maps lie on before you trust its accuracy.",
    ),
    Rule("data shortcut", Severity.WARNING, _find_data_shortcut, "{told}{more}"),
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
        "It no longer recognizes the class {name}: {now} of {images} images are right, after "
        "{best} at epoch {epoch}.",
        "Compare both epochs' maps, and take the earlier checkpoint if the class matters.",
    ),
    Rule(
        "imbalance",
        Severity.WARNING,
        _find_imbalance,
        "Frequent classes carry the accuracy: it is right on {told}, yet macro F1 is "
        "{macro_f1:.2f}, and of the class {name} {right} of {images} images are right.",
        "Let each class count the same (--balance sampling), or get more images of rare ones.",
    ),
    Rule(
        "weak class",
        Severity.WARNING,
        _find_weak_class,
        "It is weakest on the class {kind}: right on {measured}, against {told} in all.",
        "See what it takes them for; more training images of the class may help.",
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
        "lies outside {it} (mean focus {focus:.2f}).{tied}",
        "See what the maps lie on instead.",
    ),
    Rule(
        "confused",
        Severity.NOTE,
        lambda facts: _find_confused(facts, beside=False),
        "{true} is taken for {predicted} in {wrong} of {total} images{looks}.{tied}",
        "The two may look alike: more images of both help, and longer training where accuracy "
        "still rises.",
    ),
    Rule(
        "still rising",
        Severity.NOTE,
        _find_rising,
        "Accuracy was still rising at the end: from {before:.1%} to {now:.1%} of {images:,} images "
        "in the last two epochs.",
        "Train longer.",
    ),
    Rule(
        "focus changed",
        Severity.NOTE,
        _find_focus_change,
        "What it looks at changed most at epoch {epoch}: focus {before:.2f} to {after:.2f}{most}."
        "{arrived}",
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
        "on the object",
        Severity.GOOD,
        _find_on_object,
        "It looks {at}: in {count:,} of {known:,} images most of the map lies {on} (mean focus "
        "{focus:.2f}{least}).",
    ),
    Rule("inside large boxes", Severity.NOTE, _find_box_chance, "{told}."),
)

RUN_RULES: dict[str, Rule[RunFacts]] = {rule.name: rule for rule in _ROWS}
"""Every rule about a run, by its name; a new one is one more row."""
