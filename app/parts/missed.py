"""Links to a class's missed images, and to all that is compared of them and of correct ones."""

import numpy as np
import pandas as pd
from streamlit.delta_generator import DeltaGenerator

from app.reads import stored_images, stored_runs
from saliencnn.common.markdown import plain
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.findings.methods import choose_method
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def can_compare(per_class: pd.DataFrame) -> np.ndarray:
    """Return of which classes enough images are missed and right to compare these, bool (C,).

    Args:
        per_class: with the columns recall, 0 to 1, and images.
    """
    images = per_class["images"].to_numpy()
    right = np.round(per_class["recall"].to_numpy() * images)
    return np.minimum(right, images - right) >= MIN_GROUP


def link_to_missed(store: Store, run: RunInfo, epoch: int, target: int) -> dict[str, str]:
    """Return the parameters of a link of Progression to the first missed image of a class.

    Args:
        store: where the run is.
        run: whose predictions decide.
        epoch: which.
        target: the class, of which at least one image is missed.
    """
    first, *_ = stored_runs.examples(store, run, epoch, target)["missed"]
    name = stored_images.image_index(store, run.images_id).classes[target]
    return {
        "run": run.run_id,
        "class": name,
        "image": str(first.image),
        "epoch": str(epoch),
    }


def lead_to_colours(
    place: DeltaGenerator,
    store: Store,
    run: RunInfo,
    epoch: int,
    target: int,
    methods: tuple[str, ...] = (),
    named: bool = False,
) -> None:
    """Link to what else differs between missed and correct images, where there are both.

    Args:
        place: where.
        store: where the run is.
        run: whose predictions decide.
        epoch: which.
        target: the class.
        methods: chosen ones, of which the page shows one, see ``choose_method``.
        named: whether the link names the class.
    """
    rows = stored_runs.predictions(store, run.run_id, epoch)
    correct = rows["predicted"][rows["true"] == target] == target
    if correct.all() or not correct.any():
        return
    name = stored_images.image_index(store, run.images_id).classes[target]
    place.page_link(
        "views/colours.py",
        label=f"Do missed images of {plain(quote(name, LONGEST_NAME))} differ in what is looked at?"
        if named
        else "Do missed images differ in what is looked at?",
        icon=":material/palette:",
        query_params={
            "run": run.run_id,
            "class": name,
            "epoch": str(epoch),
            "method": choose_method(methods, methods),
        },
        width="content",
        help="Colours, textures and clusters of maps of missed and correct images.",
    )
