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
    left, top, right, bottom = geometry.seen_box(*shape[:2])
    seen = (right - left) * (bottom - top) / (shape[0] * shape[1])
    return f"{seen:.0%}" if seen >= LEAST_CUT else f"{seen:.1%}"


def cautions(shape: tuple[int, ...], geometry: Geometry) -> list[str]:
    """Return why a prediction of an upload may mean little.

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
                f"The image has {width:,} x {height:,} pixels. The network sees it in other "
                f"proportions, {wide} x {tall}."
            )
    elif geometry.mode == "crop" and long > MAX_ASPECT * short:
        found.append(
            f"The image has {width:,} x {height:,} pixels. The network sees only the square in its "
            f"middle, {say_seen(shape, geometry)} of it, whatever the rest shows."
        )
    if short * MAX_ENLARGED < tall:
        found.append(
            f"Its shorter side has {short} pixels and is enlarged to about {tall}: the network "
            "sees blur, and names one of its classes all the same."
        )
    return found
