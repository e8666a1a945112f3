"""What of a network the Colours page shows: epoch, class, method and threshold."""

from dataclasses import dataclass

import streamlit as st

from app.attention.class_maps import logged_methods
from app.colours.network import Network
from app.colours.state import MAX_THRESHOLD, MIN_THRESHOLD, STATE, carry_on, write_address
from app.parts.epochs import choose_linked_epoch
from app.parts.page_state import draw_choice, show
from app.reads import stored_evaluations, stored_runs
from saliencnn.common.shown import tell_apart
from saliencnn.maps.requests import defined_for
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

FIRST_METHOD = "gradcam"


@dataclass(frozen=True)
class Selection:
    """What the page shows.

    Attributes:
        target: the class.
        classes: names of all classes.
        method: whose maps highlight.
        threshold: fraction of a map's maximum from which on a pixel is highlighted.
        epoch: of a training run, else 0.
    """

    target: int
    classes: tuple[str, ...]
    method: str
    threshold: float
    epoch: int = 0


def choose_selection(store: Store, network: Network) -> Selection:
    """Let the person choose epoch, class, method and threshold."""
    classes = _classes(store, network)
    with st.sidebar:
        epoch = 0
        if isinstance(network, RunInfo):
            epoch = choose_linked_epoch(STATE, network)
        target = classes.index(_choose_class(_with_images(store, network, classes)))
        if isinstance(network, RunInfo):
            methods = logged_methods(store, network, epoch, target)
        else:
            methods = defined_for(network, list(METHODS))
        method, threshold = _choose_method(methods), _choose_threshold()
    write_address(network.name if isinstance(network, RunInfo) else network.model)
    carry_on("" if isinstance(network, RunInfo) else network.trained_run)
    return Selection(target, classes, method, threshold, epoch)


def _classes(store: Store, network: Network) -> tuple[str, ...]:
    if isinstance(network, RunInfo):
        return stored_runs.image_index(store, network.images_id).classes
    return stored_evaluations.class_set(store, network.run_id).classes


def _with_images(store: Store, network: Network, classes: tuple[str, ...]) -> list[str]:
    """Return the classes to choose from: those of an evaluation without images are left out."""
    if not isinstance(network, EvaluationInfo):
        return list(classes)
    images = stored_evaluations.by_class(store, network.run_id)["images"]
    return [name for name, count in zip(classes, images, strict=True) if count]


def _choose_class(offered: list[str]) -> str:
    wanted, key = STATE.get().class_name, "colours-class"
    name = wanted if wanted in offered else offered[0]
    STATE.update(class_name=name)
    labels = tell_apart({one: one for one in offered})
    take = STATE.take(key, "class_name")
    draw_choice("Class", offered, name, key, take, labels.get, "The page shows its images.")
    return name


def _choose_method(methods: list[str]) -> str:
    key = "colours-method"
    wanted = (STATE.get().method, FIRST_METHOD, methods[0])
    method = next(one for one in wanted if one in methods)
    STATE.update(method=method)
    take = STATE.take(key, "method")
    draw_choice("Method", methods, method, key, take, lambda name: METHODS[name].label)
    return method


def _choose_threshold() -> float:
    threshold, key = STATE.get().threshold, "colours-threshold"
    st.slider(
        "Highlight from",
        MIN_THRESHOLD,
        MAX_THRESHOLD,
        value=threshold,
        step=0.05,
        key=show(key, threshold),
        on_change=STATE.take(key, "threshold"),
        help="Fraction of the map's maximum from which on a pixel is highlighted.",
    )
    return threshold
