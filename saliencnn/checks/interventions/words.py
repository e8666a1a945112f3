"""What interventions found, as text that a terminal or a page shows."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from saliencnn.checks.interventions.corruptions import CurvePoint, mean_accuracy
from saliencnn.checks.interventions.effects import Effect, Effects

KINDS = {
    "object": "Object and background",
    "attended": "What the maps attend to",
    "place": "Places",
    "other": "Taken from another class's image",
    "colour": "Colour",
    "light": "Light",
    "quality": "Quality of the file",
    "layout": "Layout",
}
"""Kind of intervention -> heading, in the order in which they are shown."""


def format_effect(effect: Effect) -> str:
    """Return accuracy with its interval in percent, and the control's."""
    low, high = effect.interval
    beside = f"; {effect.row.control_label}: {effect.control:.0%}" if effect.row.control else ""
    return f"{effect.accuracy:.0%} ({100 * low:.0f} to {100 * high:.0f}){beside}"


def format_effects(effects: Effects) -> Iterator[str]:
    """Return every intervention's effect, a line each below its kind's heading."""
    yield (
        f"{len(effects.labels)} images: {effects.accuracy:.0%} are right as they are, "
        f"{effects.chance:.0%} by guessing. Accuracy with its 95% interval after each change:"
    )
    for kind, heading in KINDS.items():
        rows = [effect for effect in effects.rows.values() if effect.row.kind == kind]
        if rows:
            yield f"\n{heading}"
        for effect in rows:
            yield f"  {effect.row.label:<54} {format_effect(effect)}"


def format_curves(points: Sequence[CurvePoint]) -> Iterator[str]:
    """Return every corruption's curve, a line for each strength."""
    yield (
        f"{points[0].images} images: {points[0].accuracy:.0%} are right as they are, "
        f"{mean_accuracy(points):.0%} on average over all corruptions. Accuracy with its 95% "
        "interval at each strength:"
    )
    for corruption, curve in groupby(points, lambda point: point.corruption):
        yield f"\n{corruption[:1].upper()}{corruption[1:]}"
        for point in curve:
            low, high = (100 * end for end in point.interval)
            yield f"  {point.told:<24} {point.accuracy:.0%} ({low:.0f} to {high:.0f})"
