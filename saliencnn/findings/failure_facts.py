"""What was measured in the images of a class, and which groups of them fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from saliencnn.checks.interventions.effects import Effects
from saliencnn.findings.cluster_signs import Reliance, find_reliance
from saliencnn.findings.contrast import is_barely
from saliencnn.findings.finding import Evidence
from saliencnn.findings.focus_words import Place
from saliencnn.findings.judge_looks import judge_looks
from saliencnn.findings.kind_rates import MIN_OF_WEAK
from saliencnn.findings.looks import SAID_MAP, Looked
from saliencnn.findings.methods import Advice
from saliencnn.findings.telling import FOCUS
from saliencnn.measures.groups import MIN_GROUP, Estimate, estimate_together, separability
from saliencnn.measures.rates import difference_interval, level_of_each

QUESTIONS = 3
"""Asked of a class's failures: do their numbers differ, do their colours, and does one group of
maps fail? Each has its part of the 5% that chance is allowed."""
CHANCE = 1 - level_of_each(QUESTIONS)
"""The p-value below which colours differ by more than chance."""


@dataclass(frozen=True)
class MapGroup:
    """Maps that are alike.

    Attributes:
        name: what they are, e.g. ``small maps near the border``.
        images: how many.
        right: how many of them the network gets right.
    """

    name: str
    images: int
    right: int


def worst_group(groups: tuple[MapGroup, ...]) -> tuple[int, float, float] | None:
    """Return the group that holds more of the mistakes than of the right images, if one does.

    Its fraction of the mistakes is compared with that of the right images, which says the same
    however many right images were left out. Its own rate must differ too: with few mistakes among
    many images, one of both tests alone errs more often than it may.

    Returns:
        Its place, and both ends of the interval of how much larger its fraction of the mistakes
        is: 95% for all groups and ``QUESTIONS`` together.
    """
    images, right = (np.array([getattr(g, n) for g in groups], int) for n in ("images", "right"))
    wrong = images - right
    if images.sum() < MIN_OF_WEAK or min(wrong.sum(), right.sum()) < MIN_GROUP:
        return None
    others, asked = images.sum() - images, QUESTIONS * len(groups)
    usable = np.minimum(images, others) >= MIN_GROUP
    low, high = difference_interval(
        wrong / wrong.sum(), right / right.sum(), wrong.sum(), asked, right.sum()
    )
    lower, _ = difference_interval(
        wrong / images,
        (wrong.sum() - wrong) / np.maximum(others, 1),
        images,
        asked,
        np.maximum(others, 1),
    )
    place = int(np.where(usable & (lower > 0), low, -1).argmax())
    told = usable[place] and min(low[place], lower[place]) > 0
    return (place, float(low[place]), float(high[place])) if told else None


@dataclass(frozen=True, eq=False)
class FailureFacts:
    """What was measured in the images of a class.

    Attributes:
        correct: bool (N,), whether an image of the class is predicted as it.
        numbers: name -> float (N,), everything that may differ between missed and correct images.
        colours: p-value of the test that their regions have the same colours in ``TEST_SPACE``; NaN
            where unknown.
        groups: of the maps of these images and of those taken for the class.
        evidence: the page that shows them.
        effects: of interventions on those M images in ``groups`` on which any were tried; None
            where nobody has, or where the groups may be one.
        clusters: int (M,), the group of each.
        clear: whether the groups are apart; without structure, maps would split as well.
        method: whose maps they are, as people call it; each explains its image's true class.
        advice: what the checks advise on it; None where nobody has checked it.
        instead: a method that passes the checks where this one does not; "" without any.
        place: where maps should lie.
        said: float (N,), the focus of each image's map of the class that the network says, which
            alone explains a mistake; None where only maps of the true class are known.
        questions: of how many classes this can be asked, see ``count_questions``.
        explained: whether maps on the object prove nothing, since guidance or a shortcut explains
            them.
    """

    correct: np.ndarray
    numbers: Mapping[str, np.ndarray]
    colours: float
    groups: tuple[MapGroup, ...]
    evidence: Evidence
    effects: Effects | None = None
    clusters: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    clear: bool = True
    method: str = ""
    advice: Advice | None = None
    instead: str = ""
    place: Place = field(default_factory=Place)
    said: np.ndarray | None = None
    questions: int = 1
    explained: bool = False

    @property
    def missed(self) -> int:
        """Images that the network misses."""
        return int((~self.correct).sum())

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of images that a sentence says."""
        return {"missed": self.missed, "correct": int(self.correct.sum())}

    @property
    def enough(self) -> bool:
        """Whether there are images enough on both sides to say anything of others."""
        return min(self.counts.values()) >= MIN_GROUP

    @cached_property
    def areas(self) -> dict[str, Estimate]:
        """How well each number separates missed from correct images."""
        return compare_numbers(self.numbers, self.correct)

    @property
    def apart(self) -> dict[str, Estimate]:
        """Those of ``areas`` that do so at all."""
        found = self.areas.items()
        return {name: area for name, area in found if area.enough and area.excludes(0.5)}

    @property
    def differ(self) -> bool:
        """Whether anything tells missed from correct images."""
        return bool(self.worst or self.apart or self.colours < CHANCE)

    @property
    def asked(self) -> int:
        """How many intervals are asked of these images together."""
        return QUESTIONS * max(sum(area.enough for area in self.areas.values()), 1)

    @cached_property
    def looked(self) -> Looked:
        """Where the network looks in the missed images; not known by maps that fail the checks."""
        focus, asked = self.said, self.questions
        if focus is None:
            focus = self.numbers.get(FOCUS, np.full(len(self.correct), np.nan))
            asked = self.asked
        found = judge_looks(focus, self.correct, self.place, asked)
        return found.limit(self.advice == Advice.DO_NOT, self.explained)

    @property
    def maps(self) -> str:
        """Whose maps these are, as part of a sentence."""
        if self.said is not None:
            return SAID_MAP.format(method=self.method)
        return f"the {self.method} map" if self.method else "the map"

    @property
    def barely(self) -> bool:
        """Whether numbers alone differ, and each of them barely beyond chance."""
        numbers = self.apart.values()
        others = self.worst is not None or self.colours < CHANCE
        return bool(numbers) and not others and all(is_barely(area, 0.5) for area in numbers)

    @property
    def actionable(self) -> bool:
        """Whether a difference is sure enough to act on: clear, and by maps that do not fail."""
        return not self.barely and self.advice != Advice.DO_NOT

    @property
    def mapped(self) -> int:
        """Images in the groups."""
        return sum(group.images for group in self.groups)

    @property
    def several(self) -> bool:
        """Whether there is more than one group."""
        return len(self.groups) > 1 and self.clear

    @cached_property
    def worst(self) -> tuple[int, float, float] | None:
        """The group that ``worst_group`` finds."""
        return worst_group(self.groups)

    @cached_property
    def reliance(self) -> Reliance | None:
        """The group that relies on something of its own, where interventions tell."""
        return None if self.effects is None else find_reliance(self.effects, self.clusters)


def compare_numbers(numbers: Mapping[str, np.ndarray], correct: np.ndarray) -> dict[str, Estimate]:
    """Return how well each number, float (N,), separates missed from correct images, bool (N,)."""
    pairs = {name: (values, correct) for name, values in numbers.items()}
    return estimate_together(separability, pairs, QUESTIONS)
