"""What the report says of runs, read once for all who present it."""

from collections.abc import Sequence

from app.reads.caching import shared
from pipelines.report.chapters import Chapters, read_chapters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def story_of(store: Store, runs: Sequence[RunInfo]) -> Chapters:
    """Return what is told of runs, as they are now."""
    state = tuple((run.run_id, run.epoch, len(run.verdicts)) for run in runs)
    return _read_story(store, state)


@shared(ttl=60, max_entries=16)
def _read_story(store: Store, state: tuple[tuple[str, int, int], ...]) -> Chapters:
    return read_chapters(store, [run_id for run_id, *_ in state])
