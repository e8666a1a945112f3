"""What of a network the Colours page shows: class, method, threshold and epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app.attention.class_maps import logged_methods
from app.attention.subjects import choose_subject, read_subjects
from app.colours.network import Network, count_images
from app.colours.state import MAX_THRESHOLD, MIN_THRESHOLD, STATE, carry_on, write_address
from app.parts.epochs import choose_linked_epoch
from app.parts.run_names import LONGEST_OPTION
from app.parts.shared_choice import draw_choice, show
from app.reads import stored_evaluations, stored_images, stored_runs
from pipelines.comparison.subject import Subject
from pipelines.comparison.subject_keys import EVERYTHING
from pipelines.comparison.subjects import find_subjects
from pipelines.comparison.view import SUBJECT
from saliencnn.common.shown import tell_apart
from saliencnn.maps.requests import defined_for
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

FIRST_METHOD = "gradcam"


@dataclass(frozen=True)
class Selection:
    """What the page shows.

    Attributes:
        target: the class.
        classes: names of all classes.
        method: whose maps highlight.
        threshold: fraction of a map's maximum from which on a pixel is highlighted.
        subject: of which images, the class's or a wider kind's.
        epoch: of a training run, else 0.
        nearest: what says more where the subject has too few missed or correct images, if any.
        alone: the images of the class, where the page took wider ones that nobody chose.
        methods: those that could be chosen, the page's first one first.
        named: whether a person or a link has chosen the class, which wider images need not.
        small: whether each class has too few missed or correct images to compare them.
    """

    target: int
    classes: tuple[str, ...]
    method: str
    threshold: float
    subject: Subject
    epoch: int = 0
    nearest: Subject | None = None
    alone: Subject | None = None
    methods: tuple[str, ...] = ()
    named: bool = True
    small: bool = False

    @property
    def of_class(self) -> bool:
        """Whether the images are the class's alone."""
        return self.subject.key == self.classes[self.target]


def choose_selection(store: Store, network: Network) -> Selection:
    """Let the person choose class, method, threshold and epoch."""
    classes = _classes(store, network)
    with st.sidebar:
        # What all networks have stays in its place; only a run's epoch comes and goes.
        steady = st.container()
        epoch = choose_linked_epoch(STATE, network) if isinstance(network, RunInfo) else 0
    with steady:
        counts = count_images(store, network, epoch).set_axis(list(classes))
        counts = counts[counts["images"] > 0]
        named = STATE.get().class_name in counts.index
        target = classes.index(_find_class(counts))
        subjects = _read_subjects(store, network, epoch, target)
        # A link to a kind of thing names a class only because the page needs one.
        asked = STATE.get().subject in {one.key for one in subjects}
        subject = _pick_subject(subjects, isinstance(network, EvaluationInfo), named)
        _choose_class(counts, subjects, subject)
        if len(subject.images):
            choose_subject(subjects, subject, STATE.take(SUBJECT, "subject"), "Images")
        if isinstance(network, RunInfo):
            methods = logged_methods(store, network, epoch, target)
        else:
            methods = defined_for(network, list(METHODS))
        method, threshold = _choose_method(methods), _choose_threshold()
    write_address(network.name if isinstance(network, RunInfo) else network.model)
    carry_on("" if isinstance(network, RunInfo) else network.trained_run)
    enough = next((one for one in subjects if one.enough), None)
    nearest = None if subject.enough else enough
    offered = tuple(sorted(methods, key=lambda one: one != FIRST_METHOD))
    alone = None if asked or not named else subjects[0]
    return Selection(
        target, classes, method, threshold, subject, epoch, nearest, alone, offered, named,
        small=bool(counts["pairs"].max() < MIN_GROUP),
    )  # fmt: skip


def _read_subjects(store: Store, network: Network, epoch: int, target: int) -> list[Subject]:
    """Return the class, and wider kinds; of a run that logged maps of a sample, the class alone."""
    wanted = STATE.get().subject
    if isinstance(network, EvaluationInfo):
        class_set = stored_evaluations.class_set(store, network.run_id)
        return read_subjects(store, class_set, [network.run_id], target, wanted)
    classes = stored_images.image_index(store, network.images_id).classes
    known = stored_runs.predictions(store, network.run_id, epoch)
    right = (known["predicted"] == known["true"])[None]
    subjects = find_subjects(target, classes, (), known["true"], right, wanted)
    return subjects[:1] if network.map_images else subjects


def _pick_subject(subjects: Sequence[Subject], widens: bool, named: bool) -> Subject:
    """Return the chosen images; at first what says something, or the class where none widens it.

    Args:
        subjects: the class, and wider kinds.
        widens: whether the page takes wider images by itself.
        named: whether somebody has chosen the class; wider images need none.
    """
    own, wanted = subjects[0], STATE.get().subject
    enough = (one for one in subjects if one.enough and len(one.images))
    first = next(enough, own) if widens and len(own.images) else own
    by_key = {one.key: one for one in subjects if len(one.images)}
    subject = by_key.get(wanted, first)
    unnamed = not named and subject is not own
    STATE.update(
        class_name="" if unnamed else own.key,
        subject=subject.key if unnamed or subject.key == wanted else "",
    )
    return subject


def _classes(store: Store, network: Network) -> tuple[str, ...]:
    if isinstance(network, RunInfo):
        return stored_images.image_index(store, network.images_id).classes
    return stored_evaluations.class_set(store, network.run_id).classes


def _find_class(counts: pd.DataFrame) -> str:
    """Return the chosen class of ``count_images``; at first the one with most to compare."""
    wanted, offered = STATE.get().class_name, list(counts.index)
    return wanted if wanted in offered else offered[int(counts["pairs"].argmax())]


def _choose_class(counts: pd.DataFrame, subjects: Sequence[Subject], subject: Subject) -> None:
    """Let the person choose a class, whose images alone are then shown, or wider images again."""
    own, offered, key = subjects[0], list(counts.index), "colours-class"
    names = tell_apart({one: one for one in offered}, LONGEST_OPTION)
    told = zip(offered, counts["missed"].tolist(), counts["images"].tolist(), strict=True)
    labels = {one: f"{names[one]} · {missed}/{images}" for one, missed, images in told}
    if subject is not own:
        labels = {"": f"{subject.every} · {subject.known_missed[0]}/{subject.known}", **labels}
    elif any(one.key == EVERYTHING for one in subjects):
        labels = {"": f"{EVERYTHING} · {counts['missed'].sum()}/{counts['images'].sum()}", **labels}

    def take() -> None:
        name = st.session_state[key]
        STATE.update(class_name=name, subject=name or EVERYTHING)

    words = "The page shows its images. 9/30: of its 30 images 9 are missed."
    shown = own.key if subject is own else ""
    draw_choice("Class · missed images", list(labels), shown, key, take, labels, words)


def _choose_method(methods: list[str]) -> str:
    key = "colours-method"
    wanted = (STATE.get().method, FIRST_METHOD, methods[0])
    method = next(one for one in wanted if one in methods)
    STATE.update(method=method)
    take = STATE.take(key, "method")
    draw_choice("Method", methods, method, key, take, {one: METHODS[one].label for one in methods})
    return method


def _choose_threshold() -> float:
    threshold, key = STATE.get().threshold, "colours-threshold"
    st.slider(
        "Highlight from",
        MIN_THRESHOLD,
        MAX_THRESHOLD,
        value=threshold,
        step=0.05,
        key=show(key, threshold),
        on_change=STATE.take(key, "threshold"),
        help="Fraction of the map's maximum from which on a pixel is highlighted.",
    )
    return threshold
