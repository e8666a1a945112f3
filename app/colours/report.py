"""The report of what the Colours page shows."""

import numpy as np
import pandas as pd

from app.colours.groups import FIRST_ROWS, GROUPS, make_row
from app.colours.measured import Measured
from app.colours.network import Network
from app.colours.selection import Selection
from app.colours.separation import (
    compare_colours,
    describe_test,
    find_problem,
    highlights_any,
    mean_histograms,
    separation_table,
)
from app.parts.report import offer_file
from app.reads import stored_images
from pipelines.comparison.class_maps import ClassMaps
from pipelines.report.colours import SeenColours, SeenImage, render_colours
from saliencnn.findings.failure_facts import compare_numbers
from saliencnn.findings.finding import Finding
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def offer_colours(
    store: Store,
    network: Network,
    class_maps: ClassMaps,
    measured: Measured,
    selection: Selection,
    space: str,
    findings: tuple[Finding, ...],
) -> None:
    """Offer a report of what the page shows of a class.

    Args:
        store: where the images are.
        network: whose maps they are.
        class_maps: the images of the class with their maps.
        measured: what was measured of them.
        selection: what the page shows.
        space: colour space of the histograms.
        findings: what stands out.
    """
    bins = measured.drawn.whole.shape[2]
    test = compare_colours(measured, class_maps.correct)

    def make() -> str:
        seen = _gather(store, network, class_maps, measured, selection, space, findings, test)
        return render_colours(seen)

    what = (
        network.run_id,
        selection.subject.key,
        selection.method,
        selection.threshold,
        space,
        bins,
    )
    name = network.name if isinstance(network, RunInfo) else network.model
    name = f"{name} colours {selection.subject.key}"
    offer_file(
        name, what, make, "maps, the colours of what they highlight, and how mistakes differ"
    )


def _gather(
    store: Store,
    network: Network,
    class_maps: ClassMaps,
    measured: Measured,
    selection: Selection,
    space: str,
    findings: tuple[Finding, ...],
    test: float,
) -> SeenColours:
    correct = class_maps.correct
    places = [int(n) for kind in GROUPS for n in np.flatnonzero(correct == kind)[:FIRST_ROWS]]
    known = highlights_any(measured)
    comparable = not find_problem(correct, known)
    enough = bool(np.isfinite(test))
    trained = isinstance(network, RunInfo)
    kind = f"run {network.run_id}, epoch {selection.epoch}" if trained else network.run_id
    name = network.name if isinstance(network, RunInfo) else network.model
    return SeenColours(
        network=name,
        source=f"Measured on {network.image_set}: {'' if trained else 'evaluation '}{kind}.",
        class_name=selection.subject.key,
        method=selection.method,
        settings={
            "network": name,
            "class": selection.subject.key,
            "method": METHODS[selection.method].label,
            "highlighted from": f"{selection.threshold:g} of the map's maximum",
            "colour space": space,
            "bins": str(measured.drawn.whole.shape[2]),
        },
        taken=selection.subject.describe_taken(int((~correct).sum()), int(correct.sum())),
        images=[
            SeenImage(
                stored_images.image(store, class_maps.images_id, int(class_maps.images[place])),
                class_maps.maps[place],
                selection.classes[int(class_maps.predicted[place])],
                float(class_maps.confidence[place]),
                bool(correct[place]),
                make_row(store, class_maps, measured, selection, place, space),
            )
            for place in places
        ],
        findings=findings,
        space=space,
        means=mean_histograms(measured, correct) if comparable else {},
        test=describe_test(test, selection.of_class).replace("**", "") if enough else "",
        table=separation_table(compare_numbers(measured.numbers, correct))
        if enough
        else pd.DataFrame(),
    )
