"""Where a network looks in images that it confuses, beside those that it gets right."""

from enum import Enum

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.findings.attention_signs import find_leaning, find_shortcut
from saliencnn.findings.focus_words import BOX_MARGIN
from saliencnn.findings.map_errors import LARGE, describe_power
from saliencnn.findings.method_groups import OF_METHOD
from saliencnn.findings.methods import Advice
from saliencnn.findings.run_facts import RunFacts
from saliencnn.measures.focus import INSIDE
from saliencnn.measures.groups import least_separability, separability
from saliencnn.saliency.methods import METHODS


class Looks(Enum):
    """Where maps of confused images, enough of them, show that the network looks."""

    ON_OBJECT, BESIDE, UNKNOWN = "on the object", "beside it", "not known"


def find_looks(facts: RunFacts, wrong: np.ndarray) -> Looks:
    """Return where maps of confused images show that the network looks."""
    if wrong.sum() < MIN_IMAGES:
        return Looks.UNKNOWN
    focus = float(facts.focus_predicted[wrong].mean())
    if focus < INSIDE:
        return Looks.BESIDE
    unknown = _is_told_otherwise(facts) or facts.place.describe_box(focus)
    return Looks.UNKNOWN if unknown else Looks.ON_OBJECT


def _is_told_otherwise(facts: RunFacts) -> bool:
    """Whether maps on the object prove nothing, since guidance or a shortcut explains them."""
    return bool(facts.guided or find_shortcut(facts) or find_leaning(facts))


def stays_in_place(facts: RunFacts, wrong: np.ndarray, right: np.ndarray) -> bool:
    """Whether confused images, enough to tell, show no other focus than correct ones do.

    Boxes that cover much of an image do not tell whether the object is looked at, but a focus that
    stays the same does not explain what is confused. So few images that only a large difference
    could be seen, or boxes that leave hardly any room beside them, tell nothing.
    """
    sides, box = (int(wrong.sum()), int(right.sum())), facts.place.box_area or 0.0
    if min(sides) < MIN_IMAGES or _is_told_otherwise(facts) or box > 1 - BOX_MARGIN:
        return False
    if least_separability(*sides, comparisons=1) > LARGE:
        return False
    focus = facts.focus_predicted
    return not separability(focus[wrong | right], right[wrong | right]).excludes(0.5)


def say_stays(facts: RunFacts, wrong: np.ndarray) -> str:
    """Say what follows where it ``stays_in_place``, as a clause without its subject."""
    box, focus = facts.place.box_area, facts.focus_predicted[wrong].mean()
    chance = "" if box is None else f", by chance {box:.0%}"
    where = f"{facts.place.words['at']} then ({focus:.0%} of the map{chance})"
    return f"looks no less {where}{hedge(facts)}: most likely they look alike to it"


def say_what_places_mean(facts: RunFacts, wrong: np.ndarray, right: np.ndarray) -> str:
    """Say what follows from where it looks in confused images; "" where nothing does."""
    where, limit = find_looks(facts, wrong), hedge(facts)
    if where is Looks.BESIDE:
        return f" It looks beside the object then{limit}: most likely what surrounds it counts."
    if where is Looks.ON_OBJECT:
        return f" It looks {facts.place.words['at']} then, too{limit}: they look alike to it."
    if stays_in_place(facts, wrong, right):
        return f" It {say_stays(facts, wrong)}."
    return ""


def compare_places(facts: RunFacts, wrong: np.ndarray, right: np.ndarray) -> str:
    """Say where the network looks in the confused images, and whether other than in correct ones.

    Args:
        facts: of the run.
        wrong: which images are confused, bool (N,); enough of them.
        right: which of the same class are correct, bool (N,).
    """
    focus, inside = facts.focus_predicted, facts.place.words["inside"]
    label = METHODS[facts.method].label
    told = (
        f" On {wrong.sum()} confused images {focus[wrong].mean():.0%} of the {label} map of "
        f"the predicted class{_doubt(facts)} lies {inside} on average"
    )
    named = facts.place.name_chance()
    chance = f", {named}" if named else ""
    if right.sum() < MIN_IMAGES:
        return f"{told}{chance}."
    told += f", on {right.sum()} correct ones {focus[right].mean():.0%}{chance}"
    apart = separability(focus[wrong | right], right[wrong | right])
    if apart.excludes(0.5):
        return f"{told}: {'less' if apart.value < 0.5 else 'more'}, by more than chance."
    told += ": no difference beyond chance"
    if box := facts.place.describe_box(float(focus[wrong | right].mean())):
        return f"{told}. The box {box}."
    # Of a few images that is no proof that there is none.
    return f"{told}. {describe_power([(int(wrong.sum()), int(right.sum()))], comparisons=1)}."


def _doubt(facts: RunFacts) -> str:
    """Say that the checks advise against the method, as a clause; "" where they do not."""
    return f", {OF_METHOD[Advice.DO_NOT]}," if facts.doubted else ""


def hedge(facts: RunFacts) -> str:
    """Say how far maps tell where it looks, where they were not checked or failed."""
    if facts.doubted:
        by = f"its {METHODS[facts.method].label} maps tell"
        return f", as far as {by}{_doubt(facts).removesuffix(',')}"
    return "" if facts.checks else ", as far as its unchecked maps tell"
