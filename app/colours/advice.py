"""What the checks advise on the maps that the page rests on, and a method to believe instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from app.colours.network import Network
from app.colours.selection import Selection
from app.colours.state import STATE
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.reads import stored_runs
from app.reads.stored_advice import read_advice, read_advice_at
from saliencnn.findings.method_groups import describe_advice, find_believed
from saliencnn.findings.methods import Advice, MethodAdvice
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


@dataclass(frozen=True)
class Checked:
    """What checks say of a network's maps.

    Attributes:
        run_id: the run that was checked; "" where none stands behind the network.
        epoch: that of the network.
        checked: the epoch that was checked; None where none was.
        judged: method -> what the checks say of it.
        method: the one that the page shows.
        better: one that the page offers and that passes, where the shown one does not; "" without.
    """

    run_id: str
    epoch: int
    checked: int | None
    judged: Mapping[str, MethodAdvice]
    method: str
    better: str

    @property
    def advice(self) -> Advice | None:
        """On the method that the page shows; None where nobody has checked it."""
        return self.judged[self.method].advice if self.method in self.judged else None


def read_checked(store: Store, network: Network, selection: Selection) -> Checked:
    """Return what checks say of a network's maps: of its own epoch, else of the newest checked."""
    method = selection.method
    run_id, epoch = _find_run(store, network, selection.epoch)
    checked, judged = read_advice(store, run_id) if run_id else (None, {})
    if own := read_advice_at(store, run_id, epoch) if run_id else {}:
        checked, judged = epoch, own
    fails = method in judged and judged[method].advice != Advice.BELIEVE
    better = find_believed(judged, selection.methods) if fails else ""
    return Checked(run_id, epoch, checked, judged, method, better)


def draw_advice(found: Checked, images: str) -> None:
    """Draw which images and whose maps the page shows, and what the checks say of the method.

    Args:
        found: what they say.
        images: in Markdown, a sentence or more about which images they are.
    """
    method, run_id, checked = found.method, found.run_id, found.checked
    then = (
        f" They were checked at epoch {checked}." if found.advice and checked != found.epoch else ""
    )
    maps = f"its {plain(METHODS[method].label)} maps"
    said = describe_advice(found.judged.get(method), maps)
    row = draw_row(f"{images} {said}{then}")
    if run_id:
        see = "See the checks" if checked is not None else "Check its maps"
        lead(row, "trust", see, {"run": run_id, "epoch": str(checked or found.epoch)})
    if better := found.better:
        row.button(
            f"Use {plain(METHODS[better].label)} instead",
            key="colours-believed",
            type="tertiary",
            icon=":material/check:",
            help="It passes every check that was made.",
            on_click=partial(STATE.update, method=better),
        )


def _find_run(store: Store, network: Network, epoch: int) -> tuple[str, int]:
    """Return the run whose checks tell of a network's maps, and its epoch; "" where none does."""
    if isinstance(network, RunInfo):
        return network.run_id, epoch
    known = {run.run_id for run in stored_runs.all_runs(store)}
    trained = network.trained_run
    return (trained, network.trained_epoch) if trained in known else ("", 0)
