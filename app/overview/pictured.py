"""Of which class and image the cards of runs show a map."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from app.reads import stored_findings, stored_images
from saliencnn.findings.finding import Finding
from saliencnn.measures.typical import find_typical
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def choose_pictured(
    store: Store, runs: Sequence[RunInfo], found: Mapping[str, Sequence[Finding]]
) -> dict[str, tuple[str, int | None]]:
    """Return the class and the image of each run's picture: one for all runs on the same images.

    Of several it is typical of all images, for it stands beside which of them to take; of one, or
    where no place of an object is known, of the class that the gravest finding names. The first
    run recognizes it, if it can.
    """
    pictured: dict[str, tuple[str, int | None]] = {}
    for images_id in dict.fromkeys(run.images_id for run in runs):
        own = [run for run in runs if run.images_id == images_id]
        trained = [run for run in own if run.epoch]
        image = _choose_image(store, trained, "") if len(trained) > 1 else None
        if image is None:
            grave = sorted(own, key=lambda run: -_find_gravest(found[run.run_id]))
            named = (_name_class(store, run, found[run.run_id]) for run in grave)
            name = next(filter(None, named), "")
            image = _choose_image(store, trained, name) if name else None
        else:
            index = stored_images.image_index(store, images_id)
            name = index.classes[index.labels[image]]
        pictured |= {run.run_id: (name, image) for run in own}
    return pictured


def _find_gravest(found: Sequence[Finding]) -> int:
    return max((one.severity for one in found), default=-1)


def _name_class(store: Store, run: RunInfo, findings: Iterable[Finding]) -> str:
    """Return the class whose map shows best what matters most about a run.

    Args:
        store: where the run is.
        run: the run.
        findings: about it, what matters most first; the first that shows a class's maps counts,
            those before others that its numbers alone tell: a check must not change the class.

    Returns:
        Its name, "" where no finding shows one.
    """
    known = stored_findings.by_numbers(store, run.run_id, run.epoch, run) if run.epoch else ()
    shown = (
        one.evidence.query for one in (*known, *findings) if one.evidence.page == "progression"
    )
    name = next((str(query["class"]) for query in shown if "class" in query), "")
    if not name:
        return ""
    return name if name in stored_images.image_index(store, run.images_id).classes else ""


def _choose_image(store: Store, runs: Sequence[RunInfo], name: str) -> int | None:
    """Return a typical image: where each run looks in it is as on average.

    Args:
        store: where the runs are.
        runs: with an epoch, on the same images; the first recognizes the image if it does any.
        name: of the class that it is of, "" for any.

    Returns:
        Its number; None where nobody knows where the class's objects lie, or the maps.
    """
    if not runs:
        return None
    index = stored_images.image_index(store, runs[0].images_id)
    of_class = (
        index.labels == index.classes.index(name) if name else np.ones(len(index.labels), bool)
    )
    known = [stored_findings.focus_of(store, run) for run in runs]
    focus = [np.where(of_class, one, np.nan) for one, _ in known]
    right = of_class & known[0][1]
    return find_typical(focus, right if right.any() else of_class)
