"""What this program is, in two sentences, and the three questions that it answers."""

from collections.abc import Sequence

import streamlit as st

from app.parts.columns import roomy_columns
from app.parts.first_run import First, find_to_retrain, find_usable, say_against
from app.parts.followed_link import Query
from app.parts.runs import find_first
from app.parts.upload import OWN
from app.parts.widgets import plain
from saliencnn.common.sentences import count
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

WHAT = (
    "saliencnn shows what your CNNs learn while they train, so that you can throw away those that "
    "learned the wrong thing and choose between many. Each run below keeps its numbers and its "
    "saliency maps, which show the parts of an image that a prediction comes from."
)
OVERVIEW, RETRAIN, COMPARE = "views/overview.py", "views/retrain.py", "views/compare.py"
PROGRESSION = "views/progression.py"
DOORS = (
    (
        "Did it learn the right thing?",
        "See what speaks for and against {first}, and where it looks, epoch by epoch.",
        OVERVIEW,
        ":material/visibility:",
    ),
    (
        "Which network should I take?",
        "Compare accuracy, cost, and what each network looks at{compared}.",
        COMPARE,
        ":material/compare:",
    ),
    (
        "Retrain it",
        "Change settings or take a proposal, queue it, and see before and after.",
        RETRAIN,
        ":material/model_training:",
    ),
)
"""A question, what answers it, its page and its icon."""
FURTHER: dict[str, tuple[str, str]] = {
    OVERVIEW: ("Explain an image of your own", PROGRESSION),
    COMPARE: ("Where they look when wrong", COMPARE),
}
"""A door's page -> another question that it answers, and its page."""
WHICH: Query = {"tab": ["networks"]}
"""The question, whatever a person has chosen on Compare before."""
WHERE: Query = {"tab": ["maps"], "level": ["true"]}
"""The part of Compare that asks it of all classes, and at once."""
MIN_WIDTH = 220
"""Pixels that a door needs."""


def draw_doors(runs: Sequence[RunInfo], compared: Sequence[EvaluationInfo] = ()) -> None:
    """Draw what the program is and where to go.

    Args:
        runs: newest first; what is retrained is the first of them that needs it.
        compared: the networks that Compare opens with; none where nothing is evaluated.
    """
    st.markdown(WHAT)
    faulty, usable = find_to_retrain(runs), find_usable(runs)
    first = find_first([*runs])
    pinned = {"pin": [compared[0].run_id]} if compared else {}
    addresses = {PROGRESSION: {**_lead_to(usable), "images": [OWN]}, COMPARE: WHERE | pinned}
    begins_with = {OVERVIEW: _lead_to(first), RETRAIN: _lead_to(faulty), COMPARE: WHICH | pinned}
    words = {
        "first": _name(first) if first else "a run",
        "compared": f": {_count_networks(compared)}" if compared else "",
    }
    begins = f"Begins with {_name(faulty)}." if faulty else ""
    columns = roomy_columns("doors", [1, 1, 1], MIN_WIDTH)
    for column, (question, answer, page, icon) in zip(columns, DOORS, strict=True):
        with column.container(border=True, height="stretch"):
            query = begins_with[page] or None
            st.page_link(page, label=f"**{question}**", icon=icon, query_params=query)
            said = answer.format(**words)
            st.caption(f"{said} {begins}".strip() if page == RETRAIN else said)
            if page in FURTHER:
                further, leads = FURTHER[page]
                st.page_link(
                    leads,
                    label=further,
                    icon=":material/arrow_forward:",
                    query_params=addresses[leads],
                )
                if usable and leads == PROGRESSION:
                    # Below the link, which is cut where it is too long.
                    against = say_against(usable.run)
                    warning = f": ⚠ {plain(against)}" if against else ""
                    st.caption(f"With {_name(usable)}{warning}.", help=usable.help or None)


def _count_networks(compared: Sequence[EvaluationInfo]) -> str:
    """Say how many networks Compare opens with, and on which images."""
    networks = count(len(compared), "network", "networks")
    return f"{networks} on {plain(compared[0].image_set, LONGEST_NAME)}"


def _lead_to(first: First | None) -> Query:
    return {"run": [first.run.run_id]} if first else {}


def _name(first: First) -> str:
    """Say with which run a door opens, and why."""
    named = (plain(first.run.name, LONGEST_NAME), plain(first.why))
    return ", ".join(filter(None, named))
