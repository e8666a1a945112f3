"""What interventions found, as text that a terminal or a page shows."""

from collections.abc import Iterator

from saliencnn.checks.interventions.effects import Effect, Effects

KINDS = {
    "object": "Object and background",
    "attended": "What the maps attend to",
    "place": "Places",
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
        f"{effects.chance:.0%} by guessing. Accuracy with its 95 % interval after each change:"
    )
    for kind, heading in KINDS.items():
        rows = [effect for effect in effects.rows.values() if effect.row.kind == kind]
        if rows:
            yield f"\n{heading}"
        for effect in rows:
            yield f"  {effect.row.label:<54} {format_effect(effect)}"
