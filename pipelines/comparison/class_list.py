"""The classes on which networks agree, disagree, do best or worst: a list, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import classes_of
from pipelines.comparison.rankings import RANKINGS, Ranking, spread_of_classes
from pipelines.comparison.task import Task
from pipelines.comparison.view import View
from saliencnn.common.sentences import count, join_words, quote

NAMED = 3
"""Classes that are named above the list."""
MEANINGS = {
    "range": "Range: the highest accuracy of {whose} less the lowest.",
    "average": "Average: the mean accuracy of {whose}.",
}
"""What the number that ranks is."""
ONE = {"do": "does", "are": "is"}
"""Verbs of several networks -> of one."""


@dataclass(frozen=True, eq=False)
class ClassList:
    """Classes in an order.

    Attributes:
        among: the networks whose accuracies make the order.
        whose: these, in words.
        offered: keys of the orders that there are for them.
        rank: key of the order.
        root: kind of thing whose classes these are; empty for all.
        spread: the classes, not in this order, see ``spread_of_classes``.
    """

    among: Group
    whose: str
    offered: tuple[str, ...]
    rank: str
    root: str
    spread: pd.DataFrame

    @property
    def ranking(self) -> Ranking:
        """The order."""
        return RANKINGS[self.rank]

    def describe(self) -> str:
        """Say which classes these are and which stand first, in a sentence."""
        ranking, whose = self.ranking, self.whose
        first, does = ranking.pick_first(self.spread, NAMED), ranking.describe_all(self.spread)
        if len(first):
            named = zip(first["class"], first[ranking.by], first["images"], strict=True)
            shown = [
                f"{quote(one)} ({part:.0%}, {count(of, 'image', 'images')})"
                for one, part, of in named
            ]
            does = f"{self.rank}, as far as images prove it, on {join_words(shown, NAMED)}"
        if len(self.among.models) == 1 and does:
            verb, rest = does.split(" ", 1)
            whose, does = self.among.names[self.among.run_ids[0]], f"{ONE[verb]} {rest}"
        told = count(len(self.spread), "class", "classes")
        of_kind = f" of {quote(self.root)}" if self.root else ""
        done = f", {whose} {does}" if does else ""
        return f"Of the {told}{of_kind} with images{done}."


def list_classes(
    tables: Mapping[str, pd.DataFrame], group: Group, task: Task, view: View
) -> ClassList:
    """Return the classes that are looked at, and their order.

    Args:
        tables: evaluation's id -> its numbers class by class, see ``read_by_class``.
        group: the evaluations.
        task: of whose networks the list is, where it has several.
        view: which classes in which order; where there is no such order, in the first.
    """
    chosen = tuple(info for info in group.models if info.run_id in task.models)
    among = replace(group, models=chosen) if len(chosen) > 1 else group
    several = len(among.models) > 1
    offered = tuple(name for name, one in RANKINGS.items() if several or one.by == "average")
    spread = spread_of_classes(tables, among)
    if view.root:
        spread = spread[spread["index"].isin(classes_of(group.class_set, view.root))]
    whose = f"the {len(among.models)} chosen networks" if among is not group else "all networks"
    rank = view.rank if view.rank in offered else offered[0]
    return ClassList(among, whose, offered, rank, view.root, spread)
