"""The answer to whether missed images of a class differ from the correct ones, in one sentence."""

from collections import Counter
from collections.abc import Sequence

from saliencnn.common.sentences import count, join_words, quote
from saliencnn.findings.failure_facts import CHANCE, FailureFacts
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.map_errors import WAYS, describe_power
from saliencnn.findings.methods import HEDGES
from saliencnn.findings.telling import FOCUS, SIZE
from saliencnn.measures.groups import MIN_GROUP

NO_DIFFERENCE = "no difference"
"""The answer's rule where there are images enough, and nothing tells missed from correct ones."""
NAMED = 3
"""Differences that are named, and classes that missed images are taken for."""


def answer_failures(
    facts: FailureFacts, taken_for: Sequence[str], known: tuple[int, int] | None = None
) -> Finding | None:
    """Say whether anything that was measured tells missed from correct images; None without any.

    Args:
        facts: what was measured.
        taken_for: the class that each missed image is taken for.
        known: how many images are missed and correct, where perhaps not all are measured.
    """
    if not facts.missed:
        return None
    if not facts.enough:
        measured = facts.missed, facts.counts["correct"]
        seen = "" if known and known != measured else _say_seen(facts)
        said = seen or _say_too_few(measured, known or measured)
        return Finding("answer", Severity.NOTE, said, _say_taken(taken_for), facts.evidence)
    if told := _say_telling(facts):
        rule, severity = "answer", Severity.WARNING if facts.actionable else Severity.NOTE
        sure = ", but barely beyond chance" if facts.barely else " by more than chance"
        said = f"They differ{sure}: {_name_sides(facts)[0]} have {told}"
    else:
        rule, severity, said = NO_DIFFERENCE, Severity.NOTE, _say_none(facts)
    return Finding(rule, severity, f"{said}.", _say_taken(taken_for), facts.evidence)


def _say_none(facts: FailureFacts) -> str:
    """Say that nothing differs, first whether where the network looks can be the reason."""
    sides = facts.counts["missed"], facts.counts["correct"]
    power = describe_power([sides], facts.asked)
    power = f"{power[0].lower()}{power[1:]}"
    seen = _say_seen(facts)
    if not seen:
        missed, correct = _name_sides(facts)
        return (
            f"Why it misses these cannot be said: between {missed} and {correct} no difference "
            f"could be shown, neither in the kind of map nor in colours and textures; {power}"
        )
    return (
        f"{seen} In the kind of map, colours and textures no difference could be shown either; "
        f"{power}"
    )


def _say_seen(facts: FailureFacts) -> str:
    """Say what the maps show of where it looks in missed images; "" where they show nothing."""
    return facts.looked.describe(facts.maps, hedge=HEDGES.get(facts.advice, ""))


def say_mixed(facts: FailureFacts) -> str:
    """Say how missed images differ where classes are mixed, and what that may be; "" if nothing.

    Args:
        facts: what was measured, of images enough.
    """
    told = _say_telling(facts)
    if not told:
        return ""
    sure = "barely beyond chance" if facts.barely else "by more than chance"
    return (
        f"With classes mixed, {_name_sides(facts)[0]} have {told}, {sure}; since some classes are "
        "missed more often than others, that may tell classes apart, not right from wrong."
    )


def _name_sides(facts: FailureFacts) -> tuple[str, str]:
    missed, correct = (f"the {facts.counts[side]} {side}" for side in ("missed", "correct"))
    return f"{missed} images", f"{correct} ones"


def _say_telling(facts: FailureFacts) -> str:
    """Say what missed images have, than correct ones; "" where nothing differs."""
    telling = _list_telling(facts)
    if not telling:
        return ""
    more = len(telling) - NAMED
    others = f", beside {count(more, 'other difference', 'other differences')}" if more > 0 else ""
    return f"{join_words(telling[:NAMED])} than {_name_sides(facts)[1]}{others}"


def _say_too_few(measured: tuple[int, int], known: tuple[int, int]) -> str:
    """Say how many images are missed or right, and how many it takes to compare them.

    Args:
        measured: missed and correct images that were measured.
        known: likewise, of all images.
    """
    side = int(measured[0] >= MIN_GROUP)
    name, few = ("missed", "right")[side], measured[side]
    all_known = few == known[side]
    images = sum(known if all_known else measured)
    if side and not few:
        return f"None of {images:,} images is right: there is none to compare the missed ones with."
    among = "" if all_known else f" among the {images:,} measured"
    start = f"{few} {name} {'image' if few == 1 else 'images'}{among}"
    return (
        f"{start} {'is' if few == 1 else 'are'} too few to say why it misses "
        f"{'it' if few == 1 and not side else 'them'}: {MIN_GROUP} are needed."
    )


def _list_telling(facts: FailureFacts) -> list[str]:
    """Return what missed images have more or less of, what differs most of each kind first."""
    apart = sorted(facts.apart, key=lambda name: -abs(facts.apart[name].value - 0.5))
    group = ["more maps of one kind"] if facts.worst else []
    colours = ["other highlighted colours"] if facts.colours < CHANCE else []
    return [*group, *(_say_way(one, facts.apart[one].value > 0.5) for one in apart), *colours]


def _say_way(name: str, higher: bool) -> str:
    """Say what missed images have of which a number is lower, or higher."""
    if name == SIZE:
        return f"{'larger' if higher else 'smaller'} highlighted regions"
    if name in WAYS and name != FOCUS:  # on the object, or inside its box: it is not known here
        return WAYS[name][int(higher)]
    return f"a {'higher' if higher else 'lower'} {name}"


def _say_taken(taken_for: Sequence[str]) -> str:
    """Say which classes missed images are taken for, the most frequent first."""
    counts = Counter(taken_for).most_common()
    told = [f"{quote(name)} ({images})" for name, images in counts]
    start = "The missed one is" if len(taken_for) == 1 else "The missed ones are"
    return f"{start} taken for {join_words(told, NAMED)}."
