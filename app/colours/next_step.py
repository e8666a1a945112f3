"""The one next step that follows from the answer, as a link to where it is made."""

from dataclasses import replace

from streamlit.delta_generator import DeltaGenerator

from app.colours.network import Network, count_images
from app.colours.selection import Selection
from app.parts.claims import write_claim
from app.parts.findings import suggest
from app.parts.leads import draw_row, lead
from app.parts.missed import link_to_missed
from app.parts.widgets import plain
from app.reads import stored_findings
from pipelines.comparison.rankings import WORST
from pipelines.comparison.subject_keys import kind_of
from saliencnn.common.sentences import quote
from saliencnn.findings.failure_follows import (
    RETRAIN,
    SEE_CLASSES,
    SEE_IMAGES,
    SEE_PAIR,
)
from saliencnn.findings.finding import Finding
from saliencnn.findings.usual_mistake import UsualMistake
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

Link = tuple[str, str, dict[str, str]]
"""Page, label and query."""


def draw_next_step(
    place: DeltaGenerator,
    store: Store,
    network: Network,
    selection: Selection,
    follows: Finding,
    usual: UsualMistake,
) -> None:
    """Draw what follows from the answer, and below it the link to its next step.

    Args:
        place: where.
        store: where the network is.
        network: whose images they are.
        selection: what the page shows.
        follows: of ``say_what_follows``.
        usual: the mistake that is made most.
    """
    with place:
        words = write_claim(follows.sentence, plain(follows.advice))
        draw_row(words, plain(follows.detail))
        # Beside the words the links would leave them half the width.
        row = draw_row("")
    links = [_lead_to_step(store, network, selection, follows.rule, usual)]
    if (
        selection.named
        and not selection.of_class
        and count_images(store, network, selection.epoch)["missed"][selection.target]
    ):
        # Wider images were asked because of a class, so what follows leads back to it.
        name = selection.classes[selection.target]
        links = [_lead_to_missed(store, network, selection, name), *links]
    for page, label, query in {one[1]: one for one in links}.values():
        lead(row, page, plain(label), query)
    suggest(row, follows)


def _lead_to_step(
    store: Store, network: Network, selection: Selection, step: str, usual: UsualMistake
) -> Link:
    """Return where the next step is seen or made; an evaluated network is not trained here."""
    run = {"run": network.run_id}
    if not isinstance(network, RunInfo):
        if step in (SEE_CLASSES, RETRAIN) and not selection.of_class:
            query = {"pin": network.run_id, "tab": "classes", "rank": WORST}
            if kind := kind_of(selection.subject.key):
                query["root"] = kind
            return "compare", "See the classes that are missed most", query
    elif step == RETRAIN:
        return "retrain", "See what to change in training", run
    elif step == SEE_CLASSES:
        return "overview", "See the classes that are confused", run
    elif step == SEE_PAIR:
        label = f"See {quote(usual.true)} taken for {quote(usual.predicted)}"
        pair = {"class": usual.predicted, "from": usual.true, "epoch": str(selection.epoch)}
        return "progression", label, {**run, **pair}
    return _lead_to_missed(store, network, selection, usual.true)


def _lead_to_missed(store: Store, network: Network, selection: Selection, name: str) -> Link:
    """Return where the missed images of a class are seen."""
    if isinstance(network, RunInfo):
        target = selection.classes.index(name)
        query = link_to_missed(store, network, selection.epoch, target)
        return "progression", f"See the missed images of {quote(name)}", query
    query = {"model": network.run_id, "kind": "images", "class": name, "tab": "maps"}
    return "compare", f"See each image of {quote(name)} with its map", query


def add_help(
    store: Store, network: Network, selection: Selection, follows: Finding, usual: UsualMistake
) -> Finding:
    """Return what follows with what a run's own pages advise on its class, or on a pair of them.

    A difference is seen to first.
    """
    if not isinstance(network, RunInfo) or selection.epoch != network.epoch:
        return follows
    found: Finding | None = None
    if selection.of_class and follows.rule in (SEE_PAIR, SEE_IMAGES):
        found = stored_findings.of_missed(store, network, selection.target)
    elif follows.rule == SEE_PAIR:
        predicted = selection.classes.index(usual.predicted)
        confused = stored_findings.of_confused(store, network, usual.true, predicted)
        found = next(iter(confused), None)
    if found is None:
        return follows
    return replace(follows, advice=found.advice, suggestion=found.suggestion, others=found.others)
