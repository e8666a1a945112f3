"""The button that hands over one picture for a slide: an image, a map of each run, a sentence."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.parts.report import hinder
from app.parts.saving import announce_saving, file_name, note_asked
from app.reads.stored_story import story_of
from pipelines.report.picture import Pictured, choose_pictured, draw_picture
from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def offer_picture(
    store: Store, runs: Sequence[RunInfo], shown: Pictured | None = None, label: str = "Picture"
) -> None:
    """Offer runs as one PNG for a slide; it is drawn when a person asks for it.

    Args:
        store: where they are.
        runs: what the page shows; those without a complete epoch are left out.
        shown: the image and the maps; by default those with which the runs' report begins.
        label: of the button.
    """
    told = [run for run in runs if run.epoch]
    if not told:
        return
    hindrance = hinder(told)
    name = " and ".join(run.name for run in told)
    st.download_button(
        label,
        partial(make_picture, store, told, shown),
        f"{file_name(f'{name} look')}.png",
        "image/png",
        icon=":material/image:",
        key="picture",
        type="tertiary" if shown else "secondary",
        on_click=note_asked,
        args=("picture", name),
        disabled=bool(hindrance),
        help=hindrance
        or "One PNG for a slide: the same image with a map of each run, the numbers that matter "
        "and a sentence that says where each looks.",
    )
    announce_saving("picture", "picture", name)


def make_picture(store: Store, runs: Sequence[RunInfo], shown: Pictured | None) -> bytes:
    """Return runs as a PNG; see ``offer_picture``."""
    story = story_of(store, runs)
    shown = shown or choose_pictured(store, story)
    if shown is None:
        raise UserError("No class has an image to show.")
    return draw_picture(store, story, shown).png
