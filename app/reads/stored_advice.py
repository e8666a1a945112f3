"""What the newest checks of a run advise on each method's maps."""

from collections.abc import Mapping

from app.reads import stored_runs
from pipelines.trust.results import newest_epoch, results_of, trust_table
from saliencnn.findings.methods import MethodAdvice, judge_methods
from saliencnn.store.connection import Store


def read_advice(store: Store, run_id: str) -> tuple[int | None, Mapping[str, MethodAdvice]]:
    """Return the newest epoch that was checked, if any was, and the advice on each method then."""
    checked = newest_epoch(stored_runs.audits(store, run_id))
    if checked is None:
        return None, {}
    return checked, read_advice_at(store, run_id, checked)


def read_advice_at(store: Store, run_id: str, epoch: int) -> Mapping[str, MethodAdvice]:
    """Return the advice on each method that was checked at an epoch."""
    return judge_methods(results_of(trust_table(stored_runs.audits(store, run_id), epoch)))
