"""Which picture the trust page shows: a case of the class, one behind a verdict, a person's own."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from app.parts.upload import take_picture
from app.parts.widgets import plain
from app.reads import stored_runs
from app.trust.charts import numbers_chart
from pipelines.trust.results import Audited
from saliencnn.checks.verdicts import CHECKS, Verdict
from saliencnn.data.fitted import fit_picture
from saliencnn.maps.examples import recommend
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

OF_CLASS, BEHIND, OWN = "Pictures of the class", "Pictures behind the verdict", "Your own picture"


@dataclass(frozen=True, eq=False)
class Pictured:
    """A picture and the class that its maps explain.

    Attributes:
        pixels: uint8 (size, size, 3), as the network sees it.
        image: its number among the validation pictures; None for a person's own.
        target: the class.
        digest: tells pictures apart.
    """

    pixels: np.ndarray
    image: int | None
    target: int
    digest: str


def choose_picture(
    store: Store, run: RunInfo, epoch: int, target: int, behind: tuple[str, Audited] | None
) -> Pictured | None:
    """Let the person choose a picture.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose predictions recommend cases.
        target: the class chosen in the sidebar.
        behind: the check and the numbers of the verdict that was clicked on, if it has any.
    """
    sources = [OF_CLASS, *([BEHIND] if behind else []), OWN]
    if st.session_state.get("trust-source") not in sources:
        st.session_state["trust-source"] = sources[0]
    source = st.segmented_control(
        "Pictures", sources, key="trust-source", required=True, label_visibility="collapsed"
    )
    if source == OWN:
        return _upload(store, run, target)
    if source == BEHIND and behind is not None:
        return _behind(store, run, *behind)
    return _of_class(store, run, epoch, target)


def validation_picture(store: Store, run: RunInfo, image: int, target: int) -> Pictured:
    """Return a validation picture and the class to explain."""
    pixels = stored_runs.picture(store, store.uri, run.pictures, image)
    return Pictured(pixels, image, target, str(image))


def _of_class(store: Store, run: RunInfo, epoch: int, target: int) -> Pictured | None:
    """Offer the recommended cases first, then all other pictures of the class."""
    index = stored_runs.picture_index(store, store.uri, run.pictures)
    cases = recommend(stored_runs.predictions(store, store.uri, run.run_id, epoch), target)
    words = {
        case.image: f"{index.names[case.image]}: {case.describe(index.classes)}"
        for found in cases.values()
        for case in found
    }
    for image in np.flatnonzero(np.asarray(index.labels) == target):
        words.setdefault(int(image), index.names[int(image)])
    if not words:
        st.info("No validation picture has to do with this class.", icon=":material/image:")
        return None
    key = f"trust-picture-{run.run_id}-{epoch}-{target}"
    image = st.selectbox("Picture", list(words), format_func=words.get, key=key)
    return validation_picture(store, run, image, target)


def _behind(store: Store, run: RunInfo, check: str, audited: Audited) -> Pictured:
    """Draw the numbers of the verdict, and offer its pictures from the worst to the best."""
    index = stored_runs.picture_index(store, store.uri, run.pictures)
    row = CHECKS[check]
    known = np.flatnonzero(np.isfinite(audited.numbers))
    order = known[np.argsort(audited.numbers[known], kind="stable")]
    order = order if row.high_is_good else order[::-1]
    images = audited.images[order].tolist()
    numbers = dict(zip(images, audited.numbers[order].tolist(), strict=True))
    frame = pd.DataFrame(
        {"picture": [index.names[image] for image in images], "number": list(numbers.values())}
    )
    st.altair_chart(numbers_chart(frame, row.holds, row.fails), key=f"trust-numbers-{check}")
    st.caption(
        f"Each tick is one of {len(images)} pictures: {plain(row.statistic)}. The dashed lines are "
        f"the thresholds {row.holds:g} (holds) and {row.fails:g} (fails). "
        f"{_tell_interval(audited.verdict)}{_tell_ratio(audited)}"
    )
    image = st.selectbox(
        "Picture, the worst first",
        images,
        format_func=lambda i: f"{numbers[i]:.2f} · {index.names[i]}",
        key=f"trust-behind-{run.run_id}-{check}",
    )
    return validation_picture(store, run, image, int(index.labels[image]))


def _tell_interval(verdict: Verdict) -> str:
    if not np.isfinite(verdict.low):
        return "They are too few to judge by."
    return (
        f"Their mean is {verdict.value:.2f}, and its 95 % confidence interval goes from "
        f"{verdict.low:.2f} to {verdict.high:.2f}: {verdict.verdict}."
    )


def _tell_ratio(audited: Audited) -> str:
    if audited.per_score is None:
        return ""
    return (
        f" In the median picture the map (1 minus its rank correlation) moves "
        f"{audited.per_score:.2g} times as far as the class's score (in standard deviations of "
        "all scores)."
    )


def _upload(store: Store, run: RunInfo, target: int) -> Pictured | None:
    classes = stored_runs.picture_index(store, store.uri, run.pictures).classes
    upload = take_picture(
        "see how far its maps can be trusted; they explain "
        f"**{plain(classes[target])}**, the class chosen in the sidebar."
    )
    if upload is None:
        return None
    return Pictured(fit_picture(upload.pixels, run.image_size), None, target, upload.digest)
