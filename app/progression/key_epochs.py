"""Which epochs of one image's maps are worth a look: where they change most."""

from collections.abc import Sequence

import numpy as np

from saliencnn.maps.history import MapHistory
from saliencnn.measures.similarity import similarity_to_previous


def key_epochs(
    history: MapHistory, methods: Sequence[str], epochs: Sequence[int]
) -> dict[int, str]:
    """Return the epochs to stand beside the chosen one, what matters most first, with the reason.

    Args:
        history: an image's maps.
        methods: whose maps say where they change most.
        epochs: all complete ones, ascending; those without any map are left out, where some have.
    """
    mapped = {epoch for method in methods for epoch in history.maps.get(method, {})}
    shown = [epoch for epoch in epochs if epoch in mapped] or epochs
    found = {shown[0]: "first" if shown[0] == epochs[0] else "first with maps"}
    found.setdefault(shown[-1], "last" if shown[-1] == epochs[-1] else "last with maps")
    if (change := greatest_change(history, methods)) is not None:
        measured = any(_focus_changes(history, method) for method in methods)
        found.setdefault(change, f"{'its focus' if measured else 'this map'} changed most")
        found.setdefault(change - 1, "just before the change")
    for place in np.linspace(0, len(shown) - 1, 6).round().astype(int):
        found.setdefault(shown[place], "")
    return found


def greatest_change(history: MapHistory, methods: Sequence[str]) -> int | None:
    """Return the epoch at which an image's maps changed most from the epoch before, if known.

    That is where their mean focus changed most; where no object is known, where their mean
    similarity (SSIM) to the epoch before is least.
    """
    changes = [_focus_changes(history, method) for method in methods]
    if not any(changes):
        changes = [
            {epoch: -value for epoch, value in similarity_by_epoch(history, method).items()}
            for method in methods
        ]
    by_epoch: dict[int, list[float]] = {}
    for epoch, value in (item for change in changes for item in change.items()):
        by_epoch.setdefault(epoch, []).append(value)
    means = {epoch: float(np.mean(values)) for epoch, values in sorted(by_epoch.items())}
    return max(means, key=lambda epoch: means[epoch], default=None)


def _focus_changes(history: MapHistory, method: str) -> dict[int, float]:
    focus = history.focus.get(method, {})
    steps = {epoch: abs(focus[epoch] - focus[epoch - 1]) for epoch in focus if epoch - 1 in focus}
    return {epoch: step for epoch, step in steps.items() if np.isfinite(step)}


def similarity_by_epoch(history: MapHistory, method: str) -> dict[int, float]:
    """Return the similarity (SSIM) of a method's maps to those of the epoch before, where known."""
    maps = dict(sorted(history.maps.get(method, {}).items()))
    if not maps:
        return {}
    similarity = similarity_to_previous(np.stack(list(maps.values())))
    return {
        epoch: float(value)
        for epoch, value in zip(maps, similarity, strict=True)
        if epoch - 1 in maps and np.isfinite(value)
    }
