"""What stands out among networks that were evaluated on the same images: one row a rule."""

import numpy as np

from saliencnn.common.sentences import count, count_of, join_words, list_some
from saliencnn.findings import uneven_kinds, weak_kinds
from saliencnn.findings.cheapest import find_cheapest
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.disagreement import find_disagreement
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.hardest import find_hardest
from saliencnn.store.verdicts import REJECTED

SINGLE = "single"
"""The rule that says of one network that there is nothing to compare it with."""


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
        others = f"; {list_some([facts.name_with_accuracy(n) for n in close])} may be as good"
    elif len(behind) > 1:
        others = f"; the other {len(behind)} are behind by more than chance"
    elif behind:
        others = f"; {facts.name_with_accuracy(behind[0])} is behind by more than chance"
    else:
        others = ""
    numbers = {
        "names": join_words([facts.names[n] for n in best]),
        "are": "is the most accurate," if len(best) == 1 else "are the most accurate, each",
        "right": count_of(int(facts.right[0].sum()), len(facts.true)),
        "others": others,
    }
    return Found(numbers, facts.see(pin=facts.run_ids[0]))


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
        SINGLE,
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
        find_cheapest,
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
        "hardest",
        Severity.NOTE,
        find_hardest,
        "{said}.",
        detail="{basis}",
    ),
    Rule(
        weak_kinds.RULE,
        Severity.NOTE,
        weak_kinds.find_weak_kind,
        "{said}.",
        detail="{interval}{others}Looked at together: {together} differences, of each network and "
        "kind of thing with images enough. {rare}",
    ),
)

COMPARISON_RULES: dict[str, Rule[ComparisonFacts]] = {rule.name: rule for rule in _ROWS}
"""Every rule about a comparison, by its name; a new one is one more row."""
