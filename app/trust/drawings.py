"""One image under a check, drawn; each check has its drawing."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.parts.chart import draw_chart
from app.parts.grids import View
from app.parts.shared_choice import name_in
from app.parts.widgets import plain
from app.reads import stored_images
from app.trust.charts import depth_chart
from app.trust.compute_once import compute_once
from app.trust.control_network import offer_control_network
from app.trust.curves import TITLES, draw_curves
from app.trust.map_grid import draw_map_grid
from pipelines.computing.asking import compute
from pipelines.trust.answers import MapQuery
from pipelines.trust.single_image import NoControlNetwork, read_check, show_check
from saliencnn.checks.evidence import CurveComparison, Evidence, MapComparison
from saliencnn.checks.table import BLOCKS, CHECKS, MODES
from saliencnn.common.progress import Progress
from saliencnn.common.shown import tell_apart
from saliencnn.saliency import METHODS
from saliencnn.store.networks import NetworkMissing, describe_missing

SIGNAL_NAMES = {
    "constant": "Constant shift",
    "noise": "Gaussian noise",
    "checkerboard": "Checkerboard",
    "image": "Another image",
}
MODE_NAMES = {"exact": "exact", "bias": "bias only (wrong at the borders)"}
BLOCK_NAMES = {"cascading": "more and more blocks", "independent": "one block at a time"}
CAPTIONS = {
    "labels": "The control network saw the same images with randomized labels, so it could only "
    "memorize them. A map that looks the same in both says nothing about the class.",
    "classes": "The same image, explained for other classes. A method whose map stays the same "
    "shows what the network sees, and not why it names this class. An empty map says that nothing "
    "in the image speaks for the class.",
}
"""What is said of checks without a drawing of their own, where their row does not say it all."""


def draw_variance(query: MapQuery, view: View) -> None:
    """Draw maps before and after a signal that does not change the network's function."""
    st.caption(
        "A signal is added to the image and its effect is subtracted again after the network's "
        "first layer, so the network should compute the same for both images. Methods that look "
        "at the last features alone then see no difference, and their maps stay the same. Methods "
        "that look at the pixels (gradient times input, integrated gradients, Score-CAM, BBMP) "
        "are given other pixels, so their maps may change. A method that stays the same is what "
        "Kindermans et al. 2017 call input invariant."
    )
    left, middle, right = st.columns(3)
    signal = left.selectbox(
        "Signal", SIGNAL_NAMES, format_func=SIGNAL_NAMES.get, key="signal", bind="query-params"
    )
    strength = middle.slider(
        "Strength",
        0.0,
        5.0,
        1.0,
        0.25,
        key="strength",
        bind="query-params",
        help="In standard deviations of the network's input.",
    )
    mode = right.selectbox(
        "Compensation",
        MODES,
        format_func=MODE_NAMES.get,
        key="compensation",
        bind="query-params",
        help="Exact subtracts the first layer's response to the signal everywhere; bias only "
        "subtracts one number a channel, which is wrong where the layer pads with zeros.",
    )
    if mode == "bias" and signal != "constant":
        st.info("Bias-only compensation is defined for the constant shift alone.")
        return
    other = _choose_other(query) if signal == "image" else None
    options = {"signal": signal, "strength": strength, "mode": mode, "other": other}
    changed = _compute(query, "variance", options)
    assert isinstance(changed, MapComparison)
    words = (
        f"A class's score changes by at most {changed.logit_change[0]:.2g}; rounding alone may "
        f"change it by {changed.tolerance:.2g}."
    )
    if changed.logit_change[0] <= changed.tolerance:
        st.success(f"{words} The network computes the same.", icon=":material/check:")
    else:
        st.warning(
            f"{words} The network no longer computes the same, so nothing is judged; the maps "
            "are shown all the same.",
            icon=":material/warning:",
        )
    draw_map_grid(query, changed, view, difference=True)


def draw_randomization(query: MapQuery, view: View) -> None:
    """Draw maps as more and more of the network's weights are random."""
    st.caption(
        "The network's weights are replaced by random ones, from the class scores down to the "
        "first layer. A map of what the network has learned must change on the way; a method whose "
        "map stays the same explains the image, not the network."
    )
    blocks = st.segmented_control(
        "Random are",
        BLOCKS,
        default=BLOCKS[0],
        required=True,
        format_func=BLOCK_NAMES.get,
        key="blocks",
        bind="query-params",
    )
    changed = _compute(query, "randomization", {"blocks": blocks or BLOCKS[0]})
    assert isinstance(changed, MapComparison)
    row = CHECKS["randomization"]
    frame = pd.DataFrame(
        [
            (METHODS[method].label, block, changed.names[block], value)
            for method, similarity in changed.similarity["spearman"].items()
            for block, value in enumerate([0.0, *row.number_of(similarity)])
        ],
        columns=["method", "block", "name", "value"],
    )
    draw_chart(depth_chart, frame, row.pass_from, row.fail_below, key="depths")
    graded = (
        "the last point, where all weights are random"
        if blocks == "cascading"
        else "a network whose weights are all random"
    )
    names = " · ".join(f"{n}: {plain(name)}" for n, name in enumerate(changed.names) if n)
    st.caption(
        "How far each map changes: 1 minus its rank correlation with the trained network's, "
        f"regardless of sign. The result in the trust table is about {graded}: from "
        f"{row.pass_from:g} on it is a pass, below {row.fail_below:g} a fail (dashed lines). "
        f"Blocks: {names}."
    )
    headers = ["trained", *(f"block {n}" for n in range(1, len(changed.names)))]
    draw_map_grid(query, changed, view, headers, wants_change=True)


def draw_stability(query: MapQuery, view: View) -> None:
    """Draw maps under changes that nobody sees."""
    st.caption(
        "Noise of 5% of the input's standard deviation, and a shift by one pixel: nobody sees "
        "either, and the score hardly moves. A map that changes a lot shows more than the reasons "
        "of the network."
    )
    changed = _compute(query, "stability")
    assert isinstance(changed, MapComparison)
    moves = zip(changed.names[1:], changed.logit_change, strict=True)
    words = ", ".join(f"{name} {move:.3f}" for name, move in moves)
    st.caption(f"Change of the class's score, in standard deviations of all scores: {words}.")
    draw_map_grid(query, changed, view, per_score=True)


def draw_faithfulness(query: MapQuery, view: View) -> None:
    """Draw the class's probability as pixels are removed or inserted in the order of the maps."""
    st.caption(
        "If a map is right, removing what it highlights must lower the class's probability sooner "
        "than removing random pixels (gray band), and inserting it into a blurred image must "
        "restore the probability sooner. Removed pixels become the mean color (deletion); ROAD "
        "fills them in from their surroundings, so that the shape of the hole gives nothing away."
    )
    found = _compute(query, "faithfulness")
    assert isinstance(found, CurveComparison)
    if not found.fractions:
        return
    side_by_side = st.container(horizontal=True)
    for kind, title in TITLES.items():
        baseline = np.concatenate(list(found.random_baseline[kind].values()))
        draw_curves(side_by_side, title, found.own[kind], baseline, found.fractions[kind])
    beaten = ", ".join(
        f"{METHODS[method].label} {value:.0%}"
        if np.isfinite(value)
        else f"{METHODS[method].label} not judged (constant map)"
        for method, value in found.beaten.items()
    )
    st.caption(
        f"Random orders of the same resolution that each method beats on this image: {beaten}."
    )


def draw_any(query: MapQuery, view: View, check: str) -> None:
    """Draw a check that has no drawing of its own, a plugin's say."""
    row = CHECKS[check]
    own = f"{plain(row.question)} What counts is the {plain(row.statistic)}."
    st.caption(CAPTIONS.get(check, own))
    try:
        found = _compute(query, check)
    except NoControlNetwork as missing:
        offer_control_network(query, str(missing))
        return
    if isinstance(found, MapComparison):
        draw_map_grid(query, found, view, wants_change=row.wants_change)
        return
    side_by_side = st.container(horizontal=True)
    for kind, curves in found.own.items():
        baseline = np.concatenate(list(found.random_baseline[kind].values()))
        title = plain(TITLES.get(kind, kind))
        draw_curves(side_by_side, title, curves, baseline, found.fractions[kind])


def draw_check(query: MapQuery, view: View, check: str) -> None:
    """Draw one image under a check."""
    if check in DRAWINGS:
        DRAWINGS[check](query, view)
    else:
        draw_any(query, view, check)


DRAWINGS: dict[str, Callable[[MapQuery, View], None]] = {
    "variance": draw_variance,
    "randomization": draw_randomization,
    "stability": draw_stability,
    "faithfulness": draw_faithfulness,
}
"""Check -> its drawing, where it has one of its own."""


def _compute(query: MapQuery, check: str, options: Mapping[str, Any] | None = None) -> Evidence:
    chosen = {**CHECKS[check].defaults, **(options or {})}

    def find(report: Progress) -> Evidence:
        if known := read_check(query, check, chosen):
            return known
        if lacking := describe_missing(query.run):
            raise NetworkMissing(lacking)
        return compute(show_check, query, check, report=report, options=chosen)

    return compute_once(query, (check, *chosen.items()), find)


def _choose_other(query: MapQuery) -> int:
    """Let the person choose the image that is added: the first of each class."""
    index = stored_images.image_index(query.store, query.run.images_id)
    first = {int(label): image for image, label in reversed(list(enumerate(index.labels)))}
    offered = [first[label] for label in sorted(first) if first[label] != query.image]
    named = tell_apart({image: index.names[image] for image in offered})
    return st.selectbox(
        "Image to add", offered, format_func=name_in(named), key="added", bind="query-params"
    )
