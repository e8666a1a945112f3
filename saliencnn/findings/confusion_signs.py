"""Signs of which classes a run confuses most, which way round, and where it looks then."""

from dataclasses import dataclass, replace

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import join_words, list_some, quote
from saliencnn.findings.confusion_help import Help, find_help, list_help
from saliencnn.findings.confusion_places import average_maps, compare_places, find_looks, say_looks
from saliencnn.findings.few import say_nearly_right
from saliencnn.findings.finding import Evidence, Finding, Found, Severity
from saliencnn.findings.looks import UNTOLD, Looked, Looks
from saliencnn.findings.run_facts import RunFacts
from saliencnn.measures.classification import confused_cells
from saliencnn.measures.rates import difference_interval, wilson_interval

CONFUSED = "{true} is taken for {predicted} in {wrong} of {total} images, {back}. {so}"
DETAIL = "{turned}.{looks}{tied} {helps}"
"""What the sentence on the classes confused most rests on, and which of them need more images."""
MISSED, UNEXPLAINED = "missed images", "missed images, unexplained"
SEE_MISSED = "See what its maps lie on in them: what is not the object, vary in training."
"""The rules on the missed images of a class that a person asks for: where it looks in them and in
right ones, or that nothing explains them; and what to do first."""
ASKED = "confused classes"
"""The rule on two classes that a person asks for."""
SUCH = "such image"
"""A confused one, in words."""
OTHERWISE = tuple(one for one in Looks if one is not Looks.BESIDE)
"""Where it may look in confused images, but for what is seen to first."""
NAMED = 3
"""Classes that are named of those that are taken for the same one."""
MAX_TIED = 2
"""Pairs of classes that are named where only chance tells them from those confused most."""


@dataclass(frozen=True)
class Pair:
    """A class and another that some of its images are taken for.

    Attributes:
        true: the class.
        predicted: the other.
        wrong: images of the class that are taken for the other.
        images: of the class.
    """

    true: int
    predicted: int
    wrong: int
    images: int

    def exceeds(self, other: "Pair") -> bool:
        """Whether its images are taken for the other class more often, by more than chance."""
        images, others = max(self.images, 1), max(other.images, 1)
        rates = np.array(self.wrong / images), np.array(other.wrong / others)
        low, _ = difference_interval(*rates, np.array(images), images_of_low=np.array(others))
        return bool(low > 0)


def find_confused(facts: RunFacts, *looks: Looks) -> Found | None:
    """Find the classes that are confused most, where the network looks at one of those places."""
    pairs = _rank_pairs(facts.counts)
    if not pairs:
        return None
    first, *others = pairs
    alike = [first, *(one for one in others if not first.exceeds(one))]
    # Where only chance tells rates apart, a reader expects the most images first.
    pair = max(alike, key=lambda one: one.wrong)
    same = [pair, *(one for one in alike if one.predicted == pair.predicted and one is not pair)]
    wrong, right = _find_images(facts, *same)
    looked = find_looks(facts, wrong, right)
    if looked.where not in looks:
        return None
    back = _count(facts.counts, pair.predicted, pair.true)
    tied = sorted(set(alike) - {*same, back}, key=lambda one: (-one.wrong, alike.index(one)))
    helped = [one.true for one in (*same[:NAMED], *tied[:MAX_TIED])]
    if not pair.exceeds(back):
        helped.insert(1, pair.predicted)
    described = _describe(facts, pair, wrong, right)
    apart = f"{list_some(_list(facts, same), NAMED)}; " if len(same) > 1 else ""
    whose = f" for {quote(facts.classes[pair.true])}" if apart else ""
    turned = f"{apart}{described['back']}{whose}"
    need_images = [*dict.fromkeys(helped)]
    helped_by = find_help(facts, pair.true, pair.predicted, need_images)
    if looked.leads_elsewhere:  # what lies beside the object is seen to first
        helped_by = Help(SEE_MISSED, list_help(facts, helped_by.remedies, need_images))
    numbers = {
        **described,
        **facts.place.words,
        "so": say_looks(facts, looked, SUCH),
        "confuses": _sum_up(facts, same),
        "turned": f"{turned[0].upper()}{turned[1:]}",
        "tied": f" About as often: {list_some(_list(facts, tied), MAX_TIED)}." if tied else "",
        "may_help": helped_by.advice,
        "helps": helped_by.detail,
    }
    evidence, *elsewhere = _see_each(facts, same[:NAMED])
    return Found(numbers, evidence, helped_by.remedies, tuple(elsewhere), helped_by.others)


def describe_confused(facts: RunFacts, true: int, predicted: int) -> Finding | None:
    """Return how often a class is taken for another, where it looks then and what may help."""
    pair = _count(facts.counts, true, predicted)
    if not pair.wrong:
        return None
    wrong, right = _find_images(facts, pair)
    looked = find_looks(facts, wrong, right)
    described = _describe(facts, pair, wrong, right)
    so, helped_by = _conclude(facts, looked, SUCH, true, predicted)
    sentence = CONFUSED.format(**described, so=so).strip()
    detail = f"{described['looks']} {helped_by.detail}".strip()
    return _advise(
        Finding(ASKED, Severity.NOTE, sentence, "", Evidence("progression")), helped_by, detail
    )


def explain_missed(facts: RunFacts, target: int) -> Finding | None:
    """Return why a class's images are missed, as far as their maps tell; None where none is."""
    of_class = facts.predictions["true"] == target
    missed, known = of_class & ~facts.right, np.isfinite(facts.focus_predicted)
    number = int(missed.sum())
    if not number:
        return None
    missed_known, right = missed & known, of_class & facts.right & known
    looked = find_looks(facts, missed_known, right)
    taken = int(np.bincount(facts.predictions["predicted"][missed]).argmax())
    so, helped_by = _conclude(facts, looked, "missed image", target, taken)
    severity = Severity.WARNING if looked.where is Looks.BESIDE else Severity.NOTE
    evidence = facts.see_missed(facts.classes[target])
    explained = so == say_looks(facts, looked, "missed image") != ""
    rule = MISSED if explained else UNEXPLAINED
    found = Finding(rule, severity, so or UNTOLD, "", evidence)
    rests = average_maps(facts, looked) if explained else ""
    return _advise(found, helped_by, f"{rests} {helped_by.detail}".strip())


def _advise(found: Finding, helped_by: Help, detail: str) -> Finding:
    return replace(
        found,
        advice=helped_by.advice,
        detail=detail,
        remedies=helped_by.remedies,
        others=helped_by.others,
    )


def _conclude(
    facts: RunFacts, looked: Looked, wrong: str, true: int, predicted: int
) -> tuple[str, Help]:
    """Return what explains a class's mistakes, and what may help.

    Args:
        facts: of the run.
        looked: where it looks in them.
        wrong: what one of them is, in words.
        true: the class.
        predicted: the one that these images are taken for.
    """
    if looked.leads_elsewhere:
        return say_looks(facts, looked, wrong), Help(SEE_MISSED)
    if few := say_nearly_right(int(facts.counts[true].sum()), int(facts.counts[true, true])):
        return few, Help("")
    pair, back = _count(facts.counts, true, predicted), _count(facts.counts, predicted, true)
    classes = [true] if pair.exceeds(back) else [true, predicted]
    return say_looks(facts, looked, wrong), find_help(facts, true, predicted, classes)


def _see_each(facts: RunFacts, same: list[Pair]) -> list[Evidence]:
    """Return the images of each class that is taken for the same one, named where several are."""
    names = [(facts.classes[one.true], facts.classes[one.predicted]) for one in same]
    seen = [facts.see("progression", class_name=other, from_class=true) for true, other in names]
    if len(seen) == 1:
        return seen
    return [
        replace(one, what=f"{quote(true)} taken for {quote(other)}")
        for one, (true, other) in zip(seen, names, strict=True)
    ]


def _sum_up(facts: RunFacts, same: list[Pair]) -> str:
    """Say which classes are taken for another, in how many of their images together."""
    true, predicted = [quote(facts.classes[one.true]) for one in same], same[0].predicted
    wrong, images = sum(one.wrong for one in same), sum(one.images for one in same)
    taken = quote(facts.classes[predicted])
    if len(same) == 1:
        return f"It confuses {true[0]} with {taken} ({wrong} of {images})"
    return f"It takes {wrong} of {images} images of {join_words(true, NAMED)} for {taken}"


def _find_images(facts: RunFacts, *pairs: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Return which images of classes that are taken for one are confused, and which correct.

    Both are bool (N,), of images whose focus is known.
    """
    rows, known = facts.predictions, np.isfinite(facts.focus_predicted)
    of_classes = np.isin(rows["true"], [one.true for one in pairs]) & known
    confused, correct = rows["predicted"] == pairs[0].predicted, rows["predicted"] == rows["true"]
    return of_classes & confused, of_classes & correct


def _describe(
    facts: RunFacts, pair: Pair, wrong: np.ndarray, right: np.ndarray
) -> dict[str, object]:
    """Return the numbers of ``CONFUSED``, and where maps lie; of too few images not that."""
    back = _count(facts.counts, pair.predicted, pair.true)
    return {
        "true": quote(facts.classes[pair.true]),
        "predicted": quote(facts.classes[pair.predicted]),
        "wrong": pair.wrong,
        "total": pair.images,
        "back": f"the other way round in {back.wrong} of {back.images}",
        "looks": compare_places(facts, wrong, right),
    }


def _rank_pairs(counts: np.ndarray) -> list[Pair]:
    """Return the pairs with images enough, those first of which images prove most."""
    cells = confused_cells(counts, most=counts.size)
    pairs = [_count(counts, *cell) for cell in cells.tolist()]
    pairs = [pair for pair in pairs if pair.wrong >= MIN_IMAGES]
    wrong, images = (np.array([getattr(one, n) for one in pairs]) for n in ("wrong", "images"))
    surely, _ = wilson_interval(wrong / images, images)
    return [pairs[at] for at in np.argsort(-surely, kind="stable")]


def _count(counts: np.ndarray, true: int, predicted: int) -> Pair:
    return Pair(true, predicted, int(counts[true, predicted]), int(counts[true].sum()))


def _list(facts: RunFacts, pairs: list[Pair]) -> list[str]:
    return [
        f"{quote(facts.classes[one.true])} for {quote(facts.classes[one.predicted])} "
        f"({one.wrong} of {one.images})"
        for one in pairs
    ]
