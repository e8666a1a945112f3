"""With what the report of a comparison begins: what the person who asks for it has before them."""

from collections.abc import Sequence

from pipelines.comparison.asked import Question
from pipelines.comparison.groups import Group
from pipelines.comparison.subject_keys import kind_things
from pipelines.comparison.task import Task
from pipelines.comparison.view import CLASSES, MAPS, NETWORKS, View
from saliencnn.common.sentences import count, quote

ERRORS = "errors"
"""The lead of a question that is asked of many images; the others are those of ``TABS``."""
CHAPTERS = {
    NETWORKS: ("good", "where", "alike", "classes"),
    CLASSES: ("classes", "good", "where", "alike"),
    MAPS: ("where", "alike", "good", "classes"),
    ERRORS: ("errors", "where", "alike", "good", "classes"),
}
"""Lead -> the chapters, as the page names their places, in their order."""


def find_lead(view: View, task: Task, asked: Question | None) -> str:
    """Return which of ``CHAPTERS`` a report begins with.

    Args:
        view: what is looked at.
        task: what is compared; while it is not complete, its maps say nothing.
        asked: what is asked of many images.
    """
    if view.tab == MAPS and task.missing:
        return NETWORKS
    return ERRORS if asked else view.tab


def name_comparison(task: Task, group: Group, view: View, asked: Question | None = None) -> str:
    """Say what a report of a comparison is about, as its title.

    Args:
        task: what is compared.
        group: the evaluations.
        view: what is looked at.
        asked: what is asked of many images.
    """
    lead = find_lead(view, task, asked)
    if asked:
        whom = _name_networks(asked.names)
        return f"Do the maps of {whom} explain the errors on {asked.subject.things}?"
    if lead == MAPS:
        chosen = _name_networks([group.names[one] for one in task.models])
        return f"{chosen} on {_name_images(task, group)}"
    networks = _name_networks([*group.names.values()])
    if lead == CLASSES and view.root:
        return f"{networks} on {kind_things(view.root)}"
    images = f"{networks} on {count(group.images, 'image', 'images')}"
    return f"{images}, class by class" if lead == CLASSES else images


def _name_networks(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else count(len(names), "network", "networks")


def _name_images(task: Task, group: Group) -> str:
    if task.kind == "image":
        return "one image"
    if task.kind == "classes":
        return count(len(task.classes), "class", "classes")
    return f"images of {quote(group.class_set.classes[task.classes[0]])}"
