"""Work of some minutes that a page starts and waits for, in a process that computes for it."""

from collections.abc import Callable

import streamlit as st

from app.parts.waiting import working
from app.parts.widgets import plain
from app.reads import stored_runs
from pipelines.trust.interventions import MAX_IMAGES
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.common.progress import Progress
from saliencnn.common.sentences import duration
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

WAIT = "Wait here meanwhile: a click on anything else stops it. Everybody sees the result."


def offer_work(
    key: str,
    label: str,
    words: str,
    work: Callable[[Progress], object],
    forget: Callable[[], object],
) -> None:
    """Draw a button that starts some work; the page is drawn anew once that is done.

    Args:
        key: of the button, see ``was_done``.
        label: of the button.
        words: what comes of it, from data or not.
        work: from a progress callback; it keeps what it finds.
        forget: lets what was read before be read anew.
    """
    row = st.container(horizontal=True, vertical_alignment="center")
    pressed = row.button(plain(label), icon=":material/science:", key=key)
    row.caption(f"{plain(words)} {WAIT}")
    if pressed:
        with working("Loading the network…") as report:
            work(report)
        forget()
        st.session_state[_done(key)] = True
        st.rerun()


def describe_trial(store: Store, run: RunInfo) -> str:
    """Say how many images interventions on a run change, in how many ways, and how long that takes.

    The pace is that of its training, since nothing else is known before.
    """
    images = min(MAX_IMAGES, len(stored_runs.image_index(store, run.images_id)))
    told = f"{images} images, each changed in up to {len(INTERVENTIONS)} ways"
    pace = format_pace(run, images * len(INTERVENTIONS))
    return f"{told}: {pace}, and less alone." if pace else f"{told}."


def format_pace(run: RunInfo, images: float) -> str:
    """Say how long a run's training took for some images, as part of a sentence; "" if unknown."""
    pace = run.metrics.get("images_per_second")
    return f"about {duration(images / pace)} at the pace of its training" if pace else ""


def was_done(key: str) -> bool:
    """Whether the work of a button has just been done; true once."""
    return bool(st.session_state.pop(_done(key), False))


def _done(key: str) -> str:
    return f"{key}-done"
