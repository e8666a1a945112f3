"""What stands out in what is stored, found once."""

from app.reads import stored_interventions, stored_runs
from app.reads.caching import cached
from pipelines.review import findings
from saliencnn.findings.finding import Finding
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from saliencnn.trust.audit_record import Audit


def of_run(store: Store, run: RunInfo) -> tuple[Finding, ...]:
    """Return what stands out in a run after its last complete epoch."""
    audits = stored_runs.audits(store, run.run_id)
    found = stored_interventions.found(store, run.run_id, run.epoch)
    known = len(audits), 0 if found is None else len(found.images)
    return _of_run(store, run.run_id, run.epoch, known, run, audits)


@cached(max_entries=128, show_spinner="Looking for what stands out…")
def _of_run(
    store: Store,
    run_id: str,
    epoch: int,
    known: tuple[int, int],
    _run: RunInfo,
    _audits: list[Audit],
) -> tuple[Finding, ...]:
    return findings.findings_of_run(store, _run, _audits)


def of_comparison(store: Store, infos: tuple[EvaluationInfo, ...]) -> tuple[Finding, ...]:
    """Return what stands out among evaluations of the same images, the most accurate first."""
    return _of_comparison(store, tuple(info.run_id for info in infos), infos)


@cached(max_entries=32, show_spinner="Looking for what stands out…")
def _of_comparison(
    store: Store, run_ids: tuple[str, ...], _infos: tuple[EvaluationInfo, ...]
) -> tuple[Finding, ...]:
    return findings.findings_of_comparison(store, _infos)
