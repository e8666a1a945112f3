"""What several networks do worst on: a kind of thing below the root classes, and classes."""

from dataclasses import dataclass, replace

import numpy as np

from saliencnn.common.sentences import count, quote, say_range
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.finding import Found
from saliencnn.findings.kind_rates import MIN_OF_WEAK
from saliencnn.measures.rates import difference_interval

CLASSES = {"tab": "classes", "rank": "do worst"}
"""Where Compare lists the classes that networks do worst on."""


@dataclass(frozen=True, eq=False)
class _Narrow:
    """A kind of thing that networks do worse on than on all other images.

    Attributes:
        kind: its name.
        images: how many it has.
        rates: fraction of them on which each network is right, (M,).
        elsewhere: mean fraction of all other images on which they are right.
        among: kinds that are compared.
        proven: whether it is so by more than chance, with 95% for all of these together.
    """

    kind: str
    images: int
    rates: np.ndarray
    elsewhere: float
    among: int
    proven: bool

    def describe(self) -> str:
        """Say it, as a clause."""
        chance = "" if self.proven else ", which may be chance"
        return (
            f"Of narrower kinds {quote(self.kind)} is {'' if self.proven else 'so far '}the "
            f"hardest ({say_range(self.rates, '.0%')} of {self.images} images right){chance}"
        )

    @property
    def basis(self) -> str:
        """What that rests on, as a sentence."""
        told = "beyond chance" if self.proven else "not beyond chance"
        return (
            f"On average {self.rates.mean():.0%} of these are right, {self.elsewhere:.0%} of all "
            f"other images: {told}, as {self.among} kinds are compared."
        )


def find_hardest(facts: ComparisonFacts) -> Found | None:
    """Find the narrower kind that all do worst on, and the classes on which none is ever right."""
    if len(facts.names) < 2:
        return None
    narrow, never = _find_narrow(facts), _say_never(facts)
    if narrow is None:
        said = never and f"{never[0].upper()}{never[1:]}: with so few images it may be chance"
        shown = replace(facts.see(**CLASSES), what="the classes that they do worst on")
        return Found({"said": said, "basis": ""}, shown) if said else None
    said = narrow.describe() + (f"; {never}" if never else "")
    shown = replace(facts.see(root=narrow.kind, **CLASSES), what=f"classes of {quote(narrow.kind)}")
    return Found({"said": said, "basis": narrow.basis}, shown)


def _find_narrow(facts: ComparisonFacts) -> _Narrow | None:
    """Return the kind whose images prove most that networks do worse on it than elsewhere.

    Compared is the mean over the networks, since all see the same images.
    """
    mean, every = facts.right.mean(axis=0), len(facts.true)
    members = {
        kind: np.isin(facts.true, classes)
        for kind, classes in facts.groups.items()
        if kind not in facts.kinds
    }
    known = {
        kind: own
        for kind, own in members.items()
        if min(own.sum(), every - own.sum()) >= MIN_OF_WEAK
    }
    if not known:
        return None
    images = np.array([own.sum() for own in known.values()])
    inside = np.array([mean[own].mean() for own in known.values()])
    outside = np.array([mean[~own].mean() for own in known.values()])
    numbers = outside, inside, every - images
    low, _ = difference_interval(*numbers, 1, images)
    sure, _ = difference_interval(*numbers, len(known), images)
    place = int(low.argmax())
    if low[place] <= 0:
        return None
    kind, own = [*known.items()][place]
    return _Narrow(
        kind,
        int(images[place]),
        facts.right[:, own].mean(axis=1),
        float(outside[place]),
        len(known),
        bool(sure[place] > 0),
    )


def _say_never(facts: ComparisonFacts) -> str:
    """Say on how many classes no network is right on any image, as a clause.

    Returns:
        "" where there is none, or none with two images.
    """
    if not facts.classes:
        return ""
    images, right = (
        np.bincount(facts.true, weights, len(facts.classes)).astype(int)
        for weights in (None, facts.right.any(axis=0))
    )
    never = np.flatnonzero((images > 0) & (right == 0))
    if not len(never) or images[never].max() < 2:
        return ""
    first = min(never.tolist(), key=lambda n: (-images[n], facts.classes[n]))
    example = f"{quote(facts.classes[first])} ({count(int(images[first]), 'image', 'images')})"
    if len(never) == 1:
        return f"no network is right on any image of {example}"
    single = int((images[never] == 1).sum())
    few = f" ({single} with only one image)" if single else ""
    return f"no network is right on any image of {len(never)} classes{few}, such as {example}"
