"""What a check shows on one image: read where it is kept, else computed."""

from collections.abc import Mapping
from typing import Any

import torch

from pipelines.trust.answers import MapQuery, Options, answer
from pipelines.trust.subjects import find_control_run
from saliencnn.checks.evidence import Arrays, Evidence, Resources, join_evidence
from saliencnn.checks.subject import Subject
from saliencnn.checks.table import find_check
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.data.fitted import decode_fitted
from saliencnn.store.images import read_image, read_index
from saliencnn.store.networks import load_network
from saliencnn.store.runs import RunInfo, list_runs
from saliencnn.store.train_command import write_command

MISSING = "No finished run of the same image set and architecture was trained on randomized labels."


class NoControlNetwork(UserError):
    """Nobody has trained a network on randomized labels to compare with; the message says how."""


def show_check(
    query: MapQuery, check: str, report: Progress, options: Mapping[str, Any] | None = None
) -> Evidence:
    """Do to an image what a check does.

    Args:
        query: the image, the network and the methods.
        check: a key of ``CHECKS``.
        report: called with the progress; whatever it raises cancels the work.
        options: values of the check's options; its defaults for all others.

    Returns:
        Curves where the check draws curves, else maps.

    Raises:
        NoControlNetwork: the check needs one, and there is none.
        UserError: an unknown check or option, a value that is not allowed, or no such checkpoint.
    """
    row = find_check(check)
    chosen = {**row.defaults, **(options or {})}
    for option in row.options:
        option.validate(chosen[option.name])
    control = find_control(query) if row.needs_control else None
    question: Options = chosen
    if control:
        question = {**chosen, "other": control.run_id, "other_epoch": control.epoch}

    def compute(subject: Subject) -> Mapping[str, Arrays]:
        network = load_network(query.store, control, control.epoch) if control else None
        resources = Resources(lambda image: _load_image(query, image), network)
        return row.load().show(subject, chosen, resources, report).split()

    return join_evidence(row, answer(query, check, question, compute))


def find_control(query: MapQuery) -> RunInfo:
    """Return the run trained on randomized labels that a query's maps are compared with.

    Raises:
        NoControlNetwork: there is none.
    """
    run = query.run
    found = find_control_run(query.store, run, list_runs(query.store))
    if found is None and run.watched:
        raise NoControlNetwork(
            f"{MISSING} Train one in the loop of this run, on permuted labels, and watch it with "
            'settings={"shuffle_labels": True}.'
        )
    if found is None:
        raise NoControlNetwork(f"{MISSING} Train one: {write_command(run, shuffle_labels='true')}")
    return found


def _load_image(query: MapQuery, image: int) -> torch.Tensor:
    """Return a validation image as the network takes it, (3, size, size)."""
    index = read_index(query.store, query.run.images_id)
    encoded = read_image(query.store, query.run.images_id, index, image)
    return query.run.preparation.normalise(decode_fitted([encoded]))[0]
