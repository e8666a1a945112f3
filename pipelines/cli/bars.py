"""Progress bars on the terminal."""

from tqdm import tqdm


def progress_bar(name: str):  # type: ignore[no-untyped-def]
    """Return a progress reporter that draws one bar an epoch."""
    bar: tqdm | None = None

    def report(progress) -> None:  # type: ignore[no-untyped-def]
        nonlocal bar
        if bar is None or bar.n > progress.done or bar.total != progress.total:
            if bar is not None:
                bar.close()
            bar = tqdm(total=progress.total, unit="img", leave=False, mininterval=0.3, disable=None)
        bar.set_description(f"{name} epoch {progress.epoch}/{progress.epochs} {progress.phase}")
        bar.update(progress.done - bar.n)
        if progress.phase == "complete":
            bar.close()
            numbers = progress.metrics
            focus = f", focus {numbers['focus']:.2f}" if "focus" in numbers else ""
            tqdm.write(
                f"{name} epoch {progress.epoch}/{progress.epochs}: "
                f"loss {numbers['train_loss']:.3f}, "
                f"validation accuracy {numbers['val_accuracy']:.1%}{focus}"
            )
            bar = None

    return report


def check_bar(name: str):  # type: ignore[no-untyped-def]
    """Return a progress reporter that draws one bar for all checks of a run."""
    bar: tqdm | None = None

    def report(share: float, words: str) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=100, unit="%", leave=False, mininterval=0.3, disable=None)
        bar.set_description(f"{name}: {words}"[:70], refresh=False)
        bar.update(round(100 * share) - bar.n)
        if share >= 1:
            bar.close()

    return report


def evaluation_bar():  # type: ignore[no-untyped-def]
    """Return a progress reporter that draws one bar for all networks of an evaluation."""
    bar: tqdm | None = None

    def report(done: int, total: int, words: str) -> None:
        nonlocal bar
        if bar is None:
            # What an earlier process did does not count as this one's speed.
            bar = tqdm(total=total, initial=done, unit="img", leave=False, disable=None)
        bar.set_description(words[:40], refresh=False)
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return report
