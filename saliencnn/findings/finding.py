"""A finding, and the rows of the tables that find them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, TypeVar

from saliencnn.common.errors import PluginError
from saliencnn.common.sentences import first_clause, split_claim

Facts = TypeVar("Facts")
NAMES = ("name", "names", "named", "first", "second", "best", "other", "plain", "kind")
"""Numbers of a sentence that, as text, are names, which can hold any mark."""
OTHERS = "What else may help"
"""What stands before changes of the training that are not the one to make first."""
MAX_SHOWN = 4
"""Findings that a person is shown at first."""


class Severity(IntEnum):
    """How much a finding matters to whoever must decide about a network."""

    PROBLEM = 3
    WARNING = 2
    GOOD = 1
    NOTE = 0


@dataclass(frozen=True)
class Evidence:
    """Where a finding can be seen.

    Attributes:
        page: ``overview``, ``progression``, ``trust``, ``retrain``, ``compare`` or ``colours``.
        query: of the page's address, parameter -> value or values.
        what: what is seen there, in a few words, where there are several places; else empty.
    """

    page: str
    query: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    what: str = ""


@dataclass(frozen=True)
class Remedy:
    """What may help against what was found, as far as the run's own numbers speak for it.

    Attributes:
        what: in a few words, one of those that ``saliencnn.findings.confusion_help`` names.
        why: what of the run speaks for it, as a clause.
        times: by how much the files' sides exceed those that training scales them to; else 1.
    """

    what: str
    why: str
    times: float = 1.0


@dataclass(frozen=True)
class Suggestion:
    """What to try, in a few words, and where that can be done."""

    what: str
    evidence: Evidence


@dataclass(frozen=True)
class Found:
    """What a rule found: the numbers of its sentence, where they can be seen, and what may help.

    See ``Finding``.
    """

    numbers: dict[str, Any]
    evidence: Evidence
    remedies: tuple[Remedy, ...] = ()
    elsewhere: tuple[Evidence, ...] = ()
    others: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that stands out.

    Attributes:
        rule: the name of the rule that found it.
        severity: how much it matters.
        sentence: what was found, with its numbers and how many images they are from.
        advice: what to do next; empty where there is nothing to do.
        evidence: where it can be seen.
        fault: what it is a sign of, where several rules find signs of the same; else empty.
        detail: what the sentence rests on, for whoever asks; empty where it says all.
        remedies: changes of the training that may help against it.
        suggestion: the first of them that changes anything; None without one.
        elsewhere: where the rest of it can be seen, if one place does not show it all.
        claim: with what the sentence begins, its first clause; empty where only its text tells.
        others: what else may help than the advice, in sentences; empty where nothing is known.
    """

    rule: str
    severity: Severity
    sentence: str
    advice: str
    evidence: Evidence
    fault: str = ""
    detail: str = ""
    remedies: tuple[Remedy, ...] = ()
    suggestion: Suggestion | None = None
    elsewhere: tuple[Evidence, ...] = ()
    claim: str = ""
    others: str = ""

    @property
    def short(self) -> str:
        """What it claims, without a mark at its end."""
        return split_claim(self.sentence, self.claim)[0].rstrip(":;. ")

    @property
    def in_full(self) -> str:
        """The sentence and what it rests on, without what to do."""
        return f"{self.sentence} {self.detail}".strip()

    @property
    def do_in_full(self) -> str:
        """What to do, and what else may help."""
        return f"{self.advice}{self.others and f' {OTHERS}: {self.others}'}"


@dataclass(frozen=True)
class Rule(Generic[Facts]):
    """A row: what is looked for, what is said of it, and what a person does about it.

    Attributes:
        name: unique.
        severity: of what it finds.
        find: when; returns nothing where nothing stands out or the images are too few to say.
        sentence: a format string for ``Found.numbers``.
        advice: likewise.
        fault: see ``Finding``.
        detail: a format string, see ``Finding``.
    """

    name: str
    severity: Severity
    find: Callable[[Facts], Found | None]
    sentence: str
    advice: str = ""
    fault: str = ""
    detail: str = ""

    def apply(self, facts: Facts) -> Finding | None:
        """Return what stands out by this rule, if anything does."""
        try:
            found = self.find(facts)
        except PluginError as error:
            return Finding(self.name, Severity.NOTE, str(error), "", Evidence("overview"))
        if found is None:
            return None
        sentence, advice, detail = self.write(found)
        named = (found.numbers.get(one) for one in NAMES)
        names = [one for one in named if isinstance(one, str)]
        return Finding(
            self.name,
            self.severity,
            sentence,
            advice,
            found.evidence,
            self.fault,
            detail,
            found.remedies,
            elsewhere=found.elsewhere,
            claim=first_clause(sentence, names),
            others=found.others,
        )

    def write(self, found: Found) -> tuple[str, str, str]:
        """Return the sentence, the advice and the detail of what was found."""
        sentence, advice, detail = (
            text.format(**found.numbers).strip()
            for text in (self.sentence, self.advice, self.detail)
        )
        return sentence, advice, detail


def apply_rules(rules: Iterable[Rule[Facts]], facts: Facts) -> tuple[Finding, ...]:
    """Return all that stands out, what matters most first."""
    found = [finding for rule in rules if (finding := rule.apply(facts))]
    return tuple(sorted(found, key=lambda finding: -finding.severity))


def group_signs(findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
    """Return findings, those of one fault together where the first of them stands."""
    groups: dict[str | int, list[Finding]] = {}
    for place, one in enumerate(findings):
        groups.setdefault(one.fault or place, []).append(one)
    return [tuple(signs) for signs in groups.values()]


def choose_findings(findings: Iterable[Finding], most: int = MAX_SHOWN) -> list[Finding]:
    """Return so many findings to be read alone: each fault's first sign before its others."""
    groups = group_signs(findings)
    heads = [signs[0] for signs in groups]
    return [*heads, *(one for signs in groups for one in signs[1:])][:most]


def write_findings(findings: Iterable[Finding], most: int = MAX_SHOWN) -> list[str]:
    """Return the findings to be read first as lines of text, each with what to do next."""
    return [f"{one.in_full} {one.do_in_full}".strip() for one in choose_findings(findings, most)]
