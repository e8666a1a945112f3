"""Checks of many images on a Ray cluster.

The network and all images are sent once to each machine; a job is a batch of them. Batches are
those of one machine, so what is found is the same but for rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from pipelines.computing.cluster import copy_network, open_cluster
from saliencnn.checks.batches import concatenate, run_checks
from saliencnn.checks.interventions.answers import Answers
from saliencnn.checks.interventions.measure import BATCH as CHANGED_AT_ONCE
from saliencnn.checks.interventions.measure import Subject as Changed
from saliencnn.checks.interventions.measure import choose_batch, intervene
from saliencnn.checks.quantities import Quantities
from saliencnn.checks.subject import BATCH, Subject
from saliencnn.common.devices import choose_device
from saliencnn.common.progress import Progress, silent

if TYPE_CHECKING:
    from torch import nn

    from saliencnn.checks.interventions.table import Intervention


def check_on_cluster(
    subject: Subject, checks: Sequence[str], report: Progress, control: nn.Module | None = None
) -> dict[str, Quantities]:
    """Do what ``run_checks`` does, on a Ray cluster, see ``open_cluster``."""
    total = len(subject.images)
    here = replace(subject, model=subject.model.cpu(), images=subject.images.cpu())
    with open_cluster() as cluster:
        size = min(BATCH, -(-total // cluster.places))
        shared = cluster.share((here, control.cpu() if control else None))
        jobs = ((shared, start, size, tuple(checks)) for start in range(0, total, size))
        return concatenate(cluster.gather(_check, jobs, report, "checking"))


def intervene_on_cluster(
    subject: Changed, rows: Sequence[Intervention], report: Progress
) -> Answers:
    """Do what ``intervene`` does, likewise."""
    subject.model.cpu()
    _ = subject.mean_colour, subject.partners  # kept with it: every batch needs them of all images
    places = range(len(subject.images))
    with open_cluster() as cluster:
        size = CHANGED_AT_ONCE if cluster.has_gpus else choose_batch(subject)
        shared = cluster.share((subject, tuple(rows)))
        jobs = ((shared, places[start : start + size]) for start in places[::size])
        return Answers.join(cluster.gather(_intervene, jobs, report, "intervening"))


def _check(
    shared: tuple[Subject, nn.Module | None], start: int, size: int, checks: tuple[str, ...]
) -> dict[str, Quantities]:
    """Check a batch; runs on a worker."""
    subject, control = shared
    device, batch = choose_device(), subject.batch(start, size)
    here = replace(
        batch,
        model=copy_network(batch.model, device),
        images=batch.images.to(device, copy=True, memory_format=torch.channels_last),
    )
    other = copy_network(control, device) if control else None
    return run_checks(here, checks, silent, other, workers=1)


def _intervene(shared: tuple[Changed, tuple[Intervention, ...]], places: range) -> Answers:
    """Change a batch; runs on a worker."""
    subject, rows = shared
    copy_network(subject.model, choose_device())
    return intervene(subject, rows, places=places)
