"""Where the answer about all images of a class or a kind leads: to what it names."""

from collections.abc import Sequence

from streamlit.delta_generator import DeltaGenerator

from app.compare.state import STATE, change_task
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from pipelines.comparison.asked import Question
from pipelines.comparison.errors import ErrorsAnswer
from pipelines.comparison.rankings import WORST
from pipelines.comparison.subject import MAX_IMAGES, Subject
from pipelines.comparison.subject_keys import EVERYTHING, kind_of
from pipelines.comparison.view import CLASSES, SUBJECT
from saliencnn.common.sentences import quote
from saliencnn.findings.map_errors import NAMED


def lead_to_missed(answer: DeltaGenerator, asked: Question, networks: Sequence[str]) -> None:
    """Lead to the missed images of the networks whose errors what is looked at may explain.

    Args:
        answer: where.
        asked: what is asked, of whom.
        networks: their names.
    """
    with answer:
        row = draw_row("")
    for name in networks[:NAMED]:
        _link_missed(row, asked, name)


def lead_on(answer: DeltaGenerator, asked: Question, found: ErrorsAnswer) -> None:
    """Lead to more images where these do not tell, to the mistake made most, and to other causes.

    Args:
        answer: where.
        asked: what is asked, of whom.
        found: the answer.
    """
    mistakes, usual = found.mistakes, found.usual
    with answer:
        row = draw_row("")
    if asked.wider and not found.telling:
        _offer_wider(row, asked.wider)
    if len(asked.infos) > 1 and len(asked.subject.images) < asked.subject.known:
        _offer_alone(row, asked)
    if usual:
        pair = (usual.true, usual.predicted)
        if usual.images > 1:
            whose = max(mistakes, key=lambda name: mistakes[name].count(pair))
            by = f" by {whose}" if len(mistakes) > 1 else ""
            label = f"See {quote(usual.true)} taken for {quote(usual.predicted)}{by}"
            _link_colours(row, asked, whose, label, usual.true, usual.true)
        else:
            _link_missed(row, asked, max(mistakes, key=lambda name: len(mistakes[name])))
    query = {"run": asked.infos[0].run_id, SUBJECT: asked.subject.key}
    if asked.subject.key != EVERYTHING:  # else nobody has chosen a class
        query["class"] = asked.subject.class_name
    lead(row, "colours", "See whether colours differ", query)
    row.button(
        "See the classes that are missed most",
        key="compare-missed-most",
        type="tertiary",
        icon=":material/arrow_forward:",
        on_click=lambda: STATE.update(tab=CLASSES, root=kind_of(asked.subject.key), rank=WORST),
    )


def _offer_wider(row: DeltaGenerator, wider: Subject) -> None:
    """Offer to ask of more images."""
    row.button(
        plain(f"Ask it of {wider.things}"),
        key="compare-ask-wider",
        type="tertiary",
        icon=":material/arrow_forward:",
        help=f"{wider.sampled} of {wider.things} are explained, enough to tell most of the time.",
        on_click=lambda: STATE.update(subject=wider.key),
    )


def _offer_alone(row: DeltaGenerator, asked: Question) -> None:
    """Offer to ask the network that misses most; half of its images are then missed ones."""
    most = int(asked.subject.known_missed.argmax())
    models = (asked.infos[most].run_id,)
    row.button(
        plain(f"Ask it of {asked.names[most]} alone"),
        key="compare-ask-alone",
        type="tertiary",
        icon=":material/arrow_forward:",
        on_click=lambda: change_task(models=models),
    )


def _link_missed(row: DeltaGenerator, asked: Question, name: str) -> None:
    """Link to all images of what is asked of that a network misses."""
    key = asked.subject.key
    of = "" if key == EVERYTHING else f" of {quote(kind_of(key) or key)}"
    missed = dict(zip(asked.names, asked.subject.known_missed, strict=True))[name]
    every = "the image" if missed == 1 else f"the {missed} images"
    shown = every if missed <= MAX_IMAGES // 2 else "images"
    label = f"See {shown}{of} that {name} misses"
    _link_colours(row, asked, name, label, asked.subject.class_name, key)


def _link_colours(
    row: DeltaGenerator, asked: Question, name: str, label: str, class_name: str, subject: str
) -> None:
    """Link to where Colours lists a network's missed images, each with its prediction and map."""
    infos = dict(zip(asked.names, asked.infos, strict=True))
    query = {
        "run": infos[name].run_id, "class": class_name, SUBJECT: subject, "method": asked.method,
        "all": "true", "at": "images",
    }  # fmt: skip
    lead(row, "colours", plain(label), query)
