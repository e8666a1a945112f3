"""What a network says of an uploaded image, what that is worth, and where it looks in it."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.choices import ADVICE_MARKS
from app.parts.first_run import say_against
from app.parts.grids import View
from app.parts.map_checks import offer_map_check
from app.parts.widgets import plain
from app.progression.hidden_spot import ask_without, draw_without
from app.progression.main_map import MainMap, find_main_map
from app.progression.reel import Film
from app.reads import stored_images, stored_runs
from app.reads.stored_advice import read_advice_at
from app.reads.stored_class import findings_of_class
from saliencnn.common.sentences import quote
from saliencnn.findings.finding import Severity
from saliencnn.findings.glance import MEMORIZES, WEAK
from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.map_location import HALF_MAXIMUM
from saliencnn.findings.map_places import Spot, locate_maps
from saliencnn.findings.method_groups import describe_methods
from saliencnn.findings.own_answer import (
    UNRELATED,
    AnswerFacts,
    Judgement,
    judge_answer,
    read_record,
)
from saliencnn.findings.own_image import describe_map
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED

OF_NO_CLASS = "the same for every class, so no evidence for this one"


def draw_answer(
    store: Store, run: RunInfo, film: Film, view: View, target: int, digest: str, odd: Sequence[str]
) -> None:
    """Say what it predicts, what that is worth, where it looks and whether to believe that.

    Args:
        store: where the run is.
        run: the run.
        film: the image's maps.
        view: which of them are shown.
        target: the class that they explain.
        digest: tells the image from others.
        odd: why a prediction of the image may mean little, in sentences.
    """
    judged = read_advice_at(store, run.run_id, film.chosen)
    spot = find_main_map(film, view, judged)
    answer, where = st.container(), st.container()
    hidden = ask_without(store, run, film, spot, target, digest) if spot else None
    with answer:
        _draw_prediction(store, run, film, view, odd, hidden, target)
    if spot is None:
        return
    with where:
        advice = describe_methods(judged, _list_maps(view))
        with _draw_map(film, view, spot, hidden, target, advice):
            if spot.advised is None and not (hidden and hidden.effect in UNRELATED):
                offer_map_check(store, run, film.chosen, view.drawn_as(spot.method))


def _draw_prediction(
    store: Store,
    run: RunInfo,
    film: Film,
    view: View,
    odd: Sequence[str],
    hidden: HiddenRegion | None,
    target: int,
) -> None:
    """Say what the network predicts, and whether to rely on that."""
    told = film.reels[0].predictions[film.chosen]
    who = "The network" if film.chosen == run.epoch else f"At epoch {film.chosen} the network"
    answer = f"{who} says {quote(film.classes[told.predicted])} ({told.confidence:.0%} confidence)"
    rows = stored_runs.predictions(store, run.run_id, film.chosen)
    known = (rows["true"], rows["predicted"], rows["confidence"])
    record = read_record(*known, told.predicted, told.confidence)
    newest = film.chosen == run.epoch
    judged = judge_answer(
        AnswerFacts(
            told.confidence,
            record,
            convicted=find_conviction(run) if newest else "",
            hidden=hidden if target == told.predicted else None,
            doubts=[*odd, *(list_doubts(store, run, told.predicted, view) if newest else ())],
        )
    )
    st.markdown(f"**{plain(answer)}.**  \n{_write_judgement(judged)}")


def _write_judgement(judged: Judgement, more: Sequence[str] = ()) -> str:
    """Return in Markdown what to do, marked and in bold, why, and more sentences."""
    ends = ":" if judged.why and judged.why[0].islower() else "."
    told = [f"{one}." for one in (judged.why, *more) if one]
    return f"{ADVICE_MARKS[judged.advice]} **{plain(judged.claim)}{ends}** {plain(' '.join(told))}"


def find_conviction(run: RunInfo) -> str:
    """Return what tests convict a run of that nobody accepted, as a clause; "" for nothing."""
    return "" if run.standing == ACCEPTED else run.conviction or ""


def list_doubts(store: Store, run: RunInfo, said: int, view: View) -> list[str]:
    """Return in clauses what else speaks against a run whatever it says, and in images of a class.

    Args:
        store: where the run is.
        run: the run.
        said: the class.
        view: which maps are shown: focus is that of the first.
    """
    # Of single classes only the one that it says; how often it is right the answer's record tells.
    of_all = say_against(replace(run, beside="", conviction=""))
    name = quote(stored_images.image_index(store, run.images_id).classes[said])
    of_class = [
        f"in images of {name} {one.short[0].lower()}{one.short[1:]}"
        for one in findings_of_class(store, run, said, view.methods)
        if one.severity >= Severity.WARNING
    ]
    known = [f"the network {of_all}"] if of_all and of_all not in (MEMORIZES, WEAK) else []
    return [*known, *of_class]


def _draw_map(
    film: Film, view: View, spot: MainMap, hidden: HiddenRegion | None, target: int, detail: str
) -> DeltaGenerator:
    """Say where the network looks, with what all maps say of it behind a help mark."""
    classes, said = film.classes, film.reels[0].predictions[film.chosen].predicted
    judged = describe_map(
        spot.place, spot.label, spot.advised, hidden, classes[target], classes[said], classes
    )
    maps = film.reels[0].history.maps
    drawn = {
        view.name(method): maps[method][film.chosen]
        for method in view.methods
        if METHODS[method].of_class and film.chosen in maps.get(method, {})
    }
    places = locate_maps(tuple(drawn), [*drawn.values()], HALF_MAXIMUM)
    least = places.describe_least()
    detail = " ".join(filter(None, [least and f"{least}.", detail]))
    apart = "Another map shown lies elsewhere" if places.spot is Spot.DIFFERENT else ""
    place: DeltaGenerator = st.container()
    if hidden:
        tile, place = st.columns([1, 8], vertical_alignment="center")
        draw_without(tile, hidden)
    told = _write_judgement(judged, [apart] if apart else [])
    place.markdown(told, help=plain(detail) or None)
    return place


def note_maps(store: Store, run: RunInfo, view: View, epoch: int) -> list[list[str]]:
    """Return of each map that is shown what the checks advise on it, a line each.

    Args:
        store: where the run is.
        run: the run.
        view: which maps are shown.
        epoch: that they are of: what was checked at another one says nothing of them.
    """
    judged = read_advice_at(store, run.run_id, epoch)
    notes = []
    for method in view.methods:
        known = {
            METHODS[name].label: judged[name].advice
            for name in view.drawn_as(method)
            if name in judged
        }
        apart = len({*known.values()}) > 1
        lines = [
            f"{label}: {advice}" if apart else f"checks: {advice}"
            for label, advice in known.items()
        ]
        whatever = [] if METHODS[method].of_class else [OF_NO_CLASS]
        notes.append([*whatever, *dict.fromkeys(lines)])
    return notes


def _list_maps(view: View) -> list[tuple[str, ...]]:
    """Return of each map that is shown the methods that draw it."""
    return [view.drawn_as(method) for method in view.methods]
