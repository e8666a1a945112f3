"""Progress on the terminal."""

from tqdm import tqdm

from pipelines.training.request import FinishedEpoch, OnEpoch
from saliencnn.common.metrics import write_metrics
from saliencnn.common.progress import Progress


def progress_bar(name: str = "") -> Progress:
    """Return a progress callback that draws a bar, and a new one where the work begins anew."""
    bar: tqdm | None = None

    def report(fraction: float, words: str) -> None:
        nonlocal bar
        if bar is None:
            # What an earlier process did does not count as this one's speed.
            bar = tqdm(
                total=1.0,
                initial=fraction,
                leave=False,
                mininterval=0.3,
                disable=None,
                bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
            )
        bar.set_description_str(f"{name} {words}".strip()[:70], refresh=False)
        bar.update(fraction - bar.n)
        if fraction >= 1:
            bar.close()
            bar = None

    return report


def epoch_line(name: str) -> OnEpoch:
    """Return a callback that prints a line of a finished epoch's numbers above the bar."""

    def report(finished: FinishedEpoch) -> None:
        written = write_metrics(finished.metrics, ("train_loss", "val_accuracy", "focus"))
        tqdm.write(f"{name} epoch {finished.epoch}/{finished.epochs}: {written}")

    return report
