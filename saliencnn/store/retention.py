"""Whose checkpoints a run keeps: of all epochs, of a few, or of every so many."""

import re

from saliencnn.common.errors import UserError
from saliencnn.store.run_info import RunInfo
from saliencnn.store.run_record import MAX_EPOCHS

KEEP = ("all", "best", "last")
"""The rules with a name; a whole number N keeps the best, the last and every N-th."""
AUTO = "auto"
"""All while they are small, else every so many."""
SMALL = 4 * 10**9
"""Bytes that the checkpoints of a run may take without being asked."""
_EVERY = re.compile(r"[1-9][0-9]{0,4}")


def is_keep(text: object) -> bool:
    """Whether something is a rule that a run can have."""
    if text in KEEP:
        return True
    whole = isinstance(text, str) and _EVERY.fullmatch(text)
    return bool(whole) and int(str(text)) <= MAX_EPOCHS


def check_keep(text: str) -> None:
    """Check a rule that a person has given.

    Raises:
        UserError: there is no such rule.
    """
    if not is_keep(text):
        raise UserError(
            f"keep is {text!r}; it must be one of {', '.join(KEEP)}, or a whole number N from 1 "
            f"to {MAX_EPOCHS} for the best, the last and every N-th."
        )


def choose_keep(size: int, epochs: int) -> tuple[str, tuple[str, ...]]:
    """Return the rule of a run for which nobody gave one, and what is to be said of it.

    Args:
        size: bytes of a checkpoint.
        epochs: how many there are to be.
    """
    every = -(-size * epochs // SMALL)
    if every <= 1:
        return "all", ()
    return str(every), (
        f"The checkpoints of {epochs} epochs would take {size * epochs / 1e9:.0f} GB. Kept are the "
        f"best, the last and one in {every} (--keep {every}), and those that a verdict, a check or "
        "an evaluation is about; --keep all keeps all.",
    )


def choose_staying(keep: str, epoch: int, best: int, last: bool) -> set[int]:
    """Return the epochs up to the newest whose checkpoints stay.

    Args:
        keep: the rule.
        epoch: the newest, which a run that goes on needs.
        best: the one with the highest accuracy.
        last: whether the newest is the last.
    """
    if keep == "all":
        return set(range(1, epoch + 1))
    if keep == "last":
        return {epoch}
    if keep not in KEEP and is_keep(keep):
        return {best, epoch, *range(int(keep), epoch + 1, int(keep))}
    return {best} if last else {best, epoch}


def name_keep(run: RunInfo) -> str:
    """Return in brackets by which option checkpoints were not kept; empty where all were.

    It needs no escaping, whatever the store has.
    """
    if run.keep == "all" or not is_keep(run.keep):
        return ""
    return f" (keep={run.keep})" if run.watched else f" (--keep {run.keep})"
