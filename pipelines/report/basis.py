"""What trust in a run's maps and a verdict about it rest on: which checks, what speaks for it."""

from collections.abc import Iterable, Sequence

from pipelines.report.chapters import Chapter
from saliencnn.checks.check import Check
from saliencnn.checks.table import CHECKS
from saliencnn.common.sentences import join_words
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.method_groups import Advised, judge_maps
from saliencnn.findings.methods import Advice, judge_methods
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import group_alike, label_group
from saliencnn.store.verdicts import ACCEPTED, REJECTED

ONLY_MAPS = (
    "The checks do not say: they judge its maps. A faithful map can show that a network looks at "
    "the wrong thing."
)
NOBODY = "Nobody has checked"
"""How a sentence begins on maps that no check has judged."""
OTHER_NUMBERS = "No clear lead"
"""Heads numbers of the run to take in which it is behind, or ahead by no more than chance."""
LOOK = "look at the maps of its weakest classes"


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


def warn_of_maps(chapters: Sequence[Chapter], methods: Sequence[str]) -> str:
    """Say which of the methods' maps the checks do not advise to believe; "" where none."""
    names: dict[str, list[str]] = {}
    for chapter in chapters:
        maps = group_alike(methods, [chapter.run.head_kind])
        advised = judge_maps(maps, judge_methods(chapter.checks))
        by_lead: dict[str, list[str]] = {}
        for group in maps:
            lead = advised[group[0]].advice.lead if group[0] in advised else NOBODY
            by_lead.setdefault(lead, []).append(label_group(group))
        by_lead.pop(Advice.BELIEVE.lead, None)
        for lead, own in by_lead.items():
            names.setdefault(f"{lead} {join_words(own)}", []).append(chapter.name)
    return " ".join(
        f"{told} of {'these networks' if 1 < len(of) == len(chapters) else join_words(of)}."
        for told, of in names.items()
    )


def weigh(
    chapter: Chapter,
    runs: Iterable[Chapter] = (),
    merits: str = "",
    others: str = "",
    best: Chapter | None = None,
) -> list[tuple[str, str]]:
    """Return (what a sentence is about, the sentence) of what a verdict about a run rests on.

    Args:
        chapter: the run's.
        runs: all of the report; where one is accepted, a rejected one needs no proposal.
        merits: of the one to take, with which it begins; "" of others.
        others: numbers of the one to take that do not speak for it; likewise.
        best: the one to take; None where none clearly is.
    """
    against = _first(chapter.findings, Severity.PROBLEM, Severity.WARNING)
    speaks_for = _first(chapter.findings, Severity.GOOD)
    for_it = " ".join(filter(None, (merits, speaks_for.sentence if speaks_for else "")))
    told = {
        "Against it": against.sentence if against else "",
        "For it": for_it,
        OTHER_NUMBERS: others,
        "What to do next": _say_next(chapter, against, runs, best),
    }
    first = ("For it", OTHER_NUMBERS) if merits else ()
    order = sorted(told, key=lambda label: label not in first)
    return [(label, told[label]) for label in order if told[label]]


def _first(findings: Iterable[Finding], *severities: Severity) -> Finding | None:
    return next((one for one in findings if one.severity in severities), None)


def _say_next(
    chapter: Chapter, against: Finding | None, runs: Iterable[Chapter], best: Chapter | None
) -> str:
    """Say what to do about a run, from what is the answer, found and decided."""
    if best is not None and chapter is not best:
        return f"Take {best.name} instead."
    if best is not None and chapter.checks and not chapter.run.verdicts:
        advice = against.advice if against else ""
        other = f"improve it: {advice[0].lower()}{advice[1:]}" if advice else f"{LOOK} first."
        return f"Accept it, or {other}"
    if against is not None and against.advice:
        accepted = [one.name for one in runs if one.run.standing == ACCEPTED]
        if accepted and chapter.run.standing == REJECTED:
            return f"Use {join_words(accepted)}: accepted, where this one was rejected."
        return against.advice
    if chapter.run.verdicts:
        return ""
    if not chapter.checks:
        return "Check its maps on Trust, then accept or reject it."
    return f"{LOOK.capitalize()}, then accept or reject it."
