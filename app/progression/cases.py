"""The examples of a class on the Progression page: correct, false positive and missed images."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.grids import View, draw_once
from app.parts.missed import lead_to_colours
from app.parts.missing_maps import offer_missing
from app.parts.picture import offer_picture
from app.parts.saving import offer_figure
from app.parts.sheets import name_image
from app.parts.verdicts import draw_verdicts, follow_verdict
from app.parts.widgets import plain
from app.progression.choosing import choose_case
from app.progression.context import CaseContext
from app.progression.epoch import choose_epoch, follow_epoch
from app.progression.film import draw_figure, draw_film, with_maps
from app.progression.legend import draw_legend
from app.progression.reel import Film, Reel
from app.progression.side import Side
from app.progression.tracks import draw_tracks
from app.reads import stored_images, stored_runs
from saliencnn.common.sentences import count, join_words
from saliencnn.findings.focus_words import Place
from saliencnn.maps.examples import Case
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.map_sample import describe_sample
from saliencnn.store.networks import describe_missing
from saliencnn.store.retention import name_keep
from saliencnn.store.runs import RunInfo

MAX_NAMED = 3
"""Methods that are named of those that training did not log."""


def draw_cases(
    store: Store,
    run: RunInfo,
    beside: RunInfo | None,
    target: int,
    view: View,
    row: DeltaGenerator,
) -> None:
    """Draw the choice of an example, in a row, its maps over the epochs, and the verdicts."""
    chosen, view = view.methods, draw_once(view, [run, beside] if beside else [run])
    shown = CaseContext(store, run, beside, target, view, follow_epoch(run))
    line = st.container(horizontal=True, vertical_alignment="center")
    if case := choose_case(shown, row, line):
        lead_to_colours(row, store, run, shown.epoch, target, chosen)
        with line:
            offer_picture(store, shown.runs, shown.picture(case.image), "Picture for a slide")
        film = draw_case(shown, case)
        draw_legend(view, run.score, len(shown.runs))
        drawn = with_maps(view, film.reels)
        offer_figure(partial(draw_figure, film, drawn), film.title, "film-figure")
        draw_tracks(film.reels, view, shown.epoch, "track")
        draw_verdicts(store, run, shown.epoch, case.image)
        follow_verdict()


def draw_case(shown: CaseContext, case: Case, fits: bool = False) -> Film:
    """Draw an example's maps over the epochs, on one screen if they must, and return them."""
    store, run, view, index = shown.store, shown.run, shown.view, shown.index
    reels = shown.read_reels(case.image)
    film = Film(
        title=name_image(store, run, case.image, shown.target, beside=shown.beside),
        image=stored_images.image(store, run.images_id, case.image),
        image_name=index.names[case.image],
        outline=stored_images.region(store, run.images_id, case.image, "object"),
        reels=reels,
        classes=index.classes,
        true=case.true,
        chosen=shown.epoch,
        place=Place(index.box_area),
        target=shown.target,
    )
    side = Side() if len(reels) > 1 else None
    drawn = with_maps(view, film.reels)
    draw_film(film, drawn, "film", lambda epoch: choose_epoch(run, epoch), fits, side)
    for one, reel in zip(shown.runs, reels, strict=True):
        _offer_missing(shown, one, reel, case)
    return film


def _offer_missing(shown: CaseContext, run: RunInfo, reel: Reel, case: Case) -> None:
    """Offer to compute the maps that training did not log; what is computed is stored."""
    store = shown.store
    kept = stored_runs.kept_checkpoints(store, run.run_id, run.epoch)
    missing = reel.history.missing(shown.methods_of(run), run.epochs)
    gone = [str(epoch) for epoch in missing if epoch not in kept]
    missing = {epoch: methods for epoch, methods in missing.items() if epoch in kept}
    whose = f" of {reel.name}" if reel.name else ""
    if gone:
        st.caption(
            f"Some maps{plain(whose)} were not logged at epochs {', '.join(gone)}, and no "
            f"checkpoint was kept there{name_keep(run)} to compute them from."
        )
    if not missing:
        return
    methods = dict.fromkeys(method for lacks in missing.values() for method in lacks)
    by = join_words([METHODS[method].label for method in methods], MAX_NAMED)
    which = f"{whose} of this image by {by}"
    told = count(sum(map(len, missing.values())), f"map{which} was", f"maps{which} were")
    told = (
        f"{told} not logged: training logs the true and the predicted "
        f"class{describe_sample(run)}, and few methods."
    )
    if lacking := describe_missing(run):
        st.caption(plain(f"{told} {lacking}"))
        return
    told = f"{told} This computes them from the checkpoints."
    offer_missing(store, run, case.image, shown.target, missing, told)
