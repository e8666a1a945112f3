"""What stands around the steps of a presentation: nothing of the page, and a bar with its keys."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from saliencnn.drawing.scripts import read_scripts

_ASSETS = Path(__file__).parents[1] / "assets"
BAR = "present-bar"
_bar = st.components.v2.component(
    "saliencnn_steps",
    css=(_ASSETS / "steps.css").read_text(),
    js=f"{read_scripts('elements')}\n{(_ASSETS / 'steps.js').read_text()}",
)


def clear_screen() -> None:
    """Leave nothing on the screen but what the page draws."""
    st.html(_ASSETS / "present.css")


def draw_bar(
    step: int, titles: Sequence[str], go: Callable[[int], None], close: Callable[[], None]
) -> None:
    """Draw the bar below a step; arrow keys go through the steps, Escape closes.

    Args:
        step: the one that is shown, from 1.
        titles: of all steps.
        go: takes the step over that a person goes to; a callback.
        close: notes that a person has closed the presentation; a callback.
    """
    _bar(
        key=BAR,
        data={"step": step, "titles": list(titles)},
        on_step_change=lambda: go(int(st.session_state[BAR]["step"])),
        on_close_change=close,
    )
