"""What the report says of runs, read once for all who present it."""

from collections.abc import Hashable, Sequence

from app.reads import stored_images
from app.reads.caching import shared
from app.reads.stored_findings import known_of
from pipelines.report.chapters import Chapters, read_chapters
from pipelines.review.pair import gather_pair
from saliencnn.findings.finding import Finding
from saliencnn.findings.of_pair import PairFacts, find_in_pair
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def story_of(store: Store, runs: Sequence[RunInfo]) -> Chapters:
    """Return what is told of runs, as they are now."""
    state = tuple(
        (run.name, run.status, run.epoch, len(run.verdicts), known_of(store, run)) for run in runs
    )
    return _read_story(store, tuple(run.run_id for run in runs), state)


def between_runs(
    store: Store, run: RunInfo, beside: RunInfo | None, target: int
) -> tuple[Finding, ...]:
    """Return what stands out in a class between a run and the one beside it, if one is."""
    if beside is None:
        return ()
    pair = _read_pair(store, (run.run_id, beside.run_id), (run.epoch, beside.epoch), (run, beside))
    return () if pair is None else find_in_pair(pair.of_class(target))


@shared(max_entries=16)
def _read_pair(
    store: Store, run_ids: tuple[str, str], epochs: tuple[int, int], _runs: tuple[RunInfo, RunInfo]
) -> PairFacts | None:
    index = stored_images.image_index(store, _runs[0].images_id)
    return gather_pair(store, _runs, [run.name for run in _runs], index)


@shared(max_entries=16)
def _read_story(
    store: Store, run_ids: tuple[str, ...], state: tuple[tuple[Hashable, ...], ...]
) -> Chapters:
    return read_chapters(store, run_ids)
