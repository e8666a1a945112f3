"""Whether missed images differ from correct ones in the regions that the maps highlight."""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np
import pandas as pd
import streamlit as st

from app.colours.groups import GROUPS
from app.colours.measured import Measured
from app.parts.chart import draw_chart
from app.parts.memos import share
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.common.sentences import say_interval
from saliencnn.common.terms import define
from saliencnn.drawing.colour_histograms import mean_chart
from saliencnn.findings.failure_facts import CHANCE
from saliencnn.findings.map_errors import describe_too_few
from saliencnn.measures.colour import TEST_SPACE, TEXTURES
from saliencnn.measures.groups import MIN_GROUP, Estimate, permutation_test

MIXES = (
    "This and the table mix classes, some of which are missed more often; the answer above "
    "compares each image with its own class."
)
NARROW = st.column_config.TextColumn(width=104)


def draw_separation(
    class_maps: ClassMaps,
    measured: Measured,
    areas: Mapping[str, Estimate],
    space: str,
    of_class: bool,
) -> None:
    """Draw whether missed images differ: mean histograms, a test, and number by number.

    Args:
        class_maps: the images with their maps.
        measured: what was measured of them.
        areas: how well each number separates missed from correct images.
        space: of the histograms, a key of ``SPACES``.
        of_class: whether they are of one class alone.
    """
    correct = class_maps.correct
    known = highlights_any(measured)
    counts = {kind: int((correct[known] == kind).sum()) for kind in GROUPS}
    if problem := find_problem(correct, known):
        st.info(problem, icon=":material/compare:")
        return
    groups = mean_histograms(measured, correct)
    for place, column in enumerate(st.columns(3)):
        with column:
            draw_chart(mean_chart, groups, space, place, key=f"means-{space}-{place}")
    st.caption("Mean histograms of the highlighted regions, and of whole images.")
    if min(counts.values()) < MIN_GROUP:
        few = min(counts, key=lambda kind: counts[kind])
        st.info(
            f"Too few to say whether they differ: {counts[few]} {GROUPS[few].lower()}. At least "
            f"{MIN_GROUP} images on each side are needed.",
            icon=":material/compare:",
        )
        return
    st.markdown(describe_test(compare_colours(measured, correct), of_class))
    st.dataframe(
        separation_table(areas),
        hide_index=True,
        height=320,
        column_config={
            "number": st.column_config.TextColumn(width=286),
            "in words": st.column_config.TextColumn(width=146),
            "missed is higher": NARROW,
            "95% interval": NARROW,
        },
    )
    meanings = " ".join(f"{name}: {words}." for name, words in TEXTURES.items())
    st.caption(
        "Take a missed and a correct image at random: in how many such pairs has the missed one "
        "the higher number? 50% is no better than a coin; an interval that contains 50% proves "
        "nothing. All questions of this page are asked together: where nothing differs, at most 5 "
        "of 100 classes are told that a number, the colours or a group of maps does. Colours count "
        f"as different where random groups differ as much less than {CHANCE:.1%} of the time. "
        f"They are compared in {TEST_SPACE}, where equal distances look alike, whichever "
        f"space is drawn. Textures: {meanings}",
        help=define("ROC", "permutation test"),
    )


def mean_histograms(measured: Measured, correct: np.ndarray) -> dict[str, np.ndarray]:
    """Return a group's name with its size -> mean histograms (3, bins); of whole images too.

    Args:
        measured: what was measured in each image.
        correct: bool (N,); of either kind there is an image that is highlighted.
    """
    known = highlights_any(measured)
    chosen = {name: known & (correct == kind) for kind, name in GROUPS.items()}
    groups = {
        f"{name.lower()} ({mask.sum()})": measured.drawn.region[mask].mean(axis=0)
        for name, mask in chosen.items()
    }
    return {**groups, "whole images": measured.drawn.whole.mean(axis=0)}


def compare_colours(measured: Measured, correct: np.ndarray) -> float:
    """Return how often chance makes the regions' colours as different; NaN for too few images."""
    region, known = measured.tested.region, highlights_any(measured)
    if min((correct & known).sum(), (~correct & known).sum()) < MIN_GROUP:
        return float("nan")
    key = sha256(region.tobytes() + correct.tobytes()).digest()
    return share("colour-tests", key, lambda: permutation_test(region, correct))


def highlights_any(measured: Measured) -> np.ndarray:
    """Return bool (N,): whether an image's map highlights any pixel."""
    return np.isfinite(measured.tested.region).all(axis=(1, 2))


def find_problem(correct: np.ndarray, known: np.ndarray) -> str:
    """Return why there is nothing to compare, in a sentence; "" where there is.

    Args:
        correct: bool (N,), whether an image is correct.
        known: bool (N,), whether its map highlights anything.
    """
    for kind, name in GROUPS.items():
        group = correct == kind
        if not group.any():
            return f"None of these images is {name.lower()}, so there is nothing to compare."
        if not known[group].any():
            return (
                f"The maps of the {name.lower()} images highlight nothing, so there is nothing to "
                "compare. Choose another method or threshold."
            )
    return ""


def separation_table(found: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return how well each number separates missed from correct images, the best first."""
    ranked = sorted(
        (name for name in found if np.isfinite(found[name].value)),
        key=lambda name: -abs(found[name].value - 0.5),
    )
    return pd.DataFrame(
        {
            "number": ranked,
            "in words": [_describe_separation(found[name]) for name in ranked],
            "missed is higher": [f"{found[name].value:.0%}" for name in ranked],
            "95% interval": [_write_interval(found[name]) for name in ranked],
        }
    )


def _write_interval(area: Estimate) -> str:
    return say_interval(area.low, area.high, 0, "%", 0.5) if area.enough else ""


def _describe_separation(area: Estimate) -> str:
    if not area.enough:
        return describe_too_few(area)
    if not area.excludes(0.5):
        return "no better than chance"
    return f"{'higher' if area.value > 0.5 else 'lower'} in missed images"


def describe_test(p: float, of_class: bool) -> str:
    """Say what the permutation test found.

    Args:
        p: its p-value, 0 to 1.
        of_class: whether the images are of one class; of several it is no claim.
    """
    background = (
        "VAC-CNN (Xuan et al. 2021) observed that the highlighted regions of missed images have "
        "other colours than those of correct ones. "
    )
    if p < CHANCE:
        found = f"**Here they do**: random groups differ as much only {p:.1%} of the time"
    else:
        found = (
            "**Here the difference may be chance**: random groups differ as much "
            f"{p:.0%} of the time"
        )
    said = f"{background}{found} (permutation test of the mean histograms in {TEST_SPACE})."
    return said if of_class else f"{said.replace('**', '')} {MIXES}"
