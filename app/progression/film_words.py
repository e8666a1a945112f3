"""What a film says of an image at an epoch: what each run predicts, and where it looks."""

from collections.abc import Sequence

import numpy as np

from app.progression.reel import Film, Reel
from saliencnn.common.sentences import join_words, quote
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.findings.map_location import describe_location
from saliencnn.findings.methods import choose_method
from saliencnn.saliency import METHODS

LEAST_LIKELY = 0.01
"""Probability of a class that is told beside the predicted one."""


def describe_epoch(
    film: Film, reel: Reel, epoch: int, methods: Sequence[str], longest: int = LONGEST_NAME
) -> str:
    """Say what a run predicts for the image at an epoch, and where it looks.

    Args:
        film: of the image.
        reel: of the run.
        epoch: which.
        methods: that are drawn; it is told by the one that all sentences are told from, else by
            the first that has a map, and of a missed image of the class that the run says.
        longest: characters of the run's name.
    """
    who = one_line(reel.name, longest) or "the network"
    at = reel.shown_at(epoch)
    if at is None:
        return f"{who} has no epoch {epoch}."
    prediction = reel.predictions.get(at)
    if prediction is None:
        return f"What {who} predicts at epoch {at} is not known."
    last = "" if at == epoch else ", its last,"
    name = quote(film.classes[prediction.predicted])
    said = f"At epoch {at}{last} {who} predicts {name} ({prediction.confidence:.0%} confidence)"
    if others := [
        f"{quote(film.classes[k])} ({p:.0%})"
        for k, p in prediction.next_likely
        if p >= LEAST_LIKELY
    ]:
        said += f", then {join_words(others)}"
    looks = "" if len(film.reels) > 1 else _describe_place(film, reel, at, methods)
    if film.true is None:
        return f"{said}.{looks}"
    if prediction.predicted == film.true:
        return f"{said}, which is correct.{looks}"
    return f"{said}, but it is {quote(film.classes[film.true])}.{looks}"


def _describe_place(film: Film, reel: Reel, epoch: int, methods: Sequence[str]) -> str:
    """Say how much of a map lies where it should or, where that is not known, where it lies.

    Of a missed image of what it says, too, behind the map that is drawn.
    """
    of = _name_target(film, reel, epoch)
    told_from = choose_method(methods, methods)
    methods = sorted(methods, key=lambda method: method != told_from)
    said = _describe_said(film, reel, epoch, methods)
    where = film.place.words["inside"]
    for method in methods:
        focus = reel.history.focus.get(method, {}).get(epoch, np.nan)
        if np.isfinite(focus):
            also = said and f", {said.replace(_whose(method), 'that', 1)}"
            return f" {focus:.0%} of {_whose(method)}{of} lies {where}{also}."
    if said:
        return f" {said} lies {where}."
    for method in methods:
        if (drawn := reel.history.maps.get(method, {}).get(epoch)) is not None:
            return f" Its {METHODS[method].label} map{of} {describe_location(drawn)}."
    return ""


def _describe_said(film: Film, reel: Reel, epoch: int, methods: Sequence[str]) -> str:
    """Say how much of the map of what a wrong network says lies there; "" if unknown."""
    method = choose_method(methods, reel.said.focus.keys())
    focus = reel.said.focus.get(method, {}).get(epoch, np.nan)
    prediction = reel.predictions.get(epoch)
    if prediction is None or not np.isfinite(focus):
        return ""
    of = quote(film.classes[prediction.predicted], LONGEST_NAME)
    return f"{focus:.0%} of {_whose(method)} of {of} (what it says)"


def _whose(method: str) -> str:
    return f"its {METHODS[method].label} map"


def _name_target(film: Film, reel: Reel, epoch: int) -> str:
    """Name the class whose map it is, and where the network is wrong which of both that is."""
    if film.target is None:
        return ""
    prediction = reel.predictions.get(epoch)
    said = prediction.predicted if prediction else film.true
    which = {film.true: " (the true class, drawn here)", said: " (what it says, drawn here)"}
    told = which.get(film.target, "") if said != film.true else ""
    return f" of {quote(film.classes[film.target], LONGEST_NAME)}{told}"
