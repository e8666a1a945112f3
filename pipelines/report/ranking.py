"""Which of several networks to take, how sure that is, and what speaks against it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.report.best_run import OVERALL, WITHOUT, choose_metric, find_lead
from pipelines.report.chapters import Chapter, Chapters
from pipelines.report.wording import count_right, describe_accuracy, rate_of
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import join_words, say_interval
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.of_pair import find_in_pair
from saliencnn.measures.groups import MIN_GROUP, mean_interval
from saliencnn.measures.percent import points_between
from saliencnn.store.verdicts import REJECTED

TAKE = "the one to take"
MAX_TOLD = 3
"""Networks of which it is said how often they are right."""
RATES = (OVERALL, WITHOUT)
"""The metrics of ``MERITS`` that are of so many images."""
MERITS = {OVERALL: "Right on", WITHOUT: "right without the shortcut on", "focus": "focus"}
"""Metrics that speak for a network where it leads, and how a sentence begins to say so."""
STILL_RISING = "still rising"
"""The finding on a run that was not trained to its end."""


def answer(chapters: Chapters) -> str:
    """Say which network to take and how sure that is; of a single one, how good it is."""
    if len(chapters.runs) == 1:
        return describe_accuracy(chapters.runs[0])
    ranked, metric, interval = _rank(chapters)
    (best, images), (second, others) = (rate_of(one, metric) for one in ranked[:2])
    where = _name_images(metric)
    if interval is None:
        return (
            f"{ranked[0].name} and {ranked[1].name} are too close to tell which is right more "
            f"often{where}: {count_right(best, images)} and {count_right(second, others)}."
            f"{_add_third(ranked, metric)}{_advise_tied(*ranked[:2])}"
        )
    low, high = interval
    return (
        f"{ranked[0].name} is {_recommend(ranked)}right more often{where}: on "
        f"{count_right(best, images)}, {_list_others(ranked[1:], metric)}. {_name_lead(ranked)} "
        f"{points_between(best, second):.1f} points (95% interval "
        f"{say_interval(100 * low, 100 * high, 1)}).{_warn(ranked)}"
    )


def _list_others(others: Sequence[Chapter], metric: str) -> str:
    """Say on how many images each of the first networks after the best is right."""
    told = [f"{one.name} on {count_right(*rate_of(one, metric))}" for one in others[: MAX_TOLD - 1]]
    return join_words(told)


def _add_third(ranked: Sequence[Chapter], metric: str) -> str:
    """Say on how many images networks behind two that are tied are right, as a sentence."""
    behind = ranked[2:MAX_TOLD]
    told = [f"{one.name} is right on {count_right(*rate_of(one, metric))}" for one in behind]
    return f" {join_words(told)}." if told else ""


def _name_lead(ranked: Sequence[Chapter]) -> str:
    """Return how the sentence on the lead begins: of more than two, over which network it is."""
    return f"Over {ranked[1].name} it leads by" if len(ranked) > 2 else "The difference is"


def answer_beside(chapters: Chapters) -> str:
    """Say that the last of three networks is the one to take and neither of the others; else ""."""
    *others, last = chapters.runs
    if recommend(chapters) is not last:
        return ""
    _, metric, _ = _rank(chapters)
    first, *rest = (count_right(*rate_of(one, metric)) for one in (last, *others))
    told = [f"{one.name} on {counted}" for one, counted in zip(others, rest, strict=True)]
    return (
        f"{last.name} is {TAKE}, rather than either of these: right{_name_images(metric)} on "
        f"{first}, {join_words(told)}."
    )


def recommend(chapters: Chapters) -> Chapter | None:
    """Return which of several networks is the one to take; None where none clearly is."""
    if len(chapters.runs) == 1:
        return None
    ranked, _, interval = _rank(chapters)
    return ranked[0] if interval and not _warn(ranked) else None


def describe_merits(chapters: Chapters, chapter: Chapter) -> str:
    """Say in which numbers the network to take leads all others by more than chance; else ""."""
    return _list_numbers(chapters, chapter, leading=True)


def describe_others(chapters: Chapters, chapter: Chapter) -> str:
    """Say the other numbers of the network to take: it may be behind, alike or alone in them."""
    return _list_numbers(chapters, chapter, leading=False)


def _list_numbers(chapters: Chapters, chapter: Chapter, leading: bool) -> str:
    """Say the network to take's numbers in which it leads, or those in which it does not."""
    if recommend(chapters) is not chapter:
        return ""
    others = [one for one in chapters.runs if one is not chapter]
    told = [
        f"{words} {_write_own(chapter, metric)}"
        f"{_write_others(_find_behind(chapter, others, metric, leading), metric)}"
        for metric, words in MERITS.items()
        if metric in chapter.run.metrics and _leads(chapter, others, metric) == leading
    ]
    said = "; ".join(told)
    return f"{said[:1].upper()}{said[1:]}." if told else ""


def _write_own(chapter: Chapter, metric: str) -> str:
    rate, images = rate_of(chapter, metric) if metric in RATES else (0.0, 0)
    return count_right(rate, images) if images else _write_number(chapter, metric)


def _write_others(others: Sequence[Chapter], metric: str) -> str:
    known = (one for one in others if metric in one.run.metrics)
    told = [f"{_write_number(one, metric)} of {one.name}" for one in known]
    return f", against {join_words(told)}" if told else ""


def _write_number(chapter: Chapter, metric: str) -> str:
    return METRICS[metric].write(chapter.run.metrics[metric])


def _leads(chapter: Chapter, others: Sequence[Chapter], metric: str) -> bool:
    """Whether a network is ahead of all others that have a number, by more than chance."""
    known = [one for one in others if metric in one.run.metrics]
    return bool(known) and _find_behind(chapter, known, metric, True) == known


def _find_behind(
    chapter: Chapter, others: Sequence[Chapter], metric: str, behind: bool
) -> list[Chapter]:
    """Return the others that have a number and that a network is ahead of in it, or is not."""
    leads = _leads_rate if metric in RATES else _leads_focus
    known = [one for one in others if metric in one.run.metrics]
    return [one for one in known if leads(chapter, one, metric) == behind]


def _leads_rate(chapter: Chapter, other: Chapter, metric: str) -> bool:
    first, second = rate_of(chapter, metric), rate_of(other, metric)
    return bool(first[1] and second[1]) and find_lead(first, second) is not None


def _leads_focus(chapter: Chapter, other: Chapter, _metric: str) -> bool:
    """Whether a network's focus is higher by more than chance, in images where both have one."""
    if len(chapter.facts.focus) != len(other.facts.focus):
        return False
    ahead = chapter.facts.focus - other.facts.focus
    known = ahead[np.isfinite(ahead)]
    return len(known) >= MIN_GROUP and mean_interval(known)[0] > 0


def sort_from_worse(chapters: Chapters) -> Chapters:
    """Return runs with the best last, so that a change from the first to the last is a gain."""
    if len(chapters.runs) == 1:
        return chapters
    ranked, _, _ = _rank(chapters)
    return replace(chapters, runs=tuple(reversed(ranked)))


def _rank(chapters: Chapters) -> tuple[list[Chapter], str, tuple[float, float] | None]:
    """Return networks by how often they are right, and by which metric.

    And the 95% interval of how much oftener the first is than the second; None where chance may
    set them apart.
    """
    metric = choose_metric([rate_of(one, WITHOUT) for one in chapters.runs])
    ranked = sorted(chapters.runs, key=lambda one: -rate_of(one, metric)[0])
    return ranked, metric, find_lead(*(rate_of(one, metric) for one in ranked[:2]))


def _name_images(metric: str) -> str:
    return " without the shortcut" if metric == WITHOUT else ""


def find_between(chapters: Chapters) -> tuple[Finding, ...]:
    """Return what stands out between the runs, where there are two with maps."""
    return () if chapters.pair is None else find_in_pair(chapters.pair)


def headline(chapters: Chapters) -> str:
    """Return the answer, its limit, and what is wrong or else if runs look at the same places."""
    between = [one.sentence for one in find_between(chapters)]
    limit = find_limit(chapters)
    told = [
        answer(chapters),
        limit.sentence if limit else "",
        *(list_faults(chapters) or between),
    ]
    return " ".join(filter(None, told))


def list_faults(chapters: Chapters) -> list[str]:
    """Say in a few words what is wrong with each network of which the answer does not say it."""
    told: Sequence[Chapter] = chapters.runs
    if len(told) > 1:
        ranked, _, interval = _rank(chapters)
        told = ranked[1:] if interval else ranked
    faults = ((one.name, _find_problem(one)) for one in told)
    return [say_of(name, _shorten(fault)) for name, fault in faults if fault]


def say_of(name: str, claim: str) -> str:
    """Say a claim of a network by its name.

    Args:
        name: of the network.
        claim: begins with *It* or with a condition, without a full stop.
    """
    if claim.startswith("It "):
        return f"{name} {claim.removeprefix('It ')}."
    return f"{name}: {claim[0].lower()}{claim[1:]}."


def find_limit(chapters: Chapters) -> Finding | None:
    """Return the gravest warning about the network to take, which is no reason against it."""
    best = recommend(chapters)
    warnings = (one for one in best.findings if one.severity is Severity.WARNING) if best else ()
    warning = next(iter(warnings), None)
    if best is None or warning is None:
        return None
    return say_warning(best.name, warning, "But ")


def say_warning(name: str, warning: Finding, start: str = "") -> Finding:
    """Return what a finding claims alone, of a network by its name.

    Args:
        name: of the network.
        warning: the finding.
        start: how the sentence begins.
    """
    said = f"{start}{say_of(name, _shorten(warning.sentence))}"
    return replace(warning, sentence=said, claim="", advice="", detail="", suggestion=None)


def _shorten(sentence: str) -> str:
    """Return what a sentence claims, without what it tells of that."""
    return sentence.partition(": ")[0].rstrip(".")


def _find_problem(chapter: Chapter) -> str:
    """Return the sentence about what is wrong with a network; "" where nothing is."""
    grave = (one.sentence for one in chapter.findings if one.severity is Severity.PROBLEM)
    return next(grave, "")


def _recommend(ranked: Sequence[Chapter]) -> str:
    """Say that the best network is the one to take, where nothing speaks against it."""
    return "" if _warn(ranked) else f"{TAKE}: it is "


def _warn(ranked: Sequence[Chapter]) -> str:
    """Say what speaks against the best network; "" where nothing does."""
    best, *others = ranked
    objection = _object(best, "it", others)
    return f" But {objection}." if objection else ""


def _object(one: Chapter, name: str, others: Sequence[Chapter]) -> str:
    """Say what speaks against taking a network, without a full stop; "" where nothing does."""
    if one.run.standing == REJECTED:
        return f"{name} was rejected; see what was decided"
    if problem := _find_problem(one):
        return f"something is wrong with {name}. {problem.removesuffix('.')}"
    tested = [other.name for other in others if other.facts.effects is not None]
    if tested and one.facts.effects is None:
        return f"{name} has yet to be tested for shortcuts, as {tested[0]} has"
    return ""


def _advise_tied(first: Chapter, second: Chapter) -> str:
    """Say which of two networks to take that their accuracy does not tell apart."""
    objections = {
        one.name: _object(one, one.name, [other])
        for one, other in ((first, second), (second, first))
    }
    sound = [name for name, objection in objections.items() if not objection]
    against = next(filter(None, objections.values()), "")
    if len(sound) == 1:
        return f" Take {sound[0]}: {against}."
    if against:
        return " Take neither yet: something speaks against each."
    rising = [
        one.name
        for one in (first, second)
        if any(found.rule == STILL_RISING for found in one.findings)
    ]
    if rising:
        return f" Take either, or train {join_words(rising)} longer: accuracy was still rising."
    return " Take either: only more validation images could tell them apart."
