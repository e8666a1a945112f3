"""A retry that was too short to be judged by, again, for as many epochs as the run before."""

from collections.abc import Mapping, Sequence
from functools import partial

from app.parts.queueing import draw_under_way, offer_request
from app.parts.requests import UNDER_WAY
from app.parts.writing import may_write
from app.reads import stored_queue
from app.retrain.other_retries import lead_to_retries
from pipelines.retry.naming import EPOCHS, name_retry
from pipelines.retry.reason import TOO_SHORT
from pipelines.retry.request_state import request_retry, trains_the_same, why_not_retried
from pipelines.training.request import Request
from saliencnn.common.errors import UserError
from saliencnn.common.sentences import count
from saliencnn.store.connection import Store
from saliencnn.store.run_info import NOT_KNOWN, list_changes
from saliencnn.store.runs import RunInfo


def is_too_short(before: str, after: str) -> bool:
    """Whether a run trained too few epochs to be judged beside another, of both settings."""
    known = before.isdigit() and after.isdigit()
    return known and int(after) <= TOO_SHORT * int(before)


def describe_short(before: RunInfo, after: RunInfo) -> str:
    """Say that a retry trained too few epochs to judge what else was changed; "" where it did not.

    Args:
        before: the run that was retried.
        after: its retry.
    """
    if after.status == "running":
        return ""  # it may go on for as long
    return say_short({name: [*values] for name, values in list_changes([before, after])})


def say_short(changed: Mapping[str, Sequence[str]]) -> str:
    """Say what cannot be judged where a retry trained too few epochs; "" where it did not.

    Args:
        changed: setting -> what it was before and is after.
    """
    before, after = changed.get(EPOCHS, ("", ""))
    known = [name for name, values in changed.items() if NOT_KNOWN not in values]
    others = [name.replace("_", " ") for name in known if name != EPOCHS]
    if not others or not is_too_short(before, after):
        return ""
    what = others[0] if len(others) == 1 else f"the other {len(others)} changes"
    return (
        f"It trained for {count(int(after), 'epoch', 'epochs')} instead of {before}: too short "
        f"to judge {what} by it."
    )


def offer_longer(store: Store, before: RunInfo, after: RunInfo) -> None:
    """Offer to train a retry that was too short again, or lead to what came of that.

    Args:
        store: where they are.
        before: the run that was retried.
        after: its retry.
    """
    if why_not_retried(after) or not may_write():
        return
    try:
        queue = stored_queue.find_queue(store)
    except UserError:
        return
    wanted = request_longer(before, after)
    asked = [one for one in stored_queue.find_requests(store) if one.from_run == before.run_id]
    same = [one for one in asked if trains_the_same(one.wanted, wanted)]
    runs = stored_queue.runs_of(store, same)  # one that was deleted is offered again
    if under_way := [one for one in same if one.state in UNDER_WAY]:
        draw_under_way(under_way[0], before, f"the same for {wanted.hyperparameters.epochs} epochs")
    elif done := [one for one in same if one.state == "completed" and one.run_id in runs]:
        lead_to_retries(store, done[-1:])
    else:
        offer_request(
            f"longer-{after.run_id}",
            f"The same, with {wanted.hyperparameters.epochs} epochs",
            f"As many as {before.name} trained: then what else was changed can be judged.",
            queue,
            before,
            partial(request_longer, before, after),
            f"{after.name} was too short to judge by.",
            leads=True,
        )


def request_longer(before: RunInfo, after: RunInfo) -> Request:
    """Return the request to train a retry again for as many epochs as the run before it."""
    changed = {name: new for name, (_, new) in list_changes([before, after]) if name != EPOCHS}
    epochs = {EPOCHS: before.hyperparameters[EPOCHS]}
    return request_retry(after, epochs, name_retry(before.name, changed))
