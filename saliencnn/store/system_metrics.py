"""How busy the machine of a run is, in MLflow's own names, for the tab of its pages."""

from importlib import import_module
from typing import Any

from mlflow.environment_variables import MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING

PREFIX = "system/"
_MONITORS = (
    ("cpu_monitor", "CPUMonitor"),
    ("disk_monitor", "DiskMonitor"),
    ("network_monitor", "NetworkMonitor"),
    ("gpu_monitor", "GPUMonitor"),
)


class SystemMonitor:
    """Reads MLflow's monitors; there are none unless MLflow's own variable asks for them.

    MLflow's thread ends for good at the first request that its store does not answer, so the
    heartbeat asks here instead, and sends the numbers with its own.
    """

    def __init__(self) -> None:
        wanted = _MONITORS if MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING.get() else ()
        self._monitors = [one for one in map(_make, wanted) if one is not None]

    def read(self) -> dict[str, float]:
        """Return the numbers of now, by MLflow's names."""
        found: dict[str, float] = {}
        for monitor in self._monitors:
            monitor.collect_metrics()
            found |= {f"{PREFIX}{k}": float(v) for k, v in monitor.aggregate_metrics().items()}
            monitor.clear_metrics()
        return found


def _make(place: tuple[str, str]) -> Any:
    """Return a monitor; None where the machine has no such part, or its package is missing."""
    module, name = place
    try:
        return getattr(import_module(f"mlflow.system_metrics.metrics.{module}"), name)()
    except (ImportError, RuntimeError):
        return None
