"""Progress on the terminal."""

from tqdm import tqdm

from pipelines.training.request import FinishedEpoch, OnEpoch
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
        numbers = finished.metrics
        focus = f", focus {numbers['focus']:.2f}" if "focus" in numbers else ""
        tqdm.write(
            f"{name} epoch {finished.epoch}/{finished.epochs}: "
            f"loss {numbers['train_loss']:.3f}, "
            f"validation accuracy {numbers['val_accuracy']:.1%}{focus}"
        )

    return report
