"""Which image the trust page shows: an example of the class, one of a result, a person's own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from app.parts.chart import draw_chart
from app.parts.leads import lead
from app.parts.memos import remember
from app.parts.runs import STATE
from app.parts.upload import take_upload
from app.parts.waiting import working
from app.parts.widgets import plain
from app.reads import stored_images, stored_runs
from app.trust.charts import numbers_chart
from pipelines.computing.asking import compute
from pipelines.trust.results import AuditResult
from saliencnn.checks.table import CHECKS
from saliencnn.common.sentences import count, quote
from saliencnn.common.shown import LONGEST_NAME, tell_apart
from saliencnn.data.fitted import fit_image
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

OF_CLASS, OF_RESULT, OWN = "Images of the class", "Images of the result", "Your own image"
SOURCES = {OF_CLASS: "class", OF_RESULT: "result", OWN: "own"}
"""How people read it -> how the URL says it."""
SOURCE = "trust-source"


@dataclass(frozen=True, eq=False)
class ChosenImage:
    """An image and the class that its maps explain.

    Attributes:
        pixels: uint8 (size, size, 3), as the network sees it.
        image: its number among the validation images; None for a person's own.
        target: the class.
        digest: tells images apart.
    """

    pixels: np.ndarray
    image: int | None
    target: int
    digest: str


def choose_image(
    store: Store, run: RunInfo, epoch: int, target: int, clicked: tuple[str, AuditResult] | None
) -> ChosenImage | None:
    """Let the person choose an image.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose predictions recommend examples.
        target: the class chosen in the sidebar.
        clicked: the check and the result that was clicked on, if it has numbers.
    """
    sources = [OF_CLASS, *([OF_RESULT] if clicked else []), OWN]
    first = OF_RESULT if clicked else OF_CLASS
    if (asked := STATE.asks_once("images")) is not None:
        st.session_state[SOURCE] = next((one for one in sources if SOURCES[one] in asked), first)
    if st.session_state.get(SOURCE) not in sources:
        st.session_state[SOURCE] = first
    source = st.segmented_control(
        "Images", sources, key=SOURCE, required=True, label_visibility="collapsed"
    )
    STATE.write({"images": [SOURCES[source]]}, defaults={"images": [SOURCES[first]]}, keep=True)
    if source == OWN:
        STATE.write({"image": []}, keep=True)
        return _upload(store, run, target)
    if source == OF_RESULT and clicked is not None:
        return _of_result(store, run, *clicked)
    return _of_class(store, run, epoch, target)


def validation_image(store: Store, run: RunInfo, image: int, target: int) -> ChosenImage:
    """Return a validation image and the class to explain."""
    pixels = stored_images.image(store, run.images_id, image)
    return ChosenImage(pixels, image, target, str(image))


def _of_class(store: Store, run: RunInfo, epoch: int, target: int) -> ChosenImage | None:
    """Offer the recommended examples first, then all other images of the class."""
    index = stored_images.image_index(store, run.images_id)
    cases = stored_runs.examples(store, run, epoch, target)
    words = {
        case.image: f"{index.names[case.image]}: {case.describe(index.classes)}"
        for found in cases.values()
        for case in found
    }
    for image in np.flatnonzero(np.asarray(index.labels) == target):
        words.setdefault(int(image), index.names[int(image)])
    if not words:
        st.info(
            "No validation image belongs to this class or was taken for it.",
            icon=":material/image:",
        )
        return None
    chosen = _choose_linked("Image", words, f"trust-image-{run.run_id}-{epoch}-{target}")
    return validation_image(store, run, chosen, target)


def _choose_linked(label: str, words: Mapping[int, str], key: str) -> int:
    """Let the person choose one of some images, at first the one that a link names.

    Args:
        label: of the choice.
        words: image -> what it is, the first one by default.
        key: of the widget in the session's state.
    """
    if (asked := STATE.asks_once("image")) is not None:
        found = [image for image in words if [str(image)] == asked[:1]]
        st.session_state[key] = next(iter(found or words))
    named = tell_apart(words, 2 * LONGEST_NAME).get
    image = st.selectbox(label, list(words), format_func=named, key=key)
    first = [str(next(iter(words)))]
    STATE.write({"image": [str(image)]}, defaults={"image": first}, keep=True)
    return image


def _of_result(store: Store, run: RunInfo, check: str, audited: AuditResult) -> ChosenImage:
    """Draw the numbers of a result, and offer its images from the worst to the best."""
    index = stored_images.image_index(store, run.images_id)
    row = CHECKS[check]
    known = np.flatnonzero(np.isfinite(audited.numbers))
    order = known[np.argsort(audited.numbers[known], kind="stable")]
    images = audited.images[order].tolist()
    numbers = dict(zip(images, audited.numbers[order].tolist(), strict=True))
    frame = pd.DataFrame(
        {"image": [index.names[image] for image in images], "number": list(numbers.values())}
    )
    draw_chart(numbers_chart, frame, row.pass_from, row.fail_below, key=f"trust-numbers-{check}")
    st.caption(
        f"Each tick is one of {count(len(images), 'image', 'images')}: {plain(row.statistic)}. "
        f"The dashed lines are the thresholds: pass from {row.pass_from:g}, fail below "
        f"{row.fail_below:g}. "
        f"{_format_ratio(audited)}"
    )
    image = _choose_linked(
        "Image, the worst first",
        {i: f"{numbers[i]:.2f} · {index.names[i]}" for i in images},
        f"trust-result-{run.run_id}-{check}",
    )
    return validation_image(store, run, image, int(index.labels[image]))


def _format_ratio(audited: AuditResult) -> str:
    if audited.per_score is None:
        return ""
    return (
        f"In the median image the map (1 minus its rank correlation) moves "
        f"{audited.per_score:.2g} times as far as the class's score (in standard deviations of "
        "all scores)."
    )


def _upload(store: Store, run: RunInfo, target: int) -> ChosenImage | None:
    classes = stored_images.image_index(store, run.images_id).classes
    upload = take_upload(
        "see how far its maps can be trusted; they explain "
        f"**{plain(quote(classes[target]))}**, the class chosen in the sidebar.",
        run.window,
    )
    if upload is None:
        return None
    back = {"run": run.run_id, "images": SOURCES[OWN]}
    lead(st.container(), "progression", "What the network says of it", back)
    with working("Bringing it into the network's format…"):
        pixels = remember(
            "fitted",
            (run.run_id, upload.digest),
            lambda: compute(fit_image, upload.pixels, run.preparation),
        )
    return ChosenImage(pixels, None, target, upload.digest)
