"""What a person chooses beside the run: the class, the methods, how maps are drawn."""

from collections import Counter
from collections.abc import Sequence
from math import inf

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.carried import carry
from app.parts.grids import View
from app.parts.runs import STATE
from app.parts.shared_choice import draw_choice
from app.parts.widgets import plain
from app.reads import stored_class, stored_images, stored_runs
from app.reads.stored_advice import read_advice
from pipelines.trust.results import newest_epoch, trust_table
from saliencnn.checks.grading import Outcome
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME, tell_apart
from saliencnn.findings.kind_rates import KindRate
from saliencnn.findings.methods import Advice
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import FIRST_METHODS, applicable
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

OPACITY, MAX_THRESHOLD, STEP = 0.6, 0.95, 0.05
SCALES = {"own": "each map by its own maximum", "joint": "all epochs by one maximum"}
"""How the URL says it -> how people read it."""
VIEW = ("method", "opacity", "threshold", "scale")
"""The URL's parameters that say how maps are drawn."""
OUTCOME_MARKS = {
    Outcome.PASS: "✓", Outcome.BORDERLINE: "~", Outcome.FAIL: "✗", Outcome.NOT_JUDGED: "–"
}  # fmt: skip
ADVICE_MARKS = {
    Advice.BELIEVE: OUTCOME_MARKS[Outcome.PASS],
    Advice.CARE: OUTCOME_MARKS[Outcome.BORDERLINE],
    Advice.DO_NOT: OUTCOME_MARKS[Outcome.FAIL],
    Advice.UNKNOWN: OUTCOME_MARKS[Outcome.NOT_JUDGED],
}


def choose_class(
    store: Store,
    run: RunInfo,
    place: DeltaGenerator = st.sidebar,
    first: str = "",
    rated: bool = True,
) -> int:
    """Let the person choose the class whose score all maps explain; it is in the URL.

    Args:
        store: where the run is.
        run: whose classes they are, and of which it is said how often the lowest is recognized.
        place: where to choose.
        first: the class that is shown where none was chosen; by default the one that the run
            recognizes least often, so the one that most wants looking at.
        rated: whether to say of that class how often it is recognized; not beside an image of
            one's own.
    """
    classes = stored_images.image_index(store, run.images_id).classes
    key, now = "class-choice", STATE.get()
    lowest = {
        one.kind: one for one in stored_class.lowest_classes(store, run.run_id, run.epoch, run)
    }
    wanted = (now.class_name, first, *lowest, classes[0])
    chosen = next(one for one in wanted if one in classes)
    with place:
        draw_choice(
            "Class",
            classes,
            chosen,
            key,
            lambda: STATE.update(class_name=st.session_state[key], confused_with=""),
            tell_apart({name: name for name in classes}),
            "All maps show which regions raise this class's score.",
        )
        if rated and chosen in lowest and place is st.sidebar:
            st.caption(_format_lowest(run, lowest[chosen], len(lowest)))
        confused_with = now.confused_with if chosen == now.class_name else ""
        if confused_with:
            images = plain(quote(confused_with, LONGEST_NAME))
            st.caption(
                f"It is what the images of {images} are taken for: maps show what spoke for it."
            )
    STATE.update(class_name=chosen, confused_with=confused_with)
    STATE.write({"class": [chosen], "from": [confused_with]}, keep=True)
    carry(STATE.page, class_name=chosen)
    return classes.index(chosen)


def _format_lowest(run: RunInfo, rate: KindRate, alike: int) -> str:
    which = "The lowest of all" if alike == 1 else f"One of the {alike} lowest"
    name = plain(run.name, LONGEST_NAME)
    return f"{which} of {name}: {round(rate.rate * rate.images)} of {rate.images} right."


def choose_view(
    store: Store,
    run: RunInfo,
    place: DeltaGenerator = st.sidebar,
    first: Sequence[str] = (),
) -> View:
    """Let the person choose methods and how maps are drawn.

    Args:
        store: where the run is.
        run: whose maps they are.
        place: where to choose.
        first: methods that are shown where none was chosen; by default ``FIRST_METHODS``.
    """
    possible = applicable(METHODS, run.spec)
    first = first or FIRST_METHODS
    _follow_view(first)
    kept = st.session_state.get("methods", first)
    st.session_state["methods"] = [method for method in kept if method in possible]
    methods = place.multiselect(
        "Methods",
        possible,
        key="methods",
        persist_state="session",
        format_func=lambda method: METHODS[method].label,
    )
    with place.expander("What the methods do"):
        for method in methods:
            row = METHODS[method]
            costs = "" if row.passes == 0 else f" Costs {row.cost} of the network an image."
            st.caption(f"**{row.label}** ({row.paper}). {row.summary}{costs}")
        for method in [m for m in METHODS if m not in possible]:
            st.caption(
                f"**{METHODS[method].label}** is not defined for {plain(run.arch)}: its class "
                "score is not an average over the cells of the last features."
            )
    opacity = place.slider(
        "Opacity", 0.0, 1.0, OPACITY, STEP, key="opacity", persist_state="session"
    )
    threshold = place.slider(
        "Attention threshold",
        0.0,
        MAX_THRESHOLD,
        0.0,
        STEP,
        key="threshold",
        persist_state="session",
        help="Hides what lies below this fraction of the maximum.",
    )
    scale = place.radio(
        "Scale",
        list(SCALES.values()),
        key="scale",
        persist_state="session",
        help="Its own maximum shows where each map peaks; one maximum shows how it grows.",
    )
    jointly = scale == SCALES["joint"]
    _write_view(methods, [m for m in first if m in possible], opacity, threshold, jointly)
    return View(tuple(methods), opacity, threshold, jointly, _trust_in_short(store, run))


def _follow_view(first: Sequence[str]) -> None:
    """Let the widgets show what a link asks for that was just followed."""
    state = st.session_state
    if (asked := STATE.asks_once("method")) is not None:
        state["methods"] = [one for one in asked if one in METHODS] or list(first)
    for name, usual, highest in (("opacity", OPACITY, 1.0), ("threshold", 0.0, MAX_THRESHOLD)):
        if (asked := STATE.asks_once(name)) is not None:
            values = [one for one in map(_read_fraction, asked[:1]) if one <= highest]
            state[name] = next((round(round(one / STEP) * STEP, 2) for one in values), usual)
    if (asked := STATE.asks_once("scale")) is not None:
        state["scale"] = SCALES.get(next(iter(asked), ""), SCALES["own"])


def _read_fraction(text: str) -> float:
    """Return a number from 0 on, or infinity where the text is none."""
    try:
        value = float(text)
    except ValueError:
        return inf
    return value if value >= 0 else inf


def _write_view(
    methods: list[str], first: list[str], opacity: float, threshold: float, jointly: bool
) -> None:
    own, joint = SCALES
    STATE.write(
        {
            "method": methods,
            "opacity": [f"{opacity:g}"],
            "threshold": [f"{threshold:g}"],
            "scale": [joint if jointly else own],
        },
        defaults={
            "method": first, "opacity": [f"{OPACITY:g}"], "threshold": ["0"], "scale": [own]
        },
        keep=True,
    )  # fmt: skip
    address = STATE.address()
    view = {name: address[name] for name in VIEW if name in address}
    carry(STATE.page, methods=tuple(methods), view=view)


def _trust_in_short(store: Store, run: RunInfo) -> dict[str, str]:
    """Count each method's outcomes at the newest epoch whose maps were checked."""
    audits = stored_runs.audits(store, run.run_id)
    epoch = newest_epoch(audits)
    if epoch is None:
        return {}
    found: dict[str, Counter[Outcome]] = {}
    for row in trust_table(audits, epoch).values():
        for method, audited in row.items():
            found.setdefault(method, Counter())[audited.result.outcome] += 1
    judged = (Outcome.PASS, Outcome.BORDERLINE, Outcome.FAIL)
    _, advice = read_advice(store, run.run_id)
    return {
        method: " ".join(f"{OUTCOME_MARKS[word]} {counts[word]}" for word in judged if counts[word])
        + (f": {advice[method].advice}" if method in advice else "")
        for method, counts in found.items()
        if any(counts[word] for word in judged)
    }
