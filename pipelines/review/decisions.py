"""Deciding about a run: the verdict is kept, and what follows from it happens in the registry."""

from contextlib import suppress
from dataclasses import dataclass

from pipelines.review.model_card import NUMBERS, CardFacts, Trust, make_card, summarise
from pipelines.trust.results import read_table
from saliencnn.checks.table import CHECKS
from saliencnn.common.errors import UserError
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.saliency import METHODS
from saliencnn.store import registry, runs
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.checkpoints import kept_epochs
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.images import read_index
from saliencnn.store.networks import describe_network, keep_network
from saliencnn.store.registry import Registered
from saliencnn.store.runs import RunInfo
from saliencnn.store.skipped import read_skipped
from saliencnn.store.verdicts import (
    ACCEPTED,
    REJECTED,
    Decision,
    Verdict,
    add_verdict,
    find_deciding_at,
    make_verdict,
)


@dataclass(frozen=True)
class Decided:
    """A verdict that was kept, and what followed.

    Attributes:
        verdict: as it was kept.
        followed: what followed, for the person; "" where nothing did.
        registered: the version that got the alias or lost it, if one did.
    """

    verdict: Verdict
    followed: str
    registered: Registered | None

    @property
    def sentence(self) -> str:
        """What was decided, and what followed."""
        verdict = self.verdict
        return f"{verdict.scope.capitalize()} is {verdict.decision}. {self.followed}".strip()


def decide(
    store: Store,
    run_id: str,
    decision: Decision,
    reason: str,
    person: str,
    epoch: int | None = None,
    image: int | None = None,
) -> Decided:
    """Add a person's verdict to a run and let the model registry follow it.

    Accepting an epoch registers its checkpoint, if it is kept, and gives it the alias
    ``accepted``, and accepting the whole run does so with its last epoch that is kept, unless one
    of it has the alias; rejecting the epoch, or the whole run, takes the alias from it and gives it
    back to what was accepted before and still is. Every verdict renews the model cards of what the
    run has in the registry.

    Args:
        store: where the run is.
        run_id: the run.
        decision: ``accepted`` or ``rejected``.
        reason: why.
        person: the person's name.
        epoch: the epoch that it is about; by default the run as a whole.
        image: number of the validation image that it is about at that epoch.

    Raises:
        UserError: no such run, epoch or image, an unknown decision, or a reason or name that is
            empty or too long. Nothing is kept then.
    """
    run = runs.read_run(store, run_id)
    verdict = make_verdict(decision, reason, person, epoch, image)
    _check_scope(store, run, verdict)
    used = epoch
    if epoch is None and decision == ACCEPTED:
        used = max((one for one in kept_epochs(store, run_id) if one <= run.epoch), default=None)
    if used is not None:
        keep_network(store, run, used)
    add_verdict(store, run_id, verdict)
    run = runs.read_run(store, run_id)
    if image is not None:
        registered, then = None, ""
    elif decision == REJECTED:
        registered, then = _withdraw(store, run_id, epoch)
    elif epoch is None:
        registered, then = _register_last(store, run, used)
    else:
        registered, then = _register(store, run, epoch)
    _renew_cards(store, run)
    if registered and decision == ACCEPTED:
        registry.mark_accepted(store, registered)  # last: whoever follows the alias finds all
    return Decided(verdict, then, registered)


def _check_scope(store: Store, run: RunInfo, verdict: Verdict) -> None:
    if verdict.epoch is not None and verdict.epoch not in run.epochs:
        has = f"its epochs are 1 to {run.epoch}" if run.epoch else "it has no complete epoch yet"
        raise UserError(f"Run {run.run_id} has no epoch {verdict.epoch}; {has}.")
    if verdict.image is None:
        return
    last = len(read_index(store, run.images_id)) - 1
    if not 0 <= verdict.image <= last:
        raise UserError(
            f"There is no image {verdict.image}; the validation images are 0 to {last}."
        )


def _withdraw(store: Store, run_id: str, epoch: int | None) -> tuple[Registered | None, str]:
    registered = registry.withdraw(store, run_id, epoch)
    if registered is None:
        return None, ""
    heir = _find_heir(store, registered)
    if heir is None:
        return registered, f"{registered.name} has no accepted version any more."
    registry.mark_accepted(store, heir)
    whose = one_line(runs.read_run(store, heir.run_id).name, LONGEST_NAME)
    back = f"epoch {heir.epoch} of {whose}, which stays accepted"
    return registered, f"{registered.name} is version {heir.version} again: {back}."


def _find_heir(store: Store, gone: Registered) -> Registered | None:
    """Return the version under the same name that was accepted last and still is, if any."""
    accepted: list[tuple[str, Registered]] = []
    for one in registry.registered_versions(store, gone.name):
        with suppress(UserError):  # its run is deleted
            verdict = find_deciding_at(runs.read_run(store, one.run_id).verdicts, one.epoch)
            if verdict and verdict.decision == ACCEPTED:
                accepted.append((verdict.time, one))
    return max(accepted, key=lambda pair: pair[0])[1] if accepted else None


def _register_last(store: Store, run: RunInfo, epoch: int | None) -> tuple[Registered | None, str]:
    """Register the last checkpoint that was kept of a run, unless people chose another before."""
    for one in registry.registered_epochs(store, run.run_id):
        if one.accepted:
            return None, f"Its epoch {one.epoch} stays version {one.version} of {one.name}."
    if epoch is None:
        return None, f"No checkpoint of {run.name} was kept, so there is nothing to register."
    return _register(store, run, epoch, f"Its last kept epoch, {epoch},")


def _register(
    store: Store, run: RunInfo, epoch: int, what: str = "It"
) -> tuple[Registered | None, str]:
    classes = read_index(store, run.images_id).classes
    name = registry.registered_name(run.image_set, run.arch, classes)
    facts = describe_network(run, classes)
    registered = registry.register_checkpoint(store, run.run_id, epoch, name, facts)
    if registered is None:
        return None, "Its checkpoint was not kept, so there is nothing to register."
    sentence = (
        f"{what} is ready for others to use, as version {registered.version} of {name} in the "
        "model registry, from where code loads it by that name."
    )
    return registered, sentence


def _renew_cards(store: Store, run: RunInfo) -> None:
    """Bring the verdicts in the model cards up to date."""
    for registered in registry.registered_epochs(store, run.run_id):
        facts = _gather(store, run, registered)
        try:
            registry.write_card(store, registered, make_card(facts), summarise(facts))
        except MissingArtifact:
            continue  # somebody has deleted the checkpoint in MLflow, and its card with it


def _gather(store: Store, run: RunInfo, registered: Registered) -> CardFacts:
    keys = [key for key in NUMBERS if key in run.metrics]
    history = read_history(store, [run.run_id], keys)
    own = history[history["epoch"] == registered.epoch]
    return CardFacts(
        name=registered.name,
        run=run,
        epoch=registered.epoch,
        index=read_index(store, run.images_id),
        digest=runs.read_facts(store, run.run_id).get("digest", ""),
        unread=len(read_skipped(store, run.run_id, "training")),
        numbers=dict(zip(own["metric"], own["value"], strict=True)),
        trust=_read_trust(store, run.run_id, registered.epoch),
    )


def _read_trust(store: Store, run_id: str, epoch: int) -> Trust:
    table = read_table(store, run_id, epoch)
    return {
        CHECKS[check].label: {METHODS[m].label: found[m].result.in_words() for m in found}
        for check, found in table.items()
    }
