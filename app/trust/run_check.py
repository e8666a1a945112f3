"""Checking the maps from the page: on how many images, by which methods, and what is missing."""

from collections.abc import Sequence

import streamlit as st

from app.parts.estimates import estimate_check
from app.parts.lacking import draw_lacking
from app.parts.map_checks import choose_count, list_counts
from app.parts.scrolling import scroll_to
from app.parts.slow_work import GOES_ON, begin, is_under_way
from app.parts.widgets import FIELD_WIDTH, plain
from app.parts.works import check_key, check_maps
from app.parts.writing import may_write
from app.reads import stored_runs
from app.trust.advice import ADVICE
from app.trust.place import choose_check
from app.trust.table import has_number
from pipelines.computing.background import Work
from pipelines.trust.audit import AUDITED_METHODS
from pipelines.trust.results import Table
from saliencnn.checks.table import CHECKS
from saliencnn.common.sentences import duration, list_some
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import FIRST_METHODS, applicable
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

SHOWN, ALL = "shown", "all"
"""Choices of methods."""
_BEGUN = "trust-check-begun"


def offer_check(store: Store, run: RunInfo, epoch: int, shown: Sequence[str]) -> None:
    """Offer to check the maps of more images.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        shown: methods that the page shows.
    """
    key = check_key(run, epoch)
    if st.session_state.pop(_BEGUN, False):
        scroll_to(ADVICE, key)  # which says how the check is doing
    if not may_write():
        return
    if lacking := describe_missing(run):
        draw_lacking(lacking)
    elif not is_under_way(key):
        _offer(store, run, epoch, shown)


def draw_unjudged(store: Store, run: RunInfo, table: Table) -> None:
    """Draw which checks of the table need a control network, and how to get one.

    Args:
        store: where the run is.
        run: the run.
        table: what is known already.
    """
    if may_write() and not describe_missing(run):
        for check in _find_unjudged(table):
            _draw_missing(store, run, check)


def _offer(store: Store, run: RunInfo, epoch: int, shown: Sequence[str]) -> None:
    counts = list_counts(store, run)
    available = counts[-1]
    choices = list_choices(run, shown)
    paces = {choice: estimate_check(store, run, methods) for choice, methods in choices.items()}
    first = next(iter(paces.values()))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        images = st.selectbox(
            "Images to check",
            counts,
            index=choose_count(counts, first),
            format_func=lambda count: f"all {count:,}" if count == available else str(count),
            key="trust-images",
            width=FIELD_WIDTH,
        )
        for choice, methods in choices.items():
            labels = [METHODS[name].label for name in methods]
            words = list_some(labels, 3) if choice == SHOWN else f"all {len(labels)} methods"
            pace = paces[choice]
            st.button(
                plain(
                    f"Check {words}"
                    + (f" · about {duration(max(1, images * pace))}" if pace else "")
                ),
                icon=":material/fact_check:",
                key=f"trust-check-{choice}",
                help=plain(", ".join(labels)),
                on_click=_begin,
                args=(check_maps(store, run, epoch, max(2, images), methods),),
            )
        st.caption(
            GOES_ON + (" The times are estimated from how fast it trained." if first else "")
        )


def list_choices(run: RunInfo, shown: Sequence[str]) -> dict[str, list[str]]:
    """Return which methods may be checked: the few that the page shows, and all.

    Args:
        run: whose maps are checked.
        shown: methods that the page shows.
    """
    every = applicable(AUDITED_METHODS, run.spec)
    few = [name for name in every if name in shown] or applicable(FIRST_METHODS, run.spec)
    return {ALL: every} if len(few) == len(every) else {SHOWN: few, ALL: every}


def _begin(work: Work) -> None:
    begin(work)
    st.session_state[_BEGUN] = True


def _find_unjudged(table: Table) -> list[str]:
    """Return the checks that need a control network and have no number of any method."""
    return [
        check
        for check, by_method in table.items()
        if CHECKS[check].needs_control and not any(map(has_number, by_method.values()))
    ]


def _draw_missing(store: Store, run: RunInfo, check: str) -> None:
    label = CHECKS[check].label
    if stored_runs.control_run(store, run):
        st.caption(
            "A control network with randomized labels is there now, and no method is judged by "
            "it yet: check again."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{label} is not judged: it needs a control network, trained on randomized labels.",
            width="content",
        )
        st.button(f"Judge {label.lower()}", on_click=choose_check, args=(check,))
