"""Hyperparameters that are allowed one by one, but change nothing together."""

from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import UNGUIDED, Hyperparameters


def refuse_contradictions(hp: Hyperparameters) -> None:
    """Refuse what would be taken silently and change nothing.

    Raises:
        UserError: guidance without weight, ignored parts that nothing uses, or new backgrounds
            with nothing to take them from.
    """
    if hp.guidance != UNGUIDED and not hp.guidance_weight:
        raise UserError(
            f"guidance is {hp.guidance}, but guidance_weight is 0, so it would change nothing; "
            "choose a weight above 0."
        )
    if hp.ignored and not hp.needs_regions:
        raise UserError(
            f"ignored is {hp.ignored!r:.60}, but guidance is none and new_background 0, so nothing "
            "would be ignored; choose one of them, too."
        )
    if hp.new_background and hp.batch_size < 2:
        raise UserError(
            f"batch_size is {hp.batch_size}; with new_background it must be 2 or more, since "
            "backgrounds come from other images of the batch."
        )
