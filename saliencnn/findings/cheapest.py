"""Which network is the cheapest of the most accurate ones, and by which costs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import join_words
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.finding import Found
from saliencnn.measures.percent import points_between

WITHIN = 0.01
"""Accuracy that a cheaper network may lack and still be named."""
WORTH_SAVING = 0.01
"""Fraction of a network's multiply-adds that a less accurate one saves to be named."""
FASTER = 1.1
"""Times as many images a second from which on a network is faster: one measurement varies."""


@dataclass(frozen=True)
class _Cost:
    """A cost beside multiply-adds.

    Attributes:
        name: for people.
        of: of each network, (M,), lower is cheaper; NaN where unknown.
        less: as what the cheaper one is named.
        apart: times the cheaper one's that another one's must be to be dearer.
    """

    name: str
    of: Callable[[ComparisonFacts], np.ndarray]
    less: str
    apart: float = 1.0


COSTS = (
    _Cost("parameters", lambda facts: facts.parameters, "has fewer parameters"),
    _Cost("speed", lambda facts: facts.seconds, "is faster", FASTER),
)


def find_cheapest(facts: ComparisonFacts) -> Found | None:
    """Find the networks with the fewest multiply-adds within a point of the best."""
    near = np.flatnonzero(facts.accuracy >= facts.accuracy[0] - WITHIN)
    cost = facts.multiply_adds[near]
    if len(facts.names) < 2 or not np.isfinite(cost).all():
        return None
    cheap = near[cost == cost.min()]
    accuracy = facts.accuracy[cheap[0]]
    named = cheap[facts.accuracy[cheap] == accuracy]
    fraction = facts.multiply_adds[named[0]] / facts.multiply_adds[0]
    are = "is" if len(named) == 1 else "are"
    also, others = _say_other_costs(facts, near, named)
    by = f"by {join_words(['multiply-adds', *also])}"
    if len(near) == 1:
        said = f"comes within one percentage point of {facts.names[0]}"
    elif len(cheap) == len(near):
        named = cheap
        said = f"cost the same (multiply-adds){others or ', so cost does not choose between them'}"
    elif named[0] == 0:
        rest = [facts.names[n] for n in cheap if n not in named]
        costs = f"; {join_words(rest)} cost{'s' if len(rest) == 1 else ''} the same" if rest else ""
        said = (
            f"{are} also the cheapest of the {len(near)} within one percentage point of the best, "
            f"{by}{others}{costs}"
        )
    else:
        said = (
            f"{are} the cheapest within one percentage point of the best, {by}: {accuracy:.1%} at "
            f"{fraction:.0%} of the multiply-adds of {facts.names[0]}{others}"
        )
    names = join_words([facts.names[n] for n in named]) if len(near) > 1 else "No other network"
    said += _say_cheaper(facts, named[0])
    numbers = {"names": names, "said": said, "best": facts.names[0]}
    return Found(numbers, facts.see(pin=facts.run_ids[named[0]]))


def _say_other_costs(
    facts: ComparisonFacts, near: np.ndarray, named: np.ndarray
) -> tuple[list[str], str]:
    """Say by which other costs one network is the cheapest, and who is by the rest.

    Args:
        facts: of all networks.
        near: places of those to choose between.
        named: of those with the fewest multiply-adds.

    Returns:
        The costs' names, and a clause.
    """
    also, others = list[str](), list[str]()
    for cost in COSTS:
        known = cost.of(facts)
        if len(near) < 2 or not np.isfinite(known[near]).all():
            continue
        least, own = near[known[near].argmin()], known[named].min()
        if own == known[least] and len(named) == 1 and own < known[near].max():
            also.append(cost.name)
        elif own > cost.apart * known[least]:
            others.append(f"{facts.names[least]} {cost.less}")
    return also, f"; {join_words(others)}" if others else ""


def _say_cheaper(facts: ComparisonFacts, than: int) -> str:
    """Say what the most accurate network that is cheaper than one saves and gives up, if any is."""
    saved = 1 - facts.multiply_adds / facts.multiply_adds[than]
    cheaper = np.flatnonzero(saved >= WORTH_SAVING)
    if not len(cheaper):
        return ""
    place = cheaper[np.lexsort((-saved[cheaper], -facts.accuracy[cheaper]))[0]]
    lost = points_between(facts.accuracy[than], facts.accuracy[place])
    times = facts.seconds[than] / facts.seconds[place]
    fast = f", is {times:.1f} times as fast" if times >= FASTER else ""
    return (
        f"; {facts.name_with_accuracy(place)} takes {saved[place]:.0%} fewer multiply-adds "
        f"than {facts.names[than]}{fast} and is {lost:.1f} percentage points worse"
    )
