"""Whether what networks look at explains their errors: one verdict, with what to do."""

from collections.abc import Mapping, Sequence

import numpy as np

from saliencnn.common.sentences import count, join_words
from saliencnn.findings.contrast import Contrast, find_clear, is_barely
from saliencnn.findings.map_errors import HIGHER, NAMED, say_bound
from saliencnn.findings.telling import BORDER, FOCUS, SIZE, TELLING, Means, Shifts, numbers_of
from saliencnn.measures.groups import Estimate

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
OF_WHAT = {"size": "of the image in size", "place": "of the map in place"}


def explain_errors(
    together: Contrast,
    shifts: Shifts,
    means: Means,
    images: str,
    known: int = 0,
    left: bool = False,
    mixed: bool = True,
) -> str:
    """Say whether what networks look at explains their errors; "" where the images are too few.

    Args:
        together: how missed images differ, of all networks.
        shifts: of each of them.
        means: likewise.
        images: which images, in words.
        known: how many images there are, where only some of them were explained.
        left: whether wrong images of a lone network are among the others.
        mixed: whether some mistake stands out, else there is no mix-up to look at.
    """
    if not together.enough:
        return ""
    if not together.telling:
        return f"On {images}, {_say_too_few(together, known, left)}"
    clear = find_clear(shifts) if together.several else []
    if together.apart:
        looks = _say_how(together.who_looks, together.shifts, together.means)
        said = f"{looks}, {_say_whether(together)}"
    else:
        said = _say_same(together)
        if not clear:
            said += f"; look instead at the classes that are {MIXED_UP if mixed else MISSED}"
    return f"On {images}, {said}{_say_alone(clear, shifts, means)}."


def describe_seen(together: Contrast) -> str:
    """Say how large what is looked at was, as a further sentence; "" without right or wrong."""
    size, (wrong, right) = together.shifts.get(SIZE), together.means.get(SIZE, (np.nan, np.nan))
    if size is None or not np.isfinite(wrong + right):
        return ""
    return (
        f" So far what {together.who_looks} at is {wrong:.0%} of the image where wrong "
        f"({count(size.failed, 'image', 'images')}), {right:.0%} where right ({size.correct})."
    )


def _say_whether(together: Contrast) -> str:
    """Say whether a difference beyond chance may explain the errors, and what to do."""
    if not together.clear:
        return f"barely beyond chance: do not act on it; {_count_wrong(together)}"
    whose = "their" if together.several else "its"
    return (
        f"which may explain {whose} errors; {_count_wrong(together)}; see {whose} wrong images "
        "first, for what goes with mistakes need not cause them"
    )


def is_wide(place: Estimate) -> bool:
    """Return whether so few images tell that a place may be quite another, see ``WIDEST_PLACE``."""
    return not place.excludes(0) and place.most > WIDEST_PLACE


def _say_alone(clear: Sequence[str], shifts: Shifts, means: Means) -> str:
    """Say how single networks look at wrong images where that may explain their own errors."""
    if not clear:
        return ""
    told = [
        _say_how(f"{name} looks", numbers_of(name, shifts), numbers_of(name, means))
        for name in clear
    ]
    whose = "its own" if len(clear) == 1 else "their own"
    return f"; by itself, {join_words(told, NAMED)}, which may explain {whose} errors"


def _say_how(
    who_looks: str, shifts: Mapping[str, Estimate], means: Mapping[str, tuple[float, float]]
) -> str:
    """Say how networks look at wrong images, with the means of all that differs."""
    told = []
    for number, shift in shifts.items():
        if not (shift.enough and shift.excludes(0)):
            continue
        words, of, form = LOOKS[number]
        ways = HIGHER if shift.value > 0 else {word: word for word in HIGHER}
        how = words.format(slightly="slightly " if is_barely(shift) else "", **ways)
        wrong, right = (format(mean, form) for mean in means[number])
        told.append(f"{how} where wrong ({of}{wrong} against {right})")
    return f"{who_looks} {join_words(told)}"


def _say_same(together: Contrast) -> str:
    """Say that nothing differs, and how surely."""
    shifts, (wrong, right) = together.shifts, together.means.get(SIZE, (0, 0))
    numbers = {"size": (SIZE,), "place": PLACES}
    bounds = {
        what: max(one.most for n, one in shifts.items() if n in own and one.enough)
        for what, own in numbers.items()
        if any(n in own and one.enough for n, one in shifts.items())
    }
    wide = bounds.get("place", 0) > WIDEST_PLACE
    told = [what for what in bounds if not (wide and what == "place")]
    of = f"{' or '.join(f'the {one}' for one in told)} of " if told else ""
    area = f"it is {wrong:.0%} of the image where wrong, {right:.0%} where right; "
    most = " or ".join(f"{say_bound(bounds[one])} {OF_WHAT[one]}" for one in told)
    bound = f"; a difference of more than {most} would have shown" if most else ""
    wide_place = "; too few images to say the same of the place" if wide else ""
    return (
        f"being wrong has most likely nothing to do with {of}what {together.who_looks} at: "
        f"{area if 'size' in told else ''}{_count_wrong(together)}{bound}{wide_place}"
    )


def _count_wrong(together: Contrast, known: int = 0) -> str:
    """Say on how many images a network is wrong, or any of several is.

    Args:
        together: of whom.
        known: how many images there are, where only some of them were explained.
    """
    which = f"explained images (of {known:,} in all)" if known else "images"
    of = f"{together.missed} of {together.images} {which}"
    return f"on {of} at least one network is wrong" if together.several else f"it misses {of}"


def _say_too_few(together: Contrast, known: int, left: bool) -> str:
    """Say that the interval is too wide, what was seen so far, and what would tell."""
    size = together.shifts[SIZE]
    wrong, right = together.means[SIZE]
    _, which = min((size.failed, "wrong"), (size.correct, "right"))
    far = abs(wrong - right) > TELLING * right
    so_far = "the size may have to do with it" if far else "nothing points to it"
    return (
        f"there are too few {which} images to say whether being wrong has to do with the size or "
        f"the place of what {together.who_looks} at: {_count_wrong(together, known)}. So far "
        f"{so_far}: {wrong:.0%} of the image where wrong, {right:.0%} where right, but a "
        f"difference of up to {say_bound(size.most)} would not be seen; "
        f"{_say_what_tells(len(together.networks), known, left)} to tell."
    )


def _say_what_tells(networks: int, known: int, left: bool) -> str:
    """Say what more would tell: where wrong images are left to explain, not to evaluate more."""
    if known and networks > 1:
        return "ask one network alone, of which more wrong images are then explained,"
    return "ask of a narrower kind of thing" if left else "evaluate more images"
