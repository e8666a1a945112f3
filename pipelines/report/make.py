"""Making a report and keeping it with its run."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from pipelines.comparison.gather import read_group
from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import classes_of
from pipelines.comparison.task import Task, task_from_query
from pipelines.comparison.view import View, view_from_query
from pipelines.report.cases import pack_classes
from pipelines.report.chapters import read_chapters
from pipelines.report.compared import render_comparison
from pipelines.report.comparison import read_comparison
from pipelines.report.left_out import tell_left_out
from pipelines.report.pins import pack_walkthrough
from pipelines.report.story import render_report
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, silent
from saliencnn.common.sentences import list_some, show
from saliencnn.common.translation import translate
from saliencnn.store.artifacts import location_of, write_files
from saliencnn.store.connection import Store
from saliencnn.store.runs import list_runs
from saliencnn.store.saved_tasks import list_tasks
from saliencnn.store.walkthroughs import Walkthrough, list_walkthroughs

_log = logging.getLogger(__name__)
FOLDER = "reports"
"""Of a run's artifacts."""
MAX_PART = 40
"""Characters of a name within a file's name."""


def make_report(
    store: Store,
    run_ids: Sequence[str],
    report: Progress = silent,
    walkthrough: Walkthrough | None = None,
) -> str:
    """Return what runs learned as one HTML document that needs nothing beside it.

    Args:
        store: where the runs are.
        run_ids: the runs, 1 to 3, which validate on the same images.
        report: called with the progress; what it raises ends the work.
        walkthrough: its first chapter; by default the newest that is kept with the first run.

    Raises:
        UserError: a run is not there or has no complete epoch, there are too many, or they
            validate on different images.
    """
    chapters = read_chapters(store, run_ids)
    if walkthrough is None:
        walkthrough = next(iter(list_walkthroughs(store, chapters.runs[0].run.run_id)), None)
    told = pack_walkthrough(store, chapters, walkthrough, report) if walkthrough else None
    left_out = tell_left_out([one.run for one in chapters.runs], list_runs(store))
    return render_report(chapters, pack_classes(store, chapters, report), told, left_out)


def report_run(store: Store, run_id: str) -> str:
    """Keep a report of a run with it, of what is stored already; whatever fails is only logged.

    Returns:
        Its path among the run's artifacts, or "" where there is none.
    """
    try:
        chapters = read_chapters(store, [run_id])
        document = render_report(chapters, pack_classes(store, chapters, compute=False))
        return keep_report(store, run_id, document)
    except Exception as error:  # a run that is complete stays so
        _log.warning("No report is kept with run %s: %s", run_id, translate(error).sentence)
        return ""


def make_comparison(
    store: Store,
    group: Group,
    task: Task,
    view: View,
    name: str = "",
    report: Progress = silent,
) -> str:
    """Return what networks' evaluations show as one HTML document, likewise.

    Args:
        store: where the evaluations are.
        group: those that are compared.
        task: what of them.
        view: what is looked at, with which the report begins.
        name: under which somebody saved the task.
        report: called with the progress; what it raises ends the work.
    """
    return render_comparison(read_comparison(store, group, task, view, name, report))


def make_saved(store: Store, name: str, report: Progress = silent) -> tuple[str, str]:
    """Return the report of a task that somebody saved, and the evaluation that comes first in it.

    Args:
        store: where the task is.
        name: the task's.
        report: called with the progress; what it raises ends the work.

    Raises:
        UserError: no task of that name is saved, or what it compares is not there.
    """
    saved = {task.name: task for task in list_tasks(store)}
    if name not in saved:
        there = list_some([show(one) for one in saved]) or "none"
        raise UserError(f"No task is saved as {show(name)}; there is {there}.")
    query = saved[name].query
    named = [*query.get("model", ()), *query.get("pin", ())]
    group = read_group(store, named)
    task = task_from_query(query, group.offered)
    first = next(one for one in named if one in group.run_ids)
    view = view_from_query(query)
    if not classes_of(group.class_set, view.root):
        view = replace(view, root="")  # a kind that the classes do not have is none to speak of
    return make_comparison(store, group, task, view, name, report), first


def keep_report(store: Store, run_id: str, document: str, of: Sequence[str] = ()) -> str:
    """Keep a report with a run or an evaluation, where MLflow's own pages show it.

    Args:
        store: where that is.
        run_id: of the run.
        document: the report.
        of: names of what else it tells of, which tell it from the run's other reports.

    Returns:
        Its path there, or "" where nothing can be kept.
    """
    if store.refused:
        return ""
    others = "-".join(re.sub(r"\W+", "-", name)[:MAX_PART] for name in of)
    name = f"report-with-{others}.html" if others else "report.html"
    write_files(store, location_of(store, run_id), {name: document.encode()}, FOLDER)
    return f"{FOLDER}/{name}"
