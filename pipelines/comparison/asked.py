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
    target = rows[view.row if view.row < len(rows) else 0].request.target
    subjects = subjects_of(group.class_set, tables, target, view.subject, anywhere=True)
    subject = pick_subject(subjects, view.subject)
    unknown = view.subject and (subject is None or subject.key != view.subject)
    if subject is None or unknown or not methods:
        return None
    names = [group.names[info.run_id] for info in infos]
    alone, wider = say_alone(task, subjects[0], subject), find_wider(subjects, subject)
    return Question(subject, alone, wider, infos, names, methods[0])


def say_alone(task: Task, of_class: Subject, asked: Subject) -> str:
    """Say what is true of the chosen class alone; "" where it is asked of, or no single one chosen.

    Args:
        task: what is compared.
        of_class: images of the class where the person looks.
        asked: what is asked of.
    """
    chosen = len(task.classes) == 1 and asked.key != of_class.key
    return of_class.alone if chosen else ""


def find_wider(subjects: Sequence[Subject], asked: Subject) -> Subject | None:
    """Return more images that most likely tell, if there are any."""
    usual = pick_subject(subjects, "")
    return usual if usual and usual.enough and usual.known > asked.known else None


def defined_methods(task: Task, rows: Sequence[Row]) -> list[str]:
    """Return the methods of a task that are defined for the network of any of its rows."""
    return [m for m in task.methods if any(defined_for(row.request.info, [m]) for row in rows)]
