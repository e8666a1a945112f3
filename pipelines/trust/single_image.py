"""What a check shows on one image: read where it is kept, else computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipelines.trust.answers import MapQuery, Options, answer, kept_answers
from pipelines.trust.subjects import find_control_run
from saliencnn.checks.check import Check
from saliencnn.checks.evidence import Arrays, Evidence, Resources, join_evidence
from saliencnn.checks.table import find_check
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.data.planes import decode_planes
from saliencnn.saliency.methods import applicable
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index
from saliencnn.store.networks import load_network
from saliencnn.store.runs import RunInfo, list_runs
from saliencnn.store.train_command import write_command

if TYPE_CHECKING:
    from torch import Tensor

    from saliencnn.checks.subject import Subject

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
    row, chosen, control, question = _ask(query, check, options)

    def compute(subject: Subject) -> Mapping[str, Arrays]:
        network = None
        if control:
            network = load_network(query.store, control, control.epoch).to(subject.images.device)
        resources = Resources(lambda image: _load_image(query, image), network)
        return row.load().show(subject, chosen, resources, report).split()

    return join_evidence(row, answer(query, check, question, compute))


def read_check(query: MapQuery, check: str, options: Mapping[str, Any]) -> Evidence | None:
    """Return what ``show_check`` would, if all of it is kept."""
    row, _, _, question = _ask(query, check, options)
    found = kept_answers(query, check, question)
    names = applicable(query.methods, query.run.spec)
    if any(name not in found for name in names):
        return None
    return join_evidence(row, {name: found[name] for name in names})


def _ask(
    query: MapQuery, check: str, options: Mapping[str, Any] | None
) -> tuple[Check, dict[str, Any], RunInfo | None, Options]:
    """Return the check, all of its options, its control network, and what the answer is kept by."""
    row = find_check(check)
    chosen = {**row.defaults, **(options or {})}
    for option in row.options:
        option.validate(chosen[option.name])
    if not row.needs_control:
        return row, chosen, None, chosen
    control = find_control(query.store, query.run)
    other = {"other": control.run_id, "other_epoch": control.epoch}
    return row, chosen, control, {**chosen, **other}


def find_control(store: Store, run: RunInfo) -> RunInfo:
    """Return the run trained on randomized labels that a run's maps are compared with.

    Raises:
        NoControlNetwork: there is none.
    """
    found = find_control_run(store, run, list_runs(store))
    if found is None and run.watched:
        raise NoControlNetwork(
            f"{MISSING} Train one in the loop of this run, on permuted labels, and watch it with "
            'settings={"shuffle_labels": True}.'
        )
    if found is None:
        raise NoControlNetwork(f"{MISSING} Train one: {write_command(run, shuffle_labels='true')}")
    return found


def _load_image(query: MapQuery, image: int) -> Tensor:
    """Return a validation image as the network takes it, (3, size, size)."""
    index = read_index(query.store, query.run.images_id)
    encoded = read_image(query.store, query.run.images_id, index, image)
    return query.run.preparation.normalise(decode_planes([encoded]))[0]
