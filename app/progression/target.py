"""Which class the maps of an uploaded image explain."""

from collections.abc import Sequence

import streamlit as st

from app.parts.widgets import plain
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.maps.history import UploadedImageHistory


def choose_target(
    found: UploadedImageHistory, classes: Sequence[str], chosen: int, key: str
) -> None:
    """Let the person choose the class that the maps explain, at first the one that is predicted.

    Args:
        found: what the network makes of the image.
        classes: names of all classes.
        chosen: the class in the sidebar.
        key: of the choice in the session's state; the next run of the page follows it.
    """
    offered = list_targets(found, chosen)

    def name(target: int) -> str:
        said = plain(quote(classes[target], LONGEST_NAME))
        return f"{said}, its answer" if target == offered[0] else said

    st.radio(
        "The maps show what speaks for",
        offered,
        key=key,
        horizontal=True,
        format_func=name,
        help="The most likely classes at the newest checkpoint, and the one in the sidebar.",
    )


def list_targets(found: UploadedImageHistory, chosen: int) -> list[int]:
    """Return the most likely classes, that which is predicted first, and another one, each once.

    Args:
        found: what the network makes of the image.
        chosen: the other one.
    """
    predictions = found.history.predictions
    newest = predictions[max(predictions)]
    likely = [newest.predicted, *(target for target, _ in newest.next_likely)]
    return list(dict.fromkeys((*likely, found.target, chosen)))
