"""Whether failed images differ from correct ones in what the network looks at."""

import numpy as np
import pandas as pd
import streamlit as st

from app.attention.class_maps import ClassMaps
from app.attention.histogram_html import mean_chart
from app.colours.sections import GROUPS, Measured
from saliencnn.measures.colour import TEXTURES
from saliencnn.measures.groups import Estimate, permutation_test, separability

FEW = 5
"""Images of a group below which numbers say little."""


def draw_separation(class_maps: ClassMaps, measured: Measured, space: str) -> None:
    """Draw whether failed images differ: mean histograms, a test, and number by number."""
    correct = class_maps.correct
    known = np.isfinite(measured.region).all(axis=(1, 2))
    counts = {kind: int((correct[known] == kind).sum()) for kind in GROUPS}
    if not all(counts.values()):
        missing = "failed" if counts[True] else "correct"
        st.info(
            f"There is no {missing} image of this class with a map, so there is nothing to "
            "compare; choose another class or network.",
            icon=":material/compare:",
        )
        return
    groups = {
        f"{GROUPS[kind].lower()} ({counts[kind]})": measured.region[known & (correct == kind)].mean(
            0
        )
        for kind in GROUPS
    }
    groups["whole images"] = measured.whole.mean(axis=0)
    for place, column in enumerate(st.columns(3)):
        column.altair_chart(mean_chart(groups, space, place), key=f"means-{space}-{place}")
    st.caption("Mean histograms of the regions that the network looks at, and of whole images.")
    p = permutation_test(measured.region, correct)
    st.markdown(_test_in_words(p))
    if min(counts.values()) < FEW:
        st.warning(
            f"One group has only {min(counts.values())} images: the numbers below say little.",
            icon=":material/warning:",
        )
    st.dataframe(separation_table(measured.numbers, correct), hide_index=True, height=320)
    meanings = " ".join(f"{name}: {words}." for name, words in TEXTURES.items())
    st.caption(
        "How well each number alone tells failed from correct images: drawn by lot, a failed one "
        "has the higher value with this chance (area under the ROC curve). 50 % is no better than "
        f"a coin; an interval that holds 50 % proves nothing. Textures: {meanings}"
    )


def separation_table(numbers: dict[str, np.ndarray], correct: np.ndarray) -> pd.DataFrame:
    """Return how well each number separates failed from correct images, the best first."""
    few = min(int(correct.sum()), int((~correct).sum())) < FEW
    found: dict[str, Estimate] = {
        name: separability(values, correct) for name, values in numbers.items()
    }
    ranked = sorted(
        (name for name in found if np.isfinite(found[name].value)),
        key=lambda name: -abs(found[name].value - 0.5),
    )
    return pd.DataFrame(
        {
            "number": ranked,
            "failed is higher": [f"{found[name].value:.0%}" for name in ranked],
            "95 % interval": [f"{found[n].low:.0%} to {found[n].high:.0%}" for n in ranked],
            "in words": [_separation_in_words(found[name], few) for name in ranked],
        }
    )


def _separation_in_words(area: Estimate, few: bool) -> str:
    if few:
        return "too few images to say"
    if not area.excludes(0.5):
        return "no better than chance"
    return f"{'higher' if area.value > 0.5 else 'lower'} in failed images"


def _test_in_words(p: float) -> str:
    observed = (
        "**Do failures differ in colour?** VAC-CNN (Xuan et al. 2021) saw that the highlighted "
        "regions of failed images have other colours than those of correct ones. "
    )
    chance = f"{p:.3f}".rstrip("0").rstrip(".")
    if p < 0.05:
        said = f"**Here they do**: groups drawn by lot differ as much only {p:.1%} of the time"
    else:
        said = (
            "**Here that cannot be told from chance**: groups drawn by lot differ as much "
            f"{p:.0%} of the time"
        )
    return f"{observed}{said} (permutation test of the mean histograms, p = {chance})."
