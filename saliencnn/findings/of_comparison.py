"""What stands out among networks that were evaluated on the same images: one row a rule."""

import numpy as np

from saliencnn.common.sentences import count, count_of, join_words, list_some
from saliencnn.findings import uneven_kinds, weak_kinds
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.disagreement import find_disagreement
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.measures.percent import points_between
from saliencnn.store.verdicts import REJECTED

WITHIN = 0.01
"""Accuracy that a cheaper network may lack and still be named."""
WORTH_SAVING = 0.01
"""Fraction of a network's multiply-adds that a less accurate one saves to be named."""


def find_in_comparison(facts: ComparisonFacts) -> tuple[Finding, ...]:
    """Return what stands out among networks, what matters most first."""
    return apply_rules(COMPARISON_RULES.values(), facts) if len(facts.true) else ()


def _find_single(facts: ComparisonFacts) -> Found | None:
    """Find that there is nothing to compare, or nothing that is listed."""
    if len(facts.names) > 1:
        return None
    right, left = count_of(int(facts.right[0].sum()), len(facts.true)), facts.left_out
    numbers = {"name": facts.names[0], "right": right}
    if not left:
        said = {"others": ", and no other network was", "do": "Evaluate others on them to compare."}
        return Found({**numbers, **said, "end": ""}, facts.see(pin=facts.run_ids[0]))
    one = len(left) == 1
    if {*left.values()} == {REJECTED}:
        end = f" {'was' if one else 'were'} rejected"
    else:
        end = (
            f" {'is' if one else 'are'} not listed, by {'its verdict' if one else 'their verdicts'}"
        )
    said = {
        "others": f"; {count(len(left), 'other network', 'other networks')}",
        "do": f"Show {'it' if one else 'them'} to compare.",
    }
    shown = facts.see(tab="networks", pin=facts.run_ids[0], model=(*facts.run_ids, *left))
    return Found({**numbers, **said, "end": end}, shown)


def _find_best(facts: ComparisonFacts) -> Found | None:
    if len(facts.names) < 2:
        return None
    best = np.flatnonzero(facts.accuracy == facts.accuracy[0])
    close = [n for n in facts.tied if n not in best]
    behind = [n for n in range(len(facts.names)) if n not in best and n not in close]
    if close:
        others = f"; {list_some([_with_accuracy(facts, n) for n in close])} may be as good"
    elif len(behind) > 1:
        others = f"; the other {len(behind)} are behind by more than chance"
    elif behind:
        others = f"; {_with_accuracy(facts, behind[0])} is behind by more than chance"
    else:
        others = ""
    numbers = {
        "names": join_words([facts.names[n] for n in best]),
        "are": "is the most accurate," if len(best) == 1 else "are the most accurate, each",
        "right": count_of(int(facts.right[0].sum()), len(facts.true)),
        "others": others,
    }
    return Found(numbers, facts.see(pin=facts.run_ids[0]))


def _with_accuracy(facts: ComparisonFacts, place: int) -> str:
    return f"{facts.names[place]} ({facts.accuracy[place]:.1%})"


def _find_cheapest(facts: ComparisonFacts) -> Found | None:
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
    if len(near) == 1:
        said = f"comes within one percentage point of {facts.names[0]}"
    elif len(cheap) == len(near):
        named = cheap
        said = "cost the same (multiply-adds), so cost does not choose between them"
    elif named[0] == 0:
        rest = [facts.names[n] for n in cheap if n not in named]
        costs = f"; {join_words(rest)} cost{'s' if len(rest) == 1 else ''} the same" if rest else ""
        said = (
            f"{are} also the cheapest (fewest multiply-adds) of the {len(near)} within one "
            f"percentage point of the best{costs}"
        )
    else:
        said = (
            f"{are} the cheapest within one percentage point of the best: {accuracy:.1%} at "
            f"{fraction:.0%} of the multiply-adds of {facts.names[0]}"
        )
    names = join_words([facts.names[n] for n in named]) if len(near) > 1 else "No other network"
    said += _say_cheaper(facts, named[0])
    numbers = {"names": names, "said": said, "best": facts.names[0]}
    return Found(numbers, facts.see(pin=facts.run_ids[named[0]]))


def _say_cheaper(facts: ComparisonFacts, than: int) -> str:
    """Say what the most accurate network that is cheaper than one saves and gives up, if any is."""
    saved = 1 - facts.multiply_adds / facts.multiply_adds[than]
    cheaper = np.flatnonzero(saved >= WORTH_SAVING)
    if not len(cheaper):
        return ""
    place = cheaper[np.lexsort((-saved[cheaper], -facts.accuracy[cheaper]))[0]]
    lost = points_between(facts.accuracy[than], facts.accuracy[place])
    return (
        f"; {_with_accuracy(facts, place)} takes {saved[place]:.0%} fewer multiply-adds "
        f"than {facts.names[than]} and is {lost:.1f} percentage points worse"
    )


def _find_suspects(facts: ComparisonFacts) -> Found | None:
    """Find the networks whose training run is warned of, which accuracy does not show."""
    known = zip(facts.names, facts.warnings, strict=False)
    warned = [(name, words, run) for name, (words, run) in known if words]
    if not warned:
        return None
    named = join_words([f"{name} {words}" for name, words, _ in warned])
    return Found({"named": named}, Evidence("overview", {"run": tuple(run for *_, run in warned)}))


_ROWS: tuple[Rule[ComparisonFacts], ...] = (
    Rule(
        "suspect",
        Severity.WARNING,
        _find_suspects,
        "{named}: accuracy on these images does not show it.",
    ),
    Rule(
        "single",
        Severity.NOTE,
        _find_single,
        "{name} is right on {right}{others} evaluated on these images{end}.",
        "{do}",
    ),
    Rule(
        "best",
        Severity.NOTE,
        _find_best,
        "{names} {are} right on {right}{others}.",
    ),
    Rule(
        "cheapest",
        Severity.NOTE,
        _find_cheapest,
        "{names} {said}.",
    ),
    Rule(
        "disagreement",
        Severity.NOTE,
        find_disagreement,
        "{first} and {second} answer differently most often{equal}: on {differ}{where}{example}.",
        detail="They predict different classes there.{kinds}{classes}",
    ),
    Rule(
        "uneven kinds",
        Severity.NOTE,
        uneven_kinds.find_uneven_kinds,
        "All find {weak} harder than {good}: chance hardly makes such a gap.",
        detail="Compared is the mean over the networks, since all see the same images; with 95% "
        "confidence for all pairs of kinds together.",
    ),
    Rule(
        weak_kinds.RULE,
        Severity.NOTE,
        weak_kinds.find_weak_kind,
        "{said}.",
        detail="{interval}Looked at together: {together} differences, of each network and kind "
        "of thing with images enough. {rare}",
    ),
)

COMPARISON_RULES: dict[str, Rule[ComparisonFacts]] = {rule.name: rule for rule in _ROWS}
"""Every rule about a comparison, by its name; a new one is one more row."""
