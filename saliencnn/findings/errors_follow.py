"""What follows from whether maps explain the errors of several networks on many images."""

from collections.abc import Mapping, Sequence

import numpy as np

from saliencnn.common.sentences import join_words, quote
from saliencnn.findings.errors_answer import bound_sizes
from saliencnn.findings.failure_follows import locate, say_likely
from saliencnn.findings.focus_words import Place
from saliencnn.findings.map_errors import (
    NAMED,
    Means,
    Shifts,
    find_apart,
    find_telling,
    say_plainly,
)
from saliencnn.findings.usual_mistake import UsualMistake, find_usual_mistake


def say_what_errors_mean(
    shifts: Shifts,
    means: Means,
    focus: Mapping[str, np.ndarray],
    correct: Mapping[str, np.ndarray],
    mistakes: Sequence[tuple[str, str]],
    place: Place,
) -> str:
    """Say what follows, as a sentence; "" where too few images tell or nothing is missed.

    Args:
        shifts: how missed images differ, of all networks.
        means: likewise.
        focus: network -> float (N,), of each map; NaN where unknown.
        correct: network -> bool (N,).
        mistakes: the class and the prediction of each missed image of each network.
        place: where maps should lie.
    """
    usual = find_usual_mistake(mistakes)
    if usual is None or not any(shift.enough for shift in shifts.values()):
        return ""
    if apart := find_apart(shifts):
        told = [_describe_own(shifts, name) for name in apart[:NAMED]]
        more = f" and {len(apart) - NAMED} more networks differ" if len(apart) > NAMED else ""
        return (
            f"{join_words(told)}{more}. That goes with the mistakes and need not cause them: see "
            "the missed images."
        )
    unknown = {name: np.full(len(own), np.nan) for name, own in correct.items()}
    pooled = np.concatenate([focus.get(name, unknown[name]) for name in correct])
    looked = locate(pooled, np.concatenate([*correct.values()]), place)
    several = len(correct) > 1
    of = f"mistakes of {len(correct)} networks" if several else "missed images"
    likely, numbers, _ = say_likely(usual, looked, of)
    whose = "they look" if several else "it looks"
    if not (telling := find_telling(shifts, means)):
        see = _say_next(usual)
        return f"how much of the image {whose} at is left open. {numbers}. {see}."
    most = bound_sizes(shifts, telling)
    bound = f"; up to {most:.0f} points could stay unseen" if most is not None else ""
    return (
        f"nothing shows that how much of the image {whose} at explains the errors here{bound}. "
        f"{likely[0].upper()}{likely[1:]}. {numbers}. {_say_next(usual)}."
    )


def _say_next(usual: UsualMistake) -> str:
    """Say what to do where nothing tells, as a sentence without its full stop."""
    pair = f"{quote(usual.true)} taken for {quote(usual.predicted)}"
    see = f"the images of {pair}" if usual.images > 1 else "the missed images"
    return f"Next: see {see}, or evaluate more images of the kind"


def _describe_own(shifts: Shifts, network: str) -> str:
    """Say what differs where one network is wrong, as a clause."""
    own = {number: shift for (name, number), shift in shifts.items() if name == network}
    said = say_plainly({number: one for number, one in own.items() if one.enough})
    return f"where {network} is wrong, {said.removeprefix('There ')}"
