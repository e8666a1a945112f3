"""The story of runs: what they were to learn, how good they are, where they look."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.report import ranking, wording
from pipelines.report.basis import weigh
from pipelines.report.chapters import Chapter, Chapters
from pipelines.report.charts import draw_charts
from pipelines.report.document import Packed, render
from pipelines.report.glossary import Glossary, make_glossary, name_once
from pipelines.review.model_card import list_limits
from saliencnn.checks.grading import Outcome
from saliencnn.checks.table import CHECKS
from saliencnn.common.sentences import join_words, split_claim
from saliencnn.findings.finding import MAX_SHOWN, Severity, choose_findings
from saliencnn.findings.method_groups import group_methods
from saliencnn.findings.methods import judge_methods
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import group_alike, label_group
from saliencnn.store.run_info import list_changes
from saliencnn.store.train_command import write_command

AGAINST = dict.fromkeys((Severity.PROBLEM, Severity.WARNING), "Against it:")
"""What stands on a run's card before a finding that speaks against it."""
FIRST_METHODS = ("gradcam", "cam")
"""Of those that every run logged, the first is shown until the reader chooses."""


def render_report(
    chapters: Chapters,
    classes: list[Packed],
    walkthrough: Packed | None = None,
    left_out: str = "",
) -> str:
    """Return a report of runs.

    Args:
        chapters: what is said of the runs.
        classes: the examples, as ``pack_classes`` returns them.
        walkthrough: the chapter that a person made, as ``pack_walkthrough`` returns it.
        left_out: which runs it does not tell of, see ``tell_left_out``.
    """
    changed = ranking.sort_from_worse(chapters)
    built = next(
        (one.facts.built_shortcut for one in chapters.runs if one.facts.built_shortcut), ""
    )
    words = make_glossary(built, chapters.index.box_area is not None)
    pins = [pin["view"] for pin in walkthrough["pins"]] if walkthrough else []
    return render(
        "runs",
        {"charts": draw_charts(chapters), "maps": _pack(chapters, classes), "pins": pins},
        kind="Report on a network" if len(chapters.runs) == 1 else "Report on networks",
        title=wording.name_story(chapters),
        titles=wording.list_titles(chapters),
        walkthrough=walkthrough,
        answer=name_once(words.explain(ranking.headline(chapters)), built),
        source=wording.describe_sources(chapters),
        data=wording.describe_data(chapters),
        runs=[_describe(chapter, chapters, words) for chapter in chapters.runs],
        changed=[(one.name, one.run.epoch) for one in changed.runs],
        changes=list_changes([one.run for one in changed.runs]),
        outcomes=wording.list_outcomes(changed),
        numbers=_table_of_numbers(chapters),
        limits=gather_limits(chapters),
        left_out=left_out,
    )


def _pack(chapters: Chapters, classes: list[Packed]) -> Packed:
    """Return what the script needs to draw maps."""
    held = Counter(
        method
        for one in classes
        for case in one["cases"]
        for column in case["columns"]
        for method in column["methods"]
    )
    methods = label_once([name for name in METHODS if name in held], chapters.runs, held)
    return {
        "runs": [
            {"id": one.run.run_id, "name": one.name, "epochs": one.run.epoch}
            for one in chapters.runs
        ],
        "epochs": chapters.epochs,
        "classes": classes,
        "start": max(range(len(classes)), key=lambda place: classes[place]["mistakes"]),
        "methods": methods,
        "first": first_of(methods),
    }


def order_methods(names: set[str]) -> list[dict[str, str]]:
    """Return methods as a reader chooses among them, in their usual order."""
    return [{"name": name, "label": METHODS[name].label} for name in METHODS if name in names]


def label_once(
    names: Sequence[str], runs: Sequence[Chapter], held: Mapping[str, int]
) -> list[dict[str, str]]:
    """Return methods as a reader chooses among them; those that look the same are one choice.

    Args:
        names: of the methods, in their order.
        runs: whose maps are drawn.
        held: method -> how many columns hold its maps; the best held one of a group is drawn.
    """
    groups = group_alike(names, [one.run.head_kind for one in runs])
    return [
        {"name": max(group, key=lambda name: held.get(name, 0)), "label": label_group(group)}
        for group in groups
    ]


def first_of(methods: list[dict[str, str]]) -> str:
    """Return the method that is shown at first; "" where there is none."""
    names = [one["name"] for one in methods]
    return next((name for name in (*FIRST_METHODS, *names) if name in names), "")


def _describe(chapter: Chapter, chapters: Chapters, words: Glossary) -> dict[str, Any]:
    merits = ranking.describe_merits(chapters, chapter)
    others = ranking.describe_others(chapters, chapter)
    found = choose_findings(chapter.findings, MAX_SHOWN)
    first = [tuple(map(words.explain, split_claim(one.in_full, one.claim))) for one in found[:1]]
    return {
        "name": chapter.name,
        "id": chapter.run.run_id,
        "epoch": chapter.run.epoch,
        "source": wording.describe_source(chapter),
        "standing": chapter.run.standing or "undecided",
        "verdict": wording.describe_verdict(chapter),
        "verdicts": [one.describe() for one in chapter.run.verdicts],
        "merits": words.explain(merits),
        "others": words.explain(others),
        "basis": weigh(chapter, chapters.runs, merits, others, ranking.recommend(chapters)),
        "accuracy": wording.describe_accuracy(chapter),
        "first": first and (AGAINST.get(found[0].severity, ""), *first[0]),
        "findings": [
            (one.severity.name.lower(), said, one.do_in_full)
            for one, said in zip(
                found,
                [*(" ".join(one).strip() for one in first), *(one.in_full for one in found[1:])],
                strict=True,
            )
        ],
        "confusions": wording.list_confusions(chapter),
        "advice": group_methods(judge_methods(chapter.checks)),
        "checked": chapter.checked_epoch,
        "settings": chapter.run.settings,
        "command": write_command(chapter.run),
        "digest": chapter.digest,
        "notes": chapter.run.notes,
    }


def _table_of_numbers(chapters: Chapters) -> list[tuple[str, str, list[str]]]:
    """Return (title, what it is, a value a run) of each number that any run has."""
    rows: dict[str, tuple[str, list[str]]] = {}
    for place, chapter in enumerate(chapters.runs):
        for title, value, meaning in wording.list_numbers(chapter):
            rows.setdefault(title, (meaning, ["–"] * len(chapters.runs)))[1][place] = value
    return [(title, meaning, values) for title, (meaning, values) in rows.items()]


def gather_limits(chapters: Chapters) -> list[str]:
    """Return what the numbers do not say, each limit once; not of all runs, with their names."""
    names: dict[str, list[str]] = {}
    for one in chapters.runs:
        judged = {
            CHECKS[check].label: [
                method for method, found in by_method.items() if found.outcome != Outcome.NOT_JUDGED
            ]
            for check, by_method in one.checks.items()
        }
        for limit in list_limits(one.run, chapters.index, one.run.metrics, judged, one.unread):
            names.setdefault(limit, []).append(one.name)
    return [
        limit if len(of) == len(chapters.runs) else f"{join_words(of)}: {limit}"
        for limit, of in names.items()
    ]
