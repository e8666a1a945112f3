"""What place and size of what networks look at say of their mistakes on one image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import join_words, say_range
from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.map_places import MapPlaces, Spot

NAMED = 3
EXPLAINS = {
    Spot.SAME: "does not explain",
    Spot.PARTLY: "may or may not explain",
    Spot.DIFFERENT: "may explain",
}
"""How far wrong networks look where a right one does -> what the place does to their mistakes."""


@dataclass(frozen=True)
class Judged:
    """Whether where wrong networks look explains their mistakes.

    Attributes:
        verdict: a clause; "" where nothing can be said.
        why: likewise.
        spot: how far all wrong networks look where a right one does, where that is the same of all.
        doubtful: whether the place may explain it, which of one image is soon said.
    """

    verdict: str = ""
    why: str = ""
    spot: Spot | None = None
    doubtful: bool = False

    @property
    def tells_sizes(self) -> bool:
        """Whether how much is looked at belongs beside it."""
        return bool(self.spot) or self.doubtful


def judge_places(facts: MapFacts) -> tuple[str, str]:
    """Say whether where wrong networks look explains their mistakes, as briefly as that goes.

    Args:
        facts: of several networks on one image.

    Returns:
        The verdict as a clause, and why, with how much is looked at where a place is known; "" of
        what is not known.
    """
    judged = _judge(facts)
    why, sizes = judged.why, _find_sizes(facts) if judged.tells_sizes else None
    if sizes and judged.spot is Spot.SAME:
        why = f"{why}, only {sizes.describe()}"
    elif sizes and judged.spot:
        why = f"{why}, and {sizes.describe()}"
    elif sizes:
        ones = "wrong one looks" if len(facts.wrong) == 1 else "wrong ones look"
        why = f"{why}; the {ones} {sizes.describe()}"
    return judged.verdict, why


def compare_sizes(facts: MapFacts) -> str:
    """Say how much wrong networks look at, where ``judge_places`` does not say it.

    Returns:
        A clause without its subject; "" also where some wrong one looks at as much as a right one.
    """
    sizes = _find_sizes(facts)
    return sizes.describe() if sizes and not _judge(facts).tells_sizes else ""


def differ_in_size(facts: MapFacts) -> bool:
    """Whether all wrong networks look at more of the image than any right one, or all at less."""
    return _find_sizes(facts) is not None


@dataclass(frozen=True)
class _Sizes:
    """How much of the image wrong and right networks look at, in words.

    Attributes:
        more: ``more`` or ``less``, of the wrong ones.
        wrong: percentage, or from which to which one.
        right: likewise.
        whose: who the right ones are.
    """

    more: str
    wrong: str
    right: str
    whose: str

    def describe(self) -> str:
        return f"at {self.more} of the image: {self.wrong}, {self.whose} at {self.right}"


def _find_sizes(facts: MapFacts) -> _Sizes | None:
    known = np.isfinite(facts.regions)
    # As they are printed, so that no number contradicts the word before it.
    right, wrong = (facts.regions[known & side].round(2) for side in (facts.right, ~facts.right))
    if not len(right) or not len(wrong):
        return None
    if right.min() <= wrong.max() and wrong.min() <= right.max():
        return None
    more = "more" if wrong.min() > right.max() else "less"
    ours, theirs = (say_range(side, ".0%") for side in (right, wrong))
    return _Sizes(more, theirs, ours, _name_right(right))


def _judge(facts: MapFacts) -> Judged:
    places = facts.places
    if places is None or facts.right.all():
        spot = places.spot if places else None
        return Judged(why=_SAME[spot] if spot else "")
    if not facts.right.any():
        none = "there is no right one to compare them with"
        why = f"{_SAME[places.spot]}, and {none}" if places.spot else none
        return Judged("and where they look cannot tell why", why)
    correct, wrong = _find_sides(facts, places)
    if not correct or not wrong:
        return Judged()
    groups = _group_wrong(places, wrong, correct)
    without_map = [facts.names[n] for n in facts.wrong if facts.names[n] not in places.names]
    if len(groups) > 1 or without_map:
        return _judge_apart(places, groups, without_map, correct)
    (spot,), it = groups, "it" if len(wrong) == 1 else "they"
    looks = "it looks" if len(wrong) == 1 else "they look"
    if spot is None:
        why = _say_unknown(places, wrong, correct)
        return Judged(f"and whether where {looks} explains it cannot be said", why)
    where = _say_where(places, spot, wrong, correct, it)
    doubtful = spot is not Spot.SAME
    return Judged(f"and where {looks} {EXPLAINS[spot]} it", where, spot, doubtful)


_SAME: Mapping[Spot, str] = {
    Spot.SAME: "they look at the same spot",
    Spot.PARTLY: "they look at partly the same spot",
    Spot.DIFFERENT: "they look at different spots",
}
"""Where networks look that are all right."""


def _judge_apart(
    places: MapPlaces,
    groups: Mapping[Spot | None, Sequence[int]],
    without_map: Sequence[str],
    correct: Sequence[int],
) -> Judged:
    """Judge wrong networks of which some look where right ones do, and some perhaps do not."""
    away = groups.get(Spot.DIFFERENT, ())
    if away:
        one = len(away) == 1
        look, it, its = (
            ("looks", "it", "its mistake") if one else ("look", "they", "their mistakes")
        )
        verdict = f"and where {_name(places, away)} {look} may explain {its}"
        return Judged(verdict, f"{it} {look} elsewhere than the right ones", doubtful=True)
    told: list[str] = []
    for spot, where in ((Spot.SAME, "the same"), (Spot.PARTLY, "partly the same")):
        if own := groups.get(spot):
            look = "looks" if len(own) == 1 else "look"
            as_right = f"{look} at {where} spot as right ones"
            told.append(f"{_name(places, own)} {f'at {where}' if told else as_right}")
    if unknown := groups.get(None):
        told.append(_say_unknown(places, unknown, correct))
    if without_map:
        have = "has" if len(without_map) == 1 else "have"
        told.append(f"{join_words(without_map, NAMED)} {have} no map")
    return Judged("and where they look does not clearly explain it", ", ".join(told))


def _find_sides(facts: MapFacts, places: MapPlaces) -> tuple[list[int], list[int]]:
    """Return places of the right networks that have a map, and of the wrong ones."""
    right = dict(zip(facts.names, facts.right.tolist(), strict=True))
    correct = [n for n, name in enumerate(places.names) if right.get(name)]
    return correct, [n for n, name in enumerate(places.names) if right.get(name) is False]


def _group_wrong(
    places: MapPlaces, wrong: Sequence[int], correct: Sequence[int]
) -> dict[Spot | None, list[int]]:
    """Return how far wrong networks look where a right one does -> who they are."""
    groups: dict[Spot | None, list[int]] = {}
    for one in wrong:
        groups.setdefault(find_spot(places, one, correct), []).append(one)
    return groups


def find_spot(places: MapPlaces, one: int, correct: Sequence[int]) -> Spot | None:
    """Return how far a wrong network looks where any right one does; None where that is unknown."""
    found = {places.compare(one, other) for other in correct}
    return next((spot for spot in (Spot.SAME, None, Spot.PARTLY) if spot in found), Spot.DIFFERENT)


def _say_where(
    places: MapPlaces, spot: Spot, group: Sequence[int], correct: Sequence[int], whose: str = ""
) -> str:
    """Say where some wrong networks look beside the right ones.

    Args:
        places: of all.
        spot: how far they look where a right one does.
        group: these wrong networks.
        correct: the right ones.
        whose: what they are called, if not by their names alone.
    """
    rights = _name_right(correct)
    if spot is Spot.SAME:
        shared = [n for n in correct if any(places.compare(n, own) is spot for own in group)]
        of = "" if len(shared) == len(correct) else f"{len(shared)} of "
        where = f"at the same spot as {of}{rights}"
    elif spot is Spot.PARTLY:
        where = f"at partly the same spot as {rights}"
    else:
        at = {places.name_place(n) for n in group}
        where = f"elsewhere than {rights}{f', at {at.pop()}' if len(at) == 1 else ''}"
    return f"{whose or _name(places, group)} {'looks' if len(group) == 1 else 'look'} {where}"


def _say_unknown(places: MapPlaces, group: Sequence[int], correct: Sequence[int]) -> str:
    """Say whose maps make it unknown: those of wrong networks, else those of right ones."""
    by_itself = [n for n in group if places.say_unknown([n])]
    left = len(by_itself) < len(group)
    return places.say_unknown([*by_itself, *(correct if left else ())])


def _name_right(correct: Sequence[int] | np.ndarray) -> str:
    return "the right one" if len(correct) == 1 else "the right ones"


def _name(places: MapPlaces, group: Sequence[int]) -> str:
    return join_words([places.names[n] for n in sorted(group)], NAMED)
