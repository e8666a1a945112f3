"""What a network's answer to a person's own image is worth, and where it looks in it."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from saliencnn.common.sentences import count, quote
from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.method_groups import Advised
from saliencnn.findings.methods import Advice
from saliencnn.measures.groups import MIN_GROUP

BELIEF: Mapping[Advice | None, tuple[str, str]] = {
    None: ("but", "nobody has checked this {} map, so it proves nothing"),
    Advice.UNKNOWN: ("but", "too little is checked of this {} map to rely on it"),
    Advice.BELIEVE: ("and", "you can believe this {} map"),
    Advice.CARE: ("but", "read this {} map with care"),
    Advice.DO_NOT: ("but", "do not rely on this {} map"),
}
"""What the checks advise on a method's map: how that follows on where it lies, and a clause."""
LIES = "lies "


def describe_record(
    true: np.ndarray, predicted: np.ndarray, said: int, classes: Sequence[str]
) -> str:
    """Say how often a network is right where it gives an answer, and what else that most often is.

    Args:
        true: classes of the validation images, int (N,).
        predicted: what the network says of each, int (N,).
        said: the answer.
        classes: names of all.
    """
    own = true[predicted == said]
    if not len(own):
        return "It says so of no validation image, so nobody knows how often it is right then"
    right = int((own == said).sum())
    rate = f"{right / len(own):.0%}" if len(own) >= MIN_GROUP else "too few to tell"
    told = f"It says so of {count(len(own), 'validation image', 'validation images')}"
    others = Counter(own[own != said].tolist()).most_common(1)
    wrong = [f"{n} {'is' if n == 1 else 'are'} {quote(classes[one])}" for one, n in others]
    return "; ".join([f"{told}, rightly of {right} ({rate})", *wrong])


def describe_map(
    place: str,
    label: str,
    advised: Advised | None,
    hidden: HiddenRegion | None,
    target: str,
    answer: str,
    classes: Sequence[str],
) -> tuple[str, str]:
    """Say where a network looks, whether to believe it, and what hiding that spot does.

    Args:
        place: where its map lies, see ``saliencnn.findings.map_location.name_location``.
        label: the method's.
        advised: what the checks say of the map; None where nobody has checked it.
        hidden: the answers without the spot; None before anybody asked for them.
        target: name of the class that the map explains.
        answer: name of the class that the network says.
        classes: names of all.

    Returns:
        The claim, and what it rests on where anything is known; each without a mark at its end.
    """
    of_image = f"{place} of the image" if place.startswith(LIES) else place
    if target != answer:
        start = f"The map of what speaks for {quote(target)} {of_image}"
    elif place.startswith(LIES):
        start = f"It looks {of_image.removeprefix(LIES)}"
    else:
        start = f"Its map {place}"
    link, belief = BELIEF[advised.advice if advised else None]
    belief, why = belief.format(label), advised.why if advised else ""
    if hidden is None:
        return f"{start}, {link} {belief}", why[:1].upper() + why[1:]
    believed = f"{belief[0].upper()}{belief[1:]}{why and f': {why}'}"
    if hidden.needless and advised and advised.advice == Advice.BELIEVE:
        believed = f"The {label} map passes the checks, but here other parts of the image suffice"
    return f"{start}, {hidden.conclude()}", f"{hidden.explain(target, classes)}. {believed}"
