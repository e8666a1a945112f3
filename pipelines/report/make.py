"""Making a report and keeping it with its run."""

from collections.abc import Sequence

from pipelines.report.cases import pack_classes
from pipelines.report.chapters import read_chapters
from pipelines.report.document import render_report
from saliencnn.common.progress import Progress, silent
from saliencnn.store.artifacts import location_of, write_files
from saliencnn.store.connection import Store

FOLDER = "reports"
"""Of a run's artifacts."""


def make_report(store: Store, run_ids: Sequence[str], report: Progress = silent) -> str:
    """Return what runs learned as one HTML document that needs nothing beside it.

    Args:
        store: where the runs are.
        run_ids: the runs, 1 to 3, which validate on the same images.
        report: called with the progress; what it raises ends the work.

    Raises:
        UserError: a run is not there or has no complete epoch, there are too many, or they
            validate on different images.
    """
    chapters = read_chapters(store, run_ids)
    return render_report(chapters, pack_classes(store, chapters, report))


def keep_report(store: Store, run_ids: Sequence[str], document: str) -> str:
    """Keep a report with its first run; return its path there, or "" where nothing can be kept."""
    if store.refused:
        return ""
    others = "-with-" + "-".join(run_id[:8] for run_id in run_ids[1:]) if run_ids[1:] else ""
    name = f"report{others}.html"
    write_files(store, location_of(store, run_ids[0]), {name: document.encode()}, FOLDER)
    return f"{FOLDER}/{name}"
