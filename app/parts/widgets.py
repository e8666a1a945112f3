"""Streamlit parts that several pages use."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from app.reads import stored_runs
from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import LONGEST_NAME, REJECTED

FIELD_WIDTH = 176
"""In pixels: five beside each other on a wide page, three on a narrow one."""

REFRESH = 3.0
"""Seconds between two looks at a run in progress."""
NEWEST = "newest"
MARKS = {"running": "▶", "finished": "✓", "failed": "✗", "stopped": "■"}
STANDINGS = {"accepted": "✔ accepted", "": "no verdict", "rejected": "✖ rejected"}
"""How a run stands after its verdicts, as people read it."""


@contextmanager
def guarded() -> Iterator[None]:
    """Show one sentence instead of a traceback; the log gets the whole story."""
    try:
        yield
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except Exception:
        logging.getLogger("saliencnn").exception("page failed")
        st.error(
            "This part of the page could not be drawn; the dashboard's log says why. "
            "Reload the page to try again.",
            icon=":material/error:",
        )


def open_page(title: str, question: str) -> tuple[Store, list[RunInfo]]:
    """Head a page and return the store with its runs; an empty store says what to do.

    Args:
        title: of the page.
        question: what the page answers, in a sentence.
    """
    followed = st.query_params.get_all("run") if _address_is_new() else []
    if followed:
        # Now, not once the store has answered: the person may be on the next page by then.
        st.session_state["chosen_runs"] = followed
    st.title(title)
    st.caption(question)
    store = stored_runs.find_store()
    runs = stored_runs.listed(stored_runs.all_runs, store, followed)
    if not runs:
        st.info(
            f"The store `{store.uri}` holds no runs yet. Train the demo's two networks with "
            "`make demo`, or your own with `saliencnn train --data folder:PATH --arch resnet18`; "
            "this page fills by itself.",
            icon=":material/school:",
        )
        st.fragment(guarded()(_wait_for_runs), run_every=REFRESH)(store)
        st.stop()
    return store, runs


def _wait_for_runs(store: Store) -> None:
    if stored_runs.all_runs(store):
        st.rerun()


def pick_runs(runs: list[RunInfo]) -> list[RunInfo]:
    """Let the person choose several runs; the choice is in the URL and follows to other pages."""
    key = "runs-choice"
    by_id = _offered(runs, st.session_state.get(key, []))
    if key not in st.session_state or _address_is_new():
        st.session_state[key] = _remembered(by_id)
    st.session_state[key] = [run_id for run_id in st.session_state[key] if run_id in by_id]
    chosen = st.sidebar.multiselect(
        "Runs",
        list(by_id),
        default=st.session_state[key],  # see ``pick_run``
        key=key,
        format_func=lambda run_id: label(by_id[run_id]),
        help="Type to search by name, image set, architecture, status or verdict.",
        placeholder="Search runs",
    )
    st.session_state["chosen_runs"] = chosen
    _write_address(chosen)
    return [by_id[run_id] for run_id in chosen]


def pick_run(runs: list[RunInfo]) -> RunInfo:
    """Let the person choose one run; the choice is in the URL and follows to other pages."""
    key = "run-choice"
    by_id = _offered(runs, [st.session_state.get(key)])
    if not by_id:
        stop_without("run")
    if st.session_state.get(key) not in by_id or _address_is_new():
        st.session_state[key] = (_remembered(by_id) or list(by_id))[0]
    # Said anew each time, and as the default: whoever clicks before the page has loaded may have
    # missed it, and then the browser sends the default as if it were their choice.
    st.session_state[key] = st.session_state[key]
    chosen = st.sidebar.selectbox(
        "Run",
        list(by_id),
        index=list(by_id).index(st.session_state[key]),
        key=key,
        format_func=lambda run_id: label(by_id[run_id]),
        help="Type to search by name, image set, architecture, status or verdict.",
    )
    # Several runs chosen on the overview stay chosen while the person looks at one of them.
    if chosen not in st.session_state.get("chosen_runs", []):
        st.session_state["chosen_runs"] = [chosen]
    _write_address([chosen])
    return by_id[chosen]


def _offered(runs: list[RunInfo], chosen: Sequence[str | None]) -> dict[str, RunInfo]:
    """Return the runs to choose from by id: those wanted, and those chosen here or elsewhere."""
    by_id = {run.run_id: run for run in runs}
    named = {*chosen, *st.query_params.get_all("run"), *st.session_state.get("chosen_runs", [])}
    standings = {run.run_id: run.standing for run in runs}
    return {run_id: by_id[run_id] for run_id in offer_by_standing(standings, named)}


def offer_by_standing(standings: Mapping[str, str], named: Collection[str | None]) -> list[str]:
    """Return the ids to choose from: those that stand as the person wants to see them.

    Rejected ones stay out unless asked for. The question is asked once there is any verdict.

    Args:
        standings: id -> ``accepted``, ``rejected`` or empty.
        named: ids that a link names or the person has chosen, which are always among them.
    """
    wanted = list(STANDINGS)
    if any(standings.values()):
        wanted = st.sidebar.pills(
            "Show by verdict",
            list(STANDINGS),
            selection_mode="multi",
            default=[standing for standing in STANDINGS if standing != REJECTED],
            format_func=STANDINGS.get,
            key="standings",
            persist_state="session",
            help="By the newest verdicts. What the address names is always shown.",
        )
    return [one for one, standing in standings.items() if standing in wanted or one in named]


def stop_without(what: str) -> None:
    """End the page, since the person wants to see only verdicts that nothing has.

    Args:
        what: the page would show, e.g. ``run``.
    """
    st.info(f"No {what} stands like that; choose another verdict in the sidebar.", icon="⚖️")
    st.stop()


def _remembered(by_id: dict[str, RunInfo]) -> list[str]:
    """Return the chosen runs: the URL's, else the session's, else the newest with an epoch.

    Of runs with an epoch, one of dealt labels comes last: it is there to compare with.
    """
    asked = st.query_params.get_all("run") or st.session_state.get("chosen_runs", [])
    known = [run_id for run_id in asked if run_id in by_id]
    if known or asked:
        return known
    best = min(by_id.values(), key=lambda run: (not run.epoch, run.labels_randomized), default=None)
    return [best.run_id] if best else []


def _address_is_new() -> bool:
    """Whether the URL names runs that this page did not write there: a link was followed."""
    asked = st.query_params.get_all("run")
    return bool(asked) and asked != st.session_state.get("written_runs")


def _write_address(run_ids: list[str]) -> None:
    st.session_state["written_runs"] = run_ids
    if st.query_params.get_all("run") != run_ids:
        st.query_params["run"] = run_ids


def label(run: RunInfo) -> str:
    """Return a run in one line: name, standing, image set, architecture, best accuracy, status."""
    best = run.metrics.get("best_val_accuracy")
    accuracy = f"{best:.1%}" if best is not None else "no epoch yet"
    mark = f"{MARKS[run.status]} {run.status}"
    standing = [STANDINGS[run.standing]] if run.standing else []
    return " · ".join([run.name, *standing, run.image_set, run.arch, accuracy, mark])


def choose_epoch(key: str, epochs: Sequence[int], growing: bool = False) -> int:
    """Let the person choose one of the epochs.

    A choice must survive the next epoch of a run in progress, whichever comes first: so the
    widget's identity and the meaning of its values stay while its options grow, and the end of
    the slider is the word `newest`, which moves along by itself.

    Args:
        key: of the widget in the session's state.
        epochs: to choose from, ascending.
        growing: whether the run is in progress.
    """
    if len(epochs) == 1:
        return epochs[0]
    options = epoch_options(epochs, growing)
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[-1]
    chosen = st.select_slider(
        "Epoch",
        options,
        key=key,
        persist_state="session",
        help="One epoch is one pass over the training images.",
    )
    return epochs[-1] if chosen == NEWEST else int(chosen)


def epoch_options(epochs: Sequence[int], growing: bool) -> list[int | str]:
    """Return what an epoch slider offers; in a run in progress the end is `NEWEST`."""
    return [*epochs[:-1], NEWEST if growing else epochs[-1]]


def ask_name(key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """Ask who decides; an empty field takes the name that the person gave before."""
    if not st.session_state.get(key):
        st.session_state[key] = st.session_state.get("person", "")
    st.text_input("Your name", max_chars=LONGEST_NAME, key=key, width=width)


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is: names come from files and people."""
    escaped = "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~$:" else c for c in text)
    # Markdown takes network@file.pth for an e-mail address; an invisible joiner tells it not to.
    return escaped.replace("@", "\u2060@")
