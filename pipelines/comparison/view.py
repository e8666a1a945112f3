"""What of a comparison is looked at: the part of the page, and what is asked of many images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.comparison.rankings import RANKINGS
from pipelines.comparison.subject_keys import present_key
from saliencnn.data.kinds import name_kind

SUBJECT = "subject"
"""Name in an address of which images are asked of."""
LEVEL = "level"
"""Name in an address of whether it is asked why networks err."""
NETWORKS, CLASSES, MAPS = "networks", "classes", "maps"
TABS = {NETWORKS: "Networks", CLASSES: "Classes", MAPS: "Maps"}
"""Parts of a comparison: which network, on which classes, and why."""


@dataclass(frozen=True)
class View:
    """What is looked at.

    Attributes:
        tab: a key of ``TABS``.
        root: root class, or a narrower kind of thing, whose classes are shown; empty for all.
        rank: a key of ``RANKINGS``, the order of the classes; empty before a choice.
        subject: key of the images of which is asked why networks err; empty before a choice.
        asked: whether that is asked.
        row: which of the task's rows is picked; its class is asked of before a choice.
    """

    tab: str = NETWORKS
    root: str = ""
    rank: str = ""
    subject: str = ""
    asked: bool = False
    row: int = 0


def view_from_query(query: Mapping[str, Sequence[str]]) -> View:
    """Read from an address what is looked at.

    Args:
        query: all values of each parameter; unknown ones count as none.

    Returns:
        Of an address that names no tab, the one that shows what it speaks of.
    """
    root, rank, subject = (
        next(iter(query.get(name, ())), "") for name in ("root", "rank", SUBJECT)
    )
    return View(
        _find_tab(query),
        name_kind(root),
        rank if rank in RANKINGS else "",
        present_key(subject),
        list(query.get(LEVEL, ())) == ["true"],
    )


def _find_tab(query: Mapping[str, Sequence[str]]) -> str:
    named = [tab for tab in query.get("tab", ()) if tab in TABS]
    if named:
        return named[0]
    if {"model", "class", "image", "cell", LEVEL} & {*query}:
        return MAPS
    return CLASSES if "root" in query else NETWORKS
