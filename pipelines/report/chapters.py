"""What a report says of each run, read from the store."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipelines.review.findings import gather_run
from pipelines.review.pair import gather_pair
from pipelines.trust.results import newest_epoch, results_of, trust_table
from saliencnn.checks.grading import CheckResult
from saliencnn.common.errors import UserError
from saliencnn.common.shown import tell_apart
from saliencnn.data.image_index import ImageIndex
from saliencnn.findings.finding import Finding
from saliencnn.findings.of_pair import PairFacts
from saliencnn.findings.of_run import find_in_run
from saliencnn.findings.run_facts import RunFacts
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.images import read_index
from saliencnn.store.runs import RunInfo, read_facts, read_run
from saliencnn.store.skipped import read_skipped
from saliencnn.trust.audit_record import Audit, read_audits

MAX_RUNS = 3
"""Runs of which a reader can still tell the maps apart, side by side."""
CURVES = (
    *("val_accuracy", "counterfactual_accuracy"),
    *("train_loss", "val_loss"),
    *("focus", "head_focus"),
)
"""Metrics whose course a report draws."""


@dataclass(frozen=True, eq=False)
class Chapter:
    """One run.

    Attributes:
        run: the run.
        name: for people, no two of a report the same.
        facts: its numbers at the last epoch.
        findings: what stands out.
        checks: check -> method -> result; empty where nobody has checked its maps.
        checked_epoch: the epoch that was checked; None where none was.
        digest: SHA-256 of the validation images with their labels; empty if unknown.
        unread: training images that could not be read.
    """

    run: RunInfo
    name: str
    facts: RunFacts
    findings: tuple[Finding, ...]
    checks: dict[str, dict[str, CheckResult]]
    checked_epoch: int | None
    digest: str
    unread: int


@dataclass(frozen=True, eq=False)
class Chapters:
    """The runs of a report, which all validate on the same images.

    Attributes:
        runs: each run's, in the order asked for.
        index: of the validation images.
        history: metrics epoch by epoch: columns run_id, epoch, metric, value.
        pair: of two runs, how far their maps overlap; None of others, or without maps.
    """

    runs: tuple[Chapter, ...]
    index: ImageIndex
    history: pd.DataFrame
    pair: PairFacts | None = None

    @property
    def epochs(self) -> int:
        """The last epoch of the longest run."""
        return max(chapter.run.epoch for chapter in self.runs)


def read_chapters(store: Store, run_ids: Sequence[str]) -> Chapters:
    """Read what a report says of runs.

    Args:
        store: where they are.
        run_ids: the runs, 1 to ``MAX_RUNS``; one named twice counts once.

    Raises:
        UserError: too many runs, one that has no complete epoch, or runs on different images.
    """
    runs = [read_run(store, run_id) for run_id in dict.fromkeys(run_ids)]
    if not 1 <= len(runs) <= MAX_RUNS:
        raise UserError(f"These are {len(runs)} runs; a report tells of 1 to {MAX_RUNS}.")
    for run in runs:
        if not run.epoch:
            raise UserError(f"Run {run.name!r} has no complete epoch yet, so nothing can be told.")
        if run.images_id != runs[0].images_id:
            raise UserError(
                f"Runs {runs[0].name!r} and {run.name!r} validate on different images, so a report "
                "cannot set them side by side; make one for each."
            )
    names = tell_apart({run.run_id: run.name for run in runs}, mark=lambda run_id: run_id[:8])
    index = read_index(store, runs[0].images_id)
    return Chapters(
        tuple(_read_chapter(store, run, names[run.run_id]) for run in runs),
        index,
        read_history(store, [run.run_id for run in runs], CURVES),
        gather_pair(store, runs, [*names.values()], index) if len(runs) == 2 else None,
    )


def _read_chapter(store: Store, run: RunInfo, name: str) -> Chapter:
    audits = read_audits(store, run.run_id)
    facts = gather_run(store, run, audits)
    checked = _checked_epoch(audits, run.epoch)
    return Chapter(
        run=run,
        name=name,
        facts=facts,
        findings=find_in_run(facts),
        checks={} if checked is None else results_of(trust_table(audits, checked)),
        checked_epoch=checked,
        digest=read_facts(store, run.run_id).get("digest", ""),
        unread=len(read_skipped(store, run.run_id, "training")),
    )


def _checked_epoch(audits: Sequence[Audit], last: int) -> int | None:
    """Return the epoch whose check counts: the last one's, else the newest there is."""
    return last if any(audit.epoch == last for audit in audits) else newest_epoch(audits)
