"""The chapter of a report that a person has made: a kept walkthrough, view by view."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from pipelines.report.cases import pack_image
from pipelines.report.chapters import MAX_RUNS, Chapters
from pipelines.report.document import Packed
from pipelines.report.story import label_once
from saliencnn.common.progress import Progress, silent
from saliencnn.common.shown import one_line
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import FIRST_METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import list_runs
from saliencnn.store.walkthroughs import Pin, Walkthrough


def told_runs(store: Store, walkthrough: Walkthrough) -> list[str]:
    """Return the runs that a report of a walkthrough tells of.

    The run that it is kept with, and others that its views show, on the same images.
    """
    known = {run.run_id: run for run in list_runs(store) if run.epoch}
    named = [
        run_id
        for pin in walkthrough.pins
        for name in ("run", "beside")
        for run_id in pin.query.get(name, ())
    ]
    own = known.get(walkthrough.run_id)
    wanted = dict.fromkeys([walkthrough.run_id, *named])
    shared = [
        one
        for one in wanted
        if one in known and (own is None or known[one].images_id == own.images_id)
    ]
    return (shared or [walkthrough.run_id])[:MAX_RUNS]


def pack_walkthrough(
    store: Store, chapters: Chapters, walkthrough: Walkthrough, report: Progress = silent
) -> Packed:
    """Return a walkthrough as the report's page takes it."""
    return {
        "name": one_line(walkthrough.name),
        "person": one_line(walkthrough.person),
        "time": _time(walkthrough.time),
        "pins": [_pack_pin(store, chapters, pin, report) for pin in walkthrough.pins],
    }


def _pack_pin(store: Store, chapters: Chapters, pin: Pin, report: Progress) -> Packed:
    return {
        "title": one_line(pin.title),
        "sentence": one_line(pin.sentence),
        "person": one_line(pin.person),
        "time": _time(pin.time),
        "where": _describe_place(pin),
        "view": _pack_view(store, chapters, pin, report) if pin.page == "progression" else None,
    }


def _pack_view(
    store: Store, chapters: Chapters, pin: Pin, report: Progress
) -> dict[str, Any] | None:
    """Return the maps of a pinned image, if the report's runs have them."""
    shown = [*pin.query.get("run", ())[:1], *pin.query.get("beside", ())[:1]]
    told = [one for one in chapters.runs if one.run.run_id in shown]
    classes = chapters.index.classes
    target = next(
        (classes.index(name) for name in pin.query.get("class", ()) if name in classes), 0
    )
    number = _first_number(pin.query.get("image", ()), len(chapters.index))
    if not told or shown[0] != told[0].run.run_id or number is None:
        return None
    image = pack_image(store, chapters, told, target, number, report)
    if image is None:
        return None
    epoch = _first_number(pin.query.get("epoch", ()), chapters.epochs + 1) or told[0].run.epoch
    for column, chapter in zip(image["columns"], told, strict=True):
        column["name"] = one_line(chapter.name)
    methods = [name for name in pin.query.get("method", ()) if name in METHODS]
    return {
        "image": image,
        "epoch": epoch,
        "methods": label_once(
            methods or FIRST_METHODS,
            told,
            Counter(name for column in image["columns"] for name in column["methods"]),
        ),
        "look": {
            "opacity": _fraction(pin.query.get("opacity", ()), 0.6),
            "threshold": _fraction(pin.query.get("threshold", ()), 0.0),
            "contours": True,
        },
        "jointly": list(pin.query.get("scale", ())) == ["joint"],
    }


def _describe_place(pin: Pin) -> str:
    """Say where a view can be seen: its page, and its address within the dashboard."""
    query = urlencode({name: list(values) for name, values in pin.query.items()}, doseq=True)
    return f"{pin.page.capitalize()}: {pin.page}?{query}"


def _time(text: str) -> str:
    return f"{text[:10]} {text[11:16]} UTC"


def _first_number(texts: Sequence[str], limit: int) -> int | None:
    """Return the first text as a whole number below a limit; None where it is none."""
    text = next(iter(texts), "")
    fits = text.isascii() and text.isdigit() and len(text) < 12
    return int(text) if fits and int(text) < limit else None


def _fraction(texts: Sequence[str], default: float) -> float:
    try:
        value = float(next(iter(texts), ""))
    except ValueError:
        return default
    return value if 0 <= value <= 1 else default
