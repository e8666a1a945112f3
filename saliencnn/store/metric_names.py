"""What stored metrics are called, also those that earlier versions logged under other names."""

from collections.abc import Mapping

RENAMED = {"noise": "total_variation", "counter_accuracy": "counterfactual_accuracy"}
"""Former name -> today's. A run that was resumed by a later version has both."""


def rename_metrics(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return metrics under today's names; of two of the same name, today's own counts."""
    former = {RENAMED[name]: value for name, value in metrics.items() if name in RENAMED}
    return former | {name: value for name, value in metrics.items() if name not in RENAMED}


def former_names(name: str) -> list[str]:
    """Return the names under which earlier versions logged a metric."""
    return [former for former, today in RENAMED.items() if today == name]
