"""The numbers of runs, epoch by epoch."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from saliencnn.store.connection import Store
from saliencnn.store.metric_names import former_names


def read_history(store: Store, run_ids: Iterable[str], keys: Iterable[str]) -> pd.DataFrame:
    """Return metrics epoch by epoch: columns run_id, epoch, metric (today's name), value.

    Epochs that are not complete are left out; a metric that a run lacks has no rows.
    """
    wanted = tuple(dict.fromkeys(keys))
    # Today's name comes last, and with it the value that counts where a run has both.
    stored = {name: key for key in (*wanted, "epoch") for name in (*former_names(key), key)}
    pairs = [(run_id, name) for run_id in dict.fromkeys(run_ids) for name in stored]
    with ThreadPoolExecutor(8) as pool:
        histories = pool.map(lambda pair: store.client.get_metric_history(*pair), pairs)
    rows = [
        (run_id, metric.step, stored[name], metric.value)
        for (run_id, name), history in zip(pairs, histories, strict=True)
        # MLflow sorts by the clock, which a resumed run may have put right.
        for metric in sorted(history, key=lambda metric: metric.step)
    ]
    frame = pd.DataFrame(rows, columns=["run_id", "epoch", "metric", "value"])
    complete = frame[frame["metric"] == "epoch"].groupby("run_id")["epoch"].max()
    frame = frame[frame["epoch"] <= frame["run_id"].map(complete).fillna(0)]
    frame = frame[frame["metric"].isin(wanted)]
    return frame.drop_duplicates(["run_id", "epoch", "metric"], keep="last").reset_index(drop=True)
