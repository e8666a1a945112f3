"""MLflow's experiments: what ours are called, and how they are made and marked.

Runs may lie in any number of experiments, say one a project; images and evaluations have one each.
Ours carry a tag, so that in a store full of other people's experiments none of those is searched.
"""

import os
from collections.abc import Iterable
from contextlib import suppress

from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage
from mlflow.exceptions import MlflowException

from saliencnn.common.errors import UserError
from saliencnn.store.location import EVALUATIONS, IMAGE_SETS, RUNS

NAME = "MLFLOW_EXPERIMENT_NAME"
"""MLflow's own variable for the experiment that new runs go into."""
HOLDS = "saliencnn.holds"
"""The tag that says what an experiment's runs are: ``runs``, ``images`` or ``evaluations``."""
HOLDS_RUNS = "runs"
_CONTENTS = {IMAGE_SETS: "images", EVALUATIONS: "evaluations"}
_KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Without it, MLflow takes checkpoints for agents and opens its pages for those."""


def choose_experiment(given: str | None) -> str:
    """Return the name of the experiment that new runs go into.

    Args:
        given: by a person; by default the environment's ``MLFLOW_EXPERIMENT_NAME``, else ours.

    Raises:
        UserError: it is one that holds something else.
    """
    name = given or os.environ.get(NAME) or RUNS
    if name in _CONTENTS:
        raise UserError(
            f"The experiment {name} holds {_CONTENTS[name]}; choose another one for runs."
        )
    return name


def all_experiments(runs: str) -> tuple[str, ...]:
    """Return the names of the experiments that a store has, that of new runs first."""
    return tuple(dict.fromkeys((runs, RUNS, *_CONTENTS)))


def provide_experiment(client: MlflowClient, name: str, location: str | None = None) -> str:
    """Return an experiment's id; it is made and marked where it is not.

    Args:
        client: of the store.
        name: of the experiment.
        location: of its artifacts if it is made; by default the store's choice.
    """
    found = client.get_experiment_by_name(name)
    if found is None:
        # Another process may be quicker.
        with suppress(MlflowException):
            client.create_experiment(name, location, _tags_of(name))
        found = client.get_experiment_by_name(name)
    if found is None:
        return str(client.create_experiment(name, location))  # which says what is wrong
    _mark(client, found, name)
    return str(found.experiment_id)


def is_marked(name: str, keys: Iterable[str]) -> bool:
    """Whether an experiment with these tags has all that ours have."""
    return set(_tags_of(name)) <= set(keys)


def _mark(client: MlflowClient, experiment: Experiment, name: str) -> None:
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        return
    for key, value in _tags_of(name).items():
        if key not in experiment.tags:
            with suppress(MlflowException):  # who may only read, reads it unmarked
                client.set_experiment_tag(experiment.experiment_id, key, value)


def _tags_of(name: str) -> dict[str, str]:
    return {**_KIND, HOLDS: _CONTENTS.get(name, HOLDS_RUNS)}
