"""What stands behind a verdict, drawn: one image's maps and curves under a check."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.grids import View
from app.reads import stored_runs
from app.trust.answers import ask
from app.trust.changed import draw_changed
from app.trust.charts import curve_chart, depth_chart
from app.trust.control_network import offer_control_network
from pipelines.trust.answers import MapQuery
from pipelines.trust.single_image import (
    NoControlNetwork,
    show_faithfulness,
    show_labels,
    show_randomization,
    show_stability,
    show_variance,
)
from saliencnn.checks.variance import MODES
from saliencnn.checks.verdicts import CHECKS
from saliencnn.saliency import METHODS

SIGNALS = {
    "constant": "Constant shift",
    "noise": "Gaussian noise",
    "checkerboard": "Checkerboard",
    "image": "Another image",
}
MODE_NAMES = {"exact": "exact", "bias": "bias only (breaks at the borders)"}
CURVES = {"deletion": "Pixels taken away", "insertion": "Pixels given", "road": "Pixels filled in"}
"""Kind -> title of its chart."""


def draw_variance(asked: MapQuery, view: View) -> None:
    """Draw maps before and after a signal that the network does not feel."""
    st.caption(
        "What is added at the input is subtracted again behind the network's first layer, so it "
        "should compute the same for both images. Methods that look at the last features alone "
        "then see no difference, and their maps stay; methods that look at the pixels themselves "
        "(gradient times input, integrated gradients, Score-CAM, BBMP) are shown other pixels, so "
        "their maps may move."
    )
    left, middle, right = st.columns(3)
    signal = left.selectbox("Signal", SIGNALS, format_func=SIGNALS.get)
    strength = middle.slider(
        "Strength", 0.0, 5.0, 1.0, 0.25, help="In standard deviations of the network's input."
    )
    mode = right.selectbox(
        "Compensation",
        MODES,
        format_func=MODE_NAMES.get,
        help="Exact subtracts the first layer's response to the signal everywhere; bias only "
        "subtracts one number a channel, which is wrong where the layer pads with zeros.",
    )
    if mode == "bias" and signal != "constant":
        st.info("Bias-only compensation is defined for the constant shift alone.")
        return
    other = _choose_other(asked) if signal == "image" else None
    changed = ask(
        (asked, "variance", signal, strength, mode, other),
        lambda report: show_variance(asked, signal, strength, mode, other, report),
    )
    said = (
        f"Largest change of a logit: {changed.logit_change[0]:.2g} "
        f"(tolerance {changed.tolerance:.2g})."
    )
    if changed.logit_change[0] <= changed.tolerance:
        st.success(f"{said} The network computes the same.", icon=":material/check:")
    else:
        st.warning(
            f"{said} The network does not compute the same any more, so nothing is judged; the "
            "maps are shown all the same.",
            icon=":material/warning:",
        )
    draw_changed(asked, changed, view, difference=True)


def draw_randomization(asked: MapQuery, view: View) -> None:
    """Draw maps as the network forgets what it has learnt."""
    st.caption(
        "The network's weights are replaced by random ones, from the class scores down to the "
        "first layer. A map of what the network has learnt must get lost on the way; a method "
        "whose map survives explains the image, not the network."
    )
    ways = {True: "more and more blocks", False: "one block alone"}
    cascading = st.segmented_control(
        "Random are", list(ways), default=True, required=True, format_func=ways.get
    )
    changed = ask(
        (asked, "randomisation", cascading),
        lambda report: show_randomization(asked, bool(cascading), report),
    )
    row = CHECKS["randomisation"]
    frame = pd.DataFrame(
        [
            (METHODS[method].label, block, changed.names[block], value)
            for method, similarity in changed.similarity["spearman"].items()
            for block, value in enumerate([1.0, *similarity])
        ],
        columns=["method", "block", "name", "value"],
    )
    st.altair_chart(depth_chart(frame, row.holds, row.fails), key="depths")
    judged = "the last point, where all is random" if cascading else "a network that is all random"
    blocks = " · ".join(f"{n}: {name}" for n, name in enumerate(changed.names) if n)
    st.caption(
        "Rank correlation of each map with the trained network's, regardless of sign. The verdict "
        f"is about {judged}: {row.holds:g} and below holds, above {row.fails:g} fails (dashed "
        f"lines). Blocks: {blocks}."
    )
    headers = ["trained", *(f"block {n}" for n in range(1, len(changed.names)))]
    draw_changed(asked, changed, view, headers)


def draw_labels(asked: MapQuery, view: View) -> None:
    """Draw maps beside those of a network that learnt nothing about the classes."""
    st.caption(
        "The other network saw the same images with labels dealt at random, so it could only "
        "learn them by heart. A map that looks the same in both says nothing about the class."
    )
    try:
        changed = ask((asked, "labels"), lambda report: show_labels(asked, report))
    except NoControlNetwork as missing:
        offer_control_network(asked, str(missing))
        return
    draw_changed(asked, changed, view)


def draw_stability(asked: MapQuery, view: View) -> None:
    """Draw maps under changes that nobody sees."""
    st.caption(
        "Noise of 5 % of the input's spread, and a shift by one pixel: nobody sees either, and the "
        "score hardly moves. A map that jumps shows more than the network's reasons."
    )
    changed = ask((asked, "stability"), lambda report: show_stability(asked, report))
    moves = zip(changed.names[1:], changed.logit_change, strict=True)
    said = ", ".join(f"{name} by {move:.3f}" for name, move in moves)
    st.caption(f"The class's score moved, in standard deviations of all scores: {said}.")
    draw_changed(asked, changed, view, per_logit=True)


def draw_faithfulness(asked: MapQuery, view: View) -> None:
    """Draw the class's probability as pixels go or come in the order of the maps."""
    st.caption(
        "If a map is right, taking away what it points at must cost the class its probability "
        "sooner than taking pixels by lot (grey band), and giving it to a blurred image must "
        "restore it sooner. Pixels taken away become the mean colour (deletion); ROAD fills them "
        "from their surroundings, so that the hole's shape gives nothing away."
    )
    traces = ask((asked, "faithfulness"), lambda report: show_faithfulness(asked, report))
    if not traces.shares:
        return
    side_by_side = st.container(horizontal=True)
    for kind, title in CURVES.items():
        lots = np.concatenate(list(traces.random_baseline[kind].values()))
        draw_curves(side_by_side, title, traces.own[kind], lots, traces.shares[kind])
    beaten = ", ".join(
        f"{METHODS[method].label} {value:.0%}"
        if np.isfinite(value)
        else f"{METHODS[method].label} not judged (flat map)"
        for method, value in traces.beaten.items()
    )
    st.caption(f"Random orders of the same grain that each method beats on this image: {beaten}.")


DRAWN: dict[str, Callable[[MapQuery, View], None]] = {
    "variance": draw_variance,
    "randomisation": draw_randomization,
    "labels": draw_labels,
    "stability": draw_stability,
    "faithfulness": draw_faithfulness,
}
"""Check -> what draws its evidence."""


def draw_curves(
    place: DeltaGenerator,
    title: str,
    own: dict[str, np.ndarray],
    lots: np.ndarray,
    shares: np.ndarray,
) -> None:
    """Draw one kind of curve.

    Args:
        place: where.
        title: of the chart.
        own: method -> (S + 1,).
        lots: (L, S + 1), of random orders; the band spans them.
        shares: (S + 1,), of the pixels.
    """
    rows = [
        (METHODS[method].label, share, value)
        for method, values in own.items()
        for share, value in zip(shares, values, strict=True)
        if np.isfinite(value)
    ]
    frame = pd.DataFrame(rows, columns=["method", "share", "value"])
    band = pd.DataFrame(
        {"share": shares, "low": np.nanmin(lots, axis=0), "high": np.nanmax(lots, axis=0)}
    )
    place.altair_chart(curve_chart(frame, band, title), width="content")


def _choose_other(asked: MapQuery) -> int:
    """Let the person choose the image that is added: the first of each class."""
    index = stored_runs.image_index(asked.store, asked.run.images_id)
    first = {int(label): image for image, label in reversed(list(enumerate(index.labels)))}
    offered = [first[label] for label in sorted(first) if first[label] != asked.image]
    return st.selectbox("Image to add", offered, format_func=lambda image: index.names[image])
