"""The Colours page from top to bottom."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.class_maps import read_evaluation_maps, read_own_maps, read_run_maps
from app.attention.histograms import choose_histogram
from app.colours.advice import draw_advice, read_checked
from app.colours.answered import Answered, answer_colours
from app.colours.cluster_interventions import TriedClusters, draw_tried, read_tried
from app.colours.elsewhere import offer_elsewhere
from app.colours.groups import draw_groups
from app.colours.ignoring import can_ignore, draw_ignoring, offer_group
from app.colours.map_clusters import Clustered, cluster_maps, draw_map_clusters
from app.colours.measured import measure
from app.colours.more_images import offer_more
from app.colours.network import Network
from app.colours.next_step import draw_next_step
from app.colours.report import offer_colours
from app.colours.right_and_wrong import draw_sides
from app.colours.selection import Selection
from app.colours.separation import draw_separation
from app.colours.state import AT, IMAGES, STATE
from app.drawing.grid_html import legend_html
from app.parts.chart import note_subject
from app.parts.claims import write_claim
from app.parts.findings import draw_findings
from app.parts.leads import draw_row
from app.parts.run_names import describe
from app.parts.scrolling import scroll_to
from app.parts.widgets import plain
from pipelines.comparison.class_maps import ClassMaps
from pipelines.comparison.subject import MAX_IMAGES
from saliencnn.findings.finding import MAX_SHOWN
from saliencnn.findings.hedges import drop_hedge
from saliencnn.measures.groups import MIN_GROUP
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
    some = "of its images and of those taken for it" if logged is not None else taken
    whose = f"{name} ({some})" if logged is not None or count < subject.known else name
    with st.container():
        _draw_clusters(store, network, selection, clustered, tried, whose)
    st.container(key=PART).subheader("Image by image")
    space, bins = choose_histogram()
    STATE.answer({"space": [space], "bins": [str(bins)]})
    st.html(legend_html(selection.threshold, [selection.method]))
    with st.container():
        measured = measure(store, of_class, selection.threshold, space, bins)
    said = answer_colours(store, network, selection, of_class, measured, clustered, tried, checked)
    _draw_answer(head, store, network, selection, said)
    with findings:
        # The first images are to be seen without scrolling.
        draw_findings(said.found, "colours", MAX_SHOWN - 1 - len(said.leading))
    with st.sidebar:
        offer_colours(
            store, network, of_class, measured, selection, space, (*said.leading, *said.found)
        )
    with st.container():
        draw_groups(store, of_class, measured, selection, space)
    if STATE.address().get(AT) == [IMAGES]:
        scroll_to(PART, IMAGES)
    st.subheader("Do missed images differ?")
    draw_separation(of_class, measured, said.facts.areas, space, selection.of_class)


def _draw_clusters(
    store: Store,
    network: Network,
    selection: Selection,
    clustered: Clustered,
    tried: TriedClusters | None,
    whose: str,
) -> None:
    """Draw the kinds of map, and what can be done or was tried about them."""
    may_ignore = selection.of_class and can_ignore(network, selection)
    offer = partial(offer_group, network, selection) if may_ignore else _nothing
    draw_map_clusters(store, clustered, whose, offer)
    if selection.of_class:
        draw_ignoring(store, network, selection, clustered)
    draw_tried(store, tried, clustered, network, selection.epoch)


def _draw_answer(
    head: DeltaGenerator, store: Store, network: Network, selection: Selection, said: Answered
) -> None:
    """Draw the answer, what follows from it, and where there are more images, if that is needed."""
    if answer := said.answer:
        answer = drop_hedge(answer)  # the line above says it
        with head:
            draw_row(write_claim(answer.sentence, plain(answer.advice)), plain(answer.detail))
    if said.follows and said.usual:
        draw_next_step(head, store, network, selection, drop_hedge(said.follows), said.usual)
    if not said.facts.enough:
        with head:
            offer_elsewhere(store, network, selection)
            offer_more(store, network, selection)


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
