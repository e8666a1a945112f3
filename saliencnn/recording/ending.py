"""How a run comes to its end: finished, failed or stopped, and its store learns of it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from saliencnn.common.errors import UserError
from saliencnn.common.process import this_process
from saliencnn.common.translation import translate
from saliencnn.recording.delivery import STORE_TIMEOUT, Delivery
from saliencnn.recording.epoch_record import RunEnd, Superseded
from saliencnn.store.connection import Store

TRAINER_LOG = "what its trainer printed or kept"
"""Where the traceback of a run that failed is to be found: on the machine that trained it."""

_log = logging.getLogger(__name__)


class Stopped(UserError):
    """Somebody asked the run to stop; its complete epochs stay."""


@contextmanager
def see_to_end(store: Store, run_id: str) -> Iterator[Delivery]:
    """Yield a run's delivery; whatever ends the run early, the store learns of it.

    Raises:
        BaseException: what ended it.
    """
    delivery = Delivery(store, run_id)
    try:
        yield delivery
    except BaseException as error:
        end_early(delivery, run_id, error)
        raise


def end_early(delivery: Delivery, run_id: str, error: BaseException) -> None:
    """Tell the store that and why a run has ended before it was finished."""
    if isinstance(error, Superseded):
        return  # the run is another process's now, and so is its end
    if isinstance(error, Stopped):
        give_up(delivery, run_id, "KILLED", str(error))
    elif isinstance(error, KeyboardInterrupt):
        give_up(delivery, run_id, "KILLED", str(error) or "Stopped by hand.", hurry=True)
    elif isinstance(error, Exception):
        give_up(delivery, run_id, "FAILED", translate(error, TRAINER_LOG).sentence)


def give_up(delivery: Delivery, run_id: str, status: str, reason: str, hurry: bool = False) -> None:
    """End a run early; its original error is reported, not what follows from it.

    Args:
        delivery: of the run.
        run_id: which.
        status: ``KILLED`` or ``FAILED``.
        reason: in words.
        hurry: whether this process may be killed in seconds.
    """
    end = RunEnd(run_id, this_process(), 0, status, reason)
    try:
        delivery.close(end, patience=0, hurry=hurry)
    except UserError as error:
        _log.warning("%s", error)


def finish(delivery: Delivery, run_id: str, epoch: int) -> None:
    """Deliver what waits of a finished run and its end, and wait for a store that is away.

    Args:
        delivery: of the run.
        run_id: which.
        epoch: its last one.

    Raises:
        Undelivered: it stayed away; everything waits in the spool.
    """
    delivery.close(RunEnd(run_id, this_process(), epoch, "FINISHED"), STORE_TIMEOUT)
