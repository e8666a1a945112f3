"""What the checks advise on the maps that the page rests on, and a method to believe instead."""

from functools import partial

from app.colours.network import Network
from app.colours.selection import Selection
from app.colours.state import STATE
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.reads import stored_runs
from app.reads.stored_advice import read_advice, read_advice_at
from saliencnn.findings.method_groups import describe_advice, find_believed
from saliencnn.findings.methods import Advice
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def draw_advice(store: Store, network: Network, selection: Selection, images: str) -> None:
    """Draw which images and whose maps the page shows, and what the checks say of the method.

    Args:
        store: where the network is.
        network: a training run or an evaluation.
        selection: what the page shows.
        images: in Markdown, a sentence or more about which images they are.
    """
    method = selection.method
    run_id, epoch = _find_run(store, network, selection.epoch)
    checked, judged = read_advice(store, run_id) if run_id else (None, {})
    if own := read_advice_at(store, run_id, epoch) if run_id else {}:
        checked, judged = epoch, own
    then = f" (checked at epoch {checked})" if method in judged and checked != epoch else ""
    said = describe_advice(judged.get(method))
    label = plain(METHODS[method].label)
    row = draw_row(f"{images} The maps explain the true class, by {label}, {said}{then}.")
    if run_id:
        see = "See the checks" if checked is not None else "Check its maps"
        lead(row, "trust", see, {"run": run_id, "epoch": str(checked or epoch)})
    better = find_believed(judged, selection.methods)
    if better and method in judged and judged[method].advice != Advice.BELIEVE:
        row.button(
            f"Use {plain(METHODS[better].label)} instead",
            key="colours-believed",
            type="tertiary",
            icon=":material/check:",
            help="It passes every check that could be judged.",
            on_click=partial(STATE.update, method=better),
        )


def _find_run(store: Store, network: Network, epoch: int) -> tuple[str, int]:
    """Return the run whose checks tell of a network's maps, and its epoch; "" where none does."""
    if isinstance(network, RunInfo):
        return network.run_id, epoch
    known = {run.run_id for run in stored_runs.all_runs(store)}
    trained = network.trained_run
    return (trained, network.trained_epoch) if trained in known else ("", 0)
