"""Which runs a page is about; the pages of training runs share the choice."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

from app.parts.carried import carried_to, carry
from app.parts.chart import note_subject
from app.parts.first_run import First, find_newest
from app.parts.page_state import PageState, place_notice
from app.parts.run_names import describe, label, labels
from app.parts.shared_choice import draw_choice, name_in, show, take_known
from app.parts.standing_choice import offer_by_standing, offer_hidden, stop_without
from app.parts.widgets import REFRESH, guarded, plain
from app.reads import stored_runs
from saliencnn.common.markdown import code
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

MAX_UNREADABLE = 5
"""Records that cannot be read of which a page says why."""
CHOSEN = "the run that you chose last"
SEARCH_HELP = "Type to search by name, image set, architecture, status or verdict."


@dataclass(frozen=True)
class RunsState:
    """What a person looks at on the pages of training runs.

    Attributes:
        runs: ids of the runs chosen on Overview; None before any choice, which is the one of the
            other pages then.
        run: id of the one that all other pages show; empty before any choice.
        class_name: class whose score the maps explain; empty before any choice.
        confused_with: true class of the images that a link speaks of, which the network took for
            the class; empty without such a link.
        on_overview: the class that was chosen on Overview, or by a link to it, and likewise the
            true class; empty where the class comes from another page, which shows one of itself.
        step: of a presentation, from 1.
        walkthrough: the run and the id of the kept walkthrough that is presented, with a colon
            between them; empty for the runs' story.
    """

    runs: tuple[str, ...] | None = None
    run: str = ""
    class_name: str = ""
    confused_with: str = ""
    on_overview: tuple[str, str] = ("", "")
    step: int = 1
    walkthrough: str = ""


STATE = PageState(
    "runs",
    RunsState(),
    {
        "run": "run",
        "class": "class",
        "from": "true class",
        "epoch": "epoch",
        "method": "method",
        "opacity": "opacity",
        "threshold": "threshold",
        "scale": "scale",
        "image": "image",
        "beside": "run beside it",
        "images": "images",
        "part": "part of the image",
        "check": "check",
        "cell": "method",
        "section": "section",
        "step": "step",
        "walkthrough": "walkthrough",
        "change": "change",
        "criterion": "ranking criterion",
    },
)


def open_page(title: str, question: str, several: bool = False) -> tuple[Store, list[RunInfo]]:
    """Head a page and return the store with its runs; an empty store says what to do.

    Args:
        title: of the page; empty where the page has another one.
        question: what the page answers, in a sentence; empty where the page says it otherwise.
        several: whether the page shows several runs at once.
    """
    # Now, not once the store has answered: the person may be on the next page by then.
    linked = _follow_link(several)
    if title:
        st.title(title)
    if question:
        st.caption(question)
    place_notice()
    store = stored_runs.find_store()
    runs = stored_runs.listed(stored_runs.all_runs, store, linked)
    list_unreadable(store, "run")
    if not linked:
        _take_over(runs)
    if not runs:
        st.info(
            f"The store {code(store.address)} has no runs yet. Train the demo's two networks with "
            "`make demo`, or your own with `saliencnn train --data folder:PATH --arch resnet18`; "
            "the page shows them by itself.",
            icon=":material/school:",
        )
        st.fragment(guarded()(_wait_for_runs), run_every=REFRESH)(store)
        st.stop()
    return store, runs


def list_unreadable(store: Store, *kinds: str) -> None:
    """Say which of the store's records cannot be read, and why; draw nothing if all can.

    Args:
        store: where they are.
        kinds: ``run``, ``evaluation``.
    """
    known = stored_runs.unreadable_records(store)
    found = [record for kind in kinds for record in known.get(kind, [])]
    for record in found[:MAX_UNREADABLE]:
        st.caption(f":material/report: {plain(record.sentence)}")
    if len(found) > MAX_UNREADABLE:
        st.caption(f":material/report: {len(found) - MAX_UNREADABLE} more cannot be read.")


def _follow_link(several: bool) -> list[str]:
    """Take over what a link asks for, and return the ids of its runs."""
    link = STATE.link()
    runs = list(dict.fromkeys(filter(None, link.get("run", []))))
    if len(runs) > 1 and not several:
        # A page of one run shows the second beside it, where it can show two.
        STATE.follow({"beside": runs[1:2], **link, "run": runs[:1]})
        link, runs = STATE.link(), runs[:1]
    if runs:
        STATE.update(run=runs[0], **({"runs": tuple(runs)} if several else {}))
    if link:
        asked, true = link.get("class", [""])[0], link.get("from", [""])[0]
        STATE.update(class_name=asked or STATE.get().class_name, confused_with=true)
        if several:
            STATE.update(on_overview=(asked, true))
    return runs


def _take_over(runs: list[RunInfo]) -> None:
    """Show the run and the class that Compare or Colours showed, if a person comes from there."""
    last, known = carried_to(STATE.page), {run.run_id for run in runs}
    shown = [one for one in last.networks if one in known]
    if shown and not STATE.address():
        STATE.update(run=shown[0], class_name=last.class_name, confused_with="")
        carry(STATE.page)


def _wait_for_runs(store: Store) -> None:
    if stored_runs.all_runs(store):
        st.rerun()


def choose_on_overview(class_name: str, confused_with: str = "") -> None:
    """Choose a class on Overview, which the other pages then show, too."""
    STATE.update(
        class_name=class_name,
        confused_with=confused_with,
        on_overview=(class_name, confused_with),
    )


def chosen_runs() -> list[str]:
    """Return the ids of the chosen runs, the one that the pages show first."""
    now = STATE.get()
    return list(dict.fromkeys(one for one in (now.run, *(now.runs or ())) if one))


def find_first(listed: list[RunInfo]) -> First | None:
    """Return the run with which pages begin that ask for none; None without one.

    Args:
        listed: all, newest first.
    """
    by_id = {run.run_id: run for run in listed}
    chosen = next((one for one in chosen_runs() if one in by_id), "")
    return First(by_id[chosen], CHOSEN) if chosen else find_newest(listed)


def pick_runs(listed: list[RunInfo]) -> list[RunInfo]:
    """Let the person choose several runs; the choice is in the URL and follows to other pages."""
    key, now = "runs-choice", STATE.get()
    by_id = _offer(listed, chosen_runs())
    chosen = [one for one in now.runs or () if one in by_id]
    if now.runs is None or (now.runs and not chosen):  # at first, and where a link's are gone
        chosen = [next(one for one in (now.run, *_newest(by_id)) if one in by_id)] if by_id else []
        STATE.update(run=next(iter(chosen), now.run))
    st.sidebar.multiselect(
        "Runs",
        list(by_id),
        default=chosen,  # what a browser sends that has missed the value
        key=show(key, chosen),
        on_change=take_known(key, by_id, lambda: _choose_runs(st.session_state[key])),
        format_func=name_in(labels(by_id)),
        help=SEARCH_HELP,
        placeholder="Search runs",
    )
    _offer_hidden(listed, by_id)
    STATE.write({"run": chosen}, names=_names(by_id), keep=True)
    carry(STATE.page, networks=tuple(chosen))
    runs = [by_id[run_id] for run_id in chosen]
    note_subject(describe(runs))
    return runs


def _choose_runs(chosen: list[str]) -> None:
    """Take runs over; the other pages show the first unless theirs is among them."""
    now = STATE.get().run
    STATE.update(runs=tuple(chosen), run=now if now in chosen else next(iter(chosen), now))


def pick_run(listed: list[RunInfo], first: RunInfo | None = None) -> RunInfo:
    """Let the person choose one run; the choice is in the URL and follows to other pages.

    Args:
        listed: all, newest first.
        first: what is shown before any choice; None for the newest.
    """
    key, own = "run-choice", [first.run_id] if first else []
    by_id = _offer(listed, chosen_runs() or own)
    if not by_id:
        _offer_hidden(listed, by_id)
        stop_without("run")
    begin = (*chosen_runs(), *own, *_newest(by_id))
    chosen = next(one for one in begin if one in by_id)
    with st.sidebar:
        take, names = STATE.take(key, "run"), labels(by_id)
        draw_choice("Run", list(by_id), chosen, key, take, names, SEARCH_HELP)
        _offer_hidden(listed, by_id)
    STATE.update(run=chosen)
    STATE.write({"run": [chosen]}, names=_names(by_id), keep=True)
    st.sidebar.caption(plain(label(by_id[chosen])))
    note_subject(describe([by_id[chosen]]))
    carry(STATE.page, networks=(chosen,))
    return by_id[chosen]


def _names(runs: Mapping[str, RunInfo]) -> dict[str, str]:
    return {run_id: run.name for run_id, run in runs.items()}


def _offer(listed: list[RunInfo], named: Collection[str]) -> dict[str, RunInfo]:
    """Return the runs to choose from by id: those wanted, and those that are named."""
    by_id = {run.run_id: run for run in listed}
    standings = {run.run_id: run.standing for run in listed}
    return {one: by_id[one] for one in offer_by_standing(standings, named)}


def _offer_hidden(listed: list[RunInfo], offered: Mapping[str, RunInfo]) -> None:
    hidden = [run.standing for run in listed if run.run_id not in offered]
    shown = [run.standing for run in offered.values()]
    offer_hidden(st.sidebar, hidden, ("run", "runs"), shown)


def _newest(by_id: Mapping[str, RunInfo]) -> Iterable[str]:
    """Return the id of the run that ``find_newest`` finds, if there is any."""
    found = find_newest([*by_id.values()])
    return [found.run.run_id] if found else []
