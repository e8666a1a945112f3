"""Where a network looks in a person's own image, and whether to believe that."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from saliencnn.common.sentences import quote
from saliencnn.findings.hidden_region import Effect, HiddenRegion
from saliencnn.findings.method_groups import Advised
from saliencnn.findings.methods import Advice
from saliencnn.findings.own_answer import Judgement

BELIEF: Mapping[Advice | None, str] = {
    None: "but do not rely on this {} map yet: nobody has checked this method on this network",
    Advice.UNKNOWN: "but do not rely on this {} map yet: this method is hardly checked here",
    Advice.BELIEVE: "and you can believe this {} map",
    Advice.CARE: "but read this {} map with care",
    Advice.DO_NOT: "but do not rely on this {} map",
}
"""What the checks advise on a method's map -> a clause behind where it lies."""
EFFECTS: Mapping[Effect, tuple[Advice, str]] = {
    Effect.MATTERS: (Advice.BELIEVE, "and you can believe that: it matters"),
    Effect.PART: (Advice.CARE, "which matters only in part"),
    Effect.NEEDLESS: (
        Advice.DO_NOT,
        "but do not take that for the reason: the answer does not need it",
    ),
    Effect.NO_MORE: (
        Advice.DO_NOT,
        "but do not take that for the reason: other parts matter as much",
    ),
}
"""What hiding it does -> what to do with the map, and a clause; nothing where it cannot be said."""
THE_REST: Mapping[Advice | None, str] = {
    None: "Do not rely on the rest of the map yet: nobody has checked this method on this network",
    Advice.UNKNOWN: "Do not rely on the rest of the map yet: this method is hardly checked here",
    Advice.CARE: "Read the rest of the map with care",
    Advice.DO_NOT: "Do not rely on the rest of the map",
}
"""What the checks advise on a map whose spot matters -> a sentence."""
LIES = "lies "


def describe_map(
    place: str,
    label: str,
    advised: Advised | None,
    hidden: HiddenRegion | None,
    target: str,
    answer: str,
    classes: Sequence[str],
) -> Judgement:
    """Say where a network looks, whether to believe it, and what hiding that spot does.

    Args:
        place: where its map lies, see ``saliencnn.findings.map_location.name_location``.
        label: the method's.
        advised: what the checks say of the map; None where nobody has checked it.
        hidden: the answers without the spot; None before anybody asked for them.
        target: name of the class that the map explains.
        answer: name of the class that the network says.
        classes: names of all.
    """
    of_image = f"{place} of the image" if place.startswith(LIES) else place
    if target != answer:
        start = f"The map of what speaks for {quote(target)} {of_image}"
    elif place.startswith(LIES):
        start = f"It looks {of_image.removeprefix(LIES)}"
    else:
        start = f"Its map {place}"
    advice, why = (advised.advice, advised.why) if advised else (None, "")
    checked = why[:1].upper() + why[1:]
    belief = Judgement(
        advice or Advice.UNKNOWN, f"{start}, {BELIEF[advice].format(label)}", checked
    )
    if hidden is None:
        return belief
    told = hidden.explain(target, classes)
    if hidden.effect not in EFFECTS:
        unsure = f"{told}: it is too unsure of that to say whether the spot matters"
        return replace(belief, why=". ".join(filter(None, [checked, unsure])))
    if hidden.effect in (Effect.MATTERS, Effect.PART) and advice in THE_REST:
        told = f"{told}. {THE_REST[advice]}{why and f': {why}'}"
    to_do, clause = EFFECTS[hidden.effect]
    return Judgement(to_do, f"{start}, {clause}", told)
