"""What the command line sets for its whole process, and importing our packages does not."""

import os
import warnings

from saliencnn.common.logs import hide_secrets_in_logs
from saliencnn.common.tuning import tune_process

STORE = {
    # A server that is away must be reported in seconds; MLflow's default waits for minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""MLflow's settings, unless the environment has others."""


def prepare_process() -> None:
    """Set what MLflow, Optuna, torch, glibc and logs need, before torch is loaded."""
    for name, value in STORE.items():
        os.environ.setdefault(name, value)
    hide_secrets_in_logs()
    # Optuna has called heartbeats experimental since 2.9; our tests cover what we use of them.
    warnings.filterwarnings("ignore", message=".*The interface can change in the future")
    tune_process()
