"""The one next step that follows from the answer, as a link to where it is made."""

from streamlit.delta_generator import DeltaGenerator

from app.colours.network import Network
from app.colours.selection import Selection
from app.parts.claims import write_claim
from app.parts.findings import suggest
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from pipelines.comparison.rankings import WORST
from pipelines.comparison.subjects import kind_of
from saliencnn.common.sentences import quote
from saliencnn.findings.failure_follows import RETRAIN, SEE_CLASSES, SEE_PAIR
from saliencnn.findings.finding import Finding
from saliencnn.findings.usual_mistake import UsualMistake
from saliencnn.store.runs import RunInfo

Link = tuple[str, str, dict[str, str]]
"""Page, label and query."""


def draw_next_step(
    place: DeltaGenerator,
    network: Network,
    selection: Selection,
    follows: Finding,
    usual: UsualMistake,
    image: int,
) -> None:
    """Draw what follows from the answer, and below it the link to its next step.

    Args:
        place: where.
        network: whose images they are.
        selection: what the page shows.
        follows: of ``say_what_follows``.
        usual: the mistake that is made most.
        image: position of a missed image.
    """
    with place:
        words = write_claim(follows.sentence, plain(follows.advice))
        draw_row(words, plain(follows.detail))
        # Beside the words the links would leave them half the width.
        row = draw_row("")
    run_id, step = network.run_id, follows.rule
    if isinstance(network, RunInfo):
        page, label, query = _lead_in_run(run_id, step, usual, image)
    else:
        page, label, query = _lead_in_evaluation(run_id, selection, step, usual)
    lead(row, page, plain(label), query)
    suggest(row, follows)


def _lead_in_run(run_id: str, step: str, usual: UsualMistake, image: int) -> Link:
    """Return where a training run shows or makes the next step."""
    if step == RETRAIN:
        return "retrain", "See what to change in training", {"run": run_id}
    if step == SEE_CLASSES:
        return "overview", "See the classes that are confused", {"run": run_id}
    if step == SEE_PAIR:
        label = f"See {quote(usual.true)} taken for {quote(usual.predicted)}"
        query = {"run": run_id, "class": usual.predicted, "from": usual.true}
        return "progression", label, query
    query = {"run": run_id, "class": usual.true, "image": str(image)}
    return "progression", f"See the missed images of {quote(usual.true)}", query


def _lead_in_evaluation(run_id: str, selection: Selection, step: str, usual: UsualMistake) -> Link:
    """Return where an evaluated network, which cannot be trained anew here, shows it."""
    if step in (SEE_CLASSES, RETRAIN) and not selection.of_class:
        query = {"pin": run_id, "tab": "classes", "rank": WORST}
        if kind := kind_of(selection.subject.key):
            query["root"] = kind
        return "compare", "See the classes that are missed most", query
    query = {"model": run_id, "kind": "images", "class": usual.true, "tab": "maps"}
    return "compare", f"See each image of {quote(usual.true)} with its map", query
