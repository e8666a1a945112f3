"""What is asked of many images: whether maps explain the errors of networks on them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import pick_subject, subjects_of
from pipelines.comparison.rows import Read, Row
from pipelines.comparison.subject import Subject
from pipelines.comparison.task import Task
from pipelines.comparison.view import MAPS, View
from saliencnn.maps.requests import defined_for
from saliencnn.store.evaluation_records import EvaluationInfo

WHOSE = "Do the maps explain the errors on"


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of many images.

    Attributes:
        subject: which images.
        alone: what is true of the chosen class alone, where wider images are asked of; may be "".
        wider: images that most likely tell where these do not, if there are any.
        infos: the evaluations of the networks that are asked.
        names: of the networks.
        method: explains the images.
    """

    subject: Subject
    alone: str
    wider: Subject | None
    infos: Sequence[EvaluationInfo]
    names: Sequence[str]
    method: str


def find_question(
    view: View, task: Task, group: Group, rows: Sequence[Row], read: Read
) -> Question | None:
    """Return what is asked of many images where that is looked at, else None.

    Args:
        view: what is looked at.
        task: what is compared.
        group: the evaluations.
        rows: the task's; none of a task that is not complete.
        read: reads what an evaluation stores.
    """
    if view.tab != MAPS or not view.asked or not rows:
        return None
    methods = defined_methods(task, rows)
    infos = list({row.request.info.run_id: row.request.info for row in rows}.values())
    tables = [read(info).predictions for info in infos]
    true = rows[view.row if view.row < len(rows) else 0].true
    subjects = subjects_of(group.class_set, tables, true, view.subject, anywhere=True)
    subject = pick_subject(subjects, view.subject)
    unknown = view.subject and (subject is None or subject.key != view.subject)
    if subject is None or unknown or not methods:
        return None
    names = [group.names[info.run_id] for info in infos]
    return ask_of(subject, subjects, say_alone(task, subjects, view.subject), infos, names, methods)


def ask_of(
    subject: Subject,
    subjects: Sequence[Subject],
    alone: str,
    infos: Sequence[EvaluationInfo],
    names: Sequence[str],
    methods: Sequence[str],
) -> Question:
    """Return what is asked of images.

    Args:
        subject: these, one of the subjects.
        subjects: the class where the person looks, then wider ones.
        alone: what is true of that class alone, which is not said where it is asked of.
        infos: the evaluations of the networks.
        names: of the networks.
        methods: the first of them explains the images.
    """
    said = "" if subject.key == subjects[0].key else alone
    return Question(subject, said, find_wider(subjects, subject), infos, names, methods[0])


def say_alone(task: Task, subjects: Sequence[Subject], chosen: str) -> str:
    """Say what is true of the chosen class alone; "" where its images tell.

    Of several classes it is the image's own one, unless a kind of thing was chosen.

    Args:
        task: what is compared.
        subjects: the class where the person looks, then wider ones.
        chosen: key of what is asked of; empty before a choice.
    """
    of_one = len(task.classes) == 1 or (task.kind == "image" and not chosen)
    return subjects[0].alone if of_one else ""


def find_wider(subjects: Sequence[Subject], asked: Subject) -> Subject | None:
    """Return more images that most likely tell, if there are any."""
    usual = pick_subject(subjects, "")
    return usual if usual and usual.enough and usual.known > asked.known else None


def defined_methods(task: Task, rows: Sequence[Row]) -> list[str]:
    """Return the methods of a task that are defined for the network of any of its rows."""
    return [m for m in task.methods if any(defined_for(row.request.info, [m]) for row in rows)]
