"""Why a network's prediction of an uploaded image may mean little, and what it does not see."""

from saliencnn.common.sentences import join_words
from saliencnn.data.geometry import Geometry

MAX_ASPECT = 1.5
"""Longer side by shorter side up to which the middle square stands for the image."""
LEAST_CUT = 0.01
"""Of a side, that is told."""
MAX_ENLARGED = 2
"""Times that a small image may be enlarged without a word."""


def describe_cut(shape: tuple[int, ...], geometry: Geometry) -> str:
    """Say how much of an upload is cut off at which sides; "" where hardly anything is.

    Args:
        shape: its height and width first.
        geometry: how it becomes what the network sees.
    """
    height, width = shape[:2]
    left, top, right, bottom = geometry.seen_box(height, width)
    sides = (
        ((left + width - right) / width / 2, "of its width at the left and as much at the right"),
        (
            (top + height - bottom) / height / 2,
            "of its height at the top and as much at the bottom",
        ),
    )
    told = [f"{cut:.0%} {where}" for cut, where in sides if cut >= LEAST_CUT]
    if not told:
        return ""
    seen = say_seen(shape, geometry)
    return (
        f"The network sees the middle of the image, {seen} of it: cut off are {join_words(told)}."
    )


def say_seen(shape: tuple[int, ...], geometry: Geometry) -> str:
    """Say how much of an upload the network sees, in percent of its area.

    Args:
        shape: its height and width first.
        geometry: how it becomes what the network sees.
    """
    seen = measure_seen(shape, geometry)
    return f"{seen:.0%}" if seen >= LEAST_CUT else f"{seen:.1%}"


def measure_seen(shape: tuple[int, ...], geometry: Geometry) -> float:
    """Return which fraction of an upload's area the network sees, 0 to 1; see ``say_seen``."""
    left, top, right, bottom = geometry.seen_box(*shape[:2])
    return (right - left) * (bottom - top) / (shape[0] * shape[1])


def cautions(shape: tuple[int, ...], geometry: Geometry) -> list[str]:
    """Return why a prediction of an upload may mean little, in clauses.

    Args:
        shape: its height and width first.
        geometry: how it becomes what the network sees.
    """
    height, width = shape[:2]
    short, long = sorted((height, width))
    tall, wide = geometry.shape
    found = []
    if geometry.stretches:
        change = (width / height) / (wide / tall)
        if max(change, 1 / change) > MAX_ASPECT:
            found.append(
                f"its {width:,} x {height:,} pixels are seen in other proportions, {wide} x {tall}"
            )
    elif geometry.mode == "crop" and long > MAX_ASPECT * short:
        found.append(
            f"it sees only the middle {say_seen(shape, geometry)} of {width:,} x {height:,} pixels"
        )
    if short * MAX_ENLARGED < tall:
        found.append(
            f"its shorter side has {short} pixels and is enlarged to about {tall}, so that the "
            "network sees blur"
        )
    return found
