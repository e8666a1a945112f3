"""The Colours page from top to bottom."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from app.attention.class_maps import read_evaluation_maps, read_own_maps, read_run_maps
from app.attention.histograms import choose_histogram
from app.colours.advice import Checked, draw_advice, read_checked
from app.colours.cluster_interventions import TriedClusters, draw_tried, read_tried
from app.colours.elsewhere import offer_elsewhere
from app.colours.groups import draw_groups
from app.colours.ignoring import can_ignore, draw_ignoring, offer_group
from app.colours.map_clusters import Clustered, cluster_maps, draw_map_clusters
from app.colours.measured import Measured, mean_channels, measure
from app.colours.more_images import offer_more
from app.colours.network import Network
from app.colours.next_step import add_help, draw_next_step
from app.colours.over_classes import find_over_classes
from app.colours.report import offer_colours
from app.colours.right_and_wrong import draw_sides
from app.colours.said_maps import add_said
from app.colours.selection import Selection
from app.colours.separation import compare_colours, draw_separation
from app.colours.state import AT, IMAGES, STATE
from app.drawing.grid_html import legend_html
from app.parts.chart import note_subject
from app.parts.claims import write_claim
from app.parts.findings import draw_findings
from app.parts.leads import draw_row
from app.parts.run_names import describe
from app.parts.scrolling import scroll_to
from app.parts.widgets import plain
from app.reads.stored_arrival import place_of
from pipelines.comparison.class_maps import ClassMaps
from pipelines.comparison.subjects import MAX_IMAGES
from saliencnn.findings.failure_answer import NO_DIFFERENCE, answer_failures
from saliencnn.findings.failure_facts import FailureFacts
from saliencnn.findings.failure_follows import say_what_follows
from saliencnn.findings.finding import MAX_SHOWN, Evidence, Finding
from saliencnn.findings.focus_words import Place
from saliencnn.findings.of_colours import find_colours
from saliencnn.findings.of_failures import DO_NOT_DIFFER, FOCUS_RULE, find_in_failures
from saliencnn.findings.usual_mistake import find_usual_mistake
from saliencnn.findings.within_classes import MIXED, conclude, follow
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.map_sample import describe_sample
from saliencnn.store.runs import RunInfo

PART = "colours-images"
"""Key of the head of the images, which a link may lead to."""


def draw_page(store: Store, network: Network, selection: Selection) -> None:
    """Draw everything about a network and a class."""
    # Each part in a container of its own, so that what follows keeps its identity.
    with st.container():
        logged, of_class = _read_maps(store, network, selection)
    subject = selection.subject
    name = plain(subject.name)
    what = describe([network]) if isinstance(network, RunInfo) else network.model
    shown = selection.classes[selection.target] if selection.of_class else subject.name
    note_subject(f"{what}; {shown}")
    count, correct = len(of_class), int(of_class.correct.sum())
    if not count:
        st.info(f"There is no image of {name}; choose another class.", icon="🖼️")
        return
    taken = subject.describe_taken(count - correct, correct)
    told = f"**{name[0].upper()}{name[1:]}**: {taken}{_name_sample(network)}.{_say_why(selection)}"
    checked = read_checked(store, network, selection)
    draw_advice(checked, told)
    with st.container():
        head = draw_sides(store, of_class, selection.classes)
    findings = st.container()
    clustered = cluster_maps(store, of_class if logged is None else logged)
    tried = read_tried(store, network, selection.epoch, clustered)
    offer = partial(offer_group, network, selection)
    may_ignore = selection.of_class and can_ignore(network, selection)
    some = "of its images and of those taken for it" if logged is not None else taken
    whose = f"{name} ({some})" if logged is not None or count < subject.known else name
    with st.container():
        draw_map_clusters(store, clustered, whose, offer if may_ignore else _nothing)
        if selection.of_class:
            draw_ignoring(store, network, selection, clustered)
        draw_tried(store, tried, clustered, network, selection.epoch)
    st.container(key=PART).subheader("Image by image")
    space, bins = choose_histogram()
    STATE.answer({"space": [space], "bins": [str(bins)]})
    st.html(legend_html(selection.threshold, [selection.method]))
    with st.container():
        measured = measure(store, of_class, selection.threshold, space, bins)
    place = place_of(store, of_class.images_id)
    facts = _gather_facts(of_class, measured, clustered, tried, checked, place)
    facts = add_said(store, network, selection, of_class, facts)
    mistakes = of_class.name_mistakes(selection.classes)
    fair = subject.take_even(of_class.correct)
    missed = int(subject.known_missed[0])
    answer = answer_failures(
        facts, [predicted for _, predicted in mistakes], (missed, subject.known - missed)
    )
    usual, follows = find_usual_mistake(mistakes), None
    if usual:
        said = say_what_follows(facts, usual)
        follows = add_help(store, network, selection, said, usual)
    passed_over = {DO_NOT_DIFFER}  # the answer says it
    if not facts.differ:
        passed_over |= {FOCUS_RULE}
    if answer and not selection.of_class:
        over = find_over_classes(subject, of_class, measured, place)
        answer = conclude(over, answer, facts)
        if follows and usual:
            follows = follow(over, follows, facts, usual)
        passed_over |= {*MIXED}
    if answer and usual and answer.rule == NO_DIFFERENCE and usual.classes == 1 and usual.prevails:
        answer = replace(answer, advice="")  # what follows says it
    leading = tuple(filter(None, (answer, follows)))
    found = tuple(one for one in _find(facts, measured, fair) if one.rule not in passed_over)
    if answer:
        with head:
            draw_row(write_claim(answer.sentence, plain(answer.advice)), plain(answer.detail))
    if follows and usual:
        draw_next_step(head, store, network, selection, follows, usual)
    if not facts.enough:
        with head:
            offer_elsewhere(store, network, selection)
            offer_more(store, network, selection)
    with findings:
        # The first images are to be seen without scrolling.
        draw_findings(found, "colours", MAX_SHOWN - 1 - len(leading))
    with st.sidebar:
        offer_colours(store, network, of_class, measured, selection, space, (*leading, *found))
    with st.container():
        draw_groups(store, of_class, measured, selection, space)
    if STATE.address().get(AT) == [IMAGES]:
        scroll_to(PART, IMAGES)
    st.subheader("Do missed images differ?")
    draw_separation(of_class, measured, facts.areas, space, selection.of_class)


def _say_why(selection: Selection) -> str:
    """Say why the page shows these of wider images, and how to see a class alone."""
    subject, alone = selection.subject, selection.alone
    sampled = len(subject.images) < subject.known
    which = f" {MAX_IMAGES} are measured at most, missed ones first." if sampled else ""
    if selection.of_class:
        return which
    if alone is None:
        if not selection.small:
            return f"{which} Choose a class to see it alone."
        few = f"No class alone has {MIN_GROUP} missed and as many correct ones"
        return f"{which} {few}; choose a class to see it alone."
    few = "" if alone.enough else f", too few: {MIN_GROUP} missed and as many correct are needed"
    return f"{which} Of {plain(alone.name)} alone: {alone.counted}{few}. Choose it under *Class*."


def _nothing(_number: int | None) -> None:
    """Offer nothing to be done about a group."""


def _name_sample(network: Network) -> str:
    if isinstance(network, RunInfo) and network.map_images:
        return f",{describe_sample(network)}"
    return ""


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


def _read_maps(
    store: Store, network: Network, selection: Selection
) -> tuple[ClassMaps | None, ClassMaps]:
    """Return all maps that training logged with the class as target, and those of the images."""
    target, method, images = selection.target, selection.method, selection.subject.images
    if not isinstance(network, RunInfo):
        return None, read_evaluation_maps(store, [network], images, method)[0]
    if not selection.of_class:
        return None, read_own_maps(store, network, selection.epoch, images, method)
    logged = read_run_maps(store, network, selection.epoch, target, method)
    return logged, logged.of(logged.true == target)
