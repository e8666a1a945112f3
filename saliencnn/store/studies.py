"""The MLflow run that a study's runs are nested under."""

import json

from saliencnn.store.connection import Store

STUDY_TAG = "saliencnn.study"
"""Marks a study's own run, which trains nothing and is in no list of training runs."""


def study_run(store: Store, name: str, experiment: str = "") -> str:
    """Return the id of a study's run, creating it where it is new.

    Args:
        store: where.
        name: of the study. Two processes must not ask for the same new one at once.
        experiment: id of the one that it lies in; by default that of new runs.
    """
    wanted = f"tags.`{STUDY_TAG}` = {json.dumps(name)}"
    place = experiment or store.runs
    found = store.client.search_runs([place], filter_string=wanted, max_results=1)
    if found:
        return str(found[0].info.run_id)
    run = store.client.create_run(place, run_name=f"study {name}", tags={STUDY_TAG: name})
    # It has no work of its own, so it must not look as if it were running.
    store.client.set_terminated(run.info.run_id, "FINISHED")
    return str(run.info.run_id)
