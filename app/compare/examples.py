"""What each explanation method shows, by an example, while a task is being chosen."""

from collections.abc import Iterable, Sequence

import streamlit as st

from app import evaluated, queries
from app.compare.rows import telling_picture
from app.heat import rescale
from app.layers import contour_image, overlay_image
from app.obtaining import obtain_maps
from app.widgets import plain
from pipelines.measures.noise import is_flat
from pipelines.questions import Question, defined_for
from pipelines.saliency import METHODS
from pipelines.store.connection import Store
from pipelines.store.evaluated import EvaluationInfo

CHEAP = 8
"""Passes through a network up to which an example is computed without asking."""
EXAMPLE = 96
"""Pixels of an example."""


def draw_examples(store: Store, infos: Sequence[EvaluationInfo]) -> None:
    """Draw each method's map of one real picture by the cheapest network, with a sentence each."""
    info = min(infos, key=lambda one: one.metrics.get("multiply_adds", float("inf")))
    known = evaluated.predictions(store, store.uri, info.run_id)
    target = int(known["true"].iloc[int(known["true_confidence"].argmax())])
    image = telling_picture(known, target)
    if image is None:
        return
    defined = defined_for(info, list(METHODS))
    cheap = [m for m in defined if METHODS[m].passes <= CHEAP and not METHODS[m].per_channel]
    slow = [m for m in defined if m not in cheap]
    question = Question(info, image, target)
    maps = obtain_maps(store, [question], cheap)
    explainer = evaluated.explainer(store, store.uri)
    maps |= explainer.find([question], slow)
    classes = evaluated.class_set(store, store.uri, info.run_id).classes
    picture = queries.picture(store, store.uri, info.pictures, image)
    columns = st.columns(4)
    for number, method in enumerate([*cheap, *slow]):
        with columns[number % 4].container(border=True):
            row = METHODS[method]
            if (0, method) in maps and not is_flat(maps[0, method][None])[0]:
                map01 = rescale(maps[0, method][None], jointly=False)[0]
                overlay = overlay_image(picture, map01, EXAMPLE, 0.0)
                contours = contour_image(picture, map01, EXAMPLE, 0.0)
                lines = map01.shape[0] <= 32
                st.html(_tile(overlay, row.label) + (_tile(contours, "lines") if lines else ""))
            st.markdown(f"**{row.label}** · {row.paper}")
            st.caption(f"{row.novice} Costs {row.cost}.")
    st.caption(
        f"What {plain(info.model)} looks at to see {plain(classes[target])} in "
        f"{plain(queries.picture_index(store, store.uri, info.pictures).names[image])}."
    )
    for method in METHODS:
        if method not in defined:
            st.caption(tell_undefined(method, [info.model]))
    lacking = [method for method in slow if (0, method) not in maps]
    if lacking and st.button(
        f"Compute the examples of {len(lacking)} slower methods", icon=":material/hourglass:"
    ):
        obtain_maps(store, [question], lacking)
        st.rerun()


def _tile(source: str, words: str) -> str:
    return f'<img alt="{words}" src="{source}" width="{EXAMPLE}" style="border-radius:4px"> '


def tell_undefined(method: str, models: Iterable[str]) -> str:
    """Say for which networks a method is not defined, and why; safe for Markdown."""
    names = plain(", ".join(dict.fromkeys(models)))
    return (
        f"{METHODS[method].label} is not defined for {names}: it needs a class score that is an "
        "average over the cells of the last features."
    )
