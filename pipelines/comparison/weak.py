"""Each network's weakest kind of thing as a table."""

from collections.abc import Sequence

from saliencnn.findings.weak_kinds import WeakKind

CERTAIN = "⚠"
"""Stands before a kind of thing that is a weakness by more than chance."""


def list_weak(found: Sequence[WeakKind]) -> list[dict[str, str]]:
    """Return a row a network: where it is weakest, how often it is right there, and elsewhere.

    Returns:
        Columns network, weakest on (with ``CERTAIN`` where chance does not explain it), right there
        (counts and percentage), elsewhere (percentage of all other images).
    """
    return [
        {
            "network": one.name,
            "weakest on": f"{CERTAIN} {one.kind}" if one.certain else one.kind,
            "right there": f"{one.right:,} of {one.images:,} ({one.rate:.0%})",
            "elsewhere": f"{one.elsewhere:.0%}",
        }
        for one in found
    ]
