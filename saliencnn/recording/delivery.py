"""Bringing a run's epochs into its store, by way of the spool while the store is away."""

import logging
import time

from saliencnn.common.errors import UserError
from saliencnn.recording import spool
from saliencnn.recording.epoch_record import EpochRecord, RunEnd, deliver_end, deliver_epoch
from saliencnn.recording.spool import SpoolBusy
from saliencnn.recording.sync import OtherDatabase, deliver_spooled, own_database
from saliencnn.store.connection import Store
from saliencnn.store.outage import StoreAway, answers

STORE_TIMEOUT = 60.0
"""Seconds that a finished run waits for its store before it leaves its epochs to ``sync``."""
MAX_PAUSE = 10.0
"""Seconds between two looks for a store that has been away for long."""

HURRIED_PROBE = 3.0
"""Seconds that a store has to answer a process that is being ended; ``docker stop`` grants 10."""

_log = logging.getLogger(__name__)


class Undelivered(UserError):
    """A run has ended, but a part of it still waits in the spool."""


class Delivery:
    """Delivers one run's epochs in order; they wait in the spool while the store is away.

    A server that was started with an empty or another database is away in this sense.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self._store, self._run_id = store, run_id
        self._folder = spool.spool_folder(store)
        self._why = ""

    def send(self, record: EpochRecord) -> None:
        """Deliver an epoch, or put it into the spool.

        Raises:
            Superseded: the run belongs to another process.
            UserError: the store refuses it, or the spool's disk does.
        """
        try:
            self._catch_up()
            with own_database(self._store, self._run_id):
                deliver_epoch(self._store, record)
        except (StoreAway, SpoolBusy) as reason:
            spool.put_epoch(self._folder, record)
            if self._why != str(reason):
                _log.warning("%s Training goes on; epochs wait in %s.", reason, self._folder)
            self._why = str(reason)
            return
        except KeyboardInterrupt:
            spool.put_epoch(self._folder, record)  # it is complete; only its way was cut off
            raise
        if self._why:
            _log.warning("The store is back; all epochs are delivered.")
        self._why = ""

    def close(self, end: RunEnd, patience: float, hurry: bool = False) -> None:
        """Deliver all that waits and the run's end.

        Args:
            end: how it ended.
            patience: seconds to wait for a store that is away.
            hurry: whether this process may be killed in seconds, as by ``docker stop``.

        Raises:
            Undelivered: it stayed away; everything waits in the spool.
            Superseded: the run belongs to another process.
            UserError: the spool's disk does not take the end, nor does the store.
        """
        refused, why = self._keep(end), f"The store {self._store.address} is away."
        deadline, pause = time.monotonic() + patience, 1.0
        while True:
            try:
                self._catch_up(HURRIED_PROBE if hurry else None)
                if refused:
                    with own_database(self._store, self._run_id):
                        deliver_end(self._store, end)
                return
            except OtherDatabase as reason:
                why, left = str(reason), deadline - time.monotonic()
            except (StoreAway, SpoolBusy):
                left = deadline - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(pause, left))
            pause = min(2 * pause, MAX_PAUSE)
        raise refused or Undelivered(
            f"{why} A part of run {self._run_id} waits in {self._folder}: run `saliencnn sync` "
            "here when it is back."
        )

    def _keep(self, end: RunEnd) -> UserError | None:
        """Put a run's end into the spool before the store is asked, and return what prevents that.

        Whoever kills this process while the store does not answer thus leaves a known end.
        """
        try:
            spool.put_end(self._folder, end)
        except UserError as error:
            return error
        return None

    def _catch_up(self, within: float | None = None) -> None:
        """Deliver what waits in the spool.

        Args:
            within: seconds in which the store has to answer.

        Raises:
            StoreAway: the store is away.
            SpoolBusy: another process is delivering the same.
        """
        # A request for real would hang for minutes where a server has become silent.
        if not answers(self._store, within):
            raise StoreAway(f"The store {self._store.address} does not answer.")
        deliver_spooled(self._store, self._folder, self._run_id)
