"""What stands out between two runs on the same images: whether they look at the same places."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import quote
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.mostly import count_mostly
from saliencnn.measures.focus import INSIDE
from saliencnn.models.spec import LOGIT

SAME, DIFFERENT, PARTLY = "the same", "different", "partly the same"


@dataclass(frozen=True, eq=False)
class PairFacts:
    """Two runs' maps of the true class of the same N images.

    Attributes:
        run_ids: of both.
        names: of both.
        scores: what each one's maps explain, of ``saliencnn.models.spec.SCORES``.
        overlap: float (N,), see ``saliencnn.measures.overlap``; NaN where unknown.
        by_chance: likewise, of each map of the first and the second's map of another image.
        labels: int (N,).
        classes: class names.
        target: the class whose images these are; None for all classes'.
    """

    run_ids: tuple[str, str]
    names: tuple[str, str]
    scores: tuple[str, str]
    overlap: np.ndarray
    by_chance: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    target: int | None = None

    def of_class(self, target: int) -> "PairFacts":
        """Return the facts of one class's images."""
        of = self.labels == target
        arrays = self.overlap[of], self.by_chance[of], self.labels[of]
        return PairFacts(self.run_ids, self.names, self.scores, *arrays, self.classes, target)

    @property
    def query(self) -> dict[str, str | tuple[str, ...]]:
        """Of the address of a page that shows both."""
        return {"run": self.run_ids[0], "beside": self.run_ids[1]}

    @property
    def known(self) -> np.ndarray:
        """The overlaps that are known, float (M,)."""
        return self.overlap[np.isfinite(self.overlap)]

    @property
    def by_class(self) -> np.ndarray:
        """Mean overlap of each class's images, float (C,); NaN for too few of them."""
        known = np.isfinite(self.overlap)
        images = np.bincount(self.labels[known], minlength=len(self.classes))
        sums = np.bincount(self.labels[known], self.known, minlength=len(self.classes))
        return np.where(images >= MIN_IMAGES, sums / np.maximum(images, 1), np.nan)


def find_in_pair(facts: PairFacts) -> tuple[Finding, ...]:
    """Return what stands out between two runs, what matters most first."""
    return apply_rules(PAIR_RULES, facts)


def _find_place(facts: PairFacts, where: str) -> Found | None:
    """Find whether the runs look at the same places, at different ones, or neither."""
    if len(facts.known) < MIN_IMAGES or not np.isfinite(facts.by_chance).any():
        return None
    same, apart = (count_mostly(facts.overlap, inside=one) for one in (True, False))
    if where != (SAME if same else DIFFERENT if apart else PARTLY):
        return None
    by_class, most, shown = facts.by_class, "", facts.target

    def name(target: int) -> str:
        return f"the class {quote(facts.classes[target])} ({by_class[target]:.0%})"

    ranked = np.argsort(by_class)[: np.isfinite(by_class).sum()]
    if shown is None and len(ranked):
        extreme = int(ranked[-1 if same else 0])
        shown = int(ranked[len(ranked) // 2])  # a typical class: an extreme one would mislead
        most = f" {'Most' if same else 'Least'} alike in {name(extreme)}"
        # Whoever follows the link must see there what this says.
        most += f"; the class shown, {name(shown)}, lies in the middle" if shown != extreme else ""
        most += "."
    query = facts.query if shown is None else {**facts.query, "class": facts.classes[shown]}
    numbers = {
        "of": "" if facts.target is None else " of this class",
        "count": int(((facts.known >= INSIDE) != bool(apart)).sum()),
        "known": len(facts.known),
        "overlap": facts.known.mean(),
        "chance": np.nanmean(facts.by_chance),
        "most": most,
    }
    return Found(numbers, Evidence("progression", query))


def _find_scores(facts: PairFacts) -> Found | None:
    plain = [name for name, score in zip(facts.names, facts.scores, strict=True) if score == LOGIT]
    if len(plain) != 1:
        return None
    (other,) = (name for name in facts.names if name not in plain)
    return Found({"plain": plain[0], "other": other}, Evidence("progression", facts.query))


def _rule(where: str, said: str, others: str = "") -> Rule[PairFacts]:
    return Rule(
        f"{where} places",
        Severity.NOTE,
        partial(_find_place, where=where),
        f"In {{count:,}} of {{known:,}} images{{of}} the two runs look at mostly {said}{others}.",
        detail="On average {overlap:.0%} of one's map lies where the other's map of the same image "
        "does, of another image {chance:.0%}.{most}",
    )


PAIR_RULES: tuple[Rule[PairFacts], ...] = (
    Rule(
        "scores differ",
        Severity.WARNING,
        _find_scores,
        "Their focus and their maps cannot be set side by side: those of {plain} are of an earlier "
        "version and explain a class alone, those of {other} explain it against the other classes.",
        "Train {plain} again to compare them.",
    ),
    _rule(DIFFERENT, "different places"),
    _rule(SAME, "the same places"),
    _rule(PARTLY, "the same places", ", at different ones in the others"),
)
"""Every rule about two runs; a new one is one more row."""
