"""One window for all of an image set's images deeper than 8 bits, decided from its data.

What a file's format could hold says little: values from 0 to 4,080, as a camera of 12 bits gives,
are nearly black in 16 bits. So the training images' own values decide, once, and every image of the
set, and every one that is shown to its networks later, is seen through the same window.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from saliencnn.common.evenly import take_evenly
from saliencnn.data.decode import may_be_deep, read_values
from saliencnn.data.deep import DeepImage
from saliencnn.data.imageset import ImageSet, Sample, map_samples
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.window import AUTO, FULL, Window, WindowChoice, format_value, parse_choice

MAX_READ = 400
"""Deep images whose values are read, evenly taken from all: every value of a small set, and of a
large one enough to find its range."""
MAX_VALUES = 4096
"""Values that are kept of one image, evenly taken; its smallest and largest are kept, too."""
CORE = (0.1, 99.9)
"""Percentiles between which values are no outliers, such as hot pixels."""
REACH = 3.0
"""How many times its own width the core's values may reach beyond it and be no outliers."""
USED = 0.5
"""Fraction of a format's range from which on all of it is shown."""
MIN_LEVELS = 8
"""Levels of grey below which an image counts as uniform: nothing is left to see in it."""


@dataclass(frozen=True, eq=False)
class _Values:
    """What is kept of a deep image: some of its finite values, sorted, with both ends."""

    some: np.ndarray
    limits: tuple[float, float]
    own: Window | None


@dataclass(frozen=True)
class Decision:
    """What was decided for an image set.

    Attributes:
        window: what is shown; None for the full range of each format.
        text: the same as ``--window`` takes it; ``auto`` where no image is deep.
        notes: sentences for people.
    """

    window: Window | None
    text: str
    notes: tuple[str, ...] = ()


def apply_window(image_set: ImageSet, wanted: str) -> ImageSet:
    """Let an image set's deep images be seen through one window.

    Args:
        image_set: any; one without deep images stays as it is.
        wanted: as ``--window`` takes it.

    Raises:
        UserError: ``wanted`` is no window.
    """
    decision = decide_window(image_set.train, wanted, "training images")
    if decision.text == AUTO:
        decision = decide_window(image_set.validation, wanted, "validation images")
    seen = restore_window(image_set, decision.text)
    return replace(seen, notes=(*image_set.notes, *decision.notes))


def restore_window(image_set: ImageSet, decided: str) -> ImageSet:
    """Let an image set be seen through the window that was decided for it; nothing is read.

    Args:
        image_set: as it was read again.
        decided: its ``window`` then.
    """
    window = _parse_decided(decided)
    seen = map_samples(image_set, lambda samples: see_through(samples, window))
    return replace(seen, window=decided)


def see_through(samples: Sequence[Sample], window: Window | None) -> tuple[Sample, ...]:
    """Return samples that are seen through a window."""
    return tuple(samples if window is None else (replace(s, window=window) for s in samples))


def decide_window(samples: Sequence[Sample], wanted: str, called: str) -> Decision:
    """Decide what is shown of deep images.

    Args:
        samples: whose values decide.
        wanted: ``auto``: what the files themselves name as DICOM does, or else the values that
            occur, without outliers, or the full range of the format if they fill half of it.
            ``full``: that range. ``LOW:HIGH``: these values. ``LOW%:HIGH%``: these percentiles.
        called: what the samples are called in a note.

    Raises:
        UserError: ``wanted`` is no window.
    """
    choice = parse_choice(wanted)
    with ThreadPoolExecutor(8) as pool:
        is_deep = pool.map(_may_be_deep, samples)
        paths = [s for s, deep in zip(samples, is_deep, strict=True) if deep]
        read = take_evenly(paths, MAX_READ)
        found = pool.map(_summarise, read)
        values = [summary for summary in found if summary is not None]
    deep = len(values) if len(paths) == len(read) else len(paths)
    several = f" ({len(read)} of them were read)" if len(paths) > len(read) else ""
    return _decide(choice, values, f"{deep} of {len(samples)} {called}", called, several)


def decide_window_of(images: Sequence[DeepImage | None], wanted: str, called: str) -> Decision:
    """Decide what is shown of images that are at hand, as ``decide_window`` does.

    Args:
        images: their values; None for those of 8 bits.
        wanted: as for ``decide_window``.
        called: likewise.

    Raises:
        UserError: ``wanted`` is no window.
    """
    values = [_keep(image) for image in images if image is not None]
    return _decide(parse_choice(wanted), values, f"{len(values)} of {len(images)} {called}", called)


def _decide(
    choice: WindowChoice, values: list[_Values], deep: str, called: str, several: str = ""
) -> Decision:
    if not values:
        return Decision(None, AUTO)
    window, why = _choose(choice, values)
    shown = window or Window(*values[0].limits)
    notes = [
        f"{deep} are deeper than 8 bits{several}: values {shown.words} are shown as black to "
        f"white, {why}; --window LOW:HIGH sets others."
    ]
    if flat := sum(_is_uniform(one, shown) for one in values):
        notes.append(
            f"{flat} of {len(values)} {called} deeper than 8 bits look uniform: their values fill "
            f"less than {MIN_LEVELS} of 256 levels from {shown.words}."
        )
    return Decision(window, window.text if window else FULL, tuple(notes))


def window_of_one(wanted: str, image: DeepImage) -> Window | None:
    """Return the window for an image that belongs to no set.

    Args:
        wanted: what was decided for the set that it is compared with; ``auto`` where that had no
            deep images, so that the image's own values decide.
        image: the image.
    """
    return _choose(parse_choice(wanted), [_keep(image)])[0]


def _parse_decided(decided: str) -> Window | None:
    choice = parse_choice(decided)
    return Window(choice.low, choice.high) if choice.kind == "values" else None


def _may_be_deep(sample: Sample) -> bool:
    return not isinstance(sample.image, np.ndarray) and may_be_deep(sample.image)


def _summarise(sample: Sample) -> _Values | None:
    assert not isinstance(sample.image, np.ndarray)  # as ``_may_be_deep`` says
    try:
        image = read_values(sample.image, sample.name)
    except UnreadableImage:
        return None  # it is left out, counted and named where it is decoded
    return None if image is None else _keep(image)


def _keep(image: DeepImage) -> _Values:
    flat = image.values.reshape(-1)
    ends: list[float] = []
    if flat.dtype.kind == "f":
        flat = flat[np.isfinite(flat)]
    if len(flat):
        ends = [float(flat.min()), float(flat.max())]
    some = flat[:: -(-len(flat) // MAX_VALUES) or 1].astype(np.float64)
    limits = (image.low, image.high)
    return _Values(np.sort(np.concatenate([ends[:1], some, ends[1:]])), limits, image.own)


def _choose(choice: WindowChoice, values: Sequence[_Values]) -> tuple[Window | None, str]:
    """Return the window, None for the formats' full ranges, and why it is this one."""
    if choice.kind == "values":
        return Window(choice.low, choice.high), "as chosen"
    if choice.kind == FULL:
        return None, "all that the format holds"
    pool = np.concatenate([one.some for one in values])
    if choice.kind == "percentiles":
        low, high = np.percentile(pool, [choice.low, choice.high]).tolist() if len(pool) else (0, 0)
        why = f"percentiles {choice.low:g} and {choice.high:g} of the data"
        return (Window(low, high), why) if low < high else _choose(WindowChoice(AUTO), values)
    named = [one.own for one in values if one.own is not None]
    if 2 * len(named) >= len(values):
        low, high = (float(np.median([getattr(w, end) for w in named])) for end in ("low", "high"))
        return Window(low, high), "the window that the files name"
    low, high, outliers = _find_range(pool)
    limits = {one.limits for one in values}
    if len(limits) == 1:
        ((least, most),) = limits
        inside = least <= low and high <= most
        if low >= high or (inside and high - low >= USED * (most - least)):
            return None, "all that the format holds"
    if low >= high:
        return None, "all that the format holds"
    why = f"the range of the data without outliers up to {format_value(outliers)}"
    return Window(low, high), why if outliers else "the range of the data"


def _find_range(pool: np.ndarray) -> tuple[float, float, float]:
    """Return the ends of what are no outliers, and the farthest outlier or 0."""
    if not len(pool):
        return 0.0, 0.0, 0.0
    low, high = np.percentile(pool, CORE)
    reach = REACH * (high - low)
    if reach == 0:  # nearly all values are one: the others are what there is to see
        return float(pool.min()), float(pool.max()), 0.0
    inside = pool[(pool >= low - reach) & (pool <= high + reach)]
    beyond = pool[(pool < low - reach) | (pool > high + reach)]
    farthest = float(beyond[np.abs(beyond - high).argmax()]) if len(beyond) else 0.0
    return float(inside.min()), float(inside.max()), farthest


def _is_uniform(one: _Values, shown: Window) -> bool:
    if not len(one.some) or one.some[0] == one.some[-1]:
        return False  # it is uniform itself
    seen = one.some.clip(shown.low, shown.high)
    return float(seen[-1] - seen[0]) * 255 < MIN_LEVELS * (shown.high - shown.low)
