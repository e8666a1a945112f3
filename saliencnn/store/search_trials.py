"""Which runs are trials of a search: what was killed is found again by whoever goes on."""

from saliencnn.store.connection import Store
from saliencnn.store.runs import OURS, note, run_experiments, search_runs

_TAG = "trial"


def note_trial(store: Store, run_id: str, trial: str) -> None:
    """Note which trial a run is: the id of the run that its search starts from, ``/``, a name."""
    note(store, run_id, **{_TAG: trial})


def find_trials(store: Store, start: str) -> dict[str, str]:
    """Return the trials of all searches from a run, the oldest first, and the run that each is.

    Args:
        store: where they are.
        start: id of the run.
    """
    filters = f"{OURS} and tags.`saliencnn.{_TAG}` LIKE '{start}/%'"
    runs = list(search_runs(store, list(run_experiments(store)), filters))
    return {run.data.tags[f"saliencnn.{_TAG}"]: str(run.info.run_id) for run in reversed(runs)}
