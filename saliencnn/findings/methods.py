"""Which explanation methods to believe on a network, from what the checks found."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from saliencnn.checks.grading import CheckResult, Outcome
from saliencnn.checks.table import CHECKS
from saliencnn.common.sentences import count, join_words, say_range

FOCUS_METHOD = "gradcam"
"""Whose maps say what a run looks at, and in which focus is measured."""
MIN_CHECKS = 2
"""Checks that have judged a method before anything is said of it."""
MAX_NAMED = 3
"""Methods that a line names."""


class Advice(StrEnum):
    """What to do with a method's maps."""

    BELIEVE = "believe"
    CARE = "with care"
    DO_NOT = "do not rely on it"
    UNKNOWN = "too little is checked"

    @property
    def lead(self) -> str:
        """The advice as a sentence begins with it; the methods' labels follow."""
        return _LEADS[self]


HEDGES: Mapping[Advice | None, str] = {
    None: "judging by unchecked maps, ",
    Advice.UNKNOWN: "judging by hardly checked maps, ",
    Advice.CARE: "judging by maps of which the checks are not sure, ",
    Advice.DO_NOT: "judging by maps that fail the checks, ",
}
"""What the checks advise on the method -> how a cause that rests on its maps begins."""


@dataclass(frozen=True)
class MethodAdvice:
    """What the checks say of a method together.

    Attributes:
        advice: in a word.
        deciding: names of the checks that decided: those failed, else those borderline, else
            those passed.
        unjudged: (name of a check, images that have a number) of each check that could not judge
            a method that is to be believed, for want of a control network, or one of which too
            little is known.
        images: how many images stand behind each of the deciding checks.
    """

    advice: Advice
    deciding: tuple[str, ...]
    unjudged: tuple[tuple[str, int], ...] = ()
    images: tuple[int, ...] = ()

    @property
    def lacks_images(self) -> bool:
        """Whether nothing is known of it because checks were made, on too few images to tell."""
        return self.advice == Advice.UNKNOWN and lacks_images(self.unjudged)


def lacks_images(unjudged: Iterable[tuple[str, int]]) -> bool:
    """Whether images lack for any of some checks, not a control network; see ``MethodAdvice``."""
    return any(images or not CHECKS[check].needs_control for check, images in unjudged)


def judge_methods(checks: Mapping[str, Mapping[str, CheckResult]]) -> dict[str, MethodAdvice]:
    """Return the advice on each method that any check has looked at.

    A check shows a weakness of the maps; passing it proves little alone. So one failure is enough
    against a method, and nothing is said for one that a check could not judge: it would else be
    better off than one that the check found borderline. Only a check without an image of any method
    may be lacking: it was not made, or needs a control network. ``MIN_CHECKS`` must have judged it
    in any case.

    Args:
        checks: check -> method -> result.
    """
    needed = {
        check
        for check, by_method in checks.items()
        if any(one.images for one in by_method.values())
    }
    results: dict[str, dict[str, CheckResult]] = {}
    for check, by_method in checks.items():
        for method, result in by_method.items():
            results.setdefault(method, {})[check] = result
    return {method: _judge(own, needed) for method, own in results.items()}


def choose_method(chosen: Sequence[str], logged: Sequence[str] | Set[str]) -> str:
    """Return whose maps sentences are told from: one everywhere, unless a person left it out.

    Args:
        chosen: methods that a person looks at, maybe none.
        logged: methods that a run has maps of.
    """
    others = (one for one in chosen if one in logged)
    return FOCUS_METHOD if FOCUS_METHOD in chosen else next(others, FOCUS_METHOD)


def is_doubted(judged: Mapping[str, MethodAdvice], method: str = FOCUS_METHOD) -> bool:
    """Whether the checks advise not to rely on a method."""
    return method in judged and judged[method].advice == Advice.DO_NOT


def describe_images(images: Iterable[int]) -> str:
    """Say on how many images checks were made, as part of a sentence; "" without any check."""
    known = [*images]
    return f", on {say_range(known)} images" if known else ""


def describe_unchecked(epoch: int) -> str:
    """Say that no check has looked at the maps of an epoch, and what that means."""
    return f"Nobody has checked the maps of epoch {epoch} yet, so they prove nothing"


def say_unknown(names: Mapping[str, MethodAdvice]) -> list[str]:
    """Say of which methods nothing is known, and why, in a clause a reason.

    Args:
        names: of methods as people call them, and what the checks say of each.
    """
    told = []
    for lacks, reason in ((True, "few images"), (False, "few checks")):
        own = [
            name
            for name, one in names.items()
            if one.advice == Advice.UNKNOWN and one.lacks_images == lacks
        ]
        if own:
            told.append(f"{join_words(own, MAX_NAMED)} {_say_unknown(reason, len(own))}")
    return told


def describe_unjudged(unjudged: Sequence[tuple[str, int]]) -> str:
    """Say which checks could not be judged, and on how few images."""
    few = [f"{CHECKS[check].label} ({count(n, 'image', 'images')})" for check, n in unjudged if n]
    none = [CHECKS[check].label for check, n in unjudged if not n]
    told = [
        f"{join_words(few)} could not be judged" if few else "",
        f"{join_words(none)} could not be asked: {_lack(unjudged)}" if none else "",
    ]
    return "; ".join(filter(None, told))


def _lack(unjudged: Sequence[tuple[str, int]]) -> str:
    """Say what checks without any image lack."""
    needs = any(CHECKS[check].needs_control for check, images in unjudged if not images)
    return "it needs a control network" if needs else "no image fits"


_LEADS = {
    Advice.BELIEVE: "Believe",
    Advice.CARE: "Read with care",
    Advice.DO_NOT: "Do not rely on",
    Advice.UNKNOWN: "Too little is checked of",
}


_WHY_UNKNOWN = {
    "few images": "had too few images to tell",
    "few checks": "{was} not checked enough",
}
"""Why nothing is known of methods."""


def _say_unknown(reason: str, methods: int) -> str:
    return _WHY_UNKNOWN[reason].format(was="was" if methods == 1 else "were")


def _judge(results: Mapping[str, CheckResult], needed: Set[str]) -> MethodAdvice:
    """Return the advice on a method by its results, where none of the needed checks' is lacking."""
    by_outcome = {
        outcome: tuple(check for check, found in results.items() if found.outcome == outcome)
        for outcome in Outcome
    }
    unjudged = by_outcome[Outcome.NOT_JUDGED]
    lacking = tuple((check, results[check].images) for check in unjudged)
    judged = results.keys() - {*unjudged}
    if not by_outcome[Outcome.FAIL] and (len(judged) < MIN_CHECKS or needed - judged):
        return MethodAdvice(Advice.UNKNOWN, (), lacking)
    word, deciding = next(
        (advice, by_outcome[outcome])
        for outcome, advice in _BY_OUTCOME.items()
        if by_outcome[outcome]
    )
    return MethodAdvice(
        word,
        deciding,
        lacking if word == Advice.BELIEVE else (),
        tuple(results[check].images for check in deciding),
    )


_BY_OUTCOME = {
    Outcome.FAIL: Advice.DO_NOT,
    Outcome.BORDERLINE: Advice.CARE,
    Outcome.PASS: Advice.BELIEVE,
}
"""What decides, first: one failure is enough against a method."""
