"""What of a network the colours page is about, and the page from top to bottom."""

from dataclasses import dataclass

import streamlit as st

from app.attention.class_maps import (
    ClassMaps,
    images_of,
    logged_methods,
    read_evaluation_maps,
    read_run_maps,
)
from app.attention.histograms import choose_histogram
from app.colours.map_clusters import draw_map_clusters
from app.colours.network import Network
from app.colours.sections import draw_groups, measure
from app.colours.separation import draw_separation
from app.drawing.grid_html import legend_html
from app.parts.widgets import choose_epoch, plain
from app.reads import stored_evaluations, stored_runs
from saliencnn.maps.requests import defined_for
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

FIRST = "gradcam"


@dataclass(frozen=True)
class What:
    """What the page is about.

    Attributes:
        target: the class.
        classes: names of all classes.
        method: whose maps highlight.
        threshold: share of a map's maximum from which on a pixel is highlighted.
        epoch: of a training run, else 0.
    """

    target: int
    classes: tuple[str, ...]
    method: str
    threshold: float
    epoch: int = 0


def choose_what(store: Store, network: Network) -> What:
    """Let the person choose epoch, class, method and threshold."""
    classes = _classes(store, network)
    with st.sidebar:
        epoch = 0
        if isinstance(network, RunInfo):
            growing = network.status == "running"
            epoch = choose_epoch(f"colours-epoch-{network.run_id}", network.epochs, growing)
        target = _choose_class(store, network, classes)
        if isinstance(network, RunInfo):
            methods = logged_methods(store, network, epoch, target)
        else:
            methods = defined_for(network, list(METHODS))
        method = _choose_method(methods)
        threshold = st.slider(
            "Highlight from", 0.05, 0.95, 0.5, 0.05, key="colours-threshold",
            help="Share of the map's maximum from which on a pixel counts as looked at.",
        )  # fmt: skip
    return What(target, classes, method, threshold, epoch)


def draw_page(store: Store, network: Network, what: What) -> None:
    """Draw everything about a network and a class."""
    # Whatever shows progress has a place of its own, lest what follows be drawn as something new.
    with st.container():
        logged, of_class = _look(store, network, what)
    name = plain(what.classes[what.target])
    if not len(of_class):
        st.info(f"There is no image of {name}; choose another class.", icon="🖼️")
        return
    st.markdown(
        f"**{name}**: {len(of_class)} images, {of_class.correct.sum()} recognised and "
        f"{(~of_class.correct).sum()} missed, seen by {METHODS[what.method].label}."
    )
    space, bins = choose_histogram("colours")
    st.html(legend_html(what.threshold))
    with st.container():
        measured = measure(store, of_class, what.threshold, space, bins)
    draw_groups(store, of_class, measured, what.classes, space, what.threshold)
    st.subheader("Do failures differ?")
    draw_separation(of_class, measured, space)
    if logged is not None:
        draw_map_clusters(store, logged, name)


def _look(store: Store, network: Network, what: What) -> tuple[ClassMaps | None, ClassMaps]:
    """Return all maps that training logged with the class as target, and those of its images."""
    if isinstance(network, RunInfo):
        logged = read_run_maps(store, network, what.epoch, what.target, what.method)
        return logged, logged.of(logged.true == what.target)
    images = images_of(store, network, what.target)
    return None, read_evaluation_maps(store, [network], images, what.target, what.method)[0]


def _classes(store: Store, network: Network) -> tuple[str, ...]:
    if isinstance(network, RunInfo):
        return stored_runs.image_index(store, network.images_id).classes
    return stored_evaluations.class_set(store, network.run_id).classes


def _choose_class(store: Store, network: Network, classes: tuple[str, ...]) -> int:
    """Let the person choose a class, of an evaluation one with images; it is in the URL."""
    offered = list(classes)
    if isinstance(network, EvaluationInfo):
        images = stored_evaluations.by_class(store, network.run_id)["images"]
        offered = [name for name, count in zip(classes, images, strict=True) if count]
    asked, key = st.query_params.get("class"), "colours-class"
    if asked in offered and asked != st.session_state.get("colours-written-class"):
        st.session_state[key] = asked
    if st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]
    chosen = st.selectbox("Class", offered, key=key, help="Its images are looked at.")
    st.session_state["colours-written-class"] = chosen
    if st.query_params.get("class") != chosen:
        st.query_params["class"] = chosen
    return classes.index(chosen)


def _choose_method(methods: list[str]) -> str:
    """Let the person choose one of the methods; it is in the URL."""
    key, asked = "colours-method", st.query_params.get("method")
    if st.session_state.get(key) not in methods:
        wanted = (asked, FIRST, methods[0])
        st.session_state[key] = next(method for method in wanted if method in methods)
    chosen = st.selectbox("Method", methods, key=key, format_func=lambda name: METHODS[name].label)
    if asked != chosen:
        st.query_params["method"] = chosen
    return chosen
