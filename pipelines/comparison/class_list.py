"""The classes on which networks agree, disagree, do best or worst: a list, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import classes_of
from pipelines.comparison.rankings import RANKINGS, Ranking, spread_of_classes
from pipelines.comparison.task import Task
from pipelines.comparison.view import View
from saliencnn.common.sentences import count, first_clause, join_words, quote
from saliencnn.measures.groups import MIN_GROUP

NAMED = 3
"""Classes that are named above the list."""
MEANINGS = {
    "range": "Range: the highest accuracy of {whose} less the lowest.",
    "average": "Average: the mean accuracy of {whose}.",
}
"""What the number that ranks is."""
ONE = {"do": "does", "are": "is"}
"""Verbs of several networks -> of one."""
OF_CLASS = {"range": "{points:.0f} points apart", "average": "{points:.0f}% right"}
"""What the number is of a class that is named."""
AT_END = {
    ("range", True): "they disagree at all on {count} of the {every_class}",
    ("range", False): "on {count} of the {every_class} {every} right as often",
    ("average", True): "on {count} of the {every_class} {every} right on every image",
    ("average", False): "on {count} of the {every_class}{single} {none} right on any image",
}
"""By what ranks, and whether the highest come first -> of how many classes that is true at all."""
SEVERAL = {"every": "every network is", "none": "no network is"}
SINGLE = {"every": "it is", "none": "it is not"}
"""Subjects of ``AT_END``: several networks, and one that the sentence has named."""
ORDER = "a class with more images counts more"
"""Why a class of one image that all miss does not stand first."""


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

    @property
    def claim(self) -> str:
        """With what ``describe`` begins."""
        return first_clause(self.describe(), self.among.names.values())

    def describe(self) -> str:
        """Say which classes these are and which stand first, how many tie and what chance may do.

        Up to a colon the classes; what follows says how far their images prove it.
        """
        ranking, whose = self.ranking, self.whose
        first, does = ranking.pick_first(self.spread, NAMED), ranking.describe_all(self.spread)
        basis = ""
        if len(first):
            does = f"{self.rank} on {self._name(first)}"
            basis = f": {'; '.join(self._say_basis(first))}"
        if len(self.among.models) == 1 and does:
            verb, rest = does.split(" ", 1)
            whose, does = self.among.names[self.among.run_ids[0]], f"{ONE[verb]} {rest}"
        told = count(len(self.spread), "class", "classes")
        of_kind = f" of {quote(self.root)}" if self.root else ""
        images = count(int(self.spread["images"].sum()), "image", "images")
        done = f", {whose} {does}" if does else ""
        return f"Of the {told}{of_kind} ({images}){done}{basis}."

    def _name(self, first: pd.DataFrame) -> str:
        """Name classes with their numbers, which are said once where they are the same."""
        named = zip(first["class"], first[self.ranking.by], first["images"], strict=True)
        known = [
            (
                quote(name),
                f"{OF_CLASS[self.ranking.by].format(points=100 * part)}, "
                f"{count(of, 'image', 'images')}",
            )
            for name, part, of in named
        ]
        numbers = {own for _, own in known}
        if len(known) > len(numbers) == 1:
            return f"{join_words([name for name, _ in known], NAMED)} (each {numbers.pop()})"
        return join_words([f"{name} ({own})" for name, own in known], NAMED)

    def _say_basis(self, first: pd.DataFrame) -> list[str]:
        """Say how many classes tie, of how many it is true at all, and what few images prove."""
        ranking, most = self.ranking, int(first["images"].max())
        ties = ranking.ties(ranking.order(first))
        few = f"none of these has more than {count(most, 'image', 'images')}, so it may be chance"
        subject = SINGLE if len(self.among.models) == 1 else SEVERAL
        at_end = AT_END[ranking.by, ranking.descending]
        return [
            *([f"the first {ties} tie"] if ties > 1 else []),
            *([few] if most < MIN_GROUP else []),
            at_end.format(
                count=f"{len(self._at_end):,}",
                every_class=f"{len(self.spread):,}",
                single=self._say_single(),
                **subject,
            ),
            ORDER,
        ]

    @property
    def _at_end(self) -> pd.DataFrame:
        """The classes on which networks disagree at all, or on which a number is extreme."""
        numbers, highest = self.spread[self.ranking.by], self.ranking.descending
        if self.ranking.by == "range":
            return self.spread[(numbers > 0) if highest else (numbers == 0)]
        return self.spread[numbers == (1 if highest else 0)]

    def _say_single(self) -> str:
        """Say in brackets how many of these have one image alone, which proves least."""
        single = int((self._at_end["images"] == 1).sum())
        many = "each" if single == len(self._at_end) > 1 else f"{single:,}"
        return f" ({many} with only one image)" if single else ""


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
