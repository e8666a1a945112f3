"""Maps of the classes that a training run says, which alone explain its mistakes."""

from dataclasses import replace

from app.attention.class_maps import read_said_focus
from app.colours.network import Network
from app.colours.selection import Selection
from app.reads import stored_findings, stored_runs
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.findings.failure_facts import FailureFacts
from saliencnn.findings.judge_looks import count_questions
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def add_said(
    store: Store,
    network: Network,
    selection: Selection,
    of_class: ClassMaps,
    facts: FailureFacts,
) -> FailureFacts:
    """Add the focus of a run's maps of what it says; evaluations know maps of true classes only."""
    if not isinstance(network, RunInfo):
        return facts
    rows = stored_runs.predictions(store, network.run_id, selection.epoch)
    return replace(
        facts,
        said=read_said_focus(store, network, selection.epoch, of_class, selection.method),
        questions=count_questions(rows["true"], rows["predicted"]),
        explained=stored_findings.cannot_clear(store, network),
    )
