"""Which runs and networks are offered, by the verdicts on them."""

from collections.abc import Collection, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.run_names import STANDINGS
from saliencnn.common.sentences import count
from saliencnn.store.verdicts import NOT_REJECTED, REJECTED

KEY = "standings"


def offer_by_standing(standings: Mapping[str, str], named: Collection[str | None]) -> list[str]:
    """Return the ids to choose from: those with a verdict that the person wants to see.

    Rejected ones are left out by default. The question is asked once there is any verdict.

    Args:
        standings: id -> ``accepted``, ``rejected`` or empty.
        named: ids that a link names or the person has chosen, which are always among them.
    """
    if not any(standings.values()):
        return [*standings]
    # app/assets/pages.css shows it at the sidebar's end.
    place = st.sidebar.container(key="by-verdict")
    wanted = place.pills(
        "Show by verdict",
        list(STANDINGS),
        selection_mode="multi",
        default=list(NOT_REJECTED),
        format_func=STANDINGS.get,
        key=KEY,
        bind="query-params",
        persist_state="session",
        help="By the newest verdicts. What a link names, or is chosen, stays listed.",
    )
    kept = [one for one, standing in standings.items() if standing not in wanted and one in named]
    if kept:
        place.caption("What you chose stays listed.")
    return [one for one, standing in standings.items() if standing in wanted or one in kept]


def chosen_standings() -> list[str]:
    """Return the chosen verdicts as an address has them; none where they are the usual ones."""
    chosen = st.session_state.get(KEY)
    if chosen is None or {*chosen} == {*NOT_REJECTED}:
        return []
    return [STANDINGS[one] for one in chosen] or [""]


def standings_of(values: Sequence[str]) -> Collection[str]:
    """Return the verdicts that an address asks for, the usual ones where it asks for none."""
    if not values:
        return NOT_REJECTED
    return [standing for standing, label in STANDINGS.items() if label in values]


def offer_hidden(
    place: DeltaGenerator,
    standings: Sequence[str],
    nouns: tuple[str, str],
    listed: Collection[str] = (),
) -> None:
    """Say beside a choice how many the verdicts keep out of it, and list them at a click.

    Args:
        place: where it is said.
        standings: of each that is hidden.
        nouns: what they are, one and several.
        listed: of those that are not hidden; where one has a verdict that hides others, it was
            chosen, and the others are so many more.
    """
    if not standings:
        return
    rejected = {*standings} == {REJECTED}
    one, several = (f"rejected {noun}" if rejected else noun for noun in nouns)
    more = "more " if {*listed} & {*standings} else ""
    hidden = count(len(standings), f"{more}{one} is not listed", f"{more}{several} are not listed")
    why = "" if rejected else " by verdict"
    place.button(
        f"{hidden}{why} · Show {'it' if len(standings) == 1 else 'them'}",
        key="show-hidden",
        type="tertiary",
        icon=":material/visibility:",
        on_click=_show_all,
        help="Searching finds only what is shown here.",
    )


def _show_all() -> None:
    st.session_state[KEY] = list(STANDINGS)


def stop_without(what: str) -> None:
    """End the page, since nothing has one of the verdicts that the person wants to see.

    Args:
        what: the page would show, e.g. ``run``.
    """
    st.info(f"No {what} has such a verdict; choose another verdict in the sidebar.", icon="⚖️")
    st.stop()
