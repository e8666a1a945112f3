"""The button that hands over a report as one HTML file."""

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, date, datetime
from functools import partial

import streamlit as st

from app.parts.saving import announce_saving, file_name, note_asked
from app.reads.caching import shared
from pipelines.computing.asking import compute
from pipelines.report.chapters import MAX_RUNS
from pipelines.report.make import make_report
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

USUAL_SIZE = "1 to 2 MB"


def offer_report(store: Store, runs: Sequence[RunInfo]) -> None:
    """Offer a report of runs.

    Args:
        store: where they are.
        runs: what the page shows; those without a complete epoch are left out.
    """
    complete = [run for run in runs if run.epoch]
    told = [run.run_id for run in complete]
    if told:
        content = "numbers, maps at every epoch, findings and verdicts"
        offer_file(
            " ".join(run.name for run in complete),
            told,
            partial(compute, make_report, store, told),
            content,
            hinder(complete),
        )


def offer_file(
    name: str,
    what: Sequence[Hashable],
    make: Callable[[], str],
    content: str,
    hindrance: str = "",
    key: str | None = None,
) -> None:
    """Offer a report; it is made when a person asks for it, and the page goes on meanwhile.

    Args:
        name: of what it tells of, for people; it names the file.
        what: ids and settings of the same, which tell it from other reports.
        make: returns the document; called in a thread of its own.
        content: what is in it, as part of a sentence.
        hindrance: why it cannot be made, in a sentence.
        key: of the button, where a page has several.
    """
    sizes, told = _known_sizes(), tuple(what)
    size = f"{sizes[told] / 1e6:.1f} MB" if told in sizes else USUAL_SIZE

    def make_and_weigh() -> bytes:
        document = make().encode()
        sizes[told] = len(document)
        return document

    file = name_report(name, datetime.now(UTC).date())
    st.download_button(
        "Report",
        make_and_weigh,
        file,
        "text/html",
        icon=":material/description:",
        key=key,
        on_click=note_asked,
        args=told,
        disabled=bool(hindrance),
        help=hindrance
        or f"One file ({size}) for somebody without this dashboard: {content}. It opens in any "
        "browser, also offline, and takes some seconds to make.",
    )
    announce_saving("report", *told)


def name_report(name: str, day: date) -> str:
    """Return the file's name of a report: what it tells of, and the day it was made."""
    return f"saliencnn-{file_name(name)}-{day.isoformat()}.html"


@shared()
def _known_sizes() -> dict[tuple[Hashable, ...], int]:
    """Return what reports tell of -> bytes of the last one made."""
    return {}


def hinder(runs: Sequence[RunInfo]) -> str:
    """Say why no story can tell of runs together; "" where one can."""
    if len(runs) > MAX_RUNS:
        return f"A report or a presentation tells of at most {MAX_RUNS} runs; choose fewer."
    if len({run.images_id for run in runs}) > 1:
        return "A report or a presentation tells of runs on the same validation images at one size."
    return ""
