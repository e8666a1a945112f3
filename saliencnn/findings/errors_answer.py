"""Whether what several networks look at explains their errors: one verdict, with what to do."""

from collections.abc import Sequence

from saliencnn.common.sentences import join_words, say_all, say_range
from saliencnn.findings.map_errors import (
    BORDER,
    FOCUS,
    HIGHER,
    NAMED,
    SIZE,
    Means,
    Shifts,
    find_apart,
    find_telling,
    say_bound,
)
from saliencnn.measures.groups import Estimate

BARELY = 0.1
"""Of its width: an interval that ends no farther from 0 is barely beyond chance. For a normal
estimate the corrected p is then between 0.02 and 0.05."""
WIDEST_PLACE = 0.2
"""Of a map's energy: an interval of the place that ends beyond it tells nothing of the place."""
MIXED_UP, MISSED = "mixed up: they may look alike", "missed most"
"""Which classes to look at where the maps explain nothing."""
PLACES = (FOCUS, BORDER)
"""Numbers of a map that tell of the place."""
LOOKS = {
    SIZE: ("at a {slightly}{smaller} part of the image", "", ".0%"),
    "total variation": ("at {slightly}{less} scattered spots", "total variation ", ".2f"),
    FOCUS: ("{slightly}{less} at the object", "on it ", ".0%"),
    BORDER: ("{slightly}{less} near the image's border", "of its map ", ".0%"),
}
"""Number of a map -> how a network looks where it is lower, what its means are of, their form."""


def explain_errors(
    shifts: Shifts,
    images: str,
    means: Means,
    known: int = 0,
    left: bool = False,
    mixed: bool = True,
) -> str:
    """Say whether what networks look at explains their errors; "" where the images are too few.

    Args:
        shifts: of all networks, which a person is shown together.
        images: which images, in words.
        means: likewise.
        known: how many images there are, where only some of them were explained.
        left: whether wrong images of a lone network are among the others.
        mixed: whether some mistake stands out, else there is no mix-up to look at.
    """
    if not any(shift.enough for shift in shifts.values()):
        return ""
    networks = list(dict.fromkeys(name for name, _ in shifts))
    telling, apart, clear = find_telling(shifts, means), find_apart(shifts), find_clear(shifts)
    if not telling:
        return _say_too_few(shifts, images, known, left)
    barely = [name for name in apart if name not in clear]
    same = [name for name in telling if name not in apart]
    parts: list[tuple[str, str]] = []
    if clear:
        whose = "its" if len(clear) == 1 else "their"
        looks = f"{_say_looks(clear, shifts, means)}, which may explain {whose} errors"
        parts.append(
            (
                looks,
                f"see {whose} wrong images first, for what goes with mistakes need not cause them",
            )
        )
    if same:
        parts.append(_say_same(shifts, same, len(networks)))
    if barely:
        looks = f"{_say_looks(barely, shifts, means)}, barely beyond chance: do not act on it"
        parts.append((looks, ""))
    few = len(networks) - len(telling)
    if not apart:
        mostly = 2 * few > len(networks)
        do = (
            _say_what_tells(len(networks), known, left, "judge the others")
            if mostly
            else f"look instead at the classes that are {MIXED_UP if mixed else MISSED}"
        )
        parts.append((do, ""))
    have = "has" if few == 1 else "have"
    of = f" ({few} of {len(networks)} networks {have} too few images to tell)" if few else ""
    (first, rest), *others = parts
    said = "; ".join(
        filter(None, [f"{first}{of}", rest, *(one for part in others for one in part)])
    )
    return f"On {images}, {said}."


def find_clear(shifts: Shifts) -> list[str]:
    """Return the networks with a difference that is more than barely beyond chance."""
    clear = (name for (name, _), one in shifts.items() if _differs(one) and not is_barely(one))
    return list(dict.fromkeys(clear))


def is_barely(shift: Estimate, neutral: float = 0.0) -> bool:
    """Return whether a difference beyond chance is so barely, see ``BARELY``.

    Args:
        shift: the difference.
        neutral: its value where nothing differs.
    """
    nearest = min(abs(shift.low - neutral), abs(shift.high - neutral))
    return nearest <= BARELY * (shift.high - shift.low)


def is_wide(place: Estimate) -> bool:
    """Return whether so few images tell that a place may be quite another, see ``WIDEST_PLACE``."""
    return not place.excludes(0) and place.most > WIDEST_PLACE


def _differs(shift: Estimate) -> bool:
    return shift.enough and shift.excludes(0)


def _say_looks(networks: Sequence[str], shifts: Shifts, means: Means) -> str:
    """Say how networks look at wrong images, each with the means of all that differs."""
    told = [f"{name} looks {_say_how(name, shifts, means)}" for name in networks]
    return join_words(told, NAMED)


def _say_how(network: str, shifts: Shifts, means: Means) -> str:
    """Say how a network looks at wrong images, and of how many images that is known."""
    told, counted = [], ""
    for (name, number), shift in shifts.items():
        if name != network or not _differs(shift):
            continue
        words, of, form = LOOKS[number]
        ways = HIGHER if shift.value > 0 else {word: word for word in HIGHER}
        how = words.format(slightly="slightly " if is_barely(shift) else "", **ways)
        wrong, right = (format(mean, form) for mean in means[name, number])
        told.append(f"{how} where wrong ({of}{wrong} against {right}{{counted}})")
        counted = f", {shift.failed} of {shift.failed + shift.correct} images wrong"
    return join_words([one.format(counted="" if n else counted) for n, one in enumerate(told)])


def _say_same(shifts: Shifts, same: Sequence[str], networks: int) -> tuple[str, str]:
    """Return of which networks nothing differs, and how surely, as two clauses."""
    numbers = {"size": (SIZE,), "place": PLACES}
    bounds = {what: find_bound(shifts, same, own) for what, own in numbers.items()}
    known = {what: most for what, most in bounds.items() if most is not None}
    wide = known.get("place", 0) > WIDEST_PLACE
    told = [what for what in known if not (wide and what == "place")]
    if networks == 1 or len(same) < min(networks, NAMED + 1):
        who, look = join_words(same), "looks" if len(same) == 1 else "look"
    else:
        every = len(same) == networks
        who, look = (
            f"{say_all(networks) if every else f'{len(same)} of {networks}'} networks",
            "look",
        )
    of = f"{' or '.join(f'the {one}' for one in told)} of " if told else ""
    compared = [one for (name, _), one in shifts.items() if name in same and one.enough]
    wrong = say_range({one.failed for one in compared})
    of_images = say_range({one.failed + one.correct for one in compared})
    each = " for each of them" if len(same) > 1 else ""
    said = (
        f"being wrong has most likely nothing to do with {of}what {who} {look} at: {wrong} of "
        f"{of_images} images are wrong{each}"
    )
    of_what = {"size": "of the image in size", "place": "of the map in place"}
    most = join_words([f"{say_bound(known[one])} {of_what[one]}" for one in told]) if told else ""
    bound = f"right ones differ from them by at most {most} (95% confidence)" if most else ""
    wide_place = "too few images to say the same of the place" if wide else ""
    return said, "; ".join(filter(None, [bound, wide_place]))


def find_bound(shifts: Shifts, networks: Sequence[str], numbers: Sequence[str]) -> float | None:
    """Return how far numbers of some networks' maps may differ at most, as a fraction.

    Args:
        shifts: of all networks.
        networks: of whom it is asked.
        numbers: of the maps.

    Returns:
        The farthest end of their intervals; None where none is known of each network.
    """
    known = {
        name: shift.most
        for (name, number), shift in shifts.items()
        if name in networks and number in numbers and shift.enough
    }
    return max(known.values()) if len(known) == len(networks) else None


def _say_too_few(shifts: Shifts, images: str, known: int, left: bool) -> str:
    """Say that the intervals of all networks are too wide, and what may differ unseen."""
    told = {name: shift for (name, number), shift in shifts.items() if number == SIZE}
    told = {name: shift for name, shift in told.items() if shift.enough}
    missed, correct = zip(*((one.failed, one.correct) for one in told.values()), strict=True)
    fewer, which = min((missed, "wrong"), (correct, "right"), key=lambda side: min(side[0]))
    compared = say_range(one.failed + one.correct for one in told.values())
    of = f" explained (of {known:,} in all)" if known else ""
    most = say_bound(max(one.most for one in told.values()))
    networks = len({name for name, _ in shifts})
    who = "network" if len(told) == networks else f"of {len(told)} networks"
    each = f" for each {who}" if len(told) > 1 else ""
    return (
        f"On {images}, there are too few {which} images to say whether being wrong has to do with "
        f"the size or the place of what is looked at: {say_range(fewer)} of {compared} images{of} "
        f"are {which}{each}. A difference in size of up to {most} of the image would not be seen; "
        f"{_say_what_tells(networks, known, left, 'tell')}."
    )


def _say_what_tells(networks: int, known: int, left: bool, purpose: str) -> str:
    """Say what more would tell: where wrong images are left to explain, not to evaluate more."""
    if known and networks > 1:
        return f"ask one network alone to {purpose}: then more of its wrong images are explained"
    do = "ask of a narrower kind of thing" if left else "evaluate more images"
    return f"{do} to {purpose}"
