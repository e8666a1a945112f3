"""What the place at which networks look says of their mistakes on one image, as one sentence."""

from collections.abc import Mapping, Sequence

from saliencnn.common.sentences import join_words
from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.map_places import MapPlaces, Spot

NAMED = 3
CAUTION = "one image proves little"
EXPLAINS = {
    Spot.SAME: "does not explain",
    Spot.PARTLY: "may or may not explain",
    Spot.DIFFERENT: "may explain",
}
"""How far wrong networks look where a right one does -> what the place does to their mistakes."""


def judge_places(facts: MapFacts) -> tuple[str, str]:
    """Say whether where wrong networks look explains their mistakes, as briefly as that goes.

    Args:
        facts: of several networks on one image.

    Returns:
        The verdict as a clause, and why, likewise; "" of what is not known.
    """
    places = facts.places
    if places is None or facts.right.all():
        spot = places.spot if places else None
        return "", _SAME[spot] if spot else ""
    if not facts.right.any():
        return "and where they look cannot tell why", "there is no right one to compare them with"
    correct, wrong = _find_sides(facts, places)
    if not correct or not wrong:
        return "", ""
    groups = _group_wrong(places, wrong, correct)
    without_map = len(facts.wrong) - len(wrong)
    if len(groups) > 1 or without_map:
        return _judge_apart(places, groups, without_map)
    (spot,), it = groups, "it" if len(wrong) == 1 else "they"
    looks = "it looks" if len(wrong) == 1 else "they look"
    if spot is None:
        why = _say_unknown(places, wrong, correct)
        return f"and whether where {looks} explains it cannot be said", why
    caution = "" if spot is Spot.SAME else f"; {CAUTION}"
    where = _say_where(places, spot, wrong, correct, it)
    return f"and where {looks} {EXPLAINS[spot]} it", f"{where}{caution}"


_SAME: Mapping[Spot, str] = {
    Spot.SAME: "they look at the same spot",
    Spot.PARTLY: "they look at partly the same spot",
    Spot.DIFFERENT: "they look at different spots",
}
"""Where networks look that are all right."""


def _judge_apart(
    places: MapPlaces, groups: Mapping[Spot | None, Sequence[int]], without_map: int
) -> tuple[str, str]:
    """Judge wrong networks of which some look where right ones do, and some perhaps do not."""
    away = groups.get(Spot.DIFFERENT, ())
    if away:
        one = len(away) == 1
        look, it, its = (
            ("looks", "it", "its mistake") if one else ("look", "they", "their mistakes")
        )
        verdict = f"and where {_name(places, away)} {look} may explain {its}"
        return verdict, f"{it} {look} elsewhere than the right ones; {CAUTION}"
    told: list[str] = []
    for spot, where in ((Spot.SAME, "the same spot"), (Spot.PARTLY, "partly the same spot")):
        if own := groups.get(spot):
            look = "looks" if len(own) == 1 else "look"
            as_right = f"{look} at {where} as right ones"
            told.append(f"{len(own)} {f'at {where}' if told else as_right}")
    if unknown := len(groups.get(None, ())) + without_map:
        told.append(f"of {unknown} it cannot be said")
    return "and where they look does not clearly explain it", ", ".join(told)


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


def _name_right(correct: Sequence[int]) -> str:
    return "the right one" if len(correct) == 1 else "the right ones"


def _name(places: MapPlaces, group: Sequence[int]) -> str:
    return join_words([places.names[n] for n in sorted(group)], NAMED)
