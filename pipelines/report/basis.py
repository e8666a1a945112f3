"""What trust in a run's maps and a verdict about it rest on: which checks, what speaks for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.report.chapters import Chapter
from saliencnn.checks.table import CHECKS, Check
from saliencnn.common.sentences import join_words
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.methods import Advice, describe_images, judge_methods
from saliencnn.saliency import METHODS

ONLY_MAPS = (
    "The checks do not say: they judge its maps. A faithful map can show that a network looks at "
    "the wrong thing."
)


@dataclass(frozen=True)
class Advised:
    """The methods of which the checks advise the same.

    Attributes:
        advice: in a word.
        labels: the methods as people call them.
        deciding: names of the checks that decided.
        why: which checks decided and on how many images, e.g. ``they fail stability, on 16
            images``.
    """

    advice: Advice
    labels: tuple[str, ...]
    deciding: tuple[str, ...]
    why: str


def list_advised(chapter: Chapter) -> list[Advised]:
    """Return what the checks advise on a run's maps, what to believe first."""
    judged = judge_methods(chapter.checks)
    found = []
    for advice in Advice:
        own = {name: one for name, one in judged.items() if one.advice == advice}
        if own:
            reasons = {one.deciding for one in own.values()}
            deciding = [name for name in CHECKS if any(name in one for one in reasons)]
            images = describe_images(n for one in own.values() for n in one.images)
            why = _say_why(advice, [CHECKS[name] for name in deciding], len(own), len(reasons) > 1)
            labels = tuple(METHODS[name].label for name in own)
            found.append(Advised(advice, labels, tuple(deciding), f"{why}{images}"))
    return found


def list_deciding(advised: Iterable[Advised]) -> list[Check]:
    """Return the checks that spoke against methods, in their order."""
    against = (Advice.CARE, Advice.DO_NOT)
    named = {name for one in advised if one.advice in against for name in one.deciding}
    return [check for name, check in CHECKS.items() if name in named]


def list_believed(chapters: Iterable[Chapter]) -> list[str]:
    """Return the methods that the checks of every run advise to believe."""
    judged = [judge_methods(chapter.checks) for chapter in chapters]
    return [
        name
        for name in METHODS
        if judged and all(name in own and own[name].advice == Advice.BELIEVE for own in judged)
    ]


def warn_of_maps(chapters: Iterable[Chapter], methods: Sequence[str]) -> str:
    """Say which of the methods' maps the checks advise against; "" where none."""
    told = []
    for chapter in chapters:
        judged = judge_methods(chapter.checks)
        for advice in (Advice.CARE, Advice.DO_NOT):
            own = [one for one in methods if one in judged and judged[one].advice == advice]
            if own:
                labels = join_words([METHODS[one].label for one in own])
                told.append(f"{advice.lead} {labels} of {chapter.name}.")
    return " ".join(told)


def weigh(chapter: Chapter) -> list[tuple[str, str]]:
    """Return (what a sentence is about, the sentence) of what a verdict about a run rests on."""
    against = _first(chapter.findings, Severity.PROBLEM, Severity.WARNING)
    speaks_for = _first(chapter.findings, Severity.GOOD)
    told = {
        "Against it": against.sentence if against else "",
        "For it": speaks_for.sentence if speaks_for else "",
        "What to do next": _say_next(chapter, against),
    }
    return [(label, sentence) for label, sentence in told.items() if sentence]


def _say_why(advice: Advice, checks: list[Check], methods: int, differ: bool) -> str:
    """Say which checks decided about some methods, and whether each about another one."""
    one, labels = methods == 1, [check.label.lower() for check in checks]
    if advice == Advice.UNKNOWN:
        return f"too few checks could judge {'it' if one else 'them'}"
    if advice == Advice.BELIEVE:
        return f"{'it passes' if one else 'they pass'} every check that could be judged"
    each = "each " if differ else ""
    fails = "it fails" if one else f"{each}fails" if differ else "they fail"
    borderline = "it is" if one else f"{each}is" if differ else "they are"
    verb = fails if advice == Advice.DO_NOT else f"{borderline} borderline in"
    some = "one or more of " if differ else ""
    return f"{verb} {some}{join_words(labels, len(labels))}"


def _first(findings: Iterable[Finding], *severities: Severity) -> Finding | None:
    return next((one for one in findings if one.severity in severities), None)


def _say_next(chapter: Chapter, against: Finding | None) -> str:
    """Say what to do about a run, from what was found and decided."""
    if against is not None and against.advice:
        return against.advice
    if chapter.run.verdicts:
        return ""
    if not chapter.checks:
        return "Check its maps on Trust, then accept or reject it."
    return "Look at the maps of its weakest classes, then accept or reject it."
