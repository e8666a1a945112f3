"""What interventions on stored networks found, and how they changed single images."""

import numpy as np

from app.reads import stored_evaluations
from app.reads.caching import cached
from pipelines.computing.asking import compute
from pipelines.trust import interventions
from pipelines.trust.corruptions import read_curves
from pipelines.trust.interventions import Intervened
from saliencnn.checks.interventions.corruptions import CurvePoint
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


@cached(ttl=20, max_entries=64)
def found(store: Store, run_id: str, epoch: int) -> Intervened | None:
    """Return what interventions on an epoch's network found, at most 20 seconds old."""
    return interventions.read_interventions(store, run_id, epoch)


@cached(ttl=20, max_entries=64)
def curves(store: Store, run_id: str, epoch: int) -> list[CurvePoint]:
    """Return a network's robustness curves, as ``read_curves``, at most 20 seconds old."""
    return read_curves(store, run_id, epoch)


def forget() -> None:
    """Look for new results at the next read."""
    found.clear()
    curves.clear()
    stored_evaluations.all_evaluations.clear()  # which say whether there are any


@cached(max_entries=64, show_spinner="Changing images…")
def examples(
    store: Store, run_id: str, epoch: int, name: str, places: tuple[int, ...], _run: RunInfo
) -> np.ndarray | None:
    """Return images as an intervention changed them, uint8 (M, H, W, 3); None without a result."""
    known = found(store, run_id, epoch)
    if known is None:
        return None
    return compute(interventions.change_examples, store, _run, known, name, np.array(places))
