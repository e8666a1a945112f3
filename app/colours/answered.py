"""What Colours says of missed images: its answer, what follows from it, what else stands out."""

from dataclasses import dataclass, replace

import numpy as np

from app.colours.advice import Checked
from app.colours.cluster_interventions import TriedClusters
from app.colours.map_clusters import Clustered
from app.colours.measured import Measured, mean_channels
from app.colours.network import Network
from app.colours.next_step import add_help
from app.colours.over_classes import find_over_classes
from app.colours.said_maps import add_said
from app.colours.selection import Selection
from app.colours.separation import compare_colours
from app.reads.stored_arrival import place_of
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.findings.failure_answer import NO_DIFFERENCE, answer_failures
from saliencnn.findings.failure_facts import FailureFacts
from saliencnn.findings.failure_follows import say_what_follows
from saliencnn.findings.finding import Evidence, Finding
from saliencnn.findings.focus_words import Place
from saliencnn.findings.of_colours import find_colours
from saliencnn.findings.of_failures import DO_NOT_DIFFER, FOCUS_RULE, find_in_failures
from saliencnn.findings.usual_mistake import UsualMistake, find_usual_mistake
from saliencnn.findings.within_classes import MIXED, conclude, follow
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store


@dataclass(frozen=True, eq=False)
class Answered:
    """What the page says.

    Attributes:
        facts: what is known of the images.
        answer: whether where the network looks is why images are missed; None without both kinds.
        usual: the mistake made most; None where nothing is missed.
        follows: what that mistake comes from and what may help; None where nothing is missed.
        found: what else stands out, the most serious first.
    """

    facts: FailureFacts
    answer: Finding | None
    usual: UsualMistake | None
    follows: Finding | None
    found: tuple[Finding, ...]

    @property
    def leading(self) -> tuple[Finding, ...]:
        """What the page says first."""
        return tuple(filter(None, (self.answer, self.follows)))


def answer_colours(
    store: Store,
    network: Network,
    selection: Selection,
    of_class: ClassMaps,
    measured: Measured,
    clustered: Clustered,
    tried: TriedClusters | None,
    checked: Checked,
) -> Answered:
    """Return what the page says of the images that it shows.

    Args:
        store: where the network is.
        network: the person's.
        selection: what the page shows.
        of_class: the images and their maps.
        measured: of them.
        clustered: the kinds of map.
        tried: what happened where kinds of map were hidden, if somebody tried.
        checked: what the method's check said.
    """
    subject, place = selection.subject, place_of(store, of_class.images_id)
    facts = _gather_facts(of_class, measured, clustered, tried, checked, place)
    facts = add_said(store, network, selection, of_class, facts)
    mistakes = of_class.name_mistakes(selection.classes)
    missed = int(subject.known_missed[0])
    answer = answer_failures(
        facts, [predicted for _, predicted in mistakes], (missed, subject.known - missed)
    )
    usual, follows = find_usual_mistake(mistakes), None
    if usual:
        said = say_what_follows(facts, usual)
        follows = add_help(store, network, selection, said, usual)
    if answer and not selection.of_class:
        over = find_over_classes(subject, of_class, measured, place)
        answer = conclude(over, answer, facts)
        if follows and usual:
            follows = follow(over, follows, facts, usual)
    passed_over = {DO_NOT_DIFFER}  # the answer says it
    if not facts.differ:
        passed_over |= {FOCUS_RULE}
    if answer and not selection.of_class:
        passed_over |= {*MIXED}
    if answer and usual and answer.rule == NO_DIFFERENCE and usual.classes == 1 and usual.prevails:
        answer = replace(answer, advice="")  # what follows says it
    found = _find(facts, measured, subject.take_even(of_class.correct))
    told = tuple(one for one in found if one.rule not in passed_over)
    return Answered(facts, answer, usual, follows, told)


def _gather_facts(
    of_class: ClassMaps,
    measured: Measured,
    clustered: Clustered,
    tried: TriedClusters | None,
    checked: Checked,
    place: Place,
) -> FailureFacts:
    return FailureFacts(
        correct=of_class.correct,
        numbers=measured.numbers,
        colours=compare_colours(measured, of_class.correct),
        groups=clustered.groups,
        evidence=Evidence("colours"),
        effects=tried.effects if tried and not clustered.may_be_one else None,
        clusters=tried.clusters if tried else np.empty(0, int),
        clear=not clustered.may_be_one,
        method=METHODS[checked.method].label,
        advice=checked.advice,
        instead=METHODS[checked.better].label if checked.better else "",
        place=place,
    )


def _find(facts: FailureFacts, measured: Measured, fair: np.ndarray) -> tuple[Finding, ...]:
    """Return what stands out in the images, the colours of those that stand for all last."""
    region, whole = (
        mean_channels(of[fair]) for of in (measured.tested.region, measured.tested.whole)
    )
    colours = find_colours(region, whole, facts.evidence)
    found = find_in_failures(facts)
    told = (*found, colours) if colours else found
    return tuple(sorted(told, key=lambda one: -one.severity))
