"""What a network says of an uploaded image, in the page's first line, and what checks say of it."""

from collections.abc import Container, Mapping, Sequence

from app.parts.findings import MARKS
from app.parts.grids import View
from app.parts.leads import draw_row, lead
from app.parts.upload import OWN
from app.parts.widgets import plain
from app.progression.reel import Film
from app.progression.side import explain_added
from app.reads.stored_advice import read_advice
from saliencnn.common.sentences import count, list_quoted, quote
from saliencnn.findings.finding import Severity
from saliencnn.findings.map_location import HALF_MAXIMUM
from saliencnn.findings.map_places import locate_maps
from saliencnn.findings.method_groups import describe_methods, name_passed
from saliencnn.findings.methods import MethodAdvice
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

SHORT, LISTED = 90, 12
"""Letters up to which the classes' names stand in the answer, and how many of them behind its help
mark, where they are more."""
OF_NO_CLASS = "the same for every class, so no evidence for this one"


def draw_answer(
    store: Store, run: RunInfo, film: Film, view: View, odd: Sequence[str] = ()
) -> None:
    """Say what it predicts, what that is worth, and then where it looks and what checks say.

    Args:
        store: where the run is.
        run: the run.
        film: the image's maps.
        view: which of them are shown.
        odd: why a prediction of the image may mean little, in sentences.
    """
    (reel,) = film.reels
    told = reel.predictions[film.chosen]
    who = "The network" if film.chosen == run.epoch else f"At epoch {film.chosen} the network"
    name = quote(film.classes[told.predicted])
    drawn = {
        view.name(method): reel.history.maps[method][film.chosen]
        for method in view.methods
        if METHODS[method].of_class and film.chosen in reel.history.maps.get(method, {})
    }
    places = locate_maps(tuple(drawn), [*drawn.values()], HALF_MAXIMUM)
    checked, judged = read_advice(store, run.run_id)
    passed = name_passed(_list_maps(view), judged)
    advice = _advise(checked, judged, view) if checked else ""
    known, named = _describe_classes(film.classes)
    answer = f"{who} says {name} ({told.confidence:.0%} confidence)"
    looks = places.summarize_methods()
    caution = f"{MARKS[Severity.WARNING]} {plain(' '.join(odd))}" if odd else ""
    lines = [
        _write(answer, "" if odd else looks),
        *([caution, _write("", looks)] if odd else []),
        _write(passed, advice),
        _write("", known),
    ]
    least = places.describe_least()
    detail = " ".join(f"{one}." for one in (least, named) if one)
    row = draw_row("  \n".join(filter(None, lines)), plain(detail))
    if not checked:
        asked = {"run": run.run_id, "class": film.classes[told.predicted], "images": OWN}
        lead(row, "trust", "Check its maps", asked)


def _write(answer: str, beside: str) -> str:
    """Return a line in Markdown: the answer in bold, and what is said beside it."""
    bold = f"**{plain(answer)}.**" if answer else ""
    said = plain(f"{beside.removesuffix('.')}.") if beside else ""
    return f"{bold} {said}".strip()


def _describe_classes(classes: tuple[str, ...]) -> tuple[str, str]:
    """Say that a network names one of its classes whatever an image shows, and which these are.

    They stand in the sentence where that is short, else in one of their own.
    """
    known, listed = count(len(classes), "class", "classes"), list_quoted(classes, LISTED)
    short = len(listed) <= SHORT
    names = f", {listed}" if short else ""
    said = f"It knows only its {known}{names}: an image of anything else gets one all the same"
    return said, "" if short else f"Its classes: {listed}"


def note_maps(store: Store, run: RunInfo, view: View, chosen: Container[str]) -> list[list[str]]:
    """Return of each map that is shown why it is and what the checks advise, a line each.

    Args:
        store: where the run is.
        run: the run.
        view: which maps are shown.
        chosen: the methods that a person chose; the others were added.
    """
    _, judged = read_advice(store, run.run_id)
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
        added = [] if method in chosen else [explain_added(view)]
        whatever = [] if METHODS[method].of_class else [OF_NO_CLASS]
        notes.append([*added, *whatever, *dict.fromkeys(lines)])
    return notes


def _advise(checked: int, judged: Mapping[str, MethodAdvice], view: View) -> str:
    """Say which of the methods that are shown the checks of an epoch advise to believe."""
    said = describe_methods(judged, _list_maps(view))
    return f"Checks of these methods at epoch {checked}: {said}" if said else ""


def _list_maps(view: View) -> list[tuple[str, ...]]:
    """Return of each map that is shown the methods that draw it."""
    return [view.drawn_as(method) for method in view.methods]
